//! `qd signal`: what a script, or an agent without hooks, says of the session it runs in.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use clap::Subcommand;
use color_eyre::Result;
use jiff::{SignedDuration, Zoned, civil::Time};

use super::{
    context::Context,
    failure::{Exit, Failure},
    hook::{
        call::Call,
        knock::{Answer, Door},
        spool,
    },
};
use crate::{
    api::wire::agents::{Said, Trouble},
    config::environment,
    domain::{Timestamp, failure::Class, usage::Tokens},
};

/// How long the daemon may take; then it hears it later.
const DEADLINE: Duration = Duration::from_secs(2);

/// Say what the session is doing that this command is run in; for scripts, and for agents that don't say it themselves
///
/// Works only inside of a session: an agent, and whatever it starts, finds the way to quarterdeck in its environment.
/// What is said counts more than what is read off the screen. When the daemon is away, it hears it later.
#[derive(Debug, clap::Args)]
pub(super) struct Signal {
    #[command(subcommand)]
    word: Word,
}

#[derive(Debug, Subcommand)]
enum Word {
    /// It is at work
    Working(Note),
    /// Its turn is over: it waits for the person's next message
    YourTurn {
        /// Something that still runs and will wake it; can be given more than once
        #[arg(long, value_name = "TEXT")]
        background: Vec<String>,
    },
    /// It asks the person something, in its own pane
    Asking(Note),
    /// It shortens its context
    Compacting,
    /// Its provider failed, and it tries again by itself
    Retrying(Failing),
    /// Its turn ended because something failed
    Failed(Failing),
    /// Somebody interrupted its turn
    Interrupted,
    /// Its program ends
    Ended(Note),
    /// How far the work is, in one line
    Progress {
        /// How far
        #[arg(long, value_name = "TEXT")]
        note: String,
    },
    /// The work is done
    Done(Note),
    /// What it has used of a model today, so far; later figures take the place of earlier ones
    Used(Used),
}

#[derive(Debug, clap::Args)]
struct Used {
    /// The model, as its provider calls it
    #[arg(long, value_name = "NAME")]
    model: String,
    /// How many requests
    #[arg(long, value_name = "NUMBER", default_value_t = 0, hide_default_value = true)]
    requests: u64,
    /// Tokens that it read, without those of its cache
    #[arg(long, value_name = "TOKENS", default_value_t = 0, hide_default_value = true)]
    input: u64,
    /// Tokens that it wrote
    #[arg(long, value_name = "TOKENS", default_value_t = 0, hide_default_value = true)]
    output: u64,
    /// Tokens that it read from its cache
    #[arg(long, value_name = "TOKENS", default_value_t = 0, hide_default_value = true)]
    cache_read: u64,
    /// Tokens that it put into its cache
    #[arg(long, value_name = "TOKENS", default_value_t = 0, hide_default_value = true)]
    cache_write: u64,
}

#[derive(Debug, clap::Args)]
struct Note {
    /// More about it, in a few words
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    note: String,
}

#[derive(Debug, clap::Args)]
struct Failing {
    /// What kind of failure: rate_limit, overloaded, usage_limit, context_full, authentication, billing, network,
    /// invalid_model, permission_refused, crash or unknown
    #[arg(long, value_name = "CLASS", value_parser = class, default_value = "unknown", hide_default_value = true)]
    class: Class,
    /// When it is over: a time of day (15:30), a moment (2026-11-21T15:30:00Z) or how long (90s, 5m, 2h)
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Option<Timestamp>,
    #[command(flatten)]
    note: Note,
}

impl From<Word> for Said {
    fn from(word: Word) -> Said {
        match word {
            Word::Working(Note { note }) => Said::Working { note },
            Word::YourTurn { background } => Said::YourTurn { background },
            Word::Asking(Note { note }) => Said::Asking { note },
            Word::Compacting => Said::Compacting,
            Word::Retrying(failing) => Said::Retrying(failing.into()),
            Word::Failed(failing) => Said::Failed(failing.into()),
            Word::Interrupted => Said::Interrupted,
            Word::Ended(Note { note }) => Said::Ended { note },
            Word::Progress { note } => Said::Progress { note },
            Word::Done(Note { note }) => Said::Done { note },
            Word::Used(Used { model, requests, input, output, cache_read, cache_write }) => {
                Said::Used { model, requests, tokens: Tokens { input, output, cache_read, cache_write } }
            }
        }
    }
}

impl From<Failing> for Trouble {
    fn from(Failing { class, until, note: Note { note } }: Failing) -> Trouble {
        Trouble { class, until, note }
    }
}

impl Signal {
    pub(super) fn run(self, context: &mut Context) -> Result<Exit> {
        let door = Door::of_environment().ok_or_else(|| {
            Failure::usage("`qd signal` speaks for the session it runs in, and this is none")
                .hint("run it in an agent's pane, or from a script or hook that the agent starts")
        })?;
        let said = Said::from(self.word);
        let word = said.word();
        let call = Call::new("/signal".into(), serde_json::to_vec(&said)?);
        let heard = match door.ask(&call, Instant::now() + DEADLINE) {
            Ok(Answer::Taken | Answer::Decided(_)) => true,
            Ok(Answer::Refused { status: 401, .. }) => {
                let failure = Failure::new(Exit::Refused, "this session is over: nobody listens to it any more");
                return Err(failure.hint("`qd resume` starts it again, with a new way to be heard").into());
            }
            Ok(Answer::Refused { reason, .. }) => return Err(Failure::new(Exit::Refused, reason).into()),
            Err(error) => {
                keep(&call).map_err(|kept| {
                    Failure::new(
                        Exit::Failed,
                        format!("the daemon does not answer ({error}), and this can't be kept: {kept}"),
                    )
                    .hint("`qd doctor` says what is wrong; any command starts the daemon")
                })?;
                false
            }
        };
        if context.json() {
            context.output.json(&serde_json::json!({ "said": word, "heard": heard }))?;
        } else if !heard {
            context.notices.say("the daemon does not answer; it hears this when it is back");
        }
        Ok(Exit::Done)
    }
}

fn keep(call: &Call) -> std::io::Result<()> {
    let file = std::env::var_os(environment::SPOOL).filter(|file| !file.is_empty());
    let file = file.ok_or_else(|| std::io::Error::other(format!("{} is not set", environment::SPOOL)))?;
    spool::append(&PathBuf::from(file), &call.told())
}

fn class(text: &str) -> Result<Class, String> {
    let word = text.trim().to_ascii_lowercase().replace('-', "_");
    serde_json::from_value(serde_json::Value::String(word)).map_err(|_| "there is no such class".into())
}

fn moment(text: &str) -> Result<Timestamp, String> {
    moment_after(text, &Zoned::now())
}

/// A time of day is the next one.
fn moment_after(text: &str, now: &Zoned) -> Result<Timestamp, String> {
    let milliseconds = |at: &Zoned| Timestamp(at.timestamp().as_millisecond());
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Ok(Timestamp(at.as_millisecond()));
    }
    if let Ok(long) = text.parse::<SignedDuration>()
        && !long.is_negative()
    {
        return now.checked_add(long).map(|at| milliseconds(&at)).map_err(|error| error.to_string());
    }
    let time: Time = text.parse().map_err(|_| "write a time of day, a moment, or how long: 15:30, 5m")?;
    let today = now.with().time(time).build().map_err(|error| error.to_string())?;
    let next = if today < *now { today.tomorrow().map_err(|error| error.to_string())? } else { today };
    Ok(milliseconds(&next))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_said_in_three_ways() {
        let now: Zoned = "2026-11-21T15:00:00+01:00[Europe/Berlin]".parse().unwrap();
        let at = |text: &str| {
            let Timestamp(at) = moment_after(text, &now).unwrap();
            jiff::Timestamp::from_millisecond(at).unwrap().to_string()
        };
        assert_eq!(at("2026-11-21T15:30:00Z"), "2026-11-21T15:30:00Z");
        assert_eq!(at("15:30"), "2026-11-21T14:30:00Z");
        assert_eq!(at("09:05"), "2026-11-22T08:05:00Z");
        assert_eq!(at("90s"), "2026-11-21T14:01:30Z");
        assert_eq!(at("2h"), "2026-11-21T16:00:00Z");
        for text in ["", "soon", "25:00", "-5m"] {
            assert!(moment_after(text, &now).is_err(), "{text}");
        }
    }

    #[test]
    fn every_class_can_be_said() {
        for known in Class::ALL {
            let word = serde_json::to_value(known).unwrap();
            assert_eq!(class(word.as_str().unwrap()), Ok(known));
            assert_eq!(class(&word.as_str().unwrap().replace('_', "-")), Ok(known));
        }
        assert!(class("tired").is_err());
    }
}
