//! Looking at many workspaces at once.

use std::time::Duration;

use futures_util::{StreamExt, stream};

use super::context::Context;
use crate::{api::Client, domain::Workspace};

/// How many are asked for at once; the daemon looks at fewer.
const AT_ONCE: usize = 8;

/// A workspace, with what was found in it in time.
#[derive(Debug, Clone)]
pub(super) struct Looked {
    pub(super) workspace: Workspace,
    /// Its size on disk; `None` where it was not found out.
    pub(super) bytes: Option<u64>,
    found: Option<Result<(bool, String), String>>,
}

impl Looked {
    /// Nothing would be lost with it.
    pub(super) fn can_go(&self) -> bool {
        matches!(self.found, Some(Ok((true, _))))
    }

    /// Why it can go, or why it stays.
    pub(super) fn verdict(&self) -> String {
        match &self.found {
            Some(Ok((_, verdict))) => verdict.clone(),
            Some(Err(problem)) => problem.clone(),
            None => "it was not looked at in time".into(),
        }
    }

    /// It can go; `None` where that was not found out in time.
    pub(super) fn removable(&self) -> Option<bool> {
        self.found.as_ref().map(|_| self.can_go())
    }
}

/// Looks at `workspaces`, for so long at most, and says how far it has come.
pub(super) async fn look_at(
    context: &Context,
    client: &Client,
    workspaces: Vec<Workspace>,
    within: Option<Duration>,
) -> Vec<Looked> {
    let mut looked: Vec<Looked> =
        workspaces.into_iter().map(|workspace| Looked { workspace, bytes: None, found: None }).collect();
    let ids: Vec<_> = looked.iter().map(|looked| looked.workspace.id).collect();
    let mut answers = stream::iter(ids.iter().enumerate())
        .map(|(place, &id)| async move { (place, client.workspace(id).await) })
        .buffer_unordered(AT_ONCE);
    let until = within.map(|within| tokio::time::Instant::now() + within);
    let mut done = 0;
    loop {
        context.notices.show(format!("looking at workspaces: {done} of {}", ids.len()));
        let next = match until {
            Some(until) => tokio::time::timeout_at(until, answers.next()).await.ok().flatten(),
            None => answers.next().await,
        };
        let Some((place, answer)) = next else { break };
        done += 1;
        looked[place].bytes = answer.as_ref().ok().map(|found| found.bytes);
        looked[place].found =
            Some(answer.map(|found| (found.removable, found.verdict)).map_err(|error| error.to_string()));
    }
    context.notices.show("");
    drop(answers);
    looked
}
