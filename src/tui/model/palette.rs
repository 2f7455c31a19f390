//! Every action by name, found fuzzily.

use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{CaseMatching, Normalization, Pattern},
};

use super::editor::{Editor, Lines};
use crate::tui::action::Action;

/// Every action by name.
#[derive(Debug)]
pub struct Palette {
    /// What is written.
    pub query: Editor,
    found: Vec<Action>,
    chosen: usize,
}

impl Palette {
    /// All actions that make sense on their own.
    pub fn new() -> Self {
        let mut palette = Self { query: Editor::new(Lines::One), found: Vec::new(), chosen: 0 };
        palette.find();
        palette
    }

    /// What was found, best first.
    pub fn found(&self) -> &[Action] {
        &self.found
    }

    /// The place of the chosen one.
    pub fn chosen(&self) -> usize {
        self.chosen
    }

    /// The chosen action.
    pub fn action(&self) -> Option<Action> {
        self.found.get(self.chosen).copied()
    }

    /// Finds anew, after something was written.
    pub fn find(&mut self) {
        let words = self.query.text();
        let pattern = Pattern::parse(&words, CaseMatching::Ignore, Normalization::Smart);
        let (mut matcher, mut buffer) = (Matcher::new(Config::DEFAULT), Vec::new());
        let mut scored: Vec<(u32, Action)> = Vec::new();
        for action in Action::ALL.iter().copied().filter(|action| stands_alone(*action)) {
            let text = format!("{} {}", action.name(), action.words());
            let score = pattern.score(Utf32Str::new(&text, &mut buffer), &mut matcher);
            scored.extend(score.map(|score| (score, action)));
        }
        scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        self.found = scored.into_iter().map(|(_, action)| action).collect();
        self.chosen = 0;
    }

    /// Chooses the next, or the one before, round and round.
    pub fn step(&mut self, steps: isize) {
        let count = self.found.len().max(1);
        self.chosen = (self.chosen.saturating_add_signed(steps.rem_euclid(count as isize))) % count;
    }
}

impl Default for Palette {
    fn default() -> Self {
        Self::new()
    }
}

/// Keys that only mean something inside what is being written or asked are not offered.
fn stands_alone(action: Action) -> bool {
    !matches!(
        action,
        Action::Submit
            | Action::NewLine
            | Action::NextField
            | Action::PreviousField
            | Action::Close
            | Action::Confirm
            | Action::Decline
            | Action::Back
            | Action::Palette
    )
}
