//! Full-text search over titles, questions, messages, artifacts and the log.

use rusqlite::{Connection, Row};

use super::Error;
use crate::domain::{ArtifactId, MessageId, ObjectiveId, QuestionId, SessionId, Timestamp};

/// A query uses so many words at most; what comes after them is left out.
const WORDS: usize = 16;
/// A word is looked for by so many characters at most.
const WORD_CHARACTERS: usize = 64;

/// Something a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What it was found in.
    pub place: Place,
    /// The id of that thing as people write it: `m5`; a line of the log has its sequence number.
    pub id: String,
    /// The session it concerns.
    pub session: Option<SessionId>,
    /// The text around the match on one line, with each match between `[` and `]`.
    pub excerpt: String,
    /// When it was written.
    pub at: Timestamp,
}

/// What a search can find something in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// An objective's title.
    Objective,
    /// A session's title.
    Session,
    /// A question's text.
    Question,
    /// A message's body.
    Message,
    /// An artifact's title or body.
    Artifact,
    /// A line of the log.
    Event,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Place::Objective => "objective",
            Place::Session => "session",
            Place::Question => "question",
            Place::Message => "message",
            Place::Artifact => "artifact",
            Place::Event => "event",
        })
    }
}

impl Place {
    const IN_ORDER: [Place; 6] =
        [Place::Objective, Place::Session, Place::Question, Place::Message, Place::Artifact, Place::Event];

    /// Its index, and the table and key of the text, the session and the time of each row.
    fn tables(self) -> (&'static str, &'static str) {
        match self {
            Place::Objective => {
                ("objective_words", "SELECT id, NULL AS session, created_at AS at FROM objectives WHERE id = ?")
            }
            Place::Session => {
                ("session_words", "SELECT id, id AS session, created_at AS at FROM sessions WHERE id = ?")
            }
            Place::Question => ("question_words", "SELECT id, session, created_at AS at FROM questions WHERE id = ?"),
            Place::Message => ("body_words", "SELECT id, session, created_at AS at FROM messages WHERE id = ?"),
            Place::Artifact => ("artifact_words", "SELECT id, session, created_at AS at FROM artifacts WHERE id = ?"),
            Place::Event => ("event_words", "SELECT sequence AS id, session, at FROM events WHERE sequence = ?"),
        }
    }

    fn id(self, row: &Row<'_>) -> rusqlite::Result<String> {
        Ok(match self {
            Place::Objective => row.get::<_, ObjectiveId>("id")?.to_string(),
            Place::Session => row.get::<_, SessionId>("id")?.to_string(),
            Place::Question => row.get::<_, QuestionId>("id")?.to_string(),
            Place::Message => row.get::<_, MessageId>("id")?.to_string(),
            Place::Artifact => row.get::<_, ArtifactId>("id")?.to_string(),
            Place::Event => row.get::<_, u64>("id")?.to_string(),
        })
    }
}

pub(super) fn search(connection: &Connection, words: &str, limit: usize) -> Result<Vec<Found>, Error> {
    let Some(expression) = expression(words) else { return Ok(Vec::new()) };
    // One transaction, so that index and text are of the same moment.
    let moment = connection.unchecked_transaction()?;
    let mut found = Vec::new();
    for place in Place::IN_ORDER {
        let room = limit.saturating_sub(found.len());
        search_in(&moment, place, &expression, room, &mut found)?;
    }
    Ok(found)
}

fn search_in(
    connection: &Connection,
    place: Place,
    expression: &str,
    room: usize,
    found: &mut Vec<Found>,
) -> Result<(), Error> {
    let (index, row) = place.tables();
    let sql = format!(
        "SELECT rowid, snippet({index}, -1, '[', ']', '…', 16) FROM {index} WHERE {index} MATCH ?
         ORDER BY rowid DESC LIMIT ?"
    );
    let mut query = connection.prepare_cached(&sql)?;
    let mut hits = query.query((expression, i64::try_from(room).unwrap_or(i64::MAX)))?;
    let mut detail = connection.prepare_cached(row)?;
    while let Some(hit) = hits.next()? {
        let (id, excerpt): (i64, String) = (hit.get(0)?, hit.get(1)?);
        found.push(detail.query_one([id], |row| {
            let (id, session, at) = (place.id(row)?, row.get("session")?, row.get("at")?);
            Ok(Found { place, id, session, excerpt: on_one_line(&excerpt), at })
        })?);
    }
    Ok(())
}

/// What the index is asked: every word as a quoted string, the last one as a beginning. The person's text has no
/// operators in it; a word without a letter or a digit finds nothing and is left out. `None` where no word is left.
fn expression(words: &str) -> Option<String> {
    let words: Vec<String> = words
        .split(|character: char| character.is_whitespace() || character.is_control())
        .filter(|word| word.contains(char::is_alphanumeric))
        .take(WORDS)
        .map(|word| word.chars().take(WORD_CHARACTERS).collect::<String>().replace('"', "\"\""))
        .filter(|word| word.contains(char::is_alphanumeric))
        .map(|word| format!("\"{word}\""))
        .collect();
    if words.is_empty() { None } else { Some(format!("{} *", words.join(" "))) }
}

fn on_one_line(text: &str) -> String {
    text.split(|character: char| character.is_whitespace() || character.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_and_the_last_is_a_beginning() {
        assert_eq!(expression("fix  par").as_deref(), Some(r#""fix" "par" *"#));
        assert_eq!(expression(r#"a" OR b*"#).as_deref(), Some(r#""a""" "OR" "b*" *"#));
        assert_eq!(expression(" \0 \" -- !"), None);
    }
}
