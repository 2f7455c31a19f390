//! Merging on this machine: what each method makes, what conflicts, what is refused.

use std::{
    io::Write,
    process::{Command, Stdio},
    time::Instant,
};

use quarterdeck::{
    domain::pull_request::{Mergeable, Method},
    forge::{
        Error,
        local::{Merge, Merged, merge, mergeable},
    },
    target::Host,
};

use crate::person::Person;

/// A home in which nobody has `main` checked out, and which has work on `topic`; `main` has moved on since.
fn ready() -> Person {
    let person = Person::with_topic();
    person.git("mine", &["switch", "--quiet", "-c", "aside"]);
    person.commit("topic", "a", "a\n");
    person.commit("topic", "b", "b\n");
    move_main(&person, "main-file", "of main\n");
    person
}

/// Somebody commits to `main`, which is checked out nowhere.
fn move_main(person: &Person, name: &str, text: &str) {
    person.git("mine", &["switch", "--quiet", "main"]);
    person.commit("mine", name, text);
    person.git("mine", &["switch", "--quiet", "aside"]);
}

async fn attempt(local: &Host, person: &Person, method: Method) -> Result<Merged, Error> {
    let repository = person.at("mine");
    let message = "Merge what was done\n\n# not a comment\nwith 'words'";
    let wanted = Merge {
        repository: &repository,
        base: "main",
        head: "topic",
        method,
        message,
        name: "p1",
        move_checkout: false,
    };
    merge(local, wanted).await
}

async fn done(person: &Person, method: Method) -> String {
    match attempt(&person.host(), person, method).await.expect("it is merged") {
        Merged::Moved { commit, checkout: None } => commit,
        other => panic!("{other:?}"),
    }
}

fn log(person: &Person, format: &str, range: &str) -> Vec<String> {
    let said = person.git("mine", &["log", "--reverse", &format!("--format={format}"), range]);
    said.lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn each_method_makes_the_commits_it_promises() {
    for method in Method::ALL {
        let person = ready();
        let (before, head) = (person.tip("main"), person.tip("topic"));
        let picture = person.git("mine", &["status", "--porcelain", "--branch"]);
        let commit = done(&person, method).await;
        assert_eq!(person.tip("main"), commit);
        let parents = person.git("mine", &["log", "-1", "--format=%P", &commit]);
        let new = log(&person, "%s", &format!("{before}..{commit}")).len();
        match method {
            Method::Merge => assert_eq!((parents, new), (format!("{before} {head}"), 3)),
            Method::Squash => assert_eq!((parents, new), (before.clone(), 1)),
            Method::Rebase => assert_eq!(new, 2),
        }
        if method != Method::Rebase {
            let body = person.git("mine", &["log", "-1", "--format=%B", &commit]);
            assert_eq!(body, "Merge what was done\n\n# not a comment\nwith 'words'");
        }
        let who = person.git("mine", &["log", "-1", "--format=%an <%ae> %cn", &commit]);
        assert_eq!(who, "Person <person@example.invalid> Person");
        let files = person.git("mine", &["ls-tree", "--name-only", &commit]);
        assert_eq!(files, "README\na\nb\nmain-file", "{method:?}");
        assert_eq!(person.tip("topic"), head, "the work stays on its branch");
        assert_eq!(person.git("mine", &["status", "--porcelain", "--branch"]), picture);
        assert!(person.git("mine", &["reflog", "main"]).contains("quarterdeck:"));
    }
}

#[tokio::test]
async fn a_rebase_keeps_author_date_and_message_and_drops_what_is_empty() {
    let person = ready();
    let written = ["-c", "user.name=Agent Ünïcode", "-c", "user.email=agent@example.invalid", "commit", "--quiet"];
    let date = "2020-02-02T02:02:02+02:00";
    let odd = [&written[..], &["--allow-empty", "--date", date, "-m", "empty"]].concat();
    person.git("topic", &odd);
    std::fs::write(person.at("topic/c"), "c\n").expect("written");
    person.git("topic", &["add", "c"]);
    let message = "  odd subject\n\n# a line\n\n\ntrailing  \n";
    person.git("topic", &[&written[..], &["--cleanup=verbatim", "--date", date, "-m", message]].concat());
    // The same change as on main.
    person.commit("topic", "main-file", "of main\n");
    let before = person.tip("main");
    let commit = done(&person, Method::Rebase).await;
    let subjects = log(&person, "%s", &format!("{before}..{commit}"));
    assert_eq!(subjects, ["write a", "write b", "  odd subject"]);
    let kept = log(&person, "%an|%ae|%aI|%cn", &format!("{commit}~1..{commit}"));
    assert_eq!(kept, [format!("Agent Ünïcode|agent@example.invalid|{date}|Person")]);
    let stored = person.program("mine", "git", &["cat-file", "commit", &commit]).stdout;
    let stored = String::from_utf8(stored).expect("text");
    assert_eq!(stored.split_once("\n\n").expect("a message").1, message);
}

#[tokio::test]
async fn what_is_on_top_of_its_base_already_is_not_written_again_by_a_rebase() {
    let person = Person::with_topic();
    person.git("mine", &["switch", "--quiet", "-c", "aside"]);
    let head = person.commit("topic", "a", "a\n");
    assert_eq!(done(&person, Method::Rebase).await, head);
}

#[tokio::test]
async fn a_merge_that_resolved_something_is_not_lost_by_a_rebase() {
    let person = ready();
    person.commit("topic", "README", "ONE\ntwo\nthree\n");
    move_main(&person, "README", "first\ntwo\nthree\n");
    person.program("topic", "git", &["merge", "--quiet", "main"]);
    person.commit("topic", "README", "FIRST\ntwo\nthree\n");
    let before = person.tip("main");
    let refused = attempt(&person.host(), &person, Method::Rebase).await.expect("it answers");
    assert_eq!(refused, Merged::Conflicts { files: vec!["README".into()] });
    assert_eq!(person.tip("main"), before);
    done(&person, Method::Squash).await;
    assert_eq!(person.git("mine", &["show", "main:README"]), "FIRST\ntwo\nthree");
}

#[tokio::test]
async fn conflicts_name_their_files_and_move_nothing() {
    for method in Method::ALL {
        let person = ready();
        for name in ["README", "ö \"x\"\n.txt"] {
            person.commit("topic", name, "theirs\n");
            move_main(&person, name, "ours\n");
        }
        let before = person.git("mine", &["for-each-ref"]);
        let conflicts = attempt(&person.host(), &person, method).await.expect("it answers");
        let files = vec!["README".to_owned(), "ö \"x\"\n.txt".into()];
        if method == Method::Rebase {
            // The first commit that conflicts is as far as it comes.
            assert!(
                matches!(&conflicts, Merged::Conflicts { files: some } if files.starts_with(some) || *some == files)
            );
        } else {
            assert_eq!(conflicts, Merged::Conflicts { files: files.clone() });
        }
        let dry = mergeable(&person.host(), &person.at("mine"), "main", "topic").await.expect("it answers");
        assert_eq!(dry, Mergeable::Conflicts { files });
        assert_eq!(person.git("mine", &["for-each-ref"]), before);
    }
}

#[tokio::test]
async fn merging_again_finds_nothing_to_merge() {
    for method in Method::ALL {
        let person = ready();
        let dry = mergeable(&person.host(), &person.at("mine"), "main", "topic").await.expect("it answers");
        assert_eq!(dry, Mergeable::Clean);
        let commit = done(&person, method).await;
        let again = attempt(&person.host(), &person, method).await.expect("it answers");
        assert_eq!(again, Merged::Nothing { commit }, "{method:?}");
    }
}

/// A `git` that commits to `main` on the quiet before it moves it, `times` times.
fn meddling(person: &Person, times: u32) -> Host {
    let git = person.local.find("git").expect("git");
    let git = git.display();
    let script = format!(
        "#!/bin/sh\ncase \"$*\" in *update-ref*refs/heads/main*)\n    count=$(cat '{0}' 2>/dev/null || echo 0)\n\
         if [ \"$count\" -lt {times} ]; then\n        echo $((count + 1)) > '{0}'\n\
         commit=$({git} commit-tree -p main -m \"meddled $count\" 'main^{{tree}}')\n\
         {git} update-ref refs/heads/main \"$commit\"\n    fi;;\nesac\nexec {git} \"$@\"\n",
        person.at("count").display(),
    );
    person.with_own("git", &script)
}

#[tokio::test]
async fn a_base_that_moves_meanwhile_is_merged_into_as_it_is_then() {
    for method in Method::ALL {
        let person = ready();
        let merged = attempt(&meddling(&person, 2), &person, method).await.expect("it is merged");
        assert!(matches!(merged, Merged::Moved { .. }), "{merged:?}");
        let subjects = log(&person, "%s", "main");
        assert!(["meddled 0", "meddled 1"].iter().all(|meddled| subjects.iter().any(|subject| subject == meddled)));
        assert_eq!(person.git("mine", &["show", "main:b"]), "b");
    }
}

#[tokio::test]
async fn a_base_that_never_keeps_still_is_given_up() {
    let person = ready();
    let refused = attempt(&meddling(&person, 1000), &person, Method::Merge).await;
    assert!(matches!(refused, Err(Error::Moved(_))), "{refused:?}");
    assert!(person.git("mine", &["log", "--format=%s", "main"]).starts_with("meddled"));
}

#[tokio::test]
async fn a_bare_repository_is_merged_in_like_any_other() {
    for method in Method::ALL {
        let person = ready();
        person.git(".", &["clone", "--quiet", "--bare", "mine", "bare.git"]);
        let repository = person.at("bare.git");
        let wanted = Merge {
            repository: &repository,
            base: "main",
            head: "topic",
            method,
            message: "m",
            name: "p1",
            move_checkout: true,
        };
        let merged = merge(&person.host(), wanted).await.expect("it is merged");
        assert!(matches!(merged, Merged::Moved { checkout: None, .. }), "{merged:?}");
        assert_eq!(person.git("bare.git", &["show", "main:b"]), "b");
    }
}

#[tokio::test]
async fn what_can_not_be_is_refused_with_its_reason() {
    let person = ready();
    person.git("mine", &["switch", "--quiet", "--orphan", "other"]);
    person.commit("mine", "x", "x\n");
    person.git("mine", &["branch", "--force", "--no-track", "aside"]);
    person.git("topic", &["switch", "--quiet", "--detach"]);
    person.git("topic", &["branch", "--force", "topic", "other"]);
    let unrelated = attempt(&person.host(), &person, Method::Merge).await;
    assert!(matches!(&unrelated, Err(Error::Refused(said)) if said.contains("unrelated histories")), "{unrelated:?}");
    let repository = person.at("mine");
    for (base, head) in [("none", "topic"), ("main", "none"), ("main", "--all")] {
        let wanted = Merge {
            repository: &repository,
            base,
            head,
            method: Method::Merge,
            message: "m",
            name: "p1",
            move_checkout: true,
        };
        let missing = merge(&person.host(), wanted).await;
        assert!(matches!(missing, Err(Error::NotFound(_))), "{missing:?}");
    }
}

#[tokio::test]
async fn an_old_git_is_told_apart_from_a_conflict() {
    let person = ready();
    let git = person.local.find("git").expect("git");
    let script = format!(
        "#!/bin/sh\ncase \"$*\" in *merge-tree*) echo 'usage: git merge-tree' >&2; exit 129;; *version) echo git version 2.30.2; \
         exit;; esac\nexec {} \"$@\"\n",
        git.display()
    );
    let refused = attempt(&person.with_own("git", &script), &person, Method::Merge).await.expect_err("it is old");
    assert!(refused.to_string().contains("2.38 or later, and this is git version 2.30.2"), "{refused}");
}

#[tokio::test]
async fn somebody_without_a_name_is_told() {
    let person = ready();
    let local = person.local.clone().with("GIT_CONFIG_GLOBAL", "/dev/null").into();
    person.git("mine", &["config", "user.useConfigOnly", "true"]);
    let refused = attempt(&local, &person, Method::Squash).await.expect_err("nobody commits");
    assert!(refused.to_string().contains("no email was given"), "{refused}");
}

#[tokio::test]
async fn a_long_history_with_many_files_is_merged_in_no_time() {
    let person = Person::new();
    person.git(".", &["init", "--quiet", "mine"]);
    let mut stream = String::new();
    for at in 1..=2000 {
        let who = format!("committer A <a@b> {} +0000", 1_600_000_000 + at);
        stream += &format!("commit refs/heads/main\nmark :{at}\n{who}\ndata 1\nm\n");
        for file in 0..5 {
            stream += &format!("M 100644 inline folder-{}/file-{file}\ndata 6\n{:06}", at % 400, at);
            stream.push('\n');
        }
    }
    let who = "committer A <a@b> 1700000000 +0000";
    stream += "reset refs/heads/topic\nfrom :1500\n\n";
    for at in 0..20 {
        stream += &format!("commit refs/heads/topic\n{who}\ndata 1\nt\nM 100644 inline topic-{at}\ndata 1\nx\n");
    }
    let mut import = Command::new("git")
        .args(["fast-import", "--quiet"])
        .current_dir(person.at("mine"))
        .stdin(Stdio::piped())
        .spawn()
        .expect("git runs");
    import.stdin.take().expect("a pipe").write_all(stream.as_bytes()).expect("written");
    assert!(import.wait().expect("it ends").success());
    person.git("mine", &["symbolic-ref", "HEAD", "refs/heads/aside"]);
    let start = Instant::now();
    done(&person, Method::Rebase).await;
    eprintln!("20 commits replayed after {:?}", start.elapsed());
    assert!(start.elapsed().as_secs() < 20, "it took {:?}", start.elapsed());
    assert_eq!(person.git("mine", &["rev-list", "--count", "main"]), "2020");
}
