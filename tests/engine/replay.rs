//! Every recorded conversation, replayed to what a person who watched it would say the agent was doing.

use std::{fmt::Write as _, fs};

use insta::assert_snapshot;
use quarterdeck::{
    agent::signals::{Dialect, hook, status_line},
    domain::SessionId,
};

use crate::story::Story;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/signals");
/// The time between two hooks, in milliseconds: the recordings don't tell.
const BETWEEN: i64 = 400;

#[test]
fn every_recording_ends_in_the_states_that_a_person_would_name() {
    let mut names: Vec<String> = fs::read_dir(FIXTURES)
        .expect("the folder")
        .filter_map(|file| file.ok()?.file_name().to_str()?.strip_suffix(".jsonl").map(str::to_owned))
        .collect();
    names.sort();
    for name in names {
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            assert_snapshot!(format!("replayed-{name}"), replayed(&name));
        });
    }
}

/// A line for each hook: its name, what the session was shown to be doing after it, and what was asked of the person.
fn replayed(name: &str) -> String {
    let dialect = if name.starts_with("codex") { Dialect::Codex } else { Dialect::Claude };
    let text = fs::read_to_string(format!("{FIXTURES}/{name}.jsonl")).expect(name);
    let mut story = Story::new();
    let session = story.start("do what was recorded");
    story.settle();
    let mut lines = String::new();
    for (number, payload) in text.lines().enumerate() {
        story.pass(BETWEEN);
        let (at, call) = (story.now(), format!("call{number}"));
        let signal = match name.contains("status-line") {
            true => status_line(dialect, payload.as_bytes(), at),
            false => hook(dialect, payload.as_bytes(), at, &call),
        };
        let hook = signal.name.clone();
        story.hears(session, signal);
        writeln!(lines, "{hook:<20} {}", shown(&story, session)).expect("memory takes it");
    }
    lines
}

fn shown(story: &Story, session: SessionId) -> String {
    let activity = story.activity(session);
    let mut words = activity.doing.label().to_owned();
    if !activity.note.is_empty() {
        let note: String = activity.note.chars().take(70).collect();
        write!(words, ": {}", note.replace('\n', " ")).expect("memory takes it");
    }
    if let Some(until) = activity.until {
        write!(words, " until {}", jiff::Timestamp::from_millisecond(until.0).expect("a time"))
            .expect("memory takes it");
    }
    for question in story.open(session) {
        write!(words, " | {} with {} choices", question.kind.label(), question.choices.len()).expect("memory takes it");
    }
    words
}
