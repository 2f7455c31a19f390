//! `qd show`: everything about one thing.

use color_eyre::Result;
use serde::Serialize;

use super::{
    context::Context,
    failure::{Exit, Failure},
    ids::{AnyId, candidates},
    pr,
    rows::{self, Judged},
    terminal::{Output, Paint, Unwritable, age, block, bytes, clock, count, home, line},
};
use crate::{
    api::{Client, wire},
    domain::{Artifact, Objective, ObjectiveId, Question, QuestionId, Session, Workspace, World, session::State},
};

/// Show everything about an objective, session, message, question, workspace, artifact or pull request
///
/// JSON: {"objective": …, "sessions": […]} for an objective, else what the id names.
#[derive(Debug, clap::Args)]
pub(super) struct Show {
    /// For example o1, s14, m5, q3, w2, f4 or p1
    #[arg(value_name = "ID", add = candidates("osmqwfp"))]
    id: AnyId,
}

impl Show {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        let client = context.client().await?;
        let json = context.json();
        let output = &mut context.output;
        match self.id {
            AnyId::Objective(id) => {
                let world = client.world().await?;
                let found = objective(&world, id)?;
                if json { output.json(&found)? } else { write_objective(output, &world, &found)? }
            }
            AnyId::Session(id) => {
                let found = client.session(id).await?;
                if json {
                    output.json(&found)?;
                } else {
                    let is_waiting = matches!(found.session.state, State::WaitingCapacity { .. });
                    let world = if is_waiting { Some(client.world().await?) } else { None };
                    write_session(output, &found, world.and_then(|world| world.waits_for(&found.session)))?;
                }
            }
            AnyId::Message(id) => {
                let found = client.message(id).await?;
                if json { output.json(&found)? } else { write_message(output, &found)? }
            }
            AnyId::Question(id) => {
                let found = question(&client, id).await?;
                if json { output.json(&found)? } else { write_question(output, &found, Judged::Whole)? }
            }
            AnyId::Artifact(id) => {
                let found = client.artifact(id).await?;
                if json { output.json(&found)? } else { write_artifact(output, &found)? }
            }
            AnyId::PullRequest(id) => return pr::show(context, id).await,
            AnyId::Workspace(id) => {
                let found = client.workspace(id).await?;
                if json { output.json(&found)? } else { write_workspace(output, &found)? }
            }
        }
        Ok(Exit::Done)
    }
}

#[derive(Serialize)]
struct OneObjective<'w> {
    objective: &'w Objective,
    sessions: Vec<&'w Session>,
}

fn objective(world: &World, id: ObjectiveId) -> Result<OneObjective<'_>, Failure> {
    let objective = world.objectives.get(&id).ok_or_else(|| {
        Failure::not_found(format!("there is no {id} on the board"))
            .hint("`qd ls` lists objectives; one that was put away is only in the log (`qd search`)")
    })?;
    Ok(OneObjective { objective, sessions: world.sessions_of(id).collect() })
}

/// An open question, or one in the history of a session on the board.
async fn question(client: &Client, id: QuestionId) -> Result<Question> {
    let world = client.world().await?;
    if let Some(question) = world.questions.get(&id) {
        return Ok(question.clone());
    }
    for session in world.sessions.keys().rev() {
        let detail = client.session(*session).await?;
        if let Some(question) = detail.questions.into_iter().find(|question| question.id == id) {
            return Ok(question);
        }
    }
    let failure = Failure::not_found(format!("there is no {id} on the board"));
    Err(failure.hint("`qd questions` lists those that are open").into())
}

pub(super) fn field(output: &mut Output, name: &str, value: impl AsRef<str>) -> Result<(), Unwritable> {
    let name = output.paint(Paint::Faint, &format!("{name:<10}"));
    output.line(format!("  {name} {}", line(value.as_ref())))
}

pub(super) fn heading(output: &mut Output, text: &str) -> Result<(), Unwritable> {
    output.line(output.paint(Paint::Strong, &line(text)))
}

fn write_objective(output: &mut Output, world: &World, found: &OneObjective<'_>) -> Result<(), Unwritable> {
    let now = rows::now();
    let objective = found.objective;
    heading(output, &format!("{}  {}", objective.id, objective.title))?;
    field(output, "state", objective.state.label())?;
    field(output, "repository", objective.repository.as_deref().map_or_else(|| "none".into(), home))?;
    field(output, "created", clock(objective.created_at, now))?;
    for session in &found.sessions {
        let doing = session.activity.doing.label();
        let state = format!("{} · {doing}  {}", session.state.label(), session.title);
        field(output, &session.id.to_string(), state)?;
        if let Some(needs) = rows::needs(world, session) {
            output.line(format!("             {}", output.paint(Paint::Needs, &needs)))?;
        }
    }
    Ok(())
}

fn write_session(
    output: &mut Output,
    found: &wire::SessionDetail,
    waits_for: Option<String>,
) -> Result<(), Unwritable> {
    let now = rows::now();
    let session = &found.session;
    heading(output, &format!("{}  {}", session.id, session.title))?;
    let state = format!("{} for {}", session.state.label(), age(now.since(session.state_since)));
    let cause = if let State::Failed { cause } = &session.state { Some(cause.clone()) } else { waits_for };
    let cause = cause.map(|cause| format!(": {cause}")).unwrap_or_default();
    field(output, "state", state + &cause)?;
    let activity = &session.activity;
    let since = age(now.since(activity.since));
    let source = activity.evidence.source.label();
    let more = rows::more(&activity.note, activity.until, now);
    field(output, "doing", format!("{} for {since}, says the {source}{more}", activity.doing.label()))?;
    if let Some(progress) = &session.progress {
        field(output, "progress", progress)?;
    }
    if let Some(report) = &session.report {
        field(output, "report", format!("{}: {}", report.outcome.label(), report.summary))?;
    }
    field(output, "objective", format!("{}  {}", found.objective.id, found.objective.title))?;
    if let Some(repository) = &session.repository {
        field(output, "repository", home(repository))?;
    }
    field(output, "agent", session.profile.as_str())?;
    field(output, "target", session.target.as_str())?;
    if let Some(workspace) = &found.workspace {
        write_place(output, workspace)?;
    }
    if !session.depends_on.is_empty() {
        let ids: Vec<String> = session.depends_on.iter().map(ToString::to_string).collect();
        field(output, "after", ids.join(" "))?;
    }
    field(output, "created", clock(session.created_at, now))?;
    for question in found.questions.iter().filter(|question| question.state.is_open()) {
        write_question(output, question, Judged::Beginning)?;
    }
    for attempt in &found.attempts {
        let ended = match &attempt.state {
            crate::domain::attempt::State::Ended { end } => format!(" {end}"),
            state => format!(" {}", state.label()),
        };
        field(output, &attempt.id.to_string(), format!("started {}{ended}", clock(attempt.created_at, now)))?;
    }
    for message in &found.messages {
        let size = bytes(message.bytes as u64);
        field(output, &message.id.to_string(), format!("{} ({size}, {})", message.excerpt, rows::delivery(message)))?;
    }
    for Artifact { id, kind, title, .. } in &found.artifacts {
        field(output, &id.to_string(), format!("{}: {title}", kind.label()))?;
    }
    for event in &found.events {
        let at = output.paint(Paint::Faint, &clock(event.at, now));
        output.line(format!("  {at}  {}", line(&event.text)))?;
    }
    Ok(())
}

fn write_place(output: &mut Output, workspace: &Workspace) -> Result<(), Unwritable> {
    let Workspace { id, kind, state, path, branch, base, .. } = workspace;
    field(output, "workspace", format!("{id}  {} {}  {}", state.label(), kind.label(), home(path)))?;
    if let Some(branch) = branch {
        let base = base.as_ref().map(|base| {
            let note = base.note.as_ref().map_or_else(String::new, |note| format!(" ({note})"));
            format!(" from {} {}{note}", base.reference, base.commit.get(..10).unwrap_or(&base.commit))
        });
        field(output, "branch", format!("{branch}{}", base.unwrap_or_default()))?;
    }
    Ok(())
}

fn write_message(output: &mut Output, found: &wire::MessageBody) -> Result<(), Unwritable> {
    let message = &found.message;
    heading(output, &format!("{}  to {}", message.id, message.session))?;
    field(output, "delivery", rows::delivery(message))?;
    field(output, "sent", clock(message.created_at, rows::now()))?;
    output.line("")?;
    output.line(block(&found.body))
}

pub(super) fn write_artifact(output: &mut Output, found: &wire::ArtifactBody) -> Result<(), Unwritable> {
    let Artifact { id, session, kind, title, created_at, .. } = &found.artifact;
    heading(output, &format!("{id}  {} of {session}: {title}", kind.label()))?;
    field(output, "written", clock(*created_at, rows::now()))?;
    output.line("")?;
    output.line(block(&found.body))
}

fn write_question(output: &mut Output, question: &Question, judged: Judged) -> Result<(), Unwritable> {
    let Question { id, session, kind, .. } = question;
    heading(output, &format!("{id}  {session}  {}  {}", kind.label(), rows::question_state(&question.state)))?;
    for row in rows::question(question, judged) {
        output.line(format!("    {row}"))?;
    }
    if question.state.is_open() {
        output.note(format!("    {}", rows::how_to_answer(question)))?;
    }
    Ok(())
}

fn write_workspace(output: &mut Output, found: &wire::WorkspaceDetail) -> Result<(), Unwritable> {
    let workspace = &found.workspace;
    heading(output, &format!("{}  {}", workspace.id, workspace.path.display()))?;
    write_place(output, workspace)?;
    field(output, "owner", format!("{} for {}", workspace.owner, workspace.objective))?;
    field(output, "size", bytes(found.bytes))?;
    field(output, "removable", format!("{}: {}", if found.removable { "yes" } else { "no" }, found.verdict))?;
    let parts = [("uncommitted path", &found.uncommitted), ("commit only here", &found.only_here)];
    for (noun, lines) in parts.into_iter().filter(|(_, lines)| !lines.is_empty()) {
        heading(output, &count(lines.len(), noun))?;
        for row in lines {
            output.line(format!("    {}", line(row)))?;
        }
    }
    Ok(())
}
