//! The supervisor itself runs the commands that say whether work is good: when the agent says that it is done, and when
//! the person wants it. Green is kept as a checkpoint; red goes back to the agent a set number of times, then to the
//! person.

use super::{CommandResult, Core, Verified, VerifiedAs};
use crate::domain::{
    Artifact, Change, Checkpoint, Refusal, Reply, Session, SessionId, Verification, VerificationId, Workspace,
    artifact, event, message, pull_request,
    question::{self, Action},
    verification::{Cause, State},
    workspace,
};

/// How much of what a command printed goes back to the agent, in bytes: its end says what failed.
const TAIL: usize = 6 << 10;

impl Core {
    pub(super) fn verify(&mut self, id: SessionId) -> CommandResult {
        let session = self.known_session(id)?;
        let workspace = self
            .workspace_there(session)
            .ok_or_else(|| Refusal::refused(format!("{id} has no workspace, so there is nothing to verify")))?;
        if !self.has_commands(workspace) {
            return Err(Refusal::refused("nobody has said which commands verify this repository")
                .hint("write them into repositories.toml: verify = [[\"cargo\", \"test\"]]"));
        }
        if let Some(running) = self.world.verifications_of(id).find(|found| !found.state.is_ended()) {
            return Err(Refusal::refused(format!("{} runs already", running.id)));
        }
        let verification = self.begin_verification(id, Cause::Person, 0);
        Ok(Reply::Verifying { verification })
    }

    /// A session's workspace, while it is there.
    pub(super) fn workspace_there(&self, session: &Session) -> Option<&Workspace> {
        let found = self.world.workspaces.get(&session.workspace?)?;
        (found.state == workspace::State::Ready && found.kind != workspace::Kind::Scratch).then_some(found)
    }

    pub(super) fn has_commands(&self, workspace: &Workspace) -> bool {
        self.repository_of(workspace).is_some_and(|repository| !repository.verify.commands.is_empty())
    }

    pub(super) fn begin_verification(&mut self, session: SessionId, cause: Cause, round: u32) -> VerificationId {
        let id = self.next_verification();
        let found = &self.world.sessions[&session];
        let (objective, workspace) = (found.objective, found.workspace);
        let Some(workspace) = workspace else { return id };
        self.put_verification(Verification {
            id,
            objective,
            session,
            workspace,
            cause,
            round,
            state: State::Running,
            commit: None,
            head: None,
            artifact: None,
            created_at: self.now,
            ended_at: None,
        });
        self.log_session(
            event::Kind::Workspace,
            session,
            format!("{id} verifies the work of {session} in {workspace}"),
        );
        self.verify_offers(workspace);
        id
    }

    pub(super) fn verified(&mut self, id: VerificationId, what: Verified) {
        let Some(mut verification) = self.world.verifications.get(&id).cloned() else { return };
        if verification.state.is_ended() {
            return;
        }
        let (session, workspace) = (verification.session, verification.workspace);
        verification.commit.clone_from(&what.commit);
        verification.head.clone_from(&what.head);
        verification.ended_at = Some(self.now);
        verification.artifact = Some(self.keep_output(&verification, &what));
        verification.state = match &what.result {
            VerifiedAs::Passed => match what.commit {
                Some(commit) => State::Passed { checkpoint: self.keep_checkpoint(&verification, commit) },
                None => State::Broken { why: "the files as they were verified could not be kept".into() },
            },
            VerifiedAs::Failed { how } => State::Failed { how: how.clone() },
            VerifiedAs::Broken { why } => State::Broken { why: why.clone() },
        };
        let text = match &verification.state {
            State::Running => return,
            State::Passed { checkpoint } => format!("{id}: the work of {session} is verified, kept as {checkpoint}"),
            State::Failed { how } => format!("{id}: the work of {session} is not good: {how}"),
            State::Broken { why } => format!("{id}: the work of {session} could not be verified: {why}"),
        };
        let ended = verification.clone();
        self.put_verification(verification);
        self.log_session(event::Kind::Workspace, session, text);
        self.verify_offers(workspace);
        let over = self.world.sessions.get(&session).is_none_or(|session| session.state.is_final());
        if ended.cause == Cause::Done && !over {
            self.heed(&ended, &what.output);
        }
        self.think_again(session);
    }

    /// What the result means for a session that has said that it is done.
    fn heed(&mut self, ended: &Verification, output: &str) {
        let session = ended.session;
        let why = match &ended.state {
            State::Running | State::Passed { .. } => return,
            State::Failed { how } => how.clone(),
            State::Broken { why } => {
                return self.ask_about_verification(ended, format!("It could not be verified: {why}"));
            }
        };
        let workspace = self.world.workspaces.get(&ended.workspace);
        let retries = workspace.and_then(|found| self.repository_of(found)).map_or(0, |found| found.verify.retries);
        let runs = self.world.sessions.get(&session).is_some_and(|session| session.state.attempt().is_some());
        if ended.round <= retries && runs {
            self.send_back(session, &why, output);
            let left = retries - ended.round;
            let text = format!("{}: that goes back to {session}, {left} more times if it must", ended.id);
            self.log_session(event::Kind::Message, session, text);
        } else {
            self.ask_about_verification(ended, format!("It says that it is done, and its work is not good: {why}"));
        }
    }

    /// Tells the agent what is wrong with work that it called done.
    pub(super) fn send_back(&mut self, session: SessionId, why: &str, output: &str) {
        let mut from = output.len().saturating_sub(TAIL);
        while !output.is_char_boundary(from) {
            from += 1;
        }
        let mut text = format!("Your work is not done yet: {why}. Mend that, then report your result again.");
        if !output.trim().is_empty() {
            text.push_str("\n\nThe end of what was printed:\n");
            text.extend(output[from..].lines().map(|line| format!("    {line}\n")));
        }
        self.edit_session(session, |session| session.report = None);
        self.add_message(session, message::Kind::HandOff, text);
        self.deliver(session);
    }

    fn ask_about_verification(&mut self, ended: &Verification, text: String) {
        let choices = [
            ("Send it back to the agent", Action::SendBack),
            ("Verify it again", Action::VerifyAgain),
            ("It is done all the same", Action::MarkDone),
            ("It has failed", Action::MarkFailed),
        ];
        let asked = self.ask(ended.session, question::Kind::Verify, text, &choices);
        self.take_free_text(asked);
    }

    /// The person wants it tried once more, so that the count starts anew.
    pub(super) fn verify_again(&mut self, session: SessionId) {
        if self.world.sessions.get(&session).is_some_and(|found| self.workspace_there(found).is_some()) {
            self.begin_verification(session, Cause::Done, 1);
        }
    }

    /// Sends back what the newest verification or review said, with the person's own words if they have any.
    pub(super) fn send_back_again(&mut self, session: SessionId, words: Option<String>) {
        let newest = self.world.verifications_of(session).next_back().map(|found| found.state.clone());
        let why = match (words, newest) {
            (Some(words), _) => words,
            (None, Some(State::Failed { how })) => how,
            (None, Some(State::Broken { why })) => why,
            (None, _) => "the person is not satisfied with it".into(),
        };
        self.send_back(session, &why, "");
    }

    fn keep_output(&mut self, verification: &Verification, what: &Verified) -> crate::domain::ArtifactId {
        let id = self.next_artifact();
        let body = artifact::bounded(what.output.clone());
        self.put(Change::Artifact(Artifact {
            id,
            objective: verification.objective,
            session: verification.session,
            kind: artifact::Kind::Verify,
            title: what.title.clone(),
            bytes: body.len(),
            created_at: self.now,
        }));
        self.step.artifact_bodies.push((id, body));
        id
    }

    fn keep_checkpoint(&mut self, verification: &Verification, commit: String) -> crate::domain::CheckpointId {
        let id = self.next_checkpoint();
        self.put(Change::Checkpoint(Checkpoint {
            id,
            objective: verification.objective,
            session: verification.session,
            workspace: verification.workspace,
            commit,
            reason: format!("verified by {}", verification.id),
            created_at: self.now,
        }));
        id
    }

    /// Nobody waits for it any more.
    pub(super) fn stop_verifying(&mut self, session: SessionId) {
        let runs = |found: &&Verification| !found.state.is_ended();
        let running: Vec<_> = self.world.verifications_of(session).filter(runs).cloned().collect();
        for found in running {
            let why = "its session has ended".to_owned();
            self.put_verification(Verification { state: State::Broken { why }, ended_at: Some(self.now), ..found });
        }
    }

    fn verify_offers(&mut self, workspace: crate::domain::WorkspaceId) {
        let of_it = |offer: &&pull_request::PullRequest| offer.workspace == Some(workspace);
        let offers: Vec<_> = self.world.pull_requests.values().filter(of_it).map(|offer| offer.id).collect();
        for offer in offers {
            self.verify_offer(offer);
        }
    }

    /// What a session waited for has come: is its work done?
    pub(super) fn think_again(&mut self, session: SessionId) {
        if let Some(attempt) = self.world.sessions.get(&session).and_then(|session| session.state.attempt()) {
            self.review(attempt);
        }
    }
}
