//! The house's own rules, held by reading the sources: layers look down only, each outside library has its room, and
//! a file is small enough to be read in one go.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Each room with the rooms it may name. A room may always name itself.
const ROOMS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("config", &["domain"]),
    ("screen", &["domain"]),
    ("store", &["domain", "config"]),
    ("target", &["domain", "config"]),
    ("tmux", &["domain", "config", "screen", "target"]),
    ("agent", &["domain", "config", "screen", "target"]),
    ("workspace", &["domain", "config", "target"]),
    ("forge", &["domain", "config", "target", "workspace"]),
    ("transcript", &["domain", "config", "screen"]),
    (
        "engine",
        &[
            "domain",
            "config",
            "screen",
            "store",
            "target",
            "tmux",
            "agent",
            "workspace",
            "forge",
            "transcript",
            "api::wire",
        ],
    ),
    ("api", &["domain", "config", "screen", "store", "tmux", "agent", "workspace", "forge", "transcript", "engine"]),
    (
        "daemon",
        &[
            "domain",
            "config",
            "screen",
            "store",
            "target",
            "tmux",
            "agent",
            "workspace",
            "forge",
            "transcript",
            "engine",
            "api",
        ],
    ),
    ("tui", &["domain", "config", "screen", "api::client", "api::wire", "api::Client"]),
    ("demo", &["domain", "config", "api::client", "api::wire", "api::Client"]),
    // Of the door through which programs run, a command knows only by which mark a daemon would take itself for one of
    // its own agents' processes; of agents, how what `qd hook` is given is to be read and answered.
    (
        "cli",
        &[
            "domain",
            "config",
            "api::client",
            "api::wire",
            "api::build",
            "api::Client",
            "daemon",
            "tui",
            "demo",
            "target::processes",
            "agent::signals",
        ],
    ),
];

/// Libraries that do one room's work, and the rooms that may name them.
const LIBRARIES: &[(&str, &[&str])] = &[
    ("rusqlite", &["store"]),
    ("vt100", &["screen"]),
    ("tmux_interface", &["tmux"]),
    ("axum", &["api"]),
    ("hyper", &["api"]),
    ("httparse", &["cli"]),
    ("ratatui", &["tui"]),
    ("crossterm", &["tui", "cli", "demo"]),
    ("portable_pty", &["tui"]),
    ("clap", &["cli", "demo"]),
    ("color_eyre", &["cli", "daemon", "tui", "demo"]),
    ("toml", &["config", "agent", "tui", "cli"]),
];

/// The door's client is used by every program, so nothing of the daemon may hang on it.
const CLIENT_FILES: &[&str] = &["api/client.rs", "api/wire.rs", "api/build.rs"];

/// A longer file holds more than one thing, in lines before its tests.
const LINES: usize = 420;

struct Source {
    /// Below `src`.
    path: PathBuf,
    text: String,
}

impl Source {
    fn room(&self) -> &str {
        self.path.components().next().and_then(|first| first.as_os_str().to_str()).unwrap_or_default()
    }

    fn is_in_a_room(&self) -> bool {
        self.path.components().count() > 1
    }

    fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// The text without comments; strings stay.
    fn code(&self) -> String {
        let lines = self.text.lines().filter(|line| !line.trim_start().starts_with("//"));
        lines.collect::<Vec<_>>().join("\n")
    }

    /// The code before the tests at the file's end.
    fn code_without_tests(&self) -> String {
        self.code().split("\n#[cfg(test)]\nmod ").next().unwrap_or_default().to_owned()
    }
}

fn sources() -> Vec<Source> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![src.clone()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("text");
                found.push(Source { path: path.strip_prefix(&src).expect("below src").into(), text });
            }
        }
    }
    assert!(found.len() > 50, "the sources were not found");
    found
}

/// The paths below `crate::` that `code` names, with up to two parts each: `domain::SessionId`, `api::wire`.
fn named(code: &str) -> BTreeSet<String> {
    let compact: String = code.split_whitespace().collect();
    let mut found = BTreeSet::new();
    for (at, _) in compact.match_indices("crate::") {
        let rest = &compact[at + "crate::".len()..];
        for first in members(rest) {
            for second in first.1.map_or_else(|| vec![None], |inner| members(inner).into_iter().map(Some).collect()) {
                found.insert(match second {
                    Some((second, _)) => format!("{}::{second}", first.0),
                    None => first.0.to_owned(),
                });
            }
        }
    }
    found
}

/// The names that a path starts with, each with what follows its `::`: `{a::b,c}` gives (a, b) and (c, nothing).
fn members(path: &str) -> Vec<(&str, Option<&str>)> {
    let parts = match path.strip_prefix('{') {
        Some(group) => split_group(group),
        None => vec![path],
    };
    let member = |part: &'_ str| -> (usize, bool) {
        let end = part.find(|character: char| !character.is_alphanumeric() && character != '_').unwrap_or(part.len());
        (end, part[end..].starts_with("::"))
    };
    parts
        .into_iter()
        .map(|part| match member(part) {
            (end, true) => (&part[..end], Some(&part[end + 2..])),
            (end, false) => (&part[..end], None),
        })
        .filter(|(name, _)| !name.is_empty())
        .collect()
}

/// The parts of a group up to its closing brace, without looking into inner groups.
fn split_group(group: &str) -> Vec<&str> {
    let mut depth = 0;
    let mut start = 0;
    let mut parts = Vec::new();
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => {
                parts.push(&group[start..at]);
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&group[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts
}

#[test]
fn use_lines_are_read_as_rust_reads_them() {
    let code = "use crate::{\n    api::{Client, wire::Step},\n    domain::{self, SessionId},\n};\nlet x = crate::store::Store::open();";
    let expected = ["api::Client", "api::wire", "domain::SessionId", "domain::self", "store::Store"];
    assert_eq!(named(code).into_iter().collect::<Vec<_>>(), expected);
}

#[test]
fn layers_look_down_only() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| source.is_in_a_room()) {
        let room = source.room();
        let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| *name == room) else {
            wrong.push(format!("{}: the room {room} has no place in the house", source.name()));
            continue;
        };
        for path in named(&source.code_without_tests()) {
            let fits = |allowed: &str| path == *allowed || path.starts_with(&format!("{allowed}::"));
            let is_room = ROOMS.iter().any(|(name, _)| fits(name));
            if is_room && !fits(room) && !allowed.iter().any(|allowed| fits(allowed)) {
                wrong.push(format!("{} names crate::{path}", source.name()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_doors_client_hangs_on_nothing_of_the_daemon() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| CLIENT_FILES.contains(&source.name().as_str())) {
        for path in named(&source.code()) {
            if !["domain", "config", "api"].iter().any(|room| path.starts_with(room)) {
                wrong.push(format!("{} names crate::{path}", source.name()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_outside_library_stays_in_its_room() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| source.is_in_a_room()) {
        let code = source.code_without_tests();
        for (library, rooms) in LIBRARIES {
            let names = |code: &str| {
                code.match_indices(&format!("{library}::")).any(|(at, _)| {
                    !code[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_' || before == ':')
                })
            };
            if names(&code) && !rooms.contains(&source.room()) {
                wrong.push(format!("{} names {library}, which belongs to {}", source.name(), rooms.join(", ")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_room_begins_with_what_it_is_for() {
    let mut wrong = Vec::new();
    for (room, _) in ROOMS {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(room).join("mod.rs");
        let text = fs::read_to_string(&path).unwrap_or_default();
        let essay: String = text.lines().filter_map(|line| line.strip_prefix("//!")).collect();
        if essay.split_whitespace().count() < 30 {
            wrong.push(format!("{}: {} words on what it is for", path.display(), essay.split_whitespace().count()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_says_what_it_is_and_can_be_read_in_one_go() {
    let mut wrong = Vec::new();
    for source in sources() {
        if !source.text.starts_with("//!") {
            wrong.push(format!("{} does not say what it is", source.name()));
        }
        let lines = source.code_without_tests().lines().count();
        if lines > LINES {
            wrong.push(format!("{} has {lines} lines of code, more than {LINES}", source.name()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_is_left_for_later() {
    let mut wrong = Vec::new();
    for source in sources() {
        for mark in ["todo!(", "unimplemented!(", "// TODO", "// FIXME", "// XXX"] {
            if source.text.contains(mark) {
                wrong.push(format!("{} has {mark}", source.name()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
