//! What a failed job of GitHub Actions printed: its checks themselves say no more than that it failed.

use super::{Github, gh::Gh};
use crate::{
    forge::{Check, Error},
    target::Host,
};

/// How many lines before the failure are kept.
const LINES: usize = 80;
/// How many characters of them, counted from the end.
const CHARACTERS: usize = 6000;

impl Github {
    /// The end of what the job behind a check printed, up to where it failed; `None` where the check is no job of GitHub
    /// Actions, or its log is gone or not for this account.
    ///
    /// # Errors
    /// Every other [`Error`] of a request.
    pub async fn log(&self, local: &Host, check: &Check) -> Result<Option<String>, Error> {
        let Some(job) = check.job else { return Ok(None) };
        let path = format!("repos/{}/{}/actions/jobs/{job}/logs", self.owner, self.name);
        let answer = Gh::new(local, &self.folder).request(&self.host, "GET", &path, None).await?;
        match answer.text() {
            Ok(log) => Ok(Some(end(log)).filter(|end| !end.is_empty())),
            Err(Error::NotFound(_) | Error::NoPermission(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The lines that lead up to the failure, without times and colours.
fn end(log: &str) -> String {
    let lines: Vec<String> = log.lines().map(plain).collect();
    // What follows the failed step is tidying up.
    let failed = lines.iter().position(|line| line.starts_with("##[error]Process completed"));
    let failed = failed.or_else(|| lines.iter().rposition(|line| line.starts_with("##[error]")));
    let end = failed.map_or(lines.len(), |at| at + 1);
    let kept = lines[end.saturating_sub(LINES)..end].join("\n");
    let excess = kept.chars().count().saturating_sub(CHARACTERS);
    kept.chars().skip(excess).collect()
}

/// `2026-01-02T03:04:05.6789012Z ` goes, and everything a terminal would not show.
fn plain(line: &str) -> String {
    let line = line.trim_start_matches('\u{feff}');
    let line = match line.split_once(' ') {
        Some((time, rest)) if time.len() > 19 && time.ends_with('Z') && time.as_bytes()[10] == b'T' => rest,
        _ => line,
    };
    let mut plain = String::new();
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        if letter == '\u{1b}' {
            // Up to the letter that ends the sequence; its bracket does not.
            letters.by_ref().find(|letter| letter.is_ascii_alphabetic());
        } else if !letter.is_control() || letter == '\t' {
            plain.push(letter);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_ends_where_it_failed_without_times_and_colours() {
        let time = "2026-01-02T03:04:05.6789012Z ";
        let log = format!(
            "\u{feff}{time}##[group]Run cargo test\r\n{time}\u{1b}[31;1merror\u{1b}[0m: expected `;`\n\n\
             {time}##[error]Process completed with exit code 101.\n{time}Post job cleanup.\n"
        );
        let expected = "##[group]Run cargo test\nerror: expected `;`\n\n##[error]Process completed with exit code 101.";
        assert_eq!(end(&log), expected);
    }

    #[test]
    fn a_long_log_is_cut_at_its_beginning() {
        let log: String = (0..1000).map(|at| format!("line {at}\n")).collect();
        let end = end(&log);
        assert_eq!(
            (end.lines().count(), end.lines().next(), end.lines().last()),
            (LINES, Some("line 920"), Some("line 999"))
        );
    }
}
