//! The form that creates an objective or a session.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{Strip, sheet};
use crate::{
    api::wire::Found,
    domain::workspace,
    tui::{
        action::Action,
        keymap::Key,
        model::{
            Agents, Form, Model,
            form::{Creates, Field},
        },
        text,
    },
};

/// Columns of the labels.
const LABEL: u16 = 12;

/// Draws it.
pub(super) fn draw(model: &Model, form: &Form, body: Rect, buffer: &mut Buffer) {
    let styles = &model.styles;
    let title = match form.creates {
        Creates::Objective => "new objective".to_owned(),
        Creates::Session(objective) => format!("new session in {objective}"),
    };
    let keys = model.keymap.binding(Action::Submit).map(|binding| &binding.keys);
    let keys = keys.map(|keys| keys.iter().map(Key::to_string).collect::<Vec<_>>().join(" or ")).unwrap_or_default();
    let hint = if form.sent { "starting …".to_owned() } else { format!("{keys} starts it") };
    let width = body.width.saturating_sub(4).min(96);
    let agents = agent_lines(model, form);
    let choices = u16::try_from(agents.len()).unwrap_or(u16::MAX);
    let fields = u16::try_from(form.fields().len()).unwrap_or(u16::MAX);
    let prompt = (body.height.saturating_sub(fields + choices + 6)).clamp(3, 8);
    let problem: Vec<String> = form
        .problem
        .iter()
        .flat_map(|problem| {
            let hint = problem.hint.iter().map(|hint| format!("→ {hint}"));
            std::iter::once(problem.what.clone())
                .chain(hint)
                .flat_map(|line| text::wrap(&line, width))
                .collect::<Vec<_>>()
        })
        .collect();
    let complaint = u16::try_from(problem.len()).unwrap_or(u16::MAX);
    let rows = prompt + fields + choices + complaint + 2;
    let area = sheet::draw(model, &title, &hint, (width, rows), body, buffer);
    let mut at = 0;
    for field in form.fields() {
        let focused = form.field == field;
        let style = if focused { styles.title(true) } else { styles.dim() };
        let mark = if focused { "› " } else { "  " };
        if field == Field::Prompt {
            Strip::new(buffer, area, at).left(mark, style).left(field.label(), style);
            let room = line(area, at + 1, prompt, 2);
            form.prompt.draw(room, focused, styles.input(), styles.cursor(), buffer);
            at += prompt + 1;
            continue;
        }
        Strip::new(buffer, area, at).left(mark, style).left(field.label(), style);
        let room = line(area, at, 1, LABEL + 2);
        draw_field(model, form, field, room, buffer);
        at += 1;
        if field == Field::Agent {
            for (words, usable) in &agents {
                let style = if *usable { styles.text() } else { styles.dim() };
                Strip::new(buffer, area, at).skip(LABEL + 2).left(words, style);
                at += 1;
            }
        }
    }
    for (below, words) in (at + 1..).zip(&problem) {
        Strip::new(buffer, area, below).left(words, styles.error());
    }
}

/// `rows` lines of `area` from line `at` on, without the first columns.
fn line(area: Rect, at: u16, rows: u16, indent: u16) -> Rect {
    let y = area.y.saturating_add(at);
    let height = rows.min(area.bottom().saturating_sub(y));
    let indent = indent.min(area.width);
    Rect { x: area.x + indent, y, width: area.width - indent, height }
}

fn draw_field(model: &Model, form: &Form, field: Field, area: Rect, buffer: &mut Buffer) {
    let styles = &model.styles;
    let focused = form.field == field;
    if area.is_empty() {
        return;
    }
    match field {
        Field::Prompt => {}
        Field::Repository if !focused && form.repository.is_blank() => {
            hint(model, "none: a scratch folder", area, buffer)
        }
        Field::Repository => {
            form.repository.draw(area, focused, styles.input(), styles.cursor(), buffer);
            if !form.folders.is_empty() {
                let names: Vec<_> = form.folders.iter().filter_map(|path| path.file_name()?.to_str()).collect();
                let free = area.width / 2;
                let words = names.join("  ");
                Strip::new(buffer, area, 0).right(&text::cut(&text::clean(&words), free), styles.hint());
            }
        }
        Field::Base if !focused && form.base.is_blank() => {
            hint(model, "the default branch, freshly fetched", area, buffer);
        }
        Field::Base => form.base.draw(area, focused, styles.input(), styles.cursor(), buffer),
        Field::Agent => {
            let default = model.agents.list().iter().find(|agent| agent.default);
            let words = match (&form.agent, default) {
                (Some(name), _) => name.to_string(),
                (None, Some(default)) => format!("{}, the default", default.name),
                (None, None) => "the default".into(),
            };
            choice(model, &words, focused, area, buffer);
        }
        Field::Target => {
            let here = match form.creates {
                Creates::Objective => "wherever it fits, this machine first".to_owned(),
                Creates::Session(_) => "as the newest session of the objective".to_owned(),
            };
            let words = form.target.as_ref().map_or(here, ToString::to_string);
            choice(model, &words, focused, area, buffer);
        }
        Field::Workspace => {
            let words = match form.workspace {
                None => "as it fits: isolated in a repository, scratch outside",
                Some(workspace::Kind::Isolated) => "isolated: a git worktree and branch of its own",
                Some(workspace::Kind::PullRequest) => "pull request: a git worktree on its branch",
                Some(workspace::Kind::Shared) => "shared: your own checkout, as it is",
                Some(workspace::Kind::Scratch) => "scratch: an empty folder",
            };
            choice(model, words, focused, area, buffer);
        }
        Field::Kind => {
            let mut strip = Strip::new(buffer, area, 0);
            strip.left("one plain session", styles.text()).left("   a manager: not in this version", styles.dim());
        }
    }
}

fn hint(model: &Model, words: &str, area: Rect, buffer: &mut Buffer) {
    Strip::new(buffer, area, 0).left(words, model.styles.hint());
}

fn choice(model: &Model, words: &str, focused: bool, area: Rect, buffer: &mut Buffer) {
    let styles = &model.styles;
    let mut strip = Strip::new(buffer, area, 0);
    if focused {
        strip.left("‹ ", styles.key()).left(words, styles.text()).left(" ›", styles.key());
    } else {
        strip.left(words, styles.text());
    }
}

/// The agents there are, while the keys choose one: which can be used, and why the others can't.
fn agent_lines(model: &Model, form: &Form) -> Vec<(String, bool)> {
    if form.field != Field::Agent {
        return Vec::new();
    }
    match &model.agents {
        Agents::Unknown => vec![("looking for agents …".into(), false)],
        Agents::Failed(problem) => vec![(problem.what.clone(), false)],
        Agents::Known(agents) => agents
            .iter()
            .map(|agent| match &agent.found {
                Found::Usable { version, .. } => {
                    let default = if agent.default { "the default" } else { "" };
                    let is_chosen = form.agent.as_ref().map_or(agent.default, |name| *name == agent.name);
                    let chosen = if is_chosen { "●" } else { "○" };
                    (format!("{chosen} {:<10} {:<13}{version}", agent.name, default), true)
                }
                Found::Unusable { reason } => (format!("– {:<10} {reason}", agent.name), false),
            })
            .collect(),
    }
}
