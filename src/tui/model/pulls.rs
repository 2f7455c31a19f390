//! The pull requests: in which order they are shown, which one the cursor is on, and how each stands.
//!
//! The order is remembered like the questions': what comes in stands at the end until the keys rest
//! ([`Pulls::settle`]), so that no row moves under the cursor.

use std::{cmp::Reverse, time::Duration};

use crate::domain::{
    PullRequest, PullRequestId, Question, Remark, RemarkId, Timestamp, World,
    pull_request::{Mergeable, Review, State},
    question::{self, Action},
};

/// The pull requests that are shown, and the cursor among them.
#[derive(Debug, Default)]
pub struct Pulls {
    order: Vec<PullRequestId>,
    selected: Option<PullRequestId>,
    // Where the cursor was, for when its row is gone.
    place: usize,
    first_visible: usize,
    /// How many lines of what is known of the selected one are above the picture.
    pub scroll: usize,
    /// The remark that keys go to.
    pub remark: Option<RemarkId>,
}

/// How a pull request stands: what is to be said of it first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Somebody closed it, and the person is asked what comes next.
    Asked,
    /// Its last step did not succeed.
    Problem,
    /// It conflicts with its base.
    Conflicts,
    /// A check failed.
    Red,
    /// A reviewer wants changes.
    ChangesRequested,
    /// Something is being done to it.
    Busy(&'static str),
    /// Its checks run.
    Checks,
    /// It can be merged.
    Ready,
    /// It is offered nowhere yet.
    Draft,
    /// It is merged.
    Merged,
    /// It was closed.
    Closed,
}

/// For so long what is merged or closed is still shown.
const LINGERS: Duration = Duration::from_secs(24 * 60 * 60);

impl Standing {
    /// How `pull_request` stands.
    pub fn of(world: &World, pull_request: &PullRequest) -> Standing {
        match (&pull_request.state, &pull_request.step) {
            (State::Merged { .. }, _) => Standing::Merged,
            (_, Some(step)) => Standing::Busy(step.label()),
            (State::Closed, None) if asked(world, pull_request.id).is_some() => Standing::Asked,
            (_, None) if pull_request.problem.is_some() => Standing::Problem,
            (State::Closed, None) => Standing::Closed,
            (State::Draft, None) => Standing::Draft,
            (State::Open, None) if matches!(pull_request.mergeable, Mergeable::Conflicts { .. }) => Standing::Conflicts,
            (State::Open, None) if !pull_request.checks.failed.is_empty() => Standing::Red,
            (State::Open, None) if pull_request.review == Review::ChangesRequested => Standing::ChangesRequested,
            (State::Open, None) if pull_request.checks.pending > 0 => Standing::Checks,
            (State::Open, None) => Standing::Ready,
        }
    }

    /// A sign, one column wide in every font, and a word of at most ten columns.
    pub fn sign(self) -> (&'static str, &'static str) {
        match self {
            Standing::Asked => ("?", "closed"),
            Standing::Problem => ("!", "problem"),
            Standing::Conflicts => ("×", "conflicts"),
            Standing::Red => ("✗", "red"),
            Standing::ChangesRequested => ("◆", "changes"),
            Standing::Busy(step) => ("◌", step),
            Standing::Checks => ("●", "checks run"),
            Standing::Ready => ("✓", "ready"),
            Standing::Draft => ("○", "draft"),
            Standing::Merged => ("✓", "merged"),
            Standing::Closed => ("–", "closed"),
        }
    }

    /// It waits for the person.
    pub fn needs_you(self) -> bool {
        self.rank() == 0
    }

    /// Where it belongs in the list; smaller comes first.
    fn rank(self) -> u8 {
        match self {
            Standing::Asked | Standing::Problem | Standing::Conflicts | Standing::Red | Standing::ChangesRequested => 0,
            Standing::Ready => 1,
            Standing::Busy(_) | Standing::Checks | Standing::Draft => 2,
            Standing::Merged | Standing::Closed => 3,
        }
    }
}

/// The question that asks what comes after somebody has closed it.
pub fn asked(world: &World, pull_request: PullRequestId) -> Option<&Question> {
    let about = |question: &&Question| {
        question.kind == question::Kind::PullRequest
            && question.state.is_open()
            && question.choices.iter().any(|choice| choice.action == Action::PublishAgain(pull_request))
    };
    world.questions.values().find(about)
}

/// What is wanted of `pull_request` and not settled, oldest first.
pub fn wanted(world: &World, pull_request: PullRequestId) -> impl Iterator<Item = &Remark> {
    world.remarks_of(pull_request).filter(|remark| remark.is_wanted())
}

impl Pulls {
    /// The pull requests, what needs the person first.
    pub fn order(&self) -> &[PullRequestId] {
        &self.order
    }

    /// The one the cursor is on.
    pub fn selected(&self) -> Option<PullRequestId> {
        self.selected
    }

    /// How many wait for the person.
    pub fn needing_you(&self, world: &World) -> usize {
        let shown = self.order.iter().filter_map(|id| world.pull_requests.get(id));
        shown.filter(|pull_request| Standing::of(world, pull_request).needs_you()).count()
    }

    /// The first line that is seen.
    pub fn first_visible(&self) -> usize {
        self.first_visible
    }

    /// Moves the cursor by `steps` lines, stopping at the ends.
    pub fn step(&mut self, steps: isize) {
        self.go_to(self.place.saturating_add_signed(steps).min(self.order.len().saturating_sub(1)));
    }

    /// Moves the cursor to a line.
    pub fn go_to(&mut self, line: usize) {
        if let Some(&found) = self.order.get(line) {
            if self.selected != Some(found) {
                (self.scroll, self.remark) = (0, None);
            }
            (self.selected, self.place) = (Some(found), line);
        }
    }

    /// Moves the cursor to `pull_request`, if it is shown.
    pub fn select(&mut self, pull_request: PullRequestId) {
        if let Some(line) = self.order.iter().position(|id| *id == pull_request) {
            self.go_to(line);
        }
    }

    /// Goes to the next remark about the selected one, or to the one before, round and round.
    pub fn step_remark(&mut self, world: &World, forward: bool) {
        let Some(selected) = self.selected else { return };
        let remarks: Vec<RemarkId> = world.remarks_of(selected).map(|remark| remark.id).collect();
        let here = self.remark.and_then(|id| remarks.iter().position(|other| *other == id));
        let next = match (here, forward) {
            (Some(here), true) => here + 1,
            (Some(here), false) => here + remarks.len() - 1,
            (None, true) => 0,
            (None, false) => remarks.len().saturating_sub(1),
        };
        self.remark = remarks.get(next % remarks.len().max(1)).copied();
    }

    /// Takes up what the world says: what is gone goes, what is new comes last.
    pub fn derive(&mut self, world: &World, now: Timestamp) {
        let shown = |id: &PullRequestId| {
            world.pull_requests.get(id).is_some_and(|found| {
                found.state.is_open()
                    || now.since(found.state_since) < LINGERS
                    || Standing::of(world, found).needs_you()
            })
        };
        self.order.retain(&shown);
        let new: Vec<PullRequestId> =
            world.pull_requests.keys().filter(|id| shown(id) && !self.order.contains(id)).copied().collect();
        self.order.extend(new);
        if self.remark.is_some_and(|id| !world.remarks.contains_key(&id)) {
            self.remark = None;
        }
        self.keep_cursor();
    }

    /// Lets every pull request find its place: what needs the person, what is ready, what is under way, what is over;
    /// of those alike the newest first.
    pub fn settle(&mut self, world: &World) {
        self.order.sort_by_key(|id| {
            let rank = world.pull_requests.get(id).map(|found| Standing::of(world, found).rank());
            (rank, Reverse(*id))
        });
        self.keep_cursor();
    }

    /// The cursor stays on its row, or where that row was.
    fn keep_cursor(&mut self) {
        let found = self.selected.and_then(|id| self.order.iter().position(|other| *other == id));
        let line = found.unwrap_or(self.place).min(self.order.len().saturating_sub(1));
        self.selected = self.selected.filter(|_| found.is_some());
        self.place = line;
        self.go_to(line);
    }

    /// Moves the picture until the cursor is seen in `height` lines and no line is wasted.
    pub fn bring_into_view(&mut self, height: u16) {
        let height = usize::from(height).max(1);
        let last = self.order.len().saturating_sub(height);
        let first = self.first_visible.clamp((self.place + 1).saturating_sub(height), self.place);
        self.first_visible = first.min(last);
    }
}
