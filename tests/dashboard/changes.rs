//! Changes to read.

use quarterdeck::{
    domain::{
        Diff, WorkspaceId,
        diff::{Content, File, Hunk, Line, LineKind, Side, Status},
    },
    tui::{effect::Effect, message::Message},
};

use crate::{script::Script, world::NOW};

/// What a workspace changed, as the daemon would say it.
pub(crate) struct Changes {
    pub(crate) files: Vec<File>,
    pub(crate) fingerprint: String,
}

/// A hunk from line `start` on; each line begins with its sign.
pub(crate) fn hunk(start: u32, section: &str, lines: &[&str]) -> Hunk {
    let line = |line: &&str| Line {
        kind: match line.as_bytes()[0] {
            b'+' => LineKind::Added,
            b'-' => LineKind::Removed,
            b'\\' => LineKind::NoLineEnd,
            _ => LineKind::Context,
        },
        text: line[1..].to_owned(),
    };
    let lines: Vec<Line> = lines.iter().map(line).collect();
    let count = |out| {
        let kept = lines.iter().filter(|line| line.kind != out && line.kind != LineKind::NoLineEnd);
        u32::try_from(kept.count()).expect("small")
    };
    let (old_lines, new_lines) = (count(LineKind::Added), count(LineKind::Removed));
    Hunk { old_start: start, old_lines, new_start: start, new_lines, section: section.into(), lines }
}

/// A modified file with these hunks.
pub(crate) fn file(path: &str, hunks: Vec<Hunk>) -> File {
    let count = |kind| {
        let lines = hunks.iter().flat_map(|hunk| &hunk.lines).filter(|line| line.kind == kind);
        u32::try_from(lines.count()).expect("small")
    };
    File {
        path: path.into(),
        old_path: None,
        status: Status::Modified,
        uncommitted: false,
        added: count(LineKind::Added),
        removed: count(LineKind::Removed),
        bytes: 2_048,
        modes: None,
        content: Content::Text { hunks, cut: false },
    }
}

impl Changes {
    /// One of everything.
    pub(crate) fn of_a_day() -> Self {
        let bus = file(
            "src/bus/queue.rs",
            vec![
                hunk(
                    10,
                    "impl Bus",
                    &[
                        " /// Sends a message to whoever listens.",
                        "-    pub fn send(&self, message: Message) {",
                        "-        self.queue.push(message);",
                        "+    pub fn send(&self, message: Message) -> Result<(), Full> {",
                        "+        let message = message.stamped(self.clock.now());",
                        "+        self.queue.push(message)?;",
                        "         self.wake(\"日本語\"); // everybody",
                        "-    }",
                        "+        Ok(())",
                        "+    }",
                    ],
                ),
                hunk(
                    80,
                    "mod tests",
                    &[" \tlet bus = Bus::new();", "-\tbus.send(\u{1b}[31mX);", "+\tbus.send(Y)\u{202e};"],
                ),
            ],
        );
        let notes = hunk(0, "", &["+# Notes", "+", "+- The bus is stamped.", "\\ No newline at end of file"]);
        let mut notes = file("docs/notes.md", vec![notes]);
        (notes.status, notes.uncommitted) = (Status::Added, true);
        let mut logo = file("assets/logo.png", Vec::new());
        (logo.content, logo.status) = (Content::Binary, Status::Added);
        let mut old = file("src/bus/mod.rs", Vec::new());
        (old.old_path, old.status) = (Some("src/bus.rs".into()), Status::Renamed);
        let mut run = file("scripts/run", Vec::new());
        run.modes = Some(("100644".into(), "100755".into()));
        let mut gone = file("TODO.md", vec![hunk(1, "", &["-- everything"])]);
        gone.status = Status::Deleted;
        Self { files: vec![gone, logo, notes, run, old, bus], fingerprint: "f1".into() }
    }

    fn answer(&self, workspace: WorkspaceId, from: Side, to: Side, path: Option<&str>) -> Box<Diff> {
        let wanted = |file: &&File| path.is_none_or(|path| file.path == path);
        let mut files: Vec<File> = self.files.iter().filter(wanted).cloned().collect();
        if path.is_none() {
            files.iter_mut().for_each(|file| file.content = Content::Unread);
        }
        let sum = |of: fn(&File) -> u32| self.files.iter().map(|file| u64::from(of(file))).sum();
        Box::new(Diff {
            workspace,
            from,
            to,
            from_commit: "1a2b3c".into(),
            fingerprint: self.fingerprint.clone(),
            total_files: self.files.len(),
            added: sum(|file| file.added),
            removed: sum(|file| file.removed),
            files,
            notes: Vec::new(),
            at: NOW,
        })
    }

    /// Answers whatever the dashboard asks, until it asks no more; gives how often it asked.
    pub(crate) fn serve(&self, script: &mut Script) -> usize {
        let mut asked = 0;
        loop {
            let effects = script.take_effects();
            let (compare, others): (Vec<_>, Vec<_>) =
                effects.into_iter().partition(|effect| matches!(effect, Effect::Compare(_)));
            script.effects = others;
            if compare.is_empty() {
                return asked;
            }
            for effect in compare {
                let Effect::Compare(comparison) = effect else { continue };
                asked += 1;
                let diff =
                    self.answer(comparison.workspace, comparison.from, comparison.to, comparison.path.as_deref());
                script.tell(Message::Compared(comparison, Ok(diff)));
            }
        }
    }

    /// Presses keys one by one, and answers what is asked after each.
    pub(crate) fn keys(&self, script: &mut Script, keys: &str) {
        for key in keys.split_whitespace() {
            script.keys(key);
            self.serve(script);
        }
    }
}
