//! One call of a tool, as every hook about tools carries it.

use serde_json::{Value, json};

use super::super::{payload::Payload, subject, tools};

/// Asks the person questions of the agent's own.
pub(super) const ASK_USER_QUESTION: &str = "AskUserQuestion";
/// Asks the person to approve a plan.
pub(super) const EXIT_PLAN_MODE: &str = "ExitPlanMode";

/// What a call of `tool` with `input` is about, as the hooks of that call name it.
pub(in crate::agent) fn subject(tool: &str, input: &Value) -> String {
    Call { tool, input, folder: None, agent: None }.subject()
}

/// A call of a tool.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call<'a> {
    /// The tool's name.
    pub(super) tool: &'a str,
    /// What it is called with.
    pub(super) input: &'a Value,
    /// The folder the agent works in.
    pub(super) folder: Option<&'a str>,
    /// The subagent that makes it, where one does.
    pub(super) agent: Option<&'a str>,
}

impl<'a> Call<'a> {
    /// `None` where the hook names no tool.
    pub(super) fn of(payload: &'a Payload) -> Option<Call<'a>> {
        Some(Call {
            tool: payload.word("tool_name")?,
            input: payload.value("tool_input"),
            folder: payload.word("cwd"),
            agent: payload.word("agent_id"),
        })
    }

    /// What it is about: the same before, while and after it runs.
    pub(super) fn subject(&self) -> String {
        match self.tool {
            // The answers are added to the input of the hook that runs after it.
            ASK_USER_QUESTION => {
                let questions = self.input.get("questions").unwrap_or(&Value::Null);
                subject::subject(self.agent, self.tool, &json!({ "questions": questions }))
            }
            // The plan is in the input before it is approved, and not after.
            EXIT_PLAN_MODE => subject::subject(self.agent, self.tool, &Value::Null),
            tool => subject::subject(self.agent, tool, self.input),
        }
    }

    /// What it does, in a line.
    pub(super) fn told(&self) -> String {
        tools::told(self.tool, self.input, self.folder)
    }
}
