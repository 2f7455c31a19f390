//! How GitHub shows a pull request, and what that means to us.

use jiff::Timestamp as Moment;
use serde::Deserialize;

use super::{check::Context, question::List};
use crate::{
    domain::{
        Timestamp,
        pull_request::{Mergeable, Review, State},
        remark::Kind,
    },
    forge::seen::{Found, Outcome, Said, Seen},
};

/// Stands in every comment that we write, where nobody sees it.
pub(super) const MARK: &str = "<!-- quarterdeck -->";

/// Everything about a pull request.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Full {
    pub(super) number: u64,
    url: String,
    title: String,
    body: String,
    is_draft: bool,
    #[serde(flatten)]
    life: Life,
    head_ref_name: String,
    head_ref_oid: String,
    base_ref_name: String,
    head_repository_owner: Option<Account>,
    author: Option<Account>,
    mergeable: String,
    pub(super) reviews: Page<Judged>,
    pub(super) review_threads: Page<Thread>,
    pub(super) comments: Page<Comment>,
    commits: Page<Offered>,
    #[serde(skip)]
    pub(super) cut_off: bool,
}

/// What is asked about a pull request that offers a branch.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Brief {
    number: u64,
    head_ref_name: String,
    head_ref_oid: String,
    base_ref_name: String,
    #[serde(flatten)]
    life: Life,
    head_repository_owner: Option<Account>,
}

/// One page of a list, or several in a row.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", bound = "T: Deserialize<'de>")]
pub(super) struct Page<T> {
    /// GitHub writes null for what this account may not see.
    #[serde(deserialize_with = "present")]
    pub(super) nodes: Vec<T>,
    page_info: Option<PageInfo>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PageInfo {
    has_previous_page: bool,
    start_cursor: Option<String>,
    has_next_page: bool,
    end_cursor: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Life {
    state: String,
    merge_commit: Option<Commit>,
}

#[derive(Debug, Deserialize)]
struct Commit {
    oid: String,
}

#[derive(Debug, Deserialize)]
struct Account {
    login: String,
}

/// A review.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Judged {
    id: String,
    author: Option<Account>,
    state: String,
    body: String,
    url: String,
    submitted_at: Option<Moment>,
}

/// Comments on a line.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Thread {
    is_resolved: bool,
    path: String,
    line: Option<u64>,
    original_line: Option<u64>,
    comments: Page<Comment>,
}

/// A comment, on the whole or in a thread.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Comment {
    id: String,
    author: Option<Account>,
    body: String,
    url: String,
    created_at: Moment,
    is_minimized: bool,
}

#[derive(Debug, Deserialize)]
struct Offered {
    commit: OfferedCommit,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct OfferedCommit {
    status_check_rollup: Option<Rollup>,
}

#[derive(Debug, Deserialize)]
struct Rollup {
    contexts: Page<Context>,
}

impl<T> Page<T> {
    /// Puts an older page before this one.
    pub(super) fn before(&mut self, mut older: Page<T>) {
        older.nodes.append(&mut self.nodes);
        *self = older;
    }

    /// Puts a later page after this one.
    pub(super) fn after(&mut self, later: Page<T>) {
        self.nodes.extend(later.nodes);
        self.page_info = later.page_info;
    }

    fn more(&self, list: List) -> Option<(List, String)> {
        let page = self.page_info.as_ref()?;
        let before = page.start_cursor.clone().filter(|_| page.has_previous_page);
        let after = page.end_cursor.clone().filter(|_| page.has_next_page);
        before.or(after).map(|cursor| (list, cursor))
    }
}

impl Full {
    /// The lists that have more pages, each with the cursor to go on from.
    pub(super) fn more(&self) -> impl Iterator<Item = (u64, List, String)> {
        let contexts = self.contexts().and_then(|contexts| contexts.more(List::Contexts));
        let lists = [
            self.reviews.more(List::Reviews),
            self.review_threads.more(List::Threads),
            self.comments.more(List::Comments),
            contexts,
        ];
        let number = self.number;
        lists.into_iter().flatten().map(move |(list, cursor)| (number, list, cursor))
    }

    fn contexts(&self) -> Option<&Page<Context>> {
        self.commits.nodes.first()?.commit.status_check_rollup.as_ref().map(|rollup| &rollup.contexts)
    }

    pub(super) fn contexts_mut(&mut self) -> Option<&mut Page<Context>> {
        self.commits.nodes.first_mut()?.commit.status_check_rollup.as_mut().map(|rollup| &mut rollup.contexts)
    }

    pub(super) fn seen(self) -> Seen {
        let checks = self.contexts().map(|contexts| Context::checks(&contexts.nodes)).unwrap_or_default();
        let state = self.life.state();
        let mergeable = match self.mergeable.as_str() {
            "MERGEABLE" => Mergeable::Clean,
            "CONFLICTING" => Mergeable::Conflicts { files: Vec::new() },
            _ => Mergeable::Unknown,
        };
        let review = decision(&self.reviews.nodes);
        let mut remarks: Vec<Said> = self.reviews.nodes.into_iter().filter_map(Judged::said).collect();
        remarks.extend(self.review_threads.nodes.into_iter().flat_map(Thread::said));
        remarks.extend(self.comments.nodes.into_iter().filter_map(|comment| comment.said(Kind::Comment)));
        remarks.retain(|said| !said.text.contains(MARK));
        remarks.sort_by_key(|said| said.at);
        let happened = |kind, key: String, text: String, url: Option<String>| {
            let author = String::new();
            Said { key, kind, author, text, place: None, url, at: None, resolved: false }
        };
        for check in &checks {
            if let Outcome::Failed { words } = &check.outcome {
                let key = format!("check:{}:{}", self.head_ref_oid, check.name);
                let text = if words.is_empty() { check.name.clone() } else { format!("{}: {words}", check.name) };
                remarks.push(happened(Kind::CheckFailed, key, text, check.url.clone()));
            }
        }
        if state == State::Open && matches!(mergeable, Mergeable::Conflicts { .. }) {
            let key = format!("conflict:{}", self.head_ref_oid);
            let text = format!("{} conflicts with {}", self.head_ref_name, self.base_ref_name);
            remarks.push(happened(Kind::Conflict, key, text, Some(self.url.clone())));
        }
        Seen {
            number: self.number,
            url: self.url,
            title: self.title,
            body: self.body,
            author: login(self.author),
            state,
            draft: self.is_draft,
            owner: login(self.head_repository_owner),
            branch: self.head_ref_name,
            head: self.head_ref_oid,
            base: self.base_ref_name,
            mergeable,
            review,
            checks,
            remarks,
            cut_off: self.cut_off,
        }
    }
}

impl Brief {
    pub(super) fn found(self) -> Found {
        Found {
            number: self.number,
            branch: self.head_ref_name,
            owner: login(self.head_repository_owner),
            head: self.head_ref_oid,
            base: self.base_ref_name,
            state: self.life.state(),
        }
    }
}

impl Life {
    fn state(&self) -> State {
        match self.state.as_str() {
            "MERGED" => State::Merged { commit: self.merge_commit.as_ref().map(|commit| commit.oid.clone()) },
            "CLOSED" => State::Closed,
            _ => State::Open,
        }
    }
}

impl Judged {
    fn said(self) -> Option<Said> {
        // A review without a date is still being written; one that was dismissed no longer counts; one that only
        // carries comments on lines says nothing itself.
        let at = timestamp(self.submitted_at?);
        let kind = match self.state.as_str() {
            "APPROVED" => Kind::Approval,
            "CHANGES_REQUESTED" => Kind::ChangesRequested,
            "COMMENTED" if !self.body.trim().is_empty() => Kind::Comment,
            _ => return None,
        };
        let (author, url) = (login(self.author), Some(self.url));
        Some(Said { key: self.id, kind, author, text: self.body, place: None, url, at: Some(at), resolved: false })
    }
}

impl Thread {
    fn said(self) -> impl Iterator<Item = Said> {
        let place = match self.line.or(self.original_line) {
            Some(line) => format!("{}:{line}", self.path),
            None => self.path,
        };
        let said = self.comments.nodes.into_iter().filter_map(|comment| comment.said(Kind::LineComment));
        said.map(move |said| Said { place: Some(place.clone()), resolved: self.is_resolved, ..said })
    }
}

impl Comment {
    fn said(self, kind: Kind) -> Option<Said> {
        let said = Said {
            key: self.id,
            kind,
            author: login(self.author),
            text: self.body,
            place: None,
            url: Some(self.url),
            at: Some(timestamp(self.created_at)),
            resolved: false,
        };
        // What was hidden on the forge is spam, off-topic or outdated.
        (!self.is_minimized).then_some(said)
    }
}

/// What reviewers say, all together: the last word of each counts. GitHub's own decision is only there where the branch
/// is protected.
fn decision(reviews: &[Judged]) -> Review {
    let mut last: Vec<(&str, &str)> = Vec::new();
    for review in reviews.iter().filter(|review| review.submitted_at.is_some() && review.state != "COMMENTED") {
        let author = review.author.as_ref().map_or("", |account| account.login.as_str());
        last.retain(|(known, _)| *known != author);
        last.push((author, &review.state));
    }
    match () {
        () if last.iter().any(|(_, state)| *state == "CHANGES_REQUESTED") => Review::ChangesRequested,
        () if last.iter().any(|(_, state)| *state == "APPROVED") => Review::Approved,
        () => Review::None,
    }
}

fn login(account: Option<Account>) -> String {
    account.map(|account| account.login).unwrap_or_default()
}

fn timestamp(moment: Moment) -> Timestamp {
    Timestamp(moment.as_millisecond())
}

fn present<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de>,
{
    let nodes: Option<Vec<Option<T>>> = Option::deserialize(deserializer)?;
    Ok(nodes.into_iter().flatten().flatten().collect())
}
