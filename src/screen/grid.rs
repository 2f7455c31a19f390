//! The vt100 parser, guarded.

use std::{
    cell::Cell,
    num::NonZeroU16,
    panic::{self, AssertUnwindSafe},
    sync::Once,
};

use super::{filter::Filter, scrolled::Scrolled};

/// A wide character needs two columns.
const COLUMNS_AT_LEAST: NonZeroU16 = NonZeroU16::MIN.saturating_add(1);

/// What a terminal shows.
pub struct Grid {
    parser: vt100::Parser<Scrolled>,
    filter: Filter,
    buffer: Vec<u8>,
    lost: bool,
}

impl Grid {
    /// An empty grid; one column is made two, no row one.
    pub fn new(columns: u16, rows: u16) -> Self {
        silence_caught_panics();
        let (rows, columns) = sizes(columns, rows);
        Self {
            parser: vt100::Parser::new_with_callbacks(rows, columns, 0, Scrolled::default()),
            filter: Filter::of_stream(),
            buffer: Vec::new(),
            lost: false,
        }
    }

    /// The same, and what leaves the top is kept until [`Grid::take_scrolled`] asks for it.
    pub fn keeping_what_scrolls(columns: u16, rows: u16) -> Self {
        let mut grid = Self::new(columns, rows);
        grid.parser.callbacks_mut().keep();
        grid
    }

    /// The lines that have left the top since this was last asked, with SGR escapes; a line that was wrapped is whole
    /// as far as it has left. Always empty unless the grid keeps what scrolls.
    pub fn take_scrolled(&mut self) -> Vec<String> {
        self.parser.callbacks_mut().take()
    }

    /// Shows a capture: lines joined by `\r\n`, colours as SGR, line drawing between SO and SI. Of more lines than the
    /// grid has rows, the last ones stay. `cursor` is row and column from zero; none hides it.
    pub fn load(&mut self, contents: &str, cursor: Option<(u16, u16)>) {
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        Filter::of_capture().pass(contents.as_bytes(), self.columns(), &mut buffer);
        match cursor {
            Some((row, column)) => {
                let (row, column) = (u32::from(row) + 1, u32::from(column) + 1);
                buffer.extend_from_slice(format!("\x1b[0m\x1b[{row};{column}H").as_bytes());
            }
            None => buffer.extend_from_slice(b"\x1b[0m\x1b[?25l"),
        }
        self.clear();
        if !self.process(&buffer) {
            // Better a picture with holes than none.
            buffer.iter_mut().filter(|byte| !byte.is_ascii()).for_each(|byte| *byte = b'?');
            self.process(&buffer);
        }
        self.buffer = buffer;
    }

    /// Goes on with what a program writes.
    pub fn feed(&mut self, bytes: &[u8]) {
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        let columns = self.columns();
        self.filter.pass(bytes, columns, &mut buffer);
        self.process(&buffer);
        self.buffer = buffer;
    }

    /// Cuts or extends every row; nothing is reflowed, so a capture should follow.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        let (rows, columns) = sizes(columns, rows);
        if self.parser.screen().size() == (rows, columns) {
            return;
        }
        if guarded(|| self.parser.set_size(rows, columns)).is_err() {
            self.start_over(rows, columns);
            self.lost = true;
        }
    }

    /// The cells, the cursor and the modes.
    pub fn screen(&self) -> &vt100::Screen {
        self.parser.screen()
    }

    /// Whether the picture was lost to a panic of the parser since this was last asked: capture again.
    pub fn take_lost(&mut self) -> bool {
        std::mem::take(&mut self.lost)
    }

    fn columns(&self) -> u16 {
        self.parser.screen().size().1.get()
    }

    fn clear(&mut self) {
        let (rows, columns) = self.parser.screen().size();
        self.start_over(rows, columns);
    }

    fn start_over(&mut self, rows: NonZeroU16, columns: NonZeroU16) {
        let scrolled = std::mem::take(self.parser.callbacks_mut());
        self.parser = vt100::Parser::new_with_callbacks(rows, columns, 0, scrolled);
        self.filter = Filter::of_stream();
    }

    fn process(&mut self, bytes: &[u8]) -> bool {
        let whole = guarded(|| self.parser.process(bytes)).is_ok();
        if !whole {
            self.clear();
            self.lost = true;
        }
        whole
    }
}

impl std::fmt::Debug for Grid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (rows, columns) = self.parser.screen().size();
        f.debug_struct("Grid").field("columns", &columns).field("rows", &rows).finish_non_exhaustive()
    }
}

/// Rows and columns as the parser wants them.
fn sizes(columns: u16, rows: u16) -> (NonZeroU16, NonZeroU16) {
    (
        NonZeroU16::new(rows).unwrap_or(NonZeroU16::MIN),
        NonZeroU16::new(columns).unwrap_or(NonZeroU16::MIN).max(COLUMNS_AT_LEAST),
    )
}

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Whether a panic on this thread is about to be caught by a grid. A panic hook that would print, or give the terminal
/// back, returns at once when this is so.
pub fn panic_is_caught() -> bool {
    GUARDED.get()
}

fn guarded(work: impl FnOnce()) -> std::thread::Result<()> {
    GUARDED.set(true);
    let outcome = panic::catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(false);
    outcome
}

/// Puts itself before the panic hook that is there, once.
fn silence_caught_panics() {
    static ONCE: Once = Once::new();
    if std::thread::panicking() {
        return;
    }
    ONCE.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !panic_is_caught() {
                previous(panic);
            }
        }));
    });
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use proptest::{prelude::*, test_runner::TestRunner};

    use super::*;

    fn row(grid: &Grid, row: u16) -> String {
        grid.screen().rows(0, u16::MAX).nth(row.into()).unwrap_or_default()
    }

    #[test]
    fn a_capture_shows_its_last_rows_its_colours_and_its_cursor() {
        let mut grid = Grid::new(8, 2);
        grid.load("gone\r\n\x1b[31mred\x1b[0m\r\n\x0elqk\x0f日本", Some((1, 3)));
        assert_eq!((row(&grid, 0), row(&grid, 1)), ("red".into(), "┌─┐日本".into()));
        assert_eq!(grid.screen().cell(0, 0).map(vt100::Cell::fgcolor), Some(vt100::Color::Idx(1)));
        assert_eq!(grid.screen().cursor_position(), (1, 3));
        assert!(!grid.screen().hide_cursor());
        grid.load("x", None);
        assert!(grid.screen().hide_cursor());
        assert_eq!(row(&grid, 1), "");
    }

    #[test]
    fn a_stream_goes_on_where_a_capture_ended() {
        let mut grid = Grid::new(20, 3);
        grid.load("one\r\ntwo", Some((1, 3)));
        let text = "é日";
        for byte in text.as_bytes() {
            grid.feed(std::slice::from_ref(byte));
        }
        assert_eq!(row(&grid, 1), "twoé日");
    }

    #[test]
    fn a_terminal_of_no_size_is_still_a_terminal() {
        let mut grid = Grid::new(0, 0);
        grid.feed("日本❤\u{fe0f}".as_bytes());
        grid.resize(1, 1);
        assert_eq!(grid.screen().size(), (NonZeroU16::MIN, COLUMNS_AT_LEAST));
        assert!(!grid.take_lost());
    }

    #[test]
    fn the_known_killers_of_the_parser_do_nothing() {
        let mut grid = Grid::new(136, 36);
        grid.feed(b"\x1b[65;999H");
        grid.feed("@❤\u{fe0f}".as_bytes());
        grid.feed(b"\x1bM\x1b[999b");
        grid.resize(135, 35);
        grid.feed(b"\x1b[99999999S\x1b[99999999L\x1b[65535@\x1b[65535P");
        assert!(!grid.take_lost());
        grid.feed(b"\x1b[1;1Halive");
        assert!(row(&grid, 0).starts_with("alive"), "{:?}", row(&grid, 0));
    }

    #[test]
    fn a_panic_of_the_parser_is_caught_quietly_and_told() {
        // Past the filter, on purpose: once the parser has learnt to live with it, the filter may go.
        let mut killer = Grid::new(2, 2);
        assert!(!killer.process("\n@❤\u{fe0f}\x1bM\x1bM\x1b[X日".as_bytes()));
        assert!(killer.take_lost() && !killer.take_lost() && !panic_is_caught());
        killer.resize(20, 2);
        killer.feed(b"alive");
        assert_eq!(row(&killer, 0), "alive");
    }

    #[test]
    fn a_hostile_pane_costs_no_more_than_it_prints() {
        let mut grid = Grid::new(200, 50);
        let began = Instant::now();
        grid.feed(&b"x\x1b[65535b".repeat(2_000));
        grid.feed(&b"\x1b[65535S\x1b[65535L\x1b[65535T\x1b[65535M".repeat(2_000));
        assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    }

    #[derive(Debug, Clone)]
    enum Act {
        Feed(Vec<u8>),
        Load(String, Option<(u16, u16)>),
        Resize(u16, u16),
    }

    fn act() -> impl Strategy<Value = Act> {
        let number = prop_oneof![0u32..12, 0u32..300, Just(999), Just(65_535), Just(99_999_999)];
        let sequence = (
            proptest::collection::vec(number, 0..3),
            proptest::sample::select(b"ABCDEFGHIJKLMPSTXZ`abcdefghlmnqrsu@".to_vec()),
            proptest::sample::select(vec!["", "", "", "?", ">", " ", "!"]),
        )
            .prop_map(|(numbers, last, mark)| {
                let numbers: Vec<String> = numbers.iter().map(u32::to_string).collect();
                format!("\x1b[{mark}{}{}", numbers.join(";"), char::from(last))
            });
        let piece = prop_oneof![
            4 => sequence,
            3 => proptest::sample::select(vec![
                "@❤\u{fe0f}", "\u{fe0f}", "❤", "日本語", "🦀", "👩‍👩‍👧", "🇩🇪", "e\u{301}", "\u{200d}", "\u{fe0e}", "⌚\u{fe0e}", "لا", "ｶﾞ",
                "\u{1f3fb}", "\u{e0100}", "\u{ad}", "한\u{1112}\u{1161}", "a", "lqk", "\t", "\u{8}", "\r\n", "\n", "\x0e", "\x0f",
            ]).prop_map(str::to_owned),
            2 => proptest::sample::select(vec![
                "\x1bM", "\x1bD", "\x1bE", "\x1b7", "\x1b8", "\x1bc", "\x1b(0", "\x1b(B", "\x1b)0", "\x1b[?1049h", "\x1b[?1049l", "\x1b[?47h",
                "\x1b[?6h", "\x1b[2;5r", "\x1b[r", "\x1b]2;title\x07", "\x1b]8;;http://x\x1b\\", "\x1bP$q", "\x1b", "\x1b[",
            ]).prop_map(str::to_owned),
            2 => "\\PC{0,12}",
        ];
        let text = proptest::collection::vec(piece, 1..24).prop_map(|pieces| pieces.concat());
        prop_oneof![
            8 => text.clone().prop_map(|text| Act::Feed(text.into_bytes())),
            2 => proptest::collection::vec(any::<u8>(), 0..64).prop_map(Act::Feed),
            1 => (text, proptest::option::of((0u16..300, 0u16..300)))
                .prop_map(|(text, cursor)| Act::Load(text, cursor)),
            2 => (0u16..140, 0u16..40).prop_map(|(columns, rows)| Act::Resize(columns, rows)),
        ]
    }

    /// Two seconds, or `QD_FUZZ_SECONDS`.
    #[test]
    fn no_input_takes_a_grid_down() {
        let seconds = std::env::var("QD_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(2);
        let until = Instant::now() + Duration::from_secs(seconds);
        let mut cases = 0;
        while cases == 0 || Instant::now() < until {
            let mut runner =
                TestRunner::new(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() });
            let world = (0u16..140, 0u16..40, proptest::collection::vec((act(), 0usize..4), 1..16));
            runner
                .run(&world, |(columns, rows, acts)| {
                    let mut grid = Grid::new(columns, rows);
                    for (act, chunk) in acts {
                        match act {
                            Act::Feed(text) if chunk == 0 => grid.feed(&text),
                            Act::Feed(text) => text.chunks(chunk).for_each(|chunk| grid.feed(chunk)),
                            Act::Load(text, cursor) => grid.load(&text, cursor),
                            Act::Resize(columns, rows) => grid.resize(columns, rows),
                        }
                        let _ = grid.screen().contents_formatted();
                        prop_assert!(!grid.take_lost(), "the parser panicked");
                    }
                    grid.resize(20, 2);
                    grid.feed(b"\x1bcalive");
                    prop_assert_eq!(row(&grid, 0), "alive");
                    Ok(())
                })
                .unwrap();
            cases += 64;
        }
        println!("{cases} cases in {seconds} s, none lost");
    }
}
