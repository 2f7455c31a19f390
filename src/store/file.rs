//! The database's file: ours alone, and opened the same way every time.

use std::{
    fs, io,
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
    time::Duration,
};

use rusqlite::{Connection, OpenFlags};

use super::Error;

/// How long to wait for another program (a backup, a curious `sqlite3`) to let go of the database.
const PATIENCE: Duration = Duration::from_secs(5);
/// Room for every statement of the room, so that none is parsed twice.
const STATEMENTS: usize = 128;

/// Opens the database for writing, and makes it when there is none. The file, and what SQLite puts beside it with the
/// same permissions, is readable by us alone.
pub(super) fn open_for_writing(path: &Path) -> Result<Connection, Error> {
    make_private(path).map_err(|source| Error::File { path: path.into(), source })?;
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | common())?;
    configure(&connection)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "wal_autocheckpoint", 1_000)?;
    connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
    Ok(connection)
}

/// Opens the database for reading. The writer must have it open.
pub(super) fn open_for_reading(path: &Path) -> Result<Connection, Error> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | common())?;
    configure(&connection)?;
    Ok(connection)
}

/// Makes the file if it is not there, and takes it away from everybody else.
pub(super) fn make_private(path: &Path) -> io::Result<()> {
    let file = fs::OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
    if file.metadata()?.permissions().mode() & 0o077 != 0 {
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
    }
    Ok(())
}

fn common() -> OpenFlags {
    OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_EXRESCODE
}

fn configure(connection: &Connection) -> Result<(), Error> {
    connection.busy_timeout(PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(())
}
