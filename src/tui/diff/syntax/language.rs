//! The languages that are known: data (`languages.toml`, compiled in).

use std::collections::HashSet;

/// How a language is read.
#[derive(Debug, Default)]
pub struct Language {
    /// The endings of its files' names, or whole names.
    #[cfg(feature = "syntax")]
    pub(super) files: Vec<String>,
    /// What begins a comment that ends with the line.
    pub(super) comments: Vec<String>,
    /// What begins and ends; those that begin alike, the longest first.
    pub(super) enclosures: Vec<Enclosure>,
    /// Its words.
    pub(super) keywords: HashSet<String>,
    /// Its words for values.
    pub(super) values: HashSet<String>,
    /// Its words have no case.
    pub(super) ignores_case: bool,
    /// Names with a capital letter are types.
    pub(super) capitals: bool,
    /// Characters that names may hold besides letters, digits and `_`.
    pub(super) name: String,
    /// A name at the beginning of a line before one of these characters is what is set.
    pub(super) keys: String,
    /// A line that begins with one of these characters is a heading.
    pub(super) headings: String,
    /// `'` is a character or the name of a lifetime.
    pub(super) lifetimes: bool,
}

/// A comment or a string with a beginning and an end.
#[derive(Debug)]
pub(super) struct Enclosure {
    pub(super) open: String,
    pub(super) close: String,
    pub(super) is_comment: bool,
    /// `\` takes the next character's meaning away.
    pub(super) escapes: bool,
    /// It may go on in the next line.
    pub(super) lines: bool,
    pub(super) nests: bool,
}

impl Language {
    /// The language of a file, by its name; `None` where it is not known, or languages were left out.
    #[cfg(feature = "syntax")]
    pub fn of(path: &str) -> Option<&'static Language> {
        static KNOWN: std::sync::LazyLock<Vec<Language>> = std::sync::LazyLock::new(known::languages);
        let name = path.rsplit('/').next()?.to_ascii_lowercase();
        let ending = name.rsplit_once('.').map(|(_, ending)| ending);
        let fits = |file: &String| *file == name || ending == Some(file.as_str());
        KNOWN.iter().find(|language| language.files.iter().any(fits))
    }

    /// No language: they were left out.
    #[cfg(not(feature = "syntax"))]
    pub fn of(_path: &str) -> Option<&'static Language> {
        None
    }
}

#[cfg(feature = "syntax")]
mod known {
    use toml::{Table, Value};

    use super::{Enclosure, Language};

    const LANGUAGES: &str = include_str!("languages.toml");

    /// All of them, as the file says.
    pub(super) fn languages() -> Vec<Language> {
        let table: Table = LANGUAGES.parse().unwrap_or_default();
        table.values().filter_map(Value::as_table).map(language).collect()
    }

    fn language(table: &Table) -> Language {
        let text = |key: &str| table.get(key).and_then(Value::as_str).unwrap_or_default();
        let flag = |key: &str| table.get(key).and_then(Value::as_bool).unwrap_or_default();
        let words = |key: &str| text(key).split_whitespace().map(str::to_owned);
        let mut language = Language {
            files: words("files").collect(),
            comments: words("comments").collect(),
            enclosures: Vec::new(),
            keywords: words("keywords").collect(),
            values: words("values").collect(),
            ignores_case: flag("ignores_case"),
            capitals: flag("capitals"),
            name: text("name").into(),
            keys: text("keys").into(),
            headings: text("headings").into(),
            lifetimes: flag("lifetimes"),
        };
        for (key, is_comment) in [("blocks", true), ("strings", false), ("long_strings", false)] {
            let lines = key != "strings";
            let pairs: Vec<String> = words(key).collect();
            language.enclosures.extend(pairs.chunks_exact(2).map(|pair| Enclosure {
                open: pair[0].clone(),
                close: pair[1].clone(),
                is_comment,
                escapes: !is_comment && !flag("no_escapes") && !pair[0].starts_with('r'),
                lines,
                nests: is_comment && flag("nests"),
            }));
        }
        language.enclosures.sort_by_key(|enclosure| std::cmp::Reverse(enclosure.open.len()));
        language
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn every_language_is_complete_and_every_key_is_known() {
            let table: Table = LANGUAGES.parse().expect("TOML");
            let known = "files comments blocks strings long_strings keywords values ignores_case capitals name keys \
                         headings lifetimes nests no_escapes";
            for (name, language) in &table {
                let language = language.as_table().expect("a table");
                for key in language.keys() {
                    assert!(known.split_whitespace().any(|word| word == key), "{name}: {key}");
                }
                for key in ["blocks", "strings", "long_strings"] {
                    let words = language.get(key).and_then(Value::as_str).unwrap_or_default();
                    assert_eq!(words.split_whitespace().count() % 2, 0, "{name}: {key} are pairs");
                }
                assert!(language.contains_key("files"), "{name}");
            }
        }

        #[test]
        fn a_file_is_known_by_its_ending_or_its_name() {
            for path in ["src/a.rs", "B.TS", "x/Makefile", "Dockerfile", "Cargo.toml", "a.yaml", "go.mod"] {
                assert!(Language::of(path).is_some(), "{path}");
            }
            for path in ["LICENSE", "a.unheard-of", ""] {
                assert!(Language::of(path).is_none(), "{path}");
            }
        }
    }
}
