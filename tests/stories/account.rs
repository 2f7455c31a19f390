//! What there is to know when a story went wrong.

use std::path::Path;

use crate::{home::Home, processes};

impl Home {
    /// What there is to know when a story went wrong.
    pub(crate) fn account(&self) -> String {
        let events = self.run(&["events", "-n", "60"]);
        let processes: Vec<String> = processes::of_home(&self.qd_home())
            .into_iter()
            .map(|pid| format!("{pid} {}", processes::command_line(pid)))
            .collect();
        let shorten = |text: String| text.chars().take(200).collect::<String>();
        let agents: Vec<String> = self.log().entries().into_iter().map(|entry| shorten(format!("{entry:?}"))).collect();
        let daemon = newest_log(&self.paths().logs());
        let daemon: Vec<&str> = daemon.lines().rev().take(40).collect();
        format!(
            "events:\n{}{}\nprocesses:\n{}\nagents:\n{}\ndaemon, newest first:\n{}",
            events.output,
            events.notices,
            processes.join("\n"),
            agents.join("\n"),
            daemon.join("\n")
        )
    }
}

fn newest_log(folder: &Path) -> String {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let newest = files
        .filter(|file| file.file_name().to_string_lossy().starts_with("daemon"))
        .max_by_key(|file| file.metadata().and_then(|found| found.modified()).ok());
    newest.and_then(|file| std::fs::read_to_string(file.path()).ok()).unwrap_or_default()
}
