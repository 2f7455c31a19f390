//! Where sessions run: how each target stands and fares, and below that everything about the selected one.

mod about;
mod form;

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::{Areas, Strip};
use crate::{
    domain::{
        Machine, Target, TargetSight, Timestamp,
        figures::bytes,
        target::{Link, Place, State},
    },
    tui::{age, model::Model, text},
};

pub(super) use form::draw as draw_form;

/// Columns of a name.
const NAME: u16 = 14;
/// Columns of a state.
const STATE: u16 = 14;
/// Fewest columns in which contact and labels are told in the rows.
const WITH_LABELS: u16 = 110;
/// Fewest columns in which addresses are told in the rows.
const WITH_PLACE: u16 = 138;
/// Processes that want to run for each processor, from which on a load is a warning.
const BUSY: f64 = 1.0;
/// A machine with less free memory or disk, in bytes, soon has none.
const SCARCE: u64 = 1 << 30;

/// What is told in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Sessions,
    Load,
    Memory,
    Disk,
    Answers,
    Seen,
    Labels,
    Place,
}

impl Column {
    fn heading(self) -> &'static str {
        match self {
            Column::Sessions => "sessions",
            Column::Load => "load",
            Column::Memory => "memory",
            Column::Disk => "disk",
            Column::Answers => "answers",
            Column::Seen => "seen",
            Column::Labels => "labels",
            Column::Place => "where",
        }
    }

    fn columns(self) -> u16 {
        match self {
            Column::Sessions | Column::Memory | Column::Disk => 10,
            Column::Load => 9,
            Column::Answers => 9,
            Column::Seen => 7,
            Column::Labels => 18,
            Column::Place => 40,
        }
    }

    fn all(width: u16) -> Vec<Column> {
        use Column::{Answers, Disk, Labels, Load, Memory, Place, Seen, Sessions};
        let mut columns = vec![Sessions, Load, Memory, Disk, Answers];
        columns.extend([Seen, Labels].into_iter().filter(|_| width >= WITH_LABELS));
        columns.extend(Some(Place).filter(|_| width >= WITH_PLACE));
        columns
    }
}

/// Draws them.
pub(super) fn draw(model: &Model, area: Rect, buffer: &mut Buffer) {
    let styles = &model.styles;
    let columns = Column::all(area.width);
    let mut heading = Strip::new(buffer, area, 0);
    heading.skip(3).left(&pad("target", NAME), styles.dim()).left(&pad("state", STATE), styles.dim());
    for column in &columns {
        let words = column.heading();
        heading.left(&if column == &Column::Place { words.into() } else { pad(words, column.columns()) }, styles.dim());
    }
    let chosen = model.chosen_target();
    let targets: Vec<&Target> = match chosen {
        Some(chosen) if model.sights.whole => vec![chosen],
        _ => model.world.targets_in_order(),
    };
    let rows = rows_for(area, targets.len(), model.sights.whole);
    let here = targets.iter().position(|target| Some(&target.name) == model.target.as_ref()).unwrap_or(0);
    let first = (here + 1).saturating_sub(usize::from(rows));
    for (at, target) in (0..rows).zip(&targets[first.min(targets.len())..]) {
        let row = Rect { y: area.y + 1 + at, height: 1, ..area };
        draw_one(model, target, &columns, row, buffer);
        if chosen.is_some_and(|chosen| chosen.name == target.name) {
            buffer.set_style(row, styles.selected(true));
        }
    }
    if let Some(chosen) = chosen {
        about::draw(model, chosen, below(area, rows), buffer);
    }
}

/// How many lines of the selected one do not fit.
pub fn hidden(model: &Model) -> usize {
    let (Some(areas), Some(chosen)) = (Areas::of(model), model.chosen_target()) else { return 0 };
    let area = below(areas.list, rows_for(areas.list, 1, true));
    about::lines(model, chosen, area.width).len().saturating_sub(usize::from(area.height.saturating_sub(1)))
}

/// The moments whose ages are on the screen.
pub(super) fn times(model: &Model) -> Vec<Timestamp> {
    let sights = model.world.targets.keys().filter_map(|name| model.sights.of(name));
    let seen = sights.flat_map(|sight| sight.examined_at.into_iter().chain(sight.last_contact));
    model.world.targets.values().filter_map(Target::since).chain(seen).collect()
}

/// Rows of the list: as many as there are targets, and at most half of the room.
fn rows_for(area: Rect, targets: usize, whole: bool) -> u16 {
    let most = if whole { 1 } else { (area.height / 2).max(2) };
    u16::try_from(targets).unwrap_or(u16::MAX).min(most).min(area.height.saturating_sub(1))
}

fn below(area: Rect, rows: u16) -> Rect {
    let used = (rows + 1).min(area.height);
    Rect { y: area.y + used, height: area.height - used, ..area }
}

fn draw_one(model: &Model, target: &Target, columns: &[Column], area: Rect, buffer: &mut Buffer) {
    let styles = &model.styles;
    let sight = model.sights.of(&target.name);
    let state = styles.target(target);
    let mut strip = Strip::new(buffer, area, 0);
    strip.skip(1).left(glyph(target), state).skip(1);
    strip.left(&pad(&text::cut(target.name.as_str(), NAME - 1), NAME), styles.text());
    strip.left(&pad(target.label(), STATE), state);
    for column in columns {
        // What was seen of a machine that is away is not so any more: why it is away stands there instead.
        if let (Column::Load, Some(trouble)) = (column, target.trouble()) {
            let since = target.since().map(|since| format!("since {}: ", age::short(model.now, since)));
            // Where its state says already that it is away or lacks something, what is new is why.
            let why = match &target.link {
                Link::Unreachable { reason, .. } | Link::Unfit { reason, .. }
                    if target.label() == target.link.label() =>
                {
                    reason
                }
                Link::Here
                | Link::Untried
                | Link::Joining
                | Link::Up { .. }
                | Link::Unfit { .. }
                | Link::Unreachable { .. } => &trouble,
            };
            strip.left(&format!("{}{why}", since.unwrap_or_default()), state);
            return;
        }
        let (words, style) = cell(model, target, sight, *column);
        let room = column.columns();
        let words = text::cut(&words, room - 1).into_owned();
        // The last one may reach as far as there is room.
        strip.left(&if column == &Column::Place { words } else { pad(&words, room) }, style);
    }
}

fn cell(model: &Model, target: &Target, sight: Option<&TargetSight>, column: Column) -> (String, Style) {
    let styles = &model.styles;
    let machine = sight.and_then(|sight| sight.machine);
    let or_dash = |words: Option<(String, bool)>| match words {
        Some((words, true)) => (words, styles.warning()),
        Some((words, false)) => (words, styles.text()),
        None => ("-".into(), styles.dim()),
    };
    match column {
        Column::Sessions => {
            let (words, full) = sessions(model, target);
            (words, if full { styles.warning() } else { styles.text() })
        }
        Column::Load => {
            or_dash(machine.map(|machine| (load(&machine), machine.load > BUSY * f64::from(machine.processors))))
        }
        Column::Memory => or_dash(machine.map(|machine| (bytes(machine.memory_free), machine.memory_free < SCARCE))),
        Column::Disk => or_dash(machine.map(|machine| (bytes(machine.disk_free), machine.disk_free < SCARCE))),
        Column::Answers => or_dash(sight.and_then(|sight| sight.round_trip_ms).map(|long| (milliseconds(long), false))),
        Column::Seen => or_dash(seen(model.now, target, sight).map(|ago| (ago, false))),
        Column::Labels => {
            let labels: Vec<&str> = target.labels.iter().map(crate::domain::TargetLabel::as_str).collect();
            or_dash(Some(labels.join(" ")).filter(|labels| !labels.is_empty()).map(|labels| (labels, false)))
        }
        Column::Place => (place(target), styles.dim()),
    }
}

fn pad(words: &str, columns: u16) -> String {
    let missing = columns.saturating_sub(text::width(words));
    format!("{words}{}", " ".repeat(usize::from(missing)))
}

/// How it stands, in one column.
fn glyph(target: &Target) -> &'static str {
    match (target.state, &target.link) {
        (State::Disabled, _) => "○",
        (_, Link::Unreachable { .. }) => "!",
        (_, Link::Unfit { .. }) => "✗",
        (_, Link::Untried | Link::Joining) => "◌",
        (State::Draining, Link::Here | Link::Up { .. }) => "◍",
        (State::Online, Link::Here | Link::Up { .. }) => "●",
    }
}

/// How many run there, of how many; and whether no place is left.
fn sessions(model: &Model, target: &Target) -> (String, bool) {
    let there = model.world.sessions.values().filter(|session| session.target == target.name);
    let running = there.filter(|session| session.state.takes_a_place()).count();
    match target.capacity {
        None => (running.to_string(), false),
        Some(most) => (format!("{running} of {most}"), u32::try_from(running).is_ok_and(|running| running >= most)),
    }
}

fn load(machine: &Machine) -> String {
    format!("{:.1}/{}", machine.load, machine.processors)
}

fn milliseconds(long: f64) -> String {
    if long < 10.0 { format!("{long:.1} ms") } else { format!("{long:.0} ms") }
}

/// How long ago it answered; nothing for this machine.
fn seen(now: Timestamp, target: &Target, sight: Option<&TargetSight>) -> Option<String> {
    let at = sight?.last_contact.filter(|_| target.place != Place::Local)?;
    Some(if now.since(at).as_secs() < 5 { "now".into() } else { age::short(now, at) })
}

fn place(target: &Target) -> String {
    match &target.place {
        Place::Local => "this machine".into(),
        Place::Ssh(place) => place.address.to_string(),
    }
}
