//! What every command is given: where things are, what the person set, and where its answer goes.

use color_eyre::Result;

use super::{
    arguments::Everywhere,
    door,
    failure::Failure,
    terminal::{Notices, Output},
};
use crate::{
    api::Client,
    config::{self, Loaded, Paths, Problem, Repositories, Sources},
};

/// What every command is given.
pub(super) struct Context {
    /// Where things are.
    pub(super) paths: Paths,
    /// The answer goes here.
    pub(super) output: Output,
    /// What happens beside it goes here.
    pub(super) notices: Notices,
    /// What was said for every command alike.
    pub(super) everywhere: Everywhere,
    /// The settings, without any repository's.
    pub(super) settings: Loaded,
    /// What the person wrote down about their repositories.
    pub(super) repositories: Repositories,
}

impl Context {
    /// Finds everything; starts nothing.
    ///
    /// # Errors
    /// When there is no place for our things, see [`Paths::find`].
    pub(super) fn new(everywhere: Everywhere) -> Result<Self> {
        let paths = Paths::find().map_err(|error| Failure::usage(error.to_string()))?;
        let settings = config::load(&sources(&paths, &everywhere));
        let repositories = Repositories::new(&paths);
        Ok(Self { paths, output: Output::standard(), notices: Notices::standard(), everywhere, settings, repositories })
    }

    /// The answer is wanted as JSON.
    pub(super) fn json(&self) -> bool {
        self.everywhere.json
    }

    /// Where settings are looked for, without any repository's.
    pub(super) fn sources(&self) -> Sources {
        sources(&self.paths, &self.everywhere)
    }

    /// A daemon that answers and speaks our language; started when there is none.
    ///
    /// # Errors
    /// When it can't be started or speaks another language, see [`door`].
    pub(super) async fn client(&mut self) -> Result<Client> {
        door::open(self).await
    }

    /// All that the person wrote down and that does not count.
    pub(super) fn problems(&self) -> Vec<Problem> {
        self.settings.problems.iter().cloned().chain(self.repositories.problems()).collect()
    }

    /// Refuses to go on with settings that do not count.
    ///
    /// # Errors
    /// [`Failure`] that names all of them.
    pub(super) fn refuse_problems(&self) -> Result<()> {
        refuse_problems(&self.settings)
    }
}

/// Refuses to go on with settings that do not count.
///
/// # Errors
/// [`Failure`] that names all of them.
pub(super) fn refuse_problems(settings: &Loaded) -> Result<()> {
    if settings.problems.is_empty() {
        return Ok(());
    }
    let problems: Vec<_> = settings.problems.iter().map(ToString::to_string).collect();
    Err(Failure::usage(format!("a setting makes no sense: {}", problems.join("; and ")))
        .hint("correct it there; `qd config show --origin` shows what counts")
        .into())
}

fn sources(paths: &Paths, everywhere: &Everywhere) -> Sources {
    let mut sources = Sources::new(paths);
    sources.flags = everywhere.flags();
    sources
}
