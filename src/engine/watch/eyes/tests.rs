//! Both kinds of eyes see the same.

use std::{fs, time::Duration};

use super::*;

macro_rules! eyes_see {
    ($name:ident, $system:ident) => {
        #[tokio::test]
        async fn $name() {
            let folder = tempfile::tempdir().expect("a folder");
            let top = folder.path().canonicalize().expect("there");
            let (inside, outside) = (top.join("inside"), top.join("outside"));
            for folder in [&inside, &outside] {
                fs::create_dir(folder).expect("made");
            }
            let [one, other] = [1, 2].map(|number| WorkspaceId::from_number(number).expect("not zero"));
            let (eyes, mut sight) = $system::open().expect("opened");
            eyes.want(one, &BTreeSet::from([inside.clone(), top.join("missing")])).expect("watched");
            eyes.want(other, &BTreeSet::from([inside.clone(), outside.clone()])).expect("watched");
            assert_eq!(eyes.count(), 2);
            eyes.want(other, &BTreeSet::from([inside.clone()])).expect("watched");
            assert_eq!(eyes.count(), 1);
            fs::write(outside.join("x"), "x").expect("written");
            fs::read(inside.join("nothing")).expect_err("not there");
            fs::write(inside.join("file"), "x").expect("written");
            let seen = wait(async || sight.recv().await.expect("sees")).await;
            for glance in &seen {
                let Glance::At { who, path, is_folder } = glance else { panic!("lost: {glance:?}") };
                assert_eq!((who, path), (&BTreeSet::from([one, other]), &inside.join("file")));
                assert!(!is_folder);
            }
            fs::create_dir(inside.join("new")).expect("made");
            let is_new = |glance: &Glance| {
                matches!(glance, Glance::At { path, is_folder: true, .. } if *path == inside.join("new"))
            };
            while !wait(async || sight.recv().await.expect("sees")).await.iter().any(is_new) {}
            for who in [one, other] {
                eyes.want(who, &BTreeSet::new()).expect("let go");
            }
            assert_eq!(eyes.count(), 0);
        }
    };
}

async fn wait<T>(next: impl AsyncFnOnce() -> T) -> T {
    tokio::time::timeout(Duration::from_secs(20), next()).await.expect("something is seen")
}

#[cfg(target_os = "linux")]
eyes_see!(with_the_system_itself, linux);
eyes_see!(with_what_all_systems_have, portable);
