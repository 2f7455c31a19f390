//! Text that others wrote, made fit for cells: no control character, no bidirectional override, never wider than told.

use std::borrow::Cow;

use ratatui::{style::Style, text::Span};
use unicode_width::UnicodeWidthStr;

/// `text` as one line that can't disturb what is drawn beside it.
pub fn clean(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|character| character.is_control() || reorders(character)) {
        return Cow::Borrowed(text);
    }
    let kept = text.chars().filter(|&character| !reorders(character));
    let spaced = kept.map(|character| if matches!(character, '\n' | '\t') { ' ' } else { character });
    Cow::Owned(spaced.filter(|character| !character.is_control()).collect())
}

/// The marks with which text makes its neighbours read in another order.
fn reorders(character: char) -> bool {
    matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}')
}

/// How many columns `text` takes.
pub fn width(text: &str) -> u16 {
    u16::try_from(text.width()).unwrap_or(u16::MAX)
}

/// `text` in at most `columns`, with `…` where something was left out.
pub fn cut(text: &str, columns: u16) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    if columns == 0 {
        return Cow::Borrowed("");
    }
    let span = Span::raw(text);
    let (mut kept, mut used) = (String::new(), 0);
    for grapheme in span.styled_graphemes(Style::new()) {
        let wide = width(grapheme.symbol);
        if used + wide > columns - 1 {
            break;
        }
        used += wide;
        kept.push_str(grapheme.symbol);
    }
    kept.truncate(kept.trim_end().len());
    kept.push('…');
    Cow::Owned(kept)
}

/// `text` in lines of at most `columns`, broken at spaces where there are any.
pub fn wrap(text: &str, columns: u16) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in clean(paragraph).split(' ') {
            let mut word = word.to_owned();
            if !line.is_empty() && width(&line).saturating_add(1).saturating_add(width(&word)) > columns {
                lines.push(std::mem::take(&mut line));
            }
            while width(&word) > columns.max(2) {
                let (head, tail) = split(&word, columns.max(2));
                lines.push(head);
                word = tail;
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(&word);
        }
        lines.push(line);
    }
    lines
}

fn split(word: &str, columns: u16) -> (String, String) {
    let span = Span::raw(word);
    let (mut head, mut tail) = (String::new(), String::new());
    for grapheme in span.styled_graphemes(Style::new()) {
        let fits = tail.is_empty() && width(&head).saturating_add(width(grapheme.symbol)) <= columns;
        if fits { head.push_str(grapheme.symbol) } else { tail.push_str(grapheme.symbol) }
    }
    (head, tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_moves_or_reorders_gets_through() {
        assert_eq!(clean("a\u{1b}[31mb\u{202e}c\nd\te\u{7}"), "a[31mbc d e");
        assert!(matches!(clean("plain 日本 🦀"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_cut_never_splits_a_character_nor_exceeds_its_columns() {
        for text in ["日本語のテスト", "a👩‍👩‍👧b👩‍👩‍👧", "e\u{301}e\u{301}e\u{301}", "plain words here"]
        {
            for columns in 0..=width(text) {
                let cut = cut(text, columns);
                assert!(width(&cut) <= columns, "{cut:?} in {columns}");
            }
        }
        assert_eq!(cut("日本語", 5), "日本…");
        assert_eq!(cut("日本語", 4), "日…");
    }

    #[test]
    fn long_words_are_broken_and_nothing_is_lost() {
        let lines = wrap("one verylongwordindeed 日本語日本語", 6);
        assert!(lines.iter().all(|line| width(line) <= 6), "{lines:?}");
        assert_eq!(lines.concat().replace(' ', ""), "oneverylongwordindeed日本語日本語");
    }
}
