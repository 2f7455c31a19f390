//! What an agent is doing now, and how we know.

use serde::{Deserialize, Serialize};

use super::Timestamp;

/// What an agent is doing now, with its evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    /// What it is doing.
    pub doing: Doing,
    /// Since when it has been doing that.
    pub since: Timestamp,
    /// More about it in a few words, for example `Bash: cargo test` or `attempt 5 of 10`; may be empty.
    pub note: String,
    /// When it goes on by itself, where that is known.
    pub until: Option<Timestamp>,
    /// How we know.
    pub evidence: Evidence,
}

/// What an agent can be doing. `Unknown` is a state of our knowledge, never a success.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doing {
    /// No program runs.
    Nothing,
    /// Its program has started and does not take input yet.
    Starting,
    /// At work.
    Working,
    /// It waits for the person's next message.
    YourTurn,
    /// It shows a question or wants a permission.
    Asking,
    /// It shortens its context.
    Compacting,
    /// Its turn is over, and what it left running in the background will wake it.
    Background,
    /// Its provider failed and it tries again by itself.
    Retrying,
    /// A limit is used up; it goes on by itself when that starts anew.
    Parked,
    /// Its host does not answer: it may be doing anything.
    Unreachable,
    /// It runs, and nothing tells us what it does.
    Unknown,
}

impl Doing {
    /// All of them, in the order in which they are declared.
    pub const ALL: [Doing; 11] = [
        Doing::Nothing,
        Doing::Starting,
        Doing::Working,
        Doing::YourTurn,
        Doing::Asking,
        Doing::Compacting,
        Doing::Background,
        Doing::Retrying,
        Doing::Parked,
        Doing::Unreachable,
        Doing::Unknown,
    ];

    /// The one spelling people see.
    pub fn label(self) -> &'static str {
        match self {
            Doing::Nothing => "nothing",
            Doing::Starting => "starting",
            Doing::Working => "working",
            Doing::YourTurn => "your turn",
            Doing::Asking => "asking",
            Doing::Compacting => "compacting",
            Doing::Background => "background",
            Doing::Retrying => "retrying",
            Doing::Parked => "parked",
            Doing::Unreachable => "unreachable",
            Doing::Unknown => "unknown",
        }
    }

    /// The person is what it waits for.
    pub fn needs_the_person(self) -> bool {
        matches!(self, Doing::YourTurn | Doing::Asking)
    }
}

/// How we know something: who said it, by which rule we read it, the words themselves, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Where it comes from.
    pub source: Source,
    /// The rule that read it, for example `claude: title "◐ …" means working`.
    pub rule: String,
    /// The text it was read from, shortened to [`Evidence::TEXT_CHARACTERS`].
    pub text: String,
    /// When it was seen last.
    pub at: Timestamp,
}

impl Evidence {
    /// The longest excerpt that is kept, in characters.
    pub const TEXT_CHARACTERS: usize = 160;
}

/// Where a claim comes from, strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The process itself: alive, dead, its exit status.
    Process,
    /// The agent's own signal.
    Signal,
    /// The agent's own transcript.
    Transcript,
    /// The pane's title, which the agent sets.
    Title,
    /// The text on the screen.
    Screen,
    /// The supervisor's own doing or not knowing.
    Supervisor,
}

impl Source {
    /// The one spelling people see.
    pub fn label(self) -> &'static str {
        match self {
            Source::Process => "process",
            Source::Signal => "signal",
            Source::Transcript => "transcript",
            Source::Title => "pane title",
            Source::Screen => "screen",
            Source::Supervisor => "supervisor",
        }
    }
}
