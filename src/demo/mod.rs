//! The product alive with no account: a scripted agent, a throwaway home, a small repository, and a crew at work on it.
//!
//! - [`stand_in`](mod@stand_in) is a real program with a real terminal interface that runs in real panes; only what it says is
//!   scripted. The tests use the same one.
//! - [`home`] and [`repository`] make the place, [`seed`](mod@seed) starts the crew through the same door as everybody;
//!   [`leave`](fn@leave) ends all of it.
//!
//! Nothing of the person's own is read or written: the home and the repository lie in one temporary folder, which is
//! removed at the end; what a killed demo has left behind, by the next one.

pub mod home;
pub mod leave;
pub mod repository;
pub mod seed;
pub mod stand_in;

pub use home::{Home, abandoned_homes, make_home};
pub use leave::{clear_away, leave};
pub use repository::make_repository;
pub use seed::{Seeded, seed};
pub use stand_in::stand_in;
