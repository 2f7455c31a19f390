//! How disturbed the machine is: what others use of it, and how late it wakes whoever sleeps.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use crate::{figures::Samples, process};

/// How long a thread sleeps that wants to know how late it is woken.
const NAP: Duration = Duration::from_millis(1);
/// The time between two naps: five a second cost nothing that is measured.
const BETWEEN: Duration = Duration::from_millis(200);

/// Naps until it is asked.
pub(crate) struct Noise {
    stop: Arc<AtomicBool>,
    naps: JoinHandle<Samples>,
}

impl Noise {
    pub(crate) fn listen() -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let naps = thread::spawn(move || {
            let mut late = Samples::default();
            while !stopped.load(Ordering::Relaxed) {
                let began = Instant::now();
                thread::sleep(NAP);
                late.push(began.elapsed().saturating_sub(NAP).as_secs_f64() * 1_000.0);
                thread::sleep(BETWEEN);
            }
            late
        });
        Self { stop, naps }
    }

    /// By how many milliseconds a nap of one was too long.
    pub(crate) fn lateness(self) -> Samples {
        self.stop.store(true, Ordering::Relaxed);
        self.naps.join().unwrap_or_default()
    }
}

/// What is used of the machine while nothing of ours runs, in % of one processor.
pub(crate) fn others(duration: Duration) -> f64 {
    let (before, began) = (process::machine_used(), Instant::now());
    thread::sleep(duration);
    process::machine_used().saturating_sub(before).as_secs_f64() / began.elapsed().as_secs_f64() * 100.0
}
