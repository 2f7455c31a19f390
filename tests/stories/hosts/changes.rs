//! What changes in workspaces on hosts, and which of those would not go together.

use quarterdeck::domain::{Workspace, activity::Doing};

use super::away::Away;
use crate::repository::Repository;

#[test]
fn what_was_written_while_the_line_was_cut_is_counted_when_it_is_back_and_conflicts_are_told() {
    let mut away = Away::with(&["h1"]);
    let repository = Repository::with_one_commit(&away.home, "app");
    let sessions =
        ["one play:work", "two play:work"].map(|prompt| away.start("h1", &["--repo", repository.path(), prompt]));
    for session in sessions {
        away.home.until_doing(session, Doing::YourTurn);
    }
    away.host("h1").leave();
    away.until_away("h1");
    let world = away.home.world();
    let workspaces = sessions.map(|session| world.sessions[&session].workspace.expect("a workspace"));
    for id in workspaces {
        std::fs::write(world.workspaces[&id].path.join("shared"), format!("{id} was here\n")).expect("written");
    }
    away.host("h1").listen();
    let until = |what: &str, is: &dyn Fn(&Workspace) -> bool| {
        away.home.until(what, |world| {
            workspaces.iter().all(|id| world.workspaces.get(id).is_some_and(is)).then(|| world.clone())
        })
    };
    until("both are counted, though neither agent printed", &|workspace| {
        workspace.changed.as_ref().is_some_and(|changed| (changed.files, changed.uncommitted) == (1, 1))
    });
    let told = until("each is told of the other", &|workspace| !workspace.overlaps.is_empty());
    for (id, other) in [(0, 1), (1, 0)] {
        let overlaps = &told.workspaces[&workspaces[id]].overlaps;
        assert_eq!((overlaps.len(), overlaps[0].with), (1, workspaces[other]));
        assert_eq!(
            (&overlaps[0].files[..], &overlaps[0].conflicts[..]),
            (&["shared".to_owned()][..], &["shared".to_owned()][..])
        );
    }
    assert!(away.root("h1").join("trials").is_dir(), "they were tried there");
    assert!(!away.home.paths().state.join("trials").exists());
}
