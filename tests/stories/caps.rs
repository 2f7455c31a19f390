//! Only so many sessions run at once; the others say that they wait, and start by themselves.

use quarterdeck::domain::{
    SessionId,
    session::{Scope, State},
};

use crate::home::Home;

fn endless(home: &Home, count: usize) -> Vec<SessionId> {
    (0..count).map(|number| home.start(&[&format!("job {number} play:endless")])).collect()
}

fn until_waiting(home: &Home, session: SessionId, scope: Scope) {
    home.until(&format!("{session} waits for a place: {scope:?}"), |world| {
        (world.sessions.get(&session)?.state == State::WaitingCapacity { scope }).then_some(())
    });
}

fn started(home: &Home) -> Vec<String> {
    let mut started = home.log().received();
    started.sort();
    started
}

#[test]
fn sessions_beyond_the_cap_say_so_and_start_oldest_first() {
    let home = Home::with("[caps]\nsessions = 2\n", &[]);
    let sessions = endless(&home, 5);
    for &session in &sessions[..2] {
        home.until_state(session, "running");
    }
    for &session in &sessions[2..] {
        until_waiting(&home, session, Scope::Global);
    }
    let listed = home.done(&["ps"]);
    let line =
        |session: SessionId| listed.lines().find(|line| line.starts_with(&format!("{session} "))).expect("listed");
    assert!(line(sessions[2]).contains("waiting"), "{listed}");
    home.done(&["cancel", &sessions[1].to_string()]);
    home.until_state(sessions[2], "running");
    home.log().until_received("job 2 play:endless");
    until_waiting(&home, sessions[3], Scope::Global);
    // One that is canceled while it waits takes no place.
    home.done(&["cancel", &sessions[3].to_string()]);
    home.done(&["done", &sessions[0].to_string()]);
    home.until_state(sessions[4], "running");
    home.log().until_received("job 4 play:endless");
    let jobs = [0, 1, 2, 4].map(|number| format!("job {number} play:endless"));
    assert_eq!(started(&home), jobs);
}

#[test]
fn a_target_has_a_cap_of_its_own_that_can_be_changed() {
    let home = Home::new();
    home.done(&["target", "capacity", "local", "1"]);
    let sessions = endless(&home, 3);
    home.until_state(sessions[0], "running");
    until_waiting(&home, sessions[1], Scope::Target);
    until_waiting(&home, sessions[2], Scope::Target);
    home.done(&["target", "capacity", "local", "2"]);
    home.until_state(sessions[1], "running");
    until_waiting(&home, sessions[2], Scope::Target);
    home.done(&["target", "capacity", "local", "0"]);
    home.until_state(sessions[2], "running");
}

#[test]
fn a_draining_target_finishes_what_it_has_and_takes_nothing_new() {
    let home = Home::new();
    let running = endless(&home, 1)[0];
    home.until_state(running, "running");
    home.done(&["target", "drain", "local"]);
    let waiting = home.start(&["later play:work"]);
    until_waiting(&home, waiting, Scope::TargetClosed);
    home.until_taken_up(home.send(running, "it still listens"));
    // The next daemon keeps to it.
    home.kill_daemon();
    assert!(home.done(&["target"]).contains("draining"));
    until_waiting(&home, waiting, Scope::TargetClosed);
    home.done(&["target", "resume", "local"]);
    home.log().until_received("later play:work");
}
