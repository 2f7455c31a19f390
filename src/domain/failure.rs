//! What went wrong between an agent and its provider, as a class and not as a string.

use serde::{Deserialize, Serialize};

use super::Timestamp;

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The class, which decides what follows.
    pub class: Class,
    /// The agent's own words, one line, shortened.
    pub text: String,
    /// When it is over, where that is known: the reset of a usage limit.
    pub until: Option<Timestamp>,
}

/// A class of failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Too many requests at once.
    RateLimit,
    /// The provider is overloaded or broken.
    Overloaded,
    /// What the account may use is used up until the reset.
    UsageLimit,
    /// The conversation is longer than the model can read.
    ContextFull,
    /// The login is missing, wrong or expired.
    Authentication,
    /// The account can't pay.
    Billing,
    /// The provider can't be reached.
    Network,
    /// There is no such model for this account.
    InvalidModel,
    /// Something it needs is forbidden to it.
    PermissionRefused,
    /// Its program broke down.
    Crash,
    /// None of these.
    Unknown,
}

impl Class {
    /// Every class.
    pub const ALL: [Class; 11] = [
        Class::RateLimit,
        Class::Overloaded,
        Class::UsageLimit,
        Class::ContextFull,
        Class::Authentication,
        Class::Billing,
        Class::Network,
        Class::InvalidModel,
        Class::PermissionRefused,
        Class::Crash,
        Class::Unknown,
    ];

    /// The one spelling people see.
    pub fn label(self) -> &'static str {
        match self {
            Class::RateLimit => "rate limit",
            Class::Overloaded => "overloaded",
            Class::UsageLimit => "usage limit reached",
            Class::ContextFull => "context full",
            Class::Authentication => "not logged in",
            Class::Billing => "billing",
            Class::Network => "network",
            Class::InvalidModel => "invalid model",
            Class::PermissionRefused => "permission refused",
            Class::Crash => "crash",
            Class::Unknown => "unknown failure",
        }
    }

    /// The class and how many tries it has cost so far, for an agent that tries again by itself.
    pub fn tries(self, attempt: Option<u32>, of: Option<u32>) -> String {
        let class = self.label();
        match (attempt, of) {
            (Some(attempt), Some(of)) => format!("{class}, try {attempt} of {of}"),
            (Some(attempt), None) => format!("{class}, try {attempt}"),
            (None, _) => class.to_owned(),
        }
    }

    /// What the person can do about it, in one line.
    pub fn remedy(self) -> &'static str {
        match self {
            Class::RateLimit | Class::Overloaded => "try again in a moment",
            Class::UsageLimit => "it goes on by itself after the reset",
            Class::ContextFull => "let it shorten its context, or start another session",
            Class::Authentication => "log in again in its pane (key a attaches), then let it go on",
            Class::Billing => "check the account's credit with its provider, then let it go on",
            Class::Network => "check the connection, then let it go on",
            Class::InvalidModel => "choose another model in its pane, then let it go on",
            Class::PermissionRefused => "give it another way, or allow what it needs",
            Class::Crash => "resume the conversation",
            Class::Unknown => "look at its pane, then let it go on",
        }
    }
}
