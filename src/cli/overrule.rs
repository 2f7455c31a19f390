//! `qd overrule`: decide instead of a reviewer.

use color_eyre::Result;

use super::{act::act, context::Context, failure::Exit, ids::candidates};
use crate::domain::{Command, SessionId};

/// Let a session's change pass, whatever its reviewer says; the reason is kept with the change
#[derive(Debug, clap::Args)]
pub(super) struct Overrule {
    /// The session whose change it is
    #[arg(value_name = "SESSION", add = candidates("s"))]
    session: SessionId,
    /// Why; words are joined by spaces
    #[arg(value_name = "REASON", required = true)]
    reason: Vec<String>,
}

impl Overrule {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        let Self { session, reason } = self;
        let done = format!("the change of {session} may pass");
        act(context, &Command::Overrule { session, reason: reason.join(" ") }, done).await
    }
}
