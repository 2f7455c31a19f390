//! The stand-in behaves as agents do, in real tmux panes.

use std::{fs, process::Command};

use nix::sys::signal::{Signal, kill};
use quarterdeck::{
    demo::{
        make_repository,
        stand_in::log::{Entry, Way},
    },
    domain::activity::{Doing, Source},
};

use crate::pane::{Pane, lives, process};

#[test]
fn it_takes_its_prompt_from_the_argv_and_then_waits_for_its_turn() {
    let prompt = "-x 'y' \"z\" $(w);\n\tüñ 日本 🦀 play:work;";
    let pane = Pane::start(prompt);
    pane.until_logged(&Entry::Turn);
    assert_eq!(pane.submissions(), [(Way::Argv, prompt.to_owned())]);
    pane.until("it is your turn", || pane.reading().doing == Doing::YourTurn);
    let reading = pane.reading();
    assert_eq!((reading.evidence_source, reading.ready), (Source::Title, true), "{reading:#?}");
    assert_eq!(reading.composer.as_deref(), Some(""));
    assert!(pane.screen().contains("再試行"), "{}", pane.screen());
}

#[test]
fn it_works_until_it_is_interrupted() {
    let pane = Pane::start("play:endless");
    pane.until("it works", || pane.reading().doing == Doing::Working);
    let reading = pane.reading();
    assert!(reading.also.iter().any(|other| other.source == Source::Screen), "the footer says so too: {reading:#?}");
    pane.keys(&["Escape"]);
    pane.until_logged(&Entry::Interrupt);
    pane.until("it is your turn", || pane.reading().doing == Doing::YourTurn);
}

#[test]
fn a_pasted_text_of_100_kb_is_received_exactly() {
    let pane = Pane::start("");
    pane.until("it is ready", || pane.reading().ready);
    let line = "-x 'y' \"z\" $(w) \\ 日本 🦀 ❤\u{fe0f}\t| ";
    let text = format!("{}\n\nthe end;", format!("{line}\n").repeat(2_500));
    assert!(text.len() > 100_000);
    pane.paste(&text);
    pane.keys(&["Enter"]);
    pane.until("it is submitted", || !pane.submissions().is_empty());
    assert_eq!(pane.submissions(), [(Way::Typed, text)]);
}

#[test]
fn a_text_stands_in_the_box_until_it_is_submitted() {
    let pane = Pane::start("");
    pane.until("it is ready", || pane.reading().ready);
    pane.paste("one\n  two\nthree");
    pane.until("the text is in the box", || pane.reading().composer.as_deref() == Some("one\n  two\nthree"));
    pane.keys(&["C-u", "BSpace", "C-u"]);
    pane.until("two lines are gone", || pane.reading().composer.as_deref() == Some("one"));
    assert!(pane.submissions().is_empty());
}

#[test]
fn what_is_submitted_while_it_works_is_queued() {
    let pane = Pane::start("play:endless");
    pane.until("it works", || pane.reading().doing == Doing::Working);
    pane.type_text("and then this play:work");
    pane.keys(&["Enter"]);
    pane.until("it is queued", || pane.submissions().len() == 2);
    pane.keys(&["Escape"]);
    pane.until("both turns are over", || pane.log().iter().filter(|entry| **entry == Entry::Turn).count() == 2);
    assert_eq!(pane.submissions()[1], (Way::Queued, "and then this play:work".into()));
}

#[test]
fn a_swallowed_enter_leaves_the_text_in_the_box() {
    let pane = Pane::start_with("", None, &[("QD_STAND_IN_PLAY", "play:swallow-enter")], |_| ());
    pane.until("it is ready", || pane.reading().ready);
    pane.paste("do it play:work");
    pane.keys(&["Enter"]);
    pane.until_logged(&Entry::Swallowed);
    pane.until("the text still stands there", || pane.reading().composer.as_deref() == Some("do it play:work"));
    pane.keys(&["Enter"]);
    pane.until_logged(&Entry::Turn);
    assert_eq!(pane.submissions(), [(Way::Typed, "do it play:work".into())]);
}

#[test]
fn a_dialog_swallows_text_and_takes_a_digit() {
    let pane = Pane::start("play:ask");
    pane.until("it asks", || pane.reading().doing == Doing::Asking);
    let reading = pane.reading();
    assert_eq!((reading.ready, reading.composer), (false, None));
    pane.paste("a message");
    pane.until_logged(&Entry::Lost { text: "a message".into() });
    pane.keys(&["2"]);
    pane.until_logged(&Entry::Answer { choice: 2 });
    pane.until("it is your turn", || pane.reading().doing == Doing::YourTurn);
    assert_eq!(pane.submissions().len(), 1);
}

#[test]
fn a_lost_provider_is_read_as_retrying() {
    let pane = Pane::start_with("play:retry", None, &[("QD_STAND_IN_PACE", "100")], |_| ());
    pane.until("it retries", || pane.reading().doing == Doing::Retrying);
    assert!(pane.reading().text.contains("attempt 1/10"));
}

#[test]
fn what_is_typed_before_it_is_up_is_lost() {
    let pane =
        Pane::start_with("", None, &[("QD_STAND_IN_PLAY", "play:slow-start"), ("QD_STAND_IN_GATE", "gate")], |_| ());
    pane.until("it gets up", || pane.screen().contains("getting up"));
    assert!(!pane.reading().ready);
    pane.type_text("too early");
    pane.until("the terminal has it", || pane.screen().contains("too early"));
    fs::write(pane.work().join("gate"), "").expect("written");
    pane.until("it is ready", || pane.reading().ready);
    assert_eq!(pane.reading().composer.as_deref(), Some(""));
}

#[test]
fn it_ends_with_the_code_it_is_told() {
    for (prompt, code) in [("play:fail", "1"), ("play:exit", "0")] {
        let pane = Pane::start(prompt);
        let status = || pane.tmux(&["display-message", "-p", "#{pane_dead} #{pane_dead_status}"]);
        // tmux 3.3a can miss the signal of a child's death: it knows that the pane is dead and not of what, until another
        // child of its own dies.
        pane.until("it has ended with its code", || match status().trim_end() {
            "1" => pane.tmux(&["run-shell", "true"]) == "never",
            ended => ended == format!("1 {code}"),
        });
    }
}

#[test]
fn it_commits_to_the_repository_it_works_in() {
    let pane =
        Pane::start_with("play:commit", None, &[], |folder| make_repository(&folder.join("work")).expect("made"));
    pane.until_logged(&Entry::Turn);
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).current_dir(pane.work()).output().expect("git runs");
        String::from_utf8(output.stdout).expect("text")
    };
    assert_eq!(git(&["log", "-1", "--format=%s", "--name-only"]), "Note what turn 1 found\n\nnotes/turn-1.md\n");
    assert_eq!(git(&["rev-list", "--count", "HEAD"]), "6\n");
    assert_eq!(git(&["status", "--porcelain"]), "");
}

#[test]
fn a_flood_leaves_it_as_it_was() {
    let pane = Pane::start("play:inline play:flood");
    pane.until_logged(&Entry::Turn);
    pane.until("it is your turn", || pane.reading().doing == Doing::YourTurn);
    let history: usize = pane.tmux(&["display-message", "-p", "#{history_size}"]).trim().parse().expect("a number");
    assert!(history >= 1_500, "{history} lines of scrollback: it draws inline");
}

#[test]
fn a_conversation_is_resumed_and_an_unknown_one_is_not() {
    let mut pane = Pane::start("remember me play:exit");
    pane.until("it has ended", || pane.tmux(&["display-message", "-p", "#{pane_dead}"]).starts_with('1'));
    let id = uuid::Uuid::nil().to_string();
    pane.tmux(&["kill-session"]);
    pane.launch("", Some(&id), &[]);
    pane.until("it shows what it was told", || pane.reading().ready && pane.screen().contains("remember me"));
    pane.tmux(&["kill-session"]);
    pane.launch("", Some("another"), &[]);
    pane.until("it has ended", || pane.tmux(&["display-message", "-p", "#{pane_dead}"]).starts_with('1'));
    assert!(pane.screen().contains("No conversation found with the id another"), "{}", pane.screen());
}

#[test]
fn a_stubborn_one_and_its_children_outlive_every_polite_signal() {
    let mut pane = Pane::start("play:stubborn");
    pane.until("it has children", || pane.log().iter().any(|entry| matches!(entry, Entry::Children { .. })));
    let mut pids = Vec::new();
    for entry in pane.log() {
        match entry {
            Entry::Start { pid, .. } => pids.push(pid),
            Entry::Children { pids: children } => pids.extend(children),
            _ => {}
        }
    }
    assert_eq!(pids.len(), 4);
    pids.iter().for_each(|&pid| pane.end_with_test(pid));
    pane.until("its children are deaf", || pids[1..].iter().all(|&pid| ignores_termination(pid)));
    for signal in [Signal::SIGTERM, Signal::SIGHUP, Signal::SIGINT] {
        pids.iter().for_each(|&pid| kill(process(pid), signal).expect("sent"));
    }
    // It still hears what is typed, after the signals.
    pane.type_text("still there?");
    pane.keys(&["Enter"]);
    pane.until("it listens", || pane.submissions().len() == 2);
    pane.tmux(&["kill-server"]);
    assert!(pids.iter().all(|&pid| lives(pid)), "all outlive the pane");
    pids.iter().for_each(|&pid| kill(process(pid), Signal::SIGKILL).expect("sent"));
    pane.until("nothing outlives SIGKILL", || pids.iter().all(|&pid| !lives(pid)));
}

/// The shell has had its `trap` take effect; where that can't be seen, it is taken for granted.
fn ignores_termination(pid: u32) -> bool {
    let Ok(status) = fs::read_to_string(format!("/proc/{pid}/status")) else { return !cfg!(target_os = "linux") };
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap_or_default();
    u64::from_str_radix(ignored.trim(), 16).is_ok_and(|mask| mask & (1 << (15 - 1)) != 0)
}
