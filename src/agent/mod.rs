//! What we know of each agent.
//!
//! Agents differ only by the data in their [`Profile`]: a commented TOML file each, built in below `profiles/` or added
//! by the person as `agents/NAME.toml` in the configuration directory. Nothing else in the program knows an agent by
//! name, but the dialects in which some of them tell us what they do ([`signals`]); which one an agent speaks is data
//! too.
//!
//! - A launch is an argv, never a line for a shell, and the prompt in it is the person's text byte for byte.
//! - What the pane says is read by ordered rules; the first that matches is the claim, the others are kept for those
//!   who ask why. Where no rule matches the reading is `Unknown`: silence is not idleness.
//! - A dialog is answered only by keys that its own profile gives for it, and is known by its words.
//! - A profile that can't be read makes that one agent unusable, with the reason, and never another one.
//! - The agent's own configuration is never written, and its own folders are only read.

pub mod composer;
pub mod conversation;
pub mod detect;
pub mod dialog;
pub mod equipment;
mod file;
pub mod launch;
pub mod pattern;
pub mod profile;
pub mod profiles;
pub mod reading;
pub mod signals;
pub mod template;
pub mod transcripts;

pub use conversation::{conversation_of, conversation_on};
pub use detect::{Found, detect};
pub use dialog::Dialog;
pub use equipment::{Equipment, Ours, OwnSettings};
pub use launch::{Launch, LaunchRequest};
pub use profile::{Completion, Conversation, Profile, PromptWay, Quit, own_executable};
pub use profiles::{Error, Origin, Profiles};
pub use reading::{Reading, Sight, read};
