//! What is to be done outside, read off the rows that are not at rest.

use std::path::PathBuf;

use crate::domain::{
    AttemptId, MessageId, PullRequest, PullRequestId, Question, QuestionId, SessionId, TargetName, Timestamp,
    Verification, VerificationId, WorkspaceId, World, attempt,
    attempt::PaneId,
    message::Delivery,
    question::{Call, Via},
    signal::Decision,
    workspace,
};

/// One thing to be done outside. Performers look first, so performing one twice is harmless.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Make the workspace.
    Prepare {
        /// For which attempt.
        attempt: AttemptId,
    },
    /// Start the program in a pane.
    Launch {
        /// Which attempt.
        attempt: AttemptId,
        /// An earlier daemon may have begun it, at this moment or later. If its pane is not there and tmux has started
        /// anew since, nobody can know whether the program ran.
        begun: Option<Timestamp>,
    },
    /// Paste a message.
    Paste {
        /// Which.
        message: MessageId,
        /// Into whose pane.
        attempt: AttemptId,
        /// The pane.
        pane: PaneId,
    },
    /// Press Enter for a message that was pasted.
    Enter {
        /// Which.
        message: MessageId,
        /// In whose pane.
        attempt: AttemptId,
        /// The pane.
        pane: PaneId,
        /// Which press it is, from 1.
        press: u8,
    },
    /// Send the person's decision through the call that waits for it.
    Reply {
        /// Whose agent made the call.
        attempt: AttemptId,
        /// Its key.
        key: String,
        /// What was decided.
        decision: Decision,
    },
    /// Press the key of a choice in a dialog, if the pane shows that very dialog.
    Press {
        /// To which question.
        question: QuestionId,
        /// Whose pane.
        attempt: AttemptId,
        /// The pane.
        pane: PaneId,
        /// The dialog, by [`DialogSeen::fingerprint`](super::DialogSeen::fingerprint).
        fingerprint: String,
        /// Which of its options, from 0; `None` refuses it (Escape).
        option: Option<usize>,
    },
    /// End everything that came from an attempt.
    Stop {
        /// Which.
        attempt: AttemptId,
        /// Its pane, if one is known.
        pane: Option<PaneId>,
        /// Its first process, if one is known.
        pid: Option<u32>,
    },
    /// Keep the last picture of a program that has ended, sweep what it left, and close its pane.
    Bury {
        /// Which attempt's.
        attempt: AttemptId,
        /// Where it is; of an attempt so old that nothing else may know.
        target: TargetName,
        /// The pane.
        pane: PaneId,
        /// Its first process.
        pid: u32,
    },
    /// End what outlived the pane of an attempt, whose terminal server went down.
    Sweep {
        /// Which attempt's.
        attempt: AttemptId,
    },
    /// Remove a workspace.
    Reclaim {
        /// Which.
        workspace: WorkspaceId,
        /// The person's word against the risk.
        reason: Option<String>,
    },
    /// Bring back a workspace that was removed.
    Restore {
        /// Which.
        workspace: WorkspaceId,
        /// Where to, if not to where it was.
        to: Option<PathBuf>,
    },
    /// Take a pull request the step further that its row wants.
    Offer {
        /// Which.
        pull_request: PullRequestId,
    },
    /// Run the commands that verify a workspace.
    Verify {
        /// As which verification.
        verification: VerificationId,
    },
    /// Keep a session's change as it is now, so that it can be judged. Not kept: it is wanted again when the session is
    /// looked at next.
    Examine {
        /// Whose.
        session: SessionId,
    },
    /// Run the program that says whether the work is done. Not kept: after a crash it is run again.
    Check {
        /// Whose work.
        attempt: AttemptId,
    },
    /// Press the agent's interrupt keys. Not kept: after a crash the person would have to press again.
    Interrupt {
        /// Whose.
        attempt: AttemptId,
        /// The pane.
        pane: PaneId,
    },
}

impl Effect {
    /// What an attempt that stands like this is waiting for.
    pub(super) fn of_attempt(attempt: &attempt::Attempt) -> Option<Effect> {
        match &attempt.state {
            attempt::State::Preparing => Some(Effect::Prepare { attempt: attempt.id }),
            attempt::State::Launching => Some(Effect::Launch { attempt: attempt.id, begun: None }),
            attempt::State::Stopping { pane, pid } => {
                Some(Effect::Stop { attempt: attempt.id, pane: pane.clone(), pid: *pid })
            }
            attempt::State::Live { .. } | attempt::State::Ended { .. } => None,
        }
    }

    /// The same after a restart of the daemon: what was begun may have been done.
    pub(super) fn left_of_attempt(attempt: &attempt::Attempt) -> Option<Effect> {
        match Self::of_attempt(attempt) {
            Some(Effect::Launch { attempt: id, .. }) => {
                Some(Effect::Launch { attempt: id, begun: Some(attempt.state_since) })
            }
            other => other,
        }
    }

    /// The newest attempt of a session that has become final: what outlived its pane belongs to nobody any more. A
    /// session that may yet go on keeps it until then, for the person may know better than we what still runs there.
    pub(super) fn of_ended_session(world: &World, id: SessionId) -> Option<Effect> {
        let session = world.sessions.get(&id).filter(|session| session.state.is_final())?;
        let attempt = world.attempts.get(&session.attempt?)?;
        let vanished = matches!(attempt.state, attempt::State::Ended { end: attempt::End::Vanished });
        vanished.then_some(Effect::Sweep { attempt: attempt.id })
    }

    /// What a message that stands like this is waiting for; nothing while its target is away.
    pub(super) fn of_message(world: &World, id: MessageId) -> Option<Effect> {
        let message = world.messages.get(&id)?;
        let attempt = message.delivery.attempt()?;
        let pane = reachable_pane(world, attempt)?;
        match message.delivery {
            Delivery::Typing { .. } => Some(Effect::Paste { message: id, attempt, pane }),
            Delivery::Typed { .. } => Some(Effect::Enter { message: id, attempt, pane, press: 1 }),
            Delivery::Queued { .. }
            | Delivery::Launching { .. }
            | Delivery::Submitted { .. }
            | Delivery::TakenUp { .. }
            | Delivery::Failed { .. }
            | Delivery::Uncertain { .. } => None,
        }
    }

    /// What a call whose parts stand like this is waiting for: its decision, when all of them are answered.
    pub(super) fn of_call(world: &World, attempt: AttemptId, key: &str) -> Option<Effect> {
        let mut parts: Vec<(&Call, &Question)> = world
            .questions
            .values()
            .filter_map(|question| Some((question.call.as_ref()?, question)))
            .filter(|(call, _)| call.attempt == attempt && call.key == key)
            .collect();
        parts.sort_by_key(|(call, _)| call.part);
        let (call, question) = *parts.first()?;
        let complete = parts.len() == usize::from(call.parts);
        let questions: Vec<&Question> = parts.iter().map(|(_, question)| *question).collect();
        let decision = Question::decision(&questions).filter(|_| complete)?;
        if call.via != Via::Pane {
            return Some(Effect::Reply { attempt, key: key.to_owned(), decision });
        }
        let pane = reachable_pane(world, attempt)?;
        let answer = decision.answers.first()?;
        let option = question.choices.iter().position(|choice| answer.chosen.contains(&choice.label));
        Some(Effect::Press { question: question.id, attempt, pane, fingerprint: call.subject.clone(), option })
    }

    /// What a pull request that stands like this is waiting for.
    pub(super) fn of_pull_request(pull_request: &PullRequest) -> Option<Effect> {
        pull_request.step.as_ref().map(|_| Effect::Offer { pull_request: pull_request.id })
    }

    /// What a verification that stands like this is waiting for.
    pub(super) fn of_verification(verification: &Verification) -> Option<Effect> {
        (!verification.state.is_ended()).then_some(Effect::Verify { verification: verification.id })
    }

    /// What a workspace that stands like this is waiting for.
    pub(super) fn of_workspace(workspace: &workspace::Workspace) -> Option<Effect> {
        match &workspace.state {
            workspace::State::Removing { reason } => {
                Some(Effect::Reclaim { workspace: workspace.id, reason: reason.clone() })
            }
            workspace::State::Restoring { to, .. } => Some(Effect::Restore { workspace: workspace.id, to: to.clone() }),
            workspace::State::Planned
            | workspace::State::Ready
            | workspace::State::Removed { .. }
            | workspace::State::Left { .. } => None,
        }
    }
}

/// The pane of an attempt that lives, on a target that can be reached.
fn reachable_pane(world: &World, attempt: AttemptId) -> Option<PaneId> {
    let attempt = world.attempts.get(&attempt)?;
    let attempt::State::Live { pane, .. } = &attempt.state else { return None };
    world.is_reached(&attempt.target).then(|| pane.clone())
}
