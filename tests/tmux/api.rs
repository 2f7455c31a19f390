//! What a server can be asked.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use quarterdeck::{
    domain::attempt::PaneId,
    tmux::{Capture, Death, Error, Event, quoted_for_control},
};

use crate::common::{Deck, until};

#[tokio::test]
async fn a_session_is_found_again_by_its_exact_name_only() {
    let deck = Deck::new().await;
    let long = deck.run("a77", &["sleep", "100"]).await;
    let short = deck.run("a7", &["sleep", "100"]).await;
    assert!(!long.found && !short.found && long.id != short.id);
    let again = deck.run("a7", &["sleep", "100"]).await;
    assert!(again.found);
    assert_eq!((again.id.clone(), again.pid), (short.id, short.pid));
    deck.server.kill(&again.id).await.unwrap();
    deck.server.kill(&again.id).await.unwrap();
    let names: Vec<String> = deck.server.panes().await.unwrap().into_iter().map(|pane| pane.session_name).collect();
    assert_eq!(names, ["a77"]);
    assert!(matches!(deck.server.capture(&again.id, Capture::default()).await, Err(Error::NoPane(_))));
    assert!(matches!(deck.server.markers(&again.id).await, Err(Error::NoPane(_))));
    assert!(matches!(deck.server.paste(&again.id, "x", "m1").await, Err(Error::NoPane(_))));
}

#[tokio::test]
async fn two_who_spawn_the_same_at_once_get_the_same_pane() {
    let deck = Deck::new().await;
    let (one, other) = tokio::join!(deck.run("a1", &["sleep", "100"]), deck.run("a1", &["sleep", "100"]));
    assert_eq!((&one.id, one.pid), (&other.id, other.pid));
    assert!(one.found != other.found);
}

#[tokio::test]
async fn arguments_environment_and_directory_arrive_as_they_are() {
    let deck = Deck::new().await;
    let odd = deck.path("it's #(touch no) #{pane_id} $(x) 100% ;");
    fs::create_dir(&odd).unwrap();
    let long = format!("-{}\n\"'\\$(touch no)#(touch no) ~ é🦀;", "x".repeat(65_536));
    let script = "import os,sys\nopen('out','w').write(os.getcwd()+'\\n'+os.environ['QD_TEST']+'\\n'+str('TMUX' in os.environ or 'TMUX_PANE' in os.environ)+'\\n'+sys.argv[1])";
    let mut spec = deck.spec("a1", &["python3", "-c", script, &long]);
    spec.directory = odd.clone();
    spec.record_to = odd.join("the log's $(x) #{y} %H");
    let record = spec.record_to.clone();
    deck.server.spawn(spec).await.unwrap();
    until("the program has ended", async || deck.seen("a1").await.unwrap().dead.is_some()).await;
    let written = fs::read_to_string(odd.join("out")).unwrap();
    assert_eq!(written, format!("{}\n$HOME #{{x}} ;\nFalse\n{long}", odd.display()));
    assert!(record.exists() && !odd.join("no").exists());
}

#[tokio::test]
async fn what_cannot_start_says_so() {
    let deck = Deck::new().await;
    let missing = deck.run("a1", &["/no/such/program"]).await;
    assert_eq!(deck.death("a1").await, Death { code: Some(127), signal: None });
    deck.shows(&missing.id, "No such file").await;
    let mut spec = deck.spec("a2", &["true"]);
    spec.directory = PathBuf::from("/no/such/place");
    assert!(matches!(deck.server.spawn(spec).await, Err(Error::NoDirectory(_))));
    for name in ["", "A", "a.b", "a:b", "a b", "=a"] {
        assert!(matches!(deck.server.spawn(deck.spec(name, &["true"])).await, Err(Error::Unfit { .. })), "{name}");
    }
}

#[tokio::test]
async fn a_death_is_pushed_with_its_code_or_signal() {
    let mut deck = Deck::new().await;
    deck.shell("a1", "read x; exit 7").await;
    let two = deck.shell("a2", "read x; kill -9 $$").await;
    let one = deck.seen("a1").await.unwrap();
    while deck.events.try_recv().is_ok() {}
    deck.server.press(&one.pane, &["Enter".parse().unwrap()], None).await.unwrap();
    // Asked for first: a death that tmux has missed is pushed once it is known.
    assert_eq!(deck.death("a1").await, Death { code: Some(7), signal: None });
    deck.expect("a death", |event| *event == Event::PaneDied).await;
    deck.server.press(&two.id, &["Enter".parse().unwrap()], None).await.unwrap();
    assert_eq!(deck.death("a2").await, Death { code: None, signal: Some(9) });
    deck.expect("a death", |event| *event == Event::PaneDied).await;
    assert!(matches!(deck.server.paste(&two.id, "x", "m1").await, Err(Error::DeadPane(_))));
    assert!(matches!(deck.server.press(&two.id, &["x".parse().unwrap()], None).await, Err(Error::DeadPane(_))));
    assert_eq!(deck.server.markers(&two.id).await.unwrap().pasted, None);
}

#[tokio::test]
async fn a_capture_has_history_colours_cursor_and_title() {
    let deck = Deck::new().await;
    let script =
        "printf '\\033]2;its title\\007'; seq 1 40; printf '\\033[31mred\\033[0m %s' \"%end 1 2 1\"; sleep 100";
    let pane = deck.shell("a1", script).await;
    deck.shows(&pane.id, "%end 1 2 1").await;
    let captured = deck.server.capture(&pane.id, Capture { colours: true, history: 10 }).await.unwrap();
    let lines: Vec<&str> = captured.contents.split("\r\n").collect();
    assert_eq!((captured.history, lines.len()), (10, 34));
    assert_eq!(lines[0].trim_end(), "8");
    assert!(lines[33].contains("\u{1b}[31mred"), "{:?}", lines[33]);
    assert_eq!((captured.columns, captured.rows, captured.cursor), (80, 24, Some((23, 14))));
    assert_eq!((captured.title.as_str(), captured.alternate), ("its title", false));
    let seen = deck.seen("a1").await.unwrap();
    assert_eq!((seen.title.as_str(), seen.piped, seen.person, seen.dead), ("its title", true, None, None));
    assert!((captured.server_second - seen.activity).abs() < 60);
    let mut grid = quarterdeck::screen::Grid::new(captured.columns, captured.rows);
    grid.load(&captured.contents, captured.cursor);
    assert!(grid.screen().contents().ends_with("red %end 1 2 1"), "{}", grid.screen().contents());
}

#[tokio::test]
async fn a_size_stays_and_the_program_is_told() {
    let deck = Deck::new().await;
    let pane = deck.shell("a1", "trap 'stty size' WINCH; echo up; while :; do sleep 0.05; done").await;
    deck.shows(&pane.id, "up").await;
    deck.server.resize(&pane.id, 100, 30).await.unwrap();
    deck.shows(&pane.id, "30 100").await;
    deck.run("a2", &["true"]).await;
    let seen = deck.seen("a1").await.unwrap();
    assert_eq!((seen.columns, seen.rows), (100, 30));
}

#[tokio::test]
async fn any_word_survives_the_line() {
    let deck = Deck::new().await;
    deck.run("a1", &["cat"]).await;
    let socket = deck.path("s");
    tokio::task::spawn_blocking(move || words_through_a_server(&socket, 300)).await.unwrap();
    assert!(deck.seen("a1").await.is_some());
    assert!(matches!(deck.server.markers(&PaneId("%x".into())).await, Err(Error::Unfit { .. })));
}

/// Sends any words to `set-buffer` through a control client, and compares what `save-buffer` writes.
fn words_through_a_server(socket: &Path, cases: usize) {
    let mut client = Command::new("tmux")
        .args(["-u", "-S"])
        .arg(socket)
        .args(["-C", "attach", "-t", "=qd-hub", "-f", "no-output,ignore-size"])
        .env_remove("TMUX")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = client.stdin.take().unwrap();
    let mut lines = BufReader::new(client.stdout.take().unwrap()).lines();
    let file = socket.with_file_name("word");
    let odd: Vec<char> = "\"'\\$;#{}()%~ \n\t\r\u{1b}\u{1}\u{7f}é🦀-=@!&|<>`*?[]^nrte0".chars().collect();
    let word = prop_oneof![
        "\\PC{1,40}",
        proptest::collection::vec(proptest::sample::select(odd), 1..30).prop_map(|word| word.into_iter().collect()),
    ];
    let mut runner = TestRunner::default();
    for case in 0..cases {
        let word: String = word.new_tree(&mut runner).unwrap().current();
        let quoted = quoted_for_control(&word);
        let line = format!(
            "set-buffer -b fuzz -- {quoted} ; save-buffer -b fuzz {} ; display-message -p done-{case}\n",
            file.display()
        );
        stdin.write_all(line.as_bytes()).unwrap();
        loop {
            let line = lines.next().unwrap().unwrap();
            assert!(!line.starts_with("%error"), "{word:?} is refused");
            if line == format!("done-{case}") {
                break;
            }
        }
        // The client writes the file in its own time.
        let deadline = Instant::now() + Duration::from_secs(20);
        while fs::read_to_string(&file).unwrap_or_default() != word {
            assert!(Instant::now() < deadline, "{word:?} became {:?}", fs::read_to_string(&file));
            std::thread::sleep(Duration::from_millis(1));
        }
    }
    client.kill().unwrap();
    client.wait().unwrap();
}

#[tokio::test]
async fn requests_are_fast_even_beside_a_flood() {
    let deck = Deck::new().await;
    let flood = deck.run("a1", &["yes"]).await;
    for name in 2..=20 {
        deck.run(&format!("a{name}"), &["sleep", "100"]).await;
    }
    let mut times = Vec::new();
    for _ in 0..100 {
        let began = Instant::now();
        deck.server.panes().await.unwrap();
        let listed = began.elapsed();
        let began = Instant::now();
        deck.server.capture(&flood.id, Capture { colours: true, history: 0 }).await.unwrap();
        times.push((listed, began.elapsed()));
    }
    let (mut list, mut capture): (Vec<_>, Vec<_>) = times.into_iter().unzip();
    list.sort();
    capture.sort();
    println!(
        "beside a flood: list p50 {:?} p99 {:?}, capture p50 {:?} p99 {:?}",
        list[50], list[99], capture[50], capture[99]
    );
    deck.server.kill(&flood.id).await.unwrap();
    assert!(list[50].as_millis() < 1000 && capture[50].as_millis() < 1000);
    let pane = deck.seen("a2").await.unwrap().pane;
    let began = Instant::now();
    for _ in 0..200 {
        deck.server.capture(&pane, Capture { colours: true, history: 0 }).await.unwrap();
    }
    let captures = began.elapsed() / 200;
    let began = Instant::now();
    for _ in 0..200 {
        deck.server.panes().await.unwrap();
    }
    println!("quiet, 20 panes: list {:?}, capture {captures:?}", began.elapsed() / 200);
}
