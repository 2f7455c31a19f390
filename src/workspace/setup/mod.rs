//! Making a new workspace usable before its agent starts: files that git does not keep, the repository's own commands,
//! ports of its own.
//!
//! What was set up is written beside the workspaces ([`state`]): a setup that has ended well is not run again, one that
//! failed or was interrupted is run again from its start, in the same folder. What it printed is in a log beside that
//! for as long as the workspace lives.

mod copy;
mod ports;
mod printed;
mod send;
mod state;
mod variables;

use std::{path::Path, time::Instant};

use tokio_util::sync::CancellationToken;

pub use ports::Ports;
pub use printed::Printed;
pub(super) use state::{Stage, State, is_as_left};

use super::{Error, git::Git};
use crate::{
    config::environment::OF_AN_AGENT,
    domain::{Repository, SessionId, WorkspaceId, repository::Setup},
    target::{self, Host, Program, Status},
};

/// How many of the last lines that a command printed say why it failed.
const LAST_LINES: usize = 8;

/// A workspace that shall be made usable.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// Its id.
    pub workspace: WorkspaceId,
    /// Who works in it.
    pub session: SessionId,
    /// Its folder.
    pub path: &'a Path,
    /// Its branch.
    pub branch: Option<&'a str>,
    /// The folder below which all workspaces lie.
    pub root: &'a Path,
    /// How work in its repository goes.
    pub repository: &'a Repository,
}

/// How a setup went.
#[derive(Debug)]
pub enum SetUp {
    /// The workspace is usable. What was printed is there if something was run or copied just now.
    Done(Option<Printed>),
    /// It is not.
    Failed {
        /// Why, with the last lines that were printed.
        why: String,
        /// All of it.
        printed: Printed,
    },
    /// It was called off.
    Canceled,
}

/// Makes a workspace usable; what has been made so stays as it is. `extra` is set in the environment of what is run.
///
/// # Errors
/// When no ports are free, or what is kept of the setup can't be read or written.
pub async fn set_up(
    host: &Host,
    place: Place<'_>,
    extra: &[(String, String)],
    cancel: &CancellationToken,
) -> Result<SetUp, Error> {
    let mut state = State::of(host, place).await?;
    let setup = &place.repository.setup;
    if matches!(state.stage, Stage::Done { .. }) {
        return Ok(SetUp::Done(None));
    }
    if setup.copy.is_empty() && setup.commands.is_empty() {
        state.done(host, None).await?;
        return Ok(SetUp::Done(None));
    }
    let since = Instant::now();
    let mut printed = Printed::into(host, &state.log())?;
    let ran = tokio::select! {
        ran = carry_out(host, place, setup, &state, extra, &mut printed) => ran?,
        () = cancel.cancelled() => return Ok(SetUp::Canceled),
    };
    printed.finish(host).await?;
    match ran {
        Ok(()) => {
            let left = state::as_left(&Git::new(host, place.path)).await?;
            state.done(host, Some(left)).await?;
            printed.title = format!("ended well after {} s", since.elapsed().as_secs());
            Ok(SetUp::Done(Some(printed)))
        }
        Err(how) => {
            let why = printed.with_last_lines(&how, LAST_LINES);
            printed.title = how;
            Ok(SetUp::Failed { why, printed })
        }
    }
}

/// The variables of a workspace, for whatever runs in it. Its ports are found when it has none yet.
///
/// # Errors
/// When no ports are free, or what is kept of the setup can't be read or written.
pub async fn variables(host: &Host, place: Place<'_>) -> Result<Vec<(String, String)>, Error> {
    let state = State::of(host, place).await?;
    Ok(variables::of(place, state.ports))
}

/// Copies and runs; gives what was the first to fail.
async fn carry_out(
    host: &Host,
    place: Place<'_>,
    setup: &Setup,
    state: &State,
    extra: &[(String, String)],
    printed: &mut Printed,
) -> Result<Result<(), String>, Error> {
    if !setup.copy.is_empty() {
        let said = copy::files(host, &place.repository.folder, place.path, &setup.copy).await?;
        match said {
            Ok(lines) => lines.iter().for_each(|line| printed.line(line)),
            Err(why) => {
                printed.line(&why);
                return Ok(Err(why));
            }
        }
    }
    let mut environment = variables::of(place, state.ports);
    environment.extend(extra.iter().cloned());
    let since = Instant::now();
    for argv in &setup.commands {
        let line = shell_words::join(argv);
        printed.line(&format!("$ {line}"));
        let mut program = Program::new(argv.iter().cloned());
        program.directory = Some(place.path.into());
        program.deadline = setup.deadline.saturating_sub(since.elapsed());
        program.without = OF_AN_AGENT.iter().map(|&name| name.to_owned()).collect();
        program.without.retain(|name| environment.iter().all(|(own, _)| own != name));
        program.environment.clone_from(&environment);
        let how = match host.run_together(program, |bytes| printed.hear(bytes)).await {
            Ok(Status::Exited(0)) => continue,
            Ok(status) => format!("{line} {status}"),
            Err(target::Error::TimedOut { .. }) => {
                format!("{line} was ended: the setup had not ended after {} s", setup.deadline.as_secs())
            }
            Err(error) => error.to_string(),
        };
        printed.line(&how);
        return Ok(Err(how));
    }
    Ok(Ok(()))
}
