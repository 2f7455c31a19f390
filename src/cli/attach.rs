//! `qd attach`: the agent's own pane, with tmux itself.

use std::io::IsTerminal;

use color_eyre::Result;

use super::{
    context::Context,
    failure::{Exit, Failure},
    ids::candidates,
};
use crate::{
    domain::SessionId,
    tui::pane::{WayOut, attach},
};

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
        let way_in = context.client().await?.attach(self.session).await?;
        let argv = if self.read_only { &way_in.read_only_argv } else { &way_in.argv };
        if self.print && context.json() {
            context.output.json(&way_in)?;
            return Ok(Exit::Done);
        }
        if self.print {
            let line = if self.read_only { shell_words::join(argv) } else { way_in.line.clone() };
            context.output.line(line)?;
            return Ok(Exit::Done);
        }
        if !context.output.is_terminal() || !std::io::stdin().is_terminal() {
            return Err(Failure::usage("attaching needs a terminal, and this is none")
                .hint("`qd attach --print` gives the command line; `qd screen` shows the pane")
                .into());
        }
        let detach_key = &context.settings.config.dashboard.detach_key;
        let way_out = WayOut::parse(detach_key).map_err(|error| Failure::usage(error.to_string()))?;
        attach(argv, &way_out).await?;
        context.notices.say(format!("{} goes on", self.session));
        Ok(Exit::Done)
    }
}
