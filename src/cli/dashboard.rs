//! The dashboard, from the command line.

use std::{io::IsTerminal, path::PathBuf};

use color_eyre::Result;

use super::{
    context::Context,
    door,
    failure::{Exit, Failure},
    logs,
};
use crate::{api::Client, domain::ProfileName, tui};

/// Threads for the dashboard: one draws, one listens.
const WORKERS: usize = 2;

/// Opens the dashboard until the person leaves it.
pub(super) fn run(context: &Context) -> Result<Exit> {
    needs_a_terminal(context)?;
    let _log = logs::start(&context.paths, "dashboard", context.settings.config.log.level);
    runtime()?.block_on(async {
        let client = door::open(context).await?;
        let folder = std::env::current_dir().unwrap_or_default();
        show(context, client, folder, context.settings.config.agent.default.clone()).await
    })
}

/// Refuses to draw where nobody looks.
pub(super) fn needs_a_terminal(context: &Context) -> Result<()> {
    if context.output.is_terminal() && std::io::stdin().is_terminal() {
        return Ok(());
    }
    Err(Failure::usage("the dashboard needs a terminal, and this is none")
        .hint("`qd ls` says in a pipe what the dashboard shows; `qd --help` lists every command")
        .into())
}

/// What the dashboard runs on.
pub(super) fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build()
}

/// Shows what `client` knows; `folder` is offered for new work.
pub(super) async fn show(
    context: &Context,
    client: Client,
    folder: PathBuf,
    default_agent: Option<ProfileName>,
) -> Result<Exit> {
    let config = &context.settings.config;
    let settings = tui::Settings {
        theme: config.dashboard.theme.clone(),
        theme_dir: context.paths.config.join("themes"),
        keys: config.keys.clone(),
        mouse: config.dashboard.mouse,
        no_color: !context.output.has_colours(),
        default_agent,
        folder,
        home: std::env::var_os("HOME").filter(|home| !home.is_empty()).map(PathBuf::from),
        detach_key: config.dashboard.detach_key.clone(),
        notices: context.settings.problems.iter().map(|problem| format!("does not count: {problem}")).collect(),
    };
    tui::run(client, settings).await?;
    Ok(Exit::Done)
}
