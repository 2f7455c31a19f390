//! Asking for one thing to be done, and saying that it is.

use std::fmt::Display;

use color_eyre::Result;

use super::{context::Context, failure::Exit};
use crate::domain::{Command, Reply};

/// Sends `command` and says `done`, or the reply as JSON.
///
/// # Errors
/// The daemon's refusal, or no daemon.
pub(super) async fn act(context: &mut Context, command: &Command, done: impl Display) -> Result<Exit> {
    let reply: Reply = context.client().await?.command(command).await?;
    if context.json() {
        context.output.json(&reply)?;
    } else {
        context.output.line(done)?;
    }
    Ok(Exit::Done)
}
