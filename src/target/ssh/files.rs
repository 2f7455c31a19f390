//! Files of a host, each asked about or changed by one program there.
//!
//! The scripts are constant; paths are their arguments, and contents go through their input and output. They end with 0,
//! with 3 when nothing lies at the path, with 4 when something came to lie there meanwhile, so that they are run again,
//! and with anything else after saying why on their standard error.

use std::{
    ffi::OsString,
    io,
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::{Path, PathBuf},
    time::Duration,
};

use super::Ssh;
use crate::target::{Entry, Error, FileKind, Output, Program, Status};

/// Tells "nothing lies there" from "that can't be known", for `$1`, whose links `ls $how` follows or not.
const ABSENT: &str = r#"
absent() {
    said=$(ls "$how" -- "$1" 2>&1 >/dev/null)
    case $said in
    *": No such file or directory" | *": Not a directory") exit 3 ;;
    '') echo "$1: changed while it was looked at" >&2; exit 4 ;;
    esac
    printf '%s\n' "$said" >&2
    exit 1
}
"#;

const KIND: &str = r#"
if [ -h "$1" ]; then printf l
elif [ -f "$1" ]; then printf f
elif [ -d "$1" ]; then printf d
elif [ -e "$1" ]; then printf o
else how=-d; absent "$1"
fi
"#;

const READ: &str = r#"
if [ -e "$1" ]; then exec cat -- "$1"; fi
how=-dL; absent "$1"
"#;

/// A line that is cut looks like the end of the input, so the length is compared.
const WRITE: &str = r#"
umask 077
case $1 in */*) folder=${1%/*}; mkdir -p -- "${folder:-/}" || exit 1 ;; esac
if [ -h "$1" ] && [ -d "$1" ]; then rm -f -- "$1" || exit 1
elif [ -d "$1" ]; then echo "$1: Is a directory" >&2; exit 1
fi
new=$1.new
rm -f -- "$new"
cat >"$new" || { rm -f -- "$new"; exit 1; }
if [ "$(wc -c <"$new")" -ne "$2" ]; then rm -f -- "$new"; echo "$1: not all of it arrived" >&2; exit 1; fi
sync "$new" 2>/dev/null
mv -f -- "$new" "$1"
"#;

/// What is there is left as it is where it is this very text.
const PROVIDE: &str = r#"
[ "$(cat -- "$1" 2>/dev/null; echo .)" != "$2." ] || exit 0
umask 077
case $1 in */*) folder=${1%/*}; mkdir -p -- "${folder:-/}" || exit 1 ;; esac
printf %s "$2" >"$1.new" && mv -f -- "$1.new" "$1" && exit 0
rm -f -- "$1.new"
exit 1
"#;

const MAKE_FOLDER: &str = r#"
umask 077
exec mkdir -p -- "$1"
"#;

/// `mv` would move into a folder that is there.
const RENAME: &str = r#"
[ -h "$1" ] || [ -e "$1" ] || { how=-d; absent "$1"; }
if [ -h "$2" ] && [ -d "$2" ]; then rm -f -- "$2" || exit 1
elif [ -d "$2" ] && [ -d "$1" ]; then rmdir -- "$2" || exit 1
elif [ -d "$2" ]; then echo "$2: Is a directory" >&2; exit 1
fi
exec mv -f -- "$1" "$2"
"#;

const REMOVE_FILE: &str = r#"
exec rm -f -- "$1"
"#;

const REMOVE_FOLDER: &str = r#"
[ -h "$1" ] || [ -d "$1" ] || { [ -e "$1" ] && { echo "$1: Not a directory" >&2; exit 1; }; how=-d; absent "$1"; }
rm -rf -- "$1" 2>/dev/null && exit 0
find "$1" -type d -exec chmod u+rwx {} ';' 2>/dev/null
exec rm -rf -- "$1"
"#;

const LIST: &str = r#"
cd -- "$1" 2>/dev/null || {
    if [ -e "$1" ] && [ ! -d "$1" ]; then exit 3; fi
    if [ -d "$1" ]; then echo "$1: Permission denied" >&2; exit 1; fi
    how=-dL; absent "$1"
}
[ -r . ] || { echo "$1: Permission denied" >&2; exit 1; }
for name in * .[!.]* ..?*; do
    if [ -h "./$name" ]; then kind=l
    elif [ -f "./$name" ]; then kind=f
    elif [ -d "./$name" ]; then kind=d
    elif [ -e "./$name" ]; then kind=o
    else continue
    fi
    printf '%s%s\0' "$kind" "$name"
done
"#;

const REAL_PATH: &str = r#"
[ -e "$1" ] || { how=-dL; absent "$1"; }
realpath -- "$1" 2>/dev/null || readlink -f -- "$1"
"#;

/// How long a file may take to come or go.
const PATIENCE: Duration = Duration::from_secs(60);
/// The largest file that is read whole.
const FILE_BYTES: usize = 256 << 20;
/// What a script ends with when nothing lies there.
const NOTHING: Status = Status::Exited(3);
/// What it ends with when the path changed between two looks at it, and how often it then looks again.
const CHANGED: Status = Status::Exited(4);
const LOOKS: usize = 5;

impl Ssh {
    pub(in crate::target) async fn kind(&self, path: &Path) -> io::Result<Option<FileKind>> {
        Ok(self.ask(KIND, path, "").await?.map(|said| kind_of(said.first())))
    }

    pub(in crate::target) async fn read(&self, path: &Path) -> io::Result<Option<Vec<u8>>> {
        self.ask(READ, path, "").await
    }

    pub(in crate::target) async fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut program = program(WRITE, path, &bytes.len().to_string())?;
        program.input = bytes.to_vec();
        done(self.tell(program).await?)
    }

    pub(in crate::target) async fn provide(&self, path: &Path, text: &str) -> io::Result<()> {
        done(self.ask(PROVIDE, path, text).await?)
    }

    pub(in crate::target) async fn make_folder(&self, path: &Path) -> io::Result<()> {
        done(self.ask(MAKE_FOLDER, path, "").await?)
    }

    pub(in crate::target) async fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        done(self.ask(RENAME, from, &word(to)?).await?)
    }

    pub(in crate::target) async fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.ask(REMOVE_FILE, path, "").await.map(drop)
    }

    pub(in crate::target) async fn remove_folder(&self, path: &Path) -> io::Result<()> {
        self.ask(REMOVE_FOLDER, path, "").await.map(drop)
    }

    pub(in crate::target) async fn list(&self, folder: &Path) -> io::Result<Option<Vec<Entry>>> {
        let Some(said) = self.ask(LIST, folder, "").await? else { return Ok(None) };
        let entry = |entry: &[u8]| {
            let (kind, name) = entry.split_first()?;
            Some(Entry { name: OsString::from_vec(name.to_vec()), kind: kind_of(Some(kind)) })
        };
        Ok(Some(said.split(|&byte| byte == 0).filter_map(entry).collect()))
    }

    pub(in crate::target) async fn real_path(&self, path: &Path) -> io::Result<Option<PathBuf>> {
        let Some(mut said) = self.ask(REAL_PATH, path, "").await? else { return Ok(None) };
        if said.last() == Some(&b'\n') {
            said.pop();
        }
        Ok(Some(OsString::from_vec(said).into()))
    }

    /// Runs a script that is given nothing to read; `None`: nothing lies there.
    pub(super) async fn ask(&self, script: &str, path: &Path, second: &str) -> io::Result<Option<Vec<u8>>> {
        let program = program(script, path, second)?;
        for _ in 1..LOOKS {
            let output = self.run(program.clone()).await.map_err(unasked)?;
            if output.status != CHANGED {
                return answer(output);
            }
        }
        self.tell(program).await
    }

    /// Runs one of the scripts, once; `None`: nothing lies there.
    pub(super) async fn tell(&self, program: Program) -> io::Result<Option<Vec<u8>>> {
        answer(self.run(program).await.map_err(unasked)?)
    }
}

pub(super) fn program(script: &str, path: &Path, second: &str) -> io::Result<Program> {
    let argv = ["/bin/sh".into(), "-c".into(), format!("{ABSENT}{script}"), "qd".into(), word(path)?, second.into()];
    Ok(Program {
        // Messages are read, and names are bytes.
        environment: vec![("LC_ALL".into(), "C".into())],
        deadline: PATIENCE,
        output_bytes: FILE_BYTES,
        ..Program::new(argv)
    })
}

/// A path as an argument that no program takes for an option.
pub(super) fn word(path: &Path) -> io::Result<String> {
    let text = path.to_str().ok_or_else(|| {
        let name = String::from_utf8_lossy(path.as_os_str().as_bytes()).into_owned();
        io::Error::new(io::ErrorKind::InvalidInput, format!("{name:?} is not UTF-8, which is asked of paths on hosts"))
    })?;
    Ok(if path.is_absolute() { text.into() } else { format!("./{text}") })
}

pub(super) fn kind_of(letter: Option<&u8>) -> FileKind {
    match letter {
        Some(b'f') => FileKind::File,
        Some(b'd') => FileKind::Folder,
        Some(b'l') => FileKind::Link,
        Some(_) | None => FileKind::Other,
    }
}

/// What a script answered.
fn answer(output: Output) -> io::Result<Option<Vec<u8>>> {
    match output.status {
        Status::Exited(0) if output.truncated => {
            Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than what is read whole"))
        }
        Status::Exited(0) => Ok(Some(output.stdout)),
        NOTHING => Ok(None),
        Status::Exited(_) | Status::Signaled(_) => Err(refused(&output)),
    }
}

fn done(said: Option<Vec<u8>>) -> io::Result<()> {
    said.map(drop).ok_or_else(|| io::ErrorKind::NotFound.into())
}

/// A script that could not be run says nothing about the file.
fn unasked(error: Error) -> io::Error {
    let kind = match &error {
        Error::Unreachable { .. } => io::ErrorKind::NotConnected,
        Error::TimedOut { .. } => io::ErrorKind::TimedOut,
        Error::System { source, .. } => source.kind(),
        Error::Nothing | Error::NotFound { .. } | Error::Permission(_) | Error::NoDirectory(_) => io::ErrorKind::Other,
    };
    io::Error::new(kind, error)
}

/// What the script said, and the kind that it means.
fn refused(output: &Output) -> io::Error {
    let said = String::from_utf8_lossy(&output.stderr);
    let line = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it failed and said nothing");
    let kind = [
        ("Permission denied", io::ErrorKind::PermissionDenied),
        ("No space left on device", io::ErrorKind::StorageFull),
        ("Disk quota exceeded", io::ErrorKind::QuotaExceeded),
        ("Read-only file system", io::ErrorKind::ReadOnlyFilesystem),
        ("Is a directory", io::ErrorKind::IsADirectory),
        ("Directory not empty", io::ErrorKind::DirectoryNotEmpty),
        ("Not a directory", io::ErrorKind::NotADirectory),
    ];
    let kind = kind.into_iter().find(|(words, _)| line.ends_with(words)).map_or(io::ErrorKind::Other, |(_, kind)| kind);
    io::Error::new(kind, line.to_owned())
}
