//! What is learned about a host as soon as it is reached.

use std::{path::PathBuf, time::Duration};

use crate::target::{Error, Program};

/// Ends what holds the connection before this one, `$1` that was started at `$2`; then asks for the home directory, the
/// system, a locale with UTF-8 if the login has none, and what holds this connection.
///
/// A host does not notice that a line was cut; for hours, what held it would keep its ports and its programs.
const SCRIPT: &str = r#"
born() {
    line=
    if [ -r /proc/self/stat ]; then
        [ -r "/proc/$1/stat" ] && read -r line <"/proc/$1/stat"
        set -f
        set -- ${line##*") "}
        echo "${20}"
    else
        set -- $(LC_ALL=C ps -o lstart= -p "$1" 2>/dev/null)
        echo "$*"
    fi
}
lives() { [ "$(born "$1")" = "$2" ]; }
if [ -n "$2" ] && lives "$1" "$2"; then
    kill -TERM "$1" && kill -CONT "$1"
    tries=0
    while lives "$1" "$2" && [ $tries -lt 20 ]; do
        sleep 0.05 2>/dev/null || sleep 1
        tries=$((tries + 1))
    done
    ! lives "$1" "$2" || kill -KILL "$1"
fi 2>/dev/null
locale=
case ${LC_ALL:-${LC_CTYPE:-$LANG}} in
*[Uu][Tt][Ff]-8 | *[Uu][Tt][Ff]8) ;;
*)
    all=" $(locale -a 2>/dev/null | tr '\n' ' ')"
    for one in C.UTF-8 C.utf8 en_US.UTF-8 en_US.utf8; do
        case $all in *" $one "*) locale=$one; break ;; esac
    done ;;
esac
printf '%s\0' "$HOME" "$(uname -s)" "$locale" "$PPID" "$(born "$PPID")"
"#;

/// What is known of a host that is reached.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// The home directory of the user that we are there.
    pub home: PathBuf,
    /// The system, as `uname` names it.
    pub system: String,
    /// The locale that programs are given, where the login has none with UTF-8 but the host has.
    pub(super) locale: String,
    pub(super) holder: Holder,
}

/// The process there that holds the connection, and when it was started, in a unit of the system's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Holder {
    pid: String,
    start: String,
}

/// The program that asks, and ends what held the connection before.
pub(super) fn question(before: &Holder, deadline: Duration) -> Program {
    Program { deadline, ..Program::new(["/bin/sh", "-c", SCRIPT, "qd", &before.pid, &before.start]) }
}

/// What it answered.
pub(super) fn parse(answer: &[u8]) -> Result<Facts, Error> {
    let answer = String::from_utf8_lossy(answer);
    let mut parts = answer.split('\0').map(str::to_owned);
    let mut part = || {
        parts.next().ok_or_else(|| Error::System {
            program: "/bin/sh".into(),
            source: std::io::Error::other("it does not say where its home directory is"),
        })
    };
    let (home, system, locale) = (part()?.into(), part()?, part()?);
    Ok(Facts { home, system, locale, holder: Holder { pid: part()?, start: part()? } })
}
