//! The programs people type: one file per subcommand, each doing what a key of the dashboard does.
//!
//! - A command speaks to the daemon through [`api::Client`](crate::api::Client) and knows nothing of how it works. The
//!   few that need no daemon (`doctor`, `config`, `completions`, `man`) start none. What agents run ([`hook()`], `signal`)
//!   knocks at their own door instead.
//! - **Standard output is the answer**, aligned for a person, whole in a pipe, JSON with `--json` (the types of
//!   [`domain`](crate::domain) and [`api::wire`](crate::api::wire)). Standard error is what happens beside it.
//! - **The exit code says how it went**: 0 done, 1 failed, 2 usage, 3 not found, 4 refused or canceled.
//! - **Other people's text is data**: prompts, titles and what agents print reach the terminal without control
//!   characters; where colours are asked for, with colours only.

mod arguments;
mod context;
mod door;
mod editor;
mod failure;
mod given;
mod given_repository;
mod hook;
mod ids;
mod logs;
mod terminal;
mod waiting;

mod act;
mod agents;
mod answer;
mod archive;
mod artifacts;
mod attach;
mod cancel;
mod checkouts;
mod checkpoint;
mod checkpoints;
mod completions;
mod config;
mod daemon;
mod dashboard;
mod demo;
mod diff;
mod doctor;
mod done;
mod events;
mod export;
mod file;
mod interrupt;
mod ls;
mod man;
mod new;
mod objective;
mod overrule;
mod patch;
mod pr;
mod ps;
mod questions;
mod reclaim;
mod rename;
mod repo;
mod restore;
mod resume;
mod rollback;
mod rows;
mod screen;
mod search;
mod send;
mod show;
mod signal;
mod target;
mod transcript;
mod usage;
mod verify;
mod why;
mod workspaces;

use std::{io::IsTerminal, process::ExitCode};

use clap::{CommandFactory, Parser};
use color_eyre::Result;

use arguments::{Arguments, Command};
use context::Context;
use failure::{Exit, explain};
use terminal::Notices;

pub use hook::hook;

/// Runs the command line and gives its exit code.
pub fn main() -> ExitCode {
    clap_complete::CompleteEnv::with_factory(Arguments::command).complete();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(said) => {
            // Help and version are no errors; a reader that has gone is none either.
            let _ = said.print();
            return u8::try_from(said.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from);
        }
    };
    let json = arguments.everywhere.json;
    run(arguments).unwrap_or_else(|report| explain(&report, json, Notices::standard())).into()
}

fn run(arguments: Arguments) -> Result<Exit> {
    install_reports()?;
    let mut context = Context::new(arguments.everywhere)?;
    let Some(command) = arguments.command else {
        return dashboard::run(&context);
    };
    // These run on threads of their own, for longer than one answer takes.
    match &command {
        Command::Daemon(daemon) if daemon.is_to_run_here() => return daemon.run_here(&context),
        Command::Demo(demo) => return demo.run(&context),
        _ => {}
    }
    let _log = logs::start(&context.paths, "qd", context.settings.config.log.level);
    // One thread does: a command waits for one answer at a time.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let exit = runtime.block_on(perform(command, &mut context))?;
    context.output.flush()?;
    Ok(exit)
}

/// How panics and, with `RUST_BACKTRACE`, failures look.
fn install_reports() -> Result<()> {
    let reports = color_eyre::config::HookBuilder::default().display_env_section(false);
    let plain = !std::io::stderr().is_terminal();
    if plain { reports.theme(color_eyre::config::Theme::new()).install() } else { reports.install() }
}

async fn perform(command: Command, context: &mut Context) -> Result<Exit> {
    if command.wants_sound_settings() {
        context.refuse_problems()?;
    }
    match command {
        Command::New(command) => command.run(context).await,
        Command::Ls(command) => command.run(context).await,
        Command::Ps(command) => command.run(context).await,
        Command::Show(command) => command.run(context).await,
        Command::Screen(command) => command.run(context).await,
        Command::Send(command) => command.run(context).await,
        Command::Interrupt(command) => command.run(context).await,
        Command::Attach(command) => command.run(context).await,
        Command::Cancel(command) => command.run(context).await,
        Command::Done(command) => command.run(context).await,
        Command::Resume(command) => command.run(context).await,
        Command::Questions(command) => command.run(context).await,
        Command::Answer(command) => command.run(context).await,
        Command::Transcript(command) => command.run(context).await,
        Command::Diff(command) => command.run(context).await,
        Command::Search(command) => command.run(context).await,
        Command::Events(command) => command.run(context).await,
        Command::Usage(command) => command.run(context).await,
        Command::Why(command) => command.run(context).await,
        Command::Agents(command) => command.run(context).await,
        Command::Artifacts(command) => command.run(context).await,
        Command::Export(command) => command.run(context).await,
        Command::Workspaces(command) => command.run(context).await,
        Command::Reclaim(command) => command.run(context).await,
        Command::Restore(command) => command.run(context).await,
        Command::Objective(command) => command.run(context).await,
        Command::Checkpoint(command) => command.run(context).await,
        Command::Checkpoints(command) => command.run(context).await,
        Command::Rollback(command) => command.run(context).await,
        Command::Target(command) => command.run(context).await,
        Command::Pr(command) => command.run(context).await,
        Command::Verify(command) => command.run(context).await,
        Command::Overrule(command) => command.run(context).await,
        Command::Repo(command) => command.run(context).await,
        Command::Rename(command) => command.run(context).await,
        Command::Archive(command) => command.run(context).await,
        Command::Demo(command) => command.run(context),
        Command::Signal(command) => command.run(context),
        Command::Doctor(command) => command.run(context).await,
        Command::Daemon(command) => command.run(context).await,
        Command::Config(command) => command.run(context),
        Command::Completions(command) => command.run(context),
        Command::Man(command) => command.run(context),
    }
}
