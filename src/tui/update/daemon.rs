//! What the daemon tells.

use super::{diff, offer, targets};
use crate::{
    api::wire::{self, Step},
    domain::{Change, Reply, SessionId, World},
    tui::{
        effect::Purpose,
        message::Problem,
        model::{Agents, Daemon, Editor, Focus, Model, Notice, Overlay, Picture, Row, editor::Lines, overlay},
        pane::LiveScreen,
        text,
    },
};

/// Everything it knows.
pub(super) fn world(model: &mut Model, world: World) {
    let first = model.daemon == Daemon::Connecting;
    model.daemon = Daemon::Connected;
    model.world = world;
    model.stale = true;
    // Whatever was watched before is asked for again.
    model.looking = None;
    if first {
        model.derive();
        model.board.settle(&model.world, &model.index, true);
        model.questions.settle(&model.world);
        model.pulls.settle(&model.world);
        let first_session = model.board.lines().iter().position(|line| matches!(line.row, Row::Session(_)));
        model.board.go_to(first_session.unwrap_or(0));
    }
}

/// What changed.
pub(super) fn step(model: &mut Model, step: Step) {
    if step.revision <= model.world.revision || step.reload {
        return;
    }
    model.world.revision = step.revision;
    for change in step.changes {
        if matches!(change, Change::Target(_)) {
            // What was seen of it was seen before this.
            model.sights.forget_the_time();
        }
        model.world.apply(change);
    }
    model.stale = true;
}

/// It does not answer; what it told before stays, and says so in the header.
pub(super) fn away(model: &mut Model, problem: Problem) {
    let since = match &model.daemon {
        Daemon::Away { since, .. } => *since,
        Daemon::Connecting | Daemon::Connected => model.now,
    };
    model.daemon = Daemon::Away { since, problem };
}

/// What came of a command.
pub(super) fn answered(model: &mut Model, purpose: Purpose, answer: Result<Reply, Problem>) {
    match (purpose, answer) {
        (Purpose::Create, Ok(reply)) => created(model, &reply),
        (Purpose::Create, Err(problem)) => create_refused(model, problem),
        (Purpose::Steer { number, .. }, Ok(_)) => model.sending.retain(|sending| sending.number != number),
        (Purpose::Steer { session, number, text }, Err(problem)) => {
            model.sending.retain(|sending| sending.number != number);
            give_back(model, session, &text);
            model.notice = Some(Notice::Bad(problem));
        }
        (Purpose::Comments { session, workspace, numbers }, answer) => {
            diff::comments::answered(model, (session, workspace), &numbers, answer.err());
        }
        (Purpose::Seen, answer) => tracing::debug!(?answer, "changes were seen"),
        (Purpose::Answer { question, words }, Ok(_)) => {
            model.notice = Some(Notice::Good(format!("{question}: {}", text::cut(&words, 60))));
        }
        (Purpose::Answer { question, .. }, Err(problem)) => {
            // What was written and marked is still there.
            if model.world.questions.contains_key(&question) {
                model.questions.draft_mut(question).sending = None;
            }
            model.notice = Some(Notice::Bad(problem));
        }
        (Purpose::Reclaim { workspace }, Err(problem)) => {
            let wanted = overlay::Wanted::Reason(workspace);
            model.overlay = Some(Overlay::Line(overlay::Line::new(wanted, "", Some(problem))));
        }
        (Purpose::Reclaim { workspace }, Ok(_)) => {
            model.notice = Some(Notice::Good(format!("{workspace} is being removed")));
        }
        (Purpose::Offer { done }, answer) => offer::answered(model, done, answer.err()),
        (Purpose::Target { done }, answer) => targets::answered(model, done, answer.err()),
        (Purpose::Other { done }, Ok(_)) => model.notice = Some(Notice::Good(done)),
        (Purpose::Other { .. }, Err(problem)) => model.notice = Some(Notice::Bad(problem)),
    }
}

fn created(model: &mut Model, reply: &Reply) {
    if matches!(model.overlay, Some(Overlay::Form(_))) {
        model.overlay = None;
    }
    model.draft = None;
    if let Reply::Created { objective, session } = reply {
        model.notice = Some(Notice::Good(format!("{session} of {objective} was created")));
        model.stale = true;
        model.derive();
        model.board.select(Row::Session(*session), &model.world, &model.index);
    }
}

fn create_refused(model: &mut Model, problem: Problem) {
    let form = match &mut model.overlay {
        Some(Overlay::Form(form)) => Some(form),
        _ => model.draft.as_mut(),
    };
    match form {
        Some(form) => {
            form.sent = false;
            form.problem = Some(problem);
        }
        None => model.notice = Some(Notice::Bad(problem)),
    }
}

/// Puts a text that was refused back where it was written, before what has been written since.
fn give_back(model: &mut Model, session: SessionId, text: &str) {
    let editor = model.steers.entry(session).or_insert_with(|| Editor::new(Lines::Many));
    let since = editor.text();
    editor.set(&if since.trim().is_empty() { text.to_owned() } else { format!("{text}\n{since}") });
}

/// A picture of the screen that is looked at.
pub(super) fn screen(model: &mut Model, screen: &wire::Screen) {
    if model.looking.is_none_or(|looking| looking.session != screen.session) {
        return;
    }
    match &mut model.screen {
        Picture::Live(live) => live.show(screen),
        Picture::Nothing | Picture::Lost(..) => model.screen = Picture::Live(Box::new(LiveScreen::new(screen))),
    }
}

/// The screen can't be seen. The last picture stays where there is one.
pub(super) fn no_screen(model: &mut Model, session: SessionId, problem: Option<Problem>) {
    let same = model.looking.is_some_and(|looking| looking.session == session);
    if let (true, false, Some(problem)) = (same, matches!(model.screen, Picture::Live(_)), problem) {
        model.screen = Picture::Lost(session, problem);
    }
}

/// The agents there are.
pub(super) fn agents(model: &mut Model, agents: Result<Vec<wire::Agent>, Problem>) {
    model.agents = match agents {
        Ok(agents) => Agents::Known(agents),
        Err(problem) => Agents::Failed(problem),
    };
}

/// The pane that was taken over has ended, or there was no way into it.
pub(in crate::tui) fn let_go(model: &mut Model, problem: Option<Problem>) {
    model.pane_is_gone = matches!(model.focus, Focus::TakenOver(_));
    if let Some(mut problem) = problem {
        if model.pane_is_gone {
            problem.what = format!("Esc comes back: {}", problem.what);
        }
        model.notice = Some(Notice::Bad(problem));
    }
}
