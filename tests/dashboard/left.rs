//! What sessions leave behind: workspaces that can go, and artifacts that are read.

use quarterdeck::{
    api::wire::{ArtifactBody, WorkspaceDetail},
    domain::{
        Artifact, ArtifactId, Command, WorkspaceId, World,
        activity::Doing,
        artifact::Kind,
        attempt::{self, End},
        session::{self, State},
        workspace,
    },
    tui::{
        effect::{Effect, Purpose},
        message::{Message, Problem},
        model::{Overlay, View},
    },
};

use crate::{
    script::{Script, text},
    world::{Builder, ago, session_id},
};

fn workspace_id(number: u32) -> WorkspaceId {
    WorkspaceId::from_number(number).expect("not zero")
}

/// Five sessions: one works, three ended long ago or just now, one has a folder of the person's own.
fn left() -> World {
    let mut builder = Builder::new().objective(1, "Port the parser");
    for number in 1..=5 {
        builder = builder.running(number, &format!("Part {number}"), "claude", Doing::Working);
    }
    let mut world = builder.build();
    for (number, ended) in [(2, 3 * 86_400), (3, 30 * 3_600), (4, 600), (5, 4 * 86_400)] {
        let session = world.sessions.get_mut(&session_id(number)).expect("there");
        session.state = State::Succeeded { by: session::Completion::Person };
        session.state_since = ago(ended);
        let attempt = session.attempt.and_then(|id| world.attempts.get_mut(&id)).expect("there");
        attempt.state = attempt::State::Ended { end: End::Stopped { survivors: Vec::new() } };
    }
    world.workspaces.get_mut(&workspace_id(5)).expect("there").kind = workspace::Kind::Shared;
    for (number, kind, title) in [(1, Kind::Report, "Ported, all tests pass"), (2, Kind::Patch, "Left \u{1b}[31mover")]
    {
        let id = ArtifactId::from_number(number).expect("not zero");
        let session = session_id(number);
        let objective = world.sessions[&session].objective;
        let title = title.to_owned();
        let artifact = Artifact { id, objective, session, kind, title, bytes: 2_048, created_at: ago(300) };
        world.artifacts.insert(id, artifact);
    }
    world
}

fn found(script: &mut Script, number: u32, mebibytes: u64, lost: &[&str]) {
    let workspace = script.model.world.workspaces[&workspace_id(number)].clone();
    let removable = lost.is_empty();
    let verdict =
        if removable { "nothing is uncommitted, and its commits are in origin/main".into() } else { lost.join("; ") };
    let detail = WorkspaceDetail {
        workspace,
        uncommitted: Vec::new(),
        only_here: Vec::new(),
        bytes: mebibytes << 20,
        verdict,
        removable,
    };
    script.tell(Message::Inspected(workspace_id(number), Ok(Box::new(detail))));
}

fn looked_at(columns: u16, rows: u16) -> Script {
    let mut script = Script::new(left(), columns, rows);
    script.model.settings.offer_after = std::time::Duration::from_secs(86_400);
    script.keys("W");
    let asked = script.take_effects();
    let all: Vec<_> = (1..=5).map(workspace_id).collect();
    assert!(asked.contains(&Effect::Inspect(all)), "{asked:?}");
    found(&mut script, 1, 40, &["uncommitted: a"]);
    found(&mut script, 2, 512, &[]);
    found(&mut script, 3, 1_600, &["uncommitted: src/lexer.rs", "only here: 0a1b2c3 Half of it"]);
    found(&mut script, 4, 30, &[]);
    script
}

#[test]
fn workspaces_say_whether_they_can_go_at_80x24() {
    insta::assert_snapshot!(looked_at(80, 24).keys("j j").picture());
}

#[test]
fn workspaces_say_whether_they_can_go_at_140x40() {
    insta::assert_snapshot!(looked_at(140, 40).picture());
}

#[test]
fn all_that_can_go_goes_after_one_yes_and_nothing_else() {
    let mut script = looked_at(100, 30);
    script.keys("X");
    let asked = text(&script.buffer());
    assert!(asked.contains("remove 1 workspace, 512 MiB?") && asked.contains("w2:"), "{asked}");
    script.take_effects();
    script.keys("y");
    let command = Command::ReclaimUnused { workspaces: vec![workspace_id(2)] };
    let asked = script.take_effects();
    assert!(
        asked.iter().any(|effect| matches!(effect, Effect::Ask { command: sent, .. } if *sent == command)),
        "{asked:?}"
    );
}

#[test]
fn what_would_be_lost_wants_a_reason_first() {
    let mut script = looked_at(100, 30);
    script.keys("j j x");
    assert!(text(&script.buffer()).contains("uncommitted: src/lexer.rs"));
    script.take_effects();
    script.write("it led nowhere").keys("Enter");
    let reason = Some("it led nowhere".to_owned());
    let command = Command::Reclaim { workspace: workspace_id(3), reason };
    let purpose = Purpose::Other { done: "w3 is being removed".into() };
    assert!(script.take_effects().contains(&Effect::Ask { purpose, command }));
    // The session of a workspace is one key away.
    let mut script = looked_at(100, 30);
    script.keys("j Enter");
    assert_eq!(
        (script.model.view, script.model.session().map(|session| session.id)),
        (View::Board, Some(session_id(2)))
    );
}

#[test]
fn what_was_left_is_listed_at_80x24() {
    insta::assert_snapshot!(Script::new(left(), 80, 24).keys("g f").picture());
}

#[test]
fn what_was_left_is_read_and_left_again() {
    let mut script = Script::new(left(), 80, 24);
    script.keys("g f Enter");
    let id = ArtifactId::from_number(2).expect("not zero");
    assert!(script.take_effects().contains(&Effect::ReadArtifact(id)));
    let body: String = (1..=60).map(|line| format!("+line {line} \u{1b}[2J\u{202e}\n")).collect();
    let artifact = script.model.world.artifacts[&id].clone();
    script.tell(Message::Artifact(id, Ok(Box::new(ArtifactBody { artifact, body }))));
    insta::assert_snapshot!(script.keys("j PageDown").picture());
    script.keys("G");
    assert!(text(&script.buffer()).contains("+line 60"));
    script.keys("Esc");
    assert!(text(&script.buffer()).contains("Ported, all tests pass"), "the list again");
    script.keys("Esc");
    assert!(script.model.overlay.is_none());
    // One that can't be had says so.
    script.keys("f Enter").tell(Message::Artifact(id, Err(Problem::new("it is gone"))));
    assert!(text(&script.buffer()).contains("it is gone"));
    assert!(matches!(script.model.overlay, Some(Overlay::Artifacts(_))));
}
