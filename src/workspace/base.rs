//! What a new branch starts from: fresh from the remote where there is one, and honest about it where it is not.

use std::time::Instant;

use super::{
    Error, Repository,
    git::{Git, text, words},
    probe::Head,
    turns::Turn,
};
use crate::domain::workspace::Base;

/// Finds the commit to start from: `wanted`, or the remote's default branch, or the repository's own.
pub(super) async fn resolve(
    git: &Git<'_>,
    repository: &Repository,
    wanted: Option<&str>,
    turn: &mut Turn,
    since: Instant,
) -> Result<Base, Error> {
    let asking = Asking { git, repository };
    let mut notes = Vec::new();
    let fresh = asking.remote(wanted, turn, since, &mut notes).await?;
    let found = match fresh {
        Some(found) => Some(found),
        None => asking.repository(wanted).await?,
    };
    let Some((reference, commit)) = found else {
        return Err(match wanted {
            Some(base) => Error::UnknownBase {
                repository: repository.folder.clone(),
                base: base.into(),
                close: asking.close_to(base).await?,
            },
            None => Error::NoCommits(repository.folder.clone()),
        });
    };
    notes.extend(asking.what_the_person_has_beside(&reference, &commit).await?);
    let note = (!notes.is_empty()).then(|| notes.join("; "));
    Ok(Base { reference, commit, note })
}

struct Asking<'a> {
    git: &'a Git<'a>,
    repository: &'a Repository,
}

impl Asking<'_> {
    /// The base as the remote has it now, or as it was when it was last heard of.
    async fn remote(
        &self,
        wanted: Option<&str>,
        turn: &mut Turn,
        since: Instant,
        notes: &mut Vec<String>,
    ) -> Result<Option<(String, String)>, Error> {
        let Some(remote) = self.repository.remotes.first().map(String::as_str) else { return Ok(None) };
        let branch = match wanted {
            Some(name) if is_local(name) => return Ok(None),
            Some(name) => Some(name.strip_prefix(remote).and_then(|rest| rest.strip_prefix('/')).unwrap_or(name)),
            None => None,
        };
        let question = format!("{remote}\n{}", branch.unwrap_or("HEAD"));
        let said = match turn.answer(&question, since) {
            Some(said) => said,
            None => {
                let asked = Instant::now();
                let said = self.fetch(remote, branch).await?;
                turn.remember(question, asked, said.clone());
                said
            }
        };
        match said {
            Ok(fetched) if !fetched.is_empty() => {
                let Some(commit) = self.git.commit(&self.tracking(remote, &fetched)).await? else { return Ok(None) };
                Ok(Some((format!("{remote}/{fetched}"), commit)))
            }
            Ok(_) if wanted.is_some() => Ok(None),
            Ok(_) => {
                notes.push(format!("{remote} tells of no default branch, so this is what is known here"));
                Ok(None)
            }
            Err(why) => {
                notes.push(format!("{remote} could not be asked ({why}), so this is what is known here"));
                let Some(branch) = branch.or(self.repository.default_branch.as_deref()) else { return Ok(None) };
                let known = self.git.commit(&self.tracking(remote, branch)).await?;
                Ok(known.map(|commit| (format!("{remote}/{branch}"), commit)))
            }
        }
    }

    /// Asks the remote for a branch (`None`: its default branch) and fetches that alone, if we lack it. Gives the name
    /// of the branch, nothing when the remote has none such, or why it can't be had.
    async fn fetch(&self, remote: &str, branch: Option<&str>) -> Result<Result<String, String>, Error> {
        let git = self.git.clone().over_network(self.git.ssh(&self.repository.settings).await?);
        let exact = branch.map_or("HEAD".to_owned(), |branch| format!("refs/heads/{branch}"));
        let listed = match git.try_run(&["ls-remote", "--symref", "--quiet", "--", remote, &exact]).await {
            Ok(listed) if listed.succeeded() => text(&listed.stdout),
            Ok(listed) => return Ok(Err(words(&listed))),
            Err(Error::Program(late @ crate::target::Error::TimedOut { .. })) => return Ok(Err(late.to_string())),
            Err(error) => return Err(error),
        };
        let pointed = listed.lines().find_map(|line| line.strip_prefix("ref: refs/heads/")?.strip_suffix("\tHEAD"));
        let mut commits = listed.lines().filter(|line| !line.starts_with("ref:"));
        let found = commits.find_map(|line| line.strip_suffix(&exact)?.strip_suffix('\t'));
        let Some((name, commit)) = branch.or(pointed).zip(found) else { return Ok(Ok(String::new())) };
        let tracking = self.tracking(remote, name);
        if self.git.commit(&tracking).await?.as_deref() == Some(commit) {
            return Ok(Ok(name.into()));
        }
        let refspec = format!("+refs/heads/{name}:{tracking}");
        let fetched = git
            .try_run(&[
                "fetch",
                "--quiet",
                "--no-tags",
                "--no-prune",
                "--no-recurse-submodules",
                "--no-write-fetch-head",
                "--no-auto-maintenance",
                // Without this a configured refspec would be followed as well, in a mirror down to its branches.
                "--refmap=",
                "--",
                remote,
                &refspec,
            ])
            .await;
        Ok(match fetched {
            Ok(output) if output.succeeded() => Ok(name.into()),
            // Somebody else may have fetched it meanwhile, which makes ours fail and the result right.
            _ if self.git.commit(&tracking).await?.as_deref() == Some(commit) => Ok(name.into()),
            Ok(output) => Err(words(&output)),
            Err(Error::Program(late @ crate::target::Error::TimedOut { .. })) => Err(late.to_string()),
            Err(error) => return Err(error),
        })
    }

    /// Where a remote's branch is kept here: where the person's own fetch would put it, if that is a remote-tracking
    /// reference; otherwise (a bare clone, a mirror) out of their way.
    fn tracking(&self, remote: &str, branch: &str) -> String {
        let full = format!("refs/heads/{branch}");
        self.repository
            .settings
            .all(&format!("remote.{remote}.fetch"))
            .iter()
            .filter_map(|refspec| refspec.trim_start_matches('+').split_once(':'))
            .filter(|(_, to)| to.starts_with("refs/remotes/"))
            .find_map(|(from, to)| match (from.strip_suffix('*'), to.strip_suffix('*')) {
                (Some(from), Some(to)) => full.strip_prefix(from).map(|rest| format!("{to}{rest}")),
                _ => (from == full).then(|| to.to_owned()),
            })
            .unwrap_or_else(|| format!("refs/quarterdeck/remotes/{remote}/{branch}"))
    }

    /// The base as this repository alone knows it.
    async fn repository(&self, wanted: Option<&str>) -> Result<Option<(String, String)>, Error> {
        if let Some(name) = wanted {
            let tracking = format!("refs/remotes/{name}");
            let heads = format!("refs/heads/{name}");
            for candidate in [heads.as_str(), name, tracking.as_str()] {
                if let Some(commit) = self.git.commit(candidate).await? {
                    return Ok(Some((name.to_owned(), commit)));
                }
            }
            return Ok(None);
        }
        let own = match &self.repository.head {
            Head::Branch(branch) => Some(branch.as_str()),
            Head::Detached => None,
        };
        for branch in [self.repository.default_branch.as_deref(), own, Some("main"), Some("master")] {
            let Some(branch) = branch else { continue };
            if let Some(commit) = self.git.commit(&format!("refs/heads/{branch}")).await? {
                return Ok(Some((branch.to_owned(), commit)));
            }
        }
        Ok(self.git.commit("HEAD").await?.map(|commit| ("HEAD".to_owned(), commit)))
    }

    /// What the person may miss in it: their own commits on that branch, their uncommitted work, cut-off history.
    async fn what_the_person_has_beside(&self, reference: &str, commit: &str) -> Result<Vec<String>, Error> {
        let mut notes = Vec::new();
        let remote = self.repository.remotes.first().map(String::as_str).unwrap_or_default();
        if let Some(branch) = reference.strip_prefix(remote).and_then(|rest| rest.strip_prefix('/')) {
            let range = format!("{commit}..refs/heads/{branch}");
            let ahead = self.git.try_run(&["rev-list", "--count", &range, "--"]).await?;
            let ahead = text(&ahead.stdout).trim().parse().unwrap_or(0_u64);
            if ahead > 0 {
                notes.push(format!("your own {branch} has {ahead} commits that are not in it"));
            }
        }
        if !self.repository.bare {
            let status = self.git.try_run(&["status", "--porcelain", "-z", "--no-renames"]).await?;
            let changed = status.stdout.split(|&byte| byte == 0).filter(|entry| !entry.is_empty()).count();
            if changed > 0 {
                notes.push(format!("your uncommitted changes are not in it: {changed} files"));
            }
        }
        if let Some(operation) = self.repository.operations.first() {
            notes.push(format!("your checkout is in the middle of {}", operation.label()));
        }
        if self.repository.shallow {
            notes.push("the repository is shallow, so older history is missing".into());
        }
        Ok(notes)
    }

    /// Names that are like one that does not exist.
    async fn close_to(&self, wanted: &str) -> Result<Vec<String>, Error> {
        let arguments = ["for-each-ref", "--format=%(refname:short)", "refs/heads", "refs/tags", "refs/remotes"];
        let listed = text(&self.git.run("list its branches", &arguments).await?);
        let wanted = wanted.to_lowercase();
        let mut close: Vec<(usize, &str)> = listed
            .lines()
            .map(|name| {
                let lower = name.to_lowercase();
                let last = lower.rsplit('/').next().unwrap_or(&lower);
                let contains = !wanted.is_empty() && (lower.contains(&wanted) || wanted.contains(last));
                let distance = distance(&lower, &wanted).min(distance(last, &wanted));
                (if contains { distance.min(1) } else { distance }, name)
            })
            .filter(|(distance, _)| *distance <= wanted.chars().count().div_ceil(3))
            .collect();
        close.sort();
        Ok(close.into_iter().take(5).map(|(_, name)| name.to_owned()).collect())
    }
}

/// A name that only this repository can know: a full reference, a commit, or an expression about one.
fn is_local(name: &str) -> bool {
    let hexadecimal = name.len() >= 7 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    name == "HEAD" || name.starts_with("refs/") || name.contains(['~', '^', ':', '@', '*', '?', '[']) || hexadecimal
}

/// How many letters must change to turn one word into the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, b) in other.iter().enumerate() {
            let changed = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_as_far_apart_as_their_letters() {
        assert_eq!(distance("main", "main"), 0);
        assert_eq!(distance("mian", "main"), 2);
        assert_eq!(distance("", "main"), 4);
        assert_eq!(distance("develop", "devel"), 2);
    }

    #[test]
    fn only_a_plain_name_is_asked_of_the_remote() {
        for name in ["HEAD", "refs/heads/x", "v1~3", "abcdef1", "main^", "@{-1}"] {
            assert!(is_local(name), "{name}");
        }
        for name in ["main", "feature/x", "v1.0", "deface"] {
            assert!(!is_local(name), "{name}");
        }
    }
}
