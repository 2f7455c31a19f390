//! The form in which a host is added, or what was said of a target is changed.

use ratatui::{buffer::Buffer, layout::Rect};

use super::super::{Strip, sheet};
use crate::tui::{
    action::Action,
    keymap::Key,
    model::{Model, TargetForm},
    text,
};

/// Columns of the labels.
const LABEL: u16 = 12;

/// Draws it.
pub(in crate::tui::view) fn draw(model: &Model, form: &TargetForm, body: Rect, buffer: &mut Buffer) {
    let styles = &model.styles;
    let width = body.width.saturating_sub(4).min(84);
    let title = match &form.edits {
        None => "let sessions run on a host".to_owned(),
        Some(target) => format!("change {}", target.name),
    };
    let keys = model.keymap.binding(Action::Submit).map(|binding| &binding.keys);
    let keys = keys.map(|keys| keys.iter().map(Key::to_string).collect::<Vec<_>>().join(" or ")).unwrap_or_default();
    let hint = match (form.sent, form.edits.is_some()) {
        (true, _) => "sending …".to_owned(),
        (false, true) => format!("{keys} changes it"),
        (false, false) => format!("{keys} adds it"),
    };
    let mut below: Vec<(String, bool)> = Vec::new();
    if form.edits.is_none() {
        let words = "It needs sshd, tmux 3.2 or newer, git and the agents; nothing of ours. It is reached as `ssh` \
                     reaches it, without a question: try that first.";
        below.extend(text::wrap(words, width).into_iter().map(|line| (line, false)));
    }
    if let Some(problem) = &form.problem {
        let words = std::iter::once(problem.what.clone()).chain(problem.hint.iter().map(|hint| format!("→ {hint}")));
        below.extend(words.flat_map(|line| text::wrap(&line, width)).map(|line| (line, true)));
    }
    let fields = u16::try_from(form.fields.len()).unwrap_or(u16::MAX);
    let rows = fields + u16::try_from(below.len()).unwrap_or(u16::MAX) + 1;
    let area = sheet::draw(model, &title, &hint, (width, rows), body, buffer);
    for (at, (field, editor)) in (0..area.height).zip(&form.fields) {
        let focused = usize::from(at) == form.at;
        let style = if focused { styles.title(true) } else { styles.dim() };
        Strip::new(buffer, area, at).left(if focused { "› " } else { "  " }, style).left(field.label(), style);
        let indent = (LABEL + 2).min(area.width);
        let room = Rect { x: area.x + indent, y: area.y + at, width: area.width - indent, height: 1 };
        editor.draw(room, focused, styles.input(), styles.cursor(), buffer);
        if editor.is_blank() {
            Strip::new(buffer, room, 0).skip(if focused { 2 } else { 0 }).left(field.hint(), styles.hint());
        }
    }
    for (at, (line, is_problem)) in (fields + 1..area.height).zip(&below) {
        let style = if *is_problem { styles.error() } else { styles.hint() };
        Strip::new(buffer, area, at).left(line, style);
    }
}
