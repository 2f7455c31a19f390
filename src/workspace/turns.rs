//! Requests on one repository take turns: git's own locks make the second fail instead of wait.
//!
//! A turn ends when its request has ended or was let go of, and what it began that must not be broken off is done.
//!
//! Who waited for a turn need not ask the remote again: an answer that came after the request was made is as fresh as
//! the request could want.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, LazyLock, Mutex, PoisonError},
    time::Instant,
};

use tokio::sync::OwnedMutexGuard;
use tokio_util::task::TaskTracker;

use crate::target::Host;

/// What belongs to a repository's turn.
#[derive(Debug, Default)]
pub(crate) struct Turn {
    answers: HashMap<String, Answer>,
    begun: TaskTracker,
}

/// What a remote said.
#[derive(Debug, Clone)]
struct Answer {
    asked: Instant,
    said: Result<String, String>,
}

type Turns = HashMap<(String, PathBuf), Arc<tokio::sync::Mutex<Turn>>>;

static TURNS: LazyLock<Mutex<Turns>> = LazyLock::new(Mutex::default);

/// Waits for the repository with this git directory on this host to be ours alone.
pub(crate) async fn take(host: &Host, git_directory: &Path) -> OwnedMutexGuard<Turn> {
    let turn = {
        let mut turns = TURNS.lock().unwrap_or_else(PoisonError::into_inner);
        let goes_on = |turn: &tokio::sync::Mutex<Turn>| turn.try_lock().is_ok_and(|turn| !turn.begun.is_empty());
        turns.retain(|_, turn| Arc::strong_count(turn) > 1 || goes_on(turn));
        turns.entry((host.name().to_owned(), git_directory.into())).or_default().clone()
    };
    let turn = turn.lock_owned().await;
    // Of a request before it that was let go of.
    turn.begun.close();
    turn.begun.wait().await;
    turn.begun.reopen();
    turn
}

impl Turn {
    /// What goes on until it is done belongs here: the next turn waits for it.
    pub(super) fn begun(&self) -> TaskTracker {
        self.begun.clone()
    }

    /// What the remote said to this question, if it was asked after `since`.
    pub(super) fn answer(&self, question: &str, since: Instant) -> Option<Result<String, String>> {
        self.answers.get(question).filter(|answer| answer.asked >= since).map(|answer| answer.said.clone())
    }

    /// Remembers what the remote said.
    pub(super) fn remember(&mut self, question: String, asked: Instant, said: Result<String, String>) {
        self.answers.insert(question, Answer { asked, said });
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_turn_begins_when_all_that_was_begun_before_it_is_done() {
        let (here, place) = (Host::local(), Path::new("/a/repository/with/work"));
        let (done, is_done) = tokio::sync::oneshot::channel::<()>();
        take(&here, place).await.begun().spawn(is_done);
        drop(take(&here, Path::new("/another/repository")).await);
        let mut next = std::pin::pin!(take(&here, place));
        assert!(tokio::time::timeout(Duration::from_secs(1), &mut next).await.is_err(), "it still goes on");
        done.send(()).expect("it is waited for");
        next.await;
    }

    #[tokio::test]
    async fn only_an_answer_younger_than_the_request_counts() {
        let mut turn = take(&Host::local(), Path::new("/a/repository")).await;
        let asked = Instant::now();
        turn.remember("origin".into(), asked, Ok("main".into()));
        assert_eq!(turn.answer("origin", asked - Duration::from_secs(1)), Some(Ok("main".into())));
        assert_eq!(turn.answer("origin", asked + Duration::from_secs(1)), None);
    }
}
