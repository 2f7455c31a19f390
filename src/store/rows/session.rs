//! Sessions, and what they depend on.

use rusqlite::{Connection, Row, params};

use super::upsert;
use crate::{
    domain::{
        Activity, AttemptId, Placement, QuestionId, Session, SessionId,
        activity::Evidence,
        session::{Completion, FollowUp, Report, Scope, State},
    },
    store::columns::{list_of, names, path, text_of, unknown, word},
};

pub(in crate::store) fn write(connection: &Connection, session: &Session) -> rusqlite::Result<()> {
    let state = StateColumns::of(&session.state);
    let evidence = &session.activity.evidence;
    let (placement, labels) = match &session.placement {
        Placement::Pinned => ("pinned", None),
        Placement::Labels { labels } => {
            ("labels", Some(list_of(&labels.iter().map(ToString::to_string).collect::<Vec<_>>())?))
        }
        Placement::Anywhere => ("anywhere", None),
    };
    let report = session.report.as_ref();
    let follow_up = session.follow_up.as_ref();
    upsert(
        connection,
        "sessions",
        &[
            ("id", &session.id),
            ("objective", &session.objective),
            ("parent", &session.parent),
            ("role", &session.role),
            ("title", &session.title),
            ("profile", &session.profile),
            ("target", &session.target),
            ("placement", &placement),
            ("placement_labels", &labels),
            ("repository", &session.repository.as_deref().map(text_of).transpose()?),
            ("workspace_kind", &session.workspace_kind),
            ("workspace", &session.workspace),
            ("base", &session.base),
            ("follow_up", &follow_up.map(|follow_up| follow_up.pull_request)),
            ("follow_up_head", &follow_up.map(|follow_up| &follow_up.head)),
            ("must_move_head", &follow_up.map(|follow_up| follow_up.must_move_head)),
            ("state", &state.word),
            ("capacity_scope", &state.capacity_scope),
            ("current_attempt", &state.current_attempt),
            ("question", &state.question),
            ("completed_by", &state.completed_by),
            ("cause", &state.cause),
            ("state_since", &session.state_since),
            ("newest_attempt", &session.attempt),
            ("doing", &session.activity.doing),
            ("doing_since", &session.activity.since),
            ("doing_note", &session.activity.note),
            ("doing_until", &session.activity.until),
            ("evidence_source", &evidence.source),
            ("evidence_rule", &evidence.rule),
            ("evidence_text", &evidence.text),
            ("evidence_at", &evidence.at),
            ("progress", &session.progress),
            ("report_outcome", &report.map(|report| report.outcome)),
            ("report_summary", &report.map(|report| &report.summary)),
            ("report_attempt", &report.map(|report| report.attempt)),
            ("reported_at", &report.map(|report| report.at)),
            ("person_typing_since", &session.person_typing_since),
            ("created_at", &session.created_at),
        ],
    )?;
    write_dependencies(connection, session)
}

fn write_dependencies(connection: &Connection, session: &Session) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM session_dependencies WHERE session = ? AND position >= ?")?
        .execute(params![session.id, session.depends_on.len()])?;
    for (position, depends_on) in session.depends_on.iter().enumerate() {
        connection
            .prepare_cached(
                "INSERT INTO session_dependencies (session, position, depends_on) VALUES (?, ?, ?)
                 ON CONFLICT (session, position) DO UPDATE SET depends_on = excluded.depends_on",
            )?
            .execute(params![session.id, position, depends_on])?;
    }
    Ok(())
}

pub(in crate::store) fn read(connection: &Connection, row: &Row<'_>) -> rusqlite::Result<Session> {
    let id = row.get("id")?;
    Ok(Session {
        id,
        objective: row.get("objective")?,
        parent: row.get("parent")?,
        depends_on: read_dependencies(connection, id)?,
        role: row.get("role")?,
        title: row.get("title")?,
        profile: row.get("profile")?,
        target: row.get("target")?,
        placement: read_placement(row)?,
        repository: path(row, "repository")?,
        workspace_kind: row.get("workspace_kind")?,
        workspace: row.get("workspace")?,
        base: row.get("base")?,
        follow_up: read_follow_up(row)?,
        state: read_state(row)?,
        state_since: row.get("state_since")?,
        attempt: row.get("newest_attempt")?,
        activity: Activity {
            doing: row.get("doing")?,
            since: row.get("doing_since")?,
            note: row.get("doing_note")?,
            until: row.get("doing_until")?,
            evidence: Evidence {
                source: row.get("evidence_source")?,
                rule: row.get("evidence_rule")?,
                text: row.get("evidence_text")?,
                at: row.get("evidence_at")?,
            },
        },
        progress: row.get("progress")?,
        report: read_report(row)?,
        person_typing_since: row.get("person_typing_since")?,
        created_at: row.get("created_at")?,
    })
}

fn read_dependencies(connection: &Connection, session: SessionId) -> rusqlite::Result<Vec<SessionId>> {
    connection
        .prepare_cached("SELECT depends_on FROM session_dependencies WHERE session = ? ORDER BY position")?
        .query_map([session], |row| row.get(0))?
        .collect()
}

fn read_placement(row: &Row<'_>) -> rusqlite::Result<Placement> {
    Ok(match word(row, "placement")? {
        "pinned" => Placement::Pinned,
        "labels" => Placement::Labels { labels: names(row, "placement_labels")? },
        "anywhere" => Placement::Anywhere,
        found => return Err(unknown("sessions.placement", found)),
    })
}

fn read_follow_up(row: &Row<'_>) -> rusqlite::Result<Option<FollowUp>> {
    let Some(pull_request) = row.get("follow_up")? else { return Ok(None) };
    Ok(Some(FollowUp { pull_request, head: row.get("follow_up_head")?, must_move_head: row.get("must_move_head")? }))
}

fn read_report(row: &Row<'_>) -> rusqlite::Result<Option<Report>> {
    let Some(outcome) = row.get("report_outcome")? else { return Ok(None) };
    Ok(Some(Report {
        outcome,
        summary: row.get("report_summary")?,
        attempt: row.get("report_attempt")?,
        at: row.get("reported_at")?,
    }))
}

/// A session's state, taken apart.
#[derive(Default)]
struct StateColumns<'session> {
    word: &'static str,
    capacity_scope: Option<Scope>,
    current_attempt: Option<AttemptId>,
    question: Option<QuestionId>,
    completed_by: Option<Completion>,
    cause: Option<&'session str>,
}

impl<'session> StateColumns<'session> {
    fn of(state: &'session State) -> Self {
        let nothing = Self::default();
        match state {
            State::Queued => Self { word: "queued", ..nothing },
            State::WaitingCapacity { scope } => {
                Self { word: "waiting_capacity", capacity_scope: Some(*scope), ..nothing }
            }
            State::Starting { attempt } => Self { word: "starting", current_attempt: Some(*attempt), ..nothing },
            State::Running { attempt } => Self { word: "running", current_attempt: Some(*attempt), ..nothing },
            State::WaitingUser { question } => Self { word: "waiting_user", question: Some(*question), ..nothing },
            State::Succeeded { by } => Self { word: "succeeded", completed_by: Some(*by), ..nothing },
            State::Failed { cause } => Self { word: "failed", cause: Some(cause), ..nothing },
            State::Canceled => Self { word: "canceled", ..nothing },
        }
    }
}

fn read_state(row: &Row<'_>) -> rusqlite::Result<State> {
    Ok(match word(row, "state")? {
        "queued" => State::Queued,
        "waiting_capacity" => State::WaitingCapacity { scope: row.get("capacity_scope")? },
        "starting" => State::Starting { attempt: row.get("current_attempt")? },
        "running" => State::Running { attempt: row.get("current_attempt")? },
        "waiting_user" => State::WaitingUser { question: row.get("question")? },
        "succeeded" => State::Succeeded { by: row.get("completed_by")? },
        "failed" => State::Failed { cause: row.get("cause")? },
        "canceled" => State::Canceled,
        found => return Err(unknown("sessions.state", found)),
    })
}
