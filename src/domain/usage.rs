//! What agents use of their models: tokens, money, context and limits.

use std::collections::BTreeMap;

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
        let more = [self.output, self.cache_read, self.cache_write];
        more.into_iter().fold(self.input, u64::saturating_add)
    }
}

impl std::ops::AddAssign for Tokens {
    fn add_assign(&mut self, other: Self) {
        self.input = self.input.saturating_add(other.input);
        self.output = self.output.saturating_add(other.output);
        self.cache_read = self.cache_read.saturating_add(other.cache_read);
        self.cache_write = self.cache_write.saturating_add(other.cache_write);
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

/// What a model costs by its provider's list, in millionths of a US dollar for a million tokens of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Price {
    /// Read by the model.
    pub input: u64,
    /// Written by the model.
    pub output: u64,
    /// Read from its cache.
    pub cache_read: u64,
    /// Written into its cache.
    pub cache_write: u64,
}

/// List prices, by the beginning of a model's name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Prices(pub BTreeMap<String, Price>);

impl Prices {
    /// The price of `model`: the one whose name it begins with, the longest where there are several.
    pub fn of(&self, model: &str) -> Option<Price> {
        let fits = self.0.iter().filter(|(name, _)| model.starts_with(name.as_str()));
        fits.max_by_key(|(name, _)| name.len()).map(|(_, price)| *price)
    }
}

/// What `tokens` cost at list prices, in millionths of a US dollar.
pub fn estimate(tokens: Tokens, price: Price) -> u64 {
    let parts = [
        (tokens.input, price.input),
        (tokens.output, price.output),
        (tokens.cache_read, price.cache_read),
        (tokens.cache_write, price.cache_write),
    ];
    let sum: u128 = parts.iter().map(|&(tokens, price)| u128::from(tokens) * u128::from(price)).sum();
    u64::try_from(sum / 1_000_000).unwrap_or(u64::MAX)
}

/// What something cost, and how well that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Cost {
    /// Millionths of a US dollar.
    pub micros: u64,
    /// Some of it is an estimate from list prices.
    pub estimated: bool,
    /// Of some of it no price is known.
    pub partial: bool,
}

/// What was used in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Total {
    /// Tokens.
    pub tokens: Tokens,
    /// How many requests.
    pub requests: u64,
    /// What they cost.
    pub cost: Cost,
}

impl Total {
    /// What one attempt has used: its cost by the agent's own word where there is one, otherwise by list prices.
    pub fn of_attempt<'a>(rows: impl IntoIterator<Item = &'a Spent>, own_word: Option<u64>, prices: &Prices) -> Self {
        let mut total = Self::default();
        rows.into_iter().for_each(|spent| total += Self::of_row(spent, prices));
        if let Some(micros) = own_word {
            total.cost = Cost { micros, estimated: false, partial: false };
        }
        total
    }

    /// What one row says, at list prices.
    pub fn of_row(spent: &Spent, prices: &Prices) -> Self {
        let cost = match prices.of(&spent.model) {
            Some(price) => Cost { micros: estimate(spent.tokens, price), estimated: true, partial: false },
            None => Cost { micros: 0, estimated: false, partial: spent.tokens.total() > 0 },
        };
        Self { tokens: spent.tokens, requests: spent.requests, cost }
    }

    /// Nothing was used, as far as is known.
    pub fn is_nothing(&self) -> bool {
        self.tokens.total() == 0 && self.cost.micros == 0
    }
}

impl std::ops::AddAssign for Total {
    fn add_assign(&mut self, other: Self) {
        self.tokens += other.tokens;
        self.requests = self.requests.saturating_add(other.requests);
        self.cost.micros = self.cost.micros.saturating_add(other.cost.micros);
        self.cost.estimated |= other.cost.estimated;
        self.cost.partial |= other.cost.partial;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prices() -> Prices {
        let price = |input| Price { input, output: 5 * input, cache_read: input / 10, cache_write: input };
        Prices([("claude-opus".to_owned(), price(5_000_000)), ("claude-opus-4-1".to_owned(), price(15_000_000))].into())
    }

    #[test]
    fn the_longest_name_that_fits_gives_the_price() {
        assert_eq!(prices().of("claude-opus-4-8-20260601").map(|price| price.input), Some(5_000_000));
        assert_eq!(prices().of("claude-opus-4-1-20250805").map(|price| price.input), Some(15_000_000));
        assert_eq!(prices().of("something-else"), None);
    }

    #[test]
    fn an_estimate_says_so_and_an_agents_own_word_wins() {
        let tokens = Tokens { input: 100_000, output: 10_000, cache_read: 1_000_000, cache_write: 0 };
        let spent = |model: &str| Spent { day: "2026-11-21".into(), model: model.into(), tokens, requests: 3 };
        let estimated = Total::of_attempt([&spent("claude-opus-4-8")], None, &prices());
        assert_eq!(estimated.cost, Cost { micros: 500_000 + 250_000 + 500_000, estimated: true, partial: false });
        let own = Total::of_attempt([&spent("claude-opus-4-8")], Some(7), &prices());
        assert_eq!(own.cost, Cost { micros: 7, estimated: false, partial: false });
        let unknown = Total::of_attempt([&spent("claude-opus-4-8"), &spent("novel")], None, &prices());
        assert!(unknown.cost.partial && unknown.tokens.input == 200_000 && unknown.requests == 6);
    }

    #[test]
    fn the_largest_figures_do_not_overflow() {
        let price = Price { output: u64::MAX, ..Price::default() };
        assert_eq!(estimate(Tokens { output: u64::MAX, ..Tokens::default() }, price), u64::MAX);
    }
}
