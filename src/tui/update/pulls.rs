//! Pull requests: going through them, and what keys do to one.

use ratatui::layout::Position;

use super::{
    actions::{ask, show},
    merging, offer, refuse,
};
use crate::{
    domain::{Command, PullRequestId, RemarkId, SessionId, artifact, pull_request::State},
    tui::{
        action::Action,
        effect::Effect,
        model::{
            Focus, Model, Offer, Overlay, Row, View,
            offer::Wants,
            overlay::{Confirm, Line, Wanted},
            pulls,
        },
        text::clean,
        view::{self, Areas},
    },
};

/// Shows them, the one of the selected session first.
pub(super) fn open(model: &mut Model) {
    let of_session = model.session().and_then(|session| model.index.marks(session.id).pull_request);
    show(model, View::PullRequests);
    model.pulls.settle(&model.world);
    match of_session {
        Some(pull_request) => model.pulls.select(pull_request),
        None => model.pulls.go_to(0),
    }
    follow(model);
}

/// The board's cursor goes with the one among pull requests, so that keys for a session go to the one whose work is shown.
fn follow(model: &mut Model) {
    if let Some(session) = model.pull_request().map(|pull_request| pull_request.session) {
        model.board.select(Row::Session(session), &model.world, &model.index);
    }
}

/// Moves the cursor.
pub(super) fn step(model: &mut Model, steps: isize) {
    model.pulls.step(steps);
    follow(model);
}

/// Moves what is known of the selected one, by most of what is seen.
pub(super) fn page(model: &mut Model, pages: isize) {
    let rows = Areas::of(model).map_or(1, |areas| areas.screen.height);
    scroll(model, pages * isize::try_from(rows.max(3) - 2).unwrap_or(1));
}

fn scroll(model: &mut Model, lines: isize) {
    let hidden = view::pull_request_hidden(model);
    model.pulls.scroll = model.pulls.scroll.saturating_add_signed(lines).min(hidden);
}

/// Enter: the screen of its session.
pub(super) fn enter(model: &mut Model) {
    if let Some(session) = model.pull_request().map(|pull_request| pull_request.session)
        && model.world.sessions.contains_key(&session)
    {
        show(model, View::Board);
        model.board.select(Row::Session(session), &model.world, &model.index);
        model.focus = Focus::Screen;
    }
}

/// Does what a key says about the pull request it goes to.
pub(super) fn act(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    match action {
        Action::Publish => publish(model, effects),
        Action::Verify => verify(model, effects),
        Action::Overrule => overrule(model),
        Action::NextRemark => remark(model, true),
        Action::PreviousRemark => remark(model, false),
        Action::SettleRemark => settle(model),
        _ => on_pull_request(model, action, effects),
    }
}

/// The session whose work keys are about: of a pull request, whoever has its branch now.
fn worker(model: &Model) -> Option<SessionId> {
    if model.view != View::PullRequests {
        return model.session().map(|session| session.id);
    }
    let found = model.pull_request()?;
    let workspace = found.workspace.and_then(|id| model.world.workspaces.get(&id));
    Some(workspace.map_or(found.session, |workspace| workspace.owner))
}

fn publish(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(session) = worker(model).and_then(|id| model.world.sessions.get(&id)) else {
        return refuse(model, "no session is selected", "move the cursor to one");
    };
    let existing = model.index.marks(session.id).pull_request.and_then(|id| model.world.pull_requests.get(&id));
    let form = match existing {
        Some(found) if matches!(found.state, State::Merged { .. }) => {
            let what = format!("{} is merged, and what is merged is not touched any more", found.name());
            return refuse(model, what, "what comes next is another session");
        }
        existing => Offer::of(session, existing),
    };
    let reports = model.world.artifacts.values().filter(|artifact| artifact.kind == artifact::Kind::Report);
    let report = reports.filter(|artifact| artifact.session == session.id).map(|artifact| artifact.id).next_back();
    effects.extend(report.filter(|_| matches!(form.wants, Wants::Publish(_))).map(Effect::ReadArtifact));
    offer::open(model, form);
}

fn verify(model: &mut Model, effects: &mut Vec<Effect>) {
    match worker(model) {
        Some(session) => {
            effects.push(ask(Command::Verify { session }, format!("the work of {session} is being verified")));
        }
        None => refuse(model, "no session is selected", "move the cursor to one"),
    }
}

fn overrule(model: &mut Model) {
    match worker(model) {
        Some(session) => model.overlay = Some(Overlay::Line(Line::new(Wanted::Overruled(session), "", None))),
        None => refuse(model, "no session is selected", "move the cursor to one"),
    }
}

fn settle(model: &mut Model) {
    let found = model.pull_request().map(|found| found.id);
    let wanted = found.into_iter().flat_map(|id| pulls::wanted(&model.world, id));
    let wanted: Vec<RemarkId> = wanted.map(|remark| remark.id).collect();
    // Where only one waits, nobody has to point at it.
    let only = if let [only] = wanted[..] { Some(only) } else { None };
    match model.pulls.remark.filter(|_| model.view == View::PullRequests).or(only) {
        Some(remark) => model.overlay = Some(Overlay::Line(Line::new(Wanted::Settled(remark), "", None))),
        None => {
            let key = model.keymap.key(Action::NextRemark);
            refuse(model, "no remark is selected", format!("{key} goes to the next one"));
        }
    }
}

fn on_pull_request(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    let Some(found) = model.pull_request() else {
        let key = model.keymap.key(Action::Publish);
        return refuse(model, "there is no pull request here", format!("{key} on a session offers its commits"));
    };
    let (id, name) = (found.id, found.name());
    match action {
        Action::Merge => merging::open(model, id),
        Action::CommentPullRequest => offer::open(model, Offer::comment(id)),
        Action::FollowUp => {
            let done = format!("what was said about {name} goes to an agent");
            effects.push(ask(Command::FollowUp { pull_request: id }, done));
        }
        Action::ClosePullRequest => close(model, id),
        Action::CopyUrl => match found.url.clone() {
            Some(url) => effects.push(Effect::Copy(url)),
            None => refuse(model, format!("{name} has no address"), "it is kept on this machine"),
        },
        _ => {}
    }
}

fn close(model: &mut Model, id: PullRequestId) {
    let Some(found) = model.world.pull_requests.get(&id) else { return };
    let name = found.name();
    if !found.state.is_open() {
        let what = format!("{name} is {} already", found.state.label());
        return refuse(model, what, "there is nothing to close");
    }
    let lines = vec![
        clean(&found.title).into_owned(),
        format!("It is closed without being merged, and nothing more comes of what was said. {} stays.", found.branch),
    ];
    let (title, command) = (format!("close {name}?"), Command::ClosePullRequest { pull_request: id });
    model.overlay = Some(Overlay::Confirm(Confirm { title, lines, command, done: format!("{name} is being closed") }));
}

fn remark(model: &mut Model, forward: bool) {
    if model.view != View::PullRequests {
        open(model);
    }
    model.pulls.step_remark(&model.world, forward);
    if let Some(line) = view::remark_line(model) {
        // What comes before it helps to understand it.
        model.pulls.scroll = line.saturating_sub(2).min(view::pull_request_hidden(model));
    }
}

/// A click selects; a click on what is selected shows its session.
pub(super) fn click(model: &mut Model, areas: &Areas, at: Position) {
    if !areas.list.contains(at) {
        return;
    }
    let line = usize::from(at.y - areas.list.y) + model.pulls.first_visible();
    let Some(&found) = model.pulls.order().get(line) else { return };
    if model.pulls.selected() == Some(found) {
        return enter(model);
    }
    model.pulls.go_to(line);
    follow(model);
}

/// The wheel over the list, or over what is known of one.
pub(super) fn wheel(model: &mut Model, areas: &Areas, at: Position, lines: isize) {
    if areas.list.contains(at) {
        step(model, lines.signum());
    } else if areas.screen.contains(at) {
        scroll(model, lines);
    }
}

/// Makes what is drawn fit.
pub(super) fn prepare(model: &mut Model) {
    if let Some(areas) = Areas::of(model) {
        model.pulls.bring_into_view(areas.list.height);
    }
    model.pulls.scroll = model.pulls.scroll.min(view::pull_request_hidden(model));
}
