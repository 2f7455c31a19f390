//! Every kind of identifier, registered once.
//!
//! An id is a letter and a number that a person can type: `s14`. Numbers count up per kind and are never reused.

use std::{fmt, num::NonZeroU32, str::FromStr};

use serde::{Deserialize, Serialize};

/// Text that is not an identifier of the kind that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not {kind}: write the letter {letter} and a number, for example {letter}1")]
pub struct NotAnId {
    text: String,
    kind: &'static str,
    letter: char,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident $letter:literal $kind:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(NonZeroU32);

        impl $name {
            /// The letter that starts the written form.
            pub const LETTER: char = $letter;
            /// The first id of its kind.
            pub const FIRST: Self = Self(NonZeroU32::MIN);

            /// The id with this number; `None` for zero.
            pub fn from_number(number: u32) -> Option<Self> {
                NonZeroU32::new(number).map(Self)
            }

            /// The number behind the letter.
            pub fn number(self) -> u32 {
                self.0.get()
            }

            /// The id that follows this one.
            pub fn next(self) -> Self {
                Self(self.0.saturating_add(1))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&format!("{}{}", $letter, self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                text.strip_prefix($letter)
                    .or_else(|| text.strip_prefix($letter.to_ascii_uppercase()))
                    .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
                    .and_then(|digits| digits.parse().ok())
                    .map(Self)
                    .ok_or_else(|| NotAnId { text: text.into(), kind: $kind, letter: $letter })
            }
        }

        impl TryFrom<String> for $name {
            type Error = NotAnId;

            fn try_from(text: String) -> Result<Self, NotAnId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.to_string()
            }
        }
    )*};
}

ids! {
    /// What the person wants done: `o1`.
    ObjectiveId 'o' "an objective";
    /// One piece of work given to one agent: `s14`.
    SessionId 's' "a session";
    /// One launch of a program for a session: `a7`.
    AttemptId 'a' "an attempt";
    /// A text sent to a session: `m5`.
    MessageId 'm' "a message";
    /// Something only the person can decide: `q3`.
    QuestionId 'q' "a question";
    /// Something an objective leaves behind: `f4`.
    ArtifactId 'f' "an artifact";
    /// A checkout with one owner at a time: `w2`.
    WorkspaceId 'w' "a workspace";
    /// A branch that is offered for review: `p1`.
    PullRequestId 'p' "a pull request";
    /// What somebody said about a pull request: `r4`.
    RemarkId 'r' "a remark";
    /// One run of the commands that verify a workspace: `v2`.
    VerificationId 'v' "a verification";
    /// A kept state of a workspace: `c3`.
    CheckpointId 'c' "a checkpoint";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_as_it_is_written() {
        let id: SessionId = "s14".parse().expect("an id");
        assert_eq!(id.to_string(), "s14");
        assert_eq!("S14".parse(), Ok(id));
        assert_eq!(format!("{id:>5}"), "  s14");
    }

    #[test]
    fn what_is_not_an_id_is_refused_with_an_example() {
        for text in ["", "s", "s0", "14", "o14", "s-1", "s+1", "s14x", "s99999999999"] {
            let error = text.parse::<SessionId>().expect_err(text);
            assert!(error.to_string().contains("for example s1"), "{error}");
        }
    }
}
