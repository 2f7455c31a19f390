//! `qd demo`: the whole product alive, with no account.

use color_eyre::{Result, eyre::WrapErr};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{context::Context, dashboard, door, failure::Exit, logs, terminal::line};
use crate::{api::Client, demo, tui};

/// Show everything at work: a scripted agent in a throwaway home and repository
///
/// Nothing of yours is touched. Leaving the dashboard, or closing its window, ends the demo's agents and removes its
/// folder; what a killed demo leaves behind, the next one clears away.
#[derive(Debug, clap::Args)]
pub(super) struct Demo {
    /// Leave the demo's folder behind
    #[arg(long)]
    keep: bool,
}

impl Demo {
    pub(super) fn run(&self, context: &Context) -> Result<Exit> {
        dashboard::needs_a_terminal(context)?;
        let home = demo::make_home(self.keep).wrap_err("cannot make a folder for the demo")?;
        demo::make_repository(&home.repository()).wrap_err("cannot make a repository for the demo")?;
        let _log = logs::start(home.paths(), "dashboard", context.settings.config.log.level);
        dashboard::runtime()?.block_on(play(context, home, self.keep))
    }
}

/// Whatever happens on the way, nothing of the demo runs on: from here on no signal but `KILL` ends us before that.
async fn play(context: &Context, home: demo::Home, keep: bool) -> Result<Exit> {
    let mut told = Told::listen()?;
    demo::clear_away(demo::abandoned_homes()).await;
    door::start_below(home.folder(), home.paths(), &context.everywhere).await?;
    let client = Client::new(home.paths());
    let repository = home.repository();
    let folder = home.folder().to_owned();
    let shown = async {
        tokio::select! {
            seeded = demo::seed(&client, &repository) => drop(seeded.wrap_err("cannot start the demo's agents")?),
            () = told.ended() => return Ok(Exit::Done),
        }
        let (paths, everywhere, folder) = (home.paths().clone(), context.everywhere.clone(), folder.clone());
        let revive = move || {
            let (paths, everywhere, folder) = (paths.clone(), everywhere.clone(), folder.clone());
            async move { door::start_below(&folder, &paths, &everywhere).await.map_err(|error| error.to_string()) }
        };
        let settings = tui::Settings { folder: repository.clone(), ..dashboard::settings(context) };
        dashboard::show(client.clone(), settings, revive).await
    };
    let shown = shown.await;
    context.notices.show("ending the demo's agents …");
    let survivors = demo::leave(&client, home).await.wrap_err("cannot end the demo's agents");
    context.notices.show("");
    for survivor in survivors? {
        context.notices.say(format!("process {} would not end: {}", survivor.pid, line(&survivor.command)));
    }
    if keep {
        context.notices.say(format!("the demo's folder is {}", folder.display()));
    }
    shown
}

/// The signals that ask a program to end. Once listened to, they end nothing by themselves.
struct Told {
    terminate: Signal,
    hang_up: Signal,
    interrupt: Signal,
}

impl Told {
    fn listen() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn ended(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.hang_up.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
