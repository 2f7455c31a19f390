//! Which repository counts, and where branches are pushed to.

use quarterdeck::{
    domain::pull_request::Method,
    forge::{Error, Github},
};

use crate::{
    person::{Person, new},
    scripted::{self, Forge, OWNER, PERSON},
};

async fn open(person: &Person, folder: &str) -> Result<Option<Github>, Error> {
    Github::open(&person.host(), &person.at(folder)).await
}

#[tokio::test]
async fn a_repository_is_known_with_what_the_person_may_do_there() {
    let (person, forge) = Person::with_forge();
    forge.allow(&[scripted::Method::Squash]);
    let github = person.open().await;
    assert_eq!((github.repository(), github.host(), github.login()), ("acme/tool".into(), "github.com", PERSON));
    assert_eq!((github.default_branch(), github.methods()), (Some("main"), [Method::Squash].as_slice()));
    assert_eq!((github.publishes_to().expect("a remote"), github.publishes_as()), ("origin", OWNER));
    assert!(forge.requests().iter().all(|request| request.authorization == "token fake"));
}

#[tokio::test]
async fn an_enterprise_host_is_asked_at_its_own_addresses() {
    let (person, forge) = Person::with_forge_at("ghe.example.invalid");
    let github = person.open().await;
    assert_eq!(github.host(), "ghe.example.invalid");
    let (number, commit) = person.offer(&github, "qd/work", "a", "a\n").await;
    assert_eq!(forge.shown(number)["head"]["sha"], commit.as_str());
    for request in forge.requests() {
        assert_eq!(request.host, "ghe.example.invalid");
        assert!(request.line.contains("/api/graphql") || request.line.contains("/api/v3/repos/"), "{}", request.line);
    }
}

#[tokio::test]
async fn without_the_right_to_push_the_persons_fork_is_pushed_to() {
    let (person, forge) = Person::with_forge();
    forge.let_person_push(false);
    let nowhere = person.open().await;
    assert!(matches!(nowhere.publishes_to(), Err(Error::NoPermission(_))));
    forge.fork(PERSON);
    person.git("mine", &["remote", "add", "fork", &forge.url(PERSON)]);
    // As `gh repo fork` leaves it: pull requests go to the repository that was forked.
    person.git("mine", &["config", "remote.origin.gh-resolved", "base"]);
    let github = person.open().await;
    assert_eq!((github.publishes_to().expect("a remote"), github.publishes_as()), ("fork", PERSON));
    let (number, commit) = person.offer(&github, "qd/work", "a", "a\n").await;
    assert_eq!(forge.fork(PERSON).tip("qd/work"), Some(commit.clone()));
    assert_eq!(forge.bare().tip("qd/work"), None);
    let shown = forge.shown(number);
    assert_eq!((&shown["head"]["label"], &shown["head"]["sha"]), (&"person:qd/work".into(), &commit.as_str().into()));
    let again = github.create(&person.host(), &new("qd/work")).await.expect("it is there");
    assert!(again.was_there && again.number == number);
    let found = github.look(&person.host(), &[], &["qd/work".into()]).await.expect("it answers").found;
    assert_eq!((found[0].owner.as_str(), found[0].number), (PERSON, number));
}

#[tokio::test]
async fn a_default_set_with_gh_counts() {
    let (person, forge) = Person::with_forge();
    forge.fork("mate");
    person.git("mine", &["remote", "add", "mate", &forge.url("mate")]);
    person.git("mine", &["config", "remote.mate.gh-resolved", "base"]);
    assert_eq!(person.open().await.repository(), "mate/tool");
}

#[tokio::test]
async fn without_a_forge_there_is_none_and_no_error() {
    let person = Person::new();
    person.git(".", &["init", "--quiet", "alone"]);
    assert!(matches!(open(&person, "alone").await, Ok(None)));
    person.git("alone", &["remote", "add", "origin", "/srv/tool.git"]);
    assert!(matches!(open(&person, "alone").await, Ok(None)));
    // `gh` is not logged in anywhere, and this is none of its hosts.
    person.git("alone", &["remote", "set-url", "origin", "git@forge.example.invalid:acme/tool.git"]);
    assert!(matches!(open(&person, "alone").await, Ok(None)));
}

#[tokio::test]
async fn a_login_that_lacks_is_said_only_where_one_is_needed() {
    let person = Person::new();
    person.git(".", &["init", "--quiet", "mine"]);
    person.git("mine", &["remote", "add", "origin", "git@github.com:acme/tool.git"]);
    assert!(matches!(open(&person, "mine").await, Err(Error::NotLoggedIn(_))));
    let no_gh = person.local.clone().with("PATH", git_alone(&person)).into();
    assert!(matches!(Github::open(&no_gh, &person.at("mine")).await, Err(Error::NoGh)));
    person.git("mine", &["remote", "set-url", "origin", "git@forge.example.invalid:acme/tool.git"]);
    assert!(matches!(Github::open(&no_gh, &person.at("mine")).await, Ok(None)));
}

#[tokio::test]
async fn a_repository_that_the_account_can_not_see_is_not_found() {
    let (person, forge): (Person, Forge) = Person::with_forge();
    person.git("mine", &["remote", "set-url", "origin", "git@github.com:acme/other.git"]);
    assert!(matches!(open(&person, "mine").await, Err(Error::NotFound(_))));
    assert_eq!(forge.count(), 0);
}

/// A folder with `git` and nothing else.
fn git_alone(person: &Person) -> std::path::PathBuf {
    let folder = person.at("bin");
    std::fs::create_dir(&folder).expect("made");
    let git = person.local.find("git").expect("git");
    std::os::unix::fs::symlink(git, folder.join("git")).expect("linked");
    folder
}
