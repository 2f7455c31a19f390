//! How far the setup of a workspace has come, and which ports it has: `.setups/w2.json` beside the workspaces.
//!
//! It goes when the workspace's folder is gone, at the next time that ports are looked for.

use std::{
    io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    super::{
        Error, folders,
        git::{Git, text},
        turns,
    },
    Place, Ports,
    ports::Listening,
};
use crate::{domain::WorkspaceId, target::Host};

/// What is kept of a setup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct State {
    home: PathBuf,
    workspace: WorkspaceId,
    /// The folder it is about.
    path: PathBuf,
    /// Its ports.
    pub(super) ports: Option<Ports>,
    /// How far it has come.
    pub(in super::super) stage: Stage,
}

/// How far a setup has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "stage", rename_all = "snake_case")]
pub(in super::super) enum Stage {
    /// It has begun, or failed; no agent was there.
    Begun,
    /// It has ended well.
    Done {
        /// What git saw then, as a fingerprint; `None`: nothing was done.
        left: Option<String>,
    },
}

#[derive(Serialize, Deserialize)]
struct Written {
    path: PathBuf,
    ports: Option<Ports>,
    #[serde(flatten)]
    stage: Stage,
}

impl State {
    /// What is kept of the setup in this place; begun, with ports of its own, when there was nothing.
    pub(super) async fn of(host: &Host, place: Place<'_>) -> Result<Self, Error> {
        // One looks for ports at a time.
        let _turn = turns::take(host, &home(place.root)).await;
        let found = Self::find(host, place.root, place.workspace, place.path).await?;
        let count = place.repository.setup.ports;
        let mut state = found.unwrap_or_else(|| Self {
            home: home(place.root),
            workspace: place.workspace,
            path: place.path.into(),
            ports: None,
            stage: Stage::Begun,
        });
        // A workspace keeps those it has; more are wanted when the person has said so since.
        if count > state.ports.map_or(0, |ports| ports.count) {
            let taken = taken(host, place.root, place.workspace).await?;
            let listening = Listening::on(host).await?;
            let none = || Error::File {
                doing: "find free ports for",
                path: place.path.into(),
                source: io::Error::other(format!("there are no {count} in a row")),
            };
            state.ports = Some(Ports::find(count, &taken, &listening, place.root).ok_or_else(none)?);
        }
        state.write(host).await?;
        Ok(state)
    }

    /// What is kept of the setup of this workspace in this folder.
    pub(in super::super) async fn find(
        host: &Host,
        root: &Path,
        workspace: WorkspaceId,
        path: &Path,
    ) -> Result<Option<Self>, Error> {
        let home = home(root);
        let file = file(&home, workspace, "json");
        let bytes = host.read(&file).await.map_err(Error::file("read", &file))?;
        let written: Option<Written> = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        // Another folder is another life of this id.
        let written = written.filter(|written| written.path == path);
        Ok(written.map(|Written { path, ports, stage }| Self { home, workspace, path, ports, stage }))
    }

    /// Where what it prints goes.
    pub(super) fn log(&self) -> PathBuf {
        file(&self.home, self.workspace, "log")
    }

    /// It has ended well.
    pub(super) async fn done(&mut self, host: &Host, left: Option<String>) -> Result<(), Error> {
        self.stage = Stage::Done { left };
        self.write(host).await
    }

    async fn write(&self, host: &Host) -> Result<(), Error> {
        let path = file(&self.home, self.workspace, "json");
        let written = Written { path: self.path.clone(), ports: self.ports, stage: self.stage.clone() };
        let bytes = serde_json::to_vec_pretty(&written).map_err(|error| Error::file("write", &path)(error.into()))?;
        host.write(&path, &bytes).await.map_err(Error::file("write", &path))
    }
}

/// The folder is as its setup left it, by what git says of it: nobody has worked there.
pub(in super::super) async fn is_as_left(git: &Git<'_>, state: &State) -> Result<bool, Error> {
    match &state.stage {
        Stage::Begun | Stage::Done { left: None } => Ok(false),
        Stage::Done { left: Some(left) } => Ok(as_left(git).await? == *left),
    }
}

/// What git sees, as a fingerprint.
pub(super) async fn as_left(git: &Git<'_>) -> Result<String, Error> {
    let seen = git.run("look at the workspace", &["status", "--porcelain=v2", "--branch", "--untracked-files=all"]);
    let digest = Sha256::digest(text(&seen.await?).as_bytes());
    Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The ports of all other workspaces whose folders are there; what is kept of the others is let go of.
async fn taken(host: &Host, root: &Path, own: WorkspaceId) -> Result<Vec<Ports>, Error> {
    let home = home(root);
    let failed = || Error::file("look into", &home);
    let entries = host.list(&home).await.map_err(failed())?.unwrap_or_default();
    let files = entries.into_iter().map(|entry| home.join(entry.name));
    let files = files.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    let files: Vec<PathBuf> = files.filter(|path| *path != file(&home, own, "json")).collect();
    let read = host.read_all(&files).await.map_err(failed())?;
    let mut taken = Vec::new();
    for (path, bytes) in files.iter().zip(read) {
        let written = bytes.and_then(|bytes| serde_json::from_slice::<Written>(&bytes).ok());
        let is_there = match &written {
            Some(written) => folders::is_folder(host, &written.path).await?,
            None => false,
        };
        match written.filter(|_| is_there) {
            Some(written) => taken.extend(written.ports),
            None => {
                let _ = host.remove_file(&path.with_extension("log")).await;
                let _ = host.remove_file(path).await;
            }
        }
    }
    Ok(taken)
}

/// No folder of a repository's workspaces starts with a dot.
fn home(root: &Path) -> PathBuf {
    root.join(".setups")
}

fn file(home: &Path, workspace: WorkspaceId, extension: &str) -> PathBuf {
    home.join(workspace.to_string()).with_extension(extension)
}
