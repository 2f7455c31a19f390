//! A throwaway home.

use std::{
    fs, io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use uuid::Uuid;

use crate::config::Paths;

/// A throwaway home: quarterdeck's own folders and a place for the repository. Removed when dropped, unless kept.
#[derive(Debug)]
pub struct Home {
    folder: PathBuf,
    paths: Paths,
    keep: bool,
}

/// The settings of the demo: the stand-in does the work, and there is one place fewer than there is work.
const SETTINGS: &str = "\
[agent]
default = \"stand-in\"

[caps]
sessions = 5
";

/// Makes a throwaway home in the system's temporary folder, for us alone; `keep` leaves it behind.
///
/// # Errors
/// When the folder can't be made.
pub fn make_home(keep: bool) -> io::Result<Home> {
    let folder = std::env::temp_dir().canonicalize()?.join(format!("qd-demo-{}", &Uuid::new_v4().to_string()[..8]));
    fs::DirBuilder::new().mode(0o700).create(&folder)?;
    let paths = Paths::below(&folder).map_err(io::Error::other)?;
    let home = Home { folder, paths, keep };
    fs::create_dir_all(&home.paths.config)?;
    fs::write(home.paths.config_file(), SETTINGS)?;
    home.paths.create().map_err(io::Error::other)?;
    Ok(home)
}

impl Home {
    /// The folder that holds everything; what `QD_HOME` would be.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where the demo's daemon has its things.
    pub fn paths(&self) -> &Paths {
        &self.paths
    }

    /// Where the repository goes.
    pub fn repository(&self) -> PathBuf {
        self.folder.join("uploader")
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if self.keep {
            return;
        }
        // A long path keeps its sockets elsewhere.
        for folder in [&self.paths.runtime, &self.folder] {
            if let Err(error) = fs::remove_dir_all(folder)
                && error.kind() != io::ErrorKind::NotFound
            {
                tracing::warn!(folder = %folder.display(), %error, "the demo's folder could not be removed");
            }
        }
    }
}
