//! The line at the top: how many sessions stand how, which views there are, how it stands with the daemon.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::Style,
};

use super::Strip;
use crate::{
    domain::activity::Doing,
    tui::{
        action::Action,
        age,
        model::{Daemon, Model, View},
        text,
        theme::Role,
    },
};

/// Columns of the program's name.
const BADGE: u16 = 5;
/// Columns that are the counts' at least.
const LEAST_COUNTS: u16 = 17;

/// Draws it.
pub(super) fn draw(model: &Model, area: Rect, buffer: &mut Buffer) {
    let styles = &model.styles;
    let mut strip = Strip::new(buffer, area, 0);
    strip.left(" qd ", styles.badge(Role::Accent)).skip(1);
    let daemon = match &model.daemon {
        Daemon::Connecting => Some(("connecting ".to_owned(), styles.dim())),
        Daemon::Connected => None,
        Daemon::Away { since, .. } => {
            Some((format!("! daemon away since {} ", age::short(model.now, *since)), styles.error()))
        }
    };
    if let Some((words, style)) = daemon {
        strip.right(&words, style);
    }
    if let Some(names) = names(model, area) {
        for view in View::ALL.into_iter().rev() {
            let style = if view == model.view { styles.title(true).underlined() } else { styles.dim() };
            strip.right("  ", styles.dim()).right(&view_words(model, view, names), style);
        }
    }
    counts(model, &mut strip);
}

fn counts(model: &Model, strip: &mut Strip<'_>) {
    let mut any = false;
    for (words, style) in count_words(model) {
        if text::width(&words) + 2 > strip.free() {
            break;
        }
        strip.left(&words, style).skip(2);
        any = true;
    }
    if !any && model.daemon == Daemon::Connected {
        strip.left(if model.is_empty() { "no sessions yet" } else { "all quiet" }, model.styles.dim());
    }
}

/// How many sessions stand how, what matters most first.
fn count_words(model: &Model) -> impl Iterator<Item = (String, Style)> {
    let (styles, counts) = (&model.styles, model.index.counts());
    let failed = styles.state(&crate::domain::session::State::Failed { cause: String::new() });
    let parts = [
        (counts.asking, "?", "asking", styles.doing(Doing::Asking)),
        (counts.your_turn, "◆", "your turn", styles.doing(Doing::YourTurn)),
        (counts.working, "●", "working", styles.doing(Doing::Working)),
        (counts.waiting, "○", "waiting", styles.dim()),
        (counts.failed, "✗", "failed", failed),
        (counts.unknown, "~", "unknown", styles.dim()),
    ];
    let some = parts.into_iter().filter(|(count, ..)| *count > 0);
    let away = match model.hosts_away().as_slice() {
        [] => None,
        [one] => Some((format!("! {} {}", one.name, one.link.label()), styles.error())),
        several => Some((format!("! {} hosts away", several.len()), styles.error())),
    };
    away.into_iter().chain(some.map(|(count, glyph, word, style)| (format!("{glyph} {count} {word}"), style)))
}

/// Which views are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Names {
    /// All of them.
    All,
    /// The one that is shown; of the others stand their keys.
    Shown,
}

/// Which views are named in the room that the counts leave; none where not even the keys fit.
fn names(model: &Model, area: Rect) -> Option<Names> {
    let counts: u16 = count_words(model).map(|(words, _)| text::width(&words) + 2).sum();
    let free = area.width.saturating_sub(BADGE + counts.max(LEAST_COUNTS));
    [Names::All, Names::Shown].into_iter().find(|&names| views_width(model, names) < free)
}

fn view_words(model: &Model, view: View, names: Names) -> String {
    let mut words = model.keymap.key(view.action());
    if names == Names::All || view == model.view {
        words.push_str(&format!(" {}", view.label()));
    }
    let waiting = match view {
        View::Questions => model.world.questions.len(),
        View::PullRequests => model.pulls.needing_you(&model.world),
        View::Board | View::Targets | View::Activity | View::Usage | View::Workspaces | View::Diff => 0,
    };
    if waiting > 0 { format!("{words} ({waiting})") } else { words }
}

fn views_width(model: &Model, names: Names) -> u16 {
    View::ALL.into_iter().map(|view| text::width(&view_words(model, view, names)) + 2).sum()
}

/// The action that shows the view whose name is at `at`.
pub fn view_at(model: &Model, area: Rect, at: Position) -> Option<Action> {
    if model.daemon != Daemon::Connected {
        return None;
    }
    let names = names(model, area)?;
    let mut start = area.right().saturating_sub(views_width(model, names));
    for view in View::ALL {
        let end = start + text::width(&view_words(model, view, names)) + 2;
        if (start..end).contains(&at.x) {
            return Some(view.action());
        }
        start = end;
    }
    None
}
