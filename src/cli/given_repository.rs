//! Which repository a command is about.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use clap_complete::{ArgValueCompleter, CompletionCandidate, PathCompleter, engine::ValueCompleter};

use color_eyre::Result;

use super::{
    context::Context,
    failure::{Exit, Failure},
};
use crate::{
    api::Client,
    config::{Paths, Repositories},
    domain::{
        Repository,
        repository::{self, NotOne},
    },
};

/// The folder that `given` means: a path that exists, or a repository's name.
///
/// # Errors
/// It is neither, or the name of several.
pub(super) async fn find(context: &mut Context, given: &str) -> Result<PathBuf> {
    if let Ok(folder) = Path::new(given).canonicalize() {
        return Ok(folder);
    }
    let all = context.client().await?.repositories().await?;
    let found = repository::called(&all, given).map(|found| found.folder.clone()).map_err(|error| match &error {
        NotOne::None { .. } => {
            Failure::not_found(error.to_string()).hint("`qd repo list` lists the repositories that have a name")
        }
        NotOne::Several { .. } => {
            Failure::new(Exit::Usage, error.to_string()).hint("give the path of the one you mean")
        }
    });
    Ok(found?)
}

/// The names of repositories that a shell offers: those written down, and what a daemon that runs has learned.
pub(super) fn names() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &std::ffi::OsStr| named(typed))
}

/// The same, and folders.
pub(super) fn names_and_folders() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &std::ffi::OsStr| {
        let mut found = named(typed);
        found.extend(PathCompleter::dir().complete(typed));
        found
    })
}

fn named(typed: &std::ffi::OsStr) -> Vec<CompletionCandidate> {
    let Some(typed) = typed.to_str() else { return Vec::new() };
    let Ok(paths) = Paths::find() else { return Vec::new() };
    let all = learned(&paths).unwrap_or_else(|| Repositories::new(&paths).all());
    let candidate = |repository: &Repository, name: &str| {
        CompletionCandidate::new(name).help(Some(repository.folder.display().to_string().into()))
    };
    all.iter()
        .flat_map(|repository| {
            let names = std::iter::once(&repository.name).chain(&repository.nicknames);
            names.filter(|name| name.as_str().starts_with(typed)).map(|name| candidate(repository, name.as_str()))
        })
        .collect()
}

/// What a running daemon knows, if it says so while the person still waits for their Tab key.
fn learned(paths: &Paths) -> Option<Vec<Repository>> {
    let client = Client::new(paths);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    runtime.block_on(async { tokio::time::timeout(Duration::from_millis(500), client.repositories()).await.ok()?.ok() })
}
