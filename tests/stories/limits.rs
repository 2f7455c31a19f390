//! Floods and full disks.

use std::{
    fs,
    io::Write,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use quarterdeck::domain::activity::Doing;

use crate::{
    home::{Home, begun_in},
    processes::lives,
    wait::until_true,
};

#[test]
fn a_flood_from_one_pane_delays_nobody_else_and_its_recording_is_bounded() {
    let home = Home::with("[retention]\nrecording_mib = 1\n", &[("QD_STAND_IN_PACE", "0")]);
    let quiet = home.start(&["play:work"]);
    home.until_doing(quiet, Doing::YourTurn);
    let flooding = home.start_with("shell", &["echo > begun; yes 'a line that nobody reads'"]);
    begun_in(&home, flooding);
    let recordings = home.paths().recordings();
    until_true("more was printed than may be kept", || printed_by(&recordings, "a2") > 8 << 20);
    for number in 0..3 {
        let since = Instant::now();
        let text = format!("{number}: through the flood play:work");
        let ended = home.run(&["send", "--wait", &quiet.to_string(), &text]);
        assert_eq!(ended.code, 0, "{ended:?}");
        assert!(since.elapsed() < Duration::from_secs(5), "it took {:?}", since.elapsed());
        assert_eq!(home.log().times_received(&text), 1);
    }
    let kept = bytes_in(&recordings);
    assert!(kept < 16 << 20, "{kept} bytes are kept");
    home.done(&["interrupt", &flooding.to_string()]);
    home.until_doing(flooding, Doing::YourTurn);
    until_true("no more is kept than was said", || bytes_in(&recordings) < 3 << 20);
    let shown = home.done(&["transcript", "--plain", "--lines", "20", &flooding.to_string()]);
    assert!(shown.lines().any(|line| line == "a line that nobody reads"), "{shown}");
}

/// How much an attempt has printed, kept or not: its recording keeps its length when its head is let go of.
fn printed_by(recordings: &Path, attempt: &str) -> u64 {
    fs::metadata(recordings.join(format!("{attempt}.rec"))).map_or(0, |found| found.len())
}

/// What the files in `folder` take on the disk.
fn bytes_in(folder: &Path) -> u64 {
    let files = fs::read_dir(folder).expect("listed").flatten();
    files.filter_map(|file| file.metadata().ok()).map(|found| found.blocks() * 512).sum()
}

#[test]
fn a_full_disk_refuses_what_it_cannot_keep_and_loses_nothing_else() {
    let mut home = Home::with("", &[("QD_STAND_IN_PACE", "0")]);
    let state = home.paths().state;
    fs::create_dir_all(&state).expect("a folder");
    if let Err(reason) = home.mount_small_disk(&state) {
        eprintln!("skipped: a small disk can't be mounted here: {reason}");
        return;
    }
    let session = home.start(&["play:work"]);
    home.until_doing(session, Doing::YourTurn);
    home.until_taken_up(home.send(session, "kept play:work"));
    let (agent, daemon) = (home.log().newest_pid(), home.daemon_pid());
    let filler = fill(&state);
    let large = "there is no place for this\n".repeat(20_000);
    let refused = home.run_with_input(&["send", &session.to_string(), "-"], large.as_bytes());
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(!refused.notices.is_empty());
    until_true("the daemon has ended rather than go on half-done", || !lives(daemon));
    assert!(lives(agent), "the agent goes on");
    fs::remove_file(&filler).expect("removed");
    home.done(&["ps"]);
    let messages: Vec<String> = home.detail(session).messages.into_iter().map(|message| message.excerpt).collect();
    assert_eq!(messages, ["play:work", "kept play:work"]);
    home.until_doing(session, Doing::YourTurn);
    home.until_taken_up(home.send(session, "there is place again play:work"));
    assert_eq!(home.log().received(), ["play:work", "kept play:work", "there is place again play:work"]);
    assert_eq!(home.log().newest_pid(), agent);
    let recorded = || home.transcript(session).iter().any(|line| line.contains("there is place again"));
    until_true("the recording goes on", recorded);
}

/// Fills a disk to its last byte.
pub(crate) fn fill(folder: &Path) -> PathBuf {
    let path = folder.join("filler");
    let mut file = fs::File::create(&path).expect("made");
    for size in [1 << 16, 1 << 10, 1] {
        let bytes = vec![0; size];
        while file.write_all(&bytes).is_ok() {}
    }
    path
}
