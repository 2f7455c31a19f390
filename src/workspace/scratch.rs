//! An empty folder of our own, for work outside any repository.

use std::{
    fs,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use super::{
    Error,
    record::{Record, Stage},
};
use crate::domain::WorkspaceId;

/// Makes the scratch folder of a workspace, or finds it again.
///
/// # Errors
/// [`Error::File`] when it can't be made.
pub async fn scratch(root: &Path, workspace: WorkspaceId) -> Result<PathBuf, Error> {
    let path = root.join("scratch").join(workspace.to_string());
    let record = Record { workspace, session: None, path: path.clone(), branch: None, base: None, stage: Stage::Made };
    record.write()?;
    let failed = |source| Error::File { doing: "make", path: path.clone(), source };
    fs::DirBuilder::new().recursive(true).mode(0o700).create(&path).map_err(failed)?;
    Ok(path)
}
