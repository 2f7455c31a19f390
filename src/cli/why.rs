//! `qd why`: how we know what a session is doing.

use color_eyre::Result;

use super::{
    context::Context,
    failure::Exit,
    ids::candidates,
    rows,
    terminal::{Paint, age, clock, home, line},
};
use crate::domain::{SessionId, activity::Evidence};

/// Say how we know what a session is doing
///
/// JSON: the claim, its evidence, what else was looked at, and what is not known; with --save the file's path.
#[derive(Debug, clap::Args)]
pub(super) struct Why {
    /// The session
    #[arg(value_name = "SESSION", add = candidates("s"))]
    session: SessionId,
    /// Write all of it into a file, with its screen and what its agent told: a bug report
    #[arg(long)]
    save: bool,
}

impl Why {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        let client = context.client().await?;
        if self.save {
            let saved = client.save_why(self.session).await?;
            if context.json() {
                context.output.json(&saved)?;
            } else {
                context.output.line(home(&saved.path))?;
                context.output.note("read it before you give it away: it holds what the agent showed and told")?;
            }
            return Ok(Exit::Done);
        }
        let why = client.why(self.session).await?;
        let output = &mut context.output;
        if context.everywhere.json {
            output.json(&why)?;
            return Ok(Exit::Done);
        }
        let until = why.until.map(|until| format!(", until {}", clock(until, rows::now()))).unwrap_or_default();
        output.line(output.paint(Paint::Strong, &line(&format!("{}{until}", why.claim))))?;
        output.line(format!("  because  {}", evidence(&why.evidence)))?;
        for also in &why.also {
            output.line(format!("  also     {}", evidence(also)))?;
        }
        for unknown in &why.unknown {
            output.line(format!("  unknown  {}", line(unknown)))?;
        }
        for row in &why.screen {
            output.line(output.paint(Paint::Faint, &format!("  screen   {}", line(row))))?;
        }
        Ok(Exit::Done)
    }
}

fn evidence(evidence: &Evidence) -> String {
    let Evidence { source, rule, text, at } = evidence;
    let seen = age(rows::now().since(*at));
    let words = if text.is_empty() { String::new() } else { format!(": {:?}", line(text)) };
    format!("{} — {}{words} ({seen} ago)", source.label(), line(rule))
}
