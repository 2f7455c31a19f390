//! What forges say of pull requests: where they stand, and what was said about them.

use std::{collections::BTreeSet, time::Duration};

use crate::{
    domain::{
        Change, PullRequest, PullRequestId, Remark, SessionId, WorkspaceId,
        pull_request::{self, Checks, Forge, Mergeable, Review, State},
        remark,
    },
    engine::core::{Core, ForgeSeen, OfferSeen},
};

/// That a forge was asked and said nothing new is written this often.
const SEEN_AGAIN: Duration = Duration::from_secs(60);

impl Core {
    pub(in crate::engine::core) fn forge_seen(&mut self, seen: Vec<ForgeSeen>) {
        for seen in seen {
            match seen {
                ForgeSeen::Seen(seen) => self.offer_seen(*seen),
                ForgeSeen::Unknown { pull_request, why } => self.offer_unknown(pull_request, why),
                ForgeSeen::Found { session, number, url, title, body, base, head } => {
                    self.adopt(session, (number, url), (title, body), base, head);
                }
            }
        }
    }

    fn offer_seen(&mut self, seen: OfferSeen) {
        let id = seen.pull_request;
        let Some(mut offer) = self.world.pull_requests.get(&id).cloned() else { return };
        // What was asked for before a step may not know of it.
        if offer.step.is_some() || offer.seen_at.is_some_and(|at| at > seen.at) {
            return;
        }
        let before = offer.clone();
        let moved = offer.head.as_deref() != Some(seen.head.as_str());
        offer.head = Some(seen.head);
        // Nobody but us checks and reviews a local one.
        if offer.forge == Forge::Github {
            offer.checks = seen.checks;
            offer.review = seen.review;
        }
        offer.mergeable = seen.mergeable;
        // How to take a merge that waits stays said.
        offer.problem = offer.problem.filter(|_| offer.aside.is_some());
        let news = offer != before;
        if news || before.seen_at.is_none_or(|at| seen.at.since(at) >= SEEN_AGAIN) {
            offer.seen_at = Some(seen.at);
            self.put_pull_request(offer);
        }
        if moved && before.head.is_some() {
            self.log_pull_request(id, format!("{id} has another head"));
            self.head_moved(id);
        }
        self.say_what_changed(&before);
        self.stands(id, seen.state);
        let known: BTreeSet<String> = self.world.remarks_of(id).map(|remark| remark.key.clone()).collect();
        let new: Vec<_> = seen.remarks.into_iter().filter(|remark| !known.contains(&remark.key)).collect();
        let open = self.world.pull_requests.get(&id).is_some_and(|offer| offer.state.is_open());
        for said in new {
            let place = said.place.as_ref().map(|place| format!(" on {place}")).unwrap_or_default();
            let state = match (open, said.kind.asks_for_work()) {
                (true, true) => remark::State::Pending,
                (true, false) => remark::State::Settled { why: "it asks for nothing".into() },
                (false, _) => remark::State::Settled { why: "its pull request is not open".into() },
            };
            let remark = Remark {
                id: self.next_remark(),
                pull_request: id,
                key: said.key,
                kind: said.kind,
                author: said.author,
                text: said.text,
                place: said.place,
                url: said.url,
                state,
                created_at: said.at,
            };
            let text = format!("{}: {}{}{place}", before.name(), remark.kind.label(), remark.by());
            self.put(Change::Remark(remark));
            self.log_pull_request(id, text);
            self.heard_of(id);
        }
        self.settle_what_is_mended(id);
    }

    /// What has become of the checks, the reviews and the base, in the log.
    fn say_what_changed(&mut self, before: &PullRequest) {
        let Some(now) = self.world.pull_requests.get(&before.id).cloned() else { return };
        let name = now.name();
        if now.checks != before.checks && now.checks.pending == 0 && !now.checks.is_empty() {
            let text = match now.checks.failed.as_slice() {
                [] => format!("{name}: all checks have passed"),
                failed => format!("{name}: checks are red: {}", failed.join(", ")),
            };
            self.log_pull_request(now.id, text);
        }
        if now.review != before.review && now.review != Review::None {
            self.log_pull_request(now.id, format!("{name}: {}", now.review.label()));
        }
        let conflicts = |offer: &PullRequest| matches!(offer.mergeable, Mergeable::Conflicts { .. });
        match (conflicts(before), conflicts(&now)) {
            (false, true) => self.log_pull_request(now.id, format!("{name} conflicts with {}", now.base)),
            (true, false) => self.log_pull_request(now.id, format!("{name} no longer conflicts with {}", now.base)),
            (true, true) | (false, false) => {}
        }
    }

    /// It offers another commit: what was said about its last one is of the past.
    pub(super) fn head_moved(&mut self, id: PullRequestId) {
        let of_head = |remark: &Remark| remark.kind == remark::Kind::CheckFailed;
        self.settle_remarks(id, of_head, "its head has moved");
    }

    /// A conflict that is gone, and checks that are green by now, need no work.
    fn settle_what_is_mended(&mut self, id: PullRequestId) {
        let Some(offer) = self.world.pull_requests.get(&id).cloned() else { return };
        if offer.mergeable == Mergeable::Clean {
            self.settle_remarks(id, |remark| remark.kind == remark::Kind::Conflict, "it no longer conflicts");
        }
        if offer.checks.failed.is_empty() && offer.checks.pending == 0 && offer.checks.passed > 0 {
            self.settle_remarks(id, |remark| remark.kind == remark::Kind::CheckFailed, "its checks are green");
        }
    }

    fn offer_unknown(&mut self, id: PullRequestId, why: String) {
        let Some(mut offer) = self.world.pull_requests.get(&id).cloned() else { return };
        if offer.step.is_some() || offer.problem.as_ref() == Some(&why) {
            return;
        }
        self.log_pull_request(id, format!("{} could not be looked at: {why}", offer.name()));
        offer.problem = Some(why);
        self.put_pull_request(offer);
    }

    /// An agent has opened one by itself: it is taken as its session's.
    fn adopt(
        &mut self,
        session: SessionId,
        (number, url): (u64, String),
        (title, body): (String, String),
        base: String,
        head: String,
    ) {
        let Some(found) = self.world.sessions.get(&session).cloned() else { return };
        let workspace = found.workspace.and_then(|id: WorkspaceId| self.world.workspaces.get(&id)).cloned();
        let Some(workspace) = workspace else { return };
        let (Some(repository), Some(branch)) = (workspace.repository, workspace.branch) else { return };
        let known = |offer: &PullRequest| {
            offer.repository == repository && (offer.number == Some(number) || offer.branch == branch)
        };
        let draft =
            |offer: &PullRequest| offer.branch == branch && offer.number.is_none() && offer.state == State::Draft;
        if self.world.pull_requests.values().any(|offer| known(offer) && !draft(offer)) {
            return;
        }
        let id = self.next_pull_request();
        self.put_pull_request(PullRequest {
            id,
            objective: found.objective,
            session,
            workspace: Some(workspace.id),
            repository,
            forge: Forge::Github,
            number: Some(number),
            url: Some(url.clone()),
            branch,
            base,
            title,
            body,
            head: Some(head),
            state: State::Open,
            state_since: self.now,
            step: None,
            problem: None,
            checks: Checks::default(),
            review: pull_request::Review::None,
            mergeable: Mergeable::Unknown,
            aside: None,
            seen_at: Some(self.now),
            created_at: self.now,
        });
        self.log_pull_request(
            id,
            format!("{session} has opened #{number} by itself: {id} follows it from now on ({url})"),
        );
    }
}
