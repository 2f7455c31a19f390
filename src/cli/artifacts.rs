//! `qd artifacts`: what was left behind beside branches.

use std::path::{Path, PathBuf};

use clap::{Subcommand, ValueEnum};
use color_eyre::Result;

use super::{
    context::Context,
    failure::Exit,
    file,
    ids::{WorkId, candidates},
    rows, show,
    terminal::{Cell, Table, age, block, bytes, home},
};
use crate::{
    api::wire::ArtifactsOf,
    domain::{ArtifactId, artifact},
};

/// List reports, notes, patches, figures and the output of checks, or read and save one
///
/// JSON of the list: artifacts, without their texts.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Artifacts {
    #[command(subcommand)]
    action: Option<Action>,
    /// Only those of this objective or session
    #[arg(value_name = "ID", add = candidates("os"))]
    of: Option<WorkId>,
    /// Only those of this kind
    #[arg(long, value_name = "KIND")]
    kind: Option<Kind>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Show one, as `qd show f1` does
    Show {
        /// The artifact
        #[arg(value_name = "ARTIFACT", add = candidates("f"))]
        artifact: ArtifactId,
        /// Only its text
        #[arg(long)]
        raw: bool,
    },
    /// Write the text of one into a file
    Save {
        /// The artifact
        #[arg(value_name = "ARTIFACT", add = candidates("f"))]
        artifact: ArtifactId,
        /// The file
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Over what is there
        #[arg(long)]
        force: bool,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    Report,
    Note,
    Patch,
    Benchmark,
    Verify,
    Setup,
    Review,
}

impl From<Kind> for artifact::Kind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Report => artifact::Kind::Report,
            Kind::Note => artifact::Kind::Note,
            Kind::Patch => artifact::Kind::Patch,
            Kind::Benchmark => artifact::Kind::Benchmark,
            Kind::Verify => artifact::Kind::Verify,
            Kind::Setup => artifact::Kind::Setup,
            Kind::Review => artifact::Kind::Review,
        }
    }
}

impl Artifacts {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        match self.action {
            Some(Action::Show { artifact, raw }) => read(context, artifact, raw).await,
            Some(Action::Save { artifact, file, force }) => save(context, artifact, &file, force).await,
            None => list(context, self.of, self.kind).await,
        }
    }
}

async fn list(context: &mut Context, of: Option<WorkId>, kind: Option<Kind>) -> Result<Exit> {
    let (objective, session) = match of {
        None => (None, None),
        Some(WorkId::Objective(id)) => (Some(id), None),
        Some(WorkId::Session(id)) => (None, Some(id)),
    };
    let of = ArtifactsOf { objective, session, kind: kind.map(artifact::Kind::from) };
    let found = context.client().await?.artifacts(&of).await?;
    if context.json() {
        context.output.json(&found)?;
        return Ok(Exit::Done);
    }
    let now = rows::now();
    let mut table = Table::new(&["ID", "KIND", "SESSION", "SIZE", "AGE", "TITLE"]);
    for artifact in found {
        table.row([
            Cell::plain(artifact.id.to_string()),
            Cell::plain(artifact.kind.label()),
            Cell::plain(artifact.session.to_string()),
            Cell::plain(bytes(artifact.bytes as u64)),
            Cell::plain(age(now.since(artifact.created_at))),
            Cell::plain(artifact.title),
        ]);
    }
    table.write(&mut context.output, "nothing was left behind")?;
    Ok(Exit::Done)
}

async fn read(context: &mut Context, id: ArtifactId, raw: bool) -> Result<Exit> {
    let found = context.client().await?.artifact(id).await?;
    if context.json() {
        context.output.json(&found)?;
    } else if raw {
        context.output.line(block(&found.body))?;
    } else {
        show::write_artifact(&mut context.output, &found)?;
    }
    Ok(Exit::Done)
}

async fn save(context: &mut Context, id: ArtifactId, file: &Path, force: bool) -> Result<Exit> {
    let found = context.client().await?.artifact(id).await?;
    file::write(file, found.body.as_bytes(), force)?;
    if context.json() {
        context.output.json(&serde_json::json!({ "path": file }))?;
    } else {
        context.output.line(format!("{id} is in {}", home(file)))?;
    }
    Ok(Exit::Done)
}
