//! `qd verify`: run the commands that say whether work is good.

use std::ops::ControlFlow;

use color_eyre::Result;

use super::{
    context::Context,
    failure::{Exit, Failure},
    ids::candidates,
    terminal::{Paint, line},
    waiting::{Waiting, outlast},
};
use crate::{
    api::client,
    domain::{Command, Reply, SessionId, Verification, World, verification::State},
};

/// Verify a session's work: run the commands that its repository names, in its workspace
///
/// With --wait, exit code 0: all commands succeeded, and the files are kept as they were; 1: one did not, or it could not
/// be found out. `qd show f2` shows what was printed.
///
/// JSON: the reply; with --wait the verification as it ended.
#[derive(Debug, clap::Args)]
pub(super) struct Verify {
    /// The session
    #[arg(value_name = "SESSION", add = candidates("s"))]
    session: SessionId,
    #[command(flatten)]
    waiting: Waiting,
}

impl Verify {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        let client = context.client().await?;
        let reply = client.command(&Command::Verify { session: self.session }).await?;
        let Reply::Verifying { verification: id } = reply else {
            return Err(client::Error::Nonsense { what: format!("{reply:?} is no answer to a verification") }.into());
        };
        if !self.waiting.is_wanted(context) {
            if context.json() {
                context.output.json(&reply)?;
            } else {
                context.output.line(id)?;
            }
            return Ok(Exit::Done);
        }
        let look = |world: &World| match world.verifications.get(&id) {
            None => ControlFlow::Break(None),
            Some(found) if !found.state.is_ended() => {
                ControlFlow::Continue(format!("{id} runs in {}", found.workspace))
            }
            Some(found) => {
                let printed = found.artifact.and_then(|artifact| world.artifacts.get(&artifact));
                ControlFlow::Break(Some((found.clone(), printed.map(|printed| printed.title.clone()))))
            }
        };
        let ended = outlast(context, client, look).await?;
        let (verification, title) = ended.ok_or_else(|| {
            Failure::new(Exit::Failed, format!("it is no longer known what came of {id}"))
                .hint(format!("`qd show {}` lists what was kept", self.session))
        })?;
        tell(context, &verification, title)
    }
}

fn tell(context: &mut Context, ended: &Verification, title: Option<String>) -> Result<Exit> {
    let (exit, paint, why) = match &ended.state {
        State::Passed { checkpoint } => (Exit::Done, Paint::Good, format!("kept as {checkpoint}")),
        State::Failed { how } => (Exit::Failed, Paint::Bad, how.clone()),
        State::Broken { why } => (Exit::Failed, Paint::Bad, why.clone()),
        State::Running => (Exit::Failed, Paint::Bad, "it has not ended".into()),
    };
    if context.json() {
        context.output.json(ended)?;
        return Ok(exit);
    }
    let label = context.output.paint(paint, ended.state.label());
    let words = match (title, &ended.state) {
        (Some(title), State::Passed { .. }) => format!("{title}; {why}"),
        (Some(title), _) => title,
        (None, _) => why,
    };
    let printed = ended.artifact.map(|artifact| format!(" ({artifact})")).unwrap_or_default();
    context.output.line(format!("{} {label}: {}{printed}", ended.id, line(&words)))?;
    if let Some(artifact) = ended.artifact.filter(|_| exit != Exit::Done) {
        context.output.note(format!("`qd show {artifact}` shows what was printed"))?;
    }
    Ok(exit)
}
