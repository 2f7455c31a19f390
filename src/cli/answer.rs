//! `qd answer`: decide a question.

use color_eyre::Result;

use super::{act::act, context::Context, failure::Exit, ids::candidates};
use crate::domain::{Command, QuestionId};

/// Answer a question with the number of a choice
#[derive(Debug, clap::Args)]
pub(super) struct Answer {
    /// The question
    #[arg(value_name = "QUESTION", add = candidates("q"))]
    question: QuestionId,
    /// The number of the choice, from 1; `qd questions` shows them
    #[arg(value_name = "NUMBER")]
    choice: usize,
}

impl Answer {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        let Self { question, choice } = self;
        act(context, &Command::Answer { question, choice }, format!("{question} is answered with {choice}")).await
    }
}
