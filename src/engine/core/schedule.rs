//! Who starts next: the oldest session that waits, where a place is free.

use std::collections::BTreeMap;

use super::Core;
use crate::domain::{
    Attempt, Change, Placement, Session, SessionId, Target, TargetName, Workspace, attempt, message,
    session::{self, Scope, State},
    workspace,
};

impl Core {
    pub(super) fn schedule(&mut self) {
        let waiting: Vec<SessionId> = self
            .world
            .sessions
            .values()
            .filter(|session| matches!(session.state, State::Queued | State::WaitingCapacity { .. }))
            .map(|session| session.id)
            .collect();
        if waiting.is_empty() {
            return;
        }
        let mut taken = Places::of(self);
        // Ids count up, so this is the order in which they were created.
        for id in waiting {
            self.schedule_one(id, &mut taken);
        }
    }

    fn schedule_one(&mut self, id: SessionId, taken: &mut Places) {
        let session = &self.world.sessions[&id];
        let ready = session.depends_on.iter().all(|other| {
            self.world.sessions.get(other).is_none_or(|other| matches!(other.state, State::Succeeded { .. }))
        });
        if !ready {
            return;
        }
        match taken.place_for(self, session) {
            Ok(name) => {
                taken.take(&name);
                self.edit_session(id, |session| session.target = name);
                self.start(id);
            }
            Err(scope) if session.state == (State::WaitingCapacity { scope }) => {}
            Err(scope) => {
                self.move_session(id, session::Event::NoCapacity(scope));
            }
        }
    }

    fn start(&mut self, id: SessionId) {
        let attempt_id = self.next_attempt();
        let session = self.world.sessions[&id].clone();
        let earlier = self.world.attempt_of(id).cloned();
        let prompt = self
            .world
            .messages_of(id)
            .find(|message| {
                message.kind == message::Kind::Prompt && matches!(message.delivery, message::Delivery::Queued { .. })
            })
            .map(|message| message.id);
        // A first prompt that still waits means a new conversation; otherwise the old one goes on.
        let resumes = prompt.is_none() && earlier.is_some();
        let conversation = earlier.filter(|_| resumes).and_then(|earlier| earlier.conversation);
        if !self.move_session(id, session::Event::Start(attempt_id)) {
            return;
        }
        let workspace = session.workspace.unwrap_or_else(|| self.plan_workspace(id));
        let activity = self.nothing_runs("its workspace is being made");
        self.edit_session(id, |session| {
            session.attempt = Some(attempt_id);
            session.workspace = Some(workspace);
            session.activity = activity;
        });
        self.put_attempt(Attempt {
            id: attempt_id,
            session: id,
            target: session.target,
            state: attempt::State::Preparing,
            token_hash: None,
            state_since: self.now,
            conversation,
            resumes,
            ready: false,
            created_at: self.now,
        });
        if let Some(prompt) = prompt
            && self.rules_of(&session.profile).prompt_in_argv
        {
            self.move_message(prompt, message::Event::Launch(attempt_id));
        }
    }

    fn plan_workspace(&mut self, session: SessionId) -> crate::domain::WorkspaceId {
        let id = self.next_workspace();
        let owner = &self.world.sessions[&session];
        let (objective, target, kind) = (owner.objective, owner.target.clone(), owner.workspace_kind);
        let of_objective = || self.world.objectives.get(&objective)?.repository.clone();
        let repository = match kind {
            workspace::Kind::Isolated | workspace::Kind::PullRequest | workspace::Kind::Shared => {
                owner.repository.clone().or_else(of_objective)
            }
            workspace::Kind::Scratch => None,
        };
        self.put(Change::Workspace(Workspace {
            id,
            objective,
            owner: session,
            target,
            kind,
            repository,
            path: std::path::PathBuf::new(),
            branch: None,
            base: None,
            state: workspace::State::Planned,
            changed: None,
            overlaps: Vec::new(),
            looked_at: None,
            created_at: self.now,
        }));
        self.join_offer(session, id);
        id
    }
}

/// The places that are taken.
struct Places {
    all: u32,
    by_target: BTreeMap<TargetName, u32>,
}

impl Places {
    fn of(core: &Core) -> Self {
        let mut places = Places { all: 0, by_target: BTreeMap::new() };
        for session in core.world.sessions.values().filter(|session| session.state.takes_a_place()) {
            places.take(&session.target);
        }
        places
    }

    fn take(&mut self, target: &TargetName) {
        self.all += 1;
        *self.by_target.entry(target.clone()).or_default() += 1;
    }

    /// Where a session may start now: on this machine if it fits there, otherwise where least runs.
    fn place_for(&self, core: &Core, session: &Session) -> Result<TargetName, Scope> {
        let is_settled = session.workspace.is_some() || session.placement == Placement::Pinned;
        let fit = core.world.targets_for(session);
        if fit.is_empty() {
            return Err(if is_settled { Scope::TargetClosed } else { Scope::NoTarget });
        }
        let here = |target: &Target| self.by_target.get(&target.name).copied().unwrap_or_default();
        let is_open = |target: &&Target| target.takes_sessions() && (is_settled || target.has(&session.profile));
        let mut open = fit.into_iter().filter(is_open).peekable();
        open.peek().ok_or(Scope::TargetClosed)?;
        let has_a_place = |target: &&Target| target.capacity.is_none_or(|capacity| here(target) < capacity);
        let mut free = open.filter(has_a_place).peekable();
        free.peek().ok_or(Scope::Target)?;
        if self.all >= core.settings.global_cap {
            return Err(Scope::Global);
        }
        let best = free.min_by_key(|target| (target.name != TargetName::local(), here(target)));
        best.map(|target| target.name.clone()).ok_or(Scope::Target)
    }
}
