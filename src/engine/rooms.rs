//! The rooms the supervisor works with, and what it was told to do with them.

use std::{net::SocketAddr, sync::Arc};

use crate::{
    agent::Profiles,
    config::{Config, Paths, Repositories},
    domain::AttemptId,
    store::Store,
    target::Host,
    transcript::Recordings,
};

use super::{calls::Calls, sightings::Sightings, sites::Sites};

/// The rooms the supervisor works with. Cheap to clone.
#[derive(Clone)]
pub struct Rooms {
    /// Where our things are.
    pub paths: Paths,
    /// What the person has set.
    pub config: Arc<Config>,
    /// What the person has written down about their repositories.
    pub repositories: Repositories,
    /// All state.
    pub store: Store,
    /// What there is of each target.
    pub sites: Sites,
    /// What is known of each agent.
    pub profiles: Arc<Profiles>,
    /// The door to programs on this machine.
    pub local: Host,
    /// What panes printed.
    pub recordings: Recordings,
    /// Where the agents' door listens, on loopback of this machine.
    pub door: SocketAddr,
    /// The port it had before this daemon started, where somebody else has taken that.
    pub door_moved_from: Option<u16>,
    /// Calls of agents that wait for the person.
    pub calls: Calls,
    /// What is seen of targets.
    pub sightings: Sightings,
    /// Tells our processes from those of another state directory.
    pub instance: String,
}

impl Rooms {
    /// The mark in the environment of everything that comes from an attempt.
    pub fn tag(&self, attempt: AttemptId) -> String {
        format!("{}-{attempt}", self.instance)
    }
}
