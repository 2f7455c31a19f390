//! The box in which text stands before it is submitted.

use std::ops::Range;

use serde::Deserialize;

use super::pattern::Pattern;

/// How an agent draws its input box.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Composer {
    /// Its first row; the first group is the text in it.
    pub first: Pattern,
    /// The row right above `first`, where the box has an upper edge.
    #[serde(default)]
    pub above: Option<Pattern>,
    /// Any further row of it; the first group is the text in it.
    #[serde(default)]
    pub rest: Option<Pattern>,
    /// The row right below it, where the box has a lower edge; otherwise an empty row ends it.
    #[serde(default)]
    pub below: Option<Pattern>,
    /// A row below that shows that this is a dialog and not the input box.
    #[serde(default)]
    pub unless: Option<Pattern>,
    /// A text that is only shown in the empty box.
    #[serde(default)]
    pub placeholder: Option<Pattern>,
}

/// An input box that was found on a screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its rows, with its edges.
    pub rows: Range<usize>,
    /// The text in it, rows joined by newlines; empty while it shows only a placeholder.
    pub text: String,
    /// The row and column at which its text begins.
    start: (usize, usize),
}

impl Found {
    /// The cursor stands before the first character: what the box shows is a suggestion, and nobody has typed it.
    /// `above` rows of the screen stand above those that were searched.
    pub(super) fn begins_at(&self, cursor: (u16, u16), above: usize) -> bool {
        (self.start.0 + above, self.start.1) == (usize::from(cursor.0), usize::from(cursor.1))
    }
}

impl Composer {
    /// The lowest input box in `rows`, which have no spaces at their ends.
    pub fn find(&self, rows: &[&str]) -> Option<Found> {
        let first = rows.iter().rposition(|row| self.first.matches(row))?;
        let top = match &self.above {
            None => first,
            Some(edge) => first.checked_sub(1).filter(|&above| edge.matches(rows[above]))?,
        };
        let end = self.end(rows, first)?;
        if rows[first + 1..].iter().any(|row| self.unless.as_ref().is_some_and(|sign| sign.matches(row))) {
            return None;
        }
        let mut text = vec![self.first.first_group(rows[first])?];
        for row in &rows[first + 1..end] {
            // A row that can't be in the box: this is its like in the conversation above, and the box itself is not there.
            text.push(self.rest.as_ref()?.first_group(row)?);
        }
        let text = text.join("\n").trim_end().to_owned();
        let empty = self.placeholder.as_ref().is_some_and(|placeholder| placeholder.matches(&text));
        let bottom = if self.below.is_some() { end + 1 } else { end };
        // Marks are one column wide, like the space after them.
        let start = (first, rows[first].chars().count().min(2));
        Some(Found { rows: top..bottom, text: if empty { String::new() } else { text }, start })
    }

    /// The row after the last one of the box whose first row is `first`.
    fn end(&self, rows: &[&str], first: usize) -> Option<usize> {
        let after = first + 1;
        match &self.below {
            Some(edge) => rows[after..].iter().position(|row| edge.matches(row)).map(|at| after + at),
            // An empty row can also stand in the text: what follows the last one is not part of the box.
            None => {
                let used = rows.iter().rposition(|row| !row.is_empty()).map_or(after, |last| (last + 1).max(after));
                Some(rows[after..used].iter().rposition(|row| row.is_empty()).map_or(used, |at| after + at))
            }
        }
    }
}
