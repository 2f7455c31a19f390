//! What the script answered.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

/// What the script answered. What it could not find out is absent.
#[derive(Debug, Default)]
pub(super) struct Answer {
    /// Seconds since 1970.
    pub(super) time: Option<i64>,
    /// `Linux 6.1.0`.
    pub(super) system: String,
    /// The locale of programs there.
    pub(super) locale: String,
    /// How many locales with UTF-8 there are.
    pub(super) locales: u32,
    /// How many files a program may have open.
    pub(super) files: Option<u64>,
    /// The folder for our things, or where it can't be.
    pub(super) root: Option<Result<PathBuf, PathBuf>>,
    /// Its permissions, as `ls` writes them.
    pub(super) mode: String,
    /// Free bytes there.
    pub(super) disk: Option<u64>,
    pub(super) load: Option<f64>,
    /// All and free, in bytes.
    pub(super) memory: Option<(u64, u64)>,
    pub(super) processors: Option<u32>,
    /// What can speak HTTP.
    pub(super) http: Vec<String>,
    /// Programs that are there, with what came of asking for their versions.
    pub(super) programs: BTreeMap<String, Asked>,
    /// There is a sign that `gh` is logged in.
    pub(super) gh_login: bool,
    /// Agents that are there.
    pub(super) paths: BTreeMap<String, PathBuf>,
    /// What came of asking them for their versions.
    pub(super) agents: BTreeMap<String, Asked>,
    /// Agents with a sign that they are logged in.
    pub(super) logged_in: BTreeSet<String>,
}

/// What came of asking a program for its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) code: i32,
    pub(super) line: String,
}

/// How much of a line is kept, in characters.
const LINE: usize = 120;

/// Reads it; `None` when it broke off.
pub(super) fn parse(bytes: &[u8]) -> Option<Answer> {
    let text = String::from_utf8_lossy(bytes);
    let mut answer = Answer::default();
    let mut whole = false;
    for (key, value) in text.lines().filter_map(|line| line.split_once('\t')) {
        let value = value.trim();
        match key.split_once(':') {
            None => whole |= answer.take(key, value),
            Some(("program", name)) => drop(answer.programs.insert(name.into(), asked(value))),
            Some(("agent", name)) => drop(answer.agents.insert(name.into(), asked(value))),
            Some(("path", name)) => drop(answer.paths.insert(name.into(), value.into())),
            Some(("login", name)) => drop(answer.logged_in.insert(name.into())),
            // A profile file of the person's may print anything.
            Some(_) => {}
        }
    }
    whole.then_some(answer)
}

impl Answer {
    /// Takes one line; true at the last.
    fn take(&mut self, key: &str, value: &str) -> bool {
        match key {
            "time" => self.time = value.parse().ok(),
            "system" => self.system = plain(value),
            "locale" => self.locale = plain(value),
            "locales" => self.locales = value.parse().unwrap_or_default(),
            "files" => self.files = if value == "unlimited" { Some(u64::MAX) } else { value.parse().ok() },
            "root" => self.root = Some(Ok(value.into())),
            "no_root" => self.root = Some(Err(value.into())),
            "mode" => self.mode = plain(value),
            "disk" => self.disk = value.parse::<u64>().ok().map(|kilobytes| kilobytes.saturating_mul(1024)),
            "load" => self.load = value.parse().ok(),
            "memory" => {
                let both = value.split_once(' ');
                self.memory = both.and_then(|(all, free)| Some((bytes(all)?, bytes(free)?)));
            }
            "processors" => self.processors = value.parse().ok(),
            "gh_login" => self.gh_login = true,
            "http" => self.http.push(plain(value)),
            "end" => return true,
            // A profile file of the person's may print anything.
            _ => {}
        }
        false
    }
}

/// awk writes what is large as `8.2e+09`.
fn bytes(text: &str) -> Option<u64> {
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0)?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is finite and not negative")]
    Some(number as u64)
}

fn asked(value: &str) -> Asked {
    let (code, line) = value.split_once(' ').unwrap_or((value, ""));
    Asked { code: code.parse().unwrap_or(-1), line: plain(line) }
}

fn plain(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(LINE).collect()
}
