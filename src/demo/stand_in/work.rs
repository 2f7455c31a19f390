//! The work that the stand-in really does: files, and commits.

use std::{
    path::Path,
    process::{Command, Output, Stdio},
};

/// Writes a file below the working directory and commits it, if this is a repository; says what came of it.
pub(super) fn commit(turn: usize) -> Vec<String> {
    let path = Path::new("notes").join(format!("turn-{turn}.md"));
    let text =
        format!("# Turn {turn}\n\n- The upload tries three times, with a pause that doubles.\n- 14 tests pass.\n");
    if let Err(error) = std::fs::create_dir_all("notes").and_then(|()| std::fs::write(&path, text)) {
        return vec![format!("\x1b[31m✗ {}: {error}\x1b[0m", path.display())];
    }
    let mut said = vec![format!("\x1b[38;2;250;179;135m⏺ Write\x1b[0m {}", path.display())];
    let path = path.to_string_lossy();
    let message = format!("Note what turn {turn} found");
    let added = git(&["add", "--", &path]);
    match added.and_then(|_| git(&["commit", "--quiet", "--no-verify", "--message", &message, "--", &path])) {
        Ok(_) => said.push(format!("\x1b[32m⏺ Commit\x1b[0m {message}")),
        Err(reason) => said.push(format!("\x1b[33m⏺ not committed: {reason}\x1b[0m")),
    }
    said
}

/// The whole of a file that is new.
const PROGRESS: &str = "\
//! How far an upload has come.

/// How far an upload has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes that were sent.
    pub sent: u64,
    /// Bytes in all.
    pub total: u64,
}

impl Progress {
    /// The part that was sent, in percent.
    pub fn percent(self) -> u64 {
        100 * self.sent / self.total.max(1)
    }
}
";

/// What is changed: a file, what stood there, and what stands there now.
const EDITS: [(&str, &str, &str); 5] = [
    ("src/upload.rs", "use std::{io, path::Path};", "use std::{io, path::Path};\n\nuse crate::progress::Progress;"),
    (
        "src/upload.rs",
        "pub fn upload(path: &Path) -> io::Result<u64> {",
        "pub fn upload(path: &Path, tell: impl Fn(Progress)) -> io::Result<u64> {",
    ),
    (
        "src/upload.rs",
        "        sent += send(chunk)?;",
        "        sent += send(chunk)?;\n        tell(Progress { sent, total });",
    ),
    ("README.md", "Sends files. Gives up", "Sends files, and shows how far it has come. Gives up"),
    ("TODO.md", "- progress\n", ""),
];

/// Changes the uploader: a new file is committed, what uses it is not yet. Says what came of it.
pub(super) fn edit() -> Vec<String> {
    let path = Path::new("src/progress.rs");
    if let Err(error) = std::fs::create_dir_all("src").and_then(|()| std::fs::write(path, PROGRESS)) {
        return vec![format!("\x1b[31m✗ {}: {error}\x1b[0m", path.display())];
    }
    let mut said = vec![format!("\x1b[38;2;250;179;135m⏺ Write\x1b[0m {}", path.display())];
    let path = path.to_string_lossy();
    let message = "Count what was sent";
    let added = git(&["add", "--", &path]);
    match added.and_then(|_| git(&["commit", "--quiet", "--no-verify", "--message", message, "--", &path])) {
        Ok(_) => said.push(format!("\x1b[32m⏺ Commit\x1b[0m {message}")),
        Err(reason) => said.push(format!("\x1b[33m⏺ not committed: {reason}\x1b[0m")),
    }
    for (path, before, after) in EDITS {
        let changed = std::fs::read_to_string(path)
            .and_then(|text| std::fs::write(path, text.replacen(before, after, 1)).map(|()| text.contains(before)));
        if changed.is_ok_and(|changed| changed) {
            said.push(format!("\x1b[38;2;250;179;135m⏺ Edit\x1b[0m {path}"));
        }
    }
    said.dedup();
    said
}

fn git(arguments: &[&str]) -> Result<Output, String> {
    let identity =
        ["-c", "user.name=Stand-in", "-c", "user.email=stand-in@example.invalid", "-c", "commit.gpgsign=false"];
    let output = Command::new("git").args(identity).args(arguments).stdin(Stdio::null()).output();
    match output {
        Err(error) => Err(format!("git can't be run: {error}")),
        Ok(output) if output.status.success() => Ok(output),
        Ok(output) => Err(String::from_utf8_lossy(&output.stderr).lines().next().unwrap_or("git failed").to_owned()),
    }
}
