//! Repositories without a checkout of the person's, and checkouts that are not the whole.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};

use quarterdeck::{
    target::Host,
    workspace::{Error, Prepared, mirror, prepare},
};

use crate::world::World;

/// A world with `origin.git`, of which nobody has a checkout but a colleague.
fn world() -> World {
    let world = World::with_remote();
    fs::rename(world.at("mine"), world.at("colleague")).expect("moved");
    world
}

fn folder(world: &World) -> PathBuf {
    world.at("mirrors/api.git")
}

async fn make(world: &World, partial: bool) -> Result<(), Error> {
    let url = format!("file://{}", world.at("origin.git").display());
    mirror(&world.host(), &folder(world), &url, partial).await
}

async fn prepared(world: &World, number: u32, sparse: &[&str]) -> Prepared {
    let mut request = world.request(number, "x");
    request.repository = folder(world);
    request.sparse = sparse.iter().map(ToString::to_string).collect();
    prepare(&world.host(), request).await.expect("prepared")
}

fn names(world: &World, folder: &std::path::Path) -> Vec<String> {
    let mut names: Vec<String> = world.git(folder, &["ls-files", "-t"]).lines().map(str::to_owned).collect();
    names.sort();
    names
}

#[tokio::test]
async fn workspaces_of_a_mirror_stand_on_what_the_remote_has_now_and_push_to_it() {
    let world = world();
    make(&world, false).await.expect("cloned");
    make(&world, false).await.expect("there");
    let newest = world.commit("colleague", "new", "x");
    world.git("colleague", &["push", "--quiet", "origin", "main"]);
    let made = prepared(&world, 1, &[]).await;
    assert_eq!((made.base.reference.as_str(), &made.base.commit), ("origin/main", &newest));
    assert_eq!(made.path, world.root().join("api/w1-x"));
    let work = world.commit(&made.path, "work", "y");
    world.git(&made.path, &["push", "--quiet", "origin", "HEAD"]);
    let pushed = world.git("origin.git", &["for-each-ref", "--format=%(refname)"]);
    assert_eq!(pushed, "refs/heads/main\nrefs/heads/qd/s1-x", "nothing else went, nothing was deleted");
    assert_eq!(world.git("origin.git", &["rev-parse", "refs/heads/qd/s1-x"]), work);
    // Once more of what is new, and of what can't be asked any more.
    fs::rename(world.at("origin.git"), world.at("gone.git")).expect("moved");
    let offline = prepared(&world, 2, &[]).await;
    assert_eq!(offline.base.commit, newest);
    assert!(offline.base.note.expect("a note").contains("could not be asked"));
    fs::rename(world.at("gone.git"), world.at("moved.git")).expect("moved");
    let url = world.at("moved.git").display().to_string();
    mirror(&world.host(), &folder(&world), &url, false).await.expect("there");
    assert_eq!(prepared(&world, 3, &[]).await.base.note, None, "it follows where the remote has gone");
}

#[tokio::test]
async fn a_clone_that_fails_or_breaks_off_leaves_nothing_that_counts() {
    let world = world();
    fs::rename(world.at("origin.git"), world.at("gone.git")).expect("moved");
    let error = make(&world, false).await.expect_err("it is gone");
    assert!(matches!(&error, Error::Git { doing, .. } if doing == "clone the repository"), "{error}");
    assert!(!folder(&world).exists());
    fs::create_dir_all(world.at("mirrors/api.git.new/objects")).expect("half of one");
    fs::rename(world.at("gone.git"), world.at("origin.git")).expect("moved");
    let (one, other) = tokio::join!(make(&world, false), make(&world, false));
    assert!(one.is_ok() && other.is_ok());
    assert_eq!(fs::read_dir(world.at("mirrors")).expect("there").count(), 1);
}

#[tokio::test]
async fn only_the_wanted_folders_are_checked_out_and_only_they_are_fetched() {
    let world = world();
    for name in ["services/api/main", "services/web/main", "libraries/one", "top"] {
        world.commit("colleague", name, name);
    }
    world.git("colleague", &["push", "--quiet", "origin", "main"]);
    world.git("origin.git", &["config", "uploadpack.allowFilter", "true"]);
    world.git("origin.git", &["config", "uploadpack.allowAnySHA1InWant", "true"]);
    make(&world, true).await.expect("cloned");
    let made = prepared(&world, 1, &["services/api"]).await;
    assert!(made.path.join("services/api/main").is_file() && made.path.join("top").is_file());
    assert!(!made.path.join("services/web").exists() && !made.path.join("libraries").exists());
    assert_eq!(world.git(&made.path, &["status", "--porcelain"]), "");
    assert!(made.base.note.as_ref().expect("a note").contains("only services/api is checked out"), "{made:?}");
    let missing = world.git(&made.path, &["rev-list", "--objects", "--missing=print", "HEAD"]);
    assert!(missing.lines().any(|line| line.starts_with('?')), "everything was fetched");
    // What an agent does there stays narrow: it is git's own way.
    world.commit("colleague", "libraries/two", "2");
    world.git("colleague", &["push", "--quiet", "origin", "main"]);
    world.git(&made.path, &["pull", "--quiet", "--no-rebase", "origin", "main"]);
    assert!(!made.path.join("libraries").exists());
}

#[tokio::test]
async fn folders_are_left_out_without_a_word_in_the_persons_configuration() {
    let world = World::with_repository();
    for name in ["services/api/main", "services/web/main", "top"] {
        world.commit("mine", name, name);
    }
    let before = world.picture("mine");
    let mut request = world.request(1, "x");
    request.sparse = vec!["services/api".into()];
    let made = prepare(&world.host(), request).await.expect("prepared");
    assert_eq!(world.picture("mine"), before);
    assert_eq!(world.git(&made.path, &["status", "--porcelain"]), "");
    assert_eq!(names(&world, &made.path), ["H README", "H services/api/main", "H top", "S services/web/main"]);
    // Where the person's own checkout is narrow, a workspace is as narrow.
    world.git("mine", &["sparse-checkout", "set", "services/web"]);
    let made = world.prepare(2, "x").await.expect("prepared");
    assert_eq!(names(&world, &made.path), ["H README", "H services/web/main", "H top", "S services/api/main"]);
}

#[tokio::test]
async fn large_files_are_had_where_they_can_be_and_said_where_not() {
    let world = World::with_repository();
    world.commit("mine", ".gitattributes", "*.big filter=lfs\n");
    world.commit("mine", "file.big", "pointer\n");
    let programs = world.at("programs");
    fs::create_dir(&programs).expect("a folder");
    // All programs of this machine but git-lfs, should it have one.
    let path = std::env::var_os("PATH").expect("a PATH");
    let git = std::env::split_paths(&path).map(|folder| folder.join("git")).find(|git| git.is_file()).expect("git");
    for name in ["git", "sh", "cat", "rm"] {
        let found = std::env::split_paths(&path).map(|folder| folder.join(name)).find(|found| found.is_file());
        std::os::unix::fs::symlink(found.unwrap_or_else(|| git.clone()), programs.join(name)).expect("a link");
    }
    let made = |number: u32, host: Host| {
        let request = world.request(number, "x");
        async move { prepare(&host, request).await.expect("prepared") }
    };
    let host: Host = world.local.clone().with("PATH", &programs).into();
    let note = |prepared: &Prepared| prepared.base.note.clone().unwrap_or_default();
    let set_up = ["filter.lfs.smudge", "git-lfs smudge -- %f"];
    world.git("mine", &["config", set_up[0], set_up[1]]);
    world.git("mine", &["config", "filter.lfs.required", "true"]);
    let missing = made(1, host.clone()).await;
    assert!(note(&missing).contains("git-lfs is not installed"), "{missing:?}");
    assert_eq!(fs::read_to_string(missing.path.join("file.big")).expect("text"), "pointer\n");

    let lfs = programs.join("git-lfs");
    fs::write(&lfs, "#!/bin/sh\necho the large file\n").expect("written");
    fs::set_permissions(&lfs, fs::Permissions::from_mode(0o755)).expect("set");
    let had = made(2, host.clone()).await;
    assert_eq!(
        (note(&had), fs::read_to_string(had.path.join("file.big")).expect("text")),
        (String::new(), "the large file\n".into())
    );

    fs::write(&lfs, "#!/bin/sh\necho no such object >&2\nexit 2\n").expect("written");
    let failing = made(3, host.clone()).await;
    assert!(note(&failing).contains("only their pointers"), "{failing:?}");
    assert_eq!(fs::read_to_string(failing.path.join("file.big")).expect("text"), "pointer\n");
    assert_eq!(world.git(&failing.path, &["ls-files"]).lines().count(), 3);
}

#[tokio::test]
async fn submodules_of_a_mirror_are_found_from_where_it_comes_from() {
    let world = world();
    world.git(".", &["clone", "--quiet", "--bare", "origin.git", "lib.git"]);
    world.git("colleague", &["submodule", "--quiet", "add", "../lib.git", "lib"]);
    world.git("colleague", &["commit", "--quiet", "-m", "with a submodule"]);
    world.git("colleague", &["push", "--quiet", "origin", "main"]);
    make(&world, false).await.expect("cloned");
    let made = prepared(&world, 1, &[]).await;
    assert_eq!(made.base.note, None);
    assert!(made.path.join("lib/README").is_file());
}

/// A worktree of 20,000 files. Prints how long it takes; `cargo nextest run --run-ignored only twenty_thousand`.
#[tokio::test]
#[ignore = "takes its time, and is for its figures"]
async fn a_repository_of_twenty_thousand_files_is_checked_out() {
    let world = World::with_repository();
    for number in 0..20_000 {
        world.write(format!("mine/{}/{}/{number}.txt", number % 40, number % 400), &format!("{number}\n").repeat(40));
    }
    world.git("mine", &["add", "."]);
    world.git("mine", &["commit", "--quiet", "-m", "many"]);
    for number in 1..=3 {
        let since = std::time::Instant::now();
        let made = world.prepare(number, "x").await.expect("prepared");
        println!("a worktree of 20,000 files: {} ms", since.elapsed().as_millis());
        assert!(made.path.join("39/399/19999.txt").is_file());
    }
    let since = std::time::Instant::now();
    let mut request = world.request(4, "x");
    request.sparse = vec!["7".into()];
    prepare(&world.host(), request).await.expect("prepared");
    println!("500 of them: {} ms", since.elapsed().as_millis());
}
