//! Whole stories: the real `qd`, its daemon, tmux, git and processes, with the scripted stand-in as the agent. Each story
//! has a home of its own and is judged at the far end: what the agent received, which processes live, what git says.

mod account;
mod actor;
mod agent_log;
mod answer_crashes;
mod answers;
mod answers_at_the_dashboard;
mod answers_in_panes;
mod caps;
mod crash;
mod delivery;
mod doors;
mod ended;
mod ends;
mod exactly_once;
mod failures;
mod github;
mod home;
mod host_means;
mod host_program;
mod hosts;
mod left_behind;
mod limits;
mod mcp;
mod mcp_client;
mod person;
mod processes;
mod publishing;
mod pull_requests;
mod refusals;
mod repository;
#[path = "../forge/scripted/mod.rs"]
#[allow(dead_code, reason = "the forge's own tests use all of it")]
mod scripted;
#[path = "../hosts/sshd/mod.rs"]
mod sshd;
mod stop;
mod wait;
mod workspaces;
