//! What agents on a host print and write down while the line to it is cut comes home whole, byte for byte, and once.

use std::{cell::Cell, fs, path::Path};

use quarterdeck::domain::{AttemptId, activity::Doing};

use super::{
    cut::{Cut, Means::*, is_alive},
    telling::{transcript_named_by, write_down},
};
use crate::{
    actor::{self, Dialect},
    home::folder_of,
    sshd::wire::Way::Home,
    wait::{until, until_true},
};

/// How many lines are printed at once, and how long each is.
const LINES: usize = 3_000;
/// How many requests are written down at once.
const REQUESTS: usize = 40;

#[test]
fn what_grows_on_a_host_while_its_line_is_cut_comes_home_byte_for_byte() {
    let mut cut = Cut::with(|away| actor::engage(Dialect::Claude, &away.home, ""));
    let print = format!(
        "mkfifo gate; while read n <gate; do for i in $(seq {LINES}); do echo \"$i {}\"; done; echo \"the last of $n\"; done",
        "x".repeat(100)
    );
    let printing = cut.away.home.start_with("shell", &["--target", "h1", &print]);
    let writing = cut.away.home.start_with("actor", &["--target", "h1", "first words"]);
    cut.away.home.until_doing(writing, Doing::YourTurn);
    let second: AttemptId = "a2".parse().expect("an attempt");
    let transcript = transcript_named_by(&cut.away.home, second);
    let gate = folder_of(&cut.away.home, printing).join("gate");
    until_true("it waits to print", || gate.exists());
    let recording = cut.away.root("h1").join("recordings/a1.rec");
    let paths = cut.away.home.paths();
    let copy = paths.replicas().join("a2/files").join(transcript.strip_prefix("/").expect("absolute"));
    let requests = Cell::new(0);
    for (number, point) in
        [(Home, 30_000, Killed), (Home, 150_000, Stopped), (Home, 250_000, StoppedAndKilled)].into_iter().enumerate()
    {
        let write_some = |count: usize| {
            for _ in 0..count {
                requests.set(requests.get() + 1);
                write_down(&transcript, &format!("request {}", requests.get()), &"what it says ".repeat(300));
            }
        };
        let last = format!("the last of {number}");
        cut.at(
            point,
            |away| {
                write_some(REQUESTS);
                away.home.send(writing, &format!("go on with {number}"));
                fs::write(&gate, format!("{number}\n")).expect("it is read");
            },
            |away, ()| {
                [printing, writing].iter().for_each(|&session| is_alive(away, session));
                // It goes on over there.
                until_true("all is printed", || ends_with(&recording, &last));
                write_some(REQUESTS / 4);
            },
        );
        // Whatever it tells has its transcript looked at.
        cut.away.home.send(writing, &format!("and after {number}"));
        until("its recording is here", || {
            (ends_with(&recording, &last)
                && fs::read(&recording).ok() == fs::read(paths.recordings().join("a1.rec")).ok())
            .then_some(())
        });
        until("its transcript is here", || (fs::read(&transcript).ok() == fs::read(&copy).ok()).then_some(()));
        cut.away.home.until(&format!("{} requests are counted", requests.get()), |world| {
            let counted: u64 = world.usage.get(&second)?.iter().map(|row| row.spent.requests).sum();
            (counted == requests.get()).then_some(())
        });
    }
    let size = fs::metadata(&recording).expect("there").len();
    assert!(size > 3 * 100 * LINES as u64, "it printed {size} bytes");
}

fn ends_with(recording: &Path, words: &str) -> bool {
    let printed = fs::read(recording).unwrap_or_default();
    let end = &printed[printed.len().saturating_sub(200)..];
    String::from_utf8_lossy(end).contains(words)
}
