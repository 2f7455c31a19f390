//! What each action does.

use super::{answer, artifacts, cancel, checkouts, create, diff, needing, past, pulls, refuse, steer, targets};
use crate::{
    domain::{Command, Session, SessionId, objective, session::State},
    tui::{
        action::Action,
        effect::{Effect, Purpose},
        model::{
            Focus, Model, Overlay, Row, View,
            form::Creates,
            overlay::{Confirm, Line, Wanted},
            palette::Palette,
        },
        pane::scroll,
        view::Areas,
    },
};

/// Does `action`.
pub(super) fn act(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    match action {
        Action::MoveDown => step(model, 1),
        Action::MoveUp => step(model, -1),
        Action::MoveFirst => step(model, isize::MIN / 2),
        Action::MoveLast => step(model, isize::MAX / 2),
        Action::PageUp => page(model, scroll::Message::PageUp, -1, effects),
        Action::PageDown => page(model, scroll::Message::PageDown, 1, effects),
        Action::ScrollUp => past::moved(model, scroll::Message::Up(1), effects),
        Action::ScrollDown => past::moved(model, scroll::Message::Down(1), effects),
        Action::ScrollFirst => past::moved(model, scroll::Message::Home, effects),
        Action::ScrollLast => past::moved(model, scroll::Message::End, effects),
        Action::Search => model.overlay = Some(Overlay::Line(Line::new(Wanted::Search, "", None))),
        Action::SearchNext => past::moved(model, scroll::Message::Next, effects),
        Action::SearchPrevious => past::moved(model, scroll::Message::Previous, effects),
        Action::Open => open(model, effects),
        Action::NextThatNeedsYou => needing::next(model),
        Action::NewObjective => create::open(model, Creates::Objective, effects),
        Action::NewSession => match model.objective().map(|objective| objective.id) {
            Some(objective) => create::open(model, Creates::Session(objective), effects),
            None => create::open(model, Creates::Objective, effects),
        },
        Action::Steer => on_session(model, steer::open),
        Action::TakeOver => take_over(model, effects),
        Action::Attach => on_live(model, |_, session| effects.push(Effect::Attach(session))),
        Action::CopyAttachLine => on_live(model, |_, session| effects.push(Effect::CopyAttachLine(session))),
        Action::Interrupt => on_live(model, |_, session| {
            effects.push(ask(Command::Interrupt { session }, format!("{session} is being interrupted")));
        }),
        Action::Cancel => cancel::ask(model),
        Action::MarkDone => mark_done(model),
        Action::Resume => resume(model, effects),
        Action::SaveWhy => on_session(model, |_, session| effects.push(Effect::SaveWhy(session))),
        Action::Why => on_session(model, |model, session| {
            model.overlay = Some(Overlay::Why { session, answer: None, scroll: 0 });
            effects.push(Effect::Explain(session));
        }),
        Action::Diff => diff::open(model),
        Action::NextHunk
        | Action::PreviousHunk
        | Action::NextFile
        | Action::PreviousFile
        | Action::OtherPane
        | Action::ScrollLeft
        | Action::ScrollRight
        | Action::ChangeLayout
        | Action::CompareWith
        | Action::Comment
        | Action::DeleteComment
        | Action::SendComments
        | Action::EditFile
        | Action::Refresh
        | Action::CloseDiff => diff::act(model, action, effects),
        Action::Rename => rename(model),
        Action::Archive => archive(model, effects),
        Action::Reclaim => checkouts::reclaim(model, effects),
        Action::ReclaimUnused => checkouts::reclaim_unused(model, effects),
        Action::Artifacts => artifacts::open(model),
        Action::ExportReport => match model.objective().map(|objective| objective.id) {
            Some(objective) => effects.push(Effect::Export(objective)),
            None => refuse(model, "nothing is selected", "move the cursor to an objective"),
        },
        Action::Filter => {
            show(model, View::Board);
            model.focus = Focus::Filter;
        }
        Action::Fold => {
            model.board.fold();
            model.board.derive(&model.world, &model.index);
        }
        Action::Undo => {
            if model.board.undo() {
                model.board.derive(&model.world, &model.index);
            } else {
                refuse(model, "there is no filter and no fold to undo", "what agents did is in the activity view");
            }
        }
        Action::FocusScreen if model.session().is_some() => {
            show(model, View::Board);
            model.focus = Focus::Screen;
        }
        Action::FocusScreen => {}
        Action::FocusBoard | Action::Back => back(model, action),
        Action::Answer1
        | Action::Answer2
        | Action::Answer3
        | Action::Answer4
        | Action::Answer5
        | Action::Answer6
        | Action::Answer7
        | Action::Answer8
        | Action::Answer9 => answer::choose(model, action.answer().unwrap_or_default(), effects),
        Action::AnswerYes | Action::AnswerAlways | Action::AnswerNo => answer::by_meaning(model, action, effects),
        Action::AnswerInWords => answer::in_words(model),
        Action::Publish
        | Action::Merge
        | Action::Verify
        | Action::Overrule
        | Action::CommentPullRequest
        | Action::FollowUp
        | Action::SettleRemark
        | Action::ClosePullRequest
        | Action::CopyUrl
        | Action::NextRemark
        | Action::PreviousRemark => pulls::act(model, action, effects),
        Action::OpenTarget
        | Action::DrainTarget
        | Action::DisableTarget
        | Action::AddTarget
        | Action::EditTarget
        | Action::SetCapacity
        | Action::CheckTarget
        | Action::RemoveTarget => targets::act(model, action, effects),
        Action::ViewBoard => show(model, View::Board),
        Action::ViewQuestions => show(model, View::Questions),
        Action::ViewPullRequests => pulls::open(model),
        Action::ViewTargets => show(model, View::Targets),
        Action::ViewActivity => show(model, View::Activity),
        Action::ViewUsage => show(model, View::Usage),
        Action::ViewWorkspaces => checkouts::open(model, effects),
        Action::NextView => turn(model, 1),
        Action::PreviousView => turn(model, View::ALL.len() - 1),
        Action::ChooseTheme => {
            let before = model.styles.theme().name().to_owned();
            model.overlay = Some(Overlay::Themes { before });
        }
        Action::KeepTheme => super::overlays::keep_theme(model, effects),
        Action::Palette => model.overlay = Some(Overlay::Palette(Palette::new())),
        Action::Help => model.overlay = Some(Overlay::Help { scroll: 0 }),
        Action::Redraw => effects.push(Effect::Redraw),
        Action::Leave => effects.push(Effect::Leave),
        // They mean something only where text is written or a yes is waited for, and are handled there.
        Action::Submit
        | Action::NewLine
        | Action::NextField
        | Action::PreviousField
        | Action::Close
        | Action::Confirm
        | Action::Decline => {}
    }
}

pub(super) fn ask(command: Command, done: String) -> Effect {
    Effect::Ask { purpose: Purpose::Other { done }, command }
}

/// Moves the cursor of the list the keys go to.
pub(super) fn step(model: &mut Model, steps: isize) {
    match (model.view, model.focus) {
        (_, Focus::Question(id)) => {
            let order = model.questions.order();
            let here = model.questions.place(id).unwrap_or(0);
            let there = here.saturating_add_signed(steps).min(order.len().saturating_sub(1));
            if let Some(&id) = order.get(there) {
                model.put_in_front(id);
            }
        }
        (View::Diff, _) => diff::step(model, steps),
        (View::Workspaces, _) => checkouts::step(model, steps),
        (View::PullRequests, _) => pulls::step(model, steps),
        (View::Targets, _) => targets::step(model, steps),
        (View::Activity, _) => {
            let most = model.world.log.len().saturating_sub(1);
            model.log_scroll = model.log_scroll.saturating_add_signed(steps.saturating_neg()).min(most);
        }
        (View::Usage, _) => model.usage_scroll = model.usage_scroll.saturating_add_signed(steps),
        (View::Board | View::Questions, _) => {
            let left = model.board.selected_line().map(|line| line.objective);
            model.board.step(steps);
            if model.board.selected_line().map(|line| line.objective) != left {
                model.board.settle(&model.world, &model.index, false);
            }
        }
    }
}

/// A page of the screen's past where a screen is seen, otherwise of the list.
fn page(model: &mut Model, message: scroll::Message, pages: isize, effects: &mut Vec<Effect>) {
    if model.question().is_some() && answer::scroll(model, pages) {
        return;
    }
    match model.view {
        View::Diff => return diff::page(model, pages),
        View::PullRequests => return pulls::page(model, pages),
        View::Board | View::Questions | View::Targets | View::Activity | View::Usage | View::Workspaces => {}
    }
    let areas = Areas::of(model).unwrap_or_default();
    let height = areas.list.height.max(2) - 1;
    if !areas.screen.is_empty() && model.session().is_some() {
        past::moved(model, message, effects);
    } else {
        step(model, pages * isize::try_from(height).unwrap_or(1));
    }
}

/// Enter: an objective folds, a session shows its question or its screen, a question all of itself and then its screen.
fn open(model: &mut Model, effects: &mut Vec<Effect>) {
    if let Focus::Question(id) = model.focus {
        if model.view != View::Questions {
            model.view = View::Questions;
        } else if !answer::enter(model, effects)
            && let Some(session) = model.world.questions.get(&id).map(|question| question.session)
        {
            show(model, View::Board);
            model.board.select(Row::Session(session), &model.world, &model.index);
            model.focus = Focus::Screen;
        }
        return;
    }
    match model.view {
        View::Diff => return diff::enter(model),
        View::PullRequests => return pulls::enter(model),
        View::Workspaces => return checkouts::enter(model),
        View::Targets => return targets::enter(model),
        View::Questions | View::Activity | View::Usage => return,
        View::Board => {}
    }
    match model.board.selected() {
        Some(Row::Objective(_)) => {
            model.board.fold();
            model.board.derive(&model.world, &model.index);
        }
        Some(Row::Session(id)) => match model.index.marks(id).question {
            Some(question) => model.put_in_front(question),
            None => model.focus = Focus::Screen,
        },
        None => {}
    }
}

pub(super) fn show(model: &mut Model, view: View) {
    model.view = view;
    model.log_scroll = 0;
    model.usage_scroll = 0;
    model.sights.whole = false;
    model.focus = Focus::List;
    if view == View::Questions {
        model.questions.settle(&model.world);
        if let Some(&first) = model.questions.order().first() {
            model.put_in_front(first);
        }
    }
}

fn turn(model: &mut Model, steps: usize) {
    let here = View::ALL.iter().position(|view| *view == model.view).unwrap_or(0);
    match View::ALL[(here + steps) % View::ALL.len()] {
        View::PullRequests => pulls::open(model),
        view => show(model, view),
    }
}

fn back(model: &mut Model, action: Action) {
    if model.view == View::Diff {
        diff::back(model);
    } else if action == Action::Back && model.past.is_some() {
        model.past = None;
    } else if model.view == View::Questions {
        show(model, View::Board);
    } else if model.focus != Focus::List {
        model.focus = Focus::List;
    } else if model.view != View::Board {
        show(model, View::Board);
    } else if action == Action::FocusBoard
        && matches!(model.board.selected(), Some(Row::Session(_)))
        && model.board.whole().is_none()
    {
        let objective = model.objective().map(|objective| objective.id);
        if let Some(objective) = objective {
            model.board.select(Row::Objective(objective), &model.world, &model.index);
        }
    } else if !model.board.filter().is_empty() {
        model.board.filter_by("", true);
        model.board.derive(&model.world, &model.index);
    }
}

/// Does something with the selected session, or says that there is none.
fn on_session(model: &mut Model, act: impl FnOnce(&mut Model, SessionId)) {
    match model.session().map(|session| session.id) {
        Some(session) => act(model, session),
        None => refuse(model, "no session is selected", "move the cursor to one"),
    }
}

/// Does something with the selected session's pane, or says that it has none.
fn on_live(model: &mut Model, act: impl FnOnce(&mut Model, SessionId)) {
    let live = |session: &Session| session.state.takes_a_place();
    match model.session() {
        Some(session) if live(session) => {
            let session = session.id;
            act(model, session);
        }
        Some(session) => {
            let what = format!("{} does not run, so it has no pane", session.id);
            refuse(model, what, "r resumes a session that waits");
        }
        None => refuse(model, "no session is selected", "move the cursor to one"),
    }
}

fn take_over(model: &mut Model, effects: &mut Vec<Effect>) {
    on_live(model, |model, session| {
        show(model, View::Board);
        model.focus = Focus::TakenOver(session);
        model.pane_is_gone = false;
        if let Some(areas) = Areas::of(model) {
            let size = crate::api::wire::Size { columns: areas.screen.width.max(2), rows: areas.screen.height.max(1) };
            effects.push(Effect::TakeOver(session, size));
        }
    });
}

fn mark_done(model: &mut Model) {
    let (title, line, command, done) = match model.board.selected() {
        Some(Row::Session(id)) => {
            let line = "Its work counts as done, and its program is ended. Its workspace stays.";
            let command = match model.board.whole() {
                Some(objective) => Command::DoneObjective { objective, regardless: false },
                None => Command::DoneSession { session: id },
            };
            (format!("mark {id} as done?"), line, command, format!("{id} is done"))
        }
        Some(Row::Objective(id)) => {
            let line = "Its live sessions count as done too, and their programs are ended. Workspaces stay.";
            (
                format!("mark {id} as done?"),
                line,
                Command::DoneObjective { objective: id, regardless: false },
                format!("{id} is done"),
            )
        }
        None => return refuse(model, "nothing is selected", "move the cursor to a session"),
    };
    model.overlay = Some(Overlay::Confirm(Confirm { title, lines: vec![line.into()], command, done }));
}

fn resume(model: &mut Model, effects: &mut Vec<Effect>) {
    match model.session() {
        Some(session) if matches!(session.state, State::WaitingUser { .. }) => {
            let session = session.id;
            effects.push(ask(Command::Resume { session }, format!("{session} is resumed")));
        }
        Some(session) => {
            let what = format!("{} is {}, so there is nothing to resume", session.id, session.state.label());
            refuse(model, what, "N starts a new session in this objective");
        }
        None => refuse(model, "no session is selected", "move the cursor to one"),
    }
}

fn rename(model: &mut Model) {
    let line = match model.board.selected() {
        Some(Row::Session(id)) => {
            model.world.sessions.get(&id).map(|session| Line::new(Wanted::SessionTitle(id), &session.title, None))
        }
        Some(Row::Objective(id)) => {
            let objective = model.world.objectives.get(&id);
            objective.map(|objective| Line::new(Wanted::ObjectiveTitle(id), &objective.title, None))
        }
        None => None,
    };
    match line {
        Some(line) => model.overlay = Some(Overlay::Line(line)),
        None => refuse(model, "nothing is selected", "move the cursor to a session"),
    }
}

fn archive(model: &mut Model, effects: &mut Vec<Effect>) {
    match model.objective() {
        Some(objective) if objective.state == objective::State::Open => {
            let what = format!("{} is still open", objective.id);
            refuse(model, what, "mark it as done or cancel it first");
        }
        Some(objective) => {
            let objective = objective.id;
            effects.push(ask(
                Command::Archive { objective },
                format!("{objective} is put away; qd show {objective} has it"),
            ));
        }
        None => refuse(model, "nothing is selected", "move the cursor to an objective"),
    }
}
