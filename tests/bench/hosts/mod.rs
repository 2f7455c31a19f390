//! What sessions on hosts cost, and how fast they are: real sshds of our own, each at the end of a line that is long.
//!
//! Everything here is on this machine, so what is measured of processor and latency contains what sshd and tmux do on the
//! hosts, and that all of them share its processors.

mod away;
mod far;
mod hangs;
mod many;
mod trip;

use crate::{Outcome, Plan, figures::Table};

/// Measures, and gives the tables.
pub(crate) async fn measure(plan: &Plan) -> Outcome<Vec<Table>> {
    let trip = trip::LONG * 2;
    let columns = ["what", "measured", "goal", "", "how"];
    let mut latency = Table::new(&format!("A host behind {} ms: latency in ms", trip.as_millis()), &columns);
    far::measure(plan, &mut latency).await?;
    hangs::measure(plan, &mut latency).await?;
    let mut costs = Table::new(&format!("Hosts behind {} ms each: what they cost", trip.as_millis()), &columns);
    for &(hosts, each) in &plan.hosts {
        many::measure(plan, hosts, each, &mut costs).await?;
    }
    Ok(vec![latency, costs])
}
