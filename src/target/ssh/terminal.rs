//! Lines by which other programs use the same connection: a person's terminal, and git.

use std::path::Path;

use super::{
    Ssh, address,
    connection::{control_path, socket},
    quote,
};

impl Ssh {
    /// What a terminal here runs to run a program over there, through the same connection; without it, through one of
    /// its own.
    pub fn terminal_argv(&self, argv: &[String]) -> Vec<String> {
        let mut line: Vec<String> = ["ssh", "-t"].map(Into::into).into();
        line.extend(self.shared_options());
        line.extend(["-o".into(), "RemoteCommand=none".into(), "-o".into(), "LogLevel=ERROR".into()]);
        line.extend(address::options(self.address()));
        line.extend(["--".into(), self.address().host().into(), quote::program(argv)]);
        line
    }

    /// The same for a person to copy into any terminal, with a connection of its own.
    pub fn paste_line(&self, argv: &[String]) -> String {
        let mut line: Vec<String> = ["ssh", "-t"].map(Into::into).into();
        line.extend(address::by_hand(&self.0.options));
        line.push(quote::program(argv));
        shell_words::join(line)
    }

    /// What git is to take for `ssh` (`GIT_SSH_COMMAND`), to speak through the same connection. Where that is lost, it
    /// fails at once: one of its own could hang for as long as nobody answers.
    pub fn git_command(&self) -> String {
        let mut line = vec!["ssh".to_owned()];
        line.extend(self.shared_options());
        line.extend(
            ["-o", "BatchMode=yes", "-o", "RemoteCommand=none", "-o", "ClearAllForwardings=yes"].map(Into::into),
        );
        // Used where the socket is not there, instead of any way that the person has configured.
        line.extend(["-o".into(), "ProxyCommand=false".into()]);
        line.extend(address::options(self.address()));
        shell_words::join(line)
    }

    /// What git is to take for the address of a repository there, with [`Ssh::git_command`].
    pub fn git_url(&self, path: &Path) -> String {
        let mut url = format!("ssh://{}", bracketed(self.address().host()));
        if !path.is_absolute() {
            url.push_str("/~/");
        }
        for byte in path.as_os_str().as_encoded_bytes() {
            if byte.is_ascii_alphanumeric() || b"/-_.".contains(byte) {
                url.push(char::from(*byte));
            } else {
                url.push_str(&format!("%{byte:02X}"));
            }
        }
        url
    }

    /// Through the socket of the connection, which `ssh` does without when it isn't there.
    fn shared_options(&self) -> Vec<String> {
        let options = &self.0.options;
        let mut line = vec!["-S".into(), control_path(&socket(options)), "-o".into(), "ControlMaster=no".into()];
        if let Some(config) = &options.config_file {
            line.extend(["-F".into(), config.to_string_lossy().into_owned()]);
        }
        line
    }
}

/// An address of the sixth version would be taken for a name and a port.
fn bracketed(host: &str) -> String {
    if host.contains(':') { format!("[{host}]") } else { host.into() }
}
