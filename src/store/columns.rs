//! How the domain's small types stand in a column: ids as numbers, names and plain enums as words.
//!
//! The words are the schema's, whatever people get to see.

use std::path::{Path, PathBuf};

use rusqlite::{
    Row, ToSql,
    types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, Type, ValueRef},
};

use crate::domain::{
    ArtifactId, AttemptId, CheckpointId, MessageId, ObjectiveId, ProfileName, PullRequestId, QuestionId, RemarkId,
    SessionId, TargetLabel, TargetName, Timestamp, VerificationId, WorkspaceId,
    activity::{Doing, Source},
    artifact,
    attempt::PaneId,
    event, message, objective, pull_request, question, remark, session, target, verification, workspace,
};

/// A column holds something that is none of the schema's words or numbers for it.
#[derive(Debug, thiserror::Error)]
#[error("{found:?} is not a value of {column}")]
pub(super) struct Unknown {
    column: &'static str,
    found: String,
}

/// The error for a word that `column` should not hold.
pub(super) fn unknown(column: &'static str, found: &str) -> rusqlite::Error {
    let cause = Box::new(Unknown { column, found: found.into() });
    rusqlite::Error::FromSqlConversionFailure(0, Type::Text, cause)
}

/// The word in `column`, which says what variant the row is.
pub(super) fn word<'row>(row: &'row Row<'_>, column: &'static str) -> rusqlite::Result<&'row str> {
    row.get_ref(column)?.as_str().map_err(|_| unknown(column, "something that is not text"))
}

/// A path as text. Ours come through JSON, so they always are.
pub(super) fn text_of(path: &Path) -> rusqlite::Result<&str> {
    path.to_str().ok_or_else(|| {
        let cause = Unknown { column: "a path", found: path.to_string_lossy().into_owned() };
        rusqlite::Error::ToSqlConversionFailure(Box::new(cause))
    })
}

/// The path in `column`.
pub(super) fn path(row: &Row<'_>, column: &'static str) -> rusqlite::Result<Option<PathBuf>> {
    Ok(row.get::<_, Option<String>>(column)?.map(PathBuf::from))
}

/// A list of names as JSON.
pub(super) fn list_of(names: &[String]) -> rusqlite::Result<String> {
    serde_json::to_string(names).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

/// The list of names in `column`.
pub(super) fn list(row: &Row<'_>, column: &'static str) -> rusqlite::Result<Vec<String>> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|_| unknown(column, &text))
}

/// The same, where each is one of our names.
pub(super) fn names<T: std::str::FromStr>(row: &Row<'_>, column: &'static str) -> rusqlite::Result<Vec<T>> {
    list(row, column)?.iter().map(|name| name.parse().map_err(|_| unknown(column, name))).collect()
}

macro_rules! numbers {
    ($($id:ident)*) => {$(
        impl ToSql for $id {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(self.number().into())
            }
        }

        impl FromSql for $id {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                let number = value.as_i64()?;
                u32::try_from(number).ok().and_then($id::from_number).ok_or(FromSqlError::OutOfRange(number))
            }
        }
    )*};
}

numbers! {
    ObjectiveId SessionId AttemptId MessageId QuestionId ArtifactId WorkspaceId PullRequestId RemarkId VerificationId
    CheckpointId
}

macro_rules! names {
    ($($name:ident)*) => {$(
        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(self.as_str().into())
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                value.as_str()?.parse().map_err(FromSqlError::other)
            }
        }
    )*};
}

names! { ProfileName TargetName TargetLabel }

macro_rules! words {
    ($($type:ty { $($variant:ident $word:literal)* })*) => {$(
        impl ToSql for $type {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(match self { $(Self::$variant => $word,)* }.into())
            }
        }

        impl FromSql for $type {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                match value.as_str()? {
                    $($word => Ok(Self::$variant),)*
                    found => Err(FromSqlError::other(Unknown { column: stringify!($type), found: found.into() })),
                }
            }
        }
    )*};
}

words! {
    objective::Mode { Plain "plain" Manager "manager" }
    objective::State { Open "open" Done "done" Canceled "canceled" }
    session::Role { Worker "worker" Manager "manager" Reviewer "reviewer" }
    session::Scope { Global "global" Target "target" TargetClosed "target_closed" NoTarget "no_target" }
    session::Completion {
        Person "person" Exit "exit" Agent "agent" Marker "marker" Command "command"
        Merged "merged"
    }
    session::Outcome { Done "done" Blocked "blocked" Failed "failed" }
    target::State { Online "online" Draining "draining" Disabled "disabled" }
    workspace::Kind { Isolated "isolated" PullRequest "pull_request" Shared "shared" Scratch "scratch" }
    message::Kind { Prompt "prompt" Steer "steer" Answer "answer" HandOff "hand_off" }
    message::Hold {
        NotRunning "not_running" NotReady "not_ready" PersonTyping "person_typing" Asking "asking" Draft "draft"
        Earlier "earlier" Unreachable "unreachable"
    }
    question::Kind {
        Ended "ended" Vanished "vanished" NotStarted "not_started" Delivery "delivery" Permission "permission"
        Asks "asks" AskUser "ask_user" Plan "plan" Dialog "dialog" Failure "failure" Report "report"
        Verify "verify" PullRequest "pull_request"
    }
    question::Via { Hook "hook" Tool "tool" Pane "pane" }
    question::Verdict {
        Pick "pick" Allow "allow" AllowForSession "allow_for_session" Deny "deny" InPane "in_pane"
    }
    pull_request::Forge { Local "local" Github "github" }
    pull_request::Method { Merge "merge" Squash "squash" Rebase "rebase" }
    pull_request::Review { None "none" Approved "approved" ChangesRequested "changes_requested" }
    remark::Kind {
        Comment "comment" LineComment "line_comment" Approval "approval" ChangesRequested "changes_requested"
        CheckFailed "check_failed" Conflict "conflict"
    }
    verification::Cause { Done "done" Person "person" }
    artifact::Kind {
        Report "report" Note "note" Patch "patch" Benchmark "benchmark" Verify "verify" Setup "setup" Review "review"
    }
    Doing {
        Nothing "nothing" Starting "starting" Working "working" YourTurn "your_turn" Asking "asking"
        Compacting "compacting" Background "background" Retrying "retrying" Parked "parked"
        Unreachable "unreachable" Unknown "unknown"
    }
    Source {
        Process "process" Signal "signal" Transcript "transcript" Title "title" Screen "screen"
        Supervisor "supervisor"
    }
    event::Kind {
        Objective "objective" Session "session" Attempt "attempt" Activity "activity" Message "message"
        Question "question" Workspace "workspace" PullRequest "pull_request" Target "target" Supervisor "supervisor"
    }
}

/// A figure by an agent's own word. It may be any nonsense, which must not keep the step it belongs to from being
/// written: what is beyond SQLite's largest number becomes that.
#[derive(Clone, Copy)]
pub(super) struct Figure(pub(super) u64);

impl ToSql for Figure {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(i64::try_from(self.0).unwrap_or(i64::MAX).into())
    }
}

impl ToSql for Timestamp {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.into())
    }
}

impl FromSql for Timestamp {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_i64().map(Timestamp)
    }
}

impl ToSql for PaneId {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.as_str().into())
    }
}

impl FromSql for PaneId {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_str().map(|text| PaneId(text.into()))
    }
}
