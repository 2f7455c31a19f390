//! What all attempts have ever used, also those of archived objectives.

use rusqlite::{Connection, Row, named_params};

use super::{Error, rows};
use crate::domain::{ObjectiveId, ProfileName, SessionId, Usage, usage::Metered};

/// Whose usage, and since when. Without any of it, everybody's and all of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UsageQuery {
    /// Only that of this objective's sessions.
    pub objective: Option<ObjectiveId>,
    /// Only that of this session.
    pub session: Option<SessionId>,
    /// Only that of this agent, and with it of its provider.
    pub profile: Option<ProfileName>,
    /// Only that of this day and later ones: `2026-11-21`.
    pub since: Option<String>,
}

impl UsageQuery {
    /// The condition on a row of `profiles`, on its session and on its days. Every part names its parameter, asked for
    /// or not; what is not asked for leaves the rest to the indexes.
    fn condition(&self, profiles: &str, days: &str) -> String {
        let part = |asked: bool, name: &str, part: String| if asked { part } else { format!(":{name} IS NULL") };
        [
            part(self.objective.is_some(), "objective", "sessions.objective = :objective".into()),
            part(self.session.is_some(), "session", "sessions.id = :session".into()),
            part(self.profile.is_some(), "profile", format!("{profiles}.profile = :profile")),
            part(self.since.is_some(), "since", days.into()),
        ]
        .join(" AND ")
    }
}

pub(super) fn usage(connection: &Connection, query: &UsageQuery) -> Result<Vec<(ObjectiveId, Usage)>, Error> {
    let condition = query.condition("usage", "day >= :since");
    let sql = format!(
        "SELECT {}, objective FROM sessions JOIN usage ON usage.session = sessions.id
         WHERE {condition} ORDER BY attempt, day, model",
        rows::usage::COLUMNS
    );
    all(connection, &sql, query, |row| Ok((row.get("objective")?, rows::usage::read(row)?)))
}

pub(super) fn metered(connection: &Connection, query: &UsageQuery) -> Result<Vec<(ObjectiveId, Metered)>, Error> {
    let used_since = "EXISTS (SELECT 1 FROM usage WHERE usage.attempt = meters.attempt AND day >= :since)";
    let condition = query.condition("sessions", used_since);
    let sql = format!(
        "SELECT meters.*, objective FROM sessions JOIN meters ON meters.session = sessions.id
         WHERE {condition} ORDER BY attempt"
    );
    // One transaction, so that meters and their limits are of the same moment.
    let moment = connection.unchecked_transaction()?;
    all(&moment, &sql, query, |row| Ok((row.get("objective")?, rows::meter::read(&moment, row)?)))
}

fn all<T>(
    connection: &Connection,
    sql: &str,
    query: &UsageQuery,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, Error> {
    let mut statement = connection.prepare_cached(sql)?;
    let found = statement.query_map(
        named_params! {
            ":objective": query.objective,
            ":session": query.session,
            ":profile": query.profile,
            ":since": query.since,
        },
        read,
    )?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}
