//! The supervisor: decides in [`core`], observes and performs beside it.
pub mod core;
