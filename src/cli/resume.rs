//! `qd resume`: start a waiting session's agent again.

use color_eyre::Result;

use super::{act::act, context::Context, failure::Exit, ids::candidates};
use crate::domain::{Command, SessionId};

/// Start a waiting session's agent again, on the conversation it had where the agent can
#[derive(Debug, clap::Args)]
pub(super) struct Resume {
    /// The session
    #[arg(value_name = "SESSION", add = candidates("s"))]
    session: SessionId,
}

impl Resume {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        let session = self.session;
        act(context, &Command::Resume { session }, format!("{session} is queued to go on")).await
    }
}
