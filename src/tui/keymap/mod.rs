//! Which key does what, where. The defaults are data (`default.toml`, compiled in); the person's configuration replaces
//! an action's keys by its name. Nothing that is wrong there stops the dashboard: it becomes a word in the help.
//!
//! - [`key`]: one key and its notation

pub mod key;

use std::collections::BTreeMap;

pub use key::{Key, NotAKey};

use super::action::Action;

const DEFAULT: &str = include_str!("default.toml");

/// A place where keys go; its name is a section of the key file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// Wherever nothing is being written or confirmed.
    Everywhere,
    /// A list: the board, questions, targets, activity.
    Lists,
    /// A session, or an objective, is selected.
    Session,
    /// The board.
    Board,
    /// A session's screen.
    Screen,
    /// An open question is in front.
    Question,
    /// The pull requests.
    PullRequests,
    /// The targets.
    Targets,
    /// The workspaces.
    Workspaces,
    /// What a session changed.
    Diff,
    /// How we know what a session is doing.
    Why,
    /// Text is being written.
    Writing,
    /// A yes is waited for.
    Confirm,
}

impl Place {
    /// Every place.
    pub const ALL: [Place; 13] = [
        Place::Everywhere,
        Place::Lists,
        Place::Session,
        Place::Board,
        Place::Screen,
        Place::Question,
        Place::PullRequests,
        Place::Targets,
        Place::Workspaces,
        Place::Diff,
        Place::Why,
        Place::Writing,
        Place::Confirm,
    ];

    /// Its section in the key file.
    pub fn name(self) -> &'static str {
        match self {
            Place::Everywhere => "everywhere",
            Place::Lists => "lists",
            Place::Session => "session",
            Place::Board => "board",
            Place::Screen => "screen",
            Place::Question => "question",
            Place::PullRequests => "pull_requests",
            Place::Targets => "targets",
            Place::Workspaces => "workspaces",
            Place::Diff => "diff",
            Place::Why => "why",
            Place::Writing => "writing",
            Place::Confirm => "confirm",
        }
    }
}

/// Which key does what, where.
#[derive(Debug, Clone)]
pub struct Keymap {
    bindings: Vec<Binding>,
    problems: Vec<String>,
}

/// An action's place and keys.
#[derive(Debug, Clone)]
pub struct Binding {
    /// Where its keys work.
    pub place: Place,
    /// What they do.
    pub action: Action,
    /// The keys, the one that is shown first.
    pub keys: Vec<Key>,
}

impl Keymap {
    /// The default keys, with the person's in their place.
    pub fn new(overrides: &BTreeMap<String, Vec<String>>) -> Self {
        let mut keymap = Self { bindings: Vec::new(), problems: Vec::new() };
        keymap.read_defaults();
        for (name, keys) in overrides {
            keymap.replace(name, keys);
        }
        keymap.report_conflicts();
        keymap
    }

    /// What is wrong with the person's keys, in words.
    pub fn problems(&self) -> &[String] {
        &self.problems
    }

    /// All actions with their keys.
    pub fn bindings(&self) -> &[Binding] {
        &self.bindings
    }

    /// What `key` does in the first of `places` that knows it.
    pub fn action(&self, places: &[Place], key: Key) -> Option<Action> {
        let in_place =
            |place: &Place| self.bindings.iter().find(|binding| binding.place == *place && binding.keys.contains(&key));
        places.iter().find_map(in_place).map(|binding| binding.action)
    }

    /// The binding of `action`.
    pub fn binding(&self, action: Action) -> Option<&Binding> {
        self.bindings.iter().find(|binding| binding.action == action)
    }

    /// The key to show for `action`; empty when it has none.
    pub fn key(&self, action: Action) -> String {
        self.binding(action).and_then(|binding| binding.keys.first()).map(Key::to_string).unwrap_or_default()
    }

    fn read_defaults(&mut self) {
        let table: toml::Table = DEFAULT.parse().unwrap_or_default();
        for place in Place::ALL {
            let Some(section) = table.get(place.name()).and_then(toml::Value::as_table) else { continue };
            for (name, keys) in section {
                let keys = keys.as_array().into_iter().flatten().filter_map(toml::Value::as_str);
                if let Some(action) = Action::named(name) {
                    let keys = keys.filter_map(|key| key.parse().ok()).collect();
                    self.bindings.push(Binding { place, action, keys });
                }
            }
        }
        self.bindings.sort_by_key(|binding| binding.action);
    }

    fn replace(&mut self, name: &str, keys: &[String]) {
        let Some(action) = Action::named(name) else {
            self.problems.push(format!("keys.{name}: there is no action of this name; : lists them all"));
            return;
        };
        let mut parsed = Vec::new();
        for key in keys {
            match key.parse() {
                Ok(key) => parsed.push(key),
                Err(error) => self.problems.push(format!("keys.{name}: {error}")),
            }
        }
        // Keys that can't be read leave the defaults, so that a slip never takes an action away.
        if let Some(binding) = self.bindings.iter_mut().find(|binding| binding.action == action)
            && (!parsed.is_empty() || keys.is_empty())
        {
            binding.keys = parsed;
        }
    }

    fn report_conflicts(&mut self) {
        for (at, one) in self.bindings.iter().enumerate() {
            for other in self.bindings[at + 1..].iter().filter(|other| other.place == one.place) {
                if let Some(key) = one.keys.iter().find(|key| other.keys.contains(key)) {
                    let (one, other) = (one.action.name(), other.action.name());
                    self.problems.push(format!("{key} is both {one} and {other}; it does {one}"));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overridden(name: &str, keys: &[&str]) -> Keymap {
        Keymap::new(&BTreeMap::from([(name.to_owned(), keys.iter().map(ToString::to_string).collect())]))
    }

    #[test]
    fn the_defaults_name_every_action_once_and_nothing_else() {
        let keymap = Keymap::new(&BTreeMap::new());
        assert_eq!(keymap.problems(), [""; 0]);
        let bound: Vec<_> = keymap.bindings().iter().map(|binding| binding.action).collect();
        assert_eq!(bound, Action::ALL, "each action has one section in default.toml");
        let table: toml::Table = DEFAULT.parse().expect("TOML");
        let written = |(place, section): (&String, &toml::Value)| {
            assert!(Place::ALL.iter().any(|known| known.name() == place), "[{place}] is no place");
            for (name, keys) in section.as_table().expect("a section") {
                assert!(Action::named(name).is_some(), "{name} is no action");
                for key in keys.as_array().expect("a list") {
                    key.as_str().expect("text").parse::<Key>().expect("a key");
                }
            }
        };
        table.iter().for_each(written);
    }

    #[test]
    fn the_persons_keys_replace_an_actions_own() {
        let keymap = overridden("leave", &["Ctrl-q"]);
        let places = [Place::Board, Place::Everywhere];
        assert_eq!(keymap.action(&places, "Ctrl-q".parse().expect("a key")), Some(Action::Leave));
        assert_eq!(keymap.action(&places, "q".parse().expect("a key")), None);
    }

    #[test]
    fn what_is_wrong_is_told_and_takes_nothing_away() {
        let typo = overridden("leave", &["Ctrl-"]);
        assert_eq!(typo.key(Action::Leave), "q");
        assert!(typo.problems()[0].contains("is not a key"), "{:?}", typo.problems());
        assert!(overridden("levae", &["q"]).problems()[0].contains("no action"));
        let conflict = overridden("steer", &["x"]);
        assert_eq!(conflict.problems(), ["x is both steer and cancel; it does steer"]);
    }
}
