//! The board: objectives with their sessions under them. Only rows that are seen are drawn.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::{
    Strip,
    changed::{Counts, Widths},
};
use crate::{
    domain::{
        Message, Session, TargetName,
        activity::Doing,
        message::Delivery,
        objective,
        session::{Report, Scope, State},
        usage::Context,
    },
    tui::{
        age, figures,
        model::{Focus, Model, Row, Sign, board::Line},
        text,
    },
};

/// Fewest columns in which a row says which agent it is.
const WITH_AGENT: u16 = 50;

/// Fewest columns in which a row says how its work is verified, judged and offered.
const WITH_OFFER: u16 = 44;

/// Fewest columns of the terminal, and of a row, in which a row says what it cost.
const WITH_COST: u16 = 140;
const WITH_COST_ROW: u16 = 72;

/// Fewest columns in which something cut still says something.
const LEAST_WORDS: u16 = 12;

/// Draws it.
pub(super) fn draw(model: &Model, area: Rect, buffer: &mut Buffer) {
    if model.board.lines().is_empty() {
        return draw_nothing(model, area, buffer);
    }
    let seen = model.board.lines().iter().skip(model.board.first_visible()).take(usize::from(area.height));
    let sessions = seen.filter_map(|line| match line.row {
        Row::Session(id) => model.world.sessions.get(&id),
        Row::Objective(_) => None,
    });
    let widths = Widths::of(sessions.filter_map(|session| Counts::of(model, session, area.width)));
    for (at, line) in (0..area.height).zip(model.board.lines().iter().skip(model.board.first_visible())) {
        let row = Rect { y: area.y + at, height: 1, ..area };
        match line.row {
            Row::Objective(_) => objective_row(model, line, row, buffer),
            Row::Session(id) => {
                if let Some(session) = model.world.sessions.get(&id) {
                    session_row(model, session, line, widths, row, buffer);
                }
            }
        }
        if model.board.selected() == Some(line.row) {
            let focused = matches!(model.focus, Focus::List | Focus::Filter | Focus::Question(_) | Focus::Answer(_));
            buffer.set_style(row, model.styles.selected(focused));
        }
    }
    more(model, area, buffer);
}

/// Says how many rows lie below what is seen.
fn more(model: &Model, area: Rect, buffer: &mut Buffer) {
    let below = model.board.lines().len().saturating_sub(model.board.first_visible() + usize::from(area.height));
    if below > 0 && area.height > 2 && area.width > 30 {
        let words = format!(" {below} more ↓ ");
        let mut strip = Strip::new(buffer, area, area.height - 1);
        strip.right(&words, model.styles.dim().reversed());
    }
}

fn draw_nothing(model: &Model, area: Rect, buffer: &mut Buffer) {
    let (what, hint) =
        if model.board.filter().is_empty() { ("", "") } else { ("nothing fits the filter", "u takes it back") };
    Strip::new(buffer, area, 1).skip(2).left(what, model.styles.text());
    Strip::new(buffer, area, 2).skip(2).left(hint, model.styles.hint());
}

fn objective_row(model: &Model, line: &Line, area: Rect, buffer: &mut Buffer) {
    let (styles, Some(objective)) = (&model.styles, model.world.objectives.get(&line.objective)) else { return };
    let group = model.index.group(objective.id);
    let folded = model.board.is_folded(objective.id);
    let mut strip = Strip::new(buffer, area, 0);
    strip.left(if folded { "▸ " } else { "▾ " }, styles.dim());
    strip.skip_right(1).right(&format!("{:>4}", age::short(model.now, objective.created_at)), styles.dim());
    let (sessions, need) = group.map_or((0, 0), |group| (group.sessions.len(), group.need));
    if need > 0 {
        let words = if need == 1 { " 1 needs you ".to_owned() } else { format!(" {need} need you ") };
        strip.right(&words, styles.doing(Doing::Asking));
    } else if folded {
        strip.right(&format!(" {sessions} "), styles.dim());
    }
    if objective.state != objective::State::Open {
        strip.right(&format!(" {} ", objective.state.label()), styles.objective(objective.state));
    }
    strip.left(&format!("{} ", objective.id), styles.dim());
    strip.left(&objective.title, styles.objective(objective.state));
}

fn session_row(model: &Model, session: &Session, line: &Line, widths: Widths, area: Rect, buffer: &mut Buffer) {
    let styles = &model.styles;
    let (sign, sign_style) = (Sign::of(session), Sign::style(session, styles));
    let over = session.state.is_final();
    let mut strip = Strip::new(buffer, area, 0);
    strip.skip(line.depth * 2).left(sign.glyph, sign_style).skip(1);
    let widest = model.world.sessions.keys().next_back().map_or(0, |newest| newest.to_string().len()).max(3);
    strip.left(&format!("{:<widest$} ", session.id), styles.dim());
    strip.skip_right(1).right(&format!("{:>4}", age::short(model.now, since(session))), styles.dim());
    strip.right(&format!(" {:<10}", sign.word), sign_style);
    if area.width >= WITH_AGENT && model.index.has_several_agents() {
        let agent = text::clean(session.profile.as_str()).into_owned();
        strip.right(&format!("  {:<8}", text::cut(&agent, 8)), styles.dim());
    }
    if model.size.0 >= WITH_COST && area.width >= WITH_COST_ROW && model.index.has_costs() {
        let total = model.index.total(session.id);
        strip.right(&format!("  {:>7}", figures::cost(total.cost)), styles.dim());
    }
    if let Some(counts) = Counts::of(model, session, area.width) {
        for (words, style) in counts.parts(&widths, styles) {
            strip.right(&words, style);
        }
    } else {
        strip.skip_right(widths.sum());
    }
    if area.width >= WITH_OFFER {
        // What matters most stays, as far as the title keeps some words.
        let mut parts = super::pulls::short(model, session);
        let least = text::width(&text::clean(&session.title)).min(LEAST_WORDS) + 1;
        let wide = |parts: &[(String, Style)]| parts.iter().map(|(words, _)| text::width(words) + 2).sum::<u16>();
        while !parts.is_empty() && wide(&parts) + least > strip.free() {
            parts.pop();
        }
        for (words, style) in parts.into_iter().rev() {
            strip.right(&format!("  {words}"), style);
        }
    }
    if let Some(percent) = context(model, session).filter(|percent| *percent >= Context::WARN_PERCENT) {
        strip.right(&format!("  {percent}% full"), styles.warning());
    }
    // The title keeps what is not needed beside it, and of what both would need a third beside news of a message, two
    // thirds beside a mere reason.
    let title = text::width(&text::clean(&session.title));
    let beside = match (note(model, session), pause(model, session), reason(model, session)) {
        (Some((words, style)), ..) => Some((words, style, strip.free() / 3)),
        (None, Some((until, words)), _) => {
            // When it goes on is worth more than why it does not, where only one of them fits.
            let (least, style) = (strip.free() / 3, styles.doing(session.activity.doing));
            let fits = text::width(&words) + least.min(title) + 2 <= strip.free();
            Some((if fits { words } else { until }, style, least))
        }
        (None, None, Some((words, style))) => Some((words, style, strip.free() * 2 / 3)),
        (None, None, None) => None,
    };
    if let Some((words, style, least)) = beside {
        let most = strip.free().saturating_sub(least.max(8).min(title) + 2);
        if most >= LEAST_WORDS.min(text::width(&words)) {
            strip.right(&text::cut(&words, most), style);
            strip.skip_right(1);
        }
    }
    if session.role != crate::domain::session::Role::Worker {
        strip.left(session.role.label(), styles.accent()).skip(1);
    }
    if session.target != TargetName::local() {
        strip.left(&format!("@{}", session.target), styles.accent()).skip(1);
    }
    if let Some(elsewhere) = session.elsewhere() {
        strip.left(&elsewhere, styles.accent()).skip(1);
    }
    // A first session has its objective's title, which then stands above already.
    let above = model.world.objectives.get(&session.objective).filter(|_| !line.is_whole());
    let repeated = above.is_some_and(|above| above.title == session.title);
    if repeated && session.role == crate::domain::session::Role::Worker {
        strip.left(session.role.label(), styles.dim());
    } else if !repeated {
        strip.left(&session.title, if over { styles.dim() } else { styles.text() });
    }
}

/// Since when a session stands as it does.
pub(super) fn since(session: &Session) -> crate::domain::Timestamp {
    match session.state {
        crate::domain::session::State::Running { .. } => session.activity.since,
        _ => session.state_since,
    }
}

/// What is under way between the person and the session.
pub(super) fn note(model: &Model, session: &Session) -> Option<(String, Style)> {
    let styles = &model.styles;
    if session.person_typing_since.is_some() {
        let here = model.focus == Focus::TakenOver(session.id) && !model.pane_is_gone;
        let words = if here { "✎ you are typing" } else { "✎ somebody is typing" };
        return Some((words.into(), styles.warning()));
    }
    if model.is_sending(session.id) {
        return Some(("⇢ sending".into(), styles.dim()));
    }
    if model.has_draft(session.id) && model.focus != Focus::Steer(session.id) {
        return Some(("✎ not sent yet".into(), styles.warning()));
    }
    let message = model.message(session.id)?;
    let waits = matches!(session.state, State::Queued | State::WaitingCapacity { .. });
    if waits && matches!(message.delivery, Delivery::Queued { .. }) {
        // What waits is the session; that its text waits with it goes without saying.
        return None;
    }
    Some((delivery(message)?, styles.delivery(&message.delivery)))
}

/// Why a session stands as it does, where that is not what its sign says.
fn reason(model: &Model, session: &Session) -> Option<(String, Style)> {
    let styles = &model.styles;
    match &session.state {
        State::Failed { cause } => Some((cause.clone(), styles.dim())),
        State::WaitingUser { question } => {
            let question = model.world.questions.get(question)?;
            Some((text::clean(&question.text).into_owned(), styles.dim()))
        }
        State::Running { .. } => doing(model, session),
        State::Succeeded { .. } => Some((session.report.as_ref()?.summary.clone(), styles.dim())),
        State::Queued if !session.depends_on.is_empty() => {
            let names: Vec<String> = session.depends_on.iter().map(ToString::to_string).collect();
            Some((format!("for {}", names.join(", ")), styles.dim()))
        }
        // That all places are taken goes without saying.
        State::WaitingCapacity { scope } if *scope != Scope::Global => {
            Some((model.world.waits_for(session)?, styles.dim()))
        }
        State::Queued | State::WaitingCapacity { .. } | State::Starting { .. } | State::Canceled => None,
    }
}

/// More about what an agent is doing, the most telling first: what it asks, when it goes on, what it reported, how far
/// it says it is, what it is at.
fn doing(model: &Model, session: &Session) -> Option<(String, Style)> {
    let styles = &model.styles;
    let (activity, dim) = (&session.activity, styles.dim());
    let note = || (!activity.note.is_empty()).then(|| (activity.note.clone(), dim));
    let progress = || session.progress.clone().map(|progress| (progress, dim));
    match activity.doing {
        Doing::Asking => {
            let question = model.index.marks(session.id).question.and_then(|id| model.world.questions.get(&id));
            match question.and_then(|question| super::question::progress(model, question)) {
                Some(words) => Some((words, styles.success())),
                None => question.map(|question| (text::clean(&question.text).into_owned(), dim)).or_else(note),
            }
        }
        Doing::Retrying | Doing::Parked | Doing::Compacting | Doing::Background => {
            Some((until(model, session)?, styles.doing(activity.doing)))
        }
        Doing::YourTurn => session.report.as_ref().map(|report| (reported(report), dim)).or_else(progress),
        Doing::Working => progress().or_else(note),
        Doing::Nothing | Doing::Starting | Doing::Unreachable | Doing::Unknown => note(),
    }
}

/// Until when it waits to go on by itself, in short and with its reason.
fn pause(model: &Model, session: &Session) -> Option<(String, String)> {
    let waits = matches!(session.state, State::Running { .. })
        && matches!(session.activity.doing, Doing::Retrying | Doing::Parked);
    let at = session.activity.until.filter(|_| waits)?;
    Some((format!("until {}", age::moment(model.now, at)), until(model, session)?))
}

/// What goes on by itself, and until when: `attempt 5 of 10, until 10:49`.
pub(super) fn until(model: &Model, session: &Session) -> Option<String> {
    let until = session.activity.until.map(|until| format!("until {}", age::moment(model.now, until)));
    let note = Some(session.activity.note.clone()).filter(|note| !note.is_empty());
    let parts: Vec<String> = note.into_iter().chain(until).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// What an agent reported: `blocked: the tests need a key`.
pub(super) fn reported(report: &Report) -> String {
    format!("{}: {}", report.outcome.label(), report.summary)
}

/// How full the context was at the last request, in percent.
pub(super) fn context(model: &Model, session: &Session) -> Option<u8> {
    let running = session.state.attempt()?;
    Some(model.world.metered.get(&running)?.meter.context?.percent())
}

/// How far a message has come, as long as that is news.
fn delivery(message: &Message) -> Option<String> {
    Some(match &message.delivery {
        Delivery::Queued { hold: None } => "⇢ queued".into(),
        Delivery::Queued { hold: Some(hold) } => format!("⇢ queued: {}", hold.label()),
        Delivery::Failed { reason } => format!("✗ not delivered: {reason}"),
        Delivery::Uncertain { question } => format!("? delivered? see {question}"),
        Delivery::Launching { .. } | Delivery::Typing { .. } | Delivery::Typed { .. } | Delivery::Submitted { .. } => {
            format!("⇢ {}", message.delivery.label())
        }
        Delivery::TakenUp { .. } => return None,
    })
}
