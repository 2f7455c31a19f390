//! What quarterdeck costs, and how fast it is, beside what it costs to fork `tmux capture-pane` for each pane.
//!
//! Run by `scripts/bench`; see there. Each figure is measured with the released program, real tmux and real panes; the
//! agents are this program itself. Everything lives in homes and on tmux servers of its own below `/tmp`, and ends
//! with the run. Linux only: figures come from `/proc`.

mod agent;
mod changes;
mod clock;
mod crew;
mod figures;
mod first_frame;
mod flood;
mod history;
mod hosts;
mod latency;
mod load;
mod noise;
mod process;
mod signals;
#[path = "../hosts/sshd/mod.rs"]
mod sshd;
mod terminal;

use std::{process::ExitCode, time::Duration};

use figures::short;

/// What can't be measured says why.
pub(crate) type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// How much is measured.
pub(crate) struct Plan {
    /// How many sessions beside the one that is looked at, one crew after another. With it, 500 are the most there may be.
    counts: Vec<usize>,
    /// How many hosts, and how many sessions on each, one crew after another.
    hosts: Vec<(usize, usize)>,
    /// How long one window is, and how many there are for each figure.
    window: Duration,
    windows: usize,
    /// How many samples of each latency.
    samples: usize,
    /// How often the dashboard is started.
    starts: usize,
    /// What is in the database when it is.
    past_sessions: u32,
    past_events: u64,
}

impl Plan {
    fn full() -> Self {
        Self {
            counts: vec![1, 20, 50, 200, 499],
            hosts: vec![(1, 100), (10, 20)],
            window: Duration::from_secs(5),
            windows: 3,
            samples: 200,
            starts: 15,
            past_sessions: 1_000,
            past_events: 1_000_000,
        }
    }

    fn quick() -> Self {
        Self {
            counts: vec![20],
            hosts: vec![(1, 10)],
            window: Duration::from_secs(2),
            windows: 2,
            samples: 40,
            starts: 5,
            past_events: 50_000,
            ..Self::full()
        }
    }
}

const USAGE: &str =
    "usage: scripts/bench [--quick] [load|latency|signals|flood|changes|hosts|first-frame ...] [--sessions N,N,...]";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let ended = match args.split_first() {
        Some((first, rest)) if first == "agent" => agent::run(&rest.join(" ")).map_err(Into::into),
        _ => bench(&args),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn bench(args: &[String]) -> Outcome<()> {
    let mut plan = if args.iter().any(|arg| arg == "--quick") { Plan::quick() } else { Plan::full() };
    let mut wanted = Vec::new();
    let mut words = args.iter().filter(|arg| *arg != "--quick");
    while let Some(word) = words.next() {
        match word.as_str() {
            "--sessions" => {
                let counts = words.next().ok_or(USAGE)?;
                plan.counts = counts.split(',').map(str::parse).collect::<Result<_, _>>()?;
            }
            part @ ("load" | "latency" | "signals" | "flood" | "changes" | "hosts" | "first-frame") => {
                wanted.push(part)
            }
            _ => return Err(USAGE.into()),
        }
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(run(&plan, |part| wanted.is_empty() || wanted.contains(&part)))
}

async fn run(plan: &Plan, wanted: impl Fn(&str) -> bool) -> Outcome<()> {
    let others_before = noise::others(Duration::from_secs(2));
    let noise = noise::Noise::listen();
    let mut measured = Vec::new();
    if wanted("first-frame") {
        eprintln!("first frame");
        measured.push(first_frame::measure(plan).await.map(|table| vec![table]));
    }
    if wanted("latency") {
        eprintln!("latency");
        measured.push(latency::measure(plan).await.map(|table| vec![table]));
    }
    if wanted("signals") {
        eprintln!("signals");
        measured.push(signals::measure(plan).await.map(|table| vec![table]));
    }
    if wanted("flood") {
        eprintln!("flood");
        measured.push(flood::measure(plan).await.map(|table| vec![table]));
    }
    if wanted("changes") {
        eprintln!("changes");
        measured.push(changes::measure(plan).await.map(|table| vec![table]));
    }
    if wanted("hosts") {
        eprintln!("hosts");
        measured.push(hosts::measure(plan).await);
    }
    if wanted("load") {
        eprintln!("load");
        measured.push(load::measure(plan).await);
    }
    let late = noise.lateness();
    println!(
        "{} processors. Others used {} % of one before and {} % after the run. During it, a nap of 1 ms was too long by, in \
         ms: {}. Latencies include this.",
        std::thread::available_parallelism()?,
        short(others_before),
        short(noise::others(Duration::from_secs(2))),
        late.tail()
    );
    // A part that could not be measured does not take the others with it.
    let mut failed = Ok(());
    for part in measured {
        match part {
            Ok(tables) => tables.iter().for_each(|table| println!("{}", table.text())),
            Err(error) => {
                eprintln!("bench: {error}");
                failed = Err("a part could not be measured".into());
            }
        }
    }
    failed
}
