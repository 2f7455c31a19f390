//! What is asked of GitHub about pull requests: many of them in one question.

use std::fmt::Write;

/// The newest of everything. What each list costs counts once for every entry of the list around it, so that comments
/// in threads, the only list in a list, are few.
const SEEN: &str = "fragment seen on PullRequest {
    number url title body isDraft state headRefName headRefOid baseRefName
    headRepositoryOwner { login } author { login } mergeCommit { oid } mergeable
    reviews(last: 50) { ...reviews }
    reviewThreads(last: 40) { ...threads }
    comments(last: 50) { ...comments }
    commits(last: 1) { nodes { commit { statusCheckRollup { contexts(first: 100) { ...contexts } } } } }
}
";

const LISTS: &str = "fragment reviews on PullRequestReviewConnection {
    pageInfo { hasPreviousPage startCursor }
    nodes { id author { login } state body url submittedAt }
}
fragment threads on PullRequestReviewThreadConnection {
    pageInfo { hasPreviousPage startCursor }
    nodes {
        isResolved path line originalLine
        comments(last: 20) { nodes { id author { login } body url createdAt isMinimized } }
    }
}
fragment comments on IssueCommentConnection {
    pageInfo { hasPreviousPage startCursor }
    nodes { id author { login } body url createdAt isMinimized }
}
fragment contexts on StatusCheckRollupContextConnection {
    pageInfo { hasNextPage endCursor }
    nodes {
        __typename
        ... on CheckRun {
            databaseId name status conclusion detailsUrl title summary startedAt completedAt
            checkSuite { workflowRun { workflow { name } } }
        }
        ... on StatusContext { context state targetUrl description }
    }
}
";

/// Everything about the pull requests with these numbers, and which offer these branches.
pub(super) fn first(numbers: &[u64], branches: &[String]) -> String {
    let mut query = String::from("query Look($owner: String!, $name: String!) {\n");
    query.push_str("rateLimit { remaining }\nrepository(owner: $owner, name: $name) {\nid\n");
    for number in numbers {
        let _ = writeln!(query, "p{number}: pullRequest(number: {number}) {{ ...seen }}");
    }
    for (at, branch) in branches.iter().enumerate() {
        let _ = writeln!(
            query,
            "b{at}: pullRequests(headRefName: {}, first: 5, orderBy: {{ field: CREATED_AT, direction: DESC }}) {{\n\
             nodes {{ number headRefName headRefOid baseRefName state mergeCommit {{ oid }} headRepositoryOwner {{ login }} }} }}",
            literal(branch)
        );
    }
    query.push_str("}\n}\n");
    // A fragment that nothing uses is an error.
    if !numbers.is_empty() {
        query.push_str(SEEN);
        query.push_str(LISTS);
    }
    query
}

/// A page that follows, of one list of one pull request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum List {
    Reviews,
    Threads,
    Comments,
    Contexts,
}

impl List {
    /// The name of its part of the answer.
    pub(super) fn key(self, number: u64) -> String {
        let letter = match self {
            List::Reviews => 'r',
            List::Threads => 't',
            List::Comments => 'c',
            List::Contexts => 'x',
        };
        format!("{letter}{number}")
    }
}

/// The next pages of these lists, each after the cursor given.
pub(super) fn more(wanted: &[(u64, List, String)]) -> String {
    let mut query = String::from("query More($owner: String!, $name: String!) {\n");
    query.push_str("rateLimit { remaining }\nrepository(owner: $owner, name: $name) {\nid\n");
    for (number, list, cursor) in wanted {
        let cursor = literal(cursor);
        let fields = match list {
            List::Reviews => format!("reviews(last: 50, before: {cursor}) {{ ...reviews }}"),
            List::Threads => format!("reviewThreads(last: 40, before: {cursor}) {{ ...threads }}"),
            List::Comments => format!("comments(last: 50, before: {cursor}) {{ ...comments }}"),
            List::Contexts => {
                let contexts = format!("contexts(first: 100, after: {cursor}) {{ ...contexts }}");
                format!("commits(last: 1) {{ nodes {{ commit {{ statusCheckRollup {{ {contexts} }} }} }} }}")
            }
        };
        let _ = writeln!(query, "{}: pullRequest(number: {number}) {{ {fields} }}", list.key(*number));
    }
    query.push_str("}\n}\n");
    let used = |list: List| wanted.iter().any(|(_, wanted, _)| *wanted == list);
    let lists = [List::Reviews, List::Threads, List::Comments, List::Contexts];
    for (list, fragment) in lists.into_iter().zip(fragments()) {
        if used(list) {
            query.push_str("fragment ");
            query.push_str(fragment);
        }
    }
    query
}

/// The fragments of [`LISTS`], one for each kind of [`List`].
fn fragments() -> impl Iterator<Item = &'static str> {
    LISTS.split("fragment ").skip(1)
}

/// Where this repository is, who asks, and what they may do in it.
pub(super) const PLACE: &str = "query Place($owner: String!, $name: String!) {
    viewer { login }
    repository(owner: $owner, name: $name) {
        nameWithOwner url viewerPermission mergeCommitAllowed squashMergeAllowed rebaseMergeAllowed
        owner { login }
        name
        defaultBranchRef { name }
        forks(first: 10, affiliations: [OWNER, COLLABORATOR]) { nodes { nameWithOwner viewerPermission owner { login } } }
    }
}
";

/// A text as GraphQL writes it, which is as JSON does.
fn literal(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_fragments_that_are_used_are_given() {
        assert!(!first(&[], &["b".into()]).contains("fragment"));
        let more = more(&[(7, List::Comments, "a\"b".into())]);
        assert!(more.contains("c7: pullRequest(number: 7) { comments(last: 50, before: \"a\\\"b\")"), "{more}");
        assert!(more.contains("fragment comments") && !more.contains("fragment threads"), "{more}");
        assert_eq!(fragments().count(), 4);
    }
}
