//! Eyes on folders: which names in them were made, written to, moved or deleted.
//!
//! Several may want one folder; the system watches it once. Nobody is told of what was only read: that would be most of
//! what happens in a folder, our own looks among it.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(any(test, not(target_os = "linux")))]
mod portable;
#[cfg(test)]
mod tests;
mod wants;

#[cfg(target_os = "linux")]
pub(super) use linux::{Eyes, Sight, open};
#[cfg(not(target_os = "linux"))]
pub(super) use portable::{Eyes, Sight, open};

use std::{collections::BTreeSet, path::PathBuf};

use crate::domain::WorkspaceId;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Glance {
    /// To this path.
    At {
        /// Who wants its folder.
        who: BTreeSet<WorkspaceId>,
        /// The file or folder.
        path: PathBuf,
        /// It is a folder, or was one.
        is_folder: bool,
    },
    /// Messages were lost: anything may have happened.
    Anything,
}

/// Why folders are not watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Blind {
    /// The system watches no more.
    Full,
    /// Something else, in words.
    Failed(String),
}
