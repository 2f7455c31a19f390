//! What lies over the views: help, why, palette, forms and questions to the person.

use super::{
    artifacts::Artifacts,
    editor::{Editor, Lines},
    form::Form,
    merging::Merging,
    offer::Offer,
    palette::Palette,
    target_form::TargetForm,
};
use crate::{
    api::wire::Why,
    domain::{Command, ObjectiveId, RemarkId, SessionId, TargetName, WorkspaceId, diff::Side},
    tui::message::Problem,
};

/// What lies over the views.
#[derive(Debug)]
pub enum Overlay {
    /// The keys that work here.
    Help {
        /// How many lines are above the picture.
        scroll: usize,
    },
    /// How we know what a session is doing.
    Why {
        /// Which.
        session: SessionId,
        /// The answer, when it has come.
        answer: Option<Result<Box<Why>, Problem>>,
        /// How many lines are above the picture.
        scroll: usize,
    },
    /// What was left behind.
    Artifacts(Artifacts),
    /// Every action by name.
    Palette(Palette),
    /// The themes.
    Themes {
        /// The name of the one that was there before.
        before: String,
    },
    /// Which states are compared.
    Sides(Sides),
    /// The form that creates an objective or a session.
    Form(Box<Form>),
    /// The form that offers work for review, or says something about it.
    Offer(Box<Offer>),
    /// The form in which a host is added, or what was said of a target is changed.
    Target(Box<TargetForm>),
    /// How a pull request is merged.
    Merging(Merging),
    /// A yes is waited for.
    Confirm(Confirm),
    /// One line is asked for.
    Line(Line),
}

/// Which states are compared: one of the left is compared with one of the right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sides {
    /// What can be compared with, and what it is.
    pub from: Vec<(Side, String)>,
    /// What can be compared, and what it is.
    pub to: Vec<(Side, String)>,
    /// The chosen ones.
    pub chosen: [usize; 2],
    /// The column that the keys go to: 0 or 1.
    pub column: usize,
}

/// Something that is done after a yes.
#[derive(Debug, Clone)]
pub struct Confirm {
    /// What is asked.
    pub title: String,
    /// What it would do, in lines.
    pub lines: Vec<String>,
    /// What is done after a yes.
    pub command: Command,
    /// What the person reads when it is done.
    pub done: String,
}

/// One line that is asked for.
#[derive(Debug, Clone)]
pub struct Line {
    /// What for.
    pub wanted: Wanted,
    /// What is written.
    pub editor: Editor,
    /// What was said against it, or why it is asked for.
    pub problem: Option<Problem>,
}

/// What a line is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// Another title for a session.
    SessionTitle(SessionId),
    /// Another title for an objective.
    ObjectiveTitle(ObjectiveId),
    /// A text to look for in the screen's past.
    Search,
    /// Why what is at risk in a workspace may go.
    Reason(WorkspaceId),
    /// Why nothing comes of a remark.
    Settled(RemarkId),
    /// Why a session's change may pass.
    Overruled(SessionId),
    /// How many sessions a target runs at once.
    Capacity(TargetName),
    /// Why workspaces may be left behind on a target that is removed.
    Leaving(TargetName),
}

impl Wanted {
    /// What stands above the line.
    pub fn title(&self) -> String {
        match self {
            Wanted::SessionTitle(id) => format!("rename {id}"),
            Wanted::ObjectiveTitle(id) => format!("rename {id}"),
            Wanted::Search => "look for".into(),
            Wanted::Settled(id) => format!("why does nothing come of {id}?"),
            Wanted::Overruled(id) => format!("why may the change of {id} pass?"),
            Wanted::Capacity(name) => format!("how many sessions does {name} run at once? 0: no cap of its own"),
            Wanted::Leaving(name) => format!("{name} is removed: why may that be left?"),
            Wanted::Reason(id) => format!("why may what is at risk in {id} go?"),
        }
    }
}

impl Line {
    /// A line with `text` in it.
    pub fn new(wanted: Wanted, text: &str, problem: Option<Problem>) -> Self {
        let mut editor = Editor::new(Lines::One);
        editor.paste(text);
        Self { wanted, editor, problem }
    }
}
