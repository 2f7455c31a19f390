//! The server process, and the one control client.

use std::{
    ffi::OsStr,
    fs, io,
    os::unix::fs::OpenOptionsExt,
    path::Path,
    process::{Output, Stdio},
    time::Duration,
};

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use tmux_interface::{
    AttachSession, HasSession, KillServer, NewSession, SourceFile, commands::common::client_flags::ClientFlags,
};
use tokio::process::{Child, Command};

use super::{
    Error, Options,
    command::{Words, words},
    config::{self, HUB},
};

/// How long a single tmux command may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is known of a server that lives.
pub(super) struct Booted {
    /// What `tmux -V` says.
    pub(super) version: String,
    /// It was started just now.
    pub(super) fresh: bool,
}

/// Makes sure that a server lives at our socket with our configuration and the hub session.
pub(super) async fn boot(options: &Options) -> Result<Booted, Error> {
    let version = version().await?;
    write_config(&options.config, &config::text(&options.detach_key)?)?;
    let config = options.config.to_string_lossy().into_owned();
    let source = words(SourceFile::new().path(config.clone()));
    let hub = words(HasSession::new().target_session(format!("={HUB}")));
    let seen = run(options, &[source, hub]).await?;
    if seen.status.success() {
        return Ok(Booted { version, fresh: false });
    }
    let lives = !no_server(&seen);
    raise_open_files();
    let hub = words(NewSession::new().detached().session_name(HUB).width(80).height(24));
    let hub = [hub, vec!["env".into(), "-u".into(), "TMUX".into(), "cat".into()]].concat();
    let made = run(options, &[hub]).await?;
    let complaint = complaint(&made);
    if !made.status.success() && !complaint.contains("duplicate session") {
        return Err(Error::NotStarted(complaint));
    }
    Ok(Booted { version, fresh: !lives })
}

/// Starts the control client; its answer to the attach must be awaited before anything else is sent.
pub(super) fn attach(options: &Options) -> Result<Child, Error> {
    let flags = ClientFlags { no_output: Some(true), ignore_size: Some(true), ..ClientFlags::default() };
    let attach = words(AttachSession::new().flags(flags).target_session(format!("={HUB}")));
    let mut command = tmux(options);
    command.arg("-C").args(attach).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    command.spawn().map_err(spawning)
}

/// Ends the server, and looks until it is gone.
pub(super) async fn end(options: &Options) -> Result<(), Error> {
    run(options, &[words(KillServer::new())]).await?;
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while tokio::time::Instant::now() < deadline {
        if no_server(&run(options, &[words(HasSession::new())]).await?) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Err(Error::Refused(format!("the server at {:?} does not end", options.socket)))
}

async fn version() -> Result<String, Error> {
    let output = Command::new("tmux").arg("-V").stdin(Stdio::null()).output().await.map_err(spawning)?;
    let said = String::from_utf8_lossy(&output.stdout);
    let version = said.trim().strip_prefix("tmux ").unwrap_or(said.trim()).to_owned();
    if too_old(&version) { Err(Error::TooOld(version)) } else { Ok(version) }
}

/// `3.1c` is; `3.3a`, `next-3.6` and what has no number (`master`) are not. OpenBSD counts its own releases.
fn too_old(version: &str) -> bool {
    let number = version.trim_start_matches("next-");
    let mut parts = number.split('.');
    let major: Option<u32> = parts.next().and_then(|part| part.parse().ok());
    let minor: String = parts.next().unwrap_or("0").chars().take_while(char::is_ascii_digit).collect();
    major.is_some_and(|major| (major, minor.parse::<u32>().unwrap_or(0)) < (3, 2))
}

/// An ordinary client of our server: it never reads the person's configuration.
fn tmux(options: &Options) -> Command {
    let mut command = Command::new("tmux");
    command
        .args([OsStr::new("-u"), OsStr::new("-S"), options.socket.as_os_str()])
        .args([OsStr::new("-f"), options.config.as_os_str()])
        .env_remove("TMUX")
        .env_remove("TMUX_PANE")
        .env_remove(crate::target::processes::TAG)
        .current_dir("/")
        .process_group(0)
        .kill_on_drop(true);
    command
}

async fn run(options: &Options, commands: &[Words]) -> Result<Output, Error> {
    let mut client = tmux(options);
    for (index, command) in commands.iter().enumerate() {
        if index > 0 {
            client.arg(";");
        }
        // tmux takes a semicolon at the end of any argument for a separator.
        client.args(command.iter().map(|word| match word.strip_suffix(';') {
            Some(head) => format!("{head}\\;"),
            None => word.clone(),
        }));
    }
    let output = client.stdin(Stdio::null()).output();
    match tokio::time::timeout(PATIENCE, output).await {
        Ok(output) => output.map_err(spawning),
        Err(_) => Err(Error::NotStarted(format!("the server at {:?} does not answer", options.socket))),
    }
}

fn no_server(output: &Output) -> bool {
    let complaint = complaint(output);
    !output.status.success()
        && ["no server running", "error connecting", "server exited"].iter().any(|sign| complaint.contains(sign))
}

fn complaint(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).trim().to_owned()
}

fn spawning(source: io::Error) -> Error {
    match source.kind() {
        io::ErrorKind::NotFound => Error::NotInstalled(source),
        _ => Error::Io { what: "run tmux", source },
    }
}

fn write_config(path: &Path, text: &str) -> Result<(), Error> {
    let write = || -> io::Result<()> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        // Beside it and renamed, so that nobody reads half of it.
        let beside = path.with_extension("new");
        let _ = fs::remove_file(&beside);
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
        io::Write::write_all(&mut file, text.as_bytes())?;
        fs::rename(&beside, path)
    };
    write().map_err(|source| Error::Io { what: "write the tmux server's configuration", source })
}

/// A pane costs the server two open files, and at its limit it stops serving. It inherits ours.
fn raise_open_files() {
    if let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE)
        && soft < hard
        && let Err(error) = setrlimit(Resource::RLIMIT_NOFILE, hard, hard)
    {
        tracing::warn!(%error, soft, hard, "the limit of open files could not be raised");
    }
}

#[cfg(test)]
mod tests {
    use super::too_old;

    #[test]
    fn only_versions_before_3_2_are_too_old() {
        for version in ["3.2", "3.2a", "3.3a", "3.10", "next-3.6", "master", "openbsd-7.4", "4.0"] {
            assert!(!too_old(version), "{version}");
        }
        for version in ["3.1c", "3.0a", "2.9", "1.8", "next-3.1"] {
            assert!(too_old(version), "{version}");
        }
    }
}
