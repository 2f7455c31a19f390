//! Submodules of a worktree: filled from what the person's checkout already has, without writing into its
//! configuration, which `git submodule init` would.

use super::{
    Error, Repository,
    git::{Git, text, words},
};

/// Checks out the submodules of a new worktree. What can't be had is said, one line each.
pub(super) async fn fill(worktree: &Git<'_>, repository: &Repository) -> Result<Vec<String>, Error> {
    let mut missing = Vec::new();
    if !worktree.folder().join(".gitmodules").exists() {
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
        let url =
            repository.settings.one(&url).or(written.filter(|url| !url.starts_with("./") && !url.starts_with("../")));
        let Some(url) = url else {
            missing.push(format!("the submodule {path} is empty: it was never initialised in your checkout"));
            continue;
        };
        let settings = [format!("submodule.{name}.url={url}"), format!("submodule.{name}.active=true")];
        let mut arguments = vec!["-c", &settings[0], "-c", &settings[1], "submodule", "--quiet", "update"];
        let known = repository.git_directory.join("modules").join(name);
        let known = known.to_str().filter(|_| known.join("objects").is_dir());
        arguments.extend(known.into_iter().flat_map(|known| ["--reference", known]));
        arguments.extend(["--", path]);
        let output = worktree.try_run(&arguments).await?;
        if !output.succeeded() {
            missing.push(format!("the submodule {path} is empty: {}", words(&output)));
            continue;
        }
        // Those below it are initialised in its own configuration, which goes with the worktree.
        let inner = worktree.at(&worktree.folder().join(path));
        if inner.folder().join(".gitmodules").exists() {
            let output = inner.try_run(&["submodule", "--quiet", "update", "--init", "--recursive"]).await?;
            if !output.succeeded() {
                missing.push(format!("submodules of {path} are missing: {}", words(&output)));
            }
        }
    }
    Ok(missing)
}
