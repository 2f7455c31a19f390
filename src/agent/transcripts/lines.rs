//! Bytes as they are read, cut into lines.

/// The longest line that is looked at, in bytes. Longer ones hold images or whole files, and nothing that is wanted.
const LONGEST: usize = 16 << 20;
/// How much room is kept for the beginning of the next line, in bytes.
const KEPT: usize = 64 << 10;

/// Cuts bytes into lines. What comes after the last newline waits for its end.
#[derive(Debug, Default)]
pub struct Lines {
    begun: Vec<u8>,
    /// The line that has begun is too long: it is passed over.
    too_long: bool,
}

impl Lines {
    /// Calls `each` for every line that ends in `bytes`, without its newline.
    pub fn push(&mut self, mut bytes: &[u8], mut each: impl FnMut(&[u8])) {
        while let Some(end) = memchr::memchr(b'\n', bytes) {
            let (line, rest) = bytes.split_at(end);
            bytes = &rest[1..];
            if self.too_long || self.begun.len() + line.len() > LONGEST {
                self.begin_anew();
            } else if self.begun.is_empty() {
                each(line);
            } else {
                self.begun.extend_from_slice(line);
                each(&self.begun);
                self.begin_anew();
            }
        }
        if self.too_long || self.begun.len() + bytes.len() > LONGEST {
            self.begin_anew();
            self.too_long = true;
        } else {
            self.begun.extend_from_slice(bytes);
        }
    }

    fn begin_anew(&mut self) {
        self.too_long = false;
        self.begun.clear();
        self.begun.shrink_to(KEPT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(pieces: &[&[u8]]) -> Vec<String> {
        let (mut lines, mut found) = (Lines::default(), Vec::new());
        for piece in pieces {
            lines.push(piece, |line| found.push(String::from_utf8_lossy(line).into_owned()));
        }
        found
    }

    #[test]
    fn a_line_is_whole_however_it_came() {
        assert_eq!(cut(&[b"one\ntw", b"", b"o\n", b"\nthr", b"ee"]), ["one", "two", ""]);
    }

    #[test]
    fn a_line_that_is_too_long_is_passed_over_and_the_next_is_not() {
        let long = vec![b'x'; LONGEST / 2 + 1];
        assert_eq!(cut(&[&long, &long, b"x\nnext\n"]), ["next"]);
        assert_eq!(cut(&[&long, b"\n", &long, b"\n"]).len(), 2);
        assert_eq!(cut(&[&[long.clone(), long, b"\nnext\n".to_vec()].concat()]), ["next"]);
    }
}
