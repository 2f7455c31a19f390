//! Writing one setting into the person's own file, with everything else in it left as it is.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use toml_edit::{DocumentMut, Item, Table, value};

/// Why a setting could not be written down.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file is not TOML, so nothing can be put into it without losing something.
    #[error("{path:?} can't be read as TOML, so nothing was written into it; `qd config show` says where it is wrong")]
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
}

/// Writes the theme's name into `file`, which need not exist: the comments, the order and a link to somewhere else stay.
///
/// # Errors
/// [`Error`]; the file is then what it was.
pub fn keep_theme(file: &Path, name: &str) -> Result<(), Error> {
    // A link into somebody's collection of settings stays a link.
    let path = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let failed = |source| Error::File { path: path.clone(), source };
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(failed(error)),
    };
    let broken = |source: toml_edit::TomlError| Error::Broken { path: path.clone(), source: Box::new(source) };
    let mut document: DocumentMut = text.parse().map_err(broken)?;
    let dashboard = document.entry("dashboard").or_insert_with(|| Item::Table(Table::new()));
    match dashboard.get_mut("theme").and_then(Item::as_value_mut) {
        Some(known) => {
            let decor = known.decor().clone();
            *known = name.into();
            *known.decor_mut() = decor;
        }
        None => match dashboard.as_table_like_mut() {
            Some(table) => drop(table.insert("theme", value(name))),
            None => *dashboard = Item::Table(Table::from_iter([("theme", name)])),
        },
    }
    replace(&path, &document.to_string()).map_err(failed)
}

/// All of it or nothing, with the rights it had.
pub(super) fn replace(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let beside = path.with_extension("toml.new");
    let mut file = fs::File::create(&beside)?;
    if let Ok(before) = fs::metadata(path) {
        file.set_permissions(before.permissions())?;
    }
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&beside, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(before: Option<&str>) -> String {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("config.toml");
        if let Some(before) = before {
            fs::write(&file, before).expect("a file");
        }
        keep_theme(&file, "nord").expect("kept");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1, "nothing lies beside it");
        fs::read_to_string(&file).expect("a file")
    }

    #[test]
    fn a_kept_theme_leaves_everything_else_as_it_is() {
        assert_eq!(kept(None), "[dashboard]\ntheme = \"nord\"\n");
        let before = "# mine\n[keys]\nleave = [\"Q\"] # not q\n\n[dashboard] # looks\ntheme = 'x' # for the sun\nmouse = false\n";
        let after = before.replace("'x'", "\"nord\"");
        assert_eq!(kept(Some(before)), after);
        assert_eq!(kept(Some("dashboard.mouse = false\n")), "dashboard.mouse = false\ndashboard.theme = \"nord\"\n");
    }

    #[test]
    fn a_broken_file_stays_as_it_was() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("config.toml");
        fs::write(&file, "[dashboard\n").expect("a file");
        assert!(matches!(keep_theme(&file, "nord"), Err(Error::Broken { .. })));
        assert_eq!(fs::read_to_string(&file).expect("a file"), "[dashboard\n");
    }
}
