//! A host that hangs: what the dashboard's own keys lose by it.

use quarterdeck::domain::target::Link;

use super::away::Away;
use crate::{Outcome, Plan, figures::Table, latency::keys, terminal::Terminal};

/// How many sessions are on the host.
const CREW: usize = 10;

pub(super) async fn measure(plan: &Plan, table: &mut Table) -> Outcome<()> {
    let mut away = Away::with(1).await?;
    let host = away.hosts.first().ok_or("no host")?;
    for _ in 0..CREW {
        away.crew.add_on(&host.name, "idle").await?;
    }
    // The newest is the first on the board, and the next one is on the host.
    away.crew.add("idle looked-at").await?;
    away.crew.settled(CREW + 1).await?;
    let mut dashboard = Terminal::dashboard(&away.crew, 140, 40)?;
    let how = "j and k between a session here and one there, until the last byte of the frame";
    let calm = keys(&mut dashboard, plan.samples)?;
    table.goal("key → frame, a session there and one here", calm.tail(), calm.quantile(0.99), 16.0, "p99", how);
    host.sshd.hang();
    let hanging = keys(&mut dashboard, plan.samples)?;
    let known = match away.crew.client.world().await?.targets.get(&host.name).map(|target| &target.link) {
        Some(Link::Unreachable { .. }) => "it was known to be out of reach at the end",
        Some(_) | None => "nobody knew it yet",
    };
    let how = format!("the same while all of its sshd are stopped; {known}");
    table.goal("key → frame while the host hangs", hanging.tail(), hanging.quantile(0.99), 16.0, "p99", &how);
    Ok(())
}
