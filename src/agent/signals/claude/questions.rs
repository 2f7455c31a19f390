//! The agent's own questions to the person: `AskUserQuestion`.

use serde_json::{Map, Value, json};

use super::{
    super::{
        options,
        payload::{list, word},
        tools,
        words::{LINE_CHARACTERS, line, whole},
    },
    call::{ASK_USER_QUESTION, Call},
};
use crate::domain::{
    question::{Answer, DETAIL_BYTES, Kind, Verdict},
    signal::{Ask, Part},
};

/// How much of a question is shown, in bytes.
const QUESTION_BYTES: usize = 4 * 1024;
/// More questions at once than the agent ever asks.
const MOST: usize = 16;

/// What the agent asks; `None` for any other tool.
pub(super) fn ask(call: &Call, key: &str) -> Option<Ask> {
    if call.tool != ASK_USER_QUESTION {
        return None;
    }
    let parts = parts(call).unwrap_or_else(|| {
        let detail = tools::input_in_full(call.input, DETAIL_BYTES);
        let options = vec![options::deny(), options::in_its_pane()];
        let text = "Claude asks something that only its pane can show".to_owned();
        vec![Part { text, detail, options, multiple: false, free_text: true }]
    });
    Some(Ask { key: key.to_owned(), subject: call.subject(), kind: Kind::Asks, parts })
}

/// `None` where the questions are not what they used to be.
fn parts(call: &Call) -> Option<Vec<Part>> {
    let questions = list(call.input, "questions");
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

/// The input that carries the answers: the questions as they came, each with what was answered. `None` where nothing
/// was, or where the questions can't be told apart.
pub(super) fn answered(call: &Call, answers: &[Answer]) -> Option<Value> {
    parts(call)?;
    let questions = list(call.input, "questions").iter();
    let answers: Map<String, Value> = questions
        .zip(answers)
        .filter_map(|(question, answer)| Some((word(question, "question")?.to_owned(), answer_to(question, answer)?)))
        .collect();
    let mut input = call.input.as_object().filter(|_| !answers.is_empty())?.clone();
    input.insert("answers".to_owned(), json!(answers));
    Some(Value::Object(input))
}

/// What was chosen and what was said, as the agent's own dialog would put it: the labels, joined.
fn answer_to(question: &Value, answer: &Answer) -> Option<Value> {
    let original = |chosen: &String| {
        let options = list(question, "options").iter();
        let mut labels = options.filter(|option| label(option).as_ref() == Some(chosen));
        labels.next().and_then(|option| word(option, "label")).unwrap_or(chosen).to_owned()
    };
    let said = answer.text.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let words: Vec<String> = answer.chosen.iter().map(original).chain(said.map(str::to_owned)).collect();
    (!words.is_empty()).then(|| Value::String(words.join(", ")))
}
