//! Transcripts are told as a person would tell them, and each request counts once.

use std::{fmt::Write, fs};

use jiff::tz::TimeZone;
use proptest::prelude::*;
use quarterdeck::{
    agent::{
        signals::{self, Dialect},
        transcripts::{Fold, Lines},
    },
    domain::{
        Signal, Timestamp,
        failure::Class,
        signal::Says,
        usage::{Spent, Tokens},
    },
};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/transcripts");

fn bytes(name: &str) -> Vec<u8> {
    fs::read(format!("{FIXTURES}/{name}.jsonl")).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn dialect(name: &str) -> Dialect {
    if name.starts_with("codex") { Dialect::Codex } else { Dialect::Claude }
}

fn at(text: &str) -> Timestamp {
    Timestamp(text.parse::<jiff::Timestamp>().expect("a time").as_millisecond())
}

fn clock(at: Timestamp) -> String {
    let moment = jiff::Timestamp::from_millisecond(at.0).expect("a time");
    moment.strftime("%m-%d %H:%M:%S%.3f").to_string()
}

fn fold(dialect: Dialect, since: Timestamp) -> Fold {
    Fold::new(dialect, since, TimeZone::UTC).expect("an agent with transcripts")
}

fn feed(fold: &mut Fold, bytes: &[u8]) {
    Lines::default().push(bytes, |line| fold.line(line));
}

/// Everything that happens while this transcript is written.
fn watched(name: &str, since: Timestamp) -> (Fold, Vec<Signal>) {
    let mut fold = fold(dialect(name), since);
    fold.open(None);
    assert_eq!(fold.caught_up(), None);
    feed(&mut fold, &bytes(name));
    let news = fold.news();
    (fold, news)
}

fn spent(fold: &mut Fold) -> Vec<Spent> {
    let spent = fold.figures().into_iter().filter_map(|signal| match signal.says {
        Says::Spent(rows) => Some(rows),
        _ => None,
    });
    spent.flatten().collect()
}

fn told(signal: &Signal) -> String {
    let says = match &signal.says {
        Says::TurnFailed { failure } => {
            let until = failure.until.map(|until| format!(" until {}", clock(until))).unwrap_or_default();
            format!("turn failed: {}{until}", failure.class.label())
        }
        Says::TurnEnded { .. } => "turn ended".into(),
        Says::Working { .. } => "working".into(),
        Says::Interrupted => "interrupted".into(),
        Says::AskSettled { outcome, .. } => format!("settled: {outcome}"),
        Says::Spent(rows) => rows.iter().map(in_words).collect::<Vec<_>>().join("\n                       "),
        Says::Metered(meter) => format!(
            "model {}, context {}, {}",
            meter.model.as_deref().unwrap_or("-"),
            meter.context.map_or("-".into(), |context| format!("{} of {}", context.used, context.size)),
            match meter.limits.as_slice() {
                [] => "no limits".into(),
                limits =>
                    limits.iter().map(|limit| format!("{} {} %", limit.name, limit.used_percent)).collect::<String>(),
            },
        ),
        other => format!("{other:?}"),
    };
    format!("  {} {:<14} {says}", clock(signal.at), signal.name)
}

fn in_words(row: &Spent) -> String {
    let Tokens { input, output, cache_read, cache_write } = row.tokens;
    format!(
        "{} {}: {} requests, {input} in, {output} out, {cache_read} from cache, {cache_write} into it",
        row.day, row.model, row.requests
    )
}

#[test]
fn every_recorded_transcript_is_told_as_a_person_would_tell_it() {
    let mut names: Vec<String> = fs::read_dir(FIXTURES)
        .expect("the folder")
        .filter_map(|entry| Some(entry.ok()?.file_name().to_str()?.strip_suffix(".jsonl")?.to_owned()))
        .filter(|name| !name.ends_with(".subagent"))
        .collect();
    names.sort();
    let mut page = String::new();
    for name in names {
        let (mut fold, news) = watched(&name, Timestamp(0));
        writeln!(page, "{name}").expect("written");
        for signal in news.into_iter().chain(fold.figures()) {
            writeln!(page, "{}", told(&signal)).expect("written");
        }
    }
    insta::assert_snapshot!(page);
}

#[test]
fn what_a_subagent_uses_counts_and_what_it_does_is_not_told() {
    let name = "claude-background-and-compact";
    let (mut fold, _) = watched(name, Timestamp(0));
    let main = spent(&mut fold);
    assert_eq!((main[0].requests, main[0].tokens.output), (6, 6 * 57));
    let subagent = bytes("claude-background-and-compact.subagent");
    for _ in 0..2 {
        Lines::default().push(&subagent, |line| fold.subagent_line(line));
    }
    let both = spent(&mut fold);
    assert_eq!(
        (both[0].requests, both[0].tokens),
        (8, Tokens { input: 9_600, output: 456, cache_read: 72_000, cache_write: 2_400 })
    );
    assert_eq!(fold.news(), []);
}

#[test]
fn a_conversation_that_goes_on_counts_only_what_this_attempt_used() {
    // After the fourth turn.
    let since = at("2026-11-21T08:12:10.000Z");
    let (mut fold, news) = watched("codex-session", since);
    assert!(news.iter().all(|signal| signal.at >= since));
    let after = spent(&mut fold);
    let (mut fold, _) = watched("codex-session", Timestamp(0));
    let all = spent(&mut fold);
    assert_eq!((all[0].requests, all[0].tokens.total()), (28, 287_196));
    assert_eq!((after[0].requests, after[0].tokens.total()), (23, 23 * 10_257));
}

#[test]
fn running_totals_count_where_requests_have_no_records() {
    let text = String::from_utf8(bytes("codex-session")).expect("text");
    let old: String =
        text.lines().filter(|line| !line.contains("token_usage_record")).map(|line| format!("{line}\n")).collect();
    for since in ["2026-11-21T00:00:00Z", "2026-11-21T08:12:10.000Z"] {
        let mut fold = fold(Dialect::Codex, at(since));
        for _ in 0..2 {
            fold.open(Some("conversation".into()));
            feed(&mut fold, old.as_bytes());
        }
        let (mut exact, _) = watched("codex-session", at(since));
        assert_eq!(spent(&mut fold), spent(&mut exact), "since {since}");
    }
}

#[test]
fn reading_a_file_anew_doubles_nothing() {
    let name = "claude-permission-interrupt";
    let (mut fold, news) = watched(name, Timestamp(0));
    assert!(!spent(&mut fold).is_empty() && !news.is_empty());
    fold.open(None);
    feed(&mut fold, &bytes(name));
    assert_eq!(fold.caught_up(), None, "what was told is not told again");
    assert!(!fold.has_figures());
}

#[test]
fn of_the_past_only_the_last_thing_is_told_if_it_still_holds() {
    let lines: Vec<Vec<u8>> =
        bytes("claude-permission-interrupt").split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    let until = |end: usize| {
        let mut fold = fold(Dialect::Claude, Timestamp(0));
        fold.open(None);
        lines[..end].iter().for_each(|line| fold.line(line));
        fold.caught_up().map(|signal| signal.says)
    };
    let refusal =
        lines.iter().position(|line| String::from_utf8_lossy(line).contains("for tool use]")).expect("a refusal");
    assert_eq!(until(refusal + 1), Some(Says::Interrupted));
    assert_eq!(until(lines.len()), None, "the person has gone on since");
    let mut fold = fold(Dialect::Codex, Timestamp(0));
    fold.open(None);
    feed(&mut fold, &bytes("codex-rollout-xlimit"));
    let last = fold.caught_up().expect("the failure");
    let Says::TurnFailed { failure } = last.says else { panic!("{last:?}") };
    assert_eq!((failure.class, failure.until), (Class::UsageLimit, Some(Timestamp(1_795_258_236_000))));
}

#[test]
fn a_refusal_settles_the_very_question_that_the_hook_asked() {
    let payload = serde_json::json!({
        "hook_event_name": "PermissionRequest", "session_id": "x", "tool_name": "Bash", "cwd": "/work/app",
        "tool_input": {"description": "Run a scripted command", "command": "touch made.txt && cat made.txt"},
    });
    let asked = signals::hook(Dialect::Claude, payload.to_string().as_bytes(), Timestamp(0), "key");
    let Says::Asks(ask) = asked.says else { panic!("{asked:?}") };
    let (_, news) = watched("claude-denied-and-amended", Timestamp(0));
    let settled: Vec<_> = news
        .iter()
        .filter_map(|signal| match &signal.says {
            Says::AskSettled { subject, .. } => Some(subject),
            _ => None,
        })
        .collect();
    assert_eq!(settled, [&ask.subject, &ask.subject]);
}

#[test]
fn words_of_the_person_and_of_files_are_not_taken_for_records() {
    let words = "[Request interrupted by user]";
    let typed = serde_json::json!({
        "type": "user", "timestamp": "2026-11-21T08:00:00Z", "promptSource": "typed", "message": {"content": words},
    });
    let pasted = serde_json::json!({
        "type": "user", "timestamp": "2026-11-21T08:00:00Z", "promptSource": "typed",
        "message": {"content": [{"type": "text", "text": words}]},
    });
    let read = serde_json::json!({
        "type": "user", "timestamp": "2026-11-21T08:00:00Z",
        "message": {"content": [{"type": "tool_result", "tool_use_id": "t", "content": words}]},
    });
    let of_a_subagent = serde_json::json!({
        "type": "user", "timestamp": "2026-11-21T08:00:00Z", "isSidechain": true,
        "message": {"content": [{"type": "text", "text": words}]},
    });
    let mut fold = fold(Dialect::Claude, Timestamp(0));
    fold.open(None);
    fold.caught_up();
    for record in [typed, pasted, read, of_a_subagent] {
        fold.line(record.to_string().as_bytes());
    }
    assert_eq!(fold.news(), []);
}

fn any_fold(bytes: &[u8], dialect: Dialect) {
    let mut fold = fold(dialect, Timestamp(0));
    fold.open(None);
    feed(&mut fold, bytes);
    fold.caught_up();
    feed(&mut fold, bytes);
    bytes.split(|byte| *byte == b'\n').for_each(|line| fold.subagent_line(line));
    fold.news();
    fold.figures();
}

proptest! {
    #[test]
    fn no_bytes_are_too_strange(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        any_fold(&bytes, Dialect::Claude);
        any_fold(&bytes, Dialect::Codex);
    }

    /// Real records with one value replaced by another: wrong types, huge numbers, missing fields.
    #[test]
    fn no_record_is_too_strange(line in 0usize..300, place in any::<prop::sample::Index>(), value in 0usize..9, codex in any::<bool>()) {
        let values = ["null", "true", "-1", "1e308", "18446744073709551615", "\"\"", "[]", "{}", "[{\"type\":\"tool_use\"}]"];
        let name = if codex { "codex-session" } else { "claude-denied-by-hook" };
        let text = String::from_utf8(bytes(name)).expect("text");
        let lines: Vec<&str> = text.lines().collect();
        let line = lines[line % lines.len()];
        let mut record: serde_json::Value = serde_json::from_str(line).expect("a record");
        let mut places = Vec::new();
        pointers(&record, String::new(), &mut places);
        let pointer = place.get(&places);
        *record.pointer_mut(pointer).expect("a place") = serde_json::from_str(values[value]).expect("a value");
        any_fold(format!("{line}\n{record}\n{record}\n").as_bytes(), dialect(name));
    }

    #[test]
    fn it_does_not_matter_in_which_pieces_a_file_is_read(cuts in prop::collection::vec(0usize..20_000, 0..12)) {
        let name = "claude-permission-interrupt";
        let bytes = bytes(name);
        let (mut whole, news) = watched(name, Timestamp(0));
        let mut cuts: Vec<usize> = cuts.into_iter().filter(|cut| *cut < bytes.len()).chain([0, bytes.len()]).collect();
        cuts.sort_unstable();
        let mut pieces = fold(Dialect::Claude, Timestamp(0));
        pieces.open(None);
        pieces.caught_up();
        let (mut lines, mut told) = (Lines::default(), Vec::new());
        for cut in cuts.windows(2) {
            lines.push(&bytes[cut[0]..cut[1]], |line| pieces.line(line));
            told.extend(pieces.news());
        }
        prop_assert_eq!(told, news);
        prop_assert_eq!(spent(&mut pieces), spent(&mut whole));
    }
}

fn pointers(value: &serde_json::Value, here: String, found: &mut Vec<String>) {
    if let Some(fields) = value.as_object() {
        for (name, inside) in fields {
            pointers(inside, format!("{here}/{}", name.replace('~', "~0").replace('/', "~1")), found);
        }
    }
    for (number, inside) in value.as_array().into_iter().flatten().enumerate() {
        pointers(inside, format!("{here}/{number}"), found);
    }
    found.push(here);
}
