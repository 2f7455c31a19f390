//! `qd export`: an objective as one document.

use std::path::PathBuf;

use color_eyre::Result;

use super::{
    context::Context,
    failure::Exit,
    file,
    ids::candidates,
    terminal::{block, home},
};
use crate::domain::ObjectiveId;

/// Write all of an objective as one Markdown document
///
/// What was asked, who did what, questions and answers, messages, pull requests, what was left behind, what it cost, and
/// what happened when; also of an objective that was put away.
///
/// JSON: {"report": "…"}, or {"path": "…"}.
#[derive(Debug, clap::Args)]
pub(super) struct Export {
    /// The objective
    #[arg(value_name = "OBJECTIVE", add = candidates("o"))]
    objective: ObjectiveId,
    /// Into this file instead of the standard output
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
    /// Over what is there
    #[arg(long, requires = "to")]
    force: bool,
}

impl Export {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        let report = context.client().await?.report(self.objective).await?;
        if let Some(path) = &self.to {
            file::write(path, report.as_bytes(), self.force)?;
            if context.json() {
                context.output.json(&serde_json::json!({ "path": path }))?;
            } else {
                context.output.line(format!("{} is in {}", self.objective, home(path)))?;
            }
        } else if context.json() {
            context.output.json(&serde_json::json!({ "report": report }))?;
        } else {
            context.output.line(block(report.trim_end()))?;
        }
        Ok(Exit::Done)
    }
}
