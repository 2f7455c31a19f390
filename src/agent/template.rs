//! An argv with places to be filled.

use serde::Deserialize;

/// An argv with places to be filled: `{prompt}`, `{conversation}`, `{workspace}`.
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
}

type Word = Vec<Part>;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Place(Place),
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
            .collect()
    }

    /// It has this place.
    pub fn has(&self, place: Place) -> bool {
        self.0.iter().flatten().flatten().any(|part| *part == Part::Place(place))
    }
}

impl Place {
    fn named(name: &str) -> Option<Self> {
        match name {
            "prompt" => Some(Place::Prompt),
            "conversation" => Some(Place::Conversation),
            "workspace" => Some(Place::Workspace),
            _ => None,
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

fn fill_word(word: &[Part], filling: Filling<'_>) -> Option<String> {
    word.iter()
        .map(|part| match part {
            Part::Text(text) => Some(text.as_str()),
            Part::Place(Place::Prompt) => filling.prompt,
            Part::Place(Place::Conversation) => filling.conversation,
            Part::Place(Place::Workspace) => filling.workspace,
        })
        .collect()
}

/// Splits `--name={prompt}` into its parts. A brace that opens no name is text.
fn parse_word(word: &str) -> Result<Word, String> {
    let mut parts = Vec::new();
    let mut rest = word;
    let mut from = 0;
    while let Some(open) = rest[from..].find('{').map(|at| at + from) {
        let name = rest[open + 1..].split_once('}').map(|(name, _)| name).unwrap_or_default();
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
            from = open + 1;
            continue;
        }
        let Some(place) = Place::named(name) else {
            return Err(format!(
                "{{{name}}} is no place to be filled: use {{prompt}}, {{conversation}} or {{workspace}}"
            ));
        };
        if open > 0 {
            parts.push(Part::Text(rest[..open].into()));
        }
        parts.push(Part::Place(place));
        rest = &rest[open + name.len() + 2..];
        from = 0;
    }
    if !rest.is_empty() || parts.is_empty() {
        parts.push(Part::Text(rest.into()));
    }
    Ok(parts)
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
    fn an_unknown_place_is_refused() {
        let error = Template::try_from(vec![Group::Word("{promt}".into())]).expect_err("no such place");
        assert!(error.contains("{prompt}"), "{error}");
    }
}
