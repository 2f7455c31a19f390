//! What went wrong, from what agents say of it: their codes first, an HTTP status next, their words last.

use crate::domain::failure::Class;

/// The class of a failure. `code` is the agent's own word for it (`rate_limit`, `usage_limit_exceeded`), `status` what
/// its provider answered with, `text` the words it shows.
pub fn classify(code: Option<&str>, status: Option<u16>, text: &str) -> Class {
    let text = text.to_lowercase();
    let code = code.unwrap_or_default();
    by_code(code)
        .or_else(|| by_words(&text))
        .or_else(|| status.and_then(by_status))
        .or_else(|| by_vague_code(code))
        .unwrap_or(Class::Unknown)
}

/// A code that means one class whatever else is said.
fn by_code(code: &str) -> Option<Class> {
    match code {
        "usage_limit_reached" => Some(Class::UsageLimit),
        "context_window_exceeded" | "context_length_exceeded" => Some(Class::ContextFull),
        "authentication_failed"
        | "oauth_org_not_allowed"
        | "verification_required"
        | "cloud_credential_error"
        | "unauthorized" => Some(Class::Authentication),
        "billing_error" | "account_on_hold" | "insufficient_quota" => Some(Class::Billing),
        "overloaded" | "overloaded_error" | "server_overloaded" | "server_is_overloaded" => Some(Class::Overloaded),
        "model_not_found" => Some(Class::InvalidModel),
        "sandbox_error" => Some(Class::PermissionRefused),
        _ => None,
    }
}

/// A code that stands for several classes: Claude's `rate_limit` also comes when the account's share is used up, Codex's
/// `usage_limit_exceeded` also when there is no credit. What it means where nothing else says more.
fn by_vague_code(code: &str) -> Option<Class> {
    match code {
        "rate_limit" | "rate_limit_error" | "rate_limit_exceeded" | "response_too_many_failed_attempts" => {
            Some(Class::RateLimit)
        }
        "usage_limit_exceeded" => Some(Class::UsageLimit),
        "server_error" | "internal_server_error" => Some(Class::Overloaded),
        "http_connection_failed" | "response_stream_connection_failed" | "response_stream_disconnected" => {
            Some(Class::Network)
        }
        _ => None,
    }
}

/// What an answer of the provider means where nothing else says it.
fn by_status(status: u16) -> Option<Class> {
    match status {
        401 => Some(Class::Authentication),
        402 => Some(Class::Billing),
        403 => Some(Class::PermissionRefused),
        408 | 504 => Some(Class::Network),
        429 => Some(Class::RateLimit),
        500..=599 => Some(Class::Overloaded),
        _ => None,
    }
}

/// What the words mean, in small letters: the first row with one of its phrases in them.
fn by_words(text: &str) -> Option<Class> {
    const TABLE: [(Class, &[&str]); 8] = [
        (
            Class::UsageLimit,
            &[
                "hit your usage limit",
                "hit your limit",
                "-hour limit",
                "weekly limit",
                "session limit",
                "usage limit reached",
            ],
        ),
        (
            Class::Billing,
            &["credit balance", "quota exceeded", "out of credits", "insufficient_quota", "add funds", "billing"],
        ),
        (
            Class::ContextFull,
            &["prompt is too long", "ran out of room", "context window", "context length", "maximum context"],
        ),
        (
            Class::Authentication,
            &[
                "invalid api key",
                "please run /login",
                "not logged in",
                "unauthorized",
                "authentication",
                "token has expired",
                "status 401",
            ],
        ),
        (
            Class::InvalidModel,
            &[
                "model_not_found",
                "model not found",
                "does not exist or you do not have access",
                "no such model",
                "issue with the selected model",
            ],
        ),
        (
            Class::Overloaded,
            &[
                "overloaded",
                "at capacity",
                "internal server error",
                "service unavailable",
                "server_error",
                "server had an error",
            ],
        ),
        (
            Class::RateLimit,
            &["rate limit", "rate_limit", "too many requests", "request rejected (429)", "server is busy"],
        ),
        (
            Class::Network,
            &[
                "connection error",
                "connection reset",
                "connection refused",
                "econnre",
                "enotfound",
                "etimedout",
                "timed out",
                "fetch failed",
                "network",
                "stream disconnected",
                "unable to connect",
                "error sending request",
            ],
        ),
    ];
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| text.contains(phrase));
    TABLE.iter().find(|(_, phrases)| says(phrases)).map(|(class, _)| *class)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the agents were recorded to say.
    #[test]
    fn each_recorded_failure_has_its_class() {
        for (code, status, text, class) in [
            (
                "rate_limit",
                None,
                "API Error: Request rejected (429) · This request would exceed your account rate limit.",
                Class::RateLimit,
            ),
            ("rate_limit", None, "You've hit your 5-hour limit · resets 10:49am (UTC)", Class::UsageLimit),
            (
                "server_error",
                Some(529),
                "API Error: 529 Overloaded. This is a server-side issue, usually temporary",
                Class::Overloaded,
            ),
            ("authentication_failed", Some(401), "Invalid API key · Fix external API key", Class::Authentication),
            ("billing_error", None, "Credit balance is too low", Class::Billing),
            (
                "invalid_request",
                None,
                "Prompt is too long · the request is ~208310 tokens (limit 200000)",
                Class::ContextFull,
            ),
            (
                "context_window_exceeded",
                None,
                "Codex ran out of room in the model's context window.",
                Class::ContextFull,
            ),
            ("usage_limit_exceeded", None, "Quota exceeded. Check your plan and billing details.", Class::Billing),
            (
                "usage_limit_exceeded",
                None,
                "You’ve hit your usage limit. Visit … to purchase more credits or try again at 10:50 AM.",
                Class::UsageLimit,
            ),
            (
                "server_overloaded",
                None,
                "Selected model is at capacity. Please try a different model.",
                Class::Overloaded,
            ),
            (
                "http_connection_failed",
                Some(401),
                "unexpected status 401 Unauthorized: Incorrect API key provided",
                Class::Authentication,
            ),
            (
                "response_too_many_failed_attempts",
                Some(429),
                "exceeded retry limit, last status: 429 Too Many Requests",
                Class::RateLimit,
            ),
        ] {
            assert_eq!(classify(Some(code), status, text), class, "{code}: {text}");
        }
    }

    #[test]
    fn words_tell_where_there_is_no_code_and_a_status_where_there_are_no_words() {
        for (text, class) in [
            ("429 This request would exceed your account rate limit. Please try again later.", Class::RateLimit),
            ("Server is busy, reconnecting 4/5", Class::RateLimit),
            ("API Error: Connection error.", Class::Network),
            (
                "There's an issue with the selected model (claude-x). It may not exist or you may not have access to it.",
                Class::InvalidModel,
            ),
            ("Something else went wrong", Class::Unknown),
        ] {
            assert_eq!(classify(None, None, text), class, "{text}");
        }
        assert_eq!(
            classify(Some("response_too_many_failed_attempts"), Some(503), "exceeded retry limit"),
            Class::Overloaded
        );
        assert_eq!(classify(None, Some(402), ""), Class::Billing);
        assert_eq!(classify(Some("http_connection_failed"), None, ""), Class::Network);
        assert_eq!(
            classify(Some("invalid_request"), Some(400), "tools.0: bad"),
            Class::Unknown,
            "a mistake is no class"
        );
    }
}
