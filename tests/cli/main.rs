//! The command `qd` as a person and a script meet it: the real binary in a home of its own.

mod attach;
mod changes;
mod complaints;
mod doctor;
mod home;
mod pull_requests;
mod repositories;
mod settings;
mod spellings;
mod stories;
mod supervisor;
