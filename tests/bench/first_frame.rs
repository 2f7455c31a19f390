//! From `qd` until the board is on the terminal, with a long past in the database.

use std::time::{Duration, Instant};

use crate::{
    Outcome, Plan,
    clock::milliseconds,
    crew::Crew,
    figures::{Samples, Table, short},
    history, process,
    terminal::Terminal,
};

const PATIENCE: Duration = Duration::from_secs(20);
/// What stands on the board once it shows what the daemon knows.
const ON_THE_BOARD: &str = "Make the upload of part";

pub(crate) async fn measure(plan: &Plan) -> Outcome<Table> {
    let heading =
        format!("First frame, with {} sessions and {} events in the database", plan.past_sessions, plan.past_events);
    let mut table = Table::new(&heading, &["what", "measured", "goal", "", "how"]);
    let mut crew = Crew::home()?;
    let began = Instant::now();
    history::write(&crew.paths, plan.past_sessions, plan.past_events).await?;
    eprintln!("  the past was written in {:.1} s", began.elapsed().as_secs_f64());

    let mut cold = Vec::new();
    for _ in 0..plan.starts {
        cold.push(first_frame(&crew)?);
        // The daemon that it started is not our child.
        crew.client.stop().await?;
    }
    crew.start_daemon().await?;
    let mut warm = Vec::new();
    for _ in 0..plan.starts {
        warm.push(first_frame(&crew)?);
    }
    let [warm, cold] = [warm, cold].map(|samples| samples.into_iter().collect::<Samples>());
    let how = "from starting qd in a terminal of 140×40 until an objective's title stands on it";
    table.goal("daemon runs, ms", warm.tail(), warm.median(), 100.0, "p50", how);
    let how = "the same without a daemon and, the first time, without its tmux server; files in the page cache";
    table.goal("cold daemon, ms", cold.tail(), cold.median(), 300.0, "p50", how);
    let memory = process::memory(crew.daemon()) as f64 / 1_024.0;
    table.goal("daemon's memory, nothing live", format!("{} MB", short(memory)), memory, 30.0, "MB", "PSS");
    crew.stop_daemon().await?;
    Ok(table)
}

fn first_frame(crew: &Crew) -> Outcome<f64> {
    let mut dashboard = Terminal::dashboard(crew, 140, 40)?;
    let at = dashboard.until(PATIENCE, |screen| screen.contents().contains(ON_THE_BOARD));
    let at = at.ok_or_else(|| format!("the board does not show; the terminal shows\n{}", dashboard.contents()))?;
    Ok(milliseconds(dashboard.started, at))
}
