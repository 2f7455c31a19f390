//! The board: which rows there are, in which order, and which one the cursor is on.
//!
//! The cursor is an id, not a line, so a key always goes to the row the person sees it on. The order is made of ranks
//! that are remembered: what needs the person floats up, but only in groups without the cursor, or after a while
//! without keys ([`Board::settle`]).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{
    Filter, Index,
    index::{objective_rank, session_rank},
};
use crate::domain::{ObjectiveId, SessionId, World, session::Role};

/// A row of the board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Row {
    /// An objective, above its sessions.
    Objective(ObjectiveId),
    /// A session.
    Session(SessionId),
}

/// A row with its place in the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// What it shows.
    pub row: Row,
    /// Its objective.
    pub objective: ObjectiveId,
    /// How deep it stands: 0 for objectives and for a session that is all of one, 1 for the sessions of others, 2 for
    /// those sessions' children.
    pub depth: u16,
}

impl Line {
    /// A session that is all of its objective.
    pub fn is_whole(&self) -> bool {
        self.depth == 0 && matches!(self.row, Row::Session(_))
    }
}

/// The board.
#[derive(Debug, Default)]
pub struct Board {
    lines: Vec<Line>,
    selected: Option<Row>,
    // Where the cursor was, for when its row is gone.
    place: usize,
    first_visible: usize,
    folded: BTreeSet<ObjectiveId>,
    filter: Filter,
    undo: Vec<Undo>,
    objective_ranks: HashMap<ObjectiveId, u8>,
    session_ranks: HashMap<SessionId, u8>,
}

/// How a filter or a fold is taken back.
#[derive(Debug)]
enum Undo {
    Filter(Filter),
    Fold(ObjectiveId),
}

/// The session is all that the objective is: one line says both.
pub fn is_plain(world: &World, objective: ObjectiveId, session: SessionId) -> bool {
    let (Some(objective), Some(session)) = (world.objectives.get(&objective), world.sessions.get(&session)) else {
        return false;
    };
    session.role == Role::Worker && session.title == objective.title
}

/// Most steps that can be taken back.
const UNDO_STEPS: usize = 50;
/// Deepest indentation, in levels.
const DEPTH: u16 = 4;

impl Board {
    /// The rows, from the top.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The row the cursor is on.
    pub fn selected(&self) -> Option<Row> {
        self.selected
    }

    /// The line the cursor is on.
    pub fn selected_line(&self) -> Option<&Line> {
        self.lines.get(self.place)
    }

    /// The objective that the cursor's line stands for as a whole, when that line is its only session's.
    pub fn whole(&self) -> Option<ObjectiveId> {
        self.selected_line().filter(|line| line.is_whole()).map(|line| line.objective)
    }

    /// The first line that is seen.
    pub fn first_visible(&self) -> usize {
        self.first_visible
    }

    /// Whether an objective's sessions are hidden.
    pub fn is_folded(&self, objective: ObjectiveId) -> bool {
        self.folded.contains(&objective)
    }

    /// Which sessions are shown.
    pub fn filter(&self) -> &Filter {
        &self.filter
    }

    /// Moves the cursor by `steps` lines, stopping at the ends.
    pub fn step(&mut self, steps: isize) {
        self.go_to(self.place.saturating_add_signed(steps).min(self.lines.len().saturating_sub(1)));
    }

    /// Moves the cursor to a line.
    pub fn go_to(&mut self, line: usize) {
        if let Some(found) = self.lines.get(line) {
            self.selected = Some(found.row);
            self.place = line;
        }
    }

    /// Moves the cursor to a row; unfolds and, where it must, unfilters until it is there.
    pub fn select(&mut self, row: Row, world: &World, index: &Index) {
        self.selected = Some(row);
        if let Row::Session(id) = row
            && let Some(session) = world.sessions.get(&id)
        {
            self.folded.remove(&session.objective);
        }
        self.derive(world, index);
        if self.selected != Some(row) && !self.filter.is_empty() {
            self.filter_by("", true);
            self.selected = Some(row);
            self.derive(world, index);
        }
    }

    /// Hides or shows the sessions of the objective the cursor is in.
    pub fn fold(&mut self) {
        let Some(line) = self.selected_line().filter(|line| !line.is_whole()) else { return };
        let objective = line.objective;
        self.toggle(objective);
        if self.is_folded(objective) {
            self.selected = Some(Row::Objective(objective));
        }
        self.remember(Undo::Fold(objective));
    }

    /// Shows only what `text` describes. While it is being written, only its first letter is a step to be undone.
    pub fn filter_by(&mut self, text: &str, undoable: bool) {
        let before = std::mem::replace(&mut self.filter, Filter::parse(text));
        if undoable && before.text() != text {
            self.remember(Undo::Filter(before));
        }
    }

    /// Takes back the last filter or fold; says whether there was one.
    pub fn undo(&mut self) -> bool {
        match self.undo.pop() {
            Some(Undo::Filter(filter)) => self.filter = filter,
            Some(Undo::Fold(objective)) => self.toggle(objective),
            None => return false,
        }
        true
    }

    fn toggle(&mut self, objective: ObjectiveId) {
        if !self.folded.remove(&objective) {
            self.folded.insert(objective);
        }
    }

    fn remember(&mut self, undo: Undo) {
        self.undo.push(undo);
        if self.undo.len() > UNDO_STEPS {
            self.undo.remove(0);
        }
    }

    /// Lets what needs the person float up: everywhere, or everywhere but in the group with the cursor.
    pub fn settle(&mut self, world: &World, index: &Index, everywhere: bool) {
        let here = self.selected_line().map(|line| line.objective).filter(|_| !everywhere);
        self.session_ranks.retain(|id, _| {
            let objective = world.sessions.get(id).map(|session| session.objective);
            objective.is_some() && objective == here
        });
        if everywhere {
            self.objective_ranks.clear();
        }
        self.derive(world, index);
    }

    /// Makes the rows anew, after the world, a fold or the filter has changed.
    pub fn derive(&mut self, world: &World, index: &Index) {
        self.remember_ranks(world, index);
        let mut objectives: Vec<ObjectiveId> = world.objectives.keys().copied().collect();
        objectives.sort_by_key(|id| (self.objective_ranks.get(id).copied(), std::cmp::Reverse(*id)));
        let shown = self.shown(world, index);
        let mut lines = Vec::with_capacity(world.sessions.len() + objectives.len());
        for objective in objectives {
            let Some(group) = index.group(objective) else { continue };
            let sessions: Vec<SessionId> = match &shown {
                Some(shown) => group.sessions.iter().copied().filter(|id| shown.contains(id)).collect(),
                None => group.sessions.clone(),
            };
            if shown.is_some() && sessions.is_empty() {
                continue;
            }
            if let [only] = group.sessions[..]
                && is_plain(world, objective, only)
            {
                lines.push(Line { row: Row::Session(only), objective, depth: 0 });
                continue;
            }
            lines.push(Line { row: Row::Objective(objective), objective, depth: 0 });
            if !self.folded.contains(&objective) || shown.is_some() {
                self.add_sessions(world, objective, sessions, &mut lines);
            }
        }
        self.lines = lines;
        self.keep_cursor();
    }

    fn remember_ranks(&mut self, world: &World, index: &Index) {
        self.objective_ranks.retain(|id, _| world.objectives.contains_key(id));
        self.session_ranks.retain(|id, _| world.sessions.contains_key(id));
        for (id, group) in index.groups() {
            if let Some(objective) = world.objectives.get(id) {
                self.objective_ranks.entry(*id).or_insert_with(|| objective_rank(objective.state, group));
            }
        }
        for session in world.sessions.values() {
            let rank = || session_rank(session, index.marks(session.id).needs_you);
            self.session_ranks.entry(session.id).or_insert_with(rank);
        }
    }

    /// The sessions the filter shows; `None` without a filter.
    fn shown(&self, world: &World, index: &Index) -> Option<BTreeSet<SessionId>> {
        if self.filter.is_empty() {
            return None;
        }
        let mut finder = self.filter.finder();
        let shows = |session: &&crate::domain::Session| {
            let objective = world.objectives.get(&session.objective);
            finder.shows(session, objective, index.marks(session.id).needs_you)
        };
        Some(world.sessions.values().filter(shows).map(|session| session.id).collect())
    }

    /// Adds an objective's sessions, children below their parents. A parent is always older than its child, so the
    /// walk ends whatever the world says.
    fn add_sessions(&self, world: &World, objective: ObjectiveId, sessions: Vec<SessionId>, lines: &mut Vec<Line>) {
        let present: BTreeSet<SessionId> = sessions.iter().copied().collect();
        let mut children: BTreeMap<Option<SessionId>, Vec<SessionId>> = BTreeMap::new();
        for id in sessions {
            let parent = world.sessions.get(&id).and_then(|session| session.parent);
            let parent = parent.filter(|parent| *parent < id && present.contains(parent));
            children.entry(parent).or_default().push(id);
        }
        for siblings in children.values_mut() {
            // Taken from the end below.
            siblings.sort_by_key(|id| std::cmp::Reverse((self.session_ranks.get(id).copied(), *id)));
        }
        let mut waiting: Vec<(SessionId, u16)> =
            children.remove(&None).unwrap_or_default().into_iter().map(|id| (id, 1)).collect();
        while let Some((id, depth)) = waiting.pop() {
            lines.push(Line { row: Row::Session(id), objective, depth });
            let below = children.remove(&Some(id)).unwrap_or_default();
            waiting.extend(below.into_iter().map(|child| (child, (depth + 1).min(DEPTH))));
        }
    }

    /// The cursor stays on its row, or where that row was.
    fn keep_cursor(&mut self) {
        let found = self.selected.and_then(|row| self.lines.iter().position(|line| line.row == row));
        let line = found.unwrap_or(self.place).min(self.lines.len().saturating_sub(1));
        // The picture moves with the cursor's row, so that the row itself stays where it is.
        self.first_visible = self.first_visible.saturating_add_signed(line as isize - self.place as isize);
        self.place = line;
        self.selected = self.lines.get(line).map(|line| line.row);
    }

    /// Moves the picture until the cursor is seen in `height` lines and no line is wasted.
    pub fn bring_into_view(&mut self, height: u16) {
        let height = usize::from(height).max(1);
        let last = self.lines.len().saturating_sub(height);
        let first = self.first_visible.clamp((self.place + 1).saturating_sub(height), self.place);
        self.first_visible = first.min(last);
    }
}
