//! The world outside, small enough to be right: panes that live and die, agents that take up what is submitted, tmux
//! that remembers what it pasted. It performs effects the way performers do: it looks first.

use std::collections::{BTreeMap, BTreeSet};

use quarterdeck::{
    domain::{
        AttemptId, MessageId, SessionId, Timestamp,
        activity::{Doing, Source},
        attempt::{End, PaneId},
        question::Verdict,
    },
    engine::core::{Effect, Offered, Outcome, PaneSeen, ScreenRead, Verified, VerifiedAs},
};

/// One pane with the agent in it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pane {
    pub(crate) id: String,
    pub(crate) pid: u32,
    pub(crate) ended: Option<End>,
    /// What stands in its input box.
    pub(crate) composer: Vec<MessageId>,
    /// What it was told, in order.
    pub(crate) received: Vec<MessageId>,
    /// What tmux remembers having pasted and pressed last.
    pub(crate) pasted: Option<MessageId>,
    pub(crate) pressed: Option<(MessageId, u8)>,
    pub(crate) working: bool,
}

/// Everything outside the core.
#[derive(Debug, Default)]
pub(crate) struct Outside {
    pub(crate) panes: BTreeMap<AttemptId, Pane>,
    /// Every message an agent ever received, by session, over all attempts.
    pub(crate) received: BTreeMap<MessageId, usize>,
    /// When the terminal server was started.
    pub(crate) server_born: Timestamp,
    /// Calls in which agents wait for the person.
    pub(crate) waiting: BTreeSet<(AttemptId, String)>,
    /// How often each call was given a decision.
    pub(crate) decided: BTreeMap<(AttemptId, String), usize>,
    next_pane: u32,
}

impl Outside {
    /// Performs an effect; `None` when it has no outcome.
    pub(crate) fn perform(&mut self, effect: &Effect, prompts: &BTreeMap<AttemptId, MessageId>) -> Option<Outcome> {
        match effect {
            Effect::Reply { attempt, key, decision } => {
                let name = (*attempt, key.clone());
                if !self.waiting.remove(&name) {
                    return Some(Outcome::NotReplied { attempt: *attempt, key: key.clone() });
                }
                if decision.answers.iter().all(|answer| answer.verdict != Verdict::InPane) {
                    *self.decided.entry(name).or_default() += 1;
                }
                Some(Outcome::Replied { attempt: *attempt, key: key.clone() })
            }
            Effect::Press { question, .. } => {
                Some(Outcome::NotPressed { question: *question, reason: "the pane shows something else".into() })
            }
            Effect::Prepare { attempt } => Some(Outcome::Prepared {
                attempt: *attempt,
                path: "/work".into(),
                branch: Some("qd/x".into()),
                base: None,
                conversation: Some(format!("c-{attempt}")),
                token_hash: None,
                setup: None,
            }),
            Effect::Launch { attempt, begun: Some(begun) }
                if self.server_born > *begun && !self.panes.contains_key(attempt) =>
            {
                Some(Outcome::LaunchLost { attempt: *attempt })
            }
            Effect::Launch { attempt, .. } => Some(self.launch(*attempt, prompts)),
            Effect::Paste { message, attempt, .. } => {
                let pane = self.panes.get_mut(attempt).filter(|pane| pane.ended.is_none())?;
                if pane.pasted != Some(*message) {
                    pane.pasted = Some(*message);
                    pane.composer.push(*message);
                }
                Some(Outcome::Pasted { message: *message })
            }
            Effect::Enter { message, attempt, press, .. } => {
                let pane = self.panes.get_mut(attempt).filter(|pane| pane.ended.is_none())?;
                if pane.pressed != Some((*message, *press)) {
                    pane.pressed = Some((*message, *press));
                    for message in std::mem::take(&mut pane.composer) {
                        pane.received.push(message);
                        *self.received.entry(message).or_default() += 1;
                        pane.working = true;
                    }
                }
                Some(Outcome::Entered { message: *message, at: Timestamp(0) })
            }
            Effect::Stop { attempt, .. } => {
                self.panes.remove(attempt);
                Some(Outcome::Stopped { attempt: *attempt, survivors: Vec::new() })
            }
            Effect::Bury { attempt, .. } => {
                self.panes.remove(attempt);
                None
            }
            // In here nothing outlives its pane.
            Effect::Check { attempt } => {
                Some(Outcome::Checked { attempt: *attempt, verdict: Err("the test says no".to_owned()) })
            }
            Effect::Offer { pull_request } => {
                let what = Offered::Published { number: None, url: None, head: "head".into(), note: None };
                Some(Outcome::Offered { pull_request: *pull_request, what })
            }
            Effect::Verify { verification } => Some(Outcome::Verified {
                verification: *verification,
                what: Verified {
                    result: match verification.number() % 3 {
                        0 => VerifiedAs::Failed { how: "the test says no".into() },
                        _ => VerifiedAs::Passed,
                    },
                    commit: Some("c".into()),
                    head: Some("head".into()),
                    title: "verified".into(),
                    output: "output".into(),
                },
            }),
            Effect::Examine { session } => {
                Some(Outcome::Examined { session: *session, change: Ok(("c".into(), format!("print of {session}"))) })
            }
            Effect::Sweep { .. } => None,
            Effect::Reclaim { workspace, .. } => {
                Some(Outcome::Reclaimed { workspace: *workspace, proof: "nothing was in it".into() })
            }
            Effect::Restore { workspace, .. } => {
                Some(Outcome::Restored { workspace: *workspace, path: "/there/again".into(), branch: None, note: None })
            }
            Effect::Interrupt { attempt, .. } => {
                if let Some(pane) = self.panes.get_mut(attempt) {
                    pane.working = false;
                }
                None
            }
        }
    }

    fn launch(&mut self, attempt: AttemptId, prompts: &BTreeMap<AttemptId, MessageId>) -> Outcome {
        if !self.panes.contains_key(&attempt) {
            self.next_pane += 1;
            let mut pane = Pane { id: format!("%{}", self.next_pane), pid: 1_000 + self.next_pane, ..Pane::default() };
            if let Some(&prompt) = prompts.get(&attempt) {
                pane.received.push(prompt);
                *self.received.entry(prompt).or_default() += 1;
                pane.working = true;
            }
            self.panes.insert(attempt, pane);
        }
        let pane = &self.panes[&attempt];
        Outcome::Launched { attempt, pane: PaneId(pane.id.clone()), pid: pane.pid, prompt_in_argv: true }
    }

    /// All panes, as an observer sees them.
    pub(crate) fn seen(&self) -> Vec<PaneSeen> {
        let seen = |(&attempt, pane): (&AttemptId, &Pane)| PaneSeen {
            attempt,
            pane: PaneId(pane.id.clone()),
            pid: pane.pid,
            ended: pane.ended.clone(),
            person_typing: false,
        };
        self.panes.iter().map(seen).collect()
    }

    /// What a pane says.
    pub(crate) fn read(&self, attempt: AttemptId, at: Timestamp) -> Option<ScreenRead> {
        let pane = self.panes.get(&attempt).filter(|pane| pane.ended.is_none())?;
        let doing = if pane.working { Doing::Working } else { Doing::YourTurn };
        Some(ScreenRead {
            dialog: None,
            marker: None,
            at,
            printed_at: at,
            doing,
            source: Source::Screen,
            rule: format!("the test says {}", doing.label()),
            text: String::new(),
            ready: true,
            composer: Some(pane.composer.iter().map(|message| format!("message {message} ")).collect()),
            note: String::new(),
            until: None,
            shows_message: !pane.received.is_empty(),
        })
    }

    /// How often the agents of any attempt were told a message.
    pub(crate) fn times_received(&self, message: MessageId) -> usize {
        self.received.get(&message).copied().unwrap_or_default()
    }
}

/// The body that [`Outside::read`] recognises in an input box.
pub(crate) fn body_of(session: SessionId, number: u32) -> String {
    format!("{session} note {number}")
}
