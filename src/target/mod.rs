//! The one door through which programs run.
//!
//! A program is an argument vector, never a string that a shell would read. Each run has a deadline, bounded output and
//! a process group of its own that ends with it. [`Host`] is what the other rooms hold: this machine, or another one.
//!
//! [`processes`] ends whatever came from an attempt, however it tried to get away; [`doctor`] says what a machine has of
//! what sessions need, and how it fares.

mod channel;
pub mod doctor;
pub mod files;
mod host;
pub mod local;
mod many;
pub mod processes;
pub mod program;
pub mod ssh;
mod together;

pub use channel::{Channel, Life};
pub use files::{Entry, FileKind};
pub use host::Host;
pub use local::Local;
pub use many::Found;
pub use program::{Error, Output, Program, Status};
pub use ssh::Ssh;
