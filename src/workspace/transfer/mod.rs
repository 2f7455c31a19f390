//! A repository of this machine and its mirror on another host: commits go there to be worked on, and come home.
//!
//! The way is git's own, through the connection that is open already, so a host needs no credentials of a forge. Work on
//! a host begins with [`bring`]: the base is found out here, where the person's remotes and credentials are, and its
//! commit is pushed to a bare mirror there; [`prepare`](super::prepare) then runs there, with
//! [`Start::Found`](super::Start::Found). What was committed there comes back with [`bring_home`], as the very branch it
//! would have been here. [`vouch`] tells the mirror what of a workspace is here, so that whoever looks at the workspace
//! there ([`inspect`](super::inspect()), [`remove`](super::remove())) counts it as being elsewhere.
//!
//! In the person's repository nothing is written but objects, our branches and references below `refs/quarterdeck/`.

mod bring;
mod home;
mod vouch;

use std::{path::Path, time::Duration};

use super::git::Git;
use crate::target::Host;

pub use bring::{Bring, bring};
pub use home::{Home, bring_home};
pub(super) use vouch::home;
pub use vouch::vouch;

/// How long commits may take on their way.
const ON_THE_WAY: Duration = Duration::from_secs(60 * 60);

/// git in a repository here that talks with one on another host; and where that is, to git.
fn towards<'a>(git: &Git<'a>, there: &Host, mirror: &Path) -> (Git<'a>, String) {
    let git = git.clone().within(ON_THE_WAY);
    let git = match there.git_command() {
        // Whatever the person calls ssh otherwise.
        Some(command) => git.with("GIT_SSH_COMMAND", command).with("GIT_SSH_VARIANT", "ssh"),
        None => git,
    };
    (git, there.git_url(mirror))
}
