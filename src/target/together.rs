//! Running a program whose two outputs are heard as one, in the order in which they came.

use std::io::{self, ErrorKind};

use tokio::{io::AsyncReadExt, net::unix::pipe, time::timeout};

use super::{
    Error, Local, Program, Status,
    local::{LINGER, Running, how},
};

impl Local {
    /// Runs a program to its end, and lets `hear` have whatever it prints when it prints it. Dropping the future ends the
    /// program. It has no input, and nothing is kept.
    ///
    /// # Errors
    /// Every [`Error`]. An exit code other than 0 is none of them.
    pub async fn run_together(&self, program: Program, mut hear: impl FnMut(&[u8])) -> Result<Status, Error> {
        let name = program.name().to_owned();
        let failed = |source| Error::System { program: name.clone(), source };
        let (reader, writer) = io::pipe().map_err(failed)?;
        let mut reader = pipe::Receiver::from_owned_fd(reader.into()).map_err(failed)?;
        let mut command = self.command(&program)?;
        command.stdout(writer.try_clone().map_err(failed)?).stderr(writer);
        let mut child = Running(Some(command.spawn().map_err(failed)?));
        // Our own ends of the pipe must be closed for it to have an end.
        drop(command);
        let Running(Some(running)) = &mut child else { return Err(Error::Nothing) };
        let listen = async {
            let mut buffer = vec![0; 16 * 1024];
            loop {
                match reader.read(&mut buffer).await {
                    Ok(0) => return,
                    Ok(count) => hear(&buffer[..count]),
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    Err(_) => return,
                }
            }
        };
        let finish = async {
            tokio::pin!(listen);
            tokio::select! {
                () = &mut listen => running.wait().await,
                status = running.wait() => {
                    // What is left open then belongs to a program that outlives this one.
                    let _ = timeout(LINGER, listen).await;
                    status
                }
            }
        };
        let finished = timeout(program.deadline, finish).await;
        let Ok(status) = finished else {
            child.end().await;
            return Err(Error::TimedOut { program: name, deadline: program.deadline });
        };
        let status = status.map_err(failed)?;
        child.0 = None;
        Ok(how(status))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn both_outputs_are_heard_in_the_order_they_came() {
        let mut heard = Vec::new();
        let program = Program::new(["sh", "-c", "echo one; echo two >&2; echo three; exit 3"]);
        let status = Local::new().run_together(program, |bytes| heard.extend_from_slice(bytes)).await.expect("runs");
        assert_eq!((status, String::from_utf8_lossy(&heard).as_ref()), (Status::Exited(3), "one\ntwo\nthree\n"));
    }
}
