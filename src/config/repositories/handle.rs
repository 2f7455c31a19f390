//! What the program asks about the person's repositories.

use std::{
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use super::{
    file::{self, Entry, File, Places},
    place::top_of,
};
use crate::{
    config::{Origin, Paths, Problem, load},
    domain::{Repository, repository::Publish},
};

/// The repositories that the person has written down. Cheap to clone; the clones share what was read.
#[derive(Debug, Clone)]
pub struct Repositories {
    path: PathBuf,
    places: Places,
    known: Arc<Mutex<Known>>,
}

/// What was read last.
#[derive(Debug, Default)]
struct Known {
    /// Which version of the file it was; `None` where there was none.
    stamp: Option<Stamp>,
    /// The file has been looked at.
    looked: bool,
    file: File,
    /// The newest version of the file can't be read at all.
    unreadable: Option<Problem>,
    /// Some version of it could be.
    was_read: bool,
}

#[derive(Debug, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    bytes: u64,
    inode: u64,
}

impl Repositories {
    /// Those of the file beside the person's settings; it need not exist.
    pub fn new(paths: &Paths) -> Self {
        let home = std::env::var_os("HOME").map(PathBuf::from).filter(|home| home.is_absolute());
        let places = Places { home, mirrors: paths.mirrors() };
        Self { path: paths.repositories_file(), places, known: Arc::default() }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// All of them, by their names.
    pub fn all(&self) -> Vec<Repository> {
        self.look().file.entries.iter().map(|entry| entry.repository.clone()).collect()
    }

    /// What is wrong with the file.
    pub fn problems(&self) -> Vec<Problem> {
        let known = self.look();
        let entries = known.file.entries.iter().flat_map(|entry| &entry.problems);
        known.unreadable.iter().chain(&known.file.problems).chain(entries).cloned().collect()
    }

    /// The repository with this top folder, as [`Repository::folder`] is: canonical, of a linked worktree the main one.
    pub fn of(&self, folder: &Path) -> Option<Repository> {
        self.look().file.entries.iter().find(|entry| entry.repository.folder == folder).map(|e| e.repository.clone())
    }

    /// The same, for whoever is about to run something there.
    ///
    /// # Errors
    /// What is wrong with what the person wrote about it, or with the file where nothing else is known of it.
    pub fn sound(&self, folder: &Path) -> Result<Option<Repository>, Problem> {
        let known = self.look();
        let found = known.file.entries.iter().find(|entry| entry.repository.folder == folder);
        match (found, &known.unreadable) {
            (Some(entry), _) => match entry.problems.first() {
                Some(problem) => Err(problem.clone()),
                None => Ok(Some(entry.repository.clone())),
            },
            (None, Some(problem)) if !known.was_read => Err(problem.clone()),
            (None, _) => Ok(None),
        }
    }

    /// The repositories that are called so; a name is meant before a nickname.
    pub fn called(&self, name: &str) -> Option<Repository> {
        let known = self.look();
        let mut all = known.file.entries.iter().map(|entry| &entry.repository);
        let named = all.clone().find(|repository| repository.name.as_str() == name);
        named.or_else(|| all.find(|repository| repository.is_called(name))).cloned()
    }

    /// What is known, read anew if the file is another than before.
    fn look(&self) -> MutexGuard<'_, Known> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let stamp = Stamp::of(&self.path);
        if !known.looked || stamp != known.stamp {
            known.read(&self.path, &self.places);
            (known.looked, known.stamp) = (true, stamp);
        }
        known.settle();
        known
    }
}

impl Known {
    fn read(&mut self, path: &Path, places: &Places) {
        let origin = |line| Origin::User { file: path.to_owned(), line };
        let unreadable = |error: io::Error| Problem { origin: origin(1), what: format!("cannot be read: {error}") };
        let text = load::text(path).map_err(unreadable).map(Option::unwrap_or_default);
        match text.and_then(|text| file::read(&text, origin, places)) {
            Ok(file) => {
                let before = std::mem::replace(&mut self.file, file);
                self.file.keep_rules_of(&before);
                (self.unreadable, self.was_read) = (None, true);
            }
            Err(problem) => self.unreadable = Some(problem),
        }
    }

    /// A checkout that was not there when the file was read may be there now.
    fn settle(&mut self) {
        for Entry { repository, .. } in &mut self.file.entries {
            if repository.url.is_none()
                && !repository.folder.join(".git").exists()
                && let Some(top) = top_of(&repository.folder)
            {
                repository.folder = top;
            }
        }
    }
}

impl File {
    /// Where an entry makes no sense now and did before, the rules of before count, and nothing of it is published.
    fn keep_rules_of(&mut self, before: &File) {
        for entry in self.entries.iter_mut().filter(|entry| !entry.problems.is_empty()) {
            let earlier = before.entries.iter().find(|earlier| earlier.repository.name == entry.repository.name);
            if let Some(earlier) = earlier {
                entry.repository = Repository { publish: Publish::Never, ..earlier.repository.clone() };
            }
        }
    }
}

impl Stamp {
    fn of(path: &Path) -> Option<Self> {
        let found = fs::metadata(path).ok()?;
        Some(Self { modified: found.modified().ok(), bytes: found.len(), inode: found.ino() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Place {
        _folder: tempfile::TempDir,
        repositories: Repositories,
    }

    fn place() -> Place {
        let folder = tempfile::tempdir().expect("a folder");
        let paths = Paths::below(folder.path()).expect("absolute");
        fs::create_dir(&paths.config).expect("a folder");
        Place { repositories: Repositories::new(&paths), _folder: folder }
    }

    #[test]
    fn a_changed_file_counts_at_the_next_question_and_a_broken_one_leaves_what_was_good() {
        let Place { repositories, _folder } = place();
        let write = |text: &str| {
            let beside = repositories.path().with_extension("new");
            fs::write(&beside, text).expect("written");
            fs::rename(&beside, repositories.path()).expect("put there");
        };
        let a = Path::new("/nowhere/a");
        assert_eq!((repositories.all(), repositories.sound(a)), (Vec::new(), Ok(None)));
        write("[repository.a]\npath = '/nowhere/a'\nnickname = 'x'\nverify = ['make']\n");
        assert_eq!(repositories.called("x").expect("known").verify.commands, [["make"]]);
        write("[repository.a]\npath = = \n");
        assert_eq!(repositories.problems().len(), 1);
        assert_eq!(repositories.of(a).expect("still known").verify.commands, [["make"]]);
        assert!(repositories.sound(a).is_ok_and(|known| known.is_some()), "what was good goes on");
        write("[repository.a]\npath = '/nowhere/a'\nverfy = ['make', 'test']\n");
        let known = repositories.of(a).expect("still known");
        assert_eq!((known.verify.commands, known.publish), (vec![vec!["make".to_owned()]], Publish::Never));
        assert!(repositories.sound(a).expect_err("unsound").to_string().contains("`verfy`"));
        fs::remove_file(repositories.path()).expect("removed");
        assert_eq!((repositories.all(), repositories.problems()), (Vec::new(), Vec::new()));
    }

    #[test]
    fn nothing_runs_anywhere_while_nobody_knows_what_the_person_wrote() {
        let Place { repositories, _folder } = place();
        fs::write(repositories.path(), "[repository.a\n").expect("written");
        assert!(repositories.sound(Path::new("/any")).is_err());
        assert_eq!(repositories.of(Path::new("/any")), None);
    }

    #[test]
    fn a_repository_is_found_by_the_top_of_its_checkout_also_when_that_came_later() {
        let Place { repositories, _folder } = place();
        let top = _folder.path().canonicalize().expect("there").join("checkout");
        let written = format!("[repository.a]\npath = '{}'\n", top.join("inner").display());
        fs::write(repositories.path(), written).expect("written");
        assert_eq!(repositories.of(&top), None);
        for made in ["inner", ".git/objects", ".git/refs"] {
            fs::create_dir_all(top.join(made)).expect("a folder");
        }
        fs::write(top.join(".git/HEAD"), "ref: refs/heads/main\n").expect("written");
        assert_eq!(repositories.of(&top).expect("found").name.as_str(), "a");
    }
}
