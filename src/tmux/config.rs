//! The configuration of our server. The person's own `.tmux.conf` is never read.

use super::{Error, Key, command::quoted_for_control};

/// The session that keeps the server alive and that the control client is attached to.
pub(super) const HUB: &str = "qd-hub";

/// A pane that prints says so once, in the same way, until it is read again. Only the control client lets windows do that,
/// after its attach, because a notification in the middle of an attach can end the server; and never while a person is
/// attached, whose terminal would ring.
const PUSHES_OUTPUT: &str = r##"set -g monitor-activity off
set -g activity-action any
set -g visual-activity off
set-hook -g alert-activity 'run-shell -bC "rename-window -t #{window_id} printed-#{session_name}"'
"##;

/// The text of the configuration file. It may be sourced again at any time.
pub(super) fn text(detach_key: &str, pushes_output: bool) -> Result<String, Error> {
    if detach_key.parse::<Key>().is_err() {
        return Err(Error::Unfit {
            what: "the key to detach",
            value: detach_key.to_owned(),
            rule: "it must be a key as tmux names it, for example C-]",
        });
    }
    let key = quoted_for_control(detach_key);
    let hints = if pushes_output { PUSHES_OUTPUT } else { "" };
    Ok(format!(
        r##"# Written by quarterdeck at every start; changes are lost.
# How long tmux waits for the rest of a character or of a key's sequence, of which a busy machine or a network brings
# the first bytes alone. What is late is thrown away: with 0, single characters of large pastes were missing.
set -s escape-time 25
set -s exit-empty off
set -s focus-events on
set -s extended-keys on
set -s set-clipboard off
set -s default-terminal tmux-256color
set -s terminal-features[90] '*:RGB'
set -g default-shell /bin/sh
set -g history-limit 2000
set -g status off
set -g mouse off
set -g destroy-unattached off
set -g detach-on-destroy on
set -g default-size 120x40
set -g remain-on-exit on
# Its message would push the first line of the program's last words off the screen.
set -gq remain-on-exit-format ''
set -g automatic-rename off
set -g allow-rename off
set -g set-titles off
set -g visual-bell off
set -g visual-activity off
set -g update-environment ''
# What a person who attaches presses belongs to the agent, except the way out: one key of ours, and the habitual one.
unbind-key -a -T prefix
unbind-key -a -T root
set -g prefix C-b
set -g prefix2 None
bind-key -T prefix d detach-client
bind-key -T prefix C-b send-prefix
bind-key -T prefix Any send-prefix \; send-keys
bind-key -n {key} detach-client
# Keys that come faster than people type would be taken for a paste, and the way out with them.
set -g assume-paste-time 0
# A pane's death is pushed: the new name reaches the control client as a notification, and nothing is forked. Commands
# of a hook notify nobody; what run-shell -bC does afterwards does.
set-hook -g pane-died 'run-shell -bC "rename-window -t #{{window_id}} dead"'
{hints}"##
    ))
}
