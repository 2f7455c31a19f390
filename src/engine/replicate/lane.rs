//! Brings home what the attempts on one host leave there, one round after the other.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::PathBuf,
    time::Duration,
};

use tokio::{
    sync::{oneshot, watch},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use super::{
    Reach, Replicas, Wanted,
    copy::{Came, Copied, Places, What},
    gather::{self, Answer, Ask},
};
use crate::{
    config::Paths,
    domain::{AttemptId, TargetName},
    engine::{clock::sleep_until_or_forever, sites::Folders},
    transcript::Recordings,
};

/// How soon, and how often, a host is asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// How soon a round is due after something was printed: a pane that prints all the time is read so often.
    pub(super) after_printing: Duration,
    /// How soon after something was told.
    pub(super) after_telling: Duration,
    /// How often it is looked while something lives there.
    pub(super) slow: Duration,
    /// How often a host that can't be reached is asked for.
    pub(super) away: Duration,
    /// How long an attempt is looked after when it is over: what it printed last may still be on its way to the disk.
    pub(super) last_words: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            after_printing: Duration::from_secs(1),
            after_telling: Duration::from_millis(100),
            slow: Duration::from_secs(10),
            away: Duration::from_secs(1),
            last_words: Duration::from_secs(15),
        }
    }
}

/// How many attempts one round brings home.
const ATTEMPTS: usize = 64;
/// Which part of the slow pace an attempt's turn may come too early: together they cost one program, one by one many.
const EARLY: u32 = 2;

/// Brings home what the attempts on one host leave there.
pub(super) struct Lane {
    target: TargetName,
    replicas: Replicas,
    paths: Paths,
    recordings: Recordings,
    reach: Reach,
    pace: Pace,
    live: watch::Receiver<BTreeSet<AttemptId>>,
    attempts: BTreeMap<AttemptId, Following>,
}

/// What is remembered of one attempt.
struct Following {
    attempt: AttemptId,
    copied: Copied,
    /// What was found in its folders of transcripts.
    found: BTreeSet<PathBuf>,
    due: Instant,
    /// When it was over.
    left: Option<Instant>,
    /// Who waits for the round that comes.
    asked: Vec<oneshot::Sender<()>>,
    /// It is over and all of it is home: what is left of it there may go.
    is_home: bool,
    /// It is known that something can't be read or written.
    is_said: bool,
}

/// What a round has to do for one attempt.
struct Work {
    following: Following,
    asks: Vec<(What, Ask)>,
    is_last: bool,
}

impl Lane {
    pub(super) fn new(
        target: TargetName,
        replicas: Replicas,
        (paths, recordings): (Paths, Recordings),
        (reach, pace): (Reach, Pace),
        live: watch::Receiver<BTreeSet<AttemptId>>,
    ) -> Self {
        Self { target, replicas, paths, recordings, reach, pace, live, attempts: BTreeMap::new() }
    }

    /// Runs until `cancel`; `left` are attempts that may be over, of which not all is home yet.
    pub(super) async fn run(mut self, left: BTreeSet<AttemptId>, cancel: CancellationToken) {
        let mut said = self.replicas.0.said.subscribe();
        left.into_iter().for_each(|attempt| self.follow(attempt));
        self.take_live();
        loop {
            let due = self.attempts.values().map(|following| following.due).min();
            tokio::select! {
                () = cancel.cancelled() => return,
                changed = self.live.changed() => match changed {
                    Ok(()) => self.take_live(),
                    Err(_) => return,
                },
                Ok(()) = said.changed() => self.take_hints(),
                () = sleep_until_or_forever(due) => tokio::select! {
                    () = cancel.cancelled() => return,
                    () = self.round() => {}
                },
            }
        }
    }

    fn take_live(&mut self) {
        let live = self.live.borrow_and_update().clone();
        live.iter().for_each(|&attempt| self.follow(attempt));
        let now = Instant::now();
        for following in self.attempts.values_mut() {
            match (live.contains(&following.attempt), following.left) {
                (true, _) => following.left = None,
                (false, None) => {
                    following.left = Some(now);
                    following.due = now;
                }
                (false, Some(_)) => {}
            }
        }
    }

    fn follow(&mut self, attempt: AttemptId) {
        if self.attempts.contains_key(&attempt) {
            return;
        }
        let places = Places::of(&self.paths, &self.recordings, attempt);
        match Copied::take_up(places, &self.target) {
            Ok(copied) => {
                let due = Instant::now();
                let (found, asked) = (BTreeSet::new(), Vec::new());
                let following =
                    Following { attempt, copied, found, due, left: None, asked, is_home: false, is_said: false };
                self.attempts.insert(attempt, following);
                self.replicas.state().hints.entry(attempt).or_default();
            }
            Err(error) => tracing::warn!(%attempt, %error, "what it leaves on its host can't be brought home"),
        }
    }

    /// Takes over what was said of attempts here.
    fn take_hints(&mut self) {
        let now = Instant::now();
        let mut state = self.replicas.state();
        for following in self.attempts.values_mut() {
            let Some(hints) = state.hints.get_mut(&following.attempt) else { continue };
            let hints = std::mem::take(hints);
            let soon = [
                (hints.printed, self.pace.after_printing),
                (hints.told, self.pace.after_telling),
                (!hints.asked.is_empty(), Duration::ZERO),
            ];
            let soon = soon.into_iter().filter(|(said, _)| *said).map(|(_, after)| now + after).min();
            following.due = soon.map_or(following.due, |soon| following.due.min(soon));
            following.asked.extend(hints.asked);
        }
    }

    /// Brings home what is due.
    async fn round(&mut self) {
        let now = Instant::now();
        let Some(there) = (self.reach)(&self.target) else {
            self.attempts
                .values_mut()
                .filter(|following| following.due <= now)
                .for_each(|following| following.due = now + self.pace.away);
            return;
        };
        let due = self.attempts.values().map(|following| (following.due, following.attempt));
        let due = in_one_round(due, now + self.pace.slow / EARLY);
        let taken: Vec<Following> = due.iter().filter_map(|attempt| self.attempts.remove(attempt)).collect();
        let work: Vec<Work> = taken.into_iter().map(|following| self.plan(following, &there.folders, now)).collect();
        let asks: Vec<Ask> = work.iter().flat_map(|work| work.asks.iter().map(|(_, ask)| ask.clone())).collect();
        let gathered = gather::gather(&there.host, &asks).await;
        let done = match gathered {
            Ok(answers) => {
                let (replicas, pace) = (self.replicas.clone(), self.pace);
                tokio::task::spawn_blocking(move || finish(work, answers, &replicas, pace)).await
            }
            Err(error) => {
                tracing::debug!(target = %self.target, %error, "a host could not be asked for what is new there");
                let again = Instant::now() + self.pace.away;
                Ok(work.into_iter().map(|work| Some(Following { due: again, ..work.following })).collect())
            }
        };
        // A panic is in the log; the attempts it concerned are followed anew by the next daemon.
        for following in done.unwrap_or_default().into_iter().flatten() {
            self.attempts.insert(following.attempt, following);
        }
        let known: BTreeSet<AttemptId> = self.attempts.keys().copied().collect();
        self.replicas.forget_of(&due, &known);
        // What changed while the host was asked.
        self.take_live();
    }

    fn plan(&self, following: Following, there: &Folders, now: Instant) -> Work {
        let copied = &following.copied;
        if following.is_home {
            return Work { asks: copied.farewell(there), following, is_last: true };
        }
        let wanted = self.replicas.state().wanted.get(&following.attempt).cloned().unwrap_or_default();
        let mut asks = copied.asks(there);
        for wanted in wanted {
            match wanted {
                Wanted::File(path) if gather::can_be_asked_for(&path) => asks.extend(copied.ask_for(&path)),
                Wanted::Folder(path) if gather::can_be_asked_for(&path) => {
                    let inside = following.found.iter().filter(|file| file.parent() == Some(&path));
                    asks.extend(inside.filter_map(|file| copied.ask_for(file)));
                    asks.push((What::Folder(path.clone()), Ask::Folder(path)));
                }
                Wanted::File(_) | Wanted::Folder(_) => {}
            }
        }
        let is_last = following.left.is_some_and(|left| left + self.pace.last_words <= now);
        Work { following, asks, is_last }
    }
}

/// Whom one round is for: those whose turn comes by then, who has waited longest first.
fn in_one_round(due: impl Iterator<Item = (Instant, AttemptId)>, by: Instant) -> Vec<AttemptId> {
    let mut due: Vec<(Instant, AttemptId)> = due.filter(|(due, _)| *due <= by).collect();
    due.sort();
    due.into_iter().map(|(_, attempt)| attempt).take(ATTEMPTS).collect()
}

impl Replicas {
    /// Of these attempts, only the known ones are still followed.
    fn forget_of(&self, attempts: &[AttemptId], known: &BTreeSet<AttemptId>) {
        let mut state = self.state();
        for attempt in attempts.iter().filter(|attempt| !known.contains(attempt)) {
            state.hints.remove(attempt);
            state.wanted.remove(attempt);
        }
    }
}

/// Takes in what was answered. What is not followed any more comes back as `None`.
fn finish(work: Vec<Work>, answers: Vec<Answer>, replicas: &Replicas, pace: Pace) -> Vec<Option<Following>> {
    let mut answers = answers.into_iter();
    work.into_iter().map(|work| work.finish(&mut answers, replicas, pace)).collect()
}

impl Work {
    fn finish(self, answers: &mut impl Iterator<Item = Answer>, replicas: &Replicas, pace: Pace) -> Option<Following> {
        let Work { mut following, asks, is_last } = self;
        let attempt = following.attempt;
        let (mut more, mut starved, mut troubles) = (false, false, Vec::new());
        for (what, _) in &asks {
            let Some(answer) = answers.next() else {
                starved = true;
                break;
            };
            match following.copied.take(what, &answer) {
                Ok(Came::ToAnEnd) => {}
                Ok(Came::More) => more = true,
                Ok(Came::Spool) => {
                    replicas.spool_came(attempt);
                    more = true;
                }
                Ok(Came::Folder(files)) => {
                    let known = following.found.len();
                    following.found.extend(files.into_iter().filter(|file| gather::can_be_asked_for(file)));
                    more |= following.found.len() > known;
                }
                Ok(Came::Unreadable) => troubles.push(io::Error::from(io::ErrorKind::PermissionDenied)),
                Err(error) => troubles.push(error),
            }
        }
        if let Some(error) = troubles.first()
            && !following.is_said
        {
            tracing::warn!(%attempt, %error, "not all that it leaves on its host can be brought home; it is tried again");
        }
        following.is_said = !troubles.is_empty();
        let now = Instant::now();
        if starved {
            // Something broke off, and might again.
            following.due = now + pace.away;
            return Some(following);
        }
        if more && troubles.is_empty() {
            following.due = following.due.min(now);
            return Some(following);
        }
        // Whoever asked has all that there was.
        for asked in following.asked.drain(..) {
            // Who asked may have gone.
            let _ = asked.send(());
        }
        if is_last && troubles.is_empty() {
            if following.is_home {
                following.copied.finish();
                return None;
            }
            following.is_home = true;
            following.due = now;
            return Some(following);
        }
        following.due = now + pace.slow;
        if let Some(left) = following.left {
            following.due = following.due.min(left + pace.last_words).max(now + pace.after_printing);
        }
        Some(following)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(number: u32) -> AttemptId {
        AttemptId::from_number(number).expect("an id")
    }

    #[test]
    fn whoever_is_looked_at_at_odd_moments_soon_is_looked_at_together() {
        let (began, slow, wide) = (Instant::now(), Pace::default().slow, 20);
        // Spread over the whole of one turn.
        let mut due: BTreeMap<AttemptId, Instant> =
            (1..=wide).map(|number| (attempt(number), began + slow * number / wide)).collect();
        let mut rounds = Vec::new();
        for _ in 0..wide {
            let now = due.values().min().copied().expect("somebody");
            let round = in_one_round(due.iter().map(|(&attempt, &due)| (due, attempt)), now + slow / EARLY);
            due.extend(round.into_iter().map(|attempt| (attempt, now + slow)));
            rounds.push(now - began);
        }
        let last = rounds.last().copied().unwrap_or_default();
        assert!(last > slow * 8, "{wide} rounds in {last:?}, of which each should take half of {slow:?}");
    }

    #[test]
    fn nobody_is_overtaken_by_those_whose_turn_comes_later() {
        let now = Instant::now();
        let many = u32::try_from(ATTEMPTS).expect("few") + 1;
        let due = (1..=many).map(|number| (now - Duration::from_millis(number.into()), attempt(number)));
        let round = in_one_round(due, now);
        assert_eq!((round.len(), round.first()), (ATTEMPTS, Some(&attempt(many))));
        assert!(!round.contains(&attempt(1)), "the youngest waits for the next round");
    }
}
