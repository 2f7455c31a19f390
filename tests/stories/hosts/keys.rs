//! A host that answers with another key than it had is not spoken to.

use std::fs;

use quarterdeck::domain::{activity::Doing, message::Delivery};

use super::away::Away;
use crate::sshd::Sshd;

#[test]
fn a_host_with_another_key_is_told_nothing_until_the_person_has_settled_it() {
    let mut away = Away::to(vec![Sshd::start("h1"), Sshd::start("h2")]);
    // One is new and not the one that is known.
    let h2 = away.host("h2");
    h2.know(h2.port, &h2.key("another"));
    for name in ["h1", "h2"] {
        away.add(name);
    }
    away.until_up("h1");
    let reason = away.until_away("h2");
    assert!(reason.contains("its host key is not the one known here"), "{reason}");
    let refused = away.home.run(&["new", "--agent", "far", "--target", "h2", "--workspace", "scratch", "go"]);
    assert_eq!(away.log_of("h2").matches("Accepted").count(), 0, "{refused:?}");

    let session = away.start("h1", &["first play:work"]);
    away.home.until_doing(session, Doing::YourTurn);
    let pid = away.home.pane_pid(session);
    // The other gets a new key while work goes on there.
    let h1 = away.host("h1");
    h1.leave();
    fs::remove_file(h1.path("host")).expect("removed");
    let new = h1.key("host");
    h1.listen();
    away.home.until("it is known why h1 is not spoken to", |world| {
        let trouble = world.targets["h1"].trouble()?;
        trouble.contains("its host key is not the one known here").then_some(())
    });
    away.home.until_doing(session, Doing::Unreachable);
    assert_eq!(away.home.state(session).label(), "running");
    let message = away.home.send(session, "said to whoever that is play:work");
    let queued =
        away.home.until("it is kept", |world| world.messages.get(&message).map(|found| found.delivery.clone()));
    assert!(matches!(queued, Delivery::Queued { .. }), "{queued:?}");
    let examined = away.home.run(&["doctor", "h1"]);
    let told = format!("{}{}", examined.output, examined.notices);
    assert!(told.contains("host key") && told.contains("`ssh ") && told.contains("h1` tells you"), "{told}");
    let why = away.home.done(&["why", &session.to_string()]);
    assert!(why.contains("host key"), "{why}");
    let log = away.log_of("h1");
    assert!(!log.contains("Accepted") && log.contains("[preauth]"), "nobody logs in there: {log}");
    assert_eq!(away.home.log().times_received("said to whoever that is play:work"), 0);

    let h1 = away.host("h1");
    h1.know(h1.port, &new);
    away.home.done(&["doctor", "h1"]);
    away.until_up("h1");
    away.home.until_taken_up(message);
    assert_eq!(away.home.log().times_received("said to whoever that is play:work"), 1);
    assert_eq!(away.home.pane_pid(session), pid);
}

impl Away {
    /// What a host's `sshd` said since it listens.
    fn log_of(&self, name: &str) -> String {
        let host = self.hosts.iter().find(|host| host.name == name).expect("a host");
        fs::read_to_string(host.path("log")).expect("read")
    }
}
