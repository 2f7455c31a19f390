//! The dashboard, drawn and driven without a terminal: a world, keys, and what comes of them.

mod pictures;
#[expect(dead_code, reason = "the tests of behaviour use the rest")]
mod script;
mod world;
