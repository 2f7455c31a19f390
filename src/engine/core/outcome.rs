//! An effect has come to an end. What names a stale attempt, or a row that has moved on, changes nothing.

use super::{Core, Outcome, SetupRan};
use crate::domain::{
    Activity, AttemptId, Change, MessageId,
    activity::{Doing, Evidence, Source},
    artifact,
    attempt::{self, End, PaneId},
    event, message, session, workspace,
};

impl Core {
    pub(super) fn outcome(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Replied { attempt, key } => self.replied(attempt, &key),
            Outcome::NotReplied { attempt, key } => self.not_replied(attempt, &key),
            Outcome::Pressed { question } => self.key_pressed(question),
            Outcome::NotPressed { question, reason } => self.key_not_pressed(question, &reason),
            Outcome::Prepared { attempt, path, branch, base, conversation, token_hash, setup } => {
                self.workspace_ready(attempt, path, branch, base);
                self.keep_setup(attempt, setup);
                self.prepared(attempt, conversation, token_hash);
            }
            Outcome::NotSetUp { attempt, error, setup } => {
                self.keep_setup(attempt, Some(setup));
                self.attempt_ended(attempt, End::NeverStarted { error });
            }
            Outcome::NotStarted { attempt, error } => self.attempt_ended(attempt, End::NeverStarted { error }),
            Outcome::LaunchLost { attempt } => self.attempt_ended(attempt, End::Vanished),
            Outcome::Launched { attempt, pane, pid, prompt_in_argv } => {
                self.launched(attempt, pane, pid, prompt_in_argv);
            }
            Outcome::Pasted { message } => {
                self.move_message(message, message::Event::Typed);
            }
            Outcome::NotPasted { message, reason } => self.not_pasted(message, &reason),
            Outcome::Entered { message, at } => {
                self.pressed.insert(message, at);
                self.move_message(message, message::Event::Submitted);
            }
            Outcome::NotEntered { message } => {
                self.enters_refused.insert(message, self.now);
            }
            Outcome::Offered { pull_request, what } => self.offered(pull_request, what),
            Outcome::Verified { verification, what } => self.verified(verification, what),
            Outcome::Examined { session, change } => self.examined(session, change),
            Outcome::Checked { attempt, verdict } => self.checked(attempt, verdict),
            Outcome::Stopped { attempt, survivors } => self.stopped(attempt, survivors),
            Outcome::Reclaimed { workspace, proof } => self.reclaimed(workspace, Ok(proof)),
            Outcome::NotReclaimed { workspace, reason } => self.reclaimed(workspace, Err(reason)),
            Outcome::Restored { workspace, path, branch, note } => self.restored(workspace, path, branch, note),
            Outcome::NotRestored { workspace, reason } => self.not_restored(workspace, &reason),
        }
    }

    fn workspace_ready(
        &mut self,
        attempt: AttemptId,
        path: std::path::PathBuf,
        branch: Option<String>,
        base: Option<workspace::Base>,
    ) {
        let Some(session) = self.world.attempts.get(&attempt).map(|attempt| attempt.session) else { return };
        let Some(id) = self.world.sessions.get(&session).and_then(|session| session.workspace) else { return };
        let Some(mut ready) = self.world.workspaces.get(&id).cloned() else { return };
        if ready.state != workspace::State::Planned {
            return;
        }
        let on = branch.as_deref().map(|branch| format!(" on {branch}")).unwrap_or_default();
        let from = base.as_ref().map(|base| format!(" from {}", base.reference)).unwrap_or_default();
        let note =
            base.as_ref().and_then(|base| base.note.as_deref()).map(|note| format!("; {note}")).unwrap_or_default();
        let text = format!("{id} is ready at {}{on}{from}{note}", path.display());
        ready.path = path;
        ready.branch = branch;
        ready.base = base;
        ready.state = workspace::State::Ready;
        self.put_workspace(ready);
        self.log_session(event::Kind::Workspace, session, text);
    }

    /// Keeps what a setup printed, for the session it was run for.
    fn keep_setup(&mut self, attempt: AttemptId, setup: Option<SetupRan>) {
        let session = self.world.attempts.get(&attempt).map(|attempt| attempt.session);
        let Some((session, SetupRan { title, output })) = session.zip(setup) else { return };
        self.log_session(event::Kind::Workspace, session, format!("the setup of {session} {title}"));
        self.keep_artifact(session, artifact::Kind::Setup, title, output);
    }

    fn prepared(&mut self, id: AttemptId, conversation: Option<String>, token_hash: Option<String>) {
        let Some(mut attempt) = self.world.attempts.get(&id).cloned() else { return };
        if attempt.state != attempt::State::Preparing {
            return;
        }
        if conversation.is_some() || token_hash.is_some() {
            attempt.conversation = conversation.or(attempt.conversation);
            attempt.token_hash = token_hash.or(attempt.token_hash);
            self.put(Change::Attempt(attempt.clone()));
        }
        self.move_attempt(id, attempt::Event::Prepared);
    }

    fn launched(&mut self, id: AttemptId, pane: PaneId, pid: u32, prompt_in_argv: bool) {
        let Some(attempt) = self.world.attempts.get(&id).cloned() else { return };
        if attempt.state.is_ended() || matches!(attempt.state, attempt::State::Live { .. }) {
            return;
        }
        if !self.move_attempt(id, attempt::Event::Launched { pane, pid }) {
            return;
        }
        let current = self.world.sessions.get(&attempt.session).and_then(|session| session.state.attempt());
        if current != Some(id) {
            return;
        }
        self.move_session(attempt.session, session::Event::Launched);
        let evidence = Evidence {
            source: Source::Process,
            rule: "its program was started and has not shown yet that it takes input".into(),
            text: format!("process {pid}"),
            at: self.now,
        };
        let activity = Activity { doing: Doing::Starting, since: self.now, note: String::new(), until: None, evidence };
        self.edit_session(attempt.session, |session| session.activity = activity);
        let with_it = self
            .world
            .messages_of(attempt.session)
            .find(|message| matches!(message.delivery, message::Delivery::Launching { attempt } if attempt == id))
            .map(|message| message.id);
        if let Some(message) = with_it {
            let event = if prompt_in_argv { message::Event::Submitted } else { message::Event::Requeue };
            self.move_message(message, event);
        }
        self.review(id);
    }

    fn not_pasted(&mut self, id: MessageId, reason: &str) {
        let Some(session) = self.world.messages.get(&id).map(|message| message.session) else { return };
        let typing = self
            .world
            .messages
            .get(&id)
            .is_some_and(|message| matches!(message.delivery, message::Delivery::Typing { .. }));
        if typing && self.move_message(id, message::Event::Requeue) {
            self.log_session(event::Kind::Message, session, format!("{id} could not be pasted yet: {reason}"));
        }
    }

    fn stopped(&mut self, id: AttemptId, survivors: Vec<attempt::Survivor>) {
        let stopping = self
            .world
            .attempts
            .get(&id)
            .is_some_and(|attempt| matches!(attempt.state, attempt::State::Stopping { .. }));
        if stopping {
            self.attempt_ended(id, End::Stopped { survivors });
        }
    }
}
