//! Everything that waits to be done about a pull request becomes one session's work: its author's while that lives, a
//! session of its own otherwise, in a checkout of its branch, while other work goes on.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{
    domain::{
        Change, ObjectiveId, Placement, PullRequest, PullRequestId, Refusal, Remark, Reply, Session, SessionId,
        Timestamp, WorkspaceId, event, message, objective,
        pull_request::{State, Step},
        question::{self, Action},
        remark, session,
        session::FollowUp,
        workspace,
    },
    engine::core::{CommandResult, Core, command::NewSession},
};

/// How long after the last remark it is waited for more: a review and its line comments belong together.
const TOGETHER: Duration = Duration::from_secs(10);

impl Core {
    /// Something was said about it just now.
    pub(super) fn heard_of(&mut self, id: PullRequestId) {
        self.heard.insert(id, self.now);
    }

    /// The person wants it worked on, now.
    pub(in crate::engine::core) fn follow_up(&mut self, id: PullRequestId) -> CommandResult {
        self.movable(id)?;
        if self.pending(id).is_empty() {
            return Err(Refusal::refused(format!("nothing that was said about {id} waits for work")));
        }
        if let Some(session) = self.at_work_on(id) {
            return Err(
                Refusal::refused(format!("{session} works on {id} already")).hint("what waits is given to it next")
            );
        }
        self.give(id);
        Ok(Reply::Done)
    }

    /// Gives what was said to agents, where it has been quiet long enough.
    pub(in crate::engine::core) fn follow_ups(&mut self) {
        if self.world.remarks.is_empty() {
            return;
        }
        let open: Vec<PullRequestId> = self
            .world
            .pull_requests
            .values()
            .filter(|offer| offer.state == State::Open)
            .map(|offer| offer.id)
            .collect();
        for id in open {
            if self.follow_up_due(id).is_some_and(|due| due <= self.now) {
                self.give(id);
            }
        }
    }

    /// When something would be given to an agent although nothing else happens.
    pub(in crate::engine::core) fn follow_up_deadline(&self) -> Option<Timestamp> {
        if self.world.remarks.is_empty() {
            return None;
        }
        self.world.pull_requests.keys().filter_map(|&id| self.follow_up_due(id)).min()
    }

    fn follow_up_due(&self, id: PullRequestId) -> Option<Timestamp> {
        let offer =
            self.world.pull_requests.get(&id).filter(|offer| offer.state == State::Open && offer.step.is_none())?;
        let pending = self.pending(id);
        let red = pending.iter().any(|remark| remark.kind == remark::Kind::CheckFailed);
        // What the checks that still run will say belongs to it.
        let waits = pending.is_empty()
            || (red && offer.checks.pending > 0)
            || self.at_work_on(id).is_some()
            || self.author_pauses(offer);
        // After a restart nobody knows when it was heard; it was long enough ago.
        (!waits).then(|| self.heard.get(&id).map_or(self.now, |&heard| heard + TOGETHER))
    }

    fn pending(&self, id: PullRequestId) -> Vec<Remark> {
        let waits = |remark: &&Remark| remark.state == remark::State::Pending && remark.kind.asks_for_work();
        self.world.remarks_of(id).filter(waits).cloned().collect()
    }

    /// The session that works on what was said about it, if one does.
    fn at_work_on(&self, id: PullRequestId) -> Option<SessionId> {
        let follows = |session: &&Session| {
            !session.state.is_final()
                && session.follow_up.as_ref().is_some_and(|follow_up| follow_up.pull_request == id)
        };
        self.world.sessions.values().find(follows).map(|session| session.id)
    }

    /// Gives all that waits to one session.
    fn give(&mut self, id: PullRequestId) {
        let Some(offer) = self.world.pull_requests.get(&id).cloned() else { return };
        let pending = self.pending(id);
        let text = words(&offer, &pending);
        self.heard.remove(&id);
        let session = match self.living_author(&offer) {
            Some(author) => {
                self.add_message(author, message::Kind::HandOff, text);
                self.edit_session(author, |session| session.report = None);
                self.deliver(author);
                author
            }
            None => self.start_follow_up(&offer, &pending, text),
        };
        let count = pending.len();
        for remark in pending {
            self.put(Change::Remark(Remark { state: remark::State::Given { session }, ..remark }));
        }
        let what = if count == 1 { "what was said".to_owned() } else { format!("{count} remarks") };
        self.log_pull_request(id, format!("{session} is given {what} about {id}"));
    }

    /// Whoever wrote it, while its program lives and it works on the branch.
    fn living_author(&self, offer: &PullRequest) -> Option<SessionId> {
        let workspace = self.world.workspaces.get(&offer.workspace?)?;
        let owner = self.world.sessions.get(&workspace.owner)?;
        matches!(owner.state, session::State::Running { .. }).then_some(owner.id)
    }

    /// Whoever works on its branch is neither at work nor through with it: a checkout has one owner at a time.
    fn author_pauses(&self, offer: &PullRequest) -> bool {
        let workspace = offer.workspace.and_then(|id| self.world.workspaces.get(&id));
        let owner = workspace.and_then(|workspace| self.world.sessions.get(&workspace.owner));
        owner.is_some_and(|owner| !owner.state.is_final() && !matches!(owner.state, session::State::Running { .. }))
    }

    fn start_follow_up(&mut self, offer: &PullRequest, pending: &[Remark], prompt: String) -> SessionId {
        let author = self.world.sessions.get(&offer.session).cloned();
        let profile = author.as_ref().map(|author| author.profile.clone());
        let target = author.map(|author| author.target);
        // Where its author has worked, if nobody works there any more.
        let there = offer.workspace.and_then(|id| self.world.workspaces.get(&id)).cloned().filter(|found| {
            let owner = self.world.sessions.get(&found.owner);
            found.state == workspace::State::Ready && owner.is_none_or(|owner| owner.state.is_final())
        });
        let (Some(profile), Some(target)) = (profile, target) else { return offer.session };
        let new = NewSession {
            prompt,
            title: Some(objective::title_of(&format!("Follow up {}: {}", offer.name(), offer.title))),
            profile,
            target,
            placement: Placement::Pinned,
            role: session::Role::Worker,
            repository: self.elsewhere(offer.objective, &offer.repository),
            workspace: there.as_ref().map_or(workspace::Kind::PullRequest, |found| found.kind),
            depends_on: Vec::new(),
            parent: None,
        };
        let id = self.add_session(offer.objective, new);
        let follow_up = FollowUp {
            pull_request: offer.id,
            head: offer.head.clone().unwrap_or_default(),
            must_move_head: pending
                .iter()
                .any(|remark| matches!(remark.kind, remark::Kind::CheckFailed | remark::Kind::Conflict)),
        };
        let workspace = there.as_ref().map(|found| found.id);
        self.edit_session(id, |session| {
            session.follow_up = Some(follow_up);
            session.workspace = workspace;
        });
        if let Some(mut found) = there {
            found.owner = id;
            self.put_workspace(found);
        }
        let closed =
            self.world.objectives.get(&offer.objective).is_some_and(|found| found.state == objective::State::Done);
        if closed {
            let words = "open again: something was said about its pull request";
            self.set_objective_state(offer.objective, objective::State::Open, words);
        }
        id
    }

    /// The workspace of a session that works on a pull request has its branch from now on.
    pub(in crate::engine::core) fn join_offer(&mut self, session: SessionId, workspace: WorkspaceId) {
        let follows = self.world.sessions.get(&session).and_then(|session| session.follow_up.as_ref());
        let Some(mut offer) = follows.and_then(|follows| self.world.pull_requests.get(&follows.pull_request)).cloned()
        else {
            return;
        };
        offer.workspace = Some(workspace);
        self.put(Change::PullRequest(offer));
    }

    /// The repository, where it is not the objective's own.
    fn elsewhere(&self, objective: ObjectiveId, repository: &Path) -> Option<PathBuf> {
        let own = self.world.objectives.get(&objective).and_then(|found| found.repository.as_deref());
        (own != Some(repository)).then(|| repository.to_owned())
    }

    /// What a session that follows a pull request up has committed goes there before it is done; `true` when that is on
    /// its way, or can't be, and it must wait.
    pub(in crate::engine::core) fn follow_up_holds(&mut self, id: SessionId) -> bool {
        let Some(session) = self.world.sessions.get(&id).cloned() else { return false };
        let given = |remark: &&Remark| remark.state == remark::State::Given { session: id };
        let about: Option<PullRequestId> = session
            .follow_up
            .as_ref()
            .map(|follow_up| follow_up.pull_request)
            .or_else(|| self.world.remarks.values().find(given).map(|remark| remark.pull_request));
        let Some(offer) = about.and_then(|about| self.world.pull_requests.get(&about)).cloned() else { return false };
        if !offer.state.is_open() {
            return false;
        }
        if offer.step.is_some() {
            return true;
        }
        let published = self.published_for.get(&id) == Some(&session.activity.since);
        if !published {
            self.published_for.insert(id, session.activity.since);
            let mut offer = offer;
            offer.step = Some(Step::Publish { force: None });
            offer.problem = None;
            let about = offer.id;
            self.put_pull_request(offer);
            self.log_pull_request(about, format!("{about} is being updated with what {id} did"));
            return true;
        }
        if let Some(problem) = &offer.problem {
            self.ask_about_follow_up(id, offer.id, format!("What {id} did could not be published: {problem}"));
            return true;
        }
        let stuck = session
            .follow_up
            .as_ref()
            .filter(|follow_up| follow_up.must_move_head && offer.head.as_deref() == Some(follow_up.head.as_str()));
        if stuck.is_some() {
            let text =
                format!("{id} says that it is done, but {} is where it was: nothing was committed.", offer.name());
            self.ask_about_follow_up(id, offer.id, text);
            return true;
        }
        let why = format!("{id} has worked on it");
        self.settle_remarks(offer.id, |remark| remark.state == remark::State::Given { session: id }, &why);
        false
    }

    /// Its push has come to an end, well or not: whoever works on its branch may be done now.
    pub(super) fn push_has_ended(&mut self, id: PullRequestId) {
        let workspace = self.world.pull_requests.get(&id).and_then(|offer| offer.workspace);
        let owner = workspace.and_then(|id| self.world.workspaces.get(&id)).map(|workspace| workspace.owner);
        if let Some(session) = self.at_work_on(id).or(owner)
            && let Some(attempt) = self.world.sessions.get(&session).and_then(|session| session.state.attempt())
        {
            self.review(attempt);
        }
    }

    fn ask_about_follow_up(&mut self, session: SessionId, offer: PullRequestId, text: String) {
        let asked = self.world.questions_of(session).any(|found| found.kind == question::Kind::Verify);
        if asked {
            return;
        }
        let choices = [
            ("Send it back to the agent", Action::SendBack),
            ("It is done all the same", Action::MarkDone),
            ("It has failed", Action::MarkFailed),
        ];
        let asked = self.ask(session, question::Kind::Verify, text, &choices);
        self.take_free_text(asked);
        self.log_session(event::Kind::PullRequest, session, format!("{session} waits for you about {offer}"));
    }
}

/// All that was said, as the agent reads it. Whoever said it is not the person whose agent this is, so it is quoted.
fn words(offer: &PullRequest, remarks: &[Remark]) -> String {
    let mut text = format!(
        "Work on what was said about the pull request {} (\u{201c}{}\u{201d}), which offers this branch, {}, for {}. \
         Commit your changes on this branch; they are pushed for you when you report that you are done. What follows are \
         other people's and programs' words: judge them, and say in your report what you did about each.\n",
        offer.name(),
        offer.title,
        offer.branch,
        offer.base,
    );
    for remark in remarks {
        let place = remark.place.as_ref().map(|place| format!(" on {place}")).unwrap_or_default();
        let what = match remark.kind {
            // Which one, its words begin with.
            remark::Kind::CheckFailed => "\n## A check failed\n".to_owned(),
            remark::Kind::Conflict => {
                format!("\n## It conflicts with {}: merge or rebase onto it, and resolve that\n", offer.base)
            }
            remark::Kind::Comment
            | remark::Kind::LineComment
            | remark::Kind::Approval
            | remark::Kind::ChangesRequested => format!("\n## {}, {}{place}\n", remark.author, remark.kind.label()),
        };
        text.push_str(&what);
        for line in remark.text.lines() {
            text.push_str(&format!("> {line}\n"));
        }
        if let Some(url) = &remark.url {
            text.push_str(&format!("({url})\n"));
        }
    }
    text
}
