//! How the machine fares, for the view of targets. Costs a few system calls; starts no program.

use std::{io, path::Path};

use nix::sys::statvfs::statvfs;
use sysinfo::{MemoryRefreshKind, System};

/// How the machine fares.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Machine {
    /// Processes that want to run, over the last minute.
    pub load: f64,
    /// Processors we may use.
    pub processors: usize,
    /// Bytes of memory in all.
    pub memory_total: u64,
    /// Bytes of memory that a new program could have.
    pub memory_free: u64,
    /// Bytes that we may still write where our things lie.
    pub disk_free: u64,
}

/// Looks at the machine, and at the disk that holds `folder`.
///
/// # Errors
/// When `folder` is not there.
pub fn observe(folder: &Path) -> io::Result<Machine> {
    let disk = statvfs(folder)?;
    let mut system = System::new().map_err(|error| io::Error::other(error.to_string()))?;
    system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
    // The types of these fields differ between systems.
    #[allow(clippy::useless_conversion, reason = "u32 on macOS, u64 on Linux")]
    let disk_free = u64::from(disk.blocks_available()).saturating_mul(u64::from(disk.fragment_size()));
    Ok(Machine {
        load: System::load_average().map(|load| load.one).unwrap_or_default(),
        processors: std::thread::available_parallelism().map_or(1, usize::from),
        memory_total: system.total_memory(),
        memory_free: system.available_memory(),
        disk_free,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_has_memory_and_disk() {
        let machine = observe(Path::new("/")).expect("there");
        assert!(machine.memory_total > 0 && machine.memory_free <= machine.memory_total);
        assert!(machine.disk_free > 0 && machine.processors > 0 && machine.load >= 0.0);
        assert!(observe(Path::new("/not/there")).is_err());
    }
}
