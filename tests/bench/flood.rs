//! A pane that floods: what it loses by being watched, and what the others lose by it.

use std::{
    ffi::OsStr,
    pin::pin,
    time::{Duration, Instant},
};

use futures_util::StreamExt;
use nix::sys::signal::Signal;
use portable_pty::CommandBuilder;
use quarterdeck::domain::{Change, SessionId, activity::Doing};

use crate::{
    Outcome, Plan,
    clock::{milliseconds, now},
    crew::{Crew, Plain, signal, toggle},
    figures::{Samples, Table, short},
    latency, process,
    terminal::Terminal,
};

/// What stands beside the board when the flood is looked at.
const FLOODED: &str = "│y ";
/// Recordings keep this much of each attempt, and at most one file more.
const KEPT_MB: f64 = 32.0 + 4.0;

pub(crate) async fn measure(plan: &Plan) -> Outcome<Table> {
    let mut table = Table::new("One pane floods (`yes`)", &["what", "measured", "goal", "", "how"]);
    let plain = Plain::new()?;
    plain.add("flood")?;
    let unwatched = plain.panes()?.first().ok_or("there is no pane")?.1;
    plain.add("clock")?;
    let mut attached = CommandBuilder::new("tmux");
    attached.args([OsStr::new("-u"), OsStr::new("-S"), plain.socket().as_os_str()]);
    attached.args(["attach-session", "-t", "=1:"]);
    let beside_attached = latency::looking(&mut Terminal::start(attached, 120, 40)?, plan.samples)?;
    signal(unwatched, Signal::SIGSTOP)?;

    let mut crew = Crew::start().await?;
    let clock = crew.add("clock").await?;
    let other = crew.add("idle").await?;
    let agents = crew.settled(2).await?;
    let calm = changes(&crew, other, agents[&other], plan.samples / 10).await?;
    let calm_pictures = latency::stream(&crew, clock, plan.samples).await?;
    let before = (process::memory(crew.daemon()), process::memory(crew.tmux()?));

    let flood = crew.add("flood").await?;
    let flooding = pid_of(&crew, flood).await?;
    let (mut free, mut recorded, mut looked_at) = (Samples::default(), Samples::default(), Samples::default());
    let mut dashboard = Terminal::dashboard(&crew, 140, 40)?;
    let mut used = Samples::default();
    for _ in 0..plan.windows {
        signal(flooding, Signal::SIGSTOP)?;
        signal(unwatched, Signal::SIGCONT)?;
        free.push(rate(unwatched, plan.window, &mut dashboard));
        signal(unwatched, Signal::SIGSTOP)?;
        signal(flooding, Signal::SIGCONT)?;
        dashboard.look_for(crate::agent::MARK)?;
        let (daemon, began) = (process::used([crew.daemon()]), Instant::now());
        recorded.push(rate(flooding, plan.window, &mut dashboard));
        let daemon = process::used([crew.daemon()]).since(&daemon);
        used.push(daemon.as_secs_f64() / began.elapsed().as_secs_f64() * 100.0);
        dashboard.look_for(FLOODED)?;
        looked_at.push(rate(flooding, plan.window, &mut dashboard));
    }
    drop(dashboard);
    let how = "what `yes` wrote, from /proc/PID/io; in turns";
    let plain_row =
        |what: &str, value: String, how: &str| vec![what.into(), value, String::new(), String::new(), how.into()];
    table.row(plain_row("output on a tmux that nobody watches", format!("{} MB/s", free.span()), how));
    let lost = |with: &Samples| (1.0 - with.median() / free.median()) * 100.0;
    table.row(plain_row(
        "output recorded, another pane looked at",
        format!("{} MB/s, {} % less", recorded.span(), short(lost(&recorded))),
        how,
    ));
    table.row(plain_row(
        "output recorded and looked at",
        format!("{} MB/s, {} % less", looked_at.span(), short(lost(&looked_at))),
        how,
    ));
    table.row(plain_row(
        "daemon meanwhile",
        format!("{} % of a processor", used.span()),
        "the scheduler's account, another pane looked at",
    ));

    let pictures = latency::stream(&crew, clock, plan.samples).await?;
    let how = "as in the table of latencies, through the daemon's stream";
    table.row(plain_row("another pane → picture before the flood, ms", calm_pictures.tail(), how));
    let attached = "the same agents on plain tmux, the other pane in a terminal through tmux attach";
    table.row(plain_row("another pane → plain tmux attach beside the flood, ms", beside_attached.tail(), attached));
    table.goal(
        "another pane → picture beside the flood, ms",
        pictures.tail(),
        pictures.quantile(0.99),
        50.0,
        "p99",
        how,
    );
    let beside = changes(&crew, other, agents[&other], plan.samples / 10).await?;
    let how = "an idle agent begins or ends work, until the change has come through the door";
    table.row(plain_row("another row's change before the flood, ms", calm.tail(), how));
    table.row(plain_row("another row's change beside the flood, ms", beside.tail(), how));

    let daemon = process::memory(crew.daemon()).saturating_sub(before.0) as f64 / 1_024.0;
    let tmux = process::memory(crew.tmux()?).saturating_sub(before.1) as f64 / 1_024.0;
    let written = process::written(flooding) as f64 / 1_048_576.0;
    let kept = process::bytes_in(&crew.paths.recordings()) as f64 / 1_048_576.0;
    let how = format!("PSS after {} MB of flood, less before", short(written));
    table.goal("daemon's memory", format!("+{} MB", short(daemon)), daemon, 30.0, "MB", &how);
    table.row(plain_row("tmux's memory", format!("+{} MB", short(tmux)), &how));
    table.goal(
        "recordings on disk",
        format!("{} MB", short(kept)),
        kept,
        KEPT_MB,
        "MB",
        "blocks of all files, bound 32 MiB an attempt",
    );
    Ok(table)
}

async fn pid_of(crew: &Crew, session: SessionId) -> Outcome<u32> {
    Ok(*crew.settled(3).await?.get(&session).ok_or("the flood does not live")?)
}

/// In MB/s.
fn rate(pid: u32, window: Duration, dashboard: &mut Terminal) -> f64 {
    let (before, began) = (process::written(pid), Instant::now());
    dashboard.rest(window);
    (process::written(pid) - before) as f64 / began.elapsed().as_secs_f64() / 1e6
}

/// From an agent's beginning or ending work until its row says so, as a client of the daemon hears it.
async fn changes(crew: &Crew, session: SessionId, pid: u32, count: usize) -> Outcome<Samples> {
    let world = crew.client.world().await?;
    let mut steps = pin!(crew.client.changes(world.revision).await?);
    let mut samples = Samples::default();
    for turn in 0..count.next_multiple_of(2) {
        // Not in step with anything.
        tokio::time::sleep(Duration::from_millis(400 + turn as u64 * 37 % 100)).await;
        let wanted = if turn % 2 == 0 { Doing::Working } else { Doing::YourTurn };
        let began = now();
        toggle(pid)?;
        loop {
            let next = tokio::time::timeout(Duration::from_secs(20), steps.next()).await?;
            let step = next.ok_or("the stream of changes has ended")??;
            let done = |change: &Change| matches!(change, Change::Session(row) if row.id == session && row.activity.doing == wanted);
            if step.changes.iter().any(done) {
                samples.push(milliseconds(began, now()));
                break;
            }
        }
    }
    Ok(samples)
}
