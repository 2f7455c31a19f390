//! Other machines, each a real `sshd` on this one: what is run there, and what happens when the line is lost.

mod sshd;

mod doors;
mod files;
mod lines;
mod processes;
mod programs;
mod workspaces;
mod world;
