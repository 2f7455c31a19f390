//! Processes as the `sysinfo` crate tells of them, for systems without `/proc`.

use sysinfo::{Pid, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, System, UpdateKind};

use super::{
    TAG,
    table::{Identity, Process},
};

/// All processes.
pub(super) fn all() -> Vec<Process> {
    let Some(system) = look(ProcessesToUpdate::All, ProcessRefreshKind::nothing()) else { return Vec::new() };
    system.processes().values().filter(|process| process.thread_kind().is_none()).map(process).collect()
}

/// One process, if it is there.
pub(super) fn one(pid: u32) -> Option<Process> {
    let pid = Pid::from_u32(pid);
    look(ProcessesToUpdate::Some(&[pid]), ProcessRefreshKind::nothing())?.process(pid).map(process)
}

/// Its environment holds the tag with this value.
pub(super) fn is_tagged(pid: u32, tag: &str) -> bool {
    let pid = Pid::from_u32(pid);
    let tag = format!("{TAG}={tag}");
    let asked = ProcessRefreshKind::nothing().with_environ(UpdateKind::Always);
    look(ProcessesToUpdate::Some(&[pid]), asked)
        .and_then(|system| Some(system.process(pid)?.environ().iter().any(|entry| *entry == *tag)))
        .unwrap_or(false)
}

/// Its command line, or its name where it shows none.
pub(super) fn command(pid: u32) -> String {
    let pid = Pid::from_u32(pid);
    let asked = ProcessRefreshKind::nothing().with_cmd(UpdateKind::Always);
    let Some(system) = look(ProcessesToUpdate::Some(&[pid]), asked) else { return String::new() };
    let Some(process) = system.process(pid) else { return String::new() };
    let words: Vec<_> = process.cmd().iter().map(|word| word.to_string_lossy()).collect();
    if words.is_empty() { process.name().to_string_lossy().into_owned() } else { words.join(" ") }
}

fn look(which: ProcessesToUpdate<'_>, what: ProcessRefreshKind) -> Option<System> {
    let mut system = System::new().ok()?;
    system.refresh_processes_specifics(which, true, what.without_tasks());
    Some(system)
}

fn process(process: &sysinfo::Process) -> Process {
    Process {
        id: Identity { pid: process.pid().as_u32(), start: process.start_time() },
        parent: process.parent().map_or(0, Pid::as_u32),
        session: process.session_id().map_or(0, Pid::as_u32),
        ended: matches!(process.status(), ProcessStatus::Zombie | ProcessStatus::Dead),
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::process::{Command, Stdio};

    use super::{super::linux, *};

    #[test]
    fn both_ways_see_the_same() {
        let mut child = Command::new("sleep").arg("600").env(TAG, "x-a1").stdin(Stdio::null()).spawn().expect("starts");
        let pid = child.id();
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
        while !linux::command(pid).starts_with("sleep 600") {
            assert!(std::time::Instant::now() < deadline, "the child has not become sleep");
            std::thread::yield_now();
        }
        let (here, there) = (one(pid).expect("there"), linux::one(pid).expect("there"));
        assert_eq!((here.parent, here.session, here.ended), (there.parent, there.session, there.ended));
        assert!(is_tagged(pid, "x-a1") && linux::is_tagged(pid, "x-a1"));
        assert!(!is_tagged(pid, "x-a") && !linux::is_tagged(pid, "x-a"));
        assert!(!is_tagged(pid, "x-a10") && !linux::is_tagged(pid, "x-a10"));
        assert_eq!(command(pid).trim(), linux::command(pid).trim());
        let found = |all: Vec<Process>| all.iter().any(|process| process.id.pid == pid);
        assert!(found(all()) && found(linux::all()));
        child.kill().expect("killed");
        child.wait().expect("waited");
        assert_eq!((one(pid), linux::one(pid)), (None, None));
    }
}
