//! `qd repo`: the repositories that have a name.

use std::path::Path;

use clap::Subcommand;
use color_eyre::Result;

use super::{
    context::Context,
    failure::{Exit, Failure},
    given_repository::{find, names},
    ids::targets,
    terminal::{Cell, Output, Paint, Table, Unwritable, home, line},
};
use crate::{
    config::repositories::{self, EditError},
    domain::{Repository, RepositoryName, TargetName},
};

/// Name repositories, and say how work in them goes
///
/// What is set for one stands in repositories.toml beside config.toml: setup, verification, review, who publishes.
/// Those that work was done in have a name without standing there.
#[derive(Debug, clap::Args)]
pub(super) struct Repo {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List repositories: those written down, and those work was done in
    ///
    /// JSON: a list of repositories.
    List {
        /// Only those with this tag; given more than once: with all of them
        #[arg(long)]
        tag: Vec<String>,
        /// Only those that play this part
        #[arg(long)]
        role: Option<String>,
    },
    /// Show what is set for a repository
    ///
    /// JSON: the repository.
    Show {
        /// Its name, a nickname, or any folder inside it
        #[arg(add = names())]
        name: String,
    },
    /// Write a repository down in repositories.toml
    ///
    /// A URL is cloned when it is first used, as a bare mirror of our own; each session gets a worktree of that. JSON: the
    /// repository.
    Add(Add),
    /// Strike a repository out of repositories.toml; nothing else on the disk changes
    Remove {
        /// Its name
        #[arg(add = names())]
        name: RepositoryName,
    },
}

#[derive(Debug, clap::Args)]
struct Add {
    /// Any folder inside it, or the URL to clone it from
    #[arg(value_name = "FOLDER|URL")]
    place: String,
    /// What it is called; the folder's own name unless given
    #[arg(long)]
    name: Option<RepositoryName>,
    /// What else it is called
    #[arg(long, value_name = "NAME")]
    nickname: Vec<RepositoryName>,
    /// A word to find it by
    #[arg(long)]
    tag: Vec<String>,
    /// The part it plays, for example service
    #[arg(long)]
    role: Vec<String>,
    /// The branch, tag or commit that new work starts from; the remote's default branch unless given
    #[arg(long, value_name = "REFERENCE")]
    base: Option<String>,
    /// The target its sessions run on; wherever they fit unless given
    #[arg(long, value_name = "NAME", add = targets())]
    target: Option<TargetName>,
    /// The remote or URL that branches are pushed to; where they are fetched from unless given
    #[arg(long, value_name = "REMOTE")]
    fork: Option<String>,
}

impl Repo {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        match self.action {
            Action::List { tag, role } => list(context, &tag, role.as_deref()).await,
            Action::Show { name } => show(context, &name).await,
            Action::Add(add) => add.run(context),
            Action::Remove { name } => remove(context, &name),
        }
    }
}

async fn list(context: &mut Context, tags: &[String], role: Option<&str>) -> Result<Exit> {
    let mut all = context.client().await?.repositories().await?;
    all.retain(|repository| {
        tags.iter().all(|tag| repository.tags.contains(tag))
            && role.is_none_or(|role| repository.roles.iter().any(|own| own == role))
    });
    if context.json() {
        context.output.json(&all)?;
        return say_problems(context);
    }
    let mut table = Table::new(&["NAME", "ALSO", "TAGS", "ROLES", "WHERE", "NOTE"]);
    for repository in &all {
        let place = repository.url.clone().unwrap_or_else(|| home(&repository.folder));
        table.row([
            Cell::painted(Paint::Strong, repository.name.as_str()),
            Cell::plain(joined(&repository.nicknames)),
            Cell::plain(repository.tags.join(" ")),
            Cell::plain(repository.roles.join(" ")),
            Cell::plain(place),
            Cell::faint(if repository.learned { "learned: work was done here" } else { "" }),
        ]);
    }
    let none = "no such repository; `qd repo add FOLDER` writes one down, and those you work in are learned";
    table.write(&mut context.output, none)?;
    say_problems(context)
}

async fn show(context: &mut Context, name: &str) -> Result<Exit> {
    let folder = find(context, name).await?;
    let all = context.client().await?.repositories().await?;
    let top = repositories::top_of(&folder).unwrap_or(folder);
    let found = all.into_iter().find(|repository| repository.folder == top);
    let found = found.unwrap_or_else(|| Repository::at(RepositoryName::of_folder(&top), top.clone()));
    if context.json() {
        context.output.json(&found)?;
    } else {
        write(&mut context.output, &found, context.repositories.path())?;
    }
    say_problems(context)
}

/// What is wrong in the file, beside the answer.
fn say_problems(context: &mut Context) -> Result<Exit> {
    let problems = context.repositories.problems();
    for problem in &problems {
        let bad = context.notices.paint(Paint::Bad, "makes no sense:");
        context.notices.say(format!("{bad} {}", line(&problem.to_string())));
    }
    Ok(if problems.is_empty() { Exit::Done } else { Exit::Usage })
}

fn write(output: &mut Output, repository: &Repository, file: &Path) -> Result<(), Unwritable> {
    let Repository { name, nicknames, setup, verify, .. } = repository;
    output.line(output.paint(Paint::Strong, name.as_str()))?;
    let mut field = |name: &str, value: String| match value.is_empty() {
        true => Ok(()),
        false => {
            let name = output.paint(Paint::Faint, &format!("{name:<10}"));
            output.line(format!("  {name} {}", line(&value)))
        }
    };
    field("also", joined(nicknames))?;
    field("folder", home(&repository.folder))?;
    field("url", repository.url.clone().unwrap_or_default())?;
    field("fork", repository.fork.clone().unwrap_or_default())?;
    if let Some(target) = &repository.target {
        field("target", target.to_string())?;
    }
    field("base", repository.base.clone().unwrap_or_else(|| "the default branch, freshly fetched".into()))?;
    field("tags", repository.tags.join(" "))?;
    field("roles", repository.roles.join(" "))?;
    field("sparse", repository.sparse.join(" "))?;
    field("copy", setup.copy.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(" "))?;
    for command in &setup.commands {
        field("setup", shell_words::join(command))?;
    }
    if !setup.commands.is_empty() {
        field("", format!("within {} seconds", setup.deadline.as_secs()))?;
    }
    field("ports", setup.ports.to_string())?;
    for (variable, value) in &setup.environment {
        field("env", format!("{variable}={value}"))?;
    }
    for command in &verify.commands {
        field("verify", shell_words::join(command))?;
    }
    if !verify.commands.is_empty() {
        field("", format!("red goes back to the agent {} times", verify.retries))?;
    }
    field("review", repository.review.as_ref().map_or_else(String::new, |review| format!("by {}", review.agent)))?;
    field("publish", repository.publish.label().into())?;
    field("forge", repository.forge.label().into())?;
    let written = if repository.learned { "nowhere: work was done here".into() } else { home(file) };
    field("written in", written)
}

fn joined(names: &[RepositoryName]) -> String {
    names.iter().map(RepositoryName::as_str).collect::<Vec<_>>().join(" ")
}

impl Add {
    fn run(self, context: &mut Context) -> Result<Exit> {
        let repository = self.repository()?;
        let known = context.repositories.all();
        refuse_twice(&repository, &known)?;
        let file = context.repositories.path().to_owned();
        repositories::add(&file, &repository).map_err(refused)?;
        let read = context.repositories.called(repository.name.as_str());
        if context.json() {
            context.output.json(&read.unwrap_or(repository))?;
        } else {
            context.output.line(format!("{} is written down in {}", repository.name, home(&file)))?;
        }
        say_problems(context)
    }

    fn repository(self) -> Result<Repository, Failure> {
        let folder = Path::new(&self.place);
        let (url, folder) = match (folder.exists(), is_url(&self.place)) {
            (true, _) => {
                let top = repositories::top_of(folder)
                    .ok_or_else(|| Failure::usage(format!("{} lies in no git repository", self.place)))?;
                (None, top)
            }
            (false, true) => {
                let path = self.place.trim_end_matches('/').rsplit(['/', ':']).next().unwrap_or_default();
                (Some(self.place.clone()), path.into())
            }
            (false, false) => {
                let failure = Failure::not_found(format!("there is no folder {}", self.place));
                return Err(failure.hint("give a folder inside the repository, or a URL such as git@host:me/api.git"));
            }
        };
        let text = |text: &String| !text.trim().is_empty() && !text.contains(char::is_control);
        if !self.tag.iter().chain(&self.role).all(text) {
            return Err(Failure::usage("a tag or a role needs at least one character, on one line"));
        }
        let name = self.name.unwrap_or_else(|| RepositoryName::of_folder(&folder));
        Ok(Repository {
            nicknames: self.nickname,
            url,
            fork: self.fork,
            base: self.base,
            target: self.target,
            tags: self.tag,
            roles: self.role,
            ..Repository::at(name, folder)
        })
    }
}

/// git's own forms: `scheme://…`, and `host:path` without a slash before the colon.
fn is_url(text: &str) -> bool {
    let scp = text.split_once(':').is_some_and(|(host, path)| {
        !host.is_empty() && !host.contains('/') && !host.starts_with('-') && !path.is_empty()
    });
    text.contains("://") || scp
}

/// A name, and a place, belongs to one repository.
fn refuse_twice(new: &Repository, known: &[Repository]) -> Result<(), Failure> {
    for name in std::iter::once(&new.name).chain(&new.nicknames) {
        if let Some(other) = known.iter().find(|other| other.is_called(name.as_str())) {
            let failure = Failure::new(Exit::Refused, format!("{name} is what {} is called already", other.name));
            return Err(failure.hint("give another one with --name"));
        }
    }
    let same_place = |other: &&Repository| match (&new.url, &other.url) {
        (Some(new), Some(other)) => new == other,
        (None, None) => new.folder == other.folder,
        (Some(_), None) | (None, Some(_)) => false,
    };
    match known.iter().find(same_place) {
        Some(other) => Err(Failure::new(Exit::Refused, format!("it is written down already, as {}", other.name))),
        None => Ok(()),
    }
}

fn remove(context: &mut Context, name: &RepositoryName) -> Result<Exit> {
    let file = context.repositories.path().to_owned();
    repositories::remove(&file, name).map_err(refused)?;
    if context.json() {
        context.output.json(&serde_json::json!({ "removed": name }))?;
    } else {
        context.output.line(format!("{name} no longer stands in {}", home(&file)))?;
    }
    Ok(Exit::Done)
}

fn refused(error: EditError) -> color_eyre::Report {
    let exit = match &error {
        EditError::Broken { .. } => Exit::Usage,
        EditError::File { .. } => return error.into(),
        EditError::Taken { .. } => Exit::Refused,
        EditError::Unknown { .. } => Exit::NotFound,
    };
    Failure::new(exit, error.to_string()).hint("`qd repo list` shows those there are").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_told_from_a_folder_as_git_does() {
        for url in ["git@host:me/api.git", "https://host/api", "ssh://host/api", "host:api", "file:///srv/api.git"] {
            assert!(is_url(url), "{url}");
        }
        for folder in ["api", "./a:b", "/srv/a:b", "src/api", "-x:y", ":x"] {
            assert!(!is_url(folder), "{folder}");
        }
    }
}
