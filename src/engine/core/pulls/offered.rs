//! What came of a pull request's step, and what follows when one is merged or closed.

use crate::{
    domain::{
        Change, PullRequest, PullRequestId, Session, SessionId, Workspace, attempt, event, objective,
        pull_request::{self, Aside, Forge, Mergeable, State},
        question::{self, Action},
        remark,
        session::{self, Completion},
        verification, workspace,
    },
    engine::core::{Core, Offered},
};

impl Core {
    pub(in crate::engine::core) fn offered(&mut self, id: PullRequestId, what: Offered) {
        let Some(mut offer) = self.world.pull_requests.get(&id).cloned() else { return };
        if offer.step.take().is_none() {
            return;
        }
        match what {
            Offered::Published { number, url, head, note } => {
                let moved = offer.head.as_deref() != Some(head.as_str());
                offer.number = number.or(offer.number);
                offer.url = url.or(offer.url);
                offer.head = Some(head);
                offer.aside = offer.aside.filter(|_| !moved);
                offer.seen_at = Some(self.now);
                if moved {
                    offer.checks = pull_request::Checks::default();
                    offer.mergeable = Mergeable::Unknown;
                }
                let place = offer.url.clone().unwrap_or_else(|| format!("{} into {}", offer.branch, offer.base));
                let note = note.map(|note| format!("; {note}")).unwrap_or_default();
                let also = also(id, &offer.name());
                self.put_pull_request(offer);
                self.turn_pull_request(id, pull_request::Event::Opened);
                self.log_pull_request(id, format!("{id}{also} is published: {place}{note}"));
                self.withdraw_about(id, "it is published again");
                if moved {
                    self.head_moved(id);
                }
                self.verify_what_is_offered(id);
                self.reopen_objective(id);
                self.push_has_ended(id);
            }
            Offered::Described | Offered::Commented => {
                self.put_pull_request(offer);
            }
            Offered::Merged { commit, note } => {
                self.put_pull_request(offer);
                self.turn_pull_request(id, pull_request::Event::Merged(commit));
                if let Some(note) = note {
                    self.log_pull_request(id, format!("{id}: {note}"));
                }
            }
            Offered::Aside { branch, commit, how } => {
                offer.aside = Some(Aside { branch, commit });
                offer.problem = Some(how.clone());
                self.put_pull_request(offer);
                self.log_pull_request(id, format!("{id} is merged on a branch of its own: {how}"));
            }
            Offered::Closed => {
                self.put_pull_request(offer);
                self.closed_by_person(id);
            }
            Offered::Is(state) => {
                offer.problem = Some(format!("it turned out to be {}, so nothing was done", state.label()));
                self.put_pull_request(offer);
                self.stands(id, state);
                self.push_has_ended(id);
            }
            Offered::Not { why, conflicts } => {
                if !conflicts.is_empty() {
                    offer.mergeable = Mergeable::Conflicts { files: conflicts };
                }
                offer.problem = Some(why.clone());
                self.put_pull_request(offer);
                self.log_pull_request(id, format!("{id}: nothing was done: {why}"));
                self.push_has_ended(id);
            }
        }
    }

    /// What is offered here is verified, unless it is already.
    fn verify_what_is_offered(&mut self, id: PullRequestId) {
        self.verify_offer(id);
        let Some(offer) = self.world.pull_requests.get(&id) else { return };
        let workspace = offer.workspace.and_then(|id| self.world.workspaces.get(&id));
        let Some(workspace) = workspace.filter(|found| offer.forge == Forge::Local && self.has_commands(found)) else {
            return;
        };
        if offer.checks.is_empty() {
            self.begin_verification(workspace.owner, verification::Cause::Person, 0);
        }
    }

    /// An objective with an open pull request is not done.
    fn reopen_objective(&mut self, id: PullRequestId) {
        let Some(objective) = self.world.pull_requests.get(&id).map(|offer| offer.objective) else { return };
        if self.world.objectives.get(&objective).is_some_and(|found| found.state == objective::State::Done) {
            self.set_objective_state(objective, objective::State::Open, &format!("open again: {id} is open"));
        }
    }

    /// It stands like this on its forge, whoever did it.
    pub(super) fn stands(&mut self, id: PullRequestId, state: State) {
        let Some(known) = self.world.pull_requests.get(&id).map(|offer| offer.state.clone()) else { return };
        match state {
            State::Draft => {}
            State::Open if known != State::Open => {
                self.turn_pull_request(id, pull_request::Event::Opened);
                self.withdraw_about(id, "it is open again");
            }
            State::Open => {}
            State::Merged { commit } => self.turn_pull_request(id, pull_request::Event::Merged(commit)),
            State::Closed if known == State::Closed => {}
            State::Closed => {
                self.turn_pull_request(id, pull_request::Event::Closed);
                self.ask_about_closed(id);
            }
        }
    }

    /// Moves a pull request; an event that its state forbids changes nothing.
    fn turn_pull_request(&mut self, id: PullRequestId, event: pull_request::Event) {
        let Some(mut offer) = self.world.pull_requests.get(&id).cloned() else { return };
        let Ok(state) = offer.state.on(event) else { return };
        if state == offer.state {
            return;
        }
        let (was_merged, name) = (matches!(offer.state, State::Merged { .. }), offer.name());
        let text = match &state {
            State::Merged { commit: Some(commit) } => {
                let also = also(id, &name);
                format!("{id}{also} is merged into {} as {}", offer.base, &commit[..commit.len().min(12)])
            }
            other => format!("{id}{} is {}", also(id, &name), other.label()),
        };
        let merged = matches!(state, State::Merged { .. });
        offer.state = state;
        offer.state_since = self.now;
        if merged {
            offer.problem = None;
            offer.aside = None;
        }
        self.put_pull_request(offer);
        self.log_pull_request(id, text);
        if merged && !was_merged {
            self.base_moved(id);
            self.wrap_up(id);
        }
    }

    /// Whether the other local ones for the same base could still be merged is to be found out anew.
    fn base_moved(&mut self, merged: PullRequestId) {
        let Some(offer) = self.world.pull_requests.get(&merged).cloned() else { return };
        let beside = |other: &&PullRequest| {
            other.id != merged
                && other.forge == Forge::Local
                && other.state == State::Open
                && (&other.repository, &other.base) == (&offer.repository, &offer.base)
        };
        let others: Vec<PullRequest> = self.world.pull_requests.values().filter(beside).cloned().collect();
        for other in others {
            self.put_pull_request(PullRequest { mergeable: Mergeable::Unknown, ..other });
        }
    }

    pub(super) fn closed_by_person(&mut self, id: PullRequestId) {
        self.turn_pull_request(id, pull_request::Event::Closed);
        self.settle_remarks(id, |_| true, "it was closed");
        self.close_done_objective(id);
    }

    /// Somebody else closed it: what becomes of the work, only the person knows.
    fn ask_about_closed(&mut self, id: PullRequestId) {
        let Some(offer) = self.world.pull_requests.get(&id).cloned() else { return };
        self.settle_remarks(id, |_| true, "it was closed");
        let text = format!("{} (\u{201c}{}\u{201d}) was closed without being merged.", offer.name(), offer.title);
        let choices = [("Offer it again", Action::PublishAgain(id)), ("Leave it closed", Action::Leave)];
        self.ask(offer.session, question::Kind::PullRequest, text, &choices);
    }

    /// Withdraws what was asked about a pull request.
    fn withdraw_about(&mut self, id: PullRequestId, reason: &str) {
        let about = |found: &&question::Question| {
            found.kind == question::Kind::PullRequest
                && found.choices.iter().any(|choice| choice.action == Action::PublishAgain(id))
        };
        let open: Vec<_> = self.world.questions.values().filter(about).cloned().collect();
        for found in open {
            let state = question::State::Withdrawn { reason: reason.into(), at: self.now };
            self.close_question(found, state);
        }
    }

    /// It is merged: its sessions are done, nothing more comes of what was said, and its workspace may go.
    fn wrap_up(&mut self, id: PullRequestId) {
        self.withdraw_about(id, "it is merged");
        self.settle_remarks(id, |_| true, "it is merged");
        let Some(offer) = self.world.pull_requests.get(&id).cloned() else { return };
        let of_it = |session: &&Session| {
            session.id == offer.session
                || session.follow_up.as_ref().is_some_and(|follow_up| follow_up.pull_request == id)
        };
        let sessions: Vec<SessionId> = self.world.sessions.values().filter(of_it).map(|session| session.id).collect();
        for session in sessions {
            let may = |session: &Session| session.state.on(session::Event::Succeed(Completion::Merged)).is_ok();
            match self.world.sessions.get(&session) {
                Some(found) if may(found) => self.succeed(session, Completion::Merged),
                Some(found) if !found.state.is_final() => drop(self.cancel_session(session)),
                Some(_) | None => {}
            }
        }
        self.reclaim_merged();
        self.close_done_objective(id);
    }

    /// Offers the workspaces of merged pull requests for removal, once nobody works there. Whether something would be lost
    /// with one is proven where it is removed; one that stays is not tried again.
    pub(in crate::engine::core) fn reclaim_merged(&mut self) {
        let merged = |offer: &&PullRequest| matches!(offer.state, State::Merged { .. }) && offer.workspace.is_some();
        let merged: Vec<PullRequest> = self.world.pull_requests.values().filter(merged).cloned().collect();
        for mut offer in merged {
            let Some(found) = offer.workspace.and_then(|id| self.world.workspaces.get(&id)).cloned() else { continue };
            if found.state != workspace::State::Ready || self.is_used(&found) {
                continue;
            }
            offer.workspace = None;
            self.put_pull_request(offer);
            self.put_workspace(Workspace { state: workspace::State::Removing { reason: None }, ..found });
        }
    }

    /// Somebody works there, or may yet.
    fn is_used(&self, workspace: &Workspace) -> bool {
        let works = |session: &Session| session.workspace == Some(workspace.id) && !session.state.is_final();
        let lives = |attempt: &attempt::Attempt| {
            let session = self.world.sessions.get(&attempt.session);
            !attempt.state.is_ended() && session.is_some_and(|session| session.workspace == Some(workspace.id))
        };
        self.world.sessions.values().any(works) || self.world.attempts.values().any(lives)
    }

    /// The objective may have waited for this one.
    fn close_done_objective(&mut self, id: PullRequestId) {
        if let Some(objective) = self.world.pull_requests.get(&id).map(|offer| offer.objective) {
            self.close_objective(objective);
        }
    }

    /// Some of an objective's pull requests are open, or about to be.
    pub(in crate::engine::core) fn open_offers(&self, objective: crate::domain::ObjectiveId) -> Vec<String> {
        let open = self.world.pull_requests_of(objective).filter(|offer| offer.state.is_open());
        open.map(PullRequest::name).collect()
    }

    /// What a local pull request's checks say is what the newest verification of its work says, if that saw exactly what
    /// is offered.
    pub(in crate::engine::core) fn verify_offer(&mut self, id: PullRequestId) {
        let Some(mut offer) = self.world.pull_requests.get(&id).cloned() else { return };
        if offer.forge != Forge::Local || !offer.state.is_open() {
            return;
        }
        let of_it = |found: &&verification::Verification| Some(found.workspace) == offer.workspace;
        let newest = self.world.verifications.values().rfind(of_it);
        let none = pull_request::Checks::default;
        let checks = match newest.map(|newest| (&newest.state, newest.head == offer.head)) {
            Some((verification::State::Running, _)) => pull_request::Checks { pending: 1, ..none() },
            Some((verification::State::Passed { .. }, true)) => pull_request::Checks { passed: 1, ..none() },
            Some((verification::State::Failed { how }, true)) => {
                pull_request::Checks { failed: vec![how.clone()], ..none() }
            }
            Some(_) | None => none(),
        };
        if checks != offer.checks {
            offer.checks = checks;
            self.put_pull_request(offer);
        }
    }

    pub(super) fn settle_remarks(&mut self, id: PullRequestId, which: impl Fn(&remark::Remark) -> bool, why: &str) {
        let open = |found: &&remark::Remark| !found.state.is_settled() && which(found);
        let open: Vec<_> = self.world.remarks_of(id).filter(open).cloned().collect();
        for found in open {
            self.put(Change::Remark(remark::Remark { state: remark::State::Settled { why: why.into() }, ..found }));
        }
    }

    /// An objective can't be done while its pull requests are open, unless the person says so.
    pub(in crate::engine::core) fn objective_waits(&self, id: crate::domain::ObjectiveId) -> bool {
        let open = self.world.objectives.get(&id).is_some_and(|found| found.state == objective::State::Open);
        open && !self.open_offers(id).is_empty()
    }

    pub(in crate::engine::core) fn publish_again(&mut self, id: PullRequestId) -> Result<(), crate::domain::Refusal> {
        let Some(owner) = self.world.pull_requests.get(&id).map(|offer| offer.session) else { return Ok(()) };
        let workspace = self.world.pull_requests.get(&id).and_then(|offer| offer.workspace);
        let owner = workspace.and_then(|id| self.world.workspaces.get(&id)).map_or(owner, |workspace| workspace.owner);
        self.publish_pull_request(owner, super::offering::Wish::default())?;
        self.log_session(event::Kind::PullRequest, owner, format!("{id} is offered again on your word"));
        Ok(())
    }
}

/// What else a pull request is called: ` (#12)`.
fn also(id: PullRequestId, name: &str) -> String {
    if name == id.to_string() { String::new() } else { format!(" ({name})") }
}
