//! A repository: how the person set it up, or as much as was learned by using it.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use serde::{Deserialize, Serialize};

use super::{ProfileName, RepositoryName, TargetName};

/// A repository and how work in it goes. A command is a program with its arguments, never empty, never a shell's line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repository {
    /// What it is called.
    pub name: RepositoryName,
    /// What else it is called.
    pub nicknames: Vec<RepositoryName>,
    /// The folder that objectives and workspaces name it by: the top of the person's checkout, or our mirror of `url`.
    pub folder: PathBuf,
    /// Where it is cloned from, when it has no checkout of the person's.
    pub url: Option<String>,
    /// The remote or URL that branches are pushed to; where it was fetched from, when absent.
    pub fork: Option<String>,
    /// The branch, tag or commit that new work starts from; the freshly fetched default branch when absent.
    pub base: Option<String>,
    /// Where its sessions run; wherever they fit when absent.
    #[serde(default)]
    pub target: Option<TargetName>,
    /// The person's own words, to find it by.
    pub tags: Vec<String>,
    /// What part it plays, in the person's own words.
    pub roles: Vec<String>,
    /// Only these folders are checked out; all, or what the person's checkout has, when empty.
    pub sparse: Vec<String>,
    /// What makes a new workspace usable.
    pub setup: Setup,
    /// What says whether work is good.
    pub verify: Verify,
    /// Who must have looked at a change before it is published or merged; nobody when absent.
    pub review: Option<Review>,
    /// Who may publish.
    pub publish: Publish,
    /// Where pull requests are.
    pub forge: Forge,
    /// Nobody wrote it down: it is known because an objective has used it.
    pub learned: bool,
}

/// What makes a new workspace usable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setup {
    /// Files and folders that git does not keep, copied from the person's checkout; relative, without `..`.
    pub copy: Vec<PathBuf>,
    /// What is run in the workspace before the agent, one after the other.
    pub commands: Vec<Vec<String>>,
    /// How long all of them may take together.
    #[serde(rename = "deadline_s", with = "seconds")]
    pub deadline: Duration,
    /// How many ports each workspace has for its own.
    pub ports: u16,
    /// More variables for the setup, the verification and the agent, as they are written: with `{port}`, `{workspace}`,
    /// `{session}` and `{branch}`.
    pub environment: BTreeMap<String, String>,
}

/// What says whether work is good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verify {
    /// What is run in the workspace, one after the other; all must exit with 0.
    pub commands: Vec<Vec<String>>,
    /// How often a failure goes back to the agent by itself; 0: never.
    pub retries: u32,
}

/// A reviewer that must agree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// Its profile, of another provider than the author's.
    pub agent: ProfileName,
}

/// Who may publish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Publish {
    /// The person, or an agent when the person says yes to it.
    #[default]
    Ask,
    /// Agents too.
    Agents,
    /// Nobody.
    Never,
}

/// Where pull requests are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Forge {
    /// On GitHub when its remote is there, otherwise here.
    #[default]
    Auto,
    /// On GitHub, through `gh`.
    Github,
    /// Here.
    Local,
}

impl Publish {
    /// Every one there is.
    pub const ALL: &[Self] = &[Self::Ask, Self::Agents, Self::Never];

    /// The one spelling people see.
    pub fn label(self) -> &'static str {
        match self {
            Publish::Ask => "ask",
            Publish::Agents => "agents",
            Publish::Never => "never",
        }
    }
}

impl Forge {
    /// Every one there is.
    pub const ALL: &[Self] = &[Self::Auto, Self::Github, Self::Local];

    /// The one spelling people see.
    pub fn label(self) -> &'static str {
        match self {
            Forge::Auto => "auto",
            Forge::Github => "github",
            Forge::Local => "local",
        }
    }
}

impl Repository {
    /// A repository of which nothing is known but where it is.
    pub fn at(name: RepositoryName, folder: PathBuf) -> Self {
        Self {
            name,
            nicknames: Vec::new(),
            folder,
            url: None,
            fork: None,
            base: None,
            target: None,
            tags: Vec::new(),
            roles: Vec::new(),
            sparse: Vec::new(),
            setup: Setup::default(),
            verify: Verify::default(),
            review: None,
            publish: Publish::default(),
            forge: Forge::default(),
            learned: false,
        }
    }

    /// Its name or one of its nicknames is `name`.
    pub fn is_called(&self, name: &str) -> bool {
        self.name.as_str() == name || self.nicknames.iter().any(|nickname| nickname.as_str() == name)
    }
}

/// Why a name does not mean one repository.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotOne {
    /// None is called so.
    #[error("there is no repository {name:?}, neither of this name nor at this path")]
    None {
        /// The name.
        name: String,
    },
    /// More than one is.
    #[error("{name:?} could be {}", .folders.iter().map(|folder| folder.display().to_string()).collect::<Vec<_>>().join(" or "))]
    Several {
        /// The name.
        name: String,
        /// Where they are.
        folders: Vec<PathBuf>,
    },
}

/// The one of `all` that is called `name`. What the person wrote down is meant before what was learned, and a name
/// before a nickname.
///
/// # Errors
/// [`NotOne`].
pub fn called<'all>(all: &'all [Repository], name: &str) -> Result<&'all Repository, NotOne> {
    let ranks: [fn(&Repository, &str) -> bool; 3] = [
        |repository, name| !repository.learned && repository.name.as_str() == name,
        |repository, name| !repository.learned && repository.is_called(name),
        |repository, name| repository.learned && repository.is_called(name),
    ];
    for fits in ranks {
        let found: Vec<&Repository> = all.iter().filter(|repository| fits(repository, name)).collect();
        match found.as_slice() {
            [] => {}
            [one] => return Ok(one),
            several => {
                let folders = several.iter().map(|repository| repository.folder.clone()).collect();
                return Err(NotOne::Several { name: name.into(), folders });
            }
        }
    }
    Err(NotOne::None { name: name.into() })
}

impl Setup {
    /// How long a setup may take when nobody says otherwise.
    pub const DEADLINE: Duration = Duration::from_secs(15 * 60);
}

impl Default for Setup {
    fn default() -> Self {
        let (copy, commands, environment) = (Vec::new(), Vec::new(), BTreeMap::new());
        Self { copy, commands, deadline: Self::DEADLINE, ports: 1, environment }
    }
}

impl Default for Verify {
    fn default() -> Self {
        Self { commands: Vec::new(), retries: 2 }
    }
}

/// A duration as whole seconds.
mod seconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(duration.as_secs())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_secs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_means_what_was_written_before_what_was_learned_and_never_one_of_two() {
        let repository = |name: &str, folder: &str, learned| Repository {
            learned,
            ..Repository::at(name.parse().expect("a name"), folder.into())
        };
        let mut all = vec![
            repository("api", "/src/api", false),
            repository("api", "/old/api", true),
            repository("web", "/one/web", true),
            repository("web", "/two/web", true),
        ];
        assert_eq!(called(&all, "api").expect("one").folder, PathBuf::from("/src/api"));
        assert_eq!(called(&all, "web").expect_err("two").to_string(), "\"web\" could be /one/web or /two/web");
        assert!(matches!(called(&all, "x"), Err(NotOne::None { .. })));
        all[0].nicknames = vec!["web".parse().expect("a name")];
        assert_eq!(called(&all, "web").expect("one").folder, PathBuf::from("/src/api"));
    }

    #[test]
    fn a_repository_speaks_json_that_it_understands() {
        let mut repository = Repository::at("api".parse().expect("a name"), "/src/api".into());
        repository.nicknames = vec!["a".parse().expect("a name")];
        assert!(repository.is_called("api") && repository.is_called("a") && !repository.is_called("ap"));
        let json = serde_json::to_value(&repository).expect("JSON");
        assert_eq!(
            (&json["setup"]["deadline_s"], &json["publish"], &json["forge"]),
            (&900.into(), &"ask".into(), &"auto".into())
        );
        assert_eq!(serde_json::from_value::<Repository>(json).expect("a repository"), repository);
    }
}
