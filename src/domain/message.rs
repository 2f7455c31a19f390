//! Text sent to a session, and how far it has come.

use serde::{Deserialize, Serialize};

use super::{AttemptId, Illegal, MessageId, QuestionId, SessionId, Timestamp};

/// Text sent to a session: durable, ordered within its session, delivered at most once.
///
/// The body itself, up to [`BODY_BYTES`], stays in the store; what travels is an excerpt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// `m5`.
    pub id: MessageId,
    /// To whom.
    pub session: SessionId,
    /// What it is.
    pub kind: Kind,
    /// The first line, shortened to [`EXCERPT_CHARACTERS`].
    pub excerpt: String,
    /// The body's size in bytes.
    pub bytes: usize,
    /// How far it has come.
    pub delivery: Delivery,
    /// Since when.
    pub delivery_since: Timestamp,
    /// When the person sent it.
    pub created_at: Timestamp,
}

/// The largest body, in bytes.
pub const BODY_BYTES: usize = 1 << 20;
/// The longest excerpt, in characters.
pub const EXCERPT_CHARACTERS: usize = 120;

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The work itself, given once when the session first starts.
    Prompt,
    /// What the person wants to add.
    Steer,
    /// An answer to a question of the agent.
    Answer,
    /// Work handed over by another session.
    HandOff,
}

/// How far a message has come. Each step was observed, not assumed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "delivery", rename_all = "snake_case")]
pub enum Delivery {
    /// Waits; `hold` says for what.
    Queued {
        /// Why it does not go out now.
        hold: Option<Hold>,
    },
    /// It goes out with this attempt's command line.
    Launching {
        /// The launch.
        attempt: AttemptId,
    },
    /// It is being pasted: after a crash it is not known whether it was, and tmux is asked.
    Typing {
        /// Into this attempt's pane.
        attempt: AttemptId,
    },
    /// tmux has pasted it; Enter is still to come.
    Typed {
        /// Into this attempt's pane.
        attempt: AttemptId,
    },
    /// Enter was pressed, or the program was launched with it.
    Submitted {
        /// To this attempt.
        attempt: AttemptId,
        /// How often Enter was pressed; 0 for a text that went out with the command line.
        enters: u8,
    },
    /// The agent was seen to take it up.
    TakenUp {
        /// This attempt's agent.
        attempt: AttemptId,
        /// What was seen.
        evidence: String,
    },
    /// It was not delivered and will not be.
    Failed {
        /// Why, in one line.
        reason: String,
    },
    /// It may or may not have arrived, and only the person can say.
    Uncertain {
        /// What the person was asked.
        question: QuestionId,
    },
}

/// Why a message waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hold {
    /// The session does not run.
    NotRunning,
    /// Its program does not take input yet.
    NotReady,
    /// A person is typing into the pane.
    PersonTyping,
    /// The agent shows a dialog, which would swallow it.
    Asking,
    /// Somebody's text stands in its input box, and would be submitted with it.
    Draft,
    /// An earlier message is still on its way.
    Earlier,
    /// Its host can't be reached.
    Unreachable,
}

impl Hold {
    /// The one spelling people see.
    pub fn label(self) -> &'static str {
        match self {
            Hold::NotRunning => "the session does not run",
            Hold::NotReady => "the agent does not take input yet",
            Hold::PersonTyping => "somebody is typing in the pane",
            Hold::Asking => "the agent is asking something",
            Hold::Draft => "unsubmitted text stands in its input box",
            Hold::Earlier => "an earlier message is on its way",
            Hold::Unreachable => "its host can't be reached",
        }
    }
}

/// What can happen to a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// It has to wait, for this.
    Hold(Option<Hold>),
    /// It goes out with this launch.
    Launch(AttemptId),
    /// It goes out through this attempt's pane.
    Type(AttemptId),
    /// tmux has pasted it.
    Typed,
    /// Enter was pressed, or the launch with it was seen.
    Submitted,
    /// The agent was seen to take it up.
    TakenUp(String),
    /// It certainly did not arrive: back into the queue.
    Requeue,
    /// It will not be delivered.
    Fail(String),
    /// Only the person can say whether it arrived.
    Doubt(QuestionId),
}

impl Event {
    fn label(&self) -> &'static str {
        match self {
            Event::Hold(_) => "be held",
            Event::Launch(_) => "go out with a launch",
            Event::Type(_) => "be typed",
            Event::Typed => "have been typed",
            Event::Submitted => "have been submitted",
            Event::TakenUp(_) => "be taken up",
            Event::Requeue => "be queued again",
            Event::Fail(_) => "fail",
            Event::Doubt(_) => "become uncertain",
        }
    }
}

impl Delivery {
    /// The delivery state that follows `event`.
    ///
    /// # Errors
    /// [`Illegal`] when this state does not allow it: nothing that was typed can be queued again without the person.
    pub fn on(&self, event: Event) -> Result<Delivery, Illegal> {
        use Delivery::{Failed, Launching, Queued, Submitted, TakenUp, Typed, Typing, Uncertain};
        match (self, event) {
            (Queued { .. }, Event::Hold(hold)) => Ok(Queued { hold }),
            (Queued { .. }, Event::Launch(attempt)) => Ok(Launching { attempt }),
            (Queued { .. }, Event::Type(attempt)) => Ok(Typing { attempt }),
            (Typing { attempt }, Event::Typed) => Ok(Typed { attempt: *attempt }),
            (Launching { attempt }, Event::Submitted) => Ok(Submitted { attempt: *attempt, enters: 0 }),
            (Typed { attempt }, Event::Submitted) => Ok(Submitted { attempt: *attempt, enters: 1 }),
            (Submitted { attempt, enters }, Event::Submitted) => {
                Ok(Submitted { attempt: *attempt, enters: enters.saturating_add(1) })
            }
            (Submitted { attempt, .. }, Event::TakenUp(evidence)) => Ok(TakenUp { attempt: *attempt, evidence }),
            (Typing { .. } | Launching { .. } | Uncertain { .. }, Event::Requeue) => Ok(Queued { hold: None }),
            (Typing { .. } | Typed { .. } | Launching { .. } | Submitted { .. }, Event::Doubt(question)) => {
                Ok(Uncertain { question })
            }
            (
                Queued { .. } | Launching { .. } | Typing { .. } | Typed { .. } | Submitted { .. } | Uncertain { .. },
                Event::Fail(reason),
            ) => Ok(Failed { reason }),
            (state, event) => Err(Illegal { noun: "a message", state: state.label(), event: event.label() }),
        }
    }

    /// Nothing more will happen to it.
    pub fn is_final(&self) -> bool {
        matches!(self, Delivery::TakenUp { .. } | Delivery::Failed { .. })
    }

    /// The attempt it is on its way to.
    pub fn attempt(&self) -> Option<AttemptId> {
        match self {
            Delivery::Launching { attempt }
            | Delivery::Typing { attempt }
            | Delivery::Typed { attempt }
            | Delivery::Submitted { attempt, .. }
            | Delivery::TakenUp { attempt, .. } => Some(*attempt),
            Delivery::Queued { .. } | Delivery::Failed { .. } | Delivery::Uncertain { .. } => None,
        }
    }

    /// The one spelling people see.
    pub fn label(&self) -> &'static str {
        match self {
            Delivery::Queued { .. } => "queued",
            Delivery::Launching { .. } => "launching",
            Delivery::Typing { .. } => "typing",
            Delivery::Typed { .. } => "typed",
            Delivery::Submitted { .. } => "submitted",
            Delivery::TakenUp { .. } => "taken up",
            Delivery::Failed { .. } => "failed",
            Delivery::Uncertain { .. } => "uncertain",
        }
    }
}

/// The first line of `body` that says something, shortened to [`EXCERPT_CHARACTERS`], without control characters.
pub fn excerpt_of(body: &str) -> String {
    let line = body.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let spaced = line.chars().map(|character| if character == '\t' { ' ' } else { character });
    let mut characters = spaced.filter(|character| !character.is_control());
    let mut excerpt: String = characters.by_ref().take(EXCERPT_CHARACTERS).collect();
    if characters.next().is_some() {
        excerpt.pop();
        excerpt.push('…');
    }
    excerpt
}

/// `text`, as an agent draws it, shows the beginning of the message with this `excerpt`. White space and the breaks of
/// rows do not count.
pub fn shows_beginning(text: &str, excerpt: &str) -> bool {
    const CHARACTERS: usize = 20;
    let head: String = squeezed(excerpt.trim_end_matches('…')).take(CHARACTERS).collect();
    !head.is_empty() && squeezed(text).collect::<String>().contains(&head)
}

impl Message {
    /// `text`, which stands in an agent's input box, is this message and not somebody's draft.
    pub fn is(&self, text: &str) -> bool {
        /// Fewer could be the beginning of anything.
        const CHARACTERS: usize = 20;
        let text: String = squeezed(text).collect();
        let excerpt: String = squeezed(self.excerpt.trim_end_matches('…')).collect();
        let whole = self.bytes <= self.excerpt.len() + 1;
        !excerpt.is_empty()
            && if whole { text == excerpt } else { excerpt.chars().count() >= CHARACTERS && text.starts_with(&excerpt) }
    }
}

fn squeezed(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|character| !character.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_have_been_typed_is_never_queued_again_without_the_person() {
        let attempt = AttemptId::FIRST;
        for state in [Delivery::Typed { attempt }, Delivery::Submitted { attempt, enters: 1 }] {
            assert!(state.on(Event::Requeue).is_err());
            assert!(state.on(Event::Type(attempt)).is_err());
        }
    }

    #[test]
    fn an_excerpt_is_one_short_line_without_control_characters() {
        assert_eq!(excerpt_of("\n  a\u{1b}b\tc \nsecond"), "ab c");
        assert_eq!(excerpt_of(&"é".repeat(500)).chars().count(), EXCERPT_CHARACTERS);
    }

    #[test]
    fn a_text_shows_a_message_by_its_beginning_whatever_its_white_space() {
        assert!(shows_beginning("❯ fix   the parser\n  please", "fix the parser please"));
        assert!(shows_beginning("a very long line that an agent br\neaks", "line that an agent breaks"));
        assert!(!shows_beginning("", "fix the parser"));
        assert!(!shows_beginning("anything", ""));
    }

    #[test]
    fn a_draft_is_not_taken_for_a_message_that_begins_alike() {
        let message = |body: &str| Message {
            id: MessageId::FIRST,
            session: SessionId::FIRST,
            kind: Kind::Steer,
            excerpt: excerpt_of(body),
            bytes: body.len(),
            delivery: Delivery::Queued { hold: None },
            delivery_since: Timestamp::default(),
            created_at: Timestamp::default(),
        };
        assert!(message("go").is("go"));
        assert!(!message("go").is("google it"));
        assert!(message("the first of several rows\nthe second").is("the first of several\nrows\nthe second"));
        assert!(!message("go\nthe second").is("go home"));
    }
}
