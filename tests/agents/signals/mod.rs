//! What agents told and asked while they were recorded, and what they are answered.

mod anything;
mod heard;
mod recordings;
mod replies;

use std::fs;

use quarterdeck::agent::signals::Dialect;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/signals");

/// The payloads of one recording, in the order in which they came.
fn recording(name: &str) -> Vec<String> {
    let text = fs::read_to_string(format!("{FIXTURES}/{name}.jsonl")).expect(name);
    text.lines().map(str::to_owned).collect()
}

/// Every recording, by name.
fn recordings() -> Vec<String> {
    let files = fs::read_dir(FIXTURES).expect("the folder").flatten();
    let names = files.filter_map(|file| file.file_name().to_str()?.strip_suffix(".jsonl").map(str::to_owned));
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

fn dialect(recording: &str) -> Dialect {
    if recording.starts_with("codex") { Dialect::Codex } else { Dialect::Claude }
}

/// The first request for permission in a recording that holds `words`.
fn request(name: &str, words: &str) -> String {
    payload(name, "PermissionRequest", words)
}

/// The first payload of a hook in a recording that holds `words`.
fn payload(name: &str, hook: &str, words: &str) -> String {
    let named = format!("\"{hook}\"");
    let mut payloads = recording(name).into_iter();
    let found = payloads.find(|payload| payload.contains(&named) && payload.contains(words));
    found.unwrap_or_else(|| panic!("{name} has no {hook} with {words}"))
}
