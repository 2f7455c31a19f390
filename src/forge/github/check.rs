//! How GitHub shows the checks of a commit, and what they mean.

use jiff::Timestamp as Moment;
use serde::Deserialize;

use crate::forge::seen::{Check, Outcome};

/// How much of what a failed check says is kept, in characters.
const WORDS: usize = 4000;

/// A check run, or a status as older services give it.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "__typename")]
pub(super) enum Context {
    #[serde(rename = "CheckRun")]
    Run(Run),
    #[serde(rename = "StatusContext")]
    Status(Status),
    /// Something newer than this program.
    #[serde(other)]
    Unknown,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Run {
    database_id: Option<u64>,
    name: String,
    status: String,
    conclusion: Option<String>,
    details_url: Option<String>,
    title: Option<String>,
    summary: Option<String>,
    started_at: Option<Moment>,
    completed_at: Option<Moment>,
    check_suite: Option<Suite>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Suite {
    workflow_run: Option<WorkflowRun>,
}

#[derive(Debug, Clone, Deserialize)]
struct WorkflowRun {
    workflow: Workflow,
}

#[derive(Debug, Clone, Deserialize)]
struct Workflow {
    name: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Status {
    context: String,
    state: String,
    target_url: Option<String>,
    description: Option<String>,
}

impl Context {
    /// What all of them say; of a check that was run again, the last run.
    pub(super) fn checks(contexts: &[Self]) -> Vec<Check> {
        let runs = || {
            contexts.iter().filter_map(|context| match context {
                Context::Run(run) => Some(run),
                Context::Status(_) | Context::Unknown => None,
            })
        };
        contexts
            .iter()
            .filter_map(|context| match context {
                Context::Run(run) if runs().any(|other| other.repeats(run)) => None,
                Context::Run(run) => Some(run.check()),
                Context::Status(status) => Some(status.check()),
                Context::Unknown => None,
            })
            .collect()
    }
}

impl Run {
    /// It is the same check as `other`, begun when that had ended. Two that overlap were asked for separately, for
    /// example by a push and by the pull request.
    fn repeats(&self, other: &Run) -> bool {
        let after = self.started_at.zip(other.completed_at).is_some_and(|(started, ended)| started >= ended);
        after && self.name() == other.name() && !std::ptr::eq(self, other)
    }

    fn workflow_run(&self) -> Option<&WorkflowRun> {
        self.check_suite.as_ref()?.workflow_run.as_ref()
    }

    fn name(&self) -> String {
        match self.workflow_run() {
            Some(run) => format!("{} / {}", run.workflow.name, self.name),
            None => self.name.clone(),
        }
    }

    fn check(&self) -> Check {
        let outcome = match self.conclusion.as_deref().filter(|_| self.status == "COMPLETED") {
            None | Some("STALE") => Outcome::Pending,
            Some("SUCCESS" | "NEUTRAL" | "SKIPPED") => Outcome::Passed,
            Some(_) => Outcome::Failed { words: words(&[&self.title, &self.summary]) },
        };
        // What GitHub Actions runs has the same number as a check and as a job.
        let job = self.database_id.filter(|_| self.workflow_run().is_some());
        Check { name: self.name(), outcome, url: self.details_url.clone(), job }
    }
}

impl Status {
    fn check(&self) -> Check {
        let outcome = match self.state.as_str() {
            "SUCCESS" => Outcome::Passed,
            "FAILURE" | "ERROR" => Outcome::Failed { words: words(&[&self.description]) },
            _ => Outcome::Pending,
        };
        Check { name: self.context.clone(), outcome, url: self.target_url.clone(), job: None }
    }
}

fn words(parts: &[&Option<String>]) -> String {
    let parts: Vec<&str> = parts.iter().filter_map(|part| part.as_deref()).filter(|part| !part.is_empty()).collect();
    parts.join("\n").chars().take(WORDS).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn checks(contexts: serde_json::Value) -> Vec<(String, Outcome)> {
        let contexts: Vec<Context> = serde_json::from_value(contexts).expect("contexts");
        Context::checks(&contexts).into_iter().map(|check| (check.name, check.outcome)).collect()
    }

    fn run(started: &str, completed: Option<&str>, conclusion: Option<&str>) -> serde_json::Value {
        json!({ "__typename": "CheckRun", "databaseId": 7, "name": "build", "status": completed.map_or("IN_PROGRESS", |_| "COMPLETED"),
            "conclusion": conclusion, "detailsUrl": null, "title": null, "summary": "it broke",
            "startedAt": format!("2026-01-01T{started}Z"),
            "completedAt": completed.map(|at| format!("2026-01-01T{at}Z")),
            "checkSuite": { "workflowRun": { "workflow": { "name": "ci" } } } })
    }

    #[test]
    fn of_a_check_that_was_run_again_the_last_run_counts() {
        let first = run("10:00:00", Some("10:05:00"), Some("FAILURE"));
        let again = run("11:00:00", Some("11:05:00"), Some("SUCCESS"));
        assert_eq!(checks(json!([first, again])), [("ci / build".into(), Outcome::Passed)]);
        let running = run("12:00:00", None, None);
        assert_eq!(checks(json!([again, running])), [("ci / build".into(), Outcome::Pending)]);
    }

    #[test]
    fn two_runs_side_by_side_both_count() {
        let push = run("10:00:00", Some("10:05:00"), Some("FAILURE"));
        let request = run("10:00:01", Some("10:04:00"), Some("SUCCESS"));
        let both = checks(json!([push, request]));
        assert_eq!(both[0].1, Outcome::Failed { words: "it broke".into() });
        assert_eq!(both[1].1, Outcome::Passed);
    }
}
