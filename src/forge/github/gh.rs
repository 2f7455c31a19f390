//! How `gh` is run, and what its answers mean.
//!
//! Requests go through `gh api` with their bodies on standard input, so that nothing but addresses is in an argument
//! vector, and `--include` gives GitHub's own code and headers to judge by instead of `gh`'s English.

use std::{
    path::Path,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde_json::Value;

use crate::{
    domain::Timestamp,
    forge::Error,
    target::{self, Host, Output, Program, Status},
};

/// How long one request may take. GitHub itself gives up after ten seconds.
const DEADLINE: Duration = Duration::from_secs(30);
/// How long to leave a forge alone that says "too many requests" and not for how long: what GitHub asks for.
const A_WHILE: Duration = Duration::from_secs(60);
/// What would lead `gh` to another repository, or make it print more than the answer.
const LEADING_ASTRAY: &[&str] = &["GH_REPO", "GH_DEBUG", "DEBUG", "GH_FORCE_TTY", "CLICOLOR_FORCE", "GH_PAGER"];

/// `gh` in a repository's folder.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gh<'a> {
    local: &'a Host,
    folder: &'a Path,
}

/// GitHub's answer to one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    /// The HTTP status.
    pub(super) code: u16,
    /// What came with it, by names in lower case.
    headers: Vec<(String, String)>,
    /// What it says.
    body: String,
}

impl<'a> Gh<'a> {
    pub(super) fn new(local: &'a Host, folder: &'a Path) -> Self {
        Self { local, folder }
    }

    /// Makes one request; the code of the answer is the caller's to judge.
    pub(super) async fn request(
        &self,
        host: &str,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, Error> {
        let mut arguments = vec!["api", "--include", "--hostname", host, "--method", method, path];
        if body.is_some() {
            arguments.extend(["--input", "-"]);
        }
        let output = self.run(&arguments, body.map(ToString::to_string)).await?;
        match Answer::read(&output.stdout) {
            Some(answer) => Ok(answer),
            None => Err(silence(&output)),
        }
    }

    /// Runs any command of `gh`.
    pub(super) async fn run(&self, arguments: &[&str], input: Option<String>) -> Result<Output, Error> {
        let mut program = Program::new(["gh"]);
        program.argv.extend(arguments.iter().map(|&argument| argument.to_owned()));
        program.directory = Some(self.folder.into());
        program.without = LEADING_ASTRAY.iter().map(|&name| name.to_owned()).collect();
        for (name, value) in [("GH_PROMPT_DISABLED", "1"), ("GH_NO_UPDATE_NOTIFIER", "1"), ("NO_COLOR", "1")] {
            program.environment.push((name.into(), value.into()));
        }
        program.input = input.unwrap_or_default().into_bytes();
        program.deadline = DEADLINE;
        program.output_bytes = 32 << 20;
        match self.local.run(program).await {
            Ok(output) if output.truncated => Err(Error::Nonsense("it is longer than 32 MiB".into())),
            Ok(output) => Ok(output),
            Err(target::Error::NotFound { .. }) => Err(Error::NoGh),
            Err(late @ target::Error::TimedOut { .. }) => Err(Error::Unavailable(late.to_string())),
            Err(error) => Err(error.into()),
        }
    }
}

/// What it means that `gh` failed before it had an answer to print, or in a command that prints no code.
pub(super) fn silence(output: &Output) -> Error {
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    let line = said.lines().next().unwrap_or_default().to_owned();
    if output.status == Status::Exited(4) {
        return Error::NotLoggedIn("`gh` holds no login for this host".into());
    }
    let code = said.split_once("HTTP ").and_then(|(_, rest)| rest.get(..3)?.parse().ok());
    if let Some(code) = code {
        return Answer { code, headers: Vec::new(), body: line }.error();
    }
    match () {
        () if said.contains("Could not resolve to a Repository") => Error::NotFound(line),
        () if said.contains("unknown flag") || said.contains("unknown command") => {
            Error::Refused(format!("this `gh` is too old: {line}"))
        }
        () if line.is_empty() => Error::Nonsense(format!("`gh` {}", output.status)),
        () => Error::Unavailable(line),
    }
}

impl Answer {
    /// What `gh api --include` printed: a status line, headers, an empty line, the body.
    fn read(printed: &[u8]) -> Option<Self> {
        let printed = String::from_utf8_lossy(printed);
        let mut rest = printed.as_ref();
        let mut line = || {
            let (line, after) = rest.split_once('\n')?;
            rest = after;
            Some(line.trim_end_matches('\r'))
        };
        let status = line().filter(|line| line.starts_with("HTTP/"))?;
        let code = status.split(' ').nth(1)?.parse().ok()?;
        let mut headers = Vec::new();
        while let Some(header) = line().filter(|line| !line.is_empty()) {
            let (name, value) = header.split_once(':')?;
            headers.push((name.trim().to_lowercase(), value.trim().to_owned()));
        }
        Some(Self { code, headers, body: rest.to_owned() })
    }

    /// The body of an answer that says yes.
    pub(super) fn value(&self) -> Result<Value, Error> {
        serde_json::from_str(self.text()?).map_err(|_| Error::Nonsense(excerpt(&self.body)))
    }

    /// The same of an answer that is no JSON.
    pub(super) fn text(&self) -> Result<&str, Error> {
        match self.code {
            200..=299 => Ok(&self.body),
            _ => Err(self.error()),
        }
    }

    /// What an answer means that says no.
    pub(super) fn error(&self) -> Error {
        let said = self.words();
        match self.code {
            401 => Error::NotLoggedIn(said),
            403 | 429 => match self.limited(&said) {
                Some(until) => Error::RateLimited { until },
                None => Error::NoPermission(match self.header("x-github-sso") {
                    Some(sso) => format!("{said} (single sign-on: {sso})"),
                    None => said,
                }),
            },
            404 | 410 => Error::NotFound(said),
            408 | 500..=599 => Error::Unavailable(format!("HTTP {}", self.code)),
            _ => Error::Refused(said),
        }
    }

    /// Until when it wants to be left alone, if that is what it says.
    fn limited(&self, said: &str) -> Option<Timestamp> {
        let number = |name: &str| self.header(name).and_then(|value| value.parse::<u64>().ok());
        if let Some(seconds) = number("retry-after") {
            return Some(now() + Duration::from_secs(seconds));
        }
        if number("x-ratelimit-remaining") == Some(0) {
            return Some(self.resets_at());
        }
        (self.code == 429 || said.to_lowercase().contains("rate limit")).then(|| now() + A_WHILE)
    }

    /// When the limit of requests starts afresh.
    pub(super) fn resets_at(&self) -> Timestamp {
        let seconds = self.header("x-ratelimit-reset").and_then(|value| value.parse::<u64>().ok());
        seconds.map_or_else(|| now() + A_WHILE, |seconds| Timestamp(0) + Duration::from_secs(seconds))
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// GitHub's own words: its message, and what it says of single fields.
    pub(super) fn words(&self) -> String {
        let Ok(body) = serde_json::from_str::<Value>(&self.body) else { return excerpt(&self.body) };
        let message = body["message"].as_str().unwrap_or_default().to_owned();
        let of_fields = body["errors"].as_array().into_iter().flatten().filter_map(|error| {
            let of_field = || Some(format!("{} is {}", error["field"].as_str()?, error["code"].as_str()?));
            error.as_str().or(error["message"].as_str()).map(str::to_owned).or_else(of_field)
        });
        let words: Vec<String> = std::iter::once(message).filter(|text| !text.is_empty()).chain(of_fields).collect();
        if words.is_empty() { format!("HTTP {}", self.code) } else { words.join(": ") }
    }
}

/// The beginning of something that was not expected.
fn excerpt(text: &str) -> String {
    text.trim().chars().take(200).collect()
}

fn now() -> Timestamp {
    Timestamp(0) + SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(printed: &str) -> Answer {
        Answer::read(printed.as_bytes()).expect("an answer")
    }

    #[test]
    fn code_headers_and_body_are_told_apart() {
        let answer = answer("HTTP/2.0 200 OK\nX-Ratelimit-Remaining: 7\r\nDate: a: b\r\n\r\n{\"a\":\n\n1}");
        assert_eq!((answer.code, answer.header("x-ratelimit-remaining")), (200, Some("7")));
        assert_eq!(answer.value().expect("yes")["a"], 1);
        assert_eq!(Answer::read(b"error connecting to api.github.com\n"), None);
    }

    #[test]
    fn a_limit_says_until_when() {
        let reset = answer("HTTP/1.1 403 x\nX-Ratelimit-Remaining: 0\nX-Ratelimit-Reset: 1900000000\n\n{}");
        assert!(matches!(reset.error(), Error::RateLimited { until: Timestamp(1_900_000_000_000) }));
        let before = now();
        let retry = answer("HTTP/1.1 429 x\nRetry-After: 30\n\n{}").error();
        let Error::RateLimited { until } = retry else { panic!("{retry:?}") };
        assert!(until >= before + Duration::from_secs(30) && until <= now() + Duration::from_secs(30));
        let secondary = "HTTP/1.1 403 x\n\n{\"message\":\"You have exceeded a secondary rate limit.\"}";
        assert!(matches!(answer(secondary).error(), Error::RateLimited { .. }));
    }

    #[test]
    fn a_refusal_says_why_in_the_forges_words() {
        let body =
            r#"{"message":"Validation Failed","errors":[{"message":"No commits"},{"field":"head","code":"invalid"}]}"#;
        let refused = answer(&format!("HTTP/1.1 422 x\n\n{body}")).error().to_string();
        assert_eq!(refused, "refused: Validation Failed: No commits: head is invalid");
        assert!(matches!(answer("HTTP/1.1 502 x\n\n<html>").error(), Error::Unavailable(_)));
        assert!(matches!(answer("HTTP/1.1 403 x\n\n{\"message\":\"no\"}").error(), Error::NoPermission(_)));
        assert!(matches!(answer("HTTP/1.1 401 x\n\n{}").error(), Error::NotLoggedIn(_)));
        assert!(matches!(answer("HTTP/1.1 200 x\n\nit works!").value(), Err(Error::Nonsense(_))));
    }
}
