//! `qd doctor`: of this machine what it says of any, and what quarterdeck itself needs; also where no daemon can run.

use std::{fs, os::unix::fs::symlink, path::Path};

use crate::home::{Ended, Home};

struct Findings(Vec<serde_json::Value>);

impl Findings {
    fn of(ended: &Ended) -> Self {
        let read = serde_json::from_str(&ended.output);
        Self(read.unwrap_or_else(|error| panic!("{error}: {}{}", ended.output, ended.notices)))
    }

    fn about(&self) -> Vec<&str> {
        self.0.iter().filter_map(|finding| finding["about"].as_str()).collect()
    }

    fn bad(&self) -> Vec<&str> {
        let bad = self.0.iter().filter(|finding| finding["verdict"] == "bad");
        bad.filter_map(|finding| finding["about"].as_str()).collect()
    }

    fn of_it(&self, about: &str) -> &serde_json::Value {
        self.0.iter().find(|finding| finding["about"] == about).unwrap_or_else(|| panic!("{about}: {:?}", self.0))
    }
}

/// All programs in PATH but this one, in a folder of their own.
fn programs_without(name: &str, folder: &Path) {
    fs::create_dir(folder).expect("a folder");
    for path in std::env::split_paths(&std::env::var_os("PATH").expect("set")) {
        for entry in fs::read_dir(path).into_iter().flatten().flatten() {
            if entry.file_name() != name {
                // The first one counts.
                let _ = symlink(entry.path(), folder.join(entry.file_name()));
            }
        }
    }
}

#[test]
fn this_machine_is_looked_at_like_any_target_with_and_without_its_name() {
    let home = Home::new();
    let ended = home.run(&["doctor", "--json"]);
    let findings = Findings::of(&ended);
    for about in ["tmux", "git", "work root", "disk", "clock", "sockets", "settings", "daemon", "door"] {
        assert_eq!(findings.of_it(about)["verdict"], "good", "{findings:?}", findings = findings.0);
    }
    assert!(["gh", "claude", "codex", "shell", "locale"].iter().all(|about| findings.about().contains(about)));
    assert!(!findings.about().contains(&"hooks"), "agents here run our own program");
    assert_eq!((ended.code, Findings::of(&home.run(&["doctor", "local", "--json"])).about()), (0, findings.about()));
    let shown = home.done(&["target", "show", "local"]);
    assert!(shown.contains("this machine") && shown.contains("processors") && shown.contains("tmux 3"), "{shown}");
}

#[test]
fn where_no_daemon_can_start_this_machine_is_looked_at_all_the_same() {
    let whole = Findings::of(&Home::new().run(&["doctor", "--json"]));
    let home = Home::new();
    fs::create_dir(home.qd_home().join("state")).expect("a folder");
    fs::write(home.qd_home().join("state/quarterdeck.sqlite"), "this is no database".repeat(99)).expect("written");
    let ended = home.run(&["doctor", "--json"]);
    let findings = Findings::of(&ended);
    assert_eq!((ended.code, findings.bad()), (1, vec!["daemon"]));
    assert!(findings.of_it("daemon")["found"].as_str().is_some_and(|found| found.contains("database")));
    let without_doors = |findings: &Findings| -> Vec<String> {
        let of_the_daemon = ["daemon", "panes", "door"];
        findings.about().into_iter().filter(|about| !of_the_daemon.contains(about)).map(str::to_owned).collect()
    };
    assert_eq!(without_doors(&findings), without_doors(&whole));
}

#[test]
fn without_tmux_the_doctor_says_so_and_how_to_get_it() {
    let home = Home::new();
    let programs = home.work().join("programs");
    programs_without("tmux", &programs);
    let ended = Ended::of(home.command(&["doctor", "--json"]).env("PATH", &programs).output().expect("qd runs"));
    let findings = Findings::of(&ended);
    assert_eq!((ended.code, findings.bad()), (1, vec!["tmux"]), "{:?}", findings.0);
    assert!(findings.of_it("tmux")["remedy"].as_str().is_some_and(|remedy| remedy.contains("apt install tmux")));
    assert_eq!(findings.of_it("panes")["verdict"], "mind");
}

#[test]
fn a_home_that_cannot_be_used_is_said_with_what_to_do() {
    let home = Home::new();
    fs::write(home.qd_home().join("state"), "").expect("written");
    let findings = Findings::of(&home.run(&["doctor", "--json"]));
    assert_eq!(findings.bad(), ["work root", "daemon"], "{:?}", findings.0);
    assert!(findings.of_it("work root")["remedy"].as_str().is_some_and(|remedy| remedy.contains("QD_HOME")));
    fs::remove_file(home.qd_home().join("state")).expect("removed");
    home.settings("[caps]\nsesions = 1\n");
    let findings = Findings::of(&home.run(&["doctor", "--json"]));
    assert_eq!(findings.bad(), ["settings"], "{:?}", findings.0);
}

#[cfg(target_os = "linux")]
#[test]
fn a_daemon_watches_with_as_few_inotify_instances_as_the_doctor_reckons_with() {
    let home = Home::new();
    home.done(&["ls"]);
    let pid = home.json(&["daemon", "status"])["pid"].as_u64().expect("a process");
    let held = || -> usize {
        let open = fs::read_dir(format!("/proc/{pid}/fd")).expect("its files").flatten();
        let leads = open.filter_map(|entry| fs::read_link(entry.path()).ok());
        leads.filter(|leads| leads == Path::new("anon_inode:inotify")).count()
    };
    crate::home::wait_for("it to watch what it watches", || (held() == 5).then_some(()));
    let findings = Findings::of(&home.run(&["doctor", "--json"]));
    assert_eq!(findings.of_it("watching")["verdict"], "good");
}
