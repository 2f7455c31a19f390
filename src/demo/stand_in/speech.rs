//! The stand-in in conversation with its supervisor: what it waits for, and what it says that it uses.

use std::{
    io,
    time::{SystemTime, UNIX_EPOCH},
};

use crossterm::event::{KeyCode, KeyEvent};
use serde_json::json;

use super::{
    actor::{Actor, Phase},
    log::Entry,
    voice::{self, Asks, Heard},
};

/// Tokens that fit into its context.
const CONTEXT: u64 = 200_000;
/// The model it says that it uses.
const MODEL: &str = "claude-opus-4-8";

impl Actor {
    /// Hears what the person decided elsewhere.
    pub(super) fn listen(&mut self) -> io::Result<()> {
        let Phase::Consulting(asked) = &self.phase else { return Ok(()) };
        match asked.hear() {
            Heard::Nothing => Ok(()),
            // Its own dialog is all there is now.
            Heard::Nobody if asked.what() == Asks::User => self.go_on_with(Asks::User, Heard::Nobody),
            Heard::Nobody => {
                self.phase = Phase::Asking;
                Ok(())
            }
            heard @ (Heard::Yes(_) | Heard::No(_)) => {
                let what = asked.what();
                self.go_on_with(what, heard)
            }
        }
    }

    /// Hears what the person decided in its own dialog.
    pub(super) fn decide(&mut self, key: KeyEvent) -> io::Result<()> {
        let Phase::Consulting(asked) = &self.phase else { return Ok(()) };
        let what = asked.what();
        let (choice, heard) = match key.code {
            KeyCode::Esc if what == Asks::User => (0, Heard::Nobody),
            _ if what == Asks::User => return Ok(()),
            KeyCode::Char('1') | KeyCode::Enter => (1, Heard::Yes(what.dialog().1[0].to_owned())),
            KeyCode::Char('2') => (2, Heard::No(String::new())),
            KeyCode::Esc => (0, Heard::No(String::new())),
            _ => return Ok(()),
        };
        self.log.write(Entry::Answer { choice });
        self.go_on_with(what, heard)
    }

    fn go_on_with(&mut self, what: Asks, heard: Heard) -> io::Result<()> {
        let (line, goes_on) = match heard {
            Heard::Yes(words) if words.is_empty() => ("\x1b[32m✓\x1b[0m You allowed it.".to_owned(), true),
            // The tool says itself who answered.
            Heard::Yes(words) if what == Asks::User => (format!("\x1b[32m✓\x1b[0m {}", words.replace('\n', " ")), true),
            Heard::Yes(words) => (format!("\x1b[32m✓\x1b[0m You answered: {}", words.replace('\n', " ")), true),
            Heard::No(words) if words.is_empty() => ("\x1b[31m✗\x1b[0m You did not allow it.".to_owned(), false),
            Heard::No(words) => (format!("\x1b[31m✗\x1b[0m You did not allow it: {}", words.replace('\n', " ")), false),
            Heard::Nobody | Heard::Nothing => ("\x1b[33m✗\x1b[0m Nobody answered.".to_owned(), false),
        };
        // What waited is over before the next thing is said.
        self.work();
        self.face.say(&[line])?;
        if goes_on {
            what.went_on();
        } else {
            voice::hook("PostToolBatch", json!({}));
        }
        Ok(())
    }

    /// Says that it has made another request, and what that used.
    pub(super) fn tell_figures(&mut self) {
        if !voice::is_heard() {
            return;
        }
        self.requests += 1;
        let requests = self.requests;
        let (input, output) = (1_300 * requests, 740 * requests);
        let (cached, read) = (3_900 * requests, 31_000 * requests);
        let figure = |name: &str, figure: u64| [format!("--{name}"), figure.to_string()];
        let mut words: Vec<String> = vec!["used".into(), "--model".into(), MODEL.into()];
        let figures = [("requests", requests), ("input", input), ("output", output), ("cache-read", read)];
        words.extend(figures.into_iter().flat_map(|(name, count)| figure(name, count)));
        words.extend(figure("cache-write", cached));
        voice::signal(&words.iter().map(String::as_str).collect::<Vec<_>>());
        let cost = (input * 5 + output * 25) as f64 / 1e6 + (read as f64 * 0.5 + cached as f64 * 6.25) / 1e6;
        let context = (16_000 + 8_200 * requests).min(CONTEXT - 8_000);
        voice::status_line(json!({
            "model": { "id": MODEL },
            "cost": { "total_cost_usd": cost },
            "rate_limits": {
                "five_hour": { "used_percentage": 88, "resets_at": in_seconds(7_200) },
                "seven_day": { "used_percentage": 41, "resets_at": in_seconds(259_200) },
            },
            "context_window": {
                "context_window_size": CONTEXT,
                "current_usage": { "input_tokens": 1_300, "cache_read_input_tokens": context - 1_300 },
            },
        }));
    }
}

/// So many seconds from now, in seconds since 1970; to the hour, as limits are.
fn in_seconds(seconds: u64) -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    (now + seconds).next_multiple_of(3_600)
}
