//! Says which recordings have grown.
//!
//! The first bytes after a pause are told at once. After that, growth is told in turns, however many bytes flow and
//! however many panes print: twenty times a second, and sixty times a second of a recording to which somebody attends,
//! because they look at its pane. Nothing is polled: an idle crew costs nothing. The set of attempts is all that is kept,
//! so a reader that is late gets everything at once and nothing twice.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::Notify;

use super::recordings::{Recordings, attempt_of, attempts_in};
use crate::domain::AttemptId;

/// How long a reader is left alone after it was told.
const REST: Duration = Duration::from_millis(12);
/// How long the kernel's messages are left to gather, and to merge, after some were read.
const GATHER: Duration = Duration::from_millis(50);
/// How long those about recordings to which somebody attends.
const GATHER_ATTENDED: Duration = Duration::from_millis(8);
/// Messages this close together were read at once.
const TOGETHER: Duration = Duration::from_millis(1);

/// Watches for as long as it, or attention that it gave, lives. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Watcher(Arc<Watching>);

#[derive(Debug)]
struct Watching {
    recordings: Recordings,
    _all: RecommendedWatcher,
    // Held while the system is told; never together with the state.
    attended: Mutex<RecommendedWatcher>,
    shared: Arc<Shared>,
}

/// As long as it lives, growth of one recording is told soon.
#[derive(Debug)]
pub struct Attention {
    watching: Arc<Watching>,
    attempt: AttemptId,
}

/// Where growth is told.
#[derive(Debug)]
pub struct Growth {
    shared: Arc<Shared>,
    told: Option<tokio::time::Instant>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    grown: BTreeSet<AttemptId>,
    /// How many attend to each recording.
    attended: BTreeMap<AttemptId, usize>,
    ended: bool,
}

/// Watches the folder of `recordings`, which must be there.
///
/// # Errors
/// When the system can't watch it (on Linux mostly: too many inotify instances).
pub fn watch(recordings: Recordings) -> notify::Result<(Watcher, Growth)> {
    let shared = Arc::new(Shared::default());
    let listener = |hears, gather| {
        let (shared, folder) = (Arc::clone(&shared), recordings.folder().into());
        notify::recommended_watcher(Listener { shared, folder, hears, gather, gathered: None })
    };
    let mut all = listener(Hears::Unattended, GATHER)?;
    all.watch(recordings.folder(), RecursiveMode::NonRecursive)?;
    let attended = Mutex::new(listener(Hears::Attended, GATHER_ATTENDED)?);
    let watching = Watching { recordings, _all: all, attended, shared: Arc::clone(&shared) };
    Ok((Watcher(Arc::new(watching)), Growth { shared, told: None }))
}

impl Watcher {
    /// Attends to a recording; `None` when it is not there yet, or the system watches no more files. Blocks for some
    /// milliseconds. It is told to have grown when attention begins and when it ends: of what was printed in that moment
    /// each listener may have left it to the other to tell.
    pub fn attend(&self, attempt: AttemptId) -> Option<Attention> {
        let watching = Arc::clone(&self.0);
        let mut system = watching.attended();
        system.watch(&watching.recordings.file(attempt), RecursiveMode::NonRecursive).ok()?;
        let mut state = watching.shared.state();
        *state.attended.entry(attempt).or_default() += 1;
        state.grown.insert(attempt);
        drop((state, system));
        watching.shared.changed.notify_one();
        Some(Attention { watching, attempt })
    }
}

impl Attention {
    /// Whose recording it is.
    pub fn attempt(&self) -> AttemptId {
        self.attempt
    }
}

impl Drop for Attention {
    fn drop(&mut self) {
        let mut system = self.watching.attended();
        let mut state = self.watching.shared.state();
        let others = state.attended.remove(&self.attempt).unwrap_or_default().saturating_sub(1);
        if others > 0 {
            state.attended.insert(self.attempt, others);
            return;
        }
        drop(state);
        // A file that is gone is not watched anyway.
        let _ = system.unwatch(&self.watching.recordings.file(self.attempt));
        self.watching.shared.state().grown.insert(self.attempt);
        self.watching.shared.changed.notify_one();
    }
}

impl Watching {
    fn attended(&self) -> MutexGuard<'_, RecommendedWatcher> {
        self.attended.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Growth {
    /// The attempts whose recordings have grown since this last returned, at least one; `None` once nothing is watched
    /// any more.
    pub async fn recv(&mut self) -> Option<BTreeSet<AttemptId>> {
        loop {
            let changed = self.shared.changed.notified();
            let waiting = {
                let state = self.shared.state();
                if state.grown.is_empty() && state.ended {
                    return None;
                }
                state.grown.is_empty()
            };
            if waiting {
                changed.await;
                continue;
            }
            if let Some(told) = self.told {
                tokio::time::sleep_until(told + REST).await;
            }
            self.told = Some(tokio::time::Instant::now());
            return Some(std::mem::take(&mut self.shared.state().grown));
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Which growth a listener tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hears {
    Attended,
    /// What it hears of the others the other listener has told.
    Unattended,
}

/// Lives on its watcher's own thread.
struct Listener {
    shared: Arc<Shared>,
    folder: PathBuf,
    hears: Hears,
    gather: Duration,
    gathered: Option<Instant>,
}

impl Listener {
    fn tell(&self, mut grown: BTreeSet<AttemptId>) {
        let mut state = self.shared.state();
        if self.hears == Hears::Unattended {
            grown.retain(|attempt| !state.attended.contains_key(attempt));
        }
        if !grown.is_empty() {
            state.grown.append(&mut grown);
            drop(state);
            self.shared.changed.notify_one();
        }
    }
}

impl notify::EventHandler for Listener {
    fn handle_event(&mut self, event: notify::Result<notify::Event>) {
        let all = match &event {
            Ok(event) => event.need_rescan(),
            Err(_) => true,
        };
        self.tell(if all {
            // Messages were lost: anything may have grown.
            attempts_in(&self.folder)
        } else {
            let event = event.iter().filter(|event| matches!(event.kind, EventKind::Create(_) | EventKind::Modify(_)));
            event.flat_map(|event| &event.paths).filter_map(|path| attempt_of(path)).collect()
        });
        // The kernel merges equal messages that nobody has read yet; a pane that floods is worth one message.
        if self.gathered.is_none_or(|gathered| gathered.elapsed() >= TOGETHER) {
            std::thread::sleep(self.gather);
            self.gathered = Some(Instant::now());
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.shared.state().ended = true;
        self.shared.changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::{io::Write, path::Path};

    use super::*;

    fn append(folder: &Path, name: &str) {
        let path = folder.join(name);
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path).expect("opened");
        file.write_all(b"x").expect("written");
    }

    fn watched(folder: &Path) -> (Watcher, Growth) {
        watch(Recordings::new(folder, 1 << 20)).expect("watched")
    }

    async fn told(growth: &mut Growth) -> Option<BTreeSet<AttemptId>> {
        tokio::time::timeout(Duration::from_secs(20), growth.recv()).await.expect("growth within 20 s")
    }

    #[tokio::test]
    async fn growth_is_told_for_each_attempt_and_for_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        append(folder.path(), "a1.rec");
        let (watcher, mut growth) = watched(folder.path());
        append(folder.path(), "notes.txt");
        append(folder.path(), "a1.rec");
        append(folder.path(), "a20.rec");
        let mut seen = BTreeSet::new();
        while seen.len() < 2 {
            seen.extend(told(&mut growth).await.expect("watched"));
        }
        assert_eq!(seen.iter().map(|attempt| attempt.number()).collect::<Vec<_>>(), [1, 20]);
        drop(watcher);
        while told(&mut growth).await.is_some() {}
    }

    #[tokio::test]
    async fn a_flood_is_a_bounded_number_of_wake_ups() {
        let folder = tempfile::tempdir().expect("a folder");
        let (_watcher, mut growth) = watched(folder.path());
        let began = Instant::now();
        let path = folder.path().to_owned();
        let flood = tokio::task::spawn_blocking(move || {
            while began.elapsed() < Duration::from_millis(400) {
                append(&path, "a1.rec");
            }
        });
        let mut wakes = 0_u128;
        while !flood.is_finished() {
            told(&mut growth).await;
            wakes += 1;
            append(folder.path(), "a2.rec");
        }
        let bound = began.elapsed().as_millis() / REST.as_millis() + 2;
        assert!((1..=bound).contains(&wakes), "{wakes} wake-ups in {:?}", began.elapsed());
    }

    #[tokio::test]
    async fn attention_is_shared_and_ends_and_nothing_is_missed_meanwhile() {
        let folder = tempfile::tempdir().expect("a folder");
        let (watcher, mut growth) = watched(folder.path());
        let [first, second] = ["a1", "a2"].map(|name| name.parse::<AttemptId>().expect("an id"));
        assert!(watcher.attend(first).is_none(), "there is nothing to attend to");
        append(folder.path(), "a1.rec");
        told(&mut growth).await;
        let attention = [watcher.attend(first), watcher.attend(first)].map(|given| given.expect("attention"));
        for left in attention.into_iter().map(Some).chain([None]) {
            append(folder.path(), "a1.rec");
            append(folder.path(), "a2.rec");
            let mut seen = BTreeSet::new();
            while seen != BTreeSet::from([first, second]) {
                seen.extend(told(&mut growth).await.expect("watched"));
            }
            drop(left);
        }
        drop(watcher);
        while told(&mut growth).await.is_some() {}
    }
}
