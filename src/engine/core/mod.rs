//! The deciding part: [`Core::handle`] takes one input and the time, and gives what changed and what is to be done.
//!
//! Pure. It performs nothing, waits for nothing and asks for no time; it knows the whole [`World`]. What must be done
//! in the world outside is never a list of its own: a row that is not at rest **is** the intent (an attempt that is
//! `launching`, a message that is `typing`), and [`Effect`] is read off the row. So after a crash the same rows give
//! the same effects again, and performers, which look before they act, finish what was begun.
//!
//! Invariants, checked by [`World::check`] after every step in tests:
//! - a session that runs has an attempt that has not ended; an attempt that lives has a session that runs it;
//! - a final session has no open question and no message on its way;
//! - a message is never typed before an earlier one of its session, and never twice;
//! - what names a stale attempt changes nothing.

mod answer;
mod artifacts;
mod asking;
mod changing;
mod claims;
mod command;
mod completing;
mod deliver;
mod effect;
mod ending;
mod failing;
mod input;
mod judging;
mod keeping;
mod links;
mod listen;
mod mind;
mod observe;
mod outcome;
mod pulls;
mod reclaiming;
mod recovery;
mod schedule;
mod settling;
mod step;
mod targets;
mod tools;
mod verifying;

use std::collections::{BTreeMap, BTreeSet};

pub use effect::Effect;
pub use input::{
    DialogSeen, ForgeSeen, Input, Kept, OfferSeen, Offered, Outcome, PaneSeen, ProfileRules, RemarkSeen, Resolved,
    ScreenRead, Settings, SetupRan, Verified, VerifiedAs,
};
pub use step::Step;

use crate::domain::{
    AttemptId, Counters, Message, MessageId, ProfileName, PullRequestId, Refusal, Reply, SessionId, TargetName,
    Timestamp, World, event,
};

/// The deciding part of the supervisor.
#[derive(Debug)]
pub struct Core {
    world: World,
    counters: Counters,
    settings: Settings,
    rules: BTreeMap<ProfileName, ProfileRules>,
    /// When something was said last about pull requests, while it waits to be given to an agent.
    heard: BTreeMap<PullRequestId, Timestamp>,
    /// Sessions whose work on a pull request was sent there, by the end of the turn after which it was.
    published_for: BTreeMap<SessionId, Timestamp>,
    /// Sessions whose change is wanted for a reviewer, by the end of the turn after which it is.
    examining: BTreeMap<SessionId, Timestamp>,
    /// The fingerprints of changes as they were looked at last.
    examined: BTreeMap<SessionId, String>,
    /// What is remembered of each attempt beside its rows.
    minds: BTreeMap<AttemptId, mind::Mind>,
    /// Calls of hooks whose questions are settled: who makes one again is let go.
    settled_calls: BTreeSet<(AttemptId, String)>,
    /// When this daemon began.
    booted: Timestamp,
    /// Since when targets are gone that have not joined again.
    gone: BTreeMap<TargetName, Timestamp>,
    /// When Enter was pressed for messages that are not known to be taken up.
    pressed: BTreeMap<MessageId, Timestamp>,
    /// Messages that stand in an input box and wait for a dialog to close before Enter is pressed, since when.
    enters_refused: BTreeMap<MessageId, Timestamp>,
    /// Texts that agents took up and gave back into their input boxes when they were interrupted.
    given_back: BTreeMap<AttemptId, Message>,
    /// What the step under way has done so far.
    step: Step,
    now: Timestamp,
}

impl Core {
    /// A core that continues from `world`, in which the questions of `settled_calls` were settled.
    pub fn new(
        world: World,
        counters: Counters,
        settled_calls: BTreeSet<(AttemptId, String)>,
        settings: Settings,
        rules: BTreeMap<ProfileName, ProfileRules>,
    ) -> Self {
        let now = Timestamp::default();
        Self {
            world,
            counters,
            settings,
            rules,
            heard: BTreeMap::new(),
            published_for: BTreeMap::new(),
            examining: BTreeMap::new(),
            examined: BTreeMap::new(),
            minds: BTreeMap::new(),
            settled_calls,
            booted: now,
            gone: BTreeMap::new(),
            pressed: BTreeMap::new(),
            enters_refused: BTreeMap::new(),
            given_back: BTreeMap::new(),
            step: Step::default(),
            now,
        }
    }

    /// Everything it knows.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The highest numbers it has given.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Decides what one input means. `world` has changed when this returns; if the step can't be committed, the
    /// daemon stops and the next one starts from what was committed before.
    pub fn handle(&mut self, input: Input, now: Timestamp) -> Step {
        self.now = now;
        match input {
            Input::Boot => self.boot(),
            Input::Command(command) => {
                let reply = self.command(command);
                self.step.reply = Some(reply);
            }
            Input::Outcome(outcome) => self.outcome(outcome),
            Input::Link { target, link } => self.link_seen(&target, link),
            Input::Bootstrapped { target, ended } => {
                self.log(event::Kind::Target, None, None, format!("{target}: {ended}"))
            }
            Input::Panes { target, asked_at, panes } => self.panes_seen(&target, asked_at, panes),
            Input::Screen { attempt, read } => self.screen_read(attempt, read),
            Input::Conversation { attempt, id } => self.conversation_found(attempt, id),
            Input::Signal { attempt, signal } => self.signal(attempt, signal),
            Input::Asked { attempt, signal, via } => self.asked(attempt, signal, via),
            Input::CallGone { attempt, key } => self.call_gone(attempt, key),
            Input::Tool { attempt, call } => {
                let reply = self.tool(attempt, call);
                self.step.tool_reply = Some(reply);
            }
            Input::Repositories(repositories) => self.settings.repositories = repositories,
            Input::Forge(seen) => self.forge_seen(seen),
            Input::Changed { workspace, changed } => self.workspace_changed(workspace, changed),
            Input::Overlaps { workspace, overlaps } => self.workspace_overlaps(workspace, overlaps),
            Input::Tick => {}
        }
        self.review_due();
        self.follow_ups();
        self.deliver_all();
        self.schedule();
        let mut step = std::mem::take(&mut self.step);
        if !step.changes.is_empty() {
            self.world.revision += 1;
            self.counters.revision = self.world.revision;
            step.revision = self.world.revision;
        }
        step
    }

    /// When [`Input::Tick`] would change something although nothing else happens; `None`: never.
    pub fn deadline(&self) -> Option<Timestamp> {
        self.delivery_deadline().into_iter().chain(self.review_deadline()).chain(self.follow_up_deadline()).min()
    }

    fn rules_of(&self, profile: &ProfileName) -> ProfileRules {
        self.rules.get(profile).cloned().unwrap_or_default()
    }
}

/// What a command comes to.
pub type CommandResult = Result<Reply, Refusal>;
