//! `qd doctor`: what sessions need on a machine, what was found of it there, and what to do.
//!
//! One doctor looks at every machine: the daemon's. Of this machine it is also said what quarterdeck itself needs: its
//! home, its daemon and their doors. That runs also when the daemon can't start, which is a finding like any other: then
//! the same doctor looks from this process. Nothing is changed but that the daemon is started, as by any other command.

mod daemon;
mod home;
mod watching;

use color_eyre::Result;

use super::{
    context::Context,
    failure::Exit,
    ids::targets,
    terminal::{Paint, line},
};
use crate::{
    api::Client,
    daemon::look,
    domain::{Command, Finding, TargetName, Verdict},
};

/// Check what sessions need on this machine, or on another target, with a remedy for what is wrong
///
/// JSON: a list of findings. Exit code 1 when something that is needed is missing.
#[derive(Debug, clap::Args)]
pub(super) struct Doctor {
    /// Which machine to look at; this one, `local`, unless given
    #[arg(add = targets())]
    target: Option<TargetName>,
}

impl Doctor {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        check(context, self.target.unwrap_or_else(TargetName::local)).await
    }
}

/// Has a target looked at now, and says what was found.
pub(super) async fn check(context: &mut Context, target: TargetName) -> Result<Exit> {
    let findings = if target == TargetName::local() {
        here(context).await
    } else {
        let client = context.client().await?;
        at(context, &client, &target).await?
    };
    said(context, &findings)
}

/// Everything about this machine.
async fn here(context: &Context) -> Vec<Finding> {
    let daemon = daemon::reach(context).await;
    let mut findings = match &daemon {
        Ok((client, _)) => match at(context, client, &TargetName::local()).await {
            Ok(findings) => findings,
            Err(error) => vec![Finding::bad("machine", format!("{error:#}"), "`qd daemon restart`; agents go on")],
        },
        Err(_) => look(&context.paths).await,
    };
    findings.extend([home::sockets(&context.paths), home::terminal()]);
    findings.extend(home::settings(&context.problems()));
    findings.extend(watching::watching(daemon.is_ok()));
    findings.extend(match daemon {
        Ok((_, status)) => daemon::findings(status),
        Err(finding) => vec![finding],
    });
    findings
}

/// What the daemon finds on a target when it looks now.
async fn at(context: &Context, client: &Client, target: &TargetName) -> Result<Vec<Finding>> {
    let before = client.target(target, None).await?.sight.examined_at.unwrap_or_default();
    client.command(&Command::CheckTarget { target: target.clone() }).await?;
    context.notices.show(format!("{target} is being looked at"));
    let detail = client.target(target, Some(before)).await;
    context.notices.show("");
    let detail = detail?;
    if detail.sight.examined_at.unwrap_or_default() <= before {
        let trouble = detail.target.trouble().unwrap_or_else(|| "does not answer in time".into());
        let found = Finding::bad("reach", format!("{target} {trouble}"), "it is tried again by itself; `qd target`");
        return Ok(vec![found]);
    }
    Ok(detail.sight.findings)
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
