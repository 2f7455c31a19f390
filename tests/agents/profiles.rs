//! A hostile profile harms nobody but itself, and what an agent has left on the disk is only read.

use std::{fs, path::Path};

use quarterdeck::agent::Profiles;

use crate::{built_in, launches::launch, name, profile};

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
    assert!(launch(profile(&profiles, "claude"), None, None).environment.contains(&("A".into(), "b".into())));
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
