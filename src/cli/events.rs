//! `qd events`: the log of what happened.

use std::ops::ControlFlow;

use color_eyre::Result;

use super::{
    context::Context,
    door,
    failure::Exit,
    ids::candidates,
    rows,
    terminal::{Output, Paint, Unwritable, clock, line},
};
use crate::domain::{Event, SessionId};

/// Print the log of what happened, oldest first
///
/// JSON: one event a line.
#[derive(Debug, clap::Args)]
pub(super) struct Events {
    /// Go on with what happens from now on
    #[arg(long, short = 'f')]
    follow: bool,
    /// Only about this session
    #[arg(long, value_name = "SESSION", add = candidates("s"))]
    session: Option<SessionId>,
    /// How many of the newest
    #[arg(long, short = 'n', value_name = "N", default_value_t = 50)]
    lines: usize,
}

impl Events {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        let client = context.client().await?;
        let output = &mut context.output;
        let json = context.everywhere.json;
        let mut last = 0;
        for event in client.events(None, self.session, self.lines).await? {
            last = last.max(event.sequence);
            write(output, &event, json)?;
        }
        if !self.follow {
            return Ok(Exit::Done);
        }
        output.flush()?;
        let session = self.session;
        let follow = door::until(&client, |world| {
            // The world holds the newest lines: enough for whatever came since the last look.
            let new = world.log.iter().filter(|event| event.sequence > last);
            let wanted = new.filter(|event| session.is_none() || event.session == session);
            let written = wanted.into_iter().try_for_each(|event| write(output, event, json));
            last = last.max(world.log.last().map_or(0, |event| event.sequence));
            match written.and_then(|()| output.flush()) {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => ControlFlow::Break(error),
            }
        });
        Err(follow.await?.into())
    }
}

fn write(output: &mut Output, event: &Event, json: bool) -> Result<(), Unwritable> {
    if json {
        return output.json_line(event);
    }
    let about = match (event.session, event.objective) {
        (Some(session), _) => session.to_string(),
        (None, Some(objective)) => objective.to_string(),
        (None, None) => "-".into(),
    };
    let at = output.paint(Paint::Faint, &clock(event.at, rows::now()));
    output.line(format!("{at}  {about:<5}  {:<10}  {}", event.kind.label(), line(&event.text)))
}
