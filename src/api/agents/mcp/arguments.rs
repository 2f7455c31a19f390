//! What a tool was called with, read and held against its bounds.

use rmcp::model::JsonObject;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use super::tools;
use crate::domain::{ArtifactId, artifact, pull_request, question, remark, session::Outcome, tool::ToolCall};

/// A question and what can be answered are read at a glance; what takes reading belongs into the context.
const QUESTION_CHARACTERS: usize = 4_000;
/// As many as there are number keys.
const OPTIONS: usize = 9;
const OPTION_CHARACTERS: usize = 200;
const PROGRESS_CHARACTERS: usize = 500;
const TITLE_CHARACTERS: usize = 200;
/// A summary, or the evidence for it.
const REPORT_BYTES: usize = 64 * 1024;

/// A call, as it can be carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Call {
    /// Waits for the person.
    AskUser(AskUser),
    /// Reads what was left.
    ReadArtifact(ReadArtifact),
    /// Is carried out at once.
    Tool(ToolCall),
}

/// What the person is asked.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AskUser {
    pub(super) question: String,
    #[serde(default, deserialize_with = "none_is_empty")]
    pub(super) options: Vec<String>,
    #[serde(default, deserialize_with = "none_is_empty")]
    pub(super) context: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReportResult {
    outcome: Outcome,
    summary: String,
    #[serde(default)]
    evidence: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReportProgress {
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CreateNote {
    #[serde(default, deserialize_with = "none_is_empty")]
    kind: NoteKind,
    title: String,
    body: String,
}

/// What agents may leave by their own word; the rest is kept by whoever has seen it.
#[derive(Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum NoteKind {
    #[default]
    Note,
    Benchmark,
    Patch,
}

impl From<NoteKind> for artifact::Kind {
    fn from(kind: NoteKind) -> Self {
        match kind {
            NoteKind::Note => artifact::Kind::Note,
            NoteKind::Benchmark => artifact::Kind::Benchmark,
            NoteKind::Patch => artifact::Kind::Patch,
        }
    }
}

/// Which artifact is read, and from where on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReadArtifact {
    pub(super) id: ArtifactId,
    #[serde(default, deserialize_with = "none_is_empty")]
    pub(super) start: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListArtifacts {}

/// Of a pull request, when it is opened and later.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Described {
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    body: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CommentPr {
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SubmitReview {
    verdict: Verdict,
    summary: String,
}

#[derive(PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Approve,
    RequestChanges,
}

/// Why a call can't be carried out as it was made, for the model that made it.
#[derive(Debug, thiserror::Error)]
pub(super) enum Wrong {
    #[error("there is no tool {0:?}")]
    Tool(String),
    #[error(
        "the arguments don't fit the tool: {0}. Nothing was done; call it again with arguments that fit its schema"
    )]
    Shape(#[source] serde_json::Error),
    #[error("{0:?} is empty. Nothing was done; call it again with a text")]
    Empty(&'static str),
    #[error("{field:?} has {length} {unit}, and at most {most} are taken. Nothing was done; call it again, shorter")]
    Long { field: &'static str, length: usize, unit: &'static str, most: usize },
    #[error("there is neither a title nor a body. Nothing was done; call it again with what shall change")]
    Nothing,
    #[error(
        "there are {0} options, and at most {OPTIONS} are taken. Nothing was done; call it again with the likeliest \
         ones: the person can also answer in their own words"
    )]
    ManyOptions(usize),
    #[error("the option {0:?} stands there twice. Nothing was done; call it again with options that differ")]
    SameOption(String),
}

impl Call {
    /// Reads the call of `tool`.
    pub(super) fn parse(tool: &str, arguments: JsonObject) -> Result<Self, Wrong> {
        Ok(match tool {
            tools::ASK_USER => Call::AskUser(read::<AskUser>(arguments)?.bounded()?),
            "report_result" => {
                let ReportResult { outcome, summary, evidence } = read(arguments)?;
                let summary = bytes("summary", text("summary", &summary)?, REPORT_BYTES)?;
                let evidence = evidence.filter(|evidence| !evidence.trim().is_empty());
                let evidence = evidence.map(|text| bytes("evidence", text, REPORT_BYTES)).transpose()?;
                Call::Tool(ToolCall::ReportResult { outcome, summary, evidence })
            }
            "report_progress" => {
                let ReportProgress { text } = read(arguments)?;
                Call::Tool(ToolCall::ReportProgress { text: line("text", &text, PROGRESS_CHARACTERS)? })
            }
            "create_note" => {
                let CreateNote { kind, title, body } = read(arguments)?;
                let title = line("title", &title, TITLE_CHARACTERS)?;
                let body = bytes("body", text("body", &body)?, artifact::BODY_BYTES)?;
                Call::Tool(ToolCall::CreateNote { kind: kind.into(), title, body })
            }
            "list_artifacts" => {
                let ListArtifacts {} = read(arguments)?;
                Call::Tool(ToolCall::ListArtifacts)
            }
            "read_artifact" => Call::ReadArtifact(read(arguments)?),
            "publish_pr" => {
                let (title, body) = read::<Described>(arguments)?.bounded()?;
                Call::Tool(ToolCall::PublishPr { title, body, forge: None })
            }
            "update_pr" => match read::<Described>(arguments)?.bounded()? {
                (None, None) => return Err(Wrong::Nothing),
                (title, body) => Call::Tool(ToolCall::UpdatePr { title, body }),
            },
            "comment_pr" => {
                let CommentPr { text: words } = read(arguments)?;
                let text = bytes("text", text("text", &words)?, remark::TEXT_BYTES)?;
                Call::Tool(ToolCall::CommentPr { text })
            }
            "submit_review" => {
                let SubmitReview { verdict, summary } = read(arguments)?;
                let summary = bytes("summary", text("summary", &summary)?, REPORT_BYTES)?;
                Call::Tool(ToolCall::SubmitReview { approve: verdict == Verdict::Approve, summary })
            }
            other => return Err(Wrong::Tool(other.to_owned())),
        })
    }
}

impl AskUser {
    fn bounded(self) -> Result<Self, Wrong> {
        let question = characters("question", text("question", &self.question)?, QUESTION_CHARACTERS)?;
        let context = bytes("context", self.context.trim().to_owned(), question::DETAIL_BYTES)?;
        if self.options.len() > OPTIONS {
            return Err(Wrong::ManyOptions(self.options.len()));
        }
        let mut options: Vec<String> = Vec::with_capacity(self.options.len());
        for option in &self.options {
            let option = line("options", option, OPTION_CHARACTERS)?;
            if options.contains(&option) {
                return Err(Wrong::SameOption(option));
            }
            options.push(option);
        }
        Ok(Self { question, options, context })
    }
}

impl Described {
    /// Models write an empty text for what they leave out.
    fn bounded(self) -> Result<(Option<String>, Option<String>), Wrong> {
        let said = |text: &String| !text.trim().is_empty();
        let title = self.title.filter(said);
        let title = title.map(|title| line("title", &title, pull_request::TITLE_CHARACTERS)).transpose()?;
        let body = self.body.filter(said);
        let body = body.map(|body| bytes("body", body.trim().to_owned(), pull_request::BODY_BYTES)).transpose()?;
        Ok((title, body))
    }
}

fn read<Arguments: DeserializeOwned>(arguments: JsonObject) -> Result<Arguments, Wrong> {
    serde_json::from_value(Value::Object(arguments)).map_err(Wrong::Shape)
}

/// Models write null for what they leave out.
fn none_is_empty<'de, Field, Source>(source: Source) -> Result<Field, Source::Error>
where
    Field: Default + Deserialize<'de>,
    Source: serde::Deserializer<'de>,
{
    Ok(Option::<Field>::deserialize(source)?.unwrap_or_default())
}

fn text(field: &'static str, text: &str) -> Result<String, Wrong> {
    let text = text.trim();
    if text.is_empty() { Err(Wrong::Empty(field)) } else { Ok(text.to_owned()) }
}

/// A text in one line: breaks become spaces.
fn line(field: &'static str, words: &str, most: usize) -> Result<String, Wrong> {
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    characters(field, text(field, &line)?, most)
}

fn characters(field: &'static str, text: String, most: usize) -> Result<String, Wrong> {
    let length = text.chars().count();
    if length > most { Err(Wrong::Long { field, length, unit: "characters", most }) } else { Ok(text) }
}

fn bytes(field: &'static str, text: String, most: usize) -> Result<String, Wrong> {
    let length = text.len();
    if length > most { Err(Wrong::Long { field, length, unit: "bytes", most }) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(tool: &str, arguments: Value) -> Result<Call, String> {
        let Value::Object(arguments) = arguments else { panic!("arguments are an object") };
        Call::parse(tool, arguments).map_err(|wrong| wrong.to_string())
    }

    #[test]
    fn a_question_is_taken_with_what_it_needs_only() {
        let asked = AskUser { question: "Which colour?".into(), options: Vec::new(), context: String::new() };
        assert_eq!(parse("ask_user", json!({"question": " Which colour? "})), Ok(Call::AskUser(asked.clone())));
        let nulls = json!({"question": "Which colour?", "options": null, "context": null});
        assert_eq!(parse("ask_user", nulls), Ok(Call::AskUser(asked)));
        let whole = json!({"question": "Which?", "options": ["Red", "Blue\nor so"], "context": "# Why"});
        let asked = AskUser {
            question: "Which?".into(),
            options: vec!["Red".into(), "Blue or so".into()],
            context: "# Why".into(),
        };
        assert_eq!(parse("ask_user", whole), Ok(Call::AskUser(asked)));
    }

    #[test]
    fn what_does_not_fit_is_refused_with_its_reason() {
        let cases = [
            ("ask_user", json!({}), "missing field `question`"),
            ("ask_user", json!({"question": 3}), "expected a string"),
            ("ask_user", json!({"question": "  "}), "\"question\" is empty"),
            ("ask_user", json!({"question": "q".repeat(4_001)}), "4001 characters"),
            ("ask_user", json!({"question": "?", "options": "Red"}), "expected a sequence"),
            ("ask_user", json!({"question": "?", "options": ["a", ""]}), "\"options\" is empty"),
            ("ask_user", json!({"question": "?", "options": ["a", " a"]}), "twice"),
            (
                "ask_user",
                json!({"question": "?", "options": ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]}),
                "10 options",
            ),
            ("ask_user", json!({"question": "?", "context": "c".repeat(65_537)}), "65537 bytes"),
            ("ask_user", json!({"question": "?", "choices": []}), "unknown field `choices`"),
            ("report_result", json!({"outcome": "ok", "summary": "s"}), "unknown variant `ok`"),
            ("report_result", json!({"outcome": "done"}), "missing field `summary`"),
            ("report_progress", json!({"text": "t".repeat(501)}), "501 characters"),
            ("create_note", json!({"title": "t", "body": "b".repeat(262_145)}), "262145 bytes"),
            ("create_note", json!({"kind": "review", "title": "t", "body": "b"}), "unknown variant `review`"),
            ("read_artifact", json!({"id": "s1"}), "not an artifact"),
            ("list_artifacts", json!({"all": true}), "unknown field `all`"),
            ("publish_pr", json!({"title": "t".repeat(201)}), "201 characters"),
            ("publish_pr", json!({"force": true}), "unknown field `force`"),
            ("update_pr", json!({"body": "b".repeat(65_537)}), "65537 bytes"),
            ("update_pr", json!({"title": " ", "body": null}), "neither a title nor a body"),
            ("comment_pr", json!({"text": "t".repeat(16_385)}), "16385 bytes"),
            ("submit_review", json!({"verdict": "ok", "summary": "s"}), "unknown variant `ok`"),
            ("submit_review", json!({"verdict": "approve", "summary": " "}), "\"summary\" is empty"),
        ];
        for (tool, arguments, reason) in cases {
            let refused = parse(tool, arguments.clone()).expect_err(tool);
            assert!(
                refused.contains(reason),
                "{tool} {}: {refused}",
                arguments.to_string().get(..60).unwrap_or_default()
            );
            assert!(refused.contains("Nothing was done"), "{refused}");
        }
    }

    #[test]
    fn what_is_said_of_a_pull_request_is_read() {
        let publish = |title: Option<&str>, body: Option<&str>| {
            let (title, body) = (title.map(str::to_owned), body.map(str::to_owned));
            Ok(Call::Tool(ToolCall::PublishPr { title, body, forge: None }))
        };
        assert_eq!(parse("publish_pr", json!({})), publish(None, None));
        assert_eq!(parse("publish_pr", json!({"title": "", "body": null})), publish(None, None));
        let said = json!({"title": " Lock\nit ", "body": "# Why\n"});
        assert_eq!(parse("publish_pr", said), publish(Some("Lock it"), Some("# Why")));
        let wants = parse("submit_review", json!({"verdict": "request_changes", "summary": "a.rs:3 is wrong\n"}));
        let told = ToolCall::SubmitReview { approve: false, summary: "a.rs:3 is wrong".into() };
        assert_eq!(wants, Ok(Call::Tool(told)));
    }

    #[test]
    fn reports_and_notes_are_read() {
        let call = parse("report_result", json!({"outcome": "blocked", "summary": "s\n", "evidence": " "}));
        let told = ToolCall::ReportResult { outcome: Outcome::Blocked, summary: "s".into(), evidence: None };
        assert_eq!(call, Ok(Call::Tool(told)));
        let call = parse("report_progress", json!({"text": "half\nway"}));
        assert_eq!(call, Ok(Call::Tool(ToolCall::ReportProgress { text: "half way".into() })));
        let call = parse("create_note", json!({"title": "T", "body": "b"}));
        let note = |kind| Ok(Call::Tool(ToolCall::CreateNote { kind, title: "T".into(), body: "b".into() }));
        assert_eq!(call, note(artifact::Kind::Note));
        let call = parse("create_note", json!({"kind": "benchmark", "title": "T", "body": "b"}));
        assert_eq!(call, note(artifact::Kind::Benchmark));
        let call = parse("read_artifact", json!({"id": "f3"}));
        let id = "f3".parse().expect("an id");
        assert_eq!(call, Ok(Call::ReadArtifact(ReadArtifact { id, start: 0 })));
        assert_eq!(parse("list_artifacts", json!({})), Ok(Call::Tool(ToolCall::ListArtifacts)));
    }
}
