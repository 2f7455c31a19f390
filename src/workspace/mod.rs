//! Checkouts for sessions, made and removed with the real `git`.
//!
//! **The person's own checkout is never changed.** A workspace is a linked worktree in a folder of our own, on a branch
//! of its own. All that git writes into the person's repository is objects, a remote-tracking reference (what they
//! expect of a fetch), our branch, and the worktree's registration. Their index is not even refreshed
//! (`--no-optional-locks`), nothing is packed (`gc.auto=0`), and **no hook runs on our behalf**
//! (`core.hooksPath=/dev/null`): a `post-checkout` hook was written for the person's hands and folder and may start
//! anything. Filters (LFS) and credential helpers work; hooks run as always for what an agent does itself.
//!
//! **Making is idempotent.** The intent, with the names chosen, is written beside the folder ([`record`]) before git is
//! asked, and marked done afterwards. What an interrupted attempt left was never seen by an agent and is made afresh;
//! what was finished is handed out again; what somebody has worked in is left alone.
//!
//! **Removing needs proof**: nothing uncommitted, no operation under way, every commit on another branch, a tag or a
//! remote-tracking branch. Against a risk the person gives a reason. Either way what was there stays reachable under
//! `refs/quarterdeck/removed/`, from where [`restore()`] brings it back, until its time is over.
//!
//! Requests on one repository take turns ([`turns`]); those who waited share what the remote has just answered.

mod base;
pub mod branches;
pub mod changes;
mod checkout;
mod error;
mod existing;
mod folders;
pub(crate) mod git;
mod inspect;
mod keep;
mod mirror;
mod names;
mod prepare;
pub(crate) mod probe;
mod record;
mod remove;
mod restore;
mod scratch;
pub mod setup;
mod submodules;
pub mod transfer;
pub(crate) mod turns;

pub use error::Error;
pub use inspect::{Inspection, inspect, size, touched_at};
pub use mirror::mirror;
pub use prepare::{Prepared, Request, Start, prepare};
pub use probe::{Head, Operation, Repository, probe};
pub use remove::remove;
pub use restore::{Removed, Restored, forget_removed, forget_scratch, removed, restore};
pub use scratch::scratch;
pub use setup::{SetUp, set_up};
