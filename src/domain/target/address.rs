//! How a host is reached through SSH. Parsed here and nowhere else: what is an address can stand in an argument list of
//! `ssh` without being taken for anything else.

use std::{fmt, path::PathBuf, str::FromStr};

use serde::{Deserialize, Serialize};

/// How a host is reached: what is absent, the person's own `~/.ssh/config` says.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct SshAddress {
    host: String,
    user: Option<String>,
    port: Option<u16>,
    identity: Option<PathBuf>,
}

/// Something that can't be part of an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAnAddress {
    /// A name that is none.
    #[error("{text:?} is not a {what}: it must not be empty, start with '-', or hold spaces or control characters")]
    Name {
        /// What it should be.
        what: &'static str,
        /// What was given.
        text: String,
    },
    /// A port that is none.
    #[error("{0:?} is not a port: use a number from 1 to 65535")]
    Port(String),
    /// A key file that is not given by its whole path.
    #[error("{} is not an absolute path", .0.display())]
    Identity(PathBuf),
}

impl SshAddress {
    /// The address of `host`, which may be a name that only the person's own `~/.ssh/config` knows.
    ///
    /// # Errors
    /// [`NotAnAddress`] when a part is none.
    pub fn new(
        host: String,
        user: Option<String>,
        port: Option<u16>,
        identity: Option<PathBuf>,
    ) -> Result<Self, NotAnAddress> {
        let host = name("host", host)?;
        let user = user.map(|user| name("user", user)).transpose()?;
        if port == Some(0) {
            return Err(NotAnAddress::Port("0".into()));
        }
        if let Some(path) = identity.as_ref().filter(|path| !path.is_absolute() || path.to_str().is_none()) {
            return Err(NotAnAddress::Identity(path.clone()));
        }
        Ok(Self { host, user, port, identity })
    }

    /// Its name, its number, or its alias.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// As whom.
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// Where it listens.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// The file with the key to use; absolute.
    pub fn identity(&self) -> Option<&std::path::Path> {
        self.identity.as_deref()
    }
}

/// `[user@]host[:port]`; a number of IPv6 stands between brackets when a port follows.
impl FromStr for SshAddress {
    type Err = NotAnAddress;

    fn from_str(text: &str) -> Result<Self, NotAnAddress> {
        let text = text.strip_prefix("ssh://").unwrap_or(text);
        let (user, rest) = match text.rsplit_once('@') {
            Some((user, rest)) => (Some(user.to_owned()), rest),
            None => (None, text),
        };
        let (host, port) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((host, rest)) => (host, rest.strip_prefix(':')),
            // Several colons without brackets are a number of IPv6 without a port.
            None => match rest.split_once(':') {
                Some((host, port)) if !port.contains(':') => (host, Some(port)),
                _ => (rest, None),
            },
        };
        let port = port.map(|port| port.parse().map_err(|_| NotAnAddress::Port(port.to_owned()))).transpose()?;
        Self::new(host.to_owned(), user, port, None)
    }
}

impl fmt::Display for SshAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        if let Some(user) = &self.user {
            text.push_str(&format!("{user}@"));
        }
        match (self.port, self.host.contains(':')) {
            (Some(port), true) => text.push_str(&format!("[{}]:{port}", self.host)),
            (Some(port), false) => text.push_str(&format!("{}:{port}", self.host)),
            (None, _) => text.push_str(&self.host),
        }
        f.pad(&text)
    }
}

fn name(what: &'static str, text: String) -> Result<String, NotAnAddress> {
    let odd = |letter: char| letter.is_whitespace() || letter.is_control();
    if text.is_empty() || text.starts_with('-') || text.contains(odd) {
        return Err(NotAnAddress::Name { what, text });
    }
    Ok(text)
}

/// An address as it is written in JSON.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    host: String,
    #[serde(default)]
    user: Option<String>,
    #[serde(default)]
    port: Option<u16>,
    #[serde(default)]
    identity: Option<PathBuf>,
}

impl TryFrom<Written> for SshAddress {
    type Error = NotAnAddress;

    fn try_from(Written { host, user, port, identity }: Written) -> Result<Self, NotAnAddress> {
        Self::new(host, user, port, identity)
    }
}

impl From<SshAddress> for Written {
    fn from(SshAddress { host, user, port, identity }: SshAddress) -> Written {
        Written { host, user, port, identity }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_as_people_write_it_and_written_the_same() {
        for (text, host, user, port) in [
            ("build", "build", None, None),
            ("ada@build.example.org:2222", "build.example.org", Some("ada"), Some(2222)),
            ("[::1]:22", "::1", None, Some(22)),
            ("fe80::1", "fe80::1", None, None),
        ] {
            let address: SshAddress = text.parse().expect(text);
            assert_eq!((address.host(), address.user(), address.port()), (host, user, port));
            assert_eq!(address.to_string(), text);
        }
    }

    #[test]
    fn nothing_that_ssh_could_take_for_an_option_is_an_address() {
        for text in
            ["", "-oProxyCommand=x", "a b", "-l@host", "user@", "@host", "host:0", "host:x", "a\nb", "host:99999"]
        {
            assert!(text.parse::<SshAddress>().is_err(), "{text:?}");
        }
        assert!(SshAddress::new("h".into(), None, None, Some("id".into())).is_err());
        assert!(serde_json::from_str::<SshAddress>(r#"{"host":"-x"}"#).is_err());
    }
}
