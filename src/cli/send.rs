//! `qd send`: say something to an agent.

use std::ops::ControlFlow;

use color_eyre::Result;

use super::{
    context::Context,
    door,
    failure::{Exit, Failure},
    given::GivenText,
    ids::candidates,
    rows,
};
use crate::{
    api::{Client, client},
    domain::{Command, Message, MessageId, Reply, SessionId, message::Delivery},
};

/// Send text to a session; it is kept and delivered in its turn
///
/// JSON: the reply with the message's id; with --wait the message as it ended.
#[derive(Debug, clap::Args)]
pub(super) struct Send {
    /// The session
    #[arg(value_name = "SESSION", add = candidates("s"))]
    session: SessionId,
    #[command(flatten)]
    text: GivenText,
    /// Wait until the agent was seen to take it up
    #[arg(long)]
    wait: bool,
}

impl Send {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        let text = self.text.read()?;
        let client = context.client().await?;
        let reply = client.command(&Command::Send { session: self.session, text }).await?;
        let Reply::Accepted { message, .. } = reply else {
            return Err(client::Error::Nonsense { what: format!("{reply:?} is no answer to a message") }.into());
        };
        if !self.wait {
            if context.json() {
                context.output.json(&reply)?;
            } else {
                context.output.line(message)?;
            }
            return Ok(Exit::Done);
        }
        let ended = delivered(&client, message).await?;
        if context.json() {
            context.output.json(&ended)?;
        } else {
            context.output.line(format!("{message} {}", rows::delivery(&ended)))?;
        }
        match &ended.delivery {
            Delivery::Failed { .. } => Ok(Exit::Failed),
            Delivery::Uncertain { question } => {
                let failure = Failure::new(Exit::Failed, format!("it is not known whether {message} arrived"));
                Err(failure
                    .hint(format!("`qd show {question}` asks you; nothing is sent twice without your word"))
                    .into())
            }
            Delivery::TakenUp { .. }
            | Delivery::Queued { .. }
            | Delivery::Launching { .. }
            | Delivery::Typing { .. }
            | Delivery::Typed { .. }
            | Delivery::Submitted { .. } => Ok(Exit::Done),
        }
    }
}

/// The message when it has arrived, or will not by itself.
async fn delivered(client: &Client, id: MessageId) -> Result<Message> {
    let look = |world: &crate::domain::World| match world.messages.get(&id) {
        Some(message) if message.delivery.is_final() => ControlFlow::Break(Some(message.clone())),
        Some(message) if matches!(message.delivery, Delivery::Uncertain { .. }) => {
            ControlFlow::Break(Some(message.clone()))
        }
        Some(_) => ControlFlow::Continue(()),
        // The world lets go of what has arrived when something newer follows.
        None => ControlFlow::Break(None),
    };
    match door::until(client, look).await? {
        Some(message) => Ok(message),
        None => Ok(client.message(id).await?.message),
    }
}
