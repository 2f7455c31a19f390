//! Small worlds to draw.

use std::time::Duration;

use quarterdeck::domain::{
    Activity, Attempt, AttemptId, Event, Message, MessageId, Objective, ObjectiveId, Placement, Question, QuestionId,
    Session, SessionId, Target, TargetName, Timestamp, Workspace, WorkspaceId, World,
    activity::{Doing, Evidence, Source},
    attempt, event,
    message::{self, Delivery},
    objective, question,
    session::{self, Role, State},
    target,
    workspace::{self, Kind},
};

/// The moment of every picture.
pub(crate) const NOW: Timestamp = Timestamp(1_800_000_000_000);

/// A moment before [`NOW`].
pub(crate) fn ago(seconds: u64) -> Timestamp {
    Timestamp(NOW.0 - i64::try_from(Duration::from_secs(seconds).as_millis()).expect("small"))
}

/// Makes a world, row by row.
pub(crate) struct Builder {
    world: World,
}

pub(crate) fn session_id(number: u32) -> SessionId {
    SessionId::from_number(number).expect("not zero")
}

impl Builder {
    pub(crate) fn new() -> Self {
        let mut world = World { revision: 1, ..World::default() };
        let local = TargetName::local();
        let target = Target {
            name: local.clone(),
            place: target::Place::Local,
            state: target::State::Online,
            state_since: ago(7_200),
            capacity: Some(8),
            labels: Vec::new(),
            link: target::Link::Here,
        };
        world.targets.insert(local, target);
        Self { world }
    }

    pub(crate) fn objective(mut self, number: u32, title: &str) -> Self {
        let id = ObjectiveId::from_number(number).expect("not zero");
        let objective = Objective {
            id,
            title: title.into(),
            repository: Some("/home/ada/engine".into()),
            base: None,
            mode: objective::Mode::Plain,
            agents_publish: false,
            state: objective::State::Open,
            created_at: ago(3_600 * u64::from(number)),
            archived: false,
        };
        self.world.objectives.insert(id, objective);
        self
    }

    /// A session of the newest objective, running and doing this.
    pub(crate) fn running(self, number: u32, title: &str, agent: &str, doing: Doing) -> Self {
        let attempt = AttemptId::from_number(number).expect("not zero");
        let mut builder = self.session(number, title, agent, State::Running { attempt }, doing);
        let id = session_id(number);
        let row = Attempt {
            id: attempt,
            session: id,
            target: TargetName::local(),
            state: attempt::State::Live { pane: attempt::PaneId(format!("%{number}")), pid: 1_000 + number },
            state_since: ago(300),
            conversation: None,
            token_hash: None,
            resumes: false,
            ready: true,
            created_at: ago(300),
        };
        builder.world.attempts.insert(attempt, row);
        let workspace = WorkspaceId::from_number(number).expect("not zero");
        let session = builder.world.sessions.get_mut(&id).expect("just made");
        session.attempt = Some(attempt);
        session.workspace = Some(workspace);
        let row = Workspace {
            id: workspace,
            objective: session.objective,
            owner: id,
            target: TargetName::local(),
            kind: Kind::Isolated,
            repository: Some("/home/ada/engine".into()),
            path: format!("/state/workspaces/w{number}").into(),
            branch: Some(format!("qd/s{number}")),
            base: None,
            state: workspace::State::Ready,
            changed: None,
            overlaps: Vec::new(),
            looked_at: None,
            created_at: ago(300),
        };
        builder.world.workspaces.insert(workspace, row);
        builder
    }

    /// A session of the newest objective, in this state.
    pub(crate) fn session(mut self, number: u32, title: &str, agent: &str, state: State, doing: Doing) -> Self {
        let id = session_id(number);
        let objective = *self.world.objectives.keys().next_back().expect("an objective first");
        let since = ago(u64::from(number) * 47);
        let session = Session {
            id,
            objective,
            parent: None,
            depends_on: Vec::new(),
            role: Role::Worker,
            title: title.into(),
            profile: agent.parse().expect("a name"),
            target: TargetName::local(),
            placement: Placement::Anywhere,
            repository: None,
            workspace_kind: Kind::Isolated,
            workspace: None,
            base: None,
            follow_up: None,
            state,
            state_since: since,
            attempt: None,
            activity: Activity {
                doing,
                since,
                note: String::new(),
                until: None,
                evidence: Evidence {
                    source: Source::Title,
                    rule: "claude: title \"◐ …\" means working".into(),
                    text: "◐ Fixing".into(),
                    at: ago(2),
                },
            },
            progress: None,
            report: None,
            person_typing_since: None,
            created_at: ago(3_000),
        };
        self.world.sessions.insert(id, session);
        self
    }

    /// Changes the newest session.
    pub(crate) fn with(mut self, change: impl FnOnce(&mut Session)) -> Self {
        let (_, session) = self.world.sessions.iter_mut().next_back().expect("a session first");
        change(session);
        self
    }

    /// A message to the newest session.
    pub(crate) fn message(mut self, number: u32, delivery: Delivery) -> Self {
        let id = MessageId::from_number(number).expect("not zero");
        let session = *self.world.sessions.keys().next_back().expect("a session first");
        let message = Message {
            id,
            session,
            kind: message::Kind::Steer,
            excerpt: "look at the tests".into(),
            bytes: 17,
            delivery,
            delivery_since: ago(1),
            created_at: ago(1),
        };
        self.world.messages.insert(id, message);
        self
    }

    /// A question of the newest session, which waits for its answer.
    pub(crate) fn question(mut self, number: u32, text: &str, choices: &[(&str, question::Action)]) -> Self {
        let id = QuestionId::from_number(number).expect("not zero");
        let (&session, row) = self.world.sessions.iter_mut().next_back().expect("a session first");
        row.state = State::WaitingUser { question: id };
        row.activity.doing = Doing::Nothing;
        let choices = choices
            .iter()
            .map(|(label, action)| question::Choice {
                label: (*label).into(),
                description: String::new(),
                action: *action,
            })
            .collect();
        let question = Question {
            id,
            objective: row.objective,
            session,
            kind: question::Kind::Ended,
            text: text.into(),
            detail: String::new(),
            choices,
            multiple: false,
            free_text: false,
            call: None,
            state: question::State::Open,
            created_at: ago(90),
        };
        self.world.questions.insert(id, question);
        self
    }

    /// A question of the newest session's agent, which waits in a call.
    pub(crate) fn asks(mut self, number: u32, kind: question::Kind, change: impl FnOnce(&mut Question)) -> Self {
        let id = QuestionId::from_number(number).expect("not zero");
        let (&session, row) = self.world.sessions.iter_mut().next_back().expect("a session first");
        row.activity.doing = Doing::Asking;
        let mut question = Question {
            id,
            objective: row.objective,
            session,
            kind,
            text: String::new(),
            detail: String::new(),
            choices: Vec::new(),
            multiple: false,
            free_text: true,
            call: Some(question::Call {
                attempt: row.attempt.expect("it runs"),
                key: format!("call-{session}"),
                subject: String::new(),
                part: 0,
                parts: 1,
                via: question::Via::Hook,
            }),
            state: question::State::Open,
            created_at: ago(20 * u64::from(number)),
        };
        change(&mut question);
        self.world.questions.insert(id, question);
        self
    }

    pub(crate) fn event(mut self, text: &str) -> Self {
        let sequence = self.world.log.len() as u64 + 1;
        let session = self.world.sessions.keys().next_back().copied();
        self.world.log.push(Event {
            sequence,
            at: ago(600 - sequence),
            kind: event::Kind::Session,
            objective: None,
            session,
            text: text.into(),
        });
        self
    }

    pub(crate) fn build(self) -> World {
        assert_eq!(self.world.check(), Vec::<String>::new(), "the world is sound");
        self.world
    }
}

/// A crew at work: everything the board can show, once.
pub(crate) fn crew() -> World {
    let attempt = AttemptId::from_number(2).expect("not zero");
    Builder::new()
        .objective(1, "Port the engine to the new bus")
        .running(1, "Port the parser", "claude", Doing::Working)
        .running(2, "Port the scheduler and everything that hangs on it", "codex", Doing::YourTurn)
        .message(1, Delivery::Submitted { attempt, enters: 1 })
        .running(3, "Write the migration 日本語 🦀 guide", "gemini", Doing::Asking)
        .objective(2, "Fix the flaky parser test")
        .running(4, "Fix it", "claude", Doing::Starting)
        .message(2, Delivery::Queued { hold: Some(message::Hold::NotReady) })
        .session(5, "Look for others like it", "codex", State::Queued, Doing::Nothing)
        .with(|session| session.depends_on = vec![session_id(4)])
        .session(6, "Try it in the container", "shell", State::Failed { cause: "exit 2".into() }, Doing::Nothing)
        .session(7, "Measure it", "claude", State::Succeeded { by: session::Completion::Person }, Doing::Nothing)
        .session(8, "Review the change", "codex", State::Queued, Doing::Nothing)
        .with(|session| {
            session.role = Role::Reviewer;
            session.parent = Some(session_id(4));
            session.state = State::WaitingCapacity { scope: session::Scope::Global };
        })
        .running(9, "Write release notes", "claude", Doing::Nothing)
        .question(
            1,
            "The program ended with exit code 0 and nobody has said that the work is done. Its last words: \"bye\".",
            &[
                ("resume", question::Action::Resume),
                ("mark as done", question::Action::MarkDone),
                ("mark as failed", question::Action::MarkFailed),
            ],
        )
        .event("s1 started")
        .event("s3 asks something")
        .build_loosely()
}

impl Builder {
    /// For worlds in which an attempt outlives its session's state, as while it is being ended.
    pub(crate) fn build_loosely(mut self) -> World {
        let live: Vec<_> = self.world.sessions.values().filter_map(|session| session.state.attempt()).collect();
        for attempt in self.world.attempts.values_mut().filter(|attempt| !live.contains(&attempt.id)) {
            attempt.state = attempt::State::Ended { end: attempt::End::Exited { code: 0 } };
        }
        self.build()
    }
}

/// An answer that goes to the agent.
pub(crate) fn choice(label: &str, description: &str, verdict: question::Verdict) -> question::Choice {
    question::Choice { label: label.into(), description: description.into(), action: question::Action::Reply(verdict) }
}

/// The answers to a permission, as agents offer them.
pub(crate) fn permission_choices() -> Vec<question::Choice> {
    use question::Verdict;
    vec![
        choice("Yes", "this once", Verdict::Allow),
        choice("Yes, for this session", "cargo nextest *", Verdict::AllowForSession),
        choice("No", "", Verdict::Deny),
        choice("Decide in its pane", "", Verdict::InPane),
    ]
}

/// A change to be judged.
pub(crate) const CHANGE: &str = "\
diff --git a/src/bus.rs b/src/bus.rs
--- a/src/bus.rs
+++ b/src/bus.rs
@@ -10,6 +10,7 @@ impl Bus {
     pub fn send(&self, message: Message) {
-        self.queue.push(message);
+        let message = message.stamped(self.clock.now());
+        self.queue.push(message);
         self.wake();
     }
";

/// A crew of which everybody asks: each kind of question once.
pub(crate) fn asking() -> World {
    use question::{Kind, Verdict};
    Builder::new()
        .objective(1, "Port the engine to the new bus")
        .running(1, "Port the parser", "claude", Doing::Working)
        .asks(1, Kind::Permission, |question| {
            question.text = "Claude wants to run Bash: run the tests of the parser".into();
            question.detail = "cargo nextest run --package parser \\\n  --profile ci && \x1b[8mrm -rf target".into();
            question.choices = permission_choices();
        })
        .running(2, "Port the scheduler", "claude", Doing::Working)
        .asks(2, Kind::Permission, |question| {
            question.text = "Claude wants to edit src/bus.rs".into();
            question.detail = CHANGE.into();
            question.choices = permission_choices();
        })
        .running(3, "Write the migration guide", "codex", Doing::Working)
        .asks(3, Kind::Asks, |question| {
            question.text = "Which colour?".into();
            question.choices = vec![
                choice("Red", "A warm one", Verdict::Pick),
                choice("Blue", "A cold one, which is seen from further away than one would think", Verdict::Pick),
            ];
            question.call.as_mut().expect("a call").parts = 2;
        })
        .asks(4, Kind::Asks, |question| {
            question.text = "Which fruits?".into();
            question.multiple = true;
            question.created_at = ago(60);
            question.choices = vec![
                choice("Apple", "Keeps well", Verdict::Pick),
                choice("Pear, ripe", "", Verdict::Pick),
                choice("Plum", "Small", Verdict::Pick),
            ];
            let call = question.call.as_mut().expect("a call");
            (call.part, call.parts) = (1, 2);
        })
        .running(4, "Draw the logo", "claude", Doing::Working)
        .asks(5, Kind::Plan, |question| {
            question.text = "Claude wants its plan approved".into();
            question.detail = "# The plan\n\n1. Draw three sketches\n   - one of them round\n2. Ask which\n".into();
            question.choices = vec![
                choice("Approve", "it asks before each edit", Verdict::Allow),
                choice("Approve, edits accepted", "", Verdict::AllowForSession),
                choice("No", "it goes on planning", Verdict::Deny),
            ];
        })
        .objective(2, "Publish version 0.2")
        .running(5, "Publish it", "codex", Doing::Working)
        .asks(6, Kind::AskUser, |question| {
            question.text = "Which of the two tags shall I push?\nBoth exist on the remote already.".into();
            question.call.as_mut().expect("a call").via = question::Via::Tool;
        })
        .running(6, "Sign in", "gemini", Doing::Working)
        .asks(7, Kind::Dialog, |question| {
            question.text = "Do you trust this folder?".into();
            question.choices =
                vec![choice("Yes, I trust it", "", Verdict::Pick), choice("No, exit", "", Verdict::Pick)];
            question.free_text = false;
        })
        .running(7, "Measure it", "claude", Doing::YourTurn)
        .asks(8, Kind::Failure, |question| {
            question.text = "not logged in: log in again in its pane (key a attaches), then let it go on".into();
            question.choices = vec![
                question::Choice { action: question::Action::GoOn, ..choice("go on", "", Verdict::Pick) },
                question::Choice { action: question::Action::Leave, ..choice("leave it", "", Verdict::Pick) },
            ];
            question.free_text = false;
            question.call = None;
        })
        .build()
}
