//! What a pane shows.

/// What to take of a pane's screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Capture {
    /// With colours and attributes, as SGR sequences.
    pub colours: bool,
    /// How many lines above the screen.
    pub history: u32,
}

/// A pane's screen at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Captured {
    /// Its lines joined by `\r\n`, those of the history first.
    pub contents: String,
    /// How many of them are history.
    pub history: u32,
    /// Width.
    pub columns: u16,
    /// Height.
    pub rows: u16,
    /// Row and column from zero, unless it is hidden.
    pub cursor: Option<(u16, u16)>,
    /// Row and column from zero, hidden or not: agents that draw their own cursor still move it.
    pub cursor_cell: (u16, u16),
    /// The alternate screen is on.
    pub alternate: bool,
    /// The title that the program has set.
    pub title: String,
    /// The command in the foreground.
    pub command: String,
    /// The server's clock when this was taken.
    pub server_second: i64,
}

/// What goes before the screen itself: the sizes first, as [`rows_expected`] reads them.
pub(super) const HEAD_FORMAT: &str = "#{pane_height}\t#{history_size}\t#{pane_width}\t#{cursor_flag}\t#{cursor_y}\t\
    #{cursor_x}\t#{alternate_on}\t#{pane_current_command}\t#{pane_title}";

/// How many lines the capture that follows this head has.
pub(super) fn rows_expected(head: &str, history: u32) -> usize {
    let mut fields = head.split('\t').map(|field| field.parse::<usize>().unwrap_or(0));
    let (rows, lines_above) = (fields.next().unwrap_or(0), fields.next().unwrap_or(0));
    rows + lines_above.min(usize::try_from(history).unwrap_or(usize::MAX))
}

/// The capture made of its head and its lines.
pub(super) fn read(head: &str, lines: &[Vec<u8>], what: Capture, server_second: i64) -> Option<Captured> {
    let mut fields = head.splitn(9, '\t');
    let rows: u16 = fields.next()?.parse().ok()?;
    let lines_above: u32 = fields.next()?.parse().ok()?;
    let columns = fields.next()?.parse().ok()?;
    let shown = fields.next()? == "1";
    let position = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    let alternate = fields.next()? == "1";
    let command = fields.next()?.to_owned();
    let title = fields.next()?.to_owned();
    Some(Captured {
        contents: String::from_utf8_lossy(&lines.join(&b"\r\n"[..])).into_owned(),
        history: lines_above.min(what.history),
        columns,
        rows,
        cursor: shown.then_some(position),
        cursor_cell: position,
        alternate,
        title,
        command,
        server_second,
    })
}
