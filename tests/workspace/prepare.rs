//! Making workspaces from every kind of repository, and never half of one.

use std::{collections::HashSet, fs, os::unix::fs::PermissionsExt};

use quarterdeck::workspace::{Error, Start, prepare, scratch};

use crate::world::World;
use quarterdeck::domain::WorkspaceId;

#[tokio::test]
async fn a_workspace_stands_on_what_the_remote_has_now() {
    let world = World::with_remote();
    world.git(".", &["clone", "--quiet", "origin.git", "colleague"]);
    let newest = world.commit("colleague", "new", "x");
    world.git("colleague", &["push", "--quiet", "origin", "main"]);
    world.git("colleague", &["tag", "v1"]);
    world.git("colleague", &["push", "--quiet", "origin", "v1", "main:other"]);
    let made = world.prepare(2, "Fix the parser").await.expect("prepared");
    assert_eq!(made.path, world.root().join("mine/w2-fix-the-parser"));
    assert_eq!(made.branch, "qd/s2-fix-the-parser");
    assert_eq!((made.base.reference.as_str(), &made.base.commit), ("origin/main", &newest));
    assert_eq!(made.base.note, None);
    assert_eq!(
        world.git(&made.path, &["rev-parse", "HEAD", "--abbrev-ref", "HEAD"]),
        format!("{newest}\n{}", made.branch)
    );
    assert!(made.path.join("new").exists());
    assert_eq!(world.git("mine", &["rev-parse", "origin/main"]), newest);
    assert!(!world.try_git(&made.path, &["rev-parse", "@{upstream}"]).status.success(), "a push would go to main");
    let references = world.git("mine", &["for-each-ref", "--format=%(refname)"]);
    assert!(!references.contains("v1") && !references.contains("origin/other"), "fetched too much: {references}");
}

#[tokio::test]
async fn the_persons_checkout_stays_as_it_is_to_the_byte() {
    let world = World::with_remote();
    world.commit("mine", "unpushed", "x");
    world.write("mine/README", "changed\n");
    world.write("mine/untracked", "mine\n");
    world.write("mine/staged", "mine\n");
    world.git("mine", &["add", "staged"]);
    let hook = world.at("mine/.git/hooks/post-checkout");
    fs::write(&hook, format!("#!/bin/sh\ntouch {}\n", world.at("hooked").display())).expect("written");
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).expect("set");
    let before = world.picture("mine");
    let made = world.prepare(1, "x").await.expect("prepared");
    assert_eq!(world.picture("mine"), before);
    assert!(!world.at("hooked").exists(), "a hook ran on our behalf");
    let note = made.base.note.expect("a note");
    assert!(note.contains("your own main has 1 commits that are not in it"), "{note}");
    assert!(note.contains("your uncommitted changes are not in it: 3 files"), "{note}");
}

#[tokio::test]
async fn a_remote_that_does_not_answer_is_said_and_does_not_stop_the_work() {
    let world = World::with_remote();
    let known = world.git("mine", &["rev-parse", "origin/main"]);
    fs::rename(world.at("origin.git"), world.at("gone.git")).expect("moved");
    let made = world.prepare(1, "x").await.expect("prepared");
    assert_eq!(made.base.commit, known);
    assert!(made.base.note.expect("a note").contains("origin could not be asked"));
}

#[tokio::test]
async fn the_remote_is_asked_once_and_fetched_from_only_when_it_has_something_new() {
    let world = World::with_remote();
    let (script, log) = (world.at("serve"), world.at("served"));
    fs::write(&script, format!("#!/bin/sh\necho once >> '{}'\nexec git-upload-pack \"$@\"\n", log.display()))
        .expect("written");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).expect("set");
    world.git("mine", &["config", "remote.origin.uploadpack", script.to_str().expect("text")]);
    let asked = || fs::read_to_string(&log).expect("asked").lines().count();
    world.prepare(1, "x").await.expect("prepared");
    assert_eq!(asked(), 1, "nothing was new");
    world.git(".", &["clone", "--quiet", "origin.git", "colleague"]);
    world.commit("colleague", "new", "x");
    world.git("colleague", &["push", "--quiet", "origin", "main"]);
    world.prepare(2, "x").await.expect("prepared");
    assert_eq!(asked(), 3, "asked, then fetched");
    let (a, b) = tokio::join!(world.prepare(3, "x"), world.prepare(4, "x"));
    assert_eq!(a.expect("prepared").base, b.expect("prepared").base);
    assert_eq!(asked(), 4, "who waited shares the answer");
}

#[tokio::test]
async fn without_a_remote_the_repositorys_own_branch_is_the_base() {
    let world = World::with_repository();
    let made = world.prepare(1, "x").await.expect("prepared");
    assert_eq!(made.base.reference, "main");
    assert_eq!(made.base.commit, world.git("mine", &["rev-parse", "main"]));
}

#[tokio::test]
async fn a_base_can_be_a_branch_a_tag_or_a_commit_and_a_wrong_one_names_close_ones() {
    let world = World::with_remote();
    let first = world.git("mine", &["rev-parse", "HEAD"]);
    world.git("mine", &["tag", "v1"]);
    world.git("mine", &["switch", "--quiet", "-c", "feature/parser"]);
    let feature = world.commit("mine", "f", "x");
    for (number, base, commit) in [
        (1, "feature/parser", &feature),
        (2, "v1", &first),
        (3, first.as_str(), &first),
        (4, "origin/main", &first),
        (5, "HEAD", &feature),
    ] {
        let mut request = world.request(number, "x");
        request.start = Start::Named(Some(base.into()));
        assert_eq!(&prepare(&world.host(), request).await.expect(base).base.commit, commit, "{base}");
    }
    for base in ["feature/praser", "--upload-pack=touch /tmp/x", "-b", "$(x)", "'", ""] {
        let mut request = world.request(9, "x");
        request.start = Start::Named(Some(base.into()));
        let error = prepare(&world.host(), request).await.expect_err(base);
        assert!(matches!(error, Error::UnknownBase { .. }), "{base}: {error}");
        assert_eq!(error.to_string().contains("close to it: feature/parser"), base == "feature/praser", "{error}");
    }
}

#[tokio::test]
async fn every_kind_of_repository_gives_a_workspace() {
    let world = World::with_remote();
    world.git(".", &["clone", "--quiet", "--mirror", "origin.git", "mirror.git"]);
    let url = format!("file://{}", world.at("origin.git").display());
    world.commit("mine", "second", "x");
    world.git("mine", &["push", "--quiet", "origin", "main"]);
    world.git(".", &["clone", "--quiet", "--depth", "1", &url, "short"]);
    world.git(".", &["clone", "--quiet", "mine", "detached"]);
    world.git("detached", &["checkout", "--quiet", "--detach"]);
    let newest = world.git("mine", &["rev-parse", "HEAD"]);
    let stale = world.git("mirror.git", &["rev-parse", "main"]);
    for (number, name) in ["origin.git", "mirror.git", "short", "detached"].iter().enumerate() {
        let mut request = world.request(u32::try_from(number).expect("small") + 1, "x");
        request.repository = world.at(name);
        let made = prepare(&world.host(), request).await.expect(name);
        assert_eq!(made.base.commit, newest, "{name}");
        assert!(made.path.join("second").exists(), "{name}");
        assert_eq!(made.base.note.is_some_and(|note| note.contains("shallow")), *name == "short");
    }
    assert_eq!(world.git("mirror.git", &["rev-parse", "main"]), stale, "the mirror's own branch was moved");
    world.git(".", &["init", "--quiet", "empty"]);
    let mut request = world.request(9, "x");
    request.repository = world.at("empty");
    assert!(matches!(prepare(&world.host(), request).await, Err(Error::NoCommits(_))));
}

#[tokio::test]
async fn names_that_could_hurt_do_not() {
    let world = World::new();
    let name = "-my 'repo' $(x) ü \"q\"";
    world.git(".", &["init", "--quiet", &format!("./{name}")]);
    world.commit(name, "-f $(y)", "x");
    let mut request = world.request(1, "--force; rm -rf \"$HOME\" `x` ../../ü修");
    request.repository = world.at(name);
    let made = prepare(&world.host(), request).await.expect("prepared");
    assert_eq!(made.branch, "qd/s1-force-rm-rf-home-x-ü修");
    assert_eq!(made.path, world.root().join("my-repo-x-q/w1-force-rm-rf-home-x"));
    assert!(made.path.join("-f $(y)").exists());
}

#[tokio::test]
async fn a_branch_of_the_person_is_never_taken() {
    let world = World::with_repository();
    let own = world.git("mine", &["rev-parse", "HEAD"]);
    world.git("mine", &["branch", "qd/s1-x"]);
    let made = world.prepare(1, "x").await.expect("prepared");
    assert_eq!(made.branch, "qd/s1-x-2");
    world.commit(&made.path, "f", "x");
    assert_eq!(world.git("mine", &["rev-parse", "qd/s1-x"]), own);
    let world = World::with_repository();
    world.git("mine", &["branch", "qd"]);
    assert_eq!(world.prepare(1, "x").await.expect("prepared").branch, "qd-s1-x");
}

#[tokio::test]
async fn asked_again_it_gives_the_same() {
    let world = World::with_remote();
    let made = world.prepare(1, "x").await.expect("prepared");
    assert_eq!(world.prepare(1, "x").await.expect("prepared"), made);
}

#[tokio::test]
async fn what_somebody_worked_in_is_not_handed_out_again() {
    let world = World::with_repository();
    let made = world.prepare(1, "x").await.expect("prepared");
    world.write(made.path.join("work"), "precious");
    let again = world.prepare(1, "x").await.expect("prepared");
    assert_eq!((again.path, again.branch.as_str()), (world.root().join("mine/w1-x-2"), "qd/s1-x-2"));
    assert_eq!(fs::read_to_string(made.path.join("work")).expect("there"), "precious");
    // A folder of unknown origin is not ours either.
    world.write("workspaces/mine/w2-y/work", "precious");
    assert_eq!(world.prepare(2, "y").await.expect("prepared").path, world.root().join("mine/w2-y-2"));
    assert_eq!(fs::read_to_string(world.root().join("mine/w2-y/work")).expect("there"), "precious");
}

/// The record of a workspace set back to `making`, as a crash leaves it.
fn interrupt(world: &World, name: &str) {
    let record = world.root().join(format!("mine/{name}.json"));
    let text = fs::read_to_string(&record).expect("a record");
    assert!(text.contains("\"made\""), "{text}");
    fs::write(&record, text.replace("\"made\"", "\"making\"")).expect("written");
}

#[tokio::test]
async fn an_interrupted_making_is_made_afresh_wherever_it_stopped() {
    for step in ["intended", "branch", "folder", "registered", "folder gone", "half checked out", "locked", "done"] {
        let world = World::with_repository();
        let made = world.prepare(1, "x").await.expect("prepared");
        let before = world.git("mine", &["for-each-ref"]);
        interrupt(&world, "w1-x");
        let forget = || world.git("mine", &["worktree", "remove", "--force", made.path.to_str().expect("text")]);
        match step {
            "intended" => {
                forget();
                world.git("mine", &["branch", "-D", &made.branch]);
            }
            "branch" => {
                forget();
            }
            "folder" => {
                forget();
                world.write(made.path.join("README"), "hel");
            }
            "registered" => {
                fs::remove_dir_all(&made.path).expect("removed");
                fs::create_dir(&made.path).expect("made");
            }
            "folder gone" => fs::remove_dir_all(&made.path).expect("removed"),
            "half checked out" => fs::remove_file(made.path.join("README")).expect("removed"),
            "locked" => {
                fs::write(world.at("mine/.git/worktrees/w1-x/locked"), "initializing").expect("written");
            }
            _ => {}
        }
        let again = world.prepare(1, "x").await.expect(step);
        assert_eq!(again, made, "{step}");
        assert_eq!(world.git(&made.path, &["status", "--porcelain", "--branch"]), "## qd/s1-x", "{step}");
        assert_eq!(world.git("mine", &["for-each-ref"]), before, "{step}");
        assert_eq!(world.git("mine", &["worktree", "list"]).lines().count(), 2, "{step}");
    }
}

#[tokio::test]
async fn a_making_that_fails_leaves_nothing() {
    let world = World::with_repository();
    world.write("mine/.gitattributes", "* filter=broken\n");
    world.git("mine", &["add", "."]);
    world.git("mine", &["commit", "--quiet", "-m", "attributes"]);
    world.git("mine", &["config", "filter.broken.smudge", "false"]);
    world.git("mine", &["config", "filter.broken.required", "true"]);
    let before = world.git("mine", &["for-each-ref"]);
    let error = world.prepare(1, "x").await.expect_err("the filter fails");
    assert!(matches!(error, Error::Git { .. }), "{error}");
    assert_eq!(world.git("mine", &["for-each-ref"]), before);
    assert_eq!(world.git("mine", &["worktree", "list"]).lines().count(), 1);
    assert_eq!(fs::read_dir(world.root().join("mine")).expect("there").count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_all_get_their_own() {
    let world = World::with_remote();
    let requests = (1..=8).map(|number| {
        let (host, request) = (world.host(), world.request(number, "same title"));
        tokio::spawn(async move { prepare(&host, request).await })
    });
    let mut seen = HashSet::new();
    for request in requests.collect::<Vec<_>>() {
        let made = request.await.expect("no panic").expect("prepared");
        assert!(seen.insert(made.path) && seen.insert(made.branch.into()));
    }
}

#[tokio::test]
async fn submodules_are_there_and_the_persons_configuration_is_not_written() {
    let world = World::with_repository();
    world.git(".", &["init", "--quiet", "library"]);
    world.commit("library", "code", "x");
    let library = world.at("library").display().to_string();
    world.git("mine", &["submodule", "--quiet", "add", &library, "third party/library"]);
    world.git("mine", &["commit", "--quiet", "-m", "a submodule"]);
    world.git(".", &["clone", "--quiet", "mine", "clone"]);
    let before = world.picture("clone");
    let mut request = world.request(1, "x");
    let made = prepare(&world.host(), request.clone()).await.expect("prepared");
    assert!(made.path.join("third party/library/code").exists(), "{:?}", made.base.note);
    request.repository = world.at("clone");
    request.workspace = request.workspace.next();
    let made = prepare(&world.host(), request).await.expect("prepared");
    assert!(made.path.join("third party/library/code").exists(), "{:?}", made.base.note);
    assert_eq!(world.picture("clone"), before);
}

#[tokio::test]
async fn a_submodule_that_cannot_be_had_is_said() {
    let world = World::with_repository();
    world.git(".", &["init", "--quiet", "library"]);
    world.commit("library", "code", "x");
    let library = world.at("library").display().to_string();
    world.git("mine", &["submodule", "--quiet", "add", &library, "library"]);
    world.git("mine", &["commit", "--quiet", "-m", "a submodule"]);
    world.git(".", &["clone", "--quiet", "mine", "clone"]);
    fs::remove_dir_all(world.at("library")).expect("removed");
    let mut request = world.request(1, "x");
    request.repository = world.at("clone");
    let made = prepare(&world.host(), request).await.expect("prepared");
    let note = made.base.note.expect("a note");
    assert!(note.contains("the submodule library is empty"), "{note}");
}

#[tokio::test]
async fn a_sparse_checkout_stays_sparse() {
    let world = World::with_repository();
    world.commit("mine", "inside/a", "x");
    world.commit("mine", "outside/b", "x");
    world.git("mine", &["sparse-checkout", "set", "inside"]);
    let made = world.prepare(1, "x").await.expect("prepared");
    assert!(made.path.join("inside/a").exists());
    assert!(!made.path.join("outside").exists());
}

#[tokio::test]
async fn a_scratch_folder_is_private_and_found_again() {
    let world = World::new();
    let path = scratch(&world.host(), &world.root(), WorkspaceId::FIRST).await.expect("made");
    assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o700);
    fs::write(path.join("work"), "x").expect("written");
    assert_eq!(scratch(&world.host(), &world.root(), WorkspaceId::FIRST).await.expect("found"), path);
    assert!(path.join("work").exists());
}
