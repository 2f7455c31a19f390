//! What a session changed, as a person and a script read it.

use std::{
    fs,
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::home::{Home, wait_for};

/// A shell in a workspace of its own, and that workspace's folder.
fn working(home: &Home) -> std::path::PathBuf {
    let repository = home.repository();
    let repository = repository.to_str().expect("text");
    home.done(&["new", "--repo", repository, "--agent", "shell", "--title", "Change it", "true"]);
    let path = wait_for("the workspace", || {
        let shown = home.json(&["show", "s1"]);
        let ready = shown["workspace"]["state"]["state"] == "ready" && shown["session"]["state"]["state"] == "running";
        ready.then(|| shown["workspace"]["path"].as_str().expect("a path").to_owned())
    });
    path.into()
}

fn git(folder: &Path, arguments: &[&str], input: &str) -> (bool, String) {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=A", "-c", "user.email=a@example.org"]).args(arguments).current_dir(folder);
    git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    let mut child = git.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("git runs");
    child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("written");
    let ended = child.wait_with_output().expect("an end");
    let said = [ended.stdout, ended.stderr].concat();
    (ended.status.success(), String::from_utf8_lossy(&said).into_owned())
}

#[test]
fn commits_and_uncommitted_files_are_one_patch_that_git_applies() {
    let home = Home::new();
    let folder = working(&home);
    fs::create_dir(folder.join("src")).expect("a folder");
    fs::write(folder.join("src/a b.rs"), "fn main() {\n\tprint(\"\u{1b}[31m\");\r\n}\n").expect("written");
    assert!(git(&folder, &["add", "."], "").0);
    let (committed, said) = git(&folder, &["commit", "-q", "--no-verify", "-m", "Begin"], "");
    assert!(committed, "{said}");
    fs::write(folder.join("README.md"), "an end").expect("written");

    let patch = home.done(&["diff", "s1"]);
    assert!(patch.contains("+++ b/src/a b.rs") && patch.contains("-a start\n+an end\n\\ No newline"), "{patch}");
    let clone = home.work().join("clone");
    let clone_name = clone.to_str().expect("text");
    let origin = home.work().parent().expect("above").join("repository");
    assert!(git(&home.work(), &["clone", "-q", origin.to_str().expect("text"), clone_name], "").0);
    let (applied, said) = git(&clone, &["apply", "-"], &patch);
    assert!(applied, "{said}\n{patch}");
    for path in ["src/a b.rs", "README.md"] {
        assert_eq!(fs::read(clone.join(path)).expect("there"), fs::read(folder.join(path)).expect("there"), "{path}");
    }

    let open = home.done(&["diff", "w1", "--from", "head", "--stat"]);
    assert!(open.contains("README.md • not committed") && !open.contains("a b.rs"), "{open}");
    let only = home.done(&["diff", "s1", "./src/"]);
    assert!(only.contains("a b.rs") && !only.contains("README"), "{only}");
    let json = home.json(&["diff", "s1"]);
    let hunks = |file: &Value| file["content"]["hunks"].as_array().map(Vec::len);
    let files = json["files"].as_array().expect("files");
    assert_eq!(files.iter().map(hunks).collect::<Vec<_>>(), [Some(1), Some(1)]);
}

#[test]
fn what_makes_no_sense_is_refused_with_its_exit_code() {
    let home = Home::new();
    home.done(&["new", "--agent", "shell", "--title", "No repository", "true"]);
    for (arguments, code) in [
        (["diff", "q1", "--stat"], 2),
        (["diff", "s1", "--from=yesterday"], 2),
        (["diff", "s9", "--stat"], 3),
        (["diff", "w9", "--stat"], 3),
    ] {
        let ended = home.run(&arguments);
        assert_eq!(ended.code, code, "{arguments:?}: {}", ended.notices);
    }
    let folder = Home::new();
    working(&folder);
    let ended = folder.run(&["diff", "s1", "nowhere.rs"]);
    assert_eq!((ended.code, ended.notices.contains("nothing changed in nowhere.rs")), (3, true), "{}", ended.notices);
    assert_eq!(folder.done(&["diff", "s1"]), "");
}
