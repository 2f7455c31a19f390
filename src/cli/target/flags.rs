//! What can be said of a host by itself, when it is added and later.

use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser};
use color_eyre::{Result, eyre::WrapErr};

use super::super::failure::Failure;
use crate::domain::target::SshAddress;

/// What can be said of a host by itself.
#[derive(Debug, clap::Args)]
pub(super) struct Flags {
    /// As whom, if not as your ~/.ssh/config says
    #[arg(long)]
    user: Option<String>,
    /// Where its sshd listens, if not where your ~/.ssh/config says
    #[arg(long)]
    port: Option<u16>,
    /// The file with the key to use; '' for those that `ssh` uses by itself
    #[arg(long, value_name = "FILE", value_parser = path_or_none(), value_hint = clap::ValueHint::FilePath)]
    identity: Option<PathBuf>,
    /// The folder there for all that is quarterdeck's; '' for the usual one, ~/.local/share/quarterdeck
    #[arg(long, value_name = "FOLDER", value_parser = path_or_none())]
    pub(super) work_root: Option<PathBuf>,
    /// How many sessions it runs at once; 0: only the global cap counts
    #[arg(long, value_name = "NUMBER")]
    pub(super) capacity: Option<u32>,
    /// A line for the shell there, run once before the next session; '' for none
    #[arg(long, value_name = "COMMAND")]
    pub(super) bootstrap: Option<String>,
}

impl Flags {
    /// The address with the parts that were given instead of its own.
    pub(super) fn over(&self, address: SshAddress) -> Result<SshAddress> {
        let identity = match &self.identity {
            Some(file) if file.as_os_str().is_empty() => None,
            Some(file) if !file.is_file() => {
                let what = format!("there is no file {}", file.display());
                return Err(Failure::usage(what)
                    .hint("--identity names a private key, for example ~/.ssh/id_ed25519")
                    .into());
            }
            Some(file) => Some(std::path::absolute(file).wrap_err("cannot tell the current folder")?),
            None => address.identity().map(PathBuf::from),
        };
        let user = self.user.clone().or_else(|| address.user().map(str::to_owned));
        let host = address.host().to_owned();
        Ok(SshAddress::new(host, user, self.port.or(address.port()), identity)
            .map_err(|error| Failure::usage(error.to_string()))?)
    }

    /// A part of an address was given.
    pub(super) fn has_a_part(&self) -> bool {
        self.user.is_some() || self.port.is_some() || self.identity.is_some()
    }
}

/// A path; an empty one stands for none.
fn path_or_none() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}
