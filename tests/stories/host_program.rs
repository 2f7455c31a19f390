//! The script that stands for `qd` on a host, run by agents like the program itself and judged by what comes of it.

use std::{
    io::Write,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use quarterdeck::{
    agent::equipment::host,
    api::wire::agents::Told,
    domain::{
        AttemptId, SessionId,
        activity::Doing,
        question::{Kind, State},
    },
};
use serde_json::json;

use crate::{
    actor::{Actor, Dialect},
    ended::Ended,
    home::Home,
    host_means::Means,
    wait::until,
};

/// Tells the story with all means, beside each other: most of a story is waiting.
fn with_all_means(story: impl Fn(Means) + Sync) {
    std::thread::scope(|scope| {
        let story = &story;
        for means in Means::all() {
            scope.spawn(move || story(means));
        }
    });
}

const CURL: Means = Means { shell: "sh", way: "curl" };

#[test]
fn a_permission_is_given_and_refused_by_all_means() {
    with_all_means(|means| {
        let actor = Actor::on_a_host(Dialect::Claude, means, "play:bash play:bash");
        let first = actor.until_it_asks(&[]);
        assert_eq!((first.kind, first.detail.as_str()), (Kind::Permission, "touch made.txt"), "{means:?}");
        actor.answer(&first, &["yes"]);
        let taken = actor.until_answered(1);
        assert_eq!((&taken["by"], &taken["decision"]), (&json!("hook"), &json!({"behavior": "allow"})), "{means:?}");
        let second = actor.until_it_asks(&[first.id]);
        actor.answer(&second, &["--text", "häng it «elsewhere» \\ \"there\""]);
        let refused = json!({"behavior": "deny", "message": "häng it «elsewhere» \\ \"there\""});
        assert_eq!(actor.until_answered(2)["decision"], refused, "{means:?}");
        assert_eq!(actor.printed().len(), 2, "{means:?}");
    });
}

#[test]
fn questions_of_codex_are_answered_through_the_script() {
    let actor = Actor::on_a_host(Dialect::Codex, CURL, "play:form play:parallel");
    let form = actor.until_it_asks_all(2);
    form.iter().zip(["Blue", "Large"]).for_each(|(question, label)| actor.home.answer(question, label));
    assert_eq!(actor.until_answered(1)["by"], "hook");
    // Two hooks of one agent wait at once.
    let commands = actor.until_it_asks_all(2);
    actor.answer(&commands[1], &["yes"]);
    actor.answer(&commands[0], &["no"]);
    let taken = [actor.until_answered(2), actor.until_answered(3)];
    let decided = |tool: &str| {
        let taken = taken.iter().find(|taken| taken["tool"] == tool).expect("both are answered");
        taken["decision"]["behavior"].clone()
    };
    let of = |number: usize| decided(commands[number].detail.as_str());
    assert_eq!((of(1), of(0)), (json!("allow"), json!("deny")));
}

#[test]
fn who_waits_gets_the_answer_from_the_next_daemon_by_all_means() {
    with_all_means(|means| {
        let actor = Actor::on_a_host(Dialect::Claude, means, "play:bash");
        let question = actor.until_it_asks(&[]);
        actor.home.kill_daemon();
        actor.answer(&question, &["yes"]);
        assert_eq!(actor.until_answered(1)["decision"], json!({"behavior": "allow"}), "{means:?}");
        let settled = actor.until_settled();
        assert!(matches!(settled.as_slice(), [State::Answered { .. }]), "{means:?}: {settled:?}");
    });
}

#[test]
fn a_question_that_is_refused_in_the_pane_is_withdrawn() {
    let actor = Actor::on_a_host(Dialect::Claude, CURL, "play:bash");
    actor.until_it_asks(&[]);
    actor.press("Escape");
    let settled = actor.until_settled();
    assert!(matches!(settled.as_slice(), [State::Withdrawn { .. }]), "{settled:?}");
}

/// A session whose agent is equipped with the script, which the tests run in its place.
struct Equipped {
    home: Home,
    session: SessionId,
    attempt: AttemptId,
    root: PathBuf,
}

impl Equipped {
    fn with(means: Means) -> Self {
        let home = Home::new();
        let session = home.start(&["play:endless"]);
        home.until_doing(session, Doing::Working);
        let attempt = home.until("it has an attempt", |world| Some(world.attempt_of(session)?.id));
        let root = means.equip(&home.path().join("a host"));
        Self { home, session, attempt, root }
    }

    fn folder(&self) -> PathBuf {
        self.home.paths().attempt(self.attempt)
    }

    fn spool(&self) -> PathBuf {
        self.folder().join("spool.jsonl")
    }

    /// The script with these arguments, as the session's agent runs it, with the door at this port.
    fn command(&self, port: u16, arguments: &[&str]) -> Command {
        let token = std::fs::read_to_string(self.folder().join("token")).expect("a token");
        let mut command = Command::new(host::program(&self.root));
        command
            .args(arguments)
            .env_clear()
            .env("PATH", self.root.join("tools"))
            .env("HOME", self.home.path().join("home"))
            .env("QD_DOOR", format!("http://127.0.0.1:{port}"))
            .env("QD_TOKEN", token)
            .env("QD_SPOOL", self.spool());
        command
    }

    /// Starts it with this on its standard input.
    fn begin(&self, port: u16, arguments: &[&str], input: &[u8]) -> Child {
        let mut command = self.command(port, arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("it runs");
        child.stdin.take().expect("a pipe").write_all(input).expect("it reads");
        child
    }

    fn run(&self, port: u16, arguments: &[&str], input: &[u8]) -> Ended {
        Ended::of(self.begin(port, arguments, input))
    }

    fn port(&self) -> u16 {
        let port = std::fs::read_to_string(self.home.paths().agents_port()).expect("a port");
        port.trim().parse().expect("a number")
    }

    /// Everything that was told, as the daemon keeps it.
    fn told(&self) -> Vec<Told> {
        let text = std::fs::read_to_string(self.folder().join("signals.jsonl")).unwrap_or_default();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    fn spooled(&self) -> Vec<Told> {
        lines(&self.spool())
    }
}

fn lines(file: &Path) -> Vec<Told> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).expect("a whole line")).collect()
}

/// A payload of about a mebibyte, in which everything stands that quoting could lose.
fn large(name: &str) -> String {
    let odd = "ä€𝄞 \\ \" ' $(x) `x` %s \u{1}\t\r\n".repeat(40_000);
    json!({ "hook_event_name": name, "prompt": odd }).to_string()
}

/// Nobody listens there.
fn nobody() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr()).expect("a port").port()
}

#[test]
fn what_is_told_at_once_arrives_whole_by_all_means() {
    with_all_means(|means| {
        let equipped = Equipped::with(means);
        let payloads = [large("NoSuchHook"), "{\"hook_event_name\":\"Other\",\"x\":\"ä€𝄞 \\\\ %s\"}\n".into()];
        let begun =
            payloads.each_ref().map(|payload| equipped.begin(equipped.port(), &["hook", "claude"], payload.as_bytes()));
        for child in begun {
            let ended = Ended::of(child);
            assert_eq!((ended.code, ended.output.as_str(), ended.notices.as_str()), (0, "", ""), "{means:?}");
        }
        let kept = until("both are kept", || {
            let told: Vec<String> = equipped.told().into_iter().map(|told| told.payload).collect();
            (told.iter().filter(|text| text.contains("NoSuchHook") || text.contains("Other")).count() == 2)
                .then_some(told)
        });
        assert!(kept.iter().any(|kept| kept == payloads[1].trim_end()), "{means:?}: {:?}", kept.last());
        let whole = format!("({} bytes in all)", payloads[0].len());
        assert!(kept.iter().any(|kept| kept.ends_with(&whole)), "{means:?}: all of it arrives");
    });
}

#[test]
fn what_nobody_hears_is_kept_and_heard_later() {
    with_all_means(|means| {
        let equipped = Equipped::with(means);
        equipped.home.kill_daemon();
        let (silent, port) = (TcpListener::bind(("127.0.0.1", 0)).expect("bound"), nobody());
        let silent = (silent.local_addr().expect("an address").port(), silent).0;
        let payload = large("Notification");
        let begun = Instant::now();
        for port in [port, silent] {
            let ended = equipped.run(port, &["hook", "claude"], payload.as_bytes());
            assert_eq!((ended.code, ended.output.as_str(), ended.notices.as_str()), (0, "", ""), "{means:?}");
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{means:?}: an agent is kept for {:?}", begun.elapsed());
        let stop = json!({ "hook_event_name": "Stop", "last_assistant_message": "bye" }).to_string();
        equipped.run(port, &["hook", "claude"], stop.as_bytes());
        let spooled: Vec<String> = equipped.spooled().into_iter().map(|told| told.payload).collect();
        assert!(spooled == [payload.clone(), payload, stop.clone()], "{means:?}: {} lines", spooled.len());
        equipped.home.done(&["ps"]);
        equipped.home.until_doing(equipped.session, Doing::YourTurn);
        until("it is kept with the rest", || equipped.told().iter().any(|told| told.payload == stop).then_some(()));
    });
}

#[test]
fn many_that_nobody_hears_are_all_kept() {
    let equipped = Equipped::with(CURL);
    let port = nobody();
    let payload = |number: usize| format!("{{\"n\":{number},\"x\":\"{}\"}}", "y".repeat(30_000));
    let begun: Vec<Child> =
        (0..12).map(|number| equipped.begin(port, &["hook", "codex"], payload(number).as_bytes())).collect();
    begun.into_iter().for_each(|child| assert_eq!(Ended::of(child).code, 0));
    let mut kept: Vec<String> = equipped.spooled().into_iter().map(|told| told.payload).collect();
    let mut all: Vec<String> = (0..12).map(payload).collect();
    kept.sort();
    all.sort();
    assert!(kept == all, "{} of 12 lines", kept.len());
}

#[test]
fn a_hook_waits_no_longer_than_its_agent_lives() {
    let equipped = Equipped::with(CURL);
    let ask = json!({ "hook_event_name": "PermissionRequest", "tool_name": "Bash", "tool_input": { "command": "ls" },
        "session_id": "x" });
    let file = equipped.home.path().join("ask");
    std::fs::write(&file, ask.to_string()).expect("written");
    // The shell is the agent: it lives for as long as its own input is open.
    let mut agent = Command::new("/bin/sh");
    agent.arg("-c").arg("\"$PROGRAM\" hook claude <\"$ASK\" & read -r line");
    agent.envs(equipped.command(equipped.port(), &[]).get_envs().filter_map(|(name, value)| Some((name, value?))));
    agent.env("ASK", file).env("PROGRAM", host::program(&equipped.root)).stdin(Stdio::piped());
    let mut agent = agent.spawn().expect("it runs");
    let question = equipped.home.until_asked(equipped.session, Kind::Permission);
    agent.kill().expect("killed");
    agent.wait().expect("it is dead");
    equipped.home.until("nobody waits", |world| {
        (!world.questions.get(&question.id).is_some_and(|question| question.state.is_open())).then_some(())
    });
}

#[test]
fn every_word_of_qd_signal_is_understood() {
    let equipped = Equipped::with(CURL);
    let words: [&[&str]; 11] = [
        &["working", "--note", "a \"quoted\" \\ word\nand ä"],
        &["your-turn", "--background", "a build", "--background=a test"],
        &["asking", "--note", "which one?"],
        &["compacting"],
        &["retrying", "--class", "rate-limit", "--until", "5m", "--note", "429"],
        &["failed"],
        &["interrupted"],
        &["used", "--model", "m", "--requests", "1", "--input=7", "--cache-read", "3"],
        &["progress", "--note", "half"],
        &["ended", "--note=bye"],
        &["done", "--note", "all of it"],
    ];
    for word in words {
        let ended = equipped.run(equipped.port(), &[&["signal"], word].concat(), b"");
        assert_eq!((ended.code, ended.notices.as_str()), (0, ""), "{word:?}");
    }
    let first = equipped.told().into_iter().find(|told| told.path == "/signal").expect("it is kept");
    let said: serde_json::Value = serde_json::from_str(&first.payload).expect("JSON");
    assert_eq!(said, json!({"says": "working", "note": "a \"quoted\" \\ word\nand ä"}));
    for (wrong, code) in
        [(&["dancing"][..], 2), (&["working", "--until", "5m"], 2), (&["failed", "--class", "tired"], 4)]
    {
        assert_eq!(equipped.run(equipped.port(), &[&["signal"], wrong].concat(), b"").code, code, "{wrong:?}");
    }
    let mut outside = equipped.command(equipped.port(), &["signal", "done"]);
    outside.env_remove("QD_TOKEN").stdout(Stdio::piped()).stderr(Stdio::piped());
    assert_eq!(Ended::of(outside.spawn().expect("it runs")).code, 2);
    let unheard = equipped.run(nobody(), &["signal", "done"], b"");
    assert_eq!((unheard.code, equipped.spooled().len()), (0, 1), "{unheard:?}");
}

#[test]
fn a_status_line_is_heard_and_drawn_by_the_persons_own_command() {
    let equipped = Equipped::with(CURL);
    let own = "read -r line; printf '%s|%s|' \"${QD_TOKEN:-none}\" \"$line\"";
    std::fs::write(equipped.folder().join("status-line.sh"), own).expect("written");
    let status = json!({ "session_id": "x", "model": { "id": "m", "display_name": "M" }, "cwd": "/",
        "context_window": { "context_window_size": 100, "current_usage": { "input_tokens": 10 } } });
    let ended = equipped.run(equipped.port(), &["hook", "claude", "--status-line"], status.to_string().as_bytes());
    assert_eq!((ended.code, ended.output), (0, format!("none|{status}|")));
    equipped
        .home
        .until("its context is known", |world| world.metered.get(&equipped.attempt)?.meter.context.as_ref().map(drop));
}

#[test]
fn the_door_is_found_where_it_has_moved_to() {
    let equipped = Equipped::with(CURL);
    let door = host::door(&equipped.root);
    std::fs::create_dir_all(door.parent().expect("a folder")).expect("a folder");
    std::fs::write(&door, format!("127.0.0.1:{}\n", equipped.port())).expect("written");
    let stop = json!({ "hook_event_name": "Stop", "last_assistant_message": "bye" }).to_string();
    assert_eq!(equipped.run(nobody(), &["hook", "claude"], stop.as_bytes()).code, 0);
    equipped.home.until_doing(equipped.session, Doing::YourTurn);
    // It speaks to nobody beyond this machine.
    for elsewhere in ["127.0.0.1.example.org:80", "192.0.2.1:80", "127.0.0.1:80/x", "127.0.0.1:"] {
        std::fs::write(&door, elsewhere).expect("written");
        let ended = equipped.run(equipped.port(), &["signal", "working"], b"");
        assert_eq!(ended.code, 2, "{elsewhere}: {ended:?}");
    }
}
