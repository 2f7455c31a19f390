//! One thing that is said at the agents' door.

use std::time::{SystemTime, UNIX_EPOCH};

use uuid::Uuid;

use crate::{api::wire::agents::Told, domain::Timestamp};

/// One thing that is said at the agents' door. It keeps its name when it is said again.
#[derive(Debug, Clone)]
pub(in crate::cli) struct Call {
    pub(super) name: String,
    pub(super) at: Timestamp,
    pub(super) path: String,
    pub(super) body: Vec<u8>,
}

impl Call {
    /// Something that happens now.
    pub(in crate::cli) fn new(path: String, body: Vec<u8>) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let at = Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX));
        Self { name: Uuid::new_v4().to_string(), at, path, body }
    }

    /// The same as a line of the spool.
    pub(in crate::cli) fn told(&self) -> Told {
        let payload = String::from_utf8_lossy(&self.body).into_owned();
        Told { call: self.name.clone(), at: self.at, path: self.path.clone(), payload }
    }
}
