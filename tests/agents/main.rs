//! What we know of each agent: recorded screens and signals, launches, profiles; and the stand-in, in real tmux panes.

mod launches;
mod pane;
mod profiles;
mod readings;
mod signals;
mod stand_in;

use std::path::Path;

use quarterdeck::{
    agent::{Profile, Profiles},
    domain::ProfileName,
};

fn built_in() -> Profiles {
    Profiles::load(Path::new("/nonexistent"))
}

fn name(text: &str) -> ProfileName {
    text.parse().expect("a name")
}

fn profile<'a>(profiles: &'a Profiles, text: &str) -> &'a Profile {
    profiles.find(&name(text)).unwrap_or_else(|| panic!("{text}: {:?}", profiles.problem(&name(text))))
}
