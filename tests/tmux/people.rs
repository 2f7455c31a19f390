//! A person at a pane.

use std::io::{Read, Write};

use portable_pty::{CommandBuilder, MasterPty, PtySize, native_pty_system};
use quarterdeck::tmux::{Error, Event};

use crate::common::{Deck, until};

struct Terminal {
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn portable_pty::Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
}

impl Terminal {
    fn run(argv: &[String], columns: u16, rows: u16) -> Self {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(&argv[0]);
        command.args(&argv[1..]);
        command.env_remove("TMUX");
        command.env("TERM", "xterm-256color");
        let child = pair.slave.spawn_command(command).unwrap();
        let mut reader = pair.master.try_clone_reader().unwrap();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while matches!(reader.read(&mut buffer), Ok(1..)) {}
        });
        let keys = pair.master.take_writer().unwrap();
        Self { master: pair.master, child, keys }
    }

    fn press(&mut self, bytes: &[u8]) {
        self.keys.write_all(bytes).unwrap();
        self.keys.flush().unwrap();
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = self.master.process_group_leader();
    }
}

#[tokio::test]
async fn a_person_is_seen_sizes_the_window_and_finds_both_ways_out() {
    let mut deck = Deck::new().await;
    let pane = deck.run("a7", &["cat"]).await;
    let mut pressed: &[u8] = b"\x1d";
    for _ in 0..2 {
        let mut terminal = Terminal::run(&deck.server.attach_argv("a7", false), 101, 33);
        deck.expect("an attached person", |event| *event == Event::ClientsChanged).await;
        until("the window follows", async || {
            let seen = deck.seen("a7").await.unwrap();
            seen.person.is_some() && seen.follows && (seen.columns, seen.rows) == (101, 33)
        })
        .await;
        let refused = deck.server.resize(&pane.id, 80, 24).await;
        assert!(matches!(refused, Err(Error::Attended(_))), "{refused:?}");
        terminal.press(pressed);
        until("the person has left", async || deck.seen("a7").await.unwrap().person.is_none()).await;
        deck.expect("a detached person", |event| *event == Event::ClientsChanged).await;
        until("the client ends", async || terminal.child.try_wait().unwrap().is_some()).await;
        deck.server.resize(&pane.id, 80, 24).await.unwrap();
        let seen = deck.seen("a7").await.unwrap();
        assert_eq!((seen.columns, seen.rows, seen.follows), (80, 24, false));
        pressed = b"\x02d";
    }
}

#[tokio::test]
async fn an_onlooker_changes_nothing() {
    let mut deck = Deck::new().await;
    deck.run("a7", &["cat"]).await;
    let mut terminal = Terminal::run(&deck.server.attach_argv("a7", true), 101, 33);
    deck.expect("an attached onlooker", |event| *event == Event::ClientsChanged).await;
    terminal.press(b"hello\r");
    let seen = deck.seen("a7").await.unwrap();
    assert_eq!((seen.person, seen.columns, seen.rows), (None, 80, 24));
    assert_eq!(deck.screen(&seen.pane).await.trim(), "");
}

#[tokio::test]
async fn what_is_not_a_way_out_belongs_to_the_agent() {
    let mut deck = Deck::new().await;
    let script = "import os,tty\ntty.setraw(0)\nos.write(1,b'ready')\nout=open('in','wb',buffering=0)\nwhile True: out.write(os.read(0,999))";
    let pane = deck.run("a7", &["python3", "-c", script]).await;
    deck.shows(&pane.id, "ready").await;
    let mut terminal = Terminal::run(&deck.server.attach_argv("a7", false), 80, 24);
    deck.expect("an attached person", |event| *event == Event::ClientsChanged).await;
    let path = deck.path("in");
    for (keys, expected) in [
        (&b"x"[..], &b"x"[..]),
        (b"\x02x", b"x\x02x"),
        (b"\x02\x02", b"x\x02x\x02"),
        (b"\x03\x1c\x1a", b"x\x02x\x02\x03\x1c\x1a"),
    ] {
        terminal.press(keys);
        until(&format!("{keys:?} has arrived"), async || std::fs::read(&path).unwrap_or_default() == expected).await;
    }
}
