//! What a person asks for about targets.

use std::path::PathBuf;

use super::{CommandResult, Core};
use crate::domain::{
    Change, Placement, Refusal, Reply, SessionId, Target, TargetLabel, TargetName, Workspace, event,
    target::{Link, Place, SshAddress, SshPlace, State},
    workspace,
};

/// What is to be changed of a target.
pub(super) struct Edit {
    pub(super) address: Option<SshAddress>,
    pub(super) work_root: Option<PathBuf>,
    pub(super) bootstrap: Option<String>,
    pub(super) capacity: Option<u32>,
    pub(super) labels: Option<Vec<TargetLabel>>,
}

impl Core {
    pub(super) fn known_target(&self, name: &TargetName) -> Result<&Target, Refusal> {
        self.world.targets.get(name).ok_or_else(|| {
            Refusal::not_found(format!("there is no target {name}")).hint("`qd target` lists the targets there are")
        })
    }

    /// Where a new session goes, and how it comes there.
    pub(super) fn place(
        &self,
        named: Option<TargetName>,
        labels: Vec<TargetLabel>,
        kind: workspace::Kind,
        written: Option<TargetName>,
    ) -> Result<(TargetName, Placement), Refusal> {
        let local = TargetName::local();
        if named.is_some() && !labels.is_empty() {
            return Err(Refusal::usage("both a target and labels were given").hint("one of them says where it runs"));
        }
        if kind == workspace::Kind::Shared {
            return match named.filter(|name| *name != local) {
                None if labels.is_empty() => Ok((local, Placement::Pinned)),
                _ => Err(Refusal::usage("your own folder is on this machine, so a session that shares it runs here")
                    .hint("leave the target away, or the kind of workspace")),
            };
        }
        if let Some(name) = named.or_else(|| written.filter(|_| labels.is_empty())) {
            self.known_target(&name)?;
            return Ok((name, Placement::Pinned));
        }
        if labels.is_empty() {
            return Ok((local, Placement::Anywhere));
        }
        let labels = sorted(labels);
        let Some(first) = self.world.targets_with(&labels).next().map(|target| target.name.clone()) else {
            let wanted: Vec<&str> = labels.iter().map(TargetLabel::as_str).collect();
            return Err(Refusal::not_found(format!("no target has the labels {}", wanted.join(", ")))
                .hint("`qd target` lists the labels there are, and `qd target edit NAME --label …` gives some"));
        };
        Ok((first, Placement::Labels { labels }))
    }

    pub(super) fn add_target(
        &mut self,
        name: TargetName,
        place: SshPlace,
        capacity: Option<u32>,
        labels: Vec<TargetLabel>,
    ) -> CommandResult {
        if self.world.targets.contains_key(&name) {
            return Err(Refusal::refused(format!("there is a target {name} already"))
                .hint(format!("change it with `qd target edit {name}`, or choose another name")));
        }
        let place = checked(place)?;
        self.alone_at(&name, &place)?;
        self.log(event::Kind::Target, None, None, format!("{name} was added: {}", place.address));
        self.put(Change::Target(Target {
            name,
            place: Place::Ssh(place),
            state: State::Online,
            state_since: self.now,
            capacity: capacity.filter(|&capacity| capacity > 0),
            labels: sorted(labels),
            link: Link::Untried,
        }));
        Ok(Reply::Done)
    }

    pub(super) fn edit_target(&mut self, name: &TargetName, edit: Edit) -> CommandResult {
        let mut changed = self.known_target(name)?.clone();
        let moves = edit.address.is_some() || edit.work_root.is_some();
        match &mut changed.place {
            Place::Local if moves || edit.bootstrap.is_some() => {
                return Err(Refusal::refused(format!("{name} is this machine and has no address"))
                    .hint("what can be changed of it are its capacity and its labels"));
            }
            Place::Local => {}
            Place::Ssh(place) => {
                let before = place.clone();
                place.address = edit.address.unwrap_or(before.address.clone());
                place.work_root =
                    edit.work_root.map_or(before.work_root.clone(), |root| not_empty(root, PathBuf::new()));
                place.bootstrap = edit
                    .bootstrap
                    .map_or(before.bootstrap.clone(), |line| not_empty(line.trim().to_owned(), String::new()));
                *place = checked(place.clone())?;
                let after = place.clone();
                // With another key it is the same machine.
                let way = |place: &SshPlace| {
                    let address = &place.address;
                    (
                        address.host().to_owned(),
                        address.user().map(str::to_owned),
                        address.port(),
                        place.work_root.clone(),
                    )
                };
                if way(&before) != way(&after) {
                    self.alone_at(name, &after)?;
                    self.nothing_there(name, "its address and its folder can't be changed")?;
                }
                if before != after {
                    changed.link = Link::Untried;
                }
            }
        }
        if let Some(capacity) = edit.capacity {
            changed.capacity = (capacity > 0).then_some(capacity);
        }
        if let Some(labels) = edit.labels {
            changed.labels = sorted(labels);
        }
        if self.world.targets.get(name) != Some(&changed) {
            self.log(event::Kind::Target, None, None, format!("{name} was changed"));
            self.put(Change::Target(changed));
        }
        Ok(Reply::Done)
    }

    pub(super) fn set_target(
        &mut self,
        name: &TargetName,
        open: Option<State>,
        capacity: Option<u32>,
    ) -> CommandResult {
        let mut changed = self.known_target(name)?.clone();
        if let Some(open) = open {
            changed.state = open;
            changed.state_since = self.now;
        }
        if let Some(capacity) = capacity {
            changed.capacity = (capacity > 0).then_some(capacity);
        }
        let places = changed.capacity.map_or("no cap of its own".into(), |places| format!("{places} places"));
        self.log(event::Kind::Target, None, None, format!("{name} is {}, with {places}", changed.state.label()));
        self.put(Change::Target(changed));
        Ok(Reply::Done)
    }

    pub(super) fn remove_target(&mut self, name: &TargetName, reason: Option<String>) -> CommandResult {
        if self.known_target(name)?.place == Place::Local {
            return Err(Refusal::refused(format!("{name} is this machine and can't be removed"))
                .hint(format!("to run nothing on it: `qd target disable {name}`")));
        }
        self.nobody_there(name, "it can't be removed")?;
        let left: Vec<Workspace> = self.workspaces_on(name).cloned().collect();
        let reason = reason.map(|reason| super::command::checked_title(&reason)).transpose()?;
        let text = match (&reason, left.as_slice()) {
            (_, []) => format!("{name} was removed"),
            (Some(reason), left) => {
                format!("{name} was removed; {} left behind there: {reason}", counted(left.len()))
            }
            (None, [first, ..]) => {
                return Err(Refusal::refused(format!(
                    "{} still there, for example {} at {}",
                    counted(left.len()),
                    first.id,
                    first.path.display()
                ))
                .hint(format!(
                    "remove them with `qd reclaim`, or leave them there: `qd target remove {name} --reason …`"
                )));
            }
        };
        for workspace in left {
            let state = workspace::State::Left { reason: reason.clone().unwrap_or_default() };
            self.put(Change::Workspace(Workspace { state, ..workspace }));
        }
        self.log(event::Kind::Target, None, None, text);
        self.put(Change::TargetRemoved { target: name.clone() });
        Ok(Reply::Done)
    }

    /// Two names for one folder of one host would take each other's panes for leftovers.
    fn alone_at(&self, name: &TargetName, place: &SshPlace) -> Result<(), Refusal> {
        let same = |other: &&Target| match &other.place {
            Place::Local => false,
            Place::Ssh(other) => other.address == place.address && other.work_root == place.work_root,
        };
        match self.world.targets.values().filter(|other| other.name != *name).find(same) {
            Some(other) => Err(Refusal::refused(format!("{} is that host already", other.name))
                .hint("give this one another folder with --work-root if it shall be two targets")),
            None => Ok(()),
        }
    }

    /// Nobody works there or is going to, and nothing that was ended there may still run.
    fn nobody_there(&self, name: &TargetName, so: &str) -> Result<(), Refusal> {
        let sessions = self.world.sessions.values().filter(|session| session.target == *name);
        let at_work: Vec<SessionId> =
            sessions.filter(|session| !session.state.is_final()).map(|session| session.id).collect();
        let ending = self.world.attempts.values().find(|attempt| attempt.target == *name && !attempt.state.is_ended());
        match (at_work.as_slice(), ending) {
            ([], None) => Ok(()),
            ([], Some(attempt)) => {
                let why = match self.world.is_reached(name) {
                    true => "it is being ended",
                    false => "it is to be ended, and nobody can as long as the host is away",
                };
                Err(Refusal::refused(format!(
                    "{name} is in use by {} of {}, so {so}: {why}",
                    attempt.id, attempt.session
                )))
            }
            ([first, ..], _) => Err(Refusal::refused(match at_work.len() {
                1 => format!("{name} is in use by {first}, so {so}"),
                all => format!("{name} is in use by {first} and {} more, so {so}", all - 1),
            })
            .hint(format!("end what is there first: `qd cancel {first}` or `qd done {first}`"))),
        }
    }

    fn nothing_there(&self, name: &TargetName, so: &str) -> Result<(), Refusal> {
        self.nobody_there(name, so)?;
        match self.workspaces_on(name).next() {
            Some(workspace) => Err(Refusal::refused(format!("{} is still on {name}, so {so}", workspace.id))
                .hint("remove it first with `qd reclaim`")),
            None => Ok(()),
        }
    }

    fn workspaces_on<'a>(&'a self, name: &'a TargetName) -> impl Iterator<Item = &'a Workspace> {
        self.world.workspaces.values().filter(move |workspace| workspace.target == *name)
    }
}

fn checked(place: SshPlace) -> Result<SshPlace, Refusal> {
    let printable = |text: &str| !text.chars().any(char::is_control);
    if let Some(root) = &place.work_root {
        let plain = root.is_absolute() && root.to_str().is_some_and(printable);
        // Every part is written as it is meant: what has been checked is what is used.
        let whole = root.components().all(|part| !matches!(part, std::path::Component::ParentDir));
        if !plain || !whole || root.parent().is_none() {
            return Err(Refusal::usage(format!("{} is not an absolute path of a folder there", root.display())));
        }
    }
    if let Some(line) = &place.bootstrap {
        super::command::checked_text(line, "the bootstrap command")?;
    }
    Ok(place)
}

fn not_empty<T: PartialEq>(value: T, empty: T) -> Option<T> {
    (value != empty).then_some(value)
}

fn sorted(mut labels: Vec<TargetLabel>) -> Vec<TargetLabel> {
    labels.sort();
    labels.dedup();
    labels
}

fn counted(workspaces: usize) -> String {
    match workspaces {
        1 => "1 workspace is".into(),
        more => format!("{more} workspaces are"),
    }
}
