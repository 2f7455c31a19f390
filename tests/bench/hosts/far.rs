//! A host that is far away: typing, looking, and programs that are run there.

use std::time::Instant;

use quarterdeck::target::{
    self, Program, Ssh,
    ssh::{Link, Options},
};
use tokio_util::sync::CancellationToken;

use super::{
    away::{Away, Host},
    trip::Trip,
};
use crate::{
    Outcome, Plan,
    figures::{Samples, Table, short},
    latency,
};

/// Two panes that echo, for the same keys at the same time.
const TAKEN_OVER: &str = "echo taken-over";
const ATTACHED: &str = "echo attached";

pub(super) async fn measure(plan: &Plan, table: &mut Table) -> Outcome<()> {
    let mut away = Away::with(1).await?;
    let host = away.hosts.first().ok_or("no host")?;
    let mut trip = Trip::new().await?;
    let attached = away.crew.add_on(&host.name, ATTACHED).await?;
    away.crew.add_on(&host.name, TAKEN_OVER).await?;
    let clock = away.crew.add_on(&host.name, "clock").await?;
    away.crew.settled(3).await?;

    let argv = away.crew.client.attach(attached).await?.argv;
    let own = over_its_own_connection(argv)?;
    let [taken, alone] = latency::in_turns(&away.crew, TAKEN_OVER, own, plan.samples, || trip.go())?;
    let trips = trip.measured();
    let how = "a byte through a line like the one to the host, before each key";
    table.figure("the round trip itself", trips.tail(), how);
    let [taken, alone] = [taken, alone].map(|samples| samples.less(trips.median()));
    let how = "a key until its echo is on the terminal, less the round trip; in turns with the other";
    let plainly = format!("{how}, over a connection of its own");
    table.figure("typing, plain ssh -t and tmux attach, added", alone.tail(), &plainly);
    table.goal("typing in takeover, added, p50", taken.tail(), taken.median(), 20.0, "", how);
    table.goal("typing in takeover, added, p99", short(taken.quantile(0.99)), taken.quantile(0.99), 20.0, "", how);

    let pictures = latency::stream(&away.crew, clock, plan.samples).await?;
    let how = "the agent there writes the time; it is read from the daemon's stream of pictures, parsed";
    let value = format!("{}; {} round trips", pictures.tail(), short(pictures.median() / trips.median()));
    table.figure("pane → picture parsed", value, how);

    let host = away.hosts.first().ok_or("no host")?;
    let (programs, trips) = programs(plan, host, &mut trip).await?;
    let how = "`true`, through a connection that is up, until its status is known";
    let value = format!("{}; {} round trips", programs.tail(), short(programs.median() / trips.median()));
    table.figure("a program", value, how);
    Ok(())
}

/// The same line with a connection of its own instead of ours.
fn over_its_own_connection(mut argv: Vec<String>) -> Outcome<Vec<String>> {
    let option = argv.iter().position(|word| word == "-S").ok_or("the line to attach goes through no socket")?;
    *argv.get_mut(option + 1).ok_or("the line to attach names no socket")? = "none".into();
    Ok(argv)
}

async fn programs(plan: &Plan, host: &Host, trip: &mut Trip) -> Outcome<(Samples, Samples)> {
    let folder = tempfile::Builder::new().prefix("qd-bench-").tempdir_in("/tmp")?;
    let options = Options {
        config_file: Some(host.sshd.config()),
        ..Options::new(host.name.to_string().parse()?, folder.path())
    };
    let cancel = CancellationToken::new();
    let _cancelled = cancel.clone().drop_guard();
    let ssh = Ssh::start(options, cancel.clone());
    let host = target::Host::from(ssh.clone());
    ssh.link().wait_for(Link::is_up).await?;
    let mut samples = Samples::default();
    for _ in 0..plan.samples {
        trip.go()?;
        let began = Instant::now();
        let output = host.run(Program::new(["true"])).await?;
        samples.push(began.elapsed().as_secs_f64() * 1_000.0);
        if !output.succeeded() {
            return Err("`true` fails there".into());
        }
    }
    cancel.cancel();
    ssh.finished().await;
    Ok((samples, trip.measured()))
}
