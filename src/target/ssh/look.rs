//! What programs on a host find and see.

use std::{ffi::OsString, os::unix::ffi::OsStringExt, path::PathBuf};

use super::Ssh;
use crate::target::{Error, Program};

/// Where a program is, by the same rule by which programs are started. Runs nothing.
const FIND: &str = r#"
case $1 in
*/*) if [ -f "$1" ] && [ -x "$1" ]; then printf %s "$1"; fi ;;
*)
    set -f
    IFS=:
    for folder in $PATH; do
        case $folder in /*) if [ -f "$folder/$1" ] && [ -x "$folder/$1" ]; then printf %s "$folder/$1"; break; fi ;; esac
    done ;;
esac
"#;

impl Ssh {
    /// Where a program is there: on PATH, or at the path given, if it can be run.
    ///
    /// # Errors
    /// When the host can't be asked.
    pub async fn find(&self, name: &str) -> Result<Option<PathBuf>, Error> {
        let found = self.run(Program::new(["/bin/sh", "-c", FIND, "qd", name])).await?;
        Ok(Some(found.stdout).filter(|path| !path.is_empty()).map(|path| OsString::from_vec(path).into()))
    }

    /// A variable as programs there see it.
    ///
    /// # Errors
    /// When the host can't be asked.
    pub async fn variable(&self, name: &str) -> Result<Option<OsString>, Error> {
        let asked = self.run(Program::new(["printenv", name])).await?;
        let value = asked.stdout.strip_suffix(b"\n").map(<[u8]>::to_vec);
        Ok(value.filter(|_| asked.succeeded()).map(OsString::from_vec))
    }
}
