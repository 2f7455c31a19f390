//! How we know what a session is doing: as an answer, and as a file that can be given away as a bug report.

use std::{
    fmt::Write as _,
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::PathBuf,
};

use axum::{
    Json,
    extract::{Path, State},
};
use serde::Serialize;

use super::{
    agents::words::{self, Heard},
    answer::{Answer, No, session},
    wire::{self, agents::Told},
};
use crate::{
    agent::signals::Dialect,
    domain::{
        AttemptId, Objective, Refusal, Session, Signal, Timestamp,
        activity::{Doing, Evidence, Source},
        signal::Says,
    },
    engine::{Engine, Sighting, private_file},
};

/// How many rows of the screen explain a claim.
const ROWS: usize = 24;
/// How much of what an agent told is looked through for the newest, in bytes.
const NEWEST_BYTES: u64 = 1 << 20;
/// How much of what an agent told goes into a file, in bytes.
const SAVED_BYTES: u64 = 4 << 20;

pub(super) async fn why(State(engine): State<Engine>, Path(name): Path<String>) -> Answer<wire::Why> {
    let (_, session) = session(&engine, &name).await?;
    Ok(Json(explain(&engine, &session).await.0))
}

/// Writes a file with everything that tells what a session is doing.
pub(super) async fn save(State(engine): State<Engine>, Path(name): Path<String>) -> Answer<wire::Saved> {
    let (objective, session) = session(&engine, &name).await?;
    let (why, sighting) = explain(&engine, &session).await;
    let rows = sighting.map(|sighting| sighting.rows).unwrap_or_default();
    let known = known(&engine, &objective, &session).await?;
    let now = jiff::Timestamp::now();
    let file = engine.rooms().paths.reports().join(format!("{}-{}.txt", session.id, now.strftime("%Y%m%d-%H%M%S")));
    let told = session.attempt.map(|attempt| told_file(&engine, attempt));
    let path = file.clone();
    let written = tokio::task::spawn_blocking(move || {
        let told = told.map(|told| end_of(&told, SAVED_BYTES)).transpose()?.flatten();
        private_file::write(&path, report(now, &why, &known, &rows, told.as_deref()))
    });
    let failed = |error: &dyn std::fmt::Display| {
        No(Refusal::failed(format!("{} could not be written: {error}", file.display())))
    };
    written.await.map_err(|error| failed(&error))?.map_err(|error| failed(&error))?;
    Ok(Json(wire::Saved { path: file }))
}

async fn explain(engine: &Engine, session: &Session) -> (wire::Why, Option<Sighting>) {
    let activity = &session.activity;
    let waits_for = engine.world().await.ok().and_then(|world| world.waits_for(session));
    let mut why = wire::Why {
        claim: claim(session, waits_for.as_deref()),
        until: activity.until,
        evidence: activity.evidence.clone(),
        also: Vec::new(),
        unknown: Vec::new(),
        screen: Vec::new(),
    };
    // Of what runs behind a line that is cut nothing is known.
    if let Some((attempt, _)) = engine.attachable(session.id).filter(|(_, site)| site.is_reached) {
        why.also.push(Evidence {
            source: Source::Process,
            rule: format!("{attempt} lives: tmux has its pane, and the program in it has not ended"),
            text: String::new(),
            at: session.state_since,
        });
    }
    let told = newest_told(engine, session).await;
    let sighting = engine.sighting(session).await;
    if let Some(sighting) = &sighting {
        why.also.extend(sighting.evidence());
        why.screen = sighting.last_rows(ROWS);
    }
    why.unknown = unknown(engine, session, told.is_some(), sighting.as_ref());
    why.unknown.extend(session.attempt.and_then(|attempt| engine.unheard(session, attempt)));
    why.also.extend(told.map(|signal| Evidence {
        source: signal.channel.source(),
        rule: format!("the newest that it told: {}, {}", signal.channel.label(), signal.name),
        text: signal.text,
        at: signal.at,
    }));
    (why, sighting)
}

fn claim(session: &Session, waits_for: Option<&str>) -> String {
    let (id, doing) = (session.id, session.activity.doing);
    let words = match doing {
        Doing::Nothing => match waits_for {
            Some(what) => format!("{id} waits for a place, and no program of it runs: {what}"),
            None => format!("{id} is {}; no program of it runs", session.state.label()),
        },
        Doing::YourTurn => format!("{id} waits for your next message"),
        Doing::Unknown => format!("{id} runs, and nothing tells what it is doing"),
        Doing::Background => format!("{id}'s turn is over, and what it left running will wake it"),
        Doing::Starting
        | Doing::Working
        | Doing::Compacting
        | Doing::Asking
        | Doing::Retrying
        | Doing::Parked
        | Doing::Unreachable => format!("{id} is {}", doing.label()),
    };
    match session.activity.note.as_str() {
        "" => words,
        note => format!("{words}: {note}"),
    }
}

/// What we do not know, in words.
fn unknown(engine: &Engine, session: &Session, told: bool, sighting: Option<&Sighting>) -> Vec<String> {
    let (doing, source) = (session.activity.doing, session.activity.evidence.source);
    if doing == Doing::Nothing {
        return Vec::new();
    }
    let mut unknown = Vec::new();
    let told_by_it = matches!(source, Source::Signal | Source::Transcript);
    match sighting.map(|sighting| sighting.reading.doing) {
        None => unknown.push("the pane can't be looked at just now, so the claim is as old as its evidence".into()),
        Some(seen) if seen == doing => {}
        Some(seen) if told_by_it => unknown.push(format!(
            "by its pane alone, looked at just now, it would be {}; what the agent told counts for as long as both can be true",
            seen.label()
        )),
        Some(seen) => unknown.push(format!(
            "looked at just now, the pane says {} instead; the claim follows within a second",
            seen.label()
        )),
    }
    let speaks = engine.rooms().profiles.find(&session.profile).map(|profile| profile.signals);
    match speaks {
        _ if told || told_by_it => {}
        Some(Dialect::Plain) | None => {
            unknown.push("this agent does not tell what it does: what is claimed is read from its pane".into());
        }
        Some(Dialect::Claude | Dialect::Codex) => unknown
            .push("nothing was heard from the agent itself since it was launched: this is read from its pane".into()),
    }
    unknown
}

/// The newest that a session's agent told about what it does.
async fn newest_told(engine: &Engine, session: &Session) -> Option<Signal> {
    let file = told_file(engine, session.attempt?);
    let told = tokio::task::spawn_blocking(move || end_of(&file, NEWEST_BYTES)).await.ok()?.ok()??;
    told.lines().rev().find_map(|line| signal(&serde_json::from_str(line).ok()?))
}

/// A hook or a word as it was understood. Figures say nothing about what an agent is at.
fn signal(told: &Told) -> Option<Signal> {
    match words::understand(told).ok()? {
        Heard::Signal(signal) | Heard::Waits(signal) if !matches!(signal.says, Says::Spent(_)) => Some(signal),
        Heard::Signal(_) | Heard::Waits(_) | Heard::Passing(_) | Heard::Tool(_) => None,
    }
}

fn told_file(engine: &Engine, attempt: AttemptId) -> PathBuf {
    engine.rooms().paths.attempt(attempt).join("signals.jsonl")
}

/// The last whole lines of a file; `None` where there is none.
fn end_of(path: &std::path::Path, bytes: u64) -> io::Result<Option<String>> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let start = file.metadata()?.len().saturating_sub(bytes);
    file.seek(SeekFrom::Start(start))?;
    let mut text = Vec::new();
    file.take(bytes).read_to_end(&mut text)?;
    let first = if start == 0 { 0 } else { text.iter().position(|&byte| byte == b'\n').map_or(0, |end| end + 1) };
    Ok(Some(String::from_utf8_lossy(&text[first..]).into_owned()))
}

/// What the supervisor knows of a session, without anything that opens a door.
#[derive(Serialize)]
struct Known {
    objective: Objective,
    session: Session,
    attempt: Option<crate::domain::Attempt>,
    questions: Vec<crate::domain::Question>,
    metered: Option<crate::domain::Metered>,
}

async fn known(engine: &Engine, objective: &Objective, session: &Session) -> Result<Known, No> {
    let world = engine.world().await?;
    let mut attempt = session.attempt.and_then(|id| world.attempts.get(&id)).cloned();
    if let Some(attempt) = &mut attempt {
        attempt.token_hash = None;
    }
    Ok(Known {
        objective: objective.clone(),
        session: session.clone(),
        attempt,
        questions: world.questions_of(session.id).cloned().collect(),
        metered: session.attempt.and_then(|id| world.metered.get(&id)).cloned(),
    })
}

fn report(now: jiff::Timestamp, why: &wire::Why, known: &Known, rows: &[String], told: Option<&str>) -> String {
    let mut text = format!(
        "qd {}, {}, {}: how do we know what {} ({}) is doing?\n\n\
         Read this before you give it away: it holds what the agent showed and told, and with it perhaps what is yours.\n",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        now.strftime("%Y-%m-%d %H:%M:%S UTC"),
        known.session.id,
        known.session.profile,
    );
    let mut section = |title: &str, body: &str| {
        // Writing to a string does not fail.
        let _ = write!(text, "\n━━━ {title}\n{}\n", body.trim_end());
    };
    section("claim", &why.claim);
    section("it rests on", &evidence(&why.evidence));
    section("also looked at", &why.also.iter().map(evidence).collect::<Vec<_>>().join("\n"));
    section("not known", &why.unknown.join("\n"));
    section("its screen", &rows.join("\n"));
    // Our own types always become JSON.
    section("what the supervisor knows", &serde_json::to_string_pretty(known).unwrap_or_default());
    section("what its agent told, the newest last", told.unwrap_or("nothing"));
    text
}

fn evidence(evidence: &Evidence) -> String {
    let Evidence { source, rule, text, at: Timestamp(at) } = evidence;
    let at = jiff::Timestamp::from_millisecond(*at).map(|at| at.strftime("%H:%M:%S%.3f").to_string());
    format!("{} {}: {rule} {text:?}", at.unwrap_or_default(), source.label())
}
