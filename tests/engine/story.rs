//! A run of the core against [`Outside`], with a person who asks for things and a fate that drops, repeats and delays.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

use quarterdeck::{
    domain::{
        Activity, AttemptId, Change, Command, Counters, Failure, MessageId, ProfileName, Question, QuestionId, Reply,
        SessionId, Signal, TargetLabel, TargetName, Timestamp, World,
        activity::Doing,
        attempt::End,
        failure::Class,
        message::{Delivery, Hold},
        objective::Mode,
        question::{self, Verdict, Via},
        session,
        signal::{Ask, AskOption, Channel, Part, Says},
        target::{Link, SshPlace, State},
        tool::ToolCall,
    },
    engine::core::{Core, DialogSeen, Effect, Input, Outcome, ProfileRules, Resolved, ScreenRead, Settings, Step},
};

use crate::outside::Outside;

/// Places for sessions in every story.
const CAP: u32 = 3;

pub(crate) struct Story {
    core: Core,
    /// What a crash leaves: the world and the counters as they were committed.
    committed: (World, Counters),
    outside: Outside,
    now: Timestamp,
    effects: VecDeque<Effect>,
    answers: VecDeque<Outcome>,
    /// The last answer that was given, to be given again.
    last_answer: Option<Outcome>,
    sessions: Vec<SessionId>,
    finals: BTreeMap<SessionId, session::State>,
    bodies: BTreeMap<MessageId, (SessionId, String)>,
    /// Calls whose connection broke with the daemon, and which come again.
    cut: BTreeSet<(AttemptId, String)>,
    /// What was asked in each call.
    asked: BTreeMap<(AttemptId, String), (Signal, Via)>,
    /// Messages that the person chose to send again.
    sent_again: BTreeMap<MessageId, usize>,
    /// Calls of hooks whose questions are settled.
    settled_calls: BTreeSet<(AttemptId, String)>,
    /// How questions ended.
    ended: BTreeMap<QuestionId, question::State>,
    /// The other machine does not answer.
    away: bool,
}

impl Story {
    pub(crate) fn new() -> Self {
        let world = World::default();
        let counters = Counters::default();
        let mut story = Story {
            core: core(world.clone(), counters, BTreeSet::new()),
            committed: (world, counters),
            outside: Outside::default(),
            now: Timestamp(1_000_000),
            effects: VecDeque::new(),
            answers: VecDeque::new(),
            last_answer: None,
            sessions: Vec::new(),
            finals: BTreeMap::new(),
            bodies: BTreeMap::new(),
            cut: BTreeSet::new(),
            asked: BTreeMap::new(),
            sent_again: BTreeMap::new(),
            settled_calls: BTreeSet::new(),
            ended: BTreeMap::new(),
            away: false,
        };
        story.handle(Input::Boot);
        let place =
            SshPlace { address: "far.example.org".parse().expect("an address"), work_root: None, bootstrap: None };
        let add = Command::AddTarget { target: far(), place, capacity: None, labels: vec![label()] };
        story.command(add).expect("it can be added");
        story.tell_link();
        story
    }

    /// One thing happens, chosen by two numbers.
    pub(crate) fn happen(&mut self, what: u8, which: u8) {
        self.now.0 += 1 + i64::from(which) * 7;
        let session = self.pick(which);
        match what % 32 {
            24 => self.agent_asks(which),
            25 => self.agent_tells(which),
            26 => self.calls_come_again(),
            27 => self.a_call_is_cut(which),
            28 => self.agent_reports(which),
            29 => self.go_away(which.is_multiple_of(2)),
            30 => drop(self.command(Command::SetTarget {
                target: far(),
                open: Some([State::Online, State::Online, State::Draining][usize::from(which % 3)]),
                capacity: Some(u32::from(which % 4)),
            })),
            0 if self.sessions.len() < 12 => {
                let target = which.is_multiple_of(2).then(far);
                self.start_on("random work", target, Vec::new());
            }
            1 if self.sessions.len() < 12 => {
                if let Some(first) = session {
                    self.start_after(first, "what follows");
                }
            }
            2 | 3 => drop(session.map(|session| self.try_send(session, which))),
            4 => drop(session.map(|session| self.command(Command::CancelSession { session }))),
            5 => drop(session.map(|session| self.command(Command::DoneSession { session }))),
            6 => drop(session.map(|session| self.command(Command::Resume { session }))),
            7 => self.answer_one(which),
            8..=12 => self.perform_one(),
            13..=16 => self.give_one_answer(),
            17 => drop(self.last_answer.clone().map(|answer| self.handle(Input::Outcome(answer)))),
            18 => self.look(),
            19 => self.end_a_program(which),
            20 => self.crash(),
            21 if which < 40 => self.lose_the_terminal_server(),
            22 => self.agents_finish_their_turns(),
            23 => drop(self.effects.front().cloned().map(|effect| self.fail_to_start(&effect))),
            _ => drop(self.handle(Input::Tick)),
        }
    }

    fn pick(&self, which: u8) -> Option<SessionId> {
        (!self.sessions.is_empty()).then(|| self.sessions[usize::from(which) % self.sessions.len()])
    }

    /// The world is sound, and what a person was promised holds.
    pub(crate) fn check(&mut self) {
        let world = self.core.world();
        assert_eq!(world.check(), Vec::<String>::new());
        for (id, session) in &world.sessions {
            if let Some(ended) = self.finals.get(id) {
                assert_eq!(ended, &session.state, "{id} left a final state");
            } else if session.state.is_final() {
                self.finals.insert(*id, session.state.clone());
            }
        }
        for session in world.sessions.values().filter(|session| session.target == far()) {
            let unseen = !world.is_reached(&far()) && session.state.takes_a_place();
            assert!(!unseen || session.activity.doing == Doing::Unreachable, "{session:?} is claimed to be seen");
        }
        let running = world.sessions.values().filter(|session| session.state.takes_a_place()).count();
        assert!(running <= CAP as usize, "{running} sessions run at once");
        for (message, times) in &self.outside.received {
            let allowed = 1 + self.sent_again.get(message).copied().unwrap_or_default();
            assert!(*times <= allowed, "{message} was typed {times} times");
        }
        for (call, times) in &self.outside.decided {
            assert!(*times <= 1, "{call:?} was decided {times} times");
        }
        for pane in self.outside.panes.values() {
            assert!(pane.received.is_sorted(), "messages overtook each other: {:?}", pane.received);
        }
    }

    /// Everything that is under way comes to rest: nothing has been done for a while, and nothing is due by itself.
    pub(crate) fn settle(&mut self) {
        self.go_away(false);
        let mut quiet = 0;
        for _ in 0..1_000 {
            while !self.effects.is_empty() || !self.answers.is_empty() {
                self.perform_one();
                self.give_one_answer();
            }
            self.now.0 += 700;
            self.look();
            self.handle(Input::Tick);
            let rests = self.effects.is_empty() && self.answers.is_empty() && self.core.deadline().is_none();
            quiet = if rests { quiet + 1 } else { 0 };
            if quiet == 30 {
                return;
            }
        }
        panic!("it never comes to rest: {:?}, due {:?} at {:?}", self.effects, self.core.deadline(), self.now);
    }

    pub(crate) fn start(&mut self, prompt: &str) -> SessionId {
        self.start_on(prompt, None, Vec::new())
    }

    pub(crate) fn start_on(&mut self, prompt: &str, target: Option<TargetName>, labels: Vec<TargetLabel>) -> SessionId {
        let command = Command::NewObjective {
            prompt: prompt.into(),
            title: None,
            repository: None,
            agent: Some(agent()),
            target,
            labels,
            mode: Mode::Plain,
            workspace: None,
            base: None,
        };
        let Ok(Reply::Created { session, .. }) = self.command(command) else { panic!("it can be started") };
        self.sessions.push(session);
        session
    }

    pub(crate) fn start_after(&mut self, first: SessionId, prompt: &str) -> SessionId {
        let objective = self.core.world().sessions[&first].objective;
        let command = Command::NewSession {
            objective,
            prompt: prompt.into(),
            title: None,
            agent: None,
            target: None,
            labels: Vec::new(),
            role: session::Role::Worker,
            repository: None,
            workspace: None,
            depends_on: vec![first],
            parent: None,
        };
        match self.command(command) {
            Ok(Reply::Created { session, .. }) => {
                self.sessions.push(session);
                session
            }
            _ => first,
        }
    }

    pub(crate) fn send(&mut self, session: SessionId, text: &str) -> MessageId {
        let command = Command::Send { session, text: text.into() };
        let Ok(Reply::Accepted { message, .. }) = self.command(command) else { panic!("it takes messages") };
        self.bodies.insert(message, (session, text.into()));
        message
    }

    fn try_send(&mut self, session: SessionId, which: u8) {
        let text = crate::outside::body_of(session, u32::from(which));
        if let Ok(Reply::Accepted { message, .. }) = self.command(Command::Send { session, text: text.clone() }) {
            self.bodies.insert(message, (session, text));
        }
    }

    pub(crate) fn cancel(&mut self, session: SessionId) {
        self.command(Command::CancelSession { session }).expect("it can be canceled");
    }

    pub(crate) fn done(&mut self, session: SessionId) {
        self.command(Command::DoneSession { session }).expect("it can be done");
    }

    pub(crate) fn resume(&mut self, session: SessionId) {
        self.command(Command::Resume { session }).expect("it can be resumed");
    }

    fn answer_one(&mut self, which: u8) {
        let mut questions = self.core.world().questions.values();
        let Some(question) = questions.nth(usize::from(which) % 3).cloned() else { return };
        if question.choices.is_empty() {
            let text = Some("in my own words".to_owned());
            drop(self.command(Command::Answer { question: question.id, choices: vec![], text }));
            return;
        }
        let choice = usize::from(which) % question.choices.len();
        if let quarterdeck::domain::question::Action::SendAgain(message) = question.choices[choice].action {
            *self.sent_again.entry(message).or_default() += 1;
        }
        drop(self.command(Command::Answer { question: question.id, choices: vec![choice + 1], text: None }));
    }

    /// Performs every effect that is wanted, without telling the core what came of it.
    pub(crate) fn step_effects_but_hold_answers(&mut self) {
        while !self.effects.is_empty() {
            self.perform_one();
        }
    }

    fn perform_one(&mut self) {
        let Some(effect) = self.effects.pop_front() else { return };
        if self.away && self.is_far(&effect) {
            // Whoever performs it waits for the line.
            self.effects.push_back(effect);
            return;
        }
        let prompts = self.prompts();
        self.answers.extend(self.outside.perform(&effect, &prompts));
    }

    /// The prompts that go out with launches, as the rows say it.
    fn prompts(&self) -> BTreeMap<AttemptId, MessageId> {
        let messages = self.core.world().messages.values();
        messages
            .filter_map(|message| match message.delivery {
                Delivery::Launching { attempt } => Some((attempt, message.id)),
                _ => None,
            })
            .collect()
    }

    fn give_one_answer(&mut self) {
        if let Some(answer) = self.answers.pop_front() {
            self.last_answer = Some(answer.clone());
            self.handle(Input::Outcome(answer));
        }
    }

    fn fail_to_start(&mut self, effect: &Effect) {
        if let Effect::Prepare { attempt } = effect
            && !(self.away && self.is_far(effect))
        {
            self.effects.pop_front();
            self.answers.push_back(Outcome::NotStarted { attempt: *attempt, error: "the disk is full".into() });
        }
    }

    /// An observer looks at all panes of each machine and reads each. One that is away shows none.
    pub(crate) fn look(&mut self) {
        for target in [TargetName::local(), far()] {
            let there = |attempt: &AttemptId| {
                self.core.world().attempts.get(attempt).is_none_or(|attempt| attempt.target == target)
            };
            let asked_at = self.now;
            let mut panes = self.outside.seen();
            panes.retain(|pane| there(&pane.attempt) && !(self.away && target == far()));
            let attempts: Vec<AttemptId> = panes.iter().map(|pane| pane.attempt).collect();
            let unended = self.unended_on_far();
            self.now.0 += 1;
            self.handle(Input::Panes { target: target.clone(), asked_at, panes });
            assert!(!self.away || self.unended_on_far() == unended, "something ended there that nobody can see");
            for attempt in attempts {
                self.now.0 += 1;
                if let Some(read) = self.outside.read(attempt, self.now) {
                    self.handle(Input::Screen { attempt, read });
                }
            }
        }
    }

    /// The other machine goes away, or comes back.
    pub(crate) fn go_away(&mut self, away: bool) {
        if away && !self.away {
            // What was done before the line broke has come through.
            while !self.answers.is_empty() {
                self.give_one_answer();
            }
        }
        self.away = away;
        self.tell_link();
    }

    fn tell_link(&mut self) {
        let (target, since) = (far(), self.now);
        let link = match self.away {
            true => Link::Unreachable { reason: "no route to host".into(), since },
            false => {
                self.handle(Input::Link { target: target.clone(), link: Link::Joining });
                Link::Up { since, agents: vec![agent()] }
            }
        };
        self.handle(Input::Link { target, link });
    }

    fn unended_on_far(&self) -> usize {
        let attempts = self.core.world().attempts.values();
        attempts.filter(|attempt| attempt.target == far() && !attempt.state.is_ended()).count()
    }

    fn is_far(&self, effect: &Effect) -> bool {
        let attempt = match effect {
            Effect::Prepare { attempt }
            | Effect::Launch { attempt, .. }
            | Effect::Paste { attempt, .. }
            | Effect::Enter { attempt, .. }
            | Effect::Reply { attempt, .. }
            | Effect::Press { attempt, .. }
            | Effect::Stop { attempt, .. }
            | Effect::Sweep { attempt }
            | Effect::Check { attempt }
            | Effect::Interrupt { attempt, .. } => attempt,
            Effect::Bury { target, .. } => return *target == far(),
            Effect::Reclaim { .. }
            | Effect::Restore { .. }
            | Effect::Offer { .. }
            | Effect::Verify { .. }
            | Effect::Examine { .. } => return false,
        };
        self.core.world().attempts.get(attempt).is_some_and(|attempt| attempt.target == far())
    }

    fn end_a_program(&mut self, which: u8) {
        let living = self.outside.panes.values_mut().filter(|pane| pane.ended.is_none());
        if let Some(pane) = living.max_by_key(|pane| pane.pid ^ u32::from(which)) {
            pane.ended = Some(if which < 128 { End::Exited { code: 0 } } else { End::Signaled { signal: 9 } });
        }
    }

    fn some_live(&self, which: u8) -> Option<AttemptId> {
        let live: Vec<AttemptId> = self.outside.panes.keys().copied().collect();
        (!live.is_empty()).then(|| live[usize::from(which) % live.len()])
    }

    /// An agent asks one or two things at once, through a hook or through a tool.
    fn agent_asks(&mut self, which: u8) {
        let Some(attempt) = self.some_live(which) else { return };
        let (key, via) =
            (format!("call{}", self.asked.len()), if which.is_multiple_of(3) { Via::Tool } else { Via::Hook });
        let option = |label: &str, verdict| AskOption { label: label.into(), description: String::new(), verdict };
        let part = Part {
            text: "may I?".into(),
            detail: String::new(),
            options: vec![option("yes", Verdict::Allow), option("no", Verdict::Deny), option("there", Verdict::InPane)],
            multiple: false,
            free_text: true,
        };
        let parts = vec![part; 1 + usize::from(which % 2)];
        let kind = if via == Via::Tool { question::Kind::AskUser } else { question::Kind::Permission };
        let ask = Ask { key: key.clone(), subject: format!("tool {}", which % 4), kind, parts };
        let signal = self.told(Says::Asks(ask));
        self.asked.insert((attempt, key.clone()), (signal.clone(), via));
        self.outside.waiting.insert((attempt, key));
        self.handle(Input::Asked { attempt, signal, via });
    }

    /// An agent asks for permission through a hook that waits; gives the question.
    pub(crate) fn asks(&mut self, session: SessionId, subject: &str) -> QuestionId {
        self.asks_via(session, subject, Via::Hook)
    }

    pub(crate) fn asks_via(&mut self, session: SessionId, subject: &str, via: Via) -> QuestionId {
        let attempt = self.attempt(session);
        let key = format!("call{}", self.asked.len());
        let option = |label: &str, verdict| AskOption { label: label.into(), description: String::new(), verdict };
        let part = Part {
            text: format!("may I use {subject}?"),
            detail: String::new(),
            options: vec![option("yes", Verdict::Allow), option("no", Verdict::Deny)],
            multiple: false,
            free_text: true,
        };
        let ask =
            Ask { key: key.clone(), subject: subject.into(), kind: question::Kind::Permission, parts: vec![part] };
        let signal = self.told(Says::Asks(ask));
        self.asked.insert((attempt, key.clone()), (signal.clone(), via));
        self.outside.waiting.insert((attempt, key.clone()));
        let step = self.handle(Input::Asked { attempt, signal, via });
        let asked = step.changes.iter().find_map(|change| match change {
            Change::Question(question) => question.call.as_ref().filter(|call| call.key == key).map(|_| question.id),
            _ => None,
        });
        asked.expect("it is a question")
    }

    pub(crate) fn reports_blocked(&mut self, session: SessionId) {
        let attempt = self.attempt(session);
        let (outcome, summary) = (session::Outcome::Blocked, "I need a key".into());
        self.handle(Input::Tool { attempt, call: ToolCall::ReportResult { outcome, summary, evidence: None } });
    }

    /// The message a session was sent last.
    pub(crate) fn newest(&self, session: SessionId) -> Option<MessageId> {
        self.core.world().messages_of(session).last().map(|message| message.id)
    }

    pub(crate) fn until(&self, session: SessionId) -> Option<Timestamp> {
        self.core.world().sessions[&session].activity.until
    }

    pub(crate) fn tells(&mut self, session: SessionId, says: Says) {
        let attempt = self.attempt(session);
        let signal = self.told(says);
        self.handle(Input::Signal { attempt, signal });
    }

    /// The agent tells what it told when it was recorded, and waits where its hook did.
    pub(crate) fn hears(&mut self, session: SessionId, signal: Signal) {
        let attempt = self.attempt(session);
        let Says::Asks(ask) = &signal.says else {
            self.handle(Input::Signal { attempt, signal });
            return;
        };
        self.outside.waiting.insert((attempt, ask.key.clone()));
        self.handle(Input::Asked { attempt, signal, via: Via::Hook });
    }

    /// The pane of a session shows its agent doing this, with the words of a dialog where one stands there.
    pub(crate) fn shows(&mut self, session: SessionId, doing: Doing, dialog: Option<&str>) {
        self.shows_as(session, |read| {
            read.doing = doing;
            let seen = |words: &str| DialogSeen { text: words.into(), options: vec![], fingerprint: words.into() };
            read.dialog = dialog.map(seen);
        });
    }

    /// The pane of a session shows something else than this outside would.
    pub(crate) fn shows_as(&mut self, session: SessionId, edit: impl FnOnce(&mut ScreenRead)) {
        let attempt = self.attempt(session);
        let mut read = self.outside.read(attempt, self.now).expect("it has a pane");
        edit(&mut read);
        self.handle(Input::Screen { attempt, read });
    }

    /// So many milliseconds pass, and nothing else happens.
    pub(crate) fn pass(&mut self, milliseconds: i64) {
        self.now.0 += milliseconds;
        self.handle(Input::Tick);
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// Where a session runs or is going to.
    pub(crate) fn target(&self, session: SessionId) -> &TargetName {
        &self.core.world().sessions[&session].target
    }

    /// What a session waits for.
    pub(crate) fn waits_for(&self, session: SessionId) -> Option<String> {
        let world = self.core.world();
        world.waits_for(&world.sessions[&session])
    }

    /// Why a message waits.
    pub(crate) fn hold(&self, message: MessageId) -> Option<Hold> {
        match self.core.world().messages[&message].delivery {
            Delivery::Queued { hold } => hold,
            _ => None,
        }
    }

    /// The log has a line with these words.
    pub(crate) fn has_logged(&self, words: &str) -> bool {
        self.core.world().log.iter().any(|event| event.text.contains(words))
    }

    /// What a session is shown to be doing, in whole.
    pub(crate) fn activity(&self, session: SessionId) -> &Activity {
        &self.core.world().sessions[&session].activity
    }

    /// What a session asks of the person.
    pub(crate) fn open(&self, session: SessionId) -> impl Iterator<Item = &Question> {
        self.core.world().questions_of(session).filter(|question| question.state.is_open())
    }

    /// What a session is shown to be doing.
    pub(crate) fn doing(&self, session: SessionId) -> Doing {
        self.core.world().sessions[&session].activity.doing
    }

    /// Its turn fails: what its account may use is used up for so long.
    pub(crate) fn runs_into_a_limit(&mut self, session: SessionId, long: Duration) {
        let failure = Failure { class: Class::UsageLimit, text: "no more".into(), until: Some(self.now + long) };
        self.tells(session, Says::TurnFailed { failure });
    }

    /// The newest message to a session, and its first words.
    pub(crate) fn newest_message(&self, session: SessionId) -> (MessageId, &str) {
        let message = self.core.world().messages_of(session).last().expect("its prompt at least");
        (message.id, &message.excerpt)
    }

    /// The person chooses, and what follows is done.
    pub(crate) fn answer(&mut self, question: QuestionId, choice: usize) {
        self.command(Command::Answer { question, choices: vec![choice], text: None }).expect("it is answered");
        while !self.effects.is_empty() || !self.answers.is_empty() {
            self.perform_one();
            self.give_one_answer();
        }
    }

    /// What has become of a question; `None` once it is settled and gone from the world.
    pub(crate) fn question(&self, question: QuestionId) -> Option<&question::State> {
        self.core.world().questions.get(&question).map(|question| &question.state)
    }

    /// How many questions wait for the person.
    pub(crate) fn open_questions(&self) -> usize {
        self.core.world().questions.values().filter(|question| question.state.is_open()).count()
    }

    /// How a settled question ended.
    pub(crate) fn ended(&self, question: QuestionId) -> &question::State {
        self.ended.get(&question).expect("it is settled")
    }

    fn attempt(&self, session: SessionId) -> AttemptId {
        self.core.world().attempt_of(session).expect("it runs").id
    }

    /// Calls whose connection broke come again.
    pub(crate) fn calls_come_again(&mut self) {
        for (attempt, key) in std::mem::take(&mut self.cut) {
            let Some((signal, via)) = self.asked.get(&(attempt, key.clone())).cloned() else { continue };
            self.outside.waiting.insert((attempt, key.clone()));
            let settled = self.settled_calls.contains(&(attempt, key));
            let step = self.handle(Input::Asked { attempt, signal, via });
            let asks = |change: &Change| matches!(change, Change::Question(question) if question.state.is_open());
            assert!(!settled || !step.changes.iter().any(asks), "what was settled is asked again: {:?}", step.changes);
        }
    }

    /// An agent gives up a call.
    fn a_call_is_cut(&mut self, which: u8) {
        let waiting: Vec<_> = self.outside.waiting.iter().cloned().collect();
        if let Some((attempt, key)) = waiting.get(usize::from(which) % waiting.len().max(1)).cloned() {
            self.outside.waiting.remove(&(attempt, key.clone()));
            self.handle(Input::CallGone { attempt, key });
        }
    }

    fn agent_tells(&mut self, which: u8) {
        let Some(attempt) = self.some_live(which) else { return };
        let failure = |class, until| Says::TurnFailed { failure: Failure { class, text: "no".into(), until } };
        let says = match which % 9 {
            0 => Says::TurnEnded { background: vec![] },
            1 => Says::TurnEnded { background: vec!["a shell".into()] },
            2 => Says::ToolEnded { subject: format!("tool {}", which % 4), refused: which > 99 },
            3 => failure(Class::Overloaded, None),
            4 => failure(Class::UsageLimit, Some(Timestamp(self.now.0 + 30_000))),
            5 => Says::Interrupted,
            6 => Says::Compacting,
            7 => Says::TookUp { prompt: "random work".into() },
            _ => Says::Working { on: "Bash".into(), subject: None },
        };
        let signal = self.told(says);
        self.handle(Input::Signal { attempt, signal });
    }

    fn agent_reports(&mut self, which: u8) {
        let Some(attempt) = self.some_live(which) else { return };
        let outcome =
            [session::Outcome::Done, session::Outcome::Blocked, session::Outcome::Failed][usize::from(which % 3)];
        let call = ToolCall::ReportResult { outcome, summary: "as far as it goes".into(), evidence: None };
        let step = self.handle(Input::Tool { attempt, call });
        assert!(step.tool_reply.is_some(), "a tool call has a reply");
    }

    fn told(&self, says: Says) -> Signal {
        let (name, text) = ("Hook".to_owned(), String::new());
        Signal { at: self.now, channel: Channel::Hook, name, text, conversation: None, says }
    }

    pub(crate) fn agents_finish_their_turns(&mut self) {
        self.outside.panes.values_mut().for_each(|pane| pane.working = false);
    }

    /// The daemon is killed: what was not committed, performed or answered is gone; tmux and the agents go on.
    pub(crate) fn crash(&mut self) {
        self.effects.clear();
        self.answers.clear();
        self.cut.extend(std::mem::take(&mut self.outside.waiting));
        self.core = core(self.committed.0.clone(), self.committed.1, self.settled_calls.clone());
        self.handle(Input::Boot);
        self.tell_link();
    }

    pub(crate) fn lose_the_terminal_server(&mut self) {
        self.now.0 += 1;
        self.outside.panes.clear();
        self.outside.server_born = self.now;
        self.now.0 += 1;
        self.look();
    }

    pub(crate) fn command(&mut self, command: Command) -> Result<Reply, quarterdeck::domain::Refusal> {
        let resolved =
            Resolved { command, in_repository: false, default_agent: Some(agent()), removed: None, kept: None };
        // What is due happens first, so that what changes is the command's doing.
        self.handle(Input::Tick);
        let before = self.core.world().clone();
        let mut step = self.handle_now(Input::Command(resolved));
        let reply = step.reply.take().expect("every command has a reply");
        if reply.is_err() {
            let changed =
                step.changes.iter().any(|change| matches!(change, Change::Objective(_) | Change::Question(_)));
            assert!(!changed, "a refusal changed something: {:?}\nbefore: {before:?}", step.changes);
        }
        reply
    }

    fn handle(&mut self, input: Input) -> Step {
        self.now.0 += 1;
        self.handle_now(input)
    }

    fn handle_now(&mut self, input: Input) -> Step {
        let step = self.core.handle(input, self.now);
        // Replaying the changes on what was committed must give the same world: dashboards live by that.
        let mut replayed = self.committed.0.clone();
        step.changes.iter().cloned().for_each(|change| replayed.apply(change));
        replayed.revision = self.core.world().revision;
        assert_eq!(&replayed, self.core.world());
        self.committed = (replayed, self.core.counters());
        let typed = |effect: &&Effect| {
            matches!(
                effect,
                Effect::Paste { .. } | Effect::Enter { .. } | Effect::Press { .. } | Effect::Interrupt { .. }
            )
        };
        let reached = self.core.world().is_reached(&far());
        let blind = step.effects.iter().filter(typed).find(|effect| !reached && self.is_far(effect));
        assert_eq!(blind, None, "something is typed where nobody can be reached");
        self.effects.extend(step.effects.iter().cloned());
        for change in &step.changes {
            if let Change::Question(question) = change
                && question.state.is_settled()
            {
                self.ended.insert(question.id, question.state.clone());
                let call = question.call.as_ref().filter(|call| call.via == Via::Hook);
                self.settled_calls.extend(call.map(|call| (call.attempt, call.key.clone())));
            }
        }
        step
    }

    pub(crate) fn state(&self, session: SessionId) -> &'static str {
        self.core.world().sessions[&session].state.label()
    }

    pub(crate) fn delivery(&self, message: MessageId) -> &'static str {
        self.core.world().messages[&message].delivery.label()
    }

    pub(crate) fn times_received(&self, session: SessionId, text: &str) -> usize {
        let message = self.bodies.iter().find(|(_, (to, body))| *to == session && body == text);
        message.map_or(0, |(message, _)| self.outside.times_received(*message))
    }

    pub(crate) fn nothing_lives(&self) -> bool {
        self.outside.panes.is_empty()
    }
}

fn core(world: World, counters: Counters, settled: BTreeSet<(AttemptId, String)>) -> Core {
    let rules = ProfileRules {
        completes_by_exit: false,
        checks_turns: true,
        accepts_while_working: true,
        prompt_in_argv: true,
        has_input_box: true,
        family: "stand-in".into(),
    };
    Core::new(
        world,
        counters,
        settled,
        Settings { global_cap: CAP, repositories: Vec::new() },
        BTreeMap::from([(agent(), rules)]),
    )
}

/// Another machine.
pub(crate) fn far() -> TargetName {
    "far".parse().expect("a name")
}

/// What only the other machine has.
pub(crate) fn label() -> TargetLabel {
    "gpu".parse().expect("a label")
}

fn agent() -> ProfileName {
    "stand-in".parse().expect("a name")
}
