//! The REST interface: what `gh api` and `gh pr merge -d` call.

use serde_json::{Value, json};

use super::{
    Method, NAME, OWNER, PERSON, State,
    pulls::{Kind, Life, Outcome},
};

/// The code and body that answer a request.
pub(super) fn answer(state: &mut State, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let below = match parts.as_slice() {
        ["repos", OWNER, NAME, below @ ..] => below,
        _ => return refused(404, "Not Found"),
    };
    match (method, below) {
        ("POST", ["pulls"]) => create(state, body),
        ("GET", ["pulls", number]) => shown(state, number, 200),
        ("PATCH", ["pulls", number]) => update(state, number, body),
        ("PUT", ["pulls", number, "merge"]) => merge(state, number, body),
        ("POST", ["issues", number, "comments"]) => comment(state, number, body),
        ("GET", ["actions", "jobs", job, "logs"]) => log(state, job),
        ("DELETE", ["git", "refs", "heads", branch @ ..]) => {
            let branch = branch.join("/").replace("%2F", "/");
            state.bare.git(&["update-ref", "-d", &format!("refs/heads/{branch}")]);
            (204, Value::Null)
        }
        _ => refused(404, "Not Found"),
    }
}

fn create(state: &mut State, body: &Value) -> (u16, Value) {
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    let (head, base) = (text("head"), text("base"));
    let (owner, branch) = head.split_once(':').unwrap_or((OWNER, &head));
    match state.create(owner, branch, &base, &text("title"), &text("body"), body["draft"] == true) {
        Ok(number) => shown(state, &number.to_string(), 201),
        Err(wrong) => {
            (422, json!({ "message": "Validation Failed", "errors": [wrong], "documentation_url": "https://docs" }))
        }
    }
}

fn shown(state: &mut State, number: &str, code: u16) -> (u16, Value) {
    let Some(at) = find(state, number) else { return refused(404, "Not Found") };
    (code, state.pulls[at].rest(&state.around()))
}

fn update(state: &mut State, number: &str, body: &Value) -> (u16, Value) {
    let Some(at) = find(state, number) else { return refused(404, "Not Found") };
    let pull = &mut state.pulls[at];
    if let Some(title) = body["title"].as_str() {
        pull.title = title.into();
    }
    if let Some(text) = body["body"].as_str() {
        pull.body = text.into();
    }
    match body["state"].as_str() {
        Some("closed") if pull.life == Life::Open => pull.life = Life::Closed,
        Some("open") if pull.life == Life::Closed => pull.life = Life::Open,
        _ => {}
    }
    shown(state, number, 200)
}

fn merge(state: &mut State, number: &str, body: &Value) -> (u16, Value) {
    let Some(at) = find(state, number) else { return refused(404, "Not Found") };
    if !state.may_push {
        return refused(403, "Resource not accessible by personal access token");
    }
    let number = state.pulls[at].number;
    let method = match body["merge_method"].as_str() {
        Some("squash") => Method::Squash,
        Some("rebase") => Method::Rebase,
        _ => Method::Merge,
    };
    match state.merge(number, method, body["sha"].as_str()) {
        Ok(sha) => (200, json!({ "sha": sha, "merged": true, "message": "Pull Request successfully merged" })),
        Err((code, message)) => refused(code, &message),
    }
}

fn comment(state: &mut State, number: &str, body: &Value) -> (u16, Value) {
    let Some(at) = find(state, number) else { return refused(404, "Not Found") };
    let number = state.pulls[at].number;
    let node = state.remark(number, PERSON, body["body"].as_str().unwrap_or_default(), Kind::Comment);
    (201, json!({ "id": 1, "node_id": node, "html_url": format!("https://{}/comment", state.host) }))
}

/// As text, which a JSON string becomes.
fn log(state: &State, job: &str) -> (u16, Value) {
    let check = state.checks.iter().find(|check| check.workflow.is_some() && check.id.to_string() == job);
    match check.map(|check| &check.outcome) {
        Some(Outcome::Fails(words)) => {
            let time = "2026-01-02T03:04:05.6789012Z";
            let words: String = words.lines().map(|line| format!("{time} {line}\n")).collect();
            let log = format!("{words}{time} ##[error]Process completed with exit code 1.\n{time} Post job cleanup.\n");
            (200, Value::String(log))
        }
        Some(Outcome::Running | Outcome::Passes) | None => refused(404, "Not Found"),
    }
}

fn find(state: &State, number: &str) -> Option<usize> {
    state.pulls.iter().position(|pull| pull.number.to_string() == number)
}

fn refused(code: u16, message: &str) -> (u16, Value) {
    (code, json!({ "message": message, "documentation_url": "https://docs.github.com/rest" }))
}

impl State {
    /// Opens a pull request as the person, or says what is wrong with it as GitHub does.
    pub(super) fn create(
        &mut self,
        owner: &str,
        branch: &str,
        base: &str,
        title: &str,
        body: &str,
        draft: bool,
    ) -> Result<u64, Value> {
        let invalid = |field: &str| json!({ "resource": "PullRequest", "field": field, "code": "invalid" });
        let custom = |message: String| json!({ "resource": "PullRequest", "code": "custom", "message": message });
        let home = if owner == OWNER { Some(&self.bare) } else { self.forks.get(owner) };
        let Some((home, head)) = home.and_then(|home| home.tip(branch).map(|head| (home, head))) else {
            return Err(invalid("head"));
        };
        let Some(tip) = self.bare.tip(base) else { return Err(invalid("base")) };
        let place = home.0.display().to_string();
        self.bare.git(&["fetch", "--quiet", "--no-tags", &place, &format!("refs/heads/{branch}")]);
        if self.bare.ahead(&tip, &head) == 0 {
            return Err(custom(format!("No commits between {base} and {branch}")));
        }
        let same = |pull: &super::Pull| pull.head_owner == owner && pull.branch == branch && pull.base == base;
        if self.pulls.iter().any(|pull| same(pull) && pull.life == Life::Open) {
            return Err(custom(format!("A pull request already exists for {owner}:{branch}.")));
        }
        Ok(self.open(PERSON, owner, branch, base, title, body, draft))
    }
}
