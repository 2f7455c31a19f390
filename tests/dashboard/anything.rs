//! Whatever is pressed, clicked, pasted or resized over whatever world, the dashboard draws and its cursor is valid.

use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use proptest::prelude::*;
use quarterdeck::{
    domain::World,
    tui::{
        keymap::Key,
        message::Message,
        model::{Focus, Row},
    },
};

use crate::{
    changes::Changes,
    pulls::offered,
    script::Script,
    world::{crew, session_id},
};

#[derive(Debug, Clone)]
enum Deed {
    Key(&'static str),
    Mouse(MouseEventKind, u16, u16),
    Paste(String),
    Resize(u16, u16),
    World(u8),
    Gone(u32),
    Screen(u32),
    Changes,
}

const KEYS: &[&str] = &[
    "j",
    "k",
    "g",
    "G",
    "Enter",
    "Space",
    "n",
    "N",
    "s",
    "i",
    "a",
    "x",
    "w",
    "R",
    "r",
    "D",
    "!",
    "A",
    "T",
    "f",
    "W",
    "X",
    "u",
    "z",
    "/",
    ":",
    "?",
    "q",
    "y",
    "h",
    "l",
    "1",
    "2",
    "3",
    "4",
    "5",
    "6",
    "p",
    "m",
    "O",
    "f",
    "Tab",
    "Shift-Tab",
    "Esc",
    "Ctrl-s",
    "Ctrl-j",
    "Ctrl-c",
    "Ctrl-]",
    "Up",
    "Down",
    "Left",
    "Right",
    "PageUp",
    "PageDown",
    "Home",
    "End",
    "Backspace",
    "日",
    "*",
    "#",
    "o",
    "d",
    "]",
    "[",
    "}",
    "c",
    "v",
    "b",
    "S",
    "X",
    "e",
];

fn deed() -> impl Strategy<Value = Deed> {
    let kind = prop_oneof![
        Just(MouseEventKind::Down(MouseButton::Left)),
        Just(MouseEventKind::Up(MouseButton::Left)),
        Just(MouseEventKind::Drag(MouseButton::Left)),
        Just(MouseEventKind::ScrollUp),
        Just(MouseEventKind::ScrollDown),
    ];
    prop_oneof![
        12 => proptest::sample::select(KEYS).prop_map(Deed::Key),
        3 => (kind, 0..210u16, 0..60u16).prop_map(|(kind, column, row)| Deed::Mouse(kind, column, row)),
        1 => "\\PC{0,12}".prop_map(Deed::Paste),
        2 => (1..210u16, 1..60u16).prop_map(|(columns, rows)| Deed::Resize(columns, rows)),
        1 => (0..3u8).prop_map(Deed::World),
        1 => (1..10u32).prop_map(Deed::Gone),
        1 => (1..10u32).prop_map(Deed::Screen),
        2 => Just(Deed::Changes),
    ]
}

fn happen(script: &mut Script, deed: Deed) {
    match deed {
        Deed::Key(key) => drop(script.tell(Message::Key(key.parse::<Key>().expect("a key").event()))),
        Deed::Mouse(kind, column, row) => {
            let event = MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE };
            script.tell(Message::Mouse(event));
        }
        Deed::Paste(text) => drop(script.tell(Message::Paste(text))),
        Deed::Resize(columns, rows) => drop(script.tell(Message::Resized(columns, rows))),
        Deed::World(which) => {
            let world = match which {
                0 => World::default(),
                1 => crew(),
                _ => offered(),
            };
            script.tell(Message::World(Box::new(world)));
        }
        Deed::Gone(number) => {
            let mut world = script.model.world.clone();
            world.sessions.remove(&session_id(number));
            world.questions.retain(|_, question| question.session != session_id(number));
            world.remarks.retain(|id, _| id.number() != number);
            world.pull_requests.retain(|id, _| id.number() + 1 != number);
            script.tell(Message::World(Box::new(world)));
        }
        Deed::Changes => drop(Changes::of_a_day().serve(script)),
        Deed::Screen(number) => drop(script.screen(session_id(number), "日本\r\n\x1b[7mx")),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics_and_the_cursor_is_on_a_row_that_exists(deeds in prop::collection::vec(deed(), 0..60)) {
        let mut script = Script::new(crew(), 80, 24);
        for deed in deeds {
            happen(&mut script, deed);
            script.buffer();
            let model = &script.model;
            match model.board.selected() {
                None => prop_assert!(model.board.lines().is_empty()),
                Some(row) => {
                    prop_assert_eq!(model.board.selected_line().map(|line| line.row), Some(row));
                    match row {
                        Row::Objective(id) => prop_assert!(model.world.objectives.contains_key(&id)),
                        Row::Session(id) => prop_assert!(model.world.sessions.contains_key(&id)),
                    }
                }
            }
            if let Focus::Question(id) = model.focus {
                prop_assert!(model.world.questions.contains_key(&id));
            }
        }
    }
}
