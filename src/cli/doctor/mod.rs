//! `qd doctor`: what quarterdeck needs, what was found of it, and what to do.
//!
//! Runs also when the daemon can't start: that is a finding like any other. Each check is a function that says one
//! [`Finding`]; none changes anything but that the daemon is started, as by any other command.

mod daemon;
mod machine;

use color_eyre::Result;

use super::{
    context::Context,
    failure::Exit,
    ids::targets,
    terminal::{Paint, line},
};
use crate::domain::{Command, Finding, TargetName, Verdict};

/// Check what quarterdeck needs on this machine, or sessions on a target, with a remedy for what is wrong
///
/// JSON: a list of findings. Exit code 1 when something that is needed is missing.
#[derive(Debug, clap::Args)]
pub(super) struct Doctor {
    /// Look at what sessions need on this target, `local` or a host, instead of what quarterdeck needs here
    #[arg(add = targets())]
    target: Option<TargetName>,
}

impl Doctor {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        if let Some(target) = self.target {
            return check(context, target).await;
        }
        let mut findings = vec![machine::tmux(), machine::git(), machine::state(&context.paths)];
        findings.extend([machine::sockets(&context.paths), machine::open_files(), machine::terminal()]);
        findings.extend(machine::settings(&context.problems()));
        findings.extend(daemon::findings(context).await);
        said(context, &findings)
    }
}

/// Has a target looked at now, and says what was found.
pub(super) async fn check(context: &mut Context, target: TargetName) -> Result<Exit> {
    let client = context.client().await?;
    let before = client.target(&target, None).await?.sight.examined_at.unwrap_or_default();
    client.command(&Command::CheckTarget { target: target.clone() }).await?;
    context.notices.show(format!("{target} is being looked at"));
    let detail = client.target(&target, Some(before)).await;
    context.notices.show("");
    let detail = detail?;
    if detail.sight.examined_at.unwrap_or_default() <= before {
        let trouble = detail.target.trouble().unwrap_or_else(|| "does not answer in time".into());
        let findings =
            [Finding::bad("reach", format!("{target} {trouble}"), "it is tried again by itself; `qd target`")];
        return said(context, &findings);
    }
    said(context, &detail.sight.findings)
}

fn said(context: &mut Context, findings: &[Finding]) -> Result<Exit> {
    if context.json() {
        context.output.json(&findings)?;
    } else {
        write(context, findings)?;
    }
    let bad = findings.iter().any(|finding| finding.verdict == Verdict::Bad);
    Ok(if bad { Exit::Failed } else { Exit::Done })
}

/// A line for each, and one for what to do.
pub(super) fn write(context: &mut Context, findings: &[Finding]) -> Result<()> {
    let output = &mut context.output;
    for finding in findings {
        let (paint, mark) = match finding.verdict {
            Verdict::Good => (Paint::Good, "ok  "),
            Verdict::Absent => (Paint::Faint, "-   "),
            Verdict::Mind => (Paint::Needs, "mind"),
            Verdict::Bad => (Paint::Bad, "BAD "),
        };
        let mark = output.paint(paint, mark);
        output.line(format!("{mark}  {:<11} {}", line(&finding.about), line(&finding.found)))?;
        if let Some(remedy) = &finding.remedy {
            output.line(format!("                  {} {}", output.paint(Paint::Strong, "→"), line(remedy)))?;
        }
    }
    Ok(())
}
