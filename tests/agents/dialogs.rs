//! Every recorded dialog is read with its options and their keys, and nothing else is taken for one.

use std::{collections::BTreeMap, fmt::Write, fs};

use quarterdeck::agent::{Dialog, Sight, read};

use crate::{FIXTURES, built_in, profile};

/// Each recorded screen with the dialog on it, if there is one.
fn recorded() -> BTreeMap<String, Option<Dialog>> {
    let profiles = built_in();
    let files = fs::read_dir(format!("{FIXTURES}/screens")).expect("the folder").flatten();
    let read = |path: std::path::PathBuf| {
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let text = fs::read_to_string(path).expect("a recording");
        let lines: Vec<&str> = text.lines().collect();
        let profile = profile(&profiles, if name.starts_with("codex") { "codex" } else { "claude" });
        (name, read(profile, &Sight { lines: &lines, ..Sight::default() }).dialog)
    };
    files.map(|entry| read(entry.path())).collect()
}

#[test]
fn every_recorded_dialog_is_read_and_nothing_else_is_one() {
    let mut found = String::new();
    for (name, dialog) in recorded() {
        let Some(dialog) = dialog else { continue };
        let _ = writeln!(found, "# {name}: {}", dialog.rule);
        let _ = writeln!(found, "{}", dialog.text);
        for choice in &dialog.choices {
            let _ = writeln!(found, "[{}] {}", choice.keys.join(" "), choice.label);
        }
        let _ = writeln!(found, "refused by [{}]\n", dialog.refuse.join(" "));
    }
    let expected = fs::read_to_string(format!("{FIXTURES}/dialogs.txt")).unwrap_or_default();
    assert!(found == expected, "read:\n{found}");
}

#[test]
fn only_the_words_of_a_dialog_make_its_fingerprint() {
    let recorded = recorded();
    let print = |name: &str| recorded[name].as_ref().expect(name).fingerprint.clone();
    assert_eq!(print("codex-approval"), print("codex-remote-approval"), "the same question in two conversations");
    let prints: BTreeMap<String, &str> = recorded
        .iter()
        .filter_map(|(name, dialog)| Some((dialog.as_ref()?.fingerprint.clone(), name.as_str())))
        .collect();
    let dialogs = recorded.values().flatten().count();
    assert_eq!(prints.len(), dialogs - 1, "{prints:?}");
}

#[test]
fn the_cursor_of_a_dialog_is_not_in_its_fingerprint() {
    let text = fs::read_to_string(format!("{FIXTURES}/screens/claude-permission-moved.txt")).expect("a recording");
    let profiles = built_in();
    let seen = |text: &str| {
        let lines: Vec<&str> = text.lines().collect();
        read(profile(&profiles, "claude"), &Sight { lines: &lines, ..Sight::default() }).dialog.expect("a dialog")
    };
    let moved = text.replace(" ❯ 4. No", "   4. No").replace("   1. Yes", " ❯ 1. Yes");
    assert_ne!(text, moved);
    assert_eq!(seen(&text), seen(&moved));
    let other = text.replace(" touch made.txt && cat made.txt\n╌", " rm -r made.txt && cat made.txt\n╌");
    assert_ne!(text, other);
    assert_ne!(seen(&text).fingerprint, seen(&other).fingerprint);
}
