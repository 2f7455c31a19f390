//! The token with which the agent of one launch speaks to us: a file that only we can read, and a hash that is stored.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{agents::hash_of, private_file};

/// How many random bytes a token has.
const BYTES: usize = 32;

/// A secret; it has no `Debug`, so that it gets into no log.
pub(crate) struct Token(String);

impl Token {
    /// The token in the folder of a launch; makes one where there is none, or only a part of one.
    ///
    /// # Errors
    /// When the system has no random bytes, or the file can't be written.
    pub(crate) fn find_or_make(folder: &Path) -> io::Result<Self> {
        if let Ok(found) = Self::find(folder) {
            return Ok(found);
        }
        let mut bytes = [0; BYTES];
        getrandom::fill(&mut bytes).map_err(io::Error::other)?;
        let token = Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect());
        private_file::write(&file(folder), &token.0)?;
        Ok(token)
    }

    /// The token in the folder of a launch.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) fn find(folder: &Path) -> io::Result<Self> {
        let text = fs::read_to_string(file(folder))?;
        let whole = text.len() == 2 * BYTES && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        whole.then_some(Self(text)).ok_or_else(|| io::ErrorKind::InvalidData.into())
    }

    /// What is stored of it.
    pub(crate) fn hash(&self) -> String {
        hash_of(&self.0)
    }

    /// The secret itself, for the environment of its agent.
    pub(crate) fn secret(self) -> String {
        self.0
    }
}

/// Where the token of the launch with this folder is.
pub(crate) fn file(folder: &Path) -> PathBuf {
    folder.join("token")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_token_is_made_once_and_readable_by_us_alone() {
        let home = tempfile::tempdir().expect("a folder");
        let folder = home.path().join("attempts/a1");
        assert!(Token::find(&folder).is_err());
        let made = Token::find_or_make(&folder).expect("made");
        assert_eq!(Token::find_or_make(&folder).expect("found").hash(), made.hash());
        assert_eq!(Token::find(&folder).expect("found").secret(), made.secret());
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!(mode(&file(&folder)), 0o600);
        assert_eq!([mode(&folder), mode(&home.path().join("attempts"))], [0o700, 0o700]);
    }

    #[test]
    fn half_a_token_is_none() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(file(folder.path()), "00ff").expect("written");
        assert!(Token::find(folder.path()).is_err());
        assert_eq!(Token::find_or_make(folder.path()).expect("made").secret().len(), 2 * BYTES);
    }
}
