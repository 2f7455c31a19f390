//! Starting the daemon, so that it outlives whoever started it.

use std::{
    ffi::OsString,
    fs,
    io::{self, Read, Seek},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tokio::net::UnixStream;

use crate::{
    cli::{arguments::Everywhere, failure::Exit},
    config::{Paths, environment::OF_AN_AGENT},
};

/// How long a daemon may take until it listens. A cold start takes a fraction of a second; a loaded machine longer.
const DEADLINE: Duration = Duration::from_secs(10);

/// How long to wait before another try, when another daemon has the lock and does not listen.
const PAUSE: Duration = Duration::from_millis(50);

/// Why there is no daemon.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// There is no place for its things.
    #[error("cannot start the daemon")]
    Place(#[from] crate::config::paths::Error),
    /// Its process can't be started.
    #[error("cannot start the daemon as {program:?}")]
    Spawn {
        /// What was to be run.
        program: PathBuf,
        /// Why it wasn't.
        #[source]
        source: io::Error,
    },
    /// It ended before it listened; with its own words.
    #[error("the daemon did not start: {words}")]
    Ended {
        /// What it said.
        words: String,
    },
    /// It lives and does not listen.
    #[error("the daemon (process {pid}) does not answer within {} seconds; its log is {log:?}", DEADLINE.as_secs())]
    Silent {
        /// Its process.
        pid: u32,
        /// Where it writes.
        log: PathBuf,
    },
}

/// Starts the daemon and returns when it, or one that was faster, listens.
///
/// # Errors
/// [`Error`], with the daemon's own words where it has said any.
pub(crate) async fn start(paths: &Paths, everywhere: &Everywhere) -> Result<(), Error> {
    start_with(None, paths, everywhere).await
}

/// The same for the daemon of another home, whose `paths` are.
///
/// # Errors
/// [`Error`], with the daemon's own words where it has said any.
pub(crate) async fn start_below(home: &Path, paths: &Paths, everywhere: &Everywhere) -> Result<(), Error> {
    start_with(Some(home), paths, everywhere).await
}

async fn start_with(home: Option<&Path>, paths: &Paths, everywhere: &Everywhere) -> Result<(), Error> {
    paths.create()?;
    let program = program().map_err(|source| Error::Spawn { program: "qd".into(), source })?;
    let failed = |source| Error::Spawn { program: program.clone(), source };
    let deadline = Instant::now() + DEADLINE;
    loop {
        let mut words = nameless_file(paths).map_err(failed)?;
        let mut daemon = Command::new(&program);
        // Started from an agent's pane, it must not end with that agent, nor speak as that agent.
        for name in OF_AN_AGENT.into_iter().chain([crate::target::processes::TAG]) {
            daemon.env_remove(name);
        }
        let mut child = daemon
            .args(["daemon", "run", "--detach"])
            .args(passed_on(everywhere))
            .current_dir("/")
            .envs(home.map(|home| ("QD_HOME", home)))
            .env_remove("TMUX")
            .env_remove("TMUX_PANE")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(words.try_clone().map_err(failed)?)
            .spawn()
            .map_err(failed)?;
        match listens(paths, &mut child, deadline).await {
            Listening::Yes => return Ok(()),
            // Another one has the lock and may still be on its way up, or down.
            Listening::Ended(code) if code == Some(Exit::Refused as i32) && Instant::now() < deadline => {
                tokio::time::sleep(PAUSE).await;
            }
            Listening::Ended(_) => return Err(Error::Ended { words: last_words(&mut words) }),
            Listening::No => return Err(Error::Silent { pid: child.id(), log: paths.logs().join("daemon.log") }),
        }
    }
}

enum Listening {
    Yes,
    No,
    /// Ours is over, with this exit code.
    Ended(Option<i32>),
}

async fn listens(paths: &Paths, child: &mut Child, deadline: Instant) -> Listening {
    let mut pause = Duration::from_millis(1);
    loop {
        if UnixStream::connect(paths.socket()).await.is_ok() {
            return Listening::Yes;
        }
        if let Ok(Some(status)) = child.try_wait() {
            return Listening::Ended(status.code());
        }
        if Instant::now() >= deadline {
            return Listening::No;
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(10));
    }
}

/// Our own executable: also when it was replaced while we run, which Linux tells by a suffix.
fn program() -> io::Result<PathBuf> {
    let program = std::env::current_exe()?;
    Ok(match program.to_str().and_then(|text| text.strip_suffix(" (deleted)")) {
        Some(replaced) if !program.exists() => replaced.into(),
        _ => program,
    })
}

/// Settings of this command line are the daemon's too.
fn passed_on(everywhere: &Everywhere) -> Vec<OsString> {
    let flag = |(_, key, value)| [OsString::from("--set"), format!("{key}={value}").into()];
    everywhere.flags().into_iter().flat_map(flag).collect()
}

/// A file without a name, for the daemon's words until it has its log: nothing is left of it, however this ends.
fn nameless_file(paths: &Paths) -> io::Result<fs::File> {
    let path = paths.logs().join(format!("start.{}", std::process::id()));
    let file = fs::File::options().read(true).append(true).create(true).truncate(false).mode(0o600).open(&path)?;
    fs::remove_file(&path)?;
    Ok(file)
}

fn last_words(words: &mut fs::File) -> String {
    let mut said = String::new();
    let read = words.rewind().and_then(|()| words.take(16 << 10).read_to_string(&mut said));
    // Its first paragraph: what may follow is a backtrace.
    let said = said.split("\n\n").next().unwrap_or_default();
    match (read, said.trim()) {
        (Ok(_), "") => "it ended without a word; on a full disk it can say none".into(),
        (Ok(_), said) => said.trim_start_matches("qd:").trim().into(),
        (Err(error), _) => format!("and its words cannot be read: {error}"),
    }
}
