//! Ending everything that came from an attempt.
//!
//! Three ties hold a process to its attempt, and any one is enough: its environment holds [`TAG`] with the attempt's
//! name; it is in the process session of the attempt's first process; it descends from one that is tied. Neither HUP
//! ignored, nor a process group left, nor `setsid`, nor a double fork cuts all three. (What cuts them is to clear the
//! environment, leave the session **and** lose the parent before anybody looks; only control groups would hold that.)
//!
//! A number is not a process. The process session of the first process counts only while one of its members carries
//! the tag, because after a reboot the number may be the person's own shell; and no signal is sent before the start time
//! was compared again. We ourselves are never tied, nor is the first process of the system, nor what descends from us
//! only: the tmux server does not inherit the tag, since [`Local`](super::Local) takes it out.
//! Over there nothing of ours runs for longer than a look.

mod end;
mod here;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(any(test, not(target_os = "linux")))]
mod portable;
mod stat;
mod table;
mod there;

pub use end::{end, remaining};

#[cfg(target_os = "linux")]
use linux as system;
#[cfg(not(target_os = "linux"))]
use portable as system;

/// The variable that every program of an attempt inherits; its value names the attempt.
pub const TAG: &str = "QD_ATTEMPT";
