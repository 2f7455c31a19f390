//! Everything the supervisor knows, at one revision.

use std::{cmp::Reverse, collections::BTreeMap};

use serde::{Deserialize, Serialize};

use super::{
    Artifact, ArtifactId, Attempt, AttemptId, Change, Checkpoint, CheckpointId, Event, Judgement, Message, MessageId,
    Objective, ObjectiveId, PullRequest, PullRequestId, Question, QuestionId, Remark, RemarkId, Session, SessionId,
    Target, TargetName, Timestamp, Usage, Verification, VerificationId, Workspace, WorkspaceId, message, question,
    session, usage::Metered, workspace,
};

/// Everything the supervisor knows, at one revision. Also what a dashboard holds: it starts from a copy and applies
/// the changes that follow.
///
/// Of attempts it holds each session's newest; of messages those still on their way and each session's newest; of
/// questions those not settled; of verifications those that run and each session's newest; of the log the last
/// [`World::LOG`] lines. Archived objectives are not in it. The store has the rest. Remarks stay when they are settled: by
/// their keys is known what a forge has said before.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct World {
    /// Counts the steps that changed anything, over the life of the state directory.
    pub revision: u64,
    /// Objectives that are not archived.
    pub objectives: BTreeMap<ObjectiveId, Objective>,
    /// Their sessions.
    pub sessions: BTreeMap<SessionId, Session>,
    /// Each session's newest attempt, and older ones that have not ended.
    pub attempts: BTreeMap<AttemptId, Attempt>,
    /// Messages on their way, and each session's newest.
    pub messages: BTreeMap<MessageId, Message>,
    /// Questions that are not settled.
    pub questions: BTreeMap<QuestionId, Question>,
    /// Workspaces that were neither removed nor left behind.
    pub workspaces: BTreeMap<WorkspaceId, Workspace>,
    /// What their attempts have used, by day and model.
    pub usage: BTreeMap<AttemptId, Vec<Usage>>,
    /// What the meters of their attempts show.
    pub metered: BTreeMap<AttemptId, Metered>,
    /// What they leave behind.
    pub artifacts: BTreeMap<ArtifactId, Artifact>,
    /// Their branches that are offered for review.
    pub pull_requests: BTreeMap<PullRequestId, PullRequest>,
    /// What was said about those, settled or not.
    pub remarks: BTreeMap<RemarkId, Remark>,
    /// Each session's newest verification, and those that run.
    pub verifications: BTreeMap<VerificationId, Verification>,
    /// Kept states of workspaces that were not removed.
    pub checkpoints: BTreeMap<CheckpointId, Checkpoint>,
    /// What reviewers say, by the session that judges.
    pub judgements: BTreeMap<SessionId, Judgement>,
    /// Where sessions run, as long as the person has not removed it.
    pub targets: BTreeMap<TargetName, Target>,
    /// The newest lines of the log, oldest first.
    pub log: Vec<Event>,
}

impl World {
    /// How many lines of the log are held, in entries.
    pub const LOG: usize = 200;

    /// Replaces one row, and lets go of what the world no longer holds because of it.
    pub fn apply(&mut self, change: Change) {
        match change {
            Change::Objective(objective) if objective.archived => self.forget(objective.id),
            Change::Objective(objective) => {
                self.objectives.insert(objective.id, objective);
            }
            Change::Session(session) => {
                self.sessions.insert(session.id, session);
            }
            Change::Attempt(attempt) => {
                let session = attempt.session;
                self.attempts.insert(attempt.id, attempt);
                let newest = self.attempts.values().rfind(|attempt| attempt.session == session).map(|found| found.id);
                self.attempts.retain(|&other, attempt| {
                    attempt.session != session || Some(other) == newest || !attempt.state.is_ended()
                });
            }
            Change::Message(message) => {
                let session = message.session;
                self.messages.insert(message.id, message);
                let newest = self.messages_of(session).last().map(|message| message.id);
                self.messages.retain(|&other, message| {
                    message.session != session || Some(other) == newest || !message.delivery.is_final()
                });
            }
            Change::Question(question) if !question.state.is_settled() => {
                self.questions.insert(question.id, question);
            }
            Change::Question(question) => {
                self.questions.remove(&question.id);
            }
            Change::Workspace(workspace) => {
                if matches!(workspace.state, workspace::State::Removed { .. } | workspace::State::Left { .. }) {
                    self.checkpoints.retain(|_, checkpoint| checkpoint.workspace != workspace.id);
                    self.workspaces.remove(&workspace.id);
                } else {
                    self.workspaces.insert(workspace.id, workspace);
                }
            }
            Change::Target(target) => {
                self.targets.insert(target.name.clone(), target);
            }
            Change::TargetRemoved { target } => {
                self.targets.remove(&target);
            }
            Change::Usage(usage) => {
                let rows = self.usage.entry(usage.attempt).or_default();
                let place = (&usage.spent.day, &usage.spent.model);
                match rows.binary_search_by(|row| (&row.spent.day, &row.spent.model).cmp(&place)) {
                    Ok(place) => rows[place] = usage,
                    Err(place) => rows.insert(place, usage),
                }
            }
            Change::Metered(metered) => {
                self.metered.insert(metered.attempt, metered);
            }
            Change::Artifact(artifact) => {
                self.artifacts.insert(artifact.id, artifact);
            }
            Change::PullRequest(pull_request) => {
                self.pull_requests.insert(pull_request.id, pull_request);
            }
            Change::Remark(remark) => {
                self.remarks.insert(remark.id, remark);
            }
            Change::Verification(verification) => {
                let session = verification.session;
                self.verifications.insert(verification.id, verification);
                let newest = self.verifications_of(session).next_back().map(|verification| verification.id);
                self.verifications.retain(|&other, verification| {
                    verification.session != session || Some(other) == newest || !verification.state.is_ended()
                });
            }
            Change::Checkpoint(checkpoint) => {
                self.checkpoints.insert(checkpoint.id, checkpoint);
            }
            Change::Judgement(judgement) => {
                self.judgements.insert(judgement.reviewer, judgement);
            }
            Change::Event(event) => {
                self.log.push(event);
                if self.log.len() > 2 * Self::LOG {
                    self.log.drain(..self.log.len() - Self::LOG);
                }
            }
        }
    }

    fn forget(&mut self, objective: ObjectiveId) {
        self.objectives.remove(&objective);
        self.sessions.retain(|_, session| session.objective != objective);
        let sessions = &self.sessions;
        self.attempts.retain(|_, attempt| sessions.contains_key(&attempt.session));
        self.messages.retain(|_, message| sessions.contains_key(&message.session));
        self.questions.retain(|_, question| question.objective != objective);
        self.usage.retain(|_, rows| rows.iter().any(|row| sessions.contains_key(&row.session)));
        self.metered.retain(|_, metered| sessions.contains_key(&metered.session));
        self.artifacts.retain(|_, artifact| artifact.objective != objective);
        self.pull_requests.retain(|_, pull_request| pull_request.objective != objective);
        let pull_requests = &self.pull_requests;
        self.remarks.retain(|_, remark| pull_requests.contains_key(&remark.pull_request));
        self.verifications.retain(|_, verification| verification.objective != objective);
        self.judgements.retain(|_, judgement| judgement.objective != objective);
    }

    /// The sessions of `objective`, oldest first.
    pub fn sessions_of(&self, objective: ObjectiveId) -> impl Iterator<Item = &Session> {
        self.sessions.values().filter(move |session| session.objective == objective)
    }

    /// The messages to `session` that the world holds, oldest first.
    pub fn messages_of(&self, session: SessionId) -> impl DoubleEndedIterator<Item = &Message> {
        self.messages.values().filter(move |message| message.session == session)
    }

    /// The verifications of `session` that the world holds, oldest first.
    pub fn verifications_of(&self, session: SessionId) -> impl DoubleEndedIterator<Item = &Verification> {
        self.verifications.values().filter(move |verification| verification.session == session)
    }

    /// The pull requests of `objective`, oldest first.
    pub fn pull_requests_of(&self, objective: ObjectiveId) -> impl DoubleEndedIterator<Item = &PullRequest> {
        self.pull_requests.values().filter(move |pull_request| pull_request.objective == objective)
    }

    /// What was said about `pull_request` and is not settled, oldest first.
    pub fn remarks_of(&self, pull_request: PullRequestId) -> impl Iterator<Item = &Remark> {
        self.remarks.values().filter(move |remark| remark.pull_request == pull_request)
    }

    /// The checkpoints of `workspace`, oldest first.
    pub fn checkpoints_of(&self, workspace: WorkspaceId) -> impl DoubleEndedIterator<Item = &Checkpoint> {
        self.checkpoints.values().filter(move |checkpoint| checkpoint.workspace == workspace)
    }

    /// `target` is this machine, or was connected and found fit when it was seen last.
    pub fn is_reached(&self, target: &TargetName) -> bool {
        self.targets.get(target).is_some_and(Target::is_reached)
    }

    /// The newest attempt of `session`.
    pub fn attempt_of(&self, session: SessionId) -> Option<&Attempt> {
        self.attempts.get(&self.sessions.get(&session)?.attempt?)
    }

    /// Since when nobody has used `workspace`, which is ours to remove: its session has ended with its program, and no pull
    /// request offers its branch. `None` while it is used, and for the person's own folder.
    pub fn unused_since(&self, workspace: &Workspace) -> Option<Timestamp> {
        if workspace.state != workspace::State::Ready || workspace.kind == workspace::Kind::Shared {
            return None;
        }
        let offered = |pull_request: &PullRequest| {
            pull_request.state.is_open() && Some(&pull_request.branch) == workspace.branch.as_ref()
        };
        if self.pull_requests_of(workspace.objective).any(offered) {
            return None;
        }
        // The session of an objective that was put away is not here any more.
        let Some(owner) = self.sessions.get(&workspace.owner) else { return Some(workspace.created_at) };
        let lives = self.attempt_of(owner.id).is_some_and(|attempt| !attempt.state.is_ended());
        (owner.state.is_final() && !lives).then_some(owner.state_since)
    }

    /// The questions of `session` that are not settled, oldest first.
    pub fn questions_of(&self, session: SessionId) -> impl Iterator<Item = &Question> {
        self.questions.values().filter(move |question| question.session == session)
    }

    /// The questions that are not settled, the first to be answered first: what blocks most, then the objective that has
    /// waited longest, then age.
    pub fn questions_in_order(&self) -> Vec<QuestionId> {
        let mut oldest: BTreeMap<(u8, ObjectiveId), Timestamp> = BTreeMap::new();
        for question in self.questions.values() {
            let first = oldest.entry((question.kind.blocks(), question.objective)).or_insert(question.created_at);
            *first = (*first).min(question.created_at);
        }
        let mut questions: Vec<&Question> = self.questions.values().collect();
        questions.sort_by_key(|question| {
            let blocks = question.kind.blocks();
            let group = oldest.get(&(blocks, question.objective)).copied();
            (Reverse(blocks), group, question.objective, question.created_at, question.id)
        });
        questions.into_iter().map(|question| question.id).collect()
    }

    /// Only the person can move `session` on: it waits for an answer, or its agent waits for them.
    pub fn needs_the_person(&self, session: &Session) -> bool {
        matches!(session.state, session::State::WaitingUser { .. })
            || self.questions_of(session.id).any(|question| question.state.is_open())
            || (matches!(session.state, session::State::Running { .. }) && session.activity.doing.needs_the_person())
    }

    /// What the world says about itself that can't be true together; empty in a sound world. For tests, and for the
    /// engine's own suspicion in debug builds.
    pub fn check(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        for session in self.sessions.values() {
            self.check_session(session, &mut wrong);
        }
        for attempt in self.attempts.values() {
            let owner = self.sessions.get(&attempt.session);
            let current = owner.and_then(|session| session.state.attempt());
            if matches!(attempt.state, super::attempt::State::Live { .. }) && current != Some(attempt.id) {
                wrong.push(format!("{} lives, but its session {} does not run it", attempt.id, attempt.session));
            }
        }
        for question in self.questions.values() {
            let of_ended = |call: &question::Call| {
                call.via != question::Via::Tool
                    && self.attempts.get(&call.attempt).is_none_or(|attempt| attempt.state.is_ended())
            };
            if question.call.as_ref().is_some_and(of_ended) {
                wrong.push(format!("{} waits for an answer to a program that has ended", question.id));
            }
        }
        for message in self.messages.values() {
            let on_its_way =
                matches!(message.delivery, message::Delivery::Typing { .. } | message::Delivery::Typed { .. });
            let earlier = self.messages_of(message.session).find(|other| {
                other.id < message.id
                    && matches!(
                        other.delivery,
                        message::Delivery::Queued { .. }
                            | message::Delivery::Typing { .. }
                            | message::Delivery::Typed { .. }
                    )
            });
            if let (true, Some(earlier)) = (on_its_way, earlier) {
                wrong.push(format!("{} overtakes {}", message.id, earlier.id));
            }
            if let message::Delivery::Uncertain { question } = &message.delivery
                && !self.questions.contains_key(question)
            {
                wrong.push(format!("{} is uncertain, but {question} is not open", message.id));
            }
        }
        wrong
    }

    fn check_session(&self, session: &Session, wrong: &mut Vec<String>) {
        if !self.objectives.contains_key(&session.objective) {
            wrong.push(format!("{} belongs to {}, which is not here", session.id, session.objective));
        }
        match &session.state {
            session::State::Starting { attempt } | session::State::Running { attempt } => {
                match self.attempts.get(attempt) {
                    None => wrong.push(format!("{} runs {attempt}, which is not here", session.id)),
                    Some(found) if found.state.is_ended() => {
                        wrong.push(format!("{} runs {attempt}, which has ended", session.id));
                    }
                    Some(_) => {}
                }
            }
            session::State::WaitingUser { question } if !self.questions.contains_key(question) => {
                wrong.push(format!("{} waits for {question}, which is not open", session.id));
            }
            state if state.is_final() => {
                // What is asked about a pull request outlives the session that made it.
                let of_session = |question: &&Question| question.kind != question::Kind::PullRequest;
                if let Some(question) = self.questions_of(session.id).find(of_session) {
                    wrong.push(format!("{} is final, but {} still waits", session.id, question.id));
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Timestamp, message::Delivery};

    fn message(id: u32, delivery: Delivery) -> Change {
        Change::Message(Message {
            id: MessageId::from_number(id).expect("not zero"),
            session: SessionId::FIRST,
            kind: message::Kind::Steer,
            excerpt: String::new(),
            bytes: 0,
            delivery,
            delivery_since: Timestamp(0),
            created_at: Timestamp(0),
        })
    }

    #[test]
    fn the_world_keeps_what_is_on_its_way_and_the_newest() {
        let mut world = World::default();
        let taken_up = || Delivery::TakenUp { attempt: AttemptId::FIRST, evidence: String::new() };
        world.apply(message(1, taken_up()));
        world.apply(message(2, Delivery::Queued { hold: None }));
        world.apply(message(3, taken_up()));
        let held: Vec<_> = world.messages.keys().map(|id| id.number()).collect();
        assert_eq!(held, [2, 3]);
    }

    #[test]
    fn the_log_in_memory_is_bounded() {
        let mut world = World::default();
        for sequence in 1..=1_000 {
            world.apply(Change::Event(Event {
                sequence,
                at: Timestamp(0),
                kind: super::super::event::Kind::Supervisor,
                objective: None,
                session: None,
                text: String::new(),
            }));
        }
        assert!(world.log.len() <= 2 * World::LOG);
        assert_eq!(world.log.last().map(|event| event.sequence), Some(1_000));
    }
}
