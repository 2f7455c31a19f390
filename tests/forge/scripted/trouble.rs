//! What can go wrong with a request, as GitHub shows it.

use std::time::Duration;

use serde_json::{Value, json};

/// What can go wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// 403, nothing remains until this second since 1970.
    RateLimited { resets_at: u64 },
    /// 429, to be tried again after so many seconds.
    TooManyRequests { after: u64 },
    /// 403 with the words of the secondary limit and nothing else.
    SecondaryLimit,
    /// 200 with the GraphQL error.
    GraphRateLimited { resets_at: u64 },
    /// This code of the 5xx, with a page instead of JSON.
    Unavailable(u16),
    /// The answer takes this long.
    Slow(Duration),
    /// The connection ends without an answer.
    Cut,
    /// 401
    BadCredentials,
    /// 403
    Forbidden,
    /// 404
    Hidden,
    /// 200 with something that is no JSON.
    Garbage,
}

/// Trouble for requests to come.
#[derive(Debug, Clone)]
pub(super) struct Awaited {
    pub(super) part: String,
    pub(super) trouble: Trouble,
    pub(super) times: usize,
}

/// The answer to a request that met trouble: code, headers, body.
pub(super) type Answer = (u16, Vec<(&'static str, String)>, String);

impl Trouble {
    /// The answer, if there is another than usual.
    pub(super) fn answer(&self) -> Option<Answer> {
        let said = |code: u16, message: &str| (code, Vec::new(), json!({ "message": message }).to_string());
        let exhausted = |resets_at: u64| {
            vec![("x-ratelimit-remaining", "0".to_owned()), ("x-ratelimit-reset", resets_at.to_string())]
        };
        Some(match self {
            Trouble::RateLimited { resets_at } => {
                let (code, _, body) = said(403, "API rate limit exceeded for user ID 1.");
                (code, exhausted(*resets_at), body)
            }
            Trouble::TooManyRequests { after } => {
                let (code, _, body) = said(429, "Too many requests");
                (code, vec![("retry-after", after.to_string())], body)
            }
            Trouble::SecondaryLimit => {
                said(403, "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.")
            }
            Trouble::GraphRateLimited { resets_at } => {
                let errors: Value =
                    json!({ "errors": [{ "type": "RATE_LIMITED", "message": "API rate limit exceeded" }] });
                (200, exhausted(*resets_at), errors.to_string())
            }
            Trouble::Unavailable(code) => (*code, Vec::new(), "<html><title>Unicorn!</title></html>".into()),
            Trouble::Slow(_) | Trouble::Cut => return None,
            Trouble::BadCredentials => said(401, "Bad credentials"),
            Trouble::Forbidden => said(403, "Resource not accessible by personal access token"),
            Trouble::Hidden => said(404, "Not Found"),
            Trouble::Garbage => (200, Vec::new(), "it works!".into()),
        })
    }
}
