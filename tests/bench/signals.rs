//! How long it takes until the person sees what an agent tells, until an agent has the person's answer, and what a hook
//! costs the agent, beside a crew that works.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use quarterdeck::domain::{Command as Ask, Question, QuestionId, SessionId};
use serde_json::{Value, json};

use crate::{
    Outcome, Plan,
    clock::{milliseconds, now},
    crew::{Crew, toggle},
    figures::{Samples, Table, short},
    load::used_by_forks,
    terminal::Terminal,
};

/// How long any one thing may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many sessions work beside the one that tells.
const BUSY: usize = 50;
/// The session that tells. Its pane shows nothing that could be taken for what it tells.
const TELLS: &str = "idle teller";

pub(crate) async fn measure(plan: &Plan) -> Outcome<Table> {
    let mut table = Table::new("Signals in ms, beside 50 busy sessions", &["what", "measured", "goal", "", "how"]);
    let mut crew = Crew::start().await?;
    for _ in 0..BUSY {
        crew.add("idle").await?;
    }
    let teller = crew.add(TELLS).await?;
    let agents = crew.settled(BUSY + 1).await?;
    let door = Door::of(agents[&teller])?;
    let busy: Vec<u32> = agents.iter().filter(|&(&id, _)| id != teller).map(|(_, &pid)| pid).collect();
    busy.iter().try_for_each(|&pid| toggle(pid))?;

    let mut dashboard = Terminal::dashboard(&crew, 140, 40)?;
    dashboard.look_for(TELLS)?;
    let seen = seen(&door, &mut dashboard, plan.samples)?;
    let how = "a hook's request, sent without a process, until its words are in the bytes that the dashboard writes";
    table.goal("signal → frame, p50", seen.tail(), seen.median(), 20.0, "", how);
    table.goal("signal → frame, p99", short(seen.quantile(0.99)), seen.quantile(0.99), 100.0, "", how);

    let answered = answered(&crew, &door, teller, plan.samples.min(60)).await?;
    let how = "the answer sent to the daemon until the waiting hook's process has printed it and ended";
    table.goal("answer → hook, p50", answered.tail(), answered.median(), 20.0, "", how);

    let (time, wall) = hooks(&door, plan.samples)?;
    let how = "user and system time of qd hook, from its start to its end, as the system counts it";
    table.goal("a hook's process", short(time), time, 10.0, "mean", how);
    let how = "the same until the agent can go on; of this the machine's own disturbance is a part";
    table.row(vec!["a hook, until it ends".into(), wall.tail(), String::new(), String::new(), how.into()]);
    Ok(table)
}

/// The agents' door, as the agent of one process finds it.
struct Door {
    environment: Vec<(String, String)>,
    address: String,
    token: String,
}

impl Door {
    fn of(pid: u32) -> Outcome<Self> {
        let environment = fs::read(format!("/proc/{pid}/environ"))?;
        let environment: Vec<(String, String)> = environment
            .split(|&byte| byte == 0)
            .filter_map(|pair| std::str::from_utf8(pair).ok()?.split_once('='))
            .filter(|(name, _)| name.starts_with("QD_"))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let value = |wanted: &str| {
            let found = environment.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone());
            found.ok_or_else(|| format!("the agent was started without {wanted}"))
        };
        let address = value("QD_DOOR")?.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let token = value("QD_TOKEN")?;
        Ok(Self { environment, address, token })
    }

    /// Tells `payload` as a hook would, and waits for the thanks.
    fn tell(&self, call: &str, payload: &Value) -> Outcome<()> {
        let body = payload.to_string();
        let mut stream = TcpStream::connect(&self.address)?;
        stream.set_nodelay(true)?;
        let (address, token, at, length) = (&self.address, &self.token, now() / 1_000, body.len());
        stream.write_all(
            format!(
                "POST /hook/claude HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\nx-qd-call: {call}\r\n\
                 x-qd-at: {at}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
            )
            .as_bytes(),
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        if answer.starts_with("HTTP/1.1 204") { Ok(()) } else { Err(format!("the door answered {answer}").into()) }
    }

    /// `qd hook claude` with this payload.
    fn hook(&self, payload: &Value) -> Outcome<Child> {
        let mut hook = Command::new(env!("CARGO_BIN_EXE_qd"))
            .args(["hook", "claude"])
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        hook.stdin.take().ok_or("no standard input")?.write_all(payload.to_string().as_bytes())?;
        Ok(hook)
    }
}

fn uses(event: &str, command: &str) -> Value {
    json!({
        "session_id": "b1", "hook_event_name": event, "tool_name": "Bash", "tool_input": {"command": command},
        "tool_use_id": command,
    })
}

fn seen(door: &Door, dashboard: &mut Terminal, count: usize) -> Outcome<Samples> {
    let mut samples = Vec::with_capacity(count);
    for turn in 0..count {
        let mark = format!("sig{turn:05}");
        let told = now();
        door.tell(&mark, &uses("PreToolUse", &mark))?;
        let shown = dashboard.until(PATIENCE, |screen| screen.contents().contains(&mark));
        let shown = shown.ok_or_else(|| format!("{mark} is not shown, but\n{}", dashboard.contents()))?;
        samples.push(milliseconds(told, shown));
        dashboard.rest(Duration::from_millis(40 + turn as u64 * 7 % 60));
    }
    Ok(samples.into_iter().collect())
}

async fn answered(crew: &Crew, door: &Door, session: SessionId, count: usize) -> Outcome<Samples> {
    let mut samples = Vec::with_capacity(count);
    for turn in 0..count {
        let command = format!("ask{turn:05}");
        let mut hook = door.hook(&uses("PermissionRequest", &command))?;
        let mut output = hook.stdout.take().ok_or("no standard output")?;
        let question = asked(crew, session, &command).await?;
        let reading = std::thread::spawn(move || {
            let mut printed = String::new();
            let read = output.read_to_string(&mut printed);
            (now(), read.map(|_| printed))
        });
        let given = now();
        crew.client.command(&Ask::Answer { question, choices: vec![1], text: None }).await?;
        let (at, printed) = reading.join().map_err(|_| "the reader panicked")?;
        hook.wait()?;
        let printed = printed?;
        if !printed.contains("allow") {
            return Err(format!("the hook printed {printed:?}").into());
        }
        samples.push(milliseconds(given, at));
        door.tell(&format!("{command}-done"), &uses("PostToolUse", &command))?;
    }
    Ok(samples.into_iter().collect())
}

/// The question about `command`, once it is there.
async fn asked(crew: &Crew, session: SessionId, command: &str) -> Outcome<QuestionId> {
    let deadline = Instant::now() + PATIENCE;
    let about = |question: &&Question| {
        question.session == session && question.state.is_open() && question.detail.contains(command)
    };
    while Instant::now() < deadline {
        if let Some(question) = crew.client.world().await?.questions.values().find(about) {
            return Ok(question.id);
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Err(format!("nobody is asked about {command}").into())
}

/// What one hook takes of the processor on average, and how long each lasts.
fn hooks(door: &Door, count: usize) -> Outcome<(f64, Samples)> {
    let before = used_by_forks()?;
    let mut lasted = Vec::with_capacity(count);
    for turn in 0..count {
        let began = now();
        let mut hook = door.hook(&uses("PreToolUse", &format!("run{turn:05}")))?;
        hook.wait()?;
        lasted.push(milliseconds(began, now()));
    }
    let used = used_by_forks()?.saturating_sub(before);
    Ok((used.as_secs_f64() * 1_000.0 / count as f64, lasted.into_iter().collect()))
}
