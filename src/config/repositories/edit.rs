//! Writing a repository down and striking it out, with everything else in the file left as it is.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use toml_edit::{Array, DocumentMut, Item, Table, TableLike, value};

use super::EXAMPLE;
use crate::{
    config::keep::replace,
    domain::{Repository, RepositoryName, TargetName},
};

/// Why the file was not changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file is not TOML, so nothing can be put into it without losing something.
    #[error("{path:?} can't be read as TOML, so nothing was written into it")]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: Box<toml_edit::TomlError>,
    },
    /// The system says no.
    #[error("cannot write {path:?}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// There is one of this name.
    #[error("{path:?} has a repository `{name}` already")]
    Taken {
        /// The file.
        path: PathBuf,
        /// The name.
        name: RepositoryName,
    },
    /// There is none of this name.
    #[error("{path:?} has no repository `{name}`")]
    Unknown {
        /// The file.
        path: PathBuf,
        /// The name.
        name: RepositoryName,
    },
}

/// Writes `repository` at the end of the file, which need not exist: where it is, what it is called and how it is
/// found. What is run there is the person's to write.
///
/// # Errors
/// [`Error`]; the file is then what it was.
pub fn add(file: &Path, repository: &Repository) -> Result<(), Error> {
    change(file, |path, document| {
        let name = &repository.name;
        let mut table = table(repository);
        // What stands at the end of the file stays before what is new.
        let end = document.trailing().as_str().unwrap_or_default().to_owned();
        document.set_trailing("");
        let gap = if end.is_empty() && document.is_empty() { "" } else { "\n" };
        table.decor_mut().set_prefix(format!("{end}{gap}"));
        let repositories = section(path, document)?;
        if repositories.contains_key(name.as_str()) {
            return Err(Error::Taken { path: path.into(), name: name.clone() });
        }
        repositories.insert(name.as_str(), Item::Table(table));
        Ok(())
    })
}

/// Strikes a repository out, with the comment that stands directly above it. Nothing else on the disk changes.
///
/// # Errors
/// [`Error`]; the file is then what it was.
pub fn remove(file: &Path, name: &RepositoryName) -> Result<(), Error> {
    change(file, |path, document| {
        let repositories = section(path, document)?;
        let Some(removed) = repositories.remove(name.as_str()) else {
            return Err(Error::Unknown { path: path.into(), name: name.clone() });
        };
        let Some(removed) = removed.as_table() else { return Ok(()) };
        let above = removed.decor().prefix().and_then(|prefix| prefix.as_str()).unwrap_or_default();
        let kept = above.rfind("\n\n").map_or("", |end| &above[..end + 1]).to_owned();
        let next = repositories
            .iter_mut()
            .filter_map(|(_, item)| item.as_table_mut())
            .filter(|table| table.position() > removed.position())
            .min_by_key(|table| table.position());
        match next {
            Some(next) => prepend(next.decor_mut(), &kept),
            None => {
                let end = document.trailing().as_str().unwrap_or_default().to_owned();
                document.set_trailing(format!("{kept}{end}"));
            }
        }
        Ok(())
    })
}

fn prepend(decor: &mut toml_edit::Decor, text: &str) {
    let prefix = decor.prefix().and_then(|prefix| prefix.as_str()).unwrap_or_default();
    decor.set_prefix(format!("{text}{prefix}"));
}

fn change(file: &Path, edit: impl FnOnce(&Path, &mut DocumentMut) -> Result<(), Error>) -> Result<(), Error> {
    // A link into somebody's collection of settings stays a link.
    let path = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let failed = |source| Error::File { path: path.clone(), source };
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => EXAMPLE.to_owned(),
        Err(error) => return Err(failed(error)),
    };
    let broken = |source: toml_edit::TomlError| Error::Broken { path: path.clone(), source: Box::new(source) };
    let mut document: DocumentMut = text.parse().map_err(broken)?;
    edit(&path, &mut document)?;
    replace(&path, &document.to_string()).map_err(failed)
}

fn section<'a>(path: &Path, document: &'a mut DocumentMut) -> Result<&'a mut dyn TableLike, Error> {
    let repositories = document.entry("repository").or_insert_with(|| {
        let mut table = Table::new();
        table.set_implicit(true);
        Item::Table(table)
    });
    let source = || io::Error::other("`repository` is no section in it");
    repositories.as_table_like_mut().ok_or_else(|| Error::File { path: path.into(), source: source() })
}

fn table(repository: &Repository) -> Table {
    let mut table = Table::new();
    let path = repository.folder.to_str().filter(|_| repository.url.is_none());
    let texts = [
        ("path", path),
        ("url", repository.url.as_deref()),
        ("fork", repository.fork.as_deref()),
        ("base", repository.base.as_deref()),
        ("target", repository.target.as_ref().map(TargetName::as_str)),
    ];
    for (key, text) in texts {
        if let Some(text) = text {
            table.insert(key, value(text));
        }
    }
    let nicknames: Vec<String> = repository.nicknames.iter().map(ToString::to_string).collect();
    for (key, texts) in [("nickname", &nicknames), ("tags", &repository.tags), ("roles", &repository.roles)] {
        if !texts.is_empty() {
            table.insert(key, value(Array::from_iter(texts)));
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: Option<&str>) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("repositories.toml");
        if let Some(text) = text {
            fs::write(&file, text).expect("written");
        }
        (folder, file)
    }

    fn repository(name: &str) -> Repository {
        Repository::at(name.parse().expect("a name"), format!("/src/{name}").into())
    }

    #[test]
    fn a_new_file_explains_itself_and_ends_with_what_was_added() {
        let (_folder, path) = file(None);
        let api = Repository { tags: vec!["work".into()], ..repository("api") };
        add(&path, &api).expect("added");
        let first = "\n[repository.api]\npath = \"/src/api\"\ntags = [\"work\"]\n";
        let text = || fs::read_to_string(&path).expect("text");
        assert_eq!(text(), format!("{EXAMPLE}{first}"));
        let url = Repository { url: Some("git@host:web.git".into()), ..repository("web.x") };
        add(&path, &url).expect("added");
        let second = "\n[repository.\"web.x\"]\nurl = \"git@host:web.git\"\n";
        assert_eq!(text(), format!("{EXAMPLE}{first}{second}"));
        assert!(matches!(add(&path, &api), Err(Error::Taken { .. })));
        remove(&path, &api.name).expect("removed");
        assert_eq!(text(), format!("{EXAMPLE}{second}"));
        remove(&path, &url.name).expect("removed");
        assert_eq!(text(), EXAMPLE);
        assert!(matches!(remove(&path, &api.name), Err(Error::Unknown { .. })));
    }

    #[test]
    fn comments_order_and_unknown_things_stay() {
        let text = "# mine\n\n# about b\n[repository.b] # here\npath = '/b'\n[repository.b.env]\nX = 'y'\n\n# about a\n[repository.a]\npath='/a'\n# the end\n";
        let (_folder, path) = file(Some(text));
        add(&path, &repository("c")).expect("added");
        let added = format!("{text}\n[repository.c]\npath = \"/src/c\"\n");
        assert_eq!(fs::read_to_string(&path).expect("text"), added);
        remove(&path, &"b".parse().expect("a name")).expect("removed");
        let without = format!("# mine\n\n# about a{}", added.split("# about a").nth(1).expect("there"));
        assert_eq!(fs::read_to_string(&path).expect("text"), without);
    }

    #[test]
    fn a_broken_file_stays_as_it_was() {
        let (_folder, path) = file(Some("[repository\n"));
        assert!(matches!(add(&path, &repository("a")), Err(Error::Broken { .. })));
        assert_eq!(fs::read_to_string(&path).expect("text"), "[repository\n");
    }
}
