//! When the person is to be called: moments at which work begins to need them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{ObjectiveId, Question, QuestionId, Session, SessionId, Timestamp, World, activity::Doing, session::State};

/// Something the person is told once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// What happened.
    pub kind: Kind,
    /// With which session.
    pub session: SessionId,
    /// Of which objective.
    pub objective: ObjectiveId,
    /// The question that was asked, where one was.
    pub question: Option<QuestionId>,
    /// The session's title.
    pub title: String,
    /// What happened, in one line.
    pub text: String,
    /// When it was noticed.
    pub at: Timestamp,
}

/// What the person is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A question was asked.
    Question,
    /// The session waits for the person otherwise: its agent's turn is over, or it asks in its pane.
    NeedsYou,
    /// It failed.
    Failed,
    /// A limit is used up; it goes on by itself when that starts anew.
    Parked,
}

/// How a session stands with the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Standing {
    /// It needs nobody.
    #[default]
    Calm,
    /// Its agent's turn is over.
    YourTurn,
    /// Its agent asks in its pane.
    Asking,
    /// It failed.
    Failed,
    /// A limit is used up.
    Parked,
}

/// What the person has been told of, so that each is told once.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Attention {
    sessions: BTreeMap<SessionId, Standing>,
    questions: BTreeMap<QuestionId, SessionId>,
    /// Those who ask, and of whom it is known what: what they ask next is news.
    #[serde(default)]
    asked: BTreeSet<SessionId>,
}

impl Attention {
    /// As if everything that stands in `world` had been told.
    pub fn of(world: &World) -> Self {
        Self::default().followed_by(world)
    }

    /// What stands in `world` now. Of whom nothing is known now is thought what was known before: a daemon that starts
    /// again tells nobody twice.
    fn followed_by(&self, world: &World) -> Self {
        let standing = |session: &Session| Standing::of(session).unwrap_or_else(|| self.standing(session.id));
        let sessions = world.sessions.values().map(|session| (session.id, standing(session))).collect();
        let open = world.questions.values().filter(|question| question.state.is_open());
        let mut next = Self {
            sessions,
            questions: open.map(|question| (question.id, question.session)).collect(),
            asked: BTreeSet::new(),
        };
        let still = self.asked.iter().filter(|&&id| next.standing(id) == Standing::Asking);
        next.asked = still.chain(next.questions.values()).copied().collect();
        next
    }

    /// What is to be told of `world` as it is now, at most one a session; it counts as told from here on.
    pub fn look(&mut self, world: &World, now: Timestamp) -> Vec<Notice> {
        let next = self.followed_by(world);
        let mut notices = BTreeMap::new();
        for session in world.sessions.values() {
            let (before, after) = (self.standing(session.id), next.standing(session.id));
            // What they ask is told below.
            let asks = after == Standing::Asking && next.asked.contains(&session.id);
            if before != after
                && !asks
                && let Some((kind, text)) = after.told(session)
            {
                notices.insert(session.id, notice(session, kind, None, text, now));
            }
        }
        for (id, session) in next.questions.iter().filter(|(id, _)| !self.questions.contains_key(id)) {
            let (Some(question), Some(session)) = (world.questions.get(id), world.sessions.get(session)) else {
                continue;
            };
            // Of one who was said to ask, the first question is what they ask.
            let said = self.standing(session.id) == Standing::Asking && !self.asked.contains(&session.id);
            let first = notices.get(&session.id).is_none_or(|known| known.kind != Kind::Question);
            if !said && first {
                notices.insert(session.id, notice(session, Kind::Question, Some(*id), line(question), now));
            }
        }
        *self = next;
        notices.into_values().collect()
    }

    /// Whether `notice` is still true in `world`.
    pub fn holds(notice: &Notice, world: &World) -> bool {
        let Some(session) = world.sessions.get(&notice.session) else { return false };
        match (notice.kind, notice.question) {
            (Kind::Question, Some(id)) => world.questions.get(&id).is_some_and(|question| question.state.is_open()),
            (Kind::Question, None) | (Kind::NeedsYou, _) => world.needs_the_person(session),
            (Kind::Failed, _) => matches!(session.state, State::Failed { .. }),
            (Kind::Parked, _) => Standing::of(session) == Some(Standing::Parked),
        }
    }

    fn standing(&self, session: SessionId) -> Standing {
        self.sessions.get(&session).copied().unwrap_or_default()
    }
}

impl Standing {
    /// `None` where nothing is known.
    fn of(session: &Session) -> Option<Self> {
        Some(match (&session.state, session.activity.doing) {
            (State::Failed { .. }, _) => Standing::Failed,
            (State::Running { .. }, doing) => match doing {
                Doing::YourTurn => Standing::YourTurn,
                Doing::Asking => Standing::Asking,
                Doing::Parked => Standing::Parked,
                Doing::Unknown | Doing::Unreachable | Doing::Nothing => return None,
                Doing::Starting | Doing::Working | Doing::Compacting | Doing::Background | Doing::Retrying => {
                    Standing::Calm
                }
            },
            // What a waiting session was asked is told as a question.
            (
                State::Queued
                | State::WaitingCapacity { .. }
                | State::Starting { .. }
                | State::WaitingUser { .. }
                | State::Succeeded { .. }
                | State::Canceled,
                _,
            ) => Standing::Calm,
        })
    }

    fn told(self, session: &Session) -> Option<(Kind, String)> {
        let note = &session.activity.note;
        let or = |words: &str| if note.is_empty() { words.to_owned() } else { format!("{words}: {note}") };
        match (self, &session.state) {
            (Standing::Failed, State::Failed { cause }) => Some((Kind::Failed, format!("failed: {cause}"))),
            (Standing::YourTurn, _) => Some((Kind::NeedsYou, "your turn".into())),
            (Standing::Asking, _) => Some((Kind::NeedsYou, or("asks in its pane"))),
            (Standing::Parked, _) => Some((Kind::Parked, or("parked by a limit"))),
            (Standing::Calm | Standing::Failed, _) => None,
        }
    }
}

fn line(question: &Question) -> String {
    let first = question.text.lines().next().unwrap_or_default();
    format!("{}: {first}", question.kind.label())
}

fn notice(session: &Session, kind: Kind, question: Option<QuestionId>, text: String, at: Timestamp) -> Notice {
    Notice { kind, session: session.id, objective: session.objective, question, title: session.title.clone(), text, at }
}
