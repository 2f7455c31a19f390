//! How git is run: with the person's configuration and credentials, without prompts, hooks or upkeep.

use std::{
    ffi::OsStr,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio_util::task::TaskTracker;

use super::{Error, probe::Settings, turns::Turn};
use crate::target::{Host, Output, Program, Status};

/// How long the remote may take.
pub(crate) const NETWORK: Duration = Duration::from_secs(20);
/// How long the largest checkout may take, with filters that download.
const CHECKOUT: Duration = Duration::from_secs(600);

/// Variables that would lead git to another repository than the folder's own (`git rev-parse --local-env-vars`), or
/// make it write differently.
const LEADING_ASTRAY: &[&str] = &[
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_CEILING_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_CONFIG",
    "GIT_CONFIG_COUNT",
    "GIT_CONFIG_PARAMETERS",
    "GIT_DEFAULT_HASH",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_NAMESPACE",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_QUARANTINE_PATH",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_TRACE",
    "GIT_WORK_TREE",
];

/// What locks references, an index or the configuration. A signal that comes while git makes such a lock leaves it for
/// ever, in a repository that is the person's: these are never ended because nobody waits for them any more.
const WHOLE: [&str; 9] =
    ["config", "fetch", "push", "read-tree", "remote", "symbolic-ref", "update-index", "update-ref", "worktree"];

/// git in one folder.
#[derive(Debug, Clone)]
pub(crate) struct Git<'a> {
    host: &'a Host,
    folder: PathBuf,
    environment: Vec<(String, String)>,
    deadline: Duration,
    begun: TaskTracker,
    lengthy: bool,
}

impl<'a> Git<'a> {
    /// git in this folder, which is an absolute path.
    pub(crate) fn new(host: &'a Host, folder: &Path) -> Self {
        Self {
            host,
            folder: folder.into(),
            environment: Vec::new(),
            deadline: CHECKOUT,
            begun: TaskTracker::new(),
            lengthy: false,
        }
    }

    /// The same as part of a turn, which ends no sooner than what git has begun and must finish.
    pub(crate) fn in_turn(self, turn: &Turn) -> Self {
        Self { begun: turn.begun(), ..self }
    }

    /// The same with a variable set.
    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// The same, but the remote is asked: it gets less time.
    pub(crate) fn over_network(mut self, ssh: Option<String>) -> Self {
        self.deadline = NETWORK;
        self.environment.extend(ssh.map(|command| ("GIT_SSH_COMMAND".to_owned(), command)));
        self
    }

    /// The same with another deadline.
    pub(crate) fn within(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// The same for what may take long, in a place where nothing matters yet: it can be ended.
    pub(crate) fn lengthy(self) -> Self {
        Self { lengthy: true, ..self }
    }

    /// The same in another folder.
    pub(crate) fn at(&self, folder: &Path) -> Self {
        Self { folder: folder.into(), ..self.clone() }
    }

    /// The person's own way to start ssh, told to ask nobody anything.
    pub(crate) async fn ssh(&self, settings: &Settings) -> Result<Option<String>, Error> {
        let command = match (self.variable("GIT_SSH_COMMAND").await?, settings.one("core.sshcommand")) {
            (Some(command), _) => command,
            (None, Some(command)) => command.to_owned(),
            (None, None) if self.variable("GIT_SSH").await?.is_some() => return Ok(None),
            (None, None) => "ssh".to_owned(),
        };
        let program = command.split_whitespace().next().and_then(|program| program.rsplit('/').next());
        let is_ssh = program == Some("ssh");
        Ok(is_ssh.then(|| format!("{command} -o BatchMode=yes -o ConnectTimeout=10")))
    }

    /// A variable as git sees it.
    pub(crate) async fn variable(&self, name: &str) -> Result<Option<String>, Error> {
        Ok(self.host.variable(name).await?.map(|value| value.to_string_lossy().into_owned()))
    }

    /// There is a program of this name.
    pub(crate) async fn finds(&self, program: &str) -> Result<bool, Error> {
        Ok(self.host.find(program).await?.is_some())
    }

    /// The machine it runs on.
    pub(crate) fn host(&self) -> &'a Host {
        self.host
    }

    /// The folder it runs in.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Runs git; whatever code it exits with is the caller's to judge.
    pub(crate) async fn try_run(&self, arguments: &[&str]) -> Result<Output, Error> {
        self.feed(arguments, Vec::new()).await
    }

    /// The same, with something to read.
    pub(crate) async fn feed(&self, arguments: &[&str], input: Vec<u8>) -> Result<Output, Error> {
        let mut program = Program::new(["git", "--no-optional-locks", "--no-pager"]);
        for setting in [
            "gc.auto=0",
            "maintenance.auto=false",
            "core.hooksPath=/dev/null",
            "core.fsmonitor=false",
            "core.untrackedCache=false",
            "core.quotePath=false",
            "advice.detachedHead=false",
            "color.ui=false",
            "log.showSignature=false",
        ] {
            program.argv.extend(["-c".into(), setting.into()]);
        }
        program.argv.extend(arguments.iter().map(|&argument| argument.to_owned()));
        program.directory = Some(self.folder.clone());
        program.without = LEADING_ASTRAY.iter().map(|&name| name.to_owned()).collect();
        program.without.retain(|name| self.environment.iter().all(|(own, _)| own != name));
        for (name, value) in [
            ("GIT_TERMINAL_PROMPT", "0"),
            ("GIT_ASKPASS", ""),
            ("SSH_ASKPASS_REQUIRE", "never"),
            ("GCM_INTERACTIVE", "never"),
            ("GIT_OPTIONAL_LOCKS", "0"),
            // Its messages in English, because some are recognised, whatever the locale's character set.
            ("LANGUAGE", "en"),
        ] {
            program.environment.push((name.into(), value.into()));
        }
        program.environment.extend(self.environment.iter().cloned());
        program.input = input;
        program.deadline = self.deadline;
        program.output_bytes = 64 << 20;
        if !self.is_whole(arguments) {
            return Ok(self.host.run(program).await?);
        }
        let host = self.host.clone();
        let run = self.begun.spawn(async move { host.run(program).await });
        match run.await {
            Ok(output) => Ok(output?),
            Err(failed) if failed.is_panic() => std::panic::resume_unwind(failed.into_panic()),
            Err(_) => std::future::pending().await,
        }
    }

    /// It is finished once it has begun.
    fn is_whole(&self, arguments: &[&str]) -> bool {
        let mut words = arguments.iter();
        let mut command = words.next();
        while command == Some(&"-c") {
            command = words.nth(1);
        }
        !self.lengthy && command.is_some_and(|command| WHOLE.contains(command))
    }

    /// Runs git, which must succeed; gives what it printed.
    pub(crate) async fn run(&self, doing: &str, arguments: &[&str]) -> Result<Vec<u8>, Error> {
        let output = self.try_run(arguments).await?;
        if output.succeeded() { Ok(output.stdout) } else { Err(failure(doing, &output)) }
    }

    /// Runs git, which must succeed and print one line of text.
    pub(crate) async fn line(&self, doing: &str, arguments: &[&str]) -> Result<String, Error> {
        self.run(doing, arguments).await.map(|said| text(&said).trim_end_matches('\n').to_owned())
    }

    /// The commit behind a name; `None` when there is none.
    pub(crate) async fn commit(&self, name: &str) -> Result<Option<String>, Error> {
        // No name of anything starts with a dash; an option would.
        if name.is_empty() || name.starts_with('-') {
            return Ok(None);
        }
        let output = self.try_run(&["rev-parse", "--verify", "--quiet", &format!("{name}^{{commit}}")]).await?;
        Ok(output.succeeded().then(|| text(&output.stdout).trim().to_owned()).filter(|commit| !commit.is_empty()))
    }
}

/// git's failure in its own words.
pub(crate) fn failure(doing: &str, output: &Output) -> Error {
    Error::Git { doing: doing.into(), said: words(output) }
}

/// What a full disk is called, in a line of which git's first complaint often says nothing.
const NO_ROOM: [&str; 2] = ["No space left on device", "Disk quota exceeded"];

/// The line of git's complaint that says why, or how it ended when it said nothing.
pub(crate) fn words(output: &Output) -> String {
    let said = text(&output.stderr);
    let lines: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    if let Some(full) = NO_ROOM.into_iter().find(|full| lines.iter().any(|line| line.contains(full))) {
        return format!("its disk is full ({full}); make room there");
    }
    let told = lines.iter().find(|line| line.starts_with("fatal:") || line.starts_with("error:")).or(lines.first());
    match told {
        Some(line) => line.trim_start_matches("fatal: ").trim_start_matches("error: ").to_owned(),
        None => match output.status {
            Status::Exited(0) => "it answered nothing".into(),
            status => format!("it {status}"),
        },
    }
}

/// What git printed, as text.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What git printed, as a path.
pub(crate) fn path(bytes: &[u8]) -> PathBuf {
    Path::new(OsStr::from_bytes(bytes)).to_owned()
}
