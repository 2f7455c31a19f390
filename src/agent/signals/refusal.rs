//! The words with which an agent hears no.

use crate::domain::question::Answer;

/// What the person said.
pub(super) fn words(answer: &Answer) -> Option<&str> {
    answer.text.as_deref().map(str::trim).filter(|text| !text.is_empty())
}

/// What the agent is told: the person's words, or that there were none.
pub(super) fn message(answer: &Answer) -> &str {
    words(answer).unwrap_or("The person said no.")
}
