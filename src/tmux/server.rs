//! The handle, and everything it can be asked.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use tmux_interface::{
    AttachSession, CapturePane, CopyMode, DisplayMessage, KillSession, ListClients, ListPanes, NewSession, PasteBuffer,
    PipePane, ResizeWindow, RunShell, SendKeys, SetBuffer, SetOption, commands::common::client_flags::ClientFlags,
};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::{
    Capture, Captured, Error, Key, Markers, Pane, PaneSeen, PaneSpec, Person,
    actor::{Actor, Line, Request},
    capture,
    command::{Words, appending_to, unexpanded, words},
    config::HUB,
    control::Block,
    pane::{CLIENT_FORMAT, LIST_FORMAT, checked_marker, checked_name, checked_pane, read_client_line, read_list_line},
};
use crate::domain::attempt::PaneId;

/// The pane option that remembers the last paste.
const PASTED: &str = "@qd_pasted";
/// The pane option that remembers the last marked key press.
const PRESSED: &str = "@qd_pressed";

/// Where the server is, and what it reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Its socket, absolute.
    pub socket: PathBuf,
    /// The configuration that is written for it, private.
    pub config: PathBuf,
    /// The key that detaches a person, as tmux names it: `C-]`.
    pub detach_key: String,
}

/// What happens by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Requests are answered from now on.
    Connected {
        /// What `tmux -V` says.
        version: String,
        /// The server was started just now: panes known before are gone.
        fresh: bool,
    },
    /// They are not; it is tried again by itself.
    Disconnected {
        /// Why.
        reason: String,
    },
    /// A program ended, or panes came or went: list again.
    PaneDied,
    /// Somebody attached or detached: list again.
    ClientsChanged,
}

/// A tmux server, as a cheap handle.
#[derive(Debug, Clone)]
pub struct Server {
    options: Options,
    requests: mpsc::Sender<Request>,
}

impl Server {
    /// Starts, or finds, the server in the background. Requests wait for the first connection. After `cancel` the
    /// server and its panes live on.
    pub fn start(options: Options, cancel: CancellationToken) -> (Server, mpsc::Receiver<Event>) {
        let (requests, receiver) = mpsc::channel(64);
        let (events, told) = mpsc::channel(64);
        tokio::spawn(Actor { options: options.clone(), requests: receiver, events, cancel }.run());
        (Server { options, requests }, told)
    }

    /// Runs a program in a session of its own, recorded from its first byte on. If a session of exactly that name
    /// exists, its pane is the answer.
    ///
    /// # Errors
    /// [`Error::NoDirectory`] and [`Error::Unfit`] before anything is sent; a program that does not exist is no error:
    /// its pane is dead with exit code 127.
    pub async fn spawn(&self, spec: PaneSpec) -> Result<Pane, Error> {
        let name = checked_name(&spec.name)?;
        if let Some(pane) = self.find(name).await? {
            return Ok(pane);
        }
        let target = format!("={name}:");
        let create = new_session(&spec)?;
        let manual = set_option("window-size", "manual", &target, Scope::Window);
        let record = pipe(&target, &spec.record_to)?;
        match self.run(vec![create, manual, record]).await {
            Ok(blocks) => {
                let text = blocks.first().map(Block::text).unwrap_or_default();
                read_pane(&text, false).ok_or(Error::Unexpected(text))
            }
            Err(Error::Refused(why)) if why.contains("duplicate session") => {
                self.find(name).await?.ok_or(Error::Refused(why))
            }
            Err(error) => Err(error),
        }
    }

    /// All panes, in one look.
    ///
    /// # Errors
    /// When tmux can't be asked.
    pub async fn panes(&self) -> Result<Vec<PaneSeen>, Error> {
        // Lines of ours begin with a word that no program can guess, whatever its name contains.
        let nonce = format!("{}\t", uuid::Uuid::new_v4().simple());
        let list = words(ListPanes::new().all().format(format!("{nonce}{LIST_FORMAT}")));
        let text = self.one(list).await?;
        let mut attached = false;
        let mut panes: Vec<PaneSeen> = Vec::new();
        for line in text.lines().filter_map(|line| line.strip_prefix(&nonce)) {
            match read_list_line(line) {
                Some((seen, _)) if seen.session_name == HUB => {}
                Some((seen, has_clients)) => {
                    attached |= has_clients;
                    panes.push(seen);
                }
                None => tracing::warn!(line, "tmux lists a pane in an unknown way"),
            }
        }
        if attached {
            let people = self.people().await?;
            for pane in &mut panes {
                pane.person = people.get(&pane.session_name).copied();
            }
        }
        Ok(panes)
    }

    /// What a pane shows.
    ///
    /// # Errors
    /// [`Error::NoPane`] when it is gone.
    pub async fn capture(&self, pane: &PaneId, what: Capture) -> Result<Captured, Error> {
        let target = checked_pane(pane)?;
        let head = words(DisplayMessage::new().print().target_pane(target).message(capture::HEAD_FORMAT));
        let mut screen = CapturePane::new().stdout().target_pane(target).start_line(format!("-{}", what.history));
        if what.history == 0 {
            screen.start_line = Some("0".into());
        }
        if what.colours {
            screen = screen.escape_sequences().trailing_spaces();
        }
        let blocks = self.send(vec![head, words(screen)], Some(what.history)).await;
        let blocks = about(pane, blocks)?;
        let [head, screen] = blocks.as_slice() else { return Err(unexpected(&blocks)) };
        capture::read(&head.text(), &screen.lines, what, screen.second).ok_or_else(|| unexpected(&blocks))
    }

    /// Pastes `text` without control characters, as bracketed paste if the program asks for it, and remembers
    /// `marker` in the same command line. Line ends become CR, as terminals paste them.
    ///
    /// # Errors
    /// [`Error::NoPane`], [`Error::DeadPane`]; after [`Error::Lost`], [`Server::markers`] tells whether it happened.
    pub async fn paste(&self, pane: &PaneId, text: &str, marker: &str) -> Result<(), Error> {
        let (target, marker) = (checked_pane(pane)?, checked_marker(marker)?);
        let text = pasteable(text);
        let buffer = format!("qd-{marker}");
        let mut commands = vec![alive(target), leave_modes(target)];
        if !text.is_empty() {
            let set = words(SetBuffer::new().buffer_name(&buffer));
            commands.push([set, vec!["--".into(), text]].concat());
            let paste = PasteBuffer::new().bracket_codes().delete().buffer_name(&buffer).target_pane(target);
            commands.push(words(paste));
        }
        commands.push(set_option(PASTED, marker, target, Scope::Pane));
        about(pane, self.run(commands).await).map(drop)
    }

    /// Presses keys, one after the other, and remembers `marker` in the same command line.
    ///
    /// # Errors
    /// As [`Server::paste`]; [`Error::Unfit`] for a name that is no key.
    pub async fn press(&self, pane: &PaneId, keys: &[Key], marker: Option<&str>) -> Result<(), Error> {
        let target = checked_pane(pane)?;
        let mut commands = vec![alive(target), leave_modes(target)];
        for key in keys {
            commands.push(press_one(target, key)?);
        }
        if let Some(marker) = marker {
            commands.push(set_option(PRESSED, checked_marker(marker)?, target, Scope::Pane));
        }
        about(pane, self.run(commands).await).map(drop)
    }

    /// What was pasted and pressed last, as the server itself remembers it.
    ///
    /// # Errors
    /// [`Error::NoPane`] when it is gone.
    pub async fn markers(&self, pane: &PaneId) -> Result<Markers, Error> {
        let format = format!("#{{pane_id}}\t#{{{PASTED}}}\t#{{{PRESSED}}}");
        let message = DisplayMessage::new().print().target_pane(checked_pane(pane)?).message(format);
        let text = about(pane, self.one(words(message)).await)?;
        let mut fields = text.split('\t');
        // A pane that is gone expands to nothing.
        if fields.next() != Some(pane.0.as_str()) {
            return Err(Error::NoPane(pane.clone()));
        }
        let mut next = || fields.next().filter(|marker| !marker.is_empty()).map(str::to_owned);
        Ok(Markers { pasted: next(), pressed: next() })
    }

    /// Makes the server collect the exit statuses of programs that have ended. tmux 3.3a can miss one (about one exit
    /// in forty on a busy machine) and then shows a dead pane without a status until its next child ends; this gives
    /// it one.
    ///
    /// # Errors
    /// When tmux can't be asked.
    pub async fn collect_exits(&self) -> Result<(), Error> {
        self.run(vec![words(RunShell::new().background().shell_command("true"))]).await.map(drop)
    }

    /// When the server was started, in seconds since 1970 by its own clock.
    ///
    /// # Errors
    /// When tmux can't be asked.
    pub async fn started_at(&self) -> Result<i64, Error> {
        let text = self.one(words(DisplayMessage::new().print().message("#{start_time}"))).await?;
        text.trim().parse().map_err(|_| Error::Unexpected(text))
    }

    /// Gives a pane a size, and keeps it from following anybody's terminal.
    ///
    /// # Errors
    /// [`Error::NoPane`] when it is gone.
    pub async fn resize(&self, pane: &PaneId, columns: u16, rows: u16) -> Result<(), Error> {
        let (columns, rows) = (columns.clamp(2, 1000), rows.clamp(1, 1000));
        let resize = ResizeWindow::new().target_window(checked_pane(pane)?).width(columns.into()).height(rows.into());
        about(pane, self.run(vec![words(resize)]).await).map(drop)
    }

    /// Appends what the pane prints from now on to `file`. What it printed before stays where it went: the previous
    /// recorder ends in its own time. tmux drops what it has read and not yet handed to the previous recorder, which
    /// is nothing unless the pane floods at this moment.
    ///
    /// # Errors
    /// [`Error::NoPane`] when it is gone, [`Error::Unfit`] for a path that no shell should see.
    pub async fn record_to(&self, pane: &PaneId, file: &Path) -> Result<(), Error> {
        let record = pipe(checked_pane(pane)?, file)?;
        about(pane, self.run(vec![record]).await).map(drop)
    }

    /// Ends the session of exactly that pane: its processes get SIGHUP. One that is gone is ended already.
    ///
    /// # Errors
    /// When tmux can't be asked.
    pub async fn kill(&self, pane: &PaneId) -> Result<(), Error> {
        let kill = words(KillSession::new().target_session(checked_pane(pane)?));
        match about(pane, self.run(vec![kill]).await) {
            Ok(_) | Err(Error::NoPane(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Ends the server with all panes, and looks until it is gone. Afterwards this handle answers
    /// [`Error::Closed`] only.
    ///
    /// # Errors
    /// When it does not end.
    pub async fn end(&self) -> Result<(), Error> {
        let (reply, answer) = oneshot::channel();
        self.requests.send(Request::End(reply)).await.map_err(|_| Error::Closed)?;
        answer.await.map_err(|_| Error::Closed)?
    }

    /// What a person's terminal runs, without `TMUX` in its environment, to be at a session. The window follows that
    /// terminal in the same command line; [`Server::resize`] brings it back. A read-only onlooker changes no size.
    pub fn attach_argv(&self, session_name: &str, read_only: bool) -> Vec<String> {
        let socket = self.options.socket.to_string_lossy().into_owned();
        let mut argv = vec!["tmux".to_owned(), "-u".to_owned(), "-S".to_owned(), socket];
        let mut attach = AttachSession::new().target_session(format!("={session_name}"));
        if read_only {
            let flags = ClientFlags { read_only: Some(true), ignore_size: Some(true), ..ClientFlags::default() };
            attach = attach.flags(flags);
        } else {
            argv.extend(set_option("window-size", "latest", &format!("={session_name}:"), Scope::Window));
            argv.push(";".to_owned());
        }
        argv.extend(words(attach));
        argv
    }

    /// The pane of the session of that name, if there is one.
    async fn find(&self, name: &str) -> Result<Option<Pane>, Error> {
        let list = words(ListPanes::new().target(format!("={name}:")).format("#{pane_id} #{pane_pid}"));
        match self.one(list).await {
            Ok(text) => {
                read_pane(text.lines().next().unwrap_or_default(), true).map(Some).ok_or(Error::Unexpected(text))
            }
            Err(Error::Refused(why)) if why.contains("can't find") => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn people(&self) -> Result<HashMap<String, Person>, Error> {
        let text = self.one(words(ListClients::new().format(CLIENT_FORMAT))).await?;
        let mut people: HashMap<String, Person> = HashMap::new();
        for (session, person) in text.lines().filter_map(read_client_line) {
            let known = people.entry(session).or_insert(person);
            known.typed_at = known.typed_at.max(person.typed_at);
        }
        Ok(people)
    }

    async fn one(&self, command: Words) -> Result<String, Error> {
        let blocks = self.run(vec![command]).await?;
        Ok(blocks.first().map(Block::text).unwrap_or_default())
    }

    async fn run(&self, commands: Vec<Words>) -> Result<Vec<Block>, Error> {
        self.send(commands, None).await
    }

    async fn send(&self, commands: Vec<Words>, captures: Option<u32>) -> Result<Vec<Block>, Error> {
        let (reply, answer) = oneshot::channel();
        let request = Request::Run(Line { commands, captures, reply });
        self.requests.send(request).await.map_err(|_| Error::Closed)?;
        let blocks = answer.await.map_err(|_| Error::Closed)??;
        match blocks.iter().find(|block| block.refused) {
            Some(refusal) => Err(Error::Refused(refusal.text())),
            None => Ok(blocks),
        }
    }
}

/// Whose option.
enum Scope {
    Window,
    Pane,
}

fn set_option(option: &str, value: &str, target: &str, scope: Scope) -> Words {
    let set = SetOption::new().target_pane(target).option(option).value(value);
    words(match scope {
        Scope::Window => set.window(),
        Scope::Pane => set.pane(),
    })
}

fn new_session(spec: &PaneSpec) -> Result<Words, Error> {
    if !spec.directory.is_absolute() || !spec.directory.is_dir() {
        return Err(Error::NoDirectory(spec.directory.clone()));
    }
    let unfit = |what, value: &str, rule| Error::Unfit { what, value: value.to_owned(), rule };
    let Some(directory) = spec.directory.to_str() else {
        return Err(unfit("the directory", &spec.directory.to_string_lossy(), "it must be UTF-8"));
    };
    if spec.argv.is_empty() {
        return Err(unfit("the program", "", "it must be named"));
    }
    let texts = spec.environment.iter().map(|(_, value)| value).chain(&spec.argv);
    if let Some(text) = texts.into_iter().find(|text| text.contains('\0')) {
        return Err(unfit("the argument", text, "it must not contain a NUL"));
    }
    let mut create = NewSession::new()
        .detached()
        .print()
        .format("#{pane_id} #{pane_pid}")
        .session_name(&spec.name)
        .width(spec.columns.max(2).into())
        .height(spec.rows.max(1).into())
        .start_directory(unexpanded(directory));
    for (name, value) in &spec.environment {
        if name.is_empty() || name.contains(['=', '\0']) {
            return Err(unfit("the environment variable", name, "it must be a name"));
        }
        create = create.environment(name, value);
    }
    let bare = ["env", "-u", "TMUX", "-u", "TMUX_PANE"].map(str::to_owned);
    // `env` would take a program with an equals sign for a variable.
    if spec.argv[0].contains('=') || spec.argv[0].starts_with('-') {
        return Err(unfit("the program", &spec.argv[0], "it must not contain = or begin with -"));
    }
    Ok([words(create), vec!["--".into()], bare.to_vec(), spec.argv.clone()].concat())
}

fn pipe(target: &str, file: &Path) -> Result<Words, Error> {
    // `stdin()` is the flag -O: the pane's output is the command's input.
    Ok(words(PipePane::new().stdin().target_pane(target).shell_command(appending_to(file)?)))
}

/// Refuses the line when the pane's program has ended.
fn alive(target: &str) -> Words {
    vec!["if-shell".into(), "-F".into(), "-t".into(), target.into(), "#{pane_dead}".into(), DEAD.into()]
}

/// A command that does not exist, so that its refusal tells and ends the line.
const DEAD: &str = "qd-pane-is-dead";

/// Ends copy mode and the like: what is typed there would not reach the program.
fn leave_modes(target: &str) -> Words {
    [words(CopyMode::new()), vec!["-q".into(), "-t".into(), target.into()]].concat()
}

fn press_one(target: &str, key: &Key) -> Result<Words, Error> {
    let send = SendKeys::new().target_pane(target);
    match key {
        Key::Named(name) => {
            let rule = "it must be a key as tmux names it, for example Enter, C-c or y";
            name.parse::<Key>().map_err(|_| Error::Unfit { what: "the key", value: name.clone(), rule })?;
            Ok([words(send), vec!["--".into(), name.clone()]].concat())
        }
        Key::Raw(bytes) => {
            let hexadecimal = bytes.iter().map(|byte| format!("{byte:02x}"));
            Ok(words(send.hex()).into_iter().chain(hexadecimal).collect())
        }
    }
}

/// `text` as it may be pasted: nothing in it can end a bracketed paste or steer a terminal.
fn pasteable(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.chars().filter(|character| matches!(character, '\n' | '\t') || !character.is_control()).collect()
}

fn read_pane(line: &str, found: bool) -> Option<Pane> {
    let (id, pid) = line.trim().split_once(' ')?;
    Some(Pane { id: PaneId(id.to_owned()), pid: pid.parse().ok()?, found })
}

/// Says it in terms of the pane when tmux does not find it.
fn about<T>(pane: &PaneId, outcome: Result<T, Error>) -> Result<T, Error> {
    outcome.map_err(|error| match error {
        Error::Refused(why) if why.contains(DEAD) => Error::DeadPane(pane.clone()),
        Error::Refused(why) if ["can't find", "no such"].iter().any(|sign| why.contains(sign)) => {
            Error::NoPane(pane.clone())
        }
        error => error,
    })
}

fn unexpected(blocks: &[Block]) -> Error {
    Error::Unexpected(blocks.iter().map(Block::text).collect::<Vec<_>>().join("\n"))
}
