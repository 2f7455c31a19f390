//! Runs the commands that say whether the work in a workspace is good, and keeps what they saw.

use std::time::{Duration, Instant};

use super::{
    core::{Outcome, Verified, VerifiedAs},
    describe::chain,
    launch,
    rooms::Rooms,
    sites::{Ground, Site},
};
use crate::{
    domain::{SessionId, Verification, Workspace, diff::Side},
    target::{Host, Output, Program},
    workspace::{branches, changes},
};

/// How long one command may take.
const DEADLINE: Duration = Duration::from_secs(60 * 60);
/// How much of each output of a command is read for what is kept, in bytes.
const OUTPUT: usize = 8 << 20;

/// Keeps the workspace as it is, then runs the commands in it, one after the other, until one fails.
pub(crate) async fn verify(rooms: &Rooms, site: &Site, verification: &Verification, workspace: &Workspace) -> Outcome {
    let what = match changes::checkpoint(&site.host, &site.workspace(workspace), &verification.id.to_string()).await {
        Ok(kept) => {
            let head = branches::head_with(&site.host, &workspace.path, &kept.tree).await.unwrap_or_default();
            Verified { head, ..run(rooms, site, workspace, kept.commit).await }
        }
        Err(error) => {
            let why = format!("its workspace could not be kept as it is: {}", chain(&error));
            Verified {
                result: VerifiedAs::Broken { why: why.clone() },
                commit: None,
                head: None,
                title: why,
                output: String::new(),
            }
        }
    };
    Outcome::Verified { verification: verification.id, what }
}

async fn run(rooms: &Rooms, site: &Site, workspace: &Workspace, commit: String) -> Verified {
    let commands = rooms.repositories.of(workspace.repository.as_deref().unwrap_or(&workspace.path));
    let commands = commands.map(|repository| repository.verify.commands).unwrap_or_default();
    let environment = match launch::variables(rooms, site, workspace.owner, workspace).await {
        Ok(environment) => environment,
        Err(why) => {
            let result = VerifiedAs::Broken { why: why.clone() };
            return Verified { result, commit: Some(commit), head: None, title: why, output: String::new() };
        }
    };
    let (since, mut output) = (Instant::now(), String::new());
    let mut result = VerifiedAs::Passed;
    for argv in &commands {
        let line = argv.join(" ");
        let program = Program {
            directory: Some(workspace.path.clone()),
            environment: environment.clone(),
            deadline: DEADLINE,
            output_bytes: OUTPUT,
            ..Program::new(argv.iter().cloned())
        };
        let began = Instant::now();
        let ran = site.host.run(program).await;
        let took = words(began.elapsed());
        result = match ran {
            Ok(ended) => {
                let how = format!("{line} {}", ended.status);
                output.push_str(&format!("$ {line}\n{}({how} after {took})\n\n", printed(&ended)));
                if ended.succeeded() { VerifiedAs::Passed } else { VerifiedAs::Failed { how } }
            }
            Err(error) => VerifiedAs::Broken { why: format!("{line} could not be run: {}", chain(&error)) },
        };
        if result != VerifiedAs::Passed {
            break;
        }
    }
    let took = words(since.elapsed());
    let title = match &result {
        VerifiedAs::Passed if commands.is_empty() => {
            let why = "nobody says any more which commands verify this repository".to_owned();
            result = VerifiedAs::Broken { why: why.clone() };
            why
        }
        VerifiedAs::Passed if commands.len() == 1 => format!("{} passed in {took}", commands[0].join(" ")),
        VerifiedAs::Passed => format!("{} commands passed in {took}", commands.len()),
        VerifiedAs::Failed { how } => format!("{how} after {took}"),
        VerifiedAs::Broken { why } => why.clone(),
    };
    Verified { result, commit: Some(commit), head: None, title, output }
}

fn printed(ended: &Output) -> String {
    let mut text = String::new();
    for bytes in [&ended.stdout, &ended.stderr] {
        text.push_str(&String::from_utf8_lossy(bytes));
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
    }
    text
}

/// `850 ms`, `12 s`, `3 min 20 s`.
fn words(took: Duration) -> String {
    match took.as_secs() {
        0 => format!("{} ms", took.as_millis()),
        seconds @ 1..120 => format!("{seconds} s"),
        seconds => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

/// Keeps a session's change as it is, and names it.
pub(crate) async fn examine(site: &Site, session: SessionId, workspace: &Workspace) -> Outcome {
    let ground = site.ground(workspace);
    let change = async {
        let Ground { host, workspace, .. } = ground;
        let kept = changes::checkpoint(&host, &workspace, &format!("review-{session}")).await?;
        Ok::<_, crate::workspace::Error>((kept.commit, fingerprint(&host, &workspace).await?))
    };
    Outcome::Examined { session, change: change.await.map_err(|error| chain(&error)) }
}

/// Names a workspace's whole change as it is now.
pub(crate) async fn fingerprint(host: &Host, workspace: &Workspace) -> Result<String, crate::workspace::Error> {
    let wanted = changes::Wanted { from: Some(Side::Base), to: Some(Side::Now), ..changes::Wanted::default() };
    Ok(changes::diff(host, workspace, &wanted).await?.fingerprint)
}
