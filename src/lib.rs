//! Quarterdeck: one terminal from which a person commands a crew of coding agents, and can answer at any moment who
//! works on what, what they need, what changed and where it runs. It never pretends: what it says of an agent it has
//! observed, and it can show how it knows.
//!
//! # Two processes
//!
//! `qd` is a client: the dashboard ([`tui`]) or one command ([`cli`]). The supervisor ([`daemon`]) is started by
//! whichever client needs it first, one for each state directory, and outlives them all. Agents are children of neither:
//! they live in a tmux server of our own. So closing the dashboard stops nothing, and killing the daemon stops no agent;
//! the next daemon adopts what lives.
//!
//! # Rooms
//!
//! Dependencies look down only; `tests/architecture.rs` holds that by reading the `use` lines.
//!
//! ```text
//!  tui   cli                         what people see and type: clients, which know the door and nothing behind it
//!   └─┬───┘
//!    api ── daemon                   the door: HTTP and events on a 0600 socket; and the process that puts all together
//!     │
//!   engine                           decides (core, pure), observes, performs
//!     │
//!  store tmux transcript agent workspace forge     the world outside, a room for each part of it
//!     │          └──────── target ───────┘         the one way to run a program
//!  screen  config                    vt100 pictures; settings and places
//!     │
//!   domain                           the nouns and their laws: no IO, no async, no clock
//! ```
//!
//! # One beat
//!
//! ```text
//!  command · observation · an effect's outcome · a deadline
//!                      │
//!           engine::core::Core::handle(input, now)      pure, knows the whole World
//!                      │
//!           changes (rows), effects, reply
//!                      │
//!           commit: one transaction                     fails → the daemon stops, nothing half-done
//!                      │
//!           publish: the same rows, to every dashboard
//!                      │
//!           perform: effects, a queue for each attempt  each outcome comes back as an input
//! ```
//!
//! Commit, then publish, then act. There is no list of things to do: **a row that is not at rest is the intent**
//! (an attempt that is `launching`, a message that is `typing`), and the effect is read off the row. After a crash the
//! same rows give the same effects, and performers look before they act. That is why nothing is done twice:
//!
//! - a pane is named after its attempt, so a second launch finds the first;
//! - a paste and a mark on the pane are one tmux command, executed whole or not at all, so tmux itself remembers what
//!   was typed when the daemon does not; the same holds for Enter;
//! - ending processes, making and removing a workspace can be repeated at any point.
//!
//! What can't be known (did the agent read the message before its machine went down?) becomes a question to the person.
//!
//! # Where it runs
//!
//! ```text
//!  engine::sites ── Site ─┬─ target::Host ── Local, or Ssh: one connection (OpenSSH's own client), many channels
//!   one a target          ├─ tmux::Server ── one control client, through the host
//!                         └─ folders, door, environment, as they are there
//! ```
//!
//! Whoever runs a program, touches a file or asks a pane holds a [`target::Host`] and doesn't know which it is; so
//! sessions on another machine are made, seen, driven and ended by the code that does it here. A host needs nothing of
//! ours: what has to run there is a program that is there, or a script for its `/bin/sh`. Commits go there and come home
//! through the same connection ([`workspace::transfer`]), what panes print and agents write down is copied home as it
//! grows (`engine::replicate`), and agents there find their door at a port of the host's own loopback that leads here.
//!
//! **A line that is cut says nothing about what runs behind it.** From that moment its sessions are `unreachable`, nothing
//! told before is claimed, messages wait where they can be seen, and performers wait for the line and look again before
//! they believe what they did (`engine::job`). What was canceled meanwhile is ended when the host is back. Nothing is
//! believed of a host until it has been looked at: doctor first, then its panes.
//!
//! # What is seen
//!
//! tmux records what each pane prints into a file, and that file's growth is what wakes everything: the pane is read
//! when it has printed something, a few times a second at most, and a picture goes to whoever looks, sixty times a
//! second at most, straight from tmux past core and store. The picture is always a capture, never the stream, so it is
//! right even after a flood. Deaths, attached people and lost connections are pushed by tmux. In case something was
//! missed, one request looks at all panes every few seconds; nothing is forked for any of this. On another machine no file
//! is watched: the tmux server there tells once that a pane prints, and again after that pane was captured.
//!
//! What a pane says about its agent is data in the agent's profile ([`agent`]): rules over its title and its screen.
//! The strongest rule that matches is the claim, kept with its evidence; none is `unknown`.
//!
//! # What is told
//!
//! ```text
//!  agent's hooks ── qd hook ──┐                             ┌─ spool, when no daemon answers
//!  its status line ───────────┤                             │
//!  qd signal, in any script ──┼── 127.0.0.1, a token for ───┴─ api::agents ──┐
//!  its calls of our tools ────┘   each attempt                               ├─ domain::Signal ── the core
//!  its transcript, as it grows ───────────────── engine::follow ─────────────┘
//! ```
//!
//! Agents are launched so that they speak to us ([`agent::equipment`]), beside whatever the person has configured and
//! without a change to it. Whatever they say is read into one vocabulary ([`domain::signal`]) before anybody decides
//! anything, and what is not understood is kept as it came. A token opens the door for one attempt, and only its hash is
//! stored.
//!
//! What an agent told counts more than what its pane shows, until the pane has shown otherwise for longer than it can
//! lag behind; then the word has outlived itself and is forgotten (`engine::core::claims`). A failure is a class with a
//! consequence ([`domain::failure`]): it tries again by itself, it is parked until a limit starts anew, or the person is
//! needed. Figures of usage are absolute, so hearing them twice changes nothing.
//!
//! # What is asked
//!
//! Whatever only the person can decide is a row, a [`domain::Question`], whoever asks: an agent's own dialog, a
//! permission, a plan, `ask_user`, a screen that swallows keys, a failure, the supervisor itself. An answer goes back by
//! the hook or the tool call that waits for it, so it can't reach another prompt; where there is none, as a key that is
//! pressed only while the pane shows the very dialog that was asked about, in one tmux command with the mark that it was
//! pressed. Then the question stays `answering` until the agent was seen to take the answer up. A connection that breaks
//! loses nothing: the call is made again under the same key and finds its answer. If the agent goes on without us, because
//! the person answered in the pane, the question withdraws itself.
//!
//! # What changed
//!
//! ```text
//!  files change ── inotify ── counts ── the row
//!  the agent says done ── verify commands ── a reviewer ── done           red, or "change this", goes back to the agent
//!                              └ green is a checkpoint
//!  publish ── push and open, or offer here ── what is said ── one follow-up ── merge ── workspace gone, with proof
//! ```
//!
//! A state of a workspace is a tree of git ([`workspace::changes`]), made without touching anything that the person or an
//! agent can see; a difference is two trees, and its fingerprint names exactly it. What verifies and reviews a change
//! says so of a fingerprint, and of nothing else.
//!
//! A pull request ([`domain::pull_request`]) is a row with at most one step under way, on GitHub or on this machine alone
//! ([`forge`]); merging here happens in git's objects and moves a branch by comparing and swapping, never a checkout that
//! holds anything of the person's. All rules of who may publish, push, merge and when stand in one file
//! (`engine::core::pulls::rules`). What forges are asked, they are asked in one question a repository, as often as what is
//! awaited deserves (`engine::feedback`); what they say is deduplicated by their own keys and becomes one session's work.
//!
//! # Invariants
//!
//! - Terminal states are final, whatever arrives late; a stale attempt changes nothing ([`domain`]).
//! - The world in memory, the database and every dashboard hold the same rows: all are made by
//!   [`domain::World::apply`] from the same changes.
//! - Only [`target`] runs programs, from argument vectors; [`tmux`] and the dashboard's attach are the two that speak to
//!   tmux itself.
//! - What agents print is data: it reaches the person's terminal only as cells of a grid ([`screen`]), which survives
//!   whatever the parser does not.
//! - The person's checkout, tmux servers and agent settings are read at most.
//! - Nothing grows for ever: recordings, log and memory have bounds.

pub mod agent;
pub mod api;
pub mod cli;
pub mod config;
pub mod daemon;
pub mod demo;
pub mod domain;
pub mod engine;
pub mod forge;
pub mod screen;
pub mod store;
pub mod target;
pub mod tmux;
pub mod transcript;
pub mod tui;
pub mod workspace;
