//! `qd attach`: the agent's own pane, with tmux itself.

use std::{io::IsTerminal, process::Command};

use color_eyre::{Result, eyre::WrapErr};

use super::{
    context::Context,
    failure::{Exit, Failure},
    ids::candidates,
};
use crate::domain::SessionId;

/// Attach to a session's pane, full screen; the detach key or `prefix d` leads back
///
/// JSON (with --print): the argument vectors.
#[derive(Debug, clap::Args)]
pub(super) struct Attach {
    /// The session
    #[arg(value_name = "SESSION", add = candidates("s"))]
    session: SessionId,
    /// Only look: no key reaches the agent, and the pane keeps its size
    #[arg(long)]
    read_only: bool,
    /// Print the command line that attaches, for any terminal, and do nothing
    #[arg(long)]
    print: bool,
}

impl Attach {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        let attach = context.client().await?.attach(self.session).await?;
        let argv = if self.read_only { &attach.read_only_argv } else { &attach.argv };
        if self.print && context.json() {
            context.output.json(&attach)?;
            return Ok(Exit::Done);
        }
        if self.print {
            let line = if self.read_only { shell_words::join(argv) } else { attach.line.clone() };
            context.output.line(line)?;
            return Ok(Exit::Done);
        }
        if !context.output.is_terminal() || !std::io::stdin().is_terminal() {
            return Err(Failure::usage("attaching needs a terminal, and this is none")
                .hint("`qd attach --print` gives the command line; `qd screen` shows the pane")
                .into());
        }
        let [program, arguments @ ..] = argv.as_slice() else {
            return Err(Failure::new(Exit::Failed, "the daemon named no program to attach with").into());
        };
        // Inside a tmux of the person's own, tmux would refuse to nest; ours is another server, and means to.
        let attached = Command::new(program).args(arguments).env_remove("TMUX").env_remove("TMUX_PANE").status();
        let attached = attached.wrap_err_with(|| format!("cannot run {program}"))?;
        if attached.success() {
            context.notices.say(format!("{} goes on", self.session));
            Ok(Exit::Done)
        } else {
            let failure = Failure::new(Exit::Failed, format!("attaching ended with {attached}"));
            Err(failure.hint(format!("`qd show {}` says how it stands", self.session)).into())
        }
    }
}
