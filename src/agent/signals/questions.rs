//! The questions with which a model asks the person through a tool of its agent: Claude Code and Codex give them the
//! same shape.

use serde_json::Value;

use super::{
    options,
    payload::{list, word},
    tools,
    words::{LINE_CHARACTERS, line, whole},
};
use crate::domain::{
    question::{Answer, DETAIL_BYTES, Verdict},
    signal::Part,
};

/// How much of a question is shown, in bytes.
const QUESTION_BYTES: usize = 4 * 1024;
/// More questions at once than an agent ever asks.
const MOST: usize = 16;

/// What `input` asks, or that only the pane of `agent` can show it.
pub(super) fn parts(agent: &str, input: &Value) -> Vec<Part> {
    readable(input).unwrap_or_else(|| {
        let detail = tools::input_in_full(input, DETAIL_BYTES);
        let options = vec![options::deny(), options::in_its_pane()];
        let text = format!("{agent} asks something that only its pane can show");
        vec![Part { text, detail, options, multiple: false, free_text: true }]
    })
}

/// Each question of `input` that was answered, in its own words, with what was chosen and said. `None` where the
/// questions are not what they used to be.
pub(super) fn answered<'a>(input: &'a Value, answers: &[Answer]) -> Option<Vec<(&'a str, String)>> {
    readable(input)?;
    let questions = list(input, "questions").iter().zip(answers);
    Some(
        questions
            .filter_map(|(question, answer)| Some((word(question, "question")?, words(question, answer)?)))
            .collect(),
    )
}

fn readable(input: &Value) -> Option<Vec<Part>> {
    let questions = list(input, "questions");
    (1..=MOST).contains(&questions.len()).then(|| questions.iter().map(part).collect())?
}

fn part(question: &Value) -> Option<Part> {
    let offered = list(question, "options").iter().map(|option| {
        let description = line(word(option, "description").unwrap_or_default(), 2 * LINE_CHARACTERS);
        Some(options::option(label(option)?, description, Verdict::Pick))
    });
    let mut offered: Vec<_> = offered.collect::<Option<_>>()?;
    offered.push(options::in_its_pane());
    Some(Part {
        text: whole(word(question, "question")?, QUESTION_BYTES),
        detail: String::new(),
        options: offered,
        multiple: question.get("multiSelect").and_then(Value::as_bool).unwrap_or(false),
        free_text: true,
    })
}

/// A choice as the person reads it.
fn label(option: &Value) -> Option<String> {
    word(option, "label").map(|label| line(label, LINE_CHARACTERS))
}

/// What was chosen and what was said, as an agent's own dialog would put it: the labels, joined.
fn words(question: &Value, answer: &Answer) -> Option<String> {
    let original = |chosen: &String| {
        let options = list(question, "options").iter();
        let mut labels = options.filter(|option| label(option).as_ref() == Some(chosen));
        labels.next().and_then(|option| word(option, "label")).unwrap_or(chosen).to_owned()
    };
    let said = answer.text.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let words: Vec<String> = answer.chosen.iter().map(original).chain(said.map(str::to_owned)).collect();
    (!words.is_empty()).then(|| words.join(", "))
}
