//! Waiting for what a command has begun, if the person wants that.

use std::ops::ControlFlow;

use color_eyre::Result;

use super::{context::Context, door};
use crate::{
    api::{Client, client},
    domain::World,
};

#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct Waiting {
    /// Wait until it is over, as is done anyway on a terminal; the exit code says how it went
    #[arg(long)]
    wait: bool,
}

impl Waiting {
    /// The outcome is waited for: it was asked for, or a person sits there.
    pub(super) fn is_wanted(self, context: &Context) -> bool {
        self.wait || (context.output.is_terminal() && !context.json())
    }
}

/// What `look` finds in the world, now or later. Says on the way what `look` says; lives through a restart of the daemon.
pub(super) async fn outlast<T>(
    context: &mut Context,
    mut client: Client,
    mut look: impl FnMut(&World) -> ControlFlow<T, String>,
) -> Result<T> {
    let notices = context.notices;
    let mut shown = String::new();
    loop {
        let look = |world: &World| match look(world) {
            ControlFlow::Break(found) => ControlFlow::Break(found),
            ControlFlow::Continue(words) => {
                if words != shown {
                    notices.show(&words);
                    shown = words;
                }
                ControlFlow::Continue(())
            }
        };
        match door::until(&client, look).await {
            Ok(found) => {
                notices.show("");
                return Ok(found);
            }
            Err(client::Error::Broken(_) | client::Error::NoDaemon { .. }) => client = context.client().await?,
            Err(error) => return Err(error.into()),
        }
    }
}
