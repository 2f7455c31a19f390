//! How long it takes until a person sees something: what an agent has drawn, and what they typed themselves.

use std::{pin::pin, time::Duration};

use futures_util::StreamExt;
use portable_pty::CommandBuilder;
use quarterdeck::{domain::SessionId, screen::Grid};

use crate::{
    Outcome, Plan,
    agent::{DIGITS, MARK},
    clock::{milliseconds, now},
    crew::{Crew, toggle},
    figures::{Samples, Table, short},
    terminal::Terminal,
};

/// How long any one thing may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many sessions there are beside those that are looked at.
const CREW: usize = 20;
/// Two panes that echo, for the same keys at the same time.
const TAKEN_OVER: &str = "echo taken-over";
const ATTACHED: &str = "echo attached";

pub(crate) async fn measure(plan: &Plan) -> Outcome<Table> {
    let mut table = Table::new("Latency in ms", &["what", "measured", "goal", "", "how"]);
    let mut crew = Crew::start().await?;
    for _ in 1..CREW {
        crew.add("idle").await?;
    }
    // The newest are the first on the board.
    let attached = crew.add(ATTACHED).await?;
    let taken = crew.add(TAKEN_OVER).await?;
    let clock = crew.add("clock").await?;
    let idle = crew.add("idle looked-at").await?;
    let agents = crew.settled(CREW + 3).await?;
    let special = [idle, clock, taken, attached];
    let busy: Vec<u32> = agents.iter().filter(|(id, _)| !special.contains(id)).map(|(_, &pid)| pid).collect();
    for working in [false, true] {
        let beside = if working { "beside 19 busy ones" } else { "in an idle crew of 23" };
        if working {
            busy.iter().try_for_each(|&pid| toggle(pid))?;
        }
        let samples = stream(&crew, clock, plan.samples).await?;
        let how = "the agent writes the time; it is read from the daemon's stream of pictures, parsed";
        both(&mut table, &format!("pane → picture parsed, {beside}"), &samples, how);
        let mut dashboard = Terminal::dashboard(&crew, 140, 40)?;
        dashboard.look_for(MARK)?;
        let samples = looking(&mut dashboard, plan.samples)?;
        let how = "the same, read from the bytes the dashboard writes to its terminal";
        both(&mut table, &format!("pane → frame, {beside}"), &samples, how);
        if !working {
            let samples = keys(&mut dashboard, plan.samples)?;
            let how = "j and k, a sixth of a second apart; until the last byte of the frame";
            table.goal("key → frame", samples.tail(), samples.quantile(0.99), 16.0, "p99", how);
        }
    }
    busy.iter().try_for_each(|&pid| toggle(pid))?;
    typing(plan, &crew, attached, &mut table).await?;
    Ok(table)
}

fn both(table: &mut Table, what: &str, samples: &Samples, how: &str) {
    table.goal(&format!("{what}, p50"), samples.tail(), samples.median(), 16.0, "", how);
    table.goal(&format!("{what}, p99"), short(samples.quantile(0.99)), samples.quantile(0.99), 50.0, "", how);
}

/// From what an agent writes until its picture has come through the door and was parsed.
pub(crate) async fn stream(crew: &Crew, session: SessionId, count: usize) -> Outcome<Samples> {
    let mut pictures = pin!(crew.client.screens(session).await?);
    let mut grid = Grid::new(120, 40);
    let mut samples = Vec::with_capacity(count);
    // The first picture may show a time long past.
    let mut newest = now();
    while samples.len() < count {
        let next = tokio::time::timeout(PATIENCE, pictures.next()).await?;
        let picture = next.ok_or("the stream of pictures has ended")??;
        grid.resize(picture.columns, picture.rows);
        grid.load(&picture.contents, picture.cursor);
        let at = now();
        if let Some(written) = time_on(&grid.screen().contents())
            && written > newest
        {
            newest = written;
            samples.push(milliseconds(written, at));
        }
    }
    Ok(samples.into_iter().collect())
}

/// From what an agent writes until the dashboard has written it to its terminal.
pub(crate) fn looking(dashboard: &mut Terminal, count: usize) -> Outcome<Samples> {
    let mut samples = Vec::with_capacity(count);
    let mut newest = now();
    while samples.len() < count {
        let mut seen = newest;
        let at = dashboard.until(PATIENCE, |screen| {
            seen = time_on(&screen.contents()).filter(|&written| written > newest).unwrap_or(newest);
            seen > newest
        });
        samples.push(milliseconds(seen, at.ok_or("the dashboard shows no newer time")?));
        newest = seen;
    }
    Ok(samples.into_iter().collect())
}

fn time_on(contents: &str) -> Option<u64> {
    let (_, rest) = contents.split_once(MARK)?;
    rest.get(..DIGITS)?.parse().ok()
}

/// From a key until the frame it brings is whole, while the dashboard goes from an idle session of ours to the next and
/// back.
pub(crate) fn keys(dashboard: &mut Terminal, count: usize) -> Outcome<Samples> {
    dashboard.look_for("idle looked-at")?;
    let mut samples = Vec::with_capacity(count);
    for turn in 0..count {
        dashboard.rest(Duration::from_millis(150 + turn as u64 * 7 % 40));
        let typed = dashboard.type_keys(if turn % 2 == 0 { "j" } else { "k" })?;
        let drawn = dashboard.next_picture(PATIENCE).ok_or("a key brings no frame")?;
        samples.push(milliseconds(typed, drawn));
    }
    Ok(samples.into_iter().collect())
}

/// Typing into a pane that is taken over, beside typing into one through plain `tmux attach`.
async fn typing(plan: &Plan, crew: &Crew, attached: SessionId, table: &mut Table) -> Outcome<()> {
    let argv = crew.client.attach(attached).await?.argv;
    let [taken, alone] = in_turns(crew, TAKEN_OVER, argv, plan.samples, || Ok(()))?;
    let how = "a key until its echo is on the terminal, in turns with plain tmux attach on another pane";
    table.row(vec!["typing, plain tmux attach".into(), alone.tail(), String::new(), String::new(), how.into()]);
    let added = taken.median() - alone.median();
    let value = format!("{} added; {}", short(added), taken.tail());
    table.goal("typing in takeover", value, added, 5.0, "added p50", how);
    Ok(())
}

/// Types into the pane that shows `taken_over`, through the dashboard, and in turns into another one through the program
/// `argv`; `between` is done before each turn.
pub(crate) fn in_turns(
    crew: &Crew,
    taken_over: &str,
    argv: Vec<String>,
    count: usize,
    mut between: impl FnMut() -> Outcome<()>,
) -> Outcome<[Samples; 2]> {
    let mut dashboard = Terminal::dashboard(crew, 140, 40)?;
    dashboard.look_for(taken_over)?;
    dashboard.type_keys("i")?;
    let mut plain = Terminal::start(CommandBuilder::from_argv(argv.into_iter().map(Into::into).collect()), 120, 40)?;
    dashboard.rest(Duration::from_secs(1));
    plain.rest(Duration::from_secs(1));
    let [mut taken, mut alone] = [Vec::new(), Vec::new()];
    for turn in 0..count {
        between()?;
        let key = char::from(b"bcdfghjklmnpqrstvwxz"[turn % 20]).to_string();
        taken.extend(echo(&mut dashboard, &key)?);
        alone.extend(echo(&mut plain, &key)?);
        dashboard.rest(Duration::from_millis(20 + turn as u64 * 7 % 30));
        plain.rest(Duration::from_millis(5));
    }
    dashboard.type_keys("\x1d")?;
    Ok([taken, alone].map(|samples| samples.into_iter().collect()))
}

/// Nothing when the pane began a new line with this key.
fn echo(terminal: &mut Terminal, key: &str) -> Outcome<Option<f64>> {
    let there = terminal.contents().matches(key).count();
    let typed = terminal.type_keys(key)?;
    let mut now_there = there;
    let at = terminal.until(PATIENCE, |screen| {
        now_there = screen.contents().matches(key).count();
        now_there != there
    });
    let at =
        at.ok_or_else(|| format!("the key {key} does not come back; the terminal shows\n{}", terminal.contents()))?;
    Ok((now_there > there).then(|| milliseconds(typed, at)))
}
