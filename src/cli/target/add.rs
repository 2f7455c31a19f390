//! `qd target add`: a host joins the crew.

use std::{ops::ControlFlow, path::PathBuf, time::Duration};

use color_eyre::{Result, eyre::WrapErr};

use super::super::{
    context::Context,
    door,
    failure::{Exit, Failure},
    terminal::{Paint, line},
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
    /// As whom; otherwise as your ~/.ssh/config says
    #[arg(long)]
    user: Option<String>,
    /// Where its sshd listens; otherwise as your ~/.ssh/config says
    #[arg(long)]
    port: Option<u16>,
    /// The file with the key to use; otherwise as your ~/.ssh/config says
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    identity: Option<PathBuf>,
    /// The folder there for all that is quarterdeck's; otherwise ~/.local/share/quarterdeck
    #[arg(long, value_name = "FOLDER")]
    work_root: Option<PathBuf>,
    /// How many sessions it runs at once; only the global cap counts unless given
    #[arg(long, value_name = "NUMBER")]
    capacity: Option<u32>,
    /// A word for what it is good for, to choose it by; can be given more than once
    #[arg(long, value_name = "LABEL")]
    label: Vec<TargetLabel>,
    /// A line for the shell there, run once before the first session
    #[arg(long, value_name = "COMMAND")]
    bootstrap: Option<String>,
    /// Do not wait until it was looked at
    #[arg(long)]
    no_wait: bool,
}

impl Add {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        let parts = Parts { user: self.user, port: self.port, identity: self.identity };
        let address = parts.over(self.host)?;
        let target = self.target;
        let patience = if self.bootstrap.is_some() { Duration::MAX } else { PATIENCE };
        let place = SshPlace { address, work_root: self.work_root, bootstrap: self.bootstrap };
        let command = Command::AddTarget { target: target.clone(), place, capacity: self.capacity, labels: self.label };
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

/// Parts of an address that are given by themselves.
#[derive(Debug, Clone)]
pub(super) struct Parts {
    pub(super) user: Option<String>,
    pub(super) port: Option<u16>,
    pub(super) identity: Option<PathBuf>,
}

impl Parts {
    /// The address with these parts instead of its own.
    pub(super) fn over(self, address: SshAddress) -> Result<SshAddress> {
        let identity = match self.identity {
            Some(file) if file.as_os_str().is_empty() => None,
            Some(file) if !file.is_file() => {
                let what = format!("there is no file {}", file.display());
                return Err(Failure::usage(what)
                    .hint("--identity names a private key, for example ~/.ssh/id_ed25519")
                    .into());
            }
            Some(file) => Some(std::path::absolute(&file).wrap_err("cannot tell the current folder")?),
            None => address.identity().map(PathBuf::from),
        };
        let user = self.user.or_else(|| address.user().map(str::to_owned));
        let host = address.host().to_owned();
        Ok(SshAddress::new(host, user, self.port.or(address.port()), identity)
            .map_err(|error| Failure::usage(error.to_string()))?)
    }

    pub(super) fn are_given(&self) -> bool {
        self.user.is_some() || self.port.is_some() || self.identity.is_some()
    }
}
