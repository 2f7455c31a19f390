//! What a theme gives colours to.

/// What a theme gives a colour to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Behind everything; `default` leaves the terminal's own.
    Background,
    /// What is read.
    Text,
    /// What is read second: times, ids, explanations.
    Dim,
    /// Titles, and what is to catch the eye without needing anything.
    Accent,
    /// The text of what is selected.
    SelectionText,
    /// Behind what is selected.
    SelectionBackground,
    /// Lines between things.
    Border,
    /// The line around what the keys go to.
    BorderFocused,
    /// The names of keys.
    KeyHint,
    /// An agent at work.
    Working,
    /// An agent that waits for the next message.
    YourTurn,
    /// An agent that asks.
    Asking,
    /// An agent whose provider failed, trying again.
    Retrying,
    /// What waits without needing the person.
    Waiting,
    /// What is done.
    Succeeded,
    /// What ended without being done.
    Failed,
    /// What may go wrong.
    Warning,
    /// What went wrong.
    Error,
}

impl Role {
    /// Every role, in the order of its declaration.
    pub const ALL: [Role; 18] = [
        Role::Background,
        Role::Text,
        Role::Dim,
        Role::Accent,
        Role::SelectionText,
        Role::SelectionBackground,
        Role::Border,
        Role::BorderFocused,
        Role::KeyHint,
        Role::Working,
        Role::YourTurn,
        Role::Asking,
        Role::Retrying,
        Role::Waiting,
        Role::Succeeded,
        Role::Failed,
        Role::Warning,
        Role::Error,
    ];

    /// The role that theme files call `name`.
    pub fn named(name: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.name() == name)
    }

    /// What theme files call it.
    pub fn name(self) -> &'static str {
        match self {
            Role::Background => "background",
            Role::Text => "text",
            Role::Dim => "dim",
            Role::Accent => "accent",
            Role::SelectionText => "selection_text",
            Role::SelectionBackground => "selection_background",
            Role::Border => "border",
            Role::BorderFocused => "border_focused",
            Role::KeyHint => "key_hint",
            Role::Working => "working",
            Role::YourTurn => "your_turn",
            Role::Asking => "asking",
            Role::Retrying => "retrying",
            Role::Waiting => "waiting",
            Role::Succeeded => "succeeded",
            Role::Failed => "failed",
            Role::Warning => "warning",
            Role::Error => "error",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_is_found_by_its_name_and_at_its_place() {
        for (place, role) in Role::ALL.into_iter().enumerate() {
            assert_eq!(Role::named(role.name()), Some(role));
            assert_eq!(role as usize, place);
        }
    }
}
