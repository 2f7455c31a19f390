//! Says which recordings have grown.
//!
//! The first bytes after a pause are told at once; after that, growth is told once per [`REST`], however many bytes flow
//! and however many panes print. Nothing is polled: an idle crew costs nothing. The set of attempts is all that is
//! kept, so a reader that is late gets everything at once and nothing twice.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use notify::{EventKind, RecursiveMode, Watcher as _};
use tokio::sync::Notify;

use super::recordings::{attempt_of, attempts_in};
use crate::domain::AttemptId;

/// How long a reader is left alone after it was told.
const REST: Duration = Duration::from_millis(12);
/// How long the kernel's messages are left to gather, and to merge, after some were read.
const GATHER: Duration = Duration::from_millis(8);
/// Messages this close together were read at once.
const TOGETHER: Duration = Duration::from_millis(1);

/// Watches for as long as it lives.
#[derive(Debug)]
pub struct Watcher {
    _watcher: notify::RecommendedWatcher,
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
    ended: bool,
}

/// Watches the recordings in `folder`, which must be there.
///
/// # Errors
/// When the system can't watch it (on Linux mostly: too many inotify instances).
pub fn watch(folder: &Path) -> notify::Result<(Watcher, Growth)> {
    let shared = Arc::new(Shared::default());
    let listener = Listener { shared: shared.clone(), folder: folder.into(), gathered: None };
    let mut watcher = notify::recommended_watcher(listener)?;
    watcher.watch(folder, RecursiveMode::NonRecursive)?;
    Ok((Watcher { _watcher: watcher }, Growth { shared, told: None }))
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
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lives on the watcher's own thread.
struct Listener {
    shared: Arc<Shared>,
    folder: PathBuf,
    gathered: Option<Instant>,
}

impl notify::EventHandler for Listener {
    fn handle_event(&mut self, event: notify::Result<notify::Event>) {
        let all = match &event {
            Ok(event) => event.need_rescan(),
            Err(_) => true,
        };
        let grown: BTreeSet<AttemptId> = if all {
            // Messages were lost: anything may have grown.
            attempts_in(&self.folder)
        } else {
            let event = event.iter().filter(|event| matches!(event.kind, EventKind::Create(_) | EventKind::Modify(_)));
            event.flat_map(|event| &event.paths).filter_map(|path| attempt_of(path)).collect()
        };
        if !grown.is_empty() {
            self.shared.state().grown.extend(grown);
            self.shared.changed.notify_one();
        }
        // The kernel merges equal messages that nobody has read yet; a pane that floods is worth one message.
        if self.gathered.is_none_or(|gathered| gathered.elapsed() >= TOGETHER) {
            std::thread::sleep(GATHER);
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
    use std::io::Write;

    use super::*;

    fn append(folder: &Path, name: &str) {
        let path = folder.join(name);
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path).expect("opened");
        file.write_all(b"x").expect("written");
    }

    async fn told(growth: &mut Growth) -> Option<BTreeSet<AttemptId>> {
        tokio::time::timeout(Duration::from_secs(20), growth.recv()).await.expect("growth within 20 s")
    }

    #[tokio::test]
    async fn growth_is_told_for_each_attempt_and_for_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        append(folder.path(), "a1.rec");
        let (watcher, mut growth) = watch(folder.path()).expect("watched");
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
        let (_watcher, mut growth) = watch(folder.path()).expect("watched");
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
}
