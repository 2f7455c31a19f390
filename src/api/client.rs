//! The door's other side: what the dashboard and every subcommand hold.

use std::{io, path::Path};

use futures_util::{Stream, StreamExt};
use http_body_util::{BodyExt, Full};
use hyper::{Method, Request, Response, StatusCode, body::Bytes, body::Incoming, header};
use hyper_util::rt::TokioIo;
use serde::{Serialize, de::DeserializeOwned};
use sse_stream::SseStream;
use tokio::net::UnixStream;

use super::wire::{self, Size, Step};
use crate::{
    config::Paths,
    domain::{
        Artifact, ArtifactId, Command, Event, MessageId, ObjectiveId, PullRequestId, Refusal, Reply, Repository,
        SessionId, Spending, TargetName, TargetSight, Timestamp, WorkspaceId, World,
        command::RefusalKind,
        diff::{Diff, Side},
    },
};

/// Why the daemon gave no answer, or said no.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody listens at the socket.
    #[error("no daemon answers at {socket}")]
    NoDaemon {
        /// Where.
        socket: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The daemon went away in the middle.
    #[error("the connection to the daemon broke")]
    Broken(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The daemon speaks another language; it or we should be restarted.
    #[error("the daemon's answer makes no sense to this version of qd: {what}")]
    Nonsense {
        /// What was not understood.
        what: String,
    },
    /// The daemon said no, and why.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

/// A handle on the daemon. Each request opens its own connection: on a unix socket that costs less than keeping one.
#[derive(Debug, Clone)]
pub struct Client {
    socket: std::path::PathBuf,
}

impl Client {
    /// A client of the daemon whose socket is in `paths`; connects when it is first used.
    pub fn new(paths: &Paths) -> Self {
        Self { socket: paths.socket() }
    }

    /// The socket it speaks to.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// Who answers.
    pub async fn status(&self) -> Result<wire::Status, Error> {
        self.read("/v1/status").await
    }

    /// Tells the daemon to end; agents go on. It ends a moment after this returns, and a new one waits for that.
    pub async fn stop(&self) -> Result<(), Error> {
        self.send(Method::POST, "/v1/stop", Bytes::new()).await.map(drop)
    }

    /// Everything the supervisor knows.
    pub async fn world(&self) -> Result<World, Error> {
        self.read("/v1/world").await
    }

    /// Every step after `revision`, for as long as the daemon lives.
    pub async fn changes(&self, revision: u64) -> Result<impl Stream<Item = Result<Step, Error>> + use<>, Error> {
        self.stream(format!("/v1/changes?after={revision}")).await
    }

    /// What is seen of all targets.
    pub async fn sights(&self) -> Result<Vec<TargetSight>, Error> {
        self.read("/v1/targets").await
    }

    /// A target and what is seen of it: once it was looked at after `examined_after`, where that is given.
    pub async fn target(
        &self,
        name: &TargetName,
        examined_after: Option<Timestamp>,
    ) -> Result<wire::TargetDetail, Error> {
        let query = examined_after.map(|Timestamp(at)| format!("?examined_after={at}")).unwrap_or_default();
        self.read(&format!("/v1/targets/{name}{query}")).await
    }

    /// Asks for something to be done.
    pub async fn command(&self, command: &Command) -> Result<Reply, Error> {
        self.post("/v1/commands", command).await
    }

    /// Everything about one session.
    pub async fn session(&self, id: SessionId) -> Result<wire::SessionDetail, Error> {
        self.read(&format!("/v1/sessions/{id}")).await
    }

    /// A session's picture, with up to `history` lines of scrollback before it.
    pub async fn screen(&self, id: SessionId, history: u32) -> Result<wire::Screen, Error> {
        self.read(&format!("/v1/sessions/{id}/screen?history={history}")).await
    }

    /// A session's picture now and after each change, until its pane is gone.
    pub async fn screens(
        &self,
        id: SessionId,
    ) -> Result<impl Stream<Item = Result<wire::Screen, Error>> + use<>, Error> {
        self.stream(format!("/v1/sessions/{id}/screens")).await
    }

    /// Says in which size a session's pane is being looked at.
    pub async fn resize(&self, id: SessionId, size: Size) -> Result<(), Error> {
        self.post::<_, serde_json::Value>(&format!("/v1/sessions/{id}/size"), &size).await.map(drop)
    }

    /// Up to `lines` lines of what a session showed, ending before line `before` (the end, when `None`).
    pub async fn transcript(
        &self,
        id: SessionId,
        before: Option<u64>,
        lines: usize,
    ) -> Result<wire::Transcript, Error> {
        let before = before.map(|line| format!("&before={line}")).unwrap_or_default();
        self.read(&format!("/v1/sessions/{id}/transcript?lines={lines}{before}")).await
    }

    /// How to reach a session's pane with tmux itself.
    pub async fn attach(&self, id: SessionId) -> Result<wire::Attach, Error> {
        self.read(&format!("/v1/sessions/{id}/attach")).await
    }

    /// How we know what a session is doing.
    pub async fn why(&self, id: SessionId) -> Result<wire::Why, Error> {
        self.read(&format!("/v1/sessions/{id}/why")).await
    }

    /// Writes how we know what a session is doing into a file, with its screen and what its agent told: a bug report.
    pub async fn save_why(&self, id: SessionId) -> Result<wire::Saved, Error> {
        self.post(&format!("/v1/sessions/{id}/why"), &()).await
    }

    /// What was left behind, oldest first, without the bodies.
    pub async fn artifacts(&self, of: &wire::ArtifactsOf) -> Result<Vec<Artifact>, Error> {
        let wire::ArtifactsOf { objective, session, kind } = of;
        let parts = [
            objective.map(|id| format!("objective={id}")),
            session.map(|id| format!("session={id}")),
            kind.map(|kind| format!("kind={}", kind.label())),
        ];
        let query: Vec<String> = parts.into_iter().flatten().collect();
        self.read(&format!("/v1/artifacts?{}", query.join("&"))).await
    }

    /// All of an objective as one Markdown document.
    pub async fn report(&self, id: ObjectiveId) -> Result<String, Error> {
        let response = self.send(Method::GET, &format!("/v1/objectives/{id}/report"), Bytes::new()).await?;
        if !response.status().is_success() {
            return Err(refusal(response).await);
        }
        let body = response.into_body().collect().await.map_err(|error| Error::Broken(error.into()))?;
        Ok(String::from_utf8_lossy(&body.to_bytes()).into_owned())
    }

    /// Writes all of an objective as one Markdown document into a file.
    pub async fn save_report(&self, id: ObjectiveId) -> Result<wire::Saved, Error> {
        self.post(&format!("/v1/objectives/{id}/report"), &()).await
    }

    /// An artifact with its body.
    pub async fn artifact(&self, id: ArtifactId) -> Result<wire::ArtifactBody, Error> {
        self.read(&format!("/v1/artifacts/{id}")).await
    }

    /// A pull request with all that was ever said about it.
    pub async fn pull_request(&self, id: PullRequestId) -> Result<wire::PullRequestDetail, Error> {
        self.read(&format!("/v1/pull_requests/{id}")).await
    }

    /// A message with its whole text.
    pub async fn message(&self, id: MessageId) -> Result<wire::MessageBody, Error> {
        self.read(&format!("/v1/messages/{id}")).await
    }

    /// Lines of the log, oldest first: those after a sequence number, or the newest when `after` is `None`.
    pub async fn events(
        &self,
        after: Option<u64>,
        session: Option<SessionId>,
        limit: usize,
    ) -> Result<Vec<Event>, Error> {
        let after = after.map(|sequence| format!("&after={sequence}")).unwrap_or_default();
        let session = session.map(|id| format!("&session={id}")).unwrap_or_default();
        self.read(&format!("/v1/events?limit={limit}{after}{session}")).await
    }

    /// What the words of `query` are found in, best first.
    pub async fn search(&self, query: &str, limit: usize) -> Result<Vec<wire::Hit>, Error> {
        self.read(&format!("/v1/search?limit={limit}&q={}", percent_encoded(query))).await
    }

    /// What was used, also by what was put away.
    pub async fn usage(&self, of: &wire::UsageOf) -> Result<Spending, Error> {
        let wire::UsageOf { objective, session, agent, since } = of;
        let parts = [
            objective.map(|id| format!("objective={id}")),
            session.map(|id| format!("session={id}")),
            agent.as_ref().map(|name| format!("agent={}", percent_encoded(name.as_str()))),
            since.as_ref().map(|day| format!("since={}", percent_encoded(day))),
        ];
        let query: Vec<String> = parts.into_iter().flatten().collect();
        self.read(&format!("/v1/usage?{}", query.join("&"))).await
    }

    /// The agents, with what was found of each; looks again when `refresh`.
    pub async fn agents(&self, refresh: bool) -> Result<Vec<wire::Agent>, Error> {
        self.read(&format!("/v1/agents?refresh={refresh}")).await
    }

    /// What a workspace changed between two of its states: all files without their text, or the file of this path with
    /// its text.
    pub async fn diff(&self, id: WorkspaceId, from: Side, to: Side, file: Option<&str>) -> Result<Diff, Error> {
        let file = file.map(|path| format!("&path={}", percent_encoded(path))).unwrap_or_default();
        self.read(&format!("/v1/workspaces/{id}/diff?from={from}&to={to}{file}")).await
    }

    /// The repositories there are: those written down, and those that work was done in.
    pub async fn repositories(&self) -> Result<Vec<Repository>, Error> {
        self.read("/v1/repositories").await
    }

    /// What is in a workspace.
    pub async fn workspace(&self, id: WorkspaceId) -> Result<wire::WorkspaceDetail, Error> {
        self.read(&format!("/v1/workspaces/{id}")).await
    }

    /// The workspaces that were removed and can be brought back, newest first.
    pub async fn removed_workspaces(&self) -> Result<Vec<wire::RemovedWorkspace>, Error> {
        self.read("/v1/workspaces/removed").await
    }

    async fn read<Answer: DeserializeOwned>(&self, path: &str) -> Result<Answer, Error> {
        answer(self.send(Method::GET, path, Bytes::new()).await?).await
    }

    async fn post<Body: Serialize, Answer: DeserializeOwned>(&self, path: &str, body: &Body) -> Result<Answer, Error> {
        let body = serde_json::to_vec(body).map_err(|error| Error::Nonsense { what: error.to_string() })?;
        answer(self.send(Method::POST, path, body.into()).await?).await
    }

    async fn stream<Item: DeserializeOwned>(
        &self,
        path: String,
    ) -> Result<impl Stream<Item = Result<Item, Error>> + use<Item>, Error> {
        let response = self.send(Method::GET, &path, Bytes::new()).await?;
        if !response.status().is_success() {
            return Err(refusal(response).await);
        }
        let events = SseStream::new(response.into_body());
        Ok(events.filter_map(|event| async {
            match event {
                Ok(event) => event.data.map(|data| understand(data.as_bytes())),
                Err(error) => Some(Err(Error::Broken(error.into()))),
            }
        }))
    }

    async fn send(&self, method: Method, path: &str, body: Bytes) -> Result<Response<Incoming>, Error> {
        let stream = UnixStream::connect(&self.socket)
            .await
            .map_err(|source| Error::NoDaemon { socket: self.socket.display().to_string(), source })?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| Error::Broken(error.into()))?;
        // Ends with the response's body, or when the sender and the response are dropped.
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection to the daemon ended");
            }
        });
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "quarterdeck")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(body))
            .map_err(|error| Error::Nonsense { what: error.to_string() })?;
        sender.send_request(request).await.map_err(|error| Error::Broken(error.into()))
    }
}

async fn answer<Answer: DeserializeOwned>(response: Response<Incoming>) -> Result<Answer, Error> {
    if !response.status().is_success() {
        return Err(refusal(response).await);
    }
    let body = response.into_body().collect().await.map_err(|error| Error::Broken(error.into()))?;
    understand(&body.to_bytes())
}

async fn refusal(response: Response<Incoming>) -> Error {
    let status = response.status();
    let body = match response.into_body().collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) => return Error::Broken(error.into()),
    };
    serde_json::from_slice::<Refusal>(&body).map_or_else(|_| unexplained(status, &body).into(), Error::Refused)
}

/// An error answer that is not one of ours, for example a path that an older daemon does not know.
fn unexplained(status: StatusCode, body: &[u8]) -> Refusal {
    let text = String::from_utf8_lossy(body);
    let kind = match status {
        StatusCode::NOT_FOUND => RefusalKind::NotFound,
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => RefusalKind::Usage,
        _ => RefusalKind::Failed,
    };
    Refusal::new(kind, format!("the daemon answered {status}: {}", text.trim()))
}

fn understand<Answer: DeserializeOwned>(body: &[u8]) -> Result<Answer, Error> {
    serde_json::from_slice(body).map_err(|error| Error::Nonsense { what: error.to_string() })
}

/// `text` as it may stand in the query of a URL.
fn percent_encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}
