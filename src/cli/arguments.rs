//! The command line: every spelling a person can type.

use clap::{Parser, Subcommand};

use super::{
    agents, answer, archive, artifacts, attach, cancel, checkpoint, checkpoints, completions, config, daemon, demo,
    diff, doctor, done, events, export, interrupt, ls, man, new, objective, overrule, pr, ps, questions, reclaim,
    rename, repo, restore, resume, rollback, screen, search, send, show, signal, target, transcript, usage, verify,
    why, workspaces,
};

const AFTER_HELP: &str = "\
Without a command, qd opens the dashboard.

Ids: o1 objective · s14 session · m5 message · q3 question · w2 workspace · f4 artifact
     p1 pull request · r4 remark · c1 checkpoint.
Exit codes: 0 done · 1 failed · 2 usage · 3 not found · 4 refused or canceled.
Environment: QD_HOME moves all of quarterdeck's own things to one folder; QD_AGENT, QD_THEME,
QD_LOG and QD_SECTION_KEY set a setting (`qd config show`); NO_COLOR turns colours off.";

/// Command a crew of coding agents from one terminal
#[derive(Debug, Parser)]
#[command(name = "qd", version, after_help = AFTER_HELP, max_term_width = 100, infer_long_args = true)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) everywhere: Everywhere,
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

/// What can be said for every command alike.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Everywhere {
    /// Answer in JSON; errors too, on standard error
    #[arg(long, global = true, display_order = 100)]
    pub(super) json: bool,
    /// How much goes into the log files: error, warn, info, debug, trace
    #[arg(long, global = true, value_name = "LEVEL", display_order = 101)]
    log: Option<String>,
    /// Set a setting for this run, for example --set dashboard.theme=nord
    #[arg(long, global = true, value_name = "KEY=VALUE", value_parser = setting, display_order = 102)]
    set: Vec<(String, String)>,
    /// Restart a daemon of another version or build without asking; agents go on
    #[arg(long, global = true, display_order = 103)]
    pub(super) restart_daemon: bool,
}

impl Everywhere {
    /// Settings given here: the flag, the key and the value.
    pub(super) fn flags(&self) -> Vec<(String, String, String)> {
        let set = self.set.iter().map(|(key, value)| (format!("--set {key}={value}"), key.clone(), value.clone()));
        let log = self.log.iter().map(|level| (format!("--log {level}"), "log.level".to_owned(), level.clone()));
        set.chain(log).collect()
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    New(new::New),
    Ls(ls::Ls),
    Ps(ps::Ps),
    Show(show::Show),
    Screen(screen::Screen),
    Send(send::Send),
    Interrupt(interrupt::Interrupt),
    Attach(attach::Attach),
    Cancel(cancel::Cancel),
    Done(done::Done),
    Resume(resume::Resume),
    Questions(questions::Questions),
    Answer(answer::Answer),
    Transcript(transcript::Transcript),
    Diff(diff::Diff),
    Search(search::Search),
    Events(events::Events),
    Why(why::Why),
    Agents(agents::Agents),
    Usage(usage::Usage),
    Pr(pr::Pr),
    Verify(verify::Verify),
    Overrule(overrule::Overrule),
    Repo(repo::Repo),
    Artifacts(artifacts::Artifacts),
    Export(export::Export),
    Workspaces(workspaces::Workspaces),
    Reclaim(reclaim::Reclaim),
    Restore(restore::Restore),
    Objective(objective::Objective),
    Checkpoint(checkpoint::Checkpoint),
    Checkpoints(checkpoints::Checkpoints),
    Rollback(rollback::Rollback),
    Target(target::Target),
    Rename(rename::Rename),
    Archive(archive::Archive),
    Demo(demo::Demo),
    Signal(signal::Signal),
    Doctor(doctor::Doctor),
    Config(config::Config),
    Daemon(daemon::Daemon),
    Completions(completions::Completions),
    Man(man::Man),
}

impl Command {
    /// A broken setting could make it do something else than what the person means. The others say what is broken, or
    /// must work all the same.
    pub(super) fn wants_sound_settings(&self) -> bool {
        !matches!(
            self,
            Command::Signal(_)
                | Command::Doctor(_)
                | Command::Config(_)
                | Command::Daemon(_)
                | Command::Completions(_)
                | Command::Man(_)
        )
    }
}

fn setting(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write KEY=VALUE")?;
    Ok((key.trim().into(), value.trim().into()))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_contradicts_itself_nowhere() {
        super::Arguments::command().debug_assert();
    }
}
