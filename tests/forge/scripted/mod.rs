//! A scripted GitHub behind the real `gh`: it listens on a unix socket, answers GraphQL and REST with exactly what is
//! asked, keeps branches in real bare repositories and merges there with git.
//!
//! A story makes one with [`Forge::start`], puts [`Forge::variables`] into the environment of whatever runs `gh` or
//! `git`, and then plays reviewer, checks and other people. What arrived is in [`Forge::requests`], what was done in the
//! repositories ([`Forge::bare`], [`Forge::fork`]).

mod graph;
mod pulls;
mod query;
mod repository;
mod rest;
mod server;
mod ssh;
mod trouble;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde_json::Value;

use self::{
    pulls::{Around, Check, Kind, Life, Pull, Remark},
    server::Server,
};
pub(crate) use self::{
    pulls::{Method, Outcome},
    repository::Bare,
    trouble::Trouble,
};

/// A scripted GitHub with one repository, `acme/tool`, and its forks.
pub(crate) struct Forge {
    folder: tempfile::TempDir,
    host: String,
    state: Arc<Mutex<State>>,
    _server: Server,
}

/// A request that arrived.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// For example `POST /graphql`.
    pub(crate) line: String,
    /// The host it was meant for.
    pub(crate) host: String,
    /// What it carried as authorization.
    pub(crate) authorization: String,
    /// What it carried, as JSON.
    pub(crate) body: Value,
}

/// Who owns the repository.
pub(crate) const OWNER: &str = "acme";
/// What the repository is called.
pub(crate) const NAME: &str = "tool";
/// The person whose login `gh` holds.
pub(crate) const PERSON: &str = "person";

#[derive(Debug)]
struct State {
    host: String,
    bare: Bare,
    forks: BTreeMap<String, Bare>,
    pulls: Vec<Pull>,
    checks: Vec<Check>,
    next: u64,
    may_push: bool,
    methods: Vec<Method>,
    /// It has found out what conflicts with what.
    counts_conflicts: bool,
    remaining: u64,
    requests: Vec<Request>,
    troubles: Vec<trouble::Awaited>,
}

impl Forge {
    /// A forge whose repository is a bare copy of `seed`, a repository with a branch `main`.
    pub(crate) fn start(seed: &Path) -> Self {
        Self::at_host(seed, "github.com")
    }

    /// The same on an enterprise host.
    pub(crate) fn at_host(seed: &Path, host: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("qdf-").tempdir_in("/tmp").expect("a folder");
        let bare = copy(seed, &folder.path().join("acme-tool.git"));
        let state = Arc::new(Mutex::new(State {
            host: host.into(),
            bare,
            forks: BTreeMap::new(),
            pulls: Vec::new(),
            checks: Vec::new(),
            next: 1,
            may_push: true,
            methods: vec![Method::Merge, Method::Squash, Method::Rebase],
            counts_conflicts: true,
            remaining: 4999,
            requests: Vec::new(),
            troubles: Vec::new(),
        }));
        let socket = folder.path().join("gh.sock");
        std::fs::create_dir(folder.path().join("gh")).expect("a folder");
        let config = format!("http_unix_socket: {}\nprompt: disabled\n", socket.display());
        std::fs::write(folder.path().join("gh/config.yml"), config).expect("written");
        ssh::write(folder.path());
        let server = Server::start(&socket, Arc::clone(&state));
        Self { folder, host: host.into(), state, _server: server }
    }

    /// What leads `gh` and `git` here instead of to GitHub.
    pub(crate) fn variables(&self) -> Vec<(String, String)> {
        let mut variables = vec![("GH_CONFIG_DIR".to_owned(), self.folder.path().join("gh").display().to_string())];
        if self.host == "github.com" {
            variables.push(("GH_TOKEN".into(), "fake".into()));
        } else {
            variables.push(("GH_ENTERPRISE_TOKEN".into(), "fake".into()));
            variables.push(("GH_HOST".into(), self.host.clone()));
        }
        // `gh` keeps for a day what it has found out about a host.
        variables.push(("TMPDIR".into(), self.folder.path().display().to_string()));
        variables.push(("GIT_SSH_COMMAND".into(), self.folder.path().join("ssh").display().to_string()));
        variables
    }

    /// Where `git` and `gh` find an owner's repository: GitHub's own address, which [`Forge::variables`] lead here.
    pub(crate) fn url(&self, owner: &str) -> String {
        format!("git@{}:{owner}/{NAME}.git", self.host)
    }

    /// The repository.
    pub(crate) fn bare(&self) -> Bare {
        self.state().bare.clone()
    }

    /// Somebody's fork of it, made when it is first asked for.
    pub(crate) fn fork(&self, owner: &str) -> Bare {
        let place = self.folder.path().join(format!("{owner}-{NAME}.git"));
        let mut state = self.state();
        let original = state.bare.0.clone();
        state.forks.entry(owner.to_owned()).or_insert_with(|| copy(&original, &place)).clone()
    }

    /// What arrived so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.state().requests.clone()
    }

    /// The person may push to the repository, or may not.
    pub(crate) fn let_person_push(&self, may: bool) {
        self.state().may_push = may;
        ssh::mark(self.folder.path(), &format!("read-only-{OWNER}"), !may);
    }

    /// `git` reaches the forge, or does not.
    pub(crate) fn let_git_through(&self, through: bool) {
        ssh::mark(self.folder.path(), "no-network", !through);
    }

    /// The ways of merging that the repository allows.
    pub(crate) fn allow(&self, methods: &[Method]) {
        self.state().methods = methods.to_vec();
    }

    /// It says whether pull requests conflict, or has not found out yet.
    pub(crate) fn know_conflicts(&self, knows: bool) {
        self.state().counts_conflicts = knows;
    }

    /// Somebody opens a pull request by themselves; gives its number.
    pub(crate) fn open(&self, author: &str, head_owner: &str, branch: &str, base: &str, draft: bool) -> u64 {
        self.state().open(author, head_owner, branch, base, &format!("{author} offers {branch}"), "", draft)
    }

    /// A draft becomes ready for review.
    pub(crate) fn ready(&self, number: u64) {
        self.state().pull(number).draft = false;
    }

    /// Somebody reviews a pull request; `state` in GitHub's spelling, for example `CHANGES_REQUESTED`.
    pub(crate) fn review(&self, number: u64, author: &str, state: &str, body: &str) -> String {
        self.state().remark(number, author, body, Kind::Review { state: state.into() })
    }

    /// Somebody comments on a line.
    pub(crate) fn comment_on_line(&self, number: u64, author: &str, path: &str, line: u64, body: &str) -> String {
        self.state().remark(number, author, body, Kind::Line { path: path.into(), line, resolved: false })
    }

    /// Somebody comments on the whole.
    pub(crate) fn comment(&self, number: u64, author: &str, body: &str) -> String {
        self.state().remark(number, author, body, Kind::Comment)
    }

    /// A thread about a line is settled.
    pub(crate) fn resolve(&self, number: u64, remark: &str) {
        let mut state = self.state();
        let remark = state.pull(number).remarks.iter_mut().find(|known| known.node() == remark).expect("a remark");
        if let Kind::Line { resolved, .. } = &mut remark.kind {
            *resolved = true;
        }
    }

    /// A check of the commit that the pull request offers now says something.
    pub(crate) fn check(&self, number: u64, name: &str, outcome: Outcome) {
        self.state().check(number, name, outcome, false, None);
    }

    /// The same as a commit status, as older services give it.
    pub(crate) fn status(&self, number: u64, name: &str, outcome: Outcome) {
        self.state().check(number, name, outcome, true, None);
    }

    /// The same as a job of GitHub Actions: what it says stands in its log alone.
    pub(crate) fn job(&self, number: u64, workflow: &str, name: &str, outcome: Outcome) {
        self.state().check(number, name, outcome, false, Some(workflow));
    }

    /// Somebody merges a pull request on the page.
    pub(crate) fn merge(&self, number: u64, method: Method) -> String {
        self.state().merge(number, method, None).expect("it can be merged")
    }

    /// Somebody closes a pull request on the page.
    pub(crate) fn close(&self, number: u64) {
        self.state().pull(number).life = Life::Closed;
    }

    /// Somebody opens a closed pull request again.
    pub(crate) fn reopen(&self, number: u64) {
        self.state().pull(number).life = Life::Open;
    }

    /// How many pull requests there are.
    pub(crate) fn count(&self) -> usize {
        self.state().pulls.len()
    }

    /// A pull request as the REST interface shows it.
    pub(crate) fn shown(&self, number: u64) -> Value {
        let mut state = self.state();
        state.refresh();
        let pull = state.pull(number).clone();
        pull.rest(&state.around())
    }

    /// The next requests whose line or body contains `part` meet trouble, that many times.
    pub(crate) fn trouble(&self, part: &str, trouble: Trouble, times: usize) {
        self.state().troubles.push(trouble::Awaited { part: part.into(), trouble, times });
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn around(&self) -> Around<'_> {
        Around {
            owner: OWNER,
            web: format!("https://{}/{OWNER}/{NAME}", self.host),
            checks: &self.checks,
            counts_conflicts: self.counts_conflicts,
        }
    }

    fn pull(&mut self, number: u64) -> &mut Pull {
        self.pulls.iter_mut().find(|pull| pull.number == number).expect("a pull request")
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next - 1
    }

    /// Reads where the branches of open pull requests stand.
    fn refresh(&mut self) {
        let tips = self.bare.tips();
        let of_forks: BTreeMap<&String, _> = self.forks.iter().map(|(owner, fork)| (owner, fork.tips())).collect();
        for pull in self.pulls.iter_mut().filter(|pull| pull.life == Life::Open) {
            let home = of_forks.get(&pull.head_owner).unwrap_or(&tips);
            let (Some(head), Some(onto)) = (home.get(&pull.branch), tips.get(&pull.base)) else {
                // Where a branch is gone, there is nothing left to offer.
                pull.life = Life::Closed;
                continue;
            };
            if (&pull.head, &pull.onto) == (head, onto) {
                continue;
            }
            let from = self.forks.get(&pull.head_owner).unwrap_or(&self.bare).0.display().to_string();
            let kept = format!("+refs/heads/{}:refs/pull/{}/head", pull.branch, pull.number);
            self.bare.git(&["fetch", "--quiet", "--no-tags", &from, &kept]);
            (pull.head, pull.onto) = (head.clone(), onto.clone());
            pull.fits = self.bare.fit(onto, head);
            // What was pushed to the base by other means counts as merged.
            if self.bare.ahead(onto, head) == 0 {
                pull.life = Life::Merged(head.clone());
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "what a pull request is opened with")]
    fn open(
        &mut self,
        author: &str,
        head_owner: &str,
        branch: &str,
        base: &str,
        title: &str,
        body: &str,
        draft: bool,
    ) -> u64 {
        let number = self.number();
        self.pulls.push(Pull {
            number,
            author: author.into(),
            title: title.into(),
            body: body.into(),
            base: base.into(),
            head_owner: head_owner.into(),
            branch: branch.into(),
            draft,
            life: Life::Open,
            head: String::new(),
            onto: String::new(),
            fits: false,
            remarks: Vec::new(),
        });
        self.refresh();
        number
    }

    fn remark(&mut self, number: u64, author: &str, body: &str, kind: Kind) -> String {
        let id = self.number();
        let remark = Remark { id, author: author.into(), body: body.into(), kind };
        let node = remark.node();
        self.pull(number).remarks.push(remark);
        node
    }

    fn check(&mut self, number: u64, name: &str, outcome: Outcome, is_status: bool, workflow: Option<&str>) {
        self.refresh();
        let commit = self.pull(number).head.clone();
        let same = |check: &&mut Check| check.commit == commit && check.name == name;
        if let Some(known) = self.checks.iter_mut().find(same) {
            known.outcome = outcome;
            return;
        }
        let id = self.number();
        self.checks.push(Check {
            id,
            commit,
            name: name.into(),
            outcome,
            is_status,
            workflow: workflow.map(str::to_owned),
        });
    }

    /// Merges, or says with which code and words GitHub refuses.
    fn merge(&mut self, number: u64, method: Method, expected: Option<&str>) -> Result<String, (u16, String)> {
        self.refresh();
        let pull = self.pull(number).clone();
        if pull.life != Life::Open || pull.draft {
            return Err((405, "Pull Request is not mergeable".into()));
        }
        if !self.methods.contains(&method) {
            let method = format!("{method:?}");
            return Err((405, format!("{method} merges are not allowed on this repository.")));
        }
        if expected.is_some_and(|expected| expected != pull.head) {
            return Err((409, "Head branch was modified. Review and try the merge again.".into()));
        }
        let merged = self.bare.merge(&pull.base, &pull.head, method, &pull.title);
        let merged = merged.ok_or((405, "Pull Request is not mergeable".to_owned()))?;
        self.pull(number).life = Life::Merged(merged.clone());
        Ok(merged)
    }
}

fn copy(from: &Path, to: &Path) -> Bare {
    let mut clone = std::process::Command::new("git");
    clone.args(["clone", "--quiet", "--bare"]).arg(from).arg(to);
    let output = clone.output().expect("git runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let bare = Bare(PathBuf::from(to));
    bare.git(&["config", "--unset-all", "remote.origin.url"]);
    bare
}
