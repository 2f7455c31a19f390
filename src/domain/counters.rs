//! Numbers that were given, so that none is given twice.

/// The highest number of each kind that was ever given, 0 where none was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Of objectives.
    pub objective: u32,
    /// Of sessions.
    pub session: u32,
    /// Of attempts.
    pub attempt: u32,
    /// Of messages.
    pub message: u32,
    /// Of questions.
    pub question: u32,
    /// Of artifacts.
    pub artifact: u32,
    /// Of workspaces.
    pub workspace: u32,
    /// Of pull requests.
    pub pull_request: u32,
    /// Of remarks.
    pub remark: u32,
    /// Of verifications.
    pub verification: u32,
    /// Of checkpoints.
    pub checkpoint: u32,
    /// The log's last sequence number.
    pub event: u64,
    /// The last revision.
    pub revision: u64,
}
