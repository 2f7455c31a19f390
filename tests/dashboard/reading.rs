//! Reading what a session changed, and commenting on it.

use quarterdeck::{
    domain::{
        Checkpoint, CheckpointId, Command, Reply, Timestamp, WorkspaceId,
        diff::{Content, LineKind, Side},
        session::{Completion, State},
        workspace::{Changed, Overlap},
    },
    tui::{
        diff::{Layout, Spot},
        effect::{Effect, Purpose},
        message::{Message, Problem},
        model::{Focus, Notice, View},
    },
};

use crate::{
    changes::{Changes, file, hunk},
    script::{Script, text},
    world::{NOW, ago, crew, session_id},
};

/// The changes of the session under the cursor, opened.
fn opened(changes: &Changes, columns: u16, rows: u16) -> Script {
    let mut script = Script::new(crew(), columns, rows);
    script.model.board.select(
        quarterdeck::tui::model::Row::Session(session_id(1)),
        &script.model.world.clone(),
        &quarterdeck::tui::model::Index::of(&script.model.world, &script.model.settings.prices),
    );
    changes.keys(&mut script, "d");
    script
}

macro_rules! picture {
    ($name:ident, $columns:literal x $rows:literal, $keys:literal) => {
        #[test]
        fn $name() {
            let changes = Changes::of_a_day();
            let mut script = opened(&changes, $columns, $rows);
            changes.keys(&mut script, $keys);
            insta::assert_snapshot!(script.picture());
        }
    };
}

picture!(the_files_alone_at_80x24, 80 x 24, "n n n n n n");
picture!(the_text_alone_at_80x24, 80 x 24, "n n n n n n Enter ] j j");
picture!(files_and_text_at_140x40, 140 x 40, "n n n n n n");
picture!(both_sides_at_200x50, 200 x 50, "n n n n n n Enter j j");
picture!(a_comment_is_written_below_its_line, 140 x 40, "n n n n n n Enter j j j c W h y ?");
picture!(a_binary_file_says_so, 100 x 30, "n");
picture!(what_is_compared_is_chosen, 120 x 30, "b Tab j");

/// The cursor, and the text of the line that it is on.
fn line_here(script: &Script) -> String {
    let (body, _) = script.model.reading.as_ref().expect("open").body_here().expect("a text");
    match body.spot {
        Spot::Line(line) => body.text.as_ref().expect("lines").lines()[line].text.clone(),
        other => format!("{other:?}"),
    }
}

fn shown(script: &Script) -> String {
    text(&script.buffer())
}

#[test]
fn hunks_are_gone_through_across_files_and_back() {
    let changes = Changes::of_a_day();
    let mut script = opened(&changes, 140, 40);
    let path = |script: &Script| script.model.reading.as_ref().expect("open").file_here().expect("a file").path.clone();
    let mut seen = Vec::new();
    for _ in 0..20 {
        changes.keys(&mut script, "]");
        seen.push((path(&script), line_here(&script)));
    }
    assert_eq!(seen.last(), Some(&("src/bus/queue.rs".into(), "Hunk(1)".into())));
    assert!(seen.contains(&("docs/notes.md".into(), "Hunk(0)".into())));
    changes.keys(&mut script, "[ [ [ [");
    assert_ne!(path(&script), "src/bus/queue.rs");
    changes.keys(&mut script, "p");
    assert_eq!(script.model.notice, None);
}

#[test]
fn a_layout_keeps_the_line_under_the_cursor() {
    let changes = Changes::of_a_day();
    let mut script = opened(&changes, 140, 40);
    changes.keys(&mut script, "n n n n n Enter j j j j j");
    let here = line_here(&script);
    let layout = |script: &Script| script.model.reading.as_ref().expect("open").layout;
    changes.keys(&mut script, "v");
    assert_eq!((layout(&script), line_here(&script)), (Some(Layout::SideBySide), here.clone()));
    changes.keys(&mut script, "v");
    assert_eq!((layout(&script), line_here(&script)), (Some(Layout::Unified), here));
}

fn comment(changes: &Changes, script: &mut Script, words: &str) {
    changes.keys(script, "c");
    assert_eq!(script.model.focus, Focus::Comment);
    script.write(words);
    changes.keys(script, "Enter");
}

fn sent(script: &mut Script) -> Option<(Purpose, String)> {
    script.take_effects().into_iter().find_map(|effect| match effect {
        Effect::Ask { purpose: purpose @ Purpose::Comments { .. }, command: Command::Send { text, .. } } => {
            Some((purpose, text))
        }
        _ => None,
    })
}

#[test]
fn all_comments_go_as_one_message_and_come_back_when_it_fails() {
    let changes = Changes::of_a_day();
    let mut script = opened(&changes, 140, 40);
    changes.keys(&mut script, "] j");
    comment(&changes, &mut script, "keep this");
    changes.keys(&mut script, "n n n n n n ]");
    comment(&changes, &mut script, "all of it?");
    changes.keys(&mut script, "S");
    let (purpose, message) = sent(&mut script).expect("one message");
    assert_eq!(
        message,
        [
            "2 comments on your changes (base → now):",
            "",
            "TODO.md:1 (removed; the line's number is that before)",
            "> -- everything",
            "keep this",
            "",
            "src/bus/queue.rs:80-81",
            ">      let bus = Bus::new();",
            "> -    bus.send(^[[31mX);",
            "> +    bus.send(Y)<U+202E>;",
            "all of it?",
            "",
        ]
        .join("\n")
    );
    assert!(shown(&script).contains("⇢ ┃ all of it?"), "{}", shown(&script));
    script.keys("S");
    assert!(sent(&mut script).is_none(), "they are on their way");
    script.tell(Message::Answered(purpose, Err(Problem::new("the daemon went away"))));
    assert!(shown(&script).contains("✎ ┃ all of it?"), "{}", shown(&script));
    script.keys("S");
    let (purpose, again) = sent(&mut script).expect("the same message");
    assert_eq!(again, message);
    script.tell(Message::Answered(purpose, Ok(Reply::Done)));
    assert!(!shown(&script).contains("┃"));
    assert!(matches!(&script.model.notice, Some(Notice::Good(words)) if words.contains("as one message")));
}

#[test]
fn comments_outlive_the_view_and_a_session_that_has_ended() {
    let changes = Changes::of_a_day();
    let mut script = opened(&changes, 140, 40);
    changes.keys(&mut script, "] j");
    comment(&changes, &mut script, "why?");
    changes.keys(&mut script, "q");
    assert_eq!(script.model.view, View::Board);
    assert!(matches!(&script.model.notice, Some(Notice::Good(words)) if words.contains("kept, not sent")));
    let mut world = script.model.world.clone();
    world.sessions.get_mut(&session_id(1)).expect("there").state = State::Succeeded { by: Completion::Person };
    script.tell(Message::World(Box::new(world)));
    changes.keys(&mut script, "d ]");
    assert!(shown(&script).contains("✎ ┃ why?"), "{}", shown(&script));
    changes.keys(&mut script, "S");
    assert!(sent(&mut script).is_none());
    assert!(matches!(&script.model.notice, Some(Notice::Bad(problem)) if problem.what.contains("has ended")));
    assert!(shown(&script).contains("✎ ┃ why?"), "it is still there");
}

#[test]
fn a_comment_is_written_in_lines_changed_and_taken_back() {
    let changes = Changes::of_a_day();
    let mut script = opened(&changes, 140, 40);
    changes.keys(&mut script, "] j c");
    script.write("one");
    script.keys("Ctrl-j").write("two");
    script.tell(Message::Paste(" three\x1b".into()));
    changes.keys(&mut script, "Esc Enter");
    script.write("!");
    changes.keys(&mut script, "Enter");
    let picture = shown(&script);
    assert!(picture.contains("✎ ┃ one") && picture.contains("  ┃ two three!"), "{picture}");
    changes.keys(&mut script, "X");
    assert!(!shown(&script).contains('┃'));
    changes.keys(&mut script, "c Esc");
    assert!(!shown(&script).contains('┃'), "nothing was written");
}

#[test]
fn nothing_jumps_while_it_is_read_but_the_person_is_told() {
    let mut changes = Changes::of_a_day();
    let mut script = opened(&changes, 140, 40);
    changes.keys(&mut script, "n n n n n Enter");
    let before = shown(&script);
    changes.files.remove(0);
    changes.fingerprint = "f2".into();
    let mut world = script.model.world.clone();
    let workspace = world.sessions[&session_id(1)].workspace.expect("one");
    world.workspaces.get_mut(&workspace).expect("there").changed =
        Some(Changed { files: 5, added: 1, removed: 1, uncommitted: 0, commits: 1, note: None, at: ago(0) });
    script.tell(Message::World(Box::new(world)));
    assert!(changes.serve(&mut script) > 0, "it looks whether it still is what is shown");
    let after = shown(&script);
    assert!(after.contains("changed since you opened it: R shows it"), "{after}");
    assert_eq!(before.lines().skip(2).collect::<Vec<_>>(), after.lines().skip(2).collect::<Vec<_>>());
    changes.keys(&mut script, "R");
    let anew = shown(&script);
    assert!(!anew.contains("TODO.md") && !anew.contains("changed since"), "{anew}");
}

#[test]
fn what_was_shown_of_now_has_been_seen_and_nothing_else() {
    let changes = Changes::of_a_day();
    let mut script = opened(&changes, 140, 40);
    let seen = |script: &mut Script| {
        let effects = script.take_effects().into_iter();
        let of = |effect| match effect {
            Effect::Ask { purpose: Purpose::Seen, command: Command::Looked { fingerprint, .. } } => Some(fingerprint),
            _ => None,
        };
        effects.filter_map(of).collect::<Vec<_>>()
    };
    changes.keys(&mut script, "q");
    assert_eq!(seen(&mut script), ["f1"]);
    changes.keys(&mut script, "d 1");
    assert_eq!(seen(&mut script), ["f1"], "however it is left");
    changes.keys(&mut script, "d b Tab j Enter q");
    assert_eq!(seen(&mut script), [""; 0], "the last commit is not all there is");
}

#[test]
fn two_checkpoints_are_compared() {
    let changes = Changes::of_a_day();
    let mut script = opened(&changes, 140, 40);
    let reading = script.model.reading.as_ref().expect("open");
    let (session, workspace) = (reading.session, reading.workspace);
    let mut world = script.model.world.clone();
    for number in 1..=2 {
        let id = CheckpointId::from_number(number).expect("not zero");
        let objective = world.sessions[&session].objective;
        let (commit, reason, created_at) = ("1".repeat(40), format!("verified by v{number}"), ago(u64::from(number)));
        world.checkpoints.insert(id, Checkpoint { id, objective, session, workspace, commit, reason, created_at });
    }
    script.tell(Message::World(Box::new(world)));
    changes.keys(&mut script, "b G");
    assert!(shown(&script).contains("verified by v2"), "{}", shown(&script));
    script.take_effects();
    script.keys("Tab j j Enter");
    let asked = script.take_effects().into_iter().find_map(|effect| match effect {
        Effect::Compare(comparison) => Some((comparison.from, comparison.to)),
        _ => None,
    });
    let checkpoint = |number| Side::Checkpoint(CheckpointId::from_number(number).expect("not zero"));
    assert_eq!(asked, Some((checkpoint(1), checkpoint(2))));
}

#[test]
fn a_file_is_opened_in_the_editor_at_the_line_under_the_cursor() {
    let changes = Changes::of_a_day();
    let mut script = opened(&changes, 140, 40);
    changes.keys(&mut script, "n n n n n Enter j j j j j e");
    let opening = script.take_effects().into_iter().find_map(|effect| match effect {
        Effect::Edit(opening) => Some(opening),
        _ => None,
    });
    let opening = opening.expect("an editor");
    assert_eq!(
        (opening.file.display().to_string().as_str(), opening.line),
        ("/state/workspaces/w1/src/bus/queue.rs", 12)
    );
    changes.keys(&mut script, "g p p p p p p e");
    assert!(matches!(&script.model.notice, Some(Notice::Bad(problem)) if problem.what.contains("no longer there")));
    script.tell(Message::Edited);
    assert!(changes.serve(&mut script) > 0, "it may have changed something");
}

#[test]
fn a_stretch_that_nobody_looks_at_is_not_asked_for() {
    let changes = Changes::of_a_day();
    let mut script = opened(&changes, 140, 40);
    script.keys("n n n");
    let waiting = script.take_effects();
    let compared = waiting.iter().filter(|effect| matches!(effect, Effect::Compare(_))).count();
    assert_eq!(compared, 1, "one at a time");
    script.effects = waiting;
    assert_eq!(changes.serve(&mut script), 2, "the one under way, and the one that is looked at");
}

#[test]
fn late_answers_and_refusals_are_borne() {
    let changes = Changes::of_a_day();
    let mut script = opened(&changes, 140, 40);
    script.keys("R");
    let Some(Effect::Compare(asked)) = script.take_effects().pop() else { panic!("it asks") };
    script.tell(Message::Compared(asked, Err(Problem::new("w1 has been removed"))));
    assert!(shown(&script).contains("w1 has been removed"));
    changes.keys(&mut script, "R");
    assert!(shown(&script).contains("queue.rs"));
    let mut world = script.model.world.clone();
    world.sessions.remove(&session_id(1));
    world.questions.clear();
    script.tell(Message::World(Box::new(world)));
    assert_eq!(script.model.view, View::Board, "its session is gone");
}

#[test]
fn a_long_file_costs_no_more_than_a_short_one() {
    let lines: Vec<String> = (0..20_000)
        .map(|number| match number % 7 {
            0 => format!("-    let value_{number} = compute(\"{number}\", {number}); // before"),
            1 => format!("+    let value_{number} = compute(\"{number}\", {number})?; // after"),
            _ => format!("     call_{number}(&mut state, Kind::Of(\"日本\"), 0x{number:x});"),
        })
        .collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let changes = Changes { files: vec![file("src/large.rs", vec![hunk(1, "", &lines)])], fingerprint: "f".into() };
    let mut script = opened(&changes, 200, 50);
    changes.keys(&mut script, "Enter G");
    assert!(shown(&script).contains("call_19998"), "{}", shown(&script));
    let frames = 20;
    let start = std::time::Instant::now();
    for _ in 0..frames {
        script.keys("k");
        script.buffer();
    }
    let each = start.elapsed() / frames;
    println!("one key and its frame in 20,000 lines at 200x50: {each:?}");
    assert!(each < std::time::Duration::from_millis(400), "even unoptimised and under load: {each:?}");
}

#[test]
fn a_line_without_end_is_cut_and_can_be_moved() {
    let long = format!("+{}END", "日本語 ".repeat(100_000));
    let changes = Changes { files: vec![file("a.js", vec![hunk(1, "", &[&long])])], fingerprint: "f".into() };
    let mut script = opened(&changes, 80, 24);
    changes.keys(&mut script, "Enter");
    assert!(shown(&script).contains('…'));
    let before = shown(&script);
    changes.keys(&mut script, "l l");
    assert_ne!(shown(&script), before);
    changes.keys(&mut script, "h h");
    assert_eq!(shown(&script), before);
    assert_eq!(changes.files[0].content, Content::Text { hunks: vec![hunk(1, "", &[&long])], cut: false });
    assert_eq!(hunk(1, "", &[&long]).lines[0].kind, LineKind::Added);
}

/// A crew of which three changed something: two of them the same file.
fn changed() -> quarterdeck::domain::World {
    let mut world = crew();
    let workspace = |number| WorkspaceId::from_number(number).expect("not zero");
    for (number, files, added, removed, uncommitted) in
        [(1, 4, 120, 33, 1), (2, 1, 7, 0, 0), (9, 250, 43_210, 9_999, 0)]
    {
        let changed = Changed { files, added, removed, uncommitted, commits: 1, note: None, at: ago(3) };
        world.workspaces.get_mut(&workspace(number)).expect("there").changed = Some(changed);
    }
    let overlap = |with, conflicts: &[&str]| Overlap {
        with: workspace(with),
        files: vec!["src/bus.rs".into(), "src/lib.rs".into()],
        total: 2,
        conflicts: conflicts.iter().map(|path| (*path).to_owned()).collect(),
    };
    world.workspaces.get_mut(&workspace(1)).expect("there").overlaps = vec![overlap(2, &["src/bus.rs"])];
    world.workspaces.get_mut(&workspace(2)).expect("there").overlaps = vec![overlap(1, &[])];
    world
}

#[test]
fn rows_say_what_changed_at_80x24() {
    insta::assert_snapshot!(Script::new(changed(), 80, 24).picture());
}

#[test]
fn rows_say_what_changed_at_200x50() {
    insta::assert_snapshot!(Script::new(changed(), 200, 50).keys("j").picture());
}

#[test]
fn where_there_is_no_room_titles_come_before_figures() {
    let picture = text(&Script::new(changed(), 120, 40).keys("G").buffer());
    assert!(picture.lines().any(|line| line.contains("4 files +120 −33, 1 not committed")), "{picture}");
    assert!(!picture.lines().any(|line| line.contains("s2") && line.contains("+7")), "{picture}");
}

#[test]
fn a_session_without_a_workspace_has_changed_nothing() {
    let mut script = Script::new(crew(), 140, 40);
    let index = quarterdeck::tui::model::Index::of(&script.model.world, &script.model.settings.prices);
    let world = script.model.world.clone();
    script.model.board.select(quarterdeck::tui::model::Row::Session(session_id(5)), &world, &index);
    script.keys("d");
    assert_eq!(script.model.view, View::Board);
    assert!(matches!(&script.model.notice, Some(Notice::Bad(problem)) if problem.what.contains("no workspace")));
    assert_eq!(NOW, Timestamp(NOW.0));
}
