//! What a tmux says it is, and whether that is new enough.

/// The oldest tmux with everything that is used of it.
const OLDEST: (u32, u32) = (3, 2);

/// What `tmux -V` said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TmuxVersion(String);

impl TmuxVersion {
    /// Reads a line like `tmux 3.3a`.
    pub fn read(said: &str) -> Self {
        let said = said.trim();
        Self(said.strip_prefix("tmux ").unwrap_or(said).to_owned())
    }

    /// `3.3a`, `next-3.6`, `master`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// It has everything that is used of it; `None` where it has no number (`master`), and OpenBSD counts its own releases.
    pub fn suffices(&self) -> Option<bool> {
        let (major, minor) = self.0.strip_prefix("next-").unwrap_or(&self.0).split_once('.')?;
        let minor: String = minor.chars().take_while(char::is_ascii_digit).collect();
        Some((major.parse().ok()?, minor.parse().ok()?) >= OLDEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_versions_before_3_2_do_not_suffice() {
        for (said, suffices) in [
            ("tmux 3.2", Some(true)),
            ("tmux 3.2a\n", Some(true)),
            ("tmux 3.10", Some(true)),
            ("tmux next-3.6", Some(true)),
            ("tmux 4.0", Some(true)),
            ("tmux 3.1c", Some(false)),
            ("tmux 1.8", Some(false)),
            ("tmux next-3.1", Some(false)),
            ("tmux master", None),
            ("tmux openbsd-7.4", None),
            ("", None),
        ] {
            assert_eq!(TmuxVersion::read(said).suffices(), suffices, "{said}");
        }
        assert_eq!(TmuxVersion::read("tmux 3.3a").as_str(), "3.3a");
    }
}
