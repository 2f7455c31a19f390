//! The GraphQL interface: the repository, its pull requests, and the mutations that `gh pr` sends.

use serde_json::{Value, json};

use super::{
    Method, NAME, OWNER, PERSON, State,
    pulls::{Kind, Life, person},
    query::{self, Arguments, Resolver, Wrong, connection},
};

/// Answers the body of a request.
pub(super) fn answer(state: &mut State, body: &Value) -> Value {
    query::answer(body, &mut Graph { state })
}

struct Graph<'a> {
    state: &'a mut State,
}

impl Resolver for Graph<'_> {
    fn resolve(&mut self, object: &Value, field: &str, arguments: &Arguments) -> Option<Result<Value, Wrong>> {
        let text = |name: &str| arguments.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        match (object["__typename"].as_str().unwrap_or_default(), field) {
            ("Query", "viewer") => Some(Ok(person(PERSON))),
            ("Query", "rateLimit") => Some(Ok(json!({ "__typename": "RateLimit", "limit": 5000, "cost": 1,
                "remaining": self.state.remaining, "resetAt": "2030-01-01T00:00:00Z" }))),
            ("Query", "repository") => Some(self.repository(&text("owner"), &text("name"))),
            // By this `gh` finds out what an enterprise host of some version can do.
            ("Query", "__type") => Some(Ok(json!({ "__typename": "__Type", "fields": [] }))),
            ("Query", "node") => Some(self.node(&text("id"))),
            ("Repository", "pullRequest") => {
                let number = arguments.get("number").and_then(Value::as_u64).unwrap_or_default();
                let found = self.state.pulls.iter().find(|pull| pull.number == number);
                Some(found.map(|pull| pull.graph(&self.state.around())).ok_or_else(|| {
                    Wrong::not_found(format!("Could not resolve to a PullRequest with the number of {number}."))
                }))
            }
            ("Repository", "pullRequests") => Some(Ok(self.pull_requests(arguments))),
            ("Repository", "forks") => {
                let owners: Vec<String> = self.state.forks.keys().filter(|owner| *owner == PERSON).cloned().collect();
                Some(Ok(connection(owners.iter().map(|owner| self.describe(owner)).collect())))
            }
            ("Mutation", name) => {
                let input = arguments.get("input").cloned().unwrap_or_default();
                Some(self.change(name, &input))
            }
            _ => None,
        }
    }
}

impl Graph<'_> {
    fn repository(&self, owner: &str, name: &str) -> Result<Value, Wrong> {
        let known = owner == OWNER || self.state.forks.contains_key(owner);
        match known && name == NAME {
            true => Ok(self.describe(owner)),
            false => {
                Err(Wrong::not_found(format!("Could not resolve to a Repository with the name '{owner}/{name}'.")))
            }
        }
    }

    fn describe(&self, owner: &str) -> Value {
        let own = owner == PERSON || (owner == OWNER && self.state.may_push);
        let allows = |method| self.state.methods.contains(&method);
        let parent = match owner {
            OWNER => Value::Null,
            _ => self.describe(OWNER),
        };
        json!({
            "__typename": "Repository",
            "id": format!("R_{owner}"),
            "name": NAME,
            "nameWithOwner": format!("{owner}/{NAME}"),
            "owner": person(owner),
            "url": format!("https://{}/{owner}/{NAME}", self.state.host),
            "sshUrl": format!("git@{}:{owner}/{NAME}.git", self.state.host),
            "isPrivate": false,
            "isArchived": false,
            "isFork": owner != OWNER,
            "parent": parent,
            "hasIssuesEnabled": true,
            "hasWikiEnabled": true,
            "description": "a tool",
            "viewerPermission": if own { "WRITE" } else { "READ" },
            "viewerCanAdminister": false,
            "defaultBranchRef": { "__typename": "Ref", "name": "main", "id": "REF_main" },
            "mergeCommitAllowed": allows(Method::Merge),
            "squashMergeAllowed": allows(Method::Squash),
            "rebaseMergeAllowed": allows(Method::Rebase),
            "deleteBranchOnMerge": false,
            "pullRequestTemplates": [],
        })
    }

    fn pull_requests(&self, arguments: &Arguments) -> Value {
        let around = self.state.around();
        let wanted =
            |name: &str, found: &str| arguments.get(name).and_then(Value::as_str).is_none_or(|wanted| wanted == found);
        let states: Option<Vec<&str>> = match arguments.get("states") {
            Some(Value::Array(states)) => Some(states.iter().filter_map(Value::as_str).collect()),
            Some(Value::String(state)) => Some(vec![state]),
            _ => None,
        };
        let in_state = |life: &Life| {
            let state = match life {
                Life::Open => "OPEN",
                Life::Merged(_) => "MERGED",
                Life::Closed => "CLOSED",
            };
            states.as_ref().is_none_or(|states| states.contains(&state))
        };
        let found = self.state.pulls.iter().rev().filter(|pull| {
            wanted("headRefName", &pull.branch) && wanted("baseRefName", &pull.base) && in_state(&pull.life)
        });
        connection(found.map(|pull| pull.graph(&around)).collect())
    }

    fn node(&self, id: &str) -> Result<Value, Wrong> {
        let found = self.state.pulls.iter().find(|pull| format!("PR_{}", pull.number) == id);
        found.map(|pull| pull.graph(&self.state.around())).ok_or_else(|| not_there(id))
    }

    fn change(&mut self, name: &str, input: &Value) -> Result<Value, Wrong> {
        let text = |name: &str| input[name].as_str().unwrap_or_default().to_owned();
        let id = ["pullRequestId", "subjectId"].iter().find_map(|name| input[name].as_str()).unwrap_or_default();
        let number = id.strip_prefix("PR_").and_then(|number| number.parse().ok()).unwrap_or_default();
        if name != "createPullRequest" && self.state.pulls.iter().all(|pull| pull.number != number) {
            return Err(not_there(id));
        }
        match name {
            "createPullRequest" => {
                let head = text("headRefName");
                let (owner, branch) = head.split_once(':').unwrap_or((OWNER, &head));
                let draft = input["draft"] == true;
                let made = self.state.create(owner, branch, &text("baseRefName"), &text("title"), &text("body"), draft);
                let number = made.map_err(|wrong| Wrong {
                    kind: Some("UNPROCESSABLE"),
                    message: wrong["message"].as_str().unwrap_or("Head sha can't be blank").to_owned(),
                })?;
                Ok(self.changed("CreatePullRequestPayload", number))
            }
            "addComment" => {
                let node = self.state.remark(number, PERSON, &text("body"), Kind::Comment);
                let url = format!("https://{}/{OWNER}/{NAME}/pull/{number}#{node}", self.state.host);
                Ok(json!({ "__typename": "AddCommentPayload", "commentEdge": { "__typename": "IssueCommentEdge",
                    "node": { "__typename": "IssueComment", "id": node, "url": url } } }))
            }
            "mergePullRequest" => {
                let method = match input["mergeMethod"].as_str() {
                    Some("SQUASH") => Method::Squash,
                    Some("REBASE") => Method::Rebase,
                    _ => Method::Merge,
                };
                let expected = input["expectedHeadOid"].as_str();
                self.state.merge(number, method, expected).map_err(|(_, message)| Wrong::plain(message))?;
                Ok(self.changed("MergePullRequestPayload", number))
            }
            "closePullRequest" => {
                self.state.pull(number).life = Life::Closed;
                Ok(self.changed("ClosePullRequestPayload", number))
            }
            "markPullRequestReadyForReview" => {
                self.state.pull(number).draft = false;
                Ok(self.changed("MarkPullRequestReadyForReviewPayload", number))
            }
            other => Err(Wrong::plain(format!("Field '{other}' doesn't exist on type 'Mutation'"))),
        }
    }

    fn changed(&mut self, kind: &str, number: u64) -> Value {
        let pull = self.state.pull(number).clone();
        json!({ "__typename": kind, "clientMutationId": null, "pullRequest": pull.graph(&self.state.around()) })
    }
}

fn not_there(id: &str) -> Wrong {
    Wrong::not_found(format!("Could not resolve to a node with the global id of '{id}'"))
}
