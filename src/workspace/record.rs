//! What was intended with a folder, written beside it: `w2-fix-the-parser.json`.
//!
//! It is there before the folder and goes after it, so that whoever comes after a crash knows whose the folder is and
//! how far its making or removing had come. A folder without a record is not ours to touch.

use std::{
    fs,
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::Error;
use crate::domain::{SessionId, WorkspaceId, workspace::Base};

/// What was intended with a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    /// For whom.
    pub(super) workspace: WorkspaceId,
    /// For whose work; `None` for a scratch folder.
    pub(super) session: Option<SessionId>,
    /// The folder.
    pub(super) path: PathBuf,
    /// The branch made for it.
    pub(super) branch: Option<String>,
    /// Where the branch started.
    pub(super) base: Option<Base>,
    /// How far it has come.
    pub(super) stage: Stage,
}

/// How far a folder has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "stage", rename_all = "snake_case")]
pub(super) enum Stage {
    /// It is being made; nobody has worked in it.
    Making,
    /// It was handed out.
    Made,
    /// It was proven that it can go; what is left of it goes without asking again.
    Removing {
        /// Why it can go.
        proof: String,
        /// Where its branch stood then, if the branch goes as well.
        tip: Option<String>,
    },
}

impl Record {
    /// The record of a folder, if it has one.
    pub(super) fn read(folder: &Path) -> Result<Option<Self>, Error> {
        let path = beside(folder);
        match fs::read(&path) {
            // A record that can't be read was cut off while it was written: before git was asked for anything.
            Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(Error::File { doing: "read", path, source }),
        }
    }

    /// Writes the record, wholly or not at all.
    pub(super) fn write(&self) -> Result<(), Error> {
        let path = beside(&self.path);
        let failed = |source| Error::File { doing: "write", path: path.clone(), source };
        if let Some(folder) = path.parent() {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
        }
        let new = path.with_extension("json.new");
        let mut options = fs::OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&new).map_err(failed)?;
        file.write_all(&serde_json::to_vec_pretty(self).map_err(|error| failed(error.into()))?).map_err(failed)?;
        file.sync_all().map_err(failed)?;
        fs::rename(&new, &path).map_err(failed)
    }

    /// Forgets the folder.
    pub(super) fn forget(&self) -> Result<(), Error> {
        let path = beside(&self.path);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(Error::File { doing: "remove", path, source: error })
            }
            _ => Ok(()),
        }
    }
}

/// A file is where the record of a folder would be.
pub(super) fn is_there(folder: &Path) -> bool {
    fs::symlink_metadata(beside(folder)).is_ok()
}

fn beside(folder: &Path) -> PathBuf {
    let mut name = folder.file_name().unwrap_or_default().to_owned();
    name.push(".json");
    folder.with_file_name(name)
}
