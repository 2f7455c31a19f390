//! What the scripted forge knows of pull requests, and how it looks to who asks.

use serde_json::{Value, json};

use super::{NAME, PERSON, query::connection};

/// How a pull request is merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Merge,
    Squash,
    Rebase,
}

/// What a check says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    Running,
    Passes,
    Fails(String),
}

#[derive(Debug, Clone)]
pub(super) struct Check {
    pub(super) id: u64,
    pub(super) commit: String,
    pub(super) name: String,
    pub(super) outcome: Outcome,
    /// A commit status, not a check run.
    pub(super) is_status: bool,
    /// The workflow of GitHub Actions that runs it.
    pub(super) workflow: Option<String>,
}

#[derive(Debug, Clone)]
pub(super) struct Remark {
    pub(super) id: u64,
    pub(super) author: String,
    pub(super) body: String,
    pub(super) kind: Kind,
}

#[derive(Debug, Clone)]
pub(super) enum Kind {
    Review { state: String },
    Line { path: String, line: u64, resolved: bool },
    Comment,
}

/// A pull request.
#[derive(Debug, Clone)]
pub(super) struct Pull {
    pub(super) number: u64,
    pub(super) author: String,
    pub(super) title: String,
    pub(super) body: String,
    pub(super) base: String,
    /// Whose repository the branch is in.
    pub(super) head_owner: String,
    pub(super) branch: String,
    pub(super) draft: bool,
    pub(super) life: Life,
    /// Where the branch stood when it was last there.
    pub(super) head: String,
    /// Where its base stood then.
    pub(super) onto: String,
    /// It could be merged then.
    pub(super) fits: bool,
    pub(super) remarks: Vec<Remark>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Life {
    Open,
    Merged(String),
    Closed,
}

/// What surrounds pull requests.
pub(super) struct Around<'a> {
    pub(super) owner: &'a str,
    pub(super) web: String,
    pub(super) checks: &'a [Check],
    pub(super) counts_conflicts: bool,
}

const WHEN: &str = "2026-01-02T03:04:05Z";

impl Pull {
    /// How GraphQL shows it.
    pub(super) fn graph(&self, around: &Around<'_>) -> Value {
        let Around { owner, web, checks: _, counts_conflicts } = around;
        let url = format!("{web}/pull/{}", self.number);
        let open = self.life == Life::Open;
        let mergeable = match (open && *counts_conflicts, self.fits) {
            (false, _) => "UNKNOWN",
            (true, true) => "MERGEABLE",
            (true, false) => "CONFLICTING",
        };
        let merged = match &self.life {
            Life::Merged(commit) => json!({ "__typename": "Commit", "oid": commit, "id": format!("C_{commit}") }),
            Life::Open | Life::Closed => Value::Null,
        };
        let of = |wanted: fn(&Kind) -> bool| self.remarks.iter().filter(move |remark| wanted(&remark.kind));
        json!({
            "__typename": "PullRequest",
            "id": format!("PR_{}", self.number),
            "databaseId": self.number,
            "number": self.number,
            "title": self.title,
            "body": self.body,
            "url": url,
            "state": match self.life { Life::Open => "OPEN", Life::Merged(_) => "MERGED", Life::Closed => "CLOSED" },
            "isDraft": self.draft,
            "createdAt": WHEN,
            "updatedAt": WHEN,
            "mergedAt": matches!(self.life, Life::Merged(_)).then_some(WHEN),
            "closedAt": (!open).then_some(WHEN),
            "merged": matches!(self.life, Life::Merged(_)),
            "mergeCommit": merged,
            "headRefName": self.branch,
            "headRefOid": self.head,
            "baseRefName": self.base,
            "baseRefOid": self.onto,
            "headRepositoryOwner": person(&self.head_owner),
            "headRepository": { "__typename": "Repository", "id": format!("R_{}", self.head_owner), "name": NAME,
                "nameWithOwner": format!("{}/{NAME}", self.head_owner) },
            "isCrossRepository": self.head_owner != *owner,
            "maintainerCanModify": true,
            "author": person(&self.author),
            "mergeable": mergeable,
            "mergeStateStatus": match mergeable { "CONFLICTING" => "DIRTY", "MERGEABLE" => "CLEAN", _ => "UNKNOWN" },
            "potentialMergeCommit": null,
            "reviewDecision": self.decision(),
            "reviews": connection(of(|kind| matches!(kind, Kind::Review { .. })).map(|r| r.graph(&url)).collect()),
            "comments": connection(of(|kind| matches!(kind, Kind::Comment)).map(|r| r.graph(&url)).collect()),
            "reviewThreads": connection(of(|kind| matches!(kind, Kind::Line { .. })).map(|r| r.thread(&url)).collect()),
            "commits": connection(vec![self.commit(around)]),
        })
    }

    /// The commit it offers, with what checks say of it.
    fn commit(&self, around: &Around<'_>) -> Value {
        let checks = around.checks.iter().filter(|check| check.commit == self.head);
        let contexts: Vec<Value> = checks.map(|check| check.graph(&around.web)).collect();
        let rollup = (!contexts.is_empty()).then(|| {
            json!({
                "__typename": "StatusCheckRollup",
                "state": rollup(&contexts),
                "contexts": connection(contexts.clone()),
            })
        });
        json!({
            "__typename": "PullRequestCommit",
            "commit": { "__typename": "Commit", "oid": self.head, "statusCheckRollup": rollup },
        })
    }

    /// How the REST interface shows it.
    pub(super) fn rest(&self, around: &Around<'_>) -> Value {
        json!({
            "number": self.number,
            "node_id": format!("PR_{}", self.number),
            "html_url": format!("{}/pull/{}", around.web, self.number),
            "state": if self.life == Life::Open { "open" } else { "closed" },
            "merged": matches!(self.life, Life::Merged(_)),
            "draft": self.draft,
            "title": self.title,
            "body": self.body,
            "head": { "ref": self.branch, "sha": self.head, "label": format!("{}:{}", self.head_owner, self.branch) },
            "base": { "ref": self.base },
        })
    }

    fn decision(&self) -> Value {
        let mut states = self.remarks.iter().filter_map(|remark| match &remark.kind {
            Kind::Review { state } => Some(state.as_str()),
            Kind::Line { .. } | Kind::Comment => None,
        });
        match states.rfind(|state| ["APPROVED", "CHANGES_REQUESTED"].contains(state)) {
            Some(state) => state.into(),
            None => Value::Null,
        }
    }
}

impl Remark {
    fn graph(&self, url: &str) -> Value {
        let common = json!({
            "id": self.node(),
            "databaseId": self.id,
            "author": person(&self.author),
            "body": self.body,
            "createdAt": WHEN,
            "submittedAt": WHEN,
            "authorAssociation": "MEMBER",
            "includesCreatedEdit": false,
            "isMinimized": false,
            "minimizedReason": null,
            "reactionGroups": [],
            "viewerDidAuthor": self.author == PERSON,
            "commit": null,
            "url": format!("{url}#{}", self.node()),
        });
        let mut seen = common;
        match &self.kind {
            Kind::Review { state } => {
                seen["__typename"] = "PullRequestReview".into();
                seen["state"] = state.as_str().into();
            }
            Kind::Line { path, line, .. } => {
                seen["__typename"] = "PullRequestReviewComment".into();
                seen["path"] = path.as_str().into();
                seen["line"] = (*line).into();
                seen["originalLine"] = (*line).into();
                seen["diffHunk"] = "@@ -1 +1 @@".into();
            }
            Kind::Comment => seen["__typename"] = "IssueComment".into(),
        }
        seen
    }

    fn thread(&self, url: &str) -> Value {
        let (path, line, resolved) = match &self.kind {
            Kind::Line { path, line, resolved } => (path.as_str(), *line, *resolved),
            Kind::Review { .. } | Kind::Comment => ("", 0, false),
        };
        json!({
            "__typename": "PullRequestReviewThread",
            "id": format!("PRRT_{}", self.id),
            "isResolved": resolved,
            "isOutdated": false,
            "path": path,
            "line": line,
            "originalLine": line,
            "comments": connection(vec![self.graph(url)]),
        })
    }

    pub(super) fn node(&self) -> String {
        let kind = match self.kind {
            Kind::Review { .. } => "PRR",
            Kind::Line { .. } => "PRRC",
            Kind::Comment => "IC",
        };
        format!("{kind}_{}", self.id)
    }
}

impl Check {
    fn graph(&self, web: &str) -> Value {
        let url = format!("{web}/runs/{}", self.id);
        let words = match &self.outcome {
            Outcome::Fails(words) => Some(words.as_str()),
            Outcome::Running | Outcome::Passes => None,
        };
        if self.is_status {
            let state = match self.outcome {
                Outcome::Running => "PENDING",
                Outcome::Passes => "SUCCESS",
                Outcome::Fails(_) => "FAILURE",
            };
            return json!({ "__typename": "StatusContext", "id": format!("SC_{}", self.id), "context": self.name,
                "state": state, "targetUrl": url, "description": words, "createdAt": WHEN, "isRequired": false });
        }
        let run = self
            .workflow
            .as_ref()
            .map(|name| json!({ "__typename": "WorkflowRun", "workflow": { "__typename": "Workflow", "name": name } }));
        let shown = words.filter(|_| self.workflow.is_none());
        let (status, conclusion) = match self.outcome {
            Outcome::Running => ("IN_PROGRESS", None),
            Outcome::Passes => ("COMPLETED", Some("SUCCESS")),
            Outcome::Fails(_) => ("COMPLETED", Some("FAILURE")),
        };
        json!({ "__typename": "CheckRun", "id": format!("CR_{}", self.id), "databaseId": self.id, "name": self.name,
            "status": status, "conclusion": conclusion, "detailsUrl": url, "permalink": url, "startedAt": WHEN,
            "completedAt": conclusion.map(|_| WHEN), "title": shown.map(|_| "it failed"), "summary": shown,
            "text": null, "isRequired": false,
            "checkSuite": { "__typename": "CheckSuite", "id": "CS_1", "workflowRun": run } })
    }
}

fn rollup(contexts: &[Value]) -> &'static str {
    let any = |key: &str, wanted: &str| contexts.iter().any(|context| context[key] == wanted);
    match () {
        () if any("conclusion", "FAILURE") || any("state", "FAILURE") => "FAILURE",
        () if any("status", "IN_PROGRESS") || any("state", "PENDING") => "PENDING",
        () => "SUCCESS",
    }
}

/// An account, or nobody where the account is gone.
pub(super) fn person(login: &str) -> Value {
    match login {
        "" => Value::Null,
        login => {
            json!({ "__typename": "User", "id": format!("U_{login}"), "login": login, "name": login, "databaseId": 1 })
        }
    }
}
