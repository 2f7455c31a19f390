//! `qd questions`: what waits for the person's word.

use color_eyre::Result;

use super::{
    context::Context,
    failure::Exit,
    rows::{self, Judged},
    terminal::{Paint, age},
};
use crate::domain::{Question, SessionId, question::State};

/// List what waits for your word, what blocks most first
///
/// JSON: a list of questions.
#[derive(Debug, clap::Args)]
pub(super) struct Questions {
    /// Only those of this session
    #[arg(value_name = "SESSION", add = super::ids::candidates("s"))]
    session: Option<SessionId>,
}

impl Questions {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        let world = context.client().await?.world().await?;
        let order = world.questions_in_order();
        let wanted = |question: &&Question| self.session.is_none_or(|session| session == question.session);
        let questions: Vec<&Question> = order.iter().filter_map(|id| world.questions.get(id)).filter(wanted).collect();
        let output = &mut context.output;
        if context.everywhere.json {
            output.json(&questions)?;
            return Ok(Exit::Done);
        }
        let now = rows::now();
        for question in &questions {
            let Question { id, session, kind, created_at, .. } = question;
            let paint = if question.state.is_open() { Paint::Needs } else { Paint::Faint };
            let part = question.call.as_ref().filter(|call| call.parts > 1);
            let part = part.map(|call| format!("  {} of {}", call.part + 1, call.parts)).unwrap_or_default();
            let head = format!("{id}  {session}  {}  {}{part}", kind.label(), age(now.since(*created_at)));
            output.line(output.paint(paint, &head))?;
            for line in rows::question(question, Judged::Beginning) {
                output.line(format!("    {line}"))?;
            }
            if let State::Answering { answer, .. } = &question.state {
                output.line(format!("    answered: {}; not seen to be taken up yet", rows::answer(answer)))?;
            }
        }
        match questions.iter().find(|question| question.state.is_open()) {
            None if questions.is_empty() => output.note("nothing waits for your word")?,
            None => {}
            Some(first) => output.note(rows::how_to_answer(first))?,
        }
        Ok(Exit::Done)
    }
}
