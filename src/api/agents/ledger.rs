//! What each attempt has told, as it came: `signals.jsonl` in its folder, for whoever wants to know how we know.
//!
//! One thread does all of it, one thing after the other, so that a spool that is being read and what is told at the same
//! moment are in one order. It also knows what has been told already: an agent's hook that gave up on us may have been
//! heard all the same, and what it then put into its spool is not news.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fs::{self, File},
    io::{self, BufRead, BufReader, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use serde::Deserialize;
use tokio::sync::{mpsc, oneshot};

use super::spool;
use crate::{api::wire::agents::Told, config::Paths, domain::AttemptId, engine::private_file};

/// A file that is larger loses the older half of what it should keep, in bytes.
const FILE_BYTES: u64 = 8 << 20;
/// The most that is kept of one payload, in bytes.
const PAYLOAD_BYTES: usize = 256 << 10;
/// How many lines may wait to be written; who tells more waits.
const WAITING: usize = 256;
/// How many calls of an attempt are remembered that are perhaps not in the file yet.
const REMEMBERED: usize = 256;

/// What each attempt has told. Cheap to clone.
#[derive(Clone)]
pub(super) struct Ledger {
    jobs: mpsc::Sender<Job>,
    begun: Begun,
    paths: Arc<Paths>,
}

type Begun = Arc<Mutex<BTreeMap<AttemptId, VecDeque<String>>>>;

enum Job {
    Keep(AttemptId, Told),
    TakeSpool(AttemptId, oneshot::Sender<io::Result<Vec<Told>>>),
}

impl Ledger {
    /// A ledger in the folders of `paths`. Its thread ends when the last handle is dropped.
    pub(super) fn open(paths: Paths) -> io::Result<Self> {
        let (jobs, mut waiting) = mpsc::channel(WAITING);
        let ledger = Self { jobs, begun: Begun::default(), paths: Arc::new(paths) };
        let (paths, begun) = (Arc::clone(&ledger.paths), Arc::clone(&ledger.begun));
        std::thread::Builder::new().name("signals".into()).spawn(move || {
            while let Some(job) = waiting.blocking_recv() {
                match job {
                    Job::Keep(attempt, told) => {
                        if let Err(error) = keep(&paths.attempt(attempt), told) {
                            tracing::warn!(%attempt, %error, "what an agent told could not be kept");
                        }
                    }
                    Job::TakeSpool(attempt, reply) => {
                        let news = take_spool(&paths.attempt(attempt), |call| is_begun(&begun, attempt, call));
                        // Who asked has gone with the daemon; the next one finds what is left.
                        let _ = reply.send(news);
                    }
                }
            }
        })?;
        Ok(ledger)
    }

    /// A call is being taken: should its process give up on us meanwhile, it is known nevertheless.
    pub(super) fn begin(&self, attempt: AttemptId, call: &str) {
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        let calls = begun.entry(attempt).or_default();
        if calls.len() == REMEMBERED {
            calls.pop_front();
        }
        calls.push_back(call.to_owned());
    }

    /// Keeps what was told.
    pub(super) async fn keep(&self, attempt: AttemptId, told: Told) {
        // The thread ends with the daemon only.
        let _ = self.jobs.send(Job::Keep(attempt, told)).await;
    }

    /// Something was told while nobody answered.
    pub(super) fn has_spool(&self, attempt: AttemptId) -> bool {
        spool::exists(&self.paths.attempt(attempt))
    }

    /// What was told while nobody answered and is not known yet, in order. [`Ledger::spool_is_read`] says that it was
    /// taken.
    ///
    /// # Errors
    /// When it can't be read; it is still there.
    pub(super) async fn take_spool(&self, attempt: AttemptId) -> io::Result<Vec<Told>> {
        let (reply, news) = oneshot::channel();
        let ended = |()| io::Error::other("the daemon is being stopped");
        self.jobs.send(Job::TakeSpool(attempt, reply)).await.map_err(|_| ended(()))?;
        news.await.map_err(|_| ended(()))?
    }

    /// What was taken from the spool is written: the spool may go.
    pub(super) fn spool_is_read(&self, attempt: AttemptId) {
        if let Err(error) = spool::forget(&self.paths.attempt(attempt)) {
            tracing::warn!(%attempt, %error, "a spool that was read could not be deleted");
        }
    }

    /// The attempt is over, and nothing more is heard of it.
    pub(super) fn forget(&self, attempt: AttemptId) {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner).remove(&attempt);
    }

    /// Every attempt that has told something while nobody answered, whatever has become of it.
    pub(super) fn spools(&self) -> Vec<AttemptId> {
        let folders = fs::read_dir(self.paths.attempts()).into_iter().flatten().flatten();
        let mut found: Vec<AttemptId> = folders
            .filter_map(|folder| folder.file_name().to_str()?.parse().ok())
            .filter(|&attempt| self.has_spool(attempt))
            .collect();
        found.sort();
        found
    }
}

fn is_begun(begun: &Begun, attempt: AttemptId, call: &str) -> bool {
    let begun = begun.lock().unwrap_or_else(PoisonError::into_inner);
    begun.get(&attempt).is_some_and(|calls| calls.iter().any(|known| known == call))
}

fn take_spool(folder: &Path, is_begun: impl Fn(&str) -> bool) -> io::Result<Vec<Told>> {
    let mut known = calls_in(&file(folder))?;
    let lines = spool::take(folder)?;
    Ok(lines.into_iter().filter(|told| !is_begun(&told.call) && known.insert(told.call.clone())).collect())
}

/// The calls that are kept in a file.
fn calls_in(file: &Path) -> io::Result<BTreeSet<String>> {
    #[derive(Deserialize)]
    struct Line {
        call: String,
    }
    let lines = match File::open(file) {
        Ok(file) => BufReader::new(file).split(b'\n'),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeSet::new()),
        Err(error) => return Err(error),
    };
    let mut calls = BTreeSet::new();
    for line in lines {
        // The last line of a daemon that was killed may be half there.
        if let Ok(Line { call }) = serde_json::from_slice(&line?) {
            calls.insert(call);
        }
    }
    Ok(calls)
}

fn keep(folder: &Path, mut told: Told) -> io::Result<()> {
    shorten(&mut told.payload);
    let mut line = serde_json::to_vec(&told)?;
    line.push(b'\n');
    let path = file(folder);
    let mut file = File::options().create(true).append(true).mode(0o600).open(&path)?;
    file.write_all(&line)?;
    if file.metadata()?.len() > FILE_BYTES { drop_older_half(&path) } else { Ok(()) }
}

fn shorten(payload: &mut String) {
    if payload.len() > PAYLOAD_BYTES {
        let all = payload.len();
        let end = (0..=PAYLOAD_BYTES).rev().find(|&end| payload.is_char_boundary(end)).unwrap_or(0);
        payload.truncate(end);
        payload.push_str(&format!("… ({all} bytes in all)"));
    }
}

fn drop_older_half(path: &Path) -> io::Result<()> {
    let text = fs::read(path)?;
    let half = text.len() / 2;
    let start = text[half..].iter().position(|&byte| byte == b'\n').map_or(half, |end| half + end + 1);
    private_file::write(path, &text[start..])
}

fn file(folder: &Path) -> PathBuf {
    folder.join("signals.jsonl")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::domain::Timestamp;

    fn told(call: &str, payload: String) -> Told {
        Told { call: call.into(), at: Timestamp(1), path: "/hook/claude".into(), payload }
    }

    #[test]
    fn a_file_stays_within_its_bound_and_keeps_what_is_newest() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..40 {
            keep(folder.path(), told(&number.to_string(), "x".repeat(PAYLOAD_BYTES + 1))).unwrap();
            assert!(fs::metadata(file(folder.path())).unwrap().len() <= FILE_BYTES);
        }
        let calls = calls_in(&file(folder.path())).unwrap();
        assert!(calls.contains("39") && !calls.contains("0"), "{calls:?}");
        assert!(calls.len() >= 15, "{calls:?}");
        assert_eq!(fs::metadata(file(folder.path())).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[tokio::test]
    async fn what_was_heard_already_is_no_news() {
        let home = tempfile::tempdir().unwrap();
        let paths = Paths::below(home.path()).unwrap();
        let folder = paths.attempt(AttemptId::FIRST);
        fs::create_dir_all(&folder).unwrap();
        let ledger = Ledger::open(paths).unwrap();
        ledger.begin(AttemptId::FIRST, "begun");
        ledger.keep(AttemptId::FIRST, told("kept", String::new())).await;
        let lines: String = ["kept", "new", "begun", "newer", "new"]
            .map(|call| serde_json::to_string(&told(call, String::new())).unwrap() + "\n")
            .concat();
        fs::write(folder.join("spool.jsonl"), lines + "{\"call\":\"half").unwrap();
        assert_eq!(ledger.spools(), [AttemptId::FIRST]);
        let news = ledger.take_spool(AttemptId::FIRST).await.unwrap();
        assert_eq!(news.iter().map(|told| told.call.as_str()).collect::<Vec<_>>(), ["new", "newer"]);
        // A daemon that is killed before it has written what it took takes it again.
        assert_eq!(ledger.take_spool(AttemptId::FIRST).await.unwrap(), news);
        ledger.spool_is_read(AttemptId::FIRST);
        assert!(!ledger.has_spool(AttemptId::FIRST) && ledger.spools().is_empty());
    }
}
