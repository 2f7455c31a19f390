//! `qd checkpoint`: keep a workspace as it is.

use color_eyre::Result;

use super::{
    context::Context,
    failure::{Exit, Failure},
    ids::{AnyId, candidates},
};
use crate::domain::{Command, Reply, WorkspaceId, World};

/// Keep a workspace as it is now, to come back to with `qd rollback`
///
/// Kept are its commits, its changed and its new files; those that git ignores are not. Nothing in it is changed.
#[derive(Debug, clap::Args)]
pub(super) struct Checkpoint {
    /// A session or a workspace; without it, the one of this folder
    #[arg(value_name = "ID", add = candidates("sw"))]
    id: Option<AnyId>,
    /// What for, in a few words
    #[arg(long)]
    reason: Option<String>,
}

impl Checkpoint {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        let client = context.client().await?;
        let workspace = workspace(&client.world().await?, self.id)?;
        let reply = client.command(&Command::Checkpoint { workspace, reason: self.reason }).await?;
        if context.json() {
            context.output.json(&reply)?;
        } else if let Reply::Kept { checkpoint } = reply {
            context.output.line(format!("{workspace} is kept as {checkpoint}"))?;
        }
        Ok(Exit::Done)
    }
}

/// The workspace that is meant: named itself, by its session, or the one in whose folder we are.
pub(super) fn workspace(world: &World, id: Option<AnyId>) -> Result<WorkspaceId, Failure> {
    match id {
        Some(AnyId::Workspace(id)) => Ok(id),
        Some(AnyId::Session(id)) => {
            let session = world.sessions.get(&id).ok_or_else(|| {
                Failure::not_found(format!("there is no session {id}")).hint("`qd ps` lists the sessions there are")
            })?;
            session.workspace.ok_or_else(|| Failure::new(Exit::Refused, format!("{id} has no workspace yet")))
        }
        Some(
            AnyId::Objective(_) | AnyId::Message(_) | AnyId::Question(_) | AnyId::Artifact(_) | AnyId::PullRequest(_),
        ) => Err(Failure::usage("it takes a session or a workspace").hint("for example s1 or w2")),
        None => {
            let here = std::env::current_dir().and_then(std::fs::canonicalize).unwrap_or_default();
            let around = world
                .workspaces
                .values()
                .filter(|workspace| std::fs::canonicalize(&workspace.path).is_ok_and(|path| here.starts_with(path)));
            let found = around.max_by_key(|workspace| workspace.path.components().count());
            found.map(|workspace| workspace.id).ok_or_else(|| {
                Failure::usage("this folder is no workspace").hint("name a session or a workspace, for example s1")
            })
        }
    }
}
