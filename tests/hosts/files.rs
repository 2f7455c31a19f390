//! Files of a host: what is written there is there, whole, and what isn't there is told from what can't be known.

use std::{fs, io::ErrorKind, os::unix::fs::PermissionsExt, path::PathBuf, time::Duration};

use nix::sys::signal::Signal;
use quarterdeck::target::{Entry, FileKind, Host};

use crate::{
    sshd::{Sshd, until},
    world::Line,
};

#[tokio::test]
async fn files_come_and_go_whole() {
    let sshd = Sshd::start("devbox");
    let line = Line::to(&sshd);
    let host = &line.host;
    let (home, file) = (sshd.home.clone(), sshd.home.join("a/it's b\n!/-file"));
    let folder = file.parent().expect("a folder");
    assert_eq!(host.read(&file).await.expect("asked"), None);
    assert_eq!(host.kind(&file).await.expect("asked"), None);
    let bytes: Vec<u8> = (0..=255).cycle().take(300_000).collect();
    host.write(&file, b"one").await.expect("written");
    host.write(&file, &bytes).await.expect("written again");
    assert_eq!(host.read(&file).await.expect("read").as_deref(), Some(&bytes[..]));
    assert_eq!(fs::metadata(&file).expect("there").permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(folder).expect("there").permissions().mode() & 0o777, 0o700);
    host.write(&file, b"").await.expect("emptied");
    assert_eq!(fs::read(&file).expect("read"), b"");
    assert_eq!(host.write(folder, b"x").await.expect_err("a folder").kind(), ErrorKind::IsADirectory);

    std::os::unix::fs::symlink("nowhere", folder.join(".link")).expect("a link");
    fs::create_dir(folder.join("..odd")).expect("made");
    let mut entries = host.list(folder).await.expect("listed").expect("a folder");
    entries.sort_by(|one, other| one.name.cmp(&other.name));
    let entry = |name: &str, kind| Entry { name: name.into(), kind };
    let expected = [entry("-file", FileKind::File), entry("..odd", FileKind::Folder), entry(".link", FileKind::Link)];
    assert_eq!(entries, expected);
    assert_eq!(host.list(&file).await.expect("asked"), None);
    assert_eq!(host.list(&home.join("none")).await.expect("asked"), None);
    assert_eq!(host.list(&folder.join("..odd")).await.expect("asked"), Some(Vec::new()));
    assert_eq!(host.kind(&folder.join(".link")).await.expect("asked"), Some(FileKind::Link));
    assert_eq!(host.real_path(&folder.join("../a")).await.expect("asked"), None);
    assert_eq!(
        host.real_path(&folder.join("..odd/..")).await.expect("asked"),
        Some(fs::canonicalize(folder).expect("there"))
    );

    host.make_folder(&home.join("deep/er")).await.expect("made");
    host.make_folder(&home.join("deep/er")).await.expect("there already");
    host.rename(&file, &home.join("deep/file")).await.expect("renamed");
    host.rename(folder, &home.join("deep/er")).await.expect("over an empty folder");
    assert_eq!(host.kind(&home.join("deep/er/..odd")).await.expect("asked"), Some(FileKind::Folder));
    assert_eq!(host.rename(&file, &home.join("x")).await.expect_err("gone").kind(), ErrorKind::NotFound);
    host.rename(&home.join("deep/er"), &home.join("deep/file")).await.expect_err("a folder over a file");
    host.remove_file(&home.join("deep/file")).await.expect("removed");
    host.remove_file(&home.join("deep/file")).await.expect("removed already");
    fs::set_permissions(home.join("deep/er"), fs::Permissions::from_mode(0o500)).expect("set");
    host.remove_folder(&home.join("deep")).await.expect("removed");
    host.remove_folder(&home.join("deep")).await.expect("removed already");
    assert!(!home.join("deep").exists());
}

#[tokio::test]
async fn many_files_are_known_there_as_they_are_here() {
    let sshd = Sshd::start("devbox");
    let line = Line::to(&sshd);
    let at = |name: &str| sshd.home.join(name);
    fs::create_dir_all(at("a/x/.git/objects/.git")).expect("made");
    fs::create_dir_all(at("b")).expect("made");
    fs::write(at("a/x/fi\nle"), "four\nlines\nthree").expect("written");
    fs::write(at("a/binary"), b"a\n\0b\n").expect("written");
    std::os::unix::fs::symlink("nowhere", at("b/link")).expect("a link");
    let paths = ["a/x/fi\nle", "none", "a", "b/link", "a/x/fi\nle/below", "a/binary"].map(at);
    let here = Host::local();
    assert_eq!(line.host.look(&paths).await.expect("looked"), here.look(&paths).await.expect("looked"));
    assert_eq!(line.host.are_there(&paths).await.expect("asked"), here.are_there(&paths).await.expect("asked"));
    let files = ["a/binary", "none", "a/x/fi\nle"].map(at);
    assert_eq!(line.host.read_all(&files).await.expect("read"), here.read_all(&files).await.expect("read"));
    let lines = line.host.count_lines(&paths, 1 << 20).await.expect("counted");
    assert_eq!(lines, here.count_lines(&paths, 1 << 20).await.expect("counted"));
    let below = ["a", "b", "none", "a/x/fi\nle"].map(at);
    let sorted = |mut found: Vec<PathBuf>| {
        found.sort();
        found
    };
    let named = line.host.folders_named(".git", &below).await.expect("listed");
    assert_eq!(sorted(named), sorted(here.folders_named(".git", &below).await.expect("listed")));
    let found = line.host.files_below(&sshd.home).await.expect("listed");
    assert_eq!(sorted(found), sorted(here.files_below(&sshd.home).await.expect("listed")));
    assert!(line.host.files_below(&at("none")).await.expect("listed").is_empty());
    assert!(line.host.copy(&paths[0], &at("copy")).await.expect("copied"));
    assert!(!line.host.copy(&at("none"), &at("copy")).await.expect("nothing to copy"));
    let looked = line.host.look(&[at("copy"), paths[0].clone()]).await.expect("looked");
    assert_eq!(looked[0], looked[1]);
    assert!(
        line.host.is_folder(&at("a")).await.expect("asked") && !line.host.is_folder(&paths[0]).await.expect("asked")
    );
    assert!(line.host.disk_usage(&sshd.home).await.expect("asked") > 0);
    assert!(line.host.remove_folder(&at("copy")).await.is_err(), "a file is no folder");
    assert!(at("copy").exists());
    line.host.abandon(&at("a/x"), true);
    until("an abandoned folder to go", || (!at("a/x").exists()).then_some(())).await;
}

#[tokio::test]
async fn a_write_that_the_line_did_not_survive_leaves_what_was_there() {
    let sshd = Sshd::start("devbox");
    let line = Line::to(&sshd);
    let file = sshd.home.join("file");
    let first = line.up().await;
    line.host.write(&file, b"before").await.expect("written");
    let (host, path) = (line.host.clone(), file.clone());
    let writing = tokio::spawn(async move { host.write(&path, &vec![b'x'; 64 << 20]).await });
    until("the new file to come", || fs::metadata(sshd.home.join("file.new")).ok().filter(|new| new.len() > 0)).await;
    sshd.signal(Signal::SIGKILL);
    let error = writing.await.expect("joined").expect_err("the line was cut");
    assert_eq!(error.kind(), ErrorKind::NotConnected, "{error}");
    until("the rest to be cleared away", || (!sshd.home.join("file.new").exists()).then_some(())).await;
    assert_eq!(fs::read(&file).expect("read"), b"before");
    // The loss may be noticed later than by the one who lost something.
    line.wait("up again", |link| link.is_up() && *link != first).await;
    tokio::time::timeout(Duration::from_secs(20), line.host.write(&file, b"after"))
        .await
        .expect("in time")
        .expect("written");
    assert_eq!(fs::read(&file).expect("read"), b"after");
}
