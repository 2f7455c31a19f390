//! How commands end.

use std::{process::Child, sync::mpsc};

use nix::sys::signal::Signal;

use crate::{processes, wait::PATIENCE};

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) output: String,
    pub(crate) notices: String,
}

impl Ended {
    /// How a command ends, which it must in time.
    pub(crate) fn of(child: Child) -> Self {
        let pid = child.id();
        let (sender, ended) = mpsc::channel();
        std::thread::spawn(move || sender.send(child.wait_with_output()));
        let Ok(output) = ended.recv_timeout(PATIENCE) else {
            let line = processes::command_line(pid);
            processes::signal(pid, Signal::SIGKILL);
            panic!("waited {} s in vain for the end of {line}", PATIENCE.as_secs());
        };
        let output = output.expect("its output");
        Self {
            code: output.status.code().unwrap_or(-1),
            output: String::from_utf8_lossy(&output.stdout).into_owned(),
            notices: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}
