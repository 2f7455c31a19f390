//! Which sessions the board shows: words that are found fuzzily, and tokens such as `agent:codex` and `is:asking`.

use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{CaseMatching, Normalization, Pattern},
};

use super::Sign;
use crate::domain::{Objective, Session};

/// Which sessions the board shows.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    text: String,
    tokens: Vec<Token>,
    words: Pattern,
}

#[derive(Debug, Clone)]
enum Token {
    Agent(String),
    Target(String),
    Role(String),
    Is(String),
}

impl Filter {
    /// Reads what the person wrote. Nothing that can be written is an error: an unknown token is a word.
    pub fn parse(text: &str) -> Self {
        let (mut tokens, mut words) = (Vec::new(), Vec::new());
        for part in text.split_whitespace() {
            match part.split_once(':').map(|(name, value)| (name, value.to_lowercase())) {
                Some(("agent", value)) => tokens.push(Token::Agent(value)),
                Some(("target", value)) => tokens.push(Token::Target(value)),
                Some(("role", value)) => tokens.push(Token::Role(value)),
                Some(("is", value)) => tokens.push(Token::Is(value)),
                Some(_) | None => words.push(part),
            }
        }
        let words = Pattern::parse(&words.join(" "), CaseMatching::Smart, Normalization::Smart);
        Self { text: text.to_owned(), tokens, words }
    }

    /// What the person wrote.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// It shows everything.
    pub fn is_empty(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// A filter that has been read, with the memory that finding needs.
    pub fn finder(&self) -> Finder<'_> {
        Finder { filter: self, matcher: Matcher::new(Config::DEFAULT), buffer: Vec::new() }
    }
}

/// Applies a [`Filter`] to many sessions.
pub struct Finder<'a> {
    filter: &'a Filter,
    matcher: Matcher,
    buffer: Vec<char>,
}

impl Finder<'_> {
    /// It shows `session`.
    pub fn shows(&mut self, session: &Session, objective: Option<&Objective>, needs_you: bool) -> bool {
        let filter = self.filter;
        if !filter.tokens.iter().all(|token| token.fits(session, needs_you)) {
            return false;
        }
        if filter.words.atoms.is_empty() {
            return true;
        }
        let (id, title) = objective.map(|objective| (objective.id.to_string(), &*objective.title)).unwrap_or_default();
        let text =
            format!("{} {} {} {} {id} {title}", session.id, session.title, session.profile, session.role.label());
        filter.words.score(Utf32Str::new(&text, &mut self.buffer), &mut self.matcher).is_some()
    }
}

impl Token {
    fn fits(&self, session: &Session, needs_you: bool) -> bool {
        match self {
            Token::Agent(name) => session.profile.as_str().contains(name),
            Token::Target(name) => session.target.as_str().contains(name),
            Token::Role(name) => session.role.label().contains(name),
            Token::Is(what) => {
                let word = Sign::of(session).word.replace(' ', "-");
                word.starts_with(what) || session.state.label().starts_with(what) || (needs_you && what == "needing")
            }
        }
    }
}
