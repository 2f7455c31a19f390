//! Launches keep the prompt byte for byte.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use quarterdeck::{
    agent::{Launch, LaunchRequest, Ours, OwnSettings, Profile, Profiles},
    target::Host,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{built_in, ours, profile};

pub(crate) fn launch(profile: &Profile, prompt: Option<&str>, resume: Option<&str>) -> Launch {
    launch_with(ours(), profile, prompt, resume)
}

fn launch_with(ours: Ours<'_>, profile: &Profile, prompt: Option<&str>, resume: Option<&str>) -> Launch {
    let workspace = Path::new("/work");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let own = runtime.block_on(OwnSettings::find(&Host::local(), profile, workspace, |_| None));
    profile.launch(LaunchRequest {
        prompt,
        resume,
        new_conversation: Uuid::nil(),
        prompt_file: Path::new("/state/prompts/m1"),
        workspace,
        shell: None,
        ours,
        own: &own,
    })
}

/// The arguments with which Claude Code speaks to us.
const CLAUDE: [&str; 3] = [
    "--mcp-config=/state/attempts/a1/tools.json",
    "--allowedTools=mcp__qd",
    "--settings=/state/attempts/a1/settings.json",
];

#[test]
fn a_prompt_reaches_the_argv_byte_for_byte() {
    let profiles = built_in();
    let prompt = "-rf --help 'x' \"y\" $(z) `w`;\n\tüñ 日本 🦀 \\ {conversation}\n\n";
    let id = Uuid::nil().to_string();
    let argv = |name, resume| launch(profile(&profiles, name), Some(prompt), resume).argv;
    let claude = CLAUDE.join("\n");
    assert_eq!(argv("claude", None).join("\n"), format!("claude\n{claude}\n--session-id\n{id}\n--\n{prompt}"));
    assert_eq!(argv("claude", Some("c1")).join("\n"), format!("claude\n{claude}\n--resume\nc1\n--\n{prompt}"));
    let codex = |resume| -> Vec<_> {
        argv("codex", resume).into_iter().filter(|word| word != "-c" && !word.starts_with(['h', 'm'])).collect()
    };
    assert_eq!(codex(None), ["codex", "--no-daemon", "--", prompt]);
    assert_eq!(codex(Some("c1")), ["codex", "resume", "--no-daemon", "c1", "--", prompt]);
    assert_eq!(argv("gemini", None), ["gemini", &format!("--prompt-interactive={prompt}")]);
}

#[test]
fn without_a_prompt_nothing_is_left_of_its_place() {
    let profiles = built_in();
    let started = launch(profile(&profiles, "claude"), None, Some("c1"));
    assert_eq!(started.argv, [&["claude"], &CLAUDE[..], &["--resume", "c1"]].concat());
    assert_eq!((started.prompt_in_argv, started.conversation.as_deref()), (false, Some("c1")));
}

#[test]
fn a_prompt_too_large_for_an_argv_goes_through_a_file() {
    let profiles = built_in();
    let large = "x".repeat(96 * 1024 + 1);
    let started = launch(profile(&profiles, "claude"), Some(&large), None);
    assert_eq!(started.files.last(), Some(&("/state/prompts/m1".into(), large.clone())));
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

#[test]
fn claude_is_given_hooks_a_status_line_and_our_tools_without_a_secret() {
    let profiles = built_in();
    let started = launch(profile(&profiles, "claude"), Some("x"), None);
    assert_eq!(started.environment, [("CLAUDE_CODE_MCP_AUTO_BACKGROUND_MS".into(), "0".into())]);
    let files: BTreeMap<PathBuf, Value> =
        started.files.iter().map(|(path, text)| (path.clone(), serde_json::from_str(text).expect("JSON"))).collect();
    let (settings, tools) =
        (&files[Path::new("/state/attempts/a1/settings.json")], &files[Path::new("/state/attempts/a1/tools.json")]);
    let server = json!({
        "type": "http",
        "url": "http://127.0.0.1:4000/mcp",
        "headers": { "Authorization": "Bearer ${QD_TOKEN}" },
        "alwaysLoad": true,
        "timeout": 86_400_000,
    });
    assert_eq!(*tools, json!({ "mcpServers": { "qd": server } }));
    let command = r"exec '/opt/it'\''s/qd' hook claude";
    let hook = |timeout| json!([{ "hooks": [{ "type": "command", "command": command, "timeout": timeout }] }]);
    // The person who runs this test may have a status line of their own.
    assert_eq!(settings["statusLine"]["command"], format!("{command} --status-line"));
    assert_eq!(settings["hooks"]["PermissionRequest"], hook(86_400));
    let brief = settings["hooks"].as_object().expect("hooks").iter().filter(|(name, _)| *name != "PermissionRequest");
    let names: Vec<&str> = brief.map(|(name, groups)| (assert_eq!(*groups, hook(10)), name.as_str()).1).collect();
    assert_eq!(
        names,
        [
            "Notification",
            "PermissionDenied",
            "PostToolBatch",
            "PostToolUse",
            "PostToolUseFailure",
            "PreCompact",
            "PreToolUse",
            "SessionEnd",
            "SessionStart",
            "Stop",
            "StopFailure",
            "SubagentStart",
            "SubagentStop",
            "UserPromptSubmit",
        ]
    );
}

#[test]
fn an_agent_that_is_not_asked_to_speak_gets_only_its_own_arguments() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("written");
    file("own.toml", "inherit = 'claude'\nnew = ['--model', 'x', ['--', '{prompt}']]\nconversation = 'none'\n");
    file("quiet.toml", "inherit = 'claude'\nsignals = 'plain'\n");
    let profiles = Profiles::load(folder.path());
    let own = launch(profile(&profiles, "own"), Some("a b"), None);
    assert_eq!(own.argv, ["claude", "--model", "x", "--", "a b"]);
    assert!(own.files.is_empty() && own.environment.is_empty());
    let quiet = launch(profile(&profiles, "quiet"), None, Some("c1"));
    assert_eq!(quiet.argv, ["claude", "--resume", "c1"]);
    assert!(quiet.files.is_empty() && quiet.environment.is_empty());
}

/// The settings that Claude Code is started with, as an agent with this file.
fn settings(file: &str) -> Option<Value> {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("mine.toml"), file).expect("written");
    let started = launch(profile(&Profiles::load(folder.path()), "mine"), None, None);
    let ours = started.argv.iter().any(|word| word == CLAUDE[2]);
    let found = started.files.iter().find(|(path, _)| path.ends_with("settings.json"));
    assert_eq!(ours, found.is_some());
    found.map(|(_, text)| serde_json::from_str(text).expect("JSON"))
}

#[test]
fn settings_that_the_person_gives_claude_go_into_ours() {
    let given =
        r#"{"permissions":{"deny":["Bash(rm:*)"]},"hooks":{"Stop":[{"hooks":[]}],"Setup":[]},"statusLine":{"a":1}}"#;
    let mine = |given: &str| settings(&format!("inherit = 'claude'\narguments = ['--settings', '{given}']\n"));
    let ours = mine(given).expect("ours");
    assert_eq!(ours["permissions"], json!({ "deny": ["Bash(rm:*)"] }));
    assert_eq!(ours["hooks"]["Stop"][0], json!({ "hooks": [] }));
    assert_eq!(ours["hooks"]["Stop"].as_array().map(Vec::len), Some(2));
    assert_eq!(ours["hooks"]["PreToolUse"].as_array().map(Vec::len), Some(1));
    assert_eq!((&ours["hooks"]["Setup"], &ours["statusLine"]), (&json!([]), &json!({ "a": 1 })));
    // What we can't read is for Claude Code to complain about, so ours don't hide it.
    assert_eq!(mine("/nonexistent"), None);
    assert_eq!(mine(r#"{"hooks":1}"#), None);
}

#[test]
fn a_status_line_is_drawn_as_the_person_has_set_it() {
    let home = tempfile::tempdir().expect("a folder");
    let line = r#"{"statusLine":{"type":"command","command":"mine","padding":2,"refreshInterval":5}}"#;
    fs::write(home.path().join("settings.json"), line).expect("written");
    let own = format!("inherit = 'claude'\nenvironment = {{ CLAUDE_CONFIG_DIR = '{}' }}\n", home.path().display());
    let line = &settings(&own).expect("ours")["statusLine"];
    assert_eq!((&line["padding"], &line["refreshInterval"]), (&json!(2), &json!(5)));
    assert!(line["command"].as_str().is_some_and(|command| command.ends_with("--status-line")), "{line}");
}

#[test]
fn the_script_of_a_host_is_given_the_persons_status_line() {
    let (home, agents) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let line = r#"{"statusLine":{"type":"command","command":"mine | less"}}"#;
    fs::write(home.path().join("settings.json"), line).expect("written");
    let own = format!("inherit = 'claude'\nenvironment = {{ CLAUDE_CONFIG_DIR = '{}' }}\n", home.path().display());
    fs::write(agents.path().join("mine.toml"), own).expect("written");
    let profiles = Profiles::load(agents.path());
    let mine = |by_script| launch_with(Ours { by_script, ..ours() }, profile(&profiles, "mine"), None, None).files;
    let command = |files: Vec<(PathBuf, String)>| files.into_iter().find(|(path, _)| path.ends_with("status-line.sh"));
    assert_eq!(command(mine(true)).map(|(_, text)| text).as_deref(), Some("mine | less"));
    assert_eq!(command(mine(false)), None);
}
