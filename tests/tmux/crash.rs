//! What dies, and what does not.

use std::{
    fs,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use quarterdeck::tmux::{Capture, Error, Event, Server};
use tokio_util::sync::CancellationToken;

use crate::common::{Deck, options, until};

fn signal(name: &str, pid: &str) {
    assert!(Command::new("kill").args([name, pid]).status().unwrap().success());
}

#[tokio::test]
async fn an_agent_that_kills_its_tmux_server_kills_another() {
    let deck = Deck::new().await;
    // Its own server, in a place of its own.
    let pane = deck.shell("a1", "TMUX_TMPDIR=$PWD tmux kill-server; echo done; sleep 100").await;
    deck.shows(&pane.id, "done").await;
    assert_eq!(deck.seen("a1").await.unwrap().pid, pane.pid);
}

#[tokio::test]
async fn the_control_client_may_be_killed() {
    let mut deck = Deck::new().await;
    let pane = deck.run("a1", &["sleep", "100"]).await;
    let client = deck.tmux(&["list-clients", "-F", "#{client_pid}"]);
    signal("-KILL", &client);
    deck.expect("the loss", |event| matches!(event, Event::Disconnected { .. })).await;
    deck.expect("the return", |event| matches!(event, Event::Connected { fresh: false, .. })).await;
    assert_eq!(deck.seen("a1").await.unwrap().pid, pane.pid);
}

#[tokio::test]
async fn the_server_may_be_killed() {
    let mut deck = Deck::new().await;
    deck.run("a1", &["sleep", "100"]).await;
    signal("-KILL", &deck.tmux(&["display-message", "-p", "#{pid}"]));
    deck.expect("the loss", |event| matches!(event, Event::Disconnected { .. })).await;
    deck.expect("a new server", |event| matches!(event, Event::Connected { fresh: true, .. })).await;
    assert_eq!(deck.server.panes().await.unwrap(), []);
    deck.run("a1", &["sleep", "100"]).await;
}

#[tokio::test]
async fn a_server_that_dies_again_and_again_is_started_less_and_less_often() {
    let mut deck = Deck::new().await;
    let mut pauses = Vec::new();
    for _ in 0..5 {
        signal("-KILL", &deck.tmux(&["display-message", "-p", "#{pid}"]));
        deck.expect("the loss", |event| matches!(event, Event::Disconnected { .. })).await;
        let lost = Instant::now();
        deck.expect("a new server", |event| matches!(event, Event::Connected { fresh: true, .. })).await;
        pauses.push(lost.elapsed());
    }
    let least = [50, 100, 200, 400, 800].map(Duration::from_millis);
    assert!(pauses.iter().zip(least).all(|(pause, least)| *pause >= least), "{pauses:?}");
}

#[tokio::test]
async fn a_request_that_was_cut_off_is_told_from_one_that_was_not_sent() {
    let mut deck = Deck::new().await;
    let pane = deck.run("a1", &["sleep", "100"]).await;
    let pid = deck.tmux(&["display-message", "-p", "#{pid}"]);
    signal("-STOP", &pid);
    let server = deck.server.clone();
    let waiting = tokio::spawn(async move { server.capture(&pane.id, Capture::default()).await });
    // Everything here is one thread's: once the others have had their turns, the request is on its way.
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    signal("-KILL", &pid);
    let error = waiting.await.unwrap().unwrap_err();
    assert!(matches!(error, Error::Lost { .. }) && error.may_have_happened(), "{error}");
    deck.expect("a new server", |event| matches!(event, Event::Connected { fresh: true, .. })).await;
    deck.server.end().await.unwrap();
    let error = deck.server.panes().await.unwrap_err();
    assert!(matches!(error, Error::Closed) && !error.may_have_happened(), "{error}");
}

#[tokio::test]
async fn a_line_that_was_cut_in_the_middle_does_nothing() {
    let deck = Deck::new().await;
    let pane = deck.run("a1", &["cat"]).await;
    let line = format!("set-option -p -t {} @half yes ; set-buffer -b half \"abc", pane.id.0);
    let script =
        format!("{{ printf '%s' '{line}'; sleep 0.3; }} | tmux -S {} -C attach -t =qd-hub", deck.path("s").display());
    Command::new("sh").args(["-c", &script]).env_remove("TMUX").stdout(Stdio::null()).status().unwrap();
    assert_eq!(deck.tmux(&["display-message", "-p", "-t", &pane.id.0, "#{@half}"]), "");
    assert_eq!(deck.tmux(&["list-buffers"]), "");
}

#[tokio::test]
async fn another_supervisor_finds_the_server_as_it_was() {
    let deck = Deck::new().await;
    let pane = deck.run("a1", &["sleep", "100"]).await;
    deck.cancel.cancel();
    until("the first one has let go", async || deck.tmux(&["list-clients"]).is_empty()).await;
    let cancel = CancellationToken::new();
    let (server, mut events) = Server::start(options(deck.folder.path().to_owned()), cancel.clone());
    let event = tokio::time::timeout(Duration::from_secs(20), events.recv()).await.unwrap();
    assert!(matches!(event, Some(Event::Connected { fresh: false, .. })), "{event:?}");
    assert_eq!(server.panes().await.unwrap()[0].pid, pane.pid);
    cancel.cancel();
}

#[tokio::test]
async fn the_server_lives_by_itself() {
    let deck = Deck::new().await;
    let pid = deck.tmux(&["display-message", "-p", "#{pid}"]);
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let session = stat.rsplit(") ").next().unwrap().split(' ').nth(3).unwrap().to_owned();
    assert_eq!(session, pid, "it leads its own session");
    assert_eq!(fs::read_link(format!("/proc/{pid}/cwd")).unwrap().to_str(), Some("/"));
    let limits = fs::read_to_string(format!("/proc/{pid}/limits")).unwrap();
    let open: Vec<&str> =
        limits.lines().find(|line| line.starts_with("Max open files")).unwrap().split_whitespace().collect();
    assert_eq!(open[3], open[4], "as many open files as it may have");
    let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(deck.path("tmux.conf")).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn sessions_that_come_and_go_while_we_reconnect_take_nothing_down() {
    let mut deck = Deck::new().await;
    let pane = deck.run("keep", &["sleep", "100"]).await;
    let server = deck.server.clone();
    let spec = deck.spec("churn", &["sh", "-c", "exit 3"]);
    let churn = tokio::spawn(async move {
        let mut rounds = 0;
        for number in 0..150 {
            let mut spec = spec.clone();
            spec.name = format!("churn{number}");
            if let Ok(pane) = server.spawn(spec).await {
                rounds += usize::from(server.kill(&pane.id).await.is_ok());
            }
        }
        rounds
    });
    for _ in 0..4 {
        let mut client = String::new();
        until("a client is attached", async || {
            client = deck.tmux(&["list-clients", "-F", "#{client_pid}"]);
            !client.is_empty()
        })
        .await;
        let _ = Command::new("kill").args(["-KILL", &client]).stderr(Stdio::null()).status();
        deck.expect("the return", |event| match event {
            Event::Connected { fresh, .. } => {
                assert!(!fresh, "the server died");
                true
            }
            _ => false,
        })
        .await;
    }
    assert!(churn.await.unwrap() > 50);
    assert_eq!(deck.seen("keep").await.unwrap().pid, pane.pid);
}
