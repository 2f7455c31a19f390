//! Files of this machine sent into a workspace on another host, all of them in one archive.
//!
//! Before it is unpacked the places are made free: folders are really folders there, and what lies where a file goes is
//! removed, never followed.

use std::{
    collections::BTreeSet,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    time::Duration,
};

use super::super::{Error, git::words};
use crate::target::{Host, Program};

/// The most that is sent at once, in bytes.
const MOST: usize = 256 << 20;
/// How long it may be on its way.
const ON_THE_WAY: Duration = Duration::from_secs(30 * 60);

/// Makes folders, each after those above it.
const FOLDERS: &str = r#"
exec xargs -0 /bin/sh -c '
for path; do
    if [ -h "$path" ] || { [ -e "$path" ] && [ ! -d "$path" ]; }; then
        printf "%s is no folder in the workspace\n" "$path" >&2
        exit 255
    fi
    [ -d "$path" ] || mkdir -- "$path" || exit 255
done
' qd
"#;

/// Removes what lies where files go.
const PLACES: &str = r#"
exec xargs -0 /bin/sh -c '
for path; do
    if [ -d "$path" ] && [ ! -h "$path" ]; then
        printf "%s is a folder in the workspace\n" "$path" >&2
        exit 255
    fi
    rm -f -- "$path" || exit 255
done
' qd
"#;

/// Sends files and links of the folder `from` here into the folder `to` there; says why not, if so.
pub(super) async fn send(
    host: &Host,
    from: &Path,
    to: &Path,
    files: &BTreeSet<PathBuf>,
) -> Result<Result<(), String>, Error> {
    if files.is_empty() {
        return Ok(Ok(()));
    }
    // In this order each comes after those above it.
    let above = files.iter().flat_map(|file| file.ancestors().skip(1)).filter(|above| !above.as_os_str().is_empty());
    let above: BTreeSet<&Path> = above.collect();
    let files: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
    for (script, paths) in [(FOLDERS, above.into_iter().collect()), (PLACES, files.clone())] {
        if let Err(why) = run(host, to, &["/bin/sh", "-c", script], listed(&paths)).await? {
            return Ok(Err(why));
        }
    }
    let packed = run(&Host::local(), from, &["tar", "--null", "-T", "-", "-cf", "-"], listed(&files)).await?;
    let sent = match packed {
        Ok(archive) => run(host, to, &["tar", "-xmopf", "-"], archive).await?,
        Err(why) => Err(why),
    };
    Ok(sent.map(drop))
}

/// No name looks like an option, and none ends where another begins.
fn listed(paths: &[&Path]) -> Vec<u8> {
    paths.iter().flat_map(|path| [b"./", path.as_os_str().as_bytes(), b"\0"].concat()).collect()
}

async fn run(host: &Host, folder: &Path, argv: &[&str], input: Vec<u8>) -> Result<Result<Vec<u8>, String>, Error> {
    if input.is_empty() {
        return Ok(Ok(Vec::new()));
    }
    let mut program = Program::new(argv.iter().copied());
    program.directory = Some(folder.to_owned());
    program.environment = vec![("LC_ALL".into(), "C".into())];
    program.input = input;
    program.deadline = ON_THE_WAY;
    program.output_bytes = MOST;
    let output = host.run(program).await?;
    Ok(match output.succeeded() {
        true if output.truncated => Err(format!("it is more than {} MiB, the most that is sent to a host", MOST >> 20)),
        true => Ok(output.stdout),
        false => Err(words(&output)),
    })
}
