//! An attempt's processes on a host end as they do here, whatever they do to get away.

use std::{
    fs,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use quarterdeck::target::{
    Error,
    processes::{TAG, end, remaining},
};

use crate::{
    sshd::{Sshd, lives, until},
    world::Line,
};

const GRACE: Duration = Duration::from_millis(300);

/// A program of a test, killed with the test.
struct Started(Child);

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn tag(name: &str) -> String {
    format!("test-host-{}-{name}-a1", std::process::id())
}

/// Starts a script with a tag, as the first process of its own session, as a pane's is.
fn start(folder: &Path, tag: &str, script: &str) -> Started {
    let mut command = Command::new("setsid");
    command.args(["sh", "-c", script]).current_dir(folder).env(TAG, tag);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    Started(command.spawn().expect("starts"))
}

async fn written(folder: &Path, count: usize) -> Vec<u32> {
    until("the script to write its children's numbers", || {
        let text = fs::read_to_string(folder.join("pids")).unwrap_or_default();
        let pids: Vec<u32> = text.split_whitespace().filter_map(|pid| pid.parse().ok()).collect();
        (pids.len() == count && text.ends_with('\n')).then_some(pids)
    })
    .await
}

#[tokio::test]
async fn nothing_gets_away() {
    let sshd = Sshd::start("devbox");
    let line = Line::to(&sshd);
    line.up().await;
    for (name, count, script) in [
        ("deaf", 2, "trap '' HUP TERM INT; sleep 600 & echo $! $$ >> pids; wait"),
        ("double fork", 1, "(setsid sh -c 'echo $$ >> pids; exec sleep 600' &) ; exec sleep 600"),
        ("bare child", 1, "env -i setsid sh -c 'echo $$ >> pids; exec sleep 600' & wait"),
        ("stopped and deaf", 1, "sh -c 'trap \"\" TERM; kill -STOP $$; sleep 600' & echo $! >> pids; wait"),
        ("heir", 1, "trap 'setsid sleep 600 & echo $! >> heir; exit' TERM; sleep 600 & echo $! >> pids; wait"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let tag = tag(&name.replace(' ', "-"));
        let leader = start(folder.path(), &tag, script);
        let pids = written(folder.path(), count).await;
        let found = remaining(&line.host, &tag, Some(leader.0.id())).await.expect("asked");
        assert!(found.iter().any(|process| process.command.contains("sleep")), "{name}: {found:?}");
        let named = end(&line.host, &tag, Some(leader.0.id()), GRACE).await.expect("asked");
        assert_eq!(named, [], "{name}");
        assert!(!lives(leader.0.id()), "{name}: the first process lives");
        assert!(pids.iter().all(|&pid| !lives(pid)), "{name}");
        let heir = fs::read_to_string(folder.path().join("heir")).unwrap_or_default();
        assert!(heir.trim().parse().is_ok_and(|pid| !lives(pid)) || heir.is_empty(), "{name}: the heir lives");
    }
}

#[tokio::test]
async fn others_live_on() {
    let sshd = Sshd::start("devbox");
    let line = Line::to(&sshd);
    let folder = tempfile::tempdir().expect("a folder");
    let ours = tag("x");
    let nobody = start(folder.path(), "", "exec sleep 600");
    let longer = start(folder.path(), &format!("{ours}0"), "exec sleep 600");
    let shorter = start(folder.path(), &ours[..ours.len() - 1], "exec sleep 600");
    let mut elsewhere = Command::new("sleep");
    let elsewhere = Started(elsewhere.arg("600").env("OTHER", format!("{TAG}={ours}")).spawn().expect("starts"));
    let target = start(folder.path(), &ours, "echo $$ >> pids; exec sleep 600");
    assert_eq!(written(folder.path(), 1).await, [target.0.id()]);
    assert_eq!(end(&line.host, &ours, Some(nobody.0.id()), GRACE).await.expect("asked"), []);
    assert!(!lives(target.0.id()));
    for other in [&nobody, &longer, &shorter, &elsewhere] {
        assert!(lives(other.0.id()), "somebody else's process was ended");
    }
    let start = Instant::now();
    assert_eq!(end(&line.host, &tag("nothing"), Some(1), Duration::from_secs(20)).await.expect("asked"), []);
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn who_would_go_when_asked_is_asked_and_not_killed() {
    let sshd = Sshd::start("devbox");
    let line = Line::to(&sshd);
    let folder = tempfile::tempdir().expect("a folder");
    let tag = tag("asked");
    let script = "trap 'echo tidy > tidied; exit 3' TERM; echo $$ >> pids; while :; do sleep 0.01; done";
    let mut leader = start(folder.path(), &tag, script);
    written(folder.path(), 1).await;
    assert_eq!(end(&line.host, &tag, Some(leader.0.id()), Duration::from_secs(20)).await.expect("asked"), []);
    assert_eq!(leader.0.wait().expect("waited").code(), Some(3));
    assert_eq!(fs::read_to_string(folder.path().join("tidied")).expect("tidied"), "tidy\n");
}

#[tokio::test]
async fn of_a_host_that_is_not_reached_nothing_is_claimed() {
    let mut sshd = Sshd::start("devbox");
    sshd.leave();
    let line = Line::to(&sshd);
    assert!(matches!(end(&line.host, "x", None, GRACE).await, Err(Error::Unreachable { .. })));
    assert!(matches!(remaining(&line.host, "x", None).await, Err(Error::Unreachable { .. })));
}
