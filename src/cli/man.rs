//! `qd man`: manual pages.

use std::path::PathBuf;

use clap::CommandFactory;
use color_eyre::{Result, eyre::WrapErr};

use super::{arguments::Arguments, context::Context, failure::Exit};

/// Print the manual page, or write those of all commands to a folder
///
/// To read it: qd man | man -l -
#[derive(Debug, clap::Args)]
pub(super) struct Man {
    /// Write qd.1, qd-new.1 and so on to this folder
    #[arg(long, value_name = "FOLDER")]
    to: Option<PathBuf>,
}

impl Man {
    pub(super) fn run(self, context: &mut Context) -> Result<Exit> {
        let command = Arguments::command();
        if let Some(folder) = self.to {
            let failed = || format!("cannot write manual pages to {}", folder.display());
            clap_mangen::generate_to(command, &folder).wrap_err_with(failed)?;
            return Ok(Exit::Done);
        }
        let mut page = Vec::new();
        clap_mangen::Man::new(command).render(&mut page)?;
        context.output.line(String::from_utf8_lossy(&page).trim_end())?;
        Ok(Exit::Done)
    }
}
