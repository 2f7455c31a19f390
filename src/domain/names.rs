//! Names made by parsing, so that no unchecked string travels inward.

use std::{borrow::Borrow, fmt, path::Path, str::FromStr};

use serde::{Deserialize, Serialize};

/// Text that can't be a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not {kind}: use 1 to 40 of a-z, 0-9, '-', '_' and '.', starting with a letter or a digit")]
pub struct NotAName {
    text: String,
    kind: &'static str,
}

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident $kind:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = NotAName;

            fn from_str(text: &str) -> Result<Self, NotAName> {
                let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte);
                let starts = text.starts_with(|first: char| first.is_ascii_lowercase() || first.is_ascii_digit());
                if starts && text.len() <= 40 && text.bytes().all(fits) {
                    Ok(Self(text.into()))
                } else {
                    Err(NotAName { text: text.into(), kind: $kind })
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = NotAName;

            fn try_from(text: String) -> Result<Self, NotAName> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    )*};
}

names! {
    /// The name of an agent profile: `claude`.
    ProfileName "an agent's name";
    /// The name of a repository: `parser`.
    RepositoryName "a repository's name";
    /// The name of a target: `local`.
    TargetName "a target's name";
    /// What the person calls something that targets have in common: `gpu`.
    TargetLabel "a label";
}

impl RepositoryName {
    /// What a repository in this folder would be called: the folder's own name, as far as it fits.
    pub fn of_folder(folder: &Path) -> Self {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        let name = name.strip_suffix(".git").unwrap_or(&name);
        let fits = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "-_.".contains(letter);
        let name: String = name.chars().map(|letter| if fits(letter) { letter } else { '-' }).collect();
        let name = name.trim_start_matches(|first: char| !first.is_ascii_alphanumeric());
        let name: String = name.chars().take(40).collect();
        Self(if name.is_empty() { "repository".into() } else { name })
    }
}

impl TargetName {
    /// This machine.
    pub fn local() -> Self {
        Self("local".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_folder_gives_a_name() {
        for (folder, name) in [
            ("/src/Parser", "parser"),
            ("/srv/api.git", "api"),
            ("/x/.dot", "dot"),
            ("/x/Ü b", "b"),
            ("/", "repository"),
        ] {
            let made = RepositoryName::of_folder(Path::new(folder));
            assert_eq!((made.as_str(), made.as_str().parse()), (name, Ok(made.clone())), "{folder}");
        }
    }

    #[test]
    fn a_name_has_no_character_that_another_program_could_read_as_its_own() {
        for text in ["", "-x", "a b", "a/b", "a:b", "A", "ü", "a;b", "$(x)", &"x".repeat(41)] {
            assert!(text.parse::<ProfileName>().is_err(), "{text:?}");
        }
        for text in ["claude", "gpt-5.5", "my_agent", "7"] {
            assert_eq!(text.parse::<ProfileName>().expect(text).as_str(), text);
        }
    }
}
