//! Launches keep the prompt byte for byte.

use std::path::Path;

use quarterdeck::agent::{Launch, LaunchRequest, Profile};
use uuid::Uuid;

use crate::{built_in, profile};

pub(crate) fn launch(profile: &Profile, prompt: Option<&str>, resume: Option<&str>) -> Launch {
    profile.launch(LaunchRequest {
        prompt,
        resume,
        new_conversation: Uuid::nil(),
        prompt_file: Path::new("/state/prompts/m1"),
        workspace: Path::new("/work"),
    })
}

#[test]
fn a_prompt_reaches_the_argv_byte_for_byte() {
    let profiles = built_in();
    let prompt = "-rf --help 'x' \"y\" $(z) `w`;\n\tüñ 日本 🦀 \\ {conversation}\n\n";
    let id = Uuid::nil().to_string();
    let argv = |name, resume| launch(profile(&profiles, name), Some(prompt), resume).argv;
    assert_eq!(argv("claude", None), ["claude", "--session-id", &id, "--", prompt]);
    assert_eq!(argv("claude", Some("c1")), ["claude", "--resume", "c1", "--", prompt]);
    assert_eq!(argv("codex", None), ["codex", "--no-daemon", "--", prompt]);
    assert_eq!(argv("codex", Some("c1")), ["codex", "resume", "--no-daemon", "c1", "--", prompt]);
    assert_eq!(argv("gemini", None), ["gemini", &format!("--prompt-interactive={prompt}")]);
}

#[test]
fn without_a_prompt_nothing_is_left_of_its_place() {
    let profiles = built_in();
    let started = launch(profile(&profiles, "claude"), None, Some("c1"));
    assert_eq!(started.argv, ["claude", "--resume", "c1"]);
    assert_eq!((started.prompt_in_argv, started.conversation.as_deref()), (false, Some("c1")));
}

#[test]
fn a_prompt_too_large_for_an_argv_goes_through_a_file() {
    let profiles = built_in();
    let large = "x".repeat(96 * 1024 + 1);
    let started = launch(profile(&profiles, "claude"), Some(&large), None);
    assert_eq!(started.files, [("/state/prompts/m1".into(), large.clone())]);
    let sentence = started.argv.last().expect("a prompt");
    assert!(sentence.contains("/state/prompts/m1") && sentence.lines().count() == 1, "{sentence}");
    assert!(started.prompt_in_argv);
    assert_eq!(launch(profile(&profiles, "codex"), Some(&large[1..]), None).argv.last(), Some(&large[1..].to_owned()));
}

#[test]
fn a_prompt_that_is_also_a_subcommand_stays_a_prompt() {
    let profiles = built_in();
    let argv = |prompt| launch(profile(&profiles, "claude"), Some(prompt), None).argv.pop();
    assert_eq!(argv("update").as_deref(), Some("update\n"));
    assert_eq!(argv("update it").as_deref(), Some("update it"));
}

#[test]
fn a_typed_prompt_is_not_in_the_argv() {
    let profiles = built_in();
    let started = launch(profile(&profiles, "aider"), Some("x"), Some("no such thing"));
    assert_eq!(started.argv, ["aider"]);
    assert_eq!((started.prompt_in_argv, started.conversation), (false, None));
}
