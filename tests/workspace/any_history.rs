//! Whatever is done in a workspace: its difference leads from the one side to the other, and going back loses nothing.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use proptest::prelude::*;
use quarterdeck::{
    domain::{
        Workspace,
        diff::{Content, Diff, File, LineKind, Side, Status},
    },
    workspace::changes::{Wanted, changed, checkpoint, diff, rollback},
};

use crate::{changes::made, rollback::files, world::World};

/// What an agent does.
#[derive(Debug, Clone)]
enum Deed {
    /// Writes a file: so many lines, one of them changed, with such an end.
    Write {
        file: usize,
        lines: usize,
        changed: usize,
        end: &'static str,
    },
    Delete(usize),
    Rename(usize, usize),
    Stage,
    Commit,
    /// Commits on another branch from now on.
    Branch,
    Ignored,
    Amend,
}

const NAMES: [&str; 6] = ["a", "dir/b", "dir/deep/c d", "-e", "dir2", "f\n"];

fn deed() -> impl Strategy<Value = Deed> {
    let file = 0..NAMES.len();
    prop_oneof![
        6 => (file.clone(), 0..40_usize, 0..40_usize, prop_oneof!["\n", "", "\r\n"]).prop_map(
            |(file, lines, changed, end)| Deed::Write {
                file,
                lines,
                changed,
                end: match end.as_str() { "" => "", "\n" => "\n", _ => "\r\n" },
            }
        ),
        2 => file.clone().prop_map(Deed::Delete),
        1 => (file.clone(), file).prop_map(|(from, to)| Deed::Rename(from, to)),
        1 => Just(Deed::Stage),
        2 => Just(Deed::Commit),
        1 => Just(Deed::Branch),
        1 => Just(Deed::Ignored),
        1 => Just(Deed::Amend),
    ]
}

fn perform(world: &World, path: &Path, number: usize, deed: &Deed) {
    match deed {
        Deed::Write { file, lines, changed, end } => {
            let line = |at: usize| if at == *changed { format!("changed in {number}") } else { format!("line {at}") };
            let text: Vec<String> = (0..*lines).map(line).collect();
            let place = path.join(NAMES[*file]);
            if !place.is_dir() {
                world.write(&place, &format!("{}{end}", text.join(if *end == "\r\n" { "\r\n" } else { "\n" })));
            }
        }
        Deed::Delete(file) => drop(fs::remove_file(path.join(NAMES[*file]))),
        Deed::Rename(from, to) => {
            let (from, to) = (path.join(NAMES[*from]), path.join(NAMES[*to]));
            fs::create_dir_all(to.parent().expect("a folder")).expect("made");
            let _ = fs::rename(from, to);
        }
        Deed::Stage => drop(world.git(path, &["add", "--all"])),
        Deed::Commit => {
            world.git(path, &["add", "--all"]);
            world.git(path, &["commit", "--quiet", "--allow-empty", "-m", &format!("commit {number}")]);
        }
        Deed::Branch => drop(world.git(path, &["checkout", "--quiet", "-b", &format!("other-{number}")])),
        Deed::Ignored => world.write(path.join("ignored/file"), &format!("{number}\n")),
        Deed::Amend => drop(world.git(path, &["commit", "--quiet", "--allow-empty", "--amend", "-m", "amended"])),
    }
}

/// The right side, made of the left one.
fn applied(left: &str, file: &File) -> String {
    let Content::Text { hunks, cut: false } = &file.content else { panic!("no whole text: {file:?}") };
    let lines: Vec<&str> = left.split_inclusive('\n').collect();
    let (mut right, mut at) = (String::new(), 0);
    for hunk in hunks {
        let start = hunk.old_start as usize - usize::from(hunk.old_lines > 0);
        right.extend(lines[at..start].iter().copied());
        at = start;
        for (place, line) in hunk.lines.iter().enumerate() {
            match line.kind {
                LineKind::Added => right.push_str(&format!("{}\n", line.text)),
                LineKind::Context | LineKind::Removed => {
                    assert_eq!(lines[at].trim_end_matches('\n'), line.text, "in {file:?}");
                    if line.kind == LineKind::Context {
                        right.push_str(lines[at]);
                    }
                    at += 1;
                }
                LineKind::NoLineEnd if hunk.lines[place - 1].kind == LineKind::Added => drop(right.pop()),
                LineKind::NoLineEnd => {}
            }
        }
    }
    right.extend(lines[at..].iter().copied());
    right
}

async fn compare(world: &World, workspace: &Workspace, file: Option<&str>) -> Diff {
    let wanted = Wanted { from: Some(Side::Base), file: file.map(str::to_owned), ..Wanted::default() };
    diff(&world.host(), workspace, &wanted).await.expect("compared")
}

async fn a_difference_leads_over(deeds: Vec<Deed>) {
    let world = World::with_repository();
    world.commit("mine", ".gitignore", "ignored\n");
    for (number, name) in NAMES.iter().enumerate().take(4) {
        world.commit("mine", name, &(0..30 + number).map(|line| format!("line {line}\n")).collect::<String>());
    }
    let workspace = made(&world).await;
    deeds.iter().enumerate().for_each(|(number, deed)| perform(&world, &workspace.path, number, deed));
    let found = files(&workspace.path);
    let all = compare(&world, &workspace, None).await;
    // The base itself may have been amended: then its own changes belong to the difference.
    world.git("mine", &["worktree", "add", "--quiet", "--detach", "../left", &all.from_commit]);
    let mut expected = files(&world.at("left"));
    let counted = changed(&world.host(), &workspace).await.expect("counted");
    // Both see the same, but where only the one sees that a new file is an old one: under another name, or under its own,
    // when it was taken out of the index and written again. The counts of a row then say deleted and new.
    let untracked = world.git(&workspace.path, &["ls-files", "--others", "--exclude-standard"]);
    let is_new = |file: &File| file.status == Status::Added || !untracked.lines().any(|name| name == file.path);
    if all.files.iter().all(|file| file.old_path.is_none() && is_new(file)) {
        assert_eq!((counted.files, counted.added, counted.removed), (all.total_files, all.added, all.removed));
    }
    // What came since the left side and is deleted again is in no difference, and uncommitted all the same.
    assert!(counted.uncommitted > 0 || !all.files.iter().any(|file| file.uncommitted), "{all:?}");
    for file in &all.files {
        let seen = compare(&world, &workspace, Some(&file.path)).await;
        let old = file.old_path.as_ref().unwrap_or(&file.path);
        let left = expected.get(old).cloned().unwrap_or_default();
        let right = applied(&String::from_utf8(left).expect("text"), &seen.files[0]);
        assert_eq!(right.as_bytes(), found.get(&file.path).map_or(&b""[..], Vec::as_slice), "{}", file.path);
    }
    // What is not in it is the same on both sides.
    for file in &all.files {
        expected.remove(file.old_path.as_ref().unwrap_or(&file.path));
        expected.remove(&file.path);
    }
    for (name, content) in &expected {
        assert_eq!(found.get(name), Some(content), "{name} is not in the difference");
    }
}

async fn nothing_is_lost(before: Vec<Deed>, after: Vec<Deed>) {
    let world = World::with_repository();
    world.commit("mine", ".gitignore", "ignored\n");
    let workspace = made(&world).await;
    let path = &workspace.path;
    before.iter().enumerate().for_each(|(number, deed)| perform(&world, path, number, deed));
    let picture = || {
        let mut all = files(path);
        all.retain(|name, _| !name.starts_with("ignored"));
        (all, world.git(path, &["status", "--porcelain=v2", "--branch", "--untracked-files=all"]))
    };
    let kept = picture();
    let checkpoint = checkpoint(&world.host(), &workspace, "c1").await.expect("kept");
    assert_eq!(picture(), kept, "keeping changes nothing");
    after.iter().enumerate().for_each(|(number, deed)| perform(&world, path, before.len() + number, deed));
    let ignored = fs::read(path.join("ignored/file")).ok();
    let there: BTreeMap<String, Vec<u8>> = picture().0;
    let head = world.git(path, &["rev-parse", "HEAD"]);
    rollback(&world.host(), &workspace, &checkpoint.commit).await.expect("rolled back");
    assert_eq!(picture(), kept);
    assert_eq!(fs::read(path.join("ignored/file")).ok(), ignored, "ignored files stay");
    let listed = world.git("mine", &["rev-list", "--objects", "--all"]);
    let reachable: BTreeSet<&str> = listed.lines().map(|line| line.split(' ').next().unwrap_or_default()).collect();
    assert!(reachable.contains(head.as_str()), "the last commit is lost");
    for (name, content) in there {
        fs::write(world.at("content"), content).expect("written");
        let object = world.git(".", &["hash-object", "--no-filters", &world.at("content").display().to_string()]);
        assert!(reachable.contains(object.as_str()), "{name} is lost");
    }
}

fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(test);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, max_shrink_iters: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_difference_leads_from_the_one_side_to_the_other(deeds in prop::collection::vec(deed(), 1..10)) {
        run(a_difference_leads_over(deeds));
    }

    #[test]
    fn going_back_loses_nothing(
        before in prop::collection::vec(deed(), 0..6),
        after in prop::collection::vec(deed(), 0..8),
    ) {
        run(nothing_is_lost(before, after));
    }
}
