//! What the kernel says about processes: their time, memory, children and output.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    os::unix::fs::MetadataExt,
    path::Path,
    time::Duration,
};

/// Ticks a second in `/proc/PID/stat`: what Linux shows on every architecture.
const TICKS: u64 = 100;

/// What processes have used so far, in user and system mode.
#[derive(Debug, Clone, Default)]
pub(crate) struct Used {
    /// In ticks, with the threads that have ended.
    ticks: u64,
    /// In nanoseconds, of each thread that lives.
    threads: BTreeMap<u32, u64>,
}

/// What these processes have used so far; nothing of those that are gone.
pub(crate) fn used(pids: impl IntoIterator<Item = u32>) -> Used {
    let mut used = Used::default();
    for pid in pids {
        used.ticks += stat(pid, 13) + stat(pid, 14);
        let tasks = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
        used.threads.extend(tasks.filter_map(|task| {
            let schedule = fs::read_to_string(task.path().join("schedstat")).ok()?;
            let thread: u32 = task.file_name().to_str()?.parse().ok()?;
            let nanoseconds: u64 = schedule.split(' ').next()?.parse().ok()?;
            Some((thread, nanoseconds))
        }));
    }
    used
}

impl Used {
    /// What was used between two moments: to the nanosecond as long as no thread has ended, otherwise to the tick.
    pub(crate) fn since(&self, before: &Used) -> Duration {
        if before.threads.is_empty() || before.threads.keys().any(|thread| !self.threads.contains_key(thread)) {
            return Duration::from_millis(self.ticks.saturating_sub(before.ticks) * 1_000 / TICKS);
        }
        let earlier = |thread| before.threads.get(thread).copied().unwrap_or(0);
        Duration::from_nanos(self.threads.iter().map(|(thread, now)| now.saturating_sub(earlier(thread))).sum())
    }
}

/// The page faults of all children that were waited for: grows with every fork that ended.
pub(crate) fn faults_of_ended_children(pid: u32) -> u64 {
    stat(pid, 10) + stat(pid, 12)
}

/// The time that all children used that were waited for.
pub(crate) fn used_by_ended_children(pid: u32) -> Duration {
    Duration::from_millis((stat(pid, 15) + stat(pid, 16)) * 1_000 / TICKS)
}

/// The processes that it started and that live, or wait to be waited for.
pub(crate) fn children(pid: u32) -> BTreeSet<u32> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    tasks
        .filter_map(|task| fs::read_to_string(task.path().join("children")).ok())
        .flat_map(|children| children.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<u32>>())
        .collect()
}

/// What its program is called.
pub(crate) fn name(pid: u32) -> String {
    fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default().trim().to_owned()
}

/// The processes whose environment holds this variable with this value.
pub(crate) fn with_variable(name: &str, value: &str) -> Vec<u32> {
    let wanted = format!("{name}={value}");
    let holds = |pid: &u32| {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment.split(|&byte| byte == 0).any(|entry| entry == wanted.as_bytes())
    };
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).filter(holds).collect()
}

/// Its share of the memory it uses (PSS), in KiB.
pub(crate) fn memory(pid: u32) -> u64 {
    let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
    rollup.lines().find_map(|line| line.strip_prefix("Pss:")?.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or(0)
}

/// How many bytes it has written so far.
pub(crate) fn written(pid: u32) -> u64 {
    let io = fs::read_to_string(format!("/proc/{pid}/io")).unwrap_or_default();
    io.lines().find_map(|line| line.strip_prefix("wchar: ")?.parse().ok()).unwrap_or(0)
}

/// The time all processors together were busy so far.
pub(crate) fn machine_used() -> Duration {
    let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
    let fields: Vec<u64> = stat.lines().next().map(numbers).unwrap_or_default();
    // user, nice, system, idle, iowait, irq, softirq, steal: all but idle and iowait.
    let busy: u64 =
        fields.iter().take(8).enumerate().filter(|(at, _)| !matches!(at, 3 | 4)).map(|(_, ticks)| ticks).sum();
    Duration::from_millis(busy * 1_000 / TICKS)
}

/// What all files in a folder take of the disk, in bytes.
pub(crate) fn bytes_in(folder: &Path) -> u64 {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    files.filter_map(|file| Some(file.metadata().ok()?.blocks() * 512)).sum()
}

/// A number of `/proc/PID/stat`, counted from 0 as in the manual less one.
fn stat(pid: u32, field: usize) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The name may hold anything, so it is counted from its end: the state is field 2.
    let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    rest.split_whitespace().nth(field.saturating_sub(2)).and_then(|number| number.parse().ok()).unwrap_or(0)
}

fn numbers(line: &str) -> Vec<u64> {
    line.split_whitespace().filter_map(|word| word.parse().ok()).collect()
}
