//! The lines of tmux's control mode.
//!
//! A reply is a block between `%begin SECOND NUMBER FLAGS` and `%end` or `%error` with the same words; everything else
//! outside a block is a notification, or noise. Inside a block any line may look like anything, also like the end of
//! a block: only the right second and number end it, and where the number of lines is known, not before they are all
//! there.

/// What the name of a window becomes whose pane prints, before the name of its session.
const PRINTED: &str = " printed-";

/// The answer to one command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    /// The server's clock at its begin.
    pub(super) second: i64,
    pub(super) lines: Vec<Vec<u8>>,
    pub(super) refused: bool,
}

impl Block {
    /// The whole text; bytes that are not UTF-8 are replaced.
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.lines.join(&b'\n')).into_owned()
    }
}

/// What a line, with those before it, says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// Nothing yet.
    More,
    /// The answer to a command of this client.
    Answer(Block),
    /// The end of a block that no command of ours asked for: the attach, and what hooks do.
    Other,
    /// The set of panes, or the life in one, is not what it was.
    PanesChanged,
    /// Somebody attached or detached.
    ClientsChanged,
    /// The pane of the session of this name has printed something.
    Printed(String),
    /// Something that concerns nobody.
    Noise(String),
}

/// What has been read of a block.
#[derive(Debug, Default)]
pub(super) struct Reader {
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    guard: String,
    ours: bool,
    block: Block,
}

impl Reader {
    /// Takes a line without its end. `lines_expected` is how many the block that is being read has, if that is known.
    pub(super) fn read(&mut self, line: Vec<u8>, lines_expected: usize) -> Said {
        let Some(open) = &mut self.open else { return self.read_outside(&line) };
        let ending = if open.block.lines.len() < lines_expected { None } else { ending(&line, &open.guard) };
        // A refusal comes early, but as the only line of its block.
        let ending = ending.or_else(|| ending_refused(&line, &open.guard).filter(|_| open.block.lines.len() <= 1));
        match ending {
            None => {
                open.block.lines.push(line);
                Said::More
            }
            Some(refused) => {
                open.block.refused = refused;
                match self.open.take() {
                    Some(open) if open.ours => Said::Answer(open.block),
                    _ => Said::Other,
                }
            }
        }
    }

    fn read_outside(&mut self, line: &[u8]) -> Said {
        let line = String::from_utf8_lossy(line);
        let (word, rest) = line.split_once(' ').unwrap_or((&line, ""));
        match word {
            "%begin" => match begin(rest) {
                Some(open) => {
                    self.open = Some(open);
                    Said::More
                }
                None => Said::Noise(line.into_owned()),
            },
            "%unlinked-window-renamed" if rest.contains(PRINTED) => match rest.split_once(PRINTED) {
                Some((_, session_name)) => Said::Printed(session_name.to_owned()),
                None => Said::PanesChanged,
            },
            "%unlinked-window-renamed"
            | "%window-renamed"
            | "%unlinked-window-close"
            | "%window-close"
            | "%sessions-changed" => Said::PanesChanged,
            "%client-session-changed" | "%client-detached" => Said::ClientsChanged,
            _ => Said::Noise(line.into_owned()),
        }
    }
}

fn begin(guard: &str) -> Option<Open> {
    let mut words = guard.split(' ');
    let second = words.next()?.parse().ok()?;
    let _number: u64 = words.next()?.parse().ok()?;
    let flags: u32 = words.next()?.parse().ok()?;
    let block = Block { second, lines: Vec::new(), refused: false };
    Some(Open { guard: guard.to_owned(), ours: flags & 1 == 1, block })
}

fn ending(line: &[u8], guard: &str) -> Option<bool> {
    (line.strip_prefix(b"%end ") == Some(guard.as_bytes())).then_some(false).or_else(|| ending_refused(line, guard))
}

fn ending_refused(line: &[u8], guard: &str) -> Option<bool> {
    (line.strip_prefix(b"%error ") == Some(guard.as_bytes())).then_some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(reader: &mut Reader, text: &str, expected: usize) -> Vec<Said> {
        text.lines().map(|line| reader.read(line.into(), expected)).filter(|said| *said != Said::More).collect()
    }

    fn answer(lines: &[&str], refused: bool) -> Said {
        Said::Answer(Block { second: 7, lines: lines.iter().map(|line| line.as_bytes().to_vec()).collect(), refused })
    }

    #[test]
    fn a_block_ends_with_its_own_number_only() {
        let mut reader = Reader::default();
        let text = "%begin 7 1 1\n%end 7 2 1\n%output %1 x\n%begin 7 1 1\n%end 7 1 1\n%sessions-changed";
        assert_eq!(
            said(&mut reader, text, 0),
            [answer(&["%end 7 2 1", "%output %1 x", "%begin 7 1 1"], false), Said::PanesChanged]
        );
    }

    #[test]
    fn a_screen_that_shows_the_end_of_its_own_block_ends_nothing() {
        let mut reader = Reader::default();
        assert_eq!(
            said(&mut reader, "%begin 7 1 1\na\n%end 7 1 1\nb\n%end 7 1 1", 3),
            [answer(&["a", "%end 7 1 1", "b"], false)]
        );
        assert_eq!(
            said(&mut reader, "%begin 7 2 1\ncan't find pane: %9\n%error 7 2 1", 50),
            [answer(&["can't find pane: %9"], true)]
        );
    }

    #[test]
    fn what_others_did_is_no_answer() {
        let mut reader = Reader::default();
        let text = "%begin 7 1 0\n%end 7 1 0\n%client-detached /dev/pts/1\nnoise\n%begin x";
        let noise = [Said::Noise("noise".into()), Said::Noise("%begin x".into())];
        let [first, second] = noise;
        assert_eq!(said(&mut reader, text, 0), [Said::Other, Said::ClientsChanged, first, second]);
    }

    #[test]
    fn any_byte_is_data() {
        let mut reader = Reader::default();
        reader.read(b"%begin 7 1 1".to_vec(), 0);
        reader.read(vec![0xff, 0xfe], 0);
        let Said::Answer(block) = reader.read(b"%end 7 1 1".to_vec(), 0) else { panic!("no answer") };
        assert_eq!(block.text(), "\u{fffd}\u{fffd}");
    }
}
