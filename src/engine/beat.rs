//! The loop: wait, decide, commit, publish, act.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use tokio::{
    sync::{broadcast, mpsc, oneshot, watch},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use super::{
    agents::{self, Callers},
    clock::{now, sleep_until_or_forever},
    core::{CommandResult, Core, Input, Resolved, Step},
    describe::chain,
    feedback,
    job::Task,
    live::{self, LivePane},
    places::{self, Place},
    sites,
};
use crate::{
    domain::{
        AttemptId, Change, Refusal, World,
        tool::{ToolCall, ToolReply},
    },
    store::{self, Batch, Store},
};

/// How many inputs are decided before one commit, at most: what came in while the last one was written.
const GROUP: usize = 64;
/// How many steps a reader may fall behind before it has to start over.
const KEPT_STEPS: usize = 1_024;

/// What reaches the loop.
#[derive(Debug)]
pub(crate) enum Letter {
    /// Something happened.
    Input(Input),
    /// Something happened, and who says so waits until it is written.
    Told(Input, oneshot::Sender<()>),
    /// A person asks for something and waits for the reply.
    Command(Resolved, oneshot::Sender<CommandResult>),
    /// An agent calls a tool and waits for what it comes to.
    Tool(AttemptId, ToolCall, oneshot::Sender<Result<ToolReply, Refusal>>),
    /// Somebody wants the whole world.
    World(oneshot::Sender<Box<World>>),
    /// Somebody wants every step after this revision.
    Subscribe(u64, oneshot::Sender<Subscription>),
}

/// One step as readers get it.
pub type Published = Arc<PublishedStep>;

/// What one step changed.
#[derive(Debug)]
pub struct PublishedStep {
    /// The world's revision after it.
    pub revision: u64,
    /// The rows, in order.
    pub changes: Vec<Change>,
}

/// Every step after a revision: those that were, and those to come.
#[derive(Debug)]
pub struct Subscription {
    /// Steps that are over; `None` when they are no longer known and the reader must start over.
    pub missed: Option<Vec<Published>>,
    /// Steps to come.
    pub next: broadcast::Receiver<Published>,
}

/// Where parts of the world are shown to the tasks that look after them.
pub(crate) struct Showing {
    /// Panes that live.
    pub(crate) live: watch::Sender<Arc<Vec<LivePane>>>,
    /// Workspaces that are there.
    pub(crate) places: watch::Sender<Arc<Vec<Place>>>,
    /// Agents that may call.
    pub(crate) callers: watch::Sender<Callers>,
    /// Pull requests of which forges are asked.
    pub(crate) wanted: watch::Sender<Arc<Vec<feedback::Wanted>>>,
    /// Hosts.
    pub(crate) hosts: watch::Sender<Arc<sites::Hosts>>,
}

/// The loop and what it alone owns.
pub(crate) struct Beat {
    core: Core,
    store: Store,
    inbox: mpsc::Receiver<Letter>,
    steps: broadcast::Sender<Published>,
    kept: VecDeque<Published>,
    showing: Showing,
    jobs: mpsc::UnboundedSender<Task>,
}

impl Beat {
    pub(crate) fn new(
        core: Core,
        store: Store,
        inbox: mpsc::Receiver<Letter>,
        showing: Showing,
        jobs: mpsc::UnboundedSender<Task>,
    ) -> Self {
        Self {
            core,
            store,
            inbox,
            steps: broadcast::channel(KEPT_STEPS).0,
            kept: VecDeque::with_capacity(KEPT_STEPS),
            showing,
            jobs,
        }
    }

    /// Takes up what an earlier daemon left, says so to `booted`, runs until `cancel`, then decides what is still in the inbox.
    ///
    /// # Errors
    /// The first commit that failed. Nothing of that step was published or performed.
    pub(crate) async fn run(
        mut self,
        booted: oneshot::Sender<()>,
        cancel: CancellationToken,
    ) -> Result<(), store::Error> {
        self.beat(vec![Letter::Input(Input::Boot)]).await?;
        // Whoever started us may have gone.
        let _ = booted.send(());
        loop {
            // A deadline is a matter of tenths of a second: a little later is no loss, and spares a second wake-up.
            let slack = Duration::from_millis(5);
            let deadline = self.core.deadline().map(|deadline| Instant::now() + deadline.since(now()) + slack);
            let letter = tokio::select! {
                letter = self.inbox.recv() => letter,
                () = sleep_until_or_forever(deadline) => Some(Letter::Input(Input::Tick)),
                () = cancel.cancelled() => None,
            };
            let Some(letter) = letter else { break };
            let letters = self.with_waiting(letter);
            self.beat(letters).await?;
        }
        self.inbox.close();
        while let Some(letter) = self.inbox.recv().await {
            let letters = self.with_waiting(letter);
            self.beat(letters).await?;
        }
        Ok(())
    }

    fn with_waiting(&mut self, first: Letter) -> Vec<Letter> {
        let mut letters = vec![first];
        while letters.len() < GROUP
            && let Ok(letter) = self.inbox.try_recv()
        {
            letters.push(letter);
        }
        letters
    }

    async fn beat(&mut self, letters: Vec<Letter>) -> Result<(), store::Error> {
        let mut steps = Vec::new();
        let mut replies = Vec::new();
        let mut tool_replies = Vec::new();
        let mut told = Vec::new();
        let mut questions = Vec::new();
        for letter in letters {
            match letter {
                Letter::Input(input) => steps.push(self.core.handle(input, now())),
                Letter::Told(input, written) => {
                    steps.push(self.core.handle(input, now()));
                    told.push(written);
                }
                Letter::Command(command, reply) => {
                    let mut step = self.core.handle(Input::Command(command), now());
                    replies.extend(step.reply.take().map(|result| (reply, result)));
                    steps.push(step);
                }
                Letter::Tool(attempt, call, reply) => {
                    let mut step = self.core.handle(Input::Tool { attempt, call }, now());
                    tool_replies.extend(step.tool_reply.take().map(|result| (reply, result)));
                    steps.push(step);
                }
                question @ (Letter::World(_) | Letter::Subscribe(..)) => questions.push(question),
            }
        }
        if let Err(error) = self.commit(&mut steps).await {
            let refusal = unwritten(&error);
            for (reply, _) in replies {
                let _ = reply.send(Err(refusal.clone()));
            }
            for (reply, _) in tool_replies {
                let _ = reply.send(Err(refusal.clone()));
            }
            return Err(error);
        }
        for step in steps {
            self.publish_and_perform(step);
        }
        for (reply, result) in replies {
            // Nobody waits any more when the connection was closed; what was asked for is done all the same.
            let _ = reply.send(result);
        }
        for (reply, result) in tool_replies {
            let _ = reply.send(result);
        }
        for written in told {
            let _ = written.send(());
        }
        for question in questions {
            self.tell(question);
        }
        Ok(())
    }

    async fn commit(&self, steps: &mut [Step]) -> Result<(), store::Error> {
        let revision = self.core.world().revision;
        let changes: Vec<Change> = steps.iter().flat_map(|step| step.changes.iter().cloned()).collect();
        let bodies = steps.iter_mut().flat_map(|step| std::mem::take(&mut step.bodies)).collect();
        let artifact_bodies = steps.iter_mut().flat_map(|step| std::mem::take(&mut step.artifact_bodies)).collect();
        if changes.is_empty() {
            return Ok(());
        }
        debug_assert_eq!(self.core.world().check(), Vec::<String>::new());
        self.store.commit(Batch { revision, changes, bodies, artifact_bodies }).await
    }

    fn publish_and_perform(&mut self, step: Step) {
        for effect in step.effects {
            if let Some(task) = Task::of(effect, self.core.world()) {
                // The performer ends after this loop does; a job lost at the very end is taken up at the next start.
                let _ = self.jobs.send(task);
            }
        }
        if step.changes.is_empty() {
            return;
        }
        if live::concerns(&step.changes) {
            self.showing.live.send_if_modified(|live| {
                let now_live = live::panes(self.core.world());
                let changed = **live != now_live;
                *live = Arc::new(now_live);
                changed
            });
        }
        if places::concerns(&step.changes) {
            self.showing.places.send_if_modified(|places| {
                let now_there = places::places(self.core.world());
                let changed = **places != now_there;
                if changed {
                    *places = Arc::new(now_there);
                }
                changed
            });
        }
        if step.changes.iter().any(|change| matches!(change, Change::Attempt(_))) {
            let callers = agents::callers(self.core.world());
            self.showing.callers.send_if_modified(|known| {
                let changed = *known != callers;
                *known = callers;
                changed
            });
        }
        if sites::concerns(&step.changes) {
            self.showing.hosts.send_if_modified(|known| {
                let hosts = sites::hosts(self.core.world());
                let changed = **known != hosts;
                *known = Arc::new(hosts);
                changed
            });
        }
        if feedback::concerns(&step.changes) {
            self.showing.wanted.send_if_modified(|known| {
                let wanted = feedback::wanted(self.core.world());
                let changed = **known != wanted;
                *known = Arc::new(wanted);
                changed
            });
        }
        let published = Arc::new(PublishedStep { revision: step.revision, changes: step.changes });
        if self.kept.len() == KEPT_STEPS {
            self.kept.pop_front();
        }
        self.kept.push_back(Arc::clone(&published));
        // Without a dashboard nobody listens.
        let _ = self.steps.send(published);
    }

    /// Answers who asked, with the world as it is committed.
    fn tell(&self, question: Letter) {
        match question {
            Letter::World(reply) => drop(reply.send(Box::new(self.core.world().clone()))),
            Letter::Subscribe(after, reply) => drop(reply.send(self.subscription(after))),
            Letter::Input(_) | Letter::Told(..) | Letter::Command(..) | Letter::Tool(..) => {}
        }
    }

    fn subscription(&self, after: u64) -> Subscription {
        let next = self.steps.subscribe();
        let current = self.core.world().revision;
        let oldest = self.kept.front().map_or(current + 1, |step| step.revision);
        let known = after <= current && after + 1 >= oldest;
        let missed = known.then(|| self.kept.iter().filter(|step| step.revision > after).cloned().collect());
        Subscription { missed, next }
    }
}

/// What a person is told whose command could not be kept.
fn unwritten(error: &store::Error) -> Refusal {
    Refusal::failed(format!("the state could not be written, so nothing was done: {}", chain(error))).hint(
        "the supervisor has stopped so that nothing is half-done; agents go on, and the next command starts it anew",
    )
}
