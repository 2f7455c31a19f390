//! All that is known of one pull request: how it stands and why, what was said about it, what it says of itself.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::words;
use crate::{
    domain::{
        PullRequest, Remark, Session, Verification,
        pull_request::{Forge, Mergeable, Review, State},
        remark, verification,
    },
    tui::{
        action::Action,
        age,
        model::{Model, Sign, pulls, pulls::Standing},
        text,
        view::Strip,
    },
};

/// What is known, in lines.
#[derive(Default)]
pub(super) struct About {
    pub(super) lines: Vec<Line>,
    /// The line on which the remark stands that keys go to.
    pub(super) remark: Option<usize>,
}

/// A line in parts.
type Line = Vec<(String, Style)>;

/// The room for its lines: below a rule where the list is above, and a column at each side.
pub(super) fn room(area: Rect) -> Rect {
    let rule = u16::from(area.x == 0).min(area.height);
    let side = area.width.min(2) / 2;
    Rect { x: area.x + side, y: area.y + rule, width: area.width - 2 * side, height: area.height - rule }
}

/// Draws it.
pub(super) fn draw(model: &Model, area: Rect, buffer: &mut Buffer) {
    let room = room(area);
    if room.y > area.y {
        let rule = "─".repeat(usize::from(area.width));
        Strip::new(buffer, area, 0).left(&rule, model.styles.border(false));
    }
    let lines = lines(model, room.width).lines;
    let hidden = lines.len().saturating_sub(usize::from(room.height));
    let scroll = model.pulls.scroll.min(hidden);
    for (at, line) in (0..room.height).zip(&lines[scroll..]) {
        let mut strip = Strip::new(buffer, room, at);
        for (words, style) in line {
            strip.left(words, *style);
        }
    }
    if scroll < hidden && room.height > 1 {
        let words = format!(" {} more ↓ {} ", hidden - scroll, model.keymap.key(Action::PageDown));
        Strip::new(buffer, room, room.height - 1).right(&words, model.styles.dim().reversed());
    }
}

/// What is known of the selected one, in lines of at most `columns`.
pub(super) fn lines(model: &Model, columns: u16) -> About {
    let Some(pull_request) = model.pull_request() else { return About::default() };
    let mut about = Writer { model, columns, about: About::default() };
    about.head(pull_request);
    about.trouble(pull_request);
    about.judged(pull_request);
    about.remarks(pull_request);
    about.body(pull_request);
    about.about
}

struct Writer<'model> {
    model: &'model Model,
    columns: u16,
    about: About,
}

impl Writer<'_> {
    fn line(&mut self, parts: Line) {
        self.about.lines.push(parts);
    }

    /// Text in as many lines as it takes, each behind `indent` free columns.
    fn wrapped(&mut self, words: &str, indent: usize, style: Style) {
        let columns = self.columns.saturating_sub(u16::try_from(indent).unwrap_or(0)).max(4);
        let lines = text::wrap(words, columns).into_iter();
        self.about.lines.extend(lines.map(|line| vec![(format!("{}{line}", " ".repeat(indent)), style)]));
    }

    fn title(&mut self, words: &str) {
        self.line(Vec::new());
        self.line(vec![(words.to_owned(), self.model.styles.accent())]);
    }

    fn head(&mut self, pull_request: &PullRequest) {
        let (model, styles) = (self.model, &self.model.styles);
        let standing = Standing::of(&model.world, pull_request);
        let (glyph, word) = standing.sign();
        self.wrapped(&pull_request.title, 0, styles.heading());
        let since = age::short(model.now, pull_request.state_since);
        let ids = match pull_request.number {
            Some(number) => format!("#{number} ({})", pull_request.id),
            None => pull_request.id.to_string(),
        };
        let more = format!("  {ids} · {} since {since} · {}", pull_request.state.label(), pull_request.forge.label());
        self.line(vec![(format!("{glyph} {word}"), words::look(standing, styles)), (more, styles.dim())]);
        self.line(vec![
            (format!("{} → {}", pull_request.branch, pull_request.base), styles.accent()),
            (format!("  in {}", pull_request.repository.display()), styles.dim()),
        ]);
        if let Some(url) = &pull_request.url {
            self.line(vec![(url.clone(), styles.text().underlined())]);
        }
        let works = |session: &&Session| {
            session.id == pull_request.session
                || session.follow_up.as_ref().is_some_and(|follow_up| follow_up.pull_request == pull_request.id)
        };
        for session in model.world.sessions.values().filter(works) {
            let sign = Sign::of(session);
            self.line(vec![
                (format!("{} ", session.id), styles.dim()),
                (format!("{} {}", sign.glyph, sign.word), Sign::style(session, styles)),
                (format!("  {}", session.title), styles.text()),
            ]);
        }
    }

    /// What is under way, what went wrong, and what only the person can decide.
    fn trouble(&mut self, pull_request: &PullRequest) {
        let (model, styles) = (self.model, &self.model.styles);
        if let Some(question) = pulls::asked(&model.world, pull_request.id) {
            self.wrapped(&format!("? {}: {}", question.id, question.text), 0, styles.warning());
        }
        if let Some(problem) = &pull_request.problem {
            self.wrapped(&format!("! {problem}"), 0, styles.error());
        }
        if let Some(aside) = &pull_request.aside {
            let commit = aside.commit.get(..12).unwrap_or(&aside.commit);
            let words = format!("what {} would be is kept on {} as {commit}", pull_request.base, aside.branch);
            self.wrapped(&words, 2, styles.warning());
        }
        if let Mergeable::Conflicts { files } = &pull_request.mergeable {
            let place = if files.is_empty() { String::new() } else { format!(" in {}", files.join(", ")) };
            self.wrapped(&format!("× it conflicts with {}{place}", pull_request.base), 0, styles.error());
        }
    }

    /// What checks and reviewers say, and when that was heard.
    fn judged(&mut self, pull_request: &PullRequest) {
        let (model, styles) = (self.model, &self.model.styles);
        if !pull_request.state.is_open() {
            return;
        }
        let mut parts = vec![("checks ".to_owned(), styles.dim())];
        for (words, style) in words::checks(&pull_request.checks, styles) {
            parts.extend([(" ".to_owned(), style), (words, style)]);
        }
        if pull_request.checks.is_empty() {
            parts.push((" none".into(), styles.dim()));
        }
        self.line(parts);
        for name in &pull_request.checks.failed {
            self.wrapped(&format!("✗ {name}"), 2, styles.error());
        }
        match pull_request.review {
            Review::None => {}
            Review::Approved => {
                self.line(vec![("review  ".into(), styles.dim()), ("✓ approved".into(), styles.success())])
            }
            Review::ChangesRequested => {
                self.line(vec![("review  ".into(), styles.dim()), ("◆ changes requested".into(), styles.warning())]);
            }
        }
        let verified = model.index.marks(pull_request.session).verification;
        if let Some(verification) = verified.and_then(|id| model.world.verifications.get(&id)) {
            let (words, style) = verified_as(model, verification);
            self.wrapped(&words, 0, style);
        }
        let heard = match (pull_request.forge, pull_request.seen_at) {
            (Forge::Local, _) => "it is kept on this machine".to_owned(),
            (Forge::Github, Some(at)) => format!("heard from GitHub {} ago", age::short(model.now, at)),
            (Forge::Github, None) => "nothing heard from GitHub yet".into(),
        };
        let conflicts = match (&pull_request.state, &pull_request.mergeable) {
            (State::Open, Mergeable::Clean) => format!("; it does not conflict with {}", pull_request.base),
            (State::Open, Mergeable::Unknown) => "; whether it conflicts is not known yet".into(),
            _ => String::new(),
        };
        self.wrapped(&format!("{heard}{conflicts}"), 0, styles.dim());
    }

    fn remarks(&mut self, pull_request: &PullRequest) {
        let remarks: Vec<&Remark> = self.model.world.remarks_of(pull_request.id).collect();
        if remarks.is_empty() {
            return;
        }
        self.title(if remarks.len() == 1 { "what was said" } else { "what was said, oldest first" });
        for remark in remarks {
            self.remark(remark);
        }
    }

    fn remark(&mut self, remark: &Remark) {
        let (model, styles) = (self.model, &self.model.styles);
        let here = model.pulls.remark == Some(remark.id);
        if here {
            self.about.remark = Some(self.about.lines.len());
        }
        let mark = if here { "› " } else { "  " };
        let place = remark.place.as_ref().map(|place| format!(" at {place}")).unwrap_or_default();
        let (state, style) = match &remark.state {
            remark::State::Pending if !remark.kind.asks_for_work() => (String::new(), styles.dim()),
            remark::State::Pending => ("  waits".to_owned(), styles.warning()),
            remark::State::Given { session } => (format!("  {session} works on it"), styles.accent()),
            remark::State::Settled { why } => (format!("  settled: {why}"), styles.dim()),
        };
        let age = age::short(model.now, remark.created_at);
        let head = if here { styles.title(true) } else { styles.heading() };
        self.line(vec![
            (mark.into(), styles.key()),
            (format!("{} ", remark.id), styles.dim()),
            (remark.kind.label().into(), head),
            (format!("{}{place}", remark.by()), styles.text()),
            (state, style),
            (format!("  {age}"), styles.dim()),
        ]);
        self.wrapped(&remark.text, 4, styles.text());
    }

    fn body(&mut self, pull_request: &PullRequest) {
        let styles = &self.model.styles;
        if pull_request.body.trim().is_empty() {
            return;
        }
        self.title("what it says");
        self.wrapped(&pull_request.body, 2, styles.text());
    }
}

/// What the newest verification says: `verifying for 12s`.
fn verified_as(model: &Model, verification: &Verification) -> (String, Style) {
    let styles = &model.styles;
    let ago = |at| age::short(model.now, at);
    let ended = verification.ended_at.map(|at| format!(", {} ago", ago(at))).unwrap_or_default();
    match &verification.state {
        verification::State::Running => (format!("● verifying for {}", ago(verification.created_at)), styles.accent()),
        verification::State::Passed { checkpoint } => {
            (format!("✓ verified{ended}, kept as {checkpoint}"), styles.success())
        }
        verification::State::Failed { how } => (format!("✗ not verified{ended}: {how}"), styles.error()),
        verification::State::Broken { why } => (format!("! could not be verified{ended}: {why}"), styles.error()),
    }
}
