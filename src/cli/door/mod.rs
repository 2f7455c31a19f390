//! The way to the daemon: it answers, or it is started, or it is said why not.
//!
//! Any command may be the one that starts the daemon. Two that try at once both start a process; the file lock lets one
//! of them live, and both commands speak to it. A daemon of another build is noticed here and nowhere else.

mod follow;
mod start;

use std::time::Duration;

use color_eyre::{Result, eyre::WrapErr};

use super::{
    context::Context,
    failure::{Exit, Failure},
};
use crate::api::{Client, build, client, wire};

pub(super) use follow::until;
pub(super) use start::{start, start_below};

/// How often a daemon that breaks off in the middle is asked again, and after how long: a process that was killed holds
/// its socket until its last thread has ended.
const TRIES: usize = 20;
const TRY_AGAIN: Duration = Duration::from_millis(50);

/// A daemon that answers and speaks our language; started when there is none.
///
/// # Errors
/// [`start::Error`] when it can't be started, [`Failure`] when it speaks another language and stays.
pub(super) async fn open(context: &Context) -> Result<Client> {
    let client = Client::new(&context.paths);
    match status(&client).await {
        Ok(status) => match difference(&status) {
            None => Ok(client),
            Some(difference) => resolve(context, client, difference).await,
        },
        Err(client::Error::NoDaemon { source, .. }) if nobody_listens(&source) => {
            start(&context.paths, &context.everywhere).await?;
            Ok(client)
        }
        Err(client::Error::Nonsense { .. }) => resolve(context, client, Difference::Protocol { daemons: None }).await,
        Err(error) => Err(error).wrap_err("cannot speak to the daemon"),
    }
}

/// Who answers. One that went away while it was asked is asked again: either nobody listens by then, or its successor.
async fn status(client: &Client) -> Result<wire::Status, client::Error> {
    for _ in 0..TRIES {
        match client.status().await {
            Err(client::Error::Broken(_)) => tokio::time::sleep(TRY_AGAIN).await,
            answer => return answer,
        }
    }
    client.status().await
}

/// Ends the daemon and starts one of this build. Agents go on.
///
/// # Errors
/// When it does not end, or the new one does not start.
pub(super) async fn restart(context: &Context) -> Result<()> {
    match Client::new(&context.paths).stop().await {
        Ok(()) => {}
        Err(client::Error::NoDaemon { source, .. }) if nobody_listens(&source) => {}
        Err(error) => return Err(error).wrap_err("cannot end the daemon"),
    }
    Ok(start(&context.paths, &context.everywhere).await?)
}

/// No process has the socket open.
pub(super) fn nobody_listens(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::ConnectionRefused)
}

/// How the daemon differs from us.
enum Difference {
    /// It speaks another language; `None` when not even its version can be read.
    Protocol { daemons: Option<u32> },
    /// It was built at another time, and speaks our language.
    Build { daemons: String },
}

fn difference(status: &wire::Status) -> Option<Difference> {
    if status.protocol != wire::PROTOCOL {
        return Some(Difference::Protocol { daemons: Some(status.protocol) });
    }
    (status.build != build::fingerprint()).then(|| Difference::Build { daemons: status.version.clone() })
}

async fn resolve(context: &Context, client: Client, difference: Difference) -> Result<Client> {
    let what = match &difference {
        Difference::Protocol { daemons: Some(daemons) } => {
            format!("the daemon speaks version {daemons} of the protocol, this qd version {}", wire::PROTOCOL)
        }
        Difference::Protocol { daemons: None } => "the daemon is of another version of qd".into(),
        Difference::Build { daemons } => format!("the daemon is another build of qd ({daemons})"),
    };
    let wanted = context.everywhere.restart_daemon
        || (context.notices.can_ask() && context.notices.ask(format!("{what}; restart it? Agents go on.")));
    if wanted {
        restart(context).await?;
        return Ok(client);
    }
    match difference {
        Difference::Protocol { .. } => Err(Failure::new(Exit::Refused, what)
            .hint("`qd daemon restart` starts one of this version; agents go on")
            .into()),
        Difference::Build { .. } => {
            if !context.json() {
                context.notices.say(format!("{what}; `qd daemon restart` starts one of this build, and agents go on"));
            }
            Ok(client)
        }
    }
}
