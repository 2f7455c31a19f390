//! One branch is pushed, by an explicit commit.

use std::{path::Path, time::Duration};

use super::Error;
use crate::{
    target::{self, Host, Output},
    workspace::{
        self,
        git::{Git, text, words},
    },
};

/// How long a push may take: it may be much, over a thin line.
const DEADLINE: Duration = Duration::from_secs(300);

/// What is pushed, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Push<'a> {
    /// The workspace, or the repository.
    pub folder: &'a Path,
    /// The name of a git remote.
    pub remote: &'a str,
    /// The branch there, without `refs/heads/`.
    pub branch: &'a str,
    /// The commit it shall stand at, as a full object id.
    pub commit: &'a str,
    /// Where the branch must stand there so that it may be moved back or aside; empty: it must not exist. Without a
    /// lease it only ever moves forward.
    pub lease: Option<&'a str>,
}

/// What a push did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pushed {
    /// The branch is new there.
    Created,
    /// It moved forward.
    Advanced,
    /// It was moved by its lease.
    Forced,
    /// It stood there already.
    Unchanged,
}

/// Pushes one branch and nothing else: no tags, no other branches, whatever the person's configuration says.
///
/// The `pre-push` hook does not run, as no hook of the person does on our behalf. Objects of LFS, which its hook would
/// send, are sent before.
///
/// # Errors
/// [`Error::Moved`] when the branch there has commits that this one lacks, or the lease does not hold;
/// [`Error::NotLoggedIn`], [`Error::NoPermission`], [`Error::NotFound`], [`Error::Unavailable`]; [`Error::Refused`] in
/// the remote's words, for example of a protected branch.
pub async fn push(local: &Host, push: Push<'_>) -> Result<Pushed, Error> {
    let repository = workspace::probe(local, push.folder).await?;
    let git = Git::new(local, push.folder);
    let ssh = git.ssh(&repository.settings).await?;
    let git = git.over_network(ssh).within(DEADLINE);
    send_large_files(&git, &repository, push).await?;
    let refspec = format!("{}:refs/heads/{}", push.commit, push.branch);
    let lease = push.lease.map(|expected| format!("--force-with-lease=refs/heads/{}:{expected}", push.branch));
    // A mirror takes no single branch otherwise.
    let no_mirror = format!("remote.{}.mirror=false", push.remote);
    let mut arguments = vec!["-c", &no_mirror, "push", "--porcelain", "--no-follow-tags"];
    arguments.extend(["--recurse-submodules=check", "--no-force-if-includes", "--no-verify"]);
    arguments.extend(lease.as_deref());
    arguments.extend(["--", push.remote, &refspec]);
    let output = match git.try_run(&arguments).await {
        Err(workspace::Error::Program(late @ target::Error::TimedOut { .. })) => {
            return Err(Error::Unavailable(late.to_string()));
        }
        output => output?,
    };
    let said = text(&output.stdout);
    let line = said.lines().find_map(|line| {
        let (flag, rest) = line.split_once('\t')?;
        rest.contains(&format!(":refs/heads/{}\t", push.branch)).then_some((flag, rest))
    });
    match line {
        Some((flag, _)) if output.succeeded() => Ok(match flag {
            "*" => Pushed::Created,
            "+" => Pushed::Forced,
            "=" => Pushed::Unchanged,
            _ => Pushed::Advanced,
        }),
        Some((_, rest)) => Err(refused(rest, &output)),
        None => Err(unreached(&output)),
    }
}

/// What the remote's refusal of the one branch means: `…\t[rejected] (fetch first)`.
fn refused(line: &str, output: &Output) -> Error {
    let summary = line.rsplit('\t').next().unwrap_or(line).to_owned();
    if line.contains("[rejected]") {
        return Error::Moved(summary);
    }
    // A hook or a rule of the remote says why on lines of its own.
    let said = text(&output.stderr);
    let told: Vec<&str> = said.lines().filter_map(|line| line.strip_prefix("remote: ")).map(str::trim).collect();
    let told = told.into_iter().filter(|line| !line.is_empty()).take(12).collect::<Vec<_>>().join("; ");
    Error::Refused(if told.is_empty() { summary } else { format!("{summary}: {told}") })
}

/// What it means that nothing was said about the branch.
fn unreached(output: &Output) -> Error {
    let all = text(&output.stderr);
    let said = words(output);
    let any = |parts: &[&str]| parts.iter().any(|part| all.contains(part));
    match () {
        () if any(&["Permission denied (", "could not read Username", "could not read Password"]) => {
            Error::NotLoggedIn(said)
        }
        () if any(&["Authentication failed", "Invalid username or"]) => Error::NotLoggedIn(said),
        () if any(&["denied to", "error: 403", "Write access to repository not granted"]) => {
            Error::NoPermission(told(&all).unwrap_or(said))
        }
        () if any(&["epository not found", "does not appear to be a git repository", "error: 404"]) => {
            Error::NotFound(told(&all).unwrap_or(said))
        }
        () if any(&[
            "Could not resolve host",
            "Connection timed out",
            "Connection refused",
            "Connection reset",
            "Operation timed out",
            "Network is unreachable",
            "No route to host",
            "Failed to connect",
            "unexpected disconnect",
            "The remote end hung up",
            "error: 5",
            "kex_exchange_identification",
            "Connection closed",
        ]) =>
        {
            Error::Unavailable(all.lines().next().unwrap_or(&said).to_owned())
        }
        () => Error::Refused(said),
    }
}

/// GitHub's own line, where it gives one.
fn told(said: &str) -> Option<String> {
    let line = said.lines().find_map(|line| line.strip_prefix("ERROR: ").or(line.strip_prefix("remote: ")))?;
    Some(line.trim().to_owned())
}

/// Sends what LFS keeps of the commits, as its own hook does: GitHub refuses branches whose large files it lacks.
async fn send_large_files(git: &Git<'_>, repository: &workspace::Repository, push: Push<'_>) -> Result<(), Error> {
    if !repository.git_directory.join("lfs/objects").is_dir() || !git.try_run(&["lfs", "version"]).await?.succeeded() {
        return Ok(());
    }
    let branch = format!("refs/heads/{}", push.branch);
    let before =
        push.lease.filter(|lease| !lease.is_empty()).map_or_else(|| "0".repeat(push.commit.len()), str::to_owned);
    let input = format!("{branch} {} {branch} {before}\n", push.commit).into_bytes();
    let sent = git.feed(&["lfs", "pre-push", push.remote], input).await?;
    match sent.succeeded() {
        true => Ok(()),
        false => Err(Error::Refused(format!("its large files could not be sent: {}", words(&sent)))),
    }
}
