//! What is learned about a host as soon as it is reached.

use std::{path::PathBuf, time::Duration};

use super::script::Leader;
use crate::target::{Error, Program};

/// Ends what the connection before this one has left, told by pairs of a number (with a dash: of a process group) and
/// a start; then asks for the home directory, the system, a locale with UTF-8 if the login has none, and what holds this
/// connection.
///
/// A host does not notice that a line was cut; for hours, what held it would keep its ports, and its programs would go on.
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
lives() { [ -n "$2" ] && [ "$(born "${1#-}")" = "$2" ]; }
any_lives() {
    while [ $# -ge 2 ]; do
        ! lives "$1" "$2" || return 0
        shift 2
    done
    return 1
}
ask() {
    while [ $# -ge 2 ]; do
        if lives "$1" "$2"; then
            asked="$asked $1"
            kill -TERM "$1"
            kill -CONT "$1"
        fi
        shift 2
    done
}
{
    asked=
    ask "$@"
    tries=0
    while [ -n "$asked" ] && any_lives "$@" && [ $tries -lt 20 ]; do
        sleep 0.05 || sleep 1
        tries=$((tries + 1))
    done
    for one in $asked; do kill -KILL "$one"; done
} 2>/dev/null
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

/// The program that asks, and ends what held the connection before and what ran over it.
pub(super) fn question(before: &Holder, lost: &[Leader], deadline: Duration) -> Program {
    let mut program = Program { deadline, ..Program::new(["/bin/sh", "-c", SCRIPT, "qd", &before.pid, &before.start]) };
    for leader in lost {
        let start = leader.start.map(|start| start.to_string());
        program.argv.extend([format!("-{}", leader.pid), start.unwrap_or_default()]);
    }
    program
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
