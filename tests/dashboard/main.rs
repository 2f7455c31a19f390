//! The dashboard, drawn and driven without a terminal: a world, keys, and what comes of them.

mod anything;
mod behaviour;
mod calls;
mod pictures;
mod questions;
mod script;
mod using;
mod world;
