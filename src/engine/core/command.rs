//! What a person asks for: checked first, then done whole, so that a refusal has changed nothing.

use std::path::PathBuf;

use super::{CommandResult, Core, Resolved, pulls::Wish, targets};
use crate::domain::{
    Activity, Change, Command, Message, MessageId, Objective, ObjectiveId, Placement, ProfileName, Refusal, Reply,
    Session, SessionId, Target, TargetName,
    activity::{Doing, Evidence, Source},
    event, message, objective, session, workspace,
};

/// What a new session is made from.
pub(super) struct NewSession {
    pub(super) prompt: String,
    pub(super) title: Option<String>,
    pub(super) profile: ProfileName,
    pub(super) target: TargetName,
    pub(super) placement: Placement,
    pub(super) role: session::Role,
    pub(super) repository: Option<PathBuf>,
    pub(super) workspace: workspace::Kind,
    pub(super) depends_on: Vec<SessionId>,
    pub(super) parent: Option<SessionId>,
}

impl Core {
    pub(super) fn command(&mut self, resolved: Resolved) -> CommandResult {
        match resolved.command {
            Command::NewObjective { .. } => self.new_objective(resolved),
            Command::NewSession { .. } => self.new_session(resolved),
            Command::Send { session, text } => self.send(session, &text),
            Command::Interrupt { session } => self.interrupt(session),
            Command::CancelSession { session } => self.cancel_session(session),
            Command::CancelObjective { objective } => self.cancel_objective(objective),
            Command::DoneSession { session } => self.done_session(session),
            Command::DoneObjective { objective, regardless } => self.done_objective(objective, regardless),
            Command::SetObjective { objective, agents_publish } => self.set_objective(objective, agents_publish),
            Command::PublishPullRequest { session, title, body, base, forge, force } => {
                self.publish_pull_request(session, Wish { title, body, base, forge, force })
            }
            Command::DescribePullRequest { pull_request, title, body } => {
                self.describe_pull_request(pull_request, title, body)
            }
            Command::CommentPullRequest { pull_request, text } => self.comment_pull_request(pull_request, &text, None),
            Command::MergePullRequest { pull_request, method, move_checkout, regardless } => {
                self.merge_pull_request(pull_request, method, move_checkout, regardless)
            }
            Command::ClosePullRequest { pull_request } => self.close_pull_request(pull_request),
            Command::FollowUp { pull_request } => self.follow_up(pull_request),
            Command::SettleRemark { remark, why } => self.settle_remark(remark, why),
            Command::Verify { session } => self.verify(session),
            Command::Overrule { session, reason } => self.overrule(session, &reason),
            Command::Resume { session } => self.resume(session),
            Command::Answer { question, choices, text } => self.answer(question, &choices, text),
            Command::Reclaim { workspace, reason } => self.reclaim(workspace, reason),
            Command::ReclaimUnused { workspaces } => self.reclaim_unused(&workspaces),
            Command::Restore { workspace, to } => self.restore(workspace, to, resolved.removed),
            Command::Looked { workspace, .. } => self.looked(workspace),
            Command::Checkpoint { workspace, reason } => self.checkpoint_by_hand(workspace, reason, resolved.kept),
            Command::Rollback { checkpoint } => self.rolled_back(checkpoint, resolved.kept),
            Command::RenameSession { session, title } => self.rename_session(session, &title),
            Command::RenameObjective { objective, title } => self.rename_objective(objective, &title),
            Command::Archive { objective } => self.archive(objective),
            Command::SetTarget { target, open, capacity } => self.set_target(&target, open, capacity),
            Command::AddTarget { target, place, capacity, labels } => self.add_target(target, place, capacity, labels),
            Command::EditTarget { target, address, work_root, bootstrap, capacity, labels } => {
                self.edit_target(&target, targets::Edit { address, work_root, bootstrap, capacity, labels })
            }
            Command::RemoveTarget { target, reason } => self.remove_target(&target, reason),
            // Whoever can look at it hears of it beside us.
            Command::CheckTarget { target } => self.known_target(&target).map(|_| Reply::Done),
        }
    }

    pub(super) fn known_session(&self, id: SessionId) -> Result<&Session, Refusal> {
        self.world.sessions.get(&id).ok_or_else(|| {
            Refusal::not_found(format!("there is no session {id}")).hint("`qd ps` lists the sessions there are")
        })
    }

    pub(super) fn known_objective(&self, id: ObjectiveId) -> Result<&Objective, Refusal> {
        self.world.objectives.get(&id).ok_or_else(|| {
            Refusal::not_found(format!("there is no objective {id}")).hint("`qd ls` lists the objectives there are")
        })
    }

    fn new_objective(&mut self, resolved: Resolved) -> CommandResult {
        let Command::NewObjective { prompt, title, repository, agent, target, labels, mode, workspace, base } =
            resolved.command
        else {
            unreachable!("the caller matched the command")
        };
        let prompt = checked_text(&prompt, "the prompt")?;
        if mode == objective::Mode::Manager {
            return Err(Refusal::refused(
                "an objective with a manager needs the agents' own tools, which this version does not have",
            )
            .hint("start it as a plain session: leave --manager away"));
        }
        let kind = workspace_kind(workspace, resolved.in_repository)?;
        if base.is_some() && kind != workspace::Kind::Isolated {
            return Err(Refusal::usage(format!("a base makes no sense in a {} workspace", kind.label())));
        }
        let written = self.settings.repositories.iter().find(|written| Some(&written.folder) == repository.as_ref());
        let written = written.and_then(|repository| repository.target.clone());
        let (target, placement) = self.place(target, labels, kind, written)?;
        let profile = agent.or(resolved.default_agent).ok_or_else(no_agent)?;
        let title = match title {
            Some(title) => checked_title(&title)?,
            None => objective::title_of(&prompt),
        };
        let id = self.next_objective();
        self.put(Change::Objective(Objective {
            id,
            title: title.clone(),
            repository,
            mode,
            base,
            agents_publish: false,
            state: objective::State::Open,
            created_at: self.now,
            archived: false,
        }));
        self.log(event::Kind::Objective, Some(id), None, format!("{id} was started: {title}"));
        let new = NewSession {
            prompt,
            title: Some(title),
            profile,
            target,
            placement,
            role: session::Role::Worker,
            repository: None,
            workspace: kind,
            depends_on: Vec::new(),
            parent: None,
        };
        let session = self.add_session(id, new);
        Ok(Reply::Created { objective: id, session })
    }

    fn new_session(&mut self, resolved: Resolved) -> CommandResult {
        let Command::NewSession {
            objective,
            prompt,
            title,
            agent,
            target,
            labels,
            role,
            repository,
            workspace,
            depends_on,
            parent,
        } = resolved.command
        else {
            unreachable!("the caller matched the command")
        };
        let prompt = checked_text(&prompt, "the prompt")?;
        let found = self.known_objective(objective)?;
        if found.state == objective::State::Canceled {
            return Err(Refusal::refused(format!("{objective} is canceled")).hint("start a new objective"));
        }
        let repository = repository.filter(|other| found.repository.as_ref() != Some(other));
        let in_repository = repository.is_some() || found.repository.is_some();
        let newest = self.world.sessions_of(objective).last().cloned();
        for id in depends_on.iter().chain(&parent) {
            if self.known_session(*id)?.objective != objective {
                return Err(Refusal::usage(format!("{id} belongs to another objective than {objective}")));
            }
        }
        if let Some(ended) = depends_on.iter().find(|id| {
            let state = &self.world.sessions[id].state;
            state.is_final() && !matches!(state, session::State::Succeeded { .. })
        }) {
            return Err(Refusal::refused(format!(
                "{ended} has ended without success, so what depends on it can't start"
            )));
        }
        let profile = agent
            .or_else(|| newest.as_ref().map(|session| session.profile.clone()))
            .or(resolved.default_agent)
            .ok_or_else(no_agent)?;
        let as_before = newest.as_ref().map(|session| session.workspace_kind);
        // Whoever names a repository wants to work in it.
        let as_before = as_before.filter(|kind| repository.is_none() || *kind != workspace::Kind::Scratch);
        let kind = workspace.or(as_before);
        let workspace = workspace_kind(kind, in_repository)?;
        let (target, placement) = match &newest {
            Some(newest) if target.is_none() && labels.is_empty() => {
                let (target, labels) = match newest.placement.clone() {
                    Placement::Pinned => (Some(newest.target.clone()), Vec::new()),
                    Placement::Labels { labels } => (None, labels),
                    Placement::Anywhere => (None, Vec::new()),
                };
                // A folder of the person's is here, wherever the others work.
                let target = target.filter(|_| workspace != workspace::Kind::Shared);
                self.place(target, labels, workspace, None)?
            }
            Some(_) | None => self.place(target, labels, workspace, None)?,
        };
        let title = title.map(|title| checked_title(&title)).transpose()?;
        let repository = repository.filter(|_| workspace != workspace::Kind::Scratch);
        let new =
            NewSession { prompt, title, profile, target, placement, role, repository, workspace, depends_on, parent };
        let session = self.add_session(objective, new);
        if self.world.objectives[&objective].state == objective::State::Done {
            self.set_objective_state(objective, objective::State::Open, "open again: it has a new session");
        }
        Ok(Reply::Created { objective, session })
    }

    pub(super) fn add_session(&mut self, objective: ObjectiveId, new: NewSession) -> SessionId {
        let id = self.next_session();
        let title = new.title.unwrap_or_else(|| objective::title_of(&new.prompt));
        let text = format!("{id} was created for {}: {title}", new.profile);
        self.put(Change::Session(Session {
            id,
            objective,
            parent: new.parent,
            depends_on: new.depends_on,
            role: new.role,
            title,
            profile: new.profile,
            target: new.target,
            placement: new.placement,
            repository: new.repository,
            workspace_kind: new.workspace,
            workspace: None,
            base: None,
            follow_up: None,
            state: session::State::Queued,
            state_since: self.now,
            attempt: None,
            progress: None,
            report: None,
            activity: self.nothing_runs("it has not started yet"),
            person_typing_since: None,
            created_at: self.now,
        }));
        self.log(event::Kind::Session, Some(objective), Some(id), text);
        self.add_message(id, message::Kind::Prompt, new.prompt);
        id
    }

    pub(super) fn add_message(&mut self, session: SessionId, kind: message::Kind, body: String) -> MessageId {
        let id = self.next_message();
        self.put_message(Message {
            id,
            session,
            kind,
            excerpt: message::excerpt_of(&body),
            bytes: body.len(),
            delivery: message::Delivery::Queued { hold: None },
            delivery_since: self.now,
            created_at: self.now,
        });
        self.step.bodies.push((id, body));
        id
    }

    /// The activity of a session without a program.
    pub(super) fn nothing_runs(&self, why: &str) -> Activity {
        let evidence = Evidence {
            source: Source::Supervisor,
            rule: "no attempt of it lives".into(),
            text: why.into(),
            at: self.now,
        };
        Activity { doing: Doing::Nothing, since: self.now, note: String::new(), until: None, evidence }
    }

    fn send(&mut self, id: SessionId, text: &str) -> CommandResult {
        let text = checked_text(text, "the message")?;
        let session = self.known_session(id)?;
        if session.state.is_final() {
            return Err(Refusal::refused(format!("{id} has ended ({}) and takes no messages", session.state.label()))
                .hint(format!("start another session in {}", session.objective)));
        }
        let message = self.add_message(id, message::Kind::Steer, text);
        self.log_session(event::Kind::Message, id, format!("{message} was sent to {id}"));
        self.deliver(id);
        let delivery = self.world.messages[&message].delivery.clone();
        Ok(Reply::Accepted { message, delivery })
    }

    fn interrupt(&mut self, id: SessionId) -> CommandResult {
        self.known_session(id)?;
        let pane = self.world.attempt_of(id).and_then(|attempt| match &attempt.state {
            crate::domain::attempt::State::Live { pane, .. } => Some((attempt.id, pane.clone())),
            _ => None,
        });
        let Some((attempt, pane)) = pane else {
            return Err(Refusal::refused(format!("{id} does not run, so there is nothing to interrupt")));
        };
        let target = &self.world.sessions[&id].target;
        if let Some(trouble) = self.world.targets.get(target).and_then(Target::trouble) {
            return Err(Refusal::refused(format!("{id} can't be interrupted now: {target} {trouble}"))
                .hint(format!("a message waits until it is back: `qd send {id} …`")));
        }
        // The keys that interrupt work open other things when there is none.
        if self.world.sessions[&id].activity.doing == Doing::YourTurn {
            return Err(Refusal::refused(format!(
                "{id} waits for your next message, so there is nothing to interrupt"
            )));
        }
        self.step.effects.push(super::Effect::Interrupt { attempt, pane });
        self.log_session(event::Kind::Session, id, format!("{id} is interrupted on your word"));
        Ok(Reply::Done)
    }

    fn rename_session(&mut self, id: SessionId, title: &str) -> CommandResult {
        let title = checked_title(title)?;
        self.known_session(id)?;
        self.edit_session(id, |session| session.title.clone_from(&title));
        self.log_session(event::Kind::Session, id, format!("{id} is now called {title}"));
        Ok(Reply::Done)
    }

    fn rename_objective(&mut self, id: ObjectiveId, title: &str) -> CommandResult {
        let title = checked_title(title)?;
        let mut renamed = self.known_objective(id)?.clone();
        renamed.title.clone_from(&title);
        self.put(Change::Objective(renamed));
        self.log(event::Kind::Objective, Some(id), None, format!("{id} is now called {title}"));
        Ok(Reply::Done)
    }

    fn archive(&mut self, id: ObjectiveId) -> CommandResult {
        let mut archived = self.known_objective(id)?.clone();
        let busy = |session: &&Session| {
            !session.state.is_final()
                || self.world.attempt_of(session.id).is_some_and(|attempt| !attempt.state.is_ended())
        };
        if let Some(session) = self.world.sessions_of(id).find(busy) {
            return Err(Refusal::refused(format!("{} of {id} has not ended", session.id))
                .hint(format!("end it first: `qd done {id}` or `qd cancel {id}`")));
        }
        archived.archived = true;
        self.log(event::Kind::Objective, Some(id), None, format!("{id} was put away"));
        self.put(Change::Objective(archived));
        Ok(Reply::Done)
    }
}

fn no_agent() -> Refusal {
    Refusal::refused("no agent was named and none can be used on this machine")
        .hint("`qd agents` says which are known, which were found and how to get them")
}

fn workspace_kind(asked: Option<workspace::Kind>, in_repository: bool) -> Result<workspace::Kind, Refusal> {
    match (asked, in_repository) {
        (Some(workspace::Kind::PullRequest), _) => {
            Err(Refusal::usage("a checkout of a pull request is made by quarterdeck itself, for what is said about it"))
        }
        (Some(workspace::Kind::Isolated | workspace::Kind::Shared), false) => {
            Err(Refusal::usage("this kind of workspace needs a repository").hint("name one with --repo"))
        }
        (Some(kind), _) => Ok(kind),
        (None, true) => Ok(workspace::Kind::Isolated),
        (None, false) => Ok(workspace::Kind::Scratch),
    }
}

/// Text for an agent: neither empty nor too large, without the control characters that a terminal would obey.
pub(super) fn checked_text(text: &str, what: &str) -> Result<String, Refusal> {
    if text.len() > message::BODY_BYTES {
        return Err(Refusal::usage(format!(
            "{what} has {} bytes; at most {} are possible",
            text.len(),
            message::BODY_BYTES
        ))
        .hint("put it into a file and name the file"));
    }
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let text: String = text.chars().filter(|&c| !c.is_control() || c == '\n' || c == '\t').collect();
    let text = text.trim_end_matches('\n');
    if text.trim().is_empty() {
        return Err(Refusal::usage(format!("{what} is empty")));
    }
    Ok(text.to_owned())
}

pub(super) fn checked_title(title: &str) -> Result<String, Refusal> {
    if title.trim().is_empty() {
        return Err(Refusal::usage("the text is empty"));
    }
    Ok(objective::title_of(title))
}
