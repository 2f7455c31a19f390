//! Panes come, change and go.

use std::path::Path;

use tmux_interface::{KillSession, ListPanes, NewSession, PipePane, ResizeWindow, SetOption};

use super::{
    Error, Pane, PaneSpec, Server,
    command::{Scope, Words, appending_to, set_option, unexpanded, words},
    control::Block,
    pane::{checked_name, checked_pane},
    refusal::{about, unless_attended},
};
use crate::domain::attempt::PaneId;

impl Server {
    /// Runs a program in a session of its own, recorded from its first byte on. If a session of exactly that name
    /// exists, its pane is the answer.
    ///
    /// # Errors
    /// [`Error::NoDirectory`] and [`Error::Unfit`] before anything is sent; a program that does not exist is no error:
    /// its pane is dead with exit code 127.
    pub async fn spawn(&self, spec: PaneSpec) -> Result<Pane, Error> {
        let name = checked_name(&spec.name)?;
        if let Some(pane) = self.find(name).await? {
            return Ok(pane);
        }
        let target = format!("={name}:");
        let is_there = self.options.host.is_folder(&spec.directory).await;
        if !spec.directory.is_absolute()
            || !is_there.map_err(|source| Error::Io { what: "look for the folder", source })?
        {
            return Err(Error::NoDirectory(spec.directory.clone()));
        }
        let create = new_session(&spec)?;
        let manual = set_option("window-size", "manual", &target, Scope::Window);
        let record = pipe(&target, &spec.record_to)?;
        match self.run(vec![create, manual, record]).await {
            Ok(blocks) => {
                let text = blocks.first().map(Block::text).unwrap_or_default();
                read_pane(&text, false).ok_or(Error::Unexpected(text))
            }
            Err(Error::Refused(why)) if why.contains("duplicate session") => {
                self.find(name).await?.ok_or(Error::Refused(why))
            }
            Err(error) => Err(error),
        }
    }

    /// Gives a pane a size, and keeps it from following anybody's terminal.
    ///
    /// # Errors
    /// [`Error::NoPane`] when it is gone; [`Error::Attended`] when it follows the terminal of somebody who is there.
    pub async fn resize(&self, pane: &PaneId, columns: u16, rows: u16) -> Result<(), Error> {
        let target = checked_pane(pane)?;
        let (columns, rows) = (columns.clamp(2, 1000), rows.clamp(1, 1000));
        let resize = ResizeWindow::new().target_window(target).width(columns.into()).height(rows.into());
        let mut commands = vec![unless_attended(target), words(resize)];
        if self.options.pushes_output() {
            // It was switched off for the person who was attached.
            commands.push(words(SetOption::new().window().unset().target_pane(target).option("monitor-activity")));
        }
        about(pane, self.run(commands).await).map(drop)
    }

    /// Appends what the pane prints from now on to `file`. What it printed before stays where it went: the previous
    /// recorder ends in its own time. tmux drops what it has read and not yet handed to the previous recorder, which
    /// is nothing unless the pane floods at this moment.
    ///
    /// # Errors
    /// [`Error::NoPane`] when it is gone, [`Error::Unfit`] for a path that no shell should see.
    pub async fn record_to(&self, pane: &PaneId, file: &Path) -> Result<(), Error> {
        let record = pipe(checked_pane(pane)?, file)?;
        about(pane, self.run(vec![record]).await).map(drop)
    }

    /// Ends the session of exactly that pane: its processes get SIGHUP. One that is gone is ended already.
    ///
    /// # Errors
    /// When tmux can't be asked.
    pub async fn kill(&self, pane: &PaneId) -> Result<(), Error> {
        let kill = words(KillSession::new().target_session(checked_pane(pane)?));
        match about(pane, self.run(vec![kill]).await) {
            Ok(_) | Err(Error::NoPane(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The pane of the session of that name, if there is one.
    async fn find(&self, name: &str) -> Result<Option<Pane>, Error> {
        let list = words(ListPanes::new().target(format!("={name}:")).format("#{pane_id} #{pane_pid}"));
        match self.one(list).await {
            Ok(text) => {
                read_pane(text.lines().next().unwrap_or_default(), true).map(Some).ok_or(Error::Unexpected(text))
            }
            Err(Error::Refused(why)) if why.contains("can't find") => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn new_session(spec: &PaneSpec) -> Result<Words, Error> {
    let unfit = |what, value: &str, rule| Error::Unfit { what, value: value.to_owned(), rule };
    let Some(directory) = spec.directory.to_str() else {
        return Err(unfit("the directory", &spec.directory.to_string_lossy(), "it must be UTF-8"));
    };
    if spec.argv.is_empty() {
        return Err(unfit("the program", "", "it must be named"));
    }
    let texts = spec.environment.iter().map(|(_, value)| value).chain(&spec.argv);
    if let Some(text) = texts.into_iter().find(|text| text.contains('\0')) {
        return Err(unfit("the argument", text, "it must not contain a NUL"));
    }
    let mut create = NewSession::new()
        .detached()
        .print()
        .format("#{pane_id} #{pane_pid}")
        .session_name(&spec.name)
        .width(spec.columns.max(2).into())
        .height(spec.rows.max(1).into())
        .start_directory(unexpanded(directory));
    for (name, value) in &spec.environment {
        if name.is_empty() || name.contains(['=', '\0']) {
            return Err(unfit("the environment variable", name, "it must be a name"));
        }
        create = create.environment(name, value);
    }
    let bare = ["env", "-u", "TMUX", "-u", "TMUX_PANE"].map(str::to_owned);
    // `env` would take a program with an equals sign for a variable.
    if spec.argv[0].contains('=') || spec.argv[0].starts_with('-') {
        return Err(unfit("the program", &spec.argv[0], "it must not contain = or begin with -"));
    }
    Ok([words(create), vec!["--".into()], bare.to_vec(), spec.argv.clone()].concat())
}

fn pipe(target: &str, file: &Path) -> Result<Words, Error> {
    // `stdin()` is the flag -O: the pane's output is the command's input.
    Ok(words(PipePane::new().stdin().target_pane(target).shell_command(appending_to(file)?)))
}

fn read_pane(line: &str, found: bool) -> Option<Pane> {
    let (id, pid) = line.trim().split_once(' ')?;
    Some(Pane { id: PaneId(id.to_owned()), pid: pid.parse().ok()?, found })
}
