//! What the person may set, and where we keep our things.

pub mod paths;

pub use paths::Paths;
