//! `qd usage`: what was used, and what is left of the limits.

use color_eyre::Result;

use super::{
    context::Context,
    failure::{Exit, Failure},
    ids::{WorkId, candidates},
    rows,
    terminal::{Cell, Output, Paint, Table, Unwritable, clock, line},
};
use crate::{
    api::wire::UsageOf,
    domain::{
        ProfileName, Spending,
        figures::{cost, tokens},
        spending::Share,
        usage::Total,
    },
};

/// Say what was used: tokens, requests, costs, and what is left of the limits
///
/// A cost with ~ is an estimate from the prices in the settings; + says that of some models no price is known.
///
/// JSON: totals by day, agent, model, objective, session and attempt, and the limits. Costs are in millionths of a US dollar.
#[derive(Debug, clap::Args)]
pub(super) struct Usage {
    /// Only that of this objective or session
    #[arg(value_name = "ID", add = candidates("os"))]
    of: Option<WorkId>,
    /// Only that of this agent
    #[arg(long, value_name = "AGENT")]
    agent: Option<ProfileName>,
    /// Only that of this day and later ones, for example 2026-11-21
    #[arg(long, value_name = "DAY")]
    since: Option<String>,
}

impl Usage {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        let Self { of, agent, since } = self;
        let (objective, session) = match of {
            None => (None, None),
            Some(WorkId::Objective(id)) => (Some(id), None),
            Some(WorkId::Session(id)) => (None, Some(id)),
        };
        if since.as_deref().is_some_and(|day| day.parse::<jiff::civil::Date>().is_err()) {
            return Err(Failure::usage("a day is written like 2026-11-21").into());
        }
        let client = context.client().await?;
        let spending = client.usage(&UsageOf { objective, session, agent, since }).await?;
        let output = &mut context.output;
        if context.everywhere.json {
            output.json(&spending)?;
            return Ok(Exit::Done);
        }
        write(output, &spending)?;
        Ok(Exit::Done)
    }
}

fn write(output: &mut Output, spending: &Spending) -> Result<(), Unwritable> {
    if spending.total == Total::default() && spending.limits.is_empty() {
        return output.note("nothing was used, as far as agents told");
    }
    shares(output, "DAY", &spending.days, Clone::clone)?;
    shares(output, "AGENT", &spending.agents, ToString::to_string)?;
    shares(output, "MODEL", &spending.models, Clone::clone)?;
    shares(output, "OBJECTIVE", &spending.objectives, ToString::to_string)?;
    shares(output, "SESSION", &spending.sessions, ToString::to_string)?;
    if !spending.limits.is_empty() {
        let now = rows::now();
        let mut table = Table::new(&["LIMIT", "AGENT", "USED", "STARTS ANEW"]);
        for account in &spending.limits {
            let used = account.limit.used_percent;
            let resets = account.limit.resets_at.map_or_else(|| "-".to_owned(), |at| clock(at, now));
            let paint = if used >= 80 { Paint::Bad } else { Paint::Plain };
            table.row([
                Cell::plain(&account.limit.name),
                Cell::plain(account.agent.as_str()),
                Cell::painted(paint, format!("{used} %")),
                Cell::plain(resets),
            ]);
        }
        table.write(output, "")?;
    }
    Ok(())
}

/// One table: what each of `shares` has used.
fn shares<Of>(
    output: &mut Output,
    heading: &'static str,
    shares: &[Share<Of>],
    name: impl Fn(&Of) -> String,
) -> Result<(), Unwritable> {
    if shares.is_empty() {
        return Ok(());
    }
    let mut table = Table::new(&[heading, "INPUT", "OUTPUT", "CACHED", "REQUESTS", "COST", ""]);
    for Share { of, title, total } in shares {
        let used = total.tokens;
        table.row([
            Cell::plain(name(of)),
            Cell::plain(tokens(used.input + used.cache_write)),
            Cell::plain(tokens(used.output)),
            Cell::plain(tokens(used.cache_read)),
            Cell::plain(total.requests.to_string()),
            Cell::plain(cost(total.cost)),
            Cell::faint(line(title)),
        ]);
    }
    table.write(output, "")?;
    output.line("")
}
