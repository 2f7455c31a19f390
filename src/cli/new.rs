//! `qd new`: start work.

use std::ops::ControlFlow;

use clap::ValueEnum;
use color_eyre::{Result, eyre::WrapErr};

use super::{
    context::{Context, refuse_problems},
    door,
    failure::{Exit, Failure},
    given::GivenText,
    given_repository::{find, names_and_folders},
    ids::{candidates, targets},
    rows,
    terminal::{Notices, Paint, line},
};
use crate::{
    api::{Client, client},
    config::{
        self,
        repositories::{checkout_of, top_of},
    },
    domain::{
        Command, ObjectiveId, ProfileName, Reply, Session, SessionId, TargetLabel, TargetName, World, objective::Mode,
        session, session::State, workspace,
    },
};

/// Start an objective, or a session in one
///
/// The work starts in the repository around the current folder, in a worktree and on a branch of its own; outside any
/// repository in an empty folder. JSON: the reply with the new ids; with --wait the session as it ended.
#[derive(Debug, clap::Args)]
pub(super) struct New {
    #[command(flatten)]
    prompt: GivenText,
    /// The name of a repository, or any folder inside one; the current folder if it is. In an objective: its own
    #[arg(long, value_name = "NAME|FOLDER", add = names_and_folders())]
    repo: Option<String>,
    /// The agent; `qd agents` lists them
    #[arg(long, value_name = "NAME")]
    agent: Option<ProfileName>,
    /// The target it runs on; otherwise wherever it fits, this machine first
    #[arg(long, value_name = "NAME", add = targets())]
    target: Option<TargetName>,
    /// It runs on a target with this label; given more than once: with all of them
    #[arg(long, value_name = "LABEL", conflicts_with = "target")]
    label: Vec<TargetLabel>,
    /// One line; made from the prompt unless given
    #[arg(long)]
    title: Option<String>,
    /// One session that does the work itself (the default)
    #[arg(long)]
    plain: bool,
    /// An agent that splits the work and delegates it
    #[arg(long, conflicts_with = "plain")]
    manager: bool,
    /// The kind of checkout
    #[arg(long, value_name = "KIND")]
    workspace: Option<Kind>,
    /// The branch, tag or commit to start from; the remote's default branch, freshly fetched, unless given
    #[arg(long, value_name = "REFERENCE")]
    base: Option<String>,
    /// Add a session to this objective instead of starting one
    #[arg(long, value_name = "OBJECTIVE", conflicts_with_all = ["base", "manager"], add = candidates("o"))]
    objective: Option<ObjectiveId>,
    /// Start it when these sessions have succeeded
    #[arg(long, value_name = "SESSION", requires = "objective", add = candidates("s"))]
    after: Vec<SessionId>,
    /// Wait for the outcome: exit code 0 succeeded, 1 failed, 4 canceled
    #[arg(long)]
    wait: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    /// A git worktree of its own, on a branch of its own
    Isolated,
    /// Your own checkout, as it is
    Shared,
    /// An empty folder, outside any repository
    Scratch,
}

impl New {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        if self.manager {
            return Err(Failure::new(Exit::Refused, "there are no managers in this version")
                .hint("start a plain session, and add more to its objective with `qd new --objective ID TEXT`")
                .into());
        }
        let wait = self.wait;
        let command = self.command(context).await?;
        let client = context.client().await?;
        let reply = client.command(&command).await?;
        let Reply::Created { objective, session } = reply else {
            return Err(client::Error::Nonsense { what: format!("{reply:?} is no answer to a new objective") }.into());
        };
        if !wait {
            if context.json() {
                context.output.json(&reply)?;
            } else {
                context.output.line(format!("{objective} {session}"))?;
            }
            return Ok(Exit::Done);
        }
        if !context.json() {
            context.output.line(format!("{objective} {session}"))?;
            context.output.flush()?;
        }
        let ended = outcome(context, client, session).await?;
        let (exit, paint, words) = match &ended.state {
            State::Succeeded { .. } => (Exit::Done, Paint::Good, "succeeded".to_owned()),
            State::Failed { cause } => (Exit::Failed, Paint::Bad, format!("failed: {}", line(cause))),
            State::Canceled => (Exit::Refused, Paint::Faint, "was canceled".to_owned()),
            State::Queued
            | State::WaitingCapacity { .. }
            | State::Starting { .. }
            | State::Running { .. }
            | State::WaitingUser { .. } => (Exit::Failed, Paint::Bad, "has not ended".to_owned()),
        };
        context.notices.show("");
        if context.json() {
            context.output.json(&ended)?;
        } else {
            let words = context.output.paint(paint, &words);
            context.output.line(format!("{session} {words}"))?;
        }
        Ok(exit)
    }

    async fn command(self, context: &mut Context) -> Result<Command> {
        let prompt = self.prompt.read()?;
        let workspace = self.workspace.map(workspace::Kind::from);
        let named = match &self.repo {
            Some(given) => Some(find(context, given).await?),
            None => None,
        };
        if let Some(objective) = self.objective {
            return Ok(Command::NewSession {
                objective,
                prompt,
                title: self.title,
                agent: self.agent,
                target: self.target,
                labels: self.label,
                role: session::Role::Worker,
                repository: named,
                workspace,
                depends_on: self.after,
                parent: None,
            });
        }
        let repository = match (named, workspace) {
            (Some(folder), _) => Some(folder),
            (None, Some(workspace::Kind::Scratch)) => None,
            (None, _) => {
                let here = std::env::current_dir().wrap_err("cannot tell the current folder")?;
                let is_wanted = checkout_of(&here).is_some() || matches!(workspace, Some(workspace::Kind::Shared));
                is_wanted.then_some(here)
            }
        };
        let mut sources = context.sources();
        if let Some(top) = repository.as_deref().and_then(checkout_of) {
            sources = sources.repository(top);
        }
        let settings = config::load(&sources);
        refuse_problems(&settings)?;
        // What was written about this repository is nearer than what is set for all.
        let top = repository.as_deref().and_then(top_of);
        let written = top.or(repository.clone()).and_then(|top| context.repositories.of(&top)?.base);
        let base = self.base.or(written).or(settings.config.workspace.base).filter(|_| repository.is_some());
        Ok(Command::NewObjective {
            prompt,
            title: self.title,
            agent: self.agent.or(settings.config.agent.default),
            target: self.target,
            labels: self.label,
            mode: Mode::Plain,
            workspace,
            base,
            repository,
        })
    }
}

impl From<Kind> for workspace::Kind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Isolated => Self::Isolated,
            Kind::Shared => Self::Shared,
            Kind::Scratch => Self::Scratch,
        }
    }
}

/// The session as it is when it has ended. Says on the way what changes, and what it needs of the person; lives through
/// a restart of the daemon.
async fn outcome(context: &mut Context, mut client: Client, id: SessionId) -> Result<Session> {
    let mut progress = Progress { notices: context.notices, shown: String::new(), needed: None };
    loop {
        let look = |world: &World| match world.sessions.get(&id) {
            None => ControlFlow::Break(None),
            Some(session) if session.state.is_final() => ControlFlow::Break(Some(session.clone())),
            Some(session) => {
                progress.say(world, session);
                ControlFlow::Continue(())
            }
        };
        match door::until(&client, look).await {
            Ok(Some(session)) => return Ok(session),
            // Put away by somebody: the history has it.
            Ok(None) => return Ok(client.session(id).await?.session),
            Err(client::Error::Broken(_) | client::Error::NoDaemon { .. }) => client = context.client().await?,
            Err(error) => return Err(error.into()),
        }
    }
}

struct Progress {
    notices: Notices,
    shown: String,
    needed: Option<String>,
}

impl Progress {
    fn say(&mut self, world: &World, session: &Session) {
        let needed = rows::needs(world, session);
        if needed != self.needed {
            if let Some(needed) = &needed {
                self.notices.say(self.notices.paint(Paint::Needs, needed));
            }
            self.needed = needed;
        }
        let doing = session.activity.doing.label();
        let shown = format!("{} {} · {doing}", session.id, session.state.label());
        if shown != self.shown {
            self.notices.show(&shown);
            self.shown = shown;
        }
    }
}
