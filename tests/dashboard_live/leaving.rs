//! However the dashboard ends, the terminal is as it was.

use nix::sys::signal::Signal;

use crate::{home::Home, window::Window};

/// What a terminal that was taken has to be told again: no mouse, no focus events, no pastes in brackets, the screen
/// from before, a cursor, and the window's own name.
const GIVEN_BACK: [&str; 6] = ["\x1b[?1006l", "\x1b[?1004l", "\x1b[?2004l", "\x1b[?1049l", "\x1b[?25h", "\x1b[23;2t"];

fn is_given_back(home: &Home, window: &Window) {
    let read = |name: &str| std::fs::read_to_string(home.work().join(name)).unwrap();
    assert_eq!(read("before"), read("after"), "the settings of the terminal");
    let bytes = String::from_utf8_lossy(&window.bytes()).into_owned();
    let taken = bytes.rfind("\x1b[?1049h").expect("it was taken");
    for sequence in GIVEN_BACK {
        assert!(bytes[taken..].contains(sequence), "{sequence:?} is missing");
    }
}

#[test]
fn the_terminal_is_given_back_after_q_and_after_every_signal() {
    let home = Home::new();
    for signal in [None, Some(Signal::SIGTERM), Some(Signal::SIGHUP), Some(Signal::SIGINT)] {
        let mut window = Window::open(&home, 100, 30);
        window.see("one terminal, a crew of coding agents");
        match signal {
            None => window.keys("q"),
            Some(signal) => window.signal(&home, signal),
        }
        assert_eq!(window.code(&home), 0, "{signal:?}");
        is_given_back(&home, &window);
        std::fs::remove_file(home.work().join("pid")).unwrap();
    }
}

#[test]
fn without_colours_nothing_is_coloured_and_everything_is_there() {
    let home = Home::new();
    for environment in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        let mut window = Window::open_with(&home, 100, 30, &[environment]);
        window.see("one terminal, a crew of coding agents");
        window.keys("T");
        window.see("catppuccin-latte");
        let bytes = String::from_utf8_lossy(&window.bytes()).into_owned();
        for colour in ["\x1b[38;", "\x1b[48;"] {
            assert!(!bytes.contains(colour), "{environment:?} has {colour:?}");
        }
        window.keys("\x1b");
        window.see_that("no themes", |contents| !contents.contains("catppuccin-latte"));
        window.keys("q");
        assert_eq!(window.code(&home), 0);
    }
}

#[test]
fn a_window_of_any_size_is_drawn() {
    let home = Home::new();
    home.done(&["new", "--agent", "shell", "--title", "a title to be seen", "echo hello"]);
    let mut window = Window::open(&home, 140, 40);
    window.see("a title to be seen");
    for (columns, rows) in [(1, 1), (250, 70), (2, 40), (140, 1), (20, 5), (99, 24), (100, 24), (3, 3), (250, 2)] {
        window.resize(columns, rows);
        window.keys("j k");
    }
    window.resize(120, 35);
    window.see("a title to be seen");
    window.keys("q");
    assert_eq!(window.code(&home), 0);
}

#[test]
fn keys_and_a_new_size_that_come_at_once_are_both_noticed() {
    let home = Home::new();
    let mut window = Window::open(&home, 100, 30);
    window.see("one terminal, a crew of coding agents");
    for (columns, rows, shown) in [(10, 3, "too small"), (100, 30, "one terminal, a crew of coding agents")] {
        window.signal(&home, Signal::SIGSTOP);
        window.keys("j");
        window.resize(columns, rows);
        window.signal(&home, Signal::SIGCONT);
        window.see(shown);
    }
    window.keys("q");
    assert_eq!(window.code(&home), 0);
}

#[test]
fn what_a_small_window_has_cut_off_is_there_again_in_a_large_one() {
    let home = Home::new();
    let mut window = Window::open(&home, 100, 30);
    window.see("one terminal, a crew of coding agents");
    window.signal(&home, Signal::SIGSTOP);
    window.resize(10, 3);
    window.resize(100, 30);
    assert!(!window.contents().contains("one terminal"));
    window.signal(&home, Signal::SIGCONT);
    window.see("one terminal, a crew of coding agents");
    window.keys("q");
    assert_eq!(window.code(&home), 0);
}

#[test]
fn a_theme_is_kept_only_when_it_is_asked_for() {
    let home = Home::new();
    home.settings("# mine\n[dashboard]\nmouse = false # I select with it\n");
    let mut window = Window::open(&home, 100, 30);
    window.see("one terminal, a crew of coding agents");
    window.keys("Tj\r");
    window.keys("Tj");
    window.see("for good");
    let file = home.qd_home().join("config/config.toml");
    assert!(!std::fs::read_to_string(&file).unwrap().contains("theme"));
    window.keys("K");
    window.see("is kept in");
    let kept = std::fs::read_to_string(&file).unwrap();
    assert!(kept.starts_with("# mine\n[dashboard]\nmouse = false # I select with it\ntheme = \""), "{kept}");
    assert!(home.done(&["config", "show"]).contains("dashboard.theme"));
    window.keys("q");
    assert_eq!(window.code(&home), 0);
}
