//! What the stand-in does with what it is told.

use std::time::Duration;

use super::voice::Asks;

/// One step of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Beat {
    /// Say these lines, which may hold SGR escapes.
    Say(Vec<String>),
    /// Work for so long, times the pace.
    Work(Duration),
    /// Work until interrupted.
    Endless,
    /// Change files below the working directory, and commit one of them.
    Edit,
    /// Write to a file below the working directory and commit it.
    Commit,
    /// Ask for a permission, in its own dialog only.
    Ask,
    /// Ask its supervisor, and wait.
    Consult(Asks),
    /// Say something with `qd signal`.
    Signal(Vec<String>),
    /// Show that the provider failed, and which try comes next.
    Retry(u32),
    /// Print this many numbered lines at once.
    Flood(u32),
    /// End with this exit code.
    Exit(u8),
    /// Ignore signals from now on, and have children that do.
    Stubborn,
}

/// What the stand-in is like, once it was told to be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Modes {
    pub(super) inline: bool,
    pub(super) swallow_enter: bool,
    pub(super) slow_start: bool,
    pub(super) meter: bool,
}

impl Modes {
    /// Takes over the modes that `text` names.
    pub(super) fn learn(&mut self, text: &str) {
        for word in plays(text) {
            match word {
                "inline" => self.inline = true,
                "swallow-enter" => self.swallow_enter = true,
                "slow-start" => self.slow_start = true,
                "meter" => self.meter = true,
                _ => {}
            }
        }
    }
}

/// Words that change how it is, and are no part of what it does.
const MODES: [&str; 4] = ["inline", "swallow-enter", "slow-start", "meter"];

/// The script for `text`.
pub(super) fn beats(text: &str) -> Vec<Beat> {
    let chosen: Vec<Beat> = plays(text).flat_map(play).collect();
    let only_modes = plays(text).all(|word| MODES.contains(&word));
    if only_modes { story() } else { chosen }
}

/// The words after `play:`, without punctuation at their ends.
fn plays(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace()
        .filter_map(|word| word.strip_prefix("play:"))
        .map(|word| word.trim_end_matches(['.', ',', ';', ':', '!', '?', ')']))
}

fn play(word: &str) -> Vec<Beat> {
    match word {
        "work" => work(),
        "endless" => vec![say("I keep at it until you stop me."), Beat::Endless],
        "commit" => vec![say("I write it down and commit it."), seconds(1), Beat::Commit],
        "edit" => vec![say("I write it, and commit the part that is done."), seconds(2), Beat::Edit],
        "ask" => vec![say("I need your word before I go on."), seconds(1), Beat::Ask],
        "retry" => (1..=3).flat_map(|attempt| [Beat::Retry(attempt), seconds(3)]).collect(),
        "flood" => (0..400).flat_map(|_| [Beat::Flood(50), Beat::Work(Duration::from_millis(50))]).collect(),
        "fail" => vec![seconds(1), say("\x1b[31m✗ I can't go on: the build is broken.\x1b[0m"), Beat::Exit(1)],
        "exit" => vec![seconds(1), say("\x1b[32m✓ Done, and gone.\x1b[0m"), Beat::Exit(0)],
        "stubborn" => vec![Beat::Stubborn, say("I ignore whoever asks me to end."), Beat::Endless],
        "permission" => {
            vec![say("The package is ready. I need your word to publish it."), seconds(1), ask(Asks::Permission)]
        }
        "question" => vec![say("Two things only you can know."), seconds(1), ask(Asks::Question)],
        "plan" => vec![say("I have a plan."), seconds(1), ask(Asks::Plan)],
        "ask-user" => vec![say("I ask you, through the tool for that."), seconds(1), ask(Asks::User)],
        "overload" => overload(),
        "limit" => vec![
            say("\x1b[31m  ⎿  This model's limit is used up.\x1b[0m"),
            signal(&["failed", "--class", "usage_limit", "--until", "134m", "--note", "this model's limit is used up"]),
        ],
        "background" => vec![
            say("\x1b[1m⏺ Run\x1b[0m cargo bench \x1b[2min the background\x1b[0m"),
            seconds(2),
            signal(&["your-turn", "--background", "cargo bench"]),
        ],
        "progress" => vec![signal(&["progress", "--note", "9 of 14 tests pass, retries are next"])],
        mode if MODES.contains(&mode) => Vec::new(),
        unknown => vec![say(&format!("I know no play:{}.", unknown.escape_debug()))],
    }
}

fn overload() -> Vec<Beat> {
    let tries = (1..=8).flat_map(|attempt| {
        let note = format!("529 Overloaded, try {attempt} of 10");
        let words = ["retrying", "--class", "overloaded", "--until", "30s", "--note", &note];
        [signal(&words), Beat::Retry(attempt), seconds(30)]
    });
    tries.chain([signal(&["working"])]).collect()
}

fn work() -> Vec<Beat> {
    let steps = [
        "\x1b[2m⏺ Read\x1b[0m src/upload.rs \x1b[2m(84 lines)\x1b[0m",
        "\x1b[2m⏺ Search\x1b[0m \"retry\" \x1b[2m→ 3 files\x1b[0m",
        "The upload gives up at the first error. 再試行 is missing. 🔍",
        "\x1b[38;2;250;179;135m⏺ Edit\x1b[0m src/upload.rs \x1b[38;2;166;227;161m+12\x1b[0m \x1b[38;2;243;139;168m−3\x1b[0m",
        "\x1b[1m⏺ Run\x1b[0m cargo test \x1b[32m● 14 passed\x1b[0m",
    ];
    steps.iter().flat_map(|step| [seconds(2), say(step)]).collect()
}

fn story() -> Vec<Beat> {
    let rainbow: String = (0..24u8)
        .map(|step| {
            let [red, blue] = [255 - step * 8, 64 + step * 7];
            format!("\x1b[38;2;{red};160;{blue}m━")
        })
        .collect();
    let mut beats = vec![say("I look around first."), seconds(2)];
    beats.extend(work());
    beats.extend([
        say(&format!("{rainbow}\x1b[0m 24-bit colour, 日本語, 🦀")),
        seconds(4),
        Beat::Commit,
        seconds(2),
        say("It is committed. What shall I do next?"),
    ]);
    beats
}

fn say(line: &str) -> Beat {
    Beat::Say(vec![line.into()])
}

fn ask(asks: Asks) -> Beat {
    Beat::Consult(asks)
}

fn signal(words: &[&str]) -> Beat {
    Beat::Signal(words.iter().map(|word| (*word).to_owned()).collect())
}

fn seconds(seconds: u64) -> Beat {
    Beat::Work(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_choose_in_their_order_and_as_often_as_they_occur() {
        let beats = beats("first play:fail, then play:ask and play:ask.");
        let kinds: Vec<_> = beats.iter().filter(|beat| matches!(beat, Beat::Exit(1) | Beat::Ask)).collect();
        assert_eq!(kinds, [&Beat::Exit(1), &Beat::Ask, &Beat::Ask]);
    }

    #[test]
    fn a_mode_alone_leaves_the_story() {
        assert_eq!(beats("play:inline do it"), story());
        let mut modes = Modes::default();
        modes.learn("play:inline do it");
        assert!(modes.inline && !modes.swallow_enter);
    }
}
