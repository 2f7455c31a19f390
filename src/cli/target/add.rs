//! `qd target add`: a host joins the crew.

use std::{ops::ControlFlow, time::Duration};

use color_eyre::Result;

use super::{
    super::{
        context::Context,
        door,
        failure::Exit,
        terminal::{Paint, line},
    },
    flags::Flags,
};
use crate::domain::{
    Command, Finding, Target, TargetLabel, TargetName, Verdict, World,
    target::{Link, SshAddress, SshPlace},
};

/// How long a host may take to be reached and looked at while somebody waits for it. A bootstrap command takes its own time.
const PATIENCE: Duration = Duration::from_secs(90);

#[derive(Debug, clap::Args)]
pub(super) struct Add {
    /// What it shall be called
    target: TargetName,
    /// Its name, its number, [user@]host[:port], or an alias of your ~/.ssh/config
    #[arg(value_name = "HOST")]
    host: SshAddress,
    #[command(flatten)]
    flags: Flags,
    /// A word for what it is good for, to choose it by; can be given more than once
    #[arg(long, value_name = "LABEL")]
    label: Vec<TargetLabel>,
    /// Do not wait until it was looked at
    #[arg(long)]
    no_wait: bool,
}

impl Add {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        let address = self.flags.over(self.host)?;
        let target = self.target;
        let Flags { work_root, capacity, bootstrap, .. } = self.flags;
        let work_root = work_root.filter(|root| !root.as_os_str().is_empty());
        let bootstrap = bootstrap.filter(|line| !line.is_empty());
        let patience = if bootstrap.is_some() { Duration::MAX } else { PATIENCE };
        let place = SshPlace { address, work_root, bootstrap };
        let command = Command::AddTarget { target: target.clone(), place, capacity, labels: self.label };
        let client = context.client().await?;
        let reply = client.command(&command).await?;
        if self.no_wait {
            match context.json() {
                true => context.output.json(&reply)?,
                false => context.output.line(format!("{target} was added"))?,
            }
            return Ok(Exit::Done);
        }
        context.notices.show(format!("{target} is being reached and looked at"));
        let settled = |world: &World| match world.targets.get(&target).map(|target| &target.link) {
            Some(Link::Untried | Link::Joining) => ControlFlow::Continue(()),
            _ => ControlFlow::Break(world.targets.get(&target).cloned()),
        };
        let seen = tokio::time::timeout(patience, door::until(&client, settled)).await;
        context.notices.show("");
        let seen = match seen {
            Ok(seen) => seen?,
            Err(_) => client.world().await?.targets.get(&target).cloned(),
        };
        let detail = client.target(&target, None).await?;
        if context.json() {
            context.output.json(&detail)?;
        } else {
            super::super::doctor::write(context, &detail.sight.findings)?;
            if let Some(bootstrap) = &detail.sight.bootstrap {
                super::show::bootstrapped(context, bootstrap)?;
            }
            let words = context.output.paint(
                if seen.as_ref().is_some_and(Target::is_reached) { Paint::Good } else { Paint::Bad },
                &verdict(&target, seen.as_ref(), &detail.sight.findings),
            );
            context.output.line(words)?;
        }
        Ok(if seen.is_some_and(|target| target.is_reached()) { Exit::Done } else { Exit::Failed })
    }
}

fn verdict(name: &TargetName, seen: Option<&Target>, findings: &[Finding]) -> String {
    match seen.map(|target| (target.trouble(), target)) {
        Some((None, _)) => format!("{name} takes sessions"),
        Some((Some(trouble), target)) => {
            // What was found stands above, with what to do.
            let is_told = findings.iter().any(|finding| finding.verdict == Verdict::Bad);
            let so = if is_told { format!("is {}", target.label()) } else { format!("it {}", line(&trouble)) };
            format!("{name} was added, but {so}; it is tried again by itself, and `qd doctor {name}` looks now")
        }
        None => format!("{name} was removed meanwhile"),
    }
}
