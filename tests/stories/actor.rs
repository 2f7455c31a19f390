//! Agents that ask as Claude Code and Codex do: `actor/agent.py`, launched and equipped like the real ones, plays what
//! its prompt says and writes down what it was answered.

use std::path::PathBuf;

use nix::sys::signal::Signal;
use quarterdeck::domain::{
    Question, QuestionId, SessionId, World,
    question::{Kind, State},
};
use serde_json::Value;

use crate::{
    home::{Home, folder_of},
    host_means::Means,
    processes::signal,
    wait::until,
};

/// Which agent is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Claude,
    Codex,
}

impl Dialect {
    fn word(self) -> &'static str {
        match self {
            Dialect::Claude => "claude",
            Dialect::Codex => "codex",
        }
    }
}

/// Tells the story of each dialect, beside each other: most of a story is waiting.
pub(crate) fn of_each_dialect(story: impl Fn(Dialect) + Sync) {
    std::thread::scope(|scope| {
        let story = &story;
        for dialect in [Dialect::Claude, Dialect::Codex] {
            scope.spawn(move || story(dialect));
        }
    });
}

/// An agent at work, in a home of its own.
pub(crate) struct Actor {
    pub(crate) home: Home,
    pub(crate) session: SessionId,
}

impl Actor {
    /// Starts with this prompt.
    pub(crate) fn plays(dialect: Dialect, prompt: &str) -> Self {
        Self::starting_with(dialect, "", prompt)
    }

    /// The same after these dialogs, which stand before its first prompt.
    pub(crate) fn starting_with(dialect: Dialect, dialogs: &str, prompt: &str) -> Self {
        Self::playing(dialect, Home::new(), &format!("ACTOR_STARTS = {dialogs:?}\n"), prompt)
    }

    /// Starts as on a host: its hooks run the script that stands for our program there.
    pub(crate) fn on_a_host(dialect: Dialect, means: Means, prompt: &str) -> Self {
        let home = Home::new();
        let host = means.equip(&home.path().join("host"));
        Self::playing(dialect, home, &format!("ACTOR_HOST = {host:?}\n"), prompt)
    }

    fn playing(dialect: Dialect, home: Home, environment: &str, prompt: &str) -> Self {
        engage(dialect, &home, environment);
        let session = home.start_with("actor", &[prompt]);
        Self { home, session }
    }

    /// Everything it wrote down, in order.
    pub(crate) fn log(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(log(&self.home)).unwrap_or_default();
        // The last line may be half-written.
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    fn logged(&self, what: &str) -> Vec<Value> {
        self.log().into_iter().filter(|line| line["what"] == what).collect()
    }

    /// Waits for its answer of this number, from 1.
    pub(crate) fn until_answered(&self, number: usize) -> Value {
        until(&format!("the agent has its answer {number}"), || self.logged("taken").into_iter().nth(number - 1))
    }

    /// How often it has been answered.
    pub(crate) fn times_answered(&self) -> usize {
        self.logged("taken").len()
    }

    /// What its hooks have printed that was not nothing.
    pub(crate) fn printed(&self) -> Vec<String> {
        let text = |line: &Value| line["text"].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        self.logged("printed").iter().filter_map(text).collect()
    }

    /// What it was told to do, in order.
    pub(crate) fn prompts(&self) -> Vec<String> {
        let text = |line: &Value| line["text"].as_str().expect("a prompt").to_owned();
        self.logged("prompt").iter().map(text).collect()
    }

    /// The process of the newest hook that asks.
    pub(crate) fn hook(&self) -> u32 {
        let asks = self.logged("asks");
        let pid = asks.last().and_then(|line| line["hook"].as_u64()).expect("a hook that asks");
        u32::try_from(pid).expect("a process id")
    }

    /// Waits until this was written down so often.
    pub(crate) fn until_logged(&self, what: &str, times: usize) {
        until(&format!("the agent tells {times} times: {what}"), || (self.logged(what).len() >= times).then_some(()));
    }

    /// A file in the folder it works in, for which it looks.
    pub(crate) fn gate(&self, name: &str) -> PathBuf {
        folder_of(&self.home, self.session).join(name)
    }

    /// Stops its newest hook where it stands, or lets it go on.
    pub(crate) fn hook_stands_still(&self, still: bool) {
        signal(self.hook(), if still { Signal::SIGSTOP } else { Signal::SIGCONT });
    }

    /// Somebody presses this key in its pane.
    pub(crate) fn press(&self, key: &str) {
        self.home.tmux(&["send-keys", "-t", "=a1:", key]);
    }

    /// Waits for an open question other than these that the agent asks itself.
    pub(crate) fn until_it_asks(&self, known: &[QuestionId]) -> Question {
        until_it_asks(&self.home, self.session, known)
    }

    /// The same for one that stands in its pane and of which it tells nothing.
    pub(crate) fn until_its_pane_asks(&self, known: &[QuestionId]) -> Question {
        self.home.until("its pane asks", |world| {
            let mut open = open_questions(world, self.session);
            open.find(|question| question.kind == Kind::Dialog && !known.contains(&question.id)).cloned()
        })
    }

    /// Waits for so many open questions that the agent asks itself.
    pub(crate) fn until_it_asks_all(&self, count: usize) -> Vec<Question> {
        self.home.until(&format!("the agent asks {count} questions"), |world| {
            let open: Vec<Question> = asked_itself(world, self.session).cloned().collect();
            (open.len() == count).then_some(open)
        })
    }

    /// Waits until nothing waits for the person; says what became of each question.
    pub(crate) fn until_settled(&self) -> Vec<State> {
        until_settled(&self.home, self.session)
    }

    /// `qd answer`.
    pub(crate) fn answer(&self, question: &Question, words: &[&str]) {
        self.home.done(&[&["answer", &question.id.to_string()], words].concat());
    }
}

/// Waits for an open question of this session, other than these, that its agent asks itself.
pub(crate) fn until_it_asks(home: &Home, session: SessionId, known: &[QuestionId]) -> Question {
    home.until("the agent asks", |world| {
        asked_itself(world, session).find(|question| !known.contains(&question.id)).cloned()
    })
}

/// Waits until nothing of this session waits for the person; says what became of each question. A dialog that only came
/// before what its agent asked about it itself is not counted.
pub(crate) fn until_settled(home: &Home, session: SessionId) -> Vec<State> {
    home.until("every question is settled", |world| world.questions_of(session).next().is_none().then_some(()));
    let states = home.detail(session).questions.into_iter().map(|question| question.state);
    let only_came_before =
        |state: &State| matches!(state, State::Withdrawn { reason, .. } if reason == "the agent asks it itself");
    states.filter(|state| !only_came_before(state)).collect()
}

fn open_questions(world: &World, session: SessionId) -> impl Iterator<Item = &Question> {
    world.questions_of(session).filter(|question| question.state.is_open())
}

/// Where a hook is slow, the dialog beside it is a question until it comes.
fn asked_itself(world: &World, session: SessionId) -> impl Iterator<Item = &Question> {
    open_questions(world, session).filter(|question| question.kind != Kind::Dialog)
}

/// Makes it an agent of this home, called `actor`.
pub(crate) fn engage(dialect: Dialect, home: &Home, environment: &str) {
    let agents = home.qd_home().join("config/agents");
    std::fs::create_dir_all(&agents).expect("a folder");
    let (word, log) = (dialect.word(), log(home));
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stories/actor/agent.py");
    // Its parts are not to be compiled into the repository.
    let profile = format!(
        "inherit = {word:?}\nprogram = \"python3\"\narguments = [\"-B\", {program:?}, {word:?}]\n\
         [environment]\nACTOR_LOG = {log:?}\n{environment}"
    );
    std::fs::write(agents.join("actor.toml"), profile).expect("written");
}

pub(crate) fn log(home: &Home) -> PathBuf {
    home.path().join("actor.jsonl")
}
