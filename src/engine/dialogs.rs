//! Answering a dialog that an agent shows in its pane, with its own keys.

use super::{core::Outcome, rooms::Rooms};
use crate::domain::{AttemptId, ProfileName, QuestionId, attempt::PaneId};

/// One key to be pressed in one dialog.
#[derive(Debug, Clone)]
pub(crate) struct Press {
    pub(crate) question: QuestionId,
    pub(crate) attempt: AttemptId,
    pub(crate) pane: PaneId,
    pub(crate) profile: ProfileName,
    /// The dialog that was asked about.
    pub(crate) fingerprint: String,
    /// Which of its options, from 0; `None` refuses it.
    pub(crate) option: Option<usize>,
}

/// Looks whether the pane shows the dialog that was asked about, and answers it.
pub(crate) async fn press(_rooms: &Rooms, press: &Press) -> Outcome {
    tracing::debug!(?press, "no dialog can be read yet");
    Outcome::NotPressed { question: press.question, reason: "no dialog of this agent can be read".into() }
}
