//! Whatever is committed, merged, taken and pushed in whatever order: no commit and no uncommitted file is lost.

use std::{collections::BTreeSet, fs};

use proptest::prelude::*;
use quarterdeck::{
    domain::pull_request::Method,
    forge::{
        Error, Push,
        local::{Merge, Merged, merge, taken},
        push,
    },
};

use crate::person::Person;

#[derive(Debug, Clone)]
enum Step {
    /// An agent writes a file on its branch.
    Work {
        topic: usize,
        file: u8,
        text: u8,
    },
    /// An agent amends its last commit; what was there before is its own loss, unless it was merged or pushed.
    Amend {
        topic: usize,
    },
    /// The person commits on whatever they are on.
    Commit {
        file: u8,
        text: u8,
    },
    /// The person leaves an edit uncommitted.
    Edit {
        file: u8,
        text: u8,
    },
    /// The person commits all they have left.
    Save,
    /// The person goes to `main` or away from it.
    Switch,
    Merge {
        topic: usize,
        method: Method,
        move_checkout: bool,
    },
    /// The person takes what waits, if it can be taken.
    Take,
    Push {
        topic: usize,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let method = prop_oneof![Just(Method::Merge), Just(Method::Squash), Just(Method::Rebase)];
    let step = prop_oneof![
        3 => (0..2usize, 0..3u8, 0..4u8).prop_map(|(topic, file, text)| Step::Work { topic, file, text }),
        1 => (0..2usize).prop_map(|topic| Step::Amend { topic }),
        1 => (0..3u8, 0..4u8).prop_map(|(file, text)| Step::Commit { file, text }),
        1 => (0..3u8, 0..4u8).prop_map(|(file, text)| Step::Edit { file, text }),
        1 => Just(Step::Save),
        1 => Just(Step::Switch),
        4 => (0..2usize, method, any::<bool>())
            .prop_map(|(topic, method, move_checkout)| Step::Merge { topic, method, move_checkout }),
        1 => Just(Step::Take),
        2 => (0..2usize).prop_map(|topic| Step::Push { topic }),
    ];
    proptest::collection::vec(step, 6..16)
}

struct Story {
    person: Person,
    runtime: tokio::runtime::Runtime,
    /// Every commit that something of ours or the person must keep.
    held: BTreeSet<String>,
    /// The same in the remote.
    pushed: BTreeSet<String>,
    waiting: Option<(String, String)>,
    /// Without this commit there would be no common history.
    root: String,
}

const TOPICS: [&str; 2] = ["one", "two"];

impl Story {
    fn new() -> Self {
        let person = Person::new();
        person.git(".", &["init", "--quiet", "mine"]);
        let root = person.commit("mine", "file-0", "start\n");
        person.git("mine", &["branch", "aside"]);
        for topic in TOPICS {
            person.git("mine", &["worktree", "add", "--quiet", "-b", topic, &format!("../{topic}")]);
        }
        person.git(".", &["clone", "--quiet", "--bare", "mine", "origin.git"]);
        person.git("mine", &["remote", "add", "origin", "../origin.git"]);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Self { person, runtime, held: BTreeSet::new(), pushed: BTreeSet::new(), waiting: None, root }
    }

    fn reachable(&self, folder: &str) -> BTreeSet<String> {
        self.person.git(folder, &["rev-list", "--all"]).lines().map(str::to_owned).collect()
    }

    fn play(&mut self, step: &Step) {
        let person = &self.person;
        let path = |file: &u8| format!("file-{file}");
        let words = |text: &u8| format!("{text}\n");
        match step {
            Step::Work { topic, file, text } => {
                fs::write(person.at(TOPICS[*topic]).join(path(file)), words(text)).expect("written");
                person.git(TOPICS[*topic], &["add", "--all"]);
                person.git(TOPICS[*topic], &["commit", "--quiet", "--allow-empty", "-m", "work"]);
            }
            Step::Amend { topic } => {
                let head = person.tip(TOPICS[*topic]);
                let kept = person.git("mine", &["for-each-ref", "--format=%(refname)", &format!("--contains={head}")]);
                if kept.lines().count() < 2 {
                    self.held.remove(&head);
                }
                if head != self.root {
                    person.git(TOPICS[*topic], &["commit", "--quiet", "--allow-empty", "--amend", "-m", "amended"]);
                }
            }
            Step::Commit { file, text } => {
                fs::write(person.at("mine").join(path(file)), words(text)).expect("written");
                person.git("mine", &["add", &path(file)]);
                person.git("mine", &["commit", "--quiet", "--allow-empty", "-m", "mine", "--", &path(file)]);
            }
            Step::Edit { file, text } => fs::write(person.at("mine").join(path(file)), words(text)).expect("written"),
            Step::Save => {
                person.git("mine", &["add", "--all"]);
                person.git("mine", &["commit", "--quiet", "--allow-empty", "-m", "saved"]);
            }
            Step::Switch => {
                let on_main = person.git("mine", &["symbolic-ref", "--short", "HEAD"]) == "main";
                person.program("mine", "git", &["switch", "--quiet", if on_main { "aside" } else { "main" }]);
            }
            Step::Merge { topic, method, move_checkout } => self.merge(TOPICS[*topic], *method, *move_checkout),
            Step::Take => {
                if let Some((branch, commit)) = self.waiting.take() {
                    person.program("mine", "git", &["merge", "--quiet", "--ff-only", &branch]);
                    let repository = person.at("mine");
                    let host = person.host();
                    let taken = taken(&host, &repository, "main", &branch, &commit);
                    self.runtime.block_on(taken).expect("it answers");
                }
            }
            Step::Push { topic } => self.push(TOPICS[*topic]),
        }
    }

    fn merge(&mut self, topic: &str, method: Method, move_checkout: bool) {
        let person = &self.person;
        let (before, edits) = (person.tip("main"), self.uncommitted());
        let repository = person.at("mine");
        let wanted = Merge {
            repository: &repository,
            base: "main",
            head: topic,
            method,
            message: "merged",
            name: topic,
            move_checkout,
        };
        let merged = self.runtime.block_on(merge(&person.host(), wanted)).expect("it answers");
        let (after, tree) =
            (person.tip("main"), |commit: &str| person.git("mine", &["rev-parse", &format!("{commit}^{{tree}}")]));
        assert_eq!(self.uncommitted(), edits, "{merged:?}");
        match &merged {
            Merged::Moved { commit, .. } => {
                assert_eq!(&after, commit);
                person.git("mine", &["merge-base", "--is-ancestor", &before, &after]);
                let both = person.git("mine", &["merge-tree", "--write-tree", &before, topic]);
                assert_eq!(tree(&after), both, "{method:?}");
            }
            Merged::Waiting { commit, branch, .. } => {
                assert_eq!((&after, &person.tip(branch)), (&before, commit));
                self.waiting = Some((branch.clone(), commit.clone()));
            }
            Merged::Conflicts { files } => assert!(after == before && !files.is_empty()),
            Merged::Nothing { commit } => assert!(after == before && *commit == before),
        }
    }

    fn push(&mut self, topic: &str) {
        let person = &self.person;
        let commit = person.tip(topic);
        let folder = person.at("mine");
        let asked = Push { folder: &folder, remote: "origin", branch: topic, commit: &commit, lease: None };
        match self.runtime.block_on(push(&person.host(), asked)) {
            Ok(_) => {
                self.pushed.insert(commit);
            }
            Err(Error::Moved(_)) => {}
            Err(other) => panic!("{other}"),
        }
    }

    /// What the person has not committed, and only that.
    fn uncommitted(&self) -> String {
        let status = self.person.git("mine", &["status", "--porcelain"]);
        let names: Vec<&str> = status.lines().map(|line| line.get(3..).unwrap_or_default()).collect();
        names.iter().map(|name| format!("{name}: {:?}\n", self.person.read(format!("mine/{name}")))).collect()
    }

    fn check(&mut self) {
        let there = self.reachable("mine");
        let lost: Vec<&String> = self.held.difference(&there).collect();
        assert!(lost.is_empty(), "lost: {lost:?}");
        let kept = self.reachable("origin.git");
        assert!(self.pushed.is_subset(&kept));
        self.held = there;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, max_shrink_iters: 20, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_merges_and_pushes_loses_anything(steps in steps()) {
        let mut story = Story::new();
        for step in &steps {
            story.play(step);
            story.check();
        }
    }
}
