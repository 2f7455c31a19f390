//! The door for people and scripts: HTTP/JSON and server-sent events on a unix socket that only its owner can open.
//!
//! Whatever the dashboard can do, `curl --unix-socket` can do. Every path starts with `/v1`.
//!
//! | request | gives |
//! | --- | --- |
//! | `GET /v1/status` | [`wire::Status`] |
//! | `POST /v1/stop` | ends the daemon; agents go on |
//! | `GET /v1/world` | [`World`](crate::domain::World) |
//! | `GET /v1/changes?after=REVISION` | stream of [`wire::Step`]; one with `reload` when the reader fell too far behind |
//! | `POST /v1/commands` | a [`Command`](crate::domain::Command) → [`Reply`](crate::domain::Reply), or a [`Refusal`](crate::domain::Refusal) with status 400, 404, 409 or 500 |
//! | `GET /v1/sessions/ID` | [`wire::SessionDetail`]: everything about one session, with its history |
//! | `GET /v1/sessions/ID/screen?history=LINES` | [`wire::Screen`] |
//! | `GET /v1/sessions/ID/screens` | stream of [`wire::Screen`], one now and one after each change, at most 60 a second |
//! | `POST /v1/sessions/ID/size` | [`wire::Size`]: the pane is being looked at in this size |
//! | `GET /v1/sessions/ID/transcript?before=LINE&lines=N` | [`wire::Transcript`] |
//! | `GET /v1/sessions/ID/attach` | [`wire::Attach`]: how to reach the pane with tmux itself |
//! | `GET /v1/sessions/ID/why` | [`wire::Why`] |
//! | `POST /v1/sessions/ID/why` | [`wire::Saved`]: all of that with the screen and what the agent told, in a file |
//! | `GET /v1/messages/ID` | [`wire::MessageBody`] |
//! | `GET /v1/objectives/ID/report` | all of an objective as one Markdown document, also of one that was put away |
//! | `POST /v1/objectives/ID/report` | [`wire::Saved`]: the same in a file |
//! | `GET /v1/artifacts?objective=ID&session=ID&kind=KIND` | list of [`Artifact`](crate::domain::Artifact), without their texts, also of what was put away; each part may be left out |
//! | `GET /v1/artifacts/ID` | [`wire::ArtifactBody`] |
//! | `GET /v1/pull_requests/ID` | [`wire::PullRequestDetail`]: with all that was ever said about it |
//! | `GET /v1/events?after=SEQUENCE&before=SEQUENCE&session=ID&limit=N` | list of [`Event`](crate::domain::Event), oldest first |
//! | `GET /v1/search?q=WORDS&limit=N` | list of [`wire::Hit`]; transcripts come last, as many of the newest as two seconds and 64 MiB allow |
//! | `GET /v1/usage?objective=ID&session=ID&agent=NAME&since=DAY` | [`Spending`](crate::domain::Spending): what was used, also by what was put away; each part may be left out |
//! | `GET /v1/repositories` | list of [`Repository`](crate::domain::Repository): those written down, and those work was done in |
//! | `GET /v1/agents` | list of [`wire::Agent`] |
//! | `GET /v1/targets` | list of [`TargetSight`](crate::domain::TargetSight): what is seen of each target, fresh where it answers |
//! | `GET /v1/targets/NAME?examined_after=TIME` | [`wire::TargetDetail`]: with what was found there; once it was looked at after that time, where it is given |
//! | `GET /v1/workspaces/removed` | list of [`wire::RemovedWorkspace`]: what was removed and can be brought back |
//! | `GET /v1/workspaces/ID` | [`wire::WorkspaceDetail`]: what is uncommitted, ahead, and how large it is |
//! | `GET /v1/workspaces/ID/diff?from=SIDE&to=SIDE&path=FILE` | [`Diff`](crate::domain::diff::Diff): from `base` to `now` when nothing is said; all files without their text, or one with it |

pub mod agents;
mod answer;
pub mod build;
mod changes;
pub mod client;
mod read;
mod report;
pub mod server;
mod spending;
mod stream;
mod why;
pub mod wire;
mod write;

pub use client::Client;
