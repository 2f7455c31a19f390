//! The form that creates an objective, or a session in one.

use std::path::{Path, PathBuf};

use super::editor::{Editor, Lines};
use crate::{
    api::wire::{Agent, Found},
    domain::{Command, ObjectiveId, ProfileName, TargetName, message::BODY_BYTES, objective, session::Role, workspace},
    tui::message::Problem,
};

/// The form that creates an objective, or a session in one.
#[derive(Debug, Clone)]
pub struct Form {
    /// What it creates.
    pub creates: Creates,
    /// What is to be done.
    pub prompt: Editor,
    /// Any folder in the repository, or its name; empty for work outside any.
    pub repository: Editor,
    /// What to start from; empty for the default.
    pub base: Editor,
    /// The agent; `None` for the default.
    pub agent: Option<ProfileName>,
    /// Where it runs; `None` for wherever it fits.
    pub target: Option<TargetName>,
    /// Where it could run.
    pub targets: Vec<TargetName>,
    /// The kind of checkout; `None` for what fits.
    pub workspace: Option<workspace::Kind>,
    /// The field the keys go to.
    pub field: Field,
    /// Folders, or names, that complete what is written in the repository's field.
    pub folders: Vec<PathBuf>,
    /// What the daemon said against it.
    pub problem: Option<Problem>,
    /// It was sent, and the answer is awaited.
    pub sent: bool,
}

/// What a form creates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Creates {
    /// An objective with its first session.
    Objective,
    /// A session in this objective.
    Session(ObjectiveId),
}

/// A field of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// What is to be done.
    Prompt,
    /// Where the work is.
    Repository,
    /// Who does it.
    Agent,
    /// On which machine.
    Target,
    /// In what kind of checkout.
    Workspace,
    /// From where on.
    Base,
    /// How the work is organised.
    Kind,
}

impl Field {
    /// What stands before it.
    pub fn label(self) -> &'static str {
        match self {
            Field::Prompt => "what is to be done",
            Field::Repository => "repository",
            Field::Agent => "agent",
            Field::Target => "runs on",
            Field::Workspace => "workspace",
            Field::Base => "base",
            Field::Kind => "work as",
        }
    }
}

const KINDS: [Option<workspace::Kind>; 4] =
    [None, Some(workspace::Kind::Isolated), Some(workspace::Kind::Shared), Some(workspace::Kind::Scratch)];

impl Form {
    /// An empty form.
    pub fn new(creates: Creates, repository: &str, targets: Vec<TargetName>) -> Self {
        Self {
            creates,
            prompt: Editor::new(Lines::Many),
            repository: Editor::line(repository),
            base: Editor::new(Lines::One),
            agent: None,
            target: None,
            targets,
            workspace: None,
            field: Field::Prompt,
            folders: Vec::new(),
            problem: None,
            sent: false,
        }
    }

    /// Its fields, from the top. Where there is but one target, there is nothing to choose.
    pub fn fields(&self) -> Vec<Field> {
        let all: &[Field] = match self.creates {
            Creates::Objective => &[
                Field::Prompt,
                Field::Repository,
                Field::Agent,
                Field::Target,
                Field::Workspace,
                Field::Base,
                Field::Kind,
            ],
            Creates::Session(_) => &[Field::Prompt, Field::Agent, Field::Target, Field::Workspace],
        };
        all.iter().copied().filter(|field| *field != Field::Target || self.targets.len() > 1).collect()
    }

    /// Goes to the next field, or the one before, round and round.
    pub fn move_field(&mut self, forward: bool) {
        let fields = self.fields();
        let here = fields.iter().position(|field| *field == self.field).unwrap_or(0);
        let step = if forward { 1 } else { fields.len() - 1 };
        self.field = fields[(here + step) % fields.len()];
        self.folders.clear();
    }

    /// The field in which text is written, when the keys go to one.
    pub fn editor(&mut self) -> Option<&mut Editor> {
        match self.field {
            Field::Prompt => Some(&mut self.prompt),
            Field::Repository => Some(&mut self.repository),
            Field::Base => Some(&mut self.base),
            Field::Agent | Field::Target | Field::Workspace | Field::Kind => None,
        }
    }

    /// Takes the next choice of the field, or the one before. Agents that can't be used are passed over.
    pub fn choose(&mut self, forward: bool, agents: &[Agent]) {
        match self.field {
            Field::Agent => {
                // The default stands for itself.
                let usable =
                    agents.iter().filter(|agent| matches!(agent.found, Found::Usable { .. }) && !agent.default);
                let mut choices: Vec<Option<ProfileName>> = vec![None];
                choices.extend(usable.map(|agent| Some(agent.name.clone())));
                self.agent = neighbour(&choices, &self.agent, forward);
            }
            Field::Target => {
                let mut choices: Vec<Option<TargetName>> = vec![None];
                choices.extend(self.targets.iter().cloned().map(Some));
                self.target = neighbour(&choices, &self.target, forward);
            }
            Field::Workspace => self.workspace = neighbour(&KINDS, &self.workspace, forward),
            Field::Prompt | Field::Repository | Field::Base | Field::Kind => {}
        }
    }

    /// Nothing would be lost by closing it.
    pub fn is_blank(&self) -> bool {
        self.prompt.is_blank()
    }

    /// The command it stands for.
    ///
    /// # Errors
    /// What is missing, or too much.
    pub fn command(&self, home: Option<&Path>) -> Result<Command, Problem> {
        let prompt = self.prompt.text();
        if self.prompt.is_blank() {
            return Err(Problem::new("say what is to be done"));
        }
        if prompt.len() > BODY_BYTES {
            return Err(Problem {
                what: format!("the text has {} bytes; at most {BODY_BYTES} can be given", prompt.len()),
                hint: Some("put it into a file and name that".into()),
            });
        }
        let written = |editor: &Editor| Some(editor.text().trim().to_owned()).filter(|text| !text.is_empty());
        Ok(match self.creates {
            Creates::Objective => Command::NewObjective {
                prompt,
                title: None,
                repository: written(&self.repository).map(|path| expand(&path, home)),
                agent: self.agent.clone(),
                target: self.target.clone(),
                labels: Vec::new(),
                mode: objective::Mode::Plain,
                workspace: self.workspace,
                base: written(&self.base),
            },
            Creates::Session(objective) => Command::NewSession {
                objective,
                prompt,
                title: None,
                agent: self.agent.clone(),
                target: self.target.clone(),
                labels: Vec::new(),
                role: Role::Worker,
                repository: None,
                workspace: self.workspace,
                depends_on: Vec::new(),
                parent: None,
            },
        })
    }
}

fn neighbour<Choice: Clone + PartialEq>(choices: &[Choice], here: &Choice, forward: bool) -> Choice {
    let place = choices.iter().position(|choice| choice == here).unwrap_or(0);
    let step = if forward { 1 } else { choices.len() - 1 };
    choices[(place + step) % choices.len()].clone()
}

/// `~` is the home directory, as people write it.
pub fn expand(path: &str, home: Option<&Path>) -> PathBuf {
    match (path.strip_prefix('~'), home) {
        (Some(""), Some(home)) => home.into(),
        (Some(rest), Some(home)) if rest.starts_with('/') => home.join(rest.trim_start_matches('/')),
        _ => PathBuf::from(path),
    }
}
