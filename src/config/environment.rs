//! What an agent, and everything it starts, finds in its environment so that it can speak to us.

/// Its session: `s3`.
pub const SESSION: &str = "QD_SESSION";
/// Where the agents' door is: `http://127.0.0.1:40123`.
pub const DOOR: &str = "QD_DOOR";
/// What it shows at the door. A secret: it stands in the environment and in one private file, never in an argv or a log.
pub const TOKEN: &str = "QD_TOKEN";
/// The file that keeps what it tells while nobody answers at the door.
pub const SPOOL: &str = "QD_SPOOL";

/// All of them: a daemon that is started by an agent must not have these, nor pass them on.
pub const OF_AN_AGENT: [&str; 4] = [SESSION, DOOR, TOKEN, SPOOL];
