//! `qd transcript`: everything an agent has shown.

use color_eyre::Result;

use super::{
    context::Context,
    failure::Exit,
    ids::candidates,
    terminal::{plain, sgr_only},
};
use crate::{api::Client, domain::SessionId};

/// How many lines are asked for at once: as many as the daemon gives, because it replays the whole for each request.
const PAGE: usize = 100_000;

/// Print everything a session has shown, as far as it was kept
///
/// JSON: the lines with the number of the first and how many there are.
#[derive(Debug, clap::Args)]
pub(super) struct Transcript {
    /// The session
    #[arg(value_name = "SESSION", add = candidates("s"))]
    session: SessionId,
    /// Only the last lines
    #[arg(long, short = 'n', value_name = "N")]
    lines: Option<usize>,
    /// Without colours, as in a pipe
    #[arg(long)]
    plain: bool,
    /// With colours and emphasis, as on a terminal
    #[arg(long, conflicts_with = "plain")]
    ansi: bool,
}

impl Transcript {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        let client = context.client().await?;
        let transcript = read(&client, self.session, self.lines).await?;
        if context.json() {
            context.output.json(&transcript)?;
            return Ok(Exit::Done);
        }
        let colours = self.ansi || (!self.plain && context.output.has_colours());
        if transcript.truncated && transcript.first == 0 {
            context.notices.say("(older output was let go of)");
        }
        for row in &transcript.lines {
            if colours {
                context.output.line(format!("{}\u{1b}[0m", sgr_only(row)))?;
            } else {
                context.output.line(plain(row))?;
            }
        }
        Ok(Exit::Done)
    }
}

/// The last `wanted` lines, or all, put together from pages that are read from the end.
async fn read(client: &Client, id: SessionId, wanted: Option<usize>) -> Result<crate::api::wire::Transcript> {
    let wanted = wanted.unwrap_or(usize::MAX);
    let mut whole = client.transcript(id, None, wanted.min(PAGE)).await?;
    while whole.first > 0 && whole.lines.len() < wanted {
        let page = client.transcript(id, Some(whole.first), (wanted - whole.lines.len()).min(PAGE)).await?;
        if page.lines.is_empty() {
            break;
        }
        whole.first = page.first;
        whole.truncated |= page.truncated;
        whole.lines.splice(..0, page.lines);
    }
    Ok(whole)
}
