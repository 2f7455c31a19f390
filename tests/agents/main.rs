//! What we know of each agent: recorded screens and signals, launches, profiles; and the stand-in, in real tmux panes.

mod dialogs;
mod launches;
mod pane;
mod profiles;
mod readings;
mod signals;
mod stand_in;
mod transcripts;

use std::{net::Ipv4Addr, path::Path};

use quarterdeck::{
    agent::{Ours, Profile, Profiles},
    domain::ProfileName,
};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/agents");

fn built_in() -> Profiles {
    Profiles::load(Path::new("/nonexistent"))
}

/// What of ours a launch without a daemon points to.
fn ours() -> Ours<'static> {
    Ours {
        program: "/opt/it's/qd",
        by_script: false,
        door: (Ipv4Addr::LOCALHOST, 4000).into(),
        token_variable: "QD_TOKEN",
        folder: Path::new("/state/attempts/a1"),
    }
}

fn name(text: &str) -> ProfileName {
    text.parse().expect("a name")
}

fn profile<'a>(profiles: &'a Profiles, text: &str) -> &'a Profile {
    profiles.find(&name(text)).unwrap_or_else(|| panic!("{text}: {:?}", profiles.problem(&name(text))))
}
