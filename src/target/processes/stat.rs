//! The lines by which Linux tells of processes.

use super::table::{Identity, Process};

/// `pid (name) state ppid pgrp session … starttime(22) …`; the name may hold anything, also `)`.
pub(super) fn parse(pid: u32, line: &[u8]) -> Option<Process> {
    let name_ends = line.iter().rposition(|&byte| byte == b')')?;
    let rest = std::str::from_utf8(line.get(name_ends + 2..)?).ok()?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().take(20).collect();
    Some(Process {
        id: Identity { pid, start: fields.get(19)?.parse().ok()? },
        ended: matches!(*fields.first()?, "Z" | "X" | "x"),
        parent: fields.get(1)?.parse().ok()?,
        session: fields.get(3)?.parse().unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_imitates_the_line_does_not_deceive() {
        let line = b"77 (a) R 1 1) S 5 6 7 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 4242 1 1\n";
        let expected = Process { id: Identity { pid: 77, start: 4242 }, parent: 5, session: 7, ended: false };
        assert_eq!(parse(77, line), Some(expected));
        assert_eq!(parse(77, b"77 (a"), None);
        assert_eq!(parse(77, b""), None);
    }
}
