//! Where everything of ours lives.
//!
//! State under the XDG state directory, the socket and the tmux server's socket under the XDG runtime directory,
//! configuration under the XDG configuration directory. `QD_HOME` moves all three below one folder, so that tests and
//! a second crew are alone.

use std::{
    fs, io,
    os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

use etcetera::BaseStrategy;

/// The longest path a unix socket can have, in bytes (`sun_path` without its final NUL; 103 on macOS).
pub const SOCKET_PATH_BYTES: usize = if cfg!(target_os = "macos") { 103 } else { 107 };

/// Where everything of ours lives. The folders exist and are ours alone (0700) after [`Paths::create`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// The database, recordings, workspaces and logs.
    pub state: PathBuf,
    /// The sockets.
    pub runtime: PathBuf,
    /// The person's settings, agents and themes.
    pub config: PathBuf,
}

/// Why there is no place for our things.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Neither `QD_HOME` nor `HOME` leads anywhere.
    #[error("there is no home directory: set HOME, or QD_HOME to a folder for quarterdeck's own things")]
    NoHome,
    /// `QD_HOME` must not depend on where a command is run.
    #[error("QD_HOME is {0:?}, which is not an absolute path")]
    NotAbsolute(PathBuf),
    /// A folder can't be made or made private.
    #[error("cannot prepare the folder {path:?}")]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A folder that must be ours belongs to somebody else.
    #[error("the folder {0:?} belongs to another user; move it away or set QD_HOME")]
    NotOurs(PathBuf),
}

impl Paths {
    /// Finds the places from the environment; makes nothing.
    ///
    /// # Errors
    /// [`Error::NoHome`] without a home directory, [`Error::NotAbsolute`] for a relative `QD_HOME`.
    pub fn find() -> Result<Self, Error> {
        if let Some(home) = std::env::var_os("QD_HOME").filter(|home| !home.is_empty()) {
            return Self::below(Path::new(&home));
        }
        let places = etcetera::base_strategy::Xdg::new().map_err(|_| Error::NoHome)?;
        let state = places.state_dir().unwrap_or_else(|| places.home_dir().join(".local/state")).join("quarterdeck");
        let runtime = places.runtime_dir().map_or_else(|| fallback_runtime(&state), |dir| dir.join("quarterdeck"));
        Ok(Self { runtime, config: places.config_dir().join("quarterdeck"), state })
    }

    /// All places below one folder, as with `QD_HOME`.
    ///
    /// # Errors
    /// [`Error::NotAbsolute`] for a relative folder.
    pub fn below(home: &Path) -> Result<Self, Error> {
        if !home.is_absolute() {
            return Err(Error::NotAbsolute(home.into()));
        }
        let runtime = home.join("run");
        // The longest name below it is `tmux.sock`; a longer home keeps its sockets in a short place of their own.
        let fits = runtime.as_os_str().len() + "/tmux.sock".len() <= SOCKET_PATH_BYTES;
        let runtime = if fits { runtime } else { fallback_runtime(home) };
        Ok(Self { state: home.join("state"), runtime, config: home.join("config") })
    }

    /// Makes the folders, each readable by us alone.
    ///
    /// # Errors
    /// [`Error::Folder`] when one can't be made, [`Error::NotOurs`] when one belongs to somebody else.
    pub fn create(&self) -> Result<(), Error> {
        for path in [&self.state, &self.runtime, &self.recordings(), &self.workspaces(), &self.logs()] {
            private_folder(path)?;
        }
        Ok(())
    }

    /// The person's socket.
    pub fn socket(&self) -> PathBuf {
        self.runtime.join("qd.sock")
    }

    /// The private tmux server's socket.
    pub fn tmux_socket(&self) -> PathBuf {
        self.runtime.join("tmux.sock")
    }

    /// The database.
    pub fn database(&self) -> PathBuf {
        self.state.join("quarterdeck.sqlite")
    }

    /// The file whose lock makes a daemon the only one.
    pub fn lock(&self) -> PathBuf {
        self.state.join("daemon.lock")
    }

    /// The port of the agents' door.
    pub fn agents_port(&self) -> PathBuf {
        self.state.join("agents.port")
    }

    /// What panes printed, and their last pictures.
    pub fn recordings(&self) -> PathBuf {
        self.state.join("recordings")
    }

    /// Prompts that agents read from a file.
    pub fn prompts(&self) -> PathBuf {
        self.state.join("prompts")
    }

    /// What launches are given and leave, each in a folder of its own.
    pub fn attempts(&self) -> PathBuf {
        self.state.join("attempts")
    }

    /// What one launch is given and leaves: its token, the settings it is started with, what it told us.
    pub fn attempt(&self, attempt: crate::domain::AttemptId) -> PathBuf {
        self.attempts().join(attempt.to_string())
    }

    /// Copies of what attempts on hosts leave there.
    pub fn replicas(&self) -> PathBuf {
        self.state.join("replicas")
    }

    /// Bug reports that the person had written.
    pub fn reports(&self) -> PathBuf {
        self.state.join("reports")
    }

    /// Worktrees and scratch folders.
    pub fn workspaces(&self) -> PathBuf {
        self.state.join("workspaces")
    }

    /// Bare mirrors of repositories that the person has no checkout of.
    pub fn mirrors(&self) -> PathBuf {
        self.state.join("mirrors")
    }

    /// Log files.
    pub fn logs(&self) -> PathBuf {
        self.state.join("logs")
    }

    /// What the person wrote down about their repositories; it need not exist.
    pub fn repositories_file(&self) -> PathBuf {
        self.config.join("repositories.toml")
    }

    /// The person's own configuration file; it need not exist.
    pub fn config_file(&self) -> PathBuf {
        self.config.join("config.toml")
    }
}

/// A short folder under the system's temporary directory that is a function of the user and of `home`.
fn fallback_runtime(home: &Path) -> PathBuf {
    use std::hash::{Hash, Hasher};
    let mut hasher = std::hash::DefaultHasher::new();
    home.hash(&mut hasher);
    let user = nix::unistd::Uid::effective();
    PathBuf::from(format!("/tmp/qd-{user}-{:08x}", hasher.finish() & 0xffff_ffff))
}

pub(crate) fn private_folder(path: &Path) -> Result<(), Error> {
    let failed = |source| Error::Folder { path: path.into(), source };
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed)?;
    let found = fs::symlink_metadata(path).map_err(failed)?;
    if found.uid() != nix::unistd::Uid::effective().as_raw() {
        return Err(Error::NotOurs(path.into()));
    }
    if found.permissions().mode() & 0o077 != 0 {
        fs::set_permissions(path, fs::Permissions::from_mode(0o700)).map_err(failed)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_fit_however_long_the_home_is() {
        let home = PathBuf::from(format!("/{}", "long/".repeat(60)));
        let paths = Paths::below(&home).expect("absolute");
        assert!(paths.tmux_socket().as_os_str().len() <= SOCKET_PATH_BYTES);
        assert_ne!(paths.runtime, Paths::below(&home.join("other")).expect("absolute").runtime);
    }

    #[test]
    fn a_relative_home_is_refused() {
        assert!(matches!(Paths::below(Path::new("here")), Err(Error::NotAbsolute(_))));
    }

    #[test]
    fn folders_become_ours_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let paths = Paths::below(folder.path()).expect("absolute");
        fs::create_dir(&paths.state).expect("made");
        fs::set_permissions(&paths.state, fs::Permissions::from_mode(0o755)).expect("set");
        paths.create().expect("created");
        assert_eq!(fs::metadata(&paths.state).expect("there").permissions().mode() & 0o777, 0o700);
    }
}
