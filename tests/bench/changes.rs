//! What it costs to know what thirty workspaces of a large repository changed, and how soon it is known.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    pin::pin,
    process::Command,
    time::{Duration, Instant},
};

use futures_util::{Stream, StreamExt};
use quarterdeck::{
    api::{client::Error, wire::Step},
    domain::{
        Change, WorkspaceId, World,
        diff::Side,
        workspace::{Changed, State},
    },
};

use crate::{
    Outcome, Plan,
    clock::{milliseconds, now},
    crew::Crew,
    figures::{Samples, Table, short},
    process,
};

/// How long any one thing may take.
const PATIENCE: Duration = Duration::from_secs(180);
/// The repository: so many folders with so many files each.
const FOLDERS: usize = 1_000;
const FILES: usize = 20;
/// How many sessions work in it, each in a worktree of its own.
const WORKSPACES: usize = 30;
/// How long the crew is left alone before it is measured.
const SETTLE: Duration = Duration::from_secs(5);

pub(crate) async fn measure(plan: &Plan) -> Outcome<Table> {
    let heading = format!("Changes: {WORKSPACES} workspaces of a repository with {} files", FOLDERS * FILES);
    let mut table = Table::new(&heading, &["what", "measured", "goal", "", "how"]);
    let mut crew = Crew::start().await?;
    let repository = repository(&crew)?;
    for _ in 0..WORKSPACES {
        crew.add_in(&repository, "idle").await?;
    }
    let there = until(&crew, |world| all(world, |_| true)).await?;
    let began = Instant::now();
    until(&crew, |world| all(world, |changed| changed.is_some())).await?;
    let took = began.elapsed().as_secs_f64();
    let how = "from the last worktree's being there until all have figures";
    table.row(vec!["first counts".into(), format!("{} s", short(took)), String::new(), String::new(), how.into()]);
    crew.settled(WORKSPACES).await?;
    let deadline = Instant::now() + PATIENCE;
    let mut faults = 0;
    while faults != process::faults_of_ended_children(crew.daemon()) && Instant::now() < deadline {
        faults = process::faults_of_ended_children(crew.daemon());
        tokio::time::sleep(SETTLE).await;
    }
    costs(plan, &crew, &mut table, "idle", None).await?;
    let places: Vec<(WorkspaceId, PathBuf)> =
        there.workspaces.values().map(|workspace| (workspace.id, workspace.path.clone())).collect();
    let (_, first) = places.first().ok_or("no workspace")?;
    costs(plan, &crew, &mut table, "one file a second", Some(first)).await?;
    tokio::time::sleep(SETTLE).await;
    let samples = fresh(plan, &crew, &places).await?;
    let how =
        "a new file in one of them, until its figures stand on the door's stream; 300 ms of it are waiting for quiet";
    table.goal("write → figures", format!("{} ms", samples.tail()), samples.quantile(0.99), 1_000.0, "ms p99", how);
    let (whole, one) = differences(plan, &crew, &places).await?;
    let how = "GET …/diff, from the base to now";
    table.goal("the list of changed files", format!("{} ms", whole.tail()), whole.median(), 500.0, "ms p50", how);
    table.goal("the text of one file", format!("{} ms", one.tail()), one.median(), 500.0, "ms p50", how);
    let memory = process::memory(crew.daemon()) as f64 / 1_024.0;
    table.row(vec![
        "memory".into(),
        format!("{} MB", short(memory)),
        String::new(),
        String::new(),
        "PSS of the daemon".into(),
    ]);
    let watched = watched(crew.daemon());
    let how = "in /proc/PID/fdinfo of the daemon";
    table.row(vec!["watched folders".into(), watched.to_string(), String::new(), String::new(), how.into()]);
    Ok(table)
}

/// A repository of many files, in one commit.
fn repository(crew: &Crew) -> Outcome<PathBuf> {
    let top = crew.folder().join("large");
    for folder in 0..FOLDERS {
        let folder = top.join(format!("part{}/module{folder}", folder % 20));
        fs::create_dir_all(&folder)?;
        for file in 0..FILES {
            let lines: String =
                (0..40).map(|line| format!("line {line} of {file} in {}\n", folder.display())).collect();
            fs::write(folder.join(format!("file{file}.txt")), lines)?;
        }
    }
    let git = |arguments: &[&str]| -> Outcome<()> {
        let mut command = Command::new("git");
        command.arg("-C").arg(&top).args(["-c", "user.name=Bench", "-c", "user.email=bench@example.invalid"]);
        let done = command.args(arguments).env("HOME", crew.folder()).status()?;
        if done.success() { Ok(()) } else { Err(format!("git {arguments:?} failed").into()) }
    };
    git(&["init", "--quiet", "-b", "main"])?;
    // It is tidied up below, and by nobody else meanwhile.
    git(&["config", "gc.auto", "0"])?;
    git(&["add", "--all"])?;
    git(&["commit", "--quiet", "-m", "all"])?;
    git(&["gc", "--quiet"])?;
    Ok(top)
}

/// All workspaces are there, and it is known of each what is `wanted`.
fn all(world: &World, wanted: impl Fn(&Option<Changed>) -> bool) -> bool {
    let ready = world.workspaces.values().filter(|workspace| workspace.state == State::Ready);
    ready.filter(|workspace| wanted(&workspace.changed)).count() == WORKSPACES
}

async fn until(crew: &Crew, wanted: impl Fn(&World) -> bool) -> Outcome<World> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let world = crew.client.world().await?;
        if wanted(&world) {
            return Ok(world);
        }
        if Instant::now() > deadline {
            return Err("the workspaces are not there, or not looked at".into());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// What the daemon and the git it runs use, while nothing happens or a file is written every second in this folder.
async fn costs(plan: &Plan, crew: &Crew, table: &mut Table, what: &str, at: Option<&Path>) -> Outcome<()> {
    let (mut own, mut gits, mut faults) = (Samples::default(), Samples::default(), 0);
    let mut number = 0;
    for _ in 0..plan.windows {
        let daemon = crew.daemon();
        let before = (process::used([daemon]), process::used_by_ended_children(daemon));
        let (faults_before, began) = (process::faults_of_ended_children(daemon), Instant::now());
        while began.elapsed() < 2 * plan.window {
            tokio::time::sleep(Duration::from_secs(1)).await;
            if let Some(folder) = at {
                number += 1;
                fs::write(folder.join("part0/written.txt"), format!("{number}\n").repeat(number))?;
            }
        }
        let percent = |used: Duration| used.as_secs_f64() / began.elapsed().as_secs_f64() * 100.0;
        own.push(percent(process::used([daemon]).since(&before.0)));
        gits.push(percent(process::used_by_ended_children(daemon).saturating_sub(before.1)));
        faults += process::faults_of_ended_children(daemon) - faults_before;
    }
    let how = "of one processor; the daemon, and the programs that it has run and waited for";
    let value = format!("{} % and {} %", own.span(), gits.span());
    match at {
        None => {
            table.goal(&format!("{what}: processor"), value, own.median() + gits.median(), 0.5, "%", how);
            let how = "page faults of children that were waited for: each fork has some";
            table.goal(&format!("{what}: forks"), faults.to_string(), faults as f64, 0.0, "", how);
        }
        Some(_) => {
            table.goal(&format!("{what}: processor"), value, own.median() + gits.median(), 15.0, "%", how);
        }
    }
    Ok(())
}

/// How long it takes from a write to the figures, in one workspace after another.
async fn fresh(plan: &Plan, crew: &Crew, places: &[(WorkspaceId, PathBuf)]) -> Outcome<Samples> {
    let world = crew.client.world().await?;
    let mut steps = pin!(crew.client.changes(world.revision).await?);
    let files = |changed: &Option<Changed>| changed.as_ref().map_or(0, |changed| changed.files);
    let mut known: BTreeMap<WorkspaceId, u32> =
        world.workspaces.values().map(|workspace| (workspace.id, files(&workspace.changed))).collect();
    let mut samples = Samples::default();
    for number in 0..plan.samples {
        let (id, folder) = &places[number % places.len()];
        let wanted = known.get(id).copied().unwrap_or_default() + 1;
        let written = now();
        fs::write(folder.join(format!("part{}/new{number}.txt", number % 20)), "one\ntwo\n")?;
        let seen = tokio::time::timeout(PATIENCE, figures(&mut steps, *id, wanted)).await;
        seen.map_err(|_| format!("the figures of {id} were not told"))??;
        samples.push(milliseconds(written, now()));
        known.insert(*id, wanted);
    }
    Ok(samples)
}

/// Reads steps until this workspace has so many changed files.
async fn figures(
    steps: &mut (impl Stream<Item = Result<Step, Error>> + Unpin),
    id: WorkspaceId,
    wanted: u32,
) -> Outcome<()> {
    while let Some(step) = steps.next().await {
        let told = |change: &Change| matches!(change, Change::Workspace(row) if row.id == id && row.changed.as_ref().is_some_and(|changed| changed.files >= wanted));
        if step?.changes.iter().any(told) {
            return Ok(());
        }
    }
    Err("the stream has ended".into())
}

/// How long the difference of a workspace takes: all of its files, and one with its text.
async fn differences(plan: &Plan, crew: &Crew, places: &[(WorkspaceId, PathBuf)]) -> Outcome<(Samples, Samples)> {
    let (mut whole, mut one) = (Samples::default(), Samples::default());
    for number in 0..plan.samples.min(50) {
        let (id, _) = &places[number % places.len()];
        let began = now();
        let diff = crew.client.diff(*id, Side::Base, Side::Now, None).await?;
        whole.push(milliseconds(began, now()));
        let Some(file) = diff.files.first() else { continue };
        let began = now();
        crew.client.diff(*id, Side::Base, Side::Now, Some(&file.path)).await?;
        one.push(milliseconds(began, now()));
    }
    Ok((whole, one))
}

/// How many folders a process watches.
fn watched(pid: u32) -> usize {
    let files = fs::read_dir(format!("/proc/{pid}/fdinfo")).into_iter().flatten().flatten();
    let lines = files.map(|file| fs::read_to_string(file.path()).unwrap_or_default());
    // One instance may have several descriptors.
    lines.map(|lines| lines.lines().filter(|line| line.starts_with("inotify ")).count()).max().unwrap_or(0)
}
