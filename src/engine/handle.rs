//! The handle on the supervisor that the door holds: everything a person can ask.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use super::{
    agents::Callers,
    beat::{Letter, Subscription},
    checkouts::Checkouts,
    core::CommandResult,
    describe::chain,
    follow::Named,
    keeping,
    live::LivePane,
    observer, publishing,
    replicate::Replicas,
    repositories, resolve,
    rooms::Rooms,
    screens::{Looking, Screens},
    sites::Site,
    sizes::Sizes,
};
use crate::{
    agent::Reading,
    domain::{
        AttemptId, Command, Picture, Refusal, Repository, Session, SessionId, Target, TargetName, TargetSight,
        Terminal, Timestamp, World, activity::Evidence,
    },
    tmux::Capture,
};

/// What a pane says about its agent, with the picture it was read from.
#[derive(Debug, Clone)]
pub struct Sighting {
    /// What it says.
    pub reading: Reading,
    /// The rows as plain text.
    pub rows: Vec<String>,
    /// When it was taken.
    pub at: Timestamp,
}

/// The handle on the supervisor. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    pub(super) inbox: mpsc::Sender<Letter>,
    pub(super) callers: watch::Receiver<Callers>,
    pub(super) transcripts: Named,
    pub(super) replicas: Replicas,
    pub(super) rooms: Rooms,
    pub(super) screens: Screens,
    pub(super) sizes: Sizes,
    pub(super) checkouts: Checkouts,
    pub(super) live: watch::Receiver<Arc<Vec<LivePane>>>,
    pub(super) terminal: watch::Receiver<Terminal>,
    pub(super) stopping: CancellationToken,
    pub(super) started_at: Timestamp,
}

impl Engine {
    /// The rooms, for reading.
    pub fn rooms(&self) -> &Rooms {
        &self.rooms
    }

    /// When the supervisor started.
    pub fn started_at(&self) -> Timestamp {
        self.started_at
    }

    /// How it stands with tmux.
    pub fn terminal(&self) -> Terminal {
        self.terminal.borrow().clone()
    }

    /// How many programs live.
    pub fn live_sessions(&self) -> usize {
        self.live.borrow().len()
    }

    /// Ends the supervisor; agents go on.
    pub fn stop(&self) {
        self.stopping.cancel();
    }

    /// Resolves when the supervisor is being ended.
    pub async fn stopped(&self) {
        self.stopping.cancelled().await;
    }

    /// The supervisor is being ended.
    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.is_cancelled()
    }

    /// Carries out a command.
    pub async fn command(&self, command: Command) -> CommandResult {
        let command = publishing::complete_command(self, command).await?;
        let resolved = match command {
            Command::Looked { .. } | Command::Checkpoint { .. } | Command::Rollback { .. } => {
                keeping::carry_out(&self.rooms, &*self.world().await?, command).await?
            }
            command => resolve::resolve(&self.rooms, command).await?,
        };
        let (checked, removed) = match &resolved.command {
            Command::CheckTarget { target } => (Some(target.clone()), None),
            Command::RemoveTarget { target, .. } => (None, Some(target.clone())),
            _ => (None, None),
        };
        let (reply, answer) = oneshot::channel();
        self.inbox.send(Letter::Command(resolved, reply)).await.map_err(|_| ending())?;
        let reply = answer.await.map_err(|_| ending())??;
        checked.into_iter().for_each(|target| self.rooms.sightings.wish(&target));
        removed.into_iter().for_each(|target| self.rooms.sightings.forget(&target));
        Ok(reply)
    }

    /// What is seen of all targets, with how those machines fare now that answer.
    pub async fn sights(&self) -> Result<Vec<TargetSight>, Refusal> {
        let world = self.world().await?;
        Ok(self.rooms.sightings.fresh(world.targets.keys().cloned()).await)
    }

    /// A target, and what is seen of it: once it was looked at after `examined_after`, where that is given.
    pub async fn target(
        &self,
        name: &TargetName,
        examined_after: Option<Timestamp>,
    ) -> Result<(Target, TargetSight), Refusal> {
        let unknown =
            || Refusal::not_found(format!("there is no target {name}")).hint("`qd target` lists the targets there are");
        if !self.world().await?.targets.contains_key(name) {
            return Err(unknown());
        }
        if let Some(after) = examined_after {
            self.rooms.sightings.examined(name, after).await;
        }
        let sight = self.rooms.sightings.fresh([name.clone()]).await.remove(0);
        let target = self.world().await?.targets.get(name).cloned().ok_or_else(unknown)?;
        Ok((target, sight))
    }

    /// The repositories there are: those the person wrote down, and those that work was done in.
    pub async fn repositories(&self) -> Result<Vec<Repository>, Refusal> {
        repositories::all(&self.rooms).await
    }

    /// Everything it knows.
    pub async fn world(&self) -> Result<Box<World>, Refusal> {
        let (reply, answer) = oneshot::channel();
        self.inbox.send(Letter::World(reply)).await.map_err(|_| ending())?;
        answer.await.map_err(|_| ending())
    }

    /// Every step after `revision`.
    pub async fn subscribe(&self, revision: u64) -> Result<Subscription, Refusal> {
        let (reply, answer) = oneshot::channel();
        self.inbox.send(Letter::Subscribe(revision, reply)).await.map_err(|_| ending())?;
        answer.await.map_err(|_| ending())
    }

    /// A session's picture with up to `history` lines of scrollback.
    pub async fn picture(&self, session: &Session, history: u32) -> Option<Picture> {
        self.screens.picture(session.id, session.attempt, history).await
    }

    /// Begins to look at a session's pane.
    pub fn look(&self, session: &Session) -> Looking {
        self.screens.look(session.id, session.attempt)
    }

    /// Gives a session's pane the size in which it is being looked at; while a person is attached, their terminal's size
    /// stays.
    pub async fn resize(&self, session: SessionId, columns: u16, rows: u16) -> Result<(), Refusal> {
        let Some((live, site)) = self.live_pane(session) else { return Ok(()) };
        let resized = self.sizes.want(&site.tmux, live.attempt, &live.pane, (columns, rows)).await;
        resized.map_err(|error| Refusal::failed(chain(&error)))
    }

    /// Looks at a session's pane and reads it, now.
    pub async fn sighting(&self, session: &Session) -> Option<Sighting> {
        let (live, site) = self.live_pane(session.id)?;
        let at = super::clock::now();
        let captured = site.tmux.capture(&live.pane, Capture { colours: false, history: 0 }).await.ok()?;
        let profile = self.rooms.profiles.find(&session.profile)?;
        let reading = observer::read_capture(profile, &captured, site.names());
        let rows = captured.contents.split("\r\n").map(str::to_owned).collect();
        Some(Sighting { reading, rows, at })
    }

    /// The name of a session's tmux session, and where that is, while its program lives.
    pub fn attachable(&self, session: SessionId) -> Option<(AttemptId, Site)> {
        self.live_pane(session).map(|(live, site)| (live.attempt, site))
    }

    fn live_pane(&self, session: SessionId) -> Option<(LivePane, Site)> {
        let live = self.live.borrow().iter().find(|live| live.session == session).cloned()?;
        let site = self.rooms.sites.of(&live.target)?;
        Some((live, site))
    }
}

impl Sighting {
    /// The last `count` rows that have something on them, and what stands between.
    pub fn last_rows(&self, count: usize) -> Vec<String> {
        let end = self.rows.iter().rposition(|row| !row.trim().is_empty()).map_or(0, |last| last + 1);
        self.rows[end.saturating_sub(count)..end].to_vec()
    }

    /// Everything that was read, each as evidence.
    pub fn evidence(&self) -> Vec<Evidence> {
        let first = Evidence {
            source: self.reading.evidence_source,
            rule: self.reading.rule.clone(),
            text: self.reading.text.clone(),
            at: self.at,
        };
        let also = self.reading.also.iter().map(|also| Evidence {
            source: also.source,
            rule: also.rule.clone(),
            text: also.text.clone(),
            at: self.at,
        });
        std::iter::once(first).chain(also).collect()
    }
}

pub(super) fn ending() -> Refusal {
    Refusal::failed("the daemon is just being stopped").hint("try again; the next command starts it anew")
}
