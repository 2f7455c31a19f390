//! Bringing home what was committed on another host.

use std::path::{Path, PathBuf};

use super::{
    super::{
        Error,
        git::{Git, failure, text},
        probe, turns,
    },
    towards,
};
use crate::target::Host;

/// Where a branch was put by us the last time: there it may be moved to anything that replaces it over there.
const FETCHED: &str = "refs/quarterdeck/fetched/";
/// What came and is not yet, or can't be, where it belongs.
const COMING: &str = "refs/quarterdeck/coming/";

/// What became of a branch that was to come home.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Home {
    /// The branch here has all that the one there has, and stands at this commit.
    Here(String),
    /// There is no such branch there.
    Nothing,
    /// It has moved there, and somebody has it checked out here.
    Held {
        /// Where it stands there; the commit is here.
        commit: String,
        /// The checkout.
        place: PathBuf,
    },
    /// Both have what the other lacks, and not by our doing.
    Apart {
        /// Where it stands here.
        here: String,
        /// Where it stands there; the commit is here.
        there: String,
    },
}

/// Brings a branch's commits from the mirror there into the repository here, as that very branch. It is moved forward;
/// to something else only from where we have put it, as amending would have done here. A branch that is checked out and
/// what somebody else has put there stay. Asked again, it costs one question to the host.
///
/// # Errors
/// Those of [`probe`], and git's own, when the way there is cut.
pub async fn bring_home(
    here: &Host,
    repository: &Path,
    there: &Host,
    mirror: &Path,
    branch: &str,
) -> Result<Home, Error> {
    let reference = format!("refs/heads/{branch}");
    let Some(commit) = Git::new(there, mirror).commit(&reference).await? else { return Ok(Home::Nothing) };
    let repository = probe(here, repository).await?;
    let turn = turns::take(here, &repository.git_directory).await;
    let git = Git::new(here, &repository.folder).in_turn(&turn);
    let own = Own::look(&git, branch).await?;
    if own.stands.as_ref() == Some(&commit) {
        return Ok(Home::Here(commit));
    }
    // A name of its own for each time: what was killed over one may have left its lock.
    let coming = format!("{COMING}{}/{branch}", uuid::Uuid::new_v4().simple());
    let commit = fetch(&git, there, mirror, &reference, &coming).await?;
    forget_earlier(&git, branch, &coming).await?;
    let why = format!("brought home from {}", there.name());
    match own.stands.as_deref() {
        Some(stands) if contains(&git, stands, &commit).await? => {
            git.try_run(&["update-ref", "-d", &coming]).await?;
            return Ok(Home::Here(stands.to_owned()));
        }
        Some(_) if !own.held.as_os_str().is_empty() => return Ok(Home::Held { commit, place: own.held }),
        Some(stands) if own.fetched.as_deref() != Some(stands) && !contains(&git, &commit, stands).await? => {
            return Ok(Home::Apart { here: stands.to_owned(), there: commit });
        }
        Some(_) | None => {}
    }
    // All of it or nothing, and only from where it stood: an empty line of before would mean that anything may be there.
    let before = own.stands.unwrap_or_else(|| "0".repeat(commit.len()));
    let moves =
        format!("update {reference} {commit} {before}\nupdate {FETCHED}{branch} {commit}\ndelete {coming} {commit}\n");
    let moved = git.feed(&["update-ref", "-m", &why, "--stdin"], moves.into_bytes()).await?;
    if moved.succeeded() { Ok(Home::Here(commit)) } else { Err(failure("bring the branch home", &moved)) }
}

/// The branch as it is here.
struct Own {
    stands: Option<String>,
    /// The checkout that has it; empty where none has.
    held: PathBuf,
    fetched: Option<String>,
}

impl Own {
    async fn look(git: &Git<'_>, branch: &str) -> Result<Self, Error> {
        let (own, fetched) = (format!("refs/heads/{branch}"), format!("{FETCHED}{branch}"));
        let format = "--format=%(refname) %(objectname) %(worktreepath)";
        let listed = text(&git.run("look at the branch", &["for-each-ref", format, &own, &fetched]).await?);
        let mut found = Self { stands: None, held: PathBuf::new(), fetched: None };
        for line in listed.lines() {
            let mut words = line.splitn(3, ' ');
            match (words.next(), words.next(), words.next()) {
                (Some(name), Some(commit), held) if name == own => {
                    found.stands = Some(commit.to_owned());
                    found.held = held.unwrap_or_default().into();
                }
                (Some(name), Some(commit), _) if name == fetched => found.fetched = Some(commit.to_owned()),
                _ => {}
            }
        }
        Ok(found)
    }
}

async fn fetch(git: &Git<'_>, there: &Host, mirror: &Path, reference: &str, coming: &str) -> Result<String, Error> {
    let (network, url) = towards(git, there, mirror);
    let refspec = format!("+{reference}:{coming}");
    let mut arguments = vec!["fetch", "--quiet", "--no-tags", "--no-prune", "--no-recurse-submodules"];
    arguments.extend(["--no-write-fetch-head", "--no-auto-maintenance", "--refmap=", "--", &url, &refspec]);
    let fetched = network.try_run(&arguments).await?;
    if !fetched.succeeded() {
        return Err(failure("bring the branch home", &fetched));
    }
    git.line("bring the branch home", &["rev-parse", "--verify", "--quiet", coming]).await
}

/// Lets go of what came of this branch before.
async fn forget_earlier(git: &Git<'_>, branch: &str, coming: &str) -> Result<(), Error> {
    let listed = ["for-each-ref", "--format=%(refname)", COMING.trim_end_matches('/')];
    let listed = text(&git.run("list what came home", &listed).await?);
    let of_branch = |name: &&str| {
        name.strip_prefix(COMING).and_then(|rest| rest.split_once('/')).is_some_and(|(_, of)| of == branch)
    };
    for earlier in listed.lines().filter(of_branch).filter(|earlier| *earlier != coming) {
        git.try_run(&["update-ref", "-d", earlier]).await?;
    }
    Ok(())
}

async fn contains(git: &Git<'_>, within: &str, commit: &str) -> Result<bool, Error> {
    Ok(git.try_run(&["merge-base", "--is-ancestor", commit, within]).await?.succeeded())
}
