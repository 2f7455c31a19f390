//! Making new workspaces usable: what is copied, run and given, and never twice.

use std::{fs, path::Path, time::Duration};

use quarterdeck::{
    domain::{Repository, SessionId, WorkspaceId},
    workspace::{Prepared, SetUp, set_up, setup},
};
use tokio_util::sync::CancellationToken;

use crate::world::World;

/// A workspace and what is set for its repository.
struct Made {
    world: World,
    prepared: Prepared,
    repository: Repository,
}

impl Made {
    async fn new(commands: &[&[&str]]) -> Self {
        let world = World::with_repository();
        let prepared = world.prepare(1, "x").await.expect("prepared");
        let mut repository = Repository::at("mine".parse().expect("a name"), world.at("mine"));
        repository.setup.commands =
            commands.iter().map(|argv| argv.iter().map(ToString::to_string).collect()).collect();
        Self { world, prepared, repository }
    }

    fn copying(mut self, paths: &[&str]) -> Self {
        self.repository.setup.copy = paths.iter().map(Into::into).collect();
        self
    }

    async fn set_up(&self) -> SetUp {
        self.set_up_until(&CancellationToken::new()).await
    }

    async fn set_up_until(&self, cancel: &CancellationToken) -> SetUp {
        let root = self.world.root();
        let place = place(1, &self.prepared, &root, &self.repository);
        let extra = [("EXTRA".to_owned(), "also".to_owned())];
        set_up(&self.world.host(), place, &extra, cancel).await.expect("set up")
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.prepared.path.join(name)).expect("text")
    }

    fn log(&self) -> String {
        fs::read_to_string(self.world.root().join(".setups/w1.log")).expect("a log")
    }
}

fn place<'a>(number: u32, prepared: &'a Prepared, root: &'a Path, repository: &'a Repository) -> setup::Place<'a> {
    setup::Place {
        workspace: WorkspaceId::from_number(number).expect("not zero"),
        session: SessionId::from_number(number).expect("not zero"),
        path: &prepared.path,
        branch: Some(&prepared.branch),
        root,
        repository,
    }
}

fn text(went: SetUp) -> String {
    match went {
        SetUp::Done(Some(printed)) => printed.text(),
        other => panic!("it is usable: {other:?}"),
    }
}

#[tokio::test]
async fn what_is_run_finds_its_variables_and_its_output_is_kept() {
    let command = "echo $QD_WORKSPACE $QD_SESSION $QD_BRANCH $QD_PORT $QD_PORTS $OWN $EXTRA; echo to-error >&2";
    let mut made = Made::new(&[&["sh", "-c", command], &["pwd"]]).await;
    made.repository.setup.ports = 2;
    made.repository.setup.environment = [("OWN".to_owned(), "p{port+1}".to_owned())].into();
    let said = text(made.set_up().await);
    let lines: Vec<&str> = said.lines().collect();
    let words: Vec<&str> = lines[1].split(' ').collect();
    let path = made.prepared.path.to_str().expect("text");
    assert_eq!(words[..3], [path, "s1", "qd/s1-x"]);
    let port: u16 = words[3].parse().expect("a port");
    assert_eq!(words[4..6], [port.to_string(), (port + 1).to_string()]);
    assert_eq!(words[6..], [format!("p{}", port + 1), "also".into()]);
    assert_eq!(lines[2..], ["to-error", "$ pwd", path]);
    assert_eq!(made.log(), said);
}

#[tokio::test]
async fn a_setup_that_has_ended_well_is_not_run_again_and_one_that_failed_is_from_its_start() {
    let fails_once = "echo run >> .git-runs; echo trouble; test -e again || { touch again; exit 3; }";
    let made = Made::new(&[&["sh", "-c", "echo first >> first"], &["sh", "-c", fails_once]]).await;
    match made.set_up().await {
        SetUp::Failed { why, printed } => {
            assert!(
                why.starts_with("its setup failed: sh -c ") && why.ends_with("exited with code 3\n  trouble"),
                "{why}"
            );
            assert!(printed.text().contains("exited with code 3"), "{printed:?}");
        }
        other => panic!("it failed: {other:?}"),
    }
    // Asked anew, as a second attempt does, the same folder comes back.
    assert_eq!(made.world.prepare(1, "x").await.expect("prepared"), made.prepared);
    text(made.set_up().await);
    assert_eq!(made.read("first"), "first\nfirst\n");
    assert!(matches!(made.set_up().await, SetUp::Done(None)));
    assert_eq!(made.read(".git-runs"), "run\nrun\n");
    // Also when the daemon went down before it could say so, with all that the setup wrote into the folder.
    assert_eq!(made.world.prepare(1, "x").await.expect("prepared"), made.prepared);
    fs::write(made.prepared.path.join("work"), "of somebody").expect("written");
    assert_ne!(made.world.prepare(1, "x").await.expect("prepared").path, made.prepared.path);
}

#[tokio::test]
async fn files_that_git_does_not_keep_are_copied_and_nothing_else_is_touched() {
    let made = Made::new(&[]).await.copying(&[".env", "config", "README", "missing"]);
    let world = &made.world;
    world.write("mine/.env", "SECRET=1\n");
    world.write("mine/config/deep/local.json", "{}\n");
    world.write("mine/README", "mine, changed\n");
    std::os::unix::fs::symlink("deep/local.json", world.at("mine/config/link")).expect("a link");
    let before = world.picture("mine");
    let said = text(made.set_up().await);
    assert_eq!(world.picture("mine"), before);
    assert_eq!((made.read(".env").as_str(), made.read("config/link").as_str()), ("SECRET=1\n", "{}\n"));
    assert_eq!(made.read("README"), "hello\n", "what git keeps comes from git");
    assert!(said.contains("config was copied from your checkout: 2 files"), "{said}");
    assert!(said.contains("missing is not in your checkout"), "{said}");
}

#[tokio::test]
async fn no_link_leads_a_copy_out_of_the_checkout_or_the_workspace() {
    let made = Made::new(&[]).await;
    let world = &made.world;
    world.write("outside/secret", "secret\n");
    world.write("mine/folder/file", "mine\n");
    std::os::unix::fs::symlink(world.at("outside"), world.at("mine/linked")).expect("a link");
    std::os::unix::fs::symlink("../outside/secret", world.at("mine/beside")).expect("a link");
    // What the repository's commits could have put into the workspace.
    std::os::unix::fs::symlink(world.at("outside"), made.prepared.path.join("folder")).expect("a link");
    let made = made.copying(&[]);
    for wanted in ["linked/secret", "beside", "folder/file"] {
        let mut repository = made.repository.clone();
        repository.setup.copy = vec![wanted.into()];
        let (root, cancel) = (made.world.root(), CancellationToken::new());
        let went = set_up(&made.world.host(), place(1, &made.prepared, &root, &repository), &[], &cancel).await;
        assert!(matches!(went, Ok(SetUp::Failed { .. })), "{wanted}: {went:?}");
        assert!(!made.prepared.path.join(wanted).is_file() || wanted == "folder/file", "{wanted}");
    }
    assert_eq!(fs::read_dir(made.world.at("outside")).expect("there").count(), 1, "nothing was written there");
}

#[tokio::test]
async fn a_setup_ends_when_it_is_called_off_and_at_its_deadline() {
    let mut made = Made::new(&[&["sh", "-c", "echo begun; sleep 600"]]).await;
    let cancel = CancellationToken::new();
    let canceled = async {
        while !fs::read_to_string(made.world.root().join(".setups/w1.log")).is_ok_and(|log| log.contains("begun\n")) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        cancel.cancel();
    };
    let (went, ()) = tokio::join!(made.set_up_until(&cancel), canceled);
    assert!(matches!(went, SetUp::Canceled), "{went:?}");
    made.repository.setup.deadline = Duration::from_millis(200);
    match made.set_up().await {
        SetUp::Failed { why, .. } => assert!(why.contains("had not ended"), "{why}"),
        other => panic!("it is late: {other:?}"),
    }
}

#[tokio::test]
async fn every_workspace_has_ports_of_its_own_for_as_long_as_it_lives() {
    let world = World::with_repository();
    let root = world.root();
    let mut repository = Repository::at("mine".parse().expect("a name"), world.at("mine"));
    repository.setup.ports = 3;
    let mut made = Vec::new();
    for number in 1..=4 {
        made.push(world.prepare(number, "x").await.expect("prepared"));
    }
    let ports = async || {
        let mut all = Vec::new();
        for (number, made) in (1..).zip(&made) {
            let at = place(number, made, &root, &repository);
            let variables = setup::variables(&world.host(), at).await.expect("variables");
            all.extend(variables.into_iter().find(|(name, _)| name == "QD_PORTS").map(|(_, ports)| ports));
        }
        all
    };
    let all = ports().await;
    let mut single: Vec<&str> = all.iter().flat_map(|ports| ports.split(' ')).collect();
    single.sort_unstable();
    single.dedup();
    assert_eq!(single.len(), 12, "{all:?}");
    assert_eq!(ports().await, all, "they stay");
    // Those of a workspace that is gone are free again.
    fs::remove_dir_all(&made[0].path).expect("removed");
    let fifth = world.prepare(5, "x").await.expect("prepared");
    let variables = setup::variables(&world.host(), place(5, &fifth, &root, &repository)).await.expect("variables");
    assert!(variables.contains(&("QD_PORTS".to_owned(), all[0].clone())), "{variables:?} {all:?}");
}
