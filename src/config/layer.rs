//! One place's settings: each value with its key and where it stands.

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{Key, Origin, Problem};

/// A value as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Switch(bool),
    Whole(i64),
    /// A number with a fraction, as it was written.
    Fraction(String),
    Text(String),
    Texts(Vec<String>),
    /// Something that no key holds; its kind in words.
    Other(&'static str),
}

/// A value with its key and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) value: Value,
    pub(super) origin: Origin,
}

/// The settings of a file's `text`, and what is wrong with them; `origin` makes an origin of a line.
pub(super) fn read(text: &str, origin: impl Fn(usize) -> Origin) -> (Vec<Entry>, Vec<Problem>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let at = |offset: usize| origin(1 + text.bytes().take(offset).filter(|&byte| byte == b'\n').count());
    // A file that is not TOML may mean something else than what was recovered of it: nothing of it counts.
    if let Some(error) = errors.first() {
        let offset = error.span().map_or(0, |span| span.start);
        let what = format!("this is not TOML: {}", error.message().replace('\n', ", "));
        return (Vec::new(), vec![Problem { origin: at(offset), what }]);
    }
    let mut entries = Vec::new();
    flatten("", table.get_ref(), &at, &mut entries);
    let (good, bad): (Vec<_>, Vec<_>) = entries.into_iter().map(check).partition(Result::is_ok);
    (good.into_iter().flatten().collect(), bad.into_iter().filter_map(Result::err).collect())
}

/// The setting that `text` means at a place where everything is text.
pub(super) fn parse(name: &str, text: &str, origin: Origin) -> Result<Entry, Problem> {
    let value = Key::named(name).map_or_else(|| Value::Text(text.into()), |key| key.parse(text));
    check(Entry { name: name.into(), value, origin })
}

fn check(entry: Entry) -> Result<Entry, Problem> {
    let problem = |what| Problem { origin: entry.origin.clone(), what };
    let Some(key) = Key::named(&entry.name) else {
        if let Some(inner) = Key::of_section(&entry.name) {
            return Err(problem(format!("`{}` is a section, with keys such as `{}`", entry.name, inner.name)));
        }
        let nearest = Key::nearest(&entry.name).map_or_else(
            || "; `qd config show` lists every key".into(),
            |nearest| format!("; the nearest one is `{nearest}`"),
        );
        return Err(problem(format!("there is no key `{}`{nearest}", entry.name)));
    };
    match key.refuses(&entry.value) {
        None => Ok(entry),
        Some(wanted) => Err(problem(format!("`{}` wants {wanted}, not {}", entry.name, entry.value))),
    }
}

fn flatten(above: &str, table: &DeTable<'_>, at: &impl Fn(usize) -> Origin, entries: &mut Vec<Entry>) {
    for (key, value) in table {
        let name =
            if above.is_empty() { key.get_ref().to_string() } else { format!("{above}.{}", quoted(key.get_ref())) };
        match value.get_ref() {
            // An empty table of a known section says nothing; any other table says what is in it.
            DeValue::Table(inner) if Key::of_section(&name).is_some() || !inner.is_empty() => {
                flatten(&name, inner, at, entries)
            }
            _ => entries.push(Entry { name, value: Value::of(value), origin: at(key.span().start) }),
        }
    }
}

/// A part of a key's name, in quotes where TOML wants them.
fn quoted(part: &str) -> String {
    let bare = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_');
    if part.chars().all(bare) { part.to_owned() } else { format!("\"{part}\"") }
}

impl Value {
    fn of(value: &Spanned<DeValue<'_>>) -> Self {
        match value.get_ref() {
            DeValue::Boolean(switch) => Value::Switch(*switch),
            DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
                Ok(number) => Value::Whole(number),
                Err(_) => Value::Other("a number that large"),
            },
            DeValue::String(text) => Value::Text(text.to_string()),
            DeValue::Array(items) => {
                let texts = items.iter().map(|item| item.get_ref().as_str().map(str::to_owned));
                texts.collect::<Option<_>>().map_or(Value::Other("a list with something else than text"), Value::Texts)
            }
            DeValue::Float(number) => Value::Fraction(number.as_str().to_owned()),
            DeValue::Datetime(_) => Value::Other("a date"),
            DeValue::Table(_) => Value::Other("a table"),
        }
    }

    /// The value as TOML's own type.
    pub(super) fn into_toml(self) -> toml::Value {
        match self {
            Value::Switch(switch) => switch.into(),
            Value::Whole(number) => number.into(),
            Value::Fraction(text) => text.parse::<f64>().unwrap_or_default().into(),
            Value::Text(text) => text.into(),
            Value::Texts(texts) => texts.into(),
            Value::Other(kind) => kind.into(),
        }
    }
}

/// As it would be written in TOML, shortened, on one line.
impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Value::Other(kind) => write!(f, "{kind}"),
            value => {
                let written = value.clone().into_toml().to_string().replace('\n', "\\n");
                match written.char_indices().nth(60) {
                    Some((cut, _)) => write!(f, "{}…", &written[..cut]),
                    None => write!(f, "{written}"),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(line: usize) -> Origin {
        Origin::User { file: "config.toml".into(), line }
    }

    #[test]
    fn a_problem_names_the_line_and_what_would_be_right() {
        for (text, expected) in [
            ("[dashboard]\ntheme = 7", "config.toml:2: `dashboard.theme` wants text of at least one character, not 7"),
            (
                "\ndashboard.mose = true",
                "config.toml:2: there is no key `dashboard.mose`; the nearest one is `dashboard.mouse`",
            ),
            ("[caps]\n\nsessions = 0", "config.toml:3: `caps.sessions` wants a whole number from 1 to 500, not 0"),
            ("[caps]\nsessions = 1.5", "config.toml:2: `caps.sessions` wants a whole number from 1 to 500, not 1.5"),
            ("caps = 3", "config.toml:1: `caps` is a section, with keys such as `caps.sessions`"),
            (
                "[log]\nlevel = \"loud\"",
                "config.toml:2: `log.level` wants one of error, warn, info, debug, trace, not \"loud\"",
            ),
            (
                "[keys]\ncancel = [1]",
                "config.toml:2: `keys.cancel` wants a list of keys such as [\"x\", \"Delete\"], not a list with something else than text",
            ),
        ] {
            let (entries, problems) = read(text, line);
            assert!(entries.is_empty(), "{text}: {entries:?}");
            assert_eq!(problems.iter().map(ToString::to_string).collect::<Vec<_>>(), [expected]);
        }
    }

    #[test]
    fn a_bad_value_does_not_take_the_good_ones_with_it() {
        let (entries, problems) = read("[caps]\nsessions = 9\n[dashboard]\nmouse = 9\n", line);
        assert_eq!(entries.len(), 1);
        assert_eq!(problems.len(), 1);
    }

    #[test]
    fn a_file_that_is_not_toml_says_where() {
        let (entries, problems) = read("[caps]\nsessions = 9\nthis is no line\n", line);
        assert!(entries.is_empty());
        let problem = problems[0].to_string();
        assert!(problem.starts_with("config.toml:3: this is not TOML:"), "{problem}");
    }
}
