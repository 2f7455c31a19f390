//! The line to a host is cut at any byte of whatever is under way, by the death of what holds it there or by its standing
//! still: nothing is taken for finished because of it, and everything goes on when it is back, once.

use std::process::Stdio;

use quarterdeck::{
    demo::stand_in::log::Entry,
    domain::{SessionId, activity::Doing, pull_request},
};

use super::{
    away::Away,
    cut::{Cut, Means::*, is_alive},
};
use crate::{
    ended::Ended,
    home::until_gone,
    repository::Repository,
    sshd::wire::Way::{Home, There},
    wait::until_true,
};

#[test]
fn a_message_whose_way_is_cut_at_any_byte_arrives_whole_and_once() {
    let mut cut = Cut::new();
    let session = cut.away.start("h1", &["first play:work"]);
    cut.away.home.until_doing(session, Doing::YourTurn);
    let large = "a line that is one of very many, and all of them are told once\n".repeat(800);
    let mut texts = vec![format!("measured {large}play:work")];
    let (whole, ()) = cut.measure(There, |away| {
        away.home.until_taken_up(away.home.send(session, &texts[0]));
    });
    cut.away.home.until_doing(session, Doing::YourTurn);
    for (number, point) in [
        (There, 300, Killed),
        (There, whole / 4, Stopped),
        (There, whole / 2, StoppedAndKilled),
        (There, whole * 4 / 5, Killed),
        // The paste may be done, and its answer lost.
        (Home, 1_000, Killed),
    ]
    .into_iter()
    .enumerate()
    {
        let text = format!("{number}: {large}play:work");
        let message = cut.at(point, |away| away.home.send(session, &text), |away, _| is_alive(away, session));
        cut.away.home.until_taken_up(message);
        cut.away.home.until_doing(session, Doing::YourTurn);
        texts.push(text);
    }
    cut.away.home.until_taken_up(cut.away.home.send(session, "the last word"));
    texts.push("the last word".into());
    let received = cut.away.home.log().received();
    let heads = |texts: &[String]| texts.iter().map(|text| text.chars().take(20).collect()).collect::<Vec<String>>();
    assert_eq!(heads(&received[1..]), heads(&texts), "\n{}", cut.away.home.account());
    assert!(received[1..] == texts, "they arrived changed");
}

#[test]
fn a_start_that_is_cut_at_any_byte_makes_one_workspace_and_one_agent() {
    let mut cut = Cut::new();
    let root = cut.away.home.path().join("app");
    let start = |away: &Away, number: usize| {
        let repository = Repository { home: &away.home, folder: root.clone() };
        repository.write("noise", &noise(number, 120_000));
        repository.git(&["add", "."]);
        repository.git(&["commit", "--quiet", "--message", "more"]);
        away.start("h1", &["--repo", repository.path(), &format!("{number}: write it play:work")])
    };
    let _ = Repository::with_one_commit(&cut.away.home, "app");
    let whole = |away: &Away, number: usize| {
        let session = start(away, number);
        away.home.until_doing(session, Doing::YourTurn);
        has_begun_once(away, session, number);
    };
    // The first one makes the mirror.
    whole(&cut.away, 0);
    let (there, ()) = cut.measure(There, |away| whole(away, 1));
    for (number, point) in [
        // While it is asked what is there.
        (There, 1_500, Killed),
        // While the commits are on their way.
        (There, there / 4, StoppedAndKilled),
        (There, there / 2, Stopped),
        // While the workspace is made, and the program started.
        (There, there - 20_000, Killed),
        (There, there - 10_000, Killed),
    ]
    .into_iter()
    .enumerate()
    {
        let number = number + 2;
        let session = cut.at(
            point,
            |away| start(away, number),
            |away, session| {
                let state = away.home.state(*session);
                assert!(!state.is_final(), "{session} is {}", state.label());
                assert!(
                    away.home.world().questions_of(*session).next().is_none(),
                    "{session} asks the person something"
                );
            },
        );
        cut.away.home.until_doing(session, Doing::YourTurn);
        has_begun_once(&cut.away, session, number);
    }
}

/// There is one workspace of it, clean, one pane, and one program in that which was told its prompt once.
fn has_begun_once(away: &Away, session: SessionId, others: usize) {
    let prompt = format!("{others}: write it play:work");
    assert_eq!(away.home.log().times_received(&prompt), 1, "{}", away.home.account());
    let started = away.home.log().entries().into_iter().filter(|entry| matches!(entry, Entry::Start { .. })).count();
    assert_eq!(started, others + 1, "{}", away.home.account());
    assert_eq!(away.home.detail(session).attempts.len(), 1);
    let sessions = away.tmux("h1", &["list-sessions", "-F", "#{session_name}"]);
    assert_eq!(sessions.lines().filter(|name| name.starts_with('a')).count(), others + 1, "{sessions}");
    let world = away.home.world();
    let workspace = &world.workspaces[&world.sessions[&session].workspace.expect("a workspace")];
    assert_eq!(away.git("h1", &workspace.path, &["status", "--porcelain"]), "");
    let noise = std::fs::read_to_string(workspace.path.join("noise")).expect("read");
    assert!(noise.starts_with(&format!("{others} ")), "it starts from what there was");
    let worktrees = away.git("h1", &workspace.path, &["worktree", "list"]);
    assert_eq!(worktrees.lines().count(), others + 2, "{worktrees}");
    let branches = away.git("h1", &workspace.path, &["for-each-ref", "refs/heads"]);
    assert_eq!(branches.lines().count(), others + 1, "{branches}");
}

#[test]
fn a_cancel_that_is_cut_at_any_byte_ends_all_of_it_and_nothing_else() {
    let mut cut = Cut::new();
    let sessions: Vec<SessionId> =
        (0..5).map(|number| cut.away.start("h1", &[&format!("{number} play:work")])).collect();
    let pids: Vec<u32> = sessions.iter().map(|&session| cut.away.home.pane_pid(session)).collect();
    sessions.iter().for_each(|&session| cut.away.home.until_doing(session, Doing::YourTurn));
    let cancel = |away: &Away, number: usize| drop(away.home.done(&["cancel", &sessions[number].to_string()]));
    let ended = |away: &Away, number: usize| {
        away.home.until_state(sessions[number], "canceled");
        until_gone("its processes", &[pids[number]]);
        let name = format!("a{}", number + 1);
        until_true("its pane is closed", || {
            !away.tmux("h1", &["list-sessions", "-F", "#{session_name}"]).lines().any(|pane| pane == name)
        });
    };
    let (there, ()) = cut.measure(There, |away| {
        cancel(away, 0);
        ended(away, 0);
    });
    for (number, point) in [
        (There, 200, Killed),
        (There, there / 3, StoppedAndKilled),
        (There, there * 2 / 3, Stopped),
        (There, there * 5 / 6, Killed),
    ]
    .into_iter()
    .enumerate()
    {
        let others: Vec<SessionId> = sessions[number + 2..].to_vec();
        cut.at(
            point,
            |away| cancel(away, number + 1),
            |away, ()| {
                others.iter().for_each(|&other| is_alive(away, other));
            },
        );
        ended(&cut.away, number + 1);
        for other in others {
            cut.away.home.until_doing(other, Doing::YourTurn);
        }
        assert!(pids[number + 2..].iter().all(|&pid| crate::processes::lives(pid)), "others live on");
    }
}

#[test]
fn a_publication_that_is_cut_at_any_byte_is_not_there_or_there_whole() {
    let mut cut = Cut::new();
    let folder = cut.away.home.path().join("app");
    let _ = Repository::with_one_commit(&cut.away.home, "app");
    let session = cut.away.start("h1", &["--repo", folder.to_str().expect("text"), "write it play:work"]);
    cut.away.home.until_doing(session, Doing::YourTurn);
    let world = cut.away.home.world();
    let workspace = world.workspaces[&world.sessions[&session].workspace.expect("a workspace")].clone();
    let branch = workspace.branch.clone().expect("a branch");
    let commit = |away: &Away, number: usize| {
        std::fs::write(workspace.path.join("made there"), noise(number, 120_000)).expect("written");
        away.git("h1", &workspace.path, &["add", "--all"]);
        away.git("h1", &workspace.path, &["commit", "--quiet", "-m", "made there"]);
        away.git("h1", &workspace.path, &["rev-parse", "HEAD"]).trim().to_owned()
    };
    let publish = |away: &Away| {
        let words = ["pr", "publish", &session.to_string(), "--forge", "local", "--wait"];
        away.home.qd_command(&words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs")
    };
    let tip = |away: &Away| {
        let repository = Repository { home: &away.home, folder: folder.clone() };
        repository.git(&["for-each-ref", "--format=%(objectname)", &format!("refs/heads/{branch}")])
    };
    let mut published = commit(&cut.away, 0);
    let (home, ended) = cut.measure(Home, |away| Ended::of(publish(away)));
    assert_eq!(ended.code, 0, "{ended:?}");
    for (number, point) in [
        (Home, 400, Killed),
        (Home, home / 2, StoppedAndKilled),
        (Home, home * 2 / 3, Stopped),
        (Home, home * 4 / 5, Killed),
    ]
    .into_iter()
    .enumerate()
    {
        let head = commit(&cut.away, number + 1);
        let (before, branch) = (published.clone(), branch.clone());
        let child = cut.at(point, publish, |away, _| {
            is_alive(away, session);
            let stands = tip(away);
            assert!(stands == before || stands == head, "{branch} stands at {stands}");
            let repository = Repository { home: &away.home, folder: folder.clone() };
            repository.git(&["fsck", "--connectivity-only", &stands]);
        });
        let ended = Ended::of(child);
        if ended.code != 0 {
            assert!(ended.notices.contains("h1"), "it says what happened: {ended:?}");
            let again = Ended::of(publish(&cut.away));
            assert_eq!(again.code, 0, "{again:?}");
        }
        assert_eq!(tip(&cut.away), head);
        let offers: Vec<_> = cut.away.home.world().pull_requests.into_values().collect();
        assert_eq!(offers.len(), 1, "{offers:?}");
        assert_eq!((&offers[0].head, &offers[0].state), (&Some(head.clone()), &pull_request::State::Open));
        let repository = Repository { home: &cut.away.home, folder: folder.clone() };
        assert_eq!(repository.git(&["for-each-ref", "refs/quarterdeck/coming"]), "");
        published = head;
    }
}

/// Text that does not pack well, with this number before it.
fn noise(number: usize, length: usize) -> String {
    let mut state = u32::try_from(number).expect("small") + 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        char::from(b' ' + (state % 95) as u8)
    };
    format!("{number} ") + &(0..length).map(|_| next()).collect::<String>()
}
