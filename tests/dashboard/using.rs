//! What agents are at, what they use, and how that is known, as a person sees it.

use quarterdeck::{
    api::wire::Why,
    domain::{
        AttemptId, Meter, Metered, Timestamp, Usage, World,
        activity::{Doing, Evidence, Source},
        session::{Outcome, Report},
        usage::{Context, Limit, Spent, Tokens},
    },
    tui::{effect::Effect, message::Message, model::View},
};

use crate::{
    script::{Script, text},
    world::{Builder, NOW, ago, session_id},
};

fn in_seconds(seconds: u64) -> Timestamp {
    NOW + std::time::Duration::from_secs(seconds)
}

fn uses(world: &mut World, number: u32, day: &str, model: &str, thousands: u64) {
    let attempt = AttemptId::from_number(number).expect("not zero");
    let session = world.sessions[&session_id(number)].clone();
    let tokens = Tokens {
        input: 20 * thousands,
        output: 30 * thousands,
        cache_read: 900 * thousands,
        cache_write: 50 * thousands,
    };
    let spent = Spent { day: day.into(), model: model.into(), tokens, requests: thousands / 10 };
    let usage = Usage { attempt, session: session.id, profile: session.profile, spent };
    world.usage.entry(attempt).or_default().push(usage);
}

fn meters(world: &mut World, number: u32, cost: Option<u64>, used: u64, limits: Vec<Limit>) {
    let attempt = AttemptId::from_number(number).expect("not zero");
    let context = Some(Context { used, size: 200_000 });
    let meter = Meter { model: Some("claude-opus-4-8".into()), cost_micros: cost, context, limits };
    world.metered.insert(attempt, Metered { attempt, session: session_id(number), meter, at: NOW });
}

fn limit(name: &str, used_percent: u8, seconds: u64) -> Limit {
    Limit { name: name.into(), used_percent, resets_at: Some(in_seconds(seconds)) }
}

/// A crew in every kind of state that says more than its sign, and what it used in two days.
fn spending() -> World {
    let mut world = Builder::new()
        .objective(1, "Rework the event bus")
        .running(1, "Port the parser", "claude", Doing::Working)
        .with(|session| session.progress = Some("3 of 5 modules ported, tests pass".into()))
        .running(2, "Port the scheduler", "claude", Doing::Retrying)
        .with(|session| {
            session.activity.note = "overloaded, try 3 of 10".into();
            session.activity.until = Some(in_seconds(125));
        })
        .running(3, "Write the migration guide", "codex", Doing::Parked)
        .with(|session| {
            session.activity.note = "usage limit reached".into();
            session.activity.until = Some(in_seconds(8_100));
        })
        .objective(2, "Publish version 0.2")
        .running(4, "Measure it", "claude", Doing::Background)
        .with(|session| session.activity.note = "shell: cargo bench".into())
        .running(5, "Write the notes", "codex", Doing::YourTurn)
        .with(|session| {
            let (outcome, summary) = (Outcome::Blocked, "the tag needs a key".into());
            session.report = Some(Report { outcome, summary, attempt: AttemptId::FIRST, at: ago(40) });
        })
        .build();
    uses(&mut world, 1, "2027-01-14", "claude-opus-4-8", 400);
    uses(&mut world, 1, "2027-01-15", "claude-opus-4-8", 900);
    uses(&mut world, 2, "2027-01-15", "claude-haiku-4-5", 300);
    uses(&mut world, 3, "2027-01-15", "gpt-5.4-codex", 500);
    uses(&mut world, 5, "2027-01-15", "something-of-my-own", 20);
    meters(&mut world, 1, Some(3_140_000), 172_000, vec![limit("5 hours", 91, 2_000), limit("7 days", 40, 360_000)]);
    meters(&mut world, 2, None, 61_000, Vec::new());
    meters(&mut world, 3, None, 20_000, vec![limit("5 hours", 100, 8_100)]);
    world
}

/// Times of day are the machine's own.
fn without_times(picture: &str) -> String {
    let bytes = picture.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let colon = |at: usize| {
        bytes[at] == b':'
            && at >= 2
            && digit(at - 2)
            && digit(at - 1)
            && digit(at + 1)
            && digit(at + 2)
            && !digit(at + 3)
    };
    let mut masked = bytes.to_vec();
    for at in (0..bytes.len()).filter(|&at| colon(at)) {
        masked[at - 2..at + 3].copy_from_slice(b"HH:MM");
    }
    String::from_utf8(masked).expect("only digits were replaced")
}

fn picture(columns: u16, rows: u16, keys: &str) -> String {
    let mut script = Script::new(spending(), columns, rows);
    script.keys(keys);
    without_times(&script.picture())
}

#[test]
fn what_was_used_at_80x24() {
    insta::assert_snapshot!(picture(80, 24, "6"));
}

#[test]
fn what_was_used_at_140x40() {
    insta::assert_snapshot!(picture(140, 40, "6"));
}

#[test]
fn rows_say_what_agents_are_at_at_80x24() {
    insta::assert_snapshot!(picture(80, 24, "g j"));
}

#[test]
fn rows_say_what_agents_are_at_at_200x50() {
    insta::assert_snapshot!(picture(200, 50, "g j"));
}

#[test]
fn a_long_list_is_scrolled_and_comes_to_rest_at_its_end() {
    let mut script = Script::new(spending(), 80, 24);
    script.keys("6");
    assert_eq!(script.model.view, View::Usage);
    let first = text(&script.buffer());
    script.keys("j j j");
    assert_ne!(text(&script.buffer()), first);
    script.keys(&"j ".repeat(200));
    let last = text(&script.buffer());
    assert!(last.contains("qd usage") && !last.contains("more ↓"), "{last}");
    script.keys("k");
    assert_ne!(text(&script.buffer()), last, "one key back moves at once");
}

#[test]
fn nothing_used_is_said_in_words() {
    let world = Builder::new().objective(1, "Parse").running(1, "Parse", "claude", Doing::Working).build();
    let mut script = Script::new(world, 80, 24);
    script.keys("6");
    assert!(text(&script.buffer()).contains("Nothing was used yet, as far as is known."));
}

#[test]
fn a_full_context_warns_on_the_row() {
    let mut script = Script::new(spending(), 140, 40);
    let board = text(&script.buffer());
    assert!(board.contains("86% full"), "{board}");
    script.model.world.metered.clear();
    script.model.stale = true;
    script.keys("j");
    assert!(!text(&script.buffer()).contains("% full"));
}

#[test]
fn why_tells_source_rule_and_age_and_is_saved_on_request() {
    let mut script = Script::new(spending(), 140, 40);
    script.keys("g j w");
    let session = script.model.session().expect("one").id;
    let evidence = |rule: &str, source| Evidence { source, rule: rule.into(), text: "Read".into(), at: ago(7) };
    let why = Why {
        claim: format!("{session} is working"),
        until: None,
        evidence: evidence("its hook PreToolUse means working", Source::Signal),
        also: vec![evidence("title \"◐ …\" means working", Source::Title)],
        unknown: vec!["nothing to speak of".into()],
        screen: vec!["❯ ".into()],
    };
    script.tell(Message::Explained(session, Ok(Box::new(why))));
    let picture = text(&script.buffer());
    for words in [
        "signal, 7s ago: its hook PreToolUse means working",
        "pane title, 7s ago: title",
        "nothing to speak of",
        "s saves all of this in a file",
    ] {
        assert!(picture.contains(words), "{words}: {picture}");
    }
    script.take_effects();
    script.keys("s");
    assert!(script.take_effects().contains(&Effect::SaveWhy(session)));
    assert!(script.model.overlay.is_none(), "where it was saved is told below");
}
