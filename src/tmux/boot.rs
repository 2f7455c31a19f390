//! The server process, and the one control client.

use std::time::Duration;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use tmux_interface::{
    AttachSession, HasSession, KillServer, NewSession, SourceFile, commands::common::client_flags::ClientFlags,
};

use super::{
    Error, Options,
    command::{Words, words},
    config::{self, HUB},
};
use crate::{
    domain::TmuxVersion,
    target::{self, Channel, Output, Program, processes},
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
    let text = config::text(&options.detach_key, options.pushes_output())?;
    // At once: each may be a round trip.
    let (version, written) = tokio::join!(version(options), options.host.provide(&options.config, &text));
    let version = version?;
    written.map_err(|source| Error::Io { what: "write the tmux server's configuration", source })?;
    let config = options.config.to_string_lossy().into_owned();
    let source = words(SourceFile::new().path(config.clone()));
    let hub = words(HasSession::new().target_session(format!("={HUB}")));
    let seen = run(options, &[source, hub]).await?;
    if seen.succeeded() {
        return Ok(Booted { version, fresh: false });
    }
    let lives = !no_server(&seen);
    if options.host.is_local() {
        raise_open_files();
    }
    let hub = words(NewSession::new().detached().session_name(HUB).width(80).height(24));
    let hub = [hub, vec!["env".into(), "-u".into(), "TMUX".into(), "cat".into()]].concat();
    let made = run(options, &[hub]).await?;
    let complaint = complaint(&made);
    if !made.succeeded() && !complaint.contains("duplicate session") {
        return Err(Error::NotStarted(complaint));
    }
    Ok(Booted { version, fresh: !lives })
}

/// Starts the control client; its answer to the attach must be awaited before anything else is sent.
pub(super) async fn attach(options: &Options) -> Result<Channel, Error> {
    let flags = ClientFlags { no_output: Some(true), ignore_size: Some(true), ..ClientFlags::default() };
    let attach = words(AttachSession::new().flags(flags).target_session(format!("={HUB}")));
    let mut client = tmux(options)?;
    client.argv.push("-C".into());
    client.argv.extend(attach);
    options.host.open(client).await.map_err(running)
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

async fn version(options: &Options) -> Result<String, Error> {
    let output = options.host.run(Program::new(["tmux", "-V"])).await.map_err(running)?;
    let version = TmuxVersion::read(&String::from_utf8_lossy(&output.stdout));
    let name = version.as_str().to_owned();
    if version.suffices() == Some(false) { Err(Error::TooOld(name)) } else { Ok(name) }
}

/// What the shell does that starts a client elsewhere, of which the first starts the server.
const RAISE_OPEN_FILES: &str = "ulimit -n \"$(ulimit -Hn)\" 2>/dev/null; exec \"$@\"";

/// An ordinary client of our server: it never reads the person's configuration.
fn tmux(options: &Options) -> Result<Program, Error> {
    let text = |path: &std::path::Path| {
        let unfit =
            || Error::Unfit { what: "the path", value: path.to_string_lossy().into(), rule: "it must be UTF-8" };
        path.to_str().map(str::to_owned).ok_or_else(unfit)
    };
    let (socket, config) = (text(&options.socket)?, text(&options.config)?);
    let raised = ["sh", "-c", RAISE_OPEN_FILES, "sh"].map(str::to_owned);
    let argv = ["tmux", "-u", "-S", &socket, "-f", &config].map(str::to_owned);
    let mut client = Program::new(if options.host.is_local() { argv.to_vec() } else { [&raised[..], &argv].concat() });
    client.without = ["TMUX", "TMUX_PANE", processes::TAG].map(str::to_owned).into();
    client.directory = Some("/".into());
    client.deadline = PATIENCE;
    Ok(client)
}

async fn run(options: &Options, commands: &[Words]) -> Result<Output, Error> {
    let mut client = tmux(options)?;
    for (index, command) in commands.iter().enumerate() {
        if index > 0 {
            client.argv.push(";".into());
        }
        // tmux takes a semicolon at the end of any argument for a separator.
        client.argv.extend(command.iter().map(|word| match word.strip_suffix(';') {
            Some(head) => format!("{head}\\;"),
            None => word.clone(),
        }));
    }
    match options.host.run(client).await {
        Err(target::Error::TimedOut { .. }) => {
            Err(Error::NotStarted(format!("the server at {:?} does not answer", options.socket)))
        }
        ran => ran.map_err(running),
    }
}

fn no_server(output: &Output) -> bool {
    let complaint = complaint(output);
    !output.succeeded()
        && ["no server running", "error connecting", "server exited"].iter().any(|sign| complaint.contains(sign))
}

fn complaint(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).trim().to_owned()
}

fn running(error: target::Error) -> Error {
    match error {
        error @ target::Error::NotFound { .. } => Error::NotInstalled(error),
        error => Error::Program(error),
    }
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
