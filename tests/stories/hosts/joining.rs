//! How a host joins: what that costs it, and what keeps two targets from being one.

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    time::{Duration, Instant},
};

use quarterdeck::domain::{
    Command,
    activity::Doing,
    target::{Link, SshPlace},
};

use super::away::Away;
use crate::{
    actor::{self, Dialect},
    sshd::{Sshd, delay::Delay},
    wait::until,
};

/// How far away the host is: a round trip.
const TRIP: Duration = Duration::from_millis(50);
/// What sshd writes for each program that is started.
const PROGRAM: &str = "Starting session: command";

fn programs(host: &Sshd) -> usize {
    std::fs::read_to_string(host.path("log")).unwrap_or_default().matches(PROGRAM).count()
}

#[test]
fn a_host_that_is_far_away_joins_in_few_round_trips() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut away = Away::apart(&["h1"]);
    let host = away.host("h1");
    let line = runtime.block_on(Delay::to(host.port, TRIP / 2));
    host.person(line.port, "");
    host.know(line.port, &host.host_key());
    let began = Instant::now();
    away.add("h1");
    away.until_link("h1", "joining", |link| matches!(link, Link::Joining));
    let reached = Instant::now();
    away.until_up("h1");
    let (connected, joined) = (reached - began, reached.elapsed());
    let first = programs(&away.hosts[0]);
    let again = Instant::now();
    away.home.command(&Command::CheckTarget { target: "h1".parse().expect("a name") });
    away.until_link("h1", "looked at", |link| matches!(link, Link::Joining));
    away.until_up("h1");
    let again = again.elapsed();
    let second = programs(&away.hosts[0]) - first;
    println!("connected {connected:?}; joined {joined:?}, {first} programs; again {again:?}, {second} programs");
    assert!(first <= 8, "it took {first} programs to join");
    assert!(second <= 2, "it took {second} programs to look again");
}

#[test]
fn one_machine_under_two_names_is_not_shared_by_accident() {
    let away = Away::with(&["h1"]);
    let add = |target: &str, address: &str, work_root: Option<PathBuf>| {
        let place = SshPlace { address: address.parse().expect("an address"), work_root, bootstrap: None };
        let target = target.parse().expect("a name");
        away.home.command(&Command::AddTarget { target, place, capacity: None, labels: Vec::new() });
    };
    // The very same address is refused at once; another spelling of it is not, and has a folder of its own …
    let (same, of_h1) = (format!("h1:{}", away.hosts[0].port), away.root("h1"));
    add("h2", &same, None);
    away.until_up("h2");
    away.home.done(&["target", "remove", "h2"]);
    // … unless it is told to use the other's.
    add("h2", &same, Some(of_h1));
    let link = away.until_link("h2", "unfit", |link| matches!(link, Link::Unfit { .. }));
    let Link::Unfit { reason, .. } = link else { unreachable!("it was waited for") };
    assert!(reason.contains("is h1's already"), "{reason}");
    let doctor = away.home.run(&["doctor", "h2"]);
    assert!(doctor.output.contains("qd target edit h2 --work-root"), "{}{}", doctor.output, doctor.notices);
    away.home.done(&["target", "remove", "h1"]);
    away.home.command(&Command::CheckTarget { target: "h2".parse().expect("a name") });
    away.until_up("h2");
}

#[test]
fn a_port_that_was_lost_is_had_again_and_what_can_not_be_heard_meanwhile_is_said() {
    let mut away = Away::apart(&["h1"]);
    actor::engage(Dialect::Claude, &away.home, "");
    away.add("h1");
    away.until_up("h1");
    let session = away.home.start_with("actor", &["--target", "h1", "first words"]);
    away.home.until_doing(session, Doing::YourTurn);
    let door = away.root("h1").join("run/door");
    let told: SocketAddr = fs::read_to_string(&door).expect("read").trim().parse().expect("an address");
    let why = |away: &Away| away.home.done(&["why", &session.to_string()]);
    assert!(!why(&away).contains("do not arrive"), "{}", why(&away));
    away.host("h1").leave();
    away.until_away("h1");
    let taken = until("the port is free", || TcpListener::bind(told).ok());
    away.host("h1").listen();
    away.until_up("h1");
    let moved = fs::read_to_string(&door).expect("read");
    assert_ne!(moved.trim(), told.to_string());
    assert!(why(&away).contains(&format!("they go to port {} of h1", told.port())), "{}", why(&away));
    drop(taken);
    away.host("h1").leave();
    away.until_away("h1");
    away.host("h1").listen();
    away.until_up("h1");
    assert_eq!(fs::read_to_string(&door).expect("read"), moved, "those that were told this one know no other");
    assert!(!why(&away).contains("do not arrive"), "the first one leads here again: {}", why(&away));
}
