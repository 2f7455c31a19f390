//! The dashboard, drawn and driven without a terminal: a world, keys, and what comes of them.

mod anything;
mod behaviour;
mod calls;
mod changes;
mod left;
mod pictures;
mod pulls;
mod questions;
mod reading;
mod script;
mod targets;
mod using;
mod world;
