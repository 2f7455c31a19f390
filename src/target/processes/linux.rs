//! Processes as `/proc` tells of them.

use std::{
    fs::{self, File},
    io::Read,
};

use super::{TAG, stat, table::Process};

/// All processes. The kernel's own threads are left out.
pub(super) fn all() -> Vec<Process> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let pids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let mut buffer = [0; 1024];
    pids.filter_map(|pid| read(pid, &mut buffer)).filter(|process| process.parent != 2 && process.id.pid != 2).collect()
}

/// One process, if it is there.
pub(super) fn one(pid: u32) -> Option<Process> {
    read(pid, &mut [0; 1024])
}

/// Its environment at its start held the tag with this value.
pub(super) fn is_tagged(pid: u32, tag: &str) -> bool {
    // Empty for a kernel thread, refused for a process of somebody else.
    let Ok(environment) = fs::read(format!("/proc/{pid}/environ")) else { return false };
    let value =
        |entry: &[u8]| entry.strip_prefix(TAG.as_bytes())?.strip_prefix(b"=").map(|value| value == tag.as_bytes());
    environment.split(|&byte| byte == 0).any(|entry| value(entry) == Some(true))
}

/// Its command line, or its name where it shows none.
pub(super) fn command(pid: u32) -> String {
    let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let line = String::from_utf8_lossy(&line).replace('\0', " ");
    if !line.trim().is_empty() {
        return line;
    }
    fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default()
}

fn read(pid: u32, buffer: &mut [u8; 1024]) -> Option<Process> {
    let count = File::open(format!("/proc/{pid}/stat")).ok()?.read(buffer).ok()?;
    stat::parse(pid, &buffer[..count])
}
