//! Texts that were sent.

/// What was sent, and which of it is shown while going through it.
#[derive(Debug, Clone, Default)]
pub struct History {
    texts: Vec<String>,
    shown: Option<usize>,
    draft: String,
}

impl History {
    /// Most texts that are remembered.
    const TEXTS: usize = 100;

    /// Remembers a text.
    pub fn push(&mut self, text: String) {
        self.texts.retain(|known| *known != text);
        self.texts.push(text);
        if self.texts.len() > Self::TEXTS {
            self.texts.remove(0);
        }
        self.shown = None;
    }

    /// The text before the one that is shown; `draft` comes back after the last.
    pub fn older(&mut self, draft: &str) -> Option<&str> {
        let place = match self.shown {
            None => {
                self.draft = draft.to_owned();
                self.texts.len().checked_sub(1)?
            }
            Some(place) => place.saturating_sub(1),
        };
        self.shown = Some(place);
        self.texts.get(place).map(String::as_str)
    }

    /// The text after the one that is shown.
    pub fn newer(&mut self) -> Option<&str> {
        let place = self.shown? + 1;
        self.shown = (place < self.texts.len()).then_some(place);
        Some(self.texts.get(place).map_or(self.draft.as_str(), String::as_str))
    }
}
