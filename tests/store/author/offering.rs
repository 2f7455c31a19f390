//! Pull requests, and what verifies and judges their work.

use quarterdeck::domain::{
    Checkpoint, CheckpointId, Judgement, PullRequest, PullRequestId, Remark, RemarkId, SessionId, Verification,
    VerificationId, WorkspaceId, judgement,
    pull_request::{self, Checks, Forge, Mergeable, Method, Review, Step},
    remark, verification, workspace,
};

use super::{Author, existing, one_of, pick};

impl Author {
    pub(super) fn pull_request(&mut self, [which, variant, more, and, last]: [u8; 5]) -> PullRequest {
        let id = pick(&self.pull_requests, which, PullRequestId::FIRST, PullRequestId::next);
        let old = self.pull_requests.get(&id);
        let session = old.map_or_else(|| existing(&self.sessions, more), |old| old.session);
        let forge = one_of([Forge::Local, Forge::Github], last);
        let numbered = forge == Forge::Github && and > 99;
        let pull_request = PullRequest {
            id,
            objective: self.sessions[&session].objective,
            session,
            workspace: self.workspaces.keys().next().copied().filter(|_| and % 3 == 0),
            repository: self.text().into(),
            forge,
            number: numbered.then(|| u64::from(and)),
            url: numbered.then(|| self.text()),
            branch: self.text(),
            base: self.text(),
            title: self.text(),
            body: self.text(),
            head: self.maybe_text(more),
            state: match variant % 4 {
                0 => pull_request::State::Draft,
                1 => pull_request::State::Open,
                2 => pull_request::State::Closed,
                _ => pull_request::State::Merged { commit: self.maybe_text(and) },
            },
            state_since: self.time(),
            step: match variant % 6 {
                0 => Some(Step::Publish { force: self.maybe_text(last) }),
                1 => Some(Step::Describe),
                2 => Some(Step::Comment { text: self.text() }),
                3 => Some(Step::Merge { method: one_of(Method::ALL, last), move_checkout: more > 99 }),
                4 => Some(Step::Close),
                _ => None,
            },
            problem: self.maybe_text(last),
            checks: Checks {
                passed: u32::from(more),
                pending: u32::from(and),
                failed: (0..last % 3).map(|_| self.text()).collect(),
            },
            review: one_of([Review::None, Review::Approved, Review::ChangesRequested], more),
            mergeable: match more % 3 {
                0 => Mergeable::Unknown,
                1 => Mergeable::Clean,
                _ => Mergeable::Conflicts { files: vec![self.text()] },
            },
            aside: (more > 99).then(|| pull_request::Aside { branch: self.text(), commit: self.text() }),
            seen_at: (last > 99).then(|| self.time()),
            created_at: self.time(),
        };
        self.pull_requests.insert(id, pull_request.clone());
        pull_request
    }

    pub(super) fn remark(&mut self, [which, variant, more, and, last]: [u8; 5]) -> Option<Remark> {
        let id = pick(&self.remarks, which, RemarkId::FIRST, RemarkId::next);
        let about = self.pull_requests.keys().cycle().nth(usize::from(more)).copied();
        let remark = Remark {
            id,
            pull_request: self.remarks.get(&id).map(|old| old.pull_request).or(about)?,
            key: format!("key {id}"),
            kind: one_of(
                [
                    remark::Kind::Comment,
                    remark::Kind::LineComment,
                    remark::Kind::Approval,
                    remark::Kind::ChangesRequested,
                    remark::Kind::CheckFailed,
                    remark::Kind::Conflict,
                ],
                and,
            ),
            author: self.text(),
            text: self.text(),
            place: self.maybe_text(last),
            url: self.maybe_text(and),
            state: match variant % 3 {
                0 => remark::State::Pending,
                1 => remark::State::Given { session: existing(&self.sessions, last) },
                _ => remark::State::Settled { why: self.text() },
            },
            created_at: self.time(),
        };
        self.remarks.insert(id, remark.clone());
        Some(remark)
    }

    pub(super) fn verification(&mut self, [which, variant, more, and, last]: [u8; 5]) -> Option<Verification> {
        let workspace = self.workspace_there(more)?;
        let id = pick(&self.verifications, which, VerificationId::FIRST, VerificationId::next);
        let old = self.verifications.get(&id);
        let session = old.map_or_else(|| existing(&self.sessions, more), |old| old.session);
        let checkpoint = self.checkpoints.keys().next().copied();
        let state = match (variant % 4, checkpoint) {
            (0, _) => verification::State::Running,
            (1, Some(checkpoint)) => verification::State::Passed { checkpoint },
            (2, _) => verification::State::Failed { how: self.text() },
            _ => verification::State::Broken { why: self.text() },
        };
        let verification = Verification {
            id,
            objective: self.sessions[&session].objective,
            session,
            workspace,
            cause: one_of([verification::Cause::Done, verification::Cause::Person], and),
            round: u32::from(last),
            ended_at: state.is_ended().then(|| self.time()),
            state,
            commit: self.maybe_text(last),
            head: self.maybe_text(more),
            artifact: self.artifacts.keys().next().copied().filter(|_| last > 99),
            created_at: self.time(),
        };
        self.verifications.insert(id, verification.clone());
        Some(verification)
    }

    pub(super) fn checkpoint(&mut self, [which, _, more, _, _]: [u8; 5]) -> Option<Checkpoint> {
        let workspace = self.workspace_there(which)?;
        let id = self.checkpoints.keys().next_back().map_or(CheckpointId::FIRST, |last| last.next());
        let session = existing(&self.sessions, more);
        let checkpoint = Checkpoint {
            id,
            objective: self.sessions[&session].objective,
            session,
            workspace,
            commit: self.text(),
            reason: self.text(),
            created_at: self.time(),
        };
        self.checkpoints.insert(id, checkpoint.clone());
        Some(checkpoint)
    }

    pub(super) fn judgement(&mut self, [which, variant, more, _, _]: [u8; 5]) -> Option<Judgement> {
        let workspace = self.workspace_there(more)?;
        let reviewer: SessionId = existing(&self.sessions, which);
        let at = self.time();
        Some(Judgement {
            reviewer,
            objective: self.sessions[&reviewer].objective,
            author: existing(&self.sessions, more),
            workspace,
            fingerprint: self.text(),
            verdict: match variant % 5 {
                0 => judgement::Verdict::Awaited,
                1 => judgement::Verdict::Approved { summary: self.text(), at },
                2 => judgement::Verdict::ChangesRequested { summary: self.text(), at },
                3 => judgement::Verdict::Overruled { reason: self.text(), at },
                _ => judgement::Verdict::Missing { why: self.text(), at },
            },
            created_at: at,
        })
    }

    /// What was changed in a workspace, and where it meets another.
    pub(super) fn changes(
        &mut self,
        [more, and, last]: [u8; 3],
    ) -> (Option<workspace::Changed>, Vec<workspace::Overlap>) {
        let changed = (more > 99).then(|| workspace::Changed {
            files: u32::from(more),
            added: u32::from(and),
            removed: u32::from(last),
            uncommitted: 1,
            commits: 2,
            note: self.maybe_text(and),
            at: self.time(),
        });
        let with = self.workspace_there(last).filter(|_| and > 99);
        let overlap = with.map(|with| workspace::Overlap {
            with,
            files: vec![self.text(), self.text()],
            total: 2,
            conflicts: (0..last % 2).map(|_| self.text()).collect(),
        });
        (changed, overlap.into_iter().collect())
    }

    fn workspace_there(&self, which: u8) -> Option<WorkspaceId> {
        let there = |workspace: &&workspace::Workspace| {
            !matches!(workspace.state, workspace::State::Removed { .. } | workspace::State::Left { .. })
        };
        let there: Vec<_> = self.workspaces.values().filter(there).map(|workspace| workspace.id).collect();
        there.get(usize::from(which) % there.len().max(1)).copied()
    }
}
