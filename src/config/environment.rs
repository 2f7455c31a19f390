//! What an agent, and everything it starts, finds in its environment so that it can speak to us.

/// Its session: `s3`.
pub const SESSION: &str = "QD_SESSION";
/// Where the agents' door is: `http://127.0.0.1:40123`.
pub const DOOR: &str = "QD_DOOR";
/// What it shows at the door. A secret: it stands in the environment and in one private file, never in an argv or a log.
pub const TOKEN: &str = "QD_TOKEN";
/// The file that keeps what it tells while nobody answers at the door.
pub const SPOOL: &str = "QD_SPOOL";
/// The folder it works in.
pub const WORKSPACE: &str = "QD_WORKSPACE";
/// The branch that is checked out there.
pub const BRANCH: &str = "QD_BRANCH";
/// The first port that its workspace has for its own.
pub const PORT: &str = "QD_PORT";
/// All of them, with spaces between.
pub const PORTS: &str = "QD_PORTS";

/// All of them: a daemon that is started by an agent must not have these, nor pass them on.
pub const OF_AN_AGENT: [&str; 8] = [SESSION, DOOR, TOKEN, SPOOL, WORKSPACE, BRANCH, PORT, PORTS];
