//! Looks at panes and tells the core.
//!
//! Woken by what panes print (their recordings grow), by tmux's own events, and by what the core waits for. A pane that
//! prints all the time is read a few times a second; one that prints nothing is not read at all. All panes together
//! are looked at every few seconds, in one request, in case something was missed: observers take no hint for granted.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

use futures_util::future::join_all;
use tokio::{
    sync::{broadcast, mpsc, watch},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use super::{
    beat::Letter,
    clock::{now, sleep_until_or_forever},
    conversations,
    core::{DialogSeen, Input, PaneSeen, ScreenRead},
    live::{Grown, LivePane},
    look::{Asked, Look},
    rooms::Rooms,
    sites::{Names, Site, Surroundings},
    sizes::Sizes,
};
use crate::{
    agent::{self, Reading, Sight},
    domain::{
        AttemptId, TargetName, Terminal,
        attempt::{End, PaneId},
        message,
    },
    tmux::{self, Capture, Captured},
};

/// How often all panes are looked at.
const SWEEP_EVERY: Duration = Duration::from_secs(5);
/// How soon all panes are looked at again when the exit status of one is not known yet.
const EXIT_UNKNOWN: Duration = Duration::from_millis(100);
/// How often while a person is attached to one.
const SWEEP_EVERY_WHEN_ATTACHED: Duration = Duration::from_secs(1);
/// A person whose last key is younger than this is typing.
pub(super) const TYPING: Duration = Duration::from_secs(5);
/// How many panes are read at once.
const TOGETHER: usize = 16;

/// The observer and what it alone owns.
pub(crate) struct Observer {
    rooms: Rooms,
    site: Site,
    sizes: Sizes,
    live: watch::Receiver<Arc<Vec<LivePane>>>,
    grown: broadcast::Receiver<Grown>,
    tell_grown: broadcast::Sender<Grown>,
    tmux: mpsc::Receiver<tmux::Event>,
    status: watch::Sender<Terminal>,
    inbox: mpsc::Sender<Letter>,
    sites: watch::Receiver<BTreeMap<TargetName, Site>>,
    looks: HashMap<AttemptId, Look>,
    next_sweep: Option<Instant>,
    born: Instant,
}

impl Observer {
    pub(crate) fn new(
        around: Surroundings,
        site: Site,
        tmux: mpsc::Receiver<tmux::Event>,
        status: watch::Sender<Terminal>,
    ) -> Self {
        let Surroundings { rooms, sizes, live, grown: tell_grown, inbox, .. } = around;
        let (sites, grown) = (rooms.sites.watch(), tell_grown.subscribe());
        let (looks, born, next_sweep) = (HashMap::new(), Instant::now(), None);
        Self { rooms, site, sizes, live, grown, tell_grown, tmux, status, inbox, sites, looks, next_sweep, born }
    }

    /// Runs until `cancel`.
    pub(crate) async fn run(mut self, cancel: CancellationToken) {
        self.take_live();
        loop {
            let due = self.looks.values().filter_map(|look| look.due(self.born)).chain(self.next_sweep).min();
            tokio::select! {
                () = cancel.cancelled() => return,
                event = self.tmux.recv() => match event {
                    Some(event) => self.tmux_event(event),
                    None => return,
                },
                changed = self.live.changed() => match changed {
                    Ok(()) => self.take_live(),
                    Err(_) => return,
                },
                changed = self.sites.changed() => match changed {
                    Ok(()) => self.take_site(),
                    Err(_) => return,
                },
                grown = self.grown.recv() => match grown {
                    Ok(attempts) => {
                        self.printed(&attempts);
                        self.more_printed();
                    }
                    Err(broadcast::error::RecvError::Lagged(_)) => self.all_printed(),
                    Err(broadcast::error::RecvError::Closed) => return,
                },
                () = sleep_until_or_forever(due) => self.look().await,
            }
        }
    }

    /// A machine that is back is looked at anew: whatever was told meanwhile was not heard.
    fn take_site(&mut self) {
        let Some(now_known) = self.sites.borrow_and_update().get(&self.site.target).cloned() else { return };
        let is_back = now_known.is_reached && (now_known.reached != self.site.reached || !self.site.is_reached);
        self.site = now_known;
        if is_back {
            self.next_sweep = Some(Instant::now());
            self.looks.values_mut().for_each(Look::start_over);
        }
    }

    fn tmux_event(&mut self, event: tmux::Event) {
        match event {
            tmux::Event::Connected { version, fresh } => {
                tracing::info!(version, fresh, "connected to tmux");
                self.status.send_replace(Terminal::Connected { version, since: now() });
            }
            tmux::Event::Disconnected { reason } => {
                tracing::warn!(reason, "disconnected from tmux");
                self.status.send_replace(Terminal::Disconnected { reason, since: now() });
                return;
            }
            tmux::Event::PaneDied | tmux::Event::ClientsChanged => {}
            tmux::Event::Printed { session_name } => {
                if let Ok(attempt) = session_name.parse() {
                    // Everybody is told, this observer among them.
                    let _ = self.tell_grown.send(Arc::new(BTreeSet::from([attempt])));
                }
                return;
            }
        }
        self.next_sweep = Some(Instant::now());
    }

    /// Takes over which panes live now.
    fn take_live(&mut self) {
        let live = Arc::clone(&self.live.borrow_and_update());
        let mut old = std::mem::take(&mut self.looks);
        for pane in live.iter().filter(|pane| pane.target == self.site.target) {
            let look = match old.remove(&pane.attempt) {
                Some(look) => look.of(pane.clone()),
                None => Look::new(pane.clone(), conversations::are_written(&self.rooms, &pane.profile)),
            };
            self.looks.insert(pane.attempt, look);
        }
        self.sizes.keep_only(&live);
        if self.looks.is_empty() {
            self.next_sweep = None;
        } else if self.next_sweep.is_none() {
            self.next_sweep = Some(Instant::now() + SWEEP_EVERY);
        }
    }

    fn printed(&mut self, attempts: &BTreeSet<AttemptId>) {
        for attempt in attempts {
            if let Some(look) = self.looks.get_mut(attempt) {
                look.printed();
            }
        }
    }

    /// Takes in what is told already, so that when to read next is worked out once for all of it.
    fn more_printed(&mut self) {
        loop {
            match self.grown.try_recv() {
                Ok(attempts) => self.printed(&attempts),
                Err(broadcast::error::TryRecvError::Lagged(_)) => self.all_printed(),
                // The end is noticed where there is waiting.
                Err(broadcast::error::TryRecvError::Empty | broadcast::error::TryRecvError::Closed) => return,
            }
        }
    }

    fn all_printed(&mut self) {
        self.looks.values_mut().for_each(Look::printed);
    }

    /// Does what is due.
    async fn look(&mut self) {
        let moment = Instant::now();
        if self.next_sweep.is_some_and(|sweep| sweep <= moment) {
            self.sweep().await;
        }
        let due: Vec<AttemptId> = self
            .looks
            .iter()
            .filter(|(_, look)| look.due(self.born).is_some_and(|due| due <= moment))
            .map(|(&attempt, _)| attempt)
            .collect();
        for some in due.chunks(TOGETHER) {
            self.read(some).await;
        }
    }

    /// Looks at all panes at once.
    async fn sweep(&mut self) {
        let asked_at = now();
        self.next_sweep = (!self.looks.is_empty()).then(|| Instant::now() + SWEEP_EVERY);
        let panes = match self.site.tmux.panes().await {
            Ok(panes) => panes,
            Err(error) => {
                tracing::debug!(%error, "the panes could not be looked at");
                return;
            }
        };
        if panes.iter().any(|pane| pane.person.is_some()) {
            self.next_sweep = Some(Instant::now() + SWEEP_EVERY_WHEN_ATTACHED);
        }
        let mut seen = Vec::with_capacity(panes.len());
        let mut unknown_exits = false;
        for pane in panes {
            let Ok(attempt) = pane.session_name.parse::<AttemptId>() else { continue };
            if let Some(look) = self.looks.get_mut(&attempt) {
                let missed = look.last_second.is_some_and(|last| pane.activity > last);
                if missed && look.unread_since.is_none() {
                    look.unread_since = Some(Instant::now());
                }
            }
            if !pane.piped && pane.dead.is_none() && self.looks.contains_key(&attempt) {
                self.record_anew(attempt, &pane.pane).await;
            }
            if pane.follows && pane.person.is_none() && self.looks.contains_key(&attempt) {
                self.sizes.restore(&self.site.tmux, attempt, &pane.pane).await;
            }
            // A program whose exit status tmux has missed: it is asked for again until it is known.
            if matches!(pane.dead, Some(tmux::Death { code: None, signal: None })) {
                unknown_exits = true;
            }
            seen.push(PaneSeen {
                attempt,
                pane: pane.pane,
                pid: pane.pid,
                ended: pane.dead.and_then(end_of),
                person_typing: pane.person.is_some_and(|person| person.typed_ago < TYPING),
            });
        }
        if unknown_exits {
            if let Err(error) = self.site.tmux.collect_exits().await {
                tracing::warn!(%error, "tmux could not be asked to collect exit statuses");
            }
            self.next_sweep = Some(Instant::now() + EXIT_UNKNOWN);
        }
        self.tell(Input::Panes { target: self.site.target.clone(), asked_at, panes: seen }).await;
        // A rollout can be written after the pane has printed its last.
        for look in self.looks.values_mut().filter(|look| look.wants_conversation()) {
            look.conversation_sought = Some(Instant::now());
            conversations::seek(&self.rooms, &self.site, &self.inbox, &look.pane);
        }
    }

    /// The recording was interrupted, by a full disk for example: it goes on.
    async fn record_anew(&self, attempt: AttemptId, pane: &PaneId) {
        let file = self.site.folders.recording(attempt);
        if let Err(error) = self.site.tmux.record_to(pane, &file).await {
            tracing::warn!(%attempt, %error, "the recording could not be taken up again");
        }
    }

    /// Reads panes.
    async fn read(&mut self, attempts: &[AttemptId]) {
        let asked: Vec<Asked> =
            attempts.iter().filter_map(|attempt| self.looks.get_mut(attempt).map(Look::asked)).collect();
        let tmux = &self.site.tmux;
        let captures = asked.iter().map(|asked| tmux.capture(&asked.pane.pane, Capture { colours: false, history: 0 }));
        for (asked, captured) in asked.iter().zip(join_all(captures).await) {
            match captured {
                Ok(captured) => self.take(asked, &captured).await,
                Err(error) => tracing::debug!(attempt = %asked.pane.attempt, %error, "the pane could not be read"),
            }
        }
    }

    /// Takes in what a pane shows.
    async fn take(&mut self, Asked { pane, quiet, at }: &Asked, captured: &Captured) {
        let Some(profile) = self.rooms.profiles.find(&pane.profile) else { return };
        let reading = read_capture(profile, captured, self.site.names());
        let ready = reading.ready && (*quiet || !profile.quiet_means_ready());
        let shows_message = pane
            .submitted
            .as_ref()
            .is_some_and(|awaited| message::shows_beginning(&captured.contents, &awaited.excerpt));
        let attempt = pane.attempt;
        let Some(look) = self.looks.get_mut(&attempt) else { return };
        let read = ScreenRead {
            dialog: reading.dialog.map(dialog_seen),
            marker: reading.marker,
            at: *at,
            printed_at: look.printed_at,
            doing: reading.doing,
            source: reading.evidence_source,
            rule: reading.rule,
            text: reading.text,
            ready,
            composer: reading.composer,
            note: reading.retry.map(|retry| retry.class.tries(retry.attempt, retry.of)).unwrap_or_default(),
            until: reading.retry.and_then(|retry| retry.after).map(|after| *at + after),
            shows_message,
        };
        look.last_second = Some(captured.server_second);
        let same = look.take(&read);
        if look.wants_conversation() {
            look.conversation_sought = Some(Instant::now());
            conversations::seek(&self.rooms, &self.site, &self.inbox, pane);
        }
        if !same || pane.submitted.is_some() {
            self.tell(Input::Screen { attempt, read }).await;
        }
    }

    async fn tell(&self, input: Input) {
        // The loop has ended: so will this task.
        let _ = self.inbox.send(Letter::Input(input)).await;
    }
}

/// What a captured pane says about the agent in it.
pub(crate) fn read_capture(profile: &agent::Profile, captured: &Captured, names: Names<'_>) -> Reading {
    let lines: Vec<&str> = captured.contents.split("\r\n").collect();
    let started = profile.program.resolve_with(names.shell);
    agent::read(
        profile,
        &Sight {
            title: &captured.title,
            host: names.host,
            lines: &lines,
            cursor: Some(captured.cursor_cell),
            command: &captured.command,
            started_command: &started,
        },
    )
}

/// A dialog in the words of the core.
fn dialog_seen(dialog: agent::Dialog) -> DialogSeen {
    DialogSeen {
        options: dialog.choices.into_iter().map(|choice| choice.label).collect(),
        fingerprint: dialog.fingerprint,
        text: dialog.text,
    }
}

/// How a program ended, if tmux knows.
fn end_of(death: tmux::Death) -> Option<End> {
    match (death.signal, death.code) {
        (Some(signal), _) => Some(End::Signaled { signal }),
        (None, Some(code)) => Some(End::Exited { code }),
        (None, None) => None,
    }
}
