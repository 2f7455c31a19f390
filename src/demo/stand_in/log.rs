//! What happened to the stand-in, for those who test what reaches an agent.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufRead, BufReader, Write},
    path::PathBuf,
};

use serde::{Deserialize, Serialize};

/// One line of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The conversation it happened in.
    pub conversation: String,
    /// What happened.
    #[serde(flatten)]
    pub entry: Entry,
}

/// Something that happened to the stand-in. As JSON: `{"conversation":"…","event":"submission","way":"typed","text":"…"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Entry {
    /// It was started.
    Start {
        /// Its process.
        pid: u32,
        /// On a conversation that it had.
        resumed: bool,
    },
    /// It can be typed to.
    Ready,
    /// It was given something to do, byte for byte.
    Submission {
        /// How.
        way: Way,
        /// What.
        text: String,
    },
    /// Enter was pressed, and swallowed.
    Swallowed,
    /// Its question was answered.
    Answer {
        /// With this choice, from 1; 0 for Escape.
        choice: u32,
    },
    /// Text came while it showed a dialog, and is lost.
    Lost {
        /// The text.
        text: String,
    },
    /// It was interrupted.
    Interrupt,
    /// It finished a turn.
    Turn,
    /// It has children that ignore the signals that ask them to end.
    Children {
        /// Their processes.
        pids: Vec<u32>,
    },
}

/// How a submission came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// In its argv.
    Argv,
    /// Typed or pasted while it waited.
    Typed,
    /// Typed or pasted while it worked: it was queued.
    Queued,
}

/// The log of one conversation; writes nothing when `QD_STAND_IN_LOG` is not set.
pub(super) struct Log {
    conversation: String,
    path: Option<PathBuf>,
    file: Option<File>,
}

impl Log {
    pub(super) fn open(conversation: String) -> io::Result<Self> {
        let path = std::env::var_os("QD_STAND_IN_LOG").map(PathBuf::from);
        let open = |path| OpenOptions::new().create(true).append(true).open(path);
        Ok(Self { conversation, file: path.as_ref().map(open).transpose()?, path })
    }

    /// What it was told in this conversation before; `None` when a log is kept and knows of no such conversation.
    pub(super) fn earlier(&self) -> io::Result<Option<Vec<String>>> {
        let Some(path) = &self.path else { return Ok(Some(Vec::new())) };
        let mut known = false;
        let mut earlier = Vec::new();
        for line in BufReader::new(File::open(path)?).lines() {
            let Ok(Line { conversation, entry }) = serde_json::from_str(&line?) else { continue };
            if conversation == self.conversation {
                known = true;
                if let Entry::Submission { text, .. } = entry {
                    earlier.push(text);
                }
            }
        }
        Ok(known.then_some(earlier))
    }

    /// Appends one line in one write, so that several stand-ins can share a file. A full disk stops no agent.
    pub(super) fn write(&self, entry: Entry) {
        let line = Line { conversation: self.conversation.clone(), entry };
        if let (Some(mut file), Ok(text)) = (self.file.as_ref(), serde_json::to_string(&line)) {
            let _ = file.write_all(format!("{text}\n").as_bytes());
        }
    }
}
