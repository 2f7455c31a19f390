//! An address in the words that `ssh` itself takes.

use std::path::Path;

use super::Options;
use crate::domain::target::SshAddress;

/// What `ssh` takes before the host's name.
pub(super) fn options(address: &SshAddress) -> Vec<String> {
    let mut options = Vec::new();
    if let Some(port) = address.port() {
        options.extend(["-p".into(), port.to_string()]);
    }
    if let Some(user) = address.user() {
        options.extend(["-l".into(), user.into()]);
    }
    if let Some(identity) = address.identity() {
        options.extend(["-o".into(), "IdentitiesOnly=yes".into(), "-i".into(), text(identity)]);
    }
    options
}

/// The words by which a person would reach it: `-p 2222 anna@devbox`.
pub(super) fn by_hand(Options { address, config_file, .. }: &Options) -> Vec<String> {
    let mut words = Vec::new();
    if let Some(config) = config_file {
        words.extend(["-F".into(), text(config)]);
    }
    if let Some(port) = address.port() {
        words.extend(["-p".into(), port.to_string()]);
    }
    if let Some(identity) = address.identity() {
        words.extend(["-i".into(), text(identity)]);
    }
    words.push(address.user().map_or_else(|| address.host().into(), |user| format!("{user}@{}", address.host())));
    words
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
