//! The one door through which programs run.
//!
//! A program is an argument vector, never a string that a shell would read. Each run has a deadline, bounded output and
//! a process group of its own that ends with it. Only this machine exists here; a host reached over SSH comes in beside
//! [`Local`] with the same [`Program`] and [`Output`], because neither names anything of this machine.
//!
//! [`processes`] ends whatever came from an attempt, however it tried to get away; [`machine`] tells how the machine
//! fares.

pub mod local;
pub mod machine;
pub mod processes;
pub mod program;
mod together;

pub use local::Local;
pub use program::{Error, Output, Program, Status};
