//! The supervisor: one task that decides, and the tasks around it that see and do.
//!
//! ```text
//!  door, observers, performers ──▶ inbox ──▶ Core::handle ──▶ commit ──▶ publish ──▶ perform
//! ```
//!
//! - [`core`] decides; pure.
//! - [`beat`] is the loop: it takes inputs, commits what the core changed in one transaction, and only then publishes
//!   it, answers and lets performers act. A commit that fails ends the daemon with nothing half-done.
//! - [`performer`] does what the core wants, one queue an attempt, looking before it acts.
//! - [`observer`] tells the core what panes are there and what they say. It is woken by what panes print and by
//!   tmux's own events; an idle crew costs nothing but a sight of all panes every few seconds.
//! - [`follow`] reads what agents write down by themselves: what no hook tells, and what was used. Files wake it too.
//! - [`replicate`] brings home what attempts on hosts leave there, for those who read it.
//! - [`watch`] keeps fresh what workspaces changed. Files wake it, and it asks git no more than it must.
//! - [`screens`] gives pictures of panes to whoever looks, past core and store.
//! - [`sightings`] holds what was seen of targets beside their links, and looks whether sessions can run there.
//! - [`publishing`] finds out what a wish to publish leaves open, before the core sees it.
//! - [`Engine`] is the handle that the door holds.

mod agents;
mod beat;
mod calls;
mod checkouts;
pub(crate) mod clock;
mod conversations;
pub mod core;
mod describe;
mod dialogs;
mod feedback;
mod follow;
mod handle;
mod job;
mod keeping;
mod launch;
mod live;
mod look;
mod observer;
mod offering;
mod performer;
mod places;
pub(crate) mod private_file;
mod publishing;
mod remains;
mod replicate;
pub(crate) mod repositories;
mod resolve;
mod rooms;
mod screens;
pub mod sightings;
pub(crate) mod sites;
mod sizes;
mod stopping;
mod supervise;
mod token;
mod told_door;
mod typing;
mod verifying;
mod watch;

pub use agents::{Caller, WaitingCall, hash_of};
pub use beat::{Published, PublishedStep, Subscription};
pub use calls::Calls;
pub(crate) use describe::chain;
pub use handle::{Engine, Sighting};
pub use rooms::Rooms;
pub use sightings::Sightings;
pub use sites::{Folders, Site, Sites};
pub use supervise::{Failure, Supervisor};
