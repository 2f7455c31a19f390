//! Which of a repository's remotes leads where.

use crate::{
    forge::Error,
    workspace::git::{Git, text},
};

/// A remote whose address looks like one of a forge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Remote {
    /// `origin`
    pub(super) name: String,
    /// `github.com`, or an alias of the person's ssh configuration.
    pub(super) host: String,
    /// `acme/tool`, in lower case.
    repository: String,
}

impl Remote {
    /// It leads to this repository. An alias of the person's ssh configuration hides the host, so that the name counts.
    pub(super) fn leads_to(&self, repository: &str) -> bool {
        self.repository == repository.to_lowercase()
    }
}

/// The remotes of a repository, with their addresses as git understands them.
pub(super) async fn remotes(git: &Git<'_>) -> Result<Vec<Remote>, Error> {
    let listed = text(&git.run("list its remotes", &["remote", "-v"]).await?);
    Ok(listed.lines().filter_map(read).collect())
}

/// `origin\tgit@github.com:acme/tool.git (fetch)`
fn read(line: &str) -> Option<Remote> {
    let (name, address) = line.strip_suffix(" (fetch)")?.split_once('\t')?;
    let (host, path) = match address.split_once("://") {
        Some(("file", _)) => return None,
        Some((_, rest)) => rest.split_once('/')?,
        // As git sees it, a colon before the first slash makes a host.
        None => address.split_once(':').filter(|(host, _)| !host.contains('/'))?,
    };
    let host = host.rsplit('@').next()?.split(':').next()?;
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    let (owner, repository) = path.split_once('/').filter(|(_, repository)| !repository.contains('/'))?;
    let known = !name.starts_with('-') && !host.is_empty() && !owner.is_empty() && !repository.is_empty();
    known.then(|| Remote {
        name: name.into(),
        host: host.to_lowercase(),
        repository: format!("{owner}/{repository}").to_lowercase(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_an_address_is_read() {
        for address in [
            "git@github.com:Acme/tool.git",
            "github.com:acme/tool",
            "https://github.com/acme/tool.git",
            "https://person:secret@github.com/acme/Tool/",
            "ssh://git@github.com:22/acme/tool.git",
            "git://GitHub.com/acme/tool",
        ] {
            let remote = read(&format!("origin\t{address} (fetch)")).unwrap_or_else(|| panic!("{address}"));
            assert!(remote.leads_to("acme/tool") && remote.host == "github.com", "{address}: {remote:?}");
        }
    }

    #[test]
    fn a_path_is_no_forge() {
        for address in ["/srv/acme/tool.git", "../acme/tool", "file:///srv/acme/tool", "./a:b/c", "host:tool.git"] {
            assert_eq!(read(&format!("origin\t{address} (fetch)")), None, "{address}");
        }
        assert_eq!(read("origin\tgit@github.com:acme/tool.git (push)"), None);
    }
}
