//! Who we are to a client, and what comes of a call.

use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation, JsonObject,
        ListToolsResult, PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool,
    },
    service::RequestContext,
};

use super::{
    arguments::{Call, ReadArtifact},
    ask,
    endpoint::Speaker,
    offers,
    tools::{self, May},
    waiting::Waiting,
    words,
};
use crate::{
    domain::{Session, Workspace, World, repository::Publish, tool::ToolReply, workspace},
    engine::{Caller, Engine},
};

/// What a call comes to: what the model reads, or why it was not carried out.
pub(super) type Told = Result<String, String>;

/// Carries calls out. Cheap to clone.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) engine: Engine,
    pub(super) waiting: Waiting,
}

impl Server {
    pub(super) fn new(engine: Engine, waiting: Waiting) -> Self {
        Self { engine, waiting }
    }

    async fn carry_out(&self, call: Call, context: RequestContext<RoleServer>, speaker: Speaker) -> Told {
        match call {
            Call::AskUser(question) => ask::ask(self, speaker, question, context).await,
            Call::ReadArtifact(wanted) => self.read_artifact(&speaker, &wanted).await,
            Call::Tool(call) => {
                let after = words::After::of(&call);
                let reply = self.engine.tool(speaker.caller.attempt, call).await;
                match (after, reply.map_err(|refusal| words::refused(&refusal))?) {
                    (words::After::Offer(wanted), ToolReply::PullRequest { pull_request }) => {
                        offers::settled(self, wanted, pull_request, &context).await
                    }
                    (after, reply) => Ok(after.told(&reply)),
                }
            }
        }
    }

    /// What the caller may do, as it stands now; a client asks once, at its start.
    async fn may(&self, caller: &Caller) -> May {
        let Ok(world) = self.engine.world().await else { return May::default() };
        let review = world.judgements.contains_key(&caller.session);
        let Some(session) = world.sessions.get(&caller.session) else { return May::default() };
        let workspace = session.workspace.and_then(|id| world.workspaces.get(&id));
        let publish = workspace.is_some_and(|workspace| self.may_publish(&world, session, workspace));
        May { publish: publish && !review, review }
    }

    fn may_publish(&self, world: &World, session: &Session, workspace: &Workspace) -> bool {
        let Some(folder) = workspace.repository.as_deref() else { return false };
        let has_branch = match workspace.kind {
            workspace::Kind::Isolated | workspace::Kind::PullRequest => true,
            workspace::Kind::Shared | workspace::Kind::Scratch => false,
        };
        let agents = world.objectives.get(&session.objective).is_some_and(|objective| objective.agents_publish);
        let set_up = self.engine.rooms().repositories.of(folder).map(|repository| repository.publish);
        has_branch
            && match set_up.unwrap_or_default() {
                Publish::Ask => agents,
                Publish::Agents => true,
                Publish::Never => false,
            }
    }

    /// What was left for another objective is not there for this one.
    async fn read_artifact(&self, speaker: &Speaker, wanted: &ReadArtifact) -> Told {
        let found = self.engine.rooms().store.artifact(wanted.id).await;
        let found = found.map_err(|error| format!("Not done: it could not be read ({error}). Go on without it."))?;
        match found.filter(|(artifact, _)| artifact.objective == speaker.caller.objective) {
            Some((artifact, body)) => Ok(words::read(&artifact, &body, wanted.start)),
            None => Err(format!("There is no {} for this objective; list_artifacts lists what there is.", wanted.id)),
        }
    }
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        let ourselves = Implementation::new("quarterdeck", env!("CARGO_PKG_VERSION")).with_title("quarterdeck");
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(ourselves)
            .with_instructions(words::INSTRUCTIONS)
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        tools::find(name)
    }

    async fn list_tools(
        &self,
        _page: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let may = match speaker(&context) {
            Some(speaker) => self.may(&speaker.caller).await,
            None => May::default(),
        };
        Ok(ListToolsResult::with_all_items(tools::listed(may)))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        if tools::find(&request.name).is_none() {
            return Err(ErrorData::invalid_params(format!("there is no tool {:?}", request.name), None));
        }
        let speaker = speaker(&context).ok_or_else(|| ErrorData::internal_error("nobody speaks", None))?;
        let arguments: JsonObject = request.arguments.unwrap_or_default();
        let told = match Call::parse(&request.name, arguments) {
            Ok(call) => self.carry_out(call, context, speaker).await,
            Err(wrong) => Err(wrong.to_string()),
        };
        Ok(CallToolResponse::Complete(result(told)))
    }
}

/// What a client gets of it.
pub(super) fn result(told: Told) -> CallToolResult {
    match told {
        Ok(text) => CallToolResult::success(vec![ContentBlock::text(text)]),
        Err(text) => CallToolResult::error(vec![ContentBlock::text(text)]),
    }
}

fn speaker(context: &RequestContext<RoleServer>) -> Option<Speaker> {
    context.extensions.get::<axum::http::request::Parts>()?.extensions.get::<Speaker>().cloned()
}
