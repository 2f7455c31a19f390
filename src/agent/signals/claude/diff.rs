//! Changes of files, as they are judged: removed lines, added lines, and what stands around them.
//!
//! The hook tells fragments, so where in the file they stand is not known, and no line numbers are shown.

use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use super::{
    super::{
        payload::{list, word},
        words::whole,
    },
    call::Call,
};

/// Lines around a change.
const CONTEXT: usize = 3;
/// Longer fragments are shown as all that goes and all that comes, in bytes: comparing them would take too long.
const COMPARED_BYTES: usize = 128 * 1024;

/// What the call would change; `None` where it is no change of a file, or not told as such.
pub(super) fn of(call: &Call, bytes: usize) -> Option<String> {
    let input = call.input;
    let path = word(input, "file_path").or_else(|| word(input, "notebook_path"))?;
    let change = match call.tool {
        "Edit" => format!("--- {path}\n+++ {path}\n{}", edit(input)?),
        "MultiEdit" => {
            let edits: Option<String> = list(input, "edits").iter().map(edit).collect();
            format!("--- {path}\n+++ {path}\n{}", edits.filter(|edits| !edits.is_empty())?)
        }
        "Write" => format!("+++ {path}\n@@ the whole file @@\n{}", marked('+', fragment(input, "content")?)),
        "NotebookEdit" => format!("+++ {path}\n{}", cell(input)?),
        _ => return None,
    };
    Some(whole(&change, bytes))
}

fn edit(edit: &Value) -> Option<String> {
    let (old, new) = (fragment(edit, "old_string")?, fragment(edit, "new_string")?);
    let everywhere = edit.get("replace_all").and_then(Value::as_bool).unwrap_or(false);
    let place = if everywhere { "@@ every occurrence @@\n" } else { "@@\n" };
    if old.len() + new.len() > COMPARED_BYTES {
        return Some(format!("{place}{}{}", marked('-', old), marked('+', new)));
    }
    let diff = TextDiff::from_lines(old, new);
    let hunks = diff.grouped_ops(CONTEXT);
    let hunks = hunks.iter().map(|hunk| {
        let lines = hunk.iter().flat_map(|op| diff.iter_changes(op)).map(|change| {
            let mark = match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            marked(mark, change.value())
        });
        format!("{place}{}", lines.collect::<String>())
    });
    Some(hunks.collect())
}

/// One cell of a notebook: of what it was, nothing is told.
fn cell(input: &Value) -> Option<String> {
    let mode = word(input, "edit_mode").unwrap_or("replace");
    let kind = word(input, "cell_type").map(|kind| format!("{kind} ")).unwrap_or_default();
    let id = word(input, "cell_id").map(|id| format!(" {id}")).unwrap_or_default();
    let source = if mode == "delete" { "" } else { fragment(input, "new_source")? };
    Some(format!("@@ {mode} {kind}cell{id} @@\n{}", marked('+', source)))
}

/// A text that may be empty.
fn fragment<'a>(value: &'a Value, field: &str) -> Option<&'a str> {
    value.get(field).and_then(Value::as_str)
}

fn marked(mark: char, text: &str) -> String {
    text.lines().map(|line| format!("{mark}{line}\n")).collect()
}
