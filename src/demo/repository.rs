//! A small repository with a history.

use std::{
    fs, io,
    path::Path,
    process::{Command, Stdio},
};

/// Why there is no repository.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file can't be written.
    #[error("cannot write {path}")]
    File {
        /// Which.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// git can't be run.
    #[error("cannot run git; install it")]
    NoGit(#[source] io::Error),
    /// git said no.
    #[error("git {command} failed: {said}")]
    Git {
        /// Its first argument.
        command: String,
        /// What it said.
        said: String,
    },
}

/// The commits, oldest first: message, file, its text.
const HISTORY: [(&str, &str, &str); 5] = [
    ("Start the uploader", "Cargo.toml", "[package]\nname = \"uploader\"\nversion = \"0.1.0\"\nedition = \"2024\"\n"),
    ("Upload one file", "src/upload.rs", UPLOAD),
    ("Give it a main program", "src/main.rs", "mod upload;\n\nfn main() {\n    println!(\"uploader\");\n}\n"),
    ("Say what it is", "README.md", "# uploader\n\nSends files. Gives up at the first error, which is a pity.\n"),
    ("Write down what is missing", "TODO.md", "- retry\n- progress\n- publish\n"),
];

const UPLOAD: &str = "\
use std::{io, path::Path};

/// Bytes that are sent at once.
const CHUNK: usize = 64 << 10;

/// Sends one file, and gives how many bytes it has.
pub fn upload(path: &Path) -> io::Result<u64> {
    let bytes = std::fs::read(path)?;
    let total = bytes.len() as u64;
    let mut sent = 0;
    for chunk in bytes.chunks(CHUNK) {
        sent += send(chunk)?;
    }
    assert_eq!(sent, total, \"all of it was sent\");
    Ok(sent)
}

fn send(chunk: &[u8]) -> io::Result<u64> {
    Ok(chunk.len() as u64)
}
";

/// Makes a repository with a short history on the branch `main` in `folder`, which must not exist.
///
/// # Errors
/// [`Error`] when git is missing or the folder can't be written.
pub fn make_repository(folder: &Path) -> Result<(), Error> {
    let write = |path: &Path, text: &str| -> Result<(), Error> {
        let made = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(path, text));
        made.map_err(|source| Error::File { path: path.display().to_string(), source })
    };
    fs::create_dir_all(folder).map_err(|source| Error::File { path: folder.display().to_string(), source })?;
    git(folder, &["init", "--quiet", "--initial-branch=main"])?;
    for (message, path, text) in HISTORY {
        write(&folder.join(path), text)?;
        git(folder, &["add", "--", path])?;
        git(folder, &["commit", "--quiet", "--message", message])?;
    }
    Ok(())
}

/// Runs git as nobody in particular, whatever the person's own configuration says.
fn git(folder: &Path, arguments: &[&str]) -> Result<(), Error> {
    let output = Command::new("git")
        .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.invalid"])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .env_remove("GIT_INDEX_FILE")
        .stdin(Stdio::null())
        .output()
        .map_err(Error::NoGit)?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(Error::Git { command: arguments.first().copied().unwrap_or_default().to_owned(), said })
}
