//! Why the store can't do what it was asked, and what the person can do about it.

use std::{io, path::PathBuf};

use rusqlite::ErrorCode;

/// Why the store can't do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A later version of the program has written this database.
    #[error(
        "the database {path:?} has version {found}, this program knows versions up to {known}: \
         install the newer quarterdeck, or set QD_HOME to another folder"
    )]
    Newer {
        /// Which.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The newest version we can read.
        known: u32,
    },
    /// Something else wrote this file.
    #[error("{0:?} is not a database of quarterdeck: move it away, or set QD_HOME to another folder")]
    NotOurs(PathBuf),
    /// The file can't be made or made private.
    #[error("cannot prepare the database {path:?}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// There is no room for more.
    #[error("the disk is full, and the database can't grow: free some space, then start the daemon again")]
    Full(#[source] rusqlite::Error),
    /// Another program holds the database.
    #[error("another program has kept the database locked for too long: close it (sqlite3, a backup?) and try again")]
    Locked(#[source] rusqlite::Error),
    /// The file's contents can't be trusted.
    #[error(
        "the database is damaged: stop the daemon, put back a copy (*.before-v*, or your backup) or save what can be \
         saved with `sqlite3 DATABASE .recover`"
    )]
    Damaged(#[source] rusqlite::Error),
    /// The file or its folder can't be written.
    #[error("the database can't be written: check the owner and the permissions of its folder")]
    NotWritable(#[source] rusqlite::Error),
    /// A rule of the schema refused a change, which the engine should not have asked for.
    #[error("the database refused a change that breaks its rules{offenders}")]
    Refused {
        /// Rows that point at nothing, each after a line break.
        offenders: String,
        /// The rule.
        #[source]
        source: rusqlite::Error,
    },
    /// The database is ahead of the step: another daemon writes to it.
    #[error("the database is already beyond revision {revision}: another daemon writes to it; stop one of them")]
    Outrun {
        /// The revision that was to be written.
        revision: u64,
    },
    /// A row holds what this program can't read.
    #[error("the database holds a row that this program can't read")]
    Unreadable(#[source] rusqlite::Error),
    /// SQLite failed in another way.
    #[error("the database failed")]
    Other(#[source] rusqlite::Error),
    /// An earlier commit failed, and nothing may be written after it.
    #[error("nothing is written any more, because an earlier commit failed")]
    Stopped,
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
}

impl From<rusqlite::Error> for Error {
    fn from(source: rusqlite::Error) -> Self {
        if let rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::InvalidColumnType(..) = source
        {
            return Error::Unreadable(source);
        }
        match source.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Error::Full(source),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Error::Locked(source),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Error::Damaged(source),
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
                Error::NotWritable(source)
            }
            Some(ErrorCode::ConstraintViolation) => Error::Refused { offenders: String::new(), source },
            _ => Error::Other(source),
        }
    }
}
