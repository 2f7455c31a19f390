//! Whether the work of two workspaces goes together is tried without touching either.

use quarterdeck::{
    domain::Workspace,
    workspace::changes::{Merge, Shared, Trials},
};

use crate::world::World;

fn shared(merge: Merge) -> Option<Shared> {
    Some(Shared { files: vec!["shared".into()], merge })
}

async fn two(world: &World) -> (Workspace, Workspace) {
    let (one, other) = (world.prepare(1, "a").await.expect("made"), world.prepare(2, "b").await.expect("made"));
    (world.row(1, &one), world.row(2, &other))
}

#[tokio::test]
async fn the_same_file_in_two_places_is_named_and_tried() {
    let world = World::with_repository();
    let lines: String = (1..=40).map(|line| format!("{line}\n")).collect();
    world.commit("mine", "shared", &lines);
    let (one, other) = two(&world).await;
    let mut trials = Trials::new(world.host(), world.at("trials"));
    assert_eq!(trials.between(&one, &other).await.expect("tried"), None);
    trials.forget(one.id);
    world.write(one.path.join("shared"), &lines.replace("3\n", "three\n"));
    trials.forget(one.id);
    world.write(other.path.join("own"), "x\n");
    assert_eq!(trials.between(&one, &other).await.expect("tried"), None);
    trials.forget(other.id);
    world.commit(&other.path, "shared", &lines.replace("39\n", "the last but one\n"));
    let told = trials.between(&one, &other).await.expect("tried");
    assert_eq!(told, shared(Merge::Clean));
    let objects = world.git("mine", &["count-objects"]);
    trials.forget(other.id);
    world.write(other.path.join("shared"), &lines.replace("3\n", "III\n"));
    let told = trials.between(&one, &other).await.expect("tried");
    assert_eq!(told, shared(Merge::Conflicts(vec!["shared".into()])));
    assert_eq!(world.git("mine", &["count-objects"]), objects, "the repository has nothing of a trial");
    drop(trials);
    assert!(!world.at("trials").exists(), "nothing is left of a trial");
}
