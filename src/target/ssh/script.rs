//! The constant script that starts a program on a host, and what it says before it does.
//!
//! It takes its place in the login shell's process and then gives it to the program, so that the program's process is the
//! leader of the process group that `sshd` has made, and its exit status is what `sshd` reports. One line tells how that
//! went; it comes before anything the program prints, and after anything the login shell may have printed.

use std::{
    ffi::OsString,
    io,
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::PathBuf,
};

use super::quote;
use crate::target::{Error, Program, processes};

/// `LOCALE TOGETHER DIRECTORY [NAME=VALUE…] -- [NAME…] -- PROGRAM [ARGUMENT…]`
///
/// The program is looked for as [`Local`](crate::target::Local) does: an entry of PATH that is not absolute would be
/// whatever happens to lie in the folder.
const SCRIPT: &str = concat!(
    "unset -v QD_ATTEMPT; ",
    "case $1 in ?*) unset -v LC_ALL; LC_CTYPE=$1; export LC_CTYPE;; esac; ",
    "case $2 in ?*) exec 2>&1;; esac; ",
    "_qd=${3:-${HOME:-/}}; shift 3; ",
    "while :; do case $1 in --) break;; esac; command export \"$1\"; shift; done; shift; ",
    "while :; do case $1 in --) break;; esac; command unset -v \"$1\"; shift; done; shift; ",
    "cd -- \"$_qd\" 2>/dev/null || { echo \"[[qd D]]\"; exit 0; }; ",
    "_qd=; _qdp=; case $1 in ",
    "*/*) case $1 in -*) _qd=./$1;; *) _qd=$1;; esac; ",
    "if [ -f \"$_qd\" ]; then [ -x \"$_qd\" ] || { _qdp=$_qd; _qd=; }; else _qd=; fi;; ",
    "*) set -f; IFS=:; for _qdd in $PATH; do case $_qdd in /*) if [ -f \"$_qdd/$1\" ]; then ",
    "if [ -x \"$_qdd/$1\" ]; then _qd=$_qdd/$1; break; fi; _qdp=${_qdp:-$_qdd/$1}; fi;; esac; done; ",
    "set +f; unset -v IFS;; esac; ",
    "case $_qd in ?*) ;; *) case $_qdp in ?*) echo \"[[qd P]]\"; printf %s \"$_qdp\";; ",
    "*) echo \"[[qd N]]\"; printf %s \"$PATH\";; esac; exit 0;; esac; ",
    "shift; _qdb=; [ -r /proc/$$/stat ] && read -r _qdb </proc/$$/stat; ",
    "echo \"[[qd $$ ${_qdb##*\") \"}]]\"; exec \"$_qd\" \"$@\""
);

const MARK: &[u8] = b"[[qd ";
const MARK_END: &[u8] = b"]]\n";
/// How much a login shell may print before its programs start.
const NOISE: usize = 64 * 1024;

/// How a program's outputs come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outputs {
    /// Each by itself.
    Apart,
    /// Both as one.
    Together,
}

/// The line that starts a program, for the login shell.
pub(super) fn line(program: &Program, locale: &str, outputs: Outputs) -> Result<OsString, Error> {
    let failed = |kind, why: &str| Error::System { program: program.name().into(), source: io::Error::new(kind, why) };
    if program.name().is_empty() {
        return Err(Error::Nothing);
    }
    let names = program.environment.iter().map(|(name, _)| name).chain(&program.without);
    if let Some(name) = names.into_iter().find(|name| !is_name(name)) {
        return Err(failed(io::ErrorKind::InvalidInput, &format!("{name:?} is no name of a variable")));
    }
    let directory = program.directory.as_deref().map(|folder| {
        // Neither an option, nor the folder before, nor one below CDPATH.
        if folder.is_absolute() { folder.to_owned() } else { PathBuf::from(".").join(folder) }
    });
    let mut words = vec![locale.into(), if outputs == Outputs::Together { b"2".to_vec() } else { Vec::new() }];
    words.push(directory.map(|folder| folder.into_os_string().into_vec()).unwrap_or_default());
    words.extend(program.environment.iter().map(|(name, value)| format!("{name}={value}").into_bytes()));
    words.push(b"--".into());
    words.extend(program.without.iter().map(|name| name.clone().into_bytes()));
    words.push(b"--".into());
    words.extend(program.argv.iter().map(|word| word.clone().into_bytes()));
    if words.iter().any(|word| word.contains(&0)) {
        return Err(failed(io::ErrorKind::InvalidInput, "no argument and no path can hold a NUL"));
    }
    let line = quote::script(SCRIPT, words);
    if line.as_bytes().len() > quote::LINE_BYTES {
        return Err(failed(io::ErrorKind::ArgumentListTooLong, "its arguments are longer than a host takes"));
    }
    Ok(line)
}

/// Why the program does not run, from the script's word and what came after it.
pub(super) fn refusal(word: Word, program: &Program, place: Vec<u8>) -> Error {
    match word {
        Word::Permission => Error::Permission(OsString::from_vec(place).into()),
        Word::NoDirectory => Error::NoDirectory(program.directory.clone().unwrap_or_default()),
        Word::NotFound | Word::Runs(_) => {
            let place = String::from_utf8_lossy(&place).into_owned();
            let path = if program.name().contains('/') { program.name().into() } else { place };
            Error::NotFound { program: program.name().into(), path }
        }
    }
}

fn is_name(name: &str) -> bool {
    debug_assert!(SCRIPT.contains(processes::TAG));
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The first process of a program there, which leads its process group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Leader {
    pub(super) pid: u32,
    /// When it was started, in a unit of the system's, where that is known.
    pub(super) start: Option<u64>,
}

/// What the script said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// The program runs.
    Runs(Leader),
    /// It was not found; what follows is where it was looked for.
    NotFound,
    /// It may not be run; what follows is its path.
    Permission,
    /// The folder it should run in is not there.
    NoDirectory,
}

/// What was printed up to the script's word.
#[derive(Debug, Default)]
pub(super) struct Heading {
    bytes: Vec<u8>,
}

/// Its number, and what the system says of it behind its name: the start is the 20th of that.
fn parse_leader(text: &[u8]) -> Option<Leader> {
    let mut words = std::str::from_utf8(text).ok()?.split_ascii_whitespace();
    let pid = words.next()?.parse().ok()?;
    Some(Leader { pid, start: words.nth(19).and_then(|start| start.parse().ok()) })
}

/// The login shell prints and prints, and the script does not come to its word.
pub(super) struct Noise;

impl Heading {
    /// Takes what was printed. Gives the script's word, once it is complete, with what came after it.
    pub(super) fn read(&mut self, bytes: &[u8]) -> Result<Option<(Word, Vec<u8>)>, Noise> {
        self.bytes.extend_from_slice(bytes);
        let Some(start) = memchr::memmem::find(&self.bytes, MARK).map(|at| at + MARK.len()) else {
            return if self.bytes.len() > NOISE { Err(Noise) } else { Ok(None) };
        };
        let Some(length) = memchr::memmem::find(&self.bytes[start..], MARK_END) else { return Ok(None) };
        let word = match &self.bytes[start..start + length] {
            b"N" => Word::NotFound,
            b"P" => Word::Permission,
            b"D" => Word::NoDirectory,
            leader => Word::Runs(parse_leader(leader).ok_or(Noise)?),
        };
        let rest = self.bytes.split_off(start + length + MARK_END.len());
        Ok(Some((word, rest)))
    }

    /// What was printed instead of the script's word.
    pub(super) fn noise(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_is_found_behind_what_a_login_shell_prints_and_in_pieces() {
        let mut heading = Heading::default();
        assert!(matches!(heading.read(b"welcome!\n[[qd 12"), Ok(None)));
        assert!(matches!(heading.read(b"34 S 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 4242 21]"), Ok(None)));
        let Ok(Some((word, rest))) = heading.read(b"]\nbytes\n") else { panic!("complete") };
        assert_eq!((word, rest.as_slice()), (Word::Runs(Leader { pid: 1234, start: Some(4242) }), &b"bytes\n"[..]));
    }

    #[test]
    fn what_no_host_could_take_is_refused_here() {
        let mut program = Program::new(["true"]);
        program.environment = vec![("A-B".into(), String::new())];
        assert!(line(&program, "", Outputs::Apart).is_err());
        assert!(line(&Program::new(["a\0b"]), "", Outputs::Apart).is_err());
        assert!(line(&Program::new(["echo".into(), "x".repeat(200_000)]), "", Outputs::Apart).is_err());
        assert!(matches!(line(&Program::new([""]), "", Outputs::Apart), Err(Error::Nothing)));
    }
}
