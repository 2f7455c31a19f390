//! What the parts of a line are: comments, strings, numbers, keywords, names of types and of what is called.
//!
//! A change shows pieces of files, whose beginnings nobody has read, in the few colours that a theme has. So a language
//! is data: how its comments and strings begin and end, and its words ([`language`]); one reader ([`read`]) goes through
//! a line of any of them in microseconds, without ever looking back. Left out with the feature `syntax`, no language is
//! known and everything looks plain.

pub mod language;
mod read;

use std::ops::Range;

pub use language::Language;

/// What a part of a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Token {
    /// For people.
    Comment,
    /// Quoted.
    String,
    /// A number, or another value that is written out.
    Number,
    /// A word of the language.
    Keyword,
    /// The name of a type, of a tag, or of what is set.
    Type,
    /// The name of what is called.
    Call,
}

/// A part of a line, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// Where it is.
    pub bytes: Range<usize>,
    /// What it is.
    pub token: Token,
}

/// What a line begins in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum State {
    /// Code.
    #[default]
    Code,
    /// A comment or a string that is still open.
    Open {
        /// Which of the language's enclosures.
        enclosure: u8,
        /// How many of them, where they nest.
        depth: u8,
    },
}
