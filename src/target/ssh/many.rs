//! Many files of a host at a time: their paths go through one program's input, its answers come back in one output.
//!
//! `xargs -0`, `find -print0` and, where it is there, `stat --printf` are beyond POSIX and on every system that has
//! agents.

use std::{
    collections::HashMap,
    ffi::OsString,
    io,
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use super::{
    Ssh,
    files::{kind_of, program, word},
};
use crate::target::{Found, Program};

/// Nothing lies at the path, which may be looked at: for scripts within the quotes of another.
macro_rules! absent {
    () => {
        r#"absent() {
    up=$1
    while :; do
        up=${up%/*}
        [ -n "$up" ] || return 0
        if [ -e "$up" ]; then [ ! -d "$up" ] || [ -x "$up" ]; return; fi
    done
}
"#
    };
}

/// Answers `K` with kind, readability and path, `S` with length, time and path, `E` with what can't be known.
const LOOK: &str = concat!(
    "\nexec xargs -0 /bin/sh -c '\n",
    absent!(),
    r#"how=$0
for path; do
    may=n
    if [ -h "$path" ]; then kind=l
    else
        if [ -f "$path" ]; then kind=f
        elif [ -d "$path" ]; then kind=d
        elif [ -e "$path" ]; then kind=o
        elif absent "$path"; then continue
        else printf "E%s\0" "$path"; continue
        fi
        [ -r "$path" ] && may=y
    fi
    printf "K%s%s%s\0" "$kind" "$may" "$path"
done
[ "$how" = whole ] || exit 0
stat --printf "S%s %.9Y %n\0" / >/dev/null 2>&1 && { stat --printf "S%s %.9Y %n\0" -- "$@" 2>/dev/null; exit 0; }
for path; do
    [ -h "$path" ] || [ -e "$path" ] || continue
    said=$(stat -c "%s %Y" -- "$path" 2>/dev/null || stat -f "%z %m" -- "$path") && printf "S%s %s\0" "$said" "$path"
done
exit 0
' "$1"
"#
);

/// Each answer begins with whether the file is there and ends with a mark that no file holds by chance.
const READ_ALL: &str = concat!(
    "\nexec xargs -0 /bin/sh -c '\n",
    absent!(),
    r#"mark=$0
for path; do
    if [ -e "$path" ]; then printf F; cat -- "$path" || exit 255
    elif absent "$path"; then printf N
    else echo "$path: Permission denied" >&2; exit 255
    fi
    printf %s "$mark"
done
' "$1"
"#
);

const COPY: &str = r#"
[ -e "$1" ] || { how=-dL; absent "$1"; }
[ ! -d "$2" ] || { echo "$2: Is a directory" >&2; exit 1; }
cat -- "$1" >"$2" && touch -r "$1" -- "$2"
"#;

const DISK_USAGE: &str = r#"
[ -h "$1" ] || [ -e "$1" ] || { echo 0; exit 0; }
du -sk -- "$1" 2>/dev/null
exit 0
"#;

const FILES_BELOW: &str = r#"
cd -- "$1" 2>/dev/null || {
    [ ! -d "$1" ] || { printf '.\0'; exit 0; }
    [ ! -e "$1" ] || exit 0
    how=-dL; absent "$1"
}
find . ! -type d -print0 2>/dev/null && exit 0
find . -type d -exec /bin/sh -c '[ ! -r "$1" ] || [ ! -x "$1" ]' qd {} ';' -print0 2>/dev/null
exit 0
"#;

const FOLDERS_NAMED: &str = r#"
exec xargs -0 /bin/sh -c '
name=$0
for path; do
    if [ -h "$path" ] || [ ! -d "$path" ]; then continue; fi
    find "$path/." -name "$name" -prune -exec test -d {} ";" -print0 2>/dev/null
done
exit 0
' "$1"
"#;

/// git counts as it counts, one file at a time.
const COUNT_LINES: &str = r#"
exec xargs -0 /bin/sh -c '
largest=$0
all=0
for path; do
    if [ -h "$path" ]; then all=$((all + 1)); continue; fi
    [ -f "$path" ] && [ -r "$path" ] && [ "$(wc -c <"$path")" -le "$largest" ] || continue
    lines=$(git diff --no-index --no-ext-diff --no-textconv --numstat -- /dev/null "$path" 2>/dev/null)
    lines=${lines%%[!0-9]*}
    all=$((all + ${lines:-0}))
done
echo $all
' "$1"
"#;

/// Also the folder above it, if that is empty then.
const ABANDON: &str = r#"
rm -rf -- "$1" 2>/dev/null || {
    find "$1" -type d -exec chmod u+rwx {} ';' 2>/dev/null
    rm -rf -- "$1"
}
case $2 in ?*) rmdir -- "$2" 2>/dev/null ;; esac
exit 0
"#;

const IS_FOLDER: &str = r#"
if [ -d "$1" ]; then exit 0; fi
[ ! -e "$1" ] || exit 3
how=-dL; absent "$1"
"#;

impl Ssh {
    pub(in crate::target) async fn is_folder(&self, path: &Path) -> io::Result<bool> {
        Ok(self.ask(IS_FOLDER, path, "").await?.is_some())
    }

    pub(in crate::target) async fn look(&self, paths: &[PathBuf]) -> io::Result<Vec<Option<Found>>> {
        let said = self.ask_about(LOOK, "whole", paths).await?;
        let mut found = HashMap::new();
        let mut figures = HashMap::new();
        for record in said.split(|&byte| byte == 0) {
            match record.split_first() {
                Some((b'K', [kind, may, path @ ..])) => drop(found.insert(path, (kind_of(Some(kind)), *may == b'y'))),
                Some((b'S', record)) => {
                    let mut parts = record.splitn(3, |&byte| byte == b' ');
                    let (bytes, modified, path) = (parts.next(), parts.next(), parts.next());
                    if let (Some(bytes), Some(modified), Some(path)) =
                        (bytes.and_then(number), modified.and_then(moment), path)
                    {
                        figures.insert(path, (bytes, modified));
                    }
                }
                Some((_, path)) => return Err(unknown(path)),
                None => {}
            }
        }
        let one = |path: &PathBuf| {
            let path = path.as_os_str().as_bytes();
            let Some(&(kind, readable)) = found.get(path) else { return Ok(None) };
            let &(bytes, modified) = figures.get(path).ok_or_else(|| unknown(path))?;
            Ok(Some(Found { kind, bytes, modified, readable }))
        };
        paths.iter().map(one).collect()
    }

    pub(in crate::target) async fn are_there(&self, paths: &[PathBuf]) -> io::Result<Vec<bool>> {
        let said = self.ask_about(LOOK, "kinds", paths).await?;
        let mut there = HashMap::new();
        for record in said.split(|&byte| byte == 0) {
            match record.split_first() {
                Some((b'K', [_, _, path @ ..])) => drop(there.insert(path, true)),
                Some((_, path)) => return Err(unknown(path)),
                None => {}
            }
        }
        Ok(paths.iter().map(|path| there.contains_key(path.as_os_str().as_bytes())).collect())
    }

    pub(in crate::target) async fn read_all(&self, paths: &[PathBuf]) -> io::Result<Vec<Option<Vec<u8>>>> {
        let mark = format!("\n[[{}]]\n", uuid::Uuid::new_v4());
        let said = self.ask_about(READ_ALL, &mark, paths).await?;
        let mut found = Vec::with_capacity(paths.len());
        let mut from = 0;
        for end in memchr::memmem::find_iter(&said, mark.as_bytes()) {
            found.push(match said[from..end].split_first() {
                Some((b'F', bytes)) => Some(bytes.to_vec()),
                Some(_) | None => None,
            });
            from = end + mark.len();
        }
        if found.len() == paths.len() { Ok(found) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }

    pub(in crate::target) async fn copy(&self, from: &Path, to: &Path) -> io::Result<bool> {
        Ok(self.ask(COPY, from, &word(to)?).await?.is_some())
    }

    pub(in crate::target) async fn disk_usage(&self, folder: &Path) -> io::Result<u64> {
        let said = self.ask(DISK_USAGE, folder, "").await?.unwrap_or_default();
        let kilobytes = said.split(|byte| byte.is_ascii_whitespace()).next().and_then(number);
        Ok(kilobytes.unwrap_or_default() * 1024)
    }

    pub(in crate::target) async fn files_below(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        let said = self.ask(FILES_BELOW, folder, "").await?.unwrap_or_default();
        let below = |path: &[u8]| OsString::from_vec(path.strip_prefix(b"./").unwrap_or_default().to_vec()).into();
        Ok(said.split(|&byte| byte == 0).filter(|path| !path.is_empty()).map(below).collect())
    }

    pub(in crate::target) async fn folders_named(&self, name: &str, below: &[PathBuf]) -> io::Result<Vec<PathBuf>> {
        let pattern = name.chars().fold(String::new(), |mut pattern, letter| {
            if "*?[]\\".contains(letter) {
                pattern.push('\\');
            }
            pattern.push(letter);
            pattern
        });
        let said = self.ask_about(FOLDERS_NAMED, &pattern, below).await?;
        let folder = |path: &[u8]| {
            // Looked for below a dot, which would not have the name itself.
            let path = PathBuf::from(OsString::from_vec(path.to_vec()));
            path.components().collect()
        };
        Ok(said.split(|&byte| byte == 0).filter(|path| !path.is_empty()).map(folder).collect())
    }

    pub(in crate::target) async fn count_lines(&self, files: &[PathBuf], largest: u64) -> io::Result<u64> {
        let said = self.ask_about(COUNT_LINES, &largest.to_string(), files).await?;
        Ok(said.split(|&byte| byte == b'\n').filter_map(number).sum())
    }

    pub(in crate::target) fn abandon(&self, folder: &Path, with_home: bool) {
        let home = folder.parent().filter(|_| with_home).map(word).transpose();
        let Ok(program) = home.and_then(|home| program(ABANDON, folder, &home.unwrap_or_default())) else { return };
        if tokio::runtime::Handle::try_current().is_ok() {
            let ssh = self.clone();
            tokio::spawn(async move {
                if let Err(error) = ssh.tell(program).await {
                    tracing::info!(%error, "a folder that nobody needs stays");
                }
            });
        }
    }

    /// Runs a script that finds the paths in its input and `first` as its argument.
    async fn ask_about(&self, script: &str, first: &str, paths: &[PathBuf]) -> io::Result<Vec<u8>> {
        if paths.is_empty() {
            return Ok(Vec::new());
        }
        let input = paths.iter().flat_map(|path| path.as_os_str().as_bytes().iter().copied().chain([0])).collect();
        let argv = ["/bin/sh".into(), "-c".into(), script.to_owned(), "qd".into(), first.into()];
        let program = Program { argv: argv.into(), input, ..program("", Path::new("/"), "")? };
        Ok(self.tell(program).await?.unwrap_or_default())
    }
}

fn number(digits: &[u8]) -> Option<u64> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// Seconds since 1970, with or without a fraction.
fn moment(digits: &[u8]) -> Option<SystemTime> {
    let seconds = std::str::from_utf8(digits).ok()?;
    let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, ""));
    let nanos: u32 = format!("{fraction:0<9}").get(..9)?.parse().ok()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::new(whole.parse().ok()?, nanos))
}

fn unknown(path: &[u8]) -> io::Error {
    let path = String::from_utf8_lossy(path).into_owned();
    io::Error::new(io::ErrorKind::PermissionDenied, format!("{path}: can't be looked at"))
}
