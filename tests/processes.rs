//! Whatever an attempt's processes do to get away, they end; nobody else's do.

use std::{
    fs,
    os::unix::process::ExitStatusExt,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use quarterdeck::{
    domain::attempt::Survivor,
    target::{
        Host,
        processes::{self, TAG},
    },
};

const GRACE: Duration = Duration::from_millis(300);

async fn end(tag: &str, leader: Option<u32>, grace: Duration) -> Vec<Survivor> {
    processes::end(&Host::local(), tag, leader, grace).await.expect("asked")
}

async fn remaining(tag: &str, leader: Option<u32>) -> Vec<Survivor> {
    processes::remaining(&Host::local(), tag, leader).await.expect("asked")
}

/// A program of a test, killed with the test.
struct Started(Child);

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A tag that no other test, and no other run, has.
fn tag(name: &str) -> String {
    format!("test-{}-{name}-a1", std::process::id())
}

/// Starts a script with a tag, as the first process of its own session, as a pane's is.
fn start(folder: &Path, tag: &str, script: &str) -> Started {
    let mut command = Command::new("setsid");
    command.args(["sh", "-c", script]).current_dir(folder).env(TAG, tag);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    Started(command.spawn().expect("starts"))
}

/// The numbers that the script has written, once it has written so many.
fn written(folder: &Path, count: usize) -> Vec<u32> {
    wait_for("the script to write its children's numbers", || {
        let text = fs::read_to_string(folder.join("pids")).unwrap_or_default();
        let pids: Vec<u32> = text.split_whitespace().filter_map(|pid| pid.parse().ok()).collect();
        (pids.len() == count && text.ends_with('\n')).then_some(pids)
    })
}

fn wait_for<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        if let Some(found) = condition() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited 20 s for {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn lives(pid: u32) -> bool {
    let said = Command::new("ps").args(["-o", "stat=", "-p", &pid.to_string()]).output().expect("ps runs").stdout;
    !said.is_empty() && !said.starts_with(b"Z")
}

/// Runs a script that writes `count` numbers to `pids`, ends its attempt, and says which of them live on.
async fn survivors_of(name: &str, count: usize, script: &str) -> Vec<u32> {
    let folder = tempfile::tempdir().expect("a folder");
    let tag = tag(name);
    let leader = start(folder.path(), &tag, script);
    let pids = written(folder.path(), count);
    assert!(pids.iter().all(|&pid| lives(pid)), "{name}: not all live before");
    assert!(!remaining(&tag, Some(leader.0.id())).await.is_empty());
    let named = end(&tag, Some(leader.0.id()), GRACE).await;
    assert_eq!(named, []);
    assert_eq!(remaining(&tag, Some(leader.0.id())).await, []);
    assert!(!lives(leader.0.id()), "{name}: the first process lives");
    pids.into_iter().filter(|&pid| lives(pid)).collect()
}

#[tokio::test]
async fn nothing_gets_away() {
    for (name, count, script) in [
        ("plain", 1, "sleep 600 & echo $! >> pids; wait"),
        ("nohup", 1, "nohup sleep 600 & echo $! >> pids; wait"),
        ("setsid", 1, "setsid sh -c 'echo $$ >> pids; exec sleep 600' & wait"),
        ("deaf", 2, "trap '' HUP TERM INT; sleep 600 & echo $! $$ >> pids; wait"),
        ("double fork", 1, "(setsid sh -c 'echo $$ >> pids; exec sleep 600' &) ; exec sleep 600"),
        ("orphaned", 1, "(sh -c 'echo $$ >> pids; exec sleep 600' &) ; exec sleep 600"),
        ("bare child", 1, "env -i setsid sh -c 'echo $$ >> pids; exec sleep 600' & wait"),
        ("bare leader's session", 1, "env -i PATH=\"$PATH\" sh -c 'echo $$ >> pids; sleep 600; :' & wait"),
        ("stopped", 1, "sleep 600 & kill -STOP $!; echo $! >> pids; wait"),
        ("stopped and deaf", 1, "sh -c 'trap \"\" TERM; kill -STOP $$; sleep 600' & echo $! >> pids; wait"),
        ("heir", 1, "trap 'setsid sleep 600 & echo $! >> heir; exit' TERM; sleep 600 & echo $! >> pids; wait"),
    ] {
        assert_eq!(survivors_of(name, count, script).await, [0; 0], "{name}");
    }
}

#[tokio::test]
async fn who_would_go_when_asked_is_asked_and_not_killed() {
    let folder = tempfile::tempdir().expect("a folder");
    let tag = tag("asked");
    let script = "trap 'echo tidy > tidied; exit 3' TERM; echo $$ >> pids; while :; do sleep 0.01; done";
    let mut leader = start(folder.path(), &tag, script);
    written(folder.path(), 1);
    let started = Instant::now();
    assert_eq!(end(&tag, Some(leader.0.id()), Duration::from_secs(20)).await, []);
    assert!(started.elapsed() < Duration::from_secs(10), "waited out the whole grace");
    assert_eq!(leader.0.wait().expect("waited").code(), Some(3));
    assert_eq!(fs::read_to_string(folder.path().join("tidied")).expect("tidied"), "tidy\n");
}

#[tokio::test]
async fn a_brood_that_forks_faster_than_we_look_ends() {
    let script = "trap '' TERM; echo $$ >> pids; \
                  f() { trap '' TERM; n=0; while [ $n -lt 400 ]; do (exec sleep 600) & n=$((n+1)); done; wait; }; \
                  f & f & wait";
    assert_eq!(survivors_of("brood", 1, script).await, [0; 0]);
}

#[tokio::test]
async fn others_live_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let ours = tag("x");
    let nobody = start(folder.path(), "", "exec sleep 600");
    let longer = start(folder.path(), &format!("{ours}0"), "exec sleep 600");
    let shorter = start(folder.path(), &ours[..ours.len() - 1], "exec sleep 600");
    let mut elsewhere = Command::new("sleep");
    let elsewhere = Started(elsewhere.arg("600").env("OTHER", format!("{TAG}={ours}")).spawn().expect("starts"));
    let target = start(folder.path(), &ours, "echo $$ >> pids; exec sleep 600");
    assert_eq!(written(folder.path(), 1), [target.0.id()]);
    // The number of a process session that has nothing of ours, as after a reboot.
    assert_eq!(end(&ours, Some(nobody.0.id()), GRACE).await, []);
    assert!(!lives(target.0.id()));
    for other in [&nobody, &longer, &shorter, &elsewhere] {
        assert!(lives(other.0.id()), "somebody else's process was ended");
    }
}

#[tokio::test]
async fn an_attempt_without_processes_is_ended_at_once() {
    let started = Instant::now();
    assert_eq!(end(&tag("nothing"), Some(1), Duration::from_secs(20)).await, []);
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn what_has_ended_and_was_not_noticed_is_no_survivor() {
    let folder = tempfile::tempdir().expect("a folder");
    let tag = tag("zombie");
    let mut leader = start(folder.path(), &tag, "echo $$ >> pids; exec sleep 600");
    written(folder.path(), 1);
    kill(Pid::from_raw(i32::try_from(leader.0.id()).expect("small")), Signal::SIGKILL).expect("killed");
    wait_for("the process to end", || (!lives(leader.0.id())).then_some(()));
    assert_eq!(remaining(&tag, Some(leader.0.id())).await, []);
    assert_eq!(leader.0.wait().expect("waited").signal(), Some(9));
}
