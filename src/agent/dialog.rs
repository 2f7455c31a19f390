//! A dialog that stands where the input box would be: what it says, what can be chosen, and with which keys.

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::pattern::Pattern;

/// How an agent draws one kind of dialog, and how it is answered.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DialogRule {
    /// What it is, in words.
    pub rule: String,
    /// Its first row, or the edge above it; the lowest row that matches.
    pub first: Pattern,
    /// One of its last three rows that are not empty.
    pub last: Pattern,
    /// Advice in it that may change, and is no part of what is asked.
    #[serde(default)]
    pub aside: Option<Pattern>,
    /// The row on which one of its options begins: the group `label`, the group `mark` where its cursor stands, and the
    /// group `number` where options are numbered.
    #[serde(default)]
    pub option: Option<Pattern>,
    /// The further rows of an option describe it; otherwise they go on with its label.
    #[serde(default)]
    pub described: bool,
    /// Options that lead on to something else, and answer nothing.
    #[serde(default)]
    pub except: Option<Pattern>,
    /// How an option is chosen.
    #[serde(default)]
    pub choose: Way,
    /// What can be chosen where its options are keys named in its text.
    #[serde(default)]
    pub choices: Vec<Choice>,
    /// The keys that refuse it; none where it can't be refused.
    #[serde(default)]
    pub refuse: Vec<String>,
}

/// How an option is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// Its number chooses it at once.
    #[default]
    Digit,
    /// Its number moves the cursor to it, and Enter chooses it.
    DigitEnter,
    /// The key in parentheses at the end of its label chooses it at once.
    Letter,
    /// The cursor is moved to it, and Enter chooses it.
    Cursor,
    /// Not by one key that could be given here: only at the pane.
    Pane,
}

/// Something that can be chosen in a dialog.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// What it says.
    pub label: String,
    /// The keys that choose it, from where the cursor stands now.
    pub keys: Vec<String>,
}

/// A dialog that was found on a screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialog {
    /// What it is, in the words of its rule.
    pub rule: String,
    /// What it says, without edges and empty rows; at most [`TEXT_CHARACTERS`].
    pub text: String,
    /// What can be chosen, in its own order. Empty where only the person at the pane can answer.
    pub choices: Vec<Choice>,
    /// The keys that refuse it; none where it can't be refused.
    pub refuse: Vec<String>,
    /// The same as long as the same words stand in it, wherever its cursor is and however wide the pane.
    pub fingerprint: String,
}

/// The most that is kept of what a dialog says.
pub const TEXT_CHARACTERS: usize = 4_000;

/// How many rows at the end of the screen may show that a dialog stands there.
const LAST_ROWS: usize = 3;

impl Dialog {
    /// The dialog at the end of `rows`, which have no spaces at their ends, by the first of `rules` that knows it.
    pub(super) fn find(rules: &[DialogRule], rows: &[&str]) -> Option<Dialog> {
        rules.iter().find_map(|rule| rule.find(rows))
    }
}

impl DialogRule {
    /// What is wrong with this rule itself.
    pub(super) fn problem(&self) -> Option<String> {
        let names = |group| self.option.as_ref().is_none_or(|option| option.has_group(group));
        let wants = |group: &str| format!("the dialog {:?} needs a group (?<{group}>…) in its `option`", self.rule);
        if !names("label") {
            return Some(wants("label"));
        }
        if !names("mark") {
            return Some(wants("mark"));
        }
        if matches!(self.choose, Way::Digit | Way::DigitEnter) && !names("number") {
            return Some(wants("number"));
        }
        None
    }

    fn find(&self, rows: &[&str]) -> Option<Dialog> {
        let end = rows.iter().rposition(|row| !row.is_empty())? + 1;
        let mut last = rows[..end].iter().rev().filter(|row| !row.is_empty()).take(LAST_ROWS);
        last.any(|row| self.last.matches(row)).then_some(())?;
        let first = rows[..end].iter().rposition(|row| self.first.matches(row))?;
        let rows = &rows[first..end];
        let options = match &self.option {
            None => Vec::new(),
            // Without its options this is something else, or is not wholly drawn.
            Some(option) => self.options(option, rows)?,
        };
        let above = options.first().map_or(rows, |option| &rows[..option.row]);
        let mut text = self.text(above);
        let labels: Vec<String> = options.iter().map(|option| self.label(option)).collect();
        let fingerprint = fingerprint(&self.rule, &text, &labels);
        let mut choices = self.choices.clone();
        for (option, label) in options.iter().zip(labels) {
            if self.except.as_ref().is_some_and(|except| except.matches(&label)) {
                continue;
            }
            if self.choose == Way::Pane {
                text.extend(["\n  ", &label]);
                continue;
            }
            if let Some((label, keys)) = self.keys(&options, option, label) {
                choices.push(Choice { label, keys });
            }
        }
        let text = text.chars().take(TEXT_CHARACTERS).collect();
        Some(Dialog { rule: self.rule.clone(), text, choices, refuse: self.refuse.clone(), fingerprint })
    }

    /// The options in `rows`. Exactly one has the mark: otherwise the dialog is being drawn, and nothing in it is certain.
    fn options<'a>(&self, pattern: &Pattern, rows: &[&'a str]) -> Option<Vec<Found<'a>>> {
        let mut found: Vec<Found<'a>> = Vec::new();
        // The rows since the last option are rows of it.
        let mut open = false;
        for (row, text) in rows.iter().enumerate() {
            if let Some(option) = begins(pattern, row, text) {
                match option.number {
                    // A list in what the dialog says can look like its options, which come last.
                    Some(1) => found.clear(),
                    Some(number) if number != found.len() + 1 => continue,
                    Some(_) => {}
                    None if !open && found.iter().any(|other| other.marked) => continue,
                    None if !open => found.clear(),
                    None => {}
                }
                found.push(option);
                open = true;
            } else if !says_something(text) || self.last.matches(text) {
                open = false;
            } else if let Some(option) = found.last_mut().filter(|_| open) {
                option.further.push(text.trim());
            }
        }
        (found.iter().filter(|option| option.marked).count() == 1).then_some(found)
    }

    /// What `rows` say to a person.
    fn text(&self, rows: &[&str]) -> String {
        let text = rows.join("\n");
        let text = self.aside.as_ref().map_or_else(|| text.clone(), |aside| aside.without(&text));
        let said: Vec<&str> = text.lines().filter(|row| says_something(row)).collect();
        let indent = |row: &&str| row.len() - row.trim_start_matches(' ').len();
        let common = said.iter().map(indent).min().unwrap_or(0);
        said.iter().map(|row| &row[common..]).collect::<Vec<_>>().join("\n")
    }

    fn label(&self, option: &Found<'_>) -> String {
        // Where options stand in columns, the second one describes.
        let in_columns = option.label.split_once("  ").map(|(label, rest)| (label, rest.trim_start()));
        let further = option.further.join(" ");
        match (in_columns, further.is_empty()) {
            (Some((label, description)), true) => format!("{label} — {description}"),
            (Some((label, description)), false) => format!("{label} — {description} {further}"),
            (None, true) => option.label.to_owned(),
            (None, false) if self.described => format!("{} — {further}", option.label),
            (None, false) => format!("{} {further}", option.label),
        }
    }

    /// The label without its key, and the keys that choose `option`; `None` where there are none.
    fn keys(&self, all: &[Found<'_>], option: &Found<'_>, label: String) -> Option<(String, Vec<String>)> {
        let digit = || option.number.filter(|number| *number < 10).map(|number| number.to_string());
        match self.choose {
            Way::Digit => Some((label, vec![digit()?])),
            Way::DigitEnter => Some((label, vec![digit()?, "Enter".into()])),
            Way::Letter => {
                let (words, key) = label.strip_suffix(')')?.rsplit_once(" (")?;
                let key = if key == "esc" { "Escape" } else { key };
                Some((words.to_owned(), vec![key.to_owned()]))
            }
            Way::Cursor => {
                let place = |wanted: &dyn Fn(&Found<'_>) -> bool| all.iter().position(wanted);
                let (from, to) = (place(&|other| other.marked)?, place(&|other| other.row == option.row)?);
                let step = if to < from { "Up" } else { "Down" };
                let steps = std::iter::repeat_n(step, from.abs_diff(to)).chain(["Enter"]);
                Some((label, steps.map(str::to_owned).collect()))
            }
            Way::Pane => None,
        }
    }
}

/// One option as it was found.
struct Found<'a> {
    row: usize,
    number: Option<usize>,
    marked: bool,
    label: &'a str,
    /// The rows right below it.
    further: Vec<&'a str>,
}

fn begins<'a>(pattern: &Pattern, row: usize, text: &'a str) -> Option<Found<'a>> {
    let groups = pattern.groups(text)?;
    let label = groups.name("label")?.as_str().trim();
    // What has a number in its pattern and none in the row is no option of it.
    let number = match groups.name("number") {
        Some(number) => Some(number.as_str().parse().ok()?),
        None => None,
    };
    Some(Found { row, number, marked: groups.name("mark").is_some(), label, further: Vec::new() })
}

/// It is more than an edge.
fn says_something(row: &str) -> bool {
    row.chars().any(char::is_alphanumeric)
}

fn fingerprint(rule: &str, text: &str, labels: &[String]) -> String {
    let mut hash = Sha256::new();
    // A text may be wrapped anywhere: between its words, and in the middle of one that is long, such as a path.
    for part in [rule, text].into_iter().chain(labels.iter().map(String::as_str)) {
        for word in part.split_whitespace() {
            hash.update(word);
        }
        hash.update("\n");
    }
    hash.finalize()[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(text: &str) -> DialogRule {
        toml::from_str(&format!("rule = 'x'\nfirst = '^---'\nlast = '^esc$'\n{text}")).unwrap()
    }

    fn numbered() -> DialogRule {
        rule(r"option = '^(?:(?<mark>> )|  )(?<number>\d+)\. (?<label>.*)$'")
    }

    #[test]
    fn the_fingerprint_follows_the_words_and_nothing_else() {
        let print = |rows: &[&str]| numbered().find(rows).unwrap().fingerprint;
        let seen = print(&["---", "May I run", "this?", "> 1. Yes", "  2. No", "esc"]);
        assert_eq!(seen, print(&["older", "----", "May I", "run this?", "  1. Yes", "> 2. No", "", "esc", ""]));
        assert_eq!(seen, print(&["---", "May I run th", "is?", "> 1. Yes", "  2. No", "esc"]), "a pane that is narrow");
        for other in [
            ["---", "May I run", "that?", "> 1. Yes", "  2. No", "esc"],
            ["---", "May I run", "this?", "> 1. Yes, always", "  2. No", "esc"],
            ["---", "May I run", "this?", "> 1. Yes", "  2. Never", "esc"],
        ] {
            assert_ne!(seen, print(&other), "{other:?}");
        }
    }

    #[test]
    fn a_list_in_the_text_is_not_taken_for_the_options() {
        let rows = ["---", "The plan", "  1. write", "  2. test", "Go on?", "> 1. Yes", "  2. No", "esc"];
        let dialog = numbered().find(&rows).unwrap();
        assert_eq!(dialog.text, "The plan\n  1. write\n  2. test\nGo on?");
        assert_eq!(dialog.choices.iter().map(|choice| choice.label.as_str()).collect::<Vec<_>>(), ["Yes", "No"]);
    }

    #[test]
    fn what_is_half_drawn_is_no_dialog() {
        for rows in [
            &["---", "May I?", "  1. Yes", "  2. No", "esc"][..],
            &["---", "May I?", "> 1. Yes", "> 2. No", "esc"],
            &["---", "May I?", "esc"],
            &["May I?", "> 1. Yes", "esc"],
            &["---", "May I?", "> 1. Yes", "  2. No"],
            &[],
        ] {
            assert_eq!(numbered().find(rows), None, "{rows:?}");
        }
    }

    #[test]
    fn the_cursor_is_moved_from_where_it_stands() {
        let rule = rule("option = '^ (?:(?<mark>>) |  )(?<label>\\S.*)$'\nchoose = 'cursor'");
        let dialog = rule.find(&["---", " Which?", "   a", "   b", " > c", "   d", "esc"]).unwrap();
        let keys: Vec<String> = dialog.choices.iter().map(|choice| choice.keys.join(" ")).collect();
        assert_eq!(keys, ["Up Up Enter", "Up Enter", "Enter", "Down Enter"]);
    }

    #[test]
    fn the_tenth_option_has_no_digit() {
        let mut rows = vec!["---".to_owned(), "> 1. x".into()];
        rows.extend((2..=10).map(|number| format!("  {number}. x")));
        rows.push("esc".into());
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        assert_eq!(numbered().find(&rows).unwrap().choices.len(), 9);
    }
}
