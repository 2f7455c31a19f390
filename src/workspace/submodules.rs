//! Submodules of a worktree: filled from what the person's checkout already has, without writing into its
//! configuration, which `git submodule init` would.

use super::{
    Error, Repository, folders,
    git::{Git, text, words},
};

/// Checks out the submodules of a new worktree. What can't be had is said, one line each.
pub(super) async fn fill(worktree: &Git<'_>, repository: &Repository) -> Result<Vec<String>, Error> {
    let mut missing = Vec::new();
    let host = worktree.host();
    if !folders::is_there(host, &worktree.folder().join(".gitmodules")).await? {
        return Ok(missing);
    }
    let listed =
        worktree.try_run(&["config", "-z", "-f", ".gitmodules", "--get-regexp", r"^submodule\..*\.(path|url)$"]);
    let listed = text(&listed.await?.stdout);
    let entries: Vec<(&str, &str)> = listed.split('\0').filter_map(|entry| entry.split_once('\n')).collect();
    for (key, path) in &entries {
        let Some(name) = key.strip_prefix("submodule.").and_then(|key| key.strip_suffix(".path")) else { continue };
        let url = format!("submodule.{name}.url");
        let written = entries.iter().find(|(key, _)| *key == url).map(|(_, url)| *url);
        // What is relative leads from where a mirror comes from; whose checkout is the person's is for them to say.
        let remote = repository.settings.one("remote.origin.url").filter(|_| repository.bare);
        let known = repository.settings.one(&url).map(str::to_owned);
        let url = known.or_else(|| match written {
            Some(url) if url.starts_with("./") || url.starts_with("../") => Some(joined(remote?, url)),
            written => written.map(str::to_owned),
        });
        let Some(url) = url else {
            missing.push(match repository.bare {
                true => format!("the submodule {path} is empty: where it comes from is not known there"),
                false => format!("the submodule {path} is empty: it was never initialised in your checkout"),
            });
            continue;
        };
        let settings = [format!("submodule.{name}.url={url}"), format!("submodule.{name}.active=true")];
        let mut arguments = vec!["-c", &settings[0], "-c", &settings[1], "submodule", "--quiet", "update"];
        let known = repository.git_directory.join("modules").join(name);
        let is_known = folders::is_folder(host, &known.join("objects")).await?;
        let known = known.to_str().filter(|_| is_known);
        arguments.extend(known.into_iter().flat_map(|known| ["--reference", known]));
        arguments.extend(["--", path]);
        let output = worktree.try_run(&arguments).await?;
        if !output.succeeded() {
            missing.push(format!("the submodule {path} is empty: {}", words(&output)));
            continue;
        }
        // Those below it are initialised in its own configuration, which goes with the worktree.
        let inner = worktree.at(&worktree.folder().join(path));
        if folders::is_there(host, &inner.folder().join(".gitmodules")).await? {
            let output = inner.try_run(&["submodule", "--quiet", "update", "--init", "--recursive"]).await?;
            if !output.succeeded() {
                missing.push(format!("submodules of {path} are missing: {}", words(&output)));
            }
        }
    }
    Ok(missing)
}

/// Where a relative URL leads from `remote`, as `git submodule` sees it: each `..` takes a part away.
fn joined(remote: &str, relative: &str) -> String {
    let (mut base, mut rest) = (remote.trim_end_matches('/'), relative);
    loop {
        match rest.split_once('/') {
            Some((".", after)) => rest = after,
            Some(("..", after)) => {
                let end = base.rfind('/').or_else(|| base.rfind(':').map(|colon| colon + 1)).unwrap_or_default();
                (base, rest) = (&base[..end], after);
            }
            Some(_) | None => break,
        }
    }
    if base.is_empty() || base.ends_with(':') { format!("{base}{rest}") } else { format!("{base}/{rest}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_url_leads_from_where_the_repository_comes_from() {
        for (remote, relative, joined_url) in [
            ("https://host/me/api.git", "../lib.git", "https://host/me/lib.git"),
            ("git@host:me/api.git", "../lib.git", "git@host:me/lib.git"),
            ("git@host:api.git", "../lib.git", "git@host:lib.git"),
            ("/srv/api.git/", "./inner", "/srv/api.git/inner"),
            ("https://host/me/api.git", "../../you/lib", "https://host/you/lib"),
        ] {
            assert_eq!(joined(remote, relative), joined_url);
        }
    }
}
