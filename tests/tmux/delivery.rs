//! What is typed arrives once, whole, and is remembered.

use std::fs;

use quarterdeck::tmux::{Error, Key, Markers, Pane};

use crate::common::{Deck, until};

/// A program that asks for bracketed paste and writes all it reads to `in`.
const RECORDER: &str = r"
import os, sys, tty
tty.setraw(0)
os.write(1, b'\x1b[?2004hready')
out = open('in', 'wb', buffering=0)
while True:
    data = os.read(0, 65536)
    if not data: break
    out.write(data)
";

async fn recorder(deck: &Deck) -> Pane {
    let pane = deck.run("a1", &["python3", "-c", RECORDER]).await;
    deck.shows(&pane.id, "ready").await;
    pane
}

async fn received(deck: &Deck, expected: &[u8]) {
    let path = deck.path("in");
    until("all has arrived", async || fs::read(&path).unwrap_or_default().len() >= expected.len()).await;
    let got = fs::read(&path).unwrap();
    assert!(got == expected, "{:?}…", String::from_utf8_lossy(&got[..got.len().min(200)]));
    fs::write(&path, b"").unwrap();
}

#[tokio::test]
async fn a_paste_arrives_byte_for_byte_between_its_brackets() {
    let deck = Deck::new().await;
    let pane = recorder(&deck).await;
    let mut expected = Vec::new();
    for (number, text) in [
        "echo a;",
        "-l leading",
        ";",
        "a;;",
        "\\",
        "two\nlines\tand a tab\n",
        "日本🦀 é $HOME #{pane_id} #(x) %H ~ \"'`",
    ]
    .iter()
    .enumerate()
    {
        deck.server.paste(&pane.id, text, &format!("m{number}")).await.unwrap();
        expected.extend_from_slice(format!("\x1b[200~{}\x1b[201~", text.replace('\n', "\r")).as_bytes());
    }
    received(&deck, &expected).await;
}

#[tokio::test]
async fn a_hundred_kilobytes_arrive() {
    let deck = Deck::new().await;
    let pane = recorder(&deck).await;
    let text: String = (0..12_500).map(|number| format!("{number:06}é")).collect();
    deck.server.paste(&pane.id, &text, "m1").await.unwrap();
    received(&deck, format!("\x1b[200~{text}\x1b[201~").as_bytes()).await;
}

#[tokio::test]
async fn nothing_pasted_can_end_the_paste_or_steer_the_terminal() {
    let deck = Deck::new().await;
    let pane = recorder(&deck).await;
    deck.server.paste(&pane.id, "a\x1b[201~\x03\x7f\u{9b}b\r\nc\0", "m1").await.unwrap();
    received(&deck, b"\x1b[200~a[201~b\rc\x1b[201~").await;
}

#[tokio::test]
async fn the_server_remembers_what_it_has_typed() {
    let deck = Deck::new().await;
    let pane = recorder(&deck).await;
    let session_name = deck.server.markers(&pane.id).await.unwrap().session_name;
    let before = Markers { session_name: session_name.clone(), ..Markers::default() };
    assert_eq!(deck.server.markers(&pane.id).await.unwrap(), before);
    deck.server.paste(&pane.id, "x", "m5-1").await.unwrap();
    deck.server.press(&pane.id, &[Key::Named("Enter".into())], Some("m5-2")).await.unwrap();
    let markers = deck.server.markers(&pane.id).await.unwrap();
    let (pasted, pressed) = (Some("m5-1".into()), Some("m5-2".into()));
    assert_eq!(markers, Markers { session_name, pasted, pressed, answered: None });
    assert_eq!(deck.tmux(&["list-buffers"]), "");
    assert!(deck.server.paste(&pane.id, "x", "not a marker").await.is_err());
    deck.server.paste(&pane.id, "\x1b", "m6").await.unwrap();
    assert_eq!(deck.server.markers(&pane.id).await.unwrap().pasted.as_deref(), Some("m6"));
}

#[tokio::test]
async fn an_answer_is_pressed_once_and_only_in_its_own_session() {
    let deck = Deck::new().await;
    let pane = recorder(&deck).await;
    let keys = ["Down", "Enter"].map(|name| Key::Named(name.into()));
    assert!(deck.server.answer(&pane.id, "a1", &keys, "q5").await.unwrap());
    assert!(!deck.server.answer(&pane.id, "a1", &keys, "q5").await.unwrap());
    assert_eq!(deck.server.markers(&pane.id).await.unwrap().answered.as_deref(), Some("q5"));
    let elsewhere = deck.server.answer(&pane.id, "a2", &keys, "q6").await;
    assert!(matches!(elsewhere, Err(Error::NoPane(_))), "{elsewhere:?}");
    assert!(deck.server.answer(&pane.id, "a1", &keys[1..], "q6").await.unwrap());
    deck.server.press(&pane.id, &[Key::Named("x".into())], None).await.unwrap();
    received(&deck, b"\x1b[B\r\rx").await;
}

#[tokio::test]
async fn keys_arrive_as_a_terminal_sends_them() {
    let deck = Deck::new().await;
    let pane = recorder(&deck).await;
    let keys = ["Enter", "Escape", "C-c", "Up", "BTab", "y", ";", "-", "M-b", "é"].map(|name| Key::Named(name.into()));
    deck.server.press(&pane.id, &keys, None).await.unwrap();
    deck.server.press(&pane.id, &[Key::Raw(b"\x1b[13;2u".to_vec())], None).await.unwrap();
    assert!(deck.server.press(&pane.id, &[Key::Named("S-Enter".into())], None).await.is_err());
    received(&deck, "\r\x1b\x03\x1b[A\x1b[Zy;-\x1bbé\x1b[13;2u".as_bytes()).await;
}

#[tokio::test]
async fn a_person_who_reads_the_history_keeps_nothing_from_arriving() {
    let deck = Deck::new().await;
    let pane = recorder(&deck).await;
    deck.tmux(&["copy-mode", "-t", &pane.id.0]);
    assert!(deck.seen("a1").await.unwrap().in_mode);
    deck.server.paste(&pane.id, "x", "m1").await.unwrap();
    deck.tmux(&["copy-mode", "-t", &pane.id.0]);
    deck.server.press(&pane.id, &[Key::Named("q".into())], None).await.unwrap();
    received(&deck, b"\x1b[200~x\x1b[201~q").await;
    assert!(!deck.seen("a1").await.unwrap().in_mode);
}

#[tokio::test]
async fn a_recording_moves_to_a_new_file_without_losing_a_byte() {
    let deck = Deck::new().await;
    let pane = deck.shell("a1", "while read line; do echo $line; done").await;
    let mut files = vec![deck.path("a1.log")];
    let mut recorded = String::new();
    for number in 0..10 {
        let line = format!("line {number}");
        deck.server.paste(&pane.id, &format!("{line}\n"), "m1").await.unwrap();
        let whole = async || files.iter().map(|file| fs::read_to_string(file).unwrap_or_default()).collect::<String>();
        // Once typed, once printed.
        recorded += &format!("{line}\r\n{line}\r\n");
        until(&format!("{line} is recorded"), async || whole().await == recorded).await;
        files.push(deck.path(&format!("it's next {number}")));
        deck.server.record_to(&pane.id, files.last().unwrap()).await.unwrap();
    }
}
