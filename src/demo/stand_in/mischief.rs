//! What makes the stand-in hard to end.

use std::{
    io,
    os::unix::process::CommandExt,
    process::{Command, Stdio},
};

use tokio::{
    runtime::{Builder, Runtime},
    signal::unix::{SignalKind, signal},
};

/// While this lives, the signals that ask the process to end do nothing.
pub(super) struct Deaf {
    _runtime: Runtime,
}

impl Deaf {
    pub(super) fn new() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let guard = runtime.enter();
        // A signal that somebody listens to no longer ends the process, for as long as the process lives.
        for kind in [SignalKind::hangup(), SignalKind::terminate(), SignalKind::interrupt()] {
            drop(signal(kind)?);
        }
        drop(guard);
        Ok(Self { _runtime: runtime })
    }
}

/// Three children that ignore HUP, TERM and INT: an ordinary one, one that has left the process group, and one that has
/// left the session too. They end by themselves after ten minutes.
pub(super) fn children() -> Vec<u32> {
    const DEAF: [&str; 3] = ["sh", "-c", "trap '' HUP TERM INT; exec sleep 600"];
    let mut ordinary = Command::new(DEAF[0]);
    ordinary.args(&DEAF[1..]);
    let mut grouped = Command::new(DEAF[0]);
    grouped.args(&DEAF[1..]).process_group(0);
    let mut apart = Command::new("setsid");
    apart.args(DEAF);
    [ordinary, grouped, apart].iter_mut().filter_map(deaf_child).collect()
}

fn deaf_child(command: &mut Command) -> Option<u32> {
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    child.ok().map(|child| child.id())
}
