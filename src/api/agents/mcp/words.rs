//! What agents read of us. A model acts on it, so each text says what happens next.

use std::fmt::Write;

use crate::domain::{
    Artifact, PullRequest, PullRequestId, Refusal,
    pull_request::{Forge, State, Step},
    question::{Answer, Verdict},
    session::Outcome,
    signal::Decision,
    tool::{ToolCall, ToolReply},
};

/// What a client tells its model about all tools together.
pub(super) const INSTRUCTIONS: &str = "You are one of several coding agents that one person commands through \
    quarterdeck. The person does not watch your screen. Reach them with these tools: ask_user for a decision that is \
    theirs (it waits for the answer, for hours if need be), report_progress at milestones, create_note for what others \
    will need later, and report_result once, as your last act, to say that you are done, blocked or have failed.";

/// What a person sees while they are waited for.
pub(super) const WAITS: &str = "waiting for the person";

/// What a person sees while a forge is waited for.
pub(super) const PUBLISHES: &str = "waiting for the forge";

/// A question that nobody answers through this call.
pub(super) const NO_ANSWER: &str = "There is no answer through this call: the question was withdrawn, or the answer will \
    come to you as a message. Don't ask the same again. Go on with what does not depend on it, or end your turn.";

/// A question that outlives this daemon.
pub(super) const RESTARTS: &str = "The person has not answered yet, and quarterdeck is being restarted. The question stays \
    with the person, and the answer will come to you as a message. Don't ask the same again. Go on with what does not \
    depend on it, or end your turn.";

/// What is told after a call was carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    Result(Outcome),
    Progress,
    Note,
    Offer(Offer),
    Review,
    List,
}

/// What was wanted of a pull request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Offer {
    Publish,
    Update,
    Comment,
}

impl After {
    pub(super) fn of(call: &ToolCall) -> Self {
        match call {
            ToolCall::ReportResult { outcome, .. } => After::Result(*outcome),
            ToolCall::ReportProgress { .. } => After::Progress,
            ToolCall::CreateNote { .. } => After::Note,
            ToolCall::PublishPr { .. } => After::Offer(Offer::Publish),
            ToolCall::UpdatePr { .. } => After::Offer(Offer::Update),
            ToolCall::CommentPr { .. } => After::Offer(Offer::Comment),
            ToolCall::SubmitReview { .. } => After::Review,
            ToolCall::ListArtifacts => After::List,
        }
    }

    /// The result of the call.
    pub(super) fn told(self, reply: &ToolReply) -> String {
        match reply {
            ToolReply::Noted => self.noted().to_owned(),
            ToolReply::Kept { artifact } => format!("{} It is kept as {artifact}.", self.noted()),
            ToolReply::PullRequest { pull_request } => under_way(*pull_request),
            ToolReply::Artifacts { artifacts } => listed(artifacts),
        }
    }

    fn noted(self) -> &'static str {
        match self {
            After::Result(Outcome::Done) => {
                "Noted: done. Your session will be closed when this turn ends, so end it now, unless something is left."
            }
            After::Result(Outcome::Blocked) => {
                "Noted: blocked. The person sees it with your summary. End your turn now; what they decide will come to \
                 you as a message."
            }
            After::Result(Outcome::Failed) => {
                "Noted: failed. The person sees it with your summary and decides what becomes of it. End your turn now."
            }
            After::Progress | After::Note => "Noted. Go on.",
            After::Review => "Noted. Your session will be closed when this turn ends, so end it now.",
            After::Offer(_) | After::List => "Noted.",
        }
    }
}

/// It is not known yet what comes of a pull request's step.
pub(super) fn under_way(id: PullRequestId) -> String {
    format!("{id} is under way, which takes long. Don't call it again: go on, or end your turn.")
}

/// What came of a pull request's step, or why nothing did.
pub(super) fn offered(wanted: Offer, offer: &PullRequest) -> Result<String, String> {
    if let Some(step) = &offer.step {
        return Ok(format!("{} is still {}. {}", offer.id, step.label(), later(step)));
    }
    if let State::Merged { .. } | State::Closed = offer.state {
        return Err(format!(
            "Not done: {} is {}, and the person decides what comes next.",
            offer.id,
            offer.state.label()
        ));
    }
    if let Some(problem) = &offer.problem {
        return Err(format!("Not done: {problem}. Mend that if you can, or say it in your report."));
    }
    let place = match (&offer.url, offer.forge) {
        (Some(url), _) => format!("{}: {url}", offer.name()),
        (None, Forge::Github) => offer.name(),
        (None, Forge::Local) => format!("{}, on this machine, from {} for {}", offer.id, offer.branch, offer.base),
    };
    Ok(match wanted {
        Offer::Publish => {
            format!("Published as {place}. Go on; what reviewers and checks say will come to you as a message.")
        }
        Offer::Update => format!("Updated: {place}. Go on."),
        Offer::Comment => format!("Said on {place}. Go on."),
    })
}

fn later(step: &Step) -> &'static str {
    match step {
        Step::Publish { .. } => {
            "Don't call it again; what reviewers and checks say will come to you as a message. Go on with what is left, or \
             end your turn."
        }
        Step::Describe | Step::Comment { .. } | Step::Merge { .. } | Step::Close => "Go on with what is left.",
    }
}

/// What the person answered.
pub(super) fn answered(decision: &Decision) -> String {
    let Some(answer) = decision.answers.first() else { return NO_ANSWER.to_owned() };
    let words = answer.words();
    match answer.verdict {
        Verdict::InPane => NO_ANSWER.to_owned(),
        Verdict::Deny if words.is_empty() => "The person refused. Don't go on with what you asked about.".to_owned(),
        Verdict::Deny => format!("The person refused: {words}"),
        Verdict::Pick | Verdict::Allow | Verdict::AllowForSession if words.is_empty() => {
            "The person answered without words: go on as you think best.".to_owned()
        }
        Verdict::Pick | Verdict::Allow | Verdict::AllowForSession => said(answer),
    }
}

fn said(answer: &Answer) -> String {
    format!("The person answered: {}", answer.words())
}

/// Why a call was not carried out.
pub(super) fn refused(refusal: &Refusal) -> String {
    match &refusal.hint {
        Some(hint) => format!("Not done: {}. {hint}.", refusal.message),
        None => format!("Not done: {}.", refusal.message),
    }
}

fn listed(artifacts: &[Artifact]) -> String {
    if artifacts.is_empty() {
        return "Nothing was left for this objective yet.".to_owned();
    }
    artifacts.iter().fold(String::new(), |mut list, artifact| {
        let Artifact { id, kind, session, title, bytes, .. } = artifact;
        // Writing to a string does not fail.
        let _ = writeln!(list, "{id}  {} by {session}, {bytes} bytes: {title}", kind.label());
        list
    })
}

/// How much of an artifact is read at once, in bytes: what clients take of one result.
const PART_BYTES: usize = 48 * 1024;

/// A part of an artifact, from a byte on.
pub(super) fn read(artifact: &Artifact, body: &str, start: usize) -> String {
    let boundary = |mut at: usize| {
        at = at.min(body.len());
        while !body.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = boundary(start);
    let end = boundary(start.saturating_add(PART_BYTES));
    let more = if end < body.len() {
        format!("\n[This is bytes {start} to {end} of {}. The next part begins with start {end}.]", body.len())
    } else {
        String::new()
    };
    let Artifact { id, kind, session, title, .. } = artifact;
    format!("{id}, {} by {session}: {title}\n\n{}{more}", kind.label(), &body[start..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_artifact_is_read_in_parts_that_miss_nothing() {
        let body = "é1".repeat(PART_BYTES);
        let artifact = serde_json::json!({
            "id": "f3", "objective": "o1", "session": "s2", "kind": "note", "title": "T", "bytes": body.len(),
            "created_at": 0,
        });
        let artifact: Artifact = serde_json::from_value(artifact).expect("an artifact");
        let (mut whole, mut start) = (String::new(), 0);
        loop {
            let told = read(&artifact, &body, start);
            let part = told.strip_prefix("f3, note by s2: T\n\n").expect("it says what it is");
            let Some((text, next)) = part.split_once("\n[This is bytes ") else {
                whole += part;
                break;
            };
            whole += text;
            start = next.rsplit("start ").next().and_then(|end| end.strip_suffix(".]")?.parse().ok()).expect("where");
        }
        assert!(whole == body, "{} of {} bytes", whole.len(), body.len());
        assert!(read(&artifact, "short", 9_999).ends_with("T\n\n"));
    }

    fn answer(verdict: Verdict, chosen: &[&str], text: Option<&str>) -> Decision {
        let chosen = chosen.iter().map(|&label| label.to_owned()).collect();
        Decision { answers: vec![Answer { verdict, chosen, text: text.map(str::to_owned) }] }
    }

    #[test]
    fn an_answer_is_told_in_the_person_s_words() {
        assert_eq!(answered(&answer(Verdict::Pick, &["Blue"], None)), "The person answered: Blue");
        assert_eq!(answered(&answer(Verdict::Pick, &[], Some(" dark red\n"))), "The person answered: dark red");
        assert_eq!(answered(&answer(Verdict::Deny, &[], Some("not now"))), "The person refused: not now");
        assert_eq!(answered(&answer(Verdict::InPane, &[], None)), NO_ANSWER);
        assert_eq!(answered(&Decision { answers: Vec::new() }), NO_ANSWER);
    }

    #[test]
    fn a_refusal_says_why_and_what_to_do() {
        let refusal = Refusal::refused("it is over").hint("end your turn");
        assert_eq!(refused(&refusal), "Not done: it is over. end your turn.");
    }
}
