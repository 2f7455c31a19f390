//! Many sessions on hosts: how soon they live, and what watching them costs.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use quarterdeck::domain::SessionId;

use super::away::{Away, Host};
use crate::{
    Outcome, Plan,
    crew::{recorders, toggle},
    figures::{Samples, Table, short},
    process::{self, Used},
    terminal::Terminal,
};

/// How many work when not all are idle.
const BUSY: usize = 20;
/// How long a crew is left alone before it is measured.
const SETTLE: Duration = Duration::from_secs(5);
/// The program that holds a connection.
const SSH: &str = "ssh";

pub(super) async fn measure(plan: &Plan, hosts: usize, each: usize, table: &mut Table) -> Outcome<()> {
    let name = match hosts {
        1 => format!("1 host, {each} sessions"),
        _ => format!("{hosts} hosts, {} sessions", hosts * each),
    };
    let mut away = Away::with(hosts).await?;
    let how = "from adding the first until sessions can run on all";
    table.figure(&format!("{name}: hosts up"), format!("{} s", short(away.up_within.as_secs_f64())), how);
    let mut dashboard = Terminal::dashboard(&away.crew, 140, 40)?;
    dashboard.rest(SETTLE);
    let before = memory(&away);
    let agents = start(&mut away, each, &name, table).await?;
    dashboard.rest(SETTLE);
    // The newest is idle. With those that are busy it would be one more.
    let busy: Vec<u32> = agents.values().copied().take(BUSY.min(agents.len() - 1)).collect();
    let idle = used(plan, &away, &agents, &mut dashboard)?;
    row(table, &format!("{name}, idle"), &idle);
    busy.iter().try_for_each(|&pid| toggle(pid))?;
    dashboard.rest(SETTLE);
    let working = used(plan, &away, &agents, &mut dashboard)?;
    row(table, &format!("{name}, {} busy", busy.len()), &working);

    let how = "the daemon's children called ssh";
    let connections = masters(away.crew.daemon()).len();
    table.goal(&format!("{name}: ssh processes"), connections.to_string(), connections as f64, hosts as f64, "", how);
    let forked = idle.forked + working.forked;
    let windows = plan.windows * 2;
    let how = "windows in which the daemon had other children than before, or had waited for one";
    table.goal(&format!("{name}: forks"), format!("{forked} of {windows}"), forked as f64, 0.0, "", how);
    let (daemon, ssh) = memory(&away);
    let own = (daemon + ssh - before.0 - before.1) / agents.len() as f64;
    let value = format!("{} MB; all: daemon {} MB, ssh {} MB", short(own), short(daemon), short(ssh));
    let how = "PSS of daemon and ssh at the end, less what it was with the hosts up";
    table.goal(&format!("{name}: memory for each"), value, own, 0.3, "MB", how);
    Ok(())
}

/// Starts as many sessions on each host, and waits until it is known of each that it is idle.
async fn start(away: &mut Away, each: usize, name: &str, table: &mut Table) -> Outcome<BTreeMap<SessionId, u32>> {
    let count = each * away.hosts.len();
    let (began, run_before) = (Instant::now(), programs(away));
    for _ in 0..each {
        for host in &away.hosts {
            away.crew.add_on(&host.name, "idle").await?;
        }
    }
    away.crew.alive(count).await?;
    let live = began.elapsed().as_secs_f64();
    let agents = away.crew.settled(count).await?;
    let value =
        format!("{} s; {} s until it is known that they are idle", short(live), short(began.elapsed().as_secs_f64()));
    table.figure(&format!("{name}: all live"), value, "from the first command on");
    let run = (programs(away) - run_before) as f64 / count as f64;
    table.figure(&format!("{name}: programs for each"), short(run), "what sshd says it has run there by then");
    Ok(agents)
}

/// In % of one processor; and what was run.
#[derive(Default)]
struct Cost {
    daemon: Samples,
    ssh: Samples,
    dashboard: Samples,
    sshd: Samples,
    tmux: Samples,
    recorders: Samples,
    /// A second, on all hosts together.
    programs: Samples,
    /// Windows.
    forked: usize,
}

fn used(plan: &Plan, away: &Away, agents: &BTreeMap<SessionId, u32>, dashboard: &mut Terminal) -> Outcome<Cost> {
    let servers: Vec<u32> = away.hosts.iter().map(Host::tmux).collect::<Outcome<_>>()?;
    let mut cost = Cost::default();
    for _ in 0..plan.windows {
        let (offspring, programs) = (offspring(away), programs(away));
        let (before, began) = (snapshot(away, &servers, agents, dashboard), Instant::now());
        dashboard.rest(plan.window);
        let (after, lasted) = (snapshot(away, &servers, agents, dashboard), began.elapsed().as_secs_f64());
        let kinds =
            [&mut cost.daemon, &mut cost.ssh, &mut cost.dashboard, &mut cost.sshd, &mut cost.tmux, &mut cost.recorders];
        for (kind, (after, before)) in kinds.into_iter().zip(after.iter().zip(&before)) {
            kind.push(after.since(before).as_secs_f64() / lasted * 100.0);
        }
        cost.programs.push((self::programs(away) - programs) as f64 / lasted);
        cost.forked += usize::from(self::offspring(away) != offspring);
    }
    Ok(cost)
}

/// What was used so far, in the order of [`Cost`].
fn snapshot(away: &Away, servers: &[u32], agents: &BTreeMap<SessionId, u32>, dashboard: &Terminal) -> [Used; 6] {
    let daemon = away.crew.daemon();
    let masters = masters(daemon);
    let children = process::children(daemon);
    let connections = away.hosts.iter().flat_map(|host| host.sshd.connections());
    let recorders = servers.iter().flat_map(|&server| recorders(server, agents));
    [
        process::used(std::iter::once(daemon).chain(children.difference(&masters).copied())),
        process::used(masters.iter().copied()),
        process::used([dashboard.pid()]),
        process::used(connections),
        process::used(servers.iter().copied()),
        process::used(recorders),
    ]
}

fn row(table: &mut Table, what: &str, cost: &Cost) {
    let own: f64 = cost.daemon.median() + cost.ssh.median();
    let value = format!("{} %: daemon {}, ssh {}", short(own), cost.daemon.span(), cost.ssh.span());
    table.figure(&format!("{what}: processor"), value, "the scheduler's account; a dashboard looks at an idle one");
    let value = format!(
        "sshd {} %, tmux {} %, recorders {} %; {} programs/s",
        cost.sshd.span(),
        cost.tmux.span(),
        cost.recorders.span(),
        cost.programs.span()
    );
    table.figure(&format!("{what}: there"), value, "without what the programs used; on all hosts together");
    table.figure(&format!("{what}: dashboard"), format!("{} %", cost.dashboard.span()), "");
}

fn programs(away: &Away) -> usize {
    away.hosts.iter().map(Host::programs_run).sum()
}

/// Differs when the daemon has forked, or waited for a child, in between.
fn offspring(away: &Away) -> (BTreeSet<u32>, u64) {
    let daemon = away.crew.daemon();
    (process::children(daemon), process::faults_of_ended_children(daemon))
}

/// The processes that hold the daemon's connections.
fn masters(daemon: u32) -> BTreeSet<u32> {
    process::children(daemon).into_iter().filter(|&pid| process::name(pid) == SSH).collect()
}

/// The daemon's, and that of its connections, in MB.
fn memory(away: &Away) -> (f64, f64) {
    let daemon = away.crew.daemon();
    let megabytes = |kilobytes: u64| kilobytes as f64 / 1_024.0;
    (megabytes(process::memory(daemon)), megabytes(masters(daemon).into_iter().map(process::memory).sum()))
}
