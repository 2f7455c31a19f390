//! Looking at this machine while no daemon can: what it would find if it ran.

use crate::{
    agent::Profiles,
    config::Paths,
    domain::Finding,
    engine::{Sightings, sightings},
    target::Host,
};

/// What there is to say of what sessions need on this machine, as a daemon would say it that this process started.
pub async fn look(paths: &Paths) -> Vec<Finding> {
    let profiles = Profiles::load(&paths.config.join("agents"));
    sightings::examine_here(&Sightings::default(), &Host::local(), &paths.state, &profiles).await
}
