//! `qd completions`: what a shell needs to complete commands and ids.

use clap_complete::env::Shells;
use color_eyre::Result;

use super::{
    context::Context,
    failure::{Exit, Failure},
};

/// Print the completions for a shell
///
/// bash: echo 'source <(qd completions bash)' >> ~/.bashrc
/// zsh:  echo 'source <(qd completions zsh)' >> ~/.zshrc
/// fish: qd completions fish > ~/.config/fish/completions/qd.fish
///
/// Ids are completed too, from a daemon that runs; none is started.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Completions {
    /// The shell
    #[arg(value_parser = ["bash", "zsh", "fish", "elvish", "powershell"])]
    shell: String,
}

impl Completions {
    pub(super) fn run(self, context: &mut Context) -> Result<Exit> {
        let shells = Shells::builtins();
        let shell = shells.completer(&self.shell).ok_or_else(|| Failure::usage("this shell is not known"))?;
        let mut script = Vec::new();
        shell.write_registration("COMPLETE", "qd", "qd", "qd", &mut script)?;
        context.output.line(String::from_utf8_lossy(&script).trim_end())?;
        Ok(Exit::Done)
    }
}
