//! Taking a pane over and attaching to it, against real tmux: what the person does is looked at where the program in
//! the pane reads it.

#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

use std::{
    fs,
    io::{Read, Write},
    path::PathBuf,
    process::Command,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use quarterdeck::{
    api::wire::{Attach, Size},
    screen::Grid,
    tui::pane::{Takeover, WayOut, attach},
};
use ratatui::layout::Rect;

const DEADLINE: Duration = Duration::from_secs(20);
const SIZE: Size = Size { columns: 80, rows: 24 };

/// Waits until `condition` gives something; `what` is said when it does not.
fn wait_for<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + DEADLINE;
    loop {
        if let Some(found) = condition() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited {DEADLINE:?} for {what}");
        thread::sleep(Duration::from_millis(2));
    }
}

/// A tmux server of our own with one session, ended when dropped.
struct Server {
    folder: tempfile::TempDir,
}

impl Server {
    /// Runs `script` in a pane of [`SIZE`]. `$FOLDER` is a folder for what it wants to tell.
    fn start(script: &str) -> Self {
        let server = Self { folder: tempfile::tempdir().unwrap() };
        let configuration = r##"# As the product's own server, which `src/tmux/config.rs` describes.
set -s escape-time 25
set -s exit-empty off
set -s focus-events on
set -s extended-keys on
set -s set-clipboard off
set -s default-terminal tmux-256color
set -s terminal-features[90] '*:RGB'
set -g default-shell /bin/sh
set -g assume-paste-time 0
set -g status off
set -g mouse off
set -g detach-on-destroy on
set -g remain-on-exit on
set -g update-environment ''
unbind-key -a -T prefix
unbind-key -a -T root
set -g prefix C-b
set -g prefix2 None
bind-key -T prefix d detach-client
bind-key -T prefix C-b send-prefix
bind-key -T prefix Any send-prefix \; send-keys
bind-key -n C-] detach-client
"##;
        fs::write(server.path("tmux.conf"), configuration).unwrap();
        fs::write(server.path("script"), script).unwrap();
        let folder = server.folder.path().to_str().unwrap();
        let output = server
            .tmux(&["-f", &format!("{folder}/tmux.conf")])
            .args(["new-session", "-d", "-s", "one", "-x", "80", "-y", "24"])
            .args(["-e", &format!("FOLDER={folder}"), &format!("exec sh {folder}/script")])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        server
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn tmux(&self, first: &[&str]) -> Command {
        let mut command = Command::new("tmux");
        command.args(["-u", "-S"]).arg(self.path("tmux.sock")).args(first).env_remove("TMUX");
        command
    }

    fn ask(&self, format: &str) -> String {
        let output = self.tmux(&["display-message", "-p", "-t", "=one:", format]).output().unwrap();
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// The process id of the client that is attached.
    fn client(&self) -> Option<u32> {
        let output = self.tmux(&["list-clients", "-F", "#{client_pid}"]).output().unwrap();
        String::from_utf8_lossy(&output.stdout).trim().parse().ok()
    }

    fn attach(&self) -> Attach {
        let socket = self.path("tmux.sock").to_str().unwrap().to_owned();
        let argv: Vec<String> = ["tmux", "-u", "-S", &socket, "attach-session", "-t", "=one"].map(str::to_owned).into();
        Attach { read_only_argv: argv.clone(), line: argv.join(" "), argv, size: SIZE }
    }

    fn told(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_default()
    }

    fn shows(&self, text: &str) -> bool {
        let output = self.tmux(&["capture-pane", "-p", "-t", "=one:"]).output().unwrap();
        String::from_utf8_lossy(&output.stdout).contains(text)
    }

    fn wait_for_told(&self, name: &str, wanted: &[u8]) {
        let deadline = Instant::now() + DEADLINE;
        while self.told(name) != wanted {
            let found = self.told(name);
            let [wanted, found] = [wanted, &found].map(String::from_utf8_lossy);
            assert!(Instant::now() < deadline, "waited {DEADLINE:?} for\n{wanted:?}, found\n{found:?}");
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// What [`WRITES_DOWN`] has read once tmux has told it that it got the focus.
    fn wait_for_focus(&self) -> Vec<u8> {
        wait_for("the focus", || Some(self.told("read")).filter(|read| read.ends_with(b"\x1b[I")))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.tmux(&["kill-server"]).output();
    }
}

/// A program that wants raw bytes, pastes, the mouse and the focus, and writes down all it reads.
const WRITES_DOWN: &str =
    r"stty raw -echo; printf '\033[?2004h\033[?1002h\033[?1006h\033[?1004hready'; exec cat > $FOLDER/read";

fn take_over(server: &Server, shows: &str) -> Takeover {
    let mut takeover = Takeover::start(&server.attach(), SIZE, || {}).unwrap();
    wait_for_shown(&mut takeover, shows);
    takeover
}

fn wait_for_shown(takeover: &mut Takeover, text: &str) {
    wait_for(&format!("{text:?} in the pane"), || {
        takeover.update();
        takeover.screen().contents().contains(text).then_some(())
    });
}

fn key(code: KeyCode, modifiers: KeyModifiers) -> KeyEvent {
    KeyEvent::new(code, modifiers)
}

fn is_running(pid: u32) -> bool {
    Command::new("kill").args(["-0", &pid.to_string()]).output().unwrap().status.success()
}

#[test]
fn every_key_reaches_the_program_exactly() {
    const NONE: KeyModifiers = KeyModifiers::NONE;
    let server = Server::start(WRITES_DOWN);
    let mut takeover = take_over(&server, "ready");
    let mut wanted = server.wait_for_focus();
    let table: &[(KeyCode, KeyModifiers, &str)] = &[
        (KeyCode::Char('a'), NONE, "a"),
        (KeyCode::Char('Z'), KeyModifiers::SHIFT, "Z"),
        (KeyCode::Char('é'), NONE, "é"),
        (KeyCode::Char('日'), NONE, "日"),
        (KeyCode::Char('🦀'), NONE, "🦀"),
        (KeyCode::Enter, NONE, "\r"),
        (KeyCode::Enter, KeyModifiers::SHIFT, "\x1b\r"),
        (KeyCode::Tab, NONE, "\t"),
        (KeyCode::BackTab, KeyModifiers::SHIFT, "\x1b[Z"),
        (KeyCode::Backspace, NONE, "\x7f"),
        (KeyCode::Char('c'), KeyModifiers::CONTROL, "\x03"),
        (KeyCode::Char('d'), KeyModifiers::CONTROL, "\x04"),
        (KeyCode::Char('b'), KeyModifiers::CONTROL, "\x02"),
        (KeyCode::Char('z'), KeyModifiers::CONTROL, "\x1a"),
        (KeyCode::Char('4'), KeyModifiers::CONTROL, "\x1c"),
        (KeyCode::Char('/'), KeyModifiers::CONTROL, "\x1f"),
        (KeyCode::Char(' '), KeyModifiers::CONTROL, "\0"),
        (KeyCode::Char('f'), KeyModifiers::ALT, "\x1bf"),
        (KeyCode::Up, NONE, "\x1b[A"),
        (KeyCode::Right, KeyModifiers::CONTROL, "\x1b[1;5C"),
        (KeyCode::Down, KeyModifiers::SHIFT, "\x1b[1;2B"),
        (KeyCode::Home, NONE, "\x1b[1~"),
        (KeyCode::PageDown, NONE, "\x1b[6~"),
        (KeyCode::Delete, NONE, "\x1b[3~"),
        (KeyCode::F(1), NONE, "\x1bOP"),
        (KeyCode::F(12), NONE, "\x1b[24~"),
        (KeyCode::Char('['), KeyModifiers::CONTROL, "\x1b"),
        (KeyCode::Esc, NONE, "\x1b"),
    ];
    for (code, modifiers, bytes) in table {
        takeover.key(key(*code, *modifiers)).unwrap();
        wanted.extend_from_slice(bytes.as_bytes());
        // One after the other, so that an escape does not become part of what follows it.
        server.wait_for_told("read", &wanted);
    }
    assert_eq!(server.ask("#{pane_dead}"), "0");
}

#[test]
fn a_paste_a_click_and_the_focus_reach_the_program() {
    let server = Server::start(WRITES_DOWN);
    let mut takeover = take_over(&server, "ready");
    let mut wanted = server.wait_for_focus();

    takeover.paste("-two lines\nof 日本; \x1b[201~\x03").unwrap();
    wanted.extend_from_slice("\x1b[200~-two lines\rof 日本; [201~\x1b[201~".as_bytes());
    server.wait_for_told("read", &wanted);

    let long = "0123456789é\n".repeat(9_000);
    takeover.paste(&long).unwrap();
    wanted.extend_from_slice(format!("\x1b[200~{}\x1b[201~", long.replace('\n', "\r")).as_bytes());
    server.wait_for_told("read", &wanted);

    let area = Rect::new(30, 4, 80, 24);
    let click = |kind| MouseEvent { kind, column: 35, row: 6, modifiers: KeyModifiers::NONE };
    assert!(takeover.mouse(click(MouseEventKind::Down(MouseButton::Left)), area).unwrap());
    assert!(takeover.mouse(click(MouseEventKind::Drag(MouseButton::Left)), Rect::new(30, 4, 81, 24)).unwrap());
    assert!(takeover.mouse(click(MouseEventKind::Up(MouseButton::Left)), area).unwrap());
    assert!(!takeover.mouse(click(MouseEventKind::Moved), area).unwrap(), "nobody asked for that");
    assert!(!takeover.mouse(click(MouseEventKind::Down(MouseButton::Left)), Rect::new(0, 0, 5, 5)).unwrap());
    wanted.extend_from_slice(b"\x1b[<0;6;3M\x1b[<32;6;3M\x1b[<0;6;3m");
    server.wait_for_told("read", &wanted);

    takeover.focus(false).unwrap();
    wanted.extend_from_slice(b"\x1b[O");
    server.wait_for_told("read", &wanted);
}

#[test]
fn leaving_loses_no_key_and_leaves_the_program_alone() {
    let server = Server::start(WRITES_DOWN);
    let pid = server.ask("#{pane_pid}");
    let mut wanted = Vec::new();
    for round in 0..5 {
        let mut takeover = Takeover::start(&server.attach(), SIZE, || {}).unwrap();
        // In every other round the person types before there is anything to see.
        if round % 2 == 0 {
            wait_for_shown(&mut takeover, "ready");
        } else {
            wait_for("the program", || (server.ask("#{pane_current_command}") == "cat").then_some(()));
        }
        let text = format!("round {round}: {}", "x".repeat(200));
        for character in text.chars() {
            takeover.key(key(KeyCode::Char(character), KeyModifiers::NONE)).unwrap();
        }
        wanted.push(text);
        let client = wait_for("the client", || server.client());
        takeover.end().join().unwrap();
        // Not even as a dead process that nobody has looked at.
        assert!(!is_running(client), "the client is left behind");
    }
    let read = wait_for("the last key", || {
        let read = String::from_utf8_lossy(&server.told("read")).replace("\x1b[I", "").replace("\x1b[O", "");
        read.ends_with(wanted.last()?).then_some(read)
    });
    assert_eq!(read, wanted.concat(), "nothing is lost, and no line end or Ctrl-d is added");
    assert_eq!((server.ask("#{pane_pid}"), server.ask("#{pane_dead}")), (pid, "0".into()));
}

#[test]
fn the_program_follows_the_size_of_the_rectangle() {
    let script = r#"trap 'printf "<%s>" "$(stty size)"' WINCH; printf ready; while :; do read -r line; done"#;
    let server = Server::start(script);
    let mut takeover = take_over(&server, "ready");
    takeover.resize(Size { columns: 101, rows: 31 }).unwrap();
    wait_for_shown(&mut takeover, "<31 101>");
    takeover.resize(Size { columns: 40, rows: 10 }).unwrap();
    wait_for_shown(&mut takeover, "<10 40>");
    let (rows, columns) = takeover.screen().size();
    assert_eq!((columns.get(), rows.get()), (40, 10));
}

#[test]
fn what_the_program_draws_arrives_with_its_colours_and_its_cursor() {
    let server = Server::start(r"printf '\033[3;5H\033[1;38;2;1;2;3;48;5;200m日本🦀\033[0m|'; exec cat");
    let mut takeover = take_over(&server, "日本🦀|");
    wait_for("the cursor", || {
        takeover.update();
        (takeover.screen().cursor_position() == (2, 11)).then_some(())
    });
    let cell = takeover.screen().cell(2, 4).unwrap();
    assert_eq!((cell.contents(), cell.bold(), cell.is_wide()), ("日", true, true));
    assert_eq!(cell.fgcolor(), quarterdeck::screen::Color::Rgb(1, 2, 3));
    assert_eq!(cell.bgcolor(), quarterdeck::screen::Color::Idx(200));
}

#[test]
fn a_flood_is_bounded_and_keys_still_get_through() {
    let server = Server::start("stty raw -echo; yes flood & printf ready; dd bs=1 count=1 of=$FOLDER/read; kill $!");
    let (wake, woken) = mpsc::sync_channel(1);
    let mut takeover = Takeover::start(&server.attach(), SIZE, move || _ = wake.try_send(())).unwrap();
    woken.recv_timeout(DEADLINE).expect("something is drawn");
    wait_for("the flood", || server.shows("flood").then_some(()));
    // Nobody takes what comes: the client waits, and the key goes its own way.
    takeover.key(key(KeyCode::Char('q'), KeyModifiers::NONE)).unwrap();
    server.wait_for_told("read", b"q");
    wait_for_shown(&mut takeover, "flood");
}

#[test]
fn a_pane_that_goes_away_ends_the_takeover_and_says_why() {
    let server = Server::start("printf ready; exec cat");
    let mut takeover = take_over(&server, "ready");
    let output = server.tmux(&["kill-session", "-t", "=one"]).output().unwrap();
    assert!(output.status.success());
    let words = wait_for("the end", || {
        takeover.update();
        takeover.ended().map(str::to_owned)
    });
    assert!(words.contains("exited"), "{words}");
    assert!(takeover.key(key(KeyCode::Char('x'), KeyModifiers::NONE)).is_err());

    let mut gone = Takeover::start(&server.attach(), SIZE, || {}).unwrap();
    let words = wait_for("the refusal", || {
        gone.update();
        gone.ended().map(str::to_owned)
    });
    assert!(words.contains("can't find session") || words.contains("no sessions"), "{words}");
}

#[test]
fn a_missing_program_is_told() {
    let argv = vec!["/nowhere/tmux".to_owned(), "attach".into()];
    let attach = Attach { read_only_argv: argv.clone(), line: String::new(), argv, size: SIZE };
    let error = Takeover::start(&attach, SIZE, || {}).unwrap_err();
    assert!(error.to_string().contains("/nowhere/tmux"), "{error}");
}

const ATTACH_ARGV: &str = "QD_TEST_ATTACH_ARGV";

/// Not a claim: what [`Terminal::start`] runs in a terminal of its own, as the dashboard would.
#[test]
fn attach_as_the_dashboard_does() {
    let Some(argv) = std::env::var(ATTACH_ARGV).ok() else { return };
    let argv: Vec<String> = argv.lines().map(str::to_owned).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let outcome = runtime.block_on(attach(&argv, &WayOut::parse("C-]").unwrap()));
    println!("outcome {outcome:?}.");
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    println!("then {}.", line.trim());
}

/// The person's terminal, with [`attach`] running in it.
struct Terminal {
    child: Box<dyn portable_pty::Child + Send + Sync>,
    writer: Option<Box<dyn Write + Send>>,
    pieces: mpsc::Receiver<Vec<u8>>,
    grid: Grid,
    _master: Box<dyn portable_pty::MasterPty + Send>,
}

impl Terminal {
    fn start(argv: &[String]) -> Self {
        let size = PtySize { rows: 30, cols: 100, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
        command.args(["--exact", "attach_as_the_dashboard_does", "--nocapture", "--test-threads=1"]);
        command.env(ATTACH_ARGV, argv.join("\n"));
        command.env("TERM", "xterm-256color");
        // The person is inside a tmux of their own.
        command.env("TMUX", "/tmp/theirs,1,0");
        command.env("TMUX_PANE", "%0");
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (sender, pieces) = mpsc::channel();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(length @ 1..) = reader.read(&mut buffer) {
                if sender.send(buffer[..length].to_vec()).is_err() {
                    break;
                }
            }
        });
        let writer = pair.master.take_writer().ok();
        Self { child, writer, pieces, grid: Grid::new(100, 30), _master: pair.master }
    }

    fn wait_for_shown(&mut self, text: &str) {
        wait_for(&format!("{text:?} on the terminal"), || {
            while let Ok(piece) = self.pieces.try_recv() {
                self.grid.feed(&piece);
            }
            self.grid.screen().contents().contains(text).then_some(())
        });
    }

    fn types(&mut self, bytes: &[u8]) {
        self.writer.as_mut().unwrap().write_all(bytes).unwrap();
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn attaching_from_inside_another_tmux_works_and_returns_on_either_way_out() {
    for way_out in [&b"\x1d"[..], b"\x02d"] {
        let server = Server::start(WRITES_DOWN);
        let mut terminal = Terminal::start(&server.attach().argv);
        terminal.wait_for_shown("ready");
        terminal.types("hé\x03".as_bytes());
        wait_for("the keys", || server.told("read").ends_with("hé\x03".as_bytes()).then_some(()));
        terminal.types(way_out);
        terminal.wait_for_shown("outcome Ok(()).");
        terminal.types(b"typed afterwards\n");
        terminal.wait_for_shown("then typed afterwards.");
        assert_eq!(server.ask("#{pane_dead} #{session_attached}"), "0 0");
    }
}

#[test]
fn an_interrupt_while_attached_ends_neither_side() {
    let server = Server::start(WRITES_DOWN);
    let mut terminal = Terminal::start(&server.attach().argv);
    terminal.wait_for_shown("ready");
    let pid = terminal.child.process_id().unwrap();
    assert!(Command::new("kill").args(["-INT", &pid.to_string()]).status().unwrap().success());
    terminal.types(b"on");
    wait_for("the keys", || server.told("read").ends_with(b"on").then_some(()));
    assert!(is_running(pid));
    terminal.types(b"\x1d");
    terminal.wait_for_shown("outcome Ok(()).");
}

#[test]
fn what_keeps_one_from_attaching_comes_back_as_text() {
    let server = Server::start("exec cat");
    let mut argv = server.attach().argv;
    *argv.last_mut().unwrap() = "=gone".into();
    let mut terminal = Terminal::start(&argv);
    terminal.wait_for_shown("can't find session");
    terminal.wait_for_shown("outcome Err(Refused");
    let mut terminal = Terminal::start(&["/nowhere/tmux".to_owned()]);
    terminal.wait_for_shown("outcome Err(Start");
}

/// Key to screen, through a takeover and through a plain attached client: `cargo nextest run --run-ignored only
/// latency --no-capture`.
#[test]
#[ignore = "a measurement, not a claim"]
fn latency_of_a_key_in_a_takeover_and_in_a_plain_attach() {
    const KEYS: usize = 400;
    let echo = "stty raw -echo; printf ready; exec cat";
    let percentile = |times: &mut Vec<Duration>, percent: usize| {
        times.sort();
        times[(times.len() - 1) * percent / 100]
    };
    let letter = |number: usize| char::from(b'a' + u8::try_from(number % 26).unwrap());

    let server = Server::start(echo);
    let (wake, woken) = mpsc::sync_channel(64);
    let mut takeover = Takeover::start(&server.attach(), SIZE, move || _ = wake.try_send(())).unwrap();
    wait_for_shown(&mut takeover, "ready");
    let mut times = Vec::new();
    for number in 0..KEYS {
        let before = takeover.screen().cursor_position();
        let pressed = Instant::now();
        takeover.key(key(KeyCode::Char(letter(number)), KeyModifiers::NONE)).unwrap();
        while takeover.screen().cursor_position() == before {
            woken.recv_timeout(DEADLINE).unwrap();
            takeover.update();
        }
        times.push(pressed.elapsed());
        thread::sleep(Duration::from_millis(3));
    }
    println!("takeover:     p50 {:?}, p99 {:?}", percentile(&mut times, 50), percentile(&mut times, 99));

    let mut terminal = Terminal::start(&server.attach().argv);
    terminal.wait_for_shown("ready");
    let mut times = Vec::new();
    for number in 0..KEYS {
        let before = terminal.grid.screen().cursor_position();
        let pressed = Instant::now();
        terminal.types(letter(number).to_string().as_bytes());
        while terminal.grid.screen().cursor_position() == before {
            let piece = terminal.pieces.recv_timeout(DEADLINE).unwrap();
            terminal.grid.feed(&piece);
        }
        times.push(pressed.elapsed());
        thread::sleep(Duration::from_millis(3));
    }
    println!("plain attach: p50 {:?}, p99 {:?}", percentile(&mut times, 50), percentile(&mut times, 99));
}
