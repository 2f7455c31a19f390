//! Bringing what work starts from to the mirror on its host.

use std::{path::Path, time::Instant};

use super::{
    super::{
        Error, base, existing, folders,
        git::{Git, failure, text},
        mirror::{begin, beside, configure},
        probe, turns,
    },
    towards,
};
use crate::{domain::workspace::Base, target::Host};

/// Commits that were brought, each by its own name, so that none is lost while it is waited for.
const BASES: &str = "refs/quarterdeck/bases/";

/// How many of them keep their names.
const NAMED: usize = 100;

/// A mirror of ours: nothing is packed or dropped while a workspace lives on it, and a shallow history is taken as it is.
const SETTINGS: &str = "[gc]\n\tauto = 0\n\tpruneExpire = never\n\tworktreePruneExpire = never\n\
                        [receive]\n\tshallowUpdate = true\n\tautogc = false\n[maintenance]\n\tauto = false\n";

/// What is to be brought.
#[derive(Debug, Clone, Copy)]
pub struct Bring<'a> {
    /// The repository here, or any folder of it.
    pub repository: &'a Path,
    /// The branch, tag or commit to start from; `None`: the default branch.
    pub base: Option<&'a str>,
    /// The branch on which work goes on, where it does not start anew.
    pub branch: Option<&'a str>,
    /// Where the mirror is there.
    pub mirror: &'a Path,
}

/// Finds out here what work starts from, and brings it to the mirror there, which is made when it is missing. Only what
/// the mirror lacks goes there. An interrupted call leaves nothing that counts.
///
/// # Errors
/// Those of [`prepare`](super::super::prepare), of either machine; git's own, when the way there is cut.
pub async fn bring(here: &Host, there: &Host, bring: Bring<'_>) -> Result<Base, Error> {
    let since = Instant::now();
    let repository = probe(here, bring.repository).await?;
    if !repository.has_commits {
        return Err(Error::NoCommits(repository.folder));
    }
    let git = Git::new(here, &repository.folder);
    let (base, tip) = {
        let mut turn = turns::take(here, &repository.git_directory).await;
        let git = git.clone().in_turn(&turn);
        let base = base::resolve(&git, &repository, bring.base, &mut turn, since).await?;
        let tip = match bring.branch {
            Some(name) => Some((name, existing::bring_up(&git, &repository, name, &mut turn, since).await?)),
            None => None,
        };
        (base, tip)
    };
    let turn = turns::take(there, bring.mirror).await;
    let mirror = Git::new(there, bring.mirror).in_turn(&turn);
    if !folders::is_there(there, &bring.mirror.join("HEAD")).await? {
        make(&git, &mirror).await?;
    }
    let mut wanted = vec![base.commit.clone()];
    wanted.extend(tip.iter().map(|(_, commit)| commit.clone()).filter(|commit| *commit != base.commit));
    push(&git.in_turn(&turn), &mirror, wanted).await?;
    // By this name whoever compares there finds the newest that is known. A name that no reference can have stays
    // unknown there.
    let name = format!("refs/remotes/{}", base.reference);
    mirror.try_run(&["update-ref", &name, &base.commit]).await?;
    if let Some((branch, tip)) = tip {
        stand(&mirror, branch, &tip).await?;
    }
    Ok(base)
}

/// Makes the mirror, wholly or not at all.
async fn make(git: &Git<'_>, mirror: &Git<'_>) -> Result<(), Error> {
    let format = git.try_run(&["rev-parse", "--show-object-format"]).await?;
    let format = format!("--object-format={}", text(&format.stdout).trim());
    let how = if format.ends_with("=sha256") { &[format.as_str()][..] } else { &[] };
    let new = mirror.at(&beside(mirror.folder()));
    begin(&new, how).await?;
    configure(&new, SETTINGS).await?;
    mirror.host().rename(new.folder(), mirror.folder()).await.map_err(Error::file("make", mirror.folder()))
}

/// Pushes those of the commits that were not brought before. Of those that were, the newest keep their names: what is on
/// its way needs it, what was made holds its commit itself.
async fn push(git: &Git<'_>, mirror: &Git<'_>, mut commits: Vec<String>) -> Result<(), Error> {
    let listed = ["for-each-ref", "--sort=-committerdate", "--format=%(objectname)", BASES.trim_end_matches('/')];
    let listed = text(&mirror.run("list what was brought", &listed).await?);
    let old = listed.lines().skip(NAMED).filter(|brought| !commits.iter().any(|commit| commit == brought));
    let old: String = old.map(|commit| format!("delete {BASES}{commit}\n")).collect();
    if !old.is_empty() {
        mirror.feed(&["update-ref", "--stdin"], old.into_bytes()).await?;
    }
    commits.retain(|commit| !listed.lines().any(|brought| brought == commit));
    if commits.is_empty() {
        return Ok(());
    }
    let (git, url) = towards(git, mirror.host(), mirror.folder());
    let mut arguments = vec!["-c", "push.followTags=false", "-c", "push.gpgSign=false", "-c", "push.pushOption="];
    arguments.extend(["push", "--quiet", "--no-verify", "--recurse-submodules=no", "--no-follow-tags", "--"]);
    arguments.push(&url);
    let refspecs: Vec<String> = commits.iter().map(|commit| format!("{commit}:{BASES}{commit}")).collect();
    arguments.extend(refspecs.iter().map(String::as_str));
    let pushed = git.try_run(&arguments).await?;
    if pushed.succeeded() { Ok(()) } else { Err(failure("bring the commits to the host", &pushed)) }
}

/// Lets a branch there stand where it stands here, or where it has gone on from there.
async fn stand(mirror: &Git<'_>, branch: &str, tip: &str) -> Result<(), Error> {
    let reference = format!("refs/heads/{branch}");
    let listed = ["for-each-ref", "--format=%(objectname) %(worktreepath)", &reference];
    let listed = text(&mirror.run("look at the branch", &listed).await?);
    let Some((stands, held)) = listed.lines().next().and_then(|line| line.split_once(' ')) else {
        return mirror.run("take the branch", &["update-ref", &reference, tip, ""]).await.map(drop);
    };
    let has = async |ancestor: &str, commit: &str| {
        mirror.try_run(&["merge-base", "--is-ancestor", ancestor, commit]).await.map(|said| said.succeeded())
    };
    // Where somebody has it checked out, git will say so.
    if stands == tip || !held.is_empty() || has(tip, stands).await? {
        return Ok(());
    }
    if has(stands, tip).await? {
        return mirror.run("bring the branch up", &["update-ref", &reference, tip, stands]).await.map(drop);
    }
    let said = format!("there it has commits that it lacks here; look at {stands} in {}", mirror.folder().display());
    Err(Error::Git { doing: format!("let {branch} stand on the host where it stands here"), said })
}
