//! The form in which a host is added, or what was said of a target is changed.

use std::path::Path;

use super::{
    editor::{Editor, Lines},
    form::expand,
};
use crate::{
    domain::{
        Command, Target, TargetLabel, TargetName,
        target::{Place, SshAddress, SshPlace},
    },
    tui::message::Problem,
};

/// The form in which a host is added, or what was said of a target is changed.
#[derive(Debug, Clone)]
pub struct TargetForm {
    /// The target that is changed; `None` for a new one.
    pub edits: Option<Box<Target>>,
    /// Its fields, from the top.
    pub fields: Vec<(Field, Editor)>,
    /// Which of them the keys go to.
    pub at: usize,
    /// What was said against it.
    pub problem: Option<Problem>,
    /// It was sent, and the answer is awaited.
    pub sent: bool,
}

/// A field of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// What it is called.
    Name,
    /// Its address.
    Host,
    /// The key to use.
    Identity,
    /// Where our things are on it.
    WorkRoot,
    /// How many sessions.
    Capacity,
    /// What it is good for.
    Labels,
    /// What is run there first.
    Bootstrap,
}

impl Field {
    /// What stands before it.
    pub fn label(self) -> &'static str {
        match self {
            Field::Name => "name",
            Field::Host => "host",
            Field::Identity => "key file",
            Field::WorkRoot => "work root",
            Field::Capacity => "sessions",
            Field::Labels => "labels",
            Field::Bootstrap => "run first",
        }
    }

    /// What stands in it while it is empty.
    pub fn hint(self) -> &'static str {
        match self {
            Field::Name => "how you call it: build",
            Field::Host => "[user@]host[:port], or an alias of your ~/.ssh/config",
            Field::Identity => "as your ~/.ssh/config says",
            Field::WorkRoot => "~/.local/share/quarterdeck there",
            Field::Capacity => "no cap of its own",
            Field::Labels => "words for what it is good for: gpu big",
            Field::Bootstrap => "nothing; or a line for the shell there",
        }
    }
}

impl TargetForm {
    /// An empty form for a new host.
    pub fn new() -> Self {
        use Field::{Bootstrap, Capacity, Host, Identity, Labels, Name, WorkRoot};
        let fields = [Name, Host, Identity, WorkRoot, Capacity, Labels, Bootstrap];
        let fields = fields.map(|field| (field, Editor::new(Lines::One))).into();
        Self { edits: None, fields, at: 0, problem: None, sent: false }
    }

    /// A form with what was said of `target`.
    pub fn of(target: &Target) -> Self {
        let capacity = target.capacity.map(|most| most.to_string()).unwrap_or_default();
        let mut fields = vec![(Field::Capacity, capacity), (Field::Labels, words(&target.labels))];
        if let Place::Ssh(SshPlace { address, work_root, bootstrap }) = &target.place {
            let shown = |path: Option<&Path>| path.map(|path| path.display().to_string()).unwrap_or_default();
            let of_host = [
                (Field::Host, address.to_string()),
                (Field::Identity, shown(address.identity())),
                (Field::WorkRoot, shown(work_root.as_deref())),
            ];
            fields.splice(0..0, of_host);
            fields.push((Field::Bootstrap, bootstrap.clone().unwrap_or_default()));
        }
        let fields = fields.into_iter().map(|(field, text)| (field, Editor::line(&text))).collect();
        Self { edits: Some(Box::new(target.clone())), fields, at: 0, problem: None, sent: false }
    }

    /// Goes to the next field, or the one before, round and round.
    pub fn move_field(&mut self, forward: bool) {
        let step = if forward { 1 } else { self.fields.len() - 1 };
        self.at = (self.at + step) % self.fields.len();
    }

    /// The field in which text is written.
    pub fn editor(&mut self) -> &mut Editor {
        &mut self.fields[self.at].1
    }

    /// The command it stands for, and what the person reads when it is done.
    ///
    /// # Errors
    /// What is missing or makes no sense, and where.
    pub fn command(&self, home: Option<&Path>) -> Result<(Command, String), (Field, Problem)> {
        match &self.edits {
            None => {
                let name = self.name()?;
                let (work_root, bootstrap) = (self.some(Field::WorkRoot).map(Into::into), self.some(Field::Bootstrap));
                let place = SshPlace { address: self.address(home)?, work_root, bootstrap };
                let (capacity, labels) = (Some(self.capacity()?), self.labels()?);
                let done = format!("{name} was added, and is being reached");
                Ok((Command::AddTarget { target: name, place, capacity, labels }, done))
            }
            Some(target) => {
                let (mut address, mut work_root, mut bootstrap) = (None, None, None);
                if let Place::Ssh(old) = &target.place {
                    address = Some(self.address(home)?).filter(|new| *new != old.address);
                    let root = self.some(Field::WorkRoot).map(std::path::PathBuf::from);
                    work_root = (root != old.work_root).then(|| root.unwrap_or_default());
                    let line = self.some(Field::Bootstrap);
                    bootstrap = (line != old.bootstrap).then(|| line.unwrap_or_default());
                }
                let target = target.name.clone();
                let done = format!("{target} was changed");
                let (capacity, labels) = (Some(self.capacity()?), Some(self.labels()?));
                Ok((Command::EditTarget { target, address, work_root, bootstrap, capacity, labels }, done))
            }
        }
    }

    /// Goes to a field.
    pub fn go_to(&mut self, field: Field) {
        self.at = self.fields.iter().position(|(of, _)| *of == field).unwrap_or(self.at);
    }

    /// What is to be called so, once it is there.
    ///
    /// # Errors
    /// When that is no name.
    pub fn name(&self) -> Result<TargetName, (Field, Problem)> {
        self.text(Field::Name).parse().map_err(in_field(Field::Name))
    }

    fn address(&self, home: Option<&Path>) -> Result<SshAddress, (Field, Problem)> {
        let written: SshAddress = self.text(Field::Host).parse().map_err(in_field(Field::Host))?;
        let identity = self.some(Field::Identity).map(|file| expand(&file, home));
        SshAddress::new(written.host().into(), written.user().map(Into::into), written.port(), identity)
            .map_err(in_field(Field::Identity))
    }

    fn capacity(&self) -> Result<u32, (Field, Problem)> {
        match self.text(Field::Capacity).as_str() {
            "" => Ok(0),
            text => {
                text.parse().map_err(|_| (Field::Capacity, Problem::new(format!("{text:?} is no number of sessions"))))
            }
        }
    }

    fn labels(&self) -> Result<Vec<TargetLabel>, (Field, Problem)> {
        let text = self.text(Field::Labels);
        let words = text.split([' ', ',']).filter(|word| !word.is_empty());
        words.map(|word| word.parse().map_err(in_field(Field::Labels))).collect()
    }

    fn some(&self, field: Field) -> Option<String> {
        Some(self.text(field)).filter(|text| !text.is_empty())
    }

    fn text(&self, field: Field) -> String {
        let found = self.fields.iter().find(|(of, _)| *of == field);
        found.map(|(_, editor)| editor.text().trim().to_owned()).unwrap_or_default()
    }
}

impl Default for TargetForm {
    fn default() -> Self {
        Self::new()
    }
}

fn in_field<E: std::fmt::Display>(field: Field) -> impl Fn(E) -> (Field, Problem) {
    move |error| (field, Problem::new(error.to_string()))
}

fn words(labels: &[TargetLabel]) -> String {
    labels.iter().map(TargetLabel::as_str).collect::<Vec<_>>().join(" ")
}
