//! `qd interrupt`: press the agent's own interrupt keys.

use color_eyre::Result;

use super::{act::act, context::Context, failure::Exit, ids::candidates};
use crate::domain::{Command, SessionId};

/// Interrupt an agent with its own keys; its program goes on
#[derive(Debug, clap::Args)]
pub(super) struct Interrupt {
    /// The session
    #[arg(value_name = "SESSION", add = candidates("s"))]
    session: SessionId,
}

impl Interrupt {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        let session = self.session;
        act(context, &Command::Interrupt { session }, format!("{session} was interrupted")).await
    }
}
