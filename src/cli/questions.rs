//! `qd questions`: what waits for the person's word.

use color_eyre::Result;

use super::{
    context::Context,
    failure::Exit,
    rows,
    terminal::{Paint, age},
};
use crate::domain::Question;

/// List open questions with their choices
///
/// JSON: a list of questions.
#[derive(Debug, clap::Args)]
pub(super) struct Questions {}

impl Questions {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        let world = context.client().await?.world().await?;
        let open: Vec<&Question> = world.questions.values().collect();
        let output = &mut context.output;
        if context.everywhere.json {
            output.json(&open)?;
            return Ok(Exit::Done);
        }
        let now = rows::now();
        for question in &open {
            let head = format!("{}  {}  {}", question.id, question.session, age(now.since(question.created_at)));
            output.line(output.paint(Paint::Needs, &head))?;
            for line in rows::question(question) {
                output.line(format!("    {line}"))?;
            }
        }
        match open.as_slice() {
            [] => output.note("nothing waits for your word")?,
            [first, ..] => output.note(format!("`qd answer {} NUMBER` answers", first.id))?,
        }
        Ok(Exit::Done)
    }
}
