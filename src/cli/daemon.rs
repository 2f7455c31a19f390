//! `qd daemon`: the supervisor's own process.

use clap::Subcommand;
use color_eyre::{Result, eyre::WrapErr};

use super::{
    context::Context,
    door,
    failure::{Exit, Failure},
    logs, rows,
    terminal::{age, clock, count, home},
};
use crate::{
    api::{Client, client, wire::TmuxStatus},
    daemon,
};

/// Threads of the daemon beside those that wait for files, or compute: it waits most of the time, and a second one would
/// mostly be woken in vain.
const WORKERS: usize = 1;

/// Run, end or look at the supervisor; any command starts it when needed
#[derive(Debug, clap::Args)]
pub(super) struct Daemon {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Run the supervisor here, in the foreground
    Run {
        /// Leave the terminal's session; for starting it in the background
        #[arg(long, hide = true)]
        detach: bool,
    },
    /// End the supervisor; agents go on
    Stop,
    /// Say whether it runs; exit code 3 when it does not
    Status,
    /// End it and start one of this build; agents go on
    Restart,
}

impl Daemon {
    /// It is this process that becomes the supervisor.
    pub(super) fn is_to_run_here(&self) -> bool {
        matches!(self.action, Action::Run { .. })
    }

    /// Becomes the supervisor until it is told to end.
    pub(super) fn run_here(&self, context: &Context) -> Result<Exit> {
        let detached = matches!(self.action, Action::Run { detach: true });
        if detached {
            // Already leading a session is as good.
            let _ = nix::unistd::setsid();
        }
        context.paths.create()?;
        let _log = logs::start(&context.paths, "daemon", context.settings.config.log.level);
        logs::record_panics();
        for problem in context.problems() {
            tracing::warn!(%problem, "a setting does not count");
            context.notices.say(format!("a setting does not count: {problem}"));
        }
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(WORKERS)
            .enable_all()
            .build()
            .wrap_err("cannot start the daemon's threads")?;
        let ready = || {
            if detached {
                fall_silent()
            }
        };
        match runtime.block_on(daemon::run(context.paths.clone(), context.settings.config.clone(), ready)) {
            Ok(()) => Ok(Exit::Done),
            Err(error @ daemon::Error::AlreadyRuns(_)) => Err(Failure::new(Exit::Refused, error.to_string()).into()),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        match self.action {
            Action::Stop => stop(context).await,
            Action::Status => status(context).await,
            Action::Restart => {
                door::restart(context).await?;
                status(context).await
            }
            Action::Run { .. } => Err(Failure::usage("this process answers commands already").into()),
        }
    }
}

/// Whoever started us has heard that we run; from now on there is only the log.
fn fall_silent() {
    if let Ok(nowhere) = std::fs::File::options().write(true).open("/dev/null") {
        let _ = nix::unistd::dup2_stderr(nowhere);
    }
}

async fn stop(context: &mut Context) -> Result<Exit> {
    let was_there = match Client::new(&context.paths).stop().await {
        Ok(()) => true,
        Err(client::Error::NoDaemon { source, .. }) if door::nobody_listens(&source) => false,
        Err(error) => return Err(error).wrap_err("cannot end the daemon"),
    };
    if context.json() {
        context.output.json(&serde_json::json!({ "stopped": was_there }))?;
    } else {
        context.output.line(if was_there { "the daemon has ended; agents go on" } else { "no daemon runs" })?;
    }
    Ok(Exit::Done)
}

async fn status(context: &mut Context) -> Result<Exit> {
    let status = match Client::new(&context.paths).status().await {
        Ok(status) => status,
        Err(client::Error::NoDaemon { source, .. }) if door::nobody_listens(&source) => {
            let failure = Failure::not_found(format!("no daemon runs for {}", context.paths.state.display()));
            return Err(failure.hint("any command that needs one starts it, for example `qd ls`").into());
        }
        Err(error) => return Err(error.into()),
    };
    if context.json() {
        context.output.json(&status)?;
        return Ok(Exit::Done);
    }
    let now = rows::now();
    let (version, pid, up) = (&status.version, status.pid, age(now.since(status.started_at)));
    let output = &mut context.output;
    output.line(format!("qd {version} (build {}), process {pid}, up {up}", status.build))?;
    output.line(format!("state  {}", home(&status.state)))?;
    output.line(format!(
        "tmux   {}",
        match &status.tmux {
            TmuxStatus::Connected { version, since } => format!("{version}, connected since {}", clock(*since, now)),
            TmuxStatus::Disconnected { reason, since } =>
                format!("not connected since {}: {reason}", clock(*since, now)),
        }
    ))?;
    output.line(format!("alive  {}", count(status.live_sessions, "session")))?;
    Ok(Exit::Done)
}
