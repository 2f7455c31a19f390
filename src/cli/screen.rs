//! `qd screen`: what an agent shows now.

use color_eyre::Result;

use super::{
    context::Context,
    failure::Exit,
    ids::candidates,
    terminal::{plain, sgr_only},
};
use crate::domain::SessionId;

/// Print what a session's pane shows now
///
/// JSON: the picture with its size, cursor and title; its contents are to be fed into a terminal parser.
#[derive(Debug, clap::Args)]
pub(super) struct Screen {
    /// The session
    #[arg(value_name = "SESSION", add = candidates("s"))]
    session: SessionId,
    /// With colours and emphasis
    #[arg(long)]
    ansi: bool,
    /// With so many lines of scrollback before it
    #[arg(long, value_name = "LINES", default_value_t = 0)]
    history: u32,
}

impl Screen {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        let screen = context.client().await?.screen(self.session, self.history).await?;
        if context.json() {
            context.output.json(&screen)?;
            return Ok(Exit::Done);
        }
        let lines: Vec<&str> = screen.contents.split("\r\n").collect();
        let shown = lines.iter().rposition(|row| !plain(row).trim().is_empty()).map_or(0, |last| last + 1);
        for row in &lines[..shown] {
            if self.ansi {
                context.output.line(format!("{}\u{1b}[0m", sgr_only(row)))?;
            } else {
                context.output.line(plain(row).trim_end())?;
            }
        }
        Ok(Exit::Done)
    }
}
