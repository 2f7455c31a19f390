//! This machine.

use std::{
    env,
    ffi::{OsStr, OsString},
    fs,
    io::ErrorKind,
    os::unix::{fs::MetadataExt, process::ExitStatusExt},
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use nix::{
    sys::signal::{Signal, killpg},
    unistd::{AccessFlags, Pid, access},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    process::{Child, ChildStdin, Command},
    time::timeout,
};

use super::{Error, Output, Program, Status, processes};

/// How long a program that was told to end may tidy up (git removes its lock files then) before it is killed.
const TIDY_UP: Duration = Duration::from_secs(1);
/// How long outputs are read on after the program has ended: what it left behind may hold them open for ever.
pub(super) const LINGER: Duration = Duration::from_millis(250);

/// This machine. Programs inherit our environment, without the tag of an attempt that may have started us.
#[derive(Debug, Clone, Default)]
pub struct Local {
    environment: Vec<(OsString, OsString)>,
}

impl Local {
    /// This machine, with our own environment.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, with a variable set for every program.
    #[must_use]
    pub fn with(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Runs a program to its end. Dropping the future ends the program.
    ///
    /// # Errors
    /// Every [`Error`]. An exit code other than 0 is none of them: it is in [`Output::status`].
    pub async fn run(&self, program: Program) -> Result<Output, Error> {
        let name = program.name().to_owned();
        let failed = |source| Error::System { program: name.clone(), source };
        let mut child = Running(Some(self.command(&program)?.spawn().map_err(failed)?));
        let Running(Some(running)) = &mut child else { return Err(Error::Nothing) };
        let (stdin, stdout, stderr) = (running.stdin.take(), running.stdout.take(), running.stderr.take());
        let mut kept = (Kept::new(program.output_bytes), Kept::new(program.output_bytes));
        let finished = {
            let talk = async {
                tokio::join!(feed(stdin, &program.input), kept.0.fill(stdout), kept.1.fill(stderr));
            };
            let finish = async {
                tokio::pin!(talk);
                tokio::select! {
                    () = &mut talk => running.wait().await,
                    status = running.wait() => {
                        // What is left open then belongs to a program that outlives this one.
                        let _ = timeout(LINGER, talk).await;
                        status
                    }
                }
            };
            timeout(program.deadline, finish).await
        };
        let Ok(status) = finished else {
            child.end().await;
            return Err(Error::TimedOut { program: name, deadline: program.deadline });
        };
        let status = status.map_err(failed)?;
        child.0 = None;
        let (stdout, stderr) = kept;
        Ok(Output {
            status: how(status),
            truncated: stdout.truncated || stderr.truncated,
            stdout: stdout.bytes,
            stderr: stderr.bytes,
        })
    }

    /// Where a program is: on PATH, or at the path given, if it can be run.
    pub fn find(&self, name: &str) -> Option<PathBuf> {
        self.look_for(name).ok()
    }

    /// A variable as programs see it.
    pub fn variable(&self, name: &str) -> Option<OsString> {
        let own = self.environment.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        own.or_else(|| env::var_os(name))
    }

    pub(super) fn command(&self, program: &Program) -> Result<Command, Error> {
        let (name, arguments) = program.argv.split_first().ok_or(Error::Nothing)?;
        let found = self.look_for(name)?;
        if let Some(folder) = program.directory.as_deref().filter(|folder| !folder.is_dir()) {
            return Err(Error::NoDirectory(folder.into()));
        }
        let mut command = Command::new(found);
        command.arg0(name).args(arguments);
        command.env_remove(processes::TAG).envs(self.environment.iter().cloned());
        command.envs(program.environment.iter().cloned());
        for name in &program.without {
            command.env_remove(name);
        }
        if let Some(folder) = &program.directory {
            command.current_dir(folder);
        }
        command.stdin(if program.input.is_empty() { Stdio::null() } else { Stdio::piped() });
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        Ok(command)
    }

    fn look_for(&self, name: &str) -> Result<PathBuf, Error> {
        let searched = self.variable("PATH").unwrap_or_default();
        if name.is_empty() {
            return Err(Error::Nothing);
        }
        let candidates: Vec<PathBuf> = if name.contains('/') {
            vec![name.into()]
        } else {
            // An empty entry means the current folder to a shell; we do not run what happens to lie there.
            env::split_paths(&searched).filter(|folder| folder.is_absolute()).map(|folder| folder.join(name)).collect()
        };
        if let Some(found) = candidates.iter().find(|path| is_executable(path)) {
            return Ok(found.clone());
        }
        match candidates.into_iter().find(|path| path.is_file()) {
            Some(found) => Err(Error::Permission(found)),
            None if name.contains('/') => Err(Error::NotFound { program: name.into(), path: name.into() }),
            None => Err(Error::NotFound { program: name.into(), path: lossy(&searched) }),
        }
    }
}

/// A program that ends, with its group, when nobody waits for it any more.
pub(super) struct Running(pub(super) Option<Child>);

impl Running {
    pub(super) async fn end(mut self) {
        if let Some(child) = self.0.take() {
            end(child).await;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let Some(child) = self.0.take() else { return };
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => {
                runtime.spawn(end(child));
            }
            Err(_) => {
                let _ = group(&child).map(|group| killpg(group, Signal::SIGKILL));
            }
        }
    }
}

async fn end(mut child: Child) {
    let Some(group) = group(&child) else { return };
    let _ = killpg(group, Signal::SIGTERM);
    let _ = timeout(TIDY_UP, child.wait()).await;
    // Also when the program itself has ended: others of its group may not have.
    let _ = killpg(group, Signal::SIGKILL);
    let _ = child.wait().await;
}

/// The process group that a program leads until it has been waited for.
fn group(child: &Child) -> Option<Pid> {
    child.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw)
}

/// The first bytes of an output.
pub(super) struct Kept {
    pub(super) bytes: Vec<u8>,
    limit: usize,
    pub(super) truncated: bool,
}

impl Kept {
    pub(super) fn new(limit: usize) -> Self {
        Self { bytes: Vec::new(), limit, truncated: false }
    }

    pub(super) fn keep(&mut self, bytes: &[u8]) {
        let kept = bytes.len().min(self.limit - self.bytes.len());
        self.bytes.extend_from_slice(&bytes[..kept]);
        self.truncated |= kept < bytes.len();
    }

    async fn fill(&mut self, pipe: Option<impl AsyncRead + Unpin>) {
        let Some(mut pipe) = pipe else { return };
        let mut buffer = vec![0; 16 * 1024];
        loop {
            match pipe.read(&mut buffer).await {
                Ok(0) => return,
                Ok(count) => self.keep(&buffer[..count]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return,
            }
        }
    }
}

async fn feed(stdin: Option<ChildStdin>, input: &[u8]) {
    // A program that does not want all of its input closes the pipe; that is its business.
    if let Some(mut stdin) = stdin {
        let _ = stdin.write_all(input).await;
    }
}

pub(super) fn how(status: ExitStatus) -> Status {
    match status.code() {
        Some(code) => Status::Exited(code),
        None => Status::Signaled(status.signal()),
    }
}

fn is_executable(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.is_file() && found.mode() & 0o111 != 0)
        && access(path, AccessFlags::X_OK).is_ok()
}

fn lossy(text: &OsStr) -> String {
    text.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn program(argv: &[&str]) -> Program {
        Program::new(argv.iter().copied())
    }

    #[tokio::test]
    async fn arguments_arrive_as_they_are() {
        let mut echo = program(&["printf", "%s|", "a b", "$(x)", "'\"", "-n", ""]);
        echo.directory = Some("/".into());
        let output = Local::new().run(echo).await.expect("runs");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "a b|$(x)|'\"|-n||");
        assert_eq!(output.status, Status::Exited(0));
    }

    #[tokio::test]
    async fn input_larger_than_a_pipe_comes_back_and_is_bounded() {
        let mut cat = program(&["cat"]);
        cat.input = vec![b'x'; 3 << 20];
        let output = Local::new().run(cat).await.expect("runs");
        assert_eq!(output.stdout.len(), 1 << 20);
        assert!(output.truncated);
    }

    #[tokio::test]
    async fn a_program_that_reads_nothing_does_not_hang_on_its_input() {
        let mut idle = program(&["true"]);
        idle.input = vec![b'x'; 3 << 20];
        assert!(Local::new().run(idle).await.expect("runs").succeeded());
    }

    #[tokio::test]
    async fn codes_and_signals_are_told_apart() {
        let local = Local::new();
        let exits = local.run(program(&["sh", "-c", "exit 7"])).await.expect("runs");
        assert_eq!(exits.status, Status::Exited(7));
        let dies = local.run(program(&["sh", "-c", "kill -9 $$"])).await.expect("runs");
        assert_eq!(dies.status, Status::Signaled(Some(9)));
    }

    #[tokio::test]
    async fn a_program_that_is_late_ends_with_its_whole_group() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut late = program(&["sh", "-c", "trap '' TERM; (trap '' TERM; sleep 600) & echo $! > child; sleep 600"]);
        late.directory = Some(folder.path().into());
        late.deadline = Duration::from_millis(300);
        let error = Local::new().run(late).await.expect_err("is late");
        assert!(matches!(error, Error::TimedOut { .. }), "{error}");
        let child: i32 =
            fs::read_to_string(folder.path().join("child")).expect("written").trim().parse().expect("a pid");
        let deadline = Instant::now() + Duration::from_secs(10);
        while nix::sys::signal::kill(Pid::from_raw(child), None).is_ok() && !is_zombie(child) {
            assert!(Instant::now() < deadline, "the child of a late program lives on");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    fn is_zombie(pid: i32) -> bool {
        let output = std::process::Command::new("ps").args(["-o", "stat=", "-p", &pid.to_string()]).output();
        output.is_ok_and(|output| output.stdout.starts_with(b"Z"))
    }

    #[tokio::test]
    async fn what_a_program_leaves_behind_does_not_hold_it_up() {
        let start = Instant::now();
        let output = Local::new().run(program(&["sh", "-c", "sleep 20 & echo said"])).await.expect("runs");
        assert_eq!(output.stdout, b"said\n");
        assert!(start.elapsed() < Duration::from_secs(10));
    }

    #[tokio::test]
    async fn the_reason_names_what_was_looked_for() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("plain"), "no program").expect("written");
        let local = Local::new().with("PATH", folder.path());
        let missing = local.run(program(&["no-such-program"])).await.expect_err("missing").to_string();
        assert!(
            missing.contains("no-such-program") && missing.contains(&*folder.path().to_string_lossy()),
            "{missing}"
        );
        assert!(matches!(local.run(program(&["plain"])).await, Err(Error::Permission(_))));
        assert!(matches!(local.run(program(&[])).await, Err(Error::Nothing)));
        let mut nowhere = program(&["/bin/sh"]);
        nowhere.directory = Some("/not/there".into());
        assert!(matches!(local.run(nowhere).await, Err(Error::NoDirectory(_))));
    }

    #[tokio::test]
    async fn a_program_does_not_inherit_the_tag_of_an_attempt() {
        let local = Local::new().with("SEEN", "yes");
        let mut env = program(&["env"]);
        env.environment = vec![("OWN".into(), "also".into())];
        env.without = vec!["HOME".into()];
        let said = String::from_utf8(local.run(env).await.expect("runs").stdout).expect("text");
        assert!(said.contains("SEEN=yes") && said.contains("OWN=also"), "{said}");
        assert!(!said.contains("QD_ATTEMPT=") && !said.contains("\nHOME="), "{said}");
    }
}
