//! `qd answer`: decide a question.

use std::{ops::ControlFlow, str::FromStr};

use color_eyre::Result;

use super::{
    context::Context,
    door,
    failure::{Exit, Failure},
    ids::candidates,
    rows,
    terminal::line,
};
use crate::{
    api::Client,
    domain::{
        Command, Question, QuestionId, World,
        question::{Action, Choice, State, Verdict},
    },
};

/// Answer a question with a choice, or in your own words
///
/// JSON: the reply; with --wait the question as it ended.
#[derive(Debug, clap::Args)]
pub(super) struct Answer {
    /// The question
    #[arg(value_name = "QUESTION", add = candidates("q"))]
    question: QuestionId,
    /// The number of a choice, from 1, or yes, no or always (for this session); `qd questions` shows what there is
    #[arg(value_name = "CHOICE", required_unless_present = "text")]
    choices: Vec<Chosen>,
    /// Your own words: instead of a choice, or as the reason for a refusal
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,
    /// Wait until the agent was seen to take the answer up
    #[arg(long)]
    wait: bool,
}

/// A choice as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Chosen {
    Number(usize),
    Yes,
    No,
    Always,
}

/// Text that is no choice.
#[derive(Debug, thiserror::Error)]
#[error("write the number of a choice, yes, no or always; your own words go behind --text")]
struct NoChoice;

impl FromStr for Chosen {
    type Err = NoChoice;

    fn from_str(text: &str) -> Result<Self, NoChoice> {
        match text.to_ascii_lowercase().as_str() {
            "y" | "yes" => Ok(Chosen::Yes),
            "n" | "no" => Ok(Chosen::No),
            "always" => Ok(Chosen::Always),
            number => number.parse().map(Chosen::Number).map_err(|_| NoChoice),
        }
    }
}

impl Chosen {
    /// The number of this choice of `question`.
    fn number(self, question: &Question) -> Result<usize, Failure> {
        let (number, word) = match self {
            Chosen::Number(number) => (Some(number), ""),
            Chosen::Yes => (question.yes(), "yes"),
            Chosen::No => (question.no(), "no"),
            Chosen::Always => (question.always(), "always"),
        };
        number.ok_or_else(|| {
            Failure::new(Exit::Usage, format!("{} has no answer that means {word}", question.id))
                .hint(format!("`qd show {}` shows its choices", question.id))
        })
    }
}

impl Answer {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        let Self { question: id, choices, text, wait } = self;
        let client = context.client().await?;
        let world = client.world().await?;
        let Some(question) = world.questions.get(&id) else {
            let failure = Failure::not_found(format!("there is no open question {id}"));
            let hint = "it may have been answered or withdrawn; `qd questions` lists the open ones";
            return Err(failure.hint(hint).into());
        };
        let numbers: Vec<usize> = choices.iter().map(|choice| choice.number(question)).collect::<Result<_, _>>()?;
        let others = if leaves_it_to_the_pane(question, &numbers) { Vec::new() } else { open_beside(&world, question) };
        let reply = client.command(&Command::Answer { question: id, choices: numbers, text }).await?;
        if wait && others.is_empty() {
            let ended = settled(&client, question).await?;
            return tell(context, &ended);
        }
        if context.json() {
            context.output.json(&reply)?;
        } else if let Some(next) = others.first() {
            context.output.line(format!("{id} is answered; the agent gets it together with the answer to {next}"))?;
        } else {
            context.output.line(format!("{id} is answered"))?;
        }
        Ok(Exit::Done)
    }
}

/// A choice that is not made here, for none of the questions of the same call.
fn leaves_it_to_the_pane(question: &Question, numbers: &[usize]) -> bool {
    let chosen = |number: &usize| question.choices.get(number.checked_sub(1)?);
    let in_pane = |choice: &Choice| choice.action == Action::Reply(Verdict::InPane);
    numbers.iter().filter_map(chosen).any(in_pane)
}

/// The other questions of the same call that wait for an answer: all go back together.
fn open_beside(world: &World, question: &Question) -> Vec<QuestionId> {
    let Some(call) = &question.call else { return Vec::new() };
    let of_it = |other: &&Question| {
        let same = |theirs: &crate::domain::question::Call| (theirs.attempt, &theirs.key) == (call.attempt, &call.key);
        other.id != question.id && other.state.is_open() && other.call.as_ref().is_some_and(same)
    };
    world.questions.values().filter(of_it).map(|other| other.id).collect()
}

/// The question once nothing more comes of it.
async fn settled(client: &Client, question: &Question) -> Result<Question> {
    let id = question.id;
    // The world lets go of a question that is settled.
    let look = |world: &World| match world.questions.contains_key(&id) {
        true => ControlFlow::Continue(()),
        false => ControlFlow::Break(()),
    };
    door::until(client, look).await?;
    let detail = client.session(question.session).await?;
    let ended = detail.questions.into_iter().find(|other| other.id == id);
    Ok(ended.ok_or_else(|| Failure::not_found(format!("{id} was put away with its objective")))?)
}

fn tell(context: &mut Context, ended: &Question) -> Result<Exit> {
    if context.json() {
        context.output.json(ended)?;
    }
    match &ended.state {
        State::Answered { answer, evidence, .. } => {
            if !context.json() {
                let seen = if evidence.is_empty() { String::new() } else { format!(" ({})", line(evidence)) };
                context.output.line(format!("{} answered: {}{seen}", ended.id, line(answer)))?;
            }
            Ok(Exit::Done)
        }
        State::Withdrawn { reason, .. } => {
            let failure = Failure::new(Exit::Refused, format!("{} was withdrawn: {}", ended.id, line(reason)));
            Err(failure.hint(format!("`qd why {}` says what the agent does now", ended.session)).into())
        }
        State::Open | State::Answering { .. } => {
            context.output.line(format!("{} {}", ended.id, rows::question_state(&ended.state)))?;
            Ok(Exit::Failed)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ObjectiveId, SessionId, Timestamp, question::Kind};

    #[test]
    fn only_what_is_left_to_the_pane_is_left_there() {
        let choice = |verdict| Choice { label: "x".into(), description: String::new(), action: Action::Reply(verdict) };
        let question = Question {
            id: QuestionId::FIRST,
            objective: ObjectiveId::FIRST,
            session: SessionId::FIRST,
            kind: Kind::Asks,
            text: "Which?".into(),
            detail: String::new(),
            choices: vec![choice(Verdict::Pick), choice(Verdict::InPane)],
            multiple: false,
            free_text: true,
            call: None,
            state: State::Open,
            created_at: Timestamp(1),
        };
        let left = |numbers: &[usize]| leaves_it_to_the_pane(&question, numbers);
        assert_eq!([left(&[2]), left(&[1]), left(&[]), left(&[0, 3])], [true, false, false, false]);
    }

    #[test]
    fn a_choice_is_a_number_or_a_word() {
        let typed = |text: &str| text.parse::<Chosen>().ok();
        assert_eq!(typed("2"), Some(Chosen::Number(2)));
        assert_eq!(
            [typed("Y"), typed("no"), typed("always")],
            [Some(Chosen::Yes), Some(Chosen::No), Some(Chosen::Always)]
        );
        assert_eq!([typed("-1"), typed("maybe"), typed("")], [None; 3]);
    }
}
