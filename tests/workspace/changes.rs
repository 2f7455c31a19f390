//! What a workspace changed, with the real git: every kind of file, every kind of history, and nothing touched.

use std::{fs, os::unix::ffi::OsStrExt, path::Path};

use quarterdeck::{
    domain::{
        Workspace,
        diff::{Content, Diff, File, LineKind, Side, Status},
        workspace::Kind,
    },
    workspace::{
        Error,
        changes::{Wanted, changed, diff, looked, snapshot},
    },
};

use crate::world::World;

pub(crate) async fn made(world: &World) -> Workspace {
    let prepared = world.prepare(1, "x").await.expect("prepared");
    world.row(1, &prepared)
}

async fn against(world: &World, workspace: &Workspace, from: Side, to: Side, file: Option<&str>) -> Diff {
    let wanted = Wanted { from: Some(from), to: Some(to), file: file.map(str::to_owned), ..Wanted::default() };
    diff(&world.host(), workspace, &wanted).await.expect("compared")
}

async fn all(world: &World, workspace: &Workspace) -> Diff {
    against(world, workspace, Side::Base, Side::Now, None).await
}

async fn one(world: &World, workspace: &Workspace, file: &str) -> File {
    let seen = against(world, workspace, Side::Base, Side::Now, Some(file)).await;
    let [file] = &seen.files[..] else { panic!("{file:?} is not one file in {seen:?}") };
    file.clone()
}

/// `M README +1 -1` for each, `*` where some of it is in no commit.
fn told(diff: &Diff) -> Vec<String> {
    let star = |file: &File| if file.uncommitted { "*" } else { "" };
    let line = |file: &File| {
        let from = file.old_path.as_ref().map(|old| format!("{old} > ")).unwrap_or_default();
        format!("{}{} {from}{} +{} -{}", file.status.letter(), star(file), file.path, file.added, file.removed)
    };
    diff.files.iter().map(line).collect()
}

/// The lines as a patch shows them.
fn shown(file: &File) -> String {
    let Content::Text { hunks, .. } = &file.content else { panic!("no text: {:?}", file.content) };
    let sign = |kind| match kind {
        LineKind::Context => ' ',
        LineKind::Added => '+',
        LineKind::Removed => '-',
        LineKind::NoLineEnd => '\\',
    };
    hunks.iter().flat_map(|hunk| &hunk.lines).map(|line| format!("{}{}\n", sign(line.kind), line.text)).collect()
}

#[tokio::test]
async fn committed_and_uncommitted_changes_come_together() {
    let world = World::with_repository();
    world.commit("mine", "kept", "1\n2\n3\n");
    world.commit("mine", "gone", "x\n");
    let workspace = made(&world).await;
    let path = &workspace.path;
    world.commit(path, "committed", "a\nb\n");
    world.git(path, &["mv", "gone", "moved"]);
    world.git(path, &["commit", "--quiet", "-m", "move"]);
    world.write(path.join("kept"), "1\n2\nthree\n");
    world.write(path.join("new"), "no line end");
    world.write(path.join("staged"), "s\n");
    world.git(path, &["add", "staged"]);
    fs::remove_file(path.join("README")).expect("removed");
    let seen = all(&world, &workspace).await;
    assert_eq!(
        told(&seen),
        [
            "D* README +0 -1",
            "A committed +2 -0",
            "M* kept +1 -1",
            "R gone > moved +0 -0",
            "A* new +1 -0",
            "A* staged +1 -0",
        ]
    );
    assert_eq!((seen.total_files, seen.added, seen.removed, seen.notes.len()), (6, 5, 2, 0), "{:?}", seen.notes);
    assert_eq!(shown(&one(&world, &workspace, "kept").await), " 1\n 2\n-3\n+three\n");
    assert_eq!(shown(&one(&world, &workspace, "new").await), "+no line end\n\\\n");
    assert_eq!(shown(&one(&world, &workspace, "moved").await), "");
    assert_eq!(told(&against(&world, &workspace, Side::Base, Side::Head, None).await).len(), 2);
    assert_eq!(told(&against(&world, &workspace, Side::Head, Side::Now, None).await).len(), 4);
    let counted = changed(&world.host(), &workspace).await.expect("counted");
    assert_eq!((counted.files, counted.added, counted.removed), (6, 5, 2), "as the difference has it");
    assert_eq!((counted.uncommitted, counted.commits), (4, 2));
}

#[tokio::test]
async fn looking_touches_nothing() {
    let world = World::with_repository();
    let mine = Workspace { kind: Kind::Shared, branch: None, base: None, ..made(&world).await };
    let mine = Workspace { path: world.at("mine"), ..mine };
    world.write("mine/staged", "s\n");
    world.git("mine", &["add", "staged"]);
    world.write("mine/README", "changed\n");
    world.write("mine/new", "n\n");
    let before = (world.picture("mine"), world.git("mine", &["for-each-ref"]), listed(&world.at("mine/.git")));
    let seen = all(&world, &mine).await;
    assert_eq!(told(&seen), ["M* README +1 -1", "A* new +1 -0", "A* staged +1 -0"]);
    assert!(seen.notes[0].contains("no base"), "{:?}", seen.notes);
    assert_eq!(changed(&world.host(), &mine).await.expect("counted").files, 3);
    assert_eq!((world.picture("mine"), world.git("mine", &["for-each-ref"]), listed(&world.at("mine/.git"))), before);
}

fn listed(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).expect("there").flatten().map(|entry| entry.file_name());
    let mut names: Vec<String> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_file_written_in_the_same_moment_as_the_index_is_seen() {
    let world = World::with_repository();
    let workspace = made(&world).await;
    for round in 0..20 {
        world.write(workspace.path.join("README"), &format!("a{round:04}\n"));
        world.git(&workspace.path, &["commit", "--quiet", "--all", "-m", "a"]);
        // The same size, at most a few milliseconds later.
        world.write(workspace.path.join("README"), &format!("b{round:04}\n"));
        let seen = against(&world, &workspace, Side::Head, Side::Now, None).await;
        assert_eq!(told(&seen), ["M* README +1 -1"], "in round {round}");
    }
}

#[tokio::test]
async fn upstream_that_was_merged_in_or_rebased_onto_is_no_change_of_its_own() {
    for way in [&["merge", "--quiet", "--no-edit", "main"][..], &["rebase", "--quiet", "main"]] {
        let world = World::with_repository();
        let workspace = made(&world).await;
        world.commit(&workspace.path, "own", "own\n");
        world.commit("mine", "theirs", "theirs\n");
        assert_eq!(told(&all(&world, &workspace).await), ["A own +1 -0"], "before");
        world.git(&workspace.path, way);
        assert_eq!(told(&all(&world, &workspace).await), ["A own +1 -0"], "after {way:?}");
        assert_eq!(
            changed(&world.host(), &workspace).await.expect("counted").commits,
            if way.len() == 4 { 2 } else { 1 }
        );
    }
}

#[tokio::test]
async fn a_base_written_anew_or_lost_is_compared_with_where_the_work_began() {
    let world = World::with_repository();
    world.commit("mine", "theirs", "theirs\n");
    let workspace = made(&world).await;
    world.commit(&workspace.path, "own", "own\n");
    world.git("mine", &["reset", "--quiet", "--hard", "HEAD~1"]);
    world.commit("mine", "other", "other\n");
    assert_eq!(told(&all(&world, &workspace).await), ["A own +1 -0"]);
    world.git("mine", &["branch", "--quiet", "-m", "main", "trunk"]);
    let seen = all(&world, &workspace).await;
    assert_eq!(told(&seen), ["A own +1 -0"]);
    assert!(seen.notes[0].contains("not known here any more"), "{:?}", seen.notes);
}

#[tokio::test]
async fn names_of_any_bytes_are_compared() {
    let world = World::with_repository();
    let names: [&[u8]; 8] =
        [b"with space", b"-dash", b"new\nline", b"tab\there", b"caf\xc3\xa9", b"bad\xff\xfe.rs", b":(glob)*", b"\"q\""];
    let mine = world.at("mine");
    for name in names {
        fs::write(mine.join(std::ffi::OsStr::from_bytes(name)), "1\n2\n").expect("written");
    }
    world.git("mine", &["add", "--all"]);
    world.git("mine", &["commit", "--quiet", "-m", "names"]);
    let workspace = made(&world).await;
    for name in names {
        fs::write(workspace.path.join(std::ffi::OsStr::from_bytes(name)), "1\ntwo\n").expect("written");
    }
    fs::write(workspace.path.join(std::ffi::OsStr::from_bytes(b"new\xff")), "n\n").expect("written");
    let seen = all(&world, &workspace).await;
    assert_eq!(seen.total_files, names.len() + 1);
    for name in names {
        let file = one(&world, &workspace, &String::from_utf8_lossy(name)).await;
        assert_eq!(shown(&file), " 1\n-2\n+two\n", "{name:?}");
    }
    assert_eq!(shown(&one(&world, &workspace, "new\u{fffd}").await), "+n\n");
}

#[tokio::test]
async fn what_is_no_plain_text_is_said() {
    let world = World::with_repository();
    world.commit("mine", "link", "target\n");
    world.commit("mine", "script", "x\n");
    world.commit("mine", "crlf", "a\r\nb\r\n");
    let workspace = made(&world).await;
    let path = &workspace.path;
    fs::write(path.join("binary"), b"\0\x01").expect("written");
    fs::write(path.join("large"), vec![b'x'; 5 << 20]).expect("written");
    fs::write(path.join("huge"), vec![b'x'; 17 << 20]).expect("written");
    fs::write(path.join("latin"), b"caf\xe9\n").expect("written");
    fs::write(path.join("pointer"), "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n")
        .expect("written");
    fs::remove_file(path.join("link")).expect("removed");
    std::os::unix::fs::symlink("script", path.join("link")).expect("linked");
    world.git(path, &["update-index", "--chmod=+x", "script"]);
    fs::set_permissions(path.join("script"), std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("set");
    fs::write(path.join("crlf"), "a\r\nc\r\n").expect("written");
    let seen = all(&world, &workspace).await;
    let content = |name: &str| seen.files.iter().find(|file| file.path == name).map(|file| file.content.clone());
    assert_eq!(content("binary"), Some(Content::Binary));
    assert_eq!(content("large"), Some(Content::TooLarge));
    assert_eq!(content("huge"), None);
    assert_eq!(seen.notes, ["huge: untracked and larger than 16 MiB, so left out"]);
    assert_eq!(one(&world, &workspace, "large").await.content, Content::TooLarge);
    assert_eq!(one(&world, &workspace, "pointer").await.content, Content::LargeFilePointer);
    assert_eq!(shown(&one(&world, &workspace, "latin").await), "+caf\u{fffd}\n");
    assert_eq!(shown(&one(&world, &workspace, "crlf").await), " a\r\n-b\r\n+c\r\n");
    let link = one(&world, &workspace, "link").await;
    assert_eq!((link.status, shown(&link)), (Status::Retyped, "-target\n+script\n\\\n".to_owned()));
    let script = one(&world, &workspace, "script").await;
    assert_eq!(script.modes, Some(("100644".into(), "100755".into())));
    assert_eq!((script.status, shown(&script)), (Status::Modified, String::new()));
}

#[tokio::test]
async fn settings_of_the_person_change_nothing() {
    let world = World::with_repository();
    world.commit("mine", "sub/a", "1\n2\n3\n4\n5\n6\n7\n8\n9\n");
    let workspace = made(&world).await;
    let path = &workspace.path;
    world.write(path.join("sub/a"), "1\n2\n3\n4\nfive\n6\n7\n8\n9\n");
    world.write(path.join(".gitattributes"), "* diff=odd\n");
    let ran = world.at("ran");
    for (name, value) in [
        ("diff.noprefix", "true"),
        ("diff.mnemonicPrefix", "true"),
        ("diff.relative", "true"),
        ("diff.context", "0"),
        ("diff.renames", "false"),
        ("diff.orderFile", "/dev/null"),
        ("diff.external", &format!("touch {}", ran.display())),
        ("diff.odd.command", &format!("touch {}", ran.display())),
        ("diff.odd.textconv", &format!("touch {}; cat", ran.display())),
        ("core.quotePath", "true"),
        ("color.ui", "always"),
        ("color.diff", "always"),
        ("status.relativePaths", "true"),
        ("status.showUntrackedFiles", "no"),
        ("core.fsmonitor", &format!("touch {}", ran.display())),
    ] {
        world.git("mine", &["config", name, value]);
    }
    let lines = " 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n";
    assert_eq!(shown(&one(&world, &workspace, "sub/a").await), lines);
    assert_eq!(changed(&world.host(), &workspace).await.expect("counted").files, 2);
    assert!(!ran.exists(), "a program of the repository was run");
}

#[tokio::test]
async fn conflicts_sparse_checkouts_and_inner_repositories_are_no_obstacle() {
    let world = World::with_repository();
    world.commit("mine", "dir/in", "in\n");
    world.commit("mine", "out/of", "out\n");
    world.commit("mine", "hidden", "h\n");
    let workspace = made(&world).await;
    let path = &workspace.path;
    world.git(path, &["sparse-checkout", "set", "dir"]);
    world.git(path, &["update-index", "--assume-unchanged", "dir/in"]);
    world.write(path.join("dir/in"), "changed\n");
    assert!(!path.join("out").exists());
    world.git(path, &["init", "--quiet", "inner"]);
    world.git(path, &["init", "--quiet", "inner-with-commit"]);
    world.commit(path.join("inner-with-commit"), "f", "x\n");
    let seen = all(&world, &workspace).await;
    assert_eq!(told(&seen), ["M* dir/in +1 -1"]);
    assert!(seen.notes.iter().any(|note| note.contains("inner-with-commit/, inner/")), "{:?}", seen.notes);
    assert!(seen.notes.iter().any(|note| note.starts_with("dir/in: hidden")), "{:?}", seen.notes);
    fs::remove_dir_all(path.join("inner")).expect("removed");
    fs::remove_dir_all(path.join("inner-with-commit")).expect("removed");
    world.git(path, &["update-index", "--no-assume-unchanged", "dir/in"]);
    world.git(path, &["commit", "--quiet", "--all", "-m", "ours"]);
    world.commit("mine", "dir/in", "theirs\n");
    assert!(!world.try_git(path, &["merge", "--quiet", "main"]).status.success());
    let seen = all(&world, &workspace).await;
    assert_eq!((seen.files.len(), seen.files[0].status), (1, Status::Conflicted), "{seen:?}");
    assert!(shown(&one(&world, &workspace, "dir/in").await).contains("+<<<<<<< HEAD"));
}

#[tokio::test]
async fn submodules_are_compared_by_their_commits() {
    let world = World::with_repository();
    world.git(".", &["init", "--quiet", "library"]);
    world.commit("library", "l", "1\n");
    let library = world.at("library").display().to_string();
    world.git("mine", &["submodule", "--quiet", "add", &library, "lib"]);
    world.git("mine", &["commit", "--quiet", "-m", "library"]);
    let workspace = made(&world).await;
    let old = world.git(workspace.path.join("lib"), &["rev-parse", "HEAD"]);
    let new = world.commit(workspace.path.join("lib"), "l", "2\n");
    let file = one(&world, &workspace, "lib").await;
    assert_eq!(file.content, Content::Submodule { old: Some(old), new: Some(new) });
    world.write(workspace.path.join("lib/l"), "3\n");
    let seen = all(&world, &workspace).await;
    assert!(seen.notes.iter().any(|note| note.starts_with("lib: has changes")), "{:?}", seen.notes);
}

#[tokio::test]
async fn since_the_last_look_means_what_was_shown_then() {
    let world = World::with_repository();
    let workspace = made(&world).await;
    world.write(workspace.path.join("a"), "1\n");
    let first = all(&world, &workspace).await;
    assert_eq!(told(&against(&world, &workspace, Side::Look, Side::Now, None).await), ["A* a +1 -0"]);
    // Comes while the person reads.
    world.write(workspace.path.join("a"), "1\n2\n");
    looked(&world.host(), &workspace, &first.fingerprint).await.expect("remembered");
    assert_eq!(told(&against(&world, &workspace, Side::Look, Side::Now, None).await), ["M* a +1 -0"]);
    let second = all(&world, &workspace).await;
    assert_ne!(first.fingerprint, second.fingerprint);
    looked(&world.host(), &workspace, &second.fingerprint).await.expect("remembered");
    assert_eq!(against(&world, &workspace, Side::Look, Side::Now, None).await.total_files, 0);
    for wrong in ["", "x", "..", "a..--all", &format!("..{}", first.from_commit)] {
        let refused = looked(&world.host(), &workspace, wrong).await.expect_err(wrong);
        assert!(matches!(refused, Error::UnknownFingerprint(_)), "{wrong:?}: {refused}");
    }
    // One with this number in another life has seen something else.
    let later = Workspace { created_at: quarterdeck::domain::Timestamp(i64::MAX), ..workspace };
    assert_eq!(told(&against(&world, &later, Side::Look, Side::Now, None).await), ["A* a +2 -0"]);
}

#[tokio::test]
async fn a_workspace_whose_git_file_is_gone_is_not_taken_for_the_repository_around_it() {
    let world = World::with_repository();
    let workspace = made(&world).await;
    world.git(".", &["init", "--quiet"]);
    fs::remove_file(workspace.path.join(".git")).expect("removed");
    let refused = snapshot(&world.host(), &workspace).await.expect_err("not ours");
    assert!(matches!(refused, Error::NotOurs { .. }), "{refused}");
    fs::remove_dir_all(&workspace.path).expect("removed");
    assert!(matches!(changed(&world.host(), &workspace).await, Err(Error::NotThere(_))));
}
