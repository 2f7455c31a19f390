//! Cancel is final and whole.

use quarterdeck::{
    demo::stand_in::log::Entry,
    domain::{Command, Reply, activity::Doing, session::Role},
};

use crate::{
    home::{Home, begun_in, folder_of, until_gone},
    processes::{lives, of_agents},
    wait::until,
};

#[test]
fn a_cancel_ends_the_agent_and_every_process_that_came_from_it() {
    let home = Home::new();
    let session = home.start(&["play:stubborn"]);
    let children = home.log().until_logged("the agent has stubborn children", |entry| match entry {
        Entry::Children { pids } => Some(pids.clone()),
        _ => None,
    });
    let agent = home.log().newest_pid();
    assert!(children.len() == 3 && children.iter().all(|&pid| lives(pid)), "{children:?}");
    home.done(&["cancel", &session.to_string()]);
    assert_eq!(home.state(session).label(), "canceled", "the state is final at once");
    until_gone("the agent and its children", &[&[agent], &children[..]].concat());
    home.until("the attempt is over", |world| world.attempt_of(session)?.state.is_ended().then_some(()));
    assert_eq!(of_agents(&home.qd_home()), Vec::<u32>::new());
}

#[test]
fn a_cancel_ends_what_forked_twice_and_left_session_and_environment() {
    let home = Home::new();
    let script = "(setsid sh -c 'trap \"\" HUP TERM INT; echo $$ > twice; exec sleep 600' </dev/null >/dev/null 2>&1 &); \
                  (nohup sh -c 'trap \"\" HUP TERM INT; echo $$ > nohup; exec sleep 600' </dev/null >/dev/null 2>&1 &); \
                  env -i sh -c 'trap \"\" HUP TERM INT; echo $$ > bare; exec /bin/sleep 600' & wait";
    let session = home.start_with("shell", &[script]);
    let folder = folder_of(&home, session);
    let pids = ["twice", "nohup", "bare"].map(|name| {
        until(&format!("{name} runs"), || std::fs::read_to_string(folder.join(name)).ok()?.trim().parse::<u32>().ok())
    });
    assert!(pids.iter().all(|&pid| lives(pid)));
    home.done(&["cancel", &session.to_string()]);
    until_gone("all of them", &pids);
}

#[test]
fn a_late_success_changes_nothing_in_a_canceled_session() {
    let home = Home::with("[sessions]\nstop_grace_ms = 5000\n", &[]);
    let session =
        home.start_with("shell", &["trap 'echo late > late; exit 0' TERM; echo > begun; while :; do sleep 0.01; done"]);
    let folder = begun_in(&home, session);
    home.done(&["cancel", &session.to_string()]);
    until("it ends in its own way, and late", || folder.join("late").exists().then_some(()));
    home.until("the attempt is over", |world| world.attempt_of(session)?.state.is_ended().then_some(()));
    assert_eq!(home.state(session).label(), "canceled");
    let refused = home.run(&["done", &session.to_string()]);
    assert_eq!(refused.code, 4, "{refused:?}");
    let refused = home.run(&["send", &session.to_string(), "still there?"]);
    assert_eq!(refused.code, 4, "{refused:?}");
    assert_eq!(home.state(session).label(), "canceled");
}

#[test]
fn children_and_dependents_follow_a_cancel() {
    let home = Home::new();
    let first = home.start(&["play:endless"]);
    let objective = home.detail(first).objective.id;
    let after = home.start(&["--objective", &objective.to_string(), "--after", &first.to_string(), "what follows"]);
    let child = Command::NewSession {
        objective,
        prompt: "play:endless".into(),
        title: None,
        agent: None,
        target: None,
        labels: Vec::new(),
        role: Role::Worker,
        repository: None,
        workspace: None,
        depends_on: Vec::new(),
        parent: Some(first),
    };
    let Reply::Created { session: child, .. } = home.command(&child) else { panic!("it is created") };
    home.until_doing(child, Doing::Working);
    let pids = [first, child].map(|session| home.pane_pid(session));
    assert_eq!(home.state(after).label(), "queued");
    home.done(&["cancel", &first.to_string()]);
    let states = [first, after, child].map(|session| home.state(session).label());
    assert_eq!(states, ["canceled"; 3]);
    until_gone("both agents", &pids);
    assert_eq!(home.log().received().len(), 2, "what followed was never started");
}

#[test]
fn a_cancel_in_the_middle_of_a_start_leaves_nothing_behind() {
    let home = Home::new();
    let sessions: Vec<_> = (0..4).map(|_| home.start(&["play:endless"])).collect();
    let objectives: Vec<_> = sessions.iter().map(|&session| home.detail(session).objective.id.to_string()).collect();
    let mut arguments = vec!["cancel"];
    arguments.extend(objectives.iter().map(String::as_str));
    home.done(&arguments);
    for &session in &sessions {
        assert_eq!(home.state(session).label(), "canceled");
        home.until("the attempt is over", |world| {
            world.attempt_of(session).is_none_or(|attempt| attempt.state.is_ended()).then_some(())
        });
    }
    until("no agent is left", || of_agents(&home.qd_home()).is_empty().then_some(()));
    assert_eq!(home.tmux(&["list-panes", "-a", "-F", "#{session_name}"]).matches("a").count(), 0);
}

#[test]
fn done_ends_the_agent_and_keeps_its_word() {
    let home = Home::new();
    let session = home.start(&["play:work"]);
    home.until_doing(session, Doing::YourTurn);
    let agent = home.log().newest_pid();
    home.done(&["done", &session.to_string()]);
    assert_eq!(home.state(session).label(), "succeeded");
    until_gone("the agent", &[agent]);
    assert_eq!(home.state(session).label(), "succeeded");
    assert!(home.transcript(session).iter().any(|line| line.contains("再試行")), "what it showed is kept");
}
