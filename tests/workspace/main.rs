//! Workspaces with the real git: kinds of repositories, interruptions, and what removal must never lose.

mod any_history;
mod changes;
mod histories;
mod mirror;
mod overlap;
mod prepare;
mod probe;
mod remove;
mod restore;
mod rollback;
mod setup;
mod transfer;
mod world;
