//! A recording's bytes, as the lines they showed.

use super::{picture, stitch::Stitch};
use crate::screen::Grid;

/// Without anything that looks like a frame's end, a picture is taken after so many bytes.
const UNMARKED: usize = 16 << 10;
/// Pictures are at least so many bytes apart.
const APART: usize = 256;
/// So many pictures are taken of one recording at most.
const PICTURES: usize = 2_048;

/// Sequences before which an alternate screen may show a finished picture: it goes home, is cleared, or is left.
const BEFORE: [&[u8]; 7] =
    [b"\x1b[H", b"\x1b[1;1H", b"\x1b[2J", b"\x1b[?1049l", b"\x1b[?1047l", b"\x1b[?47l", b"\x1bc"];
/// Sequences after which the other screen, or a finished picture, is there.
const AFTER: [&[u8]; 7] =
    [b"\x1b[?2026l", b"\x1b[?1049h", b"\x1b[?1047h", b"\x1b[?47h", b"\x1b[?1049l", b"\x1b[?1047l", b"\x1b[?47l"];

/// What a recording showed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Replayed {
    /// Its lines, with SGR escapes; each starts and ends with plain attributes.
    pub(super) lines: Vec<String>,
    /// Some of them were put together from pictures of the alternate screen.
    pub(super) repainted: bool,
}

/// Replays `bytes` on a terminal of this size.
pub(super) fn replay(bytes: &[u8], columns: u16, rows: u16) -> Replayed {
    let mut replay =
        Replay { grid: Grid::keeping_what_scrolls(columns, rows), alternate: None, replayed: Replayed::default() };
    let apart = APART.max(bytes.len() / PICTURES);
    let (mut fed, mut pictured) = (0, 0);
    for cut in cuts(bytes) {
        replay.feed(&bytes[fed..cut]);
        fed = cut;
        if cut - pictured >= apart {
            replay.picture();
            pictured = cut;
        }
    }
    replay.feed(&bytes[fed..]);
    replay.finish()
}

struct Replay {
    grid: Grid,
    /// The pictures of the alternate screen, while it is shown.
    alternate: Option<Stitch>,
    replayed: Replayed,
}

impl Replay {
    fn feed(&mut self, bytes: &[u8]) {
        let leaves = AFTER[4..].iter().any(|leave| bytes.ends_with(leave));
        if leaves {
            self.picture();
        }
        self.grid.feed(bytes);
        match (self.grid.screen().alternate_screen(), self.alternate.take()) {
            (true, None) => {
                self.replayed.lines.extend(self.grid.take_scrolled());
                self.replayed.repainted = true;
                self.alternate = Some(Stitch::default());
            }
            (false, Some(stitch)) => self.replayed.lines.extend(stitch.finish()),
            (_, alternate) => self.alternate = alternate,
        }
    }

    fn picture(&mut self) {
        if let Some(stitch) = &mut self.alternate {
            stitch.scrolled(self.grid.take_scrolled());
            stitch.show(picture::rows(self.grid.screen()));
        }
    }

    fn finish(mut self) -> Replayed {
        self.picture();
        self.replayed.lines.extend(self.grid.take_scrolled());
        match self.alternate {
            Some(stitch) => self.replayed.lines.extend(stitch.finish()),
            None => self.replayed.lines.extend(picture::lines(self.grid.screen())),
        }
        self.replayed
    }
}

/// Where the bytes are cut, in ascending order: at marks, and where there have been none for long.
fn cuts(bytes: &[u8]) -> impl Iterator<Item = usize> {
    let mut cuts = Vec::new();
    let mut last = 0;
    for at in bytes.iter().enumerate().filter(|(_, byte)| **byte == 0x1b).map(|(at, _)| at) {
        while at - last > UNMARKED {
            last += UNMARKED;
            cuts.push(last);
        }
        let rest = &bytes[at..];
        if at > last && BEFORE.iter().any(|mark| rest.starts_with(mark)) {
            last = at;
            cuts.push(last);
        }
        if let Some(mark) = AFTER.iter().find(|mark| rest.starts_with(mark)) {
            last = at + mark.len();
            cuts.push(last);
        }
    }
    cuts.into_iter()
}

/// Whether the alternate screen is shown after `bytes`, if they say so.
pub(super) fn last_screen(bytes: &[u8]) -> Option<bool> {
    let modes = memchr::memmem::rfind_iter(bytes, b"\x1b[?").map(|at| &bytes[at..]);
    let mut screens = modes.filter_map(|rest| AFTER[1..].iter().find(|mark| rest.starts_with(mark)));
    screens.next().map(|mark| mark.ends_with(b"h"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines(bytes: &[u8]) -> Vec<String> {
        replay(bytes, 20, 4).lines
    }

    #[test]
    fn lines_that_scrolled_away_are_kept_with_their_colours() {
        let printed: String = (1..=9).map(|line| format!("\x1b[3{}mline {line}\x1b[m\r\n", line % 8)).collect();
        let replayed = replay(printed.as_bytes(), 20, 4);
        assert!(!replayed.repainted);
        let plain: Vec<_> = replayed.lines.iter().map(|line| super::super::plain(line)).collect();
        assert_eq!(plain, (1..=9).map(|line| format!("line {line}")).collect::<Vec<_>>());
        assert!(
            replayed.lines.iter().all(|line| line.starts_with("\x1b[") && line.ends_with("\x1b[m")),
            "{replayed:?}"
        );
    }

    #[test]
    fn a_wrapped_line_is_one_line() {
        let long = "0123456789".repeat(5);
        assert_eq!(lines(format!("{long}\r\na\r\nb\r\nc\r\nd\r\ne").as_bytes()), [&long, "a", "b", "c", "d", "e"]);
        assert_eq!(lines(format!("a\r\n{long}").as_bytes()), ["a", &long]);
    }

    #[test]
    fn a_progress_bar_is_its_last_state() {
        assert_eq!(lines(b"10%\r50%\r100%\r\ndone"), ["100%", "done"]);
    }

    #[test]
    fn a_pager_inside_a_shell_stands_between_the_shells_lines() {
        let pager: String = (1..=8).map(|line| format!("\x1b[Hpage {line}\x1b[K\r\npage {}\x1b[K", line + 1)).collect();
        let bytes = format!("before\r\n\x1b[?1049h{}{pager}\x1b[?1049lafter", " ".repeat(300));
        let replayed = replay(bytes.as_bytes(), 20, 4);
        assert!(replayed.repainted);
        assert!(replayed.lines.ends_with(&["before".into(), "after".into()]), "{replayed:?}");
        assert!(replayed.lines.contains(&"page 9".into()), "{replayed:?}");
    }

    #[test]
    fn the_last_word_on_the_screen_counts() {
        assert_eq!(last_screen(b"\x1b[?1049h...\x1b[?1049l..\x1b[?47hx"), Some(true));
        assert_eq!(last_screen(b"\x1b[?1049h...\x1b[?1049l"), Some(false));
        assert_eq!(last_screen(b"nothing"), None);
    }

    #[test]
    fn any_bytes_can_be_replayed() {
        let piece = prop_oneof![
            4 => prop::collection::vec(any::<u8>(), 0..40),
            3 => prop::sample::select(BEFORE.iter().chain(&AFTER).map(|mark| mark.to_vec()).collect::<Vec<_>>()),
            2 => "\\PC{0,30}".prop_map(String::into_bytes),
            2 => prop::sample::select(vec![&b"\r\n"[..], b"\x1b[2;3r", b"\x1b[9S", b"\x1b[999;999H", b"\x1b[99L"])
                .prop_map(<[u8]>::to_vec),
        ];
        let config = ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() };
        proptest!(config, |(pieces in prop::collection::vec(piece, 0..60), columns in 0_u16..60, rows in 0_u16..20)| {
            let bytes = pieces.concat();
            let replayed = replay(&bytes, columns, rows);
            for line in replayed.lines {
                prop_assert!(!super::super::plain(&line).contains('\x1b'));
            }
        });
    }
}
