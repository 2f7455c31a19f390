//! A difference in words: for a person with what changed within a line marked, for a program as a patch.

use std::ops::Range;

use super::terminal::{Output, Paint, Unwritable};
use crate::{
    domain::{
        Diff,
        diff::{Content, File, LineKind, Status},
    },
    tui::{
        diff::{Text, words},
        spelling::spell,
    },
};

/// Writes all files, one after the other.
pub(super) fn write(output: &mut Output, diff: &Diff) -> Result<(), Unwritable> {
    if diff.files.is_empty() {
        output.note(format!("nothing changed between {} and {}", diff.from, diff.to))?;
    }
    for file in &diff.files {
        head(output, file)?;
        content(output, file)?;
    }
    Ok(())
}

/// The lines that git writes above a file's changes.
fn head(output: &mut Output, file: &File) -> Result<(), Unwritable> {
    let strong = |output: &mut Output, words: String| output.line(output.paint(Paint::Strong, &words));
    let before = file.old_path.as_deref().unwrap_or(&file.path);
    let open = if file.uncommitted && output.is_terminal() { "  • not committed" } else { "" };
    strong(output, format!("diff --git {} {}{open}", quoted("a/", before), quoted("b/", &file.path)))?;
    match (&file.modes, file.status) {
        (Some((old, new)), _) => strong(output, format!("old mode {old}\nnew mode {new}"))?,
        (None, Status::Added) => strong(output, "new file mode 100644".into())?,
        (None, Status::Deleted) => strong(output, "deleted file mode 100644".into())?,
        (None, Status::Modified | Status::Renamed | Status::Copied | Status::Retyped | Status::Conflicted) => {}
    }
    let word = if file.status == Status::Copied { "copy" } else { "rename" };
    if file.old_path.is_some() {
        strong(output, format!("{word} from {}\n{word} to {}", quoted("", before), quoted("", &file.path)))?;
    }
    Ok(())
}

fn content(output: &mut Output, file: &File) -> Result<(), Unwritable> {
    let said = |output: &mut Output, words: &str| output.line(output.paint(Paint::Faint, words));
    match &file.content {
        Content::Text { hunks, cut } if !hunks.is_empty() => {
            let before = file.old_path.as_deref().unwrap_or(&file.path);
            let old = if file.status == Status::Added { "/dev/null".into() } else { quoted("a/", before) };
            let new = if file.status == Status::Deleted { "/dev/null".into() } else { quoted("b/", &file.path) };
            output.line(output.paint(Paint::Strong, &format!("--- {old}\n+++ {new}")))?;
            lines(output, &Text::new(file, hunks, *cut))
        }
        Content::Text { .. } => Ok(()),
        Content::Unread => said(output, "Its text was not given"),
        Content::Binary => said(output, "Binary files differ"),
        Content::TooLarge => said(output, "It is too large to be compared here"),
        Content::LargeFilePointer => said(output, "It is kept by Git LFS"),
        Content::Submodule { old, new } => {
            let commit = |commit: &Option<String>| commit.clone().unwrap_or_else(|| "nothing".into());
            said(output, &format!("Submodule {} → {}", commit(old), commit(new)))
        }
    }
}

fn lines(output: &mut Output, text: &Text) -> Result<(), Unwritable> {
    for (hunk, head) in text.hunks().iter().enumerate() {
        let range =
            |(first, count): (u32, u32)| if count == 1 { first.to_string() } else { format!("{first},{count}") };
        let section =
            if head.section.is_empty() { String::new() } else { format!(" {}", shown(output, &head.section)) };
        let range = format!("@@ -{} +{} @@", range(head.old), range(head.new));
        output.line(format!("{}{section}", output.paint(Paint::Busy, &range)))?;
        for at in text.lines_of(hunk) {
            line(output, text, at)?;
        }
    }
    if text.cut {
        output.line(output.paint(Paint::Faint, "More lines changed than are shown"))?;
    }
    Ok(())
}

fn line(output: &mut Output, text: &Text, at: usize) -> Result<(), Unwritable> {
    let line = &text.lines()[at];
    let partner = line.partner.map(|partner| text.lines()[partner].text.as_str());
    let (sign, paint, word, changed) = match line.kind {
        LineKind::Context => (" ", Paint::Plain, Paint::Plain, Vec::new()),
        LineKind::NoLineEnd => return output.line("\\ No newline at end of file"),
        LineKind::Removed => {
            let changed = partner.map(|after| words::changed(&line.text, after).old).unwrap_or_default();
            ("-", Paint::Bad, Paint::BadWords, changed)
        }
        LineKind::Added => {
            let changed = partner.map(|before| words::changed(before, &line.text).new).unwrap_or_default();
            ("+", Paint::Good, Paint::GoodWords, changed)
        }
    };
    if !output.has_colours() {
        return output.line(format!("{sign}{}", shown(output, &line.text)));
    }
    let mut written = output.paint(paint, sign);
    for (part, is_changed) in parts(&line.text, &changed) {
        written.push_str(&output.paint(if is_changed { word } else { paint }, &shown(output, part)));
    }
    output.line(written)
}

/// The parts of a line, and whether each of them changed.
fn parts<'line>(line: &'line str, changed: &[Range<usize>]) -> Vec<(&'line str, bool)> {
    let (mut parts, mut at) = (Vec::new(), 0);
    for range in changed {
        parts.extend([(&line[at..range.start], false), (&line[range.clone()], true)]);
        at = range.end;
    }
    parts.push((&line[at..], false));
    parts.retain(|(part, _)| !part.is_empty());
    parts
}

/// On a terminal, what it would obey is written out; a program gets every byte.
fn shown(output: &Output, text: &str) -> String {
    match output.is_terminal() {
        // Tabs stay: the terminal's own are as wide as the person is used to.
        true => {
            text.split('\t').map(|part| spell(part).map(|cell| cell.text).collect()).collect::<Vec<String>>().join("\t")
        }
        false => text.to_owned(),
    }
}

/// A path as git writes it: in quotes where it holds what would end a line or mean something else.
fn quoted(side: &str, path: &str) -> String {
    let odd = |character: char| character.is_control() || matches!(character, '"' | '\\');
    if !path.contains(odd) {
        return format!("{side}{path}");
    }
    let mut quoted = format!("\"{side}");
    for character in path.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            _ if character.is_control() => {
                let mut bytes = [0; 4];
                for byte in character.encode_utf8(&mut bytes).bytes() {
                    quoted.push_str(&format!("\\{byte:03o}"));
                }
            }
            _ => quoted.push(character),
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_would_break_a_line_is_quoted_as_git_does() {
        assert_eq!(quoted("a/", "src/日本 x.rs"), "a/src/日本 x.rs");
        assert_eq!(quoted("a/", "a\n\"b\\\u{1b}"), r#""a/a\n\"b\\\033""#);
    }

    #[test]
    fn the_parts_of_a_line_are_all_of_it() {
        assert_eq!(parts("abcdef", &[1..2, 4..6]), [("a", false), ("b", true), ("cd", false), ("ef", true)]);
        assert_eq!(parts("", &[]), []);
    }
}
