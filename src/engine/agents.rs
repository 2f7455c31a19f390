//! The handle on the supervisor as the agents' door holds it: everything an agent can say or ask.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

use sha2::{Digest, Sha256};
use tokio::sync::{oneshot, watch};

use super::{
    beat::Letter,
    core::Input,
    handle::{Engine, ending},
    publishing,
};
use crate::domain::{
    AttemptId, ObjectiveId, ProfileName, Refusal, SessionId, Signal, World,
    question::Via,
    signal::{Decision, Says},
    tool::{ToolCall, ToolReply},
};

/// Who speaks through the agents' door, by the token it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The launch that the token was made for.
    pub attempt: AttemptId,
    /// Whose launch that is.
    pub session: SessionId,
    /// Which objective that works for.
    pub objective: ObjectiveId,
    /// Which agent it is.
    pub profile: ProfileName,
}

/// Who may speak: every attempt that is not over, by the hash of its token.
pub(crate) type Callers = Arc<HashMap<String, Caller>>;

/// Everybody who may speak now.
pub(crate) fn callers(world: &World) -> Callers {
    let unended = world.attempts.values().filter(|attempt| !attempt.state.is_ended());
    let callers = unended.filter_map(|attempt| {
        let session = world.sessions.get(&attempt.session)?;
        let caller = Caller {
            attempt: attempt.id,
            session: session.id,
            objective: session.objective,
            profile: session.profile.clone(),
        };
        Some((attempt.token_hash.clone()?, caller))
    });
    Arc::new(callers.collect())
}

/// What is kept of a token: its SHA-256 in hexadecimal.
pub fn hash_of(token: &str) -> String {
    Sha256::digest(token.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A call that waits for the person. Dropped before it is answered, it says that nobody waits any more.
pub struct WaitingCall {
    decision: oneshot::Receiver<Decision>,
    gone: Option<Gone>,
}

/// What it takes to say that nobody waits any more.
struct Gone {
    engine: Engine,
    attempt: AttemptId,
    key: String,
    /// It came from a host: a connection that ends says little.
    over_a_line: bool,
}

/// How long an agent is kept by what it has left on its host.
const BROUGHT_HOME: Duration = Duration::from_millis(700);
/// How long it takes a hook on a host to ask again when the line was cut and came back.
const ASKS_AGAIN: Duration = Duration::from_secs(10);

impl WaitingCall {
    /// The decision, whenever it comes; `None` when there will be none, because the question was withdrawn, the call was
    /// made again, or the supervisor ends.
    pub async fn decided(mut self) -> Option<Decision> {
        let decision = (&mut self.decision).await.ok();
        self.gone = None;
        decision
    }

    /// The same call, which came over a line from a host: it may have been cut where nobody gave up waiting.
    pub(crate) fn over_a_line(mut self) -> Self {
        if let Some(gone) = &mut self.gone {
            gone.over_a_line = true;
        }
        self
    }
}

impl Drop for WaitingCall {
    fn drop(&mut self) {
        if let Some(gone) = self.gone.take() {
            self.decision.close();
            gone.engine.rooms().calls.forget(gone.attempt, &gone.key);
            // Whoever waited asks the next daemon.
            if gone.engine.is_stopping() {
                return;
            }
            tokio::spawn(gone.tell());
        }
    }
}

impl Gone {
    async fn tell(self) {
        let Self { engine, attempt, key, over_a_line } = self;
        if over_a_line {
            tokio::time::sleep(ASKS_AGAIN).await;
            while !engine.is_reached(attempt) {
                tokio::time::sleep(ASKS_AGAIN).await;
            }
            if engine.rooms().calls.waits(attempt, &key) {
                return;
            }
        }
        // The core ends after its callers.
        let _ = engine.tell(Input::CallGone { attempt, key }).await;
    }
}

impl Engine {
    /// Who shows this token; `None` for a token of nobody, or of a launch that is over.
    pub fn caller(&self, token: &str) -> Option<Caller> {
        self.callers.borrow().get(&hash_of(token)).cloned()
    }

    /// An agent told something. A launch that is over changes nothing. What it comes to is written when this returns.
    ///
    /// # Errors
    /// The daemon is just being stopped.
    pub async fn signal(&self, attempt: AttemptId, signal: Signal) -> Result<(), Refusal> {
        self.transcripts.hear(attempt, &signal);
        self.replicas.told(attempt);
        let (written, waiting) = oneshot::channel();
        let letter = Letter::Told(Input::Signal { attempt, signal }, written);
        self.inbox.send(letter).await.map_err(|_| ending())?;
        waiting.await.map_err(|_| ending())
    }

    /// Everybody who may speak, now and after each change.
    pub(crate) fn watch_callers(&self) -> watch::Receiver<Callers> {
        self.callers.clone()
    }

    /// An agent asks something ([`Says::Asks`]) and waits; `None` for any other signal, which is taken all the same.
    ///
    /// # Errors
    /// The daemon is just being stopped.
    pub async fn ask(&self, attempt: AttemptId, signal: Signal, via: Via) -> Result<Option<WaitingCall>, Refusal> {
        let Says::Asks(ask) = &signal.says else {
            self.signal(attempt, signal).await?;
            return Ok(None);
        };
        let key = ask.key.clone();
        let decision = self.rooms().calls.wait(attempt, key.clone());
        self.tell(Input::Asked { attempt, signal, via }).await?;
        let gone = Gone { engine: self.clone(), attempt, key, over_a_line: false };
        Ok(Some(WaitingCall { decision, gone: Some(gone) }))
    }

    /// The host is reached on which this attempt lives, if it does.
    fn is_reached(&self, attempt: AttemptId) -> bool {
        let target = self.live.borrow().iter().find(|pane| pane.attempt == attempt).map(|pane| pane.target.clone());
        let site = target.and_then(|target| self.rooms().sites.of(&target));
        site.is_none_or(|site| site.is_reached)
    }

    /// Whoever waited under this key says that it does not any more.
    pub(crate) async fn call_over(&self, attempt: AttemptId, key: String) {
        // The daemon is being stopped; the next one finds the question as it is.
        let _ = self.tell(Input::CallGone { attempt, key }).await;
    }

    /// Returns once everything is home that an agent has left on its host by now, or it can't be had for the moment.
    pub async fn bring_home(&self, attempt: AttemptId) {
        let _ = tokio::time::timeout(BROUGHT_HOME, self.replicas.bring_home(attempt)).await;
    }

    /// The agents that have told something while nobody answered, which was brought home since this last returned.
    pub async fn spools_brought_home(&self) -> BTreeSet<AttemptId> {
        self.replicas.spools().await
    }

    /// An agent calls a tool.
    ///
    /// # Errors
    /// Why it was not carried out; nothing was changed.
    pub async fn tool(&self, attempt: AttemptId, call: ToolCall) -> Result<ToolReply, Refusal> {
        let call = publishing::complete_call(self, attempt, call).await?;
        let (reply, answer) = oneshot::channel();
        self.inbox.send(Letter::Tool(attempt, call, reply)).await.map_err(|_| ending())?;
        answer.await.map_err(|_| ending())?
    }

    async fn tell(&self, input: Input) -> Result<(), Refusal> {
        self.inbox.send(Letter::Input(input)).await.map_err(|_| ending())
    }
}
