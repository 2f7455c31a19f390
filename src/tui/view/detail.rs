//! What is to be judged, as lines that hide nothing: wrapped and never cut, a change in its colours, whatever a terminal
//! would obey or not show written out. A rule at the left says what is the agent's.

use ratatui::style::Style;

use crate::{
    domain::Question,
    tui::{
        spelling::{Cell, spell},
        text,
        theme::Styles,
    },
};

/// One line of cells, from the left.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    /// Stretches of text, each in its style.
    pub(super) parts: Vec<(String, Style)>,
}

/// The rule before a line, and before what of it did not fit.
const RULE: (&str, &str) = ("│ ", "┆ ");

/// The words of a question and what is to be judged, in rows of at most `columns`; not many more than `most` of them.
pub(super) fn rows(question: &Question, columns: u16, most: usize, styles: &Styles) -> Vec<Row> {
    let mut rows: Vec<Row> =
        text::wrap(&question.text, columns).into_iter().map(|line| Row::of(line, styles.text())).collect();
    let changed = is_change(&question.detail);
    for line in question.detail.lines() {
        if rows.len() > most {
            break;
        }
        let style = if changed { of_change(line, styles) } else { styles.text() };
        wrap(line, columns.saturating_sub(text::width(RULE.0)).max(2), style, styles, &mut rows);
    }
    rows
}

impl Row {
    fn of(text: String, style: Style) -> Self {
        Self { parts: vec![(text, style)] }
    }
}

/// It is a unified diff.
fn is_change(detail: &str) -> bool {
    let mut lines = detail.lines().peekable();
    while let Some(line) = lines.next() {
        if line.starts_with("@@ ") {
            return true;
        }
        if line.starts_with("--- ") && lines.peek().is_some_and(|next| next.starts_with("+++ ")) {
            return true;
        }
    }
    false
}

fn of_change(line: &str, styles: &Styles) -> Style {
    match line.as_bytes() {
        [b'+', b'+', b'+', ..] | [b'-', b'-', b'-', ..] => styles.heading(),
        [b'+', ..] => styles.added(),
        [b'-', ..] => styles.removed(),
        [b'@', b'@', ..] => styles.accent(),
        [b'd', b'i', b'f', b'f', b' ', ..] | [b'i', b'n', b'd', b'e', b'x', b' ', ..] => styles.dim(),
        _ => styles.text(),
    }
}

/// Breaks a line at spaces where that loses little room, anywhere else where not.
fn wrap(line: &str, columns: u16, style: Style, styles: &Styles, rows: &mut Vec<Row>) {
    let cells: Vec<Cell<'_>> = spell(line).collect();
    let mut start = 0;
    loop {
        let (mut end, mut used) = (start, 0);
        while let Some(cell) = cells.get(end) {
            if used + cell.columns > columns && end > start {
                break;
            }
            used += cell.columns;
            end += 1;
        }
        if end < cells.len() {
            let space = (start..end).rev().find(|&at| cells[at].text == " ").map(|at| at + 1);
            end = space.filter(|&at| at - start > (end - start) / 2).unwrap_or(end);
        }
        let rule = if start == 0 { RULE.0 } else { RULE.1 };
        rows.push(row(rule, &cells[start..end], style, styles));
        start = end;
        if start >= cells.len() {
            return;
        }
    }
}

fn row(rule: &str, cells: &[Cell<'_>], style: Style, styles: &Styles) -> Row {
    let mut parts = vec![(rule.to_owned(), styles.border(false))];
    for cell in cells {
        let look = if cell.odd { styles.warning().reversed() } else { style };
        match parts.last_mut() {
            Some((text, last)) if *last == look => text.push_str(&cell.text),
            _ => parts.push((cell.text.to_string(), look)),
        }
    }
    Row { parts }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{ObjectiveId, QuestionId, SessionId, Timestamp, question},
        tui::theme::{Colors, Themes},
    };

    fn styles() -> Styles {
        let themes = Themes::load(std::path::Path::new("/nowhere"));
        Styles::new(themes.choose("terminal").0, Colors::Shown)
    }

    fn shown(detail: &str, columns: u16) -> Vec<String> {
        let question = Question {
            id: QuestionId::FIRST,
            objective: ObjectiveId::FIRST,
            session: SessionId::FIRST,
            kind: question::Kind::Permission,
            text: String::new(),
            detail: detail.into(),
            choices: Vec::new(),
            multiple: false,
            free_text: false,
            call: None,
            state: question::State::Open,
            created_at: Timestamp(0),
        };
        let rows = rows(&question, columns, usize::MAX, &styles());
        rows.into_iter().map(|row| row.parts.into_iter().map(|(text, _)| text).collect()).collect()
    }

    #[test]
    fn what_a_terminal_would_obey_or_hide_is_written_out() {
        let command = "rm \u{1b}[2Ka\u{202e}b\u{200b}c\r\td\u{9b}\u{7f}";
        assert_eq!(shown(command, 80), ["│ rm ^[[2Ka<U+202E>b<U+200B>c^M   d<U+009B>^?"]);
        assert_eq!(shown("e\u{301}👩\u{200d}👧", 80), ["│ e\u{301}👩\u{200d}👧"]);
    }

    #[test]
    fn nothing_is_cut_however_narrow_it_is() {
        let command = "cargo nextest run --profile ci --workspace 日本語日本語 && git push --force-with-lease";
        for columns in [4, 7, 12, 30, 200] {
            let rows = shown(command, columns);
            assert!(rows.iter().all(|row| text::width(row) <= columns), "{rows:?}");
            let whole: String = rows.iter().map(|row| row.chars().skip(2).collect::<String>()).collect();
            assert_eq!(whole, command);
        }
    }

    #[test]
    fn only_a_change_has_the_colours_of_a_change() {
        assert!(is_change("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"));
        assert!(!is_change("- one\n- two\n+ three\n--- \n"));
    }
}
