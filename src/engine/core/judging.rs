//! The review gate: a session of another agent gets the change and says whether it is good. What it says holds for exactly
//! that change, by its fingerprint; the person can overrule it.

use super::{CommandResult, Core, Effect, command::NewSession};
use crate::domain::{
    AttemptId, Change, Judgement, Placement, ProfileName, Refusal, Reply, Session, SessionId, Workspace, artifact,
    event,
    judgement::Verdict,
    message,
    question::{self, Action},
    session,
    tool::ToolReply,
    workspace,
};

/// How often a reviewer's wishes go back to the author by themselves before the person is asked.
const ROUNDS: usize = 3;

/// Where a session's change stands with its reviewer.
pub(super) enum Gate {
    /// It may pass, or nobody has to judge it.
    Open,
    /// It is being judged, or about to be.
    Waits,
}

impl Core {
    /// Whether a reviewer lets the change of a session pass whose turn ended at `since`.
    pub(super) fn review_gate(&mut self, id: SessionId, since: crate::domain::Timestamp) -> Gate {
        let Some(session) = self.world.sessions.get(&id) else { return Gate::Open };
        let Some(workspace) = self.workspace_there(session) else { return Gate::Open };
        let asks = self.repository_of(workspace).is_some_and(|repository| repository.review.is_some());
        if !asks || session.role == session::Role::Reviewer {
            return Gate::Open;
        }
        match self.judgement_of(id) {
            Some(found) if found.verdict == Verdict::Awaited => Gate::Waits,
            Some(found) if found.verdict.lets_pass() && self.examined.get(&id) == Some(&found.fingerprint) => {
                Gate::Open
            }
            Some(_) | None => {
                if self.examining.get(&id) != Some(&since) {
                    self.examining.insert(id, since);
                    self.step.effects.push(Effect::Examine { session: id });
                }
                Gate::Waits
            }
        }
    }

    /// What was last said of a session's change.
    fn judgement_of(&self, author: SessionId) -> Option<&Judgement> {
        self.world.judgements.values().rfind(|found| found.author == author)
    }

    /// A session's change is kept: has it been judged, or who shall judge it?
    pub(super) fn examined(&mut self, id: SessionId, change: Result<(String, String), String>) {
        let Some(session) = self.world.sessions.get(&id).cloned().filter(|session| !session.state.is_final()) else {
            return;
        };
        let (commit, fingerprint) = match change {
            Ok(change) => change,
            Err(why) => {
                return self.ask_about_review(id, format!("Its change could not be given to a reviewer: {why}"));
            }
        };
        self.examined.insert(id, fingerprint.clone());
        let judged =
            self.judgement_of(id).filter(|found| found.fingerprint == fingerprint).map(|found| found.verdict.clone());
        match judged {
            Some(verdict) if verdict.lets_pass() => self.think_again(id),
            Some(Verdict::Awaited) => {}
            _ => self.start_review(&session, commit, fingerprint),
        }
    }

    fn start_review(&mut self, author: &Session, commit: String, fingerprint: String) {
        let Some(workspace) = self.workspace_there(author).cloned() else { return };
        let Some(agent) =
            self.repository_of(&workspace).and_then(|found| found.review.as_ref()).map(|found| found.agent.clone())
        else {
            return self.think_again(author.id);
        };
        if self.family(&agent) == self.family(&author.profile) {
            let text = format!("Its change can't be reviewed: {agent} is of the same provider as {}.", author.profile);
            return self.ask_about_review(author.id, text);
        }
        let new = NewSession {
            prompt: words(author, &workspace, &commit),
            title: Some(format!("Review {}: {}", author.id, author.title)),
            profile: agent.clone(),
            target: author.target.clone(),
            placement: Placement::Pinned,
            role: session::Role::Reviewer,
            repository: author.repository.clone(),
            workspace: workspace::Kind::Isolated,
            depends_on: Vec::new(),
            parent: Some(author.id),
        };
        let reviewer = self.add_session(author.objective, new);
        self.edit_session(reviewer, |session| session.base = Some(commit.clone()));
        self.put(Change::Judgement(Judgement {
            reviewer,
            objective: author.objective,
            author: author.id,
            workspace: workspace.id,
            fingerprint,
            verdict: Verdict::Awaited,
            created_at: self.now,
        }));
        self.log_session(
            event::Kind::Session,
            author.id,
            format!("{reviewer} ({agent}) reviews what {} did", author.id),
        );
    }

    fn family(&self, profile: &ProfileName) -> String {
        let family = self.rules_of(profile).family;
        if family.is_empty() { profile.to_string() } else { family }
    }

    /// A reviewer says what it found.
    pub(super) fn submit_review(
        &mut self,
        reviewer: SessionId,
        attempt: AttemptId,
        approve: bool,
        summary: &str,
    ) -> Result<ToolReply, Refusal> {
        let Some(judgement) = self.world.judgements.get(&reviewer).cloned() else {
            return Err(Refusal::refused(format!("{reviewer} was not asked to review anything")));
        };
        if judgement.verdict != Verdict::Awaited {
            return Err(Refusal::refused(format!("this review is {} already", judgement.verdict.label())));
        }
        let line = message::excerpt_of(summary);
        if line.is_empty() {
            return Err(Refusal::usage("the summary is empty"));
        }
        let kept = self.keep(reviewer, artifact::Kind::Review, &line, summary.to_owned())?;
        let at = self.now;
        let verdict = match approve {
            true => Verdict::Approved { summary: line.clone(), at },
            false => Verdict::ChangesRequested { summary: line.clone(), at },
        };
        let report = session::Report { outcome: session::Outcome::Done, summary: line, attempt, at };
        self.edit_session(reviewer, |session| session.report = Some(report));
        self.judge(judgement, verdict);
        if !approve {
            self.heed_review(reviewer, summary);
        }
        Ok(kept)
    }

    fn judge(&mut self, judgement: Judgement, verdict: Verdict) {
        let author = judgement.author;
        let text = format!("what {author} did is {}, says {}", verdict.label(), judgement.reviewer);
        self.put(Change::Judgement(Judgement { verdict, ..judgement }));
        self.log_session(event::Kind::Session, author, text);
        self.think_again(author);
    }

    /// The author gets what the reviewer wants changed, unless that has gone on for too long.
    fn heed_review(&mut self, reviewer: SessionId, summary: &str) {
        let Some(author) = self.world.judgements.get(&reviewer).map(|found| found.author) else { return };
        let wished =
            |found: &&Judgement| found.author == author && matches!(found.verdict, Verdict::ChangesRequested { .. });
        let rounds = self.world.judgements.values().filter(wished).count();
        let runs = self.world.sessions.get(&author).is_some_and(|session| session.state.attempt().is_some());
        if rounds >= ROUNDS || !runs {
            let text = format!("{reviewer} wants changes: {}", message::excerpt_of(summary));
            return self.ask_about_review(author, text);
        }
        self.send_back(author, "its reviewer wants changes", summary);
    }

    fn ask_about_review(&mut self, author: SessionId, text: String) {
        if self.world.questions_of(author).any(|found| found.kind == question::Kind::Verify) {
            return;
        }
        let choices = [
            ("Send it back to the agent", Action::SendBack),
            ("Let it pass", Action::Overrule),
            ("It has failed", Action::MarkFailed),
        ];
        let asked = self.ask(author, question::Kind::Verify, text, &choices);
        self.take_free_text(asked);
    }

    /// A reviewer's session is over: if it has said nothing, nobody will.
    pub(super) fn reviewer_ended(&mut self, reviewer: SessionId) {
        let Some(judgement) = self.world.judgements.get(&reviewer).cloned() else { return };
        if judgement.verdict != Verdict::Awaited {
            return;
        }
        let why = format!("{reviewer} has ended without a word");
        let author = judgement.author;
        self.judge(judgement, Verdict::Missing { why: why.clone(), at: self.now });
        if self.world.sessions.get(&author).is_some_and(|session| !session.state.is_final()) {
            self.ask_about_review(author, format!("Its change was not reviewed: {why}."));
        }
    }

    /// The person lets the change pass.
    pub(super) fn overrule(&mut self, author: SessionId, reason: &str) -> CommandResult {
        self.known_session(author)?;
        let reason = message::excerpt_of(reason);
        if reason.is_empty() {
            return Err(Refusal::usage("the reason is empty").hint("it is kept with the change"));
        }
        let Some(judgement) = self.judgement_of(author).cloned() else {
            return Err(Refusal::refused(format!("nobody reviews what {author} did")));
        };
        let reviewer = judgement.reviewer;
        self.judge(judgement, Verdict::Overruled { reason, at: self.now });
        if self.world.sessions.get(&reviewer).is_some_and(|session| !session.state.is_final()) {
            self.cancel_session(reviewer)?;
        }
        Ok(Reply::Done)
    }
}

/// What a reviewer is asked to do.
fn words(author: &Session, workspace: &Workspace, commit: &str) -> String {
    let base = workspace.base.as_ref().map_or("its base".to_owned(), |base| base.commit.clone());
    format!(
        "Review a change that another agent made. Its task was: \u{201c}{}\u{201d}. This checkout stands on the change, commit \
         {commit}; `git diff {base} {commit}` shows all of it. Judge whether it does what was asked, whether it is correct, \
         and whether anything is missing, unsafe or needless; run what helps you to know. Change nothing here. When you are \
         done, call the tool submit_review once: approve it, or say precisely what must be changed, file by file. If you \
         can't call tools, say your verdict as the last thing, and the person will take it from there.",
        author.title
    )
}
