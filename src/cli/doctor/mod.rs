//! `qd doctor`: what quarterdeck needs, what was found of it, and what to do.
//!
//! Runs also when the daemon can't start: that is a finding like any other. Each check is a function that says one
//! [`Finding`]; none changes anything but that the daemon is started, as by any other command.

mod daemon;
mod machine;

use color_eyre::Result;
use serde::Serialize;

use super::{
    context::Context,
    failure::Exit,
    terminal::{Paint, line},
};

/// Check what quarterdeck needs on this machine, with a remedy for each thing that is wrong
///
/// JSON: a list of findings. Exit code 1 when something that is needed is missing.
#[derive(Debug, clap::Args)]
pub(super) struct Doctor {}

/// What one check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Finding {
    about: &'static str,
    verdict: Verdict,
    found: String,
    remedy: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Good,
    Mind,
    Bad,
}

impl Finding {
    fn good(about: &'static str, found: impl Into<String>) -> Self {
        Self { about, verdict: Verdict::Good, found: found.into(), remedy: None }
    }

    /// It works, but less well than it could.
    fn mind(about: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { about, verdict: Verdict::Mind, found: found.into(), remedy: Some(remedy.into()) }
    }

    fn bad(about: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { about, verdict: Verdict::Bad, found: found.into(), remedy: Some(remedy.into()) }
    }
}

impl Doctor {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        let mut findings = vec![machine::tmux(), machine::git(), machine::state(&context.paths)];
        findings.extend([machine::sockets(&context.paths), machine::open_files(), machine::terminal()]);
        findings.extend(machine::settings(&context.problems()));
        findings.extend(daemon::findings(context).await);
        if context.json() {
            context.output.json(&findings)?;
        } else {
            write(context, &findings)?;
        }
        let bad = findings.iter().any(|finding| finding.verdict == Verdict::Bad);
        Ok(if bad { Exit::Failed } else { Exit::Done })
    }
}

fn write(context: &mut Context, findings: &[Finding]) -> Result<()> {
    let output = &mut context.output;
    for finding in findings {
        let (paint, mark) = match finding.verdict {
            Verdict::Good => (Paint::Good, "ok  "),
            Verdict::Mind => (Paint::Needs, "mind"),
            Verdict::Bad => (Paint::Bad, "BAD "),
        };
        let mark = output.paint(paint, mark);
        output.line(format!("{mark}  {:<11} {}", finding.about, line(&finding.found)))?;
        if let Some(remedy) = &finding.remedy {
            output.line(format!("                  {} {}", output.paint(Paint::Strong, "→"), line(remedy)))?;
        }
    }
    Ok(())
}
