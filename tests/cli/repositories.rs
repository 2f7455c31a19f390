//! Repositories by their names, and objectives that span several.

use std::{fs, path::PathBuf, process::Command};

use serde_json::Value;

use crate::home::{Home, wait_for};

/// A repository with one commit in a folder of this name.
fn repository(home: &Home, name: &str) -> PathBuf {
    let made = home.repository();
    let folder = made.with_file_name(name);
    fs::rename(made, &folder).expect("moved");
    folder.canonicalize().expect("there")
}

fn written(home: &Home) -> String {
    fs::read_to_string(home.qd_home().join("config/repositories.toml")).expect("text")
}

fn names(listed: &Value) -> Vec<&str> {
    listed.as_array().expect("a list").iter().map(|one| one["name"].as_str().expect("a name")).collect()
}

/// The folder of a session's workspace, once it is there.
fn workspace(home: &Home, session: &str) -> PathBuf {
    wait_for("the workspace", || {
        let shown = home.json(&["show", session]);
        (shown["workspace"]["state"]["state"] == "ready")
            .then(|| shown["workspace"]["path"].as_str().expect("a path").into())
    })
}

#[test]
fn a_repository_is_written_down_found_and_struck_out() {
    let home = Home::new();
    fs::create_dir_all(home.qd_home().join("config")).expect("a folder");
    fs::write(home.qd_home().join("config/repositories.toml"), "# mine\n").expect("written");
    let api = repository(&home, "api");
    let inner = api.join("src");
    fs::create_dir(&inner).expect("a folder");
    let options = ["--nickname", "a", "--tag", "work", "--tag", "rust", "--role", "service", "--base", "main"];
    home.done(&[&["repo", "add", inner.to_str().expect("text")], options.as_slice()].concat());
    home.done(&["repo", "add", "git@localhost:me/web.git", "--tag", "work"]);
    assert!(written(&home).starts_with("# mine\n\n[repository.api]\npath = "), "{}", written(&home));

    let listed = home.json(&["repo", "list"]);
    assert_eq!(names(&listed), ["api", "web"]);
    assert_eq!((&listed[0]["folder"], &listed[0]["base"]), (&api.to_str().into(), &"main".into()));
    assert_eq!(listed[1]["url"], "git@localhost:me/web.git");
    assert_eq!(names(&home.json(&["repo", "list", "--tag", "work", "--tag", "rust"])), ["api"]);
    assert_eq!(names(&home.json(&["repo", "list", "--role", "service"])), ["api"]);
    assert_eq!(names(&home.json(&["repo", "list", "--tag", "none"])), [""; 0]);
    assert!(home.done(&["repo", "show", "a"]).contains("service"));

    for (arguments, code) in [
        (["repo", "add", inner.to_str().expect("text")].as_slice(), 4),
        (&["repo", "add", "git@localhost:me/web.git", "--name", "other"], 4),
        (&["repo", "add", "git@localhost:a", "--name", "new"], 0),
        (&["repo", "add", "git@localhost:b", "--name", "a"], 4),
        (&["repo", "add", "/nowhere"], 3),
        (&["repo", "add", "."], 2),
        (&["repo", "remove", "none"], 3),
        (&["repo", "show", "none"], 3),
    ] {
        let ended = home.run(arguments);
        assert_eq!(ended.code, code, "{arguments:?}: {}{}", ended.output, ended.notices);
    }
    home.done(&["repo", "remove", "api"]);
    assert_eq!(names(&home.json(&["repo", "list"])), ["new", "web"]);
    assert!(written(&home).starts_with("# mine\n") && api.join("README.md").is_file());
}

#[test]
fn work_starts_in_a_repository_that_is_named_and_what_was_used_is_learned() {
    let home = Home::new();
    let api = repository(&home, "api");
    let parser = repository(&home, "parser");
    home.done(&["repo", "add", api.to_str().expect("text"), "--nickname", "backend"]);
    home.done(&["new", "--agent", "shell", "--repo", "backend", "true"]);
    let in_api = workspace(&home, "s1");
    assert_eq!(home.json(&["show", "o1"])["objective"]["repository"], api.to_str().expect("text"));

    home.done(&["new", "--agent", "shell", "--repo", parser.to_str().expect("text"), "true"]);
    let listed = home.json(&["repo", "list"]);
    assert_eq!(names(&listed), ["api", "parser"]);
    assert_eq!((&listed[0]["learned"], &listed[1]["learned"]), (&false.into(), &true.into()));
    let refused = home.run(&["new", "--agent", "shell", "--repo", "bakend", "true"]);
    assert_eq!(refused.code, 3, "{}", refused.notices);

    // A session of the first objective in the other repository, by the name that was learned.
    home.done(&["new", "--objective", "o1", "--repo", "parser", "true"]);
    let in_parser = workspace(&home, "s3");
    assert_eq!(home.json(&["show", "s3"])["session"]["repository"], parser.to_str().expect("text"));
    assert_eq!(home.json(&["show", "s3"])["session"]["objective"], "o1");
    for (folder, of) in [(&in_api, &api), (&in_parser, &parser)] {
        let git = Command::new("git").args(["rev-parse", "--git-common-dir"]).current_dir(folder).output();
        let common = String::from_utf8(git.expect("git runs").stdout).expect("text");
        assert_eq!(PathBuf::from(common.trim()), of.join(".git"));
    }
    assert!(home.done(&["ls"]).contains("local") && home.done(&["ls"]).contains("/parser"));
    let offered = |typed: &str| {
        let mut asked = home.command(&["--", "qd", "new", "--repo", typed]);
        asked.env("COMPLETE", "bash").env("_CLAP_COMPLETE_INDEX", "3").env("_CLAP_IFS", "\n");
        String::from_utf8(asked.output().expect("qd runs").stdout).expect("text").trim().to_owned()
    };
    assert_eq!((offered("ba").as_str(), offered("par").as_str()), ("backend", "parser"));
}

#[test]
fn what_makes_no_sense_in_the_file_is_said_with_its_line_and_starts_nothing() {
    let home = Home::new();
    let api = repository(&home, "api");
    home.done(&["repo", "add", api.to_str().expect("text")]);
    let file = home.qd_home().join("config/repositories.toml");
    let mut text = written(&home);
    text.push_str("verfy = [[\"make\"]]\n");
    fs::write(&file, &text).expect("written");
    let said = format!("repositories.toml:{}: there is no key `verfy` of the repository `api`", text.lines().count());
    for arguments in [["config", "show"].as_slice(), &["repo", "list"], &["repo", "show", "api"]] {
        let ended = home.run(arguments);
        assert_eq!(ended.code, 2, "{arguments:?}: {}", ended.output);
        assert!(ended.notices.contains(&said), "{arguments:?}: {}", ended.notices);
    }
    let refused = home.run(&["new", "--agent", "shell", "--repo", "api", "true"]);
    assert_eq!(refused.code, 4, "{}", refused.notices);
    assert!(refused.notices.contains("the nearest one is `verify`"), "{}", refused.notices);
    // Corrected, it counts at once: nothing has to be restarted.
    fs::write(&file, text.replace("verfy", "verify")).expect("written");
    home.done(&["new", "--agent", "shell", "--repo", "api", "true"]);
}

/// Writes what is set for the repository `api` in this folder.
fn set(home: &Home, folder: &std::path::Path, settings: &str) {
    let config = home.qd_home().join("config");
    fs::create_dir_all(&config).expect("a folder");
    let text = format!("[repository.api]\npath = '{}'\n{settings}", folder.display());
    fs::write(config.join("repositories.toml"), text).expect("written");
}

#[test]
fn a_workspace_is_made_usable_and_its_agent_finds_what_the_setup_found() {
    let home = Home::new();
    let api = repository(&home, "api");
    fs::write(api.join(".env"), "SECRET=1\n").expect("written");
    let command = r#"["sh", "-c", "echo $QD_PORT $URL $QD_BRANCH $QD_WORKSPACE > .git-found; cat .env"]"#;
    set(&home, &api, &format!("copy = ['.env']\nsetup = {command}\nenv = {{ URL = 'http://localhost:{{port}}' }}\n"));
    home.done(&[
        "new",
        "--agent",
        "shell",
        "--repo",
        "api",
        "echo $QD_PORT $URL $QD_BRANCH $QD_WORKSPACE > told; echo told",
    ]);
    let folder = workspace(&home, "s1");
    let told = wait_for("the agent to tell", || {
        fs::read_to_string(folder.join("told")).ok().filter(|told| told.ends_with('\n'))
    });
    assert_eq!(fs::read_to_string(folder.join(".git-found")).expect("text"), told);
    let words: Vec<&str> = told.split_whitespace().collect();
    assert_eq!(
        words[1..],
        [
            &format!("http://localhost:{}", words[0]),
            "qd/s1-echo-qd-port-url-qd-branch-qd-workspace",
            folder.to_str().expect("text")
        ]
    );
    let artifact = home.json(&["show", "s1"])["artifacts"][0].clone();
    assert_eq!(artifact["kind"], "setup");
    let body = home.json(&["show", artifact["id"].as_str().expect("an id")])["body"].as_str().expect("text").to_owned();
    assert!(body.contains(".env was copied from your checkout") && body.ends_with("SECRET=1\n"), "{body}");
}

#[test]
fn a_setup_that_fails_starts_nothing_and_is_tried_again_on_the_persons_word() {
    let home = Home::new();
    let api = repository(&home, "api");
    set(&home, &api, "setup = ['sh', '-c', 'echo the dependency is missing; exit 7']\n");
    home.done(&["new", "--agent", "shell", "--repo", "api", "true"]);
    let asked = wait_for("the question", || {
        home.json(&["questions"]).as_array().expect("a list").first().map(|question| question["text"].clone())
    });
    let asked = asked.as_str().expect("text");
    assert!(asked.contains("exited with code 7") && asked.contains("the dependency is missing"), "{asked}");
    assert_eq!(home.json(&["show", "s1"])["session"]["state"]["state"], "waiting_user");
    assert_eq!(home.json(&["show", "s1"])["artifacts"][0]["kind"], "setup");
    set(&home, &api, "setup = ['sh', '-c', 'echo there']\n");
    home.done(&["answer", "q1", "1"]);
    let folder = workspace(&home, "s1");
    wait_for("it to run", || (home.json(&["show", "s1"])["session"]["state"]["state"] == "running").then_some(()));
    assert_eq!(
        fs::read_dir(folder.parent().expect("above"))
            .expect("there")
            .filter(|entry| entry.as_ref().expect("an entry").path().is_dir())
            .count(),
        1,
        "the same folder"
    );
}

#[test]
fn a_setup_that_goes_on_for_ever_is_canceled_whole() {
    let home = Home::new();
    let api = repository(&home, "api");
    set(&home, &api, r#"setup = ["sh", "-c", "setsid sleep 604 & echo $! > pid; sleep 605"]"#);
    home.done(&["new", "--agent", "shell", "--repo", "api", "true"]);
    let workspaces = home.qd_home().join("state/workspaces/api");
    let pid = wait_for("the setup to begin", || {
        let folder = fs::read_dir(&workspaces).ok()?.flatten().map(|entry| entry.path()).find(|path| path.is_dir())?;
        fs::read_to_string(folder.join("pid")).ok()?.trim().parse::<i32>().ok()
    });
    home.done(&["cancel", "s1"]);
    wait_for("its attempt to end", || {
        (home.json(&["show", "s1"])["attempts"][0]["state"]["state"] == "ended").then_some(())
    });
    assert_eq!(home.json(&["show", "s1"])["session"]["state"]["state"], "canceled");
    let lives = |pid: i32| fs::read_to_string(format!("/proc/{pid}/cmdline")).is_ok_and(|line| line.contains("604"));
    wait_for("what it left to end", || (!lives(pid)).then_some(()));
}

#[test]
fn a_repository_that_has_only_a_url_is_cloned_when_work_in_it_starts() {
    let home = Home::new();
    let origin = repository(&home, "origin");
    let url = format!("file://{}", origin.display());
    home.done(&["repo", "add", &url, "--name", "api"]);
    assert!(!home.qd_home().join("state/mirrors").exists());
    home.done(&["new", "--agent", "shell", "--repo", "api", "true"]);
    let folder = workspace(&home, "s1");
    assert!(folder.join("README.md").is_file());
    assert!(
        folder.starts_with(home.qd_home().canonicalize().expect("there").join("state/workspaces/api")),
        "{folder:?}"
    );
    assert_eq!(names(&home.json(&["repo", "list"])), ["api"], "its mirror is no repository of its own");
}
