//! A person at a terminal.

use std::{
    io::{Read, Write},
    num::NonZero,
    sync::{Arc, Mutex},
};

use portable_pty::{CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::{home::Home, processes::kill_nine, wait::until};

/// A program in a terminal of its own, with a person's hands on it.
pub(crate) struct Person {
    _master: Box<dyn MasterPty + Send>,
    child: Box<dyn portable_pty::Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    screen: Arc<Mutex<vt100::Parser>>,
}

impl Person {
    /// Runs `qd` with these arguments in a terminal.
    pub(crate) fn at(home: &Home, arguments: &[&str]) -> Self {
        let size = PtySize { rows: 40, cols: 120, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a terminal");
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_qd"));
        command.args(arguments);
        command.env_clear();
        let template = home.qd_command(arguments);
        for (name, value) in template.get_envs() {
            if let Some(value) = value {
                command.env(name, value);
            }
        }
        command.cwd(home.work());
        let child = pair.slave.spawn_command(command).expect("it runs");
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let [rows, columns] = [size.rows, size.cols].map(|count| NonZero::new(count).expect("not zero"));
        let screen = Arc::new(Mutex::new(vt100::Parser::new(rows, columns, 0)));
        let drawn_on = Arc::clone(&screen);
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                drawn_on.lock().expect("not poisoned").process(&buffer[..count]);
            }
        });
        let keys = pair.master.take_writer().expect("a writer");
        Self { _master: pair.master, child, keys, screen }
    }

    pub(crate) fn press(&mut self, keys: &[u8]) {
        self.keys.write_all(keys).expect("written");
        self.keys.flush().expect("flushed");
    }

    /// Waits until this text stands on the screen.
    pub(crate) fn until_drawn(&self, text: &str) {
        until(&format!("the terminal shows {text:?}"), || {
            let screen = self.screen.lock().expect("not poisoned").screen().contents();
            screen.contains(text).then_some(())
        });
    }

    /// `kill -9`, as from outside.
    pub(crate) fn kill(&mut self) {
        kill_nine(self.child.process_id().expect("it runs"));
    }

    /// Waits until the program has ended; gives its exit code.
    pub(crate) fn until_ended(&mut self) -> u32 {
        until("the program in the terminal ends", || {
            self.child.try_wait().expect("asked").map(|status| status.exit_code())
        })
    }
}

impl Drop for Person {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
