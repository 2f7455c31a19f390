//! `qd target edit`: a target is not where or what it was.

use color_eyre::Result;

use super::{
    super::{
        act::act,
        context::Context,
        failure::{Exit, Failure},
        ids::targets,
    },
    flags::Flags,
};
use crate::domain::{
    Command, TargetLabel, TargetName,
    target::{Place, SshAddress},
};

#[derive(Debug, clap::Args)]
pub(super) struct Edit {
    /// The target
    #[arg(add = targets())]
    target: TargetName,
    /// Another host, without anything of the old one
    #[arg(long)]
    host: Option<SshAddress>,
    #[command(flatten)]
    flags: Flags,
    /// A word for what it is good for; those that are given replace all it has
    #[arg(long, value_name = "LABEL")]
    label: Vec<TargetLabel>,
    /// Take all its labels away
    #[arg(long, conflicts_with = "label")]
    no_labels: bool,
}

impl Edit {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        let target = self.target;
        let address = match self.host {
            None if !self.flags.has_a_part() => None,
            None => Some(self.flags.over(known(context, &target).await?)?),
            Some(host) => Some(self.flags.over(host)?),
        };
        let labels = (self.no_labels || !self.label.is_empty()).then_some(self.label);
        let Flags { work_root, capacity, bootstrap, .. } = self.flags;
        if (&address, &work_root, capacity, &labels, &bootstrap) == (&None, &None, None, &None, &None) {
            return Err(Failure::usage("nothing to change was given").hint("`qd target edit --help` lists it").into());
        }
        let done = format!("{target} was changed");
        act(context, &Command::EditTarget { target, address, work_root, bootstrap, capacity, labels }, done).await
    }
}

/// The address that a part of is to be changed.
async fn known(context: &mut Context, target: &TargetName) -> Result<SshAddress> {
    let detail = context.client().await?.target(target, None).await?;
    match detail.target.place {
        Place::Ssh(place) => Ok(place.address),
        Place::Local => Err(Failure::new(Exit::Refused, format!("{target} is this machine and has no address")).into()),
    }
}
