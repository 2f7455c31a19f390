//! The id that a client of the older protocol is given by `initialize`, and shows from then on.

use axum::http::{HeaderMap, HeaderValue};

use crate::domain::AttemptId;

/// Where the id stands.
pub(super) const HEADER: &str = "mcp-session-id";

/// One client's conversation with us. It names the attempt that it was made for, and opens nothing: the token does.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Session(String);

/// The id that was shown is no id of this attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotYours;

impl Session {
    /// A new one.
    pub(super) fn new(attempt: AttemptId) -> Self {
        Self(format!("{attempt}.{}", uuid::Uuid::new_v4().simple()))
    }

    /// The one a request shows; `None` where it shows none, as clients of the newer protocol do.
    pub(super) fn shown(headers: &HeaderMap, attempt: AttemptId) -> Result<Option<Self>, NotYours> {
        let Some(shown) = headers.get(HEADER) else { return Ok(None) };
        let shown = shown.to_str().map_err(|_| NotYours)?;
        let (of, name) = shown.split_once('.').ok_or(NotYours)?;
        let ours = of.parse() == Ok(attempt) && uuid::Uuid::try_parse(name).is_ok();
        ours.then(|| Some(Self(shown.to_owned()))).ok_or(NotYours)
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn header(&self) -> HeaderValue {
        HeaderValue::from_str(&self.0).expect("an attempt's id and a uuid are ASCII")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_one_attempt_s_alone() {
        let (ours, theirs): (AttemptId, AttemptId) = ("a1".parse().expect("id"), "a11".parse().expect("id"));
        let session = Session::new(ours);
        let mut headers = HeaderMap::new();
        assert_eq!(Session::shown(&headers, ours), Ok(None));
        headers.insert(HEADER, session.header());
        assert_eq!(Session::shown(&headers, ours), Ok(Some(session)));
        assert_eq!(Session::shown(&headers, theirs), Err(NotYours));
        for made_up in ["", "a1", "a1.", "a1.x", "e685f2e2deca4338ba8ffe963013ccdb"] {
            headers.insert(HEADER, HeaderValue::from_static(made_up));
            assert_eq!(Session::shown(&headers, ours), Err(NotYours), "{made_up:?}");
        }
    }
}
