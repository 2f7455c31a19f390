//! Calling the person through their terminal, and through their own tmux.
//!
//! Everything in a call was written by agents: nothing of it may end the sequence it is in, nor be read as a format.

use std::process::Stdio;

use crate::{config::notify::Terminal, tui::text};

/// Longest title and longest text, in columns.
const LONGEST: (u16, u16) = (80, 240);

/// How long tmux shows a message, in milliseconds.
const SHOWN: &str = "8000";

/// What a terminal is sent; inside tmux, for the terminal around it.
pub(super) fn bytes(terminal: Terminal, title: &str, body: &str, in_tmux: bool) -> String {
    let (title, body) = (fit(title, LONGEST.0), fit(body, LONGEST.1));
    let sequences = match terminal {
        Terminal::Off => return String::new(),
        Terminal::Bell => return "\x07".into(),
        Terminal::Osc9 => vec![format!("\x1b]9;{title}: {body}\x1b\\")],
        // Here a semicolon ends the title.
        Terminal::Osc777 => vec![format!("\x1b]777;notify;{};{body}\x1b\\", title.replace(';', ","))],
        Terminal::Osc99 => {
            vec![format!("\x1b]99;i=qd:d=0;{title}\x1b\\"), format!("\x1b]99;i=qd:d=1:p=body;{body}\x1b\\")]
        }
    };
    let wrap = |sequence: String| {
        // tmux passes on what is in this wrapping, each escape doubled.
        if in_tmux { format!("\x1bPtmux;{}\x1b\\", sequence.replace('\x1b', "\x1b\x1b")) } else { sequence }
    };
    sequences.into_iter().map(wrap).collect()
}

/// Shows a message in the person's own tmux. It is only worth trying.
pub(super) async fn show_in_tmux(title: String, body: String) {
    let mut tmux = tokio::process::Command::new("tmux");
    tmux.args(["display-message", "-d", SHOWN, "--"]).arg(in_tmux(&title, &body));
    tmux.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let shown = tokio::time::timeout(std::time::Duration::from_secs(5), tmux.status()).await;
    if !matches!(&shown, Ok(Ok(status)) if status.success()) {
        tracing::debug!(?shown, "tmux showed no message");
    }
}

/// tmux would run what stands in `#(…)`, and fill in `#{…}` and `%H`.
fn in_tmux(title: &str, body: &str) -> String {
    format!("{}: {}", fit(title, LONGEST.0), fit(body, LONGEST.1)).replace('#', "＃").replace('%', "％")
}

fn fit(words: &str, columns: u16) -> String {
    text::cut(&text::clean(words), columns).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVIL: &str = "a\x1b\\\x07\x1b]0;owned\x07b\u{9c};#(touch /tmp/x)%H\n";

    #[test]
    fn nothing_that_an_agent_wrote_ends_a_sequence() {
        for terminal in [Terminal::Osc9, Terminal::Osc777, Terminal::Osc99] {
            let sent = bytes(terminal, EVIL, EVIL, false);
            let ends = sent.matches("\x1b\\").count();
            let starts = sent.matches("\x1b]").count();
            assert_eq!((starts, ends), if terminal == Terminal::Osc99 { (2, 2) } else { (1, 1) }, "{sent:?}");
            assert_eq!(sent.matches('\x1b').count(), starts + ends);
            assert!(!sent.contains(['\x07', '\u{9c}', '\n']), "{sent:?}");
        }
        let sent = bytes(Terminal::Osc777, "a;b", "c;d", false);
        assert_eq!(sent, "\x1b]777;notify;a,b;c;d\x1b\\");
    }

    #[test]
    fn inside_tmux_the_terminal_around_it_is_meant() {
        let sent = bytes(Terminal::Osc9, "s1", "asks", true);
        assert_eq!(sent, "\x1bPtmux;\x1b\x1b]9;s1: asks\x1b\x1b\\\x1b\\");
        assert_eq!(bytes(Terminal::Bell, "s1", "asks", true), "\x07");
        assert_eq!(bytes(Terminal::Off, "s1", "asks", true), "");
    }

    #[test]
    fn tmux_is_given_nothing_that_it_would_run_or_fill_in() {
        let words = in_tmux(EVIL, "#{pane_id} #[fg=red] %d");
        assert!(!words.contains(['#', '%', '\x1b', '\n']), "{words:?}");
    }
}
