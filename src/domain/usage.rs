//! What agents use of their models: tokens, money, context and limits.

use serde::{Deserialize, Serialize};

use super::{AttemptId, ProfileName, SessionId, Timestamp};

/// What one attempt has used of one model on one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// By whom.
    pub attempt: AttemptId,
    /// Whose attempt that is.
    pub session: SessionId,
    /// Which agent, and with it which provider.
    pub profile: ProfileName,
    /// The figures.
    pub spent: Spent,
}

/// What was used of one model on one day: absolute figures, so that hearing them twice changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spent {
    /// The day by the person's clock, `2026-11-21`.
    pub day: String,
    /// The model, as the agent names it.
    pub model: String,
    /// The figures.
    pub tokens: Tokens,
    /// How many requests.
    pub requests: u64,
}

/// Tokens by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tokens {
    /// Read by the model, without those that came from or went into its cache.
    pub input: u64,
    /// Written by the model.
    pub output: u64,
    /// Read from its cache.
    pub cache_read: u64,
    /// Written into its cache.
    pub cache_write: u64,
}

impl Tokens {
    /// All of them.
    pub fn total(self) -> u64 {
        self.input + self.output + self.cache_read + self.cache_write
    }
}

impl std::ops::AddAssign for Tokens {
    fn add_assign(&mut self, other: Self) {
        self.input += other.input;
        self.output += other.output;
        self.cache_read += other.cache_read;
        self.cache_write += other.cache_write;
    }
}

/// What an attempt's meters show now. What a new reading does not know stays as it was.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meter {
    /// The model in use.
    pub model: Option<String>,
    /// What the conversation has cost by the agent's own word, in millionths of a US dollar.
    pub cost_micros: Option<u64>,
    /// How full the context was at the last request.
    pub context: Option<Context>,
    /// The account's limits.
    pub limits: Vec<Limit>,
}

/// How full an agent's context is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    /// Tokens in the last request.
    pub used: u64,
    /// Tokens that fit.
    pub size: u64,
}

impl Context {
    /// From this on the person is warned, in percent.
    pub const WARN_PERCENT: u8 = 80;

    /// How full it is, 0 to 100.
    pub fn percent(self) -> u8 {
        let percent = self.used.saturating_mul(100).checked_div(self.size).unwrap_or(0).min(100);
        u8::try_from(percent).unwrap_or(100)
    }
}

/// One limit of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// Its name, for example `5 hours`.
    pub name: String,
    /// How much of it is used, 0 to 100.
    pub used_percent: u8,
    /// When it starts anew.
    pub resets_at: Option<Timestamp>,
}

/// An attempt's meters, as a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metered {
    /// Whose.
    pub attempt: AttemptId,
    /// Whose attempt that is.
    pub session: SessionId,
    /// What they show.
    pub meter: Meter,
    /// Since when.
    pub at: Timestamp,
}

impl Meter {
    /// What `newer` knows replaces what was known.
    pub fn update(&mut self, newer: Meter) {
        let Meter { model, cost_micros, context, limits } = newer;
        self.model = model.or(self.model.take());
        self.cost_micros = cost_micros.or(self.cost_micros);
        self.context = context.or(self.context);
        if !limits.is_empty() {
            self.limits = limits;
        }
    }
}
