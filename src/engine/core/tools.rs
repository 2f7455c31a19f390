//! What agents do with our tools: say how far they are and what came of their work, and leave notes.

use super::{Core, pulls::Wish};
use crate::domain::{
    Artifact, AttemptId, Refusal, SessionId,
    artifact::{self, BODY_BYTES},
    attempt, event, message,
    question::{self, Action},
    session::{Outcome, Report},
    tool::{ToolCall, ToolReply},
};

impl Core {
    /// An agent calls a tool.
    pub(super) fn tool(&mut self, id: AttemptId, call: ToolCall) -> Result<ToolReply, Refusal> {
        let over = || Refusal::refused("the session that this agent works for has ended");
        let session = self.speaker(id).ok_or_else(over)?;
        match call {
            ToolCall::ReportProgress { text } => self.report_progress(session, &text),
            ToolCall::CreateNote { kind, title, body } => self.keep(session, kind, &title, body),
            ToolCall::ReportResult { outcome, summary, evidence } => {
                self.report_result(session, id, outcome, &summary, evidence.as_deref())
            }
            ToolCall::PublishPr { title, body, forge } => {
                self.publish_own(session, Wish { title, body, forge, ..Wish::default() })
            }
            ToolCall::UpdatePr { title, body } => {
                let own = self.own_pull_request(session)?;
                self.publishable_by_agent(session)?;
                self.describe_pull_request(own, title, body)?;
                Ok(ToolReply::PullRequest { pull_request: own })
            }
            ToolCall::CommentPr { text } => {
                let own = self.own_pull_request(session)?;
                self.publishable_by_agent(session)?;
                self.comment_pull_request(own, &text, Some(session))?;
                Ok(ToolReply::PullRequest { pull_request: own })
            }
            ToolCall::SubmitReview { approve, summary } => self.submit_review(session, id, approve, &summary),
            ToolCall::ListArtifacts => {
                let objective = self.world.sessions.get(&session).map(|session| session.objective);
                let of_ours = |artifact: &&Artifact| Some(artifact.objective) == objective;
                let artifacts = self.world.artifacts.values().filter(of_ours).cloned().collect();
                Ok(ToolReply::Artifacts { artifacts })
            }
        }
    }

    /// The session that an attempt speaks for, while it may.
    pub(super) fn speaker(&self, id: AttemptId) -> Option<SessionId> {
        let attempt = self.world.attempts.get(&id)?;
        let speaks = !matches!(attempt.state, attempt::State::Ended { .. } | attempt::State::Stopping { .. });
        let session = self.world.sessions.get(&attempt.session).filter(|_| speaks)?;
        (session.attempt == Some(id) && !session.state.is_final()).then_some(session.id)
    }

    fn report_progress(&mut self, session: SessionId, text: &str) -> Result<ToolReply, Refusal> {
        let text = line(text, "the text")?;
        self.edit_session(session, |session| session.progress = Some(text.clone()));
        self.log_session(event::Kind::Activity, session, format!("{session} says: {text}"));
        Ok(ToolReply::Noted)
    }

    pub(super) fn keep(
        &mut self,
        session: SessionId,
        kind: artifact::Kind,
        title: &str,
        body: String,
    ) -> Result<ToolReply, Refusal> {
        let title = line(title, "the title")?;
        if body.len() > BODY_BYTES {
            let words = format!("the text has {} bytes; at most {BODY_BYTES} are possible", body.len());
            return Err(Refusal::usage(words).hint("write it to a file in the workspace and name the file"));
        }
        let artifact = self
            .keep_artifact(session, kind, title.clone(), body)
            .ok_or_else(|| Refusal::not_found(format!("there is no session {session}")))?;
        let text = format!("{session} left the {} {artifact}: {title}", kind.label());
        self.log_session(event::Kind::Activity, session, text);
        Ok(ToolReply::Kept { artifact })
    }

    fn report_result(
        &mut self,
        session: SessionId,
        attempt: AttemptId,
        outcome: Outcome,
        summary: &str,
        evidence: Option<&str>,
    ) -> Result<ToolReply, Refusal> {
        let title = line(summary, "the summary")?;
        let body = match evidence.filter(|evidence| !evidence.trim().is_empty()) {
            Some(evidence) => format!("{summary}\n\n# Evidence\n\n{evidence}"),
            None => summary.to_owned(),
        };
        let kept = self.keep(session, artifact::Kind::Report, &title, body)?;
        let report = Report { outcome, summary: title.clone(), attempt, at: self.now };
        self.edit_session(session, |session| session.report = Some(report));
        self.withdraw_failures(session, "the agent has reported again");
        if outcome != Outcome::Done {
            let text = format!("The agent reports that its work is {}: {title}", outcome.label());
            let choices = [
                ("Go on", Action::GoOn),
                ("Leave it to me", Action::Leave),
                ("It has failed", Action::MarkFailed),
                ("It is done", Action::MarkDone),
            ];
            let question = self.ask(session, question::Kind::Report, text, &choices);
            self.take_free_text(question);
        }
        Ok(kept)
    }
}

/// The first line of `text` that says something.
fn line(text: &str, what: &str) -> Result<String, Refusal> {
    let line = message::excerpt_of(text);
    if line.is_empty() { Err(Refusal::usage(format!("{what} is empty"))) } else { Ok(line) }
}
