//! The text of one file's change: a patch of git, as hunks.

use super::super::git::text;
use crate::domain::diff::{Content, Hunk, Line, LineKind, MOST_LINES};

/// Reads what git wrote of one file; no hunks where the text is the same. A file that became a link is two patches, one
/// that takes all away and one that adds all.
///
/// Lines end with a line feed and nothing else: a carriage return before it belongs to the text.
pub(super) fn parse(patch: &[u8]) -> Content {
    let mut hunks = Vec::<Hunk>::new();
    let mut left = (0, 0);
    let mut given = 0;
    for line in patch.strip_suffix(b"\n").unwrap_or(patch).split(|&byte| byte == b'\n') {
        // Within a hunk its own counts say what a line is: a removed `-- x` looks like a file's name.
        if left == (0, 0) {
            match line {
                [b'\\', ..] => push(&mut hunks, LineKind::NoLineEnd, line),
                [b'@', b'@', ..] if given >= MOST_LINES => return Content::Text { hunks, cut: true },
                [b'@', b'@', ..] => {
                    let Some(hunk) = header(line) else { continue };
                    left = (hunk.old_lines, hunk.new_lines);
                    hunks.push(hunk);
                }
                _ if line.starts_with(b"Binary files ") && hunks.is_empty() => return Content::Binary,
                _ => {}
            }
            continue;
        }
        if given >= MOST_LINES {
            return Content::Text { hunks, cut: true };
        }
        let kind = match line.first() {
            Some(b'+') => LineKind::Added,
            Some(b'-') => LineKind::Removed,
            Some(b'\\') => LineKind::NoLineEnd,
            Some(_) | None => LineKind::Context,
        };
        match kind {
            LineKind::Added => left.1 = left.1.saturating_sub(1),
            LineKind::Removed => left.0 = left.0.saturating_sub(1),
            LineKind::Context => left = (left.0.saturating_sub(1), left.1.saturating_sub(1)),
            LineKind::NoLineEnd => {}
        }
        given += usize::from(kind != LineKind::NoLineEnd);
        push(&mut hunks, kind, line);
    }
    Content::Text { hunks, cut: false }
}

fn push(hunks: &mut [Hunk], kind: LineKind, line: &[u8]) {
    let text = match kind {
        LineKind::NoLineEnd => String::new(),
        LineKind::Added | LineKind::Removed | LineKind::Context => text(line.get(1..).unwrap_or_default()),
    };
    if let Some(hunk) = hunks.last_mut() {
        hunk.lines.push(Line { kind, text });
    }
}

/// `@@ -1,2 +3,4 @@ section`; a count of 1 is left out.
fn header(line: &[u8]) -> Option<Hunk> {
    let line = text(line);
    let (ranges, section) = line.strip_prefix("@@ -")?.split_once(" @@")?;
    let (old, new) = ranges.split_once(" +")?;
    let range = |range: &str| -> Option<(u32, u32)> {
        let (start, lines) = range.split_once(',').unwrap_or((range, "1"));
        Some((start.parse().ok()?, lines.parse().ok()?))
    };
    let ((old_start, old_lines), (new_start, new_lines)) = (range(old)?, range(new)?);
    let section = section.strip_prefix(' ').unwrap_or(section).to_owned();
    Some(Hunk { old_start, old_lines, new_start, new_lines, section, lines: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_look_like_headers_are_lines() {
        let patch =
            b"diff --git a/x b/x\nindex a..b\n--- a/x\n+++ b/x\n@@ -1,3 +1,2 @@ fn a() {\n--- one\n-@@ -1 +1 @@\n \
                      two\r\n+++ three\n\\ No newline at end of file\n@@ -9 +8,0 @@\n-last\n";
        let Content::Text { hunks, cut: false } = parse(patch) else { panic!("no text") };
        let shown: Vec<(LineKind, &str)> = hunks[0].lines.iter().map(|line| (line.kind, line.text.as_str())).collect();
        assert_eq!(
            shown,
            [
                (LineKind::Removed, "-- one"),
                (LineKind::Removed, "@@ -1 +1 @@"),
                (LineKind::Context, "two\r"),
                (LineKind::Added, "++ three"),
                (LineKind::NoLineEnd, ""),
            ]
        );
        assert_eq!((hunks[0].section.as_str(), hunks[1].old_start, hunks[1].new_lines), ("fn a() {", 9, 0));
    }

    #[test]
    fn more_lines_than_are_given_are_cut() {
        let mut patch = format!("@@ -0,0 +1,{} @@\n", MOST_LINES + 1).into_bytes();
        (0..=MOST_LINES).for_each(|_| patch.extend(b"+x\n"));
        let Content::Text { hunks, cut: true } = parse(&patch) else { panic!("not cut") };
        assert_eq!(hunks[0].lines.len(), MOST_LINES);
        assert_eq!(parse(b"diff --git a/x b/x\nBinary files a/x and b/x differ\n"), Content::Binary);
    }
}
