//! What stands behind a key of a repository, checked.

use std::{
    collections::BTreeMap,
    path::{Component, Path, PathBuf},
    str::FromStr,
};

use toml::de::{DeArray, DeTable, DeValue};

use crate::{
    config::keys::is_reference,
    domain::{ProfileName, TargetName},
};

/// A value that does not fit: what would.
pub(super) type Wanted = String;

/// Text without anything that a line could not hold.
pub(super) fn text(value: &DeValue<'_>) -> Result<String, Wanted> {
    let text = value.as_str().filter(|text| !text.trim().is_empty() && !text.contains(char::is_control));
    text.map(str::to_owned).ok_or_else(|| "text of at least one character".into())
}

/// A list of texts, or one.
pub(super) fn texts(value: &DeValue<'_>) -> Result<Vec<String>, Wanted> {
    let wanted = |_| "text, or a list of texts".to_owned();
    match value {
        DeValue::Array(items) => items.iter().map(|item| text(item.get_ref()).map_err(wanted)).collect(),
        one => Ok(vec![text(one).map_err(wanted)?]),
    }
}

/// One name or a list of names.
pub(super) fn names<T: FromStr<Err: std::fmt::Display>>(value: &DeValue<'_>) -> Result<Vec<T>, Wanted> {
    texts(value)?.iter().map(|text| text.parse().map_err(|error: T::Err| format!("something else: {error}"))).collect()
}

/// A whole number in a range.
pub(super) fn whole(value: &DeValue<'_>, from: u32, to: u32) -> Result<u32, Wanted> {
    let number = match value {
        DeValue::Integer(number) => u32::from_str_radix(number.as_str(), number.radix()).ok(),
        _ => None,
    };
    number.filter(|number| (from..=to).contains(number)).ok_or_else(|| format!("a whole number from {from} to {to}"))
}

/// One of a few things, by its label.
pub(super) fn one_of<T: Copy>(value: &DeValue<'_>, all: &[T], label: fn(T) -> &'static str) -> Result<T, Wanted> {
    let found = all.iter().copied().find(|thing| value.as_str() == Some(label(*thing)));
    found.ok_or_else(|| format!("one of {}", all.iter().map(|thing| label(*thing)).collect::<Vec<_>>().join(", ")))
}

/// The reviewer's profile.
pub(super) fn review(value: &DeValue<'_>) -> Result<ProfileName, Wanted> {
    let agent = value.as_table().filter(|table| table.len() == 1).and_then(|table| table.get("agent"));
    let name = agent.and_then(|agent| agent.get_ref().as_str()?.parse().ok());
    name.ok_or_else(|| "{ agent = \"NAME\" }, the name of an agent as `qd agents` lists them".into())
}

/// A branch, a tag or a commit.
pub(super) fn reference(value: &DeValue<'_>) -> Result<String, Wanted> {
    let wanted = "a branch, tag or commit such as \"develop\"";
    text(value).ok().filter(|text| is_reference(text)).ok_or_else(|| wanted.into())
}

/// A target, whether there is one of that name or not.
pub(super) fn target(value: &DeValue<'_>) -> Result<TargetName, Wanted> {
    let name = value.as_str().and_then(|text| text.parse().ok());
    name.ok_or_else(|| "the name of a target as `qd target` lists them".into())
}

/// A command, or a list of commands.
pub(super) fn commands(value: &DeValue<'_>) -> Result<Vec<Vec<String>>, Wanted> {
    let wanted = || {
        "a list of a program and its arguments such as [\"npm\", \"ci\"], or a list of such lists; no shell reads it"
            .to_owned()
    };
    let DeValue::Array(items) = value else { return Err(wanted()) };
    if items.iter().any(|item| item.get_ref().is_array()) {
        return items
            .iter()
            .map(|item| item.get_ref().as_array().and_then(|words| command(words)).ok_or_else(wanted))
            .collect();
    }
    if items.is_empty() { Ok(Vec::new()) } else { Ok(vec![command(items).ok_or_else(wanted)?]) }
}

fn command(items: &DeArray<'_>) -> Option<Vec<String>> {
    let words: Vec<String> =
        items.iter().map(|item| item.get_ref().as_str().map(str::to_owned)).collect::<Option<_>>()?;
    let fits =
        words.first().is_some_and(|program| !program.is_empty()) && words.iter().all(|word| !word.contains('\0'));
    fits.then_some(words)
}

/// Relative paths that stay below where they start and out of git's own folder.
pub(super) fn inner_paths(value: &DeValue<'_>) -> Result<Vec<PathBuf>, Wanted> {
    let wanted = || "relative paths inside the repository, without `..` and `.git`, such as [\".env\"]".to_owned();
    let texts = texts(value).map_err(|_| wanted())?;
    texts.iter().map(|text| inner_path(text).ok_or_else(wanted)).collect()
}

fn inner_path(text: &str) -> Option<PathBuf> {
    let parts: Vec<&str> = Path::new(text)
        .components()
        .filter(|part| *part != Component::CurDir)
        .map(|part| match part {
            Component::Normal(name) => name.to_str().filter(|name| !name.eq_ignore_ascii_case(".git")),
            _ => None,
        })
        .collect::<Option<_>>()?;
    (!parts.is_empty()).then(|| parts.iter().collect())
}

/// Variables with their values.
pub(super) fn variables(value: &DeValue<'_>) -> Result<BTreeMap<String, String>, Wanted> {
    let wanted = || {
        "variables with their texts such as { PORT = \"{port}\" }; names of letters, digits and `_`, none of which \
         starts with QD_ or GIT_"
            .to_owned()
    };
    let is_name = |name: &str| {
        name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && !name.starts_with("QD_")
            && !name.starts_with("GIT_")
    };
    let table: &DeTable<'_> = value.as_table().ok_or_else(wanted)?;
    table
        .iter()
        .map(|(name, value)| {
            let text = value.get_ref().as_str().filter(|text| !text.contains('\0')).ok_or_else(wanted)?;
            is_name(name.get_ref()).then(|| (name.get_ref().to_string(), text.to_owned())).ok_or_else(wanted)
        })
        .collect()
}

/// Where to clone from or push to.
pub(super) fn remote(value: &DeValue<'_>) -> Result<String, Wanted> {
    let fits = |text: &String| !text.starts_with('-') && !text.contains(char::is_whitespace);
    text(value).ok().filter(fits).ok_or_else(|| "a URL such as \"git@github.com:me/api.git\"".into())
}
