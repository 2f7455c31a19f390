//! What was intended with a folder, written beside it: `w2-fix-the-parser.json`.
//!
//! It is there before the folder and goes after it, so that whoever comes after a crash knows whose the folder is and
//! how far its making or removing had come. A folder without a record is not ours to touch.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Error, folders};
use crate::{
    domain::{SessionId, WorkspaceId, workspace::Base},
    target::Host,
};

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
    pub(super) async fn read(host: &Host, folder: &Path) -> Result<Option<Self>, Error> {
        let path = beside(folder);
        let bytes = host.read(&path).await.map_err(Error::file("read", &path))?;
        Ok(bytes.and_then(|bytes| Self::parse(&bytes)))
    }

    /// Reads what was written. What can't be read was cut off while it was written: before git was asked for anything.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    /// Writes the record, wholly or not at all.
    pub(super) async fn write(&self, host: &Host) -> Result<(), Error> {
        let path = beside(&self.path);
        let bytes = serde_json::to_vec_pretty(self).map_err(|error| Error::file("write", &path)(error.into()))?;
        host.write(&path, &bytes).await.map_err(Error::file("write", &path))
    }

    /// Forgets the folder.
    pub(super) async fn forget(&self, host: &Host) -> Result<(), Error> {
        let path = beside(&self.path);
        host.remove_file(&path).await.map_err(Error::file("remove", &path))
    }
}

/// A file is where the record of a folder would be.
pub(super) async fn is_there(host: &Host, folder: &Path) -> Result<bool, Error> {
    folders::is_there(host, &beside(folder)).await
}

fn beside(folder: &Path) -> PathBuf {
    let mut name = folder.file_name().unwrap_or_default().to_owned();
    name.push(".json");
    folder.with_file_name(name)
}
