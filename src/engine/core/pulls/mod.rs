//! Pull requests: what may be offered, what comes of it, and what is said about it.
//!
//! A step that is under way is in the row ([`pull_request::Step`](crate::domain::pull_request::Step)), one at a time; the
//! performer looks at the forge before it takes it, and its outcome comes back. Whether something may be done at all is
//! decided in [`rules`], for people and agents alike, from the rows; what can only be known at that moment (is it still
//! open? does the branch hold another's commits?) the performer refuses.
//!
//! - [`offering`]: commands and tools
//! - [`offered`]: what came of a step; merged and closed
//! - [`remarks`]: what forges and people say
//! - [`follow_up`]: all that waits to be done about one becomes one session's work

mod follow_up;
mod offered;
mod offering;
mod remarks;
mod rules;

pub(super) use offering::Wish;
