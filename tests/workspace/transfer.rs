//! A repository and its mirror elsewhere. Both lie on this machine here; how git gets from one to the other is no matter
//! of what is brought and what comes home.

use std::path::PathBuf;

use quarterdeck::{
    domain::Workspace,
    workspace::{
        Error, Prepared, Start,
        changes::{Wanted, diff},
        inspect, prepare, remove,
        transfer::{Bring, Home, bring, bring_home, vouch},
    },
};

use crate::world::World;

fn mirror(world: &World) -> PathBuf {
    world.at("there/mirrors/mine.git")
}

/// A workspace on the mirror, and its row as its host sees it.
async fn made(world: &World, number: u32, base: Option<&str>, branch: Option<&str>) -> (Prepared, Workspace) {
    let (host, mirror) = (world.host(), mirror(world));
    let what = Bring { repository: &world.at("mine"), base, branch, mirror: &mirror };
    let base = bring(&host, &host, what).await.expect("brought");
    let mut request = world.request(number, "work");
    request.repository = mirror.clone();
    request.start = Start::Found(base);
    request.branch = branch.map(str::to_owned);
    request.root = world.at("there/workspaces");
    let prepared = prepare(&host, request).await.expect("prepared");
    let row = Workspace { repository: Some(mirror), ..world.row(number, &prepared) };
    (prepared, row)
}

async fn home(world: &World, branch: &str) -> Home {
    let host = world.host();
    bring_home(&host, &world.at("mine"), &host, &mirror(world), branch).await.expect("brought home")
}

#[tokio::test]
async fn a_branch_comes_home_and_its_workspace_can_go_then() {
    let world = World::with_repository();
    let host = world.host();
    let (prepared, row) = made(&world, 1, None, None).await;
    assert_eq!(prepared.base.reference, "main");
    assert_eq!(prepared.base.commit, world.git("mine", &["rev-parse", "HEAD"]));
    assert_eq!(home(&world, &prepared.branch).await, Home::Here(prepared.base.commit.clone()), "nothing was done");

    let first = world.commit(&prepared.path, "work", "1\n");
    let seen = inspect(&host, &row).await.expect("looked");
    assert!(!seen.removable && seen.only_here.len() == 1, "{seen:?}");
    vouch(&host, &world.at("mine"), &host, &row).await.expect("asked");
    assert!(matches!(remove(&host, &row, None).await, Err(Error::AtRisk { .. })), "it is not at home yet");

    assert_eq!(home(&world, &prepared.branch).await, Home::Here(first.clone()));
    assert_eq!(world.git("mine", &["rev-parse", &prepared.branch]), first);
    assert_eq!(world.git("mine", &["status", "--porcelain"]), "");
    vouch(&host, &world.at("mine"), &host, &row).await.expect("asked");
    let seen = inspect(&host, &row).await.expect("looked");
    assert_eq!(seen.verdict, "nothing is uncommitted, and its commits are in your own repository");

    // What has come since is named, and nothing else.
    world.commit(&prepared.path, "more", "2\n");
    vouch(&host, &world.at("mine"), &host, &row).await.expect("asked");
    let seen = inspect(&host, &row).await.expect("looked");
    assert_eq!(seen.only_here.len(), 1, "{seen:?}");
    world.git(&prepared.path, &["reset", "--quiet", "--hard", "HEAD~1"]);

    // The person lets go of the branch: then the commit is at risk again.
    world.git("mine", &["branch", "--quiet", "-D", &prepared.branch]);
    vouch(&host, &world.at("mine"), &host, &row).await.expect("asked");
    assert!(matches!(remove(&host, &row, None).await, Err(Error::AtRisk { .. })));
    assert_eq!(home(&world, &prepared.branch).await, Home::Here(first.clone()));
    vouch(&host, &world.at("mine"), &host, &row).await.expect("asked");
    let proof = remove(&host, &row, None).await.expect("removed");
    assert!(proof.contains("your own repository"), "{proof}");
    assert!(!prepared.path.exists());
    assert_eq!(world.git(mirror(&world), &["worktree", "list"]).lines().count(), 1);
    assert_eq!(home(&world, &prepared.branch).await, Home::Nothing);
    assert_eq!(world.git("mine", &["rev-parse", &prepared.branch]), first, "it stays here");
}

#[tokio::test]
async fn a_branch_here_is_moved_only_from_where_it_was_put() {
    let world = World::with_repository();
    let (prepared, _) = made(&world, 1, None, None).await;
    let branch = prepared.branch.as_str();
    let first = world.commit(&prepared.path, "work", "1\n");
    assert_eq!(home(&world, branch).await, Home::Here(first.clone()));

    // Amended there, it is amended here.
    world.git(&prepared.path, &["commit", "--quiet", "--amend", "--message", "again"]);
    let again = world.git(&prepared.path, &["rev-parse", "HEAD"]);
    assert_eq!(home(&world, branch).await, Home::Here(again.clone()));
    assert_eq!(world.git("mine", &["rev-parse", branch]), again);

    // Checked out here, it stays, and what came is here all the same.
    world.git("mine", &["worktree", "add", "--quiet", "../held", branch]);
    let next = world.commit(&prepared.path, "work", "2\n");
    let place = world.at("held").canonicalize().expect("there");
    assert_eq!(home(&world, branch).await, Home::Held { commit: next.clone(), place });
    assert_eq!(world.git("mine", &["rev-parse", branch]), again);
    assert_eq!(world.git("mine", &["cat-file", "-t", &next]), "commit");

    // The person commits to it: both have what the other lacks.
    let own = world.commit("held", "own", "mine\n");
    world.git("mine", &["worktree", "remove", "../held"]);
    assert_eq!(home(&world, branch).await, Home::Apart { here: own.clone(), there: next.clone() });
    assert_eq!(world.git("mine", &["rev-parse", branch]), own);

    // What has all of it already is left where it is.
    world.git("mine", &["worktree", "add", "--quiet", "../held", branch]);
    world.git("held", &["merge", "--quiet", "--no-edit", &next]);
    let merged = world.git("held", &["rev-parse", "HEAD"]);
    assert_eq!(home(&world, branch).await, Home::Here(merged));
}

#[tokio::test]
async fn work_goes_on_there_on_a_branch_that_is_here() {
    let world = World::with_repository();
    world.git("mine", &["switch", "--quiet", "-c", "topic"]);
    let tip = world.commit("mine", "topic", "1\n");
    world.git("mine", &["switch", "--quiet", "main"]);
    let (prepared, row) = made(&world, 1, Some("main"), Some("topic")).await;
    assert_eq!((prepared.branch.as_str(), world.git(&prepared.path, &["rev-parse", "HEAD"])), ("topic", tip));
    assert_eq!(prepared.base.commit, world.git("mine", &["rev-parse", "main"]));
    let next = world.commit(&prepared.path, "topic", "2\n");
    assert_eq!(home(&world, "topic").await, Home::Here(next));
    let host = world.host();
    vouch(&host, &world.at("mine"), &host, &row).await.expect("asked");
    remove(&host, &row, None).await.expect("removed");

    // Asked for again after the person has gone on with it here.
    world.git("mine", &["switch", "--quiet", "topic"]);
    let mine = world.commit("mine", "topic", "3\n");
    world.git("mine", &["switch", "--quiet", "main"]);
    let (prepared, _) = made(&world, 2, Some("main"), Some("topic")).await;
    assert_eq!(world.git(&prepared.path, &["rev-parse", "HEAD"]), mine);
}

#[tokio::test]
async fn what_is_brought_is_named_there_as_it_is_here_and_the_person_sees_nothing_of_it() {
    let world = World::with_repository();
    let picture = world.picture("mine");
    let (first, _) = made(&world, 1, None, None).await;
    assert_eq!(world.picture("mine"), picture);
    world.commit("mine", "README", "newer\n");
    let (second, row) = made(&world, 2, None, None).await;
    assert_ne!(first.base.commit, second.base.commit);
    // The first one learns of it too.
    assert_eq!(world.git(&first.path, &["rev-parse", "main"]), second.base.commit);
    world.write(second.path.join("new"), "1\n");
    let compared = diff(&world.host(), &row, &Wanted::default()).await.expect("compared");
    assert_eq!((compared.total_files, compared.notes), (1, Vec::<String>::new()));
}
