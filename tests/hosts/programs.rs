//! Programs on a host: what is given to them arrives, what they say comes back, and none is left behind.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use quarterdeck::target::{Error, Program, Status};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    task::JoinSet,
    time::timeout,
};

use crate::{
    sshd::{PATIENCE, Sshd, delay::Delay, lives, until},
    world::{Line, program},
};

#[tokio::test]
async fn everything_that_a_program_is_promised_holds_there() {
    let sshd = Sshd::start("devbox");
    let line = Line::to(&sshd);

    let mut given =
        program(&["sh", "-c", "printf '%s|' \"$@\"; pwd; echo \"$A\"; echo ${B-unset}; cat; echo oops >&2; exit 7"]);
    given.argv.extend(["sh", "", "a b", "-n", "$(x)", "'\"\\!", "ü\n", "*"].map(Into::into));
    let folder = sshd.home.join("a folder\nwith 'all'");
    fs::create_dir(&folder).expect("made");
    given.directory = Some(folder.clone());
    given.environment = vec![("A".into(), "one\n'two'".into()), ("B".into(), "set".into())];
    given.without = vec!["B".into()];
    given.input = b"in\0put\xff".to_vec();
    let output = line.host.run(given).await.expect("runs");
    let expected = format!("|a b|-n|$(x)|'\"\\!|ü\n|*|{}\none\n'two'\nunset\n", folder.display());
    assert_eq!(output.stdout, [expected.as_bytes(), b"in\0put\xff"].concat());
    assert_eq!((output.stderr.as_slice(), output.status), (&b"oops\n"[..], Status::Exited(7)));

    let home = line.host.run(program(&["pwd"])).await.expect("runs").stdout;
    assert_eq!(Path::new(std::str::from_utf8(&home).expect("text").trim_end()), sshd.home);
    for (script, status) in [
        ("exit 127", Status::Exited(127)),
        ("exit 255", Status::Exited(255)),
        ("exit 137", Status::Exited(137)),
        ("kill -9 $$", Status::Signaled(None)),
    ] {
        let output = line.host.run(program(&["sh", "-c", script])).await.expect("runs");
        assert_eq!(output.status, status, "{script}");
    }

    let missing = line.host.run(program(&["no-such-program"])).await.expect_err("missing");
    assert!(matches!(&missing, Error::NotFound { path, .. } if path.contains("/bin")), "{missing}");
    fs::write(sshd.home.join("plain"), "text").expect("written");
    let plain = line.host.run(program(&["./plain"])).await.expect_err("no program");
    assert!(matches!(plain, Error::Permission(_)), "{plain}");
    let mut nowhere = program(&["true"]);
    nowhere.directory = Some("/not/there".into());
    assert!(matches!(line.host.run(nowhere).await, Err(Error::NoDirectory(_))));

    let mut long = program(&["cat"]);
    long.input = vec![b'x'; 3 << 20];
    let output = line.host.run(long).await.expect("runs");
    assert_eq!((output.stdout.len(), output.truncated), (1 << 20, true));
    let mut unread = program(&["true"]);
    unread.input = vec![b'x'; 3 << 20];
    assert!(line.host.run(unread).await.expect("runs").succeeded());

    let mut heard = Vec::new();
    let both = program(&["sh", "-c", "echo one; echo two >&2; echo three; exit 3"]);
    let status = line.host.run_together(both, |bytes| heard.extend_from_slice(bytes)).await.expect("runs");
    assert_eq!((status, String::from_utf8_lossy(&heard).as_ref()), (Status::Exited(3), "one\ntwo\nthree\n"));

    assert_eq!(line.host.find("sh").await.expect("asked").expect("there").file_name(), Some("sh".as_ref()));
    assert_eq!(line.host.find("no-such-program").await.expect("asked"), None);
    assert_eq!(line.host.variable("HOME").await.expect("asked"), Some(sshd.home.clone().into()));
    assert_eq!(line.host.variable("NO_SUCH_VARIABLE").await.expect("asked"), None);
    assert_eq!(line.ssh.facts().expect("reached").home, sshd.home);
}

#[tokio::test]
async fn programs_have_a_locale_with_utf_8_where_the_host_has_one() {
    let sshd = Sshd::start("devbox");
    let line = Line::to(&sshd);
    let there = line.host.run(program(&["locale", "-a"])).await.expect("runs").stdout;
    let has = String::from_utf8_lossy(&there).lines().any(|name| ["C.UTF-8", "C.utf8"].contains(&name));
    let charmap = line.host.run(program(&["locale", "charmap"])).await.expect("runs").stdout;
    assert!(!has || charmap == b"UTF-8\n", "{}", String::from_utf8_lossy(&charmap));
}

#[tokio::test]
async fn what_a_login_shell_prints_is_no_output_of_a_program() {
    let sshd = Sshd::start("devbox");
    fs::write(sshd.home.join(".bashrc"), "echo welcome; printf 'no line break'\n").expect("written");
    fs::write(sshd.home.join(".profile"), "echo welcome\n").expect("written");
    let line = Line::to(&sshd);
    assert_eq!(line.host.run(program(&["echo", "said"])).await.expect("runs").stdout, b"said\n");
}

#[tokio::test]
async fn a_program_that_is_late_or_forgotten_ends_there_with_its_whole_group() {
    let sshd = Sshd::start("devbox");
    let line = Line::to(&sshd);
    line.up().await;
    let pids = |name: &str| {
        let text = fs::read_to_string(sshd.home.join(name)).unwrap_or_default();
        let pids: Vec<u32> = text.split_whitespace().filter_map(|pid| pid.parse().ok()).collect();
        (pids.len() == 2).then_some(pids)
    };
    let deaf = |name: &str| {
        let script = format!("trap '' TERM; (trap '' TERM; exec sleep 600) & echo $! $$ > {name}; sleep 600; :");
        program(&["sh", "-c", &script])
    };
    let mut late = deaf("late");
    late.deadline = Duration::from_millis(1500);
    let error = line.host.run(late).await.expect_err("is late");
    assert!(matches!(error, Error::TimedOut { .. }), "{error}");
    let late = pids("late").expect("it was started");
    until("a late program to end", || late.iter().all(|&pid| !lives(pid)).then_some(())).await;

    let host = line.host.clone();
    let program = deaf("forgotten");
    let running = tokio::spawn(async move { host.run(program).await });
    let forgotten = until("a program to start", || pids("forgotten")).await;
    running.abort();
    until("a forgotten program to end", || forgotten.iter().all(|&pid| !lives(pid)).then_some(())).await;
    assert!(line.ssh.link().borrow().is_up());
}

#[tokio::test]
async fn what_a_program_leaves_behind_does_not_hold_it_up() {
    let sshd = Sshd::start("devbox");
    let line = Line::to(&sshd);
    line.up().await;
    let start = Instant::now();
    let output = line.host.run(program(&["sh", "-c", "sleep 20 & echo $!"])).await.expect("runs");
    assert!(start.elapsed() < Duration::from_secs(10));
    let pid: u32 = String::from_utf8_lossy(&output.stdout).trim().parse().expect("a number");
    assert!(lives(pid));
    crate::sshd::send(pid, nix::sys::signal::Signal::SIGKILL);
}

#[tokio::test]
async fn thirty_programs_at_once_share_one_connection() {
    let sshd = Sshd::start("devbox");
    let line = Line::to(&sshd);
    line.up().await;
    let mut runs = JoinSet::new();
    for number in 0..30 {
        let host = line.host.clone();
        runs.spawn(async move {
            let output = host.run(program(&["echo", &number.to_string()])).await.expect("runs");
            assert_eq!(output.stdout, format!("{number}\n").as_bytes());
        });
    }
    let all = timeout(PATIENCE, runs.join_all()).await;
    all.expect("in time");
    assert_eq!(sshd.connections().len(), 1);
}

#[tokio::test]
async fn a_program_talks_for_as_long_as_somebody_listens() {
    let sshd = Sshd::start("devbox");
    let line = Line::to(&sshd);
    let mut channel = line.host.open(program(&["sh", "-c", "echo $$; cat; exit 3"])).await.expect("opens");
    let mut lines = BufReader::new(channel.output).lines();
    let mut next =
        async || timeout(PATIENCE, lines.next_line()).await.expect("in time").expect("read").expect("a line");
    next().await;
    for said in ["one", "two"] {
        channel.input.write_all(format!("{said}\n").as_bytes()).await.expect("written");
        assert_eq!(next().await, said);
    }
    drop(channel.input);
    assert_eq!(timeout(PATIENCE, channel.life.ended()).await.expect("in time").expect("ends"), Status::Exited(3));

    let mut dropped =
        line.host.open(program(&["sh", "-c", "trap '' HUP; echo $$; exec sleep 600"])).await.expect("opens");
    let mut pid = String::new();
    BufReader::new(&mut dropped.output).read_line(&mut pid).await.expect("read");
    let pid: u32 = pid.trim().parse().expect("a number");
    assert!(lives(pid));
    drop(dropped);
    until("what nobody holds to end", || (!lives(pid)).then_some(())).await;
    assert!(matches!(line.host.open(program(&["no-such-program"])).await, Err(Error::NotFound { .. })));
}

#[tokio::test]
async fn a_program_costs_two_round_trips() {
    const WAY: Duration = Duration::from_millis(50);
    let sshd = Sshd::start("devbox");
    let long = Delay::to(sshd.port, WAY).await;
    sshd.person(long.port, "");
    sshd.know(long.port, &sshd.host_key());
    let line = Line::to(&sshd);
    line.up().await;
    let mut shortest = Duration::MAX;
    for _ in 0..5 {
        let start = Instant::now();
        assert!(line.host.run(program(&["true"])).await.expect("runs").succeeded());
        shortest = shortest.min(start.elapsed());
    }
    // One to open the channel, one to run the program.
    assert!(shortest >= WAY * 4, "{shortest:?}");
    assert!(shortest < WAY * 6, "{shortest:?}");
    let trip = line.ssh.round_trip().expect("measured");
    assert!(trip >= WAY * 2 && trip < WAY * 3, "{trip:?}");
    let mut read = program(&["cat"]);
    read.input = b"fed without waiting".to_vec();
    let start = Instant::now();
    line.host.run(Program { ..read }).await.expect("runs");
    assert!(start.elapsed() < WAY * 7, "{:?}", start.elapsed());
}

#[tokio::test]
async fn any_words_arrive_as_they_are() {
    const PROGRAMS: usize = 12;
    let sshd = Sshd::start("devbox");
    let line = Line::to(&sshd);
    line.up().await;
    let words = prop::collection::vec(
        prop_oneof![
            "[^\\x00]{0,40}",
            "[-'\"\\\\!$`(){};&|<>*?~#%^ \n\t=\\[\\]]{0,12}",
            Just("$(touch never)".to_owned()),
            Just("`touch never`".to_owned()),
            Just("--".to_owned()),
            Just(String::new()),
        ],
        0..60,
    );
    let mut runner = TestRunner::default();
    for _ in 0..PROGRAMS {
        let words: Vec<String> = words.new_tree(&mut runner).expect("drawn").current();
        let mut asked = program(&["sh", "-c", r#"for word; do printf '%s\0' "$word"; done"#, "sh"]);
        asked.argv.extend(words.iter().cloned());
        let value = words.concat();
        asked.environment = vec![("VALUE".into(), value.clone())];
        let arrived = line.host.run(asked).await.expect("runs").stdout;
        let expected: Vec<u8> = words.iter().flat_map(|word| [word.as_bytes(), b"\0"].concat()).collect();
        assert!(arrived == expected, "{words:?} arrived as {:?}", String::from_utf8_lossy(&arrived));
        let mut asked = program(&["sh", "-c", r#"printf %s "$VALUE""#]);
        asked.environment = vec![("VALUE".into(), value.clone())];
        assert!(line.host.run(asked).await.expect("runs").stdout == value.as_bytes(), "{value:?}");
    }
    let left = fs::read_dir(&sshd.home).expect("listed").flatten().map(|entry| entry.file_name());
    assert_eq!(left.collect::<Vec<_>>(), [""; 0], "something was run");
}

#[tokio::test]
async fn lengthy_programs_hold_nobody_else_up() {
    let sshd = Sshd::start("devbox");
    let line = Line::to(&sshd);
    line.up().await;
    let mut lengthy = JoinSet::new();
    for _ in 0..8 {
        let host = line.host.clone();
        lengthy.spawn(async move {
            let mut program = program(&["sleep", "600"]);
            program.deadline = Duration::from_secs(900);
            host.run_together(program, |_| ()).await
        });
    }
    tokio::task::yield_now().await;
    let mut quick = program(&["true"]);
    quick.deadline = Duration::from_secs(15);
    for _ in 0..5 {
        assert!(line.host.run(quick.clone()).await.expect("runs").succeeded());
    }
    lengthy.shutdown().await;
}
