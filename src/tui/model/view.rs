//! The views.

use crate::tui::action::Action;

/// A view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// Objectives, sessions and the selected one's screen.
    Board,
    /// Open questions.
    Questions,
    /// Branches that are offered for review.
    PullRequests,
    /// Where sessions run.
    Targets,
    /// The log.
    Activity,
    /// What was used.
    Usage,
    /// Workspaces. It is opened by its own key, and stands in no row of views.
    Workspaces,
    /// What a session changed. It is opened on a session, and stands in no row of views.
    Diff,
}

impl View {
    /// The views that are always there, in their order.
    pub const ALL: [View; 6] =
        [View::Board, View::Questions, View::PullRequests, View::Targets, View::Activity, View::Usage];

    /// Its name.
    pub fn label(self) -> &'static str {
        match self {
            View::Board => "board",
            View::Questions => "questions",
            View::PullRequests => "pull requests",
            View::Targets => "targets",
            View::Activity => "activity",
            View::Usage => "usage",
            View::Workspaces => "workspaces",
            View::Diff => "changes",
        }
    }

    /// What shows it.
    pub fn action(self) -> Action {
        match self {
            View::Board => Action::ViewBoard,
            View::Questions => Action::ViewQuestions,
            View::PullRequests => Action::ViewPullRequests,
            View::Targets => Action::ViewTargets,
            View::Activity => Action::ViewActivity,
            View::Usage => Action::ViewUsage,
            View::Workspaces => Action::ViewWorkspaces,
            View::Diff => Action::Diff,
        }
    }
}
