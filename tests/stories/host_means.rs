//! What a host has: a shell, one way to speak HTTP, and the few tools that the script there needs.

use std::{
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
};

use quarterdeck::agent::equipment::host;

/// The tools that are on every host.
const TOOLS: [&str; 14] =
    ["sh", "cat", "date", "env", "mkdir", "mkfifo", "mktemp", "rm", "rmdir", "sed", "sleep", "tr", "wc", "head"];

/// What a host has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Means {
    /// Its `/bin/sh`.
    pub(crate) shell: &'static str,
    /// Its way to speak HTTP.
    pub(crate) way: &'static str,
}

impl Means {
    /// Each way at least once, and each shell that is here.
    pub(crate) fn all() -> Vec<Means> {
        let each = [("dash", "curl"), ("bash", "bash"), ("busybox", "python3"), ("dash", "bash"), ("sh", "python3")];
        let here = each.into_iter().filter(|(shell, _)| which(shell).is_some());
        here.map(|(shell, way)| Means { shell, way }).collect()
    }

    /// Puts the script into this folder, as it would stand on a host, with what it finds beside it.
    pub(crate) fn equip(self, root: &Path) -> PathBuf {
        let tools = root.join("tools");
        std::fs::create_dir_all(&tools).expect("a folder");
        for tool in TOOLS.into_iter().chain([self.way]) {
            symlink(which(tool).unwrap_or_else(|| panic!("{tool} is here")), tools.join(tool)).expect("linked");
        }
        let program = host::program(root);
        std::fs::create_dir_all(program.parent().expect("a folder")).expect("a folder");
        let shell = which(self.shell).expect("a shell");
        let applet = if self.shell == "busybox" { " sh" } else { "" };
        let (_, rest) = host::SCRIPT.split_once('\n').expect("a first line");
        std::fs::write(&program, format!("#!{}{applet}\n{rest}", shell.display())).expect("written");
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).expect("set");
        root.to_owned()
    }
}

/// Where a program is; version managers put scripts of their own before some.
fn which(program: &str) -> Option<PathBuf> {
    ["/usr/bin", "/bin", "/usr/local/bin"]
        .iter()
        .map(|folder| Path::new(folder).join(program))
        .find(|path| path.exists())
}
