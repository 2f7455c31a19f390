//! The line to a host: why it isn't there, that its loss is noticed, and that it comes back.

use std::{
    fs,
    time::{Duration, Instant},
};

use nix::sys::signal::Signal;
use quarterdeck::{
    domain::target::SshAddress,
    target::{Error, ssh::Link},
};
use tokio::time::timeout;

use crate::{
    sshd::{PATIENCE, Sshd, lives, until},
    world::{Line, control, options, program},
};

#[tokio::test]
async fn each_refusal_says_what_to_do_and_nothing_is_accepted() {
    let unknown = Sshd::start("unknown");
    unknown.know(unknown.port, "");
    let line = Line::to(&unknown);
    let reason = line.down().await;
    let by_hand = format!("`ssh -F {} unknown` once by hand", unknown.config().display());
    assert!(reason.contains("host key is not known") && reason.contains(&by_hand), "{reason}");
    assert_eq!(fs::read_to_string(unknown.path("known_hosts")).expect("read"), "");

    let changed = Sshd::start("changed");
    changed.know(changed.port, &changed.key("other"));
    let reason = Line::to(&changed).down().await;
    assert!(reason.contains("not the one known here"), "{reason}");

    let refusing = Sshd::start("refusing");
    fs::write(refusing.path("authorized_keys"), refusing.key("other")).expect("written");
    let reason = Line::to(&refusing).down().await;
    assert!(reason.contains("refuses our key"), "{reason}");

    let mut away = Sshd::start("away");
    away.leave();
    let line = Line::to(&away);
    let reason = line.down().await;
    assert!(reason.contains("refuses connections"), "{reason}");
    let start = Instant::now();
    let error = line.host.run(program(&["true"])).await.expect_err("not reached");
    assert!(matches!(&error, Error::Unreachable { host, .. } if host == "away"), "{error}");
    assert!(start.elapsed() < Duration::from_secs(2), "it does not fail at once");

    let nowhere = Line::with(&away, |options| options.address = "no-such-host.invalid".parse().expect("an address"));
    let reason = nowhere.down().await;
    assert!(reason.contains("leads to no machine") || reason.contains("gave no answer"), "{reason}");
}

#[tokio::test]
async fn a_key_file_that_is_not_there_is_said_and_no_other_key_is_tried() {
    let sshd = Sshd::start("devbox");
    let line = Line::with(&sshd, |options| {
        let address = SshAddress::new("devbox".into(), None, None, Some("/no/such/key".into()));
        options.address = address.expect("an address");
    });
    let reason = line.down().await;
    assert!(reason.starts_with("there is no key file /no/such/key; "), "{reason}");
    assert_eq!(sshd.connections(), Vec::<u32>::new());
}

#[tokio::test]
async fn two_lines_to_one_host_are_two_connections_and_neither_ends_the_other() {
    let sshd = Sshd::start("devbox");
    let first = Line::to(&sshd);
    first.up().await;
    let second = Line::with(&sshd, |options| {
        options.name = "again".into();
        options.control_folder = first.control.clone();
    });
    second.up().await;
    for line in [&first, &second] {
        assert!(line.host.run(program(&["true"])).await.expect("it runs").succeeded());
        assert!(line.ssh.link().borrow().is_up());
    }
    let ended = second.ssh.clone();
    drop(second);
    ended.finished().await;
    assert!(first.host.run(program(&["true"])).await.expect("it runs").succeeded());
    assert!(first.ssh.link().borrow().is_up());
}

#[tokio::test]
async fn a_host_that_went_away_is_reached_again() {
    let mut sshd = Sshd::start("devbox");
    let line = Line::to(&sshd);
    line.up().await;
    sshd.leave();
    let reason = line.down().await;
    assert!(reason.contains("closed the connection") || reason.contains("refuses connections"), "{reason}");
    sshd.listen();
    line.ssh.retry_now();
    line.up().await;
    assert!(line.host.run(program(&["true"])).await.expect("runs").succeeded());
}

#[tokio::test]
async fn a_line_that_was_cut_under_a_program_is_told_as_such() {
    let sshd = Sshd::start("devbox");
    let line = Line::to(&sshd);
    line.up().await;
    let host = line.host.clone();
    let running = tokio::spawn(async move { host.run(program(&["sh", "-c", "echo $$ > pid; exec sleep 600"])).await });
    let pid: u32 =
        until("the program to start", || fs::read_to_string(sshd.home.join("pid")).ok()?.trim().parse().ok()).await;
    sshd.signal(Signal::SIGKILL);
    let error = timeout(PATIENCE, running).await.expect("in time").expect("joined").expect_err("is lost");
    assert!(matches!(error, Error::Unreachable { .. }), "{error}");
    // What ran for somebody who was told that it is lost does not run on beside what is done next.
    until("what nobody waits for to end", || (!lives(pid)).then_some(())).await;
}

#[tokio::test]
async fn a_line_that_hangs_is_noticed() {
    let sshd = Sshd::start("devbox");
    let line = Line::with(&sshd, |options| options.alive_interval = Duration::from_secs(1));
    line.up().await;
    sshd.signal(Signal::SIGSTOP);
    let reason = line.down().await;
    assert!(reason.contains("gave no answer"), "{reason}");
    line.up().await;
}

#[tokio::test]
async fn a_line_under_suspicion_is_looked_at_now() {
    let sshd = Sshd::start("devbox");
    let line = Line::with(&sshd, |options| {
        options.alive_interval = Duration::from_secs(600);
        options.connect_patience = Duration::from_secs(1);
    });
    line.up().await;
    line.ssh.suspect();
    assert!(line.host.run(program(&["true"])).await.expect("runs").succeeded());
    assert!(line.ssh.link().borrow().is_up(), "a sound line was given up");
    sshd.signal(Signal::SIGSTOP);
    line.ssh.suspect();
    let reason = line.down().await;
    assert!(reason.contains("does not answer"), "{reason}");
    line.up().await;
}

#[tokio::test]
async fn a_master_that_was_killed_or_hangs_is_replaced() {
    let sshd = Sshd::start("devbox");
    let line = Line::with(&sshd, |options| options.alive_interval = Duration::from_secs(1));
    for signal in [Signal::SIGKILL, Signal::SIGSTOP] {
        line.up().await;
        let master = master(&line).await;
        crate::sshd::send(master, signal);
        line.down().await;
        line.up().await;
        until("the old master to end", || (!lives(master)).then_some(())).await;
        assert!(line.host.run(program(&["true"])).await.expect("runs").succeeded());
    }
}

/// The process that listens at the connection's socket.
async fn master(line: &Line) -> u32 {
    let socket = fs::read_dir(&line.control).expect("listed").flatten().next().expect("a socket").path();
    let peer = tokio::net::UnixStream::connect(socket).await.expect("connects").peer_cred().expect("asked");
    u32::try_from(peer.pid().expect("known")).expect("a number")
}

#[tokio::test]
async fn a_master_left_behind_is_ended_by_the_next() {
    let sshd = Sshd::start("devbox");
    let control = control();
    let options = options(&sshd, &control);
    let first = quarterdeck::target::Ssh::start(options.clone(), Default::default());
    let mut link = first.link();
    timeout(PATIENCE, link.wait_for(Link::is_up)).await.expect("in time").expect("kept");
    let before = sshd.connections();
    assert_eq!(before.len(), 1);
    // As after a supervisor's death: the first one's master lives, and nobody of ours has started it.
    let second = quarterdeck::target::Ssh::start(options, Default::default());
    let mut link = second.link();
    timeout(PATIENCE, link.wait_for(Link::is_up)).await.expect("in time").expect("kept");
    until("the first connection to end", || (!sshd.connections().contains(&before[0])).then_some(())).await;
}

#[tokio::test]
async fn a_cancelled_connection_leaves_nothing() {
    let sshd = Sshd::start("devbox");
    let line = Line::to(&sshd);
    line.up().await;
    let (master, ssh) = (master(&line).await, line.ssh.clone());
    let control = line.control.clone();
    drop(line._cancel);
    timeout(PATIENCE, ssh.finished()).await.expect("in time");
    assert!(!lives(master));
    assert_eq!(fs::read_dir(control).expect("listed").count(), 0);
    assert!(matches!(ssh.run(program(&["true"])).await, Err(Error::Unreachable { .. })));
}
