//! Makes up what the engine could have written.

use std::{collections::BTreeMap, path::PathBuf};

use quarterdeck::domain::{
    Activity, Artifact, ArtifactId, Attempt, AttemptId, Change, Checkpoint, CheckpointId, Event, Message, MessageId,
    Objective, ObjectiveId, Placement, PullRequest, PullRequestId, Question, QuestionId, Remark, RemarkId, Session,
    SessionId, Target, TargetName, Timestamp, Usage, Verification, VerificationId, Workspace, WorkspaceId,
    activity::{Doing, Evidence, Source},
    attempt, event, message, objective, session, target,
    usage::Metered,
    workspace,
};

mod asking;
mod leaving;
mod offering;

/// How many nouns a step's first number chooses from.
pub(crate) const NOUNS: u8 = 17;

/// Makes up changes that the domain could have made: ids count up, rows point at rows that are there, final stays
/// final. What it makes is decided by the numbers it is given.
pub(crate) struct Author {
    texts: Vec<String>,
    told: usize,
    pub(crate) objectives: BTreeMap<ObjectiveId, Objective>,
    pub(crate) sessions: BTreeMap<SessionId, Session>,
    attempts: BTreeMap<AttemptId, Attempt>,
    pub(crate) messages: BTreeMap<MessageId, Message>,
    questions: BTreeMap<QuestionId, Question>,
    workspaces: BTreeMap<WorkspaceId, Workspace>,
    usage: BTreeMap<(AttemptId, String, String), Usage>,
    metered: BTreeMap<AttemptId, Metered>,
    pub(crate) artifacts: BTreeMap<ArtifactId, Artifact>,
    pull_requests: BTreeMap<PullRequestId, PullRequest>,
    remarks: BTreeMap<RemarkId, Remark>,
    verifications: BTreeMap<VerificationId, Verification>,
    checkpoints: BTreeMap<CheckpointId, Checkpoint>,
    pub(crate) events: u64,
}

macro_rules! of_session {
    ($($rows:ident $owner:ident $row:ty;)*) => {$(
        pub(crate) fn $rows(&self, wanted: impl Fn(SessionId) -> bool) -> Vec<$row> {
            self.$rows.values().filter(|row| wanted(row.$owner)).cloned().collect()
        }
    )*};
}

impl Author {
    of_session! {
        attempts session Attempt;
        messages session Message;
        questions session Question;
        workspaces owner Workspace;
        usage session Usage;
        metered session Metered;
    }

    pub(crate) fn new(texts: Vec<String>) -> Self {
        Self {
            texts,
            told: 0,
            objectives: BTreeMap::new(),
            sessions: BTreeMap::new(),
            attempts: BTreeMap::new(),
            messages: BTreeMap::new(),
            questions: BTreeMap::new(),
            workspaces: BTreeMap::new(),
            usage: BTreeMap::new(),
            metered: BTreeMap::new(),
            artifacts: BTreeMap::new(),
            pull_requests: BTreeMap::new(),
            remarks: BTreeMap::new(),
            verifications: BTreeMap::new(),
            checkpoints: BTreeMap::new(),
            events: 0,
        }
    }

    fn text(&mut self) -> String {
        self.told += 1;
        self.texts[self.told % self.texts.len()].clone()
    }

    fn maybe_text(&mut self, wanted: u8) -> Option<String> {
        (wanted % 2 == 1).then(|| self.text())
    }

    fn time(&mut self) -> Timestamp {
        self.told += 1;
        Timestamp(self.told as i64 * 997)
    }

    fn target(&self, which: u8) -> TargetName {
        if which.is_multiple_of(3) { "far".parse().expect("a name") } else { TargetName::local() }
    }

    /// Two targets, an objective and a session.
    pub(crate) fn opening(&mut self) -> Vec<Change> {
        let mut changes: Vec<Change> =
            [[6, 0, 0, 0, 0, 0], [6, 1, 0, 0, 0, 0]].map(|step| self.change(step)).into_iter().flatten().collect();
        changes.extend(self.change([0, 0, 0, 0, 0, 0]));
        changes.extend(self.change([1, 0, 0, 0, 0, 0]));
        changes
    }

    /// Some objectives are put away.
    pub(crate) fn ending(&mut self) -> Vec<Change> {
        let away = self.objectives.values_mut().filter(|objective| objective.id.number() % 3 == 2);
        away.map(|objective| {
            objective.archived = true;
            Change::Objective(objective.clone())
        })
        .collect()
    }

    pub(crate) fn change(&mut self, step: [u8; 6]) -> Option<Change> {
        let [noun, which, variant, more, and, last] = step;
        Some(match noun % NOUNS {
            0 => {
                let id = pick(&self.objectives, which, ObjectiveId::FIRST, ObjectiveId::next);
                let objective = Objective {
                    id,
                    title: self.text(),
                    repository: self.maybe_text(more).map(PathBuf::from),
                    mode: if more > 99 { objective::Mode::Manager } else { objective::Mode::Plain },
                    base: self.maybe_text(and),
                    agents_publish: and % 2 == 0,
                    state: [objective::State::Open, objective::State::Done, objective::State::Canceled]
                        [usize::from(variant % 3)],
                    created_at: self.time(),
                    archived: false,
                };
                self.objectives.insert(id, objective.clone());
                Change::Objective(objective)
            }
            1 => {
                let id = pick(&self.sessions, which, SessionId::FIRST, SessionId::next);
                let old = self.sessions.get(&id).cloned();
                let objective = old.as_ref().map_or_else(|| existing(&self.objectives, more), |old| old.objective);
                let mut session = self.session(id, objective);
                session.parent =
                    (and > 200 && self.sessions.contains_key(&SessionId::FIRST)).then_some(SessionId::FIRST);
                session.depends_on =
                    self.sessions.keys().copied().filter(|&other| other < id).take(usize::from(and % 4)).collect();
                session.depends_on.reverse();
                session.target = self.target(last);
                session.placement = match last % 3 {
                    0 => Placement::Pinned,
                    1 => Placement::Labels { labels: vec!["gpu".parse().expect("a label")] },
                    _ => Placement::Anywhere,
                };
                session.activity.doing = one_of(Doing::ALL, and);
                session.activity.note = self.text();
                session.activity.until = (and > 99).then(|| self.time());
                session.progress = self.maybe_text(more);
                session.report = self.report(last);
                session.person_typing_since = (last > 200).then(|| self.time());
                session.workspace = self.workspaces.keys().next_back().copied();
                session.attempt = self.attempts.keys().next_back().copied();
                session.state = self.session_state(variant, more);
                if let Some(old) = old.filter(|old| old.state.is_final()) {
                    session.state = old.state;
                }
                self.sessions.insert(id, session.clone());
                Change::Session(session)
            }
            2 => {
                let id = pick(&self.messages, which, MessageId::FIRST, MessageId::next);
                let old = self.messages.get(&id);
                let message = Message {
                    id,
                    session: old.map_or_else(|| existing(&self.sessions, more), |old| old.session),
                    kind: [message::Kind::Prompt, message::Kind::Steer, message::Kind::Answer, message::Kind::HandOff]
                        [usize::from(and % 4)],
                    excerpt: self.text(),
                    bytes: usize::from(more) << 12,
                    delivery: self.delivery(variant, and),
                    delivery_since: self.time(),
                    created_at: self.time(),
                };
                self.messages.insert(id, message.clone());
                Change::Message(message)
            }
            3 => Change::Question(self.question([which, variant, more, and, last])),
            4 => {
                let id = pick(&self.workspaces, which, WorkspaceId::FIRST, WorkspaceId::next);
                let old = self.workspaces.get(&id);
                let owner = old.map_or_else(|| existing(&self.sessions, more), |old| old.owner);
                let gone = old
                    .map(|old| &old.state)
                    .filter(|state| matches!(state, workspace::State::Removed { .. } | workspace::State::Left { .. }));
                let gone = gone.cloned();
                let (changed, overlaps) = self.changes([more, and, last]);
                let workspace = Workspace {
                    id,
                    objective: self.sessions[&owner].objective,
                    owner,
                    target: self.target(last),
                    kind: one_of(
                        [
                            workspace::Kind::Isolated,
                            workspace::Kind::PullRequest,
                            workspace::Kind::Shared,
                            workspace::Kind::Scratch,
                        ],
                        and,
                    ),
                    repository: self.maybe_text(and).map(PathBuf::from),
                    path: self.text().into(),
                    branch: self.maybe_text(last),
                    base: (and > 99).then(|| workspace::Base {
                        reference: self.text(),
                        commit: self.text(),
                        note: self.maybe_text(last),
                    }),
                    state: gone.unwrap_or_else(|| match variant % 6 {
                        0 => workspace::State::Planned,
                        1 => workspace::State::Ready,
                        2 => workspace::State::Removing { reason: self.maybe_text(and) },
                        3 => workspace::State::Restoring {
                            proof: self.text(),
                            to: self.maybe_text(and).map(PathBuf::from),
                        },
                        4 => workspace::State::Left { reason: self.text() },
                        _ => workspace::State::Removed { proof: self.text() },
                    }),
                    changed,
                    overlaps,
                    looked_at: (last > 99).then(|| self.time()),
                    created_at: self.time(),
                };
                self.workspaces.insert(id, workspace.clone());
                Change::Workspace(workspace)
            }
            5 => {
                let id = pick(&self.attempts, which, AttemptId::FIRST, AttemptId::next);
                let old = self.attempts.get(&id).cloned();
                let attempt = Attempt {
                    id,
                    session: old.as_ref().map_or_else(|| existing(&self.sessions, more), |old| old.session),
                    target: self.target(last),
                    state: old
                        .filter(|old| old.state.is_ended())
                        .map_or_else(|| self.attempt_state(variant, and), |old| old.state),
                    state_since: self.time(),
                    conversation: self.maybe_text(more),
                    resumes: and % 2 == 0,
                    token_hash: (more > 99).then(|| format!("{:064x}", self.told)),
                    ready: last % 2 == 0,
                    created_at: self.time(),
                };
                self.attempts.insert(id, attempt.clone());
                Change::Attempt(attempt)
            }
            6 => Change::Target(Target {
                name: self.target(which),
                place: match which.is_multiple_of(3) {
                    false => target::Place::Local,
                    true => target::Place::Ssh(self.place([more, and])),
                },
                state: one_of([target::State::Online, target::State::Draining, target::State::Disabled], variant),
                state_since: self.time(),
                capacity: (and > 99).then_some(u32::from(last)),
                labels: ["big", "gpu"]
                    .iter()
                    .take(usize::from(more % 3))
                    .filter_map(|name| name.parse().ok())
                    .collect(),
                link: match which.is_multiple_of(3) {
                    false => target::Link::Here,
                    true => self.link(last),
                },
            }),
            7 => Change::Usage(self.spend([which, variant, more, and, last])?),
            8 => Change::Metered(self.meter([which, variant, more, and, last])?),
            9 => Change::Artifact(self.artifact([which, variant, more, and, last])),
            10 => Change::PullRequest(self.pull_request([which, variant, more, and, last])),
            11 => Change::Remark(self.remark([which, variant, more, and, last])?),
            12 => Change::Verification(self.verification([which, variant, more, and, last])?),
            13 => Change::Checkpoint(self.checkpoint([which, variant, more, and, last])?),
            14 => Change::Judgement(self.judgement([which, variant, more, and, last])?),
            _ => {
                // More of these, so that the log outgrows what the world holds.
                self.events += 1;
                let session = (which % 2 == 0).then(|| existing(&self.sessions, more));
                Change::Event(Event {
                    sequence: self.events,
                    at: self.time(),
                    kind: [event::Kind::Activity, event::Kind::Message, event::Kind::Supervisor]
                        [usize::from(variant % 3)],
                    objective: session.map(|session| self.sessions[&session].objective),
                    session,
                    text: self.text(),
                })
            }
        })
    }

    fn place(&mut self, [more, and]: [u8; 2]) -> target::SshPlace {
        let identity = (and > 99).then(|| "/home/ada/.ssh/key".into());
        let port = (more > 99).then_some(u16::from(more));
        let user = (and % 2 == 0).then(|| "ada".to_owned());
        let address = target::SshAddress::new("far.example.org".into(), user, port, identity).expect("an address");
        target::SshPlace {
            address,
            work_root: self.maybe_text(more).map(PathBuf::from),
            bootstrap: self.maybe_text(and),
        }
    }

    fn link(&mut self, variant: u8) -> target::Link {
        match variant % 5 {
            0 => target::Link::Untried,
            1 => target::Link::Joining,
            2 => target::Link::Up { since: self.time(), agents: vec!["claude".parse().expect("a name")] },
            3 => target::Link::Unfit { reason: self.text(), since: self.time() },
            _ => target::Link::Unreachable { reason: self.text(), since: self.time() },
        }
    }

    /// A queued session.
    pub(crate) fn session(&mut self, id: SessionId, objective: ObjectiveId) -> Session {
        Session {
            id,
            objective,
            parent: None,
            depends_on: Vec::new(),
            role: session::Role::Worker,
            title: self.text(),
            profile: one_of(["claude", "codex"], id.number() as u8).parse().expect("a name"),
            target: TargetName::local(),
            placement: Placement::Pinned,
            repository: None,
            workspace_kind: workspace::Kind::Isolated,
            workspace: None,
            base: None,
            follow_up: self.pull_requests.keys().next().copied().map(|pull_request| session::FollowUp {
                pull_request,
                head: "abc".into(),
                must_move_head: true,
            }),
            state: session::State::Queued,
            state_since: self.time(),
            attempt: None,
            progress: None,
            report: None,
            activity: Activity {
                note: String::new(),
                until: None,
                doing: Doing::YourTurn,
                since: self.time(),
                evidence: Evidence { source: Source::Screen, rule: self.text(), text: self.text(), at: self.time() },
            },
            person_typing_since: None,
            created_at: self.time(),
        }
    }

    fn report(&mut self, last: u8) -> Option<session::Report> {
        let attempt = *self.attempts.keys().next_back()?;
        (!last.is_multiple_of(4)).then(|| session::Report {
            outcome: one_of([session::Outcome::Done, session::Outcome::Blocked, session::Outcome::Failed], last),
            summary: self.text(),
            attempt,
            at: self.time(),
        })
    }

    fn session_state(&mut self, variant: u8, more: u8) -> session::State {
        let attempt = self.attempts.keys().next_back().copied();
        match (variant % 12, attempt, self.questions.keys().next_back().copied()) {
            (0, ..) => session::State::WaitingCapacity {
                scope: one_of([session::Scope::TargetClosed, session::Scope::NoTarget, session::Scope::Global], more),
            },
            (1, Some(attempt), _) => session::State::Starting { attempt },
            (2, Some(attempt), _) => session::State::Running { attempt },
            (3, _, Some(question)) => session::State::WaitingUser { question },
            (4, ..) => session::State::Succeeded { by: session::Completion::Exit },
            (5, ..) => session::State::Failed { cause: self.text() },
            (6, ..) if more > 99 => session::State::Canceled,
            _ => session::State::Queued,
        }
    }

    fn attempt_state(&mut self, variant: u8, more: u8) -> attempt::State {
        let pane = attempt::PaneId(format!("%{more}"));
        let ended = |end| attempt::State::Ended { end };
        match variant % 10 {
            0 => attempt::State::Preparing,
            1 => attempt::State::Launching,
            2 => attempt::State::Live { pane, pid: u32::from(more) },
            3 => attempt::State::Stopping { pane: None, pid: None },
            4 => attempt::State::Stopping { pane: Some(pane), pid: Some(7) },
            5 => ended(attempt::End::Exited { code: i32::from(more) - 100 }),
            6 => ended(attempt::End::Signaled { signal: 9 }),
            7 => {
                let survivor = attempt::Survivor { pid: 7, command: self.text() };
                ended(attempt::End::Stopped { survivors: vec![survivor; usize::from(more % 3)] })
            }
            8 => ended(attempt::End::Vanished),
            _ => ended(attempt::End::NeverStarted { error: self.text() }),
        }
    }

    fn delivery(&mut self, variant: u8, more: u8) -> message::Delivery {
        use message::Delivery;
        let attempt = self.attempts.keys().next().copied();
        match (variant % 8, attempt, self.questions.keys().next().copied()) {
            (1, Some(attempt), _) => Delivery::Launching { attempt },
            (2, Some(attempt), _) => Delivery::Typing { attempt },
            (3, Some(attempt), _) => Delivery::Typed { attempt },
            (4, Some(attempt), _) => Delivery::Submitted { attempt, enters: more },
            (5, Some(attempt), _) => Delivery::TakenUp { attempt, evidence: self.text() },
            (6, ..) => Delivery::Failed { reason: self.text() },
            (7, _, Some(question)) => Delivery::Uncertain { question },
            _ => Delivery::Queued { hold: (more > 99).then_some(message::Hold::PersonTyping) },
        }
    }
}

/// An id: one that is there, or, as often, the next one.
fn pick<Id: Copy + Ord, Row>(rows: &BTreeMap<Id, Row>, which: u8, first: Id, next: impl Fn(Id) -> Id) -> Id {
    match rows.keys().next_back() {
        None => first,
        Some(&last) if which.is_multiple_of(2) => next(last),
        Some(_) => existing(rows, which),
    }
}

/// One that is there.
fn existing<Id: Copy, Row>(rows: &BTreeMap<Id, Row>, which: u8) -> Id {
    *rows.keys().nth(usize::from(which) % rows.len()).expect("one is there")
}

/// The one of these that `which` stands for.
fn one_of<T: Copy, const N: usize>(all: [T; N], which: u8) -> T {
    all[usize::from(which) % N]
}
