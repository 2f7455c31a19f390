//! Signals in lines that a person can compare with what happened.

use std::fmt::Write;

use quarterdeck::domain::{
    Signal, Timestamp,
    signal::{Ask, Says},
};

/// Names what signals are about by letters, in the order in which they are heard of.
#[derive(Default)]
pub(super) struct Subjects(Vec<String>);

impl Subjects {
    fn letter(&mut self, subject: &str) -> String {
        let known = self.0.iter().position(|known| known == subject).unwrap_or_else(|| {
            self.0.push(subject.to_owned());
            self.0.len() - 1
        });
        let letter = char::from(b'A' + u8::try_from(known).expect("few subjects"));
        let whose = if subject.contains('/') { " of a subagent" } else { "" };
        format!("[{letter}{whose}]")
    }
}

/// A signal in a line, and what it asks below it.
pub(super) fn told(signal: &Signal, subjects: &mut Subjects) -> String {
    let Signal { name, text, says, .. } = signal;
    let meaning = match says {
        Says::Started { transcript } => match transcript {
            Some(path) => format!("started, writes {}", path.display()),
            None => "started".to_owned(),
        },
        Says::TookUp { prompt } => format!("took up {prompt:?}"),
        Says::Working { on, subject } => match subject {
            Some(subject) => format!("works on {on:?} {}", subjects.letter(subject)),
            None => format!("works on {on:?}"),
        },
        Says::ToolEnded { subject, refused } => {
            format!(
                "is through with {} ({text:?}){}",
                subjects.letter(subject),
                if *refused { ", refused" } else { "" }
            )
        }
        Says::Compacting => "shortens its context".to_owned(),
        Says::TurnEnded { background } if background.is_empty() => "your turn".to_owned(),
        Says::TurnEnded { background } => format!("turn over, in the background: {}", background.join(" | ")),
        Says::TurnFailed { failure } => {
            let until = failure.until.map(|until| format!(", until {}", moment(until))).unwrap_or_default();
            format!("failed, {}{until}: {}", failure.class.label(), failure.text)
        }
        Says::Interrupted => "was interrupted".to_owned(),
        Says::Asks(ask) => asked(ask, subjects),
        Says::Needs { what } => format!("needs the person: {what}"),
        Says::AskSettled { subject, outcome } => format!("settled {}: {outcome} ({text:?})", subjects.letter(subject)),
        Says::Metered(meter) => format!("shows {meter:?}"),
        Says::Left { reason } => format!("left, {reason}"),
        Says::Other => format!("nothing new ({text:?})"),
        Says::Unknown => format!("UNKNOWN {text}"),
        Says::Retrying { .. } | Says::Spent(_) => panic!("no hook says {says:?}"),
    };
    format!("{name:<18} {meaning}\n")
}

fn asked(ask: &Ask, subjects: &mut Subjects) -> String {
    let mut lines = format!("asks, {} {}", ask.kind.label(), subjects.letter(&ask.subject));
    for part in &ask.parts {
        let several = if part.multiple { " (several)" } else { "" };
        let words = if part.free_text { "" } else { " (no own words)" };
        let _ = write!(lines, "\n    ? {}{several}{words}", part.text);
        for line in part.detail.lines() {
            let _ = write!(lines, "\n    | {line}");
        }
        for option in &part.options {
            let _ = write!(lines, "\n    - {:?} {}: {}", option.verdict, option.label, option.description);
        }
    }
    lines
}

fn moment(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.0).expect("a moment").to_string()
}
