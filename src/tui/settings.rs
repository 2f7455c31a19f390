//! What the dashboard is told when it starts.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use crate::{
    config::Notify,
    domain::{ProfileName, usage::Prices},
};

/// What the dashboard is told when it starts.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The theme's name.
    pub theme: String,
    /// The folder with the person's own themes; it need not exist.
    pub theme_dir: PathBuf,
    /// The person's settings, in which a theme can be kept; `None` where nothing of theirs may be touched.
    pub config_file: Option<PathBuf>,
    /// The person's own keys: an action's name, and the keys that do it instead of its own.
    pub keys: BTreeMap<String, Vec<String>>,
    /// It takes clicks and the wheel.
    pub mouse: bool,
    /// Nothing but bold, dim, reverse and underline.
    pub no_color: bool,
    /// When and how the person is called.
    pub notify: Notify,
    /// It runs inside the person's own tmux.
    pub in_tmux: bool,
    /// How long a session must have ended before its workspace is offered for removal.
    pub offer_after: Duration,
    /// What models cost by their providers' lists.
    pub prices: Prices,
    /// The agent for new work; `None`: what the daemon's settings say.
    pub default_agent: Option<ProfileName>,
    /// The folder it was started in: offered as the repository of new work.
    pub folder: PathBuf,
    /// The person's home, for `~`.
    pub home: Option<PathBuf>,
    /// The key that leaves a pane one types into, for example `C-]`.
    pub detach_key: String,
    /// Something to be said at the start, for example what is wrong in the configuration.
    pub notices: Vec<String>,
}
