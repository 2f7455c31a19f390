//! The answers that every request for permission offers.

use crate::domain::{question::Verdict, signal::AskOption};

/// Yes, this once.
pub(super) fn allow() -> AskOption {
    option("Allow", "this once", Verdict::Allow)
}

/// Yes, and this from now on: `words` say exactly what.
pub(super) fn allow_for_session(words: String) -> AskOption {
    option("Allow for this session", words, Verdict::AllowForSession)
}

/// No.
pub(super) fn deny() -> AskOption {
    option("Deny", "it goes on without it; your words tell it why", Verdict::Deny)
}

/// Not here.
pub(super) fn in_its_pane() -> AskOption {
    option("Decide in its pane", "its own dialog decides", Verdict::InPane)
}

/// An answer in these words.
pub(super) fn option(label: impl Into<String>, description: impl Into<String>, verdict: Verdict) -> AskOption {
    AskOption { label: label.into(), description: description.into(), verdict }
}
