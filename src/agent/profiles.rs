//! All agents that we know: the built-in ones, and the person's own.

use std::{
    collections::BTreeMap,
    fmt, fs, io,
    path::{Path, PathBuf},
};

use super::{
    file::{File, Mistake},
    profile::Profile,
};
use crate::domain::ProfileName;

/// All agents that we know. The person's own file stands before a built-in one of the same name.
#[derive(Debug)]
pub struct Profiles(BTreeMap<ProfileName, (Result<Profile, Error>, Origin)>);

/// Where a profile comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// It is compiled in.
    BuiltIn,
    /// The person wrote it.
    File(PathBuf),
}

/// Why an agent's profile can't be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file can't be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// There is a mistake in it.
    #[error("{file}:{line}: {problem}")]
    Mistake {
        /// The file's path, or the built-in's name.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong, and what to write instead.
        problem: String,
    },
    /// It can be read, but does not make an agent.
    #[error("{file}: {problem}")]
    Incomplete {
        /// The file's path, or the built-in's name.
        file: String,
        /// What is missing, or does not agree.
        problem: String,
    },
    /// The profile it inherits from does not exist, or inherits from this one.
    #[error("{file}: {problem}")]
    Parent {
        /// The file's path.
        file: String,
        /// Which, and why not.
        problem: String,
        /// What is wrong with the parent itself.
        #[source]
        source: Option<Box<Error>>,
    },
}

const BUILT_IN: [(&str, &str); 8] = [
    ("claude", include_str!("profiles/claude.toml")),
    ("codex", include_str!("profiles/codex.toml")),
    ("gemini", include_str!("profiles/gemini.toml")),
    ("opencode", include_str!("profiles/opencode.toml")),
    ("qwen", include_str!("profiles/qwen.toml")),
    ("aider", include_str!("profiles/aider.toml")),
    ("shell", include_str!("profiles/shell.toml")),
    ("stand-in", include_str!("profiles/stand-in.toml")),
];

/// The largest file that is read, in bytes.
const FILE_BYTES: u64 = 1 << 20;

impl Profiles {
    /// The built-in agents and those in the `*.toml` files of `user_dir`, which need not exist. Never fails as a whole:
    /// what can't be read is an agent with a reason.
    pub fn load(user_dir: &Path) -> Profiles {
        let built_in = BUILT_IN.iter().filter_map(|(name, text)| Some((name.parse().ok()?, *text)));
        let built_in = built_in
            .map(|(name, text): (ProfileName, _)| {
                let read = parse(text, &Origin::BuiltIn.describe(&name));
                (name, (read, Origin::BuiltIn))
            })
            .collect::<Sources>();
        let own = own_files(user_dir);
        let everything = Everything { built_in, own };
        let names = everything.built_in.keys().chain(everything.own.keys()).cloned();
        Profiles(names.map(|name| (name.clone(), everything.profile(&name))).collect())
    }

    /// The profile of this name, if it exists and can be used.
    pub fn find(&self, name: &ProfileName) -> Option<&Profile> {
        self.0.get(name).and_then(|(profile, _)| profile.as_ref().ok())
    }

    /// Why the profile of this name can't be used, if it exists and can't.
    pub fn problem(&self, name: &ProfileName) -> Option<&Error> {
        self.0.get(name).and_then(|(profile, _)| profile.as_ref().err())
    }

    /// All of them, in the order of preference: of those that can be used, the first is the default. The built-in
    /// agents come first, in their own order; a shell is better than nothing, and no more.
    pub fn iter(&self) -> impl Iterator<Item = (&ProfileName, Result<&Profile, &Error>, &Origin)> {
        let mut all: Vec<_> = self.0.iter().collect();
        all.sort_by_key(|(name, _)| preference(name));
        all.into_iter().map(|(name, (profile, origin))| (name, profile.as_ref(), origin))
    }
}

/// Where an agent stands among all; one of the person's own comes just before the shell.
fn preference(name: &ProfileName) -> usize {
    let place = |wanted: &str| BUILT_IN.iter().position(|(known, _)| *known == wanted);
    // Twice the place leaves room between any two.
    place(name.as_str()).map_or_else(|| place("shell").map_or(0, |shell| shell * 2 - 1), |place| place * 2)
}

impl Origin {
    /// The file's path, or the built-in's name.
    fn describe(&self, name: &ProfileName) -> String {
        match self {
            Origin::BuiltIn => format!("the built-in profile {name}"),
            Origin::File(path) => path.display().to_string(),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::BuiltIn => f.write_str("built in"),
            Origin::File(path) => write!(f, "{}", path.display()),
        }
    }
}

type Sources = BTreeMap<ProfileName, (Result<File, Error>, Origin)>;

struct Everything {
    built_in: Sources,
    own: Sources,
}

impl Everything {
    fn profile(&self, name: &ProfileName) -> (Result<Profile, Error>, Origin) {
        let (_, origin) = self.own.get(name).or(self.built_in.get(name)).expect("only known names are asked for");
        let file = origin.describe(name);
        let profile = self.inherited(name, &mut Vec::new()).and_then(|read| {
            read.profile(name.clone()).map_err(|problem| Error::Incomplete { file: file.clone(), problem })
        });
        (profile, origin.clone())
    }

    /// The file of this name with all it inherits. A file that inherits its own name means the built-in one.
    fn inherited(&self, name: &ProfileName, under_way: &mut Vec<ProfileName>) -> Result<File, Error> {
        let again = under_way.last() == Some(name);
        let found = if again { self.built_in.get(name) } else { self.own.get(name).or(self.built_in.get(name)) };
        let file = |name| self.own.get(name).map_or(Origin::BuiltIn, |(_, origin)| origin.clone()).describe(name);
        let heir = under_way.last().map(file).unwrap_or_default();
        let problem = |problem, source| Error::Parent { file: heir.clone(), problem, source };
        if !again && under_way.contains(name) {
            return Err(problem(format!("it inherits from {name}, which inherits from it"), None));
        }
        let Some((read, _)) = found else {
            return Err(problem(format!("it inherits from {name}, which does not exist"), None));
        };
        let read = match read {
            Ok(read) => read.clone(),
            Err(error) if under_way.is_empty() => return Err(error.again()),
            Err(error) => {
                let words = format!("it inherits from {name}, which can't be used: {error}");
                return Err(problem(words, Some(Box::new(error.again()))));
            }
        };
        let Some(parent) = read.inherit.clone() else { return Ok(read) };
        under_way.push(name.clone());
        if again && parent == *name {
            return Err(problem(format!("it inherits from {name}, which inherits from it"), None));
        }
        Ok(read.over(self.inherited(&parent, under_way)?))
    }
}

impl Error {
    /// The same once more: an `io::Error` can't be cloned.
    fn again(&self) -> Error {
        match self {
            Error::Unreadable { path, source } => {
                Error::Unreadable { path: path.clone(), source: io::Error::new(source.kind(), source.to_string()) }
            }
            Error::Mistake { file, line, problem } => {
                Error::Mistake { file: file.clone(), line: *line, problem: problem.clone() }
            }
            Error::Incomplete { file, problem } => Error::Incomplete { file: file.clone(), problem: problem.clone() },
            Error::Parent { file, problem, source } => Error::Parent {
                file: file.clone(),
                problem: problem.clone(),
                source: source.as_ref().map(|source| Box::new(source.again())),
            },
        }
    }
}

/// The person's files. One whose name is no agent's name has no name to be found by, and is only logged.
fn own_files(folder: &Path) -> Sources {
    let mut sources = Sources::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        match path.file_stem().unwrap_or_default().to_string_lossy().parse::<ProfileName>() {
            Ok(name) => {
                let read = read_file(&path).and_then(|text| parse(&text, &path.display().to_string()));
                sources.insert(name, (read, Origin::File(path)));
            }
            Err(error) => tracing::warn!(file = %path.display(), %error, "an agent's file is ignored"),
        }
    }
    sources
}

fn read_file(path: &Path) -> Result<String, Error> {
    let unreadable = |source| Error::Unreadable { path: path.into(), source };
    let found = fs::metadata(path).map_err(unreadable)?;
    // A named pipe would keep us waiting for ever.
    if !found.is_file() || found.len() > FILE_BYTES {
        return Err(unreadable(io::Error::other("it is not an ordinary file of at most 1 MiB")));
    }
    fs::read_to_string(path).map_err(unreadable)
}

fn parse(text: &str, file: &str) -> Result<File, Error> {
    File::parse(text).map_err(|Mistake { problem, at }| Error::Mistake {
        file: file.into(),
        line: text.as_bytes()[..at.min(text.len())].iter().filter(|byte| **byte == b'\n').count() + 1,
        problem,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_profile_is_whole() {
        let profiles = Profiles::load(Path::new("/nonexistent"));
        assert_eq!(profiles.iter().count(), BUILT_IN.len());
        for (name, profile, origin) in profiles.iter() {
            let profile = profile.unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(*origin, Origin::BuiltIn);
            assert!(!profile.install.is_empty() && !profile.says.is_empty(), "{name}");
        }
    }

    #[test]
    fn agents_come_in_the_order_of_preference_and_a_shell_last() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("mine.toml"), "inherits = 'claude'\n").unwrap();
        let profiles = Profiles::load(folder.path());
        let names: Vec<&str> = profiles.iter().map(|(name, ..)| name.as_str()).collect();
        assert_eq!(names, ["claude", "codex", "gemini", "opencode", "qwen", "aider", "mine", "shell", "stand-in"]);
    }
}
