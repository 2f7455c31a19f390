//! Keys in what lies over the views.

use crossterm::event::{KeyCode, KeyEvent};

use super::{actions, artifacts, diff, past};
use crate::{
    api::wire::Why,
    domain::{Command, SessionId, TargetName},
    tui::{
        action::Action,
        effect::{Effect, Purpose},
        message::Problem,
        model::{
            Model, Overlay,
            board::is_plain,
            overlay::{self, Wanted},
        },
        pane::scroll,
        theme::Styles,
    },
};

/// A key while something lies over the view.
pub(super) fn key(model: &mut Model, action: Option<Action>, key: KeyEvent, effects: &mut Vec<Effect>) {
    match &mut model.overlay {
        Some(Overlay::Why { session, .. }) if action == Some(Action::SaveWhy) => {
            effects.push(Effect::SaveWhy(*session));
            model.overlay = None;
        }
        Some(Overlay::Help { scroll } | Overlay::Why { scroll, .. }) => match action {
            Some(Action::MoveDown) => *scroll = scroll.saturating_add(1),
            Some(Action::MoveUp) => *scroll = scroll.saturating_sub(1),
            Some(Action::MoveFirst) => *scroll = 0,
            Some(Action::NextThatNeedsYou) => *scroll = scroll.saturating_add(10),
            _ => model.overlay = None,
        },
        Some(Overlay::Artifacts(_)) => artifacts::key(model, action, effects),
        Some(Overlay::Palette(_)) => palette(model, action, key, effects),
        Some(Overlay::Themes { .. }) => themes(model, action, effects),
        Some(Overlay::Sides(_)) => diff::sides::key(model, action),
        Some(Overlay::Confirm(_)) => confirm(model, action, effects),
        Some(Overlay::Line(_)) => line(model, action, key, effects),
        Some(Overlay::Form(_) | Overlay::Offer(_) | Overlay::Target(_) | Overlay::Merging(_)) | None => {}
    }
}

/// Explains how we know what a session is doing.
pub(super) fn explained(model: &mut Model, session: SessionId, explained: Result<Box<Why>, Problem>) {
    if let Some(Overlay::Why { session: shown, answer, .. }) = &mut model.overlay
        && *shown == session
    {
        *answer = Some(explained);
    }
}

fn palette(model: &mut Model, action: Option<Action>, key: KeyEvent, effects: &mut Vec<Effect>) {
    let Some(Overlay::Palette(palette)) = &mut model.overlay else { return };
    match (action, key.code) {
        (Some(Action::Close), _) => model.overlay = None,
        (Some(Action::Submit), _) | (_, KeyCode::Enter) => {
            let chosen = palette.action();
            model.overlay = None;
            if let Some(action) = chosen {
                actions::act(model, action, effects);
            }
        }
        (Some(Action::NextField), _) | (_, KeyCode::Down) => palette.step(1),
        (Some(Action::PreviousField), _) | (_, KeyCode::Up) => palette.step(-1),
        _ => {
            palette.query.type_key(key);
            palette.find();
        }
    }
}

/// Themes are tried on while the cursor moves.
fn themes(model: &mut Model, action: Option<Action>, effects: &mut Vec<Effect>) {
    let Some(Overlay::Themes { before }) = &model.overlay else { return };
    let here = model.styles.theme().name().to_owned();
    let theme = match action {
        Some(Action::MoveDown | Action::NextView | Action::ChooseTheme) => model.themes.next(&here),
        Some(Action::MoveUp | Action::PreviousView) => model.themes.previous(&here),
        Some(Action::Back) => model.themes.choose(before).0,
        Some(_) => model.themes.choose(&here).0,
        None => return,
    };
    model.styles = Styles::new(theme, model.styles.colors());
    let goes_on = matches!(
        action,
        Some(Action::MoveDown | Action::MoveUp | Action::NextView | Action::PreviousView | Action::ChooseTheme)
    );
    if !goes_on {
        model.overlay = None;
    }
    if action == Some(Action::KeepTheme) {
        keep_theme(model, effects);
    }
}

/// Keeps the theme that is seen, for the next time too.
pub(super) fn keep_theme(model: &mut Model, effects: &mut Vec<Effect>) {
    let name = model.styles.theme().name().to_owned();
    match model.settings.config_file.clone() {
        Some(file) => effects.push(Effect::KeepTheme { file, name }),
        None => super::refuse(model, "nothing is kept here", format!("--set dashboard.theme={name} starts with it")),
    }
}

fn confirm(model: &mut Model, action: Option<Action>, effects: &mut Vec<Effect>) {
    match action {
        Some(Action::Confirm) => {
            if let Some(Overlay::Confirm(confirm)) = model.overlay.take() {
                let purpose = Purpose::Other { done: confirm.done };
                effects.push(Effect::Ask { purpose, command: confirm.command });
            }
        }
        Some(Action::Decline) => model.overlay = None,
        _ => {}
    }
}

fn line(model: &mut Model, action: Option<Action>, key: KeyEvent, effects: &mut Vec<Effect>) {
    let Some(Overlay::Line(line)) = &mut model.overlay else { return };
    match (action, key.code) {
        (Some(Action::Close), _) => model.overlay = None,
        (Some(Action::Submit), _) | (_, KeyCode::Enter) => {
            if line.editor.is_blank() {
                line.problem = Some(Problem::new("write something, or leave with Esc"));
            } else {
                let (wanted, text) = (line.wanted.clone(), line.editor.text().trim().to_owned());
                model.overlay = None;
                match wanted {
                    Wanted::Search => past::moved(model, scroll::Message::Search(text), effects),
                    Wanted::SessionTitle(session) => rename(model, session, text, effects),
                    Wanted::Capacity(target) => match text.parse() {
                        Ok(capacity) => effects.push(set_capacity(target, capacity)),
                        Err(_) => {
                            let problem = Problem::new(format!("{text:?} is no number of sessions"));
                            let again = overlay::Line::new(Wanted::Capacity(target), &text, Some(problem));
                            model.overlay = Some(Overlay::Line(again));
                        }
                    },
                    Wanted::ObjectiveTitle(_)
                    | Wanted::Reason(_)
                    | Wanted::Settled(_)
                    | Wanted::Overruled(_)
                    | Wanted::Leaving(_) => effects.extend(ask(wanted, text)),
                }
            }
        }
        _ => line.editor.type_key(key),
    }
}

fn set_capacity(target: TargetName, capacity: u32) -> Effect {
    let done = match capacity {
        0 => format!("{target} has no cap of its own"),
        most => format!("{target} runs at most {most} sessions at once"),
    };
    let command = Command::SetTarget { target, open: None, capacity: Some(capacity) };
    Effect::Ask { purpose: Purpose::Other { done }, command }
}

/// A session that is all of its objective takes the objective's name along: they stay one line.
fn rename(model: &Model, session: SessionId, title: String, effects: &mut Vec<Effect>) {
    let whole = model.world.sessions.get(&session).map(|session| session.objective).filter(|objective| {
        let group = model.index.group(*objective);
        group.is_some_and(|group| group.sessions.len() == 1) && is_plain(&model.world, *objective, session)
    });
    let purpose = Purpose::Other { done: format!("{session} is renamed") };
    if let Some(objective) = whole {
        let command = Command::RenameObjective { objective, title: title.clone() };
        effects.push(Effect::Ask { purpose: purpose.clone(), command });
    }
    effects.push(Effect::Ask { purpose, command: Command::RenameSession { session, title } });
}

fn ask(wanted: Wanted, text: String) -> Option<Effect> {
    Some(match wanted {
        Wanted::Search | Wanted::SessionTitle(_) | Wanted::Capacity(_) => return None,
        Wanted::Leaving(target) => Effect::Ask {
            purpose: Purpose::Other { done: format!("{target} was removed") },
            command: Command::RemoveTarget { target, reason: Some(text) },
        },
        Wanted::ObjectiveTitle(objective) => Effect::Ask {
            purpose: Purpose::Other { done: format!("{objective} is renamed") },
            command: Command::RenameObjective { objective, title: text },
        },
        Wanted::Settled(remark) => Effect::Ask {
            purpose: Purpose::Other { done: format!("{remark} is settled") },
            command: Command::SettleRemark { remark, why: Some(text) },
        },
        Wanted::Overruled(session) => Effect::Ask {
            purpose: Purpose::Other { done: format!("the change of {session} may pass") },
            command: Command::Overrule { session, reason: text },
        },
        Wanted::Reason(workspace) => Effect::Ask {
            purpose: Purpose::Other { done: format!("{workspace} is being removed") },
            command: Command::Reclaim { workspace, reason: Some(text) },
        },
    })
}
