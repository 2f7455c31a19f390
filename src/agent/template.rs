//! An argv with places to be filled.

use serde::Deserialize;

/// An argv with places to be filled: `{prompt}`, `{conversation}`, `{workspace}`; and `{signals}`, which is a word by
/// itself and becomes any number of them.
///
/// In TOML a list whose elements are words or lists of words. A list of words stands or falls together: it is left out
/// when one of its places has nothing to be filled with. Each word stays one element of the argv, whatever is filled in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<Group>")]
pub struct Template(Vec<Vec<Word>>);

/// What the places of a [`Template`] are filled with.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filling<'a> {
    /// `{prompt}`
    pub prompt: Option<&'a str>,
    /// `{conversation}`
    pub conversation: Option<&'a str>,
    /// `{workspace}`
    pub workspace: Option<&'a str>,
    /// `{signals}`
    pub signals: &'a [String],
}

/// A place in a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// What the agent is to do.
    Prompt,
    /// The agent's id of the conversation.
    Conversation,
    /// The folder it works in.
    Workspace,
    /// What makes the agent speak to us.
    Signals,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Word {
    /// It stays one element.
    One(Vec<Part>),
    /// `{signals}`
    Signals,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Prompt,
    Conversation,
    Workspace,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Group {
    Word(String),
    Words(Vec<String>),
}

impl Template {
    /// The argv, without the groups that can't be filled.
    pub fn fill(&self, filling: Filling<'_>) -> Vec<String> {
        self.0
            .iter()
            .filter_map(|group| group.iter().map(|word| fill_word(word, filling)).collect::<Option<Vec<_>>>())
            .flatten()
            .flatten()
            .collect()
    }

    /// It has this place.
    pub fn has(&self, place: Place) -> bool {
        self.0.iter().flatten().any(|word| match word {
            Word::One(parts) => parts.iter().any(|part| part.place() == Some(place)),
            Word::Signals => place == Place::Signals,
        })
    }
}

impl Part {
    fn named(name: &str) -> Option<Self> {
        match name {
            "prompt" => Some(Part::Prompt),
            "conversation" => Some(Part::Conversation),
            "workspace" => Some(Part::Workspace),
            _ => None,
        }
    }

    fn place(&self) -> Option<Place> {
        match self {
            Part::Text(_) => None,
            Part::Prompt => Some(Place::Prompt),
            Part::Conversation => Some(Place::Conversation),
            Part::Workspace => Some(Place::Workspace),
        }
    }
}

impl TryFrom<Vec<Group>> for Template {
    type Error = String;

    fn try_from(groups: Vec<Group>) -> Result<Self, String> {
        let words = |group| match group {
            Group::Word(word) => vec![word],
            Group::Words(words) => words,
        };
        groups
            .into_iter()
            .map(|group| words(group).iter().map(|word| parse_word(word)).collect())
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

fn fill_word(word: &Word, filling: Filling<'_>) -> Option<Vec<String>> {
    let Word::One(parts) = word else { return Some(filling.signals.to_vec()) };
    let filled = parts.iter().map(|part| match part {
        Part::Text(text) => Some(text.as_str()),
        Part::Prompt => filling.prompt,
        Part::Conversation => filling.conversation,
        Part::Workspace => filling.workspace,
    });
    filled.collect::<Option<String>>().map(|word| vec![word])
}

/// Splits `--name={prompt}` into its parts. A brace that opens no name is text.
fn parse_word(word: &str) -> Result<Word, String> {
    if word == "{signals}" {
        return Ok(Word::Signals);
    }
    let mut parts = Vec::new();
    let mut rest = word;
    let mut from = 0;
    while let Some(open) = rest[from..].find('{').map(|at| at + from) {
        let name = rest[open + 1..].split_once('}').map(|(name, _)| name).unwrap_or_default();
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
            from = open + 1;
            continue;
        }
        if name == "signals" {
            return Err("{signals} becomes several words: write it as a word by itself".into());
        }
        let Some(place) = Part::named(name) else {
            return Err(format!(
                "{{{name}}} is no place to be filled: use {{prompt}}, {{conversation}}, {{workspace}} or {{signals}}"
            ));
        };
        if open > 0 {
            parts.push(Part::Text(rest[..open].into()));
        }
        parts.push(place);
        rest = &rest[open + name.len() + 2..];
        from = 0;
    }
    if !rest.is_empty() || parts.is_empty() {
        parts.push(Part::Text(rest.into()));
    }
    Ok(Word::One(parts))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(toml: &str) -> Template {
        #[derive(Deserialize)]
        struct Holder {
            argv: Template,
        }
        toml::from_str::<Holder>(&format!("argv = {toml}")).expect(toml).argv
    }

    #[test]
    fn a_group_that_cannot_be_filled_is_left_out_whole() {
        let argv = template(r#"["--x", ["--session-id", "{conversation}"], ["--", "{prompt}"]]"#);
        let filling = Filling { conversation: Some("c"), ..Filling::default() };
        assert_eq!(argv.fill(filling), ["--x", "--session-id", "c"]);
    }

    #[test]
    fn what_is_filled_in_stays_one_element_and_is_not_read_again() {
        let argv = template(r#"["-i={prompt}", "{a", "}{"]"#);
        let prompt = "-x 'y' $(z)\n{conversation};";
        let filling = Filling { prompt: Some(prompt), ..Filling::default() };
        assert_eq!(argv.fill(filling), [format!("-i={prompt}"), "{a".into(), "}{".into()]);
    }

    #[test]
    fn signals_become_as_many_words_as_they_are() {
        let argv = template(r#"["a", "{signals}", ["--", "{prompt}"]]"#);
        let signals = ["-c".to_owned(), "{prompt}".to_owned()];
        assert_eq!(argv.fill(Filling { signals: &signals, ..Filling::default() }), ["a", "-c", "{prompt}"]);
        assert_eq!(argv.fill(Filling::default()), ["a"]);
        assert!(argv.has(Place::Signals));
        Template::try_from(vec![Group::Word("--with={signals}".into())]).expect_err("not one word");
    }

    #[test]
    fn an_unknown_place_is_refused() {
        let error = Template::try_from(vec![Group::Word("{promt}".into())]).expect_err("no such place");
        assert!(error.contains("{prompt}"), "{error}");
    }
}
