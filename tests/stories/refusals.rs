//! What makes no sense is refused with a reason and an exit code, and has changed nothing.

use std::{
    io::{Read, Write},
    os::unix::net::UnixStream,
};

use quarterdeck::domain::activity::Doing;

use crate::{home::Home, repository::Repository};

#[test]
fn what_makes_no_sense_is_refused_and_changes_nothing() {
    let home = Home::new();
    let empty = Repository::empty(&home, "empty");
    let work = home.work();
    let work = work.to_str().expect("text");
    home.done(&["ps"]);
    let before = home.world();
    let new = ["new", "--agent", "stand-in", "--workspace", "scratch"];
    let with = |more: &[&'static str]| [&new[..], more].concat();
    let cases: Vec<(Vec<&str>, i32, &str)> = vec![
        (with(&[""]), 2, "no text"),
        (with(&["  \n "]), 2, "no text"),
        (vec!["new", "--agent", "nobody", "--workspace", "scratch", "x"], 3, "there is no agent nobody"),
        (vec!["new", "--agent", "No Body", "x"], 2, "agent"),
        (vec!["new", "--agent", "stand-in", "--repo", "/there/is/none", "x"], 3, "/there/is/none"),
        (vec!["new", "--agent", "stand-in", "--repo", work, "x"], 4, "not in a git repository"),
        (vec!["new", "--agent", "stand-in", "--repo", empty.path(), "x"], 4, "commit"),
        (vec!["new", "--agent", "stand-in", "--target", "moon", "--workspace", "scratch", "x"], 3, "moon"),
        (vec!["new", "--agent", "stand-in", "--objective", "o9", "x"], 3, "o9"),
        (vec!["new", "--agent", "stand-in", "--manager", "x"], 4, "manager"),
        (vec!["send", "s9", "x"], 3, "s9"),
        (vec!["send", "nine", "x"], 2, "nine"),
        (vec!["cancel", "s9"], 3, "s9"),
        (vec!["done", "o9"], 3, "o9"),
        (vec!["resume", "s9"], 3, "s9"),
        (vec!["interrupt", "s9"], 3, "s9"),
        (vec!["show", "m9"], 3, "m9"),
        (vec!["show", "x9"], 2, "x9"),
        (vec!["show", "s99999999999999999999"], 2, "s9999"),
        (vec!["transcript", "s9"], 3, "s9"),
        (vec!["screen", "s9"], 3, "s9"),
        (vec!["attach", "s9"], 3, "s9"),
        (vec!["answer", "q9", "1"], 3, "q9"),
        (vec!["reclaim", "w9"], 3, "w9"),
        (vec!["target", "drain", "moon"], 3, "moon"),
    ];
    for (arguments, code, words) in cases {
        let ended = home.run(&arguments);
        assert_eq!(ended.code, code, "qd {arguments:?}: {ended:?}");
        assert!(ended.notices.contains(words), "qd {arguments:?} does not say {words:?}: {ended:?}");
        assert_eq!(ended.output, "", "qd {arguments:?}");
    }
    assert_eq!(home.world(), before);
}

#[test]
fn a_text_that_is_too_large_or_no_text_is_refused_whole() {
    let home = Home::new();
    let session = home.start(&["play:work"]);
    home.until_doing(session, Doing::YourTurn);
    let count = home.detail(session).messages.len();
    let large = vec![b'x'; (1 << 20) + 1];
    for (input, words) in [(&large[..], "1 MiB"), (b"\xff\xfe no text", "UTF-8"), (b"\0\x07\x1b", "empty")] {
        for arguments in [&["send", "s1", "-"][..], &["new", "--agent", "stand-in", "--workspace", "scratch", "-"]] {
            let ended = home.run_with_input(arguments, input);
            assert_eq!(ended.code, 2, "{words}: {ended:?}");
            assert!(ended.notices.contains(words), "{words}: {ended:?}");
        }
    }
    assert_eq!(home.detail(session).messages.len(), count);
    assert_eq!(home.world().sessions.len(), 1);
}

#[test]
fn control_characters_never_reach_an_agent_as_keys() {
    let home = Home::with("", &[("QD_STAND_IN_PACE", "0")]);
    let session = home.start(&["play:work"]);
    home.until_doing(session, Doing::YourTurn);
    let message = home.send(session, "before\0 \x1b[201~\x03\x04\r\nafter\x1b]0;title\x07 \u{9b}31m \x7f end\r");
    home.until_taken_up(message);
    assert_eq!(home.log().received()[1..], ["before [201~\nafter]0;title 31m  end"]);
    let prompt =
        home.run_with_input(&["new", "--agent", "stand-in", "--workspace", "scratch", "-"], b"a\0b\x1b[31m play:work");
    assert_eq!(prompt.code, 0, "{prompt:?}");
    home.log().until_received("ab[31m play:work");
}

#[test]
fn a_door_that_is_spoken_to_in_nonsense_goes_on() {
    let home = Home::new();
    home.done(&["ps"]);
    let pid = home.daemon_pid();
    let post = |body: &str| {
        format!(
            "POST /v1/commands HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
             connection: close\r\n\r\n{body}",
            body.len()
        )
    };
    let requests = [
        ("\0\0\0 nonsense\r\n\r\n".to_owned(), "400"),
        ("GET /v9/moon HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".to_owned(), "404"),
        (post("{"), "400"),
        (post("{\"command\":\"fly\"}"), "4"),
        (post("{\"command\":\"send\",\"session\":\"s0\",\"text\":\"x\"}"), "4"),
    ];
    for (request, status) in requests {
        let mut stream = UnixStream::connect(home.paths().socket()).expect("it listens");
        stream.write_all(request.as_bytes()).expect("written");
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{request:?} was answered {answer:?}");
    }
    assert_eq!(home.daemon_pid(), pid);
}
