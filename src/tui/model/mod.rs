//! Everything the dashboard knows; what is drawn is a function of it.
//!
//! Invariants: after [`Model::derive`] the board's cursor is on a row that exists, the question in front is open, and
//! whatever is being written belongs to something that exists. Nothing here reaches outside.
//!
//! - [`board`]: rows, order, cursor, fold and filter
//! - [`index`]: what the board asks of the world, found in one pass
//! - [`questions`]: the questions' order, and answers that were begun
//! - [`front`]: the question in front
//! - [`checkouts`]: workspaces, with what was found in them; [`artifacts`]: what was left behind
//! - [`pulls`]: the pull requests' order, and how each stands
//! - [`calls`]: what the person is about to be told
//! - [`history`]: texts that were sent
//! - [`reading`]: the changes that are being read
//! - [`filter`]: which sessions the board shows
//! - [`sign`]: how a session stands, as a sign and a word
//! - [`overlay`], [`form`], [`offer`], [`merging`], [`palette`], [`editor`]: what lies over the views

pub mod artifacts;
pub mod board;
mod calls;
pub mod checkouts;
pub mod editor;
pub mod filter;
pub mod form;
mod front;
mod history;
pub mod index;
pub mod merging;
pub mod offer;
pub mod overlay;
pub mod palette;
pub mod pulls;
pub mod questions;
pub mod reading;
pub mod sign;
pub mod target_form;
pub mod targets;
mod view;

use std::{collections::HashMap, time::Duration};

pub use board::{Board, Row};
pub use checkouts::Checkouts;
pub use editor::Editor;
pub use filter::Filter;
pub use form::Form;
pub use history::History;
pub use index::Index;
pub use merging::Merging;
pub use offer::Offer;
pub use overlay::Overlay;
pub use pulls::Pulls;
pub use questions::Questions;
pub use reading::Reading;
pub use sign::Sign;
pub use target_form::TargetForm;
pub use targets::Sights;
pub use view::View;

use super::{
    diff::Comments,
    effect::Looking,
    keymap::{Keymap, Place},
    message::Problem,
    pane::{LiveScreen, Takeover, WayOut, scroll::Scroll},
    settings::Settings,
    theme::{Colors, Styles, Themes},
};
use crate::{
    api::wire::Agent,
    domain::{
        Attention, Message, Objective, PullRequest, QuestionId, Session, SessionId, TargetName, Timestamp, WorkspaceId,
        World, attention,
    },
};

/// Everything the dashboard knows.
#[derive(Debug)]
pub struct Model {
    /// What it was told when it started.
    pub settings: Settings,
    /// Which key does what.
    pub keymap: Keymap,
    /// The themes there are.
    pub themes: Themes,
    /// What everything looks like.
    pub styles: Styles,
    /// The key that leaves a pane one types into.
    pub way_out: Option<WayOut>,
    /// The time, as it was told last.
    pub now: Timestamp,
    /// The terminal's columns and rows.
    pub size: (u16, u16),
    /// How it stands with the daemon.
    pub daemon: Daemon,
    /// What the daemon knows.
    pub world: World,
    /// What was found in it.
    pub index: Index,
    /// The board.
    pub board: Board,
    /// The questions.
    pub questions: Questions,
    /// The pull requests.
    pub pulls: Pulls,
    /// When another question came in front without a key.
    pub front_moved: Option<Timestamp>,
    /// Which view is shown.
    pub view: View,
    /// Where the keys go.
    pub focus: Focus,
    /// What lies over the view.
    pub overlay: Option<Overlay>,
    /// A form that was closed with something in it.
    pub draft: Option<Box<Form>>,
    /// The same of a form that offers work.
    pub offer: Option<Box<Offer>>,
    /// What is being written to sessions, by session.
    pub steers: HashMap<SessionId, Editor>,
    /// What was sent, oldest first, and which of it is shown while going through it.
    pub history: History,
    /// Texts on their way to the daemon.
    pub sending: Vec<Sending>,
    /// The changes that are being read.
    pub reading: Option<Box<Reading>>,
    /// Changes that the person has seen, by their fingerprints; the daemon is still to be told.
    pub seen: Vec<(WorkspaceId, String)>,
    /// What the person has to say about changes, until it is sent.
    pub comments: HashMap<WorkspaceId, Comments>,
    /// The screen that is looked at.
    pub screen: Picture,
    /// The pane that is taken over, once it is open.
    pub taken: Option<Takeover>,
    /// The pane has let go by itself, and the person may still be typing: until they say that they know, their keys go
    /// nowhere, because here they would be commands.
    pub pane_is_gone: bool,
    /// The past of the screen, while the person looks at it.
    pub past: Option<Past>,
    /// Which screen was last asked for.
    pub looking: Option<Looking>,
    /// When it was asked for.
    pub looked_at: Timestamp,
    /// The agents there are.
    pub agents: Agents,
    /// The cursor among the targets.
    pub target: Option<TargetName>,
    /// What is seen of them.
    pub sights: Sights,
    /// What was found in workspaces, and the cursor among them.
    pub checkouts: Checkouts,
    /// How many lines of the log lie below the picture; 0 follows it.
    pub log_scroll: usize,
    /// How many lines of what was used are above the picture.
    pub usage_scroll: usize,
    /// The terminal has the focus, as far as it says.
    pub terminal_focused: bool,
    /// The session that the person is attached to, full screen.
    pub attached: Option<SessionId>,
    /// What the person has been told of; `None` before anything is known.
    pub attention: Option<Attention>,
    /// What they are about to be told.
    pub calls: Vec<attention::Notice>,
    /// Where the divider is, when the person has moved it: columns of the board.
    pub divider: Option<u16>,
    /// The divider is being dragged.
    pub dragging: bool,
    /// Something to be read, until the next key.
    pub notice: Option<Notice>,
    /// When the last key came.
    pub last_key: Timestamp,
    /// The board's order is not what it would be if it were made now.
    pub unsettled: bool,
    /// The world has changed since the board was made.
    pub stale: bool,
    /// What the terminal's window was last called.
    pub window_name: String,
    /// Counts what is sent.
    pub sent: u64,
}

/// How it stands with the daemon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Daemon {
    /// Nothing was heard of it yet.
    Connecting,
    /// It told everything, and tells each change.
    Connected,
    /// It does not answer.
    Away {
        /// Since when.
        since: Timestamp,
        /// Why.
        problem: Problem,
    },
}

/// Where the keys go, below whatever lies over the view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Focus {
    /// The view's list.
    List,
    /// The selected session's screen.
    Screen,
    /// An open question.
    Question(QuestionId),
    /// The text to a session.
    Steer(SessionId),
    /// The answer to a question, in the person's own words.
    Answer(QuestionId),
    /// The filter.
    Filter,
    /// A comment on a change.
    Comment,
    /// The session's pane itself.
    TakenOver(SessionId),
}

/// The screen that is looked at.
#[derive(Debug, Default)]
pub enum Picture {
    /// None, or it has not come yet.
    #[default]
    Nothing,
    /// This one.
    Live(Box<LiveScreen>),
    /// It can't be seen.
    Lost(SessionId, Problem),
}

/// The past of a session's screen.
#[derive(Debug)]
pub struct Past {
    /// Whose.
    pub session: SessionId,
    /// Where in it.
    pub scroll: Scroll,
    /// The rows it was last told that it has.
    pub rows: u16,
}

/// The agents there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Agents {
    /// They are being looked for.
    Unknown,
    /// These.
    Known(Vec<Agent>),
    /// They can't be told.
    Failed(Problem),
}

impl Agents {
    /// Those that are known.
    pub fn list(&self) -> &[Agent] {
        match self {
            Agents::Known(agents) => agents,
            Agents::Unknown | Agents::Failed(_) => &[],
        }
    }
}

/// A text on its way to the daemon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sending {
    /// To whom.
    pub session: SessionId,
    /// Which.
    pub number: u64,
}

/// Something to be read, until the next key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// Something went well.
    Good(String),
    /// Something went wrong.
    Bad(Problem),
}

/// How long nothing must have been pressed before the whole board finds its order.
pub const QUIET: Duration = Duration::from_secs(5);

impl Model {
    /// A dashboard that knows nothing yet.
    pub fn new(settings: Settings, now: Timestamp, size: (u16, u16)) -> Self {
        let keymap = Keymap::new(&settings.keys);
        let themes = Themes::load(&settings.theme_dir);
        let (theme, warning) = themes.choose(&settings.theme);
        let colors = if settings.no_color { Colors::Hidden } else { Colors::Shown };
        let styles = Styles::new(theme, colors);
        let way_out = WayOut::parse(&settings.detach_key).or_else(|_| WayOut::parse("C-]")).ok();
        let mut words = settings.notices.clone();
        words.extend(keymap.problems().iter().cloned());
        words.extend(warning.iter().map(ToString::to_string));
        words.extend(themes.warnings().iter().map(ToString::to_string));
        let notice = words.first().map(|first| {
            let more = if words.len() > 1 { format!(" (and {} more)", words.len() - 1) } else { String::new() };
            Notice::Bad(Problem { what: format!("{first}{more}"), hint: Some("? lists what is wrong".into()) })
        });
        Self {
            settings,
            keymap,
            styles,
            way_out,
            now,
            size,
            daemon: Daemon::Connecting,
            world: World::default(),
            index: Index::default(),
            board: Board::default(),
            questions: Questions::default(),
            pulls: Pulls::default(),
            front_moved: None,
            view: View::Board,
            focus: Focus::List,
            overlay: None,
            draft: None,
            offer: None,
            steers: HashMap::new(),
            history: History::default(),
            sending: Vec::new(),
            reading: None,
            seen: Vec::new(),
            comments: HashMap::new(),
            screen: Picture::Nothing,
            taken: None,
            pane_is_gone: false,
            past: None,
            looking: None,
            looked_at: now,
            agents: Agents::Unknown,
            target: None,
            sights: Sights::default(),
            checkouts: Checkouts::default(),
            log_scroll: 0,
            usage_scroll: 0,
            terminal_focused: true,
            attached: None,
            attention: None,
            calls: Vec::new(),
            divider: None,
            dragging: false,
            notice,
            last_key: now,
            unsettled: false,
            stale: false,
            window_name: String::new(),
            sent: 0,
            themes,
        }
    }

    /// What is wrong with the person's keys and themes.
    pub fn warnings(&self) -> impl Iterator<Item = String> {
        let themes = self.themes.warnings().iter().map(ToString::to_string);
        self.settings.notices.iter().cloned().chain(self.keymap.problems().iter().cloned()).chain(themes)
    }

    /// Makes what is derived from the world anew, if the world has changed.
    pub fn derive(&mut self) {
        if std::mem::take(&mut self.stale) {
            self.index = Index::of(&self.world, &self.settings.prices);
            self.notice_changes();
            self.board.derive(&self.world, &self.index);
            self.derive_questions();
            self.pulls.derive(&self.world, self.now);
            self.unsettled = true;
            let world = &self.world;
            self.steers.retain(|session, _| world.sessions.contains_key(session));
        }
        if self.unsettled && self.now.since(self.last_key) >= QUIET {
            self.board.settle(&self.world, &self.index, true);
            self.questions.settle(&self.world);
            self.pulls.settle(&self.world);
            self.unsettled = false;
        }
        self.keep_focus();
    }

    /// What the keys go to must exist.
    fn keep_focus(&mut self) {
        let lost = match self.focus {
            Focus::Question(id) | Focus::Answer(id) => !self.world.questions.contains_key(&id),
            Focus::Steer(id) | Focus::TakenOver(id) => !self.world.sessions.contains_key(&id),
            Focus::Screen => self.session().is_none(),
            Focus::Comment => self.reading.is_none(),
            Focus::List | Focus::Filter => false,
        };
        if lost {
            self.focus = Focus::List;
        }
        if let Some(added) = self.sights.added.take_if(|name| self.world.targets.contains_key(name)) {
            self.target = Some(added);
        }
        if self.target.as_ref().is_none_or(|name| !self.world.targets.contains_key(name)) {
            self.target = self.world.targets_in_order().first().map(|target| target.name.clone());
        }
    }

    /// The session the cursor is on.
    pub fn session(&self) -> Option<&Session> {
        match self.board.selected()? {
            Row::Session(id) => self.world.sessions.get(&id),
            Row::Objective(_) => None,
        }
    }

    /// The objective the cursor is on or in.
    pub fn objective(&self) -> Option<&Objective> {
        match self.board.selected()? {
            Row::Session(id) => self.world.objectives.get(&self.world.sessions.get(&id)?.objective),
            Row::Objective(id) => self.world.objectives.get(&id),
        }
    }

    /// The pull request that keys go to: the selected one where they are shown, elsewhere that of the selected session.
    pub fn pull_request(&self) -> Option<&PullRequest> {
        match self.view {
            View::PullRequests => self.world.pull_requests.get(&self.pulls.selected()?),
            View::Board
            | View::Questions
            | View::Targets
            | View::Activity
            | View::Usage
            | View::Workspaces
            | View::Diff => self.world.pull_requests.get(&self.index.marks(self.session()?.id).pull_request?),
        }
    }

    /// The cursor is on the session of the selected pull request.
    fn shows_its_session(&self) -> bool {
        let session = self.pull_request().map(|pull_request| pull_request.session);
        session.is_some() && session == self.session().map(|session| session.id)
    }

    /// The message to show of a session.
    pub fn message(&self, session: SessionId) -> Option<&Message> {
        self.world.messages.get(&self.index.marks(session).message?)
    }

    /// Something is written to `session` and was not sent.
    pub fn has_draft(&self, session: SessionId) -> bool {
        self.steers.get(&session).is_some_and(|editor| !editor.is_blank())
    }

    /// A text to `session` is on its way to the daemon.
    pub fn is_sending(&self, session: SessionId) -> bool {
        self.sending.iter().any(|sending| sending.session == session)
    }

    /// There is nothing on the board, and that is known.
    pub fn is_empty(&self) -> bool {
        self.world.objectives.is_empty() && self.daemon != Daemon::Connecting
    }

    /// The places in which a key is looked up, the nearest first.
    pub fn places(&self) -> &'static [Place] {
        match &self.overlay {
            Some(Overlay::Confirm(_)) => return &[Place::Confirm],
            Some(
                Overlay::Form(_) | Overlay::Offer(_) | Overlay::Target(_) | Overlay::Line(_) | Overlay::Palette(_),
            ) => {
                return &[Place::Writing];
            }
            Some(Overlay::Merging(_)) => return &[Place::Confirm, Place::Writing],
            Some(Overlay::Why { .. }) => return &[Place::Why, Place::Lists, Place::Everywhere],
            Some(Overlay::Artifacts(_)) => return &[Place::Lists, Place::Session, Place::Everywhere],
            Some(Overlay::Sides(_)) => return &[Place::Lists, Place::Diff, Place::Everywhere],
            Some(Overlay::Help { .. } | Overlay::Themes { .. }) => return &[Place::Lists, Place::Everywhere],
            None => {}
        }
        match (self.focus, self.view) {
            (Focus::Steer(_) | Focus::Answer(_) | Focus::Filter | Focus::Comment, _) => &[Place::Writing],
            (Focus::TakenOver(_), _) => &[],
            (Focus::Question(_), _) => &[Place::Question, Place::Lists, Place::Session, Place::Everywhere],
            (Focus::Screen, _) => &[Place::Screen, Place::Session, Place::Everywhere],
            (Focus::List, View::Diff) => &[Place::Diff, Place::Lists, Place::Session, Place::Everywhere],
            (Focus::List, View::Board) => &[Place::Lists, Place::Board, Place::Session, Place::Everywhere],
            (Focus::List, View::Workspaces) => &[Place::Workspaces, Place::Lists, Place::Everywhere],
            // Keys for a session go to the one whose work is shown, or to none.
            (Focus::List, View::PullRequests) if self.shows_its_session() => {
                &[Place::PullRequests, Place::Lists, Place::Session, Place::Everywhere]
            }
            (Focus::List, View::PullRequests) => &[Place::PullRequests, Place::Lists, Place::Everywhere],
            (Focus::List, View::Targets) => &[Place::Targets, Place::Lists, Place::Everywhere],
            (Focus::List, View::Questions | View::Activity | View::Usage) => &[Place::Lists, Place::Everywhere],
        }
    }

    /// When something on the screen changes by itself next.
    pub fn wake_after(&self) -> Option<Duration> {
        let quiet = self.unsettled.then(|| QUIET.saturating_sub(self.now.since(self.last_key)));
        let age = super::age::next_change(self.now, super::view::visible_times(self));
        let look = (self.view == View::Targets && self.daemon == Daemon::Connected)
            .then(|| self.sights.until_next(self.now))
            .flatten();
        [quiet, age, look, self.until_call()].into_iter().flatten().min()
    }
}
