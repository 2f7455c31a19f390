//! What the person may set, and where we keep our things.
//!
//! A setting is looked for in five places, and the last that has it wins: the defaults (`default.toml`, compiled in),
//! the person's `config.toml`, a repository's `.quarterdeck.toml`, the environment, `--set` on the command line. Every
//! value keeps its [`Origin`].
//!
//! - **One list of keys.** [`Key::ALL`] says what each may hold; unknown keys and wrong values become a [`Problem`]
//!   that names the file, the line and what would be right.
//! - **A broken setting costs only itself.** [`load`] gives a whole configuration beside its problems: a command
//!   refuses to go on with problems, the daemon and the dashboard say them and work with the rest.
//! - **A repository's file is untrusted.** It may set only keys that can do the person no harm
//!   ([`Key::from_repository`]).

mod editor;
pub mod environment;
mod keep;
mod keys;
mod layer;
mod load;
pub mod notify;
pub mod paths;
mod problem;
pub mod repositories;
mod settings;

pub use editor::{NoEditor, editor};
pub use keep::keep_theme;
pub use keys::Key;
pub use load::{Loaded, PROJECT_FILE, Sources, load};
pub use notify::{Notify, Quiet};
pub use paths::Paths;
pub use problem::{Origin, Problem};
pub use repositories::Repositories;
pub use settings::{Agent, Caps, Config, Dashboard, Level, Log, Retention, Sessions, Workspace};
