//! How an agent is started.

use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::{
    equipment::{Equipment, Ours, OwnSettings},
    profile::{Conversation, Profile, PromptWay},
    template::{Filling, Place},
};

/// What a launch is to be made of.
#[derive(Debug, Clone, Copy)]
pub struct LaunchRequest<'a> {
    /// What the agent is to do; absent when it only continues.
    pub prompt: Option<&'a str>,
    /// The conversation to continue.
    pub resume: Option<&'a str>,
    /// The id of a new conversation, for agents that let us choose.
    pub new_conversation: Uuid,
    /// Where a large prompt may be written.
    pub prompt_file: &'a Path,
    /// The folder the agent works in.
    pub workspace: &'a Path,
    /// The person's shell there.
    pub shell: Option<&'a str>,
    /// What of ours the agent is pointed to.
    pub ours: Ours<'a>,
    /// What of the person's own settings stays beside that.
    pub own: &'a OwnSettings,
}

/// How an agent is started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launch {
    /// The program and its arguments, each one element.
    pub argv: Vec<String>,
    /// What it finds in its environment beside the usual.
    pub environment: Vec<(String, String)>,
    /// The prompt is in `argv`, or in a file that `argv` names; otherwise it is still to be typed.
    pub prompt_in_argv: bool,
    /// The conversation's id, where it is known already.
    pub conversation: Option<String>,
    /// Files to be written before, readable by the owner alone.
    pub files: Vec<(PathBuf, String)>,
}

/// The largest prompt that goes into an argv, in bytes. Linux takes 128 KiB an element.
pub const ARGV_PROMPT_BYTES: usize = 96 * 1024;

impl Profile {
    /// How this agent is started. A conversation is continued only where the agent can; otherwise a new one begins.
    pub fn launch(&self, request: LaunchRequest<'_>) -> Launch {
        let resumed = self.resume.as_ref().zip(request.resume);
        let conversation = match (resumed, self.conversation) {
            (Some((_, id)), _) => Some(id.to_owned()),
            (None, Conversation::Ours) => Some(request.new_conversation.to_string()),
            (None, Conversation::CodexRollouts | Conversation::None) => None,
        };
        let template = resumed.map_or(&self.new, |(template, _)| template);
        let Equipment { arguments: signals, mut environment, mut files } = if template.has(Place::Signals) {
            Equipment::of(self.signals, request.own, request.ours)
        } else {
            Equipment::default()
        };
        let prompt = match self.prompt {
            PromptWay::Argv => request.prompt.map(|prompt| self.in_argv(prompt, request.prompt_file, &mut files)),
            PromptWay::Typed => None,
        };
        let workspace = request.workspace.to_string_lossy();
        let filling = Filling {
            prompt: prompt.as_deref(),
            conversation: conversation.as_deref(),
            workspace: Some(&workspace),
            signals: &signals,
        };
        let mut argv = vec![self.program.resolve_with(request.shell)];
        argv.extend_from_slice(&self.arguments);
        argv.extend(template.fill(filling));
        // The person's own variables come last, so they count.
        environment.extend(self.environment.clone());
        Launch { argv, environment, prompt_in_argv: prompt.is_some(), conversation, files }
    }

    /// The prompt as an element of an argv: the person's own bytes, with three exceptions. A large one becomes a file and
    /// a sentence that names it. A single plain word gets a newline at its end, which agents trim away, because
    /// `update` could be a subcommand (some parsers look for one even after `--`). And [`Profile::as_text`].
    fn in_argv(&self, prompt: &str, file: &Path, files: &mut Vec<(PathBuf, String)>) -> String {
        if prompt.len() > ARGV_PROMPT_BYTES {
            files.push((file.into(), prompt.into()));
            return format!("Read the file {} first: it holds your whole task; then do what it says.", file.display());
        }
        // No argv can hold a NUL.
        let prompt = self.as_text(prompt).replace('\0', "");
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_:".contains(&byte);
        if self.has_subcommands && !prompt.is_empty() && prompt.bytes().all(plain) { prompt + "\n" } else { prompt }
    }
}
