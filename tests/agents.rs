//! What we know of each agent: recorded screens are read as a person would read them, launches keep the prompt byte for
//! byte, and a hostile profile harms nobody but itself.

use std::{collections::BTreeSet, fs, path::Path};

use proptest::prelude::*;
use quarterdeck::{
    agent::{Launch, LaunchRequest, Profile, Profiles, Sight, read},
    domain::{ProfileName, activity::Doing},
};
use uuid::Uuid;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/agents");

fn built_in() -> Profiles {
    Profiles::load(Path::new("/nonexistent"))
}

fn name(text: &str) -> ProfileName {
    text.parse().expect("a name")
}

fn profile<'a>(profiles: &'a Profiles, text: &str) -> &'a Profile {
    profiles.find(&name(text)).unwrap_or_else(|| panic!("{text}: {:?}", profiles.problem(&name(text))))
}

#[test]
fn every_recorded_screen_is_read_as_a_person_would_read_it() {
    let profiles = built_in();
    let table = fs::read_to_string(format!("{FIXTURES}/readings.txt")).expect("the table");
    let mut seen = BTreeSet::new();
    let mut wrong = Vec::new();
    for line in table.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let line = line.replace("\\|", "\u{1}");
        let cells: Vec<String> = line.split('|').map(|cell| cell.trim().replace('\u{1}', "|")).collect();
        let [screen, title, doing, untitled, ready, composer] = cells.as_slice() else { panic!("six cells: {line}") };
        let text = fs::read_to_string(format!("{FIXTURES}/screens/{screen}.txt")).expect(screen);
        let lines: Vec<&str> = text.lines().collect();
        let profile = profile(&profiles, if screen.starts_with("codex") { "codex" } else { "claude" });
        let expected_composer = (composer != "-").then(|| composer.replace("\\n", "\n"));
        for (title, doing) in [(title.as_str(), doing), ("builder.example.org", untitled), ("builder", untitled)] {
            let sight = Sight { title, host: "builder.example.org", lines: &lines, ..Sight::default() };
            let reading = read(profile, &sight);
            let expected: Doing = serde_json::from_value(doing.as_str().into()).expect(doing);
            let as_expected = (expected, ready == "yes", &expected_composer);
            if (reading.doing, reading.ready, &reading.composer) != as_expected {
                wrong.push(format!("{screen} under {title:?}: expected {as_expected:?}, read {reading:#?}"));
            }
        }
        seen.insert(format!("{screen}.txt"));
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    let files = fs::read_dir(format!("{FIXTURES}/screens")).expect("the folder").flatten();
    let files: BTreeSet<String> = files.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    assert_eq!(files, seen, "each recording is in the table once");
}

#[test]
fn a_program_in_the_foreground_tells_a_working_shell_from_a_waiting_one() {
    let profiles = built_in();
    let shell = profile(&profiles, "shell");
    let sight = |command| Sight { lines: &["$ "], command, started_command: "/bin/bash", ..Sight::default() };
    assert_eq!(read(shell, &sight("-bash")).doing, Doing::YourTurn);
    assert_eq!(read(shell, &sight("cargo")).doing, Doing::Working);
    assert_eq!(read(shell, &sight("")).doing, Doing::Unknown, "what is not known is not guessed");
    assert!(shell.quiet_means_ready() && read(shell, &sight("bash")).ready);
}

#[test]
fn what_stands_in_the_input_box_is_never_taken_for_the_agents_own_words() {
    let profiles = built_in();
    let edge = "─".repeat(40);
    let lines = [
        edge.as_str(),
        "❯\u{a0}✻ 429 x · retrying in 8s · attempt 5/10",
        "  say esc to interrupt",
        edge.as_str(),
        "  ⏸ manual mode on",
    ];
    let reading = read(profile(&profiles, "claude"), &Sight { title: "✳ x", lines: &lines, ..Sight::default() });
    assert_eq!(reading.doing, Doing::YourTurn, "{reading:#?}");
    assert_eq!(reading.composer.as_deref(), Some("✻ 429 x · retrying in 8s · attempt 5/10\nsay esc to interrupt"));
}

#[test]
fn an_unknown_screen_is_unknown_and_says_so() {
    let profiles = built_in();
    for (_, profile, _) in profiles.iter() {
        let profile = profile.expect("built in");
        for (title, lines) in [("", vec![]), ("", vec!["", "   "]), ("?", vec!["segmentation fault"])] {
            let reading = read(profile, &Sight { title, lines: &lines, ..Sight::default() });
            assert_eq!(reading.doing, Doing::Unknown, "{}: {reading:#?}", profile.name);
            assert!(reading.rule.starts_with(profile.name.as_str()), "{}", reading.rule);
        }
    }
}

fn launch(profile: &Profile, prompt: Option<&str>, resume: Option<&str>) -> Launch {
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

#[test]
fn a_hostile_file_makes_only_its_own_agent_unusable() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &[u8]| fs::write(folder.path().join(name), text).expect("written");
    write("mine.toml", b"inherit = \"claude\"\ntitle = \"Mine\"\narguments = [\"--model\", \"x\"]\n");
    write("claude.toml", b"inherit = \"claude\"\n[environment]\nA = \"b\"\n");
    write("typo.toml", b"inherit = \"claude\"\n\n[keys]\ninterupt = [\"C-c\"]\n");
    write("regex.toml", b"program = \"x\"\nnew = []\n[[says]]\ndoing = \"working\"\nrule = \"r\"\nscreen = '('\n");
    write("always.toml", b"program = \"x\"\nnew = []\n[[says]]\ndoing = \"your_turn\"\nrule = \"r\"\n");
    write(
        "bomb.toml",
        b"program = \"x\"\nnew = []\n[[says]]\ndoing = \"working\"\nrule = \"r\"\ntitle = '((x{999}){999}){999}'\n",
    );
    write("place.toml", b"program = \"x\"\nnew = [\"{promt}\"]\n");
    write("orphan.toml", b"inherit = \"nobody\"\n");
    write("one.toml", b"inherit = \"two\"\n");
    write("two.toml", b"inherit = \"one\"\n");
    write("heir.toml", b"inherit = \"typo\"\n");
    write("bytes.toml", &[0xff, 0xfe, 0]);
    write("empty.toml", b"");
    write("Not A Name.toml", b"inherit = \"claude\"\n");
    write("large.toml", &vec![b'#'; 2 << 20]);
    fs::create_dir(folder.path().join("folder.toml")).expect("made");
    let profiles = Profiles::load(folder.path());

    let mine = profile(&profiles, "mine");
    assert_eq!(launch(mine, None, None).argv[..3], ["claude", "--model", "x"]);
    assert_eq!(mine.title, "Mine");
    assert_eq!(launch(profile(&profiles, "claude"), None, None).environment, [("A".into(), "b".into())]);
    assert!(profiles.find(&name("codex")).is_some());

    let problem =
        |agent: &str| profiles.problem(&name(agent)).unwrap_or_else(|| panic!("{agent} is usable")).to_string();
    for (agent, expected) in [
        ("typo", "typo.toml:4: there is no key `interupt`; the nearest one is `interrupt`"),
        ("regex", "regex.toml:6: this is not a regular expression"),
        ("bomb", "bomb.toml:6: this is not a regular expression"),
        ("always", "has no condition"),
        ("place", "place.toml:2: {promt} is no place"),
        ("orphan", "nobody, which does not exist"),
        ("one", "inherits from one, which inherits from it"),
        ("two", "inherits from two, which inherits from it"),
        ("heir", "it inherits from typo, which can't be used"),
        ("bytes", "cannot read"),
        ("empty", "program = "),
        ("large", "cannot read"),
        ("folder", "cannot read"),
    ] {
        assert!(problem(agent).contains(expected), "{agent}: {}", problem(agent));
    }
}

#[test]
fn the_newest_rollout_of_the_folder_gives_codex_its_conversation() {
    let home = tempfile::tempdir().expect("a folder");
    let workspace = home.path().join("work");
    let day = home.path().join(".codex/sessions/2026/11/21");
    fs::create_dir_all(&day).expect("made");
    fs::create_dir(&workspace).expect("made");
    let since = std::time::SystemTime::now() - std::time::Duration::from_secs(60);
    let rollout = |number: u32, folder: &Path, age: u64| {
        let id = format!("01a1fd35-4ed0-7293-b5fe-{number:012}");
        let path = day.join(format!("rollout-2026-11-21T08-11-0{number}-{id}.jsonl"));
        let meta = serde_json::json!({"type": "session_meta", "payload": {"id": id, "cwd": folder}});
        fs::write(&path, format!("not json\n{meta}\n")).expect("written");
        let modified = std::time::SystemTime::now() - std::time::Duration::from_secs(age);
        fs::File::options().append(true).open(&path).and_then(|file| file.set_modified(modified)).expect("aged");
        id
    };
    let find = || {
        let profiles = built_in();
        quarterdeck::agent::conversation_of(profile(&profiles, "codex"), &workspace, since, home.path(), None)
    };
    assert_eq!(find(), None);
    rollout(1, &workspace, 600);
    rollout(2, Path::new("/elsewhere"), 0);
    assert_eq!(find(), None, "one is older than the launch, the other of another folder");
    let older = rollout(3, &workspace, 20);
    assert_eq!(find(), Some(older));
    let newer = rollout(4, &workspace, 10);
    assert_eq!(find(), Some(newer));
}

#[tokio::test]
async fn a_program_is_found_with_its_version_or_with_the_reason_why_not() {
    use quarterdeck::agent::{detect, detect::Found};
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let program = folder.path().join("claude");
    let search = folder.path().to_str().expect("text");
    let profiles = built_in();
    let claude = profile(&profiles, "claude");
    let reason = |found| match found {
        Found::Unusable { reason } => reason,
        Found::Usable { path, .. } => panic!("{} is usable", path.display()),
    };
    assert_eq!(reason(detect(claude, search).await), "there is no claude in PATH");
    fs::write(&program, "#!/bin/sh\necho; echo \"2.1.329 (Claude Code) $1\"\n").expect("written");
    assert_eq!(reason(detect(claude, search).await), "there is no claude in PATH", "it is not executable");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("set");
    let version = "2.1.329 (Claude Code) --version".to_owned();
    assert_eq!(detect(claude, search).await, Found::Usable { path: program.clone(), version });
    fs::write(&program, "#!/bin/sh\necho no luck >&2; exit 3\n").expect("written");
    let said = reason(detect(claude, search).await);
    assert!(said.contains("exit status: 3: no luck"), "{said}");
}

proptest! {
    #[test]
    fn reading_never_panics_whatever_a_pane_shows(
        title in "\\PC{0,30}|[◐✳⠼\\[\\] !.]{0,8}",
        lines in proptest::collection::vec("\\PC{0,60}|❯\u{a0}.{0,20}|› .{0,20}|─{8,14}|  .{0,20}|", 0..40),
    ) {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        for (_, profile, _) in built_in_once().iter() {
            let reading = read(profile.expect("built in"), &Sight { title: &title, lines: &lines, ..Sight::default() });
            prop_assert!(reading.text.chars().count() <= 160);
        }
    }
}

fn built_in_once() -> &'static Profiles {
    static PROFILES: std::sync::OnceLock<Profiles> = std::sync::OnceLock::new();
    PROFILES.get_or_init(built_in)
}

#[test]
fn a_huge_screen_takes_bounded_time() {
    let row = "✻ · retrying in ".repeat(20_000);
    let lines = vec![row.as_str(); 20_000];
    let started = std::time::Instant::now();
    for (_, profile, _) in built_in_once().iter() {
        read(profile.expect("built in"), &Sight { title: &row, lines: &lines, ..Sight::default() });
    }
    // Unbounded, this is 6 GB for each profile.
    assert!(started.elapsed() < std::time::Duration::from_secs(20), "{:?}", started.elapsed());
}
