//! The line at the top: how many sessions stand how, which views there are, how it stands with the daemon.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

use super::Strip;
use crate::tui::{
    action::Action,
    age,
    model::{Daemon, Model, View},
    text,
    theme::Role,
};

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
    let views = views_width(model);
    let with_views = area.width >= views + 40;
    if with_views {
        for view in View::ALL.into_iter().rev() {
            let style = if view == model.view { styles.title(true).underlined() } else { styles.dim() };
            strip.right("  ", styles.dim()).right(&view_words(model, view), style);
        }
    }
    counts(model, &mut strip);
}

fn counts(model: &Model, strip: &mut Strip<'_>) {
    use crate::domain::activity::Doing;
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
    let mut any = false;
    for (count, glyph, word, style) in parts.into_iter().filter(|(count, ..)| *count > 0) {
        let words = format!("{glyph} {count} {word}");
        if text::width(&words) + 2 > strip.free() {
            break;
        }
        strip.left(&words, style).skip(2);
        any = true;
    }
    if !any && model.daemon == Daemon::Connected {
        strip.left(if model.is_empty() { "no sessions yet" } else { "all quiet" }, styles.dim());
    }
}

fn view_words(model: &Model, view: View) -> String {
    let (key, name) = (model.keymap.key(view.action()), view.label());
    match (view, model.world.questions.len()) {
        (View::Questions, count) if count > 0 => format!("{key} {name} ({count})"),
        _ => format!("{key} {name}"),
    }
}

fn views_width(model: &Model) -> u16 {
    View::ALL.into_iter().map(|view| text::width(&view_words(model, view)) + 2).sum()
}

/// The action that shows the view whose name is at `at`.
pub fn view_at(model: &Model, area: Rect, at: Position) -> Option<Action> {
    if model.daemon != Daemon::Connected || area.width < views_width(model) + 40 {
        return None;
    }
    let mut start = area.right() - views_width(model);
    for view in View::ALL {
        let end = start + text::width(&view_words(model, view)) + 2;
        if (start..end).contains(&at.x) {
            return Some(view.action());
        }
        start = end;
    }
    None
}
