//! What the person does, as the bytes that a terminal would send for it: xterm's encoding, which every tmux reads.
//!
//! terminput knows most of it. Control with a character is done here, because crossterm reports `Ctrl-\ ] ^ _` as
//! `Ctrl-4 5 6 7`, and because terminput has nothing for `Ctrl-[` and `Ctrl-/`. So is Shift-Enter: xterm's own encoding
//! can't tell it from Enter, and agents take Alt-Enter for a line break.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseEvent, MouseEventKind};
use ratatui::layout::Rect;
use terminput::Encoding;

use crate::screen::MouseProtocolMode;

/// The bytes of a key; `None` for what sends none, such as a release or a modifier alone.
pub fn key(event: KeyEvent) -> Option<Vec<u8>> {
    if event.kind == KeyEventKind::Release {
        return None;
    }
    let modifiers = event.modifiers & (KeyModifiers::SHIFT | KeyModifiers::ALT | KeyModifiers::CONTROL);
    if let KeyCode::Char(character) = event.code {
        return Some(character_key(character, modifiers));
    }
    match event.code {
        KeyCode::Null => return Some(vec![0]),
        KeyCode::Enter if modifiers.intersects(KeyModifiers::SHIFT | KeyModifiers::ALT) => {
            return Some(b"\x1b\r".into());
        }
        KeyCode::Enter => return Some(b"\r".into()),
        KeyCode::BackTab => return Some(b"\x1b[Z".into()),
        _ => {}
    }
    encode(Event::Key(KeyEvent { modifiers, kind: KeyEventKind::Press, ..event }))
}

/// The bytes of a paste: between the marks that tell it from typing, where the program asked for them. Line ends become what Enter sends, as in every
/// terminal; other control characters are left out, so that a text can't end the paste or press keys.
pub fn paste(text: &str, marked: bool) -> Vec<u8> {
    let text = text.replace("\r\n", "\r").replace('\n', "\r");
    let clean: String =
        text.chars().filter(|character| !character.is_control() || "\r\t".contains(*character)).collect();
    if marked { [b"\x1b[200~", clean.as_bytes(), b"\x1b[201~"].concat() } else { clean.into_bytes() }
}

/// The bytes of a mouse event, relative to `area`, as far as `mode` says that the program wants it. A drag or a release
/// that has left the area counts at its edge; anything else outside is not for the program.
pub fn mouse(event: MouseEvent, area: Rect, mode: MouseProtocolMode) -> Option<Vec<u8>> {
    let wanted = match event.kind {
        MouseEventKind::Down(_)
        | MouseEventKind::ScrollUp
        | MouseEventKind::ScrollDown
        | MouseEventKind::ScrollLeft
        | MouseEventKind::ScrollRight => mode != MouseProtocolMode::None,
        MouseEventKind::Up(_) => !matches!(mode, MouseProtocolMode::None | MouseProtocolMode::Press),
        MouseEventKind::Drag(_) => matches!(mode, MouseProtocolMode::ButtonMotion | MouseProtocolMode::AnyMotion),
        MouseEventKind::Moved => mode == MouseProtocolMode::AnyMotion,
    };
    let inside = area.contains((event.column, event.row).into());
    let held = matches!(event.kind, MouseEventKind::Drag(_) | MouseEventKind::Up(_));
    if !wanted || area.is_empty() || !(inside || held) {
        return None;
    }
    let column = event.column.clamp(area.left(), area.right() - 1) - area.left();
    let row = event.row.clamp(area.top(), area.bottom() - 1) - area.top();
    encode(Event::Mouse(MouseEvent { column, row, ..event }))
}

/// The bytes that say that the terminal got or lost the focus. tmux passes them on to programs that asked.
pub fn focus(gained: bool) -> &'static [u8] {
    if gained { b"\x1b[I" } else { b"\x1b[O" }
}

fn character_key(character: char, modifiers: KeyModifiers) -> Vec<u8> {
    let mut bytes = Vec::new();
    if modifiers.contains(KeyModifiers::ALT) {
        bytes.push(0x1b);
    }
    match control(character).filter(|_| modifiers.contains(KeyModifiers::CONTROL)) {
        Some(byte) => bytes.push(byte),
        None => bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
    }
    bytes
}

/// What Control makes of a character; `None` where it makes no difference.
fn control(character: char) -> Option<u8> {
    match character.to_ascii_lowercase() {
        letter @ 'a'..='z' => Some(letter as u8 & 0x1f),
        ' ' | '@' | '2' | '`' => Some(0x00),
        '[' | '3' => Some(0x1b),
        '\\' | '4' => Some(0x1c),
        ']' | '5' => Some(0x1d),
        '^' | '6' | '~' => Some(0x1e),
        '_' | '7' | '/' => Some(0x1f),
        '?' | '8' => Some(0x7f),
        _ => None,
    }
}

fn encode(event: Event) -> Option<Vec<u8>> {
    let mut buffer = [0; 32];
    let length = terminput_crossterm::to_terminput(event).ok()?.encode(&mut buffer, Encoding::Xterm).ok()?;
    buffer.get(..length).map(<[u8]>::to_vec)
}

/// The key by which the person comes back from a pane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WayOut {
    notation: String,
    bytes: Vec<u8>,
}

/// Why a key can't be the way out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{notation}` can't be the key that leaves a pane: write one that agents do not need, such as C-], M-q or F12")]
pub struct BadWayOut {
    notation: String,
}

impl WayOut {
    /// Reads a key in tmux's notation: `C-]`, `M-q`, `F12`. A key that types a character is refused.
    ///
    /// # Errors
    /// [`BadWayOut`] for anything else.
    pub fn parse(notation: &str) -> Result<Self, BadWayOut> {
        let bad = || BadWayOut { notation: notation.into() };
        let event = read_notation(notation).ok_or_else(bad)?;
        let bytes = key(event).ok_or_else(bad)?;
        // Enter, Tab, Escape and Ctrl-c have to reach the agent, whatever they are called.
        let needed = [&b"\r"[..], b"\t", b"\x1b", b"\x03", b"\x7f"].contains(&bytes.as_slice());
        if needed || bytes.first().is_none_or(|first| *first >= b' ') {
            return Err(bad());
        }
        Ok(Self { notation: notation.into(), bytes })
    }

    /// What the person calls it: `Ctrl-]`.
    pub fn label(&self) -> String {
        self.notation.replace("C-", "Ctrl-").replace("M-", "Alt-").replace("S-", "Shift-")
    }

    /// Whether the person pressed it. Keys that a terminal can't tell apart are the same.
    pub fn is(&self, event: KeyEvent) -> bool {
        key(event).is_some_and(|bytes| bytes == self.bytes)
    }
}

fn read_notation(notation: &str) -> Option<KeyEvent> {
    let (mut rest, mut modifiers) = (notation, KeyModifiers::NONE);
    loop {
        let (modifier, after) = match rest.as_bytes() {
            [b'C' | b'c', b'-', _, ..] => (KeyModifiers::CONTROL, &rest[2..]),
            [b'M' | b'm', b'-', _, ..] => (KeyModifiers::ALT, &rest[2..]),
            [b'S' | b's', b'-', _, ..] => (KeyModifiers::SHIFT, &rest[2..]),
            _ => break,
        };
        (rest, modifiers) = (after, modifiers | modifier);
    }
    let mut characters = rest.chars();
    let code = match (characters.next()?, characters.as_str()) {
        (character, "") => KeyCode::Char(character),
        ('F' | 'f', number) => KeyCode::F(number.parse().ok().filter(|number| (1..=12).contains(number))?),
        _ => return None,
    };
    Some(KeyEvent::new(code, modifiers))
}

#[cfg(test)]
mod tests {
    use crossterm::event::MouseButton;

    use super::*;

    const NONE: KeyModifiers = KeyModifiers::NONE;
    const SHIFT: KeyModifiers = KeyModifiers::SHIFT;
    const CONTROL: KeyModifiers = KeyModifiers::CONTROL;
    const ALT: KeyModifiers = KeyModifiers::ALT;

    #[test]
    fn keys_are_what_xterm_sends() {
        let table: &[(KeyCode, KeyModifiers, &[u8])] = &[
            (KeyCode::Char('a'), NONE, b"a"),
            (KeyCode::Char('A'), SHIFT, b"A"),
            (KeyCode::Char('é'), NONE, "é".as_bytes()),
            (KeyCode::Char('日'), NONE, "日".as_bytes()),
            (KeyCode::Char('a'), CONTROL, b"\x01"),
            (KeyCode::Char('C'), CONTROL.union(SHIFT), b"\x03"),
            (KeyCode::Char(' '), CONTROL, b"\x00"),
            (KeyCode::Char('['), CONTROL, b"\x1b"),
            (KeyCode::Char('\\'), CONTROL, b"\x1c"),
            (KeyCode::Char('4'), CONTROL, b"\x1c"),
            (KeyCode::Char('6'), CONTROL, b"\x1e"),
            (KeyCode::Char('7'), CONTROL, b"\x1f"),
            (KeyCode::Char('/'), CONTROL, b"\x1f"),
            (KeyCode::Char('b'), ALT, b"\x1bb"),
            (KeyCode::Char('b'), ALT.union(CONTROL), b"\x1b\x02"),
            (KeyCode::Enter, NONE, b"\r"),
            (KeyCode::Enter, SHIFT, b"\x1b\r"),
            (KeyCode::Enter, ALT, b"\x1b\r"),
            (KeyCode::Tab, NONE, b"\t"),
            (KeyCode::BackTab, SHIFT, b"\x1b[Z"),
            (KeyCode::Esc, NONE, b"\x1b"),
            (KeyCode::Backspace, NONE, b"\x7f"),
            (KeyCode::Backspace, ALT, b"\x1b\x7f"),
            (KeyCode::Up, NONE, b"\x1b[A"),
            (KeyCode::Down, SHIFT, b"\x1b[1;2B"),
            (KeyCode::Right, CONTROL, b"\x1b[1;5C"),
            (KeyCode::Left, ALT, b"\x1b[1;3D"),
            (KeyCode::Home, NONE, b"\x1b[H"),
            (KeyCode::End, NONE, b"\x1b[F"),
            (KeyCode::PageUp, NONE, b"\x1b[5~"),
            (KeyCode::PageDown, CONTROL, b"\x1b[6;5~"),
            (KeyCode::Delete, NONE, b"\x1b[3~"),
            (KeyCode::Insert, NONE, b"\x1b[2~"),
            (KeyCode::F(1), NONE, b"\x1bOP"),
            (KeyCode::F(4), SHIFT, b"\x1b[1;2S"),
            (KeyCode::F(5), NONE, b"\x1b[15~"),
            (KeyCode::F(12), CONTROL, b"\x1b[24;5~"),
        ];
        for (code, modifiers, bytes) in table {
            let sent = key(KeyEvent::new(*code, *modifiers));
            assert_eq!(sent.as_deref(), Some(*bytes), "{modifiers:?} {code:?}: {sent:x?}");
        }
    }

    #[test]
    fn a_release_and_a_lone_modifier_send_nothing_and_a_repetition_sends_again() {
        let press = KeyEvent::new(KeyCode::Up, NONE);
        assert_eq!(key(KeyEvent { kind: KeyEventKind::Release, ..press }), None);
        assert_eq!(key(KeyEvent { kind: KeyEventKind::Repeat, ..press }), Some(b"\x1b[A".into()));
        assert_eq!(key(KeyEvent::new(KeyCode::CapsLock, NONE)), None);
    }

    #[test]
    fn the_command_key_changes_no_bytes() {
        let with = KeyEvent::new(KeyCode::Up, KeyModifiers::SUPER | SHIFT);
        assert_eq!(key(with), Some(b"\x1b[1;2A".into()));
    }

    #[test]
    fn a_paste_can_neither_end_itself_nor_press_keys() {
        let sent = paste("a\nb\r\nc\td\x1b[201~\x03rm -rf\u{9b}201~é", true);
        assert_eq!(sent, "\x1b[200~a\rb\rc\td[201~rm -rf201~é\x1b[201~".as_bytes());
    }

    #[test]
    fn the_mouse_is_told_relative_to_the_pane_and_only_as_far_as_asked_for() {
        let area = Rect::new(10, 5, 20, 10);
        let at = |kind, column, row| MouseEvent { kind, column, row, modifiers: NONE };
        let down = at(MouseEventKind::Down(MouseButton::Left), 12, 6);
        assert_eq!(mouse(down, area, MouseProtocolMode::PressRelease), Some(b"\x1b[<0;3;2M".into()));
        assert_eq!(mouse(down, area, MouseProtocolMode::None), None);
        let wheel = MouseEvent { modifiers: CONTROL, ..at(MouseEventKind::ScrollDown, 10, 5) };
        assert_eq!(mouse(wheel, area, MouseProtocolMode::PressRelease), Some(b"\x1b[<81;1;1M".into()));
        assert_eq!(mouse(at(MouseEventKind::ScrollUp, 9, 5), area, MouseProtocolMode::AnyMotion), None);
        let release = at(MouseEventKind::Up(MouseButton::Right), 0, 200);
        assert_eq!(mouse(release, area, MouseProtocolMode::PressRelease), Some(b"\x1b[<2;1;10m".into()));
        let drag = at(MouseEventKind::Drag(MouseButton::Middle), 200, 5);
        assert_eq!(mouse(drag, area, MouseProtocolMode::PressRelease), None);
        assert_eq!(mouse(drag, area, MouseProtocolMode::ButtonMotion), Some(b"\x1b[<33;20;1M".into()));
    }

    #[test]
    fn the_way_out_is_found_in_all_its_spellings() {
        let way_out = WayOut::parse("C-]").expect("a key");
        assert_eq!(way_out.label(), "Ctrl-]");
        assert!(way_out.is(KeyEvent::new(KeyCode::Char(']'), CONTROL)));
        assert!(way_out.is(KeyEvent::new(KeyCode::Char('5'), CONTROL)), "crossterm's name for it");
        assert!(!way_out.is(KeyEvent::new(KeyCode::Char(']'), NONE)));
        assert!(WayOut::parse("F12").expect("a key").is(KeyEvent::new(KeyCode::F(12), NONE)));
        assert!(WayOut::parse("M-q").expect("a key").is(KeyEvent::new(KeyCode::Char('q'), ALT)));
        for bad in ["", "q", "C-", "C-m", "C-i", "C-[", "C-c", "Escape", "F13", "é", "S-a"] {
            assert!(WayOut::parse(bad).is_err(), "{bad}");
        }
    }
}
