//! The handle that the rest of the daemon holds.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use tokio::sync::{mpsc, oneshot};

use super::{
    Batch, Error, EventQuery, Everything, Found, UsageQuery, everything, file, history, load, migrate,
    readers::Readers,
    search, spending,
    writer::{self, Job},
};
use crate::domain::{
    Artifact, ArtifactId, Attempt, AttemptId, Counters, Event, Message, MessageId, Objective, ObjectiveId, PullRequest,
    PullRequestId, Question, Remark, Session, SessionId, Timestamp, Usage, Workspace, WorkspaceId, World, artifact,
    usage::Metered,
};

/// How many of the log's lines one transaction lets go of, so that a commit never waits long behind it.
const PRUNED_AT_ONCE: usize = 500;

/// The store. Cheap to clone; all clones write through the same thread.
#[derive(Debug, Clone)]
pub struct Store {
    writer: mpsc::Sender<Job>,
    readers: Readers,
}

/// What the database held when it was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// What [`World`] documents that it holds.
    pub world: World,
    /// From where to count on.
    pub counters: Counters,
    /// Calls of hooks whose questions are settled, each by its attempt, which may still live, and its key.
    pub settled_calls: BTreeSet<(AttemptId, String)>,
}

impl Store {
    /// Opens the database at `path`, makes it if there is none, brings it to the newest schema (an existing one is
    /// copied to `PATH.before-vN` first), reads the world and starts the writer. Blocks.
    ///
    /// # Errors
    /// [`Error::Newer`] and [`Error::NotOurs`] for a database that must not be touched; others as SQLite fails.
    pub fn open(path: &Path) -> Result<(Store, Opened), Error> {
        let mut connection = file::open_for_writing(path)?;
        migrate::migrate(&mut connection, path, migrate::STEPS)?;
        let opened = Opened {
            world: load::world(&connection)?,
            counters: load::counters(&connection)?,
            settled_calls: load::settled_calls(&connection)?,
        };
        let started = writer::start(connection).map_err(|source| Error::File { path: path.into(), source })?;
        Ok((Store { writer: started, readers: Readers::new(path.into()) }, opened))
    }

    /// Writes one step: all of it, or nothing. It is durable when this returns `Ok`.
    ///
    /// # Errors
    /// When it could not be written. From then on nothing is: every later commit is [`Error::Stopped`].
    pub async fn commit(&self, batch: Batch) -> Result<(), Error> {
        self.ask(|done| Job::Commit(batch, done)).await?
    }

    /// Lets go of all but the newest `keep_events` lines of the log, of which [`World::LOG`] always stay; says how many
    /// went. Commits that come meanwhile go first.
    ///
    /// # Errors
    /// When a part could not be deleted; what was deleted before stays so.
    pub async fn prune(&self, keep_events: u64) -> Result<u64, Error> {
        let keep = keep_events.max(World::LOG as u64);
        let last = self.readers.run(|connection| Ok(load::counters(connection)?.event)).await?;
        let through = last.saturating_sub(keep);
        let mut gone = 0;
        loop {
            let part = self.ask(|done| Job::Prune { through, at_most: PRUNED_AT_ONCE, done }).await??;
            gone += part;
            if part < PRUNED_AT_ONCE as u64 {
                return Ok(gone);
            }
        }
    }

    /// Writes what still waits, and closes the database. Other handles get [`Error::Closed`] from then on.
    pub async fn close(self) {
        self.readers.close();
        // A writer that is gone has nothing left to write.
        let _ = self.ask(Job::Close).await;
    }

    /// A message's text.
    ///
    /// # Errors
    /// As SQLite fails.
    pub async fn body(&self, id: MessageId) -> Result<Option<String>, Error> {
        self.readers.run(move |connection| history::body(connection, id)).await
    }

    /// A message.
    ///
    /// # Errors
    /// As SQLite fails.
    pub async fn message(&self, id: MessageId) -> Result<Option<Message>, Error> {
        self.readers.run(move |connection| history::message(connection, id)).await
    }

    /// A session with its objective, archived or not.
    ///
    /// # Errors
    /// As SQLite fails.
    pub async fn session(&self, id: SessionId) -> Result<Option<(Objective, Session)>, Error> {
        self.readers.run(move |connection| history::session(connection, id)).await
    }

    /// All attempts of a session, oldest first.
    ///
    /// # Errors
    /// As SQLite fails.
    pub async fn attempts(&self, session: SessionId) -> Result<Vec<Attempt>, Error> {
        self.readers.run(move |connection| history::attempts(connection, session)).await
    }

    /// All messages to a session, oldest first.
    ///
    /// # Errors
    /// As SQLite fails.
    pub async fn messages(&self, session: SessionId) -> Result<Vec<Message>, Error> {
        self.readers.run(move |connection| history::messages(connection, session)).await
    }

    /// All questions of a session, oldest first.
    ///
    /// # Errors
    /// As SQLite fails.
    pub async fn questions(&self, session: SessionId) -> Result<Vec<Question>, Error> {
        self.readers.run(move |connection| history::questions(connection, session)).await
    }

    /// All workspaces that a session has owned, oldest first.
    ///
    /// # Errors
    /// As SQLite fails.
    pub async fn workspaces(&self, session: SessionId) -> Result<Vec<Workspace>, Error> {
        self.readers.run(move |connection| history::workspaces(connection, session)).await
    }

    /// Every repository that work was done in.
    ///
    /// # Errors
    /// As SQLite fails.
    pub async fn repositories(&self) -> Result<Vec<PathBuf>, Error> {
        self.readers.run(history::repositories).await
    }

    /// A workspace, removed or not.
    ///
    /// # Errors
    /// As SQLite fails.
    pub async fn workspace(&self, id: WorkspaceId) -> Result<Option<Workspace>, Error> {
        self.readers.run(move |connection| history::workspace(connection, id)).await
    }

    /// All workspaces of ours that were removed, newest first.
    ///
    /// # Errors
    /// As SQLite fails.
    pub async fn removed_workspaces(&self) -> Result<Vec<Workspace>, Error> {
        self.readers.run(history::removed_workspaces).await
    }

    /// What an objective leaves behind, oldest first; without the bodies.
    ///
    /// # Errors
    /// As SQLite fails.
    pub async fn artifacts(&self, objective: ObjectiveId) -> Result<Vec<Artifact>, Error> {
        self.readers.run(move |connection| history::artifacts(connection, objective)).await
    }

    /// What was left behind, oldest first, narrowed by whatever is given; without the bodies.
    ///
    /// # Errors
    /// As SQLite fails.
    pub async fn artifacts_of(
        &self,
        objective: Option<ObjectiveId>,
        session: Option<SessionId>,
        kind: Option<artifact::Kind>,
    ) -> Result<Vec<Artifact>, Error> {
        self.readers.run(move |connection| history::artifacts_of(connection, objective, session, kind)).await
    }

    /// Everything that is kept of an objective, put away or not.
    ///
    /// # Errors
    /// As SQLite fails.
    pub async fn everything(&self, objective: ObjectiveId) -> Result<Option<Everything>, Error> {
        self.readers.run(move |connection| everything::everything(connection, objective)).await
    }

    /// An artifact with its body.
    ///
    /// # Errors
    /// As SQLite fails.
    pub async fn artifact(&self, id: ArtifactId) -> Result<Option<(Artifact, String)>, Error> {
        self.readers.run(move |connection| history::artifact(connection, id)).await
    }

    /// A pull request, also of an objective that was put away.
    ///
    /// # Errors
    /// As SQLite fails.
    pub async fn pull_request(&self, id: PullRequestId) -> Result<Option<PullRequest>, Error> {
        self.readers.run(move |connection| history::pull_request(connection, id)).await
    }

    /// All that was ever said about a pull request, oldest first.
    ///
    /// # Errors
    /// As SQLite fails.
    pub async fn remarks(&self, pull_request: PullRequestId) -> Result<Vec<Remark>, Error> {
        self.readers.run(move |connection| history::remarks(connection, pull_request)).await
    }

    /// What was used, with the objective it was used for, by attempt, day and model.
    ///
    /// # Errors
    /// As SQLite fails.
    pub async fn usage(&self, query: UsageQuery) -> Result<Vec<(ObjectiveId, Usage)>, Error> {
        self.readers.run(move |connection| spending::usage(connection, &query)).await
    }

    /// What the meters of attempts show, with the objective each works for; since a day: of those that have used
    /// something since.
    ///
    /// # Errors
    /// As SQLite fails.
    pub async fn metered(&self, query: UsageQuery) -> Result<Vec<(ObjectiveId, Metered)>, Error> {
        self.readers.run(move |connection| spending::metered(connection, &query)).await
    }

    /// Those of `attempts` that nobody is shown any more: unknown ones, and ended ones of archived objectives which the
    /// log says nothing about since `since`.
    ///
    /// # Errors
    /// As SQLite fails.
    pub async fn no_longer_shown(&self, attempts: Vec<AttemptId>, since: Timestamp) -> Result<Vec<AttemptId>, Error> {
        self.readers.run(move |connection| history::no_longer_shown(connection, &attempts, since)).await
    }

    /// A stretch of the log, oldest first.
    ///
    /// # Errors
    /// As SQLite fails.
    pub async fn events(&self, query: EventQuery) -> Result<Vec<Event>, Error> {
        self.readers.run(move |connection| history::events(connection, query)).await
    }

    /// What holds all of `words`, of which the last may be only the beginning of one; at most `limit` finds. Titles
    /// come first, then questions, messages, artifacts and the log, each newest first. Any text is safe.
    ///
    /// # Errors
    /// As SQLite fails.
    pub async fn search(&self, words: &str, limit: usize) -> Result<Vec<Found>, Error> {
        let words = words.to_owned();
        self.readers.run(move |connection| search::search(connection, &words, limit)).await
    }

    async fn ask<T>(&self, job: impl FnOnce(oneshot::Sender<T>) -> Job) -> Result<T, Error> {
        let (done, result) = oneshot::channel();
        self.writer.send(job(done)).await.map_err(|_| Error::Closed)?;
        result.await.map_err(|_| Error::Closed)
    }
}
