//! What the board asks of the world again and again, found in one pass over it.

use std::collections::{BTreeMap, HashMap};

use crate::domain::{
    MessageId, ObjectiveId, PullRequestId, QuestionId, Session, SessionId, VerificationId, WorkspaceId, World,
    activity::Doing,
    objective,
    session::State,
    spending,
    usage::{Prices, Total},
};

/// What the board asks of the world, found in one pass over it.
#[derive(Debug, Default)]
pub struct Index {
    groups: BTreeMap<ObjectiveId, Group>,
    marks: HashMap<SessionId, Marks>,
    counts: Counts,
    totals: HashMap<SessionId, Total>,
    several_agents: bool,
}

/// An objective's sessions.
#[derive(Debug, Default)]
pub struct Group {
    /// Oldest first.
    pub sessions: Vec<SessionId>,
    /// How many of them need the person.
    pub need: usize,
    /// How many of them run.
    pub live: usize,
}

/// What hangs on a session.
#[derive(Debug, Clone, Copy, Default)]
pub struct Marks {
    /// Its oldest open question, or else one that was answered and not taken up.
    pub question: Option<QuestionId>,
    /// The message to show: the oldest that is still on its way, or else the newest.
    pub message: Option<MessageId>,
    /// Only the person can move it on.
    pub needs_you: bool,
    /// The newest pull request of its work, or else the one whose remarks it works on.
    pub pull_request: Option<PullRequestId>,
    /// The newest verification of its work.
    pub verification: Option<VerificationId>,
    /// The session that judged its change last, or is to.
    pub judged_by: Option<SessionId>,
}

/// How many sessions stand how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// At work, starting or retrying.
    pub working: usize,
    /// Waiting for the person's next message.
    pub your_turn: usize,
    /// Asking something, or waiting for a decision.
    pub asking: usize,
    /// Waiting for a place, for other sessions, or for a limit to start anew.
    pub waiting: usize,
    /// Failed.
    pub failed: usize,
    /// Not known, or out of reach.
    pub unknown: usize,
}

impl Index {
    /// Looks at all of `world` once.
    pub fn of(world: &World, prices: &Prices) -> Self {
        let mut index = Self::default();
        for question in world.questions.values() {
            let marks = index.marks.entry(question.session).or_default();
            let open = |id: QuestionId| world.questions.get(&id).is_some_and(|question| question.state.is_open());
            if marks.question.is_none_or(|known| !open(known) && question.state.is_open()) {
                marks.question = Some(question.id);
            }
            marks.needs_you |= question.state.is_open();
        }
        for message in world.messages.values() {
            let marks = index.marks.entry(message.session).or_default();
            let shown = marks.message.and_then(|id| world.messages.get(&id));
            if shown.is_none_or(|shown| shown.delivery.is_final()) {
                marks.message = Some(message.id);
            }
        }
        for verification in world.verifications.values() {
            index.marks.entry(verification.session).or_default().verification = Some(verification.id);
        }
        for judgement in world.judgements.values() {
            index.marks.entry(judgement.author).or_default().judged_by = Some(judgement.reviewer);
        }
        index.mark_pull_requests(world);
        index.groups.extend(world.objectives.keys().map(|&id| (id, Group::default())));
        for session in world.sessions.values() {
            index.add(session);
        }
        index.totals = spending::by_session(world, prices);
        let mut agents = world.sessions.values().map(|session| &session.profile);
        let first = agents.next();
        index.several_agents = agents.any(|agent| Some(agent) != first);
        index
    }

    /// Those of a session's own work come before those whose remarks it works on.
    fn mark_pull_requests(&mut self, world: &World) {
        let mut owners: HashMap<WorkspaceId, PullRequestId> = HashMap::new();
        for pull_request in world.pull_requests.values() {
            self.marks.entry(pull_request.session).or_default().pull_request = Some(pull_request.id);
            owners.extend(pull_request.workspace.map(|workspace| (workspace, pull_request.id)));
        }
        for session in world.sessions.values() {
            let followed = session.follow_up.as_ref().map(|follow_up| follow_up.pull_request);
            let found = session.workspace.and_then(|workspace| owners.get(&workspace).copied()).or(followed);
            let Some(found) = found.filter(|id| world.pull_requests.contains_key(id)) else { continue };
            self.marks.entry(session.id).or_default().pull_request.get_or_insert(found);
        }
    }

    /// Not all sessions are of the same agent.
    pub fn has_several_agents(&self) -> bool {
        self.several_agents
    }

    /// What a session has used, in all its attempts.
    pub fn total(&self, session: SessionId) -> Total {
        self.totals.get(&session).copied().unwrap_or_default()
    }

    /// What any session cost is known or estimated.
    pub fn has_costs(&self) -> bool {
        self.totals.values().any(|total| total.cost.micros > 0)
    }

    fn add(&mut self, session: &Session) {
        let marks = self.marks.entry(session.id).or_default();
        marks.needs_you |= matches!(session.state, State::WaitingUser { .. })
            || (matches!(session.state, State::Running { .. }) && session.activity.doing.needs_the_person());
        let counts = &mut self.counts;
        match (&session.state, session.activity.doing) {
            (State::Queued | State::WaitingCapacity { .. }, _) | (State::Running { .. }, Doing::Parked) => {
                counts.waiting += 1
            }
            (State::WaitingUser { .. }, _) => counts.asking += 1,
            (State::Failed { .. }, _) => counts.failed += 1,
            (State::Succeeded { .. } | State::Canceled, _) => {}
            (State::Starting { .. }, _) => counts.working += 1,
            (
                State::Running { .. },
                Doing::Starting | Doing::Working | Doing::Compacting | Doing::Background | Doing::Retrying,
            ) => {
                counts.working += 1;
            }
            (State::Running { .. }, Doing::YourTurn) => counts.your_turn += 1,
            (State::Running { .. }, Doing::Asking) => counts.asking += 1,
            (State::Running { .. }, Doing::Nothing | Doing::Unreachable | Doing::Unknown) => counts.unknown += 1,
        }
        let group = self.groups.entry(session.objective).or_default();
        group.sessions.push(session.id);
        group.need += usize::from(marks.needs_you);
        group.live += usize::from(session.state.takes_a_place());
    }

    /// The objectives with their sessions.
    pub fn groups(&self) -> &BTreeMap<ObjectiveId, Group> {
        &self.groups
    }

    /// An objective's sessions.
    pub fn group(&self, objective: ObjectiveId) -> Option<&Group> {
        self.groups.get(&objective)
    }

    /// What hangs on a session.
    pub fn marks(&self, session: SessionId) -> Marks {
        self.marks.get(&session).copied().unwrap_or_default()
    }

    /// How many sessions stand how.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// How many sessions need the person.
    pub fn needing_you(&self) -> usize {
        self.groups.values().map(|group| group.need).sum()
    }
}

/// Where a session belongs in its group; smaller comes first.
pub fn session_rank(session: &Session, needs_you: bool) -> u8 {
    match &session.state {
        _ if needs_you => 0,
        State::Starting { .. } | State::Running { .. } | State::WaitingUser { .. } => 1,
        State::Queued | State::WaitingCapacity { .. } => 2,
        State::Failed { .. } => 3,
        State::Succeeded { .. } | State::Canceled => 4,
    }
}

/// Where an objective belongs on the board; smaller comes first.
pub fn objective_rank(state: objective::State, group: &Group) -> u8 {
    match state {
        _ if group.need > 0 => 0,
        objective::State::Open if group.live > 0 => 1,
        objective::State::Open => 2,
        objective::State::Done | objective::State::Canceled => 3,
    }
}
