//! The changes that are being read: which file, where in it, in which layout.
//!
//! Invariants: the cursor is on a line, a hunk or a comment, not on a row, so another layout keeps it; what is shown
//! stays as it was read until the person asks for it anew; one file is fetched at a time, the one that is looked at.

use std::collections::HashMap;

use super::View;
use crate::{
    domain::{
        Diff, SessionId, Timestamp, WorkspaceId,
        diff::{Content, File, Side},
    },
    tui::{
        diff::{Comments, Layout, Row, Rows, Spot, Text, Tree},
        effect::Comparison,
        message::Problem,
    },
};

/// The changes that are being read.
#[derive(Debug)]
pub struct Reading {
    /// Whose.
    pub session: SessionId,
    /// In which workspace.
    pub workspace: WorkspaceId,
    /// What it is compared with.
    pub from: Side,
    /// The state that is compared.
    pub to: Side,
    /// The view from which it was opened.
    pub opened_from: View,
    /// Where the keys go.
    pub pane: Pane,
    /// The layout that the person wants; `None`: what fits.
    pub layout: Option<Layout>,
    /// The files.
    pub listed: Fetched<Listed>,
    /// The place of the file that is shown.
    pub file: usize,
    /// The first line of the list that is seen.
    pub first_listed: usize,
    /// Columns of the text that are out of view at the left.
    pub left: u16,
    /// It is known to have changed since it was read.
    pub stale: bool,
    /// What was last known of the workspace's figures.
    pub figures_of: Option<Timestamp>,
    bodies: HashMap<usize, Fetched<Body>>,
    rows: Rows,
    made: Option<Made>,
    // Where the cursor goes in a file that is not here yet.
    land: Option<Land>,
    // Answers to earlier questions count no more.
    number: u64,
    under_way: Option<Comparison>,
    // The files are to be read anew, or only looked at for whether they have changed.
    wanted: Option<Wanted>,
}

/// Where the keys go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pane {
    /// The list of files.
    Files,
    /// The text of one.
    Text,
}

/// Something that was asked for.
#[derive(Debug)]
pub enum Fetched<Thing> {
    /// It has not come yet.
    Waiting,
    /// It is here.
    Here(Thing),
    /// It can't be had.
    Failed(Problem),
}

/// The files.
#[derive(Debug)]
pub struct Listed {
    /// The difference, without texts.
    pub diff: Diff,
    /// Its files, by folder.
    pub tree: Tree,
}

/// One file.
#[derive(Debug)]
pub struct Body {
    /// The file.
    pub file: File,
    /// Its lines, where it has any.
    pub text: Option<Text>,
    /// What the cursor is on.
    pub spot: Spot,
    /// The first row that is seen.
    pub first: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Land {
    First,
    Last,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Files,
    Fingerprint,
}

/// What the rows were made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Made {
    number: u64,
    file: usize,
    layout: Layout,
    columns: u16,
    comments: u64,
    writing: usize,
}

/// Most files whose texts are held.
const HELD: usize = 64;
/// Rows that are kept in view above and below the cursor.
const MARGIN: usize = 3;

impl Reading {
    /// What `session` changed in `workspace`, from its base until now. Nothing is known yet.
    pub fn new(session: SessionId, workspace: WorkspaceId, opened_from: View) -> Self {
        Self {
            session,
            workspace,
            from: Side::Base,
            to: Side::Now,
            opened_from,
            pane: Pane::Files,
            layout: None,
            listed: Fetched::Waiting,
            file: 0,
            first_listed: 0,
            left: 0,
            stale: false,
            figures_of: None,
            bodies: HashMap::new(),
            rows: Rows::default(),
            made: None,
            land: None,
            number: 0,
            under_way: None,
            wanted: Some(Wanted::Files),
        }
    }

    /// Compares two other states.
    pub fn compare(&mut self, from: Side, to: Side) {
        if (from, to) != (self.from, self.to) {
            (self.from, self.to, self.listed, self.file, self.land) = (from, to, Fetched::Waiting, 0, None);
        }
        self.refresh();
    }

    /// Reads everything anew; what is shown stays until that has come.
    pub fn refresh(&mut self) {
        self.number += 1;
        (self.under_way, self.wanted) = (None, Some(Wanted::Files));
    }

    /// Looks whether it is still what is shown.
    pub fn look_again(&mut self) {
        if !self.stale && matches!(self.listed, Fetched::Here(_)) && self.wanted.is_none() {
            self.wanted = Some(Wanted::Fingerprint);
        }
    }

    /// What is to be asked for next, if nothing is under way.
    pub fn ask(&mut self) -> Option<Comparison> {
        if self.under_way.is_some() {
            return None;
        }
        let path = match (&self.listed, self.wanted) {
            (_, Some(Wanted::Files | Wanted::Fingerprint)) => None,
            (Fetched::Here(listed), None) if !self.bodies.contains_key(&self.file) => {
                Some(listed.diff.files.get(self.file)?.path.clone())
            }
            (Fetched::Here(_) | Fetched::Waiting | Fetched::Failed(_), None) => return None,
        };
        let comparison =
            Comparison { workspace: self.workspace, from: self.from, to: self.to, path, number: self.number };
        self.under_way = Some(comparison.clone());
        Some(comparison)
    }

    /// What has come of asking.
    pub fn take(&mut self, asked: &Comparison, answer: Result<Box<Diff>, Problem>) {
        if self.under_way.as_ref() != Some(asked) {
            return;
        }
        self.under_way = None;
        match (&asked.path, self.wanted.take()) {
            (None, Some(Wanted::Fingerprint)) => {
                // Whether it has changed is not known: nothing is said.
                let other = |diff: &Diff| self.diff().is_some_and(|shown| shown.fingerprint != diff.fingerprint);
                self.stale |= answer.is_ok_and(|diff| other(&diff));
            }
            (None, _) => self.take_files(answer),
            (Some(path), wanted) => {
                self.wanted = wanted;
                self.take_body(path, answer);
            }
        }
    }

    fn take_files(&mut self, answer: Result<Box<Diff>, Problem>) {
        let shown = self.file_here().map(|file| file.path.clone());
        self.stale = false;
        match answer {
            Ok(diff) => {
                let same = self.diff().is_some_and(|known| known.fingerprint == diff.fingerprint);
                // What could not be read is tried again.
                self.bodies.retain(|_, body| same && matches!(body, Fetched::Here(_)));
                let tree = Tree::of(&diff.files);
                let found = shown.and_then(|path| diff.files.iter().position(|file| file.path == path));
                self.file = found.or_else(|| tree.files().next()).unwrap_or(0);
                self.listed = Fetched::Here(Listed { diff: *diff, tree });
            }
            Err(problem) => self.listed = Fetched::Failed(problem),
        }
        self.made = None;
    }

    fn take_body(&mut self, path: &str, answer: Result<Box<Diff>, Problem>) {
        let Some(place) = self.diff().and_then(|diff| diff.files.iter().position(|file| file.path == path)) else {
            return;
        };
        let shown = self.diff().map(|diff| diff.fingerprint.clone());
        let body = match answer {
            Ok(diff) => {
                self.stale |= shown.is_some_and(|fingerprint| fingerprint != diff.fingerprint);
                match diff.files.into_iter().find(|file| file.path == path) {
                    Some(file) => Fetched::Here(Body::of(file)),
                    None => Fetched::Failed(Problem::new("it is not changed any more")),
                }
            }
            Err(problem) => Fetched::Failed(problem),
        };
        if self.bodies.len() >= HELD {
            self.bodies.clear();
        }
        self.bodies.insert(place, body);
        self.made = None;
    }

    /// The difference, once it is here.
    pub fn diff(&self) -> Option<&Diff> {
        match &self.listed {
            Fetched::Here(listed) => Some(&listed.diff),
            Fetched::Waiting | Fetched::Failed(_) => None,
        }
    }

    /// The file that is shown, as the list has it.
    pub fn file_here(&self) -> Option<&File> {
        self.diff()?.files.get(self.file)
    }

    /// The text of the file that is shown, as far as it is known.
    pub fn body(&self) -> Option<&Fetched<Body>> {
        self.bodies.get(&self.file)
    }

    /// The same, once it is here.
    pub fn body_here(&self) -> Option<(&Body, &Rows)> {
        match self.bodies.get(&self.file)? {
            Fetched::Here(body) => Some((body, &self.rows)),
            Fetched::Waiting | Fetched::Failed(_) => None,
        }
    }

    /// The layout in `columns`.
    pub fn layout_in(&self, columns: u16) -> Layout {
        let fits = if columns >= BOTH { Layout::SideBySide } else { Layout::Unified };
        self.layout.unwrap_or(fits)
    }

    /// Makes the rows of the file that is shown, for a room of `columns` and `rows`, and brings the cursor into view.
    pub fn lay_out(&mut self, comments: &Comments, columns: u16, height: u16) {
        let layout = self.layout_in(columns);
        let Some(Fetched::Here(body)) = self.bodies.get_mut(&self.file) else {
            self.rows = Rows::default();
            return;
        };
        let Some(text) = &mut body.text else {
            self.rows = Rows::default();
            return;
        };
        let writing = comments.writing.as_ref().map_or(0, |(_, editor)| editor.line_count());
        let made = Made { number: self.number, file: self.file, layout, columns, comments: comments.version, writing };
        if self.made != Some(made) {
            self.rows = Rows::new(text, layout, comments, &body.file.path, columns.saturating_sub(COMMENT_INDENT));
            self.made = Some(made);
        }
        match self.land.take() {
            Some(Land::First) => (body.spot, body.first) = (Spot::Hunk(0), 0),
            Some(Land::Last) => body.spot = Spot::Hunk(text.hunks().len().saturating_sub(1)),
            None => {}
        }
        let mut here = self.rows.rows_of(body.spot);
        if here.is_empty() {
            // A comment that was here is gone.
            let near = body.first.min(self.rows.rows().len().saturating_sub(1));
            body.spot = (near..self.rows.rows().len()).find_map(|at| self.rows.spot(at, text)).unwrap_or(body.spot);
            here = self.rows.rows_of(body.spot);
        }
        let height = usize::from(height).max(1);
        let margin = MARGIN.min((height - 1) / 2);
        let most = here.start.saturating_sub(margin);
        let least = (here.end + margin).saturating_sub(height).min(here.start);
        let last = self.rows.rows().len().saturating_sub(height);
        body.first = body.first.min(most).max(least).min(last);
        text.reach(self.rows.rows().iter().skip(body.first).take(height).filter_map(last_line).max().unwrap_or(0) + 1);
        self.left = self.left.min(u16::try_from(text.longest()).unwrap_or(u16::MAX));
    }

    /// Moves the cursor by `steps` rows on which it can rest.
    pub fn step(&mut self, steps: isize) {
        let Some(Fetched::Here(Body { text: Some(text), spot, .. })) = self.bodies.get_mut(&self.file) else { return };
        let rows = self.rows.rows_of(*spot);
        let end = self.rows.rows().len();
        let wanted = match steps {
            0.. => (rows.end.max(1) - 1).saturating_add_signed(steps).min(end.saturating_sub(1)),
            _ => rows.start.saturating_add_signed(steps),
        };
        let on = (wanted..end).find_map(|at| self.rows.spot(at, text));
        let back = || (0..wanted.min(end)).rev().find_map(|at| self.rows.spot(at, text));
        let found = if steps < 0 { self.rows.spot(wanted, text).or_else(back).or(on) } else { on.or_else(back) };
        *spot = found.unwrap_or(*spot);
    }

    /// Puts the cursor there.
    pub fn rest_on(&mut self, there: Spot) {
        if let Some(Fetched::Here(body)) = self.bodies.get_mut(&self.file) {
            body.spot = there;
        }
    }

    /// Puts the cursor on the row `at` of those that are seen.
    pub fn point(&mut self, at: u16) {
        let Some(Fetched::Here(Body { text: Some(text), spot, first, .. })) = self.bodies.get_mut(&self.file) else {
            return;
        };
        *spot = self.rows.spot(*first + usize::from(at), text).unwrap_or(*spot);
    }

    /// Goes to the next hunk or the one before, across files; says whether there was one.
    pub fn step_hunk(&mut self, on: bool) -> bool {
        if let Some(Fetched::Here(Body { text: Some(text), spot, .. })) = self.bodies.get_mut(&self.file) {
            let here = match *spot {
                Spot::Hunk(hunk) => Some(hunk),
                Spot::Line(line) => text.lines().get(line).map(|line| line.hunk),
                Spot::Comment(_) => {
                    let row = self.rows.rows_of(*spot).start;
                    let above = self.rows.rows()[..row].iter().rev();
                    above.into_iter().find_map(last_line).and_then(|line| Some(text.lines().get(line)?.hunk))
                }
            };
            let next = match (here, on) {
                (None, true) => Some(0),
                (None, false) => None,
                (Some(hunk), true) => Some(hunk + 1),
                // From inside a hunk, its own beginning comes first.
                (Some(hunk), false) if *spot != Spot::Hunk(hunk) => Some(hunk),
                (Some(hunk), false) => hunk.checked_sub(1),
            };
            if let Some(next) = next.filter(|next| *next < text.hunks().len()) {
                *spot = Spot::Hunk(next);
                return true;
            }
        }
        let moved = self.step_file(if on { 1 } else { -1 });
        if moved {
            self.land = Some(if on { Land::First } else { Land::Last });
        }
        moved
    }

    /// Goes on by `steps` files in the list, stopping at its ends; says whether it moved.
    pub fn step_file(&mut self, steps: isize) -> bool {
        let Fetched::Here(Listed { tree, .. }) = &self.listed else { return false };
        let files: Vec<usize> = tree.files().collect();
        let here = files.iter().position(|file| *file == self.file).unwrap_or(0);
        let there = here.saturating_add_signed(steps).min(files.len().saturating_sub(1));
        let moved = there != here;
        self.show(files.get(there).copied().unwrap_or(0));
        moved
    }

    /// Shows a file.
    pub fn show(&mut self, file: usize) {
        if file != self.file {
            (self.file, self.left, self.land) = (file, 0, None);
            // What could not be read is tried again when it is looked at again.
            if let Some(Fetched::Failed(_)) = self.bodies.get(&file) {
                self.bodies.remove(&file);
            }
        }
    }

    /// Brings the file that is shown into view in a list of `height` lines.
    pub fn bring_into_view(&mut self, height: u16) {
        let Fetched::Here(listed) = &self.listed else { return };
        let (lines, height) = (listed.tree.entries().len(), usize::from(height).max(1));
        let Some(line) = listed.tree.line_of(self.file) else { return };
        let least = (line + 1).saturating_sub(height);
        // Its folder, right above it, is seen too where there is room for it.
        let first = self.first_listed.clamp(least, line.saturating_sub(1).max(least));
        self.first_listed = first.min(lines.saturating_sub(height));
    }
}

/// Fewest columns in which lines stand beside each other, unless the person wants it otherwise.
const BOTH: u16 = 110;
/// Columns before the words of a comment, and behind them.
pub const COMMENT_INDENT: u16 = 8;

/// The last line on a row.
pub(in crate::tui) fn last_line(row: &Row) -> Option<usize> {
    match *row {
        Row::One(line) => Some(line),
        Row::Two(left, right) => left.max(right),
        Row::Hunk(_) | Row::Comment { .. } | Row::Writing { .. } | Row::Cut => None,
    }
}

impl Body {
    fn of(file: File) -> Self {
        let text = match &file.content {
            Content::Text { hunks, cut } if !hunks.is_empty() => Some(Text::new(&file, hunks, *cut)),
            Content::Text { .. }
            | Content::Unread
            | Content::Binary
            | Content::TooLarge
            | Content::LargeFilePointer
            | Content::Submodule { .. } => None,
        };
        Self { file, text, spot: Spot::Hunk(0), first: 0 }
    }
}
