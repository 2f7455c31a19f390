//! What agents on hosts tell, ask and write down, over the line and over its cuts.

use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
};

use quarterdeck::domain::{AttemptId, Question, QuestionId, SessionId, activity::Doing, question::State};
use serde_json::{Value, json};

use super::away::Away;
use crate::{
    actor::{self, Dialect},
    home::{Home, folder_of},
    wait::until,
};

/// Claude Code, or Codex, on a host, as the actor plays them.
struct Far {
    away: Away,
    session: SessionId,
}

impl Far {
    fn plays(dialect: Dialect, prompt: &str) -> Self {
        let away = Away::apart(&["h1"]);
        actor::engage(dialect, &away.home, "");
        away.add("h1");
        away.until_up("h1");
        let session = away.home.start_with("actor", &["--target", "h1", prompt]);
        Self { away, session }
    }

    fn until_it_asks(&self, known: &[QuestionId]) -> Question {
        actor::until_it_asks(&self.away.home, self.session, known)
    }

    fn answer(&self, question: &Question, words: &[&str]) {
        self.away.home.done(&[&["answer", &question.id.to_string()], words].concat());
    }

    /// What it was answered, by this number from 1.
    fn until_answered(&self, number: usize) -> Value {
        until(&format!("the agent has its answer {number}"), || {
            let text = fs::read_to_string(actor::log(&self.away.home)).unwrap_or_default();
            let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
            lines.filter(|line| line["what"] == "taken").nth(number - 1)
        })
    }

    fn until_settled(&self) -> Vec<State> {
        actor::until_settled(&self.away.home, self.session)
    }

    /// Everything that was told, as the daemon keeps it.
    fn told(&self) -> String {
        told(&self.away.home, AttemptId::FIRST)
    }
}

#[test]
fn a_permission_on_a_host_is_given_and_refused_from_here() {
    for dialect in [Dialect::Claude, Dialect::Codex] {
        let far = Far::plays(dialect, "play:bash play:bash");
        let first = far.until_it_asks(&[]);
        far.away.home.until_doing(far.session, Doing::Asking);
        far.answer(&first, &["yes"]);
        let taken = far.until_answered(1);
        assert_eq!((&taken["by"], &taken["decision"]["behavior"]), (&json!("hook"), &json!("allow")), "{taken}");
        let second = far.until_it_asks(&[first.id]);
        far.answer(&second, &["--text", "elsewhere, «there»"]);
        let taken = far.until_answered(2);
        assert_eq!((&taken["by"], &taken["decision"]["message"]), (&json!("hook"), &json!("elsewhere, «there»")));
        far.away.home.until_doing(far.session, Doing::YourTurn);
    }
}

#[test]
fn a_question_outlives_the_line_and_the_daemon() {
    let mut far = Far::plays(Dialect::Claude, "play:bash play:bash");
    let first = far.until_it_asks(&[]);
    far.away.host("h1").leave();
    far.away.until_away("h1");
    far.away.home.until_doing(far.session, Doing::Unreachable);
    far.answer(&first, &["yes"]);
    far.away.host("h1").listen();
    let taken = far.until_answered(1);
    assert_eq!((&taken["by"], &taken["decision"]["behavior"]), (&json!("hook"), &json!("allow")), "{taken}");
    let second = far.until_it_asks(&[first.id]);
    far.away.home.kill_daemon();
    far.answer(&second, &["no"]);
    assert_eq!(far.until_answered(2)["decision"]["behavior"], "deny");
    let settled = far.until_settled();
    assert_eq!(settled.len(), 2, "nothing is asked twice: {settled:?}");
    assert!(settled.iter().all(|state| matches!(state, State::Answered { .. })), "{settled:?}");
}

#[test]
fn what_an_agent_told_while_the_line_was_cut_is_heard_when_it_is_back() {
    let mut far = Far::plays(Dialect::Claude, "play:retry");
    let gate = folder_of(&far.away.home, far.session).join("gate");
    until("it is told that its turn has begun", || far.told().contains("UserPromptSubmit").then_some(()));
    far.away.host("h1").leave();
    far.away.until_away("h1");
    fs::write(gate, "").expect("written");
    let spool = far.away.root("h1").join("attempts/a1/spool.jsonl");
    until("it is kept there", || fs::read_to_string(&spool).is_ok_and(|text| text.contains("Stop")).then_some(()));
    far.away.host("h1").listen();
    until("it is heard", || far.told().contains(r#"\"Stop\""#).then_some(()));
    far.away.home.until_doing(far.session, Doing::YourTurn);
    until("nothing is left there", || (!spool.exists() && !spool.with_extension("taken.jsonl").exists()).then_some(()));
}

#[test]
fn what_it_prints_and_writes_down_is_here_too() {
    let far = Far::plays(Dialect::Claude, "first words");
    let home = &far.away.home;
    home.until_doing(far.session, Doing::YourTurn);
    let recording = home.paths().recordings().join("a1.rec");
    until("what it printed is here", || {
        fs::read(&recording).is_ok_and(|bytes| String::from_utf8_lossy(&bytes).contains("first words")).then_some(())
    });
    // It names its transcript, and writes it as the real one does.
    let transcript = transcript_named_by(home, AttemptId::FIRST);
    assert!(transcript.starts_with(&far.away.hosts[0].home), "{transcript:?}");
    for (requests, id) in (1..).zip(["one", "two"]) {
        write_down(&transcript, id, "");
        home.until(&format!("{requests} requests are counted"), |world| {
            let counted: u64 = world.usage.get(&AttemptId::FIRST)?.iter().map(|row| row.spent.requests).sum();
            (counted == requests).then_some(())
        });
    }
}

fn told(home: &Home, attempt: AttemptId) -> String {
    fs::read_to_string(home.paths().attempt(attempt).join("signals.jsonl")).unwrap_or_default()
}

/// Writes a request down as the real one does.
pub(super) fn write_down(transcript: &Path, id: &str, words: &str) {
    let usage = json!({"input_tokens": 10, "output_tokens": 5, "cache_read_input_tokens": 100});
    let content = json!([{"type": "text", "text": words}]);
    let message = json!({"id": id, "model": "claude-x", "role": "assistant", "usage": usage, "content": content});
    let now = jiff::Timestamp::now().to_string();
    let line = json!({"type": "assistant", "timestamp": now, "requestId": id, "message": message});
    fs::create_dir_all(transcript.parent().expect("a folder")).expect("made");
    let mut file = File::options().create(true).append(true).open(transcript).expect("opened");
    file.write_all(format!("{line}\n").as_bytes()).expect("written");
}

/// Where an agent said that it writes its transcript.
pub(super) fn transcript_named_by(home: &Home, attempt: AttemptId) -> PathBuf {
    until("its transcript is named", || {
        let told = told(home, attempt);
        let payloads = told.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let payloads = payloads.filter_map(|line| serde_json::from_str::<Value>(line["payload"].as_str()?).ok());
        payloads.filter_map(|payload| Some(PathBuf::from(payload["transcript_path"].as_str()?))).next()
    })
}
