//! Names of branches and folders that a person can read, made from any title.

use std::path::Path;

use crate::domain::{SessionId, WorkspaceId};

/// The longest readable part of a name, in bytes.
const LONGEST: usize = 40;

/// The branch of a session: `qd/s14-fix-the-parser`. Letters of any script stay.
pub(super) fn branch(session: SessionId, title: &str) -> String {
    joined(&format!("qd/{session}"), &readable(title, char::is_alphanumeric))
}

/// The folder of a workspace: `w2-fix-the-parser`. Build tools stumble over anything but ASCII.
pub(super) fn folder(workspace: WorkspaceId, title: &str) -> String {
    joined(&workspace.to_string(), &readable(title, |letter| letter.is_ascii_alphanumeric()))
}

/// The folder that holds all workspaces of a repository: its own name without what a path or a tool could trip over.
pub(super) fn repository(folder: &Path) -> String {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let name = readable(name.strip_suffix(".git").unwrap_or(&name), |letter| letter.is_ascii_alphanumeric());
    if name.is_empty() { "repository".into() } else { name }
}

/// The name itself, then the name with a number, for as long as somebody asks.
pub(super) fn numbered(name: &str) -> impl Iterator<Item = String> + use<> {
    let name = name.to_owned();
    std::iter::once(name.clone()).chain((2..).map(move |number| format!("{name}-{number}")))
}

/// Which of the [`numbered`] forms a name is.
pub(super) fn number_of(name: &str) -> u32 {
    name.rsplit('-').next().and_then(|end| end.parse().ok()).unwrap_or(1)
}

fn joined(id: &str, readable: &str) -> String {
    if readable.is_empty() { id.into() } else { format!("{id}-{readable}") }
}

fn readable(text: &str, keep: impl Fn(char) -> bool) -> String {
    let mut name = String::new();
    for letter in text.chars().flat_map(char::to_lowercase) {
        if name.len() + letter.len_utf8() > LONGEST {
            break;
        }
        if keep(letter) {
            name.push(letter);
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
    }
    name.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_title_becomes_a_name_that_nothing_trips_over() {
        let session = SessionId::from_number(14).expect("not zero");
        for (title, name) in [
            ("Fix the parser", "qd/s14-fix-the-parser"),
            ("  --force $(rm -rf ~) 'a\"b'; ../..", "qd/s14-force-rm-rf-a-b"),
            ("Über-Größe 修复", "qd/s14-über-größe-修复"),
            ("🦀.lock", "qd/s14-lock"),
            ("", "qd/s14"),
            ("@{-1}~^:?*[\\", "qd/s14-1"),
        ] {
            assert_eq!(branch(session, title), name);
        }
        assert!(branch(session, &"修".repeat(99)).len() <= "qd/s14-".len() + LONGEST);
        assert_eq!(folder(WorkspaceId::FIRST, "Über 修复 x"), "w1-ber-x");
        assert_eq!(repository(Path::new("/srv/my repo.git")), "my-repo");
        assert_eq!(repository(Path::new("/")), "repository");
    }
}
