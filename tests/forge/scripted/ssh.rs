//! The `ssh` that git starts to reach the scripted forge: it opens the repositories on this machine, and refuses in
//! GitHub's own words.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

const SCRIPT: &str = r#"#!/bin/sh
here=$(dirname "$0")
for command; do :; done
program=${command%% *}
path=${command#*\'}
path=${path%\'*}
owner=${path%/*}
repository=$here/${owner#/}-tool.git
if [ -e "$here/no-network" ]; then
    echo "ssh: connect to host github.com port 22: Connection timed out" >&2
    exit 255
fi
if [ ! -d "$repository" ]; then
    echo "ERROR: Repository not found." >&2
    exit 1
fi
if [ "$program" = git-receive-pack ] && [ -e "$here/read-only-${owner#/}" ]; then
    echo "ERROR: Permission to ${path#/} denied to person." >&2
    exit 1
fi
exec git "${program#git-}" "$repository"
"#;

/// Writes it into the forge's folder.
pub(super) fn write(folder: &Path) {
    let script = folder.join("ssh");
    fs::write(&script, SCRIPT).expect("written");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o700)).expect("allowed");
}

/// Sets or removes a mark that it looks for.
pub(super) fn mark(folder: &Path, name: &str, there: bool) {
    let mark = folder.join(name);
    if there {
        fs::write(mark, "").expect("written");
    } else {
        let _ = fs::remove_file(mark);
    }
}
