//! How a command ends: its exit code, and what a person reads when it did not do what they asked.

use std::error::Error;

use color_eyre::Report;

use super::{
    ids::NoId,
    terminal::{Notices, Paint, Unwritable, line},
};
use crate::{
    api::client,
    domain::{Refusal, command::RefusalKind, ids::NotAnId},
};

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// What was asked for is done.
    Done = 0,
    /// Something failed.
    Failed = 1,
    /// The command makes no sense as it was given.
    Usage = 2,
    /// It names something that does not exist.
    NotFound = 3,
    /// It would break a rule.
    Refused = 4,
    /// Whoever read the output has gone; what a shell makes of the signal for that (128 + SIGPIPE).
    ReaderGone = 141,
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// What went wrong in a command itself: what happened, and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub(super) struct Failure {
    pub(super) exit: Exit,
    pub(super) what: String,
    pub(super) hint: Option<String>,
}

impl Failure {
    /// A failure with this exit code.
    pub(super) fn new(exit: Exit, what: impl Into<String>) -> Self {
        Self { exit, what: what.into(), hint: None }
    }

    /// The command makes no sense as it was given.
    pub(super) fn usage(what: impl Into<String>) -> Self {
        Self::new(Exit::Usage, what)
    }

    /// It names something that does not exist.
    pub(super) fn not_found(what: impl Into<String>) -> Self {
        Self::new(Exit::NotFound, what)
    }

    /// The same, with what to do instead.
    #[must_use]
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Says what `report` means and gives the exit code for it. With `json` the words are a [`Refusal`].
pub(super) fn explain(report: &Report, json: bool, notices: Notices) -> Exit {
    let exit = exit(report);
    if exit == Exit::ReaderGone {
        return exit;
    }
    tracing::debug!(error = ?report, "a command failed");
    let causes: Vec<String> = report.chain().map(ToString::to_string).collect();
    if json {
        let refusal = Refusal { kind: kind(exit), message: causes.join(": "), hint: hint(report) };
        notices.say(serde_json::to_string(&refusal).unwrap_or(refusal.message));
        return exit;
    }
    let mut causes = causes.iter().map(|cause| line(cause));
    notices.say(format!("{} {}", notices.paint(Paint::Bad, "qd:"), causes.next().unwrap_or_default()));
    for cause in causes {
        notices.say(format!("    because {cause}"));
    }
    if let Some(hint) = hint(report) {
        notices.say(format!("    {} {}", notices.paint(Paint::Strong, "→"), line(&hint)));
    }
    // What was refused is explained by its words; where something broke, a developer may want to see more.
    if exit == Exit::Failed && std::env::var_os("RUST_BACKTRACE").is_some_and(|value| value != "0") {
        notices.say(format!("{report:?}"));
    }
    exit
}

fn exit(report: &Report) -> Exit {
    let cause = |error: &(dyn Error + 'static)| -> Option<Exit> {
        if let Some(failure) = error.downcast_ref::<Failure>() {
            return Some(failure.exit);
        }
        if let Some(unwritable) = error.downcast_ref::<Unwritable>() {
            return Some(if unwritable.reader_has_gone() { Exit::ReaderGone } else { Exit::Failed });
        }
        if error.is::<NotAnId>() || error.is::<NoId>() {
            return Some(Exit::Usage);
        }
        refusal(error).map(|refusal| match refusal.kind {
            RefusalKind::Usage => Exit::Usage,
            RefusalKind::NotFound => Exit::NotFound,
            RefusalKind::Refused => Exit::Refused,
            RefusalKind::Failed => Exit::Failed,
        })
    };
    report.chain().find_map(cause).unwrap_or(Exit::Failed)
}

fn hint(report: &Report) -> Option<String> {
    report.chain().find_map(|error| {
        let ours = error.downcast_ref::<Failure>().and_then(|failure| failure.hint.clone());
        ours.or_else(|| refusal(error).and_then(|refusal| refusal.hint.clone())).or_else(|| {
            match error.downcast_ref()? {
                client::Error::Broken(_) => Some("`qd daemon status` says whether it lives".into()),
                client::Error::Nonsense { .. } => {
                    Some("`qd daemon restart` gives both one version; agents go on".into())
                }
                client::Error::NoDaemon { .. } | client::Error::Refused(_) => None,
            }
        })
    })
}

fn refusal<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e Refusal> {
    match error.downcast_ref::<client::Error>() {
        Some(client::Error::Refused(refusal)) => Some(refusal),
        Some(client::Error::NoDaemon { .. } | client::Error::Broken(_) | client::Error::Nonsense { .. }) => None,
        None => error.downcast_ref(),
    }
}

fn kind(exit: Exit) -> RefusalKind {
    match exit {
        Exit::Usage => RefusalKind::Usage,
        Exit::NotFound => RefusalKind::NotFound,
        Exit::Refused => RefusalKind::Refused,
        Exit::Done | Exit::Failed | Exit::ReaderGone => RefusalKind::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_of_the_daemon_decides_the_exit_code() {
        let of = |refusal: Refusal| exit(&Report::new(client::Error::Refused(refusal)).wrap_err("cannot send"));
        assert_eq!(of(Refusal::not_found("x")), Exit::NotFound);
        assert_eq!(of(Refusal::refused("x")), Exit::Refused);
        assert_eq!(of(Refusal::failed("x")), Exit::Failed);
        assert_eq!(exit(&Report::new(Failure::usage("x")).wrap_err("y")), Exit::Usage);
        assert_eq!(exit(&Report::msg("x")), Exit::Failed);
    }

    #[test]
    fn a_reader_that_has_gone_is_no_failure() {
        let broken = Unwritable::from(std::io::Error::from(std::io::ErrorKind::BrokenPipe));
        assert_eq!(exit(&Report::new(broken)), Exit::ReaderGone);
    }
}
