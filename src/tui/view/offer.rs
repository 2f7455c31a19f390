//! The form in which work is offered for review, or something is said about it.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{Strip, sheet};
use crate::{
    domain::{SessionId, pull_request::Forge},
    tui::{
        action::Action,
        keymap::Key,
        model::{
            Model, Offer,
            offer::{Field, Wants},
        },
        text,
    },
};

/// Columns of the labels.
const LABEL: u16 = 12;

/// Draws it.
pub(super) fn draw(model: &Model, form: &Offer, body: Rect, buffer: &mut Buffer) {
    let styles = &model.styles;
    let width = body.width.saturating_sub(4).min(96);
    let problem: Vec<String> = form
        .problem
        .iter()
        .flat_map(|problem| {
            std::iter::once(problem.what.clone()).chain(problem.hint.iter().map(|hint| format!("→ {hint}")))
        })
        .flat_map(|line| text::wrap(&line, width))
        .collect();
    let complaint = u16::try_from(problem.len()).unwrap_or(u16::MAX);
    let others = u16::try_from(form.fields().len()).unwrap_or(u16::MAX) - 1;
    let text = body.height.saturating_sub(others + complaint + 6).clamp(3, 14);
    let rows = text + 1 + others + complaint;
    let (title, hint) = (title(model, form), hint(model, form));
    let area = sheet::draw(model, &title, &hint, (width, rows), body, buffer);
    let mut at = 0;
    for &field in form.fields() {
        let focused = form.field == field;
        let style = if focused { styles.title(true) } else { styles.dim() };
        let mark = if focused { "› " } else { "  " };
        Strip::new(buffer, area, at).left(mark, style).left(field.label(), style);
        if field == Field::Body {
            let room = line(area, at + 1, text, 2);
            form.body.draw(room, focused, styles.input(), styles.cursor(), buffer);
            at += text + 1;
        } else {
            draw_field(model, form, field, line(area, at, 1, LABEL + 2), buffer);
            at += 1;
        }
    }
    for (below, words) in (at..).zip(&problem) {
        Strip::new(buffer, area, below).left(words, styles.error());
    }
}

fn title(model: &Model, form: &Offer) -> String {
    let name = |id| model.world.pull_requests.get(&id).map_or_else(|| id.to_string(), |found| found.name());
    match form.wants {
        Wants::Publish(session) => format!("publish the work of {session}"),
        Wants::Update(session, existing) => format!("publish the work of {session} again: updates {}", name(existing)),
        Wants::Comment(about) => format!("say something about {}", name(about)),
    }
}

fn hint(model: &Model, form: &Offer) -> String {
    let keys = model.keymap.binding(Action::Submit).map(|binding| &binding.keys);
    let keys = keys.map(|keys| keys.iter().map(Key::to_string).collect::<Vec<_>>().join(" or ")).unwrap_or_default();
    match form.wants {
        _ if form.sent => "sending …".into(),
        Wants::Publish(_) | Wants::Update(..) => format!("{keys} publishes it"),
        Wants::Comment(_) => format!("{keys} sends it"),
    }
}

fn draw_field(model: &Model, form: &Offer, field: Field, area: Rect, buffer: &mut Buffer) {
    let styles = &model.styles;
    let focused = form.field == field;
    match field {
        Field::Body => {}
        Field::Title => form.title.draw(area, focused, styles.input(), styles.cursor(), buffer),
        Field::Base if !focused && form.base.is_blank() => {
            let words = match form.wants {
                Wants::Publish(session) => base_of(model, session),
                Wants::Update(..) | Wants::Comment(_) => None,
            };
            let words = words.map(|base| format!("where it started from: {base}"));
            let words = words.unwrap_or_else(|| "the branch that the work started from".into());
            Strip::new(buffer, area, 0).left(&words, styles.hint());
        }
        Field::Base => form.base.draw(area, focused, styles.input(), styles.cursor(), buffer),
        Field::Forge => {
            let words = match form.forge {
                None => "as the repository is set up",
                Some(Forge::Local) => "local: reviewed and merged on this machine",
                Some(Forge::Github) => "github: as a pull request there, through gh",
            };
            let mut strip = Strip::new(buffer, area, 0);
            if focused {
                strip.left("‹ ", styles.key()).left(words, styles.text()).left(" ›", styles.key());
            } else {
                strip.left(words, styles.text());
            }
        }
    }
}

fn base_of(model: &Model, session: SessionId) -> Option<&str> {
    let workspace = model.world.workspaces.get(&model.world.sessions.get(&session)?.workspace?)?;
    Some(workspace.base.as_ref()?.reference.as_str())
}

/// `rows` lines of `area` from line `at` on, without the first columns.
fn line(area: Rect, at: u16, rows: u16, indent: u16) -> Rect {
    let y = area.y.saturating_add(at);
    let height = rows.min(area.bottom().saturating_sub(y));
    let indent = indent.min(area.width);
    Rect { x: area.x + indent, y, width: area.width - indent, height }
}
