//! What agents ask, report and leave through their tools reaches the person, and the answer reaches the agent.

use quarterdeck::domain::{
    Question, SessionId,
    activity::Doing,
    question::{Kind, State},
};
use serde_json::{Value, json};

use crate::{
    home::Home,
    mcp_client::{Answer, McpClient},
    wait::until_true,
};

const OLDER: [&str; 2] = ["2025-06-18", "2025-11-25"];
const NEWER: &str = "2026-07-28";

/// A session whose agent has had its first turn, and the tools of its agent.
fn at_work(home: &Home) -> (SessionId, McpClient) {
    let session = home.start(&["do the work play:work"]);
    home.until_doing(session, Doing::YourTurn);
    (session, McpClient::of(home, session))
}

/// A request as a client of the newer protocol makes it: it says with each what it speaks.
fn newer(id: u32, method: &str, name: Option<&str>, params: Value) -> (Value, Vec<(&'static str, String)>) {
    let mut params = params;
    params["_meta"]["io.modelcontextprotocol/protocolVersion"] = NEWER.into();
    params["_meta"]["io.modelcontextprotocol/clientInfo"] = json!({"name": "claude-code", "version": "2.1.329"});
    params["_meta"]["io.modelcontextprotocol/clientCapabilities"] = json!({"elicitation": {"form": {}, "url": {}}});
    let mut headers = vec![("mcp-protocol-version", NEWER.to_owned()), ("mcp-method", method.to_owned())];
    headers.extend(name.map(|name| ("mcp-name", name.to_owned())));
    (json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}), headers)
}

fn send_newer(client: &McpClient, id: u32, method: &str, name: Option<&str>, params: Value) -> Answer {
    let (message, headers) = newer(id, method, name, params);
    headers.iter().fold(client.clone(), |client, (name, value)| client.with(name, value)).post(&message)
}

fn names(list: &Value) -> Vec<&str> {
    let tools = list["tools"].as_array().expect("tools");
    tools.iter().map(|tool| tool["name"].as_str().expect("a name")).collect()
}

fn asked(home: &Home, session: SessionId) -> Question {
    home.until_asked(session, Kind::AskUser)
}

#[test]
fn both_generations_of_the_protocol_find_the_same_tools() {
    let home = Home::new();
    let (_, client) = at_work(&home);
    let tools = ["ask_user", "report_result", "report_progress", "create_note", "list_artifacts", "read_artifact"];
    for version in OLDER {
        let client = client.initialized(version);
        let list = client.post(&json!({"method": "tools/list", "jsonrpc": "2.0", "id": 1})).result();
        assert_eq!(names(&list), tools);
        // What a client asks for that we have nothing of.
        assert_eq!(client.send("GET", "").status, 405);
        assert_eq!(client.send("DELETE", "").status, 405);
        let pong = client.post(&json!({"method": "ping", "jsonrpc": "2.0", "id": 2})).result();
        assert_eq!(pong, json!({}));
    }
    let found = send_newer(&client, 1, "server/discover", None, json!({})).result();
    assert!(found["supportedVersions"].as_array().expect("versions").contains(&json!(NEWER)), "{found}");
    assert!(found["instructions"].as_str().is_some_and(|text| text.contains("ask_user")), "{found}");
    let list = send_newer(&client, 2, "tools/list", None, json!({})).result();
    assert_eq!(names(&list), tools);
}

#[test]
fn a_tool_does_what_it_says() {
    let home = Home::new();
    let (session, client) = at_work(&home);
    let older = client.initialized("2025-11-25");
    assert_eq!(older.told(2, "report_progress", json!({"text": "half of it\nis done"})), "Noted. Go on.");
    assert_eq!(home.detail(session).session.progress.as_deref(), Some("half of it is done"));
    assert_eq!(older.told(3, "list_artifacts", json!({})), "Nothing was left for this objective yet.");
    let kept = older.told(4, "create_note", json!({"title": "How it works", "body": "# So\n"}));
    assert!(kept.ends_with("It is kept as f1."), "{kept}");
    let call = json!({"name": "list_artifacts", "arguments": {}});
    let listed = send_newer(&client, 5, "tools/call", Some("list_artifacts"), call).text().expect("told");
    assert!(listed.contains("f1") && listed.contains("How it works"), "{listed}");
    let figures = json!({"kind": "benchmark", "title": "Speed", "body": "12 ms"});
    older.told(6, "create_note", figures);
    let listed = older.told(7, "list_artifacts", json!({}));
    assert!(listed.contains("f2  benchmark by"), "{listed}");
    assert!(older.told(8, "read_artifact", json!({"id": "f1"})).ends_with(": How it works\n\n# So"));
    let report = json!({"outcome": "blocked", "summary": "No access to the registry", "evidence": "401"});
    let told = older.told(9, "report_result", report);
    assert!(told.starts_with("Noted: blocked."), "{told}");
    let question = home.until_asked(session, Kind::Report);
    assert!(question.text.contains("No access to the registry"), "{question:?}");
}

#[test]
fn what_an_agent_asks_waits_for_the_person_and_gets_the_answer() {
    let home = Home::new();
    let (session, client) = at_work(&home);
    let client = client.initialized("2025-11-25");
    let meta = json!({"claudecode/toolUseId": "toolu_05c534d502cb43a8bd7f3cc9", "progressToken": 2});
    let question = json!({"question": "Which colour?", "options": ["Red", "Blue"], "context": "For the *door*."});
    let mut waits = client.call(2, "ask_user", question, meta);
    assert_eq!(waits.headers["content-type"], "text/event-stream");
    let sign = waits.message().expect("a sign of life at once");
    assert_eq!(sign["method"], "notifications/progress");
    assert_eq!(sign["params"]["progressToken"], 2);
    assert_eq!(sign["params"]["message"], "waiting for the person");
    let question = asked(&home, session);
    assert_eq!((question.text.as_str(), question.detail.as_str()), ("Which colour?", "For the *door*."));
    home.until_doing(session, Doing::Asking);
    home.answer(&question, "Blue");
    assert_eq!(waits.text().as_deref(), Ok("The person answered: Blue"));
    home.until("the question is settled", |world| world.questions_of(session).next().is_none().then_some(()));

    // Once more, in the person's own words.
    let again = json!({"question": "Which colour?"});
    let mut waits = client.call(3, "ask_user", again, json!({}));
    let question = asked(&home, session);
    home.done(&["answer", &question.id.to_string(), "--text", "dark red"]);
    assert_eq!(waits.text().as_deref(), Ok("The person answered: dark red"));
}

#[test]
fn a_client_of_the_newer_protocol_gets_its_answer_too() {
    let home = Home::new();
    let (session, client) = at_work(&home);
    for (id, meta) in [(2, json!({"progressToken": "p"})), (3, json!({}))] {
        let call = json!({"name": "ask_user", "arguments": {"question": "Shall I?"}, "_meta": meta});
        let waits = std::thread::scope(|scope| {
            let waits = scope.spawn(|| send_newer(&client, id, "tools/call", Some("ask_user"), call).text());
            let question = asked(&home, session);
            home.done(&["answer", &question.id.to_string(), "--text", "yes"]);
            waits.join().expect("an answer")
        });
        assert_eq!(waits.as_deref(), Ok("The person answered: yes"));
    }
}

#[test]
fn an_answer_to_a_client_that_is_gone_comes_as_a_message() {
    let home = Home::new();
    let (session, client) = at_work(&home);
    let client = client.initialized("2025-06-18");
    drop(client.call(2, "ask_user", json!({"question": "Tea?"}), json!({"progressToken": 1})));
    let question = asked(&home, session);
    home.done(&["answer", &question.id.to_string(), "--text", "with milk"]);
    home.log().until_received("You asked: Tea?\nThe answer: with milk");

    // A client may also take its call back, and leave the connection open.
    let mut waits = client.call(3, "ask_user", json!({"question": "Coffee?"}), json!({"progressToken": 1}));
    waits.message().expect("a sign of life");
    let question = asked(&home, session);
    let elsewhere = McpClient::of(&home, session).initialized("2025-06-18");
    let take_back =
        json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 3, "reason": "timeout"}});
    assert_eq!(elsewhere.post(&take_back).status, 202);
    assert_eq!(home.world().questions_of(session).count(), 1, "another session's call 3 is another call");
    assert_eq!(client.post(&take_back).status, 202);
    while waits.message().is_some() {}
    home.done(&["answer", &question.id.to_string(), "--text", "black"]);
    home.log().until_received("You asked: Coffee?\nThe answer: black");
}

#[test]
fn a_question_outlives_the_daemon() {
    let home = Home::new();
    let (session, client) = at_work(&home);
    let client = client.initialized("2025-11-25");
    let ask = |tool_use: &str| {
        let meta = json!({"claudecode/toolUseId": tool_use, "progressToken": 1});
        client.call(2, "ask_user", json!({"question": "Which port?"}), meta)
    };
    let mut waits = ask("toolu_1");
    let question = asked(&home, session);
    home.done(&["daemon", "stop"]);
    let told = waits.text().expect("told in time");
    assert!(told.contains("will come to you as a message"), "{told}");
    home.done(&["ps"]);
    // The session of before is still good, and a question that is asked again is the same.
    let mut waits = ask("toolu_2");
    waits.message().expect("a sign of life");
    assert_eq!(asked(&home, session).id, question.id);
    home.kill_daemon();
    assert_eq!(waits.message(), None);
    home.done(&["answer", &question.id.to_string(), "--text", "8080"]);
    home.log().until_received("You asked: Which port?\nThe answer: 8080");
    assert!(!home.world().questions.values().any(|question| matches!(question.state, State::Open)));
}

#[test]
fn a_token_opens_its_own_session_only() {
    let home = Home::new();
    let (_, client) = at_work(&home);
    let (_, other) = at_work(&home);
    let list = json!({"method": "tools/list", "jsonrpc": "2.0", "id": 1});
    for nobody in ["", "0", &"0".repeat(64)] {
        assert_eq!(client.with_token(nobody).post(&list).status, 401, "{nobody:?}");
    }
    let hello = client.initialized("2025-11-25");
    assert_eq!(hello.post(&list).status, 200);
    let ids = |client: &McpClient| {
        let hello = json!({
            "jsonrpc": "2.0", "id": 0, "method": "initialize",
            "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
        });
        client.post(&hello).headers["mcp-session-id"].clone()
    };
    let theirs = ids(&other);
    assert_eq!(other.with("mcp-session-id", &theirs).post(&list).status, 200);
    assert_eq!(client.with("mcp-session-id", &theirs).post(&list).status, 404);
    assert_eq!(client.with("mcp-session-id", "e685f2e2deca4338ba8ffe963013ccdb").post(&list).status, 404);
}

#[test]
fn what_was_left_for_one_objective_is_not_read_by_another() {
    let home = Home::new();
    let (_, client) = at_work(&home);
    let (_, other) = at_work(&home);
    client.initialized("2025-11-25").told(2, "create_note", json!({"title": "Ours", "body": "secret plan"}));
    let other = other.initialized("2025-11-25");
    assert_eq!(other.told(2, "list_artifacts", json!({})), "Nothing was left for this objective yet.");
    for id in ["f1", "f9"] {
        let refused = other.call(3, "read_artifact", json!({"id": id}), json!({})).text().expect_err("refused");
        assert_eq!(refused, format!("There is no {id} for this objective; list_artifacts lists what there is."));
    }
}

#[test]
fn what_makes_no_sense_is_told_to_the_model() {
    let home = Home::new();
    let (session, client) = at_work(&home);
    let client = client.initialized("2025-11-25");
    let wrong = client.call(2, "ask_user", json!({"questions": ["?"]}), json!({})).text().expect_err("refused");
    assert!(wrong.contains("unknown field `questions`"), "{wrong}");
    let unknown = client.call(3, "rm_rf", json!({}), json!({})).reply();
    assert_eq!(unknown["error"]["code"], -32602);
    let large = client.call(4, "create_note", json!({"title": "t", "body": "x".repeat(300_000)}), json!({})).text();
    assert!(large.expect_err("refused").contains("300000 bytes"));
    assert_eq!(
        client.call(5, "create_note", json!({"title": "t", "body": "x".repeat(3_000_000)}), json!({})).status,
        413
    );
    let method = client.post(&json!({"jsonrpc": "2.0", "id": 6, "method": "no/such"})).reply();
    assert_eq!(method["error"]["code"], -32601);
    assert!(client.send("POST", "{").status >= 400);
    assert_eq!(home.world().questions_of(session).count(), 0);
    home.done(&["done", &session.to_string()]);
    let list = json!({"method": "tools/list", "jsonrpc": "2.0", "id": 7});
    until_true("the token of a session that is done opens nothing", || client.post(&list).status == 401);
}
