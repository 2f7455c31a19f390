//! The stand-in at work: what it is told, what it does next, and what is on its screen.

use std::{
    collections::VecDeque,
    io,
    time::{Duration, Instant},
};

use crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use nix::sys::termios::{FlushArg, tcflush};

use super::{
    face::{Face, columns},
    log::{Entry, Log, Way},
    mischief::{self, Deaf},
    script::{Beat, Modes, beats},
    voice::{self, Asked, Asks},
    work::{commit, edit},
};

/// How long one picture of the spinner stays: ten a second.
const FRAME: Duration = Duration::from_millis(100);
/// The most rows of text that the input box shows.
const BOX_ROWS: usize = 12;

pub(super) struct Actor {
    pub(super) face: Face,
    pub(super) log: Log,
    modes: Modes,
    pace: f64,
    pub(super) phase: Phase,
    /// What stands in the input box.
    composer: String,
    /// Enter has not been pressed since the last paste.
    pasted: bool,
    script: VecDeque<Beat>,
    /// What was submitted while it worked.
    queue: VecDeque<String>,
    /// What it was told last, shortened, for the title.
    task: String,
    turns: usize,
    deaf: Option<Deaf>,
    /// Requests that it says it has made.
    pub(super) requests: u64,
}

pub(super) enum Phase {
    /// It waits for a message.
    Waiting,
    /// It works, or waits for its provider.
    Working {
        since: Instant,
        /// When the next beat comes; `None`: never by itself.
        next: Option<Instant>,
        retrying: Option<u32>,
    },
    /// It waits for a digit.
    Asking,
    /// It waits for whom it has asked, or for a digit.
    Consulting(Asked),
}

impl Actor {
    pub(super) fn new(log: Log, modes: Modes, pace: f64) -> io::Result<Self> {
        let mut face = Face::new(!modes.inline)?;
        if modes.slow_start {
            // What was typed before it was up is lost.
            tcflush(io::stdin(), FlushArg::TCIFLUSH)?;
        }
        face.say(&["\x1b[1m stand-in\x1b[0m · a scripted agent, no model and no account".into(), String::new()])?;
        Ok(Self {
            face,
            log,
            modes,
            pace,
            phase: Phase::Waiting,
            composer: String::new(),
            pasted: false,
            script: VecDeque::new(),
            queue: VecDeque::new(),
            task: String::new(),
            turns: 0,
            deaf: None,
            requests: 0,
        })
    }

    /// Lives until it ends by itself, on request, or with its terminal; gives the exit code.
    pub(super) fn play(mut self, earlier: &[String], prompt: &str) -> io::Result<u8> {
        for text in earlier {
            self.face.say(&quoted(text))?;
        }
        if !prompt.is_empty() {
            self.begin(prompt.to_owned(), Way::Argv)?;
        }
        self.show()?;
        self.log.write(Entry::Ready);
        loop {
            match self.beat() {
                Ok(None) => {}
                Ok(Some(code)) => return Ok(code),
                Err(_) if self.deaf.is_some() => loop {
                    // Its terminal is gone, and it stays.
                    std::thread::park();
                },
                Err(error) => return Err(error),
            }
        }
    }

    /// Waits for a key or for the next thing to do, and does it.
    fn beat(&mut self) -> io::Result<Option<u8>> {
        let event = match self.patience() {
            None => Some(event::read()?),
            Some(patience) => event::poll(patience)?.then(event::read).transpose()?,
        };
        match event {
            Some(Event::Key(key)) if key.kind != KeyEventKind::Release => {
                if let Some(code) = self.key(key)? {
                    return Ok(Some(code));
                }
            }
            Some(Event::Paste(text)) => self.paste(&text.replace("\r\n", "\n").replace('\r', "\n")),
            Some(Event::Resize(..)) => self.face.again()?,
            Some(Event::Key(_) | Event::FocusGained | Event::FocusLost | Event::Mouse(_)) | None => {}
        }
        self.listen()?;
        if let Phase::Working { next: Some(next), .. } = self.phase
            && Instant::now() >= next
            && let Some(code) = self.go_on()?
        {
            return Ok(Some(code));
        }
        self.show()?;
        Ok(None)
    }

    /// How long there is nothing to do but to listen; `None`: for ever.
    fn patience(&self) -> Option<Duration> {
        match self.phase {
            Phase::Waiting | Phase::Asking => None,
            Phase::Consulting(_) => Some(FRAME),
            Phase::Working { next, .. } => {
                Some(next.map_or(FRAME, |next| next.saturating_duration_since(Instant::now()).min(FRAME)))
            }
        }
    }

    fn key(&mut self, key: KeyEvent) -> io::Result<Option<u8>> {
        match self.phase {
            Phase::Asking => return self.answer(key).map(|()| None),
            Phase::Consulting(_) => return self.decide(key).map(|()| None),
            Phase::Waiting | Phase::Working { .. } => {}
        }
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Enter if key.modifiers.contains(KeyModifiers::ALT) => self.composer.push('\n'),
            KeyCode::Enter => return self.enter(),
            KeyCode::Char('j') if control => self.composer.push('\n'),
            KeyCode::Char('u') if control => {
                let line = self.composer.trim_end_matches('\n').rfind('\n').map_or(0, |at| at + 1);
                self.composer.truncate(line);
            }
            KeyCode::Char('c' | 'd') if control && matches!(self.phase, Phase::Waiting) => return Ok(Some(0)),
            KeyCode::Esc | KeyCode::Char('c') if key.code == KeyCode::Esc || control => self.interrupt()?,
            KeyCode::Char(character) if !control => self.composer.push(character),
            KeyCode::Tab => self.composer.push('\t'),
            KeyCode::Backspace => {
                self.composer.pop();
            }
            _ => {}
        }
        Ok(None)
    }

    fn paste(&mut self, text: &str) {
        if matches!(self.phase, Phase::Asking | Phase::Consulting(_)) {
            self.log.write(Entry::Lost { text: text.into() });
            return;
        }
        self.composer.push_str(text);
        self.pasted = true;
    }

    fn enter(&mut self) -> io::Result<Option<u8>> {
        if std::mem::take(&mut self.pasted) && self.modes.swallow_enter {
            self.log.write(Entry::Swallowed);
            return Ok(None);
        }
        let text = std::mem::take(&mut self.composer);
        if text.trim().is_empty() {
            return Ok(None);
        }
        if text.trim() == "/exit" {
            return Ok(Some(0));
        }
        if matches!(self.phase, Phase::Waiting) {
            self.begin(text, Way::Typed)?;
        } else {
            self.log.write(Entry::Submission { way: Way::Queued, text: text.clone() });
            self.face.say(&quoted(&text))?;
            self.face.say(&["\x1b[2m  ⎿  Queued\x1b[0m".into()])?;
            self.queue.push_back(text);
        }
        Ok(None)
    }

    fn answer(&mut self, key: KeyEvent) -> io::Result<()> {
        let choice = match key.code {
            KeyCode::Char(digit @ '1'..='2') => u32::from(digit) - u32::from('0'),
            KeyCode::Enter => 1,
            KeyCode::Esc => 0,
            KeyCode::Char(character) => {
                self.log.write(Entry::Lost { text: character.into() });
                return Ok(());
            }
            _ => return Ok(()),
        };
        self.log.write(Entry::Answer { choice });
        if choice == 1 {
            self.face.say(&["\x1b[32m✓\x1b[0m You allowed it.".into()])?;
        } else {
            self.face.say(&["\x1b[31m✗\x1b[0m You did not allow it: I leave that.".into()])?;
        }
        self.work();
        Ok(())
    }

    fn interrupt(&mut self) -> io::Result<()> {
        if matches!(self.phase, Phase::Working { .. }) {
            self.log.write(Entry::Interrupt);
            self.script.clear();
            self.face.say(&["\x1b[33m  ⎿  Interrupted. What shall I do instead?\x1b[0m".into(), String::new()])?;
            self.end_turn()?;
        }
        Ok(())
    }

    /// Takes up `text`.
    fn begin(&mut self, text: String, way: Way) -> io::Result<()> {
        self.face.say(&quoted(&text))?;
        self.log.write(Entry::Submission { way, text: text.clone() });
        self.take_up(&text);
        Ok(())
    }

    fn take_up(&mut self, text: &str) {
        self.modes.learn(text);
        self.turns += 1;
        self.task =
            text.split_whitespace().filter(|word| !word.starts_with("play:")).take(6).collect::<Vec<_>>().join(" ");
        self.script = beats(text).into();
        if self.modes.meter {
            self.requests = self.requests.max(text.len() as u64 % 13 + 2);
        }
        self.work();
    }

    pub(super) fn work(&mut self) {
        let now = Instant::now();
        self.phase = Phase::Working { since: now, next: Some(now), retrying: None };
    }

    /// Plays beats until one takes time, or the script is over.
    fn go_on(&mut self) -> io::Result<Option<u8>> {
        loop {
            let Some(beat) = self.script.pop_front() else {
                self.face.say(&["\x1b[2m✻ Done\x1b[0m".into(), String::new()])?;
                self.end_turn()?;
                return Ok(None);
            };
            match beat {
                Beat::Say(lines) => self.face.say(&lines)?,
                Beat::Flood(lines) => self.flood(lines)?,
                Beat::Edit => self.face.say(&edit())?,
                Beat::Commit => {
                    let said = commit(self.turns);
                    self.face.say(&said)?;
                }
                Beat::Stubborn => {
                    self.deaf = Some(Deaf::new()?);
                    self.log.write(Entry::Children { pids: mischief::children() });
                }
                Beat::Exit(code) => return Ok(Some(code)),
                Beat::Ask => {
                    self.phase = Phase::Asking;
                    return Ok(None);
                }
                Beat::Consult(asks) => {
                    self.phase = asks.ask().map_or(Phase::Asking, Phase::Consulting);
                    return Ok(None);
                }
                Beat::Signal(words) => voice::signal(&words.iter().map(String::as_str).collect::<Vec<_>>()),
                Beat::Retry(attempt) => self.wait(None, Some(attempt)),
                Beat::Endless => {
                    self.wait(None, None);
                    return Ok(None);
                }
                Beat::Work(duration) => {
                    let next = Instant::now() + duration.mul_f64(self.pace);
                    let retrying = self.retrying();
                    if self.modes.meter && retrying.is_none() {
                        self.tell_figures();
                    }
                    self.wait(Some(next), retrying);
                    return Ok(None);
                }
            }
        }
    }

    fn wait(&mut self, until: Option<Instant>, attempt: Option<u32>) {
        if let Phase::Working { next, retrying, .. } = &mut self.phase {
            *next = until;
            *retrying = attempt;
        }
    }

    /// A lost provider stays lost for the pause that follows, and no longer.
    fn retrying(&self) -> Option<u32> {
        match self.phase {
            Phase::Working { retrying, next: None, .. } => retrying,
            Phase::Working { .. } | Phase::Waiting | Phase::Asking | Phase::Consulting(_) => None,
        }
    }

    fn flood(&mut self, lines: u32) -> io::Result<()> {
        let lines: Vec<String> = (1..=lines)
            .map(|number| format!("\x1b[3{}m{number:>6}\x1b[0m of a flood of lines", number % 7 + 1))
            .collect();
        self.face.say(&lines)
    }

    fn end_turn(&mut self) -> io::Result<()> {
        self.log.write(Entry::Turn);
        self.phase = Phase::Waiting;
        if let Some(text) = self.queue.pop_front() {
            self.take_up(&text);
        }
        Ok(())
    }

    fn show(&mut self) -> io::Result<()> {
        let mark = match self.phase {
            Phase::Waiting | Phase::Asking | Phase::Consulting(_) => '✳',
            Phase::Working { since, .. } if since.elapsed().as_secs().is_multiple_of(2) => '◐',
            Phase::Working { .. } => '◑',
        };
        let task = if self.task.is_empty() { "stand-in" } else { &self.task };
        self.face.title(format!("{mark} {task}"))?;
        let block = self.block();
        self.face.show(block)
    }

    fn block(&self) -> Vec<String> {
        let edge = "─".repeat(columns().min(200));
        let mut block = Vec::new();
        match &self.phase {
            Phase::Asking => {
                return dialog(edge, "Do you want to run this command?\n   cargo publish --dry-run", ["Yes", "No"]);
            }
            Phase::Consulting(asked) => match asked.what() {
                Asks::User => block.push("✻ ask_user… (waits for your answer)".into()),
                what => {
                    let (question, answers) = what.dialog();
                    return dialog(edge, question, answers);
                }
            },
            Phase::Working { retrying: Some(attempt), next, .. } => {
                let left = next.map_or(0, |next| next.saturating_duration_since(Instant::now()).as_secs());
                block.push(format!("✻ 529 Overloaded · retrying in {left}s · attempt {attempt}/10"));
            }
            Phase::Working { since, .. } => {
                let frame = since.elapsed().as_millis() / FRAME.as_millis() % 6;
                let turning = ['·', '✢', '✳', '✶', '✻', '✽'][usize::try_from(frame).unwrap_or(0)];
                block.push(format!("{turning} Tinkering… ({}s)", since.elapsed().as_secs()));
            }
            Phase::Waiting => {}
        }
        block.push(edge.clone());
        block.extend(boxed(&self.composer));
        block.push(edge);
        let working = matches!(self.phase, Phase::Working { .. });
        block.push(if working { "  stand-in · esc to interrupt" } else { "  stand-in · ctrl-c to leave" }.into());
        block
    }
}

/// A dialog, in the place of the input box.
fn dialog(edge: String, question: &str, answers: [&str; 2]) -> Vec<String> {
    let mut block = vec![edge];
    block.extend(format!(" {question}").split('\n').map(str::to_owned));
    block.extend([format!(" ❯ 1. {}", answers[0]), format!("   2. {}", answers[1]), String::new()]);
    block.push(" Esc to cancel".into());
    block
}

/// What the input box shows of `text`: a large one is only counted.
fn boxed(text: &str) -> Vec<String> {
    let first = "❯\u{a0}";
    let rows = text.split('\n').count();
    if text.is_empty() {
        return vec![format!("{first}Tell the stand-in what to do")];
    }
    if rows > BOX_ROWS {
        return vec![format!("{first}[Pasted text of {rows} lines]")];
    }
    let row = |(at, row): (usize, &str)| format!("{}{}", if at == 0 { first } else { "  " }, printable(row));
    text.split('\n').enumerate().map(row).collect()
}

/// What it was told, as it stands in the conversation.
fn quoted(text: &str) -> Vec<String> {
    let rows: Vec<&str> = text.lines().collect();
    let shown = rows.iter().take(BOX_ROWS).enumerate();
    let mut lines: Vec<String> = shown
        .map(|(at, row)| format!("\x1b[1m{} {}\x1b[0m", if at == 0 { "❯" } else { " " }, printable(row)))
        .collect();
    if rows.len() > BOX_ROWS {
        lines.push(format!("  … {} more lines", rows.len() - BOX_ROWS));
    }
    lines.push(String::new());
    lines
}

fn printable(text: &str) -> String {
    text.replace('\t', "    ").chars().filter(|character| !character.is_control()).collect()
}
