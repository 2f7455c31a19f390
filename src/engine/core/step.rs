//! What one input did: the rows it changed, the effects it wants, the lines it adds to the log.

use super::{CommandResult, Core, Effect};
use crate::domain::{
    ArtifactId, Attempt, AttemptId, Change, CheckpointId, Event, Message, MessageId, ObjectiveId, PullRequest,
    PullRequestId, Question, QuestionId, Refusal, RemarkId, Session, SessionId, Verification, VerificationId,
    Workspace, WorkspaceId, attempt, event, message, question, session, tool::ToolReply,
};

/// What one input did.
#[derive(Debug, Default)]
pub struct Step {
    /// The world's revision after it; 0 when nothing changed.
    pub revision: u64,
    /// Rows, in the order in which they changed; one row may come twice.
    pub changes: Vec<Change>,
    /// The bodies of new messages.
    pub bodies: Vec<(MessageId, String)>,
    /// The bodies of new artifacts.
    pub artifact_bodies: Vec<(ArtifactId, String)>,
    /// What is to be done outside, once the rows are committed.
    pub effects: Vec<Effect>,
    /// The reply to a command.
    pub reply: Option<CommandResult>,
    /// What a tool call comes to.
    pub tool_reply: Option<Result<ToolReply, Refusal>>,
}

macro_rules! next_id {
    ($($name:ident $counter:ident $id:ty;)*) => {$(
        pub(super) fn $name(&mut self) -> $id {
            self.counters.$counter += 1;
            <$id>::from_number(self.counters.$counter).unwrap_or(<$id>::FIRST)
        }
    )*};
}

impl Core {
    next_id! {
        next_objective objective ObjectiveId;
        next_session session SessionId;
        next_attempt attempt AttemptId;
        next_message message MessageId;
        next_question question QuestionId;
        next_artifact artifact ArtifactId;
        next_workspace workspace WorkspaceId;
        next_pull_request pull_request PullRequestId;
        next_remark remark RemarkId;
        next_verification verification VerificationId;
        next_checkpoint checkpoint CheckpointId;
    }

    /// Replaces one row, here and in the step.
    pub(super) fn put(&mut self, change: Change) {
        self.world.apply(change.clone());
        self.step.changes.push(change);
    }

    pub(super) fn put_attempt(&mut self, attempt: Attempt) {
        self.step.effects.extend(Effect::of_attempt(&attempt));
        self.put(Change::Attempt(attempt));
    }

    pub(super) fn put_message(&mut self, message: Message) {
        let id = message.id;
        self.put(Change::Message(message));
        self.step.effects.extend(Effect::of_message(&self.world, id));
    }

    pub(super) fn put_workspace(&mut self, workspace: Workspace) {
        self.step.effects.extend(Effect::of_workspace(&workspace));
        self.put(Change::Workspace(workspace));
    }

    pub(super) fn put_pull_request(&mut self, pull_request: PullRequest) {
        self.step.effects.extend(Effect::of_pull_request(&pull_request));
        self.put(Change::PullRequest(pull_request));
    }

    pub(super) fn put_verification(&mut self, verification: Verification) {
        self.step.effects.extend(Effect::of_verification(&verification));
        self.put(Change::Verification(verification));
    }

    /// Adds a line to the log.
    pub(super) fn log(
        &mut self,
        kind: event::Kind,
        objective: Option<ObjectiveId>,
        session: Option<SessionId>,
        text: impl Into<String>,
    ) {
        self.counters.event += 1;
        let (sequence, at) = (self.counters.event, self.now);
        self.put(Change::Event(Event { sequence, at, kind, objective, session, text: text.into() }));
    }

    /// Adds a line about a session to the log.
    pub(super) fn log_session(&mut self, kind: event::Kind, session: SessionId, text: impl Into<String>) {
        let objective = self.world.sessions.get(&session).map(|session| session.objective);
        self.log(kind, objective, Some(session), text);
    }

    /// Changes a session in place.
    pub(super) fn edit_session(&mut self, id: SessionId, edit: impl FnOnce(&mut Session)) {
        if let Some(mut session) = self.world.sessions.get(&id).cloned() {
            edit(&mut session);
            self.put(Change::Session(session));
        }
    }

    /// Moves a session; an event that its state forbids is logged and changes nothing.
    pub(super) fn move_session(&mut self, id: SessionId, event: session::Event) -> bool {
        let Some(mut session) = self.world.sessions.get(&id).cloned() else { return false };
        match session.state.on(event) {
            Ok(state) if state == session.state => true,
            Ok(state) => {
                session.state = state;
                session.state_since = self.now;
                let text = match self.world.waits_for(&session) {
                    Some(reason) => format!("{id} waits: {reason}"),
                    None => session_line(id, &session.state),
                };
                self.put(Change::Session(session));
                self.log_session(event::Kind::Session, id, text);
                true
            }
            Err(illegal) => {
                self.log_session(event::Kind::Supervisor, id, format!("ignored: {illegal}"));
                false
            }
        }
    }

    /// Moves an attempt; an event that its state forbids changes nothing.
    pub(super) fn move_attempt(&mut self, id: AttemptId, event: attempt::Event) -> bool {
        let Some(mut attempt) = self.world.attempts.get(&id).cloned() else { return false };
        let session = attempt.session;
        match attempt.state.on(event) {
            Ok(state) => {
                let text = match &state {
                    attempt::State::Ended { end } => format!("{id} {end}"),
                    other => format!("{id} is {}", other.label()),
                };
                if state.is_ended() {
                    self.minds.remove(&id);
                    self.settled_calls.retain(|(attempt, _)| *attempt != id);
                }
                attempt.state = state;
                attempt.state_since = self.now;
                self.put_attempt(attempt);
                self.log_session(event::Kind::Attempt, session, text);
                true
            }
            Err(illegal) => {
                self.log_session(event::Kind::Supervisor, session, format!("ignored for {id}: {illegal}"));
                false
            }
        }
    }

    /// Moves a message; an event that its state forbids changes nothing.
    pub(super) fn move_message(&mut self, id: MessageId, event: message::Event) -> bool {
        let Some(mut message) = self.world.messages.get(&id).cloned() else { return false };
        let Ok(delivery) = message.delivery.on(event) else { return false };
        if delivery == message.delivery {
            return true;
        }
        if delivery.is_final() {
            self.pressed.remove(&id);
        }
        let session = message.session;
        let held = matches!(delivery, message::Delivery::Queued { .. })
            && matches!(message.delivery, message::Delivery::Queued { .. });
        let text = message_line(id, &delivery);
        message.delivery = delivery;
        message.delivery_since = self.now;
        self.put_message(message);
        if !held {
            self.log_session(event::Kind::Message, session, text);
        }
        true
    }

    /// Closes an open question.
    pub(super) fn close_question(&mut self, mut question: Question, state: question::State) {
        let (id, session) = (question.id, question.session);
        let text = match &state {
            question::State::Answered { answer, evidence, .. } if evidence.is_empty() => {
                format!("{id} was answered: {answer}")
            }
            question::State::Answered { evidence, .. } => {
                format!("the answer to {id} was taken up: {evidence}")
            }
            question::State::Withdrawn { reason, .. } => format!("{id} was withdrawn: {reason}"),
            question::State::Open | question::State::Answering { .. } => return,
        };
        question.state = state;
        if let Some(call) = question.call.as_ref().filter(|call| call.via == question::Via::Hook) {
            let unended = self.world.attempts.get(&call.attempt).is_some_and(|attempt| !attempt.state.is_ended());
            self.settled_calls.extend(unended.then(|| (call.attempt, call.key.clone())));
        }
        self.put(Change::Question(question));
        self.log_session(event::Kind::Question, session, text);
    }

    /// Withdraws every open question of a session.
    pub(super) fn withdraw_questions(&mut self, session: SessionId, reason: &str) {
        // What is asked about a pull request outlives the session that made it.
        let of_session = |question: &&Question| question.kind != question::Kind::PullRequest;
        let open: Vec<QuestionId> =
            self.world.questions_of(session).filter(of_session).map(|question| question.id).collect();
        for id in open {
            if let Some(question) = self.world.questions.get(&id).cloned() {
                let state = question::State::Withdrawn { reason: reason.into(), at: self.now };
                self.close_question(question, state);
            }
        }
    }
}

fn session_line(id: SessionId, state: &session::State) -> String {
    match state {
        session::State::Queued => format!("{id} is queued"),
        session::State::WaitingCapacity { .. } => format!("{id} waits for a place"),
        session::State::Starting { attempt } => format!("{id} is starting as {attempt}"),
        session::State::Running { attempt } => format!("{id} runs as {attempt}"),
        session::State::WaitingUser { question } => format!("{id} waits for the answer to {question}"),
        session::State::Succeeded { by } => match by {
            session::Completion::Person => format!("{id} is done: you said so"),
            session::Completion::Exit => format!("{id} is done: its program ended with exit code 0"),
            session::Completion::Agent => format!("{id} is done: its agent said so"),
            session::Completion::Marker => format!("{id} is done: its screen says so"),
            session::Completion::Merged => format!("{id} is done: its pull request was merged"),
            session::Completion::Command => format!("{id} is done: the program that its profile names said so"),
        },
        session::State::Failed { cause } => format!("{id} failed: {cause}"),
        session::State::Canceled => format!("{id} is canceled"),
    }
}

fn message_line(id: MessageId, delivery: &message::Delivery) -> String {
    match delivery {
        message::Delivery::Queued { .. } => format!("{id} is queued"),
        message::Delivery::Launching { attempt } => format!("{id} goes out with {attempt}"),
        message::Delivery::Typing { attempt } => format!("{id} is being pasted into {attempt}"),
        message::Delivery::Typed { .. } => format!("{id} was pasted"),
        message::Delivery::Submitted { enters: 0 | 1, .. } => format!("{id} was submitted"),
        message::Delivery::Submitted { enters, .. } => format!("{id} was submitted again, Enter number {enters}"),
        message::Delivery::TakenUp { evidence, .. } => format!("{id} was taken up: {evidence}"),
        message::Delivery::Failed { reason } => format!("{id} was not delivered: {reason}"),
        message::Delivery::Uncertain { question } => format!("{id} may or may not have arrived: {question}"),
    }
}
