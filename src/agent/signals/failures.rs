//! What went wrong, from what agents say of it: their codes first, an HTTP status next, their words last.

use crate::domain::failure::Class;

/// The class of a failure. `code` is the agent's own word for it (`rate_limit`, `usage_limit_exceeded`), `status` what
/// its provider answered with, `text` the words it shows.
pub fn classify(code: Option<&str>, status: Option<u16>, text: &str) -> Class {
    let text = text.to_lowercase();
    by_code(code.unwrap_or_default(), &text)
        .or_else(|| by_words(&text))
        .or_else(|| status.and_then(by_status))
        .unwrap_or(Class::Unknown)
}

/// What a code means by itself. A code that covers several classes leaves it to the words, and has a class for when
/// these say nothing.
fn by_code(code: &str, text: &str) -> Option<Class> {
    let class = match code {
        // Claude says the same word when too many requests come and when the account's share is used up.
        "rate_limit" => by_words(text).filter(|class| *class == Class::UsageLimit).unwrap_or(Class::RateLimit),
        "response_too_many_failed_attempts" | "rate_limit_exceeded" => Class::RateLimit,
        // Codex says the same word when the share is used up and when there is no credit.
        "usage_limit_exceeded" => by_words(text).filter(|class| *class == Class::Billing).unwrap_or(Class::UsageLimit),
        "usage_limit_reached" => Class::UsageLimit,
        "overloaded" | "overloaded_error" | "server_overloaded" | "server_is_overloaded" | "internal_server_error" => {
            Class::Overloaded
        }
        "context_window_exceeded" | "context_length_exceeded" | "max_output_tokens" => Class::ContextFull,
        "authentication_failed"
        | "oauth_org_not_allowed"
        | "account_on_hold"
        | "verification_required"
        | "cloud_credential_error"
        | "unauthorized" => Class::Authentication,
        "billing_error" | "insufficient_quota" | "quota_exceeded" => Class::Billing,
        "model_not_found" => Class::InvalidModel,
        "sandbox_error" => Class::PermissionRefused,
        _ => return None,
    };
    Some(class)
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
            &[
                "rate limit",
                "rate_limit",
                "too many requests",
                "request rejected (429)",
                "server is busy",
                "exceeded retry limit",
            ],
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
