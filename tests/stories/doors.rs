//! One daemon a home, whoever starts it; everybody sees the same; only its owner gets in.

use std::{
    io::{Read, Write},
    os::unix::{fs::PermissionsExt, net::UnixListener},
    path::Path,
    process::Stdio,
};

use futures_util::StreamExt;
use quarterdeck::{
    api::wire::Step,
    demo::stand_in::log::Entry,
    domain::{Command, activity::Doing},
};

use crate::{
    ended::Ended,
    home::{Home, begun_in, until_gone},
    processes::{command_line, lives, of_home},
};

#[test]
fn commands_that_come_at_once_start_one_daemon() {
    let home = Home::new();
    let commands: Vec<_> = (0..6)
        .map(|_| {
            let mut command = home.qd_command(&["ps"]);
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs")
        })
        .collect();
    for command in commands {
        let ended = Ended::of(command);
        assert_eq!(ended.code, 0, "{ended:?}");
    }
    let pid = home.daemon_pid();
    let daemons: Vec<u32> =
        of_home(&home.qd_home()).into_iter().filter(|&pid| command_line(pid).contains("daemon run")).collect();
    assert_eq!(daemons, [pid]);
    let second = home.run(&["daemon", "run"]);
    assert_eq!(second.code, 4, "{second:?}");
    assert!(second.notices.contains("another daemon serves"), "{second:?}");
    assert_eq!(home.daemon_pid(), pid);
}

#[test]
fn everybody_who_follows_sees_the_same() {
    let home = Home::new();
    home.done(&["ps"]);
    let (one, other) = (home.client(), home.client());
    let (seen, seen_by_other, mut world) = home.ask(async {
        let world = one.world().await?;
        let first = one.changes(world.revision).await?;
        let second = other.changes(world.revision).await?;
        let prompt = "both see this play:work";
        let command: Command = serde_json::from_value(serde_json::json!({
            "command": "new_objective", "prompt": prompt, "agent": "stand-in", "workspace": "scratch",
        }))
        .expect("a command");
        one.command(&command).await?;
        Ok((until_your_turn(first).await, until_your_turn(second).await, world))
    });
    let both = seen.len().min(seen_by_other.len());
    assert!(both > 3, "{seen:#?}");
    assert_eq!(seen[..both], seen_by_other[..both]);
    let revisions: Vec<u64> = seen.iter().map(|step| step.revision).collect();
    assert!(revisions.windows(2).all(|pair| pair[0] < pair[1]), "{revisions:?}");
    let last = seen.last().expect("a step").revision;
    seen.into_iter().flat_map(|step| step.changes).for_each(|change| world.apply(change));
    world.revision = last;
    let now = home.world();
    if now.revision == last {
        assert_eq!(world, now, "who applies the changes holds the world");
    }
}

async fn until_your_turn(
    steps: impl futures_util::Stream<Item = Result<Step, quarterdeck::api::client::Error>>,
) -> Vec<Step> {
    let mut steps = std::pin::pin!(steps);
    let mut seen = Vec::new();
    while let Some(step) = steps.next().await {
        let step = step.expect("a step");
        let over = step.changes.iter().any(|change| {
            matches!(change, quarterdeck::domain::Change::Session(session) if session.activity.doing == Doing::YourTurn)
        });
        seen.push(step);
        if over {
            break;
        }
    }
    seen
}

#[test]
fn agents_go_on_when_the_daemon_is_stopped_or_restarted() {
    let home = Home::new();
    let session = home.start(&["play:endless"]);
    home.until_doing(session, Doing::Working);
    let (agent, daemon) = (home.log().newest_pid(), home.daemon_pid());
    home.done(&["daemon", "stop"]);
    until_gone("the daemon", &[daemon]);
    assert!(lives(agent));
    assert_eq!(home.run(&["daemon", "status"]).code, 3, "asking whether it runs does not start it");
    home.done(&["ps"]);
    home.until_doing(session, Doing::Working);
    home.done(&["daemon", "restart"]);
    home.until_taken_up(home.send(session, "you are still there"));
    assert!(lives(agent));
    assert_eq!(home.log().newest_pid(), agent);
}

#[test]
fn a_daemon_of_another_version_is_named_with_the_way_out() {
    let home = Home::new();
    home.paths().create().expect("made");
    let listener = UnixListener::bind(home.paths().socket()).expect("bound");
    std::thread::spawn(move || {
        // The door of a later version: it answers, and says which language it speaks.
        while let Ok((mut stream, _)) = listener.accept() {
            let _ = stream.read(&mut [0; 4096]);
            let body = r#"{"version":"9.0.0","protocol":999,"build":"x","pid":1,"started_at":0,"state":"/","revision":0,
                "tmux":{"tmux":"disconnected","reason":"","since":0},"live_sessions":0}"#;
            let _ =
                write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
        }
    });
    let ended = home.run(&["ps"]);
    assert_eq!(ended.code, 4, "{ended:?}");
    assert!(ended.notices.contains("version 999 of the protocol"), "{ended:?}");
    assert!(ended.notices.contains("qd daemon restart") && ended.notices.contains("agents go on"), "{ended:?}");
}

#[test]
fn a_rebuilt_qd_says_so_and_restarts_the_daemon_when_told() {
    let home = Home::new();
    let session = home.start(&["play:endless"]);
    home.until_doing(session, Doing::Working);
    let (agent, daemon) = (home.log().newest_pid(), home.daemon_pid());
    let rebuilt = home.path().join("rebuilt");
    std::fs::copy(env!("CARGO_BIN_EXE_qd"), &rebuilt).expect("copied");
    let run = |arguments: &[&str]| {
        let mut command = home.program(&rebuilt);
        Ended::of(command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs"))
    };
    let ended = run(&["ps"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(ended.notices.contains("another build") && ended.notices.contains("qd daemon restart"), "{ended:?}");
    assert_eq!(home.daemon_pid(), daemon);
    let ended = run(&["ps", "--restart-daemon"]);
    assert_eq!((ended.code, ended.notices.as_str()), (0, ""), "{ended:?}");
    assert_ne!(home.daemon_pid(), daemon);
    home.until_taken_up(home.send(session, "who is your captain?"));
    assert_eq!(home.log().newest_pid(), agent);
}

#[test]
fn who_waits_for_an_outcome_gets_it_from_the_next_daemon_too() {
    let home = Home::new();
    let mut command = home.qd_command(&["new", "--agent", "shell", "--workspace", "scratch", "--wait"]);
    command.arg("echo > begun; while ! [ -e gate ]; do sleep 0.01; done; exit 0");
    let waiting = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    let session = home.until("it is started", |world| world.sessions.keys().next().copied());
    let folder = begun_in(&home, session);
    home.kill_daemon();
    std::fs::write(folder.join("gate"), "").expect("written");
    let ended = Ended::of(waiting);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(ended.output.contains("succeeded"), "{ended:?}");
}

#[test]
fn two_homes_live_side_by_side() {
    let homes = [Home::new(), Home::new()];
    let sessions = [0, 1].map(|number| homes[number].start(&["play:stubborn"]));
    let agents = [0, 1].map(|number| {
        homes[number].log().until_logged("it is stubborn", |entry| match entry {
            Entry::Children { pids } => Some(pids.clone()),
            _ => None,
        })
    });
    assert_eq!(sessions[0], sessions[1], "the same names in both");
    homes[0].done(&["cancel", &sessions[0].to_string()]);
    until_gone("those of the first", &agents[0]);
    assert!(agents[1].iter().all(|&pid| lives(pid)));
    assert_eq!(homes[1].state(sessions[1]).label(), "running");
}

#[test]
fn sockets_and_folders_are_the_persons_alone() {
    let home = Home::new();
    let session = home.start(&["play:work"]);
    home.until_doing(session, Doing::YourTurn);
    let paths = home.paths();
    let mode = |path: &Path| std::fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!(mode(&paths.socket()), 0o600);
    assert_eq!(mode(&paths.tmux_socket()) & 0o077, 0);
    for folder in [&paths.state, &paths.runtime, &paths.recordings(), &paths.workspaces(), &paths.logs()] {
        assert_eq!(mode(folder), 0o700, "{folder:?}");
    }
}

#[test]
fn no_command_line_of_ours_tells_what_was_said() {
    let home = Home::with("", &[("QD_STAND_IN_PACE", "0")]);
    let session = home.start(&["prompt-secret play:work"]);
    home.until_doing(session, Doing::YourTurn);
    home.until_taken_up(home.send(session, "steer-secret play:work"));
    let agent = home.log().newest_pid();
    for pid in of_home(&home.qd_home()) {
        let line = command_line(pid);
        assert!(!line.contains("steer-secret"), "{pid} {line}");
        assert!(pid == agent || !line.contains("prompt-secret"), "{pid} {line}");
    }
    let logs = std::fs::read_dir(home.paths().logs()).expect("listed").flatten();
    for log in logs {
        let text = std::fs::read_to_string(log.path()).unwrap_or_default();
        assert!(!text.contains("steer-secret"), "{:?} tells what was said", log.path());
    }
}
