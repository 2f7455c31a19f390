//! What a pane says about the agent in it.

use std::time::Duration;

use super::{
    dialog::Dialog,
    profile::{Completion, Foreground, Part, Profile, Readiness, Rule},
    signals::failures,
};
use crate::domain::{
    activity::{Doing, Evidence, Source},
    failure::Class,
};

/// What is seen of a pane.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sight<'a> {
    /// Its title.
    pub title: &'a str,
    /// The name of the machine it is on, which is what tmux calls a pane that nobody has given a title.
    pub host: &'a str,
    /// The rows of its screen as plain text, from the top.
    pub lines: &'a [&'a str],
    /// The row and column of its cursor, from zero, shown or not.
    pub cursor: Option<(u16, u16)>,
    /// The command in its foreground, as tmux names it; empty when it is not known.
    pub command: &'a str,
    /// The command that was launched in it, a name or a path; empty when it is not known.
    pub started_command: &'a str,
}

/// What a pane says about the agent in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// What the agent is doing; `Unknown` when no rule matches.
    pub doing: Doing,
    /// Where that was read.
    pub evidence_source: Source,
    /// By which rule, for example `claude: the footer offers "esc to interrupt"`.
    pub rule: String,
    /// The words it was read from, at most [`Evidence::TEXT_CHARACTERS`].
    pub text: String,
    /// The program takes input. Where [`Profile::quiet_means_ready`], only once the pane has been quiet for a while.
    pub ready: bool,
    /// What is seen of its next try, where it retries.
    pub retry: Option<Retry>,
    /// The text that stands in the input box; `None` when no box is to be seen. A large paste may be shown as a note.
    pub composer: Option<String>,
    /// The dialog that stands there, where the agent asks and its profile knows it.
    pub dialog: Option<Dialog>,
    /// The words by which it says that its work is done, where its profile knows such words.
    pub marker: Option<String>,
    /// Everything else that matched, in the order of the rules.
    pub also: Vec<Match>,
}

/// An agent's provider failed, and the agent tries again by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// What failed.
    pub class: Class,
    /// Which try comes next, from 1.
    pub attempt: Option<u32>,
    /// How many there will be.
    pub of: Option<u32>,
    /// How long it waits before that.
    pub after: Option<Duration>,
}

/// A rule that matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// What the agent would be doing.
    pub doing: Doing,
    /// Where it was read.
    pub source: Source,
    /// By which rule.
    pub rule: String,
    /// The words it was read from.
    pub text: String,
    /// What they say of the next try, where the agent retries.
    pub retry: Option<Retry>,
}

/// How many rows from the bottom are looked at.
const ROWS: usize = 200;
/// How much of a row is looked at, in characters.
const ROW_CHARACTERS: usize = 1_000;

/// What `sight` says about an agent of this `profile`.
pub fn read(profile: &Profile, sight: &Sight<'_>) -> Reading {
    let rows = bounded(sight.lines);
    let mut found = profile.composer.as_ref().and_then(|composer| composer.find(&rows));
    if let Some(found) = &mut found
        && sight.cursor.is_some_and(|cursor| found.begins_at(cursor, sight.lines.len() - rows.len()))
    {
        found.text.clear();
    }
    let (above, below) = match &found {
        Some(found) => (&rows[..found.rows.start], &rows[found.rows.end..]),
        None => (&rows[..], &rows[..0]),
    };
    let screen = Screen { above: filled(above), below: filled(below), composer: found.is_some() };
    let title = if sight.title == sight.host || sight.title == short(sight.host) { "" } else { sight.title.trim() };
    let mut matches =
        profile.says.iter().filter_map(|rule| matched(profile, rule, title, sight, &screen)).collect::<Vec<_>>();
    let claim = if matches.is_empty() { nothing_matched(profile, title, &screen) } else { matches.remove(0) };
    // What is asked stands where the input box would be: anything like it elsewhere is only told about.
    let asks = claim.doing == Doing::Asking && found.is_none();
    let dialog = if asks { Dialog::find(&profile.dialogs, &rows) } else { None };
    Reading {
        doing: claim.doing,
        evidence_source: claim.source,
        rule: claim.rule,
        text: claim.text,
        retry: claim.retry,
        ready: match &profile.ready {
            Readiness::Composer => screen.composer,
            Readiness::Screen(pattern) => pattern.matches(&rows.join("\n")),
            Readiness::Quiet => rows.iter().any(|row| !row.is_empty()),
        },
        composer: found.map(|found| found.text),
        dialog,
        marker: marker(profile, &screen),
        also: matches,
    }
}

/// The rows that rules look at, without empty ones.
struct Screen<'a> {
    above: Vec<&'a str>,
    below: Vec<&'a str>,
    composer: bool,
}

impl Screen<'_> {
    fn text(&self, part: Part, last: usize) -> String {
        let mut rows = match part {
            Part::All => self.above.iter().chain(&self.below).copied().collect(),
            Part::Above => self.above.clone(),
            Part::Below => self.below.clone(),
        };
        if last > 0 {
            rows.drain(..rows.len().saturating_sub(last));
        }
        rows.join("\n")
    }
}

fn matched(profile: &Profile, rule: &Rule, title: &str, sight: &Sight<'_>, screen: &Screen<'_>) -> Option<Match> {
    if rule.composer.is_some_and(|wanted| wanted != screen.composer) {
        return None;
    }
    let mut source = Source::Screen;
    let mut words = Vec::new();
    let mut retry = None;
    if let Some(wanted) = rule.foreground {
        (foreground(sight)? == wanted).then_some(())?;
        source = Source::Process;
        words.push(sight.command.to_owned());
    }
    if let Some(pattern) = &rule.screen {
        let text = screen.text(rule.place, rule.last);
        let groups = pattern.groups(&text)?;
        words.push(groups[0].trim().to_owned());
        retry = (rule.doing == Doing::Retrying && pattern.has_group("failure")).then(|| retry_in(&groups));
    }
    if let Some(pattern) = &rule.title {
        pattern.find(title)?;
        source = Source::Title;
        words.insert(0, title.to_owned());
    }
    Some(Match {
        doing: rule.doing,
        source,
        rule: format!("{}: {}", profile.name, rule.rule),
        text: shortened(&words.join(" · ")),
        retry,
    })
}

/// The words that mean that the work is done; what stands in the input box is not the agent's.
fn marker(profile: &Profile, screen: &Screen<'_>) -> Option<String> {
    match &profile.completion {
        Completion::Marker(pattern) => pattern.find(&screen.text(Part::Above, 0)).map(shortened),
        Completion::Person | Completion::Exit | Completion::Command(_) => None,
    }
}

/// What the named groups of a rule say of the next try.
fn retry_in(groups: &regex::Captures<'_>) -> Retry {
    let words = |group| groups.name(group).map_or("", |found| found.as_str()).trim();
    let number = |group| words(group).parse().ok();
    let failure = words("failure");
    let status = failure.split_whitespace().next().and_then(|word| word.parse().ok());
    Retry {
        class: failures::classify(None, status, failure),
        attempt: number("attempt"),
        of: number("of"),
        after: number("seconds").map(|seconds| Duration::from_secs(seconds.into())),
    }
}

/// No rule matches, and that is what is said.
fn nothing_matched(profile: &Profile, title: &str, screen: &Screen<'_>) -> Match {
    let last = screen.below.last().or(screen.above.last()).copied().unwrap_or_default();
    let rule = match (title.is_empty(), last.is_empty()) {
        (true, true) => "the pane shows nothing yet",
        (false, true) => "the screen is empty, and no rule knows the title",
        (_, false) => "no rule knows what is on the screen",
    };
    Match {
        doing: Doing::Unknown,
        source: Source::Supervisor,
        rule: format!("{}: {rule}", profile.name),
        text: shortened([title, last].map(str::trim).join(" · ").trim_matches([' ', '·'])),
        retry: None,
    }
}

fn foreground(sight: &Sight<'_>) -> Option<Foreground> {
    let (now, started) = (program_name(sight.command), program_name(sight.started_command));
    if now.is_empty() || started.is_empty() {
        return None;
    }
    Some(if now == started { Foreground::Itself } else { Foreground::Another })
}

/// `/bin/bash` and the login shell `-bash` are both `bash`.
fn program_name(command: &str) -> &str {
    command.trim().rsplit('/').next().unwrap_or_default().trim_start_matches('-')
}

fn short(host: &str) -> &str {
    host.split('.').next().unwrap_or_default()
}

fn bounded<'a>(lines: &[&'a str]) -> Vec<&'a str> {
    lines[lines.len().saturating_sub(ROWS)..].iter().map(|line| cut(line).trim_end_matches([' ', '\r', '\n'])).collect()
}

fn cut(line: &str) -> &str {
    line.char_indices().nth(ROW_CHARACTERS).map_or(line, |(end, _)| &line[..end])
}

fn filled<'a>(rows: &[&'a str]) -> Vec<&'a str> {
    rows.iter().copied().filter(|row| !row.trim().is_empty()).collect()
}

/// One line of at most [`Evidence::TEXT_CHARACTERS`], without control characters.
fn shortened(text: &str) -> String {
    let words = text.split_whitespace().flat_map(|word| [" ", word]).skip(1).flat_map(str::chars);
    words.filter(|character| !character.is_control()).take(Evidence::TEXT_CHARACTERS).collect()
}
