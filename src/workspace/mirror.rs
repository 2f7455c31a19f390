//! Our own bare copy of a repository of which the person has no checkout: fetched once, and then only what is new.
//!
//! It is a bare repository with an ordinary remote, not a `clone --mirror`: there a push would delete on the remote what
//! is not here, and a fetch our sessions' branches. What the remote has stands below `refs/remotes/origin`, what
//! sessions make below `refs/heads`, and a push goes where the remote is.
//!
//! The whole history is fetched with all its files, because many worktrees live on it, also while the remote can't be
//! reached. Of a repository of which only some folders are wanted, files are fetched when they are checked out
//! (`--filter=blob:none`): the others, which make such a repository large, never are.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use super::{
    Error, folders,
    git::{Git, failure},
    probe::Settings,
    turns,
};
use crate::target::Host;

/// How long the first fetch may take.
const FIRST: Duration = Duration::from_secs(60 * 60);

/// Makes the mirror of `url` at `folder`, or finds it made; `partial` leaves files out until they are checked out. An
/// interrupted call leaves nothing that counts.
///
/// # Errors
/// git's own, when the remote can't be reached or refuses.
pub async fn mirror(host: &Host, folder: &Path, url: &str, partial: bool) -> Result<(), Error> {
    let turn = turns::take(host, folder).await;
    let git = Git::new(host, folder).in_turn(&turn);
    if folders::is_there(host, &folder.join("HEAD")).await? {
        // The person may have said meanwhile that it has moved.
        if Settings::read(&git).await?.one("remote.origin.url") != Some(url) {
            git.run("change where the mirror is fetched from", &["config", "remote.origin.url", url]).await?;
        }
        return Ok(());
    }
    let new = beside(folder);
    let git = git.at(&new);
    begin(&git, &[]).await?;
    // Written by ourselves, because what stands in a URL may be secret and an argument is not.
    configure(&git, &remote(url)).await?;
    let settings = Settings::read(&git).await?;
    let network = git.clone().over_network(git.ssh(&settings).await?).within(FIRST).lengthy();
    let mut arguments = vec!["-c", "http.lowSpeedLimit=1", "-c", "http.lowSpeedTime=60", "fetch", "--quiet"];
    arguments.extend(["--no-write-fetch-head", "--no-auto-maintenance", "--no-recurse-submodules"]);
    arguments.extend(partial.then_some("--filter=blob:none"));
    arguments.push("origin");
    let fetched = network.try_run(&arguments).await?;
    if !fetched.succeeded() {
        let _ = folders::remove(host, &new).await;
        return Err(failure("clone the repository", &fetched));
    }
    // What its default branch is, for when it can't be asked; one that says nothing about it is as good.
    network.try_run(&["remote", "set-head", "origin", "--auto"]).await?;
    host.rename(&new, folder).await.map_err(Error::file("make", folder))
}

/// Makes an empty bare repository, anew where an interrupted call has left something.
pub(super) async fn begin(git: &Git<'_>, how: &[&str]) -> Result<(), Error> {
    folders::remove(git.host(), git.folder()).await?;
    folders::make(git.host(), git.folder()).await?;
    let arguments = [&["init", "--quiet", "--bare", "--template="], how, &["."]].concat();
    git.run("make a mirror", &arguments).await.map(drop)
}

/// Adds to the configuration of a repository that is just being made.
pub(super) async fn configure(git: &Git<'_>, text: &str) -> Result<(), Error> {
    let file = git.folder().join("config");
    let added = async {
        let mut written = git.host().read(&file).await?.unwrap_or_default();
        written.extend_from_slice(text.as_bytes());
        git.host().write(&file, &written).await
    };
    added.await.map_err(Error::file("write", &file))
}

/// Where a mirror is made before it counts.
pub(super) fn beside(folder: &Path) -> PathBuf {
    let mut name = folder.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    folder.with_file_name(name)
}

fn remote(url: &str) -> String {
    let url = url.replace('\\', "\\\\").replace('"', "\\\"");
    format!("[remote \"origin\"]\n\turl = \"{url}\"\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n")
}
