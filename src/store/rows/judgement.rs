//! Judgements.

use rusqlite::{Connection, Row};

use super::upsert;
use crate::{
    domain::{Judgement, judgement::Verdict},
    store::columns::{unknown, word},
};

pub(in crate::store) fn write(connection: &Connection, judgement: &Judgement) -> rusqlite::Result<()> {
    let (verdict, words, judged_at) = match &judgement.verdict {
        Verdict::Awaited => ("awaited", None, None),
        Verdict::Approved { summary, at } => ("approved", Some(summary), Some(*at)),
        Verdict::ChangesRequested { summary, at } => ("changes_requested", Some(summary), Some(*at)),
        Verdict::Overruled { reason, at } => ("overruled", Some(reason), Some(*at)),
        Verdict::Missing { why, at } => ("missing", Some(why), Some(*at)),
    };
    upsert(
        connection,
        "judgements",
        &[
            ("reviewer", &judgement.reviewer),
            ("objective", &judgement.objective),
            ("author", &judgement.author),
            ("workspace", &judgement.workspace),
            ("fingerprint", &judgement.fingerprint),
            ("verdict", &verdict),
            ("words", &words),
            ("judged_at", &judged_at),
            ("created_at", &judgement.created_at),
        ],
    )
}

pub(in crate::store) fn read(row: &Row<'_>) -> rusqlite::Result<Judgement> {
    Ok(Judgement {
        reviewer: row.get("reviewer")?,
        objective: row.get("objective")?,
        author: row.get("author")?,
        workspace: row.get("workspace")?,
        fingerprint: row.get("fingerprint")?,
        verdict: read_verdict(row)?,
        created_at: row.get("created_at")?,
    })
}

fn read_verdict(row: &Row<'_>) -> rusqlite::Result<Verdict> {
    Ok(match word(row, "verdict")? {
        "awaited" => Verdict::Awaited,
        "approved" => Verdict::Approved { summary: row.get("words")?, at: row.get("judged_at")? },
        "changes_requested" => Verdict::ChangesRequested { summary: row.get("words")?, at: row.get("judged_at")? },
        "overruled" => Verdict::Overruled { reason: row.get("words")?, at: row.get("judged_at")? },
        "missing" => Verdict::Missing { why: row.get("words")?, at: row.get("judged_at")? },
        found => return Err(unknown("judgements.verdict", found)),
    })
}
