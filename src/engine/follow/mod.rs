//! Follows the transcripts of the agents that live, and tells the core what no hook tells and what was used.
//!
//! Where an agent's transcript is: its hooks name it when a conversation starts, and so does the conversation's id
//! together with the places that its kind keeps them in ([`trail`]). One watcher says which files were written to
//! ([`watch`]), and only what was appended is read ([`tail`]), beside the loop. Nothing is polled: agents that are
//! silent cost nothing.
//!
//! What an agent on a host writes down is read from its copy here, and it is said what is wanted of it ([`Replicas`]).
//!
//! What happened is told at once; figures a few times a second at most, and because they are absolute none is lost by
//! that. After a restart of the daemon all files are read once from their beginnings: figures come out the same, and of
//! what had happened only the last thing is told again, with its own time, so that the core can drop it.

mod tail;
#[cfg(test)]
mod tests;
mod trail;
mod watch;

use std::{
    collections::HashMap,
    ffi::OsString,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{mpsc, watch as watched},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use self::{trail::Trail, watch::Telling, watch::Touches, watch::Watcher};
use super::{
    beat::Letter,
    clock::sleep_until_or_forever,
    core::Input,
    live::LivePane,
    replicate::{Copies, Replicas, Wanted},
};
use crate::{
    agent::{Profiles, transcripts::Homes},
    config::Paths,
    domain::{AttemptId, SessionId, Signal, TargetName, signal::Says},
};

/// How often the files of an attempt are read, at most.
const READ_EVERY: Duration = Duration::from_millis(150);
/// How often an attempt's figures are told, at most.
const FIGURES_EVERY: Duration = Duration::from_millis(500);
/// How long an attempt is followed after its program is gone or is told to end: its last words count.
const LAST_WORDS: Duration = Duration::from_secs(3);
/// How often it is looked whether a host is known by now on which an agent lives.
const UNKNOWN_HOST: Duration = Duration::from_secs(2);
/// How many transcripts can be named before they are looked at. One that is not taken in is found by its conversation.
const NAMED: usize = 64;

/// Where hooks name transcripts. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Named(mpsc::Sender<(AttemptId, PathBuf)>);

impl Named {
    /// Takes in the transcript that a signal names, if it names one.
    pub(crate) fn hear(&self, attempt: AttemptId, signal: &Signal) {
        if let Says::Started { transcript: Some(path) } = &signal.says
            && self.0.try_send((attempt, path.clone())).is_err()
        {
            tracing::debug!(%attempt, "a transcript was named and not taken in");
        }
    }
}

/// Where transcripts are named, and where that is heard.
pub(crate) fn named() -> (Named, mpsc::Receiver<(AttemptId, PathBuf)>) {
    let (sender, receiver) = mpsc::channel(NAMED);
    (Named(sender), receiver)
}

/// Looks up a variable of the environment that agents of a target are started from; nothing is known of a host that was
/// not reached yet.
type Variables = Box<dyn Fn(&TargetName, &str) -> Option<OsString> + Send + Sync>;

/// The follower and what it alone owns.
pub(crate) struct Follower {
    paths: Paths,
    profiles: Arc<Profiles>,
    variables: Variables,
    replicas: Replicas,
    /// When it is looked again whether the hosts of all agents are known.
    unknown_until: Option<Instant>,
    live: watched::Receiver<Arc<Vec<LivePane>>>,
    named: mpsc::Receiver<(AttemptId, PathBuf)>,
    inbox: mpsc::Sender<Letter>,
    follows: HashMap<AttemptId, Follow>,
    /// Transcripts that were named before their attempts were known to live.
    early: HashMap<AttemptId, PathBuf>,
    folders: Arc<Mutex<Watcher>>,
    telling: Telling,
}

/// What is remembered of one attempt.
struct Follow {
    attempt: AttemptId,
    session: SessionId,
    trail: Trail,
    /// Where the copies of its files are, of an agent on a host.
    copies: Option<Copies>,
    /// What it was last known to hold.
    conversation: Option<String>,
    /// What comes before reading.
    turns: Vec<Turn>,
    due: Option<Instant>,
    read: Option<Instant>,
    figures_told: Option<Instant>,
    /// Its program is gone; it is followed until then.
    until: Option<Instant>,
}

/// Which transcript is to be read.
enum Turn {
    /// The one that an earlier daemon read.
    TakeUp,
    /// That of this conversation.
    Seek(String),
    /// This one.
    To(PathBuf),
}

impl Follower {
    /// A follower of agents that are started from an environment of these `variables`; what those on hosts write down is
    /// brought home by `replicas`.
    ///
    /// # Errors
    /// When the system can't watch files.
    pub(crate) fn new(
        paths: Paths,
        profiles: Arc<Profiles>,
        (variables, replicas): (Variables, Replicas),
        live: watched::Receiver<Arc<Vec<LivePane>>>,
        named: mpsc::Receiver<(AttemptId, PathBuf)>,
        inbox: mpsc::Sender<Letter>,
    ) -> notify::Result<Self> {
        let (watcher, telling) = watch::watch()?;
        Ok(Self {
            paths,
            profiles,
            variables,
            replicas,
            unknown_until: None,
            live,
            named,
            inbox,
            follows: HashMap::new(),
            early: HashMap::new(),
            folders: Arc::new(Mutex::new(watcher)),
            telling,
        })
    }

    /// Runs until `cancel`.
    pub(crate) async fn run(mut self, cancel: CancellationToken) {
        self.take_live();
        loop {
            let due = self.next_due();
            tokio::select! {
                () = cancel.cancelled() => return,
                changed = self.live.changed() => match changed {
                    Ok(()) => self.take_live(),
                    Err(_) => return,
                },
                Some((attempt, path)) = self.named.recv() => self.take_named(attempt, path),
                touches = self.telling.recv() => self.take_touches(touches).await,
                () = sleep_until_or_forever(due) => self.read_due().await,
            }
        }
    }

    /// When something is to be read; `None` as long as all are silent.
    fn next_due(&self) -> Option<Instant> {
        self.follows.values().filter_map(|follow| follow.due).chain(self.unknown_until).min()
    }

    /// Takes over which attempts live now.
    fn take_live(&mut self) {
        let live = Arc::clone(&self.live.borrow_and_update());
        let now = Instant::now();
        self.unknown_until = None;
        for pane in live.iter() {
            match self.follows.get_mut(&pane.attempt) {
                Some(follow) if follow.conversation != pane.conversation => {
                    follow.conversation.clone_from(&pane.conversation);
                    follow.turns.extend(pane.conversation.clone().map(Turn::Seek));
                    follow.due = Some(now);
                }
                Some(_) => {}
                None => {
                    if let Some(mut follow) = self.begin(pane) {
                        follow.turns.extend(self.early.remove(&pane.attempt).map(Turn::To));
                        self.follows.insert(pane.attempt, follow);
                    } else if pane.target != TargetName::local() {
                        self.unknown_until = Some(now + UNKNOWN_HOST);
                    }
                }
            }
        }
        for follow in self.follows.values_mut() {
            if live.iter().any(|pane| pane.attempt == follow.attempt) {
                continue;
            }
            // What the next attempt uses of the same conversation is not for this one to count.
            let replaced = live.iter().any(|pane| pane.session == follow.session);
            let until = if replaced { now } else { now + LAST_WORDS };
            if follow.until.is_none_or(|known| until < known) {
                follow.until = Some(until);
                follow.due = Some(now);
            }
        }
    }

    fn begin(&self, pane: &LivePane) -> Option<Follow> {
        let profile = self.profiles.find(&pane.profile)?;
        let homes = Homes::of(profile, |name| (self.variables)(&pane.target, name))?;
        let is_here = pane.target == TargetName::local();
        let copies = (!is_here).then(|| Copies::of(&self.paths, pane.attempt));
        let homes = copies.as_ref().map_or(Some(homes.clone()), |copies| copies.homes(&homes))?;
        let note = self.paths.attempt(pane.attempt).join("transcripts.json");
        let trail = Trail::new(profile.signals, homes, pane.folder.clone()?, pane.since, note)?;
        let seek = pane.conversation.clone().map(Turn::Seek);
        Some(Follow {
            attempt: pane.attempt,
            session: pane.session,
            trail,
            copies,
            conversation: pane.conversation.clone(),
            turns: std::iter::once(Turn::TakeUp).chain(seek).collect(),
            due: Some(Instant::now()),
            read: None,
            figures_told: None,
            until: None,
        })
    }

    /// An agent said where its transcript is.
    fn take_named(&mut self, attempt: AttemptId, path: PathBuf) {
        match self.follows.get_mut(&attempt) {
            Some(follow) => {
                follow.turns.push(Turn::To(path));
                follow.due = Some(Instant::now());
            }
            None => {
                if self.early.len() >= NAMED {
                    self.early.clear();
                }
                self.early.insert(attempt, path);
            }
        }
    }

    async fn take_touches(&mut self, touches: Touches) {
        if touches.anything {
            let folders = Arc::clone(&self.folders);
            let settled = tokio::task::spawn_blocking(move || lock(&folders).settle());
            // A panic is in the log.
            let _ = settled.await;
        }
        for follow in self.follows.values_mut() {
            let mut is_touched = touches.anything;
            if touches.anything {
                follow.trail.all_touched();
            }
            for path in &touches.files {
                is_touched |= follow.trail.touched(path);
            }
            if is_touched {
                follow.be_due();
            }
        }
    }

    /// Reads what is due, beside the loop, and tells what it says.
    async fn read_due(&mut self) {
        let now = Instant::now();
        if self.unknown_until.is_some_and(|until| until <= now) {
            self.take_live();
        }
        let due = |follow: &Follow| follow.due.is_some_and(|due| due <= now);
        let attempts: Vec<AttemptId> =
            self.follows.iter().filter(|(_, follow)| due(follow)).map(|(&attempt, _)| attempt).collect();
        let mut follows: Vec<Follow> = attempts.iter().filter_map(|attempt| self.follows.remove(attempt)).collect();
        let (folders, replicas) = (Arc::clone(&self.folders), self.replicas.clone());
        let read = tokio::task::spawn_blocking(move || {
            let told: Vec<(AttemptId, Vec<Signal>)> =
                follows.iter_mut().map(|follow| (follow.attempt, follow.read(&folders, &replicas))).collect();
            (follows, told)
        });
        // A panic is in the log; the attempts it concerned are followed anew when something changes about them.
        let Ok((follows, told)) = read.await else { return };
        for follow in follows {
            let is_over = follow.until.is_some_and(|until| until <= now);
            if is_over {
                lock(&self.folders).want(follow.attempt, Vec::new());
            } else {
                self.follows.insert(follow.attempt, follow);
            }
        }
        for (attempt, signals) in told {
            for signal in signals {
                // The core ends after its observers.
                let _ = self.inbox.send(Letter::Input(Input::Signal { attempt, signal })).await;
            }
        }
    }
}

impl Follow {
    /// Its files may say something new.
    fn be_due(&mut self) {
        let now = Instant::now();
        let soon = self.read.map_or(now, |read| now.max(read + READ_EVERY));
        self.due = Some(self.due.map_or(soon, |due| due.min(soon)));
    }

    fn read(&mut self, folders: &Mutex<Watcher>, replicas: &Replicas) -> Vec<Signal> {
        for turn in std::mem::take(&mut self.turns) {
            match turn {
                Turn::TakeUp => self.trail.take_up(),
                Turn::Seek(conversation) => self.trail.seek(&conversation),
                Turn::To(path) => match &self.copies {
                    None => self.trail.turn_to(path),
                    Some(copies) => {
                        if let Some(copy) = copies.of_file(&path) {
                            self.trail.turn_to(copy);
                        }
                    }
                },
            }
        }
        // Before it is read, so that nothing is missed between.
        let wants = self.trail.wants();
        if let Some(copies) = &self.copies {
            replicas.want(self.attempt, wants.iter().filter_map(|want| wanted(copies, want)).collect());
        }
        lock(folders).want(self.attempt, wants);
        if self.until.is_some() {
            // Its end may come before the word that its files were written to.
            self.trail.all_touched();
        }
        let mut told = self.trail.news();
        let now = Instant::now();
        self.read = Some(now);
        let next = self.figures_told.map(|told| told + FIGURES_EVERY);
        if self.trail.has_figures() && (self.until.is_some() || next.is_none_or(|next| next <= now)) {
            told.extend(self.trail.figures());
            self.figures_told = Some(now);
        }
        self.due = next.filter(|_| self.trail.has_figures()).into_iter().chain(self.until).min();
        told
    }
}

/// What is wanted of a host so that this comes to be here.
fn wanted(copies: &Copies, want: &watch::Want) -> Option<Wanted> {
    match want {
        watch::Want::File(copy) => copies.original(copy).map(Wanted::File),
        watch::Want::Folder(copy) => copies.original(copy).map(Wanted::Folder),
    }
}

fn lock(folders: &Mutex<Watcher>) -> std::sync::MutexGuard<'_, Watcher> {
    folders.lock().unwrap_or_else(PoisonError::into_inner)
}
