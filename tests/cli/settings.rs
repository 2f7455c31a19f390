//! Settings: which counts, where it comes from, and what is said of one that makes no sense.

use std::fs;

use crate::home::{Ended, Home};

#[test]
fn every_value_says_where_it_comes_from() {
    let home = Home::new();
    home.settings("[dashboard]\ntheme = \"nord\"\n");
    let mut command = home.command(&["config", "show", "--origin", "--set", "caps.sessions=7"]);
    let ended = Ended::of(command.env("QD_AGENT", "codex").output().expect("qd runs"));
    assert_eq!(ended.code, 0, "{}", ended.notices);
    let line = |key: &str| {
        let line = ended.output.lines().find(|line| line.starts_with(key)).expect(key);
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let file = home.qd_home().join("config/config.toml");
    assert_eq!(line("dashboard.theme"), format!("dashboard.theme = \"nord\" # {}:2", file.display()));
    assert_eq!(line("agent.default"), "agent.default = \"codex\" # QD_AGENT in the environment");
    assert_eq!(line("caps.sessions"), "caps.sessions = 7 # --set caps.sessions=7");
    assert_eq!(line("log.level"), "log.level = \"info\" # default");
}

#[test]
fn what_is_shown_can_be_a_file_of_settings() {
    let home = Home::new();
    let shown = home.done(&["config", "show"]);
    let read: toml::Table = shown.parse().expect("TOML");
    assert_eq!(read["caps"]["sessions"].as_integer(), Some(50));
    home.settings(&shown);
    assert_eq!(home.done(&["config", "show"]), shown);
}

#[test]
fn a_setting_that_makes_no_sense_stops_a_command_and_names_its_line() {
    let home = Home::new();
    home.settings("[caps]\nsesions = 3\n");
    let ended = home.run(&["ls"]);
    assert_eq!(ended.code, 2);
    assert!(ended.notices.contains("config.toml:2"), "{}", ended.notices);
    assert!(ended.notices.contains("the nearest one is `caps.sessions`"), "{}", ended.notices);
    assert!(!home.qd_home().join("state").exists(), "a daemon was started");

    let ended = home.run(&["config", "show", "--json"]);
    assert_eq!(ended.code, 2);
    let shown: serde_json::Value = serde_json::from_str(&ended.output).expect("JSON");
    assert_eq!(shown["settings"]["caps.sessions"]["value"], 50);
    assert!(shown["problems"][0].as_str().expect("a problem").contains("caps.sesions"), "{shown}");
}

#[test]
fn a_repository_may_set_what_does_no_harm_and_nothing_else() {
    let home = Home::new();
    let made =
        std::process::Command::new("git").args(["init", "-q"]).current_dir(home.work()).status().expect("git runs");
    assert!(made.success());
    fs::create_dir_all(home.work().join("deep/inside")).expect("a folder");
    fs::write(home.work().join(".quarterdeck.toml"), "workspace.base = 'develop'\nagent.default = 'shell'\n")
        .expect("written");
    let mut command = home.command(&["config", "show", "--origin", "--json"]);
    let ended = Ended::of(command.current_dir(home.work().join("deep/inside")).output().expect("qd runs"));
    let shown: serde_json::Value = serde_json::from_str(&ended.output).expect("JSON");
    assert_eq!(shown["settings"]["workspace.base"]["value"], "develop");
    assert!(shown["settings"]["workspace.base"]["origin"].as_str().expect("text").ends_with(".quarterdeck.toml:1"));
    assert_eq!(shown["settings"]["agent.default"]["value"], "");
    assert!(
        shown["problems"][0].as_str().expect("text").contains("a repository may not set `agent.default`"),
        "{shown}"
    );
}
