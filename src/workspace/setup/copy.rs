//! Files that git does not keep, copied from the person's checkout into a new workspace.
//!
//! Neither end may be led astray: nothing outside the person's checkout is read, whatever links lie there, and nothing
//! outside the workspace is written, whatever links the repository's commits put there.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Component, Path, PathBuf},
};

use super::{
    super::{
        Error,
        git::{Git, path},
    },
    send::send,
};
use crate::target::Host;

/// Copies `wanted` from the checkout `from` into the workspace `to`; says what became of each, or what must not be done.
pub(super) async fn files(
    host: &Host,
    from: &Path,
    to: &Path,
    wanted: &[PathBuf],
) -> Result<Result<Vec<String>, String>, Error> {
    let git = Git::new(host, to);
    let mut arguments = vec!["ls-files", "-z", "--"];
    let names: Vec<String> = wanted.iter().map(|path| format!(":(literal){}", path.display())).collect();
    arguments.extend(names.iter().map(String::as_str));
    let listed = git.run("list its files", &arguments).await?;
    let tracked: BTreeSet<PathBuf> =
        listed.split(|&byte| byte == 0).filter(|name| !name.is_empty()).map(path).collect();
    let from = from.canonicalize().unwrap_or(from.to_owned());
    let to_there = to;
    let to = if host.is_local() { To::Here(to.to_owned()) } else { To::There(BTreeSet::new()) };
    let mut copying = Copying { from: from.clone(), to, tracked };
    let wanted = wanted.to_owned();
    let copied = tokio::task::spawn_blocking(move || {
        let refused = |path: &Path, why: String| format!("copy of {}: {why}", path.display());
        let copied = wanted.iter().map(|path| copying.one(path).map_err(|why| refused(path, why)));
        let copied = copied.collect::<Result<Vec<String>, String>>()?;
        Ok((copied, copying.to))
    });
    match copied.await.unwrap_or_else(|error| Err(format!("the copying broke off: {error}"))) {
        Ok((copied, To::Here(_))) => Ok(Ok(copied)),
        Ok((copied, To::There(files))) => {
            let sent = send(host, &from, to_there, &files).await?;
            Ok(sent.map(|()| copied).map_err(|why| format!("copies were not sent: {why}")))
        }
        Err(why) => Ok(Err(why)),
    }
}

struct Copying {
    from: PathBuf,
    to: To,
    tracked: BTreeSet<PathBuf>,
}

/// Where copies go.
enum To {
    /// Into this folder, one by one.
    Here(PathBuf),
    /// To another host, when all of them are known.
    There(BTreeSet<PathBuf>),
}

impl Copying {
    /// Copies a file or a folder with all that is in it.
    fn one(&mut self, path: &Path) -> Result<String, String> {
        let shown = path.display();
        let source = self.from.join(path);
        if fs::symlink_metadata(&source).is_err() {
            return Ok(format!("{shown} is not in your checkout, so it was not copied"));
        }
        let above = source.parent().and_then(|above| above.canonicalize().ok());
        if !above.is_some_and(|above| above.starts_with(&self.from)) {
            return Err("a link leads out of your checkout".into());
        }
        let mut count = 0;
        self.copy(path, &mut count)?;
        Ok(match count {
            0 => format!("{shown} is kept by git, so it was not copied"),
            1 => format!("{shown} was copied from your checkout"),
            count => format!("{shown} was copied from your checkout: {count} files"),
        })
    }

    fn copy(&mut self, path: &Path, count: &mut usize) -> Result<(), String> {
        let failed = |error: io::Error| format!("{}: {error}", path.display());
        let source = self.from.join(path);
        let found = fs::symlink_metadata(&source).map_err(failed)?;
        if found.is_dir() {
            // A repository inside is no file of this one.
            if path.file_name().is_some_and(|name| name == ".git") {
                return Ok(());
            }
            for entry in fs::read_dir(&source).map_err(failed)? {
                self.copy(&path.join(entry.map_err(failed)?.file_name()), count)?;
            }
            return Ok(());
        }
        if self.tracked.contains(path) {
            return Ok(());
        }
        let link = if found.is_symlink() { Some(fs::read_link(&source).map_err(failed)?) } else { None };
        if link.as_ref().is_some_and(|leads| !stays_inside(path, leads)) {
            return Err(format!("the link {} leads out of your checkout", path.display()));
        }
        if link.is_none() && !found.is_file() {
            return Err(format!("{} is no plain file", path.display()));
        }
        match &mut self.to {
            To::Here(to) => {
                let target = free_place(to, path)?;
                let given = match link {
                    Some(leads) => std::os::unix::fs::symlink(leads, &target),
                    None => fs::copy(&source, &target).map(drop),
                };
                given.map_err(failed)?;
            }
            To::There(files) => drop(files.insert(path.to_owned())),
        }
        *count += 1;
        Ok(())
    }
}

/// The free place for a file in the workspace, below folders that are really there.
fn free_place(to: &Path, path: &Path) -> Result<PathBuf, String> {
    let failed = |error: io::Error| format!("{}: {error}", path.display());
    let mut place = to.to_owned();
    for part in path.parent().into_iter().flat_map(Path::components) {
        place.push(part);
        match fs::symlink_metadata(&place) {
            Ok(found) if found.is_dir() => {}
            Ok(_) => return Err(format!("{} is no folder in the workspace", place.display())),
            Err(_) => fs::create_dir(&place).map_err(failed)?,
        }
    }
    let target = to.join(path);
    match fs::symlink_metadata(&target) {
        Err(_) => {}
        Ok(found) if found.is_dir() => return Err(format!("{} is a folder in the workspace", path.display())),
        // A copy that an earlier setup made, or a link: never followed.
        Ok(_) => fs::remove_file(&target).map_err(failed)?,
    }
    Ok(target)
}

/// Where a relative link at `path` leads by its own words lies below the top.
fn stays_inside(path: &Path, leads: &Path) -> bool {
    let mut depth = path.components().count().saturating_sub(1);
    for part in leads.components() {
        match part {
            Component::Normal(_) => depth += 1,
            Component::CurDir => {}
            Component::ParentDir if depth > 0 => depth -= 1,
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_may_lead_to_its_neighbours_and_nowhere_else() {
        for (path, leads, stays) in [
            ("a", "b", true),
            ("node_modules/.bin/tsc", "../typescript/bin/tsc", true),
            ("a/b", "../../x", false),
            ("a", "/etc/passwd", false),
            ("a/b", "../c/../../x", false),
        ] {
            assert_eq!(stays_inside(Path::new(path), Path::new(leads)), stays, "{path} {leads}");
        }
    }
}
