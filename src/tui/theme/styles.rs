//! What everything on the dashboard looks like: the one place where roles become styles.

use ratatui::style::{Color, Style};

use super::{Role, Theme, contrast};
use crate::domain::{
    Target,
    activity::Doing,
    message::Delivery,
    objective, question, session,
    target::{Link, State},
};

/// Whether colours are drawn at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Colors {
    /// As the theme says.
    #[default]
    Shown,
    /// Nothing but bold, dim, reverse and underline.
    Hidden,
}

impl Colors {
    /// [`Colors::Hidden`] when `NO_COLOR` is set to anything but nothing. <https://no-color.org>
    pub fn from_environment() -> Self {
        match std::env::var_os("NO_COLOR") {
            Some(value) if !value.is_empty() => Colors::Hidden,
            Some(_) | None => Colors::Shown,
        }
    }
}

/// The styles of one theme. Each is meant to be drawn over [`Styles::frame`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Styles {
    theme: Theme,
    colors: Colors,
}

impl Styles {
    /// The styles of `theme`.
    pub fn new(theme: &Theme, colors: Colors) -> Self {
        Self { theme: theme.clone(), colors }
    }

    /// The theme they belong to.
    pub fn theme(&self) -> &Theme {
        &self.theme
    }

    /// Whether colours are drawn at all.
    pub fn colors(&self) -> Colors {
        self.colors
    }

    /// What the whole frame is painted with first: text and background.
    pub fn frame(&self) -> Style {
        match self.colors {
            Colors::Shown => Style::new().fg(self.theme.color(Role::Text)).bg(self.theme.color(Role::Background)),
            Colors::Hidden => Style::reset(),
        }
    }

    /// What is read.
    pub fn text(&self) -> Style {
        self.role(Role::Text)
    }

    /// What is read second: times, ids, explanations.
    pub fn dim(&self) -> Style {
        self.faint(Role::Dim)
    }

    /// What is to catch the eye without needing anything.
    pub fn accent(&self) -> Style {
        self.role(Role::Accent)
    }

    /// The title of a box.
    pub fn title(&self, focused: bool) -> Style {
        if focused { self.role(Role::Accent).bold() } else { self.role(Role::Text) }
    }

    /// The name of an objective, or another line that others belong to.
    pub fn heading(&self) -> Style {
        self.role(Role::Text).bold()
    }

    /// The line around a box.
    pub fn border(&self, focused: bool) -> Style {
        if focused { self.role(Role::BorderFocused) } else { self.faint(Role::Border) }
    }

    /// The row the cursor is on, over whatever the row's own colours are. `focused`: the keys go to its list.
    pub fn selected(&self, focused: bool) -> Style {
        let (ground, text) = (self.theme.color(Role::SelectionBackground), self.theme.color(Role::SelectionText));
        // Default colours, drawn in reverse, are readable whatever the terminal's colours are.
        let plain = Style::new().fg(Color::Reset).bg(Color::Reset).not_dim();
        match (self.colors, focused) {
            (Colors::Hidden, true) => plain.reversed(),
            (Colors::Hidden, false) => plain.bold().underlined(),
            (Colors::Shown, true) if ground == Color::Reset => plain.reversed(),
            (Colors::Shown, false) if ground == Color::Reset => plain.bold().underlined(),
            (Colors::Shown, true) => Style::new().fg(text).bg(ground).not_dim().bold(),
            (Colors::Shown, false) => {
                let (ground, text) = self.unfocused_selection();
                Style::new().fg(text).bg(ground).not_dim()
            }
        }
    }

    /// Text in a field in which the person writes.
    pub fn input(&self) -> Style {
        self.role(Role::Text)
    }

    /// The cursor in a field, where the terminal's own is not shown.
    pub fn cursor(&self) -> Style {
        Style::new().reversed()
    }

    /// What is selected inside a field, and the match that a search stands on.
    pub fn marked(&self) -> Style {
        self.selected(true)
    }

    /// What a search or a filter found.
    pub fn found(&self) -> Style {
        self.role(Role::Accent).bold().underlined()
    }

    /// The name of a key.
    pub fn key(&self) -> Style {
        self.role(Role::KeyHint).bold()
    }

    /// What a key does, or what could be done.
    pub fn hint(&self) -> Style {
        self.dim()
    }

    /// What went wrong.
    pub fn error(&self) -> Style {
        self.role(Role::Error).bold()
    }

    /// What may go wrong.
    pub fn warning(&self) -> Style {
        self.role(Role::Warning)
    }

    /// What went well.
    pub fn success(&self) -> Style {
        self.role(Role::Succeeded)
    }

    /// A count or a word on a ground of its own, such as the number of open questions.
    pub fn badge(&self, role: Role) -> Style {
        match self.colors {
            Colors::Hidden => Style::new().bold().reversed(),
            // In reverse the ground gets the role's colour, and the text the background's.
            Colors::Shown => self.role(role).bold().reversed(),
        }
    }

    /// What an agent is doing.
    pub fn doing(&self, doing: Doing) -> Style {
        match doing {
            Doing::Working | Doing::Compacting | Doing::Background => self.role(Role::Working),
            Doing::YourTurn => self.role(Role::YourTurn).bold(),
            Doing::Asking => self.needing(Role::Asking),
            Doing::Retrying | Doing::Parked => self.role(Role::Retrying),
            Doing::Unreachable => self.role(Role::Warning).underlined(),
            Doing::Starting | Doing::Unknown => self.faint(Role::Waiting),
            Doing::Nothing => self.dim(),
        }
    }

    /// Where a session stands.
    pub fn state(&self, state: &session::State) -> Style {
        match state {
            session::State::Queued | session::State::WaitingCapacity { .. } | session::State::Starting { .. } => {
                self.faint(Role::Waiting)
            }
            session::State::Running { .. } => self.role(Role::Working),
            session::State::WaitingUser { .. } => self.needing(Role::Asking),
            session::State::Succeeded { .. } => self.role(Role::Succeeded),
            session::State::Failed { .. } => self.role(Role::Failed).bold(),
            session::State::Canceled => self.dim(),
        }
    }

    /// Where an objective stands.
    pub fn objective(&self, state: objective::State) -> Style {
        match state {
            objective::State::Open => self.heading(),
            objective::State::Done => self.role(Role::Succeeded),
            objective::State::Canceled => self.dim(),
        }
    }

    /// Whether a question still waits.
    pub fn question(&self, state: &question::State) -> Style {
        match state {
            question::State::Open => self.needing(Role::Asking),
            question::State::Answering { .. } => self.role(Role::Waiting),
            question::State::Answered { .. } => self.role(Role::Succeeded),
            question::State::Withdrawn { .. } => self.dim(),
        }
    }

    /// How far a message has come.
    pub fn delivery(&self, delivery: &Delivery) -> Style {
        match delivery {
            Delivery::Queued { .. } => self.faint(Role::Waiting),
            Delivery::Launching { .. }
            | Delivery::Typing { .. }
            | Delivery::Typed { .. }
            | Delivery::Submitted { .. } => self.role(Role::Working),
            Delivery::TakenUp { .. } => self.role(Role::Succeeded),
            Delivery::Failed { .. } => self.role(Role::Failed).bold(),
            Delivery::Uncertain { .. } => self.needing(Role::Asking),
        }
    }

    /// Whether a target takes sessions.
    pub fn target(&self, target: &Target) -> Style {
        match (target.state, &target.link) {
            (State::Disabled, _) => self.dim(),
            (_, Link::Unreachable { .. } | Link::Unfit { .. }) => self.role(Role::Failed).bold(),
            (_, Link::Untried | Link::Joining) | (State::Draining, Link::Here | Link::Up { .. }) => {
                self.role(Role::Warning)
            }
            (State::Online, Link::Here | Link::Up { .. }) => self.role(Role::Succeeded),
        }
    }

    /// A line that a change adds.
    pub fn added(&self) -> Style {
        self.role(Role::Succeeded)
    }

    /// A line that a change removes.
    pub fn removed(&self) -> Style {
        self.role(Role::Failed)
    }

    fn role(&self, role: Role) -> Style {
        match self.colors {
            Colors::Shown => Style::new().fg(self.theme.color(role)),
            Colors::Hidden => Style::new(),
        }
    }

    /// A role that steps back: by its colour, or drawn faint where it has none.
    fn faint(&self, role: Role) -> Style {
        let style = self.role(role);
        if matches!(style.fg, None | Some(Color::Reset)) { style.dim() } else { style }
    }

    /// A role that needs the person: without colours in reverse, which nothing but the selection is.
    fn needing(&self, role: Role) -> Style {
        match self.colors {
            Colors::Shown => self.role(role).bold(),
            Colors::Hidden => Style::new().bold().reversed(),
        }
    }

    /// Half as strong as the focused selection, in whichever text colour is read better on it.
    fn unfocused_selection(&self) -> (Color, Color) {
        let ground = self.theme.color(Role::SelectionBackground);
        let ground = contrast::halfway(ground, self.theme.color(Role::Background)).unwrap_or(ground);
        let reads = |role| contrast::ratio(self.theme.color(role), ground).unwrap_or(0.0);
        let text = if reads(Role::Text) > reads(Role::SelectionText) { Role::Text } else { Role::SelectionText };
        (ground, self.theme.color(text))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use ratatui::style::Modifier;

    use super::*;
    use crate::{
        domain::{AttemptId, QuestionId},
        tui::theme::Themes,
    };

    fn everything(styles: &Styles) -> Vec<Style> {
        let mut all: Vec<Style> = Doing::ALL.into_iter().map(|doing| styles.doing(doing)).collect();
        for state in [
            session::State::Queued,
            session::State::Running { attempt: AttemptId::FIRST },
            session::State::WaitingUser { question: QuestionId::FIRST },
            session::State::Failed { cause: String::new() },
            session::State::Canceled,
        ] {
            all.push(styles.state(&state));
        }
        for yes in [true, false] {
            all.extend([styles.title(yes), styles.border(yes), styles.selected(yes)]);
        }
        all.extend([styles.frame(), styles.text(), styles.dim(), styles.accent(), styles.heading(), styles.found()]);
        all.extend([styles.key(), styles.hint(), styles.error(), styles.warning(), styles.badge(Role::Asking)]);
        all
    }

    #[test]
    fn a_selection_can_be_read_over_every_other_style() {
        for name in Themes::built_in().names() {
            for focused in [true, false] {
                let styles = Styles::new(Themes::built_in().find(name).expect("listed"), Colors::Shown);
                for below in everything(&styles) {
                    let drawn = styles.frame().patch(below).patch(styles.selected(focused));
                    let (text, ground) = (drawn.fg.expect("set"), drawn.bg.expect("set"));
                    assert!(!drawn.add_modifier.contains(Modifier::DIM));
                    if name == Themes::DEFAULT {
                        assert_eq!((text, ground), (Color::Reset, Color::Reset), "the terminal's own text and ground");
                        continue;
                    }
                    let contrast = contrast::ratio(text, ground).expect("24-bit colours");
                    assert!(contrast >= 4.5, "{name}: a selection has a contrast of {contrast:.2}");
                }
            }
        }
    }

    #[test]
    fn without_colours_nothing_but_attributes_is_left() {
        for name in Themes::built_in().names() {
            let styles = Styles::new(Themes::built_in().find(name).expect("listed"), Colors::Hidden);
            for style in everything(&styles) {
                for color in [style.fg, style.bg] {
                    assert!(matches!(color, None | Some(Color::Reset)), "{name}: {style:?}");
                }
            }
        }
    }

    #[test]
    fn without_colours_what_needs_the_person_still_stands_out() {
        let styles = Styles::new(Themes::built_in().next("terminal"), Colors::Hidden);
        let looks: BTreeSet<_> =
            [Doing::Working, Doing::YourTurn, Doing::Asking, Doing::Unreachable, Doing::Unknown, Doing::Retrying]
                .map(|doing| styles.doing(doing).add_modifier.bits())
                .into();
        assert_eq!(looks.len(), 5, "only working and retrying look the same");
    }

    #[test]
    fn the_terminals_own_theme_steps_back_by_drawing_faint() {
        let styles = Styles::new(Themes::built_in().find(Themes::DEFAULT).expect("listed"), Colors::Shown);
        assert_eq!(styles.dim(), Style::new().fg(Color::Reset).dim());
        assert_eq!(styles.frame(), Style::new().fg(Color::Reset).bg(Color::Reset));
    }
}
