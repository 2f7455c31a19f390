//! A home whose crew also works on hosts of its own, reached through a real sshd each.

use std::{
    path::{Path, PathBuf},
    process,
};

use quarterdeck::domain::{
    Command, SessionId, TargetName,
    target::{Link, SshPlace},
};

use crate::{
    home::Home,
    processes,
    sshd::Sshd,
    wait::{PATIENCE, until},
};

/// An agent for hosts: the stand-in, as a program with a path.
pub(crate) const FAR: &str = "far";

/// A home and its hosts.
pub(crate) struct Away {
    pub(crate) home: Home,
    pub(crate) hosts: Vec<Sshd>,
}

impl Away {
    /// Hosts of these names, each added as a target that was found fit.
    pub(crate) fn with(names: &[&str]) -> Self {
        let away = Self::apart(names);
        for name in names {
            away.add(name);
        }
        names.iter().for_each(|name| away.until_up(name));
        away
    }

    /// Hosts of these names, none of them added.
    pub(crate) fn apart(names: &[&str]) -> Self {
        let hosts: Vec<Sshd> = names.iter().map(|name| Sshd::start(name)).collect();
        Self::to(hosts)
    }

    /// A home that can reach these hosts.
    pub(crate) fn to(hosts: Vec<Sshd>) -> Self {
        let folder = tempfile::Builder::new().prefix("qd-s").tempdir_in("/tmp").expect("a folder").keep();
        let config = folder.join("config");
        let included: String = hosts.iter().map(|host| format!("Include {}\n", host.config().display())).collect();
        std::fs::write(&config, included).expect("written");
        let settings = format!("[ssh]\nconfig = {:?}\n", config.display().to_string());
        let home = Home::with(&settings, &[]);
        let agents = home.qd_home().join("config/agents");
        std::fs::create_dir_all(&agents).expect("a folder");
        let profile = format!(
            "inherit = \"stand-in\"\nhidden = false\nprogram = {:?}\n[environment]\nQD_STAND_IN_LOG = {:?}\n\
             QD_STAND_IN_PACE = \"0.02\"\n",
            env!("CARGO_BIN_EXE_qd"),
            home.path().join("agents.jsonl").display().to_string(),
        );
        std::fs::write(agents.join("far.toml"), profile).expect("written");
        for host in &hosts {
            let git = "[user]\n\tname = Somebody\n\temail = somebody@there\n[init]\n\tdefaultBranch = main\n";
            std::fs::write(host.home.join(".gitconfig"), git).expect("written");
        }
        Self { home, hosts }
    }

    /// Adds a host as a target.
    pub(crate) fn add(&self, name: &str) {
        self.add_at(name, None);
    }

    /// The same with a folder for our things there.
    pub(crate) fn add_at(&self, name: &str, work_root: Option<PathBuf>) {
        let place = SshPlace { address: name.parse().expect("an address"), work_root, bootstrap: None };
        let target = name.parse().expect("a name");
        self.home.done(&["ps"]);
        self.home.command(&Command::AddTarget { target, place, capacity: None, labels: Vec::new() });
    }

    pub(crate) fn host(&mut self, name: &str) -> &mut Sshd {
        self.hosts.iter_mut().find(|host| host.name == name).expect("a host")
    }

    /// Waits until a target was reached and found fit.
    pub(crate) fn until_up(&self, name: &str) {
        self.until_link(name, "up", |link| matches!(link, Link::Up { .. }));
    }

    /// Waits until a target is known to be out of reach; gives why.
    pub(crate) fn until_away(&self, name: &str) -> String {
        let link = self.until_link(name, "away", |link| matches!(link, Link::Unreachable { .. }));
        let Link::Unreachable { reason, .. } = link else { unreachable!("it was waited for") };
        reason
    }

    /// Waits until a target's link is like this. That a host gives no answer is known only when it had time to.
    pub(crate) fn until_link(&self, name: &str, what: &str, is: impl Fn(&Link) -> bool) -> Link {
        let name: TargetName = name.parse().expect("a name");
        self.home.until_within(3 * PATIENCE, &format!("{name} is {what}"), |world| {
            world.targets.get(&name).map(|target| target.link.clone()).filter(|link| is(link))
        })
    }

    /// Starts work with the stand-in on a host.
    pub(crate) fn start(&self, host: &str, arguments: &[&str]) -> SessionId {
        self.home.start_with(FAR, &[&["--target", host], arguments].concat())
    }

    /// The folder of ours on a host.
    pub(crate) fn root(&self, host: &str) -> PathBuf {
        let host = self.hosts.iter().find(|found| found.name == host).expect("a host");
        let ours = host.home.join(".local/share/quarterdeck");
        let mut roots = std::fs::read_dir(&ours).expect("our folder").flatten().map(|entry| entry.path());
        roots.next().expect("one of ours")
    }

    /// What the tmux server on a host answers.
    pub(crate) fn tmux(&self, host: &str, arguments: &[&str]) -> String {
        self.tmux_at(&self.root(host).join("run/tmux.sock"), arguments)
    }

    /// What the tmux server at a socket answers.
    pub(crate) fn tmux_at(&self, socket: &Path, arguments: &[&str]) -> String {
        let output = output_of(process::Command::new("tmux").arg("-S").arg(socket).args(arguments));
        String::from_utf8_lossy(&output).trim_end().to_owned()
    }

    /// git on a host.
    pub(crate) fn git(&self, host: &str, folder: &Path, arguments: &[&str]) -> String {
        let host = self.hosts.iter().find(|found| found.name == host).expect("a host");
        let mut git = process::Command::new("git");
        git.arg("-C").arg(folder).args(arguments).env("HOME", &host.home).env_remove("GIT_DIR");
        let output = git.output().expect("git runs");
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// The host goes down: its line, and everything that ran there.
    pub(crate) fn reboot(&mut self, name: &str) {
        let server = self.tmux(name, &["display-message", "-p", "#{pid}"]).parse().expect("a process");
        let panes = self.tmux(name, &["list-panes", "-a", "-F", "#{pane_pid}"]);
        self.host(name).leave();
        processes::kill_nine(server);
        panes.lines().filter_map(|pid| pid.parse().ok()).for_each(processes::kill_nine);
        self.host(name).listen();
    }
}

fn output_of(command: &mut process::Command) -> Vec<u8> {
    command.env_remove("TMUX").output().expect("tmux runs").stdout
}

impl Drop for Away {
    fn drop(&mut self) {
        let _ = self.home.run(&["daemon", "stop"]);
        for host in &self.hosts {
            let ours = host.home.join(".local/share/quarterdeck");
            for root in std::fs::read_dir(ours).into_iter().flatten().flatten() {
                let socket = root.path().join("run/tmux.sock");
                let _ = output_of(process::Command::new("tmux").arg("-S").arg(socket).arg("kill-server"));
            }
            end_all_in(&host.home);
        }
    }
}

/// Ends whatever has that home.
fn end_all_in(home: &Path) {
    until("nothing runs there any more", || {
        let left = processes::with_home(home);
        left.iter().for_each(|&pid| processes::kill_nine(pid));
        left.is_empty().then_some(())
    });
}
