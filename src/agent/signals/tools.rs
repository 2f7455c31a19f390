//! Tool calls in a few words, the same for every agent that names its tools as Claude Code does.

use std::path::Path;

use serde_json::Value;

use super::{
    payload::{list, word},
    words::{LINE_CHARACTERS, line, whole},
};

/// Fields of a tool's input of which one says best what it is about, best first.
const TELLING: [&str; 9] =
    ["command", "file_path", "notebook_path", "url", "pattern", "query", "description", "path", "skill"];

/// What a call does, in a line: `Bash: cargo test`.
pub(super) fn told(tool: &str, input: &Value, folder: Option<&str>) -> String {
    let name = name(tool);
    let about = match tool {
        "apply_patch" => patched(input),
        _ => None,
    };
    let about = about.or_else(|| TELLING.iter().find_map(|field| word(input, field)).map(|text| within(text, folder)));
    let about = about.or_else(|| list(input, "questions").first().and_then(|question| word(question, "question")));
    match about {
        Some(about) => line(&format!("{name}: {}", line(about, LINE_CHARACTERS)), LINE_CHARACTERS),
        None => name,
    }
}

/// The tool's name; of an MCP server's, `server/tool`.
pub(super) fn name(tool: &str) -> String {
    let named = tool.strip_prefix("mcp__").and_then(|rest| rest.split_once("__"));
    match named {
        Some((server, tool)) => line(&format!("{server}/{tool}"), LINE_CHARACTERS),
        None => line(tool, LINE_CHARACTERS),
    }
}

/// `path` as it is seen from `folder`: short where it lies below.
pub(super) fn within<'a>(path: &'a str, folder: Option<&str>) -> &'a str {
    let below = folder.and_then(|folder| Path::new(path).strip_prefix(folder).ok()).and_then(Path::to_str);
    below.filter(|below| !below.is_empty() && !below.split('/').any(|part| part == "..")).unwrap_or(path)
}

/// A tool's input to be judged, where nothing better is known: all of it.
pub(super) fn input_in_full(input: &Value, bytes: usize) -> String {
    whole(&serde_json::to_string_pretty(input).unwrap_or_default(), bytes)
}

/// A command to be judged: the very words, then everything else that it is run with.
pub(super) fn command_in_full(command: &str, input: &Value, bytes: usize) -> String {
    let fields = input.as_object().into_iter().flatten();
    let others = fields.filter(|(field, _)| !["command", "description"].contains(&field.as_str()));
    let others: Vec<String> = others.map(|(field, value)| format!("{field}: {value}")).collect();
    match others.is_empty() {
        true => whole(command, bytes),
        false => whole(&format!("{}\n\n{command}", others.join("\n")), bytes),
    }
}

/// The first file that a patch is about.
fn patched(input: &Value) -> Option<&str> {
    let patch = word(input, "command").or_else(|| word(input, "input"))?;
    let verbs = ["*** Update File: ", "*** Add File: ", "*** Delete File: "];
    patch.lines().find_map(|line| verbs.iter().find_map(|verb| line.strip_prefix(verb)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_call_is_told_in_a_line() {
        let told = |tool, input| told(tool, &input, Some("/work/app"));
        assert_eq!(told("Bash", json!({"command": "cargo test", "description": "Run it"})), "Bash: cargo test");
        assert_eq!(told("Edit", json!({"file_path": "/work/app/src/main.rs"})), "Edit: src/main.rs");
        assert_eq!(told("Edit", json!({"file_path": "/work/app/../b"})), "Edit: /work/app/../b");
        assert_eq!(told("Edit", json!({"file_path": "/work/apple"})), "Edit: /work/apple");
        assert_eq!(told("mcp__qd__report_result", json!({"outcome": "done"})), "qd/report_result");
        assert_eq!(told("TodoWrite", json!({"todos": []})), "TodoWrite");
        let patch = "*** Begin Patch\n*** Update File: src/lib.rs\n@@\n-a\n+b\n*** End Patch";
        assert_eq!(told("apply_patch", json!({"command": patch})), "apply_patch: src/lib.rs");
    }

    #[test]
    fn a_command_is_judged_with_all_it_is_run_with() {
        let input = json!({"command": "make", "description": "Build", "run_in_background": true});
        assert_eq!(command_in_full("make", &input, 1000), "run_in_background: true\n\nmake");
        assert_eq!(command_in_full("make", &json!({"command": "make"}), 1000), "make");
    }
}
