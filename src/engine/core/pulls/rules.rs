//! The rules of what may be done to a pull request, all in one place.
//!
//! - Nothing is published that does not differ from its base, or whose workspace is gone.
//! - One pusher a branch: the session that has the branch's workspace.
//! - What is merged is never pushed to. What is closed is offered again only on the person's word.
//! - Agents publish only where the person allows it, and never merge or close.
//! - What may be overwritten is overwritten only with a reason, which is kept.

use std::path::Path;

use crate::{
    domain::{
        Objective, PullRequest, PullRequestId, Refusal, Repository, SessionId, Workspace,
        pull_request::{self, State},
        repository, workspace,
    },
    engine::core::Core,
};

/// Who wants something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine::core) enum Voice {
    /// The person.
    Person,
    /// The agent of the session it is about.
    Agent,
}

impl Core {
    /// The workspace whose branch a session may publish.
    pub(super) fn publishable(&self, id: SessionId, voice: Voice) -> Result<&Workspace, Refusal> {
        let session = self.known_session(id)?;
        let found = session.workspace.and_then(|id| self.world.workspaces.get(&id));
        let workspace = found
            .filter(|workspace| workspace.state == workspace::State::Ready)
            .ok_or_else(|| Refusal::refused(format!("{id} has no workspace, so there is nothing to publish")))?;
        match workspace.kind {
            workspace::Kind::Isolated | workspace::Kind::PullRequest => {}
            workspace::Kind::Shared => {
                return Err(Refusal::refused(format!(
                    "{id} works in your own checkout, whose branch is yours to publish"
                ))
                .hint("sessions with a workspace of their own are published from here"));
            }
            workspace::Kind::Scratch => {
                return Err(Refusal::refused(format!("{id} works outside any repository")));
            }
        }
        if workspace.owner != id {
            let owner = workspace.owner;
            return Err(Refusal::refused(format!("the branch of {} is worked on by {owner} now", workspace.id))
                .hint(format!("publish {owner} instead")));
        }
        self.check_permission(&self.world.objectives[&session.objective], workspace, voice)?;
        self.check_differs(workspace)?;
        Ok(workspace)
    }

    /// An agent may say something in public about its session's work.
    pub(in crate::engine::core) fn publishable_by_agent(&self, id: SessionId) -> Result<(), Refusal> {
        let session = self.known_session(id)?;
        let workspace = session.workspace.and_then(|id| self.world.workspaces.get(&id));
        let workspace = workspace.ok_or_else(|| Refusal::refused(format!("{id} has no workspace")))?;
        self.check_permission(&self.world.objectives[&session.objective], workspace, Voice::Agent)
    }

    fn check_permission(&self, objective: &Objective, workspace: &Workspace, voice: Voice) -> Result<(), Refusal> {
        let publish = self.repository_of(workspace).map_or(repository::Publish::Ask, |found| found.publish);
        if publish == repository::Publish::Never {
            return Err(Refusal::refused("this repository is set up so that nothing is published from here")
                .hint("publish in repositories.toml says who may"));
        }
        let agents = publish == repository::Publish::Agents || objective.agents_publish;
        if voice == Voice::Agent && !agents {
            return Err(Refusal::refused("agents may not publish here: the person does that")
                .hint("report your result; the person publishes it"));
        }
        Ok(())
    }

    /// As far as the figures are known: what has changed since they were taken, the performer sees.
    fn check_differs(&self, workspace: &Workspace) -> Result<(), Refusal> {
        let Some(changed) = workspace.changed.as_ref().filter(|changed| changed.commits == 0) else { return Ok(()) };
        Err(match changed.uncommitted {
            0 => Refusal::refused(format!("nothing in {} differs from its base", workspace.id)),
            1 => Refusal::refused("nothing is committed yet: 1 file is changed").hint("commit it first"),
            files => Refusal::refused(format!("nothing is committed yet: {files} files are changed"))
                .hint("commit them first"),
        })
    }

    /// The pull request that offers this workspace's branch already.
    pub(super) fn offer_of(&self, workspace: &Workspace, voice: Voice) -> Result<Option<&PullRequest>, Refusal> {
        let of_branch = |found: &&PullRequest| {
            Some(&found.repository) == workspace.repository.as_ref() && Some(&found.branch) == workspace.branch.as_ref()
        };
        let Some(found) = self.world.pull_requests.values().rfind(of_branch) else { return Ok(None) };
        at_rest(found)?;
        match &found.state {
            State::Draft | State::Open => Ok(Some(found)),
            State::Closed if voice == Voice::Person => Ok(Some(found)),
            State::Closed => {
                Err(Refusal::refused(format!("{} was closed; the person decides what comes next", found.id)))
            }
            State::Merged { .. } => Err(merged(found)),
        }
    }

    /// A pull request that something may be done to.
    pub(super) fn movable(&self, id: PullRequestId) -> Result<&PullRequest, Refusal> {
        let found = self.known_pull_request(id)?;
        at_rest(found)?;
        match found.state {
            State::Draft | State::Open | State::Closed => Ok(found),
            State::Merged { .. } => Err(merged(found)),
        }
    }

    /// One that may be merged now; what only speaks against it, the person may overrule.
    pub(super) fn mergeable(&self, id: PullRequestId, regardless: bool) -> Result<&PullRequest, Refusal> {
        let found = self.movable(id)?;
        if found.state != State::Open {
            return Err(Refusal::refused(format!(
                "{id} is {}, and only what is open can be merged",
                found.state.label()
            )));
        }
        if let pull_request::Mergeable::Conflicts { files } = &found.mergeable {
            let files = if files.is_empty() { String::new() } else { format!(" in {}", files.join(", ")) };
            return Err(Refusal::refused(format!("{id} conflicts with {}{files}", found.base))
                .hint(format!("`qd pr fix {id}` gives that to an agent")));
        }
        let wanted = self.world.remarks_of(id).filter(|remark| remark.is_wanted());
        let mut against = found.against_merging(wanted.count());
        if found.forge == pull_request::Forge::Local
            && found.checks.is_empty()
            && self.is_verified_by(&found.repository)
        {
            against.push("exactly these commits were not verified".into());
        }
        if regardless || against.is_empty() {
            return Ok(found);
        }
        Err(Refusal::refused(format!("{id} is not ready: {}", against.join("; ")))
            .hint("to merge it all the same, say so: --regardless"))
    }

    pub(super) fn known_pull_request(&self, id: PullRequestId) -> Result<&PullRequest, Refusal> {
        self.world.pull_requests.get(&id).ok_or_else(|| {
            Refusal::not_found(format!("there is no pull request {id}")).hint("`qd pr list` lists those there are")
        })
    }

    /// Commands verify what is done in this repository.
    fn is_verified_by(&self, folder: &Path) -> bool {
        let found = self.settings.repositories.iter().find(|repository| repository.folder == folder);
        found.is_some_and(|repository| !repository.verify.commands.is_empty())
    }

    /// How the person has set up the repository of a workspace.
    pub(in crate::engine::core) fn repository_of(&self, workspace: &Workspace) -> Option<&Repository> {
        self.settings.repositories.iter().find(|repository| Some(&repository.folder) == workspace.repository.as_ref())
    }
}

fn at_rest(found: &PullRequest) -> Result<(), Refusal> {
    match &found.step {
        None => Ok(()),
        Some(step) => {
            Err(Refusal::refused(format!("{} is just {}", found.id, step.label())).hint("try again in a moment"))
        }
    }
}

fn merged(found: &PullRequest) -> Refusal {
    Refusal::refused(format!("{} is merged, and what is merged is not touched any more", found.id))
        .hint("what comes next is another session with a branch of its own")
}
