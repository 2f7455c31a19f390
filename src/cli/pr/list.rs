//! `qd pr list`: what is offered, and how it stands.

use color_eyre::Result;
use serde::Serialize;

use super::looks;
use crate::{
    cli::{
        context::Context,
        failure::Exit,
        ids::candidates,
        rows,
        terminal::{Cell, Paint, Table, age, line},
    },
    domain::{ObjectiveId, PullRequest, World, remark::State},
};

/// List pull requests: those that are open, and how they stand
///
/// CHECKS counts what passed (✓), failed (✗) and still runs (…). REMARKS is what was said and waits for work.
///
/// JSON: a list of pull requests, each with the number of remarks that wait.
#[derive(Debug, clap::Args)]
pub(super) struct List {
    /// Only those of this objective
    #[arg(value_name = "OBJECTIVE", add = candidates("o"))]
    objective: Option<ObjectiveId>,
    /// Merged and closed ones too
    #[arg(long)]
    all: bool,
}

#[derive(Serialize)]
struct Row<'world> {
    #[serde(flatten)]
    offer: &'world PullRequest,
    remarks: usize,
}

impl List {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        let world = context.client().await?.world().await?;
        let wanted = |offer: &&PullRequest| {
            self.objective.is_none_or(|objective| offer.objective == objective)
                && (self.all || offer.state.is_open() || offer.step.is_some())
        };
        let row = |offer| Row { offer, remarks: waiting(&world, offer) };
        let listed: Vec<Row<'_>> = world.pull_requests.values().filter(wanted).map(row).collect();
        let output = &mut context.output;
        if context.everywhere.json {
            output.json(&listed)?;
            return Ok(Exit::Done);
        }
        let now = rows::now();
        let headings =
            ["ID", "NUMBER", "FORGE", "STATE", "CHECKS", "REVIEW", "MERGE", "REMARKS", "AGE", "BRANCH", "TITLE"];
        let mut table = Table::new(&headings);
        for Row { offer, remarks } in &listed {
            table.row([
                Cell::painted(Paint::Strong, offer.id.to_string()),
                Cell::plain(offer.number.map_or_else(|| "-".into(), |number| format!("#{number}"))),
                Cell::plain(offer.forge.label()),
                looks::state(offer),
                looks::checks(&offer.checks),
                looks::review(offer.review),
                looks::mergeable(offer),
                if *remarks == 0 { Cell::faint("-") } else { Cell::painted(Paint::Needs, remarks.to_string()) },
                Cell::plain(age(now.since(offer.created_at))),
                Cell::plain(format!("{} → {}", offer.branch, offer.base)),
                Cell::plain(&offer.title),
            ]);
        }
        table.write(output, "no pull request: `qd pr publish SESSION` offers a session's work")?;
        for Row { offer, .. } in &listed {
            if let Some(problem) = &offer.problem {
                output.line(output.paint(Paint::Bad, &format!("{}: {}", offer.id, line(problem))))?;
            }
        }
        Ok(Exit::Done)
    }
}

/// How many remarks about it nobody works on yet.
fn waiting(world: &World, offer: &PullRequest) -> usize {
    let waits = |remark: &&crate::domain::Remark| remark.state == State::Pending && remark.kind.asks_for_work();
    world.remarks_of(offer.id).filter(waits).count()
}
