//! The scripted forge answers what `gh` itself asks, as a person or an agent uses it.

use crate::{
    person::Person,
    scripted::{Forge, Outcome},
};

fn gh(person: &Person, arguments: &[&str]) -> String {
    let output = person.program("mine", "gh", arguments);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "gh {arguments:?}: {said}{}", String::from_utf8_lossy(&output.stderr));
    said
}

fn offered() -> (Person, Forge) {
    let (person, forge) = Person::with_forge();
    person.work("qd/work", "a", "a\n");
    person.git("mine", &["push", "--quiet", "--set-upstream", "origin", "HEAD"]);
    (person, forge)
}

#[test]
fn an_agents_own_gh_opens_shows_comments_and_closes() {
    let (person, forge) = offered();
    assert_eq!(gh(&person, &["pr", "create", "--fill"]), "https://github.com/acme/tool/pull/1\n");
    forge.check(1, "build", Outcome::Passes);
    gh(&person, &["pr", "comment", "1", "--body", "hi"]);
    forge.review(1, "mate", "CHANGES_REQUESTED", "no");
    let fields = "number,state,headRefOid,reviews,comments,statusCheckRollup,mergeable";
    let viewed: serde_json::Value =
        serde_json::from_str(&gh(&person, &["pr", "view", "--json", fields])).expect("JSON");
    assert_eq!(viewed["comments"][0]["body"], "hi");
    assert_eq!(viewed["reviews"][0]["state"], "CHANGES_REQUESTED");
    assert_eq!(viewed["mergeable"], "MERGEABLE");
    assert!(gh(&person, &["pr", "list"]).contains("qd/work"));
    assert!(gh(&person, &["pr", "checks", "1"]).contains("build"));
    gh(&person, &["pr", "close", "1"]);
    assert_eq!(forge.shown(1)["state"], "closed");
}

#[test]
fn an_agents_own_gh_merges_and_removes_the_branch() {
    let (person, forge) = offered();
    gh(&person, &["pr", "create", "--fill"]);
    gh(&person, &["pr", "merge", "1", "--squash", "--delete-branch"]);
    assert_eq!(forge.bare().file("main", "a").as_deref(), Some("a\n"));
    assert_eq!(forge.bare().tip("qd/work"), None);
}
