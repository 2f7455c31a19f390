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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(tool: &str, input: &Value) -> String {
        of(&Call { tool, input, folder: None, agent: None }, 10_000).expect("a change")
    }

    #[test]
    fn an_edit_is_what_goes_what_comes_and_what_stands_around() {
        let old = "fn main() {\n    let a = 1;\n    let b = 2;\n}\n";
        let new = "fn main() {\n    let a = 1;\n    let b = 3;\n}\n";
        let input = json!({ "file_path": "/w/a.rs", "old_string": old, "new_string": new });
        let expected =
            "--- /w/a.rs\n+++ /w/a.rs\n@@\n fn main() {\n     let a = 1;\n-    let b = 2;\n+    let b = 3;\n }\n";
        assert_eq!(shown("Edit", &input), expected);
    }

    #[test]
    fn changes_far_from_each_other_are_two_hunks() {
        let old: String = (0..20).map(|line| format!("{line}\n")).collect();
        let input = json!({ "file_path": "a", "old_string": old, "new_string": old.replace("2\n", "two\n") });
        let change = shown("Edit", &input);
        assert_eq!(change.matches("@@\n").count(), 2, "{change}");
        assert!(change.contains("-12\n+1two\n"), "{change}");
        assert!(!change.contains("18"), "{change}");
    }

    #[test]
    fn a_replacement_everywhere_says_so() {
        let input = json!({ "file_path": "a", "old_string": "x", "new_string": "y", "replace_all": true });
        assert_eq!(shown("Edit", &input), "--- a\n+++ a\n@@ every occurrence @@\n-x\n+y\n");
    }

    #[test]
    fn several_edits_follow_each_other() {
        let edits = json!([{ "old_string": "a", "new_string": "b" }, { "old_string": "", "new_string": "c\n" }]);
        let input = json!({ "file_path": "f", "edits": edits });
        assert_eq!(shown("MultiEdit", &input), "--- f\n+++ f\n@@\n-a\n+b\n@@\n+c\n");
    }

    #[test]
    fn a_new_file_and_a_cell_are_all_that_comes() {
        let input = json!({ "file_path": "f", "content": "a\n\nb" });
        assert_eq!(shown("Write", &input), "+++ f\n@@ the whole file @@\n+a\n+\n+b\n");
        let input = json!({ "notebook_path": "n.ipynb", "cell_id": "c1", "new_source": "a = 1", "cell_type": "code" });
        assert_eq!(shown("NotebookEdit", &input), "+++ n.ipynb\n@@ replace code cell c1 @@\n+a = 1\n");
        let input = json!({ "notebook_path": "n.ipynb", "cell_id": "c1", "edit_mode": "delete", "new_source": "" });
        assert_eq!(shown("NotebookEdit", &input), "+++ n.ipynb\n@@ delete cell c1 @@\n");
    }

    #[test]
    fn what_is_no_change_of_a_file_is_none() {
        let of = |tool: &str, input: Value| of(&Call { tool, input: &input, folder: None, agent: None }, 10_000);
        assert_eq!(of("Read", json!({ "file_path": "a" })), None);
        assert_eq!(of("Edit", json!({ "file_path": "a", "old_string": 1, "new_string": "x" })), None);
        assert_eq!(of("MultiEdit", json!({ "file_path": "a", "edits": [] })), None);
    }
}
