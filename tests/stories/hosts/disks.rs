//! The disk of a host is full: what can't be done says so, what runs goes on, and everything does when there is room.

use std::fs;

use quarterdeck::domain::{activity::Doing, question::Kind};

use super::away::Away;
use crate::{
    limits::fill,
    repository::Repository,
    sshd::Sshd,
    wait::{until, until_true},
};

#[test]
fn a_full_disk_on_a_host_is_said_and_loses_nothing() {
    let mut away = Away::to(vec![Sshd::start("h1")]);
    let disk = away.hosts[0].home.join("disk");
    fs::create_dir(&disk).expect("made");
    if let Err(reason) = away.home.mount_small_disk(&disk) {
        eprintln!("skipped: a small disk can't be mounted here: {reason}");
        return;
    }
    away.add_at("h1", Some(disk.join("ours")));
    away.until_up("h1");
    let repository = Repository::with_one_commit(&away.home, "app");
    let running = away.start("h1", &["--repo", repository.path(), "first play:work"]);
    away.home.until_doing(running, Doing::YourTurn);
    let pid = away.home.pane_pid(running);
    let filler = fill(&disk);
    // What is new there is refused, and says what the matter is.
    repository.write("more", "more\n");
    repository.git(&["add", "."]);
    repository.git(&["commit", "--quiet", "--message", "more"]);
    let late = away.start("h1", &["--repo", repository.path(), "late play:work"]);
    let asked = away.home.until_asked(late, Kind::NotStarted);
    assert!(asked.text.contains("its disk is full") && asked.text.contains("make room"), "{asked:?}");
    let examined = away.home.done(&["doctor", "h1"]);
    assert!(examined.contains("only 0 B free") && examined.contains("free some"), "{examined}");
    // What runs goes on.
    let text = "said while there is no room play:work";
    away.home.until_taken_up(away.home.send(running, text));
    away.home.until_doing(running, Doing::YourTurn);
    assert_eq!(away.home.log().times_received(text), 1);
    // Also when it was cut off and is reached again, for what is needed there is there.
    away.host("h1").leave();
    away.until_away("h1");
    away.host("h1").listen();
    away.until_up("h1");
    away.home.until_doing(running, Doing::YourTurn);
    let text = "said after a cut play:work";
    away.home.until_taken_up(away.home.send(running, text));
    assert_eq!(away.home.log().times_received(text), 1);
    away.home.until_doing(running, Doing::YourTurn);
    assert_eq!(away.home.state(running).label(), "running");
    assert_eq!(away.home.pane_pid(running), pid);
    // There is room again.
    fs::remove_file(&filler).expect("removed");
    // What records stopped when it could write no more.
    let recorded = ["display-message", "-p", "-t", "=a1:", "#{pane_pipe}"];
    until_true("it is recorded again", || away.tmux_at(&disk.join("ours/run/tmux.sock"), &recorded) == "1");
    let text = "said when there is room play:work";
    away.home.until_taken_up(away.home.send(running, text));
    assert_eq!(away.home.log().times_received(text), 1);
    let recording = away.home.paths().recordings().join("a1.rec");
    until("the recording goes on", || {
        let printed = fs::read(&recording).unwrap_or_default();
        String::from_utf8_lossy(&printed).contains("said when there is room").then_some(())
    });
    away.home.answer(&asked, "Try again");
    away.home.until_doing(late, Doing::YourTurn);
    assert_eq!(away.home.log().times_received("late play:work"), 1);
}
