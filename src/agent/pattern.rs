//! A regular expression as profiles write it.

use regex::{Captures, Regex, RegexBuilder};
use serde::Deserialize;

/// A regular expression as profiles write it: `^` and `$` match at every row. Matching takes time linear in the text.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct Pattern(Regex);

impl Pattern {
    /// The largest compiled form, in bytes; an ordinary rule takes a few kilobytes.
    const COMPILED_BYTES: usize = 1 << 20;

    /// The first stretch of `text` that it matches.
    pub fn find<'a>(&self, text: &'a str) -> Option<&'a str> {
        self.0.find(text).map(|found| found.as_str())
    }

    /// It matches at the very beginning of `text`.
    pub fn matches_beginning(&self, text: &str) -> bool {
        self.0.find(text).is_some_and(|found| found.start() == 0)
    }

    /// What its first group holds where it matches `row`; empty where the group took no part.
    pub fn first_group<'a>(&self, row: &'a str) -> Option<&'a str> {
        self.0.captures(row).map(|captures| captures.get(1).map_or("", |group| group.as_str()))
    }

    /// All its groups where it matches `row`.
    pub fn groups<'a>(&self, row: &'a str) -> Option<Captures<'a>> {
        self.0.captures(row)
    }

    /// It has a group of this name.
    pub fn has_group(&self, name: &str) -> bool {
        self.0.capture_names().flatten().any(|known| known == name)
    }

    /// `text` without the stretches that it matches.
    pub fn without(&self, text: &str) -> String {
        self.0.replace_all(text, "").into_owned()
    }

    /// It matches somewhere in `text`.
    pub fn matches(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

impl TryFrom<String> for Pattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        RegexBuilder::new(&text)
            .multi_line(true)
            .size_limit(Self::COMPILED_BYTES)
            .build()
            .map(Self)
            .map_err(|error| format!("this is not a regular expression: {error}"))
    }
}
