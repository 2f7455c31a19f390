//! Daemon, terminal server and agents die at any moment: what lives is adopted, what ended says how, the rest is asked
//! about, and nothing that was acknowledged is lost.

use std::path::Path;

use nix::sys::signal::Signal;
use quarterdeck::{
    demo::stand_in::log::Entry,
    domain::{
        activity::Doing,
        attempt::{End, State as AttemptState},
        message::Delivery,
        question::Kind,
        session::State,
    },
};

use crate::{
    home::{Home, begun_in, until_gone},
    person::Person,
    processes::{kill_nine, lives, signal},
    wait::{until, until_true},
};

/// A shell command line that prints numbered lines and waits for files `1`, `2`, … in `folder` between them.
fn numbered_lines(folder: &Path, parts: u32, lines: u32) -> String {
    let folder = folder.display();
    format!(
        "for part in $(seq 1 {parts}); do for n in $(seq 1 {lines}); do echo \"row $part.$n of it\"; sleep 0.002; done; \
         while ! [ -e {folder}/$part ]; do sleep 0.01; done; done; echo all of it is printed"
    )
}

fn rows(lines: &[String]) -> Vec<String> {
    lines.iter().filter(|line| line.starts_with("row ")).map(|line| line.trim_end().to_owned()).collect()
}

fn printed(parts: u32, lines: u32) -> Vec<String> {
    (1..=parts).flat_map(|part| (1..=lines).map(move |line| format!("row {part}.{line} of it"))).collect()
}

#[test]
fn a_killed_daemon_is_followed_by_one_that_adopts_what_lives_with_an_unbroken_recording() {
    let home = Home::new();
    let script = numbered_lines(&home.work(), 4, 60);
    let session = home.start_with("shell", &[&script]);
    let pane = home.pane_pid(session);
    let shows = |text: &str| home.tmux(&["capture-pane", "-p", "-t", "=a1:"]).contains(text);
    for part in 1..=3u32 {
        until_true("a row is printed", || shows(&format!("row {part}.")));
        home.kill_daemon();
        // One part is printed with no daemon at all.
        std::fs::write(home.work().join(part.to_string()), "").expect("written");
        until_true("it goes on by itself", || shows(&format!("row {}.", part + 1)));
        home.done(&["ps"]);
    }
    std::fs::write(home.work().join("4"), "").expect("written");
    until_true("all is printed", || home.transcript(session).iter().any(|line| line == "all of it is printed"));
    assert_eq!(rows(&home.transcript(session)), printed(4, 60));
    assert_eq!(home.pane_pid(session), pane, "the same program, never started again");
    assert!(lives(pane));
    assert_eq!(home.state(session).label(), "running");
}

#[test]
fn what_was_acknowledged_is_there_after_the_daemon_was_killed() {
    let home = Home::new();
    let session = home.start(&["play:ask play:work"]);
    home.until_doing(session, Doing::Asking);
    let message = home.send(session, "kept through it all play:work");
    home.kill_daemon();
    home.done(&["rename", &session.to_string(), "named by the next daemon"]);
    home.kill_daemon();
    let detail = home.detail_after_restart(session);
    assert_eq!(detail.session.title, "named by the next daemon");
    let kept = detail.messages.iter().find(|found| found.id == message).expect("the message is there");
    assert!(matches!(kept.delivery, Delivery::Queued { .. }), "{kept:?}");
    home.until_doing(session, Doing::Asking);
    home.tmux(&["send-keys", "-t", "=a1:", "1"]);
    home.until_taken_up(message);
    assert_eq!(home.log().times_received("kept through it all play:work"), 1);
}

#[test]
fn what_ended_while_no_daemon_ran_has_its_exit_code_or_signal() {
    let home = Home::new();
    let killed = home.start(&["play:endless"]);
    let failed = home.start_with("shell", &["echo > begun; while ! [ -e gate ]; do sleep 0.01; done; exit 3"]);
    let done = home.start_with("shell", &["echo > begun; while ! [ -e gate ]; do sleep 0.01; done; exit 0"]);
    let pids = [killed, failed, done].map(|session| home.pane_pid(session));
    home.until_doing(killed, Doing::Working);
    let folders = [failed, done].map(|session| begun_in(&home, session));
    home.kill_daemon();
    signal(pids[0], Signal::SIGKILL);
    folders.iter().for_each(|folder| std::fs::write(folder.join("gate"), "").expect("written"));
    until_gone("the programs", &pids);
    home.done(&["ps"]);
    let asked = home.until_asked(killed, Kind::Ended);
    assert!(asked.text.contains("signal 9"), "{asked:?}");
    home.until_state(failed, "failed");
    home.until_state(done, "succeeded");
    let ends = [killed, failed, done].map(|session| home.detail(session).attempts.remove(0).state);
    let wanted = [End::Signaled { signal: 9 }, End::Exited { code: 3 }, End::Exited { code: 0 }];
    assert_eq!(ends, wanted.map(|end| AttemptState::Ended { end }));
    let State::Failed { cause } = home.state(failed) else { panic!("it has failed") };
    assert!(cause.contains("code 3"), "{cause}");
}

#[test]
fn a_killed_tmux_server_is_a_question_whose_answer_resumes_the_same_conversation() {
    let home = Home::new();
    let session = home.start(&["say this first play:work"]);
    home.until_doing(session, Doing::YourTurn);
    let shown = home.transcript(session);
    assert!(shown.iter().any(|line| line.contains("say this first")), "{shown:#?}");
    kill_nine(home.tmux_pid());
    let asked = home.until_asked(session, Kind::Vanished);
    assert_eq!(home.state(session).label(), "waiting_user");
    assert!(home.transcript(session).starts_with(&shown[..shown.len().saturating_sub(8)]), "nothing shown is lost");
    home.answer(&asked, "Resume the conversation");
    home.until_doing(session, Doing::YourTurn);
    home.until_taken_up(home.send(session, "go on play:work"));
    assert_same_conversation(&home, "go on play:work");
    assert!(home.transcript(session).iter().any(|line| line.contains("say this first")));
}

/// There was one conversation; it was resumed, and this was said in it.
fn assert_same_conversation(home: &Home, text: &str) {
    let lines = home.log().lines();
    let first = lines[0].conversation.clone();
    assert!(lines.iter().all(|line| line.conversation == first), "{lines:?}");
    assert!(lines.iter().any(|line| matches!(line.entry, Entry::Start { resumed: true, .. })), "{lines:?}");
    assert_eq!(home.log().times_received(text), 1);
}

#[test]
fn daemon_and_tmux_server_killed_at_once_are_a_question_too() {
    let home = Home::new();
    let session = home.start(&["before it all ends play:work"]);
    home.until_doing(session, Doing::YourTurn);
    let (daemon, tmux) = (home.daemon_pid(), home.tmux_pid());
    signal(daemon, Signal::SIGKILL);
    signal(tmux, Signal::SIGKILL);
    until_gone("daemon and tmux", &[daemon, tmux]);
    home.done(&["ps"]);
    home.until_asked(session, Kind::Vanished);
    assert!(home.transcript(session).iter().any(|line| line.contains("before it all ends")));
    home.done(&["resume", &session.to_string()]);
    home.until_doing(session, Doing::YourTurn);
    home.until_taken_up(home.send(session, "after it play:work"));
    assert_same_conversation(&home, "after it play:work");
}

#[test]
fn work_that_waits_for_its_start_survives_the_death_of_both() {
    let home = Home::with("[caps]\nsessions = 1\n", &[]);
    let first = home.start(&["play:endless"]);
    let second = home.start(&["waits for a place play:work"]);
    home.until_state(second, "waiting_capacity");
    let message = home.send(second, "and this after it play:work");
    let (daemon, tmux) = (home.daemon_pid(), home.tmux_pid());
    kill_nine(daemon);
    kill_nine(tmux);
    home.done(&["ps"]);
    home.until_asked(first, Kind::Vanished);
    home.until_taken_up(message);
    assert_eq!(home.log().received()[1..], ["waits for a place play:work", "and this after it play:work"]);
}

#[test]
fn what_outlives_its_terminal_server_is_ended_before_its_session_goes_on() {
    let home = Home::new();
    let session = home.start(&["play:stubborn"]);
    let children = stubborn(&home);
    let agent = home.log().newest_pid();
    kill_nine(home.tmux_pid());
    let asked = home.until_asked(session, Kind::Vanished);
    home.answer(&asked, "Resume the conversation");
    home.until_doing(session, Doing::YourTurn);
    until_gone("the agent that lost its terminal and its children", &[&[agent], &children[..]].concat());
}

#[test]
fn what_outlives_its_terminal_server_is_ended_by_a_cancel() {
    let home = Home::new();
    let session = home.start(&["play:stubborn"]);
    let children = stubborn(&home);
    let agent = home.log().newest_pid();
    kill_nine(home.tmux_pid());
    home.until_asked(session, Kind::Vanished);
    home.done(&["cancel", &session.to_string()]);
    assert_eq!(home.state(session).label(), "canceled");
    until_gone("the agent that lost its terminal and its children", &[&[agent], &children[..]].concat());
}

#[test]
fn an_agent_cannot_end_the_crew_with_tmux_kill_server() {
    let home = Home::new();
    let other = home.start(&["play:endless"]);
    home.until_doing(other, Doing::Working);
    let session = home.start_with("shell", &["tmux kill-server; tmux kill-session; echo still > begun"]);
    begun_in(&home, session);
    assert!(lives(home.log().newest_pid()));
    home.until_taken_up(home.send(other, "are you well?"));
    assert_eq!([other, session].map(|session| home.state(session).label()), ["running"; 2]);
}

#[test]
fn new_work_starts_after_the_tmux_server_was_killed() {
    let home = Home::new();
    home.done(&["ps"]);
    home.until("tmux is there", |_| home.paths().tmux_socket().exists().then_some(()));
    kill_nine(until("tmux answers", || home.try_tmux(&["display-message", "-p", "#{pid}"])?.parse().ok()));
    let session = home.start(&["on a new server play:work"]);
    home.until_doing(session, Doing::YourTurn);
    assert_eq!(home.log().received(), ["on a new server play:work"]);
}

#[test]
fn a_killed_dashboard_takes_nothing_with_it_and_the_next_one_shows_it_all() {
    let home = Home::new();
    let session = home.start(&["--title", "Mend the upload", "play:work"]);
    home.until_doing(session, Doing::YourTurn);
    let mut dashboard = Person::at(&home, &[]);
    dashboard.until_drawn("Mend the upload");
    dashboard.press(b"s");
    dashboard.press(b"\x1b[200~steered from the dashboard;\nin two lines\x1b[201~");
    dashboard.until_drawn("in two lines");
    dashboard.press(b"\x13");
    home.log().until_received("steered from the dashboard;\nin two lines");
    dashboard.kill();
    home.until_taken_up(home.send(session, "and on play:work"));
    let next = Person::at(&home, &[]);
    next.until_drawn("Mend the upload");
    assert_eq!(home.log().received()[1..], ["steered from the dashboard;\nin two lines", "and on play:work"]);
}

/// The children of the stand-in that ignore who asks them to end.
fn stubborn(home: &Home) -> Vec<u32> {
    home.log().until_logged("the agent has stubborn children", |entry| match entry {
        Entry::Children { pids } => Some(pids.clone()),
        _ => None,
    })
}

impl Home {
    /// The session's story, from a daemon that any command starts.
    fn detail_after_restart(&self, session: quarterdeck::domain::SessionId) -> quarterdeck::api::wire::SessionDetail {
        let printed = self.done(&["show", "--json", &session.to_string()]);
        serde_json::from_str(&printed).expect("the session's story")
    }
}

#[test]
fn a_daemon_whose_state_was_removed_leaves_the_place_to_the_next() {
    let home = Home::new();
    home.done(&["ls"]);
    let first = home.daemon_pid();
    let paths = home.paths();
    std::fs::remove_file(paths.socket()).expect("removed");
    std::fs::remove_dir_all(&paths.state).expect("removed");
    home.done(&["ls"]);
    let second = home.daemon_pid();
    assert_ne!(first, second);
    until_gone("the first daemon", &[first]);
    home.done(&["ls"]);
    assert_eq!(home.daemon_pid(), second, "its socket is still there");
}
