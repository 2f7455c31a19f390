//! Making a workspace and starting a program in it.

use std::path::Path;

use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    clock::now,
    core::{Outcome, SetupRan},
    describe::chain,
    job::Whole,
    repositories,
    rooms::Rooms,
    sites::Site,
    stopping,
    token::Token,
    told_door,
};
use crate::{
    agent::{self, LaunchRequest, Ours, OwnSettings},
    config::environment,
    domain::{
        AttemptId, MessageId, Repository, RepositoryName, SessionId, Timestamp, Workspace,
        workspace::{self, Kind},
    },
    target::processes,
    tmux::{self, PaneSpec},
    workspace::{
        self as checkouts, SetUp,
        setup::{Place, Printed},
        transfer::{self, Bring},
    },
};

/// Makes the workspace, usable, and the token of its agent; asked again, finds them made. What takes long of it is called
/// off when the attempt is to be ended.
pub(crate) async fn prepare(rooms: &Rooms, site: &Site, whole: &Whole, stopping: &CancellationToken) -> Outcome {
    let attempt = whole.attempt.id;
    if let Err(error) = end_earlier_attempts(rooms, site, whole).await {
        return Outcome::NotStarted { attempt, error };
    }
    let token = match Token::find_or_make(&rooms.paths.attempt(attempt)) {
        Ok(token) => token,
        Err(error) => return Outcome::NotStarted { attempt, error: format!("cannot make its token: {error}") },
    };
    match make_workspace(rooms, site, whole, stopping).await {
        Ok(made) => {
            let setup = match set_up(rooms, site, whole, &made, stopping).await {
                Ok(SetUp::Done(printed)) => printed.map(ran),
                // The workspace is there; the attempt ends by what called the setup off.
                Ok(SetUp::Canceled) => None,
                Ok(SetUp::Failed { why, printed }) => {
                    return Outcome::NotSetUp { attempt, error: why, setup: ran(printed) };
                }
                Err(error) => return Outcome::NotStarted { attempt, error },
            };
            let conversation = whole.attempt.conversation.clone().or_else(|| {
                let profile = rooms.profiles.find(&whole.session.profile)?;
                (profile.conversation == agent::Conversation::Ours).then(|| Uuid::new_v4().to_string())
            });
            Outcome::Prepared {
                attempt,
                path: made.path,
                branch: made.branch,
                base: made.base,
                conversation,
                token_hash: Some(token.hash()),
                setup,
            }
        }
        Err(error) => Outcome::NotStarted { attempt, error },
    }
}

fn ran(printed: Printed) -> SetupRan {
    SetupRan { output: printed.text(), title: printed.title }
}

/// What is set for the repository of a checkout of its own; nobody sets up a folder of the person's.
fn repository_of(rooms: &Rooms, workspace: &Workspace) -> Result<Option<Repository>, String> {
    match (workspace.kind, &workspace.repository) {
        (Kind::Isolated | Kind::PullRequest, Some(folder)) => {
            let known = repositories::sound(rooms, folder)?;
            let unknown = || Repository::at(RepositoryName::of_folder(folder), folder.clone());
            Ok(Some(known.unwrap_or_else(unknown)))
        }
        (Kind::Isolated | Kind::PullRequest, None) | (Kind::Shared | Kind::Scratch, _) => Ok(None),
    }
}

/// Makes a new workspace usable. One that an agent has worked in stays as it is.
async fn set_up(
    rooms: &Rooms,
    site: &Site,
    whole: &Whole,
    made: &Made,
    stopping: &CancellationToken,
) -> Result<SetUp, String> {
    let tag = rooms.tag(whole.attempt.id);
    let repository = repository_of(rooms, &whole.workspace)?;
    let Some(repository) = repository.filter(|_| whole.workspace.state == workspace::State::Planned) else {
        return Ok(SetUp::Done(None));
    };
    // What a setup has left that was interrupted with an earlier daemon.
    processes::end(&site.host, &tag, None, rooms.config.sessions.stop_grace).await.map_err(|error| chain(&error))?;
    let place = Place {
        workspace: whole.workspace.id,
        session: whole.session.id,
        path: &made.path,
        branch: made.branch.as_deref(),
        root: &site.folders.workspaces,
        repository: &repository,
    };
    let extra = [(processes::TAG.to_owned(), tag.clone())];
    let went = checkouts::set_up(&site.host, place, &extra, stopping).await.map_err(|error| chain(&error))?;
    if !matches!(went, SetUp::Done(_)) {
        let ended = processes::end(&site.host, &tag, None, rooms.config.sessions.stop_grace).await;
        ended.map_err(|error| chain(&error))?;
    }
    Ok(went)
}

/// The variables of its workspace, for whatever runs there; none in the person's own folders.
pub(crate) async fn variables(
    rooms: &Rooms,
    site: &Site,
    session: SessionId,
    workspace: &Workspace,
) -> Result<Vec<(String, String)>, String> {
    let Some(repository) = repository_of(rooms, workspace)? else { return Ok(Vec::new()) };
    let place = Place {
        workspace: workspace.id,
        session,
        path: &workspace.path,
        branch: workspace.branch.as_deref(),
        root: &site.folders.workspaces,
        repository: &repository,
    };
    checkouts::setup::variables(&site.host, place).await.map_err(|error| chain(&error))
}

/// Two programs must never work on one conversation in one folder: what an earlier attempt left is ended first.
async fn end_earlier_attempts(rooms: &Rooms, site: &Site, whole: &Whole) -> Result<(), String> {
    let earlier = rooms.store.attempts(whole.session.id).await.map_err(|error| chain(&error))?;
    for earlier in earlier.into_iter().filter(|earlier| earlier.id < whole.attempt.id) {
        stopping::sweep(rooms, site, earlier.id).await;
    }
    Ok(())
}

struct Made {
    path: std::path::PathBuf,
    branch: Option<String>,
    base: Option<crate::domain::workspace::Base>,
}

async fn make_workspace(
    rooms: &Rooms,
    site: &Site,
    whole: &Whole,
    stopping: &CancellationToken,
) -> Result<Made, String> {
    let workspace = &whole.workspace;
    if workspace.state == crate::domain::workspace::State::Ready {
        // An earlier attempt worked here.
        let made =
            Made { path: workspace.path.clone(), branch: workspace.branch.clone(), base: workspace.base.clone() };
        return match site.host.is_folder(&made.path).await {
            Ok(true) => Ok(made),
            Ok(false) => Err(format!("its workspace {} at {} is gone", workspace.id, made.path.display())),
            Err(error) => Err(format!("its workspace {} can't be looked for: {error}", workspace.id)),
        };
    }
    match (workspace.kind, &workspace.repository) {
        (Kind::Isolated, Some(repository)) => {
            let base = base_of(rooms, whole, repository);
            let request = request(rooms, site, whole, repository, (base, None), stopping).await?;
            let prepared = checkouts::prepare(&site.host, request).await.map_err(|error| chain(&error))?;
            Ok(Made { path: prepared.path, branch: Some(prepared.branch), base: Some(prepared.base) })
        }
        (Kind::PullRequest, Some(repository)) => {
            let offer = whole.offer.as_ref().ok_or("its pull request is not known any more")?;
            let from = (Some(offer.base.clone()), Some(offer.branch.clone()));
            let request = request(rooms, site, whole, repository, from, stopping).await?;
            let prepared = checkouts::prepare(&site.host, request).await.map_err(|error| chain(&error))?;
            Ok(Made { path: prepared.path, branch: Some(prepared.branch), base: Some(prepared.base) })
        }
        (Kind::Shared, Some(repository)) => Ok(Made { path: repository.clone(), branch: None, base: None }),
        (Kind::Scratch, _) | (_, None) => {
            let made = checkouts::scratch(&site.host, &site.folders.workspaces, workspace.id).await;
            let path = made.map_err(|error| chain(&error))?;
            Ok(Made { path, branch: None, base: None })
        }
    }
}

/// What is asked for, with the mirror that it comes from: where the repository has no checkout of the person's, and on
/// another machine, to which its base is brought, and the branch that work goes on with.
async fn request(
    rooms: &Rooms,
    site: &Site,
    whole: &Whole,
    repository: &Path,
    (base, branch): (Option<String>, Option<String>),
    stopping: &CancellationToken,
) -> Result<checkouts::Request, String> {
    let written = repositories::sound(rooms, repository)?;
    if let Some((url, written)) = written.as_ref().and_then(|written| Some((written.url.as_ref()?, written))) {
        let mirror = checkouts::mirror(&rooms.local, repository, url, !written.sparse.is_empty());
        tokio::select! {
            made = mirror => made.map_err(|error| chain(&error))?,
            () = stopping.cancelled() => return Err("it was called off while it was cloned".into()),
        }
    }
    let (repository, start) = if site.host.is_local() {
        (repository.to_owned(), checkouts::Start::Named(base))
    } else {
        let mirror = site.folders.mirror(repository);
        let wanted = Bring { repository, base: base.as_deref(), branch: branch.as_deref(), mirror: &mirror };
        let brought = tokio::select! {
            brought = transfer::bring(&rooms.local, &site.host, wanted) => brought.map_err(|error| chain(&error))?,
            () = stopping.cancelled() => return Err("it was called off while its base was brought there".into()),
        };
        (mirror, checkouts::Start::Found(brought))
    };
    Ok(checkouts::Request {
        workspace: whole.workspace.id,
        session: whole.session.id,
        objective: whole.objective.id,
        title: whole.session.title.clone(),
        repository,
        start,
        branch,
        sparse: written.map(|written| written.sparse).unwrap_or_default(),
        root: site.folders.workspaces.clone(),
    })
}

/// What it starts from, the nearest word first: the session's, the objective's about its own repository, what was
/// written about the repository, the person's setting for all.
fn base_of(rooms: &Rooms, whole: &Whole, repository: &Path) -> Option<String> {
    let of_objective = || whole.objective.base.clone().filter(|_| whole.session.repository.is_none());
    let written = || rooms.repositories.of(repository)?.base;
    whole.session.base.clone().or_else(of_objective).or_else(written).or_else(|| rooms.config.workspace.base.clone())
}

/// Starts the program; asked again, finds its pane by the attempt's name.
pub(crate) async fn launch(
    rooms: &Rooms,
    site: &Site,
    whole: &Whole,
    prompt: Option<MessageId>,
    begun: Option<Timestamp>,
) -> Outcome {
    let attempt = whole.attempt.id;
    if let Some(begun) = begun
        && may_have_run(site, attempt, begun).await
    {
        return Outcome::LaunchLost { attempt };
    }
    match start(rooms, site, whole, prompt).await {
        Ok((pane, prompt_in_argv)) => Outcome::Launched { attempt, pane: pane.id, pid: pane.pid, prompt_in_argv },
        Err(error) => Outcome::NotStarted { attempt, error },
    }
}

/// An earlier daemon began this launch, its pane is not there, and tmux has started anew since.
async fn may_have_run(site: &Site, attempt: AttemptId, begun: Timestamp) -> bool {
    loop {
        match (site.tmux.panes().await, site.tmux.age().await) {
            (Ok(panes), Ok(age)) => {
                let name = attempt.to_string();
                let running_since = now().0 / 1_000 - i64::try_from(age.as_secs()).unwrap_or(i64::MAX);
                return !panes.iter().any(|pane| pane.session_name == name) && running_since > begun.0 / 1_000;
            }
            (Err(tmux::Error::Closed), _) | (_, Err(tmux::Error::Closed)) => return false,
            (Err(error), _) | (_, Err(error)) => tracing::debug!(%attempt, %error, "tmux can't be asked yet"),
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
}

async fn start(
    rooms: &Rooms,
    site: &Site,
    whole: &Whole,
    prompt: Option<MessageId>,
) -> Result<(crate::tmux::Pane, bool), String> {
    let attempt = whole.attempt.id;
    let profile = rooms
        .profiles
        .find(&whole.session.profile)
        .ok_or_else(|| format!("there is no usable agent {}", whole.session.profile))?;
    let body = match prompt {
        Some(id) => rooms.store.body(id).await.map_err(|error| chain(&error))?,
        None => None,
    };
    let conversation = whole.attempt.conversation.as_deref();
    let folder = site.folders.attempt(attempt);
    let variable = |name: &str| site.variable(name).map(str::to_owned);
    let own = OwnSettings::find(&site.host, profile, &whole.workspace.path, variable).await;
    let launch = profile.launch(LaunchRequest {
        prompt: body.as_deref(),
        resume: conversation.filter(|_| whole.attempt.resumes),
        new_conversation: conversation.and_then(|id| id.parse().ok()).unwrap_or_else(Uuid::new_v4),
        prompt_file: &site.folders.prompts.join(format!("{attempt}.txt")),
        workspace: &whole.workspace.path,
        shell: site.variable("SHELL"),
        ours: Ours {
            program: &site.program,
            by_script: !site.host.is_local(),
            door: site.door,
            token_variable: environment::TOKEN,
            folder: &folder,
        },
        own: &own,
    });
    for (path, text) in &launch.files {
        let written = site.host.write(path, text.as_bytes()).await;
        written.map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    }
    let token =
        Token::find(&rooms.paths.attempt(attempt)).map_err(|error| format!("cannot read its token: {error}"))?;
    let mut environment = site.environment.to_vec();
    environment.extend(variables(rooms, site, whole.session.id, &whole.workspace).await?);
    environment.extend(launch.environment);
    environment.push(("COLORTERM".into(), "truecolor".into()));
    environment.push((processes::TAG.into(), rooms.tag(attempt)));
    environment.push((environment::SESSION.into(), whole.session.id.to_string()));
    environment.push((environment::DOOR.into(), format!("http://{}", site.door)));
    environment.push((environment::TOKEN.into(), token.secret()));
    environment.push((environment::SPOOL.into(), folder.join("spool.jsonl").to_string_lossy().into_owned()));
    let spec = PaneSpec {
        name: attempt.to_string(),
        directory: whole.workspace.path.clone(),
        argv: launch.argv,
        environment,
        columns: rooms.config.sessions.columns,
        rows: rooms.config.sessions.rows,
        record_to: site.folders.recording(attempt),
    };
    told_door::keep(&rooms.paths.attempt(attempt), site.door)
        .map_err(|error| format!("cannot keep where the agents' door is: {error}"))?;
    let pane = site.tmux.spawn(spec).await.map_err(|error| chain(&error))?;
    Ok((pane, launch.prompt_in_argv))
}
