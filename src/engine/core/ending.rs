//! How sessions end: by the person's word, by their program's exit, or because something they need has ended.

use super::{CommandResult, Core, Effect};
use crate::domain::{
    AttemptId, Change, MessageId, ObjectiveId, QuestionId, Refusal, Reply, SessionId,
    attempt::{self, End},
    event, message,
    message::Delivery,
    objective,
    question::{self, Action, Choice, Question},
    session::{self, Completion},
};

impl Core {
    pub(super) fn cancel_session(&mut self, id: SessionId) -> CommandResult {
        let session = self.known_session(id)?;
        match session.state {
            // Asking twice is no mistake: the first word still holds.
            session::State::Canceled => return Ok(Reply::Done),
            session::State::Succeeded { .. } | session::State::Failed { .. } => {
                return Err(Refusal::refused(format!("{id} has ended already: {}", session.state.label())));
            }
            _ => {}
        }
        self.give_up(id);
        Ok(Reply::Done)
    }

    /// Cancels a session, its children and what depends on it.
    fn give_up(&mut self, id: SessionId) {
        if self.world.sessions.get(&id).is_none_or(|session| session.state.is_final()) {
            return;
        }
        if self.move_session(id, session::Event::Cancel) {
            self.after_the_end(id);
        }
    }

    pub(super) fn cancel_objective(&mut self, id: ObjectiveId) -> CommandResult {
        self.known_objective(id)?;
        let sessions: Vec<SessionId> = self.world.sessions_of(id).map(|session| session.id).collect();
        for session in sessions {
            self.give_up(session);
        }
        self.set_objective_state(id, objective::State::Canceled, "canceled");
        Ok(Reply::Done)
    }

    pub(super) fn done_session(&mut self, id: SessionId) -> CommandResult {
        let session = self.known_session(id)?;
        if matches!(session.state, session::State::Succeeded { .. }) {
            return Ok(Reply::Done);
        }
        if let Err(illegal) = session.state.on(session::Event::Succeed(Completion::Person)) {
            return Err(Refusal::refused(format!("{id}: {illegal}")).hint("only work that was begun can be done"));
        }
        self.succeed(id, Completion::Person);
        Ok(Reply::Done)
    }

    pub(super) fn succeed(&mut self, id: SessionId, by: Completion) {
        if self.move_session(id, session::Event::Succeed(by)) {
            self.after_the_end(id);
        }
    }

    pub(super) fn fail(&mut self, id: SessionId, cause: String) {
        if self.move_session(id, session::Event::Fail(cause)) {
            self.after_the_end(id);
        }
    }

    pub(super) fn done_objective(&mut self, id: ObjectiveId, regardless: bool) -> CommandResult {
        let found = self.known_objective(id)?;
        if found.state == objective::State::Canceled {
            return Err(Refusal::refused(format!("{id} is canceled")));
        }
        let open = self.open_offers(id);
        if !regardless && !open.is_empty() {
            return Err(Refusal::refused(format!("{id} has open pull requests: {}", open.join(", ")))
                .hint("merge or close them first, or say that it is done all the same: --regardless"));
        }
        let sessions: Vec<_> = self.world.sessions_of(id).map(|session| (session.id, session.state.clone())).collect();
        for (session, state) in sessions {
            if state.on(session::Event::Succeed(Completion::Person)).is_ok() {
                self.succeed(session, Completion::Person);
            } else {
                self.give_up(session);
            }
        }
        self.set_objective_state(id, objective::State::Done, "done: you said so");
        Ok(Reply::Done)
    }

    pub(super) fn set_objective_state(&mut self, id: ObjectiveId, state: objective::State, words: &str) {
        let Some(mut objective) = self.world.objectives.get(&id).cloned() else { return };
        if objective.state != state {
            objective.state = state;
            self.put(Change::Objective(objective));
            self.log(event::Kind::Objective, Some(id), None, format!("{id} is {words}"));
        }
    }

    /// What follows when a session has become final.
    fn after_the_end(&mut self, id: SessionId) {
        let Some(session) = self.world.sessions.get(&id).cloned() else { return };
        let activity = self.nothing_runs(&format!("the session is {}", session.state.label()));
        self.edit_session(id, |session| {
            session.activity = activity;
            session.person_typing_since = None;
        });
        self.withdraw_questions(id, &format!("{id} is {}", session.state.label()));
        self.drop_messages(id, &format!("{id} is {}", session.state.label()));
        for attempt in self.unended_attempts(id) {
            if !matches!(self.world.attempts[&attempt].state, attempt::State::Stopping { .. }) {
                self.move_attempt(attempt, attempt::Event::Stop);
                self.say_that_it_waits(attempt);
            }
        }
        self.step.effects.extend(Effect::of_ended_session(&self.world, id));
        self.reviewer_ended(id);
        self.stop_verifying(id);
        self.reclaim_merged();
        if !matches!(session.state, session::State::Succeeded { .. }) {
            for follower in self.followers(id) {
                self.give_up(follower);
            }
        }
        self.close_objective(session.objective);
    }

    /// Nobody can end what runs on a host that is away: it is ended as soon as that is back.
    fn say_that_it_waits(&mut self, attempt: AttemptId) {
        let Some(found) = self.world.attempts.get(&attempt) else { return };
        let (session, target) = (found.session, found.target.clone());
        if !self.world.is_reached(&target) {
            let text = format!("{attempt} is ended as soon as {target} is back; until then it may go on there");
            self.log_session(event::Kind::Attempt, session, text);
        }
    }

    fn unended_attempts(&self, id: SessionId) -> Vec<AttemptId> {
        let unended = |attempt: &&attempt::Attempt| attempt.session == id && !attempt.state.is_ended();
        self.world.attempts.values().filter(unended).map(|attempt| attempt.id).collect()
    }

    fn followers(&self, id: SessionId) -> Vec<SessionId> {
        let follows = |session: &&session::Session| session.parent == Some(id) || session.depends_on.contains(&id);
        self.world.sessions.values().filter(follows).map(|session| session.id).collect()
    }

    fn drop_messages(&mut self, id: SessionId, reason: &str) {
        let open: Vec<MessageId> = self
            .world
            .messages_of(id)
            .filter(|message| !message.delivery.is_final())
            .map(|message| message.id)
            .collect();
        for message in open {
            self.move_message(message, message::Event::Fail(reason.to_owned()));
        }
    }

    /// An objective whose sessions have all ended, the newest with success, and of which no pull request is open, is done.
    pub(super) fn close_objective(&mut self, id: ObjectiveId) {
        let mut newest = None;
        if self.objective_waits(id) {
            return;
        }
        for session in self.world.sessions_of(id).filter(|session| session.role != session::Role::Reviewer) {
            if !session.state.is_final() {
                return;
            }
            newest = Some(matches!(session.state, session::State::Succeeded { .. }));
        }
        let open = self.world.objectives.get(&id).is_some_and(|objective| objective.state == objective::State::Open);
        if open && newest == Some(true) {
            self.set_objective_state(
                id,
                objective::State::Done,
                "done: all its sessions have ended, the newest with success",
            );
        }
    }

    /// An attempt is over. What that means for its session depends on how, and on who may say that work is done.
    pub(super) fn attempt_ended(&mut self, id: AttemptId, end: End) {
        let Some(attempt) = self.world.attempts.get(&id).cloned() else { return };
        if !self.move_attempt(id, attempt::Event::End(end.clone())) {
            return;
        }
        self.forget_asks(id);
        self.reclaim_merged();
        let Some(session) = self.world.sessions.get(&attempt.session).cloned() else { return };
        if session.state.attempt() != Some(id) {
            return;
        }
        let activity = self.nothing_runs(&format!("{id} {end}"));
        self.edit_session(session.id, |session| {
            session.activity = activity;
            session.person_typing_since = None;
        });
        let by_exit = self.rules_of(&session.profile).completes_by_exit;
        match end {
            End::Exited { code: 0 } if by_exit => self.succeed(session.id, Completion::Exit),
            End::Exited { .. } | End::Signaled { .. } if by_exit => self.fail(session.id, format!("its program {end}")),
            End::Exited { .. } | End::Signaled { .. } | End::Stopped { .. } => {
                self.park(
                    session.id,
                    question::Kind::Ended,
                    format!("The agent's program {end}, and nobody has said that the work is done."),
                );
            }
            End::Vanished => {
                let text = "The agent's pane is gone: its tmux server or its machine went down.".to_owned();
                self.park(session.id, question::Kind::Vanished, text);
            }
            End::NeverStarted { error } => {
                self.park(session.id, question::Kind::NotStarted, format!("It could not be started: {error}"));
            }
        }
        self.doubt_messages(session.id, id);
    }

    /// Nothing runs, and only the person can decide what comes next.
    fn park(&mut self, id: SessionId, kind: question::Kind, text: String) {
        let prompt_waits = self.world.messages_of(id).any(|message| {
            message.kind == message::Kind::Prompt
                && matches!(message.delivery, Delivery::Queued { .. } | Delivery::Launching { .. })
        });
        let go_on = match kind {
            question::Kind::NotStarted => ("Try again", Action::Resume),
            _ if prompt_waits => ("Start it again", Action::Resume),
            _ => ("Resume the conversation", Action::Resume),
        };
        let mut choices = vec![go_on];
        if kind != question::Kind::NotStarted {
            choices.push(("It is done", Action::MarkDone));
        }
        choices.push(("It has failed", Action::MarkFailed));
        let question = self.ask(id, kind, text, &choices);
        self.move_session(id, session::Event::Park(question));
    }

    pub(super) fn ask(
        &mut self,
        session: SessionId,
        kind: question::Kind,
        text: String,
        choices: &[(&str, Action)],
    ) -> QuestionId {
        let id = self.next_question();
        let objective = self.world.sessions[&session].objective;
        let choices = choices
            .iter()
            .map(|(label, action)| Choice { label: (*label).to_owned(), description: String::new(), action: *action })
            .collect();
        self.log_session(event::Kind::Question, session, format!("{id} was asked: {text}"));
        self.put(Change::Question(Question {
            id,
            objective,
            session,
            kind,
            text,
            detail: String::new(),
            choices,
            multiple: false,
            free_text: false,
            call: None,
            state: question::State::Open,
            created_at: self.now,
        }));
        id
    }

    /// The attempt that these messages were on their way to is over.
    fn doubt_messages(&mut self, session: SessionId, ended: AttemptId) {
        let never_ran = matches!(
            self.world.attempts.get(&ended).map(|attempt| &attempt.state),
            Some(attempt::State::Ended { end: End::NeverStarted { .. } })
        );
        let on_their_way: Vec<_> = self
            .world
            .messages_of(session)
            .filter(|message| !message.delivery.is_final() && message.delivery.attempt() == Some(ended))
            .cloned()
            .collect();
        for message in on_their_way {
            if never_ran {
                self.move_message(message.id, message::Event::Requeue);
                continue;
            }
            let id = message.id;
            let text = format!(
                "The agent ended before it was seen to take up {id}: \u{201c}{}\u{201d}. It may or may not have read it.",
                message.excerpt
            );
            let choices = [("Send it again", Action::SendAgain(id)), ("Leave it", Action::DropMessage(id))];
            let question = self.ask(session, question::Kind::Delivery, text, &choices);
            self.move_message(id, message::Event::Doubt(question));
        }
    }
}
