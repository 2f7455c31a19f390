//! Letting the person write a text in their own editor.

use std::{
    fs,
    io::{self, IsTerminal, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use color_eyre::{Result, eyre::WrapErr};
use tokio::{
    process::Command,
    signal::unix::{SignalKind, signal},
};

use super::{
    context::Context,
    failure::{Exit, Failure},
    given::text_in,
};
use crate::config;

/// The text as the person saved it.
///
/// # Errors
/// There is no editor; the person left it without saving, or saved nothing.
pub(super) async fn edited(context: &Context, name: &str, text: &str) -> Result<String> {
    let argv = config::editor().map_err(|none| Failure::usage(none.to_string()).hint(none.hint()))?;
    let Some((program, arguments)) = argv.split_first() else { return Ok(text.to_owned()) };
    let draft = Draft::write(&context.paths.runtime, name, text).wrap_err("cannot write the text for your editor")?;
    // Ctrl-c pressed there is the editor's; it must not end us.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut command = Command::new(program);
    command.args(arguments).arg(&draft.file);
    if !io::stdout().is_terminal() {
        // Our output is read by a program; the editor's is not part of it.
        command.stdout(io::stderr());
    }
    let mut child = command.spawn().wrap_err_with(|| format!("cannot start your editor, {program}"))?;
    let status = loop {
        tokio::select! {
            status = child.wait() => break status?,
            _ = interrupt.recv() => {}
        }
    };
    if !status.success() {
        return Err(Failure::new(Exit::Failed, format!("your editor, {program}, ended with {status}")).into());
    }
    if !draft.was_saved()? {
        return Err(Failure::new(Exit::Refused, "nothing was done: you left the editor without saving").into());
    }
    let text = text_in(&draft.file)?;
    if text.trim().is_empty() {
        return Err(Failure::new(Exit::Refused, "nothing was done: the text is empty").into());
    }
    Ok(text)
}

/// A file that only its person can read, for as long as they write it.
struct Draft {
    file: PathBuf,
    written: SystemTime,
}

impl Draft {
    fn write(folder: &Path, name: &str, text: &str) -> io::Result<Self> {
        let folder = folder.join("drafts");
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
        let path = folder.join(format!("{name}-{}.md", std::process::id()));
        let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path)?;
        file.write_all(text.as_bytes())?;
        // So long ago that a save can't be of the same moment.
        let written = SystemTime::UNIX_EPOCH + Duration::from_secs(1);
        file.set_modified(written)?;
        Ok(Self { file: path, written })
    }

    fn was_saved(&self) -> io::Result<bool> {
        Ok(fs::metadata(&self.file)?.modified()? != self.written)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // What an editor leaves beside it is the editor's.
        let _ = fs::remove_file(&self.file);
    }
}
