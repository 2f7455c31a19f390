//! How far the setup of a workspace has come, and which ports it has: `.setups/w2.json` beside the workspaces.
//!
//! It goes when the workspace's folder is gone, at the next time that ports are looked for.

use std::{
    fs,
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    super::{
        Error,
        git::{Git, text},
    },
    Place, Ports,
};
use crate::domain::WorkspaceId;

/// One looks for ports at a time.
static TURN: Mutex<()> = Mutex::new(());

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
    pub(super) fn of(place: Place<'_>) -> Result<Self, Error> {
        let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let found = Self::find(place.root, place.workspace, place.path);
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
            let taken = taken(place.root, place.workspace);
            let none = || Error::File {
                doing: "find free ports for",
                path: place.path.into(),
                source: io::Error::other(format!("there are no {count} in a row")),
            };
            state.ports = Some(Ports::find(count, &taken, place.root).ok_or_else(none)?);
        }
        state.write()?;
        Ok(state)
    }

    /// What is kept of the setup of this workspace in this folder.
    pub(in super::super) fn find(root: &Path, workspace: WorkspaceId, path: &Path) -> Option<Self> {
        let home = home(root);
        let written: Written = serde_json::from_slice(&fs::read(file(&home, workspace, "json")).ok()?).ok()?;
        let Written { path: of, ports, stage } = written;
        // Another folder is another life of this id.
        (of == path).then_some(Self { home, workspace, path: of, ports, stage })
    }

    /// Where what it prints goes.
    pub(super) fn log(&self) -> PathBuf {
        file(&self.home, self.workspace, "log")
    }

    /// It has ended well.
    pub(super) fn done(&mut self, left: Option<String>) -> Result<(), Error> {
        self.stage = Stage::Done { left };
        self.write()
    }

    fn write(&self) -> Result<(), Error> {
        let path = file(&self.home, self.workspace, "json");
        let failed = |source| Error::File { doing: "write", path: path.clone(), source };
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.home).map_err(failed)?;
        let written = Written { path: self.path.clone(), ports: self.ports, stage: self.stage.clone() };
        let text = serde_json::to_vec_pretty(&written).map_err(|error| failed(error.into()))?;
        let new = path.with_extension("new");
        let mut options = fs::OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&new).map_err(failed)?;
        file.write_all(&text).and_then(|()| file.sync_all()).map_err(failed)?;
        fs::rename(&new, &path).map_err(failed)
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
fn taken(root: &Path, own: WorkspaceId) -> Vec<Ports> {
    let mut taken = Vec::new();
    for entry in fs::read_dir(home(root)).into_iter().flatten().flatten() {
        let path = entry.path();
        let is_state = path.extension().is_some_and(|extension| extension == "json");
        if !is_state || path == file(&home(root), own, "json") {
            continue;
        }
        let read = fs::read(&path).ok().and_then(|bytes| serde_json::from_slice::<Written>(&bytes).ok());
        match read {
            Some(written) if written.path.is_dir() => taken.extend(written.ports),
            Some(_) | None => {
                let _ = fs::remove_file(path.with_extension("log"));
                let _ = fs::remove_file(&path);
            }
        }
    }
    taken
}

/// No folder of a repository's workspaces starts with a dot.
fn home(root: &Path) -> PathBuf {
    root.join(".setups")
}

fn file(home: &Path, workspace: WorkspaceId, extension: &str) -> PathBuf {
    home.join(workspace.to_string()).with_extension(extension)
}
