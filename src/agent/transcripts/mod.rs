//! What agents write down by themselves: the transcript of each conversation, one JSON record a line, read for what no
//! hook tells and for what was used.
//!
//! Pure: a [`Fold`] is fed lines and says what they come to; who reads the files is the engine's follower. It is the fold
//! of one attempt, over all conversations that it has had.
//!
//! - Whatever happened before the attempt began belongs to an earlier one: it is neither told nor counted.
//! - Figures are absolute and a request counts once, by the id that its provider gave it, however often and in however
//!   many files it stands. So a file can be read anew at any time, and nothing doubles.
//! - What has happened is told once, in order. Of what a file already holds when it is opened, only the last thing is
//!   told, if it still holds: that is news, the rest is history.
//! - A line can be anything: half a record, an image, a quarter of a megabyte of instructions. Most are passed over
//!   unparsed; what can't be read says nothing.
//!
//! [`claude`] and [`codex`] know what the agents write, [`ledger`] adds up, [`lines`] cuts bytes into lines, and
//! [`places`] knows where the files are.

mod claude;
mod codex;
mod ledger;
mod lines;
mod places;

use jiff::tz::TimeZone;

use self::ledger::Ledger;
pub use self::{
    lines::Lines,
    places::{Homes, conversation_in, place, subagents_beside},
};
use super::signals::{Dialect, line};
use crate::domain::{
    Meter, Signal, Timestamp,
    activity::Evidence,
    signal::{Channel, Says},
};

/// What the transcripts of one attempt come to.
#[derive(Debug)]
pub struct Fold {
    page: Page,
    diary: Diary,
}

/// What is remembered of the file that is read.
#[derive(Debug)]
enum Page {
    Claude(claude::Page),
    Codex(codex::Page),
}

/// What was learned, and what of it was not told yet.
#[derive(Debug)]
struct Diary {
    since: Timestamp,
    conversation: Option<String>,
    ledger: Ledger,
    meter: Meter,
    /// The meter has changed, at.
    metered: Option<Timestamp>,
    news: News,
    /// When the last thing happened that was told.
    told_until: Option<Timestamp>,
}

/// What happened, as long as it was not told.
#[derive(Debug)]
enum News {
    /// The file is being read from its beginning: only the last thing is kept, as long as it holds.
    CatchingUp(Option<Signal>),
    /// Everything is news.
    Following(Vec<Signal>),
}

impl Fold {
    /// For an attempt that began at `since`, with days as they are in `zone`; `None` for an agent that writes no
    /// transcript.
    pub fn new(dialect: Dialect, since: Timestamp, zone: TimeZone) -> Option<Self> {
        let page = page(dialect)?;
        let diary = Diary {
            since,
            conversation: None,
            ledger: Ledger::new(zone),
            meter: Meter::default(),
            metered: None,
            news: News::CatchingUp(None),
            told_until: None,
        };
        Some(Self { page, diary })
    }

    /// A file begins: of another conversation, or of the same once more.
    pub fn open(&mut self, conversation: Option<String>) {
        self.page = match self.page {
            Page::Claude(_) => Page::Claude(claude::Page::default()),
            Page::Codex(_) => Page::Codex(codex::Page::default()),
        };
        self.diary.conversation = conversation;
        self.diary.news = News::CatchingUp(None);
    }

    /// The next line of the file.
    pub fn line(&mut self, line: &[u8]) {
        match &mut self.page {
            Page::Claude(page) => page.line(line, &mut self.diary),
            Page::Codex(page) => page.line(line, &mut self.diary),
        }
    }

    /// A line of a subagent's own file, which counts only for what it used.
    pub fn subagent_line(&mut self, line: &[u8]) {
        match &self.page {
            Page::Claude(_) => claude::subagent_line(line, &mut self.diary),
            Page::Codex(_) => {}
        }
    }

    /// What the file held was read: the last thing that happened and still holds, unless it was told before. From now on
    /// everything is news.
    pub fn caught_up(&mut self) -> Option<Signal> {
        match std::mem::replace(&mut self.diary.news, News::Following(Vec::new())) {
            News::CatchingUp(last) => {
                let told_until = self.diary.told_until;
                let last = last.filter(|signal| told_until.is_none_or(|told| told < signal.at))?;
                self.diary.told_until = Some(last.at);
                Some(last)
            }
            following @ News::Following(_) => {
                self.diary.news = following;
                None
            }
        }
    }

    /// What has happened since this was last asked, in order.
    pub fn news(&mut self) -> Vec<Signal> {
        let News::Following(news) = &mut self.diary.news else { return Vec::new() };
        let news = std::mem::take(news);
        self.diary.told_until = news.iter().map(|signal| signal.at).max().max(self.diary.told_until);
        news
    }

    /// There are figures that were not asked for yet.
    pub fn has_figures(&self) -> bool {
        self.diary.ledger.has_changed() || self.diary.metered.is_some()
    }

    /// The figures that have changed since this was last asked.
    pub fn figures(&mut self) -> Vec<Signal> {
        let diary = &mut self.diary;
        let spent = diary.ledger.changed().map(|(at, spent)| {
            let words = spent.iter().map(|row| format!("{}: {} requests on {}", row.model, row.requests, row.day));
            let words = words.collect::<Vec<_>>().join(", ");
            (at, "usage", words, Says::Spent(spent))
        });
        let metered = diary.metered.take().map(|at| {
            let words = diary.meter.context.map(|context| format!("context {} %", context.percent()));
            (at, "meters", words.unwrap_or_default(), Says::Metered(diary.meter.clone()))
        });
        let figures = spent.into_iter().chain(metered);
        figures.map(|(at, name, words, says)| diary.signal(at, name, &words, says)).collect()
    }
}

fn page(dialect: Dialect) -> Option<Page> {
    match dialect {
        Dialect::Claude => Some(Page::Claude(claude::Page::default())),
        Dialect::Codex => Some(Page::Codex(codex::Page::default())),
        Dialect::Plain => None,
    }
}

impl Diary {
    fn signal(&self, at: Timestamp, name: &str, words: &str, says: Says) -> Signal {
        Signal {
            at,
            channel: Channel::Transcript,
            name: name.to_owned(),
            text: line(words, Evidence::TEXT_CHARACTERS),
            conversation: self.conversation.clone(),
            says,
        }
    }

    /// Something has happened.
    fn happened(&mut self, at: Timestamp, name: &str, words: &str, says: Says) {
        if at < self.since {
            return;
        }
        let signal = self.signal(at, name, words, says);
        match &mut self.news {
            News::CatchingUp(last) => *last = Some(signal),
            News::Following(news) => news.push(signal),
        }
    }

    /// The agent works again: what happened before does not hold any more.
    fn went_on(&mut self) {
        if let News::CatchingUp(last) = &mut self.news {
            *last = None;
        }
    }

    /// A request was answered.
    fn used(&mut self, at: Timestamp, request: &str, model: &str, tokens: crate::domain::usage::Tokens) {
        if at >= self.since {
            self.ledger.add(request, at, model, tokens);
        }
    }

    /// The meters show this now.
    fn shows(&mut self, at: Timestamp, newer: Meter) {
        if at < self.since {
            return;
        }
        let mut meter = self.meter.clone();
        meter.update(newer);
        if meter != self.meter {
            self.meter = meter;
            self.metered = Some(at);
        }
    }
}

/// A number of tokens as a record names it; what could overflow a sum is none.
fn plausible(figure: &serde_json::Value) -> u64 {
    const MOST: u64 = 1 << 40;
    figure.as_u64().filter(|figure| *figure <= MOST).unwrap_or_default()
}
