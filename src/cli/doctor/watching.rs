//! How many more files and folders programs of ours could watch at once, where that is told: what a daemon takes of it
//! others may have taken before.

use std::{fs, os::unix::fs::MetadataExt, path::Path};

use crate::domain::Finding;

/// What a daemon takes.
const TAKEN_BY_A_DAEMON: usize = 5;
/// Where the system says how many a user may have; only Linux has such a limit.
const LIMIT: &str = "/proc/sys/fs/inotify/max_user_instances";

/// What there is to say of it. `runs`: a daemon has what it needs.
pub(super) fn watching(runs: bool) -> Option<Finding> {
    let limit = fs::read_to_string(LIMIT).ok()?.trim().parse().ok()?;
    Some(judge(limit, held()?, runs))
}

fn judge(limit: usize, held: usize, runs: bool) -> Finding {
    let found = format!("{held} of {limit} inotify instances are taken");
    if runs || held + TAKEN_BY_A_DAEMON <= limit {
        return Finding::good("watching", found);
    }
    let remedy = "`sudo sysctl fs.inotify.max_user_instances=1024`, and a line for it in /etc/sysctl.d";
    Finding::bad("watching", format!("{found}, and the daemon needs {TAKEN_BY_A_DAEMON}"), remedy)
}

/// How many of them the programs of our user have.
fn held() -> Option<usize> {
    let ours = nix::unistd::Uid::current().as_raw();
    let processes = fs::read_dir("/proc").ok()?.flatten().map(|entry| entry.path());
    let processes = processes.filter(|path| fs::metadata(path).is_ok_and(|found| found.uid() == ours));
    Some(processes.map(|process| held_by(&process)).sum())
}

/// Those of a process that has ended meanwhile are none.
fn held_by(process: &Path) -> usize {
    let open = fs::read_dir(process.join("fd")).into_iter().flatten().flatten();
    let is_one = |path: &Path| fs::read_link(path).is_ok_and(|leads| leads == Path::new("anon_inode:inotify"));
    open.filter(|entry| is_one(&entry.path())).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Verdict;

    #[test]
    fn too_few_are_bad_only_where_a_daemon_has_still_to_take_its_own() {
        assert_eq!(judge(128, 123, false).verdict, Verdict::Good);
        assert_eq!(judge(128, 124, true).verdict, Verdict::Good);
        let bad = judge(128, 124, false);
        assert!(bad.found.starts_with("124 of 128") && bad.remedy.is_some_and(|remedy| remedy.contains("sysctl")));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn those_of_a_process_are_counted() {
        use nix::sys::inotify::{InitFlags, Inotify};
        let own = Path::new("/proc/self");
        let before = held_by(own);
        let one = Inotify::init(InitFlags::IN_CLOEXEC).expect("there is one left");
        assert_eq!(held_by(own), before + 1);
        drop(one);
    }
}
