//! A long past: sessions that have ended, and a log of what they did, written through the store.

use std::path::PathBuf;

use quarterdeck::{
    config::Paths,
    domain::{
        Activity, Artifact, ArtifactId, Attempt, AttemptId, Change, Event, Message, MessageId, Objective, ObjectiveId,
        Placement, Session, SessionId, TargetName, Timestamp, Usage,
        activity::{Doing, Evidence, Source},
        artifact,
        attempt::{self, End},
        event,
        message::{self, Delivery},
        objective,
        session::{self, Completion, Outcome as Reported, Report, Role},
        target,
        usage::{Context, Limit, Meter, Metered, Spent, Tokens},
        workspace,
    },
    store::{Batch, Store},
};

use crate::Outcome;

/// So many sessions belong to one objective.
const EACH: u32 = 5;
/// So many lines are written at once.
const AT_ONCE: u64 = 5_000;
/// So many lines has a session's report.
const REPORT_LINES: usize = 100;
/// When it began: 2026-01-01.
const BEGAN: i64 = 1_767_225_600_000;

/// Writes it. What has words about it in the title can be looked for on the board.
pub(crate) async fn write(paths: &Paths, sessions: u32, events: u64) -> Outcome<()> {
    let (store, _) = Store::open(&paths.database())?;
    let mut changes = vec![Change::Target(quarterdeck::domain::Target {
        name: TargetName::local(),
        state: target::State::Online,
        place: target::Place::Local,
        state_since: Timestamp(BEGAN),
        capacity: None,
        labels: Vec::new(),
        link: target::Link::Here,
    })];
    let (mut bodies, mut artifact_bodies) = (Vec::new(), Vec::new());
    for number in 1..=sessions {
        let message = id(number, MessageId::from_number)?;
        changes.extend(rows(number, message)?);
        bodies.push((message, format!("Retry the upload of part {number} when it fails, with a pause that doubles.")));
        changes.extend(left_behind(number)?);
        let report = format!("The upload of part {number} is tried again.\n").repeat(REPORT_LINES);
        artifact_bodies.push((id(number, ArtifactId::from_number)?, report));
    }
    let mut revision = 1;
    store.commit(Batch { revision, changes, bodies, artifact_bodies }).await?;
    let mut next = 1;
    while next <= events {
        let last = events.min(next + AT_ONCE - 1);
        let lines = (next..=last).map(|sequence| line(sequence, sessions)).collect::<Outcome<Vec<Change>>>()?;
        revision += 1;
        let (bodies, artifact_bodies) = (Vec::new(), Vec::new());
        store.commit(Batch { revision, changes: lines, bodies, artifact_bodies }).await?;
        next = last + 1;
    }
    store.close().await;
    Ok(())
}

fn rows(number: u32, message: MessageId) -> Outcome<Vec<Change>> {
    let at = Timestamp(BEGAN + i64::from(number) * 60_000);
    let objective = id(number.div_ceil(EACH), ObjectiveId::from_number)?;
    let session = id(number, SessionId::from_number)?;
    let attempt = id(number, AttemptId::from_number)?;
    let mut rows = Vec::new();
    if number % EACH == 1 {
        rows.push(Change::Objective(Objective {
            id: objective,
            title: format!("Make the upload of part {objective} survive a bad network"),
            repository: Some(PathBuf::from("/tmp/uploader")),
            mode: objective::Mode::Plain,
            base: None,
            agents_publish: false,
            state: objective::State::Done,
            created_at: at,
            archived: false,
        }));
    }
    rows.push(Change::Session(Session {
        id: session,
        objective,
        parent: None,
        depends_on: Vec::new(),
        role: Role::Worker,
        title: format!("Retry a failed upload of part {number}"),
        profile: "claude".parse()?,
        target: TargetName::local(),
        placement: Placement::Anywhere,
        repository: None,
        workspace_kind: workspace::Kind::Isolated,
        workspace: None,
        base: None,
        follow_up: None,
        state: match number % 3 {
            0 => session::State::Succeeded { by: Completion::Person },
            1 => session::State::Failed { cause: "the build is broken".into() },
            _ => session::State::Canceled,
        },
        state_since: at,
        attempt: Some(attempt),
        activity: Activity {
            doing: Doing::Nothing,
            since: at,
            note: String::new(),
            until: None,
            evidence: Evidence {
                source: Source::Process,
                rule: "the program has ended".into(),
                text: "exit code 0".into(),
                at,
            },
        },
        progress: Some("3 of 3".into()),
        report: Some(Report { outcome: Reported::Done, summary: "It is tried again".into(), attempt, at }),
        person_typing_since: None,
        created_at: at,
    }));
    rows.push(Change::Attempt(Attempt {
        id: attempt,
        session,
        target: TargetName::local(),
        state: attempt::State::Ended { end: End::Exited { code: 0 } },
        state_since: at,
        conversation: Some(format!("conversation-{number}")),
        resumes: false,
        token_hash: Some(format!("{number:064x}")),
        ready: true,
        created_at: at,
    }));
    rows.push(Change::Message(Message {
        id: message,
        session,
        kind: message::Kind::Prompt,
        excerpt: format!("Retry the upload of part {number}"),
        bytes: 80,
        delivery: Delivery::TakenUp { attempt, evidence: "it began to work".into() },
        delivery_since: at,
        created_at: at,
    }));
    Ok(rows)
}

/// What its attempt used on two days, what its meters show, and its report.
fn left_behind(number: u32) -> Outcome<Vec<Change>> {
    let at = Timestamp(BEGAN + i64::from(number) * 60_000);
    let session = id(number, SessionId::from_number)?;
    let attempt = id(number, AttemptId::from_number)?;
    let limit = |name: &str| Limit { name: name.into(), used_percent: 40, resets_at: Some(at) };
    let mut rows = vec![
        Change::Metered(Metered {
            attempt,
            session,
            meter: Meter {
                model: Some("claude-opus".into()),
                cost_micros: Some(1_500_000),
                context: Some(Context { used: 80_000, size: 200_000 }),
                limits: vec![limit("5 hours"), limit("7 days")],
            },
            at,
        }),
        Change::Artifact(Artifact {
            id: id(number, ArtifactId::from_number)?,
            objective: id(number.div_ceil(EACH), ObjectiveId::from_number)?,
            session,
            kind: artifact::Kind::Report,
            title: "It is tried again".into(),
            bytes: 44 * REPORT_LINES,
            created_at: at,
        }),
    ];
    for (day, model) in [("2026-01-01", "claude-opus"), ("2026-01-01", "claude-haiku"), ("2026-01-02", "claude-opus")] {
        let tokens = Tokens { input: 1_000, output: 20_000, cache_read: 900_000, cache_write: 60_000 };
        let spent = Spent { day: day.into(), model: model.into(), tokens, requests: 40 };
        rows.push(Change::Usage(Usage { attempt, session, profile: "claude".parse()?, spent }));
    }
    Ok(rows)
}

fn line(sequence: u64, sessions: u32) -> Outcome<Change> {
    let number = u32::try_from(sequence % u64::from(sessions))? + 1;
    Ok(Change::Event(Event {
        sequence,
        at: Timestamp(BEGAN + i64::try_from(sequence)? * 1_000),
        kind: event::Kind::Activity,
        objective: Some(id(number.div_ceil(EACH), ObjectiveId::from_number)?),
        session: Some(id(number, SessionId::from_number)?),
        text: format!("s{number} is working: title \"◐ …\" means working, seen for the {sequence}th time"),
    }))
}

fn id<Id>(number: u32, make: impl Fn(u32) -> Option<Id>) -> Outcome<Id> {
    make(number).ok_or_else(|| "ids count from 1".into())
}
