//! What people and agents ask to be done to pull requests.

use super::rules::Voice;
use crate::{
    domain::{
        Change, ObjectiveId, PullRequest, PullRequestId, Refusal, Remark, RemarkId, Reply, SessionId, event, objective,
        pull_request::{BODY_BYTES, Checks, Forge, Mergeable, Method, Review, State, Step, TITLE_CHARACTERS},
        remark, repository,
        tool::ToolReply,
    },
    engine::core::{CommandResult, Core},
};

/// What somebody wants to publish.
#[derive(Debug, Clone, Default)]
pub(in crate::engine::core) struct Wish {
    pub(in crate::engine::core) title: Option<String>,
    pub(in crate::engine::core) body: Option<String>,
    pub(in crate::engine::core) base: Option<String>,
    pub(in crate::engine::core) forge: Option<Forge>,
    pub(in crate::engine::core) force: Option<String>,
}

impl Core {
    pub(in crate::engine::core) fn publish_pull_request(&mut self, session: SessionId, wish: Wish) -> CommandResult {
        let pull_request = self.publish(session, wish, Voice::Person)?;
        Ok(Reply::PullRequest { pull_request })
    }

    /// An agent publishes its own work.
    pub(in crate::engine::core) fn publish_own(
        &mut self,
        session: SessionId,
        wish: Wish,
    ) -> Result<ToolReply, Refusal> {
        let pull_request = self.publish(session, wish, Voice::Agent)?;
        Ok(ToolReply::PullRequest { pull_request })
    }

    fn publish(&mut self, session: SessionId, wish: Wish, voice: Voice) -> Result<PullRequestId, Refusal> {
        let workspace = self.publishable(session, voice)?.clone();
        let title = wish.title.map(|title| one_line(&title)).transpose()?;
        let body = wish.body.map(checked_body).transpose()?;
        let force = wish.force.map(|reason| one_line(&reason)).transpose()?;
        let existing = self.offer_of(&workspace, voice)?.cloned();
        let branch = workspace.branch.clone().ok_or_else(|| {
            Refusal::refused(format!("{} is on no branch, so there is nothing to publish", workspace.id))
        })?;
        let repository = workspace.repository.clone().unwrap_or_default();
        let mut offer = match existing {
            Some(existing) => existing,
            None => {
                let base = match wish.base.clone().or_else(|| base_branch(&workspace)) {
                    Some(base) if base != branch => base,
                    _ => {
                        return Err(Refusal::usage("it is not known which branch this shall go into")
                            .hint("name it: --base main"));
                    }
                };
                let forge = wish.forge.unwrap_or_else(|| self.forge_of(&workspace));
                let owner = self.known_session(session)?;
                let said = owner.report.as_ref().map(|report| report.summary.clone()).unwrap_or_default();
                PullRequest {
                    id: self.next_pull_request(),
                    objective: workspace.objective,
                    session,
                    workspace: Some(workspace.id),
                    repository,
                    forge,
                    number: None,
                    url: None,
                    branch,
                    base,
                    title: self.world.sessions[&session].title.clone(),
                    body: said,
                    head: None,
                    state: State::Draft,
                    state_since: self.now,
                    step: None,
                    problem: None,
                    checks: Checks::default(),
                    review: Review::None,
                    mergeable: Mergeable::Unknown,
                    aside: None,
                    seen_at: None,
                    created_at: self.now,
                }
            }
        };
        offer.title = title.unwrap_or(offer.title);
        offer.body = body.unwrap_or(offer.body);
        offer.workspace = Some(workspace.id);
        offer.problem = None;
        let (id, name) = (offer.id, offer.branch.clone());
        let with = force.as_ref().map(|reason| format!(", overwriting what is there: {reason}")).unwrap_or_default();
        let who = if voice == Voice::Agent { " by its agent" } else { "" };
        offer.step = Some(Step::Publish { force });
        self.put_pull_request(offer);
        self.log_session(event::Kind::PullRequest, session, format!("{id} is being published{who} from {name}{with}"));
        Ok(id)
    }

    /// Where a repository's pull requests are, where nobody has looked at its remotes.
    fn forge_of(&self, workspace: &crate::domain::Workspace) -> Forge {
        match self.repository_of(workspace).map(|found| found.forge) {
            Some(repository::Forge::Github) => Forge::Github,
            Some(repository::Forge::Local | repository::Forge::Auto) | None => Forge::Local,
        }
    }

    pub(in crate::engine::core) fn describe_pull_request(
        &mut self,
        id: PullRequestId,
        title: Option<String>,
        body: Option<String>,
    ) -> CommandResult {
        let mut offer = self.movable(id)?.clone();
        let title = title.map(|title| one_line(&title)).transpose()?;
        let body = body.map(checked_body).transpose()?;
        if title.is_none() && body.is_none() {
            return Err(Refusal::usage("neither a title nor a body was given"));
        }
        offer.title = title.unwrap_or(offer.title);
        offer.body = body.unwrap_or(offer.body);
        if offer.forge == Forge::Github && offer.number.is_some() {
            offer.step = Some(Step::Describe);
            offer.problem = None;
        }
        self.put_pull_request(offer);
        self.log_pull_request(id, format!("{id} is described anew"));
        Ok(Reply::PullRequest { pull_request: id })
    }

    /// A comment of the person's; of an agent's, `by`. About a local one the person's is work for whoever wrote it.
    pub(in crate::engine::core) fn comment_pull_request(
        &mut self,
        id: PullRequestId,
        text: &str,
        by: Option<SessionId>,
    ) -> CommandResult {
        let mut offer = self.movable(id)?.clone();
        let text = text.trim();
        if text.is_empty() {
            return Err(Refusal::usage("the comment is empty"));
        }
        if text.len() > remark::TEXT_BYTES {
            let words = format!("the comment has {} bytes; at most {} are possible", text.len(), remark::TEXT_BYTES);
            return Err(Refusal::usage(words));
        }
        match offer.forge {
            Forge::Github if offer.number.is_none() => {
                return Err(Refusal::refused(format!("{id} is not published yet")));
            }
            Forge::Github => {
                offer.step = Some(Step::Comment { text: text.to_owned() });
                offer.problem = None;
                self.put_pull_request(offer);
            }
            Forge::Local => {
                let remark = self.next_remark();
                let (author, state) = match by {
                    None => ("you".to_owned(), remark::State::Pending),
                    Some(session) => {
                        (session.to_string(), remark::State::Settled { why: "its author's own word".into() })
                    }
                };
                self.put(Change::Remark(Remark {
                    id: remark,
                    pull_request: id,
                    key: format!("local {remark}"),
                    kind: remark::Kind::Comment,
                    author,
                    text: text.to_owned(),
                    place: None,
                    url: None,
                    state,
                    created_at: self.now,
                }));
                self.heard_of(id);
            }
        }
        self.log_pull_request(id, format!("{id} was commented"));
        Ok(Reply::PullRequest { pull_request: id })
    }

    pub(in crate::engine::core) fn merge_pull_request(
        &mut self,
        id: PullRequestId,
        method: Method,
        move_checkout: bool,
        regardless: bool,
    ) -> CommandResult {
        let mut offer = self.mergeable(id, regardless)?.clone();
        offer.step = Some(Step::Merge { method, move_checkout });
        offer.problem = None;
        let text = format!("{id} is being merged into {} ({})", offer.base, method.label());
        self.put_pull_request(offer);
        self.log_pull_request(id, text);
        Ok(Reply::PullRequest { pull_request: id })
    }

    pub(in crate::engine::core) fn close_pull_request(&mut self, id: PullRequestId) -> CommandResult {
        let mut offer = self.movable(id)?.clone();
        if offer.state == State::Closed {
            return Ok(Reply::PullRequest { pull_request: id });
        }
        if offer.forge == Forge::Github && offer.number.is_some() {
            offer.step = Some(Step::Close);
            offer.problem = None;
            self.put_pull_request(offer);
        } else {
            self.put_pull_request(offer);
            self.closed_by_person(id);
        }
        Ok(Reply::PullRequest { pull_request: id })
    }

    pub(in crate::engine::core) fn settle_remark(&mut self, id: RemarkId, why: Option<String>) -> CommandResult {
        let Some(found) = self.world.remarks.get(&id).cloned() else {
            return Err(Refusal::not_found(format!("there is no remark {id}")));
        };
        let why = why.map(|why| one_line(&why)).transpose()?.unwrap_or_else(|| "you said so".into());
        let pull_request = found.pull_request;
        if !found.state.is_settled() {
            self.log_pull_request(pull_request, format!("{id} about {pull_request} is settled: {why}"));
            self.put(Change::Remark(Remark { state: remark::State::Settled { why }, ..found }));
        }
        Ok(Reply::Done)
    }

    pub(in crate::engine::core) fn set_objective(
        &mut self,
        id: ObjectiveId,
        agents_publish: Option<bool>,
    ) -> CommandResult {
        let mut changed = self.known_objective(id)?.clone();
        if let Some(may) = agents_publish.filter(|may| *may != changed.agents_publish) {
            changed.agents_publish = may;
            self.put(Change::Objective(changed));
            let words = if may { "may publish by themselves" } else { "leave publishing to you" };
            self.log(event::Kind::Objective, Some(id), None, format!("the agents of {id} {words}"));
        }
        Ok(Reply::Done)
    }

    /// The open pull request of a session's work.
    pub(in crate::engine::core) fn own_pull_request(&self, session: SessionId) -> Result<PullRequestId, Refusal> {
        let own = |found: &&PullRequest| {
            let follows = self.world.sessions.get(&session).and_then(|session| session.follow_up.as_ref());
            found.session == session || follows.is_some_and(|follow_up| follow_up.pull_request == found.id)
        };
        let found = self.world.pull_requests.values().rfind(own);
        found
            .map(|found| found.id)
            .ok_or_else(|| Refusal::not_found(format!("{session} has no pull request")).hint("publish_pr opens one"))
    }

    pub(in crate::engine::core) fn log_pull_request(&mut self, id: PullRequestId, text: impl Into<String>) {
        let Some((objective, session)) =
            self.world.pull_requests.get(&id).map(|found| (found.objective, found.session))
        else {
            return;
        };
        self.log(event::Kind::PullRequest, Some(objective), Some(session), text);
    }
}

/// The branch that a workspace's work started from, without its remote's name.
fn base_branch(workspace: &crate::domain::Workspace) -> Option<String> {
    let reference = workspace.base.as_ref()?.reference.as_str();
    let is_commit = reference.len() >= 40 && reference.bytes().all(|byte| byte.is_ascii_hexdigit());
    let name = reference.strip_prefix("refs/heads/").unwrap_or(reference);
    // A base that was fetched is named with its remote: `origin/main`. Branches of the person's may hold a slash too.
    let name = ["origin/", "upstream/"].iter().find_map(|remote| name.strip_prefix(remote)).unwrap_or(name);
    (!is_commit && !name.is_empty() && name != "HEAD").then(|| name.to_owned())
}

fn one_line(text: &str) -> Result<String, Refusal> {
    let line: String = text.lines().next().unwrap_or_default().chars().filter(|c| !c.is_control()).collect();
    let line = line.trim();
    if line.is_empty() {
        return Err(Refusal::usage("the text is empty"));
    }
    Ok(objective::cut(line, TITLE_CHARACTERS))
}

fn checked_body(body: String) -> Result<String, Refusal> {
    if body.len() > BODY_BYTES {
        return Err(Refusal::usage(format!("the body has {} bytes; at most {BODY_BYTES} are possible", body.len())));
    }
    Ok(body.replace("\r\n", "\n"))
}
