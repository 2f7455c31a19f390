//! What watching costs while nothing is looked at but one idle session: processor, forks and memory.
//!
//! Three crews of the same agents: one on a tmux server that nobody watches, the same one while `tmux capture-pane` is
//! forked for each pane once a second, and one of ours with the daemon and a dashboard.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Stdio,
    time::{Duration, Instant},
};

use nix::sys::resource::{UsageWho, getrusage};

use crate::{
    Outcome, Plan,
    crew::{Crew, Plain, recorders, toggle},
    figures::{Samples, Table, short},
    process::{self, Used},
    terminal::Terminal,
};

/// How many work when not all are idle.
const BUSY: usize = 20;
/// The session that the dashboard looks at; it is idle, and one more than the table says.
const LOOKED_AT: &str = "idle looked-at";
/// How long a crew is left alone before it is measured.
const SETTLE: Duration = Duration::from_secs(3);

/// In % of one processor.
#[derive(Default)]
struct Unwatched {
    alone: Samples,
    with_forks: Samples,
    forks: Samples,
    round: Samples,
}

#[derive(Default)]
struct Ours {
    daemon: Samples,
    dashboard: Samples,
    recorders: Samples,
    tmux: Samples,
    forked: bool,
    memory: Samples,
}

impl Ours {
    /// Daemon and dashboard.
    fn own(&self) -> f64 {
        self.daemon.median() + self.dashboard.median()
    }

    /// Everything that would not run without us.
    fn above(&self, unwatched: &Unwatched) -> f64 {
        self.own() + self.recorders.median() + self.tmux.median() - unwatched.alone.median()
    }
}

type Cells<T> = BTreeMap<(usize, bool), T>;

/// Measures, and gives the table and the goals.
pub(crate) async fn measure(plan: &Plan) -> Outcome<Vec<Table>> {
    let unwatched = unwatched(plan)?;
    let ours = ours(plan).await?;
    Ok(vec![table(&unwatched, &ours), goals(&unwatched, &ours)])
}

fn unwatched(plan: &Plan) -> Outcome<Cells<Unwatched>> {
    let plain = Plain::new()?;
    plain.add(LOOKED_AT)?;
    let server = plain.pid()?;
    let mut cells = Cells::new();
    for &count in &plan.counts {
        for _ in plain.panes()?.len()..=count {
            plain.add("idle")?;
        }
        let panes = plain.panes()?;
        let busy: Vec<u32> = panes.iter().skip(1).take(BUSY).map(|&(_, pid)| pid).collect();
        std::thread::sleep(SETTLE);
        cells.insert((count, false), one_unwatched(plan, &plain, server, &panes)?);
        busy.iter().try_for_each(|&pid| toggle(pid))?;
        std::thread::sleep(SETTLE / 3);
        cells.insert((count, true), one_unwatched(plan, &plain, server, &panes)?);
        busy.iter().try_for_each(|&pid| toggle(pid))?;
        eprintln!("  {count} sessions that nobody watches: done");
    }
    Ok(cells)
}

fn one_unwatched(plan: &Plan, plain: &Plain, server: u32, panes: &[(String, u32)]) -> Outcome<Unwatched> {
    let mut measured = Unwatched::default();
    for _ in 0..plan.windows {
        let (before, began) = (process::used([server]), Instant::now());
        std::thread::sleep(plan.window);
        measured.alone.push(percent(process::used([server]).since(&before), began));
    }
    for _ in 0..plan.windows {
        let (before, forked, began) = (process::used([server]), used_by_forks()?, Instant::now());
        let mut forks = 0_u32;
        while began.elapsed() < plan.window {
            let round = Instant::now();
            for (pane, _) in panes {
                let captured =
                    plain.command().args(["capture-pane", "-p", "-e", "-t", pane]).stdout(Stdio::piped()).output()?;
                std::hint::black_box(captured.stdout);
                forks += 1;
            }
            measured.round.push(round.elapsed().as_secs_f64() * 1_000.0);
            std::thread::sleep(Duration::from_secs(1).saturating_sub(round.elapsed()));
        }
        let used = process::used([server]).since(&before) + used_by_forks()?.saturating_sub(forked);
        measured.with_forks.push(percent(used, began));
        measured.forks.push(f64::from(forks) / began.elapsed().as_secs_f64());
    }
    Ok(measured)
}

async fn ours(plan: &Plan) -> Outcome<Cells<Ours>> {
    let mut crew = Crew::start().await?;
    let looked_at = crew.add(LOOKED_AT).await?;
    let server = crew.tmux()?;
    let mut cells = Cells::new();
    let mut there = 0;
    for &count in &plan.counts {
        let began = Instant::now();
        for _ in there..count {
            crew.add("idle").await?;
        }
        let agents = crew.settled(count + 1).await?;
        eprintln!("  {} sessions were started in {:.1} s", count - there, began.elapsed().as_secs_f64());
        there = count;
        let mut dashboard = Terminal::dashboard(&crew, 140, 40)?;
        dashboard.rest(SETTLE);
        // The oldest is the last.
        dashboard.type_keys("G")?;
        if !dashboard.shows(LOOKED_AT) {
            return Err(format!("the dashboard does not show the idle session:\n{}", dashboard.contents()).into());
        }
        let pids = Watched { server, dashboard: dashboard.pid(), daemon: crew.daemon(), agents: &agents };
        let busy: Vec<u32> =
            agents.iter().filter(|&(&session, _)| session != looked_at).take(BUSY).map(|(_, &pid)| pid).collect();
        dashboard.rest(SETTLE);
        cells.insert((count, false), one_of_ours(plan, &pids, &mut dashboard));
        busy.iter().try_for_each(|&pid| toggle(pid))?;
        dashboard.rest(SETTLE);
        cells.insert((count, true), one_of_ours(plan, &pids, &mut dashboard));
        busy.iter().try_for_each(|&pid| toggle(pid))?;
        if !dashboard.contents().contains(LOOKED_AT) {
            return Err("the dashboard has come to look at another session".into());
        }
        eprintln!("  {count} sessions of ours: done");
    }
    Ok(cells)
}

/// Whom a window is about.
struct Watched<'agents> {
    daemon: u32,
    dashboard: u32,
    server: u32,
    agents: &'agents BTreeMap<quarterdeck::domain::SessionId, u32>,
}

impl Watched<'_> {
    /// What the daemon (with what it runs: the control client), the dashboard, the recorders and tmux have used.
    fn used(&self) -> [Used; 4] {
        let daemon = std::iter::once(self.daemon).chain(process::children(self.daemon));
        let recorders = recorders(self.server, self.agents);
        [process::used(daemon), process::used([self.dashboard]), process::used(recorders), process::used([self.server])]
    }

    /// Differs when any of them has forked, or waited for a child, in between.
    fn offspring(&self) -> Vec<(BTreeSet<u32>, u64)> {
        let all = [self.daemon, self.dashboard, self.server];
        all.map(|pid| (process::children(pid), process::faults_of_ended_children(pid))).into()
    }
}

fn one_of_ours(plan: &Plan, watched: &Watched<'_>, dashboard: &mut Terminal) -> Ours {
    let mut measured = Ours::default();
    for _ in 0..plan.windows {
        let offspring = watched.offspring();
        let (before, began) = (watched.used(), Instant::now());
        dashboard.rest(plan.window);
        let after = watched.used();
        let [daemon, shown, recorders, tmux] = std::array::from_fn(|at| percent(after[at].since(&before[at]), began));
        measured.daemon.push(daemon);
        measured.dashboard.push(shown);
        measured.recorders.push(recorders);
        measured.tmux.push(tmux);
        measured.forked |= offspring != watched.offspring();
        measured.memory.push(process::memory(watched.daemon) as f64 / 1_024.0);
    }
    measured
}

fn percent(used: Duration, since: Instant) -> f64 {
    used.as_secs_f64() / since.elapsed().as_secs_f64() * 100.0
}

/// What the children that were waited for have used so far.
pub(crate) fn used_by_forks() -> Outcome<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let time = |value: nix::sys::time::TimeVal| {
        Duration::from_micros((value.tv_sec() * 1_000_000 + value.tv_usec()).unsigned_abs())
    };
    Ok(time(usage.user_time()) + time(usage.system_time()))
}

fn table(unwatched: &Cells<Unwatched>, ours: &Cells<Ours>) -> Table {
    let heading = "Steady state, in % of one processor, median (min–max) of the windows. `tmux`: the server alone, watched by \
                   nobody. `forks`: the same with capture-pane forked for each pane every second, server and forks. `above`: \
                   daemon, dashboard, recorders and tmux, less `tmux`.";
    let columns = [
        "sessions",
        "busy",
        "tmux",
        "forks",
        "forks/s",
        "round ms",
        "daemon",
        "dashboard",
        "recorders",
        "our tmux",
        "above",
        "our forks/s",
        "times cheaper",
        "memory MB",
    ];
    let mut table = Table::new(heading, &columns);
    for ((count, busy), ours) in ours {
        let Some(plain) = unwatched.get(&(*count, *busy)) else { continue };
        let above = ours.above(plain);
        let forks_above = plain.with_forks.median() - plain.alone.median();
        table.row(vec![
            count.to_string(),
            if *busy { BUSY.min(*count).to_string() } else { "0".into() },
            plain.alone.span(),
            plain.with_forks.span(),
            short(plain.forks.median()),
            short(plain.round.median()),
            ours.daemon.span(),
            ours.dashboard.span(),
            ours.recorders.span(),
            ours.tmux.span(),
            short(above),
            if ours.forked { "> 0".into() } else { "0".into() },
            if above > 0.0 { short(forks_above / above) } else { "–".into() },
            ours.memory.span(),
        ]);
    }
    table
}

fn goals(unwatched: &Cells<Unwatched>, ours: &Cells<Ours>) -> Table {
    let mut table = Table::new("Steady state: goals", &["what", "measured", "goal", "", "how"]);
    let how = "the scheduler's account of daemon (with its control client) and dashboard";
    for (count, limit) in [(50, 0.5), (499, 2.0)] {
        if let Some(ours) = ours.get(&(count, false)) {
            table.goal(
                &format!("{count} idle: processor"),
                format!("{} %", short(ours.own())),
                ours.own(),
                limit,
                "%",
                how,
            );
        }
    }
    if let (Some(ours), Some(plain)) = (ours.get(&(BUSY, true)), unwatched.get(&(BUSY, true))) {
        let above = ours.above(plain);
        let how = "daemon, dashboard, recorders and tmux, less a tmux that nobody watches";
        table.goal("20 busy, not looked at: processor", format!("{} %", short(above)), above, 3.0, "% above tmux", how);
    }
    let forked = ours.values().filter(|ours| ours.forked).count();
    let how = "windows in which daemon, dashboard or tmux server had other children than before, or had waited for one";
    table.goal("forks", format!("{forked} of {}", ours.len()), forked as f64, 0.0, "", how);
    for ((count, busy), ours) in ours {
        if !busy {
            let limit = 30.0 + 0.3 * (*count as f64 + 1.0);
            let how = "PSS of the daemon";
            table.goal(
                &format!("{count} sessions: memory"),
                format!("{} MB", ours.memory.span()),
                ours.memory.quantile(1.0),
                limit,
                "MB",
                how,
            );
        }
    }
    let memory = |count: usize| ours.get(&(count, false)).map(|ours| ours.memory.median());
    let counts: BTreeSet<usize> = ours.keys().map(|&(count, _)| count).collect();
    if let (Some(&first), Some(&last)) = (counts.first(), counts.last())
        && let (Some(least), Some(most), true) = (memory(first), memory(last), last > first)
    {
        let each = (most - least) / (last - first) as f64;
        table.goal(
            "memory for each live session",
            format!("{} MB", short(each)),
            each,
            0.3,
            "MB",
            "between the smallest and the largest crew",
        );
    }
    table
}
