//! Screens are read as a person would read them.

use std::{collections::BTreeSet, fs};

use proptest::prelude::*;
use quarterdeck::{
    agent::{Profiles, Sight, read},
    domain::activity::Doing,
};

use crate::{FIXTURES, built_in, profile};

#[test]
fn every_recorded_screen_is_read_as_a_person_would_read_it() {
    let profiles = built_in();
    let table = fs::read_to_string(format!("{FIXTURES}/readings.txt")).expect("the table");
    let mut seen = BTreeSet::new();
    let mut wrong = Vec::new();
    for line in table.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let line = line.replace("\\|", "\u{1}");
        let cells: Vec<String> = line.split('|').map(|cell| cell.trim().replace('\u{1}', "|")).collect();
        let [screen, title, doing, untitled, ready, composer] = cells.as_slice() else { panic!("six cells: {line}") };
        let text = fs::read_to_string(format!("{FIXTURES}/screens/{screen}.txt")).expect(screen);
        let lines: Vec<&str> = text.lines().collect();
        let profile = profile(&profiles, if screen.starts_with("codex") { "codex" } else { "claude" });
        let expected_composer = (composer != "-").then(|| composer.replace("\\n", "\n"));
        for (title, doing) in [(title.as_str(), doing), ("builder.example.org", untitled), ("builder", untitled)] {
            let sight = Sight { title, host: "builder.example.org", lines: &lines, ..Sight::default() };
            let reading = read(profile, &sight);
            let expected: Doing = serde_json::from_value(doing.as_str().into()).expect(doing);
            let as_expected = (expected, ready == "yes", &expected_composer);
            if (reading.doing, reading.ready, &reading.composer) != as_expected {
                wrong.push(format!("{screen} under {title:?}: expected {as_expected:?}, read {reading:#?}"));
            }
        }
        seen.insert(format!("{screen}.txt"));
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    let files = fs::read_dir(format!("{FIXTURES}/screens")).expect("the folder").flatten();
    let files: BTreeSet<String> = files.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    assert_eq!(files, seen, "each recording is in the table once");
}

#[test]
fn the_next_try_of_an_agent_that_retries_is_read_off_its_screen() {
    let profiles = built_in();
    let retry = |screen: &str| {
        let text = fs::read_to_string(format!("{FIXTURES}/screens/{screen}.txt")).expect(screen);
        let lines: Vec<&str> = text.lines().collect();
        let retry =
            read(profile(&profiles, "claude"), &Sight { lines: &lines, ..Sight::default() }).retry.expect(screen);
        (retry.class.tries(retry.attempt, retry.of), retry.after.map(|after| after.as_secs()))
    };
    assert_eq!(retry("claude-err401-8s"), ("not logged in, try 5 of 10".into(), Some(9)));
    assert_eq!(retry("claude-err429-8s"), ("rate limit, try 5 of 10".into(), Some(8)));
    assert_eq!(retry("claude-err529-8s"), ("overloaded, try 5 of 10".into(), Some(7)));
    assert_eq!(retry("claude-cut-8s"), ("network, try 4 of 10".into(), Some(3)));
}

#[test]
fn a_program_in_the_foreground_tells_a_working_shell_from_a_waiting_one() {
    let profiles = built_in();
    let shell = profile(&profiles, "shell");
    let sight = |command| Sight { lines: &["$ "], command, started_command: "/bin/bash", ..Sight::default() };
    assert_eq!(read(shell, &sight("-bash")).doing, Doing::YourTurn);
    assert_eq!(read(shell, &sight("cargo")).doing, Doing::Working);
    assert_eq!(read(shell, &sight("")).doing, Doing::Unknown, "what is not known is not guessed");
    assert!(shell.quiet_means_ready() && read(shell, &sight("bash")).ready);
}

#[test]
fn what_stands_in_the_input_box_is_never_taken_for_the_agents_own_words() {
    let profiles = built_in();
    let edge = "─".repeat(40);
    let lines = [
        edge.as_str(),
        "❯\u{a0}✻ 429 x · retrying in 8s · attempt 5/10",
        "  say esc to interrupt",
        edge.as_str(),
        "  ⏸ manual mode on",
    ];
    let reading = read(profile(&profiles, "claude"), &Sight { title: "✳ x", lines: &lines, ..Sight::default() });
    assert_eq!(reading.doing, Doing::YourTurn, "{reading:#?}");
    assert_eq!(reading.composer.as_deref(), Some("✻ 429 x · retrying in 8s · attempt 5/10\nsay esc to interrupt"));
}

#[test]
fn an_unknown_screen_is_unknown_and_says_so() {
    let profiles = built_in();
    for (_, profile, _) in profiles.iter() {
        let profile = profile.expect("built in");
        for (title, lines) in [("", vec![]), ("", vec!["", "   "]), ("?", vec!["segmentation fault"])] {
            let reading = read(profile, &Sight { title, lines: &lines, ..Sight::default() });
            assert_eq!(reading.doing, Doing::Unknown, "{}: {reading:#?}", profile.name);
            assert!(reading.rule.starts_with(profile.name.as_str()), "{}", reading.rule);
        }
    }
}

proptest! {
    #[test]
    fn reading_never_panics_whatever_a_pane_shows(
        title in "\\PC{0,30}|[◐✳⠼\\[\\] !.]{0,8}",
        lines in proptest::collection::vec("\\PC{0,60}|❯\u{a0}.{0,20}|› .{0,20}|─{8,14}|  .{0,20}|", 0..40),
    ) {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        for (_, profile, _) in built_in_once().iter() {
            let reading = read(profile.expect("built in"), &Sight { title: &title, lines: &lines, ..Sight::default() });
            prop_assert!(reading.text.chars().count() <= 160);
        }
    }
}

fn built_in_once() -> &'static Profiles {
    static PROFILES: std::sync::OnceLock<Profiles> = std::sync::OnceLock::new();
    PROFILES.get_or_init(built_in)
}

#[test]
fn a_huge_screen_takes_bounded_time() {
    let row = "✻ · retrying in ".repeat(20_000);
    let lines = vec![row.as_str(); 20_000];
    let started = std::time::Instant::now();
    for (_, profile, _) in built_in_once().iter() {
        read(profile.expect("built in"), &Sight { title: &row, lines: &lines, ..Sight::default() });
    }
    // Unbounded, this is 6 GB for each profile.
    assert!(started.elapsed() < std::time::Duration::from_secs(20), "{:?}", started.elapsed());
}
