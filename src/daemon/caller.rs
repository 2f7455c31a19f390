//! Calling the person through a program of theirs, also while no dashboard is open.
//!
//! What comes within a second is told together, by one program at a time. What was told is kept in a file, so that a
//! daemon that starts again tells what happened in between and nothing twice; one that is killed while the program runs
//! tells it again.

use std::{
    io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde::Serialize;
use tokio::{sync::broadcast::error::RecvError, task::JoinSet, time::Instant};
use tokio_util::sync::CancellationToken;

use crate::{
    config::Notify,
    domain::{Attention, Refusal, Timestamp, World, attention::Notice},
    engine::{Engine, PublishedStep},
    target::{Local, Program},
};

/// What comes within this time is told together.
const TOGETHER: Duration = Duration::from_secs(1);
/// How long the program may take.
const DEADLINE: Duration = Duration::from_secs(30);
/// How long it may still take when the daemon is being stopped.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// How much of what it prints is kept for the log, in bytes.
const OUTPUT: usize = 4 << 10;

/// What the program reads.
#[derive(Serialize)]
struct Told<'a> {
    notifications: &'a [Notice],
}

/// Follows the supervisor until it ends, and runs the program.
pub(super) async fn follow(engine: Engine, notify: Notify, file: PathBuf, stopping: CancellationToken) {
    if notify.command.is_empty() {
        // Whoever sets a program later is not told of what was long ago.
        let _ = std::fs::remove_file(&file);
        return;
    }
    let mut caller =
        Caller { notify, attention: read(&file), file, pending: Vec::new(), due: None, running: JoinSet::new() };
    tokio::select! {
        ended = caller.run(&engine) => {
            if let Err(refusal) = ended {
                tracing::debug!(%refusal, "nobody is called any more");
            }
        }
        () = stopping.cancelled() => {}
    }
    caller.close().await;
}

struct Caller {
    notify: Notify,
    attention: Option<Attention>,
    file: PathBuf,
    pending: Vec<Notice>,
    due: Option<Instant>,
    // At most one, with what counts as told when it has run.
    running: JoinSet<Attention>,
}

impl Caller {
    async fn run(&mut self, engine: &Engine) -> Result<(), Refusal> {
        loop {
            let mut world = engine.world().await?;
            self.look(&world);
            let mut steps = engine.subscribe(world.revision).await?;
            // Too much has happened since: the world is asked for again.
            let Some(missed) = steps.missed.take() else { continue };
            missed.iter().for_each(|step| self.take(&mut world, step));
            loop {
                tokio::select! {
                    step = steps.next.recv() => match step {
                        Ok(step) => self.take(&mut world, &step),
                        Err(RecvError::Lagged(_)) => break,
                        Err(RecvError::Closed) => return Ok(()),
                    },
                    () = at(self.due), if self.due.is_some() && self.running.is_empty() => self.tell(&world),
                    Some(told) = self.running.join_next(), if !self.running.is_empty() => self.ran(told.ok()),
                }
            }
        }
    }

    fn take(&mut self, world: &mut World, step: &PublishedStep) {
        if step.revision > world.revision {
            world.revision = step.revision;
            step.changes.iter().for_each(|change| world.apply(change.clone()));
            self.look(world);
        }
    }

    fn look(&mut self, world: &World) {
        if self.attention.is_none() {
            self.told(Some(Attention::of(world)));
        }
        let attention = self.attention.get_or_insert_with(|| Attention::of(world));
        let before = attention.clone();
        let noticed = attention.look(world, now());
        if !noticed.is_empty() {
            self.pending.retain(|known| !noticed.iter().any(|new| new.session == known.session));
            self.pending.extend(noticed);
            self.due.get_or_insert_with(|| Instant::now() + TOGETHER);
        } else if *attention != before && self.pending.is_empty() && self.running.is_empty() {
            // Who needs nobody any more is told of anew when they do, also by the next daemon.
            let told = attention.clone();
            self.told(Some(told));
        }
    }

    fn tell(&mut self, world: &World) {
        self.due = None;
        let mut notices = std::mem::take(&mut self.pending);
        notices.retain(|notice| Attention::holds(notice, world));
        let told = self.attention.clone().unwrap_or_default();
        if notices.is_empty() || self.notify.quiet.is_some_and(|quiet| quiet.covers(now())) {
            return self.told(Some(told));
        }
        let mut program = Program::new(self.notify.command.iter().cloned());
        program.deadline = DEADLINE;
        program.output_bytes = OUTPUT;
        // Our own types always become JSON.
        program.input = serde_json::to_vec(&Told { notifications: &notices }).unwrap_or_default();
        self.running.spawn(async move {
            let name = program.name().to_owned();
            match Local::new().run(program).await {
                Ok(output) if output.succeeded() => {}
                Ok(output) => {
                    let said = String::from_utf8_lossy(&output.stderr).into_owned();
                    tracing::warn!(program = name, status = %output.status, said, "the program that calls you failed");
                }
                Err(error) => tracing::warn!(program = name, %error, "the program that calls you did not run"),
            }
            told
        });
    }

    /// The program has run: with nothing else to tell, everything up to now counts as told.
    fn ran(&mut self, told: Option<Attention>) {
        self.told(if self.pending.is_empty() { self.attention.clone() } else { told });
    }

    /// Lets a program that runs end, for a moment.
    async fn close(mut self) {
        if let Ok(Some(told)) = tokio::time::timeout(LAST_WORDS, self.running.join_next()).await {
            self.ran(told.ok());
        }
        self.running.shutdown().await;
    }

    /// What was told counts as told over a restart too.
    fn told(&self, told: Option<Attention>) {
        let Some(told) = told else { return };
        if let Err(error) = write(&self.file, &told) {
            tracing::warn!(%error, "what was told is told again after a restart");
        }
    }
}

fn read(file: &Path) -> Option<Attention> {
    serde_json::from_slice(&std::fs::read(file).ok()?).ok()
}

fn write(file: &Path, told: &Attention) -> io::Result<()> {
    let new = file.with_extension("new");
    std::fs::write(&new, serde_json::to_vec(told)?)?;
    std::fs::rename(new, file)
}

async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
