//! However the supervisor or the terminal server dies around a paste, the agent is told at most once, and the person
//! knows when it may have been never.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use futures_util::StreamExt;
use nix::sys::signal::Signal;
use quarterdeck::domain::{Change, MessageId, SessionId, activity::Doing, message::Delivery, question::Kind};
use quarterdeck::{api::Client, config::Paths};

use crate::{
    home::Home,
    processes::{kill_nine, signal},
};

/// A moment in a delivery: so many changes of the world after it was asked for, and a little later.
#[derive(Debug, Clone, Copy)]
struct Moment {
    changes: usize,
    later: Duration,
}

fn moments(changes: std::ops::Range<usize>, later: &[u64]) -> Vec<Moment> {
    let of = |changes| later.iter().map(move |&later| Moment { changes, later: Duration::from_millis(later) });
    changes.flat_map(of).collect()
}

#[test]
fn a_message_is_typed_once_when_the_daemon_dies_before_the_paste_is_known() {
    dies_at_each_of(&moments(0..2, &[0, 1, 3, 8]), "short, and told once play:work");
}

#[test]
fn a_message_is_typed_once_when_the_daemon_dies_after_the_paste_is_known() {
    dies_at_each_of(&moments(2..5, &[0, 4, 20]), "told once play:work");
}

#[test]
fn a_large_message_is_typed_once_when_the_daemon_dies_around_its_paste() {
    let large = "a line that is one of very many, and all of them are told once\n".repeat(1_600);
    dies_at_each_of(&moments(1..4, &[0, 5]), &format!("{large}play:work"));
}

/// One message a moment, each interrupted by the daemon's death at that moment; the next daemon finishes it.
fn dies_at_each_of(moments: &[Moment], text: &str) {
    let home = Home::with("", &[("QD_STAND_IN_PACE", "0")]);
    let session = home.start(&["play:work"]);
    home.until_doing(session, Doing::YourTurn);
    let mut texts = Vec::new();
    for (number, moment) in moments.iter().enumerate() {
        let text = format!("{number}: {text}");
        let daemon = home.daemon_pid();
        let message = killed_at(&home, session, &text, daemon, *moment);
        home.done(&["ps"]);
        assert_ne!(home.daemon_pid(), daemon);
        home.until_taken_up(message);
        home.log().until_received(&text);
        texts.push(text);
    }
    // Long after the last of them nothing comes again: a further message is the next thing that arrives.
    home.until_taken_up(home.send(session, "the last word"));
    texts.push("the last word".into());
    let received = home.log().received();
    let heads = |texts: &[String]| texts.iter().map(|text| text.chars().take(20).collect()).collect::<Vec<String>>();
    assert_eq!(heads(&received[1..]), heads(&texts), "\n{}", home.account());
    assert!(received[1..] == texts, "they arrived changed");
}

/// Sends, and kills the daemon at that moment of the delivery.
fn killed_at(home: &Home, session: SessionId, text: &str, daemon: u32, moment: Moment) -> MessageId {
    let client = home.client();
    let command = quarterdeck::domain::Command::Send { session, text: text.into() };
    let message = home.ask(async {
        let revision = client.world().await?.revision;
        let mut steps = std::pin::pin!(client.changes(revision).await?);
        let quarterdeck::domain::Reply::Accepted { message, .. } = client.command(&command).await? else {
            panic!("it is no answer to a message");
        };
        let mut seen = 0;
        while seen < moment.changes {
            let Some(Ok(step)) = steps.next().await else { break };
            let concerns = |change: &Change| matches!(change, Change::Message(changed) if changed.id == message);
            seen += step.changes.iter().filter(|change| concerns(change)).count();
            let over = |change: &Change| {
                matches!(change, Change::Message(changed) if changed.id == message && changed.delivery.is_final())
            };
            if step.changes.iter().any(over) {
                break;
            }
        }
        Ok(message)
    });
    let since = Instant::now();
    while since.elapsed() < moment.later {
        std::hint::spin_loop();
    }
    kill_nine(daemon);
    message
}

#[test]
fn whatever_was_acknowledged_arrives_once_and_in_order_while_daemons_die_all_the_time() {
    let home = Home::with("", &[("QD_STAND_IN_PACE", "0")]);
    let session = home.start(&["play:work"]);
    home.until_doing(session, Doing::YourTurn);
    let over = AtomicBool::new(false);
    let mut acknowledged = Vec::new();
    let mut asked = Vec::new();
    std::thread::scope(|scope| {
        scope.spawn(|| kill_daemons_until(&home.paths(), &over));
        let _over = Over(&over);
        for number in 0..24 {
            let text = format!("{number}: said while daemons die play:work");
            let ended = home.run_with_input(&["send", &session.to_string(), "-"], text.as_bytes());
            if ended.code == 0 {
                acknowledged.push(text.clone());
            }
            asked.push(text);
        }
    });
    assert!(acknowledged.len() > 2, "hardly anything was acknowledged: {acknowledged:?}");
    home.done(&["ps"]);
    home.until_taken_up(home.send(session, "the last word"));
    let received = home.log().received();
    let of_asked: Vec<&String> = received.iter().filter(|text| asked.contains(text)).collect();
    assert!(of_asked.is_sorted_by_key(|text| asked.iter().position(|other| other == *text)), "{received:#?}");
    for text in &asked {
        let times = home.log().times_received(text);
        // Without an acknowledgement it may have been kept or not, but never twice.
        let wanted = if acknowledged.contains(text) { 1..=1 } else { 0..=1 };
        assert!(wanted.contains(&times), "{text:?} was received {times} times\n{}", home.account());
    }
}

/// Dropped, it is over, with a panic too.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Kills whatever daemon there is, some moments after it listens.
fn kill_daemons_until(paths: &Paths, over: &AtomicBool) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let client = Client::new(paths);
    let mut moments = [5, 60, 150, 20, 300, 90, 220, 40].into_iter().cycle();
    while !over.load(Ordering::Relaxed) {
        let Ok(status) = runtime.block_on(client.status()) else {
            std::thread::yield_now();
            continue;
        };
        std::thread::sleep(Duration::from_millis(moments.next().unwrap_or_default()));
        kill_nine(status.pid);
    }
}

#[test]
fn a_paste_that_tmux_does_after_the_daemon_has_died_is_not_done_again() {
    let home = Home::with("", &[("QD_STAND_IN_PACE", "0")]);
    let session = home.start(&["play:work"]);
    home.until_doing(session, Doing::YourTurn);
    for number in 0..3 {
        // tmux sleeps while it is asked to paste, so the daemon can't know whether it did.
        let text = format!("{number}: told once by a sleepy tmux play:work");
        let (daemon, tmux) = (home.daemon_pid(), home.tmux_pid());
        signal(tmux, Signal::SIGSTOP);
        let message = home.send(session, &text);
        until_delivery(&home, message, "typing");
        kill_nine(daemon);
        if number == 1 {
            home.done(&["ps"]);
            signal(tmux, Signal::SIGCONT);
        } else {
            signal(tmux, Signal::SIGCONT);
            home.done(&["ps"]);
        }
        home.until_taken_up(message);
        home.log().until_received(&text);
        home.until_taken_up(home.send(session, "and on play:work"));
        assert_eq!(home.log().times_received(&text), 1, "{:?}", home.log().received());
    }
}

fn until_delivery(home: &Home, message: MessageId, label: &str) {
    home.until(&format!("{message} is {label}"), |world| {
        world.messages.get(&message).filter(|message| message.delivery.label() == label).map(drop)
    });
}

#[test]
fn when_tmux_dies_before_it_is_known_to_have_pasted_the_person_is_asked() {
    let home = Home::with("", &[("QD_STAND_IN_PACE", "0")]);
    let session = home.start(&["play:work"]);
    home.until_doing(session, Doing::YourTurn);
    let tmux = home.tmux_pid();
    signal(tmux, Signal::SIGSTOP);
    let message = home.send(session, "may be lost play:work");
    until_delivery(&home, message, "typing");
    kill_nine(tmux);
    let doubt = home.until_asked(session, Kind::Delivery);
    let vanished = home.until_asked(session, Kind::Vanished);
    assert_eq!(home.log().times_received("may be lost play:work"), 0);
    home.answer(&vanished, "Resume the conversation");
    home.until_doing(session, Doing::YourTurn);
    // Nothing is typed while the person has not said so.
    assert_eq!(home.log().times_received("may be lost play:work"), 0);
    home.answer(&doubt, "Send it again");
    home.until_taken_up(message);
    assert_eq!(home.log().times_received("may be lost play:work"), 1);
}

#[test]
fn when_tmux_dies_with_a_text_in_the_box_the_person_can_leave_it() {
    let home = Home::with("", &[("QD_STAND_IN_PLAY", "play:swallow-enter"), ("QD_STAND_IN_PACE", "0")]);
    let session = home.start(&["play:work"]);
    home.until_doing(session, Doing::YourTurn);
    let message = home.send(session, "stands in the box play:work");
    until_delivery(&home, message, "submitted");
    kill_nine(home.tmux_pid());
    let doubt = home.until_asked(session, Kind::Delivery);
    assert!(doubt.text.contains("stands in the box"), "{doubt:?}");
    home.answer(&doubt, "Leave it");
    let vanished = home.until_asked(session, Kind::Vanished);
    home.answer(&vanished, "Resume the conversation");
    home.until_doing(session, Doing::YourTurn);
    let ended = home.run(&["send", "--wait", &session.to_string(), "the next play:work"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    let told = home.log().received();
    assert_eq!(told, ["play:work", "the next play:work"]);
    let left = home.detail(session).messages.into_iter().find(|found| found.id == message).expect("kept");
    assert!(matches!(left.delivery, Delivery::Failed { .. }), "{left:?}");
}

#[test]
fn when_daemon_and_tmux_die_in_the_middle_the_person_is_asked() {
    let home = Home::with("", &[("QD_STAND_IN_PACE", "0")]);
    let session = home.start(&["play:work"]);
    home.until_doing(session, Doing::YourTurn);
    let (daemon, tmux) = (home.daemon_pid(), home.tmux_pid());
    signal(tmux, Signal::SIGSTOP);
    let message = home.send(session, "lost with both play:work");
    until_delivery(&home, message, "typing");
    kill_nine(daemon);
    kill_nine(tmux);
    home.done(&["ps"]);
    home.until_asked(session, Kind::Delivery);
    home.until_asked(session, Kind::Vanished);
    assert_eq!(home.log().times_received("lost with both play:work"), 0);
}
