//! What stands for this program on a host, where none of ours can run: a script for any POSIX shell.
//!
//! It does what an agent needs of us: hooks, the status line, and `qd signal`. It is written to `bin/qd` below the work
//! root there, by which it finds `run/door`: the address at which the line that leads home ends now, for agents that were
//! started before it came back elsewhere.

use std::path::{Path, PathBuf};

/// The script, to be written where [`program`] says, for its owner to run.
pub const SCRIPT: &str = include_str!("host/qd.sh");

/// Where the script is below the work root of a host.
pub fn program(root: &Path) -> PathBuf {
    root.join("bin/qd")
}

/// The file below the work root that says where the door is: `127.0.0.1:40123`.
pub fn door(root: &Path) -> PathBuf {
    root.join("run/door")
}

/// The person's own command for the status line, in the folder of a launch: the script can't find it in their settings.
pub fn status_line(launch: &Path) -> PathBuf {
    launch.join("status-line.sh")
}
