//! Bringing a database to the newest schema.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, TransactionBehavior};

use super::{Error, columns::text_of, file};

/// Every released schema's step from the one before. The first makes an empty database ours. A step is never edited
/// once released; `tests/fixtures/store` holds a database of each.
pub(super) const STEPS: &[&str] = &[include_str!("schema/0001.sql")];

/// What `PRAGMA application_id` says of a database of ours: `qd`, then a one.
const OURS: i64 = 0x7164_0001;

/// Brings the database at `path` to the newest schema. An existing one is copied to `PATH.before-vN` first, where N is
/// the version it is brought to; each step is one transaction.
///
/// # Errors
/// [`Error::Newer`] for a database of a later program, [`Error::NotOurs`] for one that is not ours.
pub(super) fn migrate(connection: &mut Connection, path: &Path, steps: &[&str]) -> Result<(), Error> {
    let known = u32::try_from(steps.len()).unwrap_or(u32::MAX);
    let found = version(connection, path)?;
    if found > known {
        return Err(Error::Newer { path: path.into(), found, known });
    }
    if found > 0 && found < known {
        copy(connection, &copy_path(path, known))?;
    }
    for (step, to) in steps.iter().zip(1..).skip(found as usize) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "user_version", to)?;
        transaction.commit()?;
    }
    Ok(())
}

/// The schema's version: 0 for an empty file.
fn version(connection: &Connection, path: &Path) -> Result<u32, Error> {
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let application: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let empty: bool = connection.query_one("SELECT count(*) = 0 FROM sqlite_schema", [], |row| row.get(0))?;
    match (application, u32::try_from(version)) {
        (OURS, Ok(version)) if version > 0 => Ok(version),
        (0, Ok(0)) if empty => Ok(0),
        _ => Err(Error::NotOurs(path.into())),
    }
}

fn copy_path(path: &Path, to: u32) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(format!(".before-v{to}"));
    name.into()
}

/// A copy from an earlier attempt is replaced: the database has not changed since.
fn copy(connection: &Connection, to: &Path) -> Result<(), Error> {
    let failed = |source| Error::File { path: to.into(), source };
    match fs::remove_file(to) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
        Ok(()) | Err(_) => {}
    }
    file::make_private(to).map_err(failed)?;
    connection.execute("VACUUM INTO ?", [text_of(to)?])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const NEXT: &str = "ALTER TABLE targets ADD COLUMN colour TEXT;";

    fn version_1() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("db");
        let mut connection = file::open_for_writing(&path).expect("opened");
        migrate(&mut connection, &path, &STEPS[..1]).expect("migrated");
        let target =
            "INSERT INTO targets (name, state, state_since, labels, link) VALUES ('local', 'online', 7, '[]', 'here')";
        connection.execute(target, []).expect("written");
        (folder, path)
    }

    #[test]
    fn a_database_is_copied_before_it_is_changed() {
        let (_folder, path) = version_1();
        let mut connection = file::open_for_writing(&path).expect("opened");
        migrate(&mut connection, &path, &[STEPS[0], NEXT]).expect("migrated");
        let version = |connection: &Connection| version(connection, &path).expect("ours");
        assert_eq!(version(&connection), 2);

        let copied = copy_path(&path, 2);
        assert_eq!(fs::metadata(&copied).expect("there").permissions().mode() & 0o777, 0o600);
        let copy = Connection::open(&copied).expect("opened");
        assert_eq!(version(&copy), 1);
        let targets: i64 = copy.query_one("SELECT count(*) FROM targets", [], |row| row.get(0)).expect("counted");
        assert_eq!(targets, 1);
    }

    #[test]
    fn a_step_that_fails_changes_nothing() {
        let (_folder, path) = version_1();
        let mut connection = file::open_for_writing(&path).expect("opened");
        let broken = format!("{NEXT} SELECT nonsense FROM nowhere;");
        migrate(&mut connection, &path, &[STEPS[0], &broken]).expect_err("broken");
        assert_eq!(version(&connection, &path).expect("ours"), 1);
        migrate(&mut connection, &path, &[STEPS[0], NEXT]).expect("migrated after all");
    }
}
