//! The bytes that may reach the parser.
//!
//! One pass, stateful across reads, that does three things the parser does not: it takes U+FE0F out, it translates the
//! line drawing character set to Unicode, and it bounds "repeat the last character".

/// U+FE0F in UTF-8.
const SELECTOR: [u8; 3] = [0xef, 0xb8, 0x8f];

/// A control sequence longer than this is passed on as it comes.
const SEQUENCE_BYTES: usize = 128;

/// The translation of 0x60–0x7e in the DEC special graphics set.
const GRAPHICS: [char; 31] = [
    '◆', '▒', '␉', '␌', '␍', '␊', '°', '±', '␤', '␋', '┘', '┐', '┌', '└', '┼', '⎺', '⎻', '─', '⎼', '⎽', '├', '┤', '┴',
    '┬', '│', '≤', '≥', 'π', '≠', '£', '·',
];

/// What is between the bytes of a pane and the parser.
#[derive(Debug, Clone)]
pub(super) struct Filter {
    /// How many bytes of [`SELECTOR`] have come and are held back.
    matched: usize,
    state: State,
    sets: Sets,
    saved: Sets,
    /// What the sets are after a full reset.
    initial: Sets,
    /// The control sequence that is being read.
    sequence: Vec<u8>,
}

/// Which characters the bytes 0x60–0x7e mean.
#[derive(Debug, Clone, Copy)]
struct Sets {
    graphics: [bool; 2],
    shifted: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Text,
    Escape,
    /// After ESC and one intermediate byte: this one, if it was the first.
    Designating(Option<u8>),
    Sequence,
    LongSequence,
    /// A title, a hyperlink, a device control string: up to its end.
    String,
}

impl Filter {
    /// For the bytes that a program writes to its terminal.
    pub(super) fn of_stream() -> Self {
        Self::new(false)
    }

    /// For what `capture-pane -e` prints: SO means line drawing without ever having been designated.
    pub(super) fn of_capture() -> Self {
        Self::new(true)
    }

    fn new(shift_draws: bool) -> Self {
        let initial = Sets { graphics: [false, shift_draws], shifted: false };
        Self { matched: 0, state: State::Text, sets: initial, saved: initial, initial, sequence: Vec::new() }
    }

    /// Appends to `out` what may reach a parser with this many columns.
    pub(super) fn pass(&mut self, bytes: &[u8], columns: u16, out: &mut Vec<u8>) {
        out.reserve(bytes.len());
        for &byte in bytes {
            if byte == SELECTOR[self.matched] {
                self.matched += 1;
                if self.matched == SELECTOR.len() {
                    self.matched = 0;
                    // A NUL takes its place, so that what stood around it can't become another one.
                    self.read(0, columns, out);
                }
                continue;
            }
            for &held in &SELECTOR[..std::mem::take(&mut self.matched)] {
                self.read(held, columns, out);
            }
            if byte == SELECTOR[0] {
                self.matched = 1;
            } else {
                self.read(byte, columns, out);
            }
        }
    }

    fn read(&mut self, byte: u8, columns: u16, out: &mut Vec<u8>) {
        // These leave every state.
        match byte {
            0x1b => {
                self.flush(out);
                out.push(byte);
                self.state = State::Escape;
                return;
            }
            0x18 | 0x1a => {
                self.flush(out);
                out.push(byte);
                self.state = State::Text;
                return;
            }
            _ => {}
        }
        match self.state {
            State::Text => self.read_text(byte, out),
            State::Escape => self.read_escape(byte, out),
            State::Designating(which) => {
                out.push(byte);
                match (which, byte) {
                    (_, 0x20..=0x2f) => self.state = State::Designating(None),
                    (Some(b'('), 0x30..=0x7e) => self.designate(0, byte),
                    (Some(b')'), 0x30..=0x7e) => self.designate(1, byte),
                    (_, 0x30..=0x7e) => self.state = State::Text,
                    _ => {}
                }
            }
            State::Sequence => {
                self.sequence.push(byte);
                if (0x40..=0x7e).contains(&byte) {
                    self.bound_repetition(columns);
                    self.flush(out);
                    self.state = State::Text;
                } else if self.sequence.len() >= SEQUENCE_BYTES {
                    self.flush(out);
                    self.state = State::LongSequence;
                }
            }
            State::LongSequence => {
                // A repetition is never this long, and must not become one.
                out.push(if byte == b'b' { b'm' } else { byte });
                if (0x40..=0x7e).contains(&byte) {
                    self.state = State::Text;
                }
            }
            State::String => {
                out.push(byte);
                if byte == 0x07 {
                    self.state = State::Text;
                }
            }
        }
    }

    fn read_text(&mut self, byte: u8, out: &mut Vec<u8>) {
        match byte {
            0x0e => self.sets.shifted = true,
            0x0f => self.sets.shifted = false,
            0x60..=0x7e if self.sets.graphics[usize::from(self.sets.shifted)] => {
                let character = GRAPHICS[usize::from(byte - 0x60)];
                out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            }
            _ => out.push(byte),
        }
    }

    fn read_escape(&mut self, byte: u8, out: &mut Vec<u8>) {
        self.state = match byte {
            b'[' => {
                self.sequence.push(byte);
                State::Sequence
            }
            b']' | b'P' | b'X' | b'^' | b'_' => State::String,
            0x20..=0x2f => State::Designating(Some(byte)),
            0x00..=0x1f => State::Escape,
            _ => State::Text,
        };
        match byte {
            b'[' => return,
            b'7' => self.saved = self.sets,
            b'8' => self.sets = self.saved,
            b'c' => (self.sets, self.saved) = (self.initial, self.initial),
            _ => {}
        }
        out.push(byte);
    }

    fn designate(&mut self, which: usize, set: u8) {
        self.sets.graphics[which] = set == b'0';
        self.state = State::Text;
    }

    /// `CSI 65535 b` would print 65535 characters for eight bytes; one row's worth is all that programs use.
    fn bound_repetition(&mut self, columns: u16) {
        let [b'[', count @ .., b'b'] = self.sequence.as_slice() else { return };
        let digits: String =
            count.iter().take_while(|byte| byte.is_ascii_digit()).map(|byte| char::from(*byte)).collect();
        let bounded = digits.parse::<u64>().unwrap_or(if digits.is_empty() { 1 } else { u64::MAX }).min(columns.into());
        self.sequence = format!("[{bounded}b").into_bytes();
    }

    fn flush(&mut self, out: &mut Vec<u8>) {
        out.append(&mut self.sequence);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through(mut filter: Filter, chunks: &[&[u8]]) -> String {
        let mut out = Vec::new();
        for chunk in chunks {
            filter.pass(chunk, 80, &mut out);
        }
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn the_emoji_selector_is_taken_out_even_when_a_read_splits_it() {
        for split in 0..6 {
            let (head, tail) = "❤\u{fe0f}x".as_bytes().split_at(split);
            assert_eq!(through(Filter::of_stream(), &[head, tail]), "❤\0x");
        }
        let nested: &[u8] = &[0xef, 0xb8, 0xef, 0xb8, 0x8f, 0x8f];
        assert!(!through(Filter::of_stream(), &[nested]).contains('\u{fe0f}'));
        assert_eq!(through(Filter::of_stream(), &["ﺏ｡".as_bytes()]), "ﺏ｡");
    }

    #[test]
    fn line_drawing_becomes_unicode_in_both_ways_of_asking_for_it() {
        assert_eq!(through(Filter::of_capture(), &[b"\x0elqk\x0f lqk"]), "┌─┐ lqk");
        assert_eq!(through(Filter::of_stream(), &[b"\x0elqk\x0f"]), "lqk");
        assert_eq!(through(Filter::of_stream(), &[b"\x1b(0lq", b"k\x1b(Blqk"]), "\x1b(0┌─┐\x1b(Blqk");
        assert_eq!(through(Filter::of_stream(), &[b"\x1b)0\x0ex\x0fx"]), "\x1b)0│x");
    }

    #[test]
    fn only_text_is_translated() {
        assert_eq!(through(Filter::of_stream(), &[b"\x1b(0\x1b[1mq\x1b]2;lqk\x07q"]), "\x1b(0\x1b[1m─\x1b]2;lqk\x07─");
        assert_eq!(through(Filter::of_stream(), &[b"\x1b(0", b"\x1bc", b"q"]), "\x1b(0\x1bcq");
        assert_eq!(through(Filter::of_stream(), &[b"\x1b(0\x1b7\x1b(Bq\x1b8q"]), "\x1b(0\x1b7\x1b(Bq\x1b8─");
    }

    #[test]
    fn a_repetition_is_bounded_by_the_width() {
        assert_eq!(through(Filter::of_stream(), &[b"x\x1b[655", b"35b"]), "x\x1b[80b");
        assert_eq!(through(Filter::of_stream(), &[b"x\x1b[b\x1b[7b"]), "x\x1b[1b\x1b[7b");
        assert_eq!(through(Filter::of_stream(), &[b"\x1b[99999999999999999999999b"]), "\x1b[80b");
    }
}
