//! The loop: waits, names what happened, lets [`update`](mod@crate::tui::update) decide, performs, draws.
//!
//! Invariants: one frame at most every [`FRAME`], and none while nothing happens; a key is drawn at once when the last
//! frame is old enough; every task ends with the loop; the terminal is given back however the loop ends.
//!
//! - [`terminal`]: the person's terminal
//! - [`follow`]: the connection to the daemon
//! - [`perform`]: what effects do
//! - [`call`]: how the person is called
//! - [`editor`]: the person's own editor

mod call;
mod editor;
mod follow;
mod perform;
mod terminal;

use std::{
    path::Path,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use crossterm::event::{Event, EventStream};
use futures_util::StreamExt;
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::mpsc::{self, Receiver, Sender},
    task::JoinSet,
    time::{Instant, sleep_until},
};
use tokio_util::task::AbortOnDropHandle;

pub use self::follow::Revive;
use self::terminal::Screen;
use super::{
    effect::{Effect, Opening, Typed},
    message::{Message, Problem},
    model::{Focus, Model},
    pane::{self, Takeover},
    settings::Settings,
    update, view,
    view::Areas,
};
use crate::{
    api::{
        Client,
        wire::{self, Size},
    },
    domain::{SessionId, Timestamp},
};

/// The shortest time between two frames.
const FRAME: Duration = Duration::from_millis(16);
/// How many beats may wait; what brings more waits too, and the daemon coalesces.
const BEATS: usize = 256;

/// What the loop can hear.
pub(super) enum Beat {
    /// Something for the model.
    Heard(Message),
    /// The terminal's focus came or went.
    Focused(bool),
    /// A text for the clipboard.
    Copy(String),
    /// The terminal is to be handed to tmux.
    HandOver(SessionId, Box<wire::Attach>),
    /// The terminal is to be handed to the person's editor.
    Edit(Opening),
    /// A pane is to be taken over.
    Open(SessionId, Size, Box<wire::Attach>),
    /// A pane can't be reached.
    NoWayIn(SessionId, Problem),
    /// The terminal can't be read any more, or we were told to end.
    End,
    /// It is time for a frame.
    Frame,
}

/// Runs the dashboard until the person leaves it, or it is told to end. `revive` is called when the daemon was killed.
///
/// # Errors
/// When there is no terminal, or it can't be drawn on.
pub async fn run(client: Client, revive: Revive, mut settings: Settings) -> color_eyre::Result<()> {
    settings.folder = repository_of(&settings.folder).unwrap_or_default();
    let screen = Screen::take(settings.mouse)?;
    let (beats, inbox) = mpsc::channel(BEATS);
    let mut tasks = JoinSet::new();
    tasks.spawn(follow::world(client.clone(), revive, beats.clone()));
    tasks.spawn(perform::find_agents(client.clone(), beats.clone()));
    let model = Model::new(settings, now(), screen.size());
    let dashboard = Dashboard {
        client,
        model,
        screen,
        events: Some(EventStream::new()),
        interrupt: signal(SignalKind::interrupt())?,
        beats,
        tasks,
        watching: None,
        early: Vec::new(),
        drawn_at: Instant::now() - FRAME,
        leaving: false,
    };
    dashboard.run(inbox).await
}

struct Dashboard {
    client: Client,
    model: Model,
    screen: Screen,
    events: Option<EventStream>,
    interrupt: Signal,
    beats: Sender<Beat>,
    tasks: JoinSet<()>,
    watching: Option<AbortOnDropHandle<()>>,
    // What was typed before the pane was open.
    early: Vec<Typed>,
    drawn_at: Instant,
    leaving: bool,
}

impl Dashboard {
    async fn run(mut self, mut inbox: Receiver<Beat>) -> color_eyre::Result<()> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut hang_up = signal(SignalKind::hangup())?;
        let mut frame = Some(Instant::now());
        let mut wake: Option<Instant> = None;
        while !self.leaving {
            let beat = tokio::select! {
                biased;
                () = at(frame), if frame.is_some() => Beat::Frame,
                event = next(&mut self.events) => heard(event),
                _ = terminate.recv() => Beat::End,
                _ = hang_up.recv() => Beat::End,
                _ = self.interrupt.recv() => Beat::End,
                Some(beat) = inbox.recv() => beat,
                () = at(wake), if wake.is_some() => Beat::Heard(Message::Woken),
            };
            if matches!(beat, Beat::Frame) {
                self.draw().await?;
                frame = None;
                wake = self.model.wake_after().map(|after| Instant::now() + after);
                continue;
            }
            let passed_on = match beat {
                Beat::HandOver(session, attach) => self.attach(session, &attach, &mut inbox).await.map(|()| false)?,
                Beat::Edit(opening) => self.edit(&opening, &mut inbox).await.map(|()| false)?,
                beat => self.handle(beat).await?,
            };
            while self.tasks.try_join_next().is_some() {}
            if !passed_on {
                frame = frame.or_else(|| Some(self.drawn_at + FRAME));
            }
        }
        self.let_go();
        Ok(())
    }

    /// Says whether it was only passed on to the pane that is taken over. That is no reason for a frame: one drawn now
    /// would have nothing new on it, and hold up the next, which has the pane's answer, by [`FRAME`].
    async fn handle(&mut self, beat: Beat) -> color_eyre::Result<bool> {
        match beat {
            Beat::Heard(message) => return self.hear(message).await,
            Beat::Focused(gained) => {
                if let Some(taken) = &mut self.model.taken {
                    // A pane that is gone needs no focus.
                    let _ = taken.focus(gained);
                }
                return self.hear(Message::Focused(gained)).await;
            }
            Beat::Copy(line) => {
                pane::copy(&line, &mut std::io::stdout())?;
                self.hear(Message::Told(format!("copied, if your terminal allows it: {line}"))).await?;
            }
            // Without the inbox nobody would be called meanwhile: the loop takes it.
            Beat::HandOver(..) | Beat::Edit(_) => {}
            Beat::Open(session, size, attach) => self.open(session, size, &attach),
            Beat::NoWayIn(session, problem) => self.no_way_in(session, problem),
            Beat::End => self.leaving = true,
            Beat::Frame => {}
        }
        Ok(false)
    }

    async fn hear(&mut self, message: Message) -> color_eyre::Result<bool> {
        let effects = update(&mut self.model, now(), message);
        let only_typed = matches!(effects.as_slice(), [Effect::Type(_)]) && self.model.taken.is_some();
        let notice = self.model.notice.clone();
        self.perform(effects).await?;
        Ok(only_typed && self.model.notice == notice)
    }

    async fn draw(&mut self) -> color_eyre::Result<()> {
        // What is laid out has to fit the frame, and the word of a new size may still be on its way.
        self.model.size = self.screen.measure()?;
        self.follow_pane();
        self.model.now = now();
        let effects = update::prepare(&mut self.model);
        self.perform(effects).await?;
        let model = &self.model;
        self.screen.draw(|buffer| view::draw(model, buffer))?;
        self.drawn_at = Instant::now();
        self.leaving |= self.screen.is_gone();
        Ok(())
    }

    async fn perform(&mut self, effects: Vec<Effect>) -> color_eyre::Result<()> {
        for effect in effects {
            let (client, beats) = (self.client.clone(), self.beats.clone());
            match effect {
                Effect::Ask { purpose, command } => {
                    drop(self.tasks.spawn(perform::ask(client, purpose, command, beats)))
                }
                Effect::Look(looking) => {
                    let task = looking.map(|looking| tokio::spawn(follow::screen(client, looking, beats)));
                    self.watching = task.map(AbortOnDropHandle::new);
                }
                Effect::Fetch(session, fetch) => drop(self.tasks.spawn(perform::fetch(client, session, fetch, beats))),
                Effect::FindAgents => drop(self.tasks.spawn(perform::find_agents(client, beats))),
                Effect::Inspect(workspaces) => drop(self.tasks.spawn(perform::inspect(client, workspaces, beats))),
                Effect::See => drop(self.tasks.spawn(perform::see(client, beats))),
                Effect::ReadArtifact(id) => drop(self.tasks.spawn(perform::read_artifact(client, id, beats))),
                Effect::Export(objective) => drop(self.tasks.spawn(perform::export(client, objective, beats))),
                Effect::Explain(session) => drop(self.tasks.spawn(perform::explain(client, session, beats))),
                Effect::SaveWhy(session) => drop(self.tasks.spawn(perform::save_why(client, session, beats))),
                Effect::Complete(written) => {
                    let home = self.model.settings.home.clone();
                    self.tasks.spawn(perform::complete(client, written, home, beats));
                }
                Effect::Attach(session) => {
                    let then = move |attach| Beat::HandOver(session, Box::new(attach));
                    self.tasks.spawn(perform::reach(client, session, then, beats));
                }
                Effect::Compare(comparison) => drop(self.tasks.spawn(perform::compare(client, comparison, beats))),
                Effect::Edit(opening) => {
                    self.tasks.spawn(async move { drop(beats.send(Beat::Edit(opening)).await) });
                }
                Effect::CopyAttachLine(session) => {
                    let then = |attach: wire::Attach| Beat::Copy(attach.line);
                    self.tasks.spawn(perform::reach(client, session, then, beats));
                }
                Effect::Copy(text) => drop(self.tasks.spawn(async move { drop(beats.send(Beat::Copy(text)).await) })),
                Effect::TakeOver(session, size) => {
                    self.early.clear();
                    let then = move |attach| Beat::Open(session, size, Box::new(attach));
                    self.tasks.spawn(perform::reach(client, session, then, beats));
                }
                Effect::KeepTheme { file, name } => drop(self.tasks.spawn(perform::keep_theme(file, name, beats))),
                Effect::Type(typed) => self.type_into_pane(typed),
                Effect::LetGo => self.let_go(),
                Effect::NameWindow(name) => self.screen.name_window(&name)?,
                Effect::Call(title, body) => self.call(title, body)?,
                Effect::Redraw => self.screen.redraw(),
                Effect::Leave => self.leaving = true,
            }
        }
        Ok(())
    }

    fn call(&mut self, title: String, body: String) -> color_eyre::Result<()> {
        let settings = &self.model.settings;
        self.screen.send(&call::bytes(settings.notify.terminal, &title, &body, settings.in_tmux))?;
        if settings.notify.tmux && settings.in_tmux {
            self.tasks.spawn(call::show_in_tmux(title, body));
        }
        Ok(())
    }

    /// Gives the terminal to tmux until the person comes back.
    async fn attach(
        &mut self,
        session: SessionId,
        attach: &wire::Attach,
        inbox: &mut Receiver<Beat>,
    ) -> color_eyre::Result<()> {
        let Some(way_out) = self.model.way_out.clone() else { return Ok(()) };
        self.model.attached = Some(session);
        let attached =
            async { pane::attach(&attach.argv, &way_out).await.map_err(|error| Problem::new(error.to_string())) };
        self.hand_over(attached, inbox).await
    }

    /// Gives the terminal to the person's editor until it ends.
    async fn edit(&mut self, opening: &Opening, inbox: &mut Receiver<Beat>) -> color_eyre::Result<()> {
        self.hand_over(editor::open(opening), inbox).await?;
        self.hear(Message::Edited).await.map(drop)
    }

    /// Gives the terminal away until `other` has ended. Whoever else needs the person calls them there.
    async fn hand_over(
        &mut self,
        other: impl Future<Output = Result<(), Problem>>,
        inbox: &mut Receiver<Beat>,
    ) -> color_eyre::Result<()> {
        // It would read the keys away.
        self.events = None;
        self.watching = None;
        self.screen.give_back();
        let mut held = Vec::new();
        let ended = {
            let mut ended = std::pin::pin!(other);
            loop {
                let wake = self.model.until_call().map(|after| Instant::now() + after);
                let message = tokio::select! {
                    ended = &mut ended => break ended,
                    Some(beat) = inbox.recv() => match beat {
                        Beat::Heard(message) if message.is_of_the_world() => message,
                        other => {
                            held.push(other);
                            continue;
                        }
                    },
                    () = at(wake), if wake.is_some() => Message::Woken,
                };
                if let Some((title, body)) = update::while_attached(&mut self.model, now(), message) {
                    self.call(title, body)?;
                }
            }
        };
        self.model.attached = None;
        // A Ctrl-c from that time was not for us.
        self.interrupt = signal(SignalKind::interrupt())?;
        self.screen.take_again(self.model.settings.mouse)?;
        self.events = Some(EventStream::new());
        let (columns, rows) = self.screen.size();
        // Whatever was looked at before has another size now.
        self.model.looking = None;
        self.hear(Message::Resized(columns, rows)).await?;
        for beat in held {
            Box::pin(self.handle(beat)).await?;
        }
        match ended {
            Ok(()) => Ok(()),
            Err(problem) => self.hear(Message::Failed(problem)).await.map(drop),
        }
    }

    fn open(&mut self, session: SessionId, size: Size, attach: &wire::Attach) {
        if self.model.focus != Focus::TakenOver(session) {
            return;
        }
        let beats = self.beats.clone();
        // A full queue already brings a frame.
        let wake = move || drop(beats.try_send(Beat::Heard(Message::TakenOver)));
        match Takeover::start(attach, size, wake) {
            Ok(taken) => {
                self.model.taken = Some(taken);
                for typed in std::mem::take(&mut self.early) {
                    self.type_into_pane(typed);
                }
            }
            Err(error) => self.no_way_in(session, Problem::new(error.to_string())),
        }
    }

    fn no_way_in(&mut self, session: SessionId, mut problem: Problem) {
        if self.model.focus == Focus::TakenOver(session) {
            if !self.early.is_empty() {
                problem.what.push_str("; what you typed was not sent");
            }
            self.let_go();
        }
        update::let_go(&mut self.model, Some(problem));
    }

    fn type_into_pane(&mut self, typed: Typed) {
        let area = Areas::of(&self.model).unwrap_or_default().screen;
        let Some(taken) = &mut self.model.taken else {
            self.early.push(typed);
            return;
        };
        let sent = match typed {
            Typed::Key(key) => taken.key(key),
            Typed::Paste(text) => taken.paste(&text),
            Typed::Mouse(event) => taken.mouse(event, area).map(drop),
        };
        if let Err(error) = sent {
            self.model.notice = Some(super::model::Notice::Bad(Problem::new(error.to_string())));
        }
    }

    /// Takes in what the pane that is taken over has drawn, in the room it has.
    fn follow_pane(&mut self) {
        let area = Areas::of(&self.model).unwrap_or_default().screen;
        let Some(taken) = &mut self.model.taken else { return };
        if let Err(error) = taken.resize(Size { columns: area.width.max(2), rows: area.height.max(1) }) {
            tracing::debug!(%error, "the pane that is taken over keeps its size");
        }
        taken.update();
        if let Some(words) = taken.ended() {
            let problem = Problem::new(format!("the pane has let go: {words}"));
            self.let_go();
            update::let_go(&mut self.model, Some(problem));
        }
    }

    /// Leaves the pane that is taken over as it is.
    fn let_go(&mut self) {
        self.early.clear();
        if let Some(taken) = self.model.taken.take() {
            // It ends by itself, once the last key has arrived.
            drop(taken.end());
        }
    }
}

async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

async fn next(events: &mut Option<EventStream>) -> Option<std::io::Result<Event>> {
    match events {
        Some(events) => events.next().await,
        None => std::future::pending().await,
    }
}

fn heard(event: Option<std::io::Result<Event>>) -> Beat {
    match event {
        Some(Ok(Event::Key(key))) => Beat::Heard(Message::Key(key)),
        Some(Ok(Event::Mouse(mouse))) => Beat::Heard(Message::Mouse(mouse)),
        Some(Ok(Event::Paste(text))) => Beat::Heard(Message::Paste(text)),
        Some(Ok(Event::Resize(columns, rows))) => Beat::Heard(Message::Resized(columns, rows)),
        Some(Ok(Event::FocusGained)) => Beat::Focused(true),
        Some(Ok(Event::FocusLost)) => Beat::Focused(false),
        Some(Err(_)) | None => Beat::End,
    }
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// The top folder of the repository that `folder` is in.
fn repository_of(folder: &Path) -> Option<std::path::PathBuf> {
    folder.ancestors().find(|folder| folder.join(".git").exists()).map(Path::to_path_buf)
}
