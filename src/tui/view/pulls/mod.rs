//! Pull requests: the list, and what is known of the one the cursor is on.
//!
//! - `list`: a line each
//! - `about`: all that is known of one
//! - `words`: it in few words, for rows and summaries

mod about;
mod list;
mod words;

use ratatui::buffer::Buffer;

pub(super) use self::words::{in_words, short};
use super::{Areas, Strip};
use crate::{
    domain::Timestamp,
    tui::{action::Action, model::Model, text},
};

/// Draws them.
pub(super) fn draw(model: &Model, areas: &Areas, buffer: &mut Buffer) {
    let styles = &model.styles;
    if model.pulls.order().is_empty() {
        let key = model.keymap.key(Action::Publish);
        let hint = format!(
            "{key} on a session offers its commits as a pull request: on GitHub through gh, or local, where it is \
             reviewed and merged on this machine."
        );
        Strip::new(buffer, areas.list, 1).skip(2).left("Nothing is offered for review.", styles.text());
        for (at, line) in (2..).zip(text::wrap(&hint, areas.list.width.saturating_sub(4))) {
            Strip::new(buffer, areas.list, at).skip(2).left(&line, styles.hint());
        }
        return;
    }
    list::draw(model, areas.list, buffer);
    for row in areas.divider.rows() {
        buffer.set_string(row.x, row.y, "│", styles.border(false));
    }
    about::draw(model, areas.screen, buffer);
}

/// How many lines of what is known of the selected one are out of view.
pub fn hidden(model: &Model) -> usize {
    let Some(areas) = Areas::of(model).filter(|areas| !areas.screen.is_empty()) else { return 0 };
    let room = about::room(areas.screen);
    about::lines(model, room.width).lines.len().saturating_sub(usize::from(room.height))
}

/// The line on which the remark stands that keys go to.
pub fn remark_line(model: &Model) -> Option<usize> {
    about::lines(model, about::room(Areas::of(model)?.screen).width).remark
}

/// Since when verifications run.
pub(super) fn verifying(model: &Model) -> impl Iterator<Item = Timestamp> {
    let running = model.world.verifications.values().filter(|found| !found.state.is_ended());
    running.map(|found| found.created_at)
}

/// The moments whose ages are on the screen.
pub(super) fn times(model: &Model) -> Vec<Timestamp> {
    let shown = model.pulls.order().iter().filter_map(|id| model.world.pull_requests.get(id));
    let mut times: Vec<Timestamp> = shown.map(|pull_request| pull_request.state_since).collect();
    if let Some(pull_request) = model.pull_request() {
        times.extend(pull_request.seen_at);
        times.extend(model.world.remarks_of(pull_request.id).map(|remark| remark.created_at));
        let verification = model.index.marks(pull_request.session).verification;
        times.extend(verification.and_then(|id| Some(model.world.verifications.get(&id)?.created_at)));
    }
    times
}
