//! Quarterdeck: one terminal from which a person commands a crew of coding agents.
pub mod agent;
pub mod api;
pub mod cli;
pub mod config;
pub mod daemon;
pub mod demo;
pub mod domain;
pub mod engine;
pub mod screen;
pub mod store;
pub mod target;
pub mod tmux;
pub mod transcript;
pub mod tui;
pub mod workspace;
