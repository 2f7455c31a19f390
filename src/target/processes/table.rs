//! All processes at one moment, and which of them came from an attempt.

use std::collections::{HashMap, HashSet};

/// One process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Process {
    pub(super) id: Identity,
    pub(super) parent: u32,
    pub(super) session: u32,
    /// It has ended; only its parent has not noticed.
    pub(super) ended: bool,
}

/// A process, and not another one that was given the same number later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Identity {
    pub(super) pid: u32,
    /// In a unit of the system's.
    pub(super) start: u64,
}

/// Those that came from an attempt: tagged, in the session of `leader`, among those already known, or descended from
/// one of these. `is_tagged` is costly and is asked only about those that no other tie holds.
pub(super) fn tied(
    processes: &[Process],
    known: &HashSet<Identity>,
    leader: Option<u32>,
    ourselves: u32,
    is_tagged: impl Fn(u32) -> bool,
) -> Vec<Identity> {
    let spared = |process: &Process| process.id.pid <= 1 || process.id.pid == ourselves;
    let mut tied: HashMap<u32, bool> = HashMap::with_capacity(processes.len());
    for process in processes.iter().filter(|process| !spared(process)) {
        let sure = known.contains(&process.id) || (!process.ended && is_tagged(process.id.pid));
        tied.insert(process.id.pid, sure);
    }
    let in_session = |process: &Process| leader.is_some_and(|leader| leader > 1 && process.session == leader);
    if processes.iter().any(|process| in_session(process) && tied.get(&process.id.pid) == Some(&true)) {
        for process in processes.iter().filter(|process| in_session(process) && !spared(process)) {
            tied.insert(process.id.pid, true);
        }
    }
    let parents: HashMap<u32, u32> = processes.iter().map(|process| (process.id.pid, process.parent)).collect();
    let descends = |process: &Process| {
        let mut pid = process.id.pid;
        // A table read while processes come and go could in theory hold a circle.
        for _ in 0..processes.len() {
            match tied.get(&pid) {
                Some(true) => return true,
                // Ourselves, or the system's first: what descends from there only is not the attempt's.
                None => return false,
                Some(false) => {}
            }
            match parents.get(&pid) {
                Some(&parent) => pid = parent,
                None => return false,
            }
        }
        false
    };
    processes.iter().filter(|process| !process.ended && descends(process)).map(|process| process.id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(pid: u32, parent: u32, session: u32) -> Process {
        Process { id: Identity { pid, start: 7 }, parent, session, ended: false }
    }

    fn pids(processes: &[Process], leader: Option<u32>, tagged: &[u32]) -> Vec<u32> {
        let tied = tied(processes, &HashSet::new(), leader, 50, |pid| tagged.contains(&pid));
        tied.into_iter().map(|id| id.pid).collect()
    }

    #[test]
    fn tags_sessions_and_descent_tie() {
        let all = [
            process(1, 0, 1),
            process(50, 1, 50),
            process(60, 50, 60), // the tmux server
            process(70, 60, 70), // the pane's first process
            process(71, 70, 70), // cleared its environment
            process(72, 71, 72), // and left the session
            process(73, 1, 73),  // double-forked, tagged
            process(80, 60, 80), // another pane
        ];
        assert_eq!(pids(&all, Some(70), &[70, 73]), [70, 71, 72, 73]);
        assert_eq!(pids(&all, None, &[70, 73]), [70, 71, 72, 73]);
        assert_eq!(pids(&all, None, &[73]), [73]);
    }

    #[test]
    fn a_session_without_the_tag_belongs_to_somebody_who_was_given_the_number() {
        let all = [process(1, 0, 1), process(70, 1, 70), process(71, 70, 70)];
        assert!(pids(&all, Some(70), &[]).is_empty());
        assert!(pids(&all, Some(1), &[]).is_empty());
    }

    #[test]
    fn a_supervisor_that_was_started_from_an_attempt_ends_neither_itself_nor_its_own() {
        let all = [process(1, 0, 1), process(40, 1, 40), process(50, 40, 40), process(60, 50, 60)];
        assert_eq!(pids(&all, Some(40), &[40, 50]), [40]);
    }

    #[test]
    fn what_is_known_stays_known_and_a_successor_does_not() {
        let known: HashSet<Identity> = [Identity { pid: 70, start: 6 }, Identity { pid: 71, start: 7 }].into();
        let all = [process(70, 1, 70), process(71, 1, 71), process(72, 71, 72)];
        let tied = tied(&all, &known, None, 50, |_| false);
        assert_eq!(tied.iter().map(|id| id.pid).collect::<Vec<_>>(), [71, 72]);
    }
}
