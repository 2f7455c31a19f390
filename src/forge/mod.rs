//! Where work is offered and merged: on GitHub through the real `gh`, or on this machine with git alone.
//!
//! Nothing here decides when. Each function does one thing once, looks before it acts, and says in an enum what
//! happened, because the same request comes again after a crash: [`github::Github::create`] finds the pull request that
//! is there already, a merge that is done says that there is nothing to merge.
//!
//! **GitHub** ([`github`]) is asked with `gh api` only: which repository, host and login count is `gh`'s own
//! configuration, requests carry their bodies on standard input, and no secret is in an argument vector or a log. What
//! is wrong with a request is told by GitHub's codes and headers, not by anybody's English.
//!
//! **A push** ([`push`]) moves exactly one branch, by an explicit commit, and never back unless a lease says from where.
//! The person's `pre-push` hook does not run, as no hook of theirs does on our behalf; what LFS's hook does is done.
//!
//! **Merging here** ([`local`]) happens in git's object store: no checkout is touched. The base moves by comparing and
//! swapping. A base that somebody has checked out moves only with their files, only if they are clean, and only if the
//! caller says so; otherwise the result waits on a branch of its own.

mod error;
pub mod github;
pub mod local;
mod push;
mod seen;

pub use error::Error;
pub use github::Github;
pub use push::{Push, Pushed, push};
pub use seen::{Check, Found, Look, Outcome, Said, Seen};
