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
    /// The numbers of the choices, from 1; `qd questions` shows them
    #[arg(value_name = "NUMBER", required_unless_present = "text")]
    choices: Vec<usize>,
    /// Your own words: instead of a choice, or as the reason for a refusal
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,
}

impl Answer {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        let Self { question, choices, text } = self;
        act(context, &Command::Answer { question, choices, text }, format!("{question} is answered")).await
    }
}
