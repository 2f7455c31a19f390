//! What an objective leaves behind is listed, saved and told in one document, also when it was put away.

use quarterdeck::domain::activity::Doing;
use serde_json::json;

use crate::{home::Home, mcp_client::McpClient};

#[test]
fn what_was_left_behind_is_had_in_every_form_also_of_what_was_put_away() {
    let home = Home::new();
    let session = home.start(&["do the\n```\nwork play:work"]);
    home.until_doing(session, Doing::YourTurn);
    let client = McpClient::of(&home, session).initialized("2025-11-25");
    client.told(2, "create_note", json!({"title": "How it works", "body": "# So\n\nlike this"}));
    client.told(3, "create_note", json!({"kind": "patch", "title": "Left over", "body": "-a\n+b"}));
    let objective = home.detail(session).objective.id.to_string();
    home.done(&["send", &session.to_string(), "and be quick"]);
    home.done(&["done", &objective]);
    home.until("the attempt is over", |world| world.attempt_of(session)?.state.is_ended().then_some(()));
    home.done(&["archive", &objective]);

    let listed = home.done(&["artifacts"]);
    assert!(listed.contains("How it works") && listed.contains("Left over"), "{listed}");
    let listed = home.done(&["artifacts", &session.to_string(), "--kind", "patch"]);
    assert!(!listed.contains("How it works") && listed.contains("f2  patch"), "{listed}");
    assert_eq!(home.done(&["artifacts", "show", "f1", "--raw"]), "# So\n\nlike this\n");
    home.done(&["artifacts", "save", "f2", "left.diff"]);
    let refused = home.run(&["artifacts", "save", "f1", "left.diff"]);
    assert_eq!((refused.code, refused.notices.contains("--force")), (4, true), "{refused:?}");
    assert_eq!(std::fs::read_to_string(home.work().join("left.diff")).expect("saved"), "-a\n+b");
    home.done(&["artifacts", "save", "--force", "f1", "left.diff"]);
    assert_eq!(std::fs::read_to_string(home.work().join("left.diff")).expect("saved"), "# So\n\nlike this");

    let report = home.done(&["export", &objective]);
    for part in ["````text\ndo the\n```\nwork", "and be quick", "```markdown\n# So", "```diff\n-a", "## Timeline"] {
        assert!(report.contains(part), "{part}: {report}");
    }
    home.done(&["export", &objective, "--to", "report.md"]);
    let written = std::fs::read_to_string(home.work().join("report.md")).expect("written");
    assert_eq!(written.trim_end(), report.trim_end());
    assert_eq!(home.run(&["export", &objective, "--to", "report.md"]).code, 4);
    assert_eq!(home.run(&["export", "o9"]).code, 3);
}
