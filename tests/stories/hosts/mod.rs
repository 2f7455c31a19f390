//! Sessions on other machines, as much like those here as can be, and what becomes of them when the line is cut, the host
//! goes down, or it was never fit.

mod away;
mod changes;
mod cut;
mod cuts;
mod disks;
mod fetched;
mod joining;
mod keys;
mod lost;
mod telling;

use nix::sys::signal::Signal;
use quarterdeck::domain::{activity::Doing, message::Delivery, question::Kind, target::Link};

use crate::{
    home::until_gone,
    processes::lives,
    repository::Repository,
    sshd::Sshd,
    wait::{until, until_true},
};
use away::Away;

#[test]
fn a_session_lives_its_whole_life_on_a_host() {
    let away = Away::with(&["h1"]);
    let home = &away.home;
    let session = away.start("h1", &["first play:work"]);
    home.until_doing(session, Doing::YourTurn);
    let world = home.world();
    let workspace = world.sessions[&session].workspace.expect("a workspace");
    let folder = world.workspaces[&workspace].path.clone();
    assert!(folder.starts_with(&away.hosts[0].home), "{folder:?} is on the host");
    assert!(folder.join("proof").exists() || folder.is_dir(), "the agent worked there");
    let message = home.send(session, "and then this play:work");
    home.until_taken_up(message);
    assert_eq!(home.log().times_received("and then this play:work"), 1);
    home.until_doing(session, Doing::YourTurn);
    let screen = home.done(&["screen", &session.to_string()]);
    assert!(screen.contains("and then this"), "{screen}");
    let why = home.done(&["why", &session.to_string()]);
    assert!(why.contains("waits for your next message"), "{why}");
    let pid = home.pane_pid(session);
    assert!(lives(pid));
    home.done(&["cancel", &session.to_string()]);
    home.until_state(session, "canceled");
    until_gone("the agent's processes on the host", &[pid]);
    until_true("its pane is closed", || !away.tmux("h1", &["list-sessions"]).contains("a1"));
}

#[test]
fn a_line_that_is_cut_ends_nothing_and_what_was_said_meanwhile_arrives_once() {
    let mut away = Away::with(&["h1"]);
    let session = away.start("h1", &["first play:work"]);
    away.home.until_doing(session, Doing::YourTurn);
    let pid = away.home.pane_pid(session);
    away.host("h1").leave();
    away.until_away("h1");
    away.home.until_doing(session, Doing::Unreachable);
    assert_eq!(away.home.state(session).label(), "running", "a host that went away is no end of the work");
    let id = session.to_string();
    let why = away.home.done(&["why", &id]);
    assert!(why.contains("unreachable") && !why.contains("lives"), "nothing is known of what runs there: {why}");
    let screen = away.home.run(&["screen", &id]);
    assert!(screen.notices.contains("h1 can't be reached"), "{screen:?}");
    let message = away.home.send(session, "said while it was away play:work");
    let queued =
        away.home.until("it is kept", |world| world.messages.get(&message).map(|found| found.delivery.clone()));
    assert!(matches!(queued, Delivery::Queued { .. }), "{queued:?}");
    assert!(lives(pid), "its agent goes on");
    away.host("h1").listen();
    away.until_up("h1");
    away.home.until_taken_up(message);
    assert_eq!(away.home.log().times_received("said while it was away play:work"), 1);
    away.home.until_doing(session, Doing::YourTurn);
    assert_eq!(away.home.pane_pid(session), pid, "the same program, never started again");
}

#[test]
fn what_is_canceled_while_its_host_is_away_is_ended_when_it_is_back() {
    let mut away = Away::with(&["h1"]);
    let session = away.start("h1", &["first play:work"]);
    away.home.until_doing(session, Doing::YourTurn);
    let pid = away.home.pane_pid(session);
    away.host("h1").leave();
    away.until_away("h1");
    away.home.done(&["cancel", &session.to_string()]);
    away.home.until_state(session, "canceled");
    assert!(lives(pid), "nobody can end it now");
    // A daemon that comes later knows what it has to do as well.
    away.home.kill_daemon();
    away.home.done(&["ps"]);
    away.host("h1").listen();
    away.until_up("h1");
    until_gone("the agent's processes on the host", &[pid]);
}

#[test]
fn a_host_that_was_started_anew_has_nothing_left_and_that_is_said() {
    let mut away = Away::with(&["h1"]);
    let session = away.start("h1", &["first play:work"]);
    away.home.until_doing(session, Doing::YourTurn);
    away.reboot("h1");
    let asked = away.home.until_asked(session, Kind::Vanished);
    assert!(asked.text.contains("its machine went down"), "{asked:?}");
    away.until_up("h1");
    let other = away.start("h1", &["another play:work"]);
    away.home.until_doing(other, Doing::YourTurn);
}

#[test]
fn a_daemon_that_was_killed_is_followed_by_one_that_adopts_what_lives_on_hosts() {
    let away = Away::with(&["h1"]);
    let session = away.start("h1", &["first play:work"]);
    away.home.until_doing(session, Doing::YourTurn);
    let pid = away.home.pane_pid(session);
    away.home.kill_daemon();
    away.home.done(&["ps"]);
    away.until_up("h1");
    away.home.until_doing(session, Doing::YourTurn);
    assert_eq!(away.home.pane_pid(session), pid);
    let message = away.home.send(session, "after it all play:work");
    away.home.until_taken_up(message);
    assert_eq!(away.home.log().times_received("after it all play:work"), 1);
}

#[test]
fn a_host_that_hangs_holds_up_nobody_else() {
    let mut away = Away::with(&["h1", "h2"]);
    let (far, near) = (away.start("h1", &["one play:work"]), away.start("h2", &["two play:work"]));
    away.home.until_doing(far, Doing::YourTurn);
    away.home.until_doing(near, Doing::YourTurn);
    away.host("h1").signal(Signal::SIGSTOP);
    let message = away.home.send(near, "beside it play:work");
    away.home.until_taken_up(message);
    let here = away.home.start(&["here play:work"]);
    away.home.until_doing(here, Doing::YourTurn);
    away.until_away("h1");
    away.host("h1").signal(Signal::SIGCONT);
    away.until_up("h1");
    away.home.until_doing(far, Doing::YourTurn);
}

#[test]
fn a_host_without_tmux_takes_nothing_and_says_what_to_do() {
    // Everything that this machine has, but tmux.
    let programs = tempfile::tempdir().expect("a folder");
    for folder in ["/usr/bin", "/bin"] {
        for program in std::fs::read_dir(folder).expect("listed").flatten() {
            if program.file_name() != "tmux" {
                let _ = std::os::unix::fs::symlink(program.path(), programs.path().join(program.file_name()));
            }
        }
    }
    let host = Sshd::with("bare", &format!("SetEnv PATH={}", programs.path().display()));
    let away = Away::to(vec![host]);
    away.add("bare");
    let link = away.until_link("bare", "unfit", |link| matches!(link, Link::Unfit { .. }));
    let Link::Unfit { reason, .. } = link else { unreachable!("it was waited for") };
    assert!(reason.contains("tmux"), "{reason}");
}

#[test]
fn work_in_a_repository_is_done_there_and_comes_home() {
    let away = Away::with(&["h1"]);
    let repository = Repository::with_one_commit(&away.home, "app");
    repository.write("carried", "only here\n");
    std::fs::write(away.home.path().join("exclude"), "carried\n").expect("written");
    let excludes = away.home.path().join("exclude").display().to_string();
    repository.git(&["config", "core.excludesFile", &excludes]);
    let written = format!("[repository.app]\npath = {:?}\ncopy = [\"carried\"]\n", repository.path());
    std::fs::write(away.home.qd_home().join("config/repositories.toml"), written).expect("written");
    let before = repository.fingerprint();
    let session = away.start("h1", &["--repo", repository.path(), "write it play:work"]);
    away.home.until_doing(session, Doing::YourTurn);
    let world = away.home.world();
    let workspace = &world.workspaces[&world.sessions[&session].workspace.expect("a workspace")];
    assert!(workspace.path.starts_with(&away.hosts[0].home), "{:?}", workspace.path);
    std::fs::write(workspace.path.join("new file"), "made there\n").expect("written");
    let diff = away.home.done(&["diff", &session.to_string()]);
    assert!(diff.contains("new file") && diff.contains("made there"), "{diff}");
    assert_eq!(repository.fingerprint(), before, "nothing of the person's has changed");
    assert!(!repository.git(&["worktree", "list"]).contains("/home/.local/"), "its worktree is the host's mirror's");
    assert!(folder_has(&workspace.path, "carried", "only here\n"), "what the setup copies was carried there");
    // What is committed there becomes a branch here, and a pull request of this machine.
    away.git("h1", &workspace.path, &["add", "--all"]);
    away.git("h1", &workspace.path, &["commit", "--quiet", "-m", "made there"]);
    away.home.done(&["pr", "publish", &session.to_string(), "--forge", "local", "--wait"]);
    let branch = workspace.branch.clone().expect("a branch");
    assert!(repository.git(&["show", &format!("{branch}:new file")]).contains("made there"));
    away.home.done(&["done", &session.to_string()]);
    until_true("its workspace goes, since all of it is here", || {
        away.home.run(&["reclaim", &workspace.id.to_string()]);
        !workspace.path.exists()
    });
    assert!(repository.git(&["show", &format!("{branch}:new file")]).contains("made there"));
}

fn folder_has(folder: &std::path::Path, name: &str, text: &str) -> bool {
    std::fs::read_to_string(folder.join(name)).is_ok_and(|found| found == text)
}

#[test]
fn the_line_to_attach_leads_into_the_pane_on_the_host() {
    let away = Away::with(&["h1"]);
    let session = away.start("h1", &["first play:work"]);
    away.home.until_doing(session, Doing::YourTurn);
    let mut person = crate::person::Person::at(&away.home, &["attach", &session.to_string()]);
    person.until_drawn("first");
    person.press(b"typed by hand play:work\r");
    until("it arrived", || (away.home.log().times_received("typed by hand play:work") == 1).then_some(()));
    person.press(b"\x1d");
    person.until_ended();
}
