//! How a session stands, as one sign and one word.

use ratatui::style::Style;

use crate::{
    domain::{
        Session,
        activity::Doing,
        session::{Scope, State},
    },
    tui::theme::Styles,
};

/// How a session stands: its state, and while it runs what its agent is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sign {
    /// One column wide, in every font.
    pub glyph: &'static str,
    /// At most ten columns.
    pub word: &'static str,
}

impl Sign {
    /// How `session` stands.
    pub fn of(session: &Session) -> Sign {
        let (glyph, word) = match &session.state {
            State::Queued if !session.depends_on.is_empty() => ("○", "waits"),
            State::Queued => ("○", "queued"),
            State::WaitingCapacity { scope: Scope::Global | Scope::Target } => ("○", "no place"),
            State::WaitingCapacity { scope: Scope::TargetClosed | Scope::NoTarget } => ("○", "closed"),
            State::Starting { .. } => ("◌", "starting"),
            State::Running { .. } => Sign::doing(session.activity.doing),
            State::WaitingUser { .. } => ("?", "needs you"),
            State::Succeeded { .. } => ("✓", "done"),
            State::Failed { .. } => ("✗", "failed"),
            State::Canceled => ("–", "canceled"),
        };
        Sign { glyph, word }
    }

    fn doing(doing: Doing) -> (&'static str, &'static str) {
        let glyph = match doing {
            Doing::Nothing => "·",
            Doing::Starting => "◌",
            Doing::Working => "●",
            Doing::YourTurn => "◆",
            Doing::Asking => "?",
            Doing::Compacting => "◍",
            Doing::Background => "◔",
            Doing::Retrying => "↻",
            Doing::Parked => "‖",
            Doing::Unreachable => "!",
            Doing::Unknown => "~",
        };
        // The whole word is too long for a row.
        let word = if doing == Doing::Unreachable { "no contact" } else { doing.label() };
        (glyph, word)
    }

    /// What it looks like.
    pub fn style(session: &Session, styles: &Styles) -> Style {
        match session.state {
            State::Running { .. } => styles.doing(session.activity.doing),
            State::Queued
            | State::WaitingCapacity { .. }
            | State::Starting { .. }
            | State::WaitingUser { .. }
            | State::Succeeded { .. }
            | State::Failed { .. }
            | State::Canceled => styles.state(&session.state),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::text;

    #[test]
    fn every_sign_is_one_column_and_its_word_fits() {
        for doing in Doing::ALL {
            let (glyph, word) = Sign::doing(doing);
            assert_eq!(text::width(glyph), 1);
            assert!(word.len() <= 10, "{word}");
        }
    }
}
