//! GraphQL through `gh`: one question, and an answer that may lack parts.

use serde::Deserialize;
use serde_json::{Value, json};

use super::gh::Gh;
use crate::forge::Error;

/// What came back, as far as it did.
#[derive(Debug)]
pub(super) struct Graph {
    pub(super) data: Value,
    /// What is missing: the first part of its path below the repository, and why.
    missing: Vec<(String, String)>,
}

#[derive(Deserialize)]
struct Wrong {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    path: Vec<Value>,
}

impl Gh<'_> {
    /// Asks; what does not exist is missing in the answer, everything else that is wrong is an error.
    pub(super) async fn graph(&self, host: &str, query: &str, variables: Value) -> Result<Graph, Error> {
        let body = json!({ "query": query, "variables": variables });
        let answer = self.request(host, "POST", "graphql", Some(&body)).await?;
        let mut value = answer.value()?;
        let wrong: Vec<Wrong> = match value.get_mut("errors").map(Value::take) {
            Some(errors) => serde_json::from_value(errors).map_err(|error| Error::Nonsense(error.to_string()))?,
            None => Vec::new(),
        };
        let mut missing = Vec::new();
        for wrong in wrong {
            match wrong.kind.as_str() {
                "RATE_LIMITED" | "RATE_LIMIT" => return Err(Error::RateLimited { until: answer.resets_at() }),
                "NOT_FOUND" => match wrong.path.get(1).and_then(Value::as_str) {
                    Some(part) => missing.push((part.to_owned(), wrong.message)),
                    None => return Err(Error::NotFound(wrong.message)),
                },
                "FORBIDDEN" | "INSUFFICIENT_SCOPES" => return Err(Error::NoPermission(wrong.message)),
                // "Something went wrong while executing your query": it took GitHub too long.
                "" if wrong.message.starts_with("Something went wrong") => {
                    return Err(Error::Unavailable(wrong.message));
                }
                _ => return Err(Error::Refused(wrong.message)),
            }
        }
        match value.get_mut("data").map(Value::take) {
            Some(data @ Value::Object(_)) => Ok(Graph { data, missing }),
            _ => Err(Error::Nonsense("it has no data".into())),
        }
    }
}

impl Graph {
    /// Why a part of the repository is missing, if it is.
    pub(super) fn is_missing(&self, part: &str) -> bool {
        self.missing.iter().any(|(missing, _)| missing == part)
    }
}
