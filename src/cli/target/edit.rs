//! `qd target edit`: a target is not where or what it was.

use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser};
use color_eyre::Result;

use super::{
    super::{
        act::act,
        context::Context,
        failure::{Exit, Failure},
        ids::targets,
    },
    add::Parts,
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
    /// As whom
    #[arg(long)]
    user: Option<String>,
    /// Where its sshd listens
    #[arg(long)]
    port: Option<u16>,
    /// The file with the key to use; '' for those of `ssh`
    #[arg(long, value_name = "FILE", value_parser = path_or_none(), value_hint = clap::ValueHint::FilePath)]
    identity: Option<PathBuf>,
    /// The folder there for all that is quarterdeck's; '' for the usual one
    #[arg(long, value_name = "FOLDER", value_parser = path_or_none())]
    work_root: Option<PathBuf>,
    /// How many sessions it runs at once; 0: only the global cap counts
    #[arg(long, value_name = "NUMBER")]
    capacity: Option<u32>,
    /// A word for what it is good for; those that are given replace all it has
    #[arg(long, value_name = "LABEL")]
    label: Vec<TargetLabel>,
    /// Take all its labels away
    #[arg(long, conflicts_with = "label")]
    no_labels: bool,
    /// A line for the shell there, run once before the next session; '' for none
    #[arg(long, value_name = "COMMAND")]
    bootstrap: Option<String>,
}

impl Edit {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        let target = self.target;
        let parts = Parts { user: self.user, port: self.port, identity: self.identity };
        let address = match self.host {
            None if !parts.are_given() => None,
            None => Some(parts.over(known(context, &target).await?)?),
            Some(host) => Some(parts.over(host)?),
        };
        let labels = (self.no_labels || !self.label.is_empty()).then_some(self.label);
        let (work_root, capacity, bootstrap) = (self.work_root, self.capacity, self.bootstrap);
        if (&address, &work_root, capacity, &labels, &bootstrap) == (&None, &None, None, &None, &None) {
            return Err(Failure::usage("nothing to change was given").hint("`qd target edit --help` lists it").into());
        }
        let done = format!("{target} was changed");
        act(context, &Command::EditTarget { target, address, work_root, bootstrap, capacity, labels }, done).await
    }
}

/// A path; an empty one stands for none.
fn path_or_none() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}

/// The address that a part of is to be changed.
async fn known(context: &mut Context, target: &TargetName) -> Result<SshAddress> {
    let detail = context.client().await?.target(target, None).await?;
    match detail.target.place {
        Place::Ssh(place) => Ok(place.address),
        Place::Local => Err(Failure::new(Exit::Refused, format!("{target} is this machine and has no address")).into()),
    }
}
