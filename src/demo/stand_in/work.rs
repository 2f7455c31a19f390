//! The work that the stand-in really does: a file, and a commit.

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
