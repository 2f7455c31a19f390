//! What is learned about a host as soon as it is reached.

use std::{path::PathBuf, time::Duration};

use crate::target::{Error, Program};

/// Asks for the home directory, the system, and a locale with UTF-8 if the login has none.
const SCRIPT: &str = r#"
case ${LC_ALL:-${LC_CTYPE:-$LANG}} in
*[Uu][Tt][Ff]-8 | *[Uu][Tt][Ff]8) locale= ;;
*)
    locale=
    all=" $(locale -a 2>/dev/null | tr '\n' ' ')"
    for one in C.UTF-8 C.utf8 en_US.UTF-8 en_US.utf8; do
        case $all in *" $one "*) locale=$one; break ;; esac
    done ;;
esac
printf '%s\0' "$HOME" "$(uname -s)" "$locale"
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
}

/// The program that asks.
pub(super) fn question(deadline: Duration) -> Program {
    Program { deadline, ..Program::new(["/bin/sh", "-c", SCRIPT]) }
}

/// What it answered.
pub(super) fn parse(answer: &[u8]) -> Result<Facts, Error> {
    let answer = String::from_utf8_lossy(answer);
    let mut parts = answer.split('\0').map(str::to_owned);
    let (Some(home), Some(system), Some(locale)) = (parts.next(), parts.next(), parts.next()) else {
        let source = std::io::Error::other("it does not say where its home directory is");
        return Err(Error::System { program: "/bin/sh".into(), source });
    };
    Ok(Facts { home: home.into(), system, locale })
}
