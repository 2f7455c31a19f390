//! What only the person can decide.

use serde::{Deserialize, Serialize};

use super::{AttemptId, MessageId, ObjectiveId, PullRequestId, QuestionId, SessionId, Timestamp};

/// What only the person can decide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// `q3`.
    pub id: QuestionId,
    /// The objective it belongs to.
    pub objective: ObjectiveId,
    /// The session that waits for the answer.
    pub session: SessionId,
    /// What it is about.
    pub kind: Kind,
    /// The question in words, with what led to it.
    pub text: String,
    /// What is to be judged, whole: a command, a diff, a plan, at most [`DETAIL_BYTES`]; empty where the text says it all.
    pub detail: String,
    /// The answers that can be chosen, in the order of their number keys, from 1.
    pub choices: Vec<Choice>,
    /// More than one can be chosen.
    pub multiple: bool,
    /// It can be answered in the person's own words, instead of a choice or, where something is refused, as the reason.
    pub free_text: bool,
    /// The call of an agent that waits for the answer; absent where the supervisor itself asks.
    pub call: Option<Call>,
    /// Whether it still waits.
    pub state: State,
    /// When it was asked.
    pub created_at: Timestamp,
}

impl Question {
    /// The number of the choice that means yes: the first that allows, or else the only one that begins with the word.
    pub fn yes(&self) -> Option<usize> {
        self.with(Verdict::Allow).or_else(|| self.only("yes"))
    }

    /// The number of the choice that means no.
    pub fn no(&self) -> Option<usize> {
        self.with(Verdict::Deny).or_else(|| self.only("no"))
    }

    /// The number of the choice that means yes for the whole session.
    pub fn always(&self) -> Option<usize> {
        self.with(Verdict::AllowForSession)
    }

    /// The number that goes with the person's own words: of what they refuse, where they are the reason for that.
    pub fn beside_words(&self) -> Option<usize> {
        let picks = |choice: &Choice| choice.action == Action::Reply(Verdict::Pick);
        self.with(Verdict::Deny).filter(|_| !self.choices.iter().any(picks))
    }

    fn with(&self, verdict: Verdict) -> Option<usize> {
        self.choices.iter().position(|choice| choice.action == Action::Reply(verdict)).map(|place| place + 1)
    }

    fn only(&self, word: &str) -> Option<usize> {
        let begins = |choice: &Choice| {
            let label = choice.label.trim_start().to_lowercase();
            label.strip_prefix(word).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
        };
        let mut found = (1..).zip(&self.choices).filter(|(_, choice)| begins(choice)).map(|(number, _)| number);
        let first = found.next()?;
        found.next().is_none().then_some(first)
    }
}

/// The most that is kept to be judged, in bytes. What is longer says so at its end.
pub const DETAIL_BYTES: usize = 64 * 1024;

/// A call of an agent that waits for an answer. The parts of one call are questions of their own and are sent back
/// together when all are answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Whose agent.
    pub attempt: AttemptId,
    /// Names the call: the same when it is made again after a connection was lost.
    pub key: String,
    /// Names what it is about: a later signal with the same subject says that it is settled.
    pub subject: String,
    /// Which part of the call this question is, from 0.
    pub part: u8,
    /// How many parts the call has.
    pub parts: u8,
    /// How the answer travels.
    pub via: Via,
}

/// How an answer travels to the agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// As the reply of a hook that waits: it can hit no other prompt.
    Hook,
    /// As the result of a tool call that waits; as a message if the call is gone.
    Tool,
    /// As a key pressed in the pane, while it shows the very dialog that was asked about.
    Pane,
}

/// What a question is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The program ended, and nobody has said that the work is done.
    Ended,
    /// The pane is gone with its tmux server or its machine.
    Vanished,
    /// The workspace or the program could not be started.
    NotStarted,
    /// A message may or may not have arrived.
    Delivery,
    /// The agent wants to run a tool.
    Permission,
    /// The agent asks in its own dialog.
    Asks,
    /// The agent asks through the tool `ask_user`.
    AskUser,
    /// The agent wants its plan approved.
    Plan,
    /// The agent shows a dialog that we can read and know nothing else about: trust, login, update.
    Dialog,
    /// The agent's turn failed in a way that it does not mend by itself.
    Failure,
    /// The agent reports that it can't go on, or that its work has failed.
    Report,
    /// The agent says that its work is done, and the commands that verify it, or its reviewer, say that it is not.
    Verify,
    /// A pull request was closed, or can't be moved on.
    PullRequest,
}

impl Kind {
    /// The one spelling people see.
    pub fn label(self) -> &'static str {
        match self {
            Kind::Ended => "ended",
            Kind::Vanished => "vanished",
            Kind::NotStarted => "not started",
            Kind::Delivery => "delivery",
            Kind::Permission => "permission",
            Kind::Asks => "asks",
            Kind::AskUser => "asks you",
            Kind::Plan => "plan",
            Kind::Dialog => "dialog",
            Kind::Failure => "failure",
            Kind::Report => "report",
            Kind::Verify => "verify",
            Kind::PullRequest => "pull request",
        }
    }

    /// How much work stands still until it is answered: the order of the list, most first.
    pub fn blocks(self) -> u8 {
        match self {
            Kind::Permission | Kind::Asks | Kind::AskUser | Kind::Plan | Kind::Dialog => 3,
            Kind::Ended | Kind::Vanished | Kind::NotStarted | Kind::Failure | Kind::Report | Kind::Verify => 2,
            Kind::Delivery | Kind::PullRequest => 1,
        }
    }
}

/// One answer that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What the person reads.
    pub label: String,
    /// What it means, in a line; may be empty.
    pub description: String,
    /// What happens when it is chosen.
    pub action: Action,
}

/// What happens when an answer is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Start the agent again: on the conversation it had, or with its first prompt while that still waits.
    Resume,
    /// The work is done.
    MarkDone,
    /// The work has failed.
    MarkFailed,
    /// Send this message again.
    SendAgain(MessageId),
    /// Consider this message delivered, or not worth sending again.
    DropMessage(MessageId),
    /// Send it to the agent that waits.
    Reply(Verdict),
    /// Tell the agent to go on.
    GoOn,
    /// Tell the agent to shorten its context.
    Compact,
    /// Send back to the agent what is wrong with its work.
    SendBack,
    /// Run the commands that verify its work again.
    VerifyAgain,
    /// Let its change pass, whatever its reviewer says.
    Overrule,
    /// Offer this pull request again, as its branch is now.
    PublishAgain(PullRequestId),
    /// Nothing: the person takes care of it otherwise.
    Leave,
}

/// What an answer to an agent comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// One of the answers it offered, or the person's own words.
    Pick,
    /// Yes, this once.
    Allow,
    /// Yes, and the like of it while this program runs.
    AllowForSession,
    /// No; the person's words say why.
    Deny,
    /// Nothing is decided here: its own dialog in its pane does.
    InPane,
}

/// What the person answered, in the words that go to the agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// What it comes to.
    pub verdict: Verdict,
    /// The labels of what was chosen.
    pub chosen: Vec<String>,
    /// The person's own words.
    pub text: Option<String>,
}

impl Answer {
    /// The answer in one line, as people read it.
    pub fn words(&self) -> String {
        let chosen = self.chosen.join(", ");
        match self.text.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
            Some(text) if chosen.is_empty() => text.to_owned(),
            Some(text) => format!("{chosen}: {text}"),
            None => chosen,
        }
    }
}

/// Whether a question still waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// It waits for the person.
    Open,
    /// The person has answered, and the agent has not been seen to take the answer up.
    Answering {
        /// The answer.
        answer: Answer,
        /// When it was given.
        at: Timestamp,
        /// It has left us: through the waiting call, or as keys.
        sent: bool,
    },
    /// The person answered, and where an agent waited for it, it was seen to take it up.
    Answered {
        /// The answer in one line.
        answer: String,
        /// When it was given.
        at: Timestamp,
        /// What was seen; empty where no agent waited.
        evidence: String,
    },
    /// It no longer needs an answer.
    Withdrawn {
        /// Why.
        reason: String,
        /// When.
        at: Timestamp,
    },
}

impl State {
    /// It waits for the person.
    pub fn is_open(&self) -> bool {
        matches!(self, State::Open)
    }

    /// Nothing more comes of it.
    pub fn is_settled(&self) -> bool {
        matches!(self, State::Answered { .. } | State::Withdrawn { .. })
    }

    /// The one spelling people see.
    pub fn label(&self) -> &'static str {
        match self {
            State::Open => "open",
            State::Answering { .. } => "answering",
            State::Answered { .. } => "answered",
            State::Withdrawn { .. } => "withdrawn",
        }
    }
}
