//! What else goes through a connection: a person's terminal, git, and a port that leads back here.

use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use nix::sys::signal::Signal;
use quarterdeck::target::ssh::Forward;

use crate::{
    sshd::{Sshd, free_port, lives, until},
    world::{Line, program},
};

/// Runs a program here and gives its output.
fn here(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().expect("runs");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

fn git(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]).args(arguments).current_dir(folder);
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
    command
}

#[tokio::test]
async fn a_terminal_runs_a_program_there_through_the_same_connection() {
    let sshd = Sshd::start("devbox");
    let line = Line::to(&sshd);
    line.up().await;
    let argv = ["printf", "%s|", "a b", "it's", "$(x)"].map(String::from);
    let local = line.ssh.terminal_argv(&argv);
    assert_eq!(here(Command::new(&local[0]).args(&local[1..])), "a b|it's|$(x)|");
    assert_eq!(sshd.connections().len(), 1, "it has a connection of its own");
    let pasted = line.ssh.paste_line(&argv);
    assert_eq!(here(Command::new("sh").args(["-c", &pasted])), "a b|it's|$(x)|", "{pasted}");
    let config = sshd.config().display().to_string();
    assert_eq!(
        line.ssh.paste_line(&["tmux".into(), "attach".into(), "-t".into(), "=a1".into()]),
        format!("ssh -t -F {config} devbox 'exec tmux attach -t '\\''=a1'\\'''")
    );
}

#[tokio::test]
async fn git_pushes_through_the_same_connection_or_not_at_all() {
    let sshd = Sshd::start("devbox");
    let line = Line::to(&sshd);
    line.up().await;
    let there = sshd.home.join("a mirror's 100%.git");
    line.host.run(program(&["git", "init", "-q", "--bare", there.to_str().expect("text")])).await.expect("runs");
    let folder = tempfile::tempdir().expect("a folder");
    here(&mut git(folder.path(), &["init", "-q", "-b", "main"]));
    here(&mut git(folder.path(), &["commit", "-q", "--allow-empty", "-m", "first"]));
    let url = line.ssh.git_url(&there);
    here(git(folder.path(), &["push", "-q", &url, "main:main"]).env("GIT_SSH_COMMAND", line.ssh.git_command()));
    let (ours, theirs) =
        (here(&mut git(folder.path(), &["rev-parse", "main"])), here(&mut git(&there, &["rev-parse", "main"])));
    assert_eq!(ours, theirs);
    assert_eq!(sshd.connections().len(), 1, "it had a connection of its own");
    // Without the socket it goes no other way, though there is one.
    let lost = line.ssh.git_command().replace(&line.control.display().to_string(), "/nowhere");
    let refused = git(folder.path(), &["push", "-q", &url, "main:other"]).env("GIT_SSH_COMMAND", lost).output();
    assert!(!refused.expect("git runs").status.success(), "it went another way");
    assert_eq!(sshd.connections().len(), 1, "it had a connection of its own");
}

#[tokio::test]
async fn a_port_there_leads_here_also_after_the_line_was_lost() {
    let mut sshd = Sshd::start("devbox");
    let door = TcpListener::bind("127.0.0.1:0").expect("a door");
    let to = door.local_addr().expect("an address");
    std::thread::spawn(move || {
        for mut caller in door.incoming().flatten() {
            let mut said = [0; 5];
            let _ = caller.read_exact(&mut said);
            let _ = caller.write_all(b"heard ");
            let _ = caller.write_all(&said);
        }
    });
    let wanted = free_port();
    let line = Line::with(&sshd, |options| options.forward = Some(Forward { port: wanted, to }));
    line.up().await;
    assert_eq!(line.ssh.forwarded_port(), Some(wanted));
    let call = |port: u16| {
        let script = format!("exec 3<>/dev/tcp/127.0.0.1/{port}; printf hello >&3; cat <&3");
        line.host.run(program(&["bash", "-c", &script]))
    };
    assert_eq!(call(wanted).await.expect("runs").stdout, b"heard hello");

    sshd.leave();
    line.down().await;
    assert_eq!(line.ssh.forwarded_port(), None);
    let taken = until("the port to be free", || TcpListener::bind(("127.0.0.1", wanted)).ok()).await;
    sshd.listen();
    line.up().await;
    let other = line.ssh.forwarded_port().expect("another port");
    assert_ne!(other, wanted);
    assert_eq!(call(other).await.expect("runs").stdout, b"heard hello");
    drop(taken);

    // Those who found it there know no other, so it stays even where the first is free again.
    sshd.leave();
    line.down().await;
    sshd.listen();
    line.up().await;
    assert_eq!(line.ssh.forwarded_port(), Some(other));
    assert!(line.ssh.lead_here(wanted).await, "another daemon had the first");
    assert_eq!(line.ssh.forwarded_port(), Some(wanted));
    for _ in 0..2 {
        for port in [wanted, other] {
            assert_eq!(call(port).await.expect("runs").stdout, b"heard hello");
            assert_eq!(line.ssh.leads_here(port), Some(true));
        }
        sshd.leave();
        line.down().await;
        assert_eq!(line.ssh.leads_here(other), None);
        sshd.listen();
        line.up().await;
        assert_eq!(line.ssh.forwarded_port(), Some(wanted));
    }
    assert!(fs::metadata(&line.control).is_ok());
}

#[tokio::test]
async fn a_host_that_has_not_noticed_the_cut_gives_the_port_back() {
    let sshd = Sshd::start("devbox");
    let door = TcpListener::bind("127.0.0.1:0").expect("a door");
    let wanted = free_port();
    let line = Line::with(&sshd, |options| {
        options.forward = Some(Forward { port: wanted, to: door.local_addr().expect("an address") });
        options.alive_interval = Duration::from_secs(1);
    });
    line.up().await;
    let stuck = sshd.connections();
    // What holds the line there keeps the port and knows nothing of the cut.
    sshd.signal(Signal::SIGSTOP);
    line.down().await;
    line.up().await;
    assert_eq!(line.ssh.forwarded_port(), Some(wanted));
    until("what held the line to end", || (!stuck.iter().any(|&pid| lives(pid))).then_some(())).await;
}
