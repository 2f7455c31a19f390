//! The dashboard, from the command line.

use std::{io::IsTerminal, path::PathBuf};

use color_eyre::Result;

use super::{
    context::Context,
    door,
    failure::{Exit, Failure},
    logs,
};
use crate::{api::Client, tui};

/// Threads for the dashboard: one draws, one listens.
const WORKERS: usize = 2;

/// Opens the dashboard until the person leaves it.
pub(super) fn run(context: &Context) -> Result<Exit> {
    needs_a_terminal(context)?;
    let _log = logs::start(&context.paths, "dashboard", context.settings.config.log.level);
    runtime()?.block_on(async {
        let client = door::open(context).await?;
        let (paths, everywhere) = (context.paths.clone(), context.everywhere.clone());
        let revive = move || {
            let (paths, everywhere) = (paths.clone(), everywhere.clone());
            async move { door::start(&paths, &everywhere).await.map_err(|error| error.to_string()) }
        };
        let settings = tui::Settings {
            folder: std::env::current_dir().unwrap_or_default(),
            default_agent: context.settings.config.agent.default.clone(),
            config_file: Some(context.paths.config_file()),
            ..settings(context)
        };
        show(client, settings, revive).await
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

/// How the dashboard looks and which keys it has, as the person's settings say.
pub(super) fn settings(context: &Context) -> tui::Settings {
    let config = &context.settings.config;
    tui::Settings {
        theme: config.dashboard.theme.clone(),
        theme_dir: context.paths.config.join("themes"),
        config_file: None,
        keys: config.keys.clone(),
        mouse: config.dashboard.mouse,
        notify: config.notify.clone(),
        in_tmux: std::env::var_os("TMUX").is_some_and(|tmux| !tmux.is_empty()),
        prices: config.prices.clone(),
        offer_after: config.workspace.offer_after,
        no_color: !context.output.has_colours(),
        default_agent: None,
        folder: PathBuf::new(),
        home: std::env::var_os("HOME").filter(|home| !home.is_empty()).map(PathBuf::from),
        detach_key: config.dashboard.detach_key.clone(),
        notices: context.problems().iter().map(|problem| format!("does not count: {problem}")).collect(),
    }
}

/// Shows what `client` knows; `revive` starts its daemon again, should somebody kill it.
pub(super) async fn show<Started>(
    client: Client,
    settings: tui::Settings,
    revive: impl Fn() -> Started + Send + Sync + 'static,
) -> Result<Exit>
where
    Started: Future<Output = Result<(), String>> + Send + 'static,
{
    tui::run(client, Box::new(move || Box::pin(revive())), settings).await?;
    Ok(Exit::Done)
}
