//! A screen test is a script: a world, keys in the keymap's own notation, and a picture with its style runs below it.

use std::fmt::Write as _;

use quarterdeck::{
    api::wire,
    domain::{SessionId, World},
    tui::{Model, Settings, draw_once, effect::Effect, keymap::Key, message::Message, update},
};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Color, Modifier},
};

use crate::world::NOW;

/// A dashboard without a daemon or a terminal.
pub(crate) struct Script {
    pub(crate) model: Model,
    /// What has left the model, since it was last taken.
    pub(crate) effects: Vec<Effect>,
}

pub(crate) fn settings() -> Settings {
    Settings {
        theme: "terminal".into(),
        mouse: true,
        folder: "/home/ada/engine".into(),
        home: Some("/home/ada".into()),
        detach_key: "C-]".into(),
        prices: quarterdeck::config::Config::default().prices,
        notify: quarterdeck::config::Config::default().notify,
        ..Settings::default()
    }
}

impl Script {
    /// A dashboard of `columns` by `rows` that was told of `world`.
    pub(crate) fn new(world: World, columns: u16, rows: u16) -> Self {
        let mut script = Self { model: Model::new(settings(), NOW, (columns, rows)), effects: Vec::new() };
        script.tell(Message::World(Box::new(world)));
        script
    }

    /// Presses keys, separated by spaces, as the keymap writes them.
    pub(crate) fn keys(&mut self, keys: &str) -> &mut Self {
        for key in keys.split_whitespace() {
            let key: Key = key.parse().expect("a key");
            self.tell(Message::Key(key.event()));
        }
        self
    }

    /// Types text, letter by letter.
    pub(crate) fn write(&mut self, text: &str) -> &mut Self {
        for character in text.chars() {
            let key: Key =
                if character == ' ' { "Space".parse() } else { character.to_string().parse() }.expect("a key");
            self.tell(Message::Key(key.event()));
        }
        self
    }

    pub(crate) fn tell(&mut self, message: Message) -> &mut Self {
        let now = self.model.now;
        let effects = update(&mut self.model, now, message);
        self.effects.extend(effects);
        self.effects.extend(quarterdeck::tui::update::prepare(&mut self.model));
        self
    }

    pub(crate) fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// A picture of a session's pane.
    pub(crate) fn screen(&mut self, session: SessionId, contents: &str) -> &mut Self {
        self.tell(Message::Screen(wire::Screen {
            session,
            columns: 60,
            rows: 12,
            contents: contents.into(),
            history: 0,
            cursor: Some((2, 0)),
            alternate: false,
            title: String::new(),
            captured_at: NOW,
            ended: false,
        }))
    }

    pub(crate) fn buffer(&self) -> Buffer {
        let (columns, rows) = self.model.size;
        let mut buffer = Buffer::empty(Rect::new(0, 0, columns, rows));
        draw_once(&self.model, &mut buffer);
        buffer
    }

    /// The picture, and below it where it is styled how.
    pub(crate) fn picture(&self) -> String {
        let buffer = self.buffer();
        let mut picture = text(&buffer);
        picture.push_str("\n— styles —\n");
        for row in buffer.area.rows() {
            let runs = runs(&buffer, row);
            if !runs.is_empty() {
                writeln!(picture, "{:>2}: {}", row.y, runs.join(" ")).expect("memory");
            }
        }
        picture
    }
}

/// The words alone.
pub(crate) fn text(buffer: &Buffer) -> String {
    let mut lines = Vec::new();
    for row in buffer.area.rows() {
        let mut line = String::new();
        let mut skip = 0;
        for column in row.columns() {
            if skip > 0 {
                skip -= 1;
                continue;
            }
            let symbol = buffer[(column.x, row.y)].symbol();
            skip = unicode_width::UnicodeWidthStr::width(symbol).saturating_sub(1);
            line.push_str(symbol);
        }
        lines.push(line.trim_end().to_owned());
    }
    lines.join("\n")
}

/// The stretches of a row that do not look plain: `12-19 red,bold`.
fn runs(buffer: &Buffer, row: Rect) -> Vec<String> {
    let mut runs: Vec<(u16, u16, String)> = Vec::new();
    for column in row.columns() {
        let cell = &buffer[(column.x, row.y)];
        let mut words = Vec::new();
        if cell.fg != Color::Reset {
            words.push(cell.fg.to_string().to_lowercase());
        }
        if cell.bg != Color::Reset {
            words.push(format!("on {}", cell.bg.to_string().to_lowercase()));
        }
        let modifiers = [
            (Modifier::BOLD, "bold"),
            (Modifier::DIM, "dim"),
            (Modifier::REVERSED, "reversed"),
            (Modifier::UNDERLINED, "underlined"),
        ];
        words
            .extend(modifiers.iter().filter(|(flag, _)| cell.modifier.contains(*flag)).map(|(_, word)| (*word).into()));
        let look = words.join(",");
        match runs.last_mut() {
            Some((_, end, last)) if *last == look && *end == column.x => *end += 1,
            _ => runs.push((column.x, column.x + 1, look)),
        }
    }
    let styled = runs.into_iter().filter(|(.., look)| !look.is_empty());
    styled.map(|(start, end, look)| format!("{start}-{} {look}", end - 1)).collect()
}
