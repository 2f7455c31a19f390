//! The repositories that the person has written down, in `repositories.toml` beside `config.toml`.
//!
//! - **Only the person's own file says what is run.** Setup, verification and what is copied come from here, never from
//!   a file inside a repository: whoever can commit to it would decide what runs here.
//! - **A mistake never loosens a rule.** A value that makes no sense is said with its line, no agent is started in that
//!   repository, and nothing of it is published, until it is corrected. A file that is not TOML leaves what was good
//!   before; where nothing was, no agent is started in any repository.
//! - [`Repositories`] looks at the file when it is asked something, and reads it when it has changed since.

mod edit;
mod file;
mod handle;
mod place;
mod values;

/// The file as it is explained, without a setting in it.
pub const EXAMPLE: &str = include_str!("repositories.toml");

pub use edit::{Error as EditError, add, remove};
pub use handle::Repositories;
pub use place::{checkout_of, top_of};
