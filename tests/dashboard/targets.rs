//! Where sessions run: hosts that are there, away, unfit or draining, and what a person does with them.

use quarterdeck::{
    api::wire::Step,
    domain::{
        Bootstrap, Change, Command, Finding, Machine, Reply, Target, TargetName, TargetSight, World,
        activity::Doing,
        session::{Scope, State},
        target::{self, Link, Place, SshPlace},
    },
    tui::{
        effect::{Effect, Purpose},
        message::{Message, Problem},
        model::Overlay,
    },
};

use crate::{
    script::{Script, text},
    world::{NOW, ago, crew, session_id},
};

fn name(text: &str) -> TargetName {
    text.parse().expect("a name")
}

fn host(called: &str, address: &str, labels: &[&str], state: target::State, link: Link) -> Target {
    let address = address.parse().expect("an address");
    Target {
        name: name(called),
        place: Place::Ssh(SshPlace { address, work_root: None, bootstrap: None }),
        state,
        state_since: ago(90_000),
        capacity: (called == "gpu").then_some(2),
        labels: labels.iter().map(|label| label.parse().expect("a label")).collect(),
        link,
    }
}

/// Four hosts, on which three sessions of the crew run and one waits.
fn hosts() -> World {
    let mut world = crew();
    let up = || Link::Up { since: ago(7_300), agents: vec!["claude".parse().expect("a name")] };
    let away = Link::Unreachable { reason: "build.example.org gave no answer for 5 s".into(), since: ago(754) };
    let unfit = Link::Unfit { reason: "tmux 3.1c is too old".into(), since: ago(40) };
    for target in [
        host("gpu", "ada@gpu.example.org:2222", &["big", "gpu"], target::State::Online, up()),
        host("build", "build.example.org", &["fast"], target::State::Online, away),
        host("old", "old", &[], target::State::Online, unfit),
        host("spare", "spare", &[], target::State::Draining, up()),
    ] {
        world.targets.insert(target.name.clone(), target);
    }
    let sessions: Vec<_> = world.sessions.keys().copied().collect();
    for (id, target) in sessions.iter().zip(["gpu", "build", "gpu", "build"]) {
        world.sessions.get_mut(id).expect("there").target = name(target);
    }
    let lost = world
        .sessions
        .values_mut()
        .filter(|session| session.target == name("build") && matches!(session.state, State::Running { .. }));
    for session in lost {
        session.activity.doing = Doing::Unreachable;
        session.activity.note = "build can't be reached: build.example.org gave no answer for 5 s".into();
    }
    world
}

fn machine(load: f64, free: u64, disk: u64) -> Machine {
    Machine { load, processors: 16, memory_total: 64 << 30, memory_free: free << 20, disk_free: disk << 20, at: NOW }
}

fn sights() -> Vec<TargetSight> {
    let mut local = TargetSight::unseen(TargetName::local());
    local.machine = Some(machine(0.4, 21_000, 180_000));
    let mut gpu = TargetSight::unseen(name("gpu"));
    gpu.machine = Some(machine(19.25, 600, 512));
    (gpu.round_trip_ms, gpu.last_contact, gpu.examined_at) = (Some(48.3), Some(NOW), Some(ago(7_300)));
    gpu.tmux_version = Some("tmux 3.4".into());
    gpu.bootstrap = Some(Bootstrap {
        succeeded: Some(true),
        ended: "the bootstrap command exited with code 0 after 12 s: all set".into(),
        output: "installing\nall set\n".into(),
        at: ago(7_300),
    });
    gpu.findings = vec![
        Finding::good("tmux", "tmux 3.4"),
        Finding::good("git", "git version 2.43.0"),
        Finding::good("work root", "/home/ada/.local/share/quarterdeck/0123456789ab"),
        Finding::mind("disk", "only 512 MiB free", "free some; `qd workspaces` lists ours"),
        Finding::good("clock", "as ours"),
        Finding::absent("gh", "gh is not installed", "pull requests are made from here, and don't need it there"),
        Finding::good("claude", "/usr/bin/claude, 2.1.329 (Claude Code)"),
        Finding::mind(
            "codex",
            "/usr/bin/codex, codex-cli 0.61; no sign of a login",
            "log in there once by hand: `codex`",
        ),
    ];
    let mut build = TargetSight::unseen(name("build"));
    (build.machine, build.last_contact) = (Some(machine(1.0, 9_000, 90_000)), Some(ago(754)));
    build.examined_at = Some(ago(30));
    build.findings =
        vec![Finding::bad("reach", "build.example.org gave no answer for 5 s", "is it on, and the network up?")];
    let mut old = TargetSight::unseen(name("old"));
    (old.round_trip_ms, old.last_contact, old.examined_at) = (Some(3.2), Some(NOW), Some(ago(40)));
    old.findings =
        vec![Finding::bad("tmux", "tmux 3.1c is too old", "install tmux 3.2 or newer, for example `apt install tmux`")];
    vec![local, gpu, build, old]
}

fn shown(columns: u16, rows: u16) -> Script {
    let mut script = Script::new(hosts(), columns, rows);
    script.keys("4");
    assert!(script.take_effects().contains(&Effect::See), "machines are looked at when they are shown");
    script.tell(Message::Sights(Ok(sights())));
    script
}

#[test]
fn targets_at_80x24() {
    insta::assert_snapshot!(shown(80, 24).keys("j j").picture());
}

#[test]
fn targets_at_140x40() {
    insta::assert_snapshot!(shown(140, 40).keys("j j").picture());
}

#[test]
fn targets_at_200x50() {
    insta::assert_snapshot!(shown(200, 50).keys("j").picture());
}

#[test]
fn one_target_whole_at_80x24() {
    insta::assert_snapshot!(shown(80, 24).keys("j j Enter").picture());
}

#[test]
fn the_form_of_a_new_host_at_80x24() {
    insta::assert_snapshot!(shown(80, 24).keys("a g p u 2 Tab").picture());
}

#[test]
fn sessions_elsewhere_say_where_at_140x40() {
    let mut world = hosts();
    let waiting = world.sessions.values_mut().rfind(|session| matches!(session.state, State::WaitingCapacity { .. }));
    let waiting = waiting.expect("one waits");
    (waiting.state, waiting.target) = (State::WaitingCapacity { scope: Scope::TargetClosed }, name("spare"));
    insta::assert_snapshot!(Script::new(world, 140, 40).picture());
}

fn command(script: &mut Script) -> Option<Command> {
    script.take_effects().into_iter().find_map(|effect| match effect {
        Effect::Ask { command, .. } => Some(command),
        _ => None,
    })
}

#[test]
fn a_host_is_added_by_its_form_and_what_is_refused_stays_written() {
    let mut script = shown(100, 30);
    script.keys("a").write("far").keys("Tab").write("-x").keys("Tab Tab Ctrl-s");
    assert!(text(&script.buffer()).contains("is not a host"), "{}", text(&script.buffer()));
    script.keys("Ctrl-u");
    assert!(
        !text(&script.buffer()).contains("is not a host"),
        "the keys go where it was wrong, and it is not any more"
    );
    script.write("ada@far:2222").keys("Down Down Down").write("4").keys("Tab");
    script.write("gpu, big").keys("Ctrl-s");
    let Some(Command::AddTarget { target, place, capacity, labels }) = command(&mut script) else {
        panic!("not asked")
    };
    assert_eq!((target, place.address.to_string(), capacity), (name("far"), "ada@far:2222".into(), Some(4)));
    assert_eq!(labels.len(), 2);
    let problem = Problem { what: "there is a target far already".into(), hint: None };
    script.tell(Message::Answered(Purpose::Target { done: "added".into() }, Err(problem)));
    let picture = text(&script.buffer());
    assert!(picture.contains("there is a target far already") && picture.contains("ada@far:2222"), "{picture}");
}

#[test]
fn a_host_that_was_added_is_selected_and_seen_as_soon_as_it_is_there() {
    let mut script = shown(140, 40);
    script.keys("a").write("far").keys("Tab").write("far").keys("Ctrl-s");
    script.tell(Message::Answered(Purpose::Target { done: "added".into() }, Ok(Reply::Done)));
    script.tell(Message::Sights(Ok(sights())));
    script.take_effects();
    let added = host("far", "far", &[], target::State::Online, Link::Untried);
    let revision = script.model.world.revision + 1;
    script.tell(Message::Step(Step { revision, changes: vec![Change::Target(added)], reload: false }));
    assert_eq!(script.model.target, Some(name("far")));
    assert!(script.take_effects().contains(&Effect::See), "what was seen before says nothing of it");
}

#[test]
fn keys_do_with_a_target_what_they_say() {
    let mut script = shown(140, 40);
    script.keys("j j c");
    assert_eq!(command(&mut script), Some(Command::CheckTarget { target: name("gpu") }));
    script.keys("d");
    let drained = Some(target::State::Draining);
    assert_eq!(command(&mut script), Some(Command::SetTarget { target: name("gpu"), open: drained, capacity: None }));
    script.keys("C Backspace 5 Enter");
    assert_eq!(command(&mut script), Some(Command::SetTarget { target: name("gpu"), open: None, capacity: Some(5) }));
    script.keys("j j x");
    assert!(matches!(script.model.overlay, Some(Overlay::Confirm(_))), "{}", text(&script.buffer()));
    script.keys("y");
    assert_eq!(command(&mut script), Some(Command::RemoveTarget { target: name("spare"), reason: None }));
    script.keys("g x");
    assert!(script.model.overlay.is_none(), "this machine can't be removed");
}

#[test]
fn what_would_be_left_on_a_removed_host_wants_a_reason() {
    let mut script = Script::new(hosts(), 100, 30);
    let workspace = script.model.world.workspaces.values_mut().next().expect("there is one");
    workspace.target = name("spare");
    script.keys("4 G x");
    assert!(text(&script.buffer()).contains("would be left behind there"), "{}", text(&script.buffer()));
    script.take_effects();
    script.write("it is sold").keys("Enter");
    let reason = Some("it is sold".to_owned());
    assert_eq!(command(&mut script), Some(Command::RemoveTarget { target: name("spare"), reason }));
}

#[test]
fn the_selected_session_of_a_host_that_is_away_says_so() {
    let mut script = Script::new(hosts(), 140, 40);
    script.keys("g j j");
    let picture = text(&script.buffer());
    assert!(picture.contains("! build unreachable") || picture.contains("hosts away"), "{picture}");
    assert!(session_id(2) == script.model.session().expect("selected").id || picture.contains("@build"), "{picture}");
}
