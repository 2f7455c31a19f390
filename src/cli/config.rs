//! `qd config`: what counts, and where it comes from.

use std::{collections::BTreeMap, path::PathBuf};

use clap::Subcommand;
use color_eyre::Result;
use serde::Serialize;

use super::{
    context::Context,
    failure::{Exit, Failure},
    terminal::{Cell, Paint, Table, line},
};
use crate::config::{self, repositories::checkout_of};

/// Show the settings
#[derive(Debug, clap::Args)]
pub(super) struct Config {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Show every setting that counts, and what is wrong with others
    ///
    /// What is wrong in repositories.toml is said too. JSON: {"file": …, "settings": {KEY: {"value": …, "origin": …}},
    /// "problems": […]}.
    Show {
        /// Say where each value comes from
        #[arg(long)]
        origin: bool,
        /// With the settings of the repository around this folder
        #[arg(long, value_name = "FOLDER")]
        repo: Option<PathBuf>,
    },
}

#[derive(Serialize)]
struct Shown {
    file: PathBuf,
    settings: BTreeMap<String, Setting>,
    problems: Vec<String>,
}

#[derive(Serialize)]
struct Setting {
    value: toml::Value,
    origin: String,
}

impl Config {
    pub(super) fn run(self, context: &mut Context) -> Result<Exit> {
        let Action::Show { origin, repo } = self.action;
        let mut sources = context.sources();
        let folder = repo.map_or_else(std::env::current_dir, |folder| folder.canonicalize());
        let folder = folder.map_err(|error| Failure::not_found(format!("there is no such folder: {error}")))?;
        if let Some(top) = checkout_of(&folder) {
            sources = sources.repository(top);
        }
        let loaded = config::load(&sources);
        let problems = loaded.problems.iter().cloned().chain(context.repositories.problems());
        let problems: Vec<String> = problems.map(|problem| problem.to_string()).collect();
        let exit = if problems.is_empty() { Exit::Done } else { Exit::Usage };
        if context.json() {
            let setting = |(key, value, origin): (&str, _, &config::Origin)| {
                (key.to_owned(), Setting { value, origin: origin.to_string() })
            };
            let settings = loaded.values().map(setting).collect();
            context.output.json(&Shown { file: sources.user_file, settings, problems })?;
            return Ok(exit);
        }
        let output = &mut context.output;
        output.note(output.paint(Paint::Faint, &format!("# your file: {}", sources.user_file.display())))?;
        if origin {
            let mut table = Table::new(&["SETTING", "ORIGIN"]);
            for (key, value, origin) in loaded.values() {
                table.row([Cell::plain(format!("{key} = {value}")), Cell::faint(format!("# {origin}"))]);
            }
            table.write(output, "")?;
        } else {
            for (key, value, _) in loaded.values() {
                output.line(format!("{key} = {}", line(&value.to_string())))?;
            }
        }
        for problem in problems {
            context.notices.say(format!("{} {}", context.notices.paint(Paint::Bad, "does not count:"), line(&problem)));
        }
        Ok(exit)
    }
}
