//! Which repository a folder's pull requests go to, and what the person may do there.

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::{
    Github,
    gh::{Gh, silence},
    question,
    remotes::{self, Remote},
};
use crate::{
    domain::pull_request::Method,
    forge::Error,
    target::{Host, Status},
    workspace::git::Git,
};

/// What `gh repo view` says.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Viewed {
    name_with_owner: String,
    url: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Place {
    url: String,
    name: String,
    owner: Account,
    viewer_permission: Option<String>,
    merge_commit_allowed: bool,
    squash_merge_allowed: bool,
    rebase_merge_allowed: bool,
    default_branch_ref: Option<Branch>,
    forks: Forks,
}

#[derive(Deserialize)]
struct Account {
    login: String,
}

#[derive(Deserialize)]
struct Branch {
    name: String,
}

#[derive(Deserialize)]
struct Forks {
    nodes: Vec<Fork>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fork {
    name_with_owner: String,
    viewer_permission: Option<String>,
    owner: Account,
}

impl Github {
    /// The repository on GitHub that pull requests of this repository's folder go to; `None` where `gh` knows of none,
    /// so that they stay on this machine.
    ///
    /// # Errors
    /// Every [`Error`] of a request. [`Error::NoGh`] and [`Error::NotLoggedIn`] only where a remote's address says that
    /// it is GitHub.
    pub async fn open(local: &Host, folder: &Path) -> Result<Option<Self>, Error> {
        let remotes = remotes::remotes(&Git::new(local, folder)).await?;
        if remotes.is_empty() {
            return Ok(None);
        }
        let host = local.variable("GH_HOST").await?.map(|host| host.to_string_lossy().to_lowercase());
        let says_github = |remote: &Remote| remote.host.contains("github") || Some(&remote.host) == host.as_ref();
        let is_github = remotes.iter().any(says_github);
        let gh = Gh::new(local, folder);
        let viewed = match gh.run(&["repo", "view", "--json", "nameWithOwner,url"], None).await {
            Err(Error::NoGh) if !is_github => return Ok(None),
            viewed => viewed?,
        };
        if !viewed.succeeded() {
            let said = String::from_utf8_lossy(&viewed.stderr);
            let none = said.contains("none of the git remotes") || said.contains("no git remotes");
            let no_login = viewed.status == Status::Exited(4);
            return if none || (no_login && !is_github) { Ok(None) } else { Err(silence(&viewed)) };
        }
        let viewed: Viewed = read(serde_json::from_slice(&viewed.stdout).unwrap_or_default())?;
        let host = viewed.url.split("://").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or_default();
        let (owner, name) = viewed.name_with_owner.split_once('/').unwrap_or_default();
        let variables = serde_json::json!({ "owner": owner, "name": name });
        let mut answer = gh.graph(host, question::PLACE, variables).await?;
        let login: Account = read(answer.data["viewer"].take())?;
        let place: Place = read(answer.data["repository"].take())?;
        Ok(Some(place.github(folder, host, login.login, &remotes)))
    }

    /// `acme/tool`
    pub fn repository(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    /// `github.com`
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Its page.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The branch that pull requests go into if nobody says otherwise; `None` in an empty repository.
    pub fn default_branch(&self) -> Option<&str> {
        self.default_branch.as_deref()
    }

    /// The ways of merging that the repository allows.
    pub fn methods(&self) -> &[Method] {
        &self.methods
    }

    /// The person's login there.
    pub fn login(&self) -> &str {
        &self.login
    }

    /// The git remote that branches are pushed to: the repository's own, or the person's fork of it.
    ///
    /// # Errors
    /// [`Error::NoPermission`] when neither is there.
    pub fn publishes_to(&self) -> Result<&str, Error> {
        self.publishes_to.as_deref().ok_or_else(|| {
            Error::NoPermission(format!(
                "{} may not push to {}, and no remote leads to a fork; run `gh repo fork --remote` there",
                self.login,
                self.repository()
            ))
        })
    }

    /// Whose repository branches are pushed to.
    pub fn publishes_as(&self) -> &str {
        &self.publishes_as
    }
}

impl Place {
    fn github(self, folder: &Path, host: &str, login: String, remotes: &[Remote]) -> Github {
        let remote_of = |repository: &str| {
            let leading = remotes.iter().filter(|remote| remote.leads_to(repository));
            // Of two that lead there, the one that names the host.
            leading.max_by_key(|remote| remote.host == host).map(|remote| remote.name.clone())
        };
        let own = format!("{}/{}", self.owner.login, self.name);
        let fork = || {
            let writable = self.forks.nodes.iter().filter(|fork| may_push(fork.viewer_permission.as_deref()));
            let mut reachable =
                writable.filter_map(|fork| Some((remote_of(&fork.name_with_owner)?, fork.owner.login.clone())));
            reachable.next()
        };
        let (publishes_to, publishes_as) = match may_push(self.viewer_permission.as_deref()) {
            true => (remote_of(&own), self.owner.login.clone()),
            false => fork().map_or_else(|| (None, login.clone()), |(remote, owner)| (Some(remote), owner)),
        };
        let allowed = [self.merge_commit_allowed, self.squash_merge_allowed, self.rebase_merge_allowed];
        let methods = [Method::Merge, Method::Squash, Method::Rebase].into_iter().zip(allowed);
        Github {
            folder: folder.into(),
            host: host.into(),
            owner: self.owner.login,
            name: self.name,
            url: self.url,
            default_branch: self.default_branch_ref.map(|branch| branch.name),
            methods: methods.filter(|(_, allowed)| *allowed).map(|(method, _)| method).collect(),
            login,
            publishes_to,
            publishes_as,
        }
    }
}

fn may_push(permission: Option<&str>) -> bool {
    matches!(permission, Some("ADMIN" | "MAINTAIN" | "WRITE"))
}

fn read<T: serde::de::DeserializeOwned>(part: Value) -> Result<T, Error> {
    serde_json::from_value(part).map_err(|error| Error::Nonsense(error.to_string()))
}
