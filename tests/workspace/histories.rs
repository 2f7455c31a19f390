//! No sequence of edits, ends, cancels, crashes, reclaims and restores ever loses a commit or an uncommitted file.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use proptest::prelude::*;
use quarterdeck::{
    domain::Workspace,
    target::Host,
    workspace::{Error, forget_removed, prepare, remove, restore},
};

use crate::world::World;

/// What an agent, the person or the supervisor does next.
#[derive(Debug, Clone)]
enum Step {
    Prepare,
    Write(u8),
    Delete(u8),
    Stage,
    Commit(u8),
    Amend,
    ResetHard,
    Detach,
    Switch,
    Back,
    Stash,
    MergeByPerson,
    /// Both may be cut off when git has been asked so many times.
    Remove {
        reason: bool,
        crash: Option<u8>,
    },
    Restore {
        crash: Option<u8>,
    },
    Prune,
    CollectGarbage,
}

fn crash() -> impl Strategy<Value = Option<u8>> {
    prop_oneof![2 => Just(None), 3 => (1..30_u8).prop_map(Some)]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        1 => Just(Step::Prepare),
        4 => (0..3_u8).prop_map(Step::Write),
        1 => (0..3_u8).prop_map(Step::Delete),
        2 => Just(Step::Stage),
        4 => (0..3_u8).prop_map(Step::Commit),
        2 => Just(Step::Amend),
        1 => Just(Step::ResetHard),
        1 => Just(Step::Detach),
        1 => Just(Step::Switch),
        1 => Just(Step::Back),
        1 => Just(Step::Stash),
        2 => Just(Step::MergeByPerson),
        6 => (any::<bool>(), crash()).prop_map(|(reason, crash)| Step::Remove { reason, crash }),
        5 => crash().prop_map(|crash| Step::Restore { crash }),
        1 => Just(Step::Prune),
        1 => Just(Step::CollectGarbage),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_history_loses_a_commit_or_a_file(steps in prop::collection::vec(step(), 6..20)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(live(steps));
    }
}

/// A git that never answers once it was called so many times: whoever asked it can be ended there.
struct Fragile {
    host: Host,
    calls: PathBuf,
    stuck: PathBuf,
}

impl Fragile {
    fn new(world: &World) -> Self {
        let [folder, calls, stuck] = ["fragile", "calls", "stuck"].map(|name| world.at(name));
        fs::create_dir_all(&folder).expect("made");
        let path = std::env::var("PATH").expect("a PATH");
        // Half of the crashes come before git has done what it was asked, half after.
        let script = format!(
            "#!/bin/sh\nPATH='{path}'\nread left < '{calls}'\nleft=$((left - 1))\necho $left > '{calls}'\n\
             stop() {{ echo $$ > '{stuck}.new'; mv '{stuck}.new' '{stuck}'; exec sleep 60; }}\n\
             [ $left -eq 0 ] && [ -e '{calls}.before' ] && stop\n\
             if [ $left -eq 0 ]; then git \"$@\"; stop; fi\nexec git \"$@\"\n",
            calls = calls.display(),
            stuck = stuck.display(),
        );
        let git = folder.join("git");
        fs::write(&git, script).expect("written");
        fs::set_permissions(&git, fs::Permissions::from_mode(0o755)).expect("set");
        let host = world.local.clone().with("PATH", format!("{}:{path}", folder.display())).into();
        Self { host, calls, stuck }
    }

    /// Does `work`, and ends it without a word when git was called `crash` times.
    async fn run<T>(&self, crash: u8, work: impl Future<Output = T>) -> Option<T> {
        fs::write(&self.calls, format!("{}\n", crash.div_ceil(2))).expect("written");
        let before = self.calls.with_file_name("calls.before");
        if crash.is_multiple_of(2) {
            fs::write(&before, "").expect("written")
        } else {
            let _ = fs::remove_file(&before);
        }
        let _ = fs::remove_file(&self.stuck);
        let stuck = async {
            while !self.stuck.exists() {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::select! {
            done = work => return Some(done),
            () = stuck => {}
        }
        // Nor will anybody wait for it, whoever asks next.
        let pid = fs::read_to_string(&self.stuck).expect("read").trim().parse().expect("a number");
        let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        None
    }
}

/// What must never be lost.
#[derive(Default)]
struct Precious {
    commits: BTreeSet<String>,
    /// The files of the worktree as they were last, by name.
    files: BTreeMap<PathBuf, Vec<u8>>,
}

async fn live(steps: Vec<Step>) {
    let world = World::with_repository();
    let fragile = Fragile::new(&world);
    let prepared = world.prepare(1, "x").await.expect("prepared");
    let workspace = world.row(1, &prepared);
    let path = workspace.path.clone();
    let mut precious = Precious { files: files(&path), ..Precious::default() };
    // The supervisor's own word on the workspace, which it has committed.
    let mut is_removed = false;
    for (number, step) in steps.iter().enumerate() {
        match step {
            Step::Remove { reason, crash } if !is_removed => {
                let reason = reason.then_some("enough");
                is_removed = removing(&world, &fragile, &workspace, reason, *crash, &precious).await;
            }
            Step::Restore { crash } if is_removed => {
                restoring(&world, &fragile, &workspace, *crash).await;
                is_removed = false;
                assert_eq!(files(&path), precious.files, "it did not come back as it was");
            }
            Step::Remove { .. } | Step::Restore { .. } => {}
            Step::Prune => {
                forget_removed(&world.host(), &world.at("mine"), Duration::from_secs(3600)).await.expect("pruned");
            }
            Step::CollectGarbage => {
                world.git("mine", &["gc", "--quiet", "--prune=now"]);
            }
            _ if is_removed => {}
            step => {
                work(&world, &workspace, step, number).await;
                precious.files = files(&path);
            }
        }
        if !is_removed {
            precious.commits.insert(world.git(&path, &["rev-parse", "HEAD"]));
        }
    }
    world.git("mine", &["gc", "--quiet", "--prune=now"]);
    for commit in &precious.commits {
        assert!(world.try_git("mine", &["cat-file", "-e", commit]).status.success(), "{commit} is lost");
    }
    if is_removed {
        restore(&world.host(), &workspace, None).await.expect("restored");
    }
    assert_eq!(files(&path), precious.files);
}

/// Removes until it has come to an end, crash after crash; says whether it is gone.
async fn removing(
    world: &World,
    fragile: &Fragile,
    workspace: &Workspace,
    reason: Option<&str>,
    crash: Option<u8>,
    precious: &Precious,
) -> bool {
    let dirty = !world.git(&workspace.path, &["status", "--porcelain", "--untracked-files=all"]).is_empty();
    let outcome = match crash {
        Some(crash) => match fragile.run(crash, remove(&fragile.host, workspace, reason)).await {
            Some(outcome) => outcome,
            // The next daemon finds the intent, and goes on.
            None => {
                unlock(world);
                remove(&world.host(), workspace, reason).await
            }
        },
        None => remove(&world.host(), workspace, reason).await,
    };
    match outcome {
        Ok(proof) => {
            assert!(!workspace.path.exists(), "{proof}");
            assert!(!dirty || reason.is_some(), "removed without a word: {proof}");
            true
        }
        Err(Error::AtRisk { risks, .. }) => {
            assert!(reason.is_none() && !risks.is_empty());
            assert_eq!(files(&workspace.path), precious.files, "it stays, but not whole");
            false
        }
        Err(error) => panic!("{error:?}"),
    }
}

async fn restoring(world: &World, fragile: &Fragile, workspace: &Workspace, crash: Option<u8>) {
    if let Some(crash) = crash
        && let Some(restored) = fragile.run(crash, restore(&fragile.host, workspace, None)).await
    {
        restored.expect("restored");
        return;
    }
    unlock(world);
    restore(&world.host(), workspace, None).await.expect("restored");
}

/// git's own locks of a process that was ended hard, which it leaves to a person to remove.
fn unlock(world: &World) {
    fn below(folder: &Path) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.path() {
                path if path.is_dir() => below(&path),
                path if path.extension().is_some_and(|extension| extension == "lock") => {
                    fs::remove_file(path).expect("removed");
                }
                _ => {}
            }
        }
    }
    below(&world.at("mine/.git"));
}

/// What an agent or the person does in the worktree.
async fn work(world: &World, workspace: &Workspace, step: &Step, number: usize) {
    let path = &workspace.path;
    let branch = workspace.branch.as_deref().expect("a branch");
    match step {
        Step::Prepare => {
            let prepared = prepare(&world.host(), world.request(1, "x")).await.expect("prepared");
            if prepared.path != *path {
                // Somebody has worked there: it must be left alone. This history goes on in the old place.
                remove(&world.host(), &world.row(1, &prepared), None).await.expect("untouched");
            }
        }
        Step::Write(file) => world.write(path.join(format!("f{file}")), &format!("{number}")),
        Step::Delete(file) => {
            let _ = fs::remove_file(path.join(format!("f{file}")));
        }
        Step::Stage => {
            world.git(path, &["add", "--all"]);
        }
        Step::Commit(file) => {
            world.commit(path, &format!("f{file}"), &format!("{number}"));
        }
        Step::Amend => {
            world.try_git(path, &["commit", "--quiet", "--amend", "-m", &format!("amended {number}")]);
        }
        Step::ResetHard => {
            world.try_git(path, &["reset", "--quiet", "--hard", "HEAD~1"]);
        }
        Step::Detach => {
            world.git(path, &["checkout", "--quiet", "--detach"]);
        }
        Step::Switch => {
            world.git(path, &["switch", "--quiet", "-c", &format!("agent-{number}")]);
        }
        Step::Back => {
            world.try_git(path, &["switch", "--quiet", branch]);
        }
        Step::Stash => {
            world.git(path, &["stash", "--quiet", "--include-untracked"]);
        }
        Step::MergeByPerson => {
            world.try_git("mine", &["merge", "--quiet", "-X", "ours", branch]);
        }
        Step::Remove { .. } | Step::Restore { .. } | Step::Prune | Step::CollectGarbage => {}
    }
}

/// The files of a worktree.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten().filter(|entry| entry.file_name() != ".git") {
        found.insert(entry.file_name().into(), fs::read(entry.path()).expect("read"));
    }
    found
}
