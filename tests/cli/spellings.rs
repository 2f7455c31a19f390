//! Everything a person can type, in one snapshot: changing a spelling is a visible decision.

use crate::home::Home;

/// The help of a command and of all below it.
fn help(home: &Home, command: &[&str], into: &mut String) {
    let text = home.done(&[command, &["--help"]].concat());
    into.push_str(&format!("━━━ qd {}\n{text}\n", command.join(" ")));
    let listed = text.split("\nCommands:\n").nth(1).unwrap_or_default();
    let names = listed.lines().take_while(|line| !line.is_empty()).filter_map(|line| {
        // A name starts in the third column; what follows further right is a wrapped description.
        line.strip_prefix("  ").filter(|rest| !rest.starts_with(' '))?.split_whitespace().next()
    });
    for name in names.filter(|name| *name != "help") {
        help(home, &[command, &[name]].concat(), into);
    }
}

#[test]
fn every_spelling_is_known() {
    let mut all = String::new();
    help(&Home::new(), &[], &mut all);
    insta::assert_snapshot!("help", all);
}

#[test]
fn every_command_has_its_manual_page() {
    let home = Home::new();
    assert!(home.done(&["man"]).contains(".TH qd 1"));
    home.done(&["man", "--to", "."]);
    for name in ["qd.1", "qd-new.1", "qd-daemon-run.1"] {
        assert!(home.work().join(name).is_file(), "{name}");
    }
}

#[test]
fn each_shell_gets_completions_that_call_back() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = home.done(&["completions", shell]);
        assert!(script.contains("COMPLETE") && script.contains("qd"), "{shell}: {script}");
    }
    let mut asked = home.command(&["--", "qd", "dae"]);
    asked.env("COMPLETE", "bash").env("_CLAP_COMPLETE_INDEX", "1").env("_CLAP_IFS", "\n");
    let offered = String::from_utf8(asked.output().expect("qd runs").stdout).expect("text");
    assert_eq!(offered.trim(), "daemon");
}
