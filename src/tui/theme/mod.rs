//! How the dashboard looks. A theme is data: a small file that gives each of about fifteen roles a colour. Which
//! style a thing on the screen has is derived from the roles in one place, [`styles`].
//!
//! Invariants: whatever a theme file says, a complete theme comes out, and what was wrong is told as a [`Warning`].
//! Colour is never the only sign: each style that matters differs in its attributes too, and with [`Colors::Hidden`]
//! (`NO_COLOR`) nothing but attributes is left.
//!
//! The seven built-in themes are `themes/*.toml` of the source tree; the person's own are the files of
//! `themes/` in the configuration folder. They are re-read by calling [`Themes::load`] again.

pub mod catalog;
pub mod changes;
pub mod contrast;
pub mod role;
pub mod sketch;
pub mod styles;

pub use catalog::{Theme, Themes, Warning};
pub use changes::Changes;
pub use role::Role;
pub use styles::{Colors, Styles};
