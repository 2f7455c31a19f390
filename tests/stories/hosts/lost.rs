//! Everything on the way to a host is lost and nothing says so, in the middle of all that can be under way at once.

use std::{
    process::{Child, Stdio},
    time::Instant,
};

use quarterdeck::domain::{MessageId, SessionId, activity::Doing};

use super::{
    away::Away,
    cut::{Cut, is_alive},
};
use crate::{
    ended::Ended,
    home::until_gone,
    processes::lives,
    repository::Repository,
    sshd::{Sshd, net::Net, wire::Way},
};

/// What is under way on a host when the line to it is lost.
struct UnderWay {
    steered: SessionId,
    text: String,
    message: Option<MessageId>,
    canceled: (SessionId, u32),
    offered: SessionId,
    head: String,
    publishing: Option<Child>,
    started: Option<SessionId>,
}

impl UnderWay {
    /// Three sessions that have begun, one of them with something to publish.
    fn prepare(away: &Away) -> Self {
        let repository = Repository::with_one_commit(&away.home, "app");
        let steered = away.start("h1", &["steered play:work"]);
        let canceled = away.start("h1", &["canceled play:work"]);
        let offered = away.start("h1", &["--repo", repository.path(), "offered play:work"]);
        [steered, canceled, offered].iter().for_each(|&session| away.home.until_doing(session, Doing::YourTurn));
        let world = away.home.world();
        let workspace = world.workspaces[&world.sessions[&offered].workspace.expect("a workspace")].clone();
        std::fs::write(workspace.path.join("made there"), "made there\n".repeat(1_000)).expect("written");
        away.git("h1", &workspace.path, &["add", "--all"]);
        away.git("h1", &workspace.path, &["commit", "--quiet", "-m", "made there"]);
        let head = away.git("h1", &workspace.path, &["rev-parse", "HEAD"]).trim().to_owned();
        let pid = away.home.pane_pid(canceled);
        let text = format!("{}play:work", "a line that is told once, however it gets lost\n".repeat(1_000));
        Self { steered, text, message: None, canceled: (canceled, pid), offered, head, publishing: None, started: None }
    }

    /// All of it at once.
    fn begin(&mut self, away: &Away) {
        let words = ["pr", "publish", &self.offered.to_string(), "--forge", "local", "--wait"];
        let publish = away.home.qd_command(&words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        self.publishing = Some(publish.expect("it runs"));
        let folder = away.home.path().join("app");
        self.started = Some(away.start("h1", &["--repo", folder.to_str().expect("text"), "started play:work"]));
        away.home.done(&["cancel", &self.canceled.0.to_string()]);
        self.message = Some(away.home.send(self.steered, &self.text));
    }

    /// While nothing arrives, nothing is over, and this machine's work goes on.
    fn is_under_way(&mut self, away: &Away) {
        [self.steered, self.offered].iter().for_each(|&session| is_alive(away, session));
        let started = self.started.expect("begun");
        assert!(!away.home.state(started).is_final() && away.home.world().questions_of(started).next().is_none());
        let here = away.home.start(&["here play:work"]);
        away.home.until_doing(here, Doing::YourTurn);
    }

    /// It is back, and all of it is done, once.
    fn until_done(&mut self, away: &Away) {
        let Self { steered, canceled: (canceled, pid), started, .. } = *self;
        let started = started.expect("begun");
        away.home.until_taken_up(self.message.expect("begun"));
        away.home.until_doing(started, Doing::YourTurn);
        away.home.until_state(canceled, "canceled");
        until_gone("its processes", &[pid]);
        let ended = Ended::of(self.publishing.take().expect("begun"));
        if ended.code != 0 {
            assert!(ended.notices.contains("publish it when h1 answers again"), "it says what happened: {ended:?}");
            away.home.done(&["pr", "publish", &self.offered.to_string(), "--forge", "local", "--wait"]);
        }
        let offers: Vec<_> = away.home.world().pull_requests.into_values().collect();
        assert_eq!(offers.iter().map(|offer| offer.head.clone()).collect::<Vec<_>>(), [Some(self.head.clone())]);
        away.home.until_doing(steered, Doing::YourTurn);
    }

    /// And once it stays: whatever comes late changes nothing.
    fn was_done_once(&self, away: &Away) {
        away.home.until_taken_up(away.home.send(self.steered, "the last word"));
        for text in [&self.text, "started play:work", "the last word"] {
            let head: String = text.chars().take(20).collect();
            assert_eq!(away.home.log().times_received(text), 1, "{head}\n{}", away.home.account());
        }
        let panes = away.tmux("h1", &["list-sessions", "-F", "#{session_name}"]);
        assert_eq!(panes.lines().filter(|name| name.starts_with('a')).count(), 3, "{panes}");
        assert!(lives(away.home.pane_pid(self.steered)));
    }
}

#[test]
fn a_line_that_swallows_everything_is_noticed_and_nothing_is_lost_or_done_twice() {
    let cut = Cut::new();
    let mut under_way = UnderWay::prepare(&cut.away);
    cut.wire.hold_after(Way::There, 20_000);
    under_way.begin(&cut.away);
    cut.wire.until_held();
    let since = Instant::now();
    let reason = cut.away.until_away("h1");
    eprintln!("noticed after {:.1} s: {reason}", since.elapsed().as_secs_f64());
    under_way.is_under_way(&cut.away);
    // What was swallowed stays so while others are let through, and comes late.
    cut.wire.carry_new_ones();
    // So that it is tried now; what it says of a try that is just failing does not matter.
    cut.away.home.run(&["doctor", "h1"]);
    cut.away.until_up("h1");
    under_way.until_done(&cut.away);
    cut.wire.carry();
    under_way.was_done_once(&cut.away);
}

#[test]
fn on_a_network_that_drops_packets_nothing_is_lost_or_done_twice() {
    let net = match Net::new() {
        Ok(net) => net,
        Err(why) => return eprintln!("without a network of its own, this is not told: {why}"),
    };
    let away = Away::to(vec![Sshd::on(net, "h1")]);
    away.add("h1");
    away.until_up("h1");
    let net = away.hosts[0].net.as_ref().expect("made");
    let mut under_way = UnderWay::prepare(&away);
    net.losing_some(|| under_way.begin(&away));
    net.lose();
    away.until_away("h1");
    under_way.is_under_way(&away);
    net.carry();
    away.home.run(&["doctor", "h1"]);
    away.until_up("h1");
    under_way.until_done(&away);
    let ((), lost) = net.losing_some(|| under_way.was_done_once(&away));
    assert!(lost > 0, "nothing was lost");
}
