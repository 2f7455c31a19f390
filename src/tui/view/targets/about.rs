//! Everything about one target: where it is, how it stands, how its machine fares, and what was found there with what to
//! do about it.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::{Strip, load, milliseconds, place, seen};
use crate::{
    domain::{
        Finding, SessionId, Target, TargetSight, Verdict,
        figures::bytes,
        target::{Place, State},
    },
    tui::{action::Action, age, model::Model, text},
};

/// Columns of what was looked at.
const ABOUT: u16 = 13;

/// A line, in stretches of one style each.
type Line = Vec<(String, Style)>;

/// Draws it below a rule that says whose it is.
pub(super) fn draw(model: &Model, target: &Target, area: Rect, buffer: &mut Buffer) {
    let styles = &model.styles;
    let line = "─".repeat(usize::from(area.width));
    Strip::new(buffer, area, 0).left(&line, styles.border(false));
    Strip::new(buffer, area, 0).skip(2).left(&format!(" {} ", target.name), styles.heading());
    let lines = lines(model, target, area.width);
    let room = usize::from(area.height.saturating_sub(1));
    let scroll = if model.sights.whole { model.sights.scroll.min(lines.len().saturating_sub(room)) } else { 0 };
    for (at, line) in (1..area.height).zip(lines.iter().skip(scroll)) {
        let mut strip = Strip::new(buffer, area, at);
        strip.skip(2);
        for (words, style) in line {
            strip.left(words, *style);
        }
    }
    let below = lines.len().saturating_sub(scroll + room);
    if below > 0 {
        let words = match model.sights.whole {
            true => format!(" {below} more ↓ "),
            false => format!(" {below} more: {} ", model.keymap.key(Action::Open)),
        };
        Strip::new(buffer, area, 0).skip_right(2).right(&words, styles.dim().reversed());
    }
}

/// All there is to say.
pub(super) fn lines(model: &Model, target: &Target, width: u16) -> Vec<Line> {
    let width = width.saturating_sub(4);
    let sight = model.sights.of(&target.name);
    let mut lines = vec![stands(model, target)];
    lines.extend(trouble(model, target, width));
    lines.extend(runs(model, target, width));
    lines.push(where_it_is(model, target, sight));
    lines.extend(sight.and_then(|sight| fares(model, sight)));
    lines.extend(bootstrapped(model, sight, width));
    lines.push(Vec::new());
    lines.extend(found(model, target, sight, width));
    lines
}

fn stands(model: &Model, target: &Target) -> Line {
    let styles = &model.styles;
    let since = target.since().map(|since| format!(" since {}", age::short(model.now, since))).unwrap_or_default();
    let mut line = vec![(target.label().to_owned(), styles.target(target)), (since, styles.dim())];
    // What is wanted of it matters also while it is away.
    if target.label() != target.state.label() {
        let words = match target.state {
            State::Online => " · it takes sessions as soon as it is there",
            State::Draining => " · draining: it takes nothing new when it is back",
            State::Disabled => "",
        };
        line.push((words.into(), styles.dim()));
    }
    line
}

fn trouble(model: &Model, target: &Target, width: u16) -> Vec<Line> {
    let Some(trouble) = target.trouble() else { return Vec::new() };
    let end = if trouble.ends_with(['.', '?', '!']) { "" } else { "." };
    let words = format!("It {trouble}{end}");
    let mut lines: Vec<Line> =
        text::wrap(&words, width).into_iter().map(|line| vec![(line, model.styles.target(target))]).collect();
    let there = under_way(model, target);
    if !there.is_empty() {
        let words = format!(
            "{} may go on there unseen: nothing is assumed, messages wait, and it is tried again by itself.",
            list(&there)
        );
        lines.extend(text::wrap(&words, width).into_iter().map(|line| vec![(line, model.styles.text())]));
    }
    lines
}

fn runs(model: &Model, target: &Target, width: u16) -> Vec<Line> {
    let there = under_way(model, target);
    if there.is_empty() || target.trouble().is_some() {
        return Vec::new();
    }
    let words = format!("runs {}", list(&there));
    text::wrap(&words, width).into_iter().map(|line| vec![(line, model.styles.text())]).collect()
}

fn under_way(model: &Model, target: &Target) -> Vec<SessionId> {
    let there = model.world.sessions.values().filter(|session| session.target == target.name);
    there.filter(|session| session.state.takes_a_place()).map(|session| session.id).collect()
}

fn list(sessions: &[SessionId]) -> String {
    sessions.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn where_it_is(model: &Model, target: &Target, sight: Option<&TargetSight>) -> Line {
    let styles = &model.styles;
    let mut parts = vec![place(target)];
    if let Place::Ssh(place) = &target.place {
        let root = place.work_root.as_ref().map(|root| root.display().to_string());
        parts.push(format!("in {}", root.unwrap_or_else(|| "~/.local/share/quarterdeck".into())));
        parts.extend(place.address.identity().map(|file| format!("key {}", file.display())));
        parts.extend(
            sight.and_then(|sight| sight.round_trip_ms).map(|long| format!("answers in {}", milliseconds(long))),
        );
        parts.push(match seen(model.now, target, sight) {
            Some(ago) if ago == "now" => "answered just now".into(),
            Some(ago) => format!("answered last {ago} ago"),
            None => "has not answered since the daemon started".into(),
        });
    }
    if !target.labels.is_empty() {
        let labels: Vec<&str> = target.labels.iter().map(crate::domain::TargetLabel::as_str).collect();
        parts.push(format!("labels {}", labels.join(" ")));
    }
    vec![(parts.join(" · "), styles.dim())]
}

fn fares(model: &Model, sight: &TargetSight) -> Option<Line> {
    let machine = sight.machine.as_ref()?;
    let words = format!(
        "load {}, {} of {} memory free, {} disk free",
        load(machine),
        bytes(machine.memory_free),
        bytes(machine.memory_total),
        bytes(machine.disk_free)
    );
    let old = match model.now.since(machine.at).as_secs() {
        0..15 => String::new(),
        _ => format!(" ({} ago)", age::short(model.now, machine.at)),
    };
    Some(vec![(words, model.styles.text()), (old, model.styles.warning())])
}

fn bootstrapped(model: &Model, sight: Option<&TargetSight>, width: u16) -> Vec<Line> {
    let styles = &model.styles;
    let Some(bootstrap) = sight.and_then(|sight| sight.bootstrap.as_ref()) else { return Vec::new() };
    let style = if bootstrap.succeeded == Some(false) { styles.error() } else { styles.text() };
    let mut lines: Vec<Line> =
        text::wrap(&bootstrap.ended, width).into_iter().map(|line| vec![(line, style)]).collect();
    if model.sights.whole {
        lines.extend(bootstrap.output.lines().map(|line| vec![(format!("  {line}"), styles.dim())]));
    }
    lines
}

/// What was found there, the worst first.
fn found(model: &Model, target: &Target, sight: Option<&TargetSight>, width: u16) -> Vec<Line> {
    let styles = &model.styles;
    let key = model.keymap.key(Action::CheckTarget);
    let Some(sight) = sight.filter(|sight| sight.examined_at.is_some()) else {
        let words = format!("{} was not looked at since the daemon started; {key} looks now", target.name);
        return vec![vec![(words, styles.hint())]];
    };
    let ago = sight.examined_at.map(|at| age::short(model.now, at)).unwrap_or_default();
    let mut lines = vec![vec![
        ("what was found there".to_owned(), styles.heading()),
        (format!("  {ago} ago; {key} looks again"), styles.hint()),
    ]];
    let mut findings: Vec<&Finding> = sight.findings.iter().collect();
    findings.sort_by_key(|finding| match finding.verdict {
        Verdict::Bad => 0,
        Verdict::Mind => 1,
        Verdict::Good => 2,
        Verdict::Absent => 3,
    });
    lines.extend(findings.into_iter().flat_map(|finding| tell(model, finding, width)));
    lines
}

fn tell(model: &Model, finding: &Finding, width: u16) -> Vec<Line> {
    let styles = &model.styles;
    let (mark, style) = match finding.verdict {
        Verdict::Good => ("✓", styles.success()),
        Verdict::Absent => ("–", styles.dim()),
        Verdict::Mind => ("!", styles.warning()),
        Verdict::Bad => ("✗", styles.error()),
    };
    let words = if finding.verdict == Verdict::Absent { styles.dim() } else { styles.text() };
    let about = format!("{mark} {:<width$}", finding.about, width = usize::from(ABOUT) - 2);
    let rest = width.saturating_sub(ABOUT).max(8);
    let remedy = finding.remedy.as_ref().map(|remedy| format!("→ {remedy}"));
    // Both on one line where there is room for both.
    if let Some(remedy) = &remedy
        && text::width(&finding.found) + text::width(remedy) + 2 <= rest
    {
        return vec![vec![(about, style), (format!("{}  ", finding.found), words), (remedy.clone(), styles.hint())]];
    }
    let indent = " ".repeat(usize::from(ABOUT));
    let mut lines: Vec<Line> = Vec::new();
    for (at, line) in text::wrap(&finding.found, rest).into_iter().enumerate() {
        let before = if at == 0 { (about.clone(), style) } else { (indent.clone(), words) };
        lines.push(vec![before, (line, words)]);
    }
    for line in remedy.iter().flat_map(|remedy| text::wrap(remedy, rest)) {
        lines.push(vec![(indent.clone(), words), (line, styles.hint())]);
    }
    lines
}
