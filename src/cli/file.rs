//! Files that a command writes where the person says.

use std::{fs, io, io::Write, path::Path};

use super::failure::{Exit, Failure};

/// Writes a file; over one that is there only with `force`.
///
/// # Errors
/// [`Failure`] that says why, and what to do where something is there.
pub(super) fn write(path: &Path, contents: &[u8], force: bool) -> Result<(), Failure> {
    let mut options = fs::OpenOptions::new();
    options.write(true);
    let options = if force { options.create(true).truncate(true) } else { options.create_new(true) };
    options.open(path).and_then(|mut file| file.write_all(contents)).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => {
            Failure::new(Exit::Refused, format!("{} is there already", path.display())).hint("--force writes over it")
        }
        _ => Failure::new(Exit::Failed, format!("{} could not be written: {error}", path.display())),
    })
}
