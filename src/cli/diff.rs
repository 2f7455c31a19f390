//! `qd diff`: what a session changed.

use color_eyre::Result;
use futures_util::{StreamExt, TryStreamExt, stream};

use super::{
    context::Context,
    failure::{Exit, Failure},
    ids::{AnyId, candidates},
    patch,
    terminal::{Cell, Output, Paint, Table, Unwritable, line},
};
use crate::{
    api::Client,
    domain::{
        Diff as Difference, WorkspaceId,
        diff::{Content, File, Side},
    },
};

/// Show what a session changed: commits and uncommitted files together
///
/// Sides: base, where its branch began; look, when you last looked at its changes; head, its last commit; now, its files
/// as they are; c1, a checkpoint. On a terminal words that changed are marked; in a pipe it is a patch.
///
/// JSON: the difference with the texts of its files; without them with --stat.
#[derive(Debug, clap::Args)]
pub(super) struct Diff {
    /// A session, a workspace or a pull request, for example s14, w2 or p1
    #[arg(value_name = "ID", add = candidates("swp"))]
    id: AnyId,
    /// Only these files, and those in these folders of the repository
    #[arg(value_name = "PATH")]
    paths: Vec<String>,
    /// What it is compared with
    #[arg(long, value_name = "SIDE", default_value = "base")]
    from: Side,
    /// What is compared
    #[arg(long, value_name = "SIDE", default_value = "now")]
    to: Side,
    /// Only the files, with how many lines were added and removed
    #[arg(long)]
    stat: bool,
}

/// Most files that are read at once.
const AT_ONCE: usize = 4;

impl Diff {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        let client = context.client().await?;
        let workspace = workspace(&client, self.id).await?;
        let mut diff = client.diff(workspace, self.from, self.to, None).await?;
        self.keep_wanted(&mut diff)?;
        for note in &diff.notes {
            context.notices.say(line(note));
        }
        if !self.stat {
            diff.files = self.with_texts(&client, workspace, std::mem::take(&mut diff.files)).await?;
        }
        match (context.json(), self.stat) {
            (true, _) => context.output.json(&diff)?,
            (false, true) => table(&mut context.output, &diff)?,
            (false, false) => patch::write(&mut context.output, &diff)?,
        }
        Ok(Exit::Done)
    }

    /// Leaves only the files that were named; one that is not there is said.
    fn keep_wanted(&self, diff: &mut Difference) -> Result<(), Failure> {
        if self.paths.is_empty() {
            return Ok(());
        }
        let wanted: Vec<&str> =
            self.paths.iter().map(|path| path.strip_prefix("./").unwrap_or(path).trim_end_matches('/')).collect();
        let fits = |file: &File, path: &str| {
            let below = |name: &String| {
                name.strip_prefix(path).is_some_and(|rest| path.is_empty() || rest.is_empty() || rest.starts_with('/'))
            };
            below(&file.path) || file.old_path.as_ref().is_some_and(below)
        };
        if let Some(missing) = wanted.iter().find(|path| !diff.files.iter().any(|file| fits(file, path))) {
            return Err(Failure::not_found(format!(
                "nothing changed in {missing} between {} and {}",
                diff.from, diff.to
            ))
            .hint("without a path, all files are shown; paths begin at the top of the repository"));
        }
        diff.files.retain(|file| wanted.iter().any(|path| fits(file, path)));
        diff.total_files = diff.files.len();
        diff.added = diff.files.iter().map(|file| u64::from(file.added)).sum();
        diff.removed = diff.files.iter().map(|file| u64::from(file.removed)).sum();
        Ok(())
    }

    /// The files with their texts. One that has changed back meanwhile is left out.
    async fn with_texts(&self, client: &Client, workspace: WorkspaceId, files: Vec<File>) -> Result<Vec<File>> {
        let read = stream::iter(files).map(|file| async move {
            if file.content != Content::Unread {
                return Ok(Some(file));
            }
            let diff = client.diff(workspace, self.from, self.to, Some(&file.path)).await?;
            Ok::<_, color_eyre::Report>(diff.files.into_iter().find(|found| found.path == file.path))
        });
        read.buffered(AT_ONCE).try_filter_map(|file| async { Ok(file) }).try_collect().await
    }
}

async fn workspace(client: &Client, id: AnyId) -> Result<WorkspaceId> {
    match id {
        AnyId::Workspace(id) => Ok(id),
        AnyId::Session(id) => client.session(id).await?.session.workspace.ok_or_else(|| {
            let failure = Failure::new(Exit::Refused, format!("{id} has no workspace, so it has changed nothing"));
            failure.hint("it gets one when it starts").into()
        }),
        AnyId::PullRequest(id) => client.pull_request(id).await?.pull_request.workspace.ok_or_else(|| {
            let failure = Failure::new(Exit::Refused, format!("the workspace of {id} is gone"));
            failure.hint(format!("`qd pr show {id}` says where it is offered")).into()
        }),
        AnyId::Objective(_) | AnyId::Message(_) | AnyId::Question(_) | AnyId::Artifact(_) => {
            Err(Failure::usage("changes are those of a session, a workspace or a pull request")
                .hint("for example qd diff s1")
                .into())
        }
    }
}

fn table(output: &mut Output, diff: &Difference) -> Result<(), Unwritable> {
    let mut table = Table::new(&["", "ADDED", "REMOVED", "FILE"]);
    for file in &diff.files {
        let count = |paint, count: u32| match count {
            0 => Cell::plain("-"),
            count => Cell::painted(paint, count.to_string()),
        };
        let before = file.old_path.as_ref().map(|path| format!(" ← {path}")).unwrap_or_default();
        let open = if file.uncommitted { " • not committed" } else { "" };
        table.row([
            Cell::plain(file.status.letter().to_string()),
            count(Paint::Good, file.added),
            count(Paint::Bad, file.removed),
            Cell::plain(format!("{}{before}{open}", file.path)),
        ]);
    }
    table.write(output, &format!("nothing changed between {} and {}", diff.from, diff.to))?;
    let left_out = diff.total_files.saturating_sub(diff.files.len());
    let left_out = if left_out > 0 { format!(", {left_out} of them not shown") } else { String::new() };
    let files = super::terminal::count(diff.total_files, "file");
    output.note(format!("{files}{left_out}, +{} −{}", diff.added, diff.removed))
}
