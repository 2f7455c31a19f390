//! Pull requests.

use std::path::PathBuf;

use rusqlite::{Connection, Row};

use super::upsert;
use crate::{
    domain::{
        PullRequest,
        pull_request::{Aside, Checks, Mergeable, Method, State, Step},
    },
    store::columns::{list, list_of, text_of, unknown, word},
};

pub(in crate::store) fn write(connection: &Connection, pull_request: &PullRequest) -> rusqlite::Result<()> {
    let (state, merge_commit) = match &pull_request.state {
        State::Draft => ("draft", None),
        State::Open => ("open", None),
        State::Closed => ("closed", None),
        State::Merged { commit } => ("merged", commit.as_deref()),
    };
    let (mergeable, conflicts) = match &pull_request.mergeable {
        Mergeable::Unknown => ("unknown", None),
        Mergeable::Clean => ("clean", None),
        Mergeable::Conflicts { files } => ("conflicts", Some(list_of(files)?)),
    };
    let step = StepColumns::of(pull_request.step.as_ref());
    let checks = &pull_request.checks;
    upsert(
        connection,
        "pull_requests",
        &[
            ("id", &pull_request.id),
            ("objective", &pull_request.objective),
            ("session", &pull_request.session),
            ("workspace", &pull_request.workspace),
            ("repository", &text_of(&pull_request.repository)?),
            ("forge", &pull_request.forge),
            ("number", &pull_request.number),
            ("url", &pull_request.url),
            ("branch", &pull_request.branch),
            ("base", &pull_request.base),
            ("title", &pull_request.title),
            ("head", &pull_request.head),
            ("state", &state),
            ("merge_commit", &merge_commit),
            ("state_since", &pull_request.state_since),
            ("step", &step.word),
            ("step_text", &step.text),
            ("step_method", &step.method),
            ("step_moves", &step.moves),
            ("problem", &pull_request.problem),
            ("checks_passed", &checks.passed),
            ("checks_pending", &checks.pending),
            ("checks_failed", &list_of(&checks.failed)?),
            ("review", &pull_request.review),
            ("mergeable", &mergeable),
            ("conflicts", &conflicts),
            ("aside_branch", &pull_request.aside.as_ref().map(|aside| &aside.branch)),
            ("aside_commit", &pull_request.aside.as_ref().map(|aside| &aside.commit)),
            ("seen_at", &pull_request.seen_at),
            ("created_at", &pull_request.created_at),
            ("body", &pull_request.body),
        ],
    )
}

pub(in crate::store) fn read(row: &Row<'_>) -> rusqlite::Result<PullRequest> {
    Ok(PullRequest {
        id: row.get("id")?,
        objective: row.get("objective")?,
        session: row.get("session")?,
        workspace: row.get("workspace")?,
        repository: PathBuf::from(row.get::<_, String>("repository")?),
        forge: row.get("forge")?,
        number: row.get("number")?,
        url: row.get("url")?,
        branch: row.get("branch")?,
        base: row.get("base")?,
        title: row.get("title")?,
        body: row.get("body")?,
        head: row.get("head")?,
        state: read_state(row)?,
        state_since: row.get("state_since")?,
        step: read_step(row)?,
        problem: row.get("problem")?,
        checks: Checks {
            passed: row.get("checks_passed")?,
            pending: row.get("checks_pending")?,
            failed: list(row, "checks_failed")?,
        },
        review: row.get("review")?,
        mergeable: read_mergeable(row)?,
        aside: read_aside(row)?,
        seen_at: row.get("seen_at")?,
        created_at: row.get("created_at")?,
    })
}

fn read_state(row: &Row<'_>) -> rusqlite::Result<State> {
    Ok(match word(row, "state")? {
        "draft" => State::Draft,
        "open" => State::Open,
        "closed" => State::Closed,
        "merged" => State::Merged { commit: row.get("merge_commit")? },
        found => return Err(unknown("pull_requests.state", found)),
    })
}

fn read_aside(row: &Row<'_>) -> rusqlite::Result<Option<Aside>> {
    let Some(branch) = row.get("aside_branch")? else { return Ok(None) };
    Ok(Some(Aside { branch, commit: row.get("aside_commit")? }))
}

fn read_mergeable(row: &Row<'_>) -> rusqlite::Result<Mergeable> {
    Ok(match word(row, "mergeable")? {
        "unknown" => Mergeable::Unknown,
        "clean" => Mergeable::Clean,
        "conflicts" => Mergeable::Conflicts { files: list(row, "conflicts")? },
        found => return Err(unknown("pull_requests.mergeable", found)),
    })
}

/// A step, taken apart.
#[derive(Default)]
struct StepColumns<'step> {
    word: Option<&'static str>,
    text: Option<&'step str>,
    method: Option<Method>,
    moves: Option<bool>,
}

impl<'step> StepColumns<'step> {
    fn of(step: Option<&'step Step>) -> Self {
        let nothing = Self::default();
        match step {
            None => nothing,
            Some(Step::Publish { force }) => Self { word: Some("publish"), text: force.as_deref(), ..nothing },
            Some(Step::Describe) => Self { word: Some("describe"), ..nothing },
            Some(Step::Comment { text }) => Self { word: Some("comment"), text: Some(text), ..nothing },
            Some(Step::Merge { method, move_checkout }) => {
                Self { word: Some("merge"), method: Some(*method), moves: Some(*move_checkout), ..nothing }
            }
            Some(Step::Close) => Self { word: Some("close"), ..nothing },
        }
    }
}

fn read_step(row: &Row<'_>) -> rusqlite::Result<Option<Step>> {
    let Some(step) = row.get_ref("step")?.as_str_or_null().map_err(|_| unknown("pull_requests.step", "no text"))?
    else {
        return Ok(None);
    };
    Ok(Some(match step {
        "publish" => Step::Publish { force: row.get("step_text")? },
        "describe" => Step::Describe,
        "comment" => Step::Comment { text: row.get("step_text")? },
        "merge" => Step::Merge { method: row.get("step_method")?, move_checkout: row.get("step_moves")? },
        "close" => Step::Close,
        found => return Err(unknown("pull_requests.step", found)),
    }))
}
