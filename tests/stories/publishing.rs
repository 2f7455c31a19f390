//! Agents offer their own work for review where they may, and judge that of others where they are asked to.

use quarterdeck::domain::{SessionId, activity::Doing, pull_request, workspace};
use serde_json::{Value, json};

use crate::{
    home::Home,
    mcp_client::McpClient,
    repository::{Repository, git},
};

fn tools(client: &McpClient) -> Vec<String> {
    let list = client.post(&json!({"method": "tools/list", "jsonrpc": "2.0", "id": 1})).result();
    let names = list["tools"].as_array().expect("tools").iter();
    names.map(|tool| tool["name"].as_str().expect("a name").to_owned()).collect()
}

/// Calls a tool that takes as long as a forge does.
fn told(client: &McpClient, tool: &str, arguments: Value) -> Result<String, String> {
    let mut answer = client.call(2, tool, arguments, json!({"progressToken": 1}));
    assert_eq!(answer.headers["content-type"], "text/event-stream", "it begins at once");
    answer.text()
}

/// Commits a file in the workspace of a session, and waits until that is known.
fn commit(home: &Home, session: SessionId, name: &str) {
    let place = home.until("the workspace is ready", |world| {
        let workspace = world.workspaces.get(&world.sessions.get(&session)?.workspace?)?;
        (workspace.state == workspace::State::Ready).then(|| workspace.path.clone())
    });
    std::fs::write(place.join(name), "a change\n").expect("written");
    git(home, &place, &["add", name]);
    git(home, &place, &["commit", "--quiet", "--message", name]);
    home.until("the commit is counted", |world| {
        let workspace = world.workspaces.get(&world.sessions.get(&session)?.workspace?)?;
        workspace.changed.as_ref().filter(|changed| changed.commits > 0).map(drop)
    });
}

#[test]
fn an_agent_that_may_offers_its_work_with_its_report_as_the_text() {
    let home = Home::new();
    let repository = Repository::with_one_commit(&home, "repository");
    let session = home.start(&["--repo", repository.path(), "--title", "Lock it", "do the work play:work"]);
    home.until_doing(session, Doing::YourTurn);
    commit(&home, session, "lock.txt");
    let client = McpClient::of(&home, session).initialized("2025-11-25");
    assert!(!tools(&client).iter().any(|name| name.ends_with("_pr") || name == "submit_review"));
    let refused = told(&client, "publish_pr", json!({})).expect_err("nobody has allowed it");
    assert!(refused.starts_with("Not done: agents may not publish here"), "{refused}");
    assert!(home.world().pull_requests.is_empty());

    let objective = home.detail(session).objective.id.to_string();
    home.done(&["objective", "set", &objective, "--agents-publish", "on"]);
    let may = tools(&client);
    assert_eq!(may[may.len() - 3..], ["publish_pr", "update_pr", "comment_pr"]);
    let none = told(&client, "comment_pr", json!({"text": "Hello"})).expect_err("there is none yet");
    assert!(none.contains("publish_pr opens one"), "{none}");
    let report =
        json!({"outcome": "done", "summary": "It is locked.\n\nWith a lock.", "evidence": "I tried the door."});
    client.told(3, "report_result", report);
    let said = told(&client, "publish_pr", json!({})).expect("published");
    assert!(said.starts_with("Published as p1, on this machine, from qd/"), "{said}");
    let offer = home.world().pull_requests.into_values().next().expect("a pull request");
    assert_eq!((offer.title.as_str(), offer.forge), ("Lock it", pull_request::Forge::Local));
    assert_eq!(offer.body, "It is locked.\n\nWith a lock.\n\n# Evidence\n\nI tried the door.");
    assert_eq!(offer.state, pull_request::State::Open);

    let said = told(&client, "update_pr", json!({"title": "Lock the door"})).expect("updated");
    assert!(said.starts_with("Updated: p1"), "{said}");
    let said = told(&client, "comment_pr", json!({"text": "The key is under the mat."})).expect("said");
    assert!(said.starts_with("Said on p1"), "{said}");
    let shown: Value = serde_json::from_str(&home.done(&["pr", "show", "p1", "--json"])).expect("JSON");
    assert_eq!(shown["pull_request"]["title"], "Lock the door");
    assert_eq!(shown["remarks"][0]["state"]["state"], "settled", "its own word gives it no work: {shown}");

    home.done(&["pr", "close", "p1", "--wait"]);
    let closed = told(&client, "publish_pr", json!({})).expect_err("the person closed it");
    assert!(closed.contains("p1 was closed; the person decides what comes next"), "{closed}");
}

#[test]
fn a_reviewer_has_a_tool_for_its_verdict_and_only_what_it_approved_is_published() {
    let home = Home::new();
    let repository = Repository::with_one_commit(&home, "repository");
    let written = format!("[repository.door]\npath = {:?}\nreview = {{ agent = \"stand-in\" }}\n", repository.path());
    std::fs::write(home.qd_home().join("config/repositories.toml"), written).expect("written");
    let author = home.start_with("shell", &["--repo", repository.path(), "sleep 1"]);
    commit(&home, author, "lock.txt");
    let refused = home.run(&["pr", "publish", &author.to_string(), "--wait"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.notices.contains("has not agreed to exactly this change"), "{refused:?}");

    home.until_doing(author, Doing::YourTurn);
    let client = McpClient::of(&home, author).initialized("2025-11-25");
    let nothing = json!({"verdict": "approve", "summary": "I am great"});
    let own = client.call(2, "submit_review", nothing, json!({})).text().expect_err("not its own");
    assert!(own.contains("was not asked to review anything"), "{own}");
    home.send(author, "sleep 3");
    home.until_doing(author, Doing::Working);
    client.told(3, "report_result", json!({"outcome": "done", "summary": "Locked."}));
    let reviewer = home.until("somebody reviews it", |world| world.judgements.keys().next().copied());
    assert_ne!(reviewer, author);
    let client = McpClient::of(&home, reviewer).initialized("2025-11-25");
    let found = tools(&client);
    assert!(found.contains(&"submit_review".to_owned()) && !found.contains(&"publish_pr".to_owned()), "{found:?}");
    let verdict = json!({"verdict": "approve", "summary": "lock.txt locks."});
    assert!(client.told(2, "submit_review", verdict).starts_with("Noted."));
    home.until_state(author, "succeeded");
    let published = home.done(&["pr", "publish", &author.to_string(), "--wait"]);
    assert!(published.starts_with("p1 is open for review on this machine"), "{published}");
}
