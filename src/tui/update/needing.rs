//! Going to the next thing that needs the person.

use super::actions::show;
use crate::{
    domain::{QuestionId, SessionId},
    tui::model::{Focus, Model, Notice, Row, View},
};

/// Goes to the next session that needs the person, from the cursor on and round, whatever is folded or filtered.
pub(super) fn next(model: &mut Model) {
    if let (View::Questions, Some(next)) = (model.view, next_question(model)) {
        return model.put_in_front(next);
    }
    let needing: Vec<SessionId> = {
        let needs = |id: &&SessionId| model.index.marks(**id).needs_you;
        model.index.groups().values().rev().flat_map(|group| group.sessions.iter().filter(needs)).copied().collect()
    };
    // What is under the cursor comes first, as long as its question is not in front.
    let unseen = model.session().and_then(|session| model.index.marks(session.id).question);
    let waits = |id: &QuestionId| model.world.questions.get(id).is_some_and(|question| model.questions.waits(question));
    let unseen = unseen.filter(waits);
    if let (Some(question), None, View::Board) = (unseen, model.question(), model.view) {
        return model.put_in_front(question);
    }
    let here = model.session().and_then(|session| needing.iter().position(|id| *id == session.id));
    let Some(&next) = needing.get(here.map_or(0, |here| (here + 1) % needing.len().max(1))) else {
        model.notice = Some(Notice::Good("nothing needs you".into()));
        return;
    };
    show(model, View::Board);
    model.board.select(Row::Session(next), &model.world, &model.index);
    model.focus = model.index.marks(next).question.map_or(Focus::List, Focus::Question);
}

/// In the view of questions: the next one that waits, below the one in front.
fn next_question(model: &Model) -> Option<QuestionId> {
    let place = model.question().and_then(|question| model.questions.place(question.id))?;
    let waits =
        |id: &&QuestionId| model.world.questions.get(id).is_some_and(|question| model.questions.waits(question));
    model.questions.order()[place + 1..].iter().find(waits).copied()
}
