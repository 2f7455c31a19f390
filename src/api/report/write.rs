//! The document, section by section.

use std::fmt::Write as _;

use super::markdown::{block, code, inline};
use crate::{
    domain::{
        Artifact, PullRequest, Question, Session, SessionId, Spending, Timestamp, Verification, Workspace,
        artifact::Kind,
        figures::{cost, tokens},
        message, question,
        session::State,
        spending::Share,
        verification, workspace,
    },
    store::Everything,
};

/// Of what is longer only the beginning stands in the document, in bytes.
const INLINED: usize = 32 << 10;

/// The whole document.
pub(super) fn report(of: &Everything, spending: &Spending) -> String {
    let mut text = String::new();
    head(&mut text, of);
    asked(&mut text, of);
    sessions(&mut text, of, spending);
    questions(&mut text, of);
    messages(&mut text, of);
    pull_requests(&mut text, of);
    verifications(&mut text, &of.verifications);
    artifacts(&mut text, of);
    costs(&mut text, spending);
    timeline(&mut text, of);
    text
}

/// A line; writing to a string does not fail.
macro_rules! line {
    ($text:expr, $($arguments:tt)*) => { let _ = writeln!($text, $($arguments)*); };
}

fn head(text: &mut String, of: &Everything) {
    let objective = &of.objective;
    line!(text, "# {}: {}\n", objective.id, inline(&objective.title));
    line!(text, "- State: {}{}", objective.state.label(), if objective.archived { ", put away" } else { "" });
    if let Some(repository) = &objective.repository {
        line!(text, "- Repository: {}", code(&repository.display().to_string()));
    }
    if let Some(base) = &objective.base {
        line!(text, "- Based on: {}", code(base));
    }
    line!(text, "- Started: {}", time(objective.created_at));
    line!(text, "\nAll times are UTC.");
}

fn asked(text: &mut String, of: &Everything) {
    line!(text, "\n## What was asked");
    for session in &of.sessions {
        line!(text, "\n### {}: {}\n", session.id, inline(&session.title));
        let prompts =
            of.messages.iter().filter(|(message, _)| message.session == session.id && is_prompt(message.kind));
        for (_, body) in prompts {
            text.push_str(&block("text", body));
        }
    }
}

fn sessions(text: &mut String, of: &Everything, spending: &Spending) {
    line!(text, "\n## Who did what\n");
    line!(text, "| session | agent | state | branch | changed | started | took | cost |");
    line!(text, "| --- | --- | --- | --- | --- | --- | --- | --- |");
    for session in &of.sessions {
        let workspace = of.workspaces.iter().rfind(|workspace| Some(workspace.id) == session.workspace);
        let branch = workspace.and_then(|workspace| workspace.branch.as_deref()).map(code).unwrap_or_default();
        let spent = spending.sessions.iter().find(|share| share.of == session.id);
        line!(
            text,
            "| {} | {} | {} | {branch} | {} | {} | {} | {} |",
            session.id,
            session.profile,
            session.state.label(),
            workspace.map(changed).unwrap_or_default(),
            time(session.created_at),
            took(session),
            spent.map(|share| cost(share.total.cost).replace('~', "\\~").replace('$', "\\$")).unwrap_or_default(),
        );
    }
    let mut notes = String::new();
    for session in &of.sessions {
        if let Some(report) = &session.report {
            line!(notes, "- {} reported {}: {}", session.id, report.outcome.label(), inline(&report.summary));
        }
        if let State::Failed { cause } = &session.state {
            line!(notes, "- {} failed: {}", session.id, inline(&cause.to_string()));
        }
    }
    for workspace in &of.workspaces {
        line!(notes, "- {}", place(workspace));
    }
    if !notes.is_empty() {
        line!(text, "\n{}", notes.trim_end());
    }
}

fn questions(text: &mut String, of: &Everything) {
    if of.questions.is_empty() {
        return;
    }
    line!(text, "\n## Questions and answers");
    for asked in &of.questions {
        let Question { id, session, kind, created_at, .. } = asked;
        line!(text, "\n### {id}: {} of {session}, {}\n", kind.label(), time(*created_at));
        text.push_str(&block("text", &asked.text));
        if !asked.detail.is_empty() {
            line!(text, "\nWhat was to be judged:\n");
            text.push_str(&block("text", &beginning(&asked.detail)));
        }
        match &asked.state {
            question::State::Open => {
                line!(text, "\nNot answered yet.");
            }
            question::State::Answering { answer, at, .. } => {
                line!(text, "\nAnswered at {}, and not seen to be taken up:\n", time(*at));
                text.push_str(&block("text", &answer.words()));
            }
            question::State::Answered { answer, at, .. } => {
                line!(text, "\nAnswered at {}:\n", time(*at));
                text.push_str(&block("text", answer));
            }
            question::State::Withdrawn { reason, at } => {
                line!(text, "\nWithdrawn at {}: {}", time(*at), inline(reason));
            }
        }
    }
}

fn messages(text: &mut String, of: &Everything) {
    let mut sent = of.messages.iter().filter(|(message, _)| !is_prompt(message.kind)).peekable();
    if sent.peek().is_none() {
        return;
    }
    line!(text, "\n## Messages");
    for (message, body) in sent {
        let what = match message.kind {
            message::Kind::Prompt => "prompt",
            message::Kind::Steer => "steer",
            message::Kind::Answer => "answer",
            message::Kind::HandOff => "hand-off",
        };
        let (id, session, at) = (message.id, message.session, time(message.created_at));
        line!(text, "\n### {id}: {what} to {session}, {at}, {}\n", message.delivery.label());
        text.push_str(&block("text", body));
    }
}

fn pull_requests(text: &mut String, of: &Everything) {
    if of.pull_requests.is_empty() {
        return;
    }
    line!(text, "\n## Pull requests\n");
    line!(text, "| pull request | title | branch | into | state | since |");
    line!(text, "| --- | --- | --- | --- | --- | --- |");
    for pull_request in &of.pull_requests {
        let PullRequest { title, branch, base, state, state_since, .. } = pull_request;
        let name = match &pull_request.url {
            Some(url) => format!("{} {}", inline(&pull_request.name()), code(url)),
            None => inline(&pull_request.name()),
        };
        let (title, branch, base) = (inline(title), code(branch), code(base));
        line!(text, "| {name} | {title} | {branch} | {base} | {} | {} |", state.label(), time(*state_since));
    }
    for remark in &of.remarks {
        let place = remark.place.as_deref().map(|place| format!(" on {}", code(place))).unwrap_or_default();
        let (id, about, author) = (remark.id, remark.pull_request, inline(&remark.author));
        line!(text, "\n### {id}: {author} about {about}{place}, {}\n", time(remark.created_at));
        text.push_str(&block("text", &remark.text));
    }
}

fn verifications(text: &mut String, of: &[Verification]) {
    if of.is_empty() {
        return;
    }
    line!(text, "\n## Verify\n");
    for verification in of {
        let how = match &verification.state {
            verification::State::Running => "running".to_owned(),
            verification::State::Passed { checkpoint } => format!("passed, kept as {checkpoint}"),
            verification::State::Failed { how } => format!("failed: {}", inline(how)),
            verification::State::Broken { why } => format!("could not be run: {}", inline(why)),
        };
        let (id, session, at) = (verification.id, verification.session, time(verification.created_at));
        let output = verification.artifact.map(|artifact| format!(" (its output: {artifact})")).unwrap_or_default();
        line!(text, "- {at} {id} of {session}: {how}{output}");
    }
}

fn artifacts(text: &mut String, of: &Everything) {
    if of.artifacts.is_empty() {
        return;
    }
    line!(text, "\n## Reports, notes and what else was left");
    for (artifact, body) in &of.artifacts {
        let Artifact { id, session, kind, title, created_at, .. } = artifact;
        line!(text, "\n### {id}: {} of {session}, {}\n", kind.label(), time(*created_at));
        line!(text, "{}\n", inline(title));
        text.push_str(&block(language(*kind), &beginning(body)));
        if body.len() > INLINED {
            line!(text, "\nThat was its beginning; `qd artifacts save {id} FILE` writes all of it.");
        }
    }
}

fn costs(text: &mut String, spending: &Spending) {
    if spending.sessions.is_empty() {
        return;
    }
    line!(text, "\n## What it cost\n");
    line!(text, "| | input | output | cached | requests | cost |");
    line!(text, "| --- | ---: | ---: | ---: | ---: | ---: |");
    shares(text, &spending.agents);
    shares(text, &spending.models);
    shares(text, &spending.sessions);
    let total = Share { of: "all", title: String::new(), total: spending.total };
    shares(text, &[total]);
}

fn shares<Of: ToString>(text: &mut String, shares: &[Share<Of>]) {
    for Share { of, total, .. } in shares {
        let used = total.tokens;
        let (input, output, cached) =
            (tokens(used.input + used.cache_write), tokens(used.output), tokens(used.cache_read));
        let cost = cost(total.cost).replace('~', "\\~").replace('$', "\\$");
        line!(text, "| {} | {input} | {output} | {cached} | {} | {cost} |", inline(&of.to_string()), total.requests);
    }
}

fn timeline(text: &mut String, of: &Everything) {
    if of.events.is_empty() {
        return;
    }
    line!(text, "\n## Timeline\n");
    for event in &of.events {
        let whose = event.session.map(|session: SessionId| format!("{session} ")).unwrap_or_default();
        line!(text, "- {} {whose}{}: {}", time(event.at), event.kind.label(), inline(&event.text));
    }
}

fn is_prompt(kind: message::Kind) -> bool {
    kind == message::Kind::Prompt
}

fn changed(workspace: &Workspace) -> String {
    let figures = |changed: &workspace::Changed| {
        let files = if changed.files == 1 { "file" } else { "files" };
        format!("{} {files}, +{} −{}", changed.files, changed.added, changed.removed)
    };
    workspace.changed.as_ref().map(figures).unwrap_or_default()
}

/// Where a session worked, and what became of that.
fn place(workspace: &Workspace) -> String {
    let Workspace { id, owner, kind, path, .. } = workspace;
    let base = workspace.base.as_ref().map(|base| {
        format!(", from {} at {}", code(&base.reference), code(base.commit.get(..10).unwrap_or(&base.commit)))
    });
    let state = match &workspace.state {
        workspace::State::Removed { proof } => format!("; removed: {}", inline(proof)),
        workspace::State::Left { reason } => format!("; left behind: {}", inline(reason)),
        workspace::State::Planned
        | workspace::State::Ready
        | workspace::State::Removing { .. }
        | workspace::State::Restoring { .. } => String::new(),
    };
    let path = code(&path.display().to_string());
    format!("{id} of {owner}: {} {path}{}{state}", kind.label(), base.unwrap_or_default())
}

fn language(kind: Kind) -> &'static str {
    match kind {
        Kind::Report | Kind::Note | Kind::Review => "markdown",
        Kind::Patch => "diff",
        Kind::Benchmark | Kind::Verify | Kind::Setup => "text",
    }
}

fn beginning(body: &str) -> String {
    let mut end = INLINED.min(body.len());
    while !body.is_char_boundary(end) {
        end -= 1;
    }
    let more = if end < body.len() { "\n…" } else { "" };
    format!("{}{more}", &body[..end])
}

fn took(session: &Session) -> String {
    if !session.state.is_final() {
        return "goes on".into();
    }
    let seconds = session.state_since.since(session.created_at).as_secs();
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        _ => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
    }
}

fn time(at: Timestamp) -> String {
    let at = jiff::Timestamp::from_millisecond(at.0);
    at.map(|at| at.strftime("%Y-%m-%d %H:%M:%S").to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::{Objective, TargetName};

    /// A small story in which everybody tries to break out of their place.
    fn story() -> Everything {
        let minute = |minute: i64| 1_795_000_000_000 + minute * 60_000;
        let row = |value: serde_json::Value| value;
        let objective: Objective = serde_json::from_value(row(json!({
            "id": "o1", "title": "Fix `the` *parser*", "repository": "/home/me/parser", "mode": "plain", "base": null,
            "agents_publish": false, "state": "done", "created_at": minute(0), "archived": true,
        })))
        .expect("an objective");
        let evidence = json!({ "source": "process", "rule": "", "text": "", "at": minute(9) });
        let session = serde_json::from_value(json!({
            "id": "s1", "objective": "o1", "depends_on": [], "role": "worker", "title": "# Fix | it",
            "profile": "claude", "target": TargetName::local(), "workspace_kind": "isolated", "workspace": "w1",
            "state": { "state": "succeeded", "by": "person" }, "state_since": minute(75), "created_at": minute(0),
            "activity": { "doing": "nothing", "since": minute(9), "note": "", "evidence": evidence },
            "report": { "outcome": "done", "summary": "Fixed <b>it</b>", "attempt": "a1", "at": minute(70) },
        }))
        .expect("a session");
        let message = |id: &str, kind: &str, at| {
            serde_json::from_value(json!({
                "id": id, "session": "s1", "kind": kind, "excerpt": "", "bytes": 3,
                "delivery": { "delivery": "taken_up", "attempt": "a1", "evidence": "seen" },
                "delivery_since": at, "created_at": at,
            }))
            .expect("a message")
        };
        let question = serde_json::from_value(json!({
            "id": "q1", "session": "s1", "objective": "o1", "kind": "ask_user", "text": "Which one?\n```\n# Hah",
            "detail": "", "choices": [], "multiple": false, "free_text": true,
            "state": { "state": "answered", "answer": "The left", "at": minute(12), "evidence": "" },
            "created_at": minute(10),
        }))
        .expect("a question");
        let workspace = serde_json::from_value(json!({
            "id": "w1", "objective": "o1", "owner": "s1", "target": TargetName::local(), "kind": "isolated",
            "repository": "/home/me/parser", "path": "/state/w1", "branch": "qd/s1-fix",
            "base": { "reference": "origin/main", "commit": "0123456789012345678901234567890123456789", "note": null },
            "state": { "state": "removed", "proof": "its commits are in origin/main" },
            "changed": { "files": 2, "added": 10, "removed": 3, "uncommitted": 0, "commits": 1, "note": null,
                         "at": minute(70) },
            "overlaps": [], "created_at": minute(0),
        }))
        .expect("a workspace");
        let artifact = |id: &str, kind: &str, title: &str| {
            serde_json::from_value(json!({
                "id": id, "objective": "o1", "session": "s1", "kind": kind, "title": title, "bytes": 5,
                "created_at": minute(70),
            }))
            .expect("an artifact")
        };
        let event = serde_json::from_value(json!({
            "sequence": 1, "at": minute(0), "kind": "objective", "objective": "o1", "session": null,
            "text": "o1 was started: Fix [it](http://example.invalid)",
        }))
        .expect("an event");
        Everything {
            objective,
            sessions: vec![session],
            messages: vec![
                (message("m1", "prompt", minute(0)), "Fix the parser.\n\n````\n## Not a heading\n".into()),
                (message("m2", "steer", minute(20)), "And test it.".into()),
            ],
            questions: vec![question],
            workspaces: vec![workspace],
            artifacts: vec![
                (artifact("f1", "report", "Fixed"), "# Evidence\n\nAll tests pass.".into()),
                (artifact("f2", "patch", "Left over"), "-a\n+b\n".into()),
                (artifact("f3", "benchmark", "Speed"), "x".repeat(INLINED + 1)),
            ],
            pull_requests: Vec::new(),
            remarks: Vec::new(),
            verifications: Vec::new(),
            events: vec![event],
        }
    }

    #[test]
    fn a_report_says_everything_and_nobody_breaks_out_of_their_place() {
        let report = report(&story(), &Spending::default());
        let shown = report.replace(&"x".repeat(INLINED), "xxx");
        insta::assert_snapshot!(shown);
    }
}
