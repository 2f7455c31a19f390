//! Panes: what they are made of, and what is seen of them.

use std::{path::PathBuf, time::Duration};

use super::Error;
use crate::domain::attempt::PaneId;

/// What a new pane runs, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaneSpec {
    /// The session's name: `[a-z0-9_-]+`, for example `a7`.
    pub name: String,
    /// Where the program starts; it must exist.
    pub directory: PathBuf,
    /// The program and its arguments. No shell reads them.
    pub argv: Vec<String>,
    /// What the program gets beside the server's own environment.
    pub environment: Vec<(String, String)>,
    /// Width.
    pub columns: u16,
    /// Height.
    pub rows: u16,
    /// Everything the program prints is appended here, from its first byte on.
    pub record_to: PathBuf,
}

/// A pane that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pane {
    /// Its id.
    pub id: PaneId,
    /// Its first process, the leader of its own process session.
    pub pid: u32,
    /// It was there already.
    pub found: bool,
}

/// What one look at the server says about a pane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaneSeen {
    /// The name it was spawned with.
    pub session_name: String,
    /// Its id.
    pub pane: PaneId,
    /// Its first process.
    pub pid: u32,
    /// How that ended, when it has.
    pub dead: Option<Death>,
    /// The title that the program has set.
    pub title: String,
    /// Width.
    pub columns: u16,
    /// Height.
    pub rows: u16,
    /// Its size follows the terminal of whoever attaches.
    pub follows: bool,
    /// It draws in the alternate screen, which has no history.
    pub alternate: bool,
    /// It is in copy mode: a person reads.
    pub in_mode: bool,
    /// What it prints is recorded.
    pub piped: bool,
    /// The bell rang since a person last looked.
    pub bell: bool,
    /// When it last printed something, on the server's clock.
    pub activity: i64,
    /// The name of the program in front.
    pub command: String,
    /// The person whose terminal is attached to it and can type.
    pub person: Option<Person>,
}

/// How a pane's first process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Death {
    /// Its exit code.
    pub code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
}

/// A person at a pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Person {
    /// How long ago a key was last pressed, in whole seconds.
    pub typed_ago: Duration,
}

/// What the server itself remembers of what it typed into a pane.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Markers {
    /// The session that the pane is in now: a server that was started anew gives the same pane ids again.
    pub session_name: String,
    /// The marker of the last paste.
    pub pasted: Option<String>,
    /// The marker of the last marked key press.
    pub pressed: Option<String>,
    /// The marker of the last answer.
    pub answered: Option<String>,
}

/// The fields of a list line. The free texts come last; no program can put a tab into its title.
pub(super) const LIST_FORMAT: &str = "#{session_name}\t#{pane_id}\t#{pane_pid}\t#{pane_dead}\t#{pane_dead_status}\t\
    #{pane_dead_signal}\t#{pane_width}\t#{pane_height}\t#{alternate_on}\t#{pane_in_mode}\t#{pane_pipe}\t\
    #{window_bell_flag}\t#{window_activity}\t#{session_attached}\t\
    #{==:#{window-size},latest}\t#{pane_title}\t#{pane_current_command}";

/// A line of [`LIST_FORMAT`], and whether anybody is attached to its session.
pub(super) fn read_list_line(line: &str) -> Option<(PaneSeen, bool)> {
    let mut fields = line.splitn(17, '\t');
    let mut next = || fields.next();
    let (session_name, pane, pid) = (next()?.to_owned(), PaneId(next()?.to_owned()), next()?.parse().ok()?);
    let (dead, code, signal) = (next()? == "1", next()?.parse().ok(), next()?.parse().ok());
    let (columns, rows) = (next()?.parse().ok()?, next()?.parse().ok()?);
    let (alternate, in_mode, piped, bell) = (next()? == "1", next()? != "0", next()? == "1", next()? == "1");
    let (activity, attached, follows) = (next()?.parse().ok()?, next()? != "0", next()? == "1");
    let (title, command) = (next()?.to_owned(), next()?.to_owned());
    let dead = dead.then_some(Death { code, signal });
    let seen = PaneSeen {
        session_name,
        pane,
        pid,
        dead,
        title,
        columns,
        rows,
        follows,
        alternate,
        in_mode,
        piped,
        bell,
        activity,
        command,
        person: None,
    };
    Some((seen, attached))
}

/// The fields of a client line.
pub(super) const CLIENT_FORMAT: &str =
    "#{client_session}\t#{client_control_mode}\t#{client_readonly}\t#{client_activity}";

/// A line of [`CLIENT_FORMAT`]: the session's name and the person, if the client is one; `second` is the server's clock.
pub(super) fn read_client_line(line: &str, second: i64) -> Option<(String, Person)> {
    let mut fields = line.splitn(4, '\t');
    let (session, control, read_only) = (fields.next()?, fields.next()?, fields.next()?);
    let typed_at: i64 = fields.next()?.parse().ok()?;
    let typed_ago = Duration::from_secs(second.saturating_sub(typed_at).try_into().unwrap_or(0));
    (control == "0" && read_only == "0").then(|| (session.to_owned(), Person { typed_ago }))
}

/// A name of ours.
pub(super) fn checked_name(name: &str) -> Result<&str, Error> {
    checked("the name", name, "it must be made of a-z, 0-9, _ and -", |byte| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte)
    })
}

/// A marker of ours.
pub(super) fn checked_marker(marker: &str) -> Result<&str, Error> {
    checked("the marker", marker, "it must be made of letters, digits, _ and -", |byte| {
        byte.is_ascii_alphanumeric() || b"_-".contains(&byte)
    })
}

/// A pane's id.
pub(super) fn checked_pane(pane: &PaneId) -> Result<&str, Error> {
    let digits = pane.0.strip_prefix('%').unwrap_or_default();
    checked("the pane", digits, "it must be % and a number", |byte| byte.is_ascii_digit())?;
    Ok(&pane.0)
}

fn checked<'a>(
    what: &'static str,
    value: &'a str,
    rule: &'static str,
    allowed: impl Fn(u8) -> bool,
) -> Result<&'a str, Error> {
    if value.is_empty() || !value.bytes().all(allowed) {
        return Err(Error::Unfit { what, value: value.to_owned(), rule });
    }
    Ok(value)
}
