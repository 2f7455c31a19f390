//! Making a machine that was reached ready for sessions: folders, our script for its agents, and what a person finds in
//! their environment when they log in there, which is what agents need.

use std::{path::Path, path::PathBuf, time::Duration};

use uuid::Uuid;

use super::{Folders, inheritable};
use crate::{
    agent::equipment::host::SCRIPT,
    target::{Error, Host, Program},
};

/// How long a person's shell may take to log in.
const LOGIN: Duration = Duration::from_secs(10);

/// Says where our things are: `$1`, or below the home directory; then what the machine calls itself.
const FIND: &str = r#"umask 077
root=$1
case $root in "") root=$HOME/.local/share/quarterdeck/$2 ;; esac
for folder in run attempts recordings prompts workspaces mirrors bin; do mkdir -p -- "$root/$folder" || exit 1; done
chmod 700 -- "$root" && cd -P -- "$root" || exit 1
printf '%s\0%s\0' "$PWD" "$(uname -n)""#;

/// Prints the environment it was started with, behind a word that no shell says by itself.
const ENVIRONMENT: &str = r#"printf '%s\0' "$QD_MARK"
if [ -r /proc/self/environ ]; then exec cat /proc/self/environ; fi
env | tr '\n' '\0'
"#;

/// Has the person's own shell log in, as it does when they come by themselves, and run a script.
const LOG_IN: &str = r#"shell=${SHELL:-/bin/sh}; QD_SCRIPT=$1; QD_MARK=$2; export QD_SCRIPT QD_MARK; shift 2
exec "$shell" "$@" 'exec /bin/sh "$QD_SCRIPT"' </dev/null 2>/dev/null"#;

/// What a machine offers sessions.
pub(super) struct Footing {
    pub(super) root: PathBuf,
    pub(super) folders: Folders,
    pub(super) host_name: String,
    pub(super) environment: Vec<(String, String)>,
    /// Our script for its agents.
    pub(super) program: PathBuf,
}

impl Footing {
    /// Finds it, and makes of it what is missing. Asked again, finds it made.
    ///
    /// # Errors
    /// In words: the machine can't be asked, or our folder there can't be used.
    pub(super) async fn find(host: &Host, work_root: Option<&Path>, instance: &str) -> Result<Self, String> {
        let root = work_root.map(|root| root.to_string_lossy().into_owned()).unwrap_or_default();
        let short: String = instance.chars().take(12).collect();
        let output = host.run(Program::new(["/bin/sh", "-c", FIND, "sh", &root, &short])).await.map_err(words)?;
        if !output.succeeded() {
            let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(format!("the folder for our things can't be made there: {said}"));
        }
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut parts = said.split('\0');
        let (Some(root), Some(host_name)) = (parts.next(), parts.next()) else {
            return Err("it does not say where its home directory is".into());
        };
        let root = PathBuf::from(root);
        let program = root.join("bin/qd");
        let unwritten = |error: std::io::Error| format!("our script can't be written there: {error}");
        host.write(&program, SCRIPT.as_bytes()).await.map_err(unwritten)?;
        host.write(&root.join("bin/environment"), ENVIRONMENT.as_bytes()).await.map_err(unwritten)?;
        let program_name = program.to_string_lossy().into_owned();
        host.run(Program::new(["chmod", "700", "--", &program_name])).await.map_err(words)?;
        let environment = log_in(host, &root.join("bin/environment")).await?;
        Ok(Self { folders: Folders::below(&root), host_name: host_name.to_owned(), environment, program, root })
    }
}

/// The environment of the person's login shell; of the connection itself where no shell says.
async fn log_in(host: &Host, script: &Path) -> Result<Vec<(String, String)>, String> {
    let mark = Uuid::new_v4().simple().to_string();
    let script = script.to_string_lossy();
    for how in [&["-i", "-l", "-c"][..], &["-l", "-c"], &["-c"]] {
        let argv = [&["/bin/sh", "-c", LOG_IN, "sh", &script, &mark][..], how].concat();
        let program = Program { deadline: LOGIN, ..Program::new(argv) };
        match host.run(program).await {
            Ok(output) => {
                let found = read(&output.stdout, &mark);
                if !found.is_empty() {
                    return Ok(found);
                }
            }
            // It asks something, or waits for something; another way asks less.
            Err(Error::TimedOut { .. }) => {}
            Err(error) => return Err(words(error)),
        }
    }
    Ok(Vec::new())
}

/// What an agent there may inherit of what was printed behind the mark.
fn read(printed: &[u8], mark: &str) -> Vec<(String, String)> {
    let printed = String::from_utf8_lossy(printed);
    let Some((_, environment)) = printed.split_once(&format!("{mark}\0")) else { return Vec::new() };
    let variables = environment.split('\0').filter_map(|entry| entry.split_once('='));
    let of_the_way = |name: &str| name.starts_with("SSH_") || name.starts_with("QD_") || name.is_empty();
    let kept = variables.filter(|(name, _)| !of_the_way(name));
    inheritable(kept.map(|(name, value)| (name.to_owned(), value.to_owned())))
}

fn words(error: Error) -> String {
    crate::engine::describe::chain(&error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_home_is_made_ready_and_found_ready() {
        let home = tempfile::tempdir().expect("a folder");
        let root = home.path().join("it's here");
        for _ in 0..2 {
            let footing = Footing::find(&Host::local(), Some(&root), "0123456789abcdef").await.expect("found");
            assert_eq!(footing.root, root);
            assert!(footing.environment.iter().any(|(name, value)| name == "PATH" && !value.is_empty()));
            assert!(!footing.environment.iter().any(|(name, _)| name.starts_with("QD_")));
            assert_eq!(std::fs::read(&footing.program).expect("written"), SCRIPT.as_bytes());
        }
    }

    #[test]
    fn what_a_shell_says_before_is_not_taken_for_the_environment() {
        let said = b"welcome\nA=1\0mark\0PATH=/bin\0SSH_CLIENT=x\0TWO=a\nb\0TERM=dumb\0";
        let expected = [("PATH", "/bin"), ("TWO", "a\nb")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(read(said, "mark"), expected);
        assert_eq!(read(said, "other"), []);
    }
}
