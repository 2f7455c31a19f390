//! Messages in, effects out.

use super::{
    Effect, Fetch, Message,
    line::Line,
    message::{HISTORY, NEWEST},
    search::{Direction, Search},
    window::Window,
};
use crate::api::wire;

/// A pane's past, being looked at.
#[derive(Debug)]
pub struct Scroll {
    pub(super) height: u64,
    pub(super) state: State,
    /// What is on its way. One thing at a time.
    pub(super) waiting: Option<(Fetch, Purpose)>,
    pub(super) search: Option<Search>,
    newer: bool,
    pub(super) notice: Option<String>,
}

/// How far it has come.
#[derive(Debug)]
pub(super) enum State {
    /// The first lines are on their way; so far up the person wants to be when they come.
    Opening { up: u64 },
    /// There is something to see.
    Open(Window),
}

/// What lines are fetched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To be seen.
    Show,
    /// To be searched, and kept only if the search ends there.
    Search,
}

impl Scroll {
    /// Opens a pane's past in a place with so many rows. `alternate`: the pane has no history of its own, because its
    /// program draws on the alternate screen or because it is gone.
    pub fn open(alternate: bool, rows: u16) -> (Self, Effect) {
        let fetch = if alternate { NEWEST } else { Fetch::History { lines: HISTORY } };
        let scroll = Self {
            height: u64::from(rows.max(1)),
            state: State::Opening { up: 0 },
            waiting: Some((fetch.clone(), Purpose::Show)),
            search: None,
            newer: false,
            notice: None,
        };
        (scroll, Effect::Fetch(fetch))
    }

    /// Moves on.
    pub fn update(&mut self, message: Message) -> Option<Effect> {
        let page = (self.height - 1).max(1);
        match message {
            Message::Up(lines) => self.go_up(lines.into()),
            Message::PageUp => self.go_up(page),
            Message::Home => self.go_up(u64::MAX),
            Message::Down(lines) => self.go_down(lines.into()),
            Message::PageDown => self.go_down(page),
            Message::End => Some(Effect::Leave),
            Message::Search(text) => self.search_for(&text),
            Message::Next => self.search_on(Direction::Older),
            Message::Previous => self.search_on(Direction::Newer),
            Message::Resized(rows) => self.resize(u64::from(rows.max(1))),
            Message::Output => {
                self.newer = true;
                None
            }
            Message::History(screen) => self.take_history(&screen),
            Message::Recorded(transcript) => self.take_recorded(&transcript),
            Message::Failed(reason) => self.fail(reason),
        }
    }

    /// There are lines to see; until then the live screen stays.
    pub fn is_open(&self) -> bool {
        matches!(self.state, State::Open(_))
    }

    /// The lines to be drawn from the top, one for each row; `None` for one that is on its way.
    pub fn rows(&self) -> impl Iterator<Item = (u64, Option<&Line>)> {
        let window = match &self.state {
            State::Open(window) => Some(window),
            State::Opening { .. } => None,
        };
        window.into_iter().flat_map(|window| window.seen(self.height).map(|number| (number, window.line(number))))
    }

    /// What is looked for.
    pub fn search(&self) -> Option<&Search> {
        self.search.as_ref()
    }

    /// The line that has the match found last.
    pub fn found(&self) -> Option<u64> {
        self.search.as_ref().and_then(|search| search.at)
    }

    /// Where in the past this is, for a line on the screen: `−1,240 lines · recorded`.
    pub fn indicator(&self) -> String {
        let State::Open(window) = &self.state else {
            return self.notice.clone().unwrap_or_else(|| "looking for older lines…".into());
        };
        let below = window.all().end - window.seen(self.height).end;
        let mut parts = vec![format!("−{} lines", thousands(below)), window.source().to_owned()];
        if window.top() == window.all().start {
            parts.push(if window.truncated() { "older lines were let go of" } else { "the beginning" }.into());
        }
        if self.newer {
            parts.push("newer lines below".into());
        }
        match &self.search {
            Some(Search { going: Some((_, line)), .. }) => {
                parts.push(format!("searching, at line {}…", thousands(*line)));
            }
            Some(search) => parts.push(format!("/{}", search.text())),
            None => {}
        }
        parts.extend(self.notice.clone());
        parts.join(" · ")
    }

    fn go_up(&mut self, lines: u64) -> Option<Effect> {
        match &mut self.state {
            State::Opening { up } => {
                *up = up.saturating_add(lines);
                self.moved()
            }
            State::Open(window) => {
                window.move_to(window.top().saturating_sub(lines), self.height);
                self.moved()
            }
        }
    }

    fn go_down(&mut self, lines: u64) -> Option<Effect> {
        match &mut self.state {
            State::Opening { up } if *up > lines => {
                *up -= lines;
                self.moved()
            }
            State::Opening { .. } => Some(Effect::Leave),
            State::Open(window) if window.top() >= window.lowest(self.height) => Some(Effect::Leave),
            State::Open(window) => {
                window.move_to(window.top().saturating_add(lines), self.height);
                self.moved()
            }
        }
    }

    fn resize(&mut self, height: u64) -> Option<Effect> {
        if let State::Open(window) = &mut self.state {
            // The line at the bottom stays there.
            let bottom = window.seen(self.height).end;
            window.move_to(bottom.saturating_sub(height), height);
        }
        self.height = height;
        self.fetch_missing()
    }

    /// The person went somewhere: a search that was under way is no longer wanted.
    fn moved(&mut self) -> Option<Effect> {
        self.notice = None;
        if let Some(search) = &mut self.search {
            search.going = None;
        }
        self.fetch_missing()
    }

    fn take_history(&mut self, screen: &wire::Screen) -> Option<Effect> {
        self.waiting.take_if(|(fetch, _)| matches!(fetch, Fetch::History { .. }))?;
        if screen.history == 0 {
            // A program that clears its history, or that never scrolled: the recording may know more.
            return self.ask(NEWEST, Purpose::Show);
        }
        self.opened(Window::of_history(screen))
    }

    fn take_recorded(&mut self, transcript: &wire::Transcript) -> Option<Effect> {
        // An answer that does not fit is to a question of an earlier time.
        let after = transcript.first + transcript.lines.len() as u64;
        let (fetch, purpose) = self.waiting.take_if(|(fetch, _)| match fetch {
            Fetch::History { .. } => false,
            Fetch::Recording { before, .. } => {
                transcript.lines.is_empty() || before.is_none_or(|before| after <= before)
            }
        })?;
        let State::Open(window) = &mut self.state else {
            return self.opened(Window::of_recording(transcript));
        };
        let asked = fetch.range(window.all().end);
        match (purpose, self.search.as_ref().and_then(|search| search.going)) {
            (Purpose::Show, None) => window.add(transcript, &asked),
            (Purpose::Show, Some((direction, frontier))) => {
                window.add(transcript, &asked);
                let from = if direction == Direction::Older { frontier.saturating_sub(1) } else { frontier };
                return self.search_from(from, direction);
            }
            (Purpose::Search, Some((direction, frontier))) => {
                let wanted = if direction == Direction::Older { asked.end } else { asked.start } == frontier;
                if !wanted {
                    return self.search_beyond(frontier, direction);
                }
                window.learn(transcript, &asked);
                return self.search_through(transcript, &asked, direction);
            }
            // The person has gone elsewhere meanwhile.
            (Purpose::Search, None) => window.learn(transcript, &asked),
        }
        self.fetch_missing()
    }

    fn opened(&mut self, mut window: Window) -> Option<Effect> {
        let up = match self.state {
            State::Opening { up } => up,
            State::Open(_) => 0,
        };
        window.move_to(window.lowest(self.height).saturating_sub(up), self.height);
        self.state = State::Open(window);
        if self.search.is_some() { self.search_on(Direction::Older) } else { self.fetch_missing() }
    }

    fn fail(&mut self, reason: String) -> Option<Effect> {
        let (fetch, _) = self.waiting.take()?;
        if let Some(search) = &mut self.search {
            search.going = None;
        }
        match fetch {
            // The pane may be gone; its recording is not.
            Fetch::History { .. } => self.ask(NEWEST, Purpose::Show),
            // Asked for again when the person moves.
            Fetch::Recording { .. } => {
                self.notice = Some(reason);
                None
            }
        }
    }

    pub(super) fn fetch_missing(&mut self) -> Option<Effect> {
        let missing = match &mut self.state {
            State::Opening { .. } => Some(NEWEST),
            State::Open(window) => {
                // There may be fewer lines than was thought.
                window.move_to(window.top(), self.height);
                window.missing(self.height)
            }
        };
        if self.waiting.is_some() { None } else { self.ask(missing?, Purpose::Show) }
    }

    pub(super) fn ask(&mut self, fetch: Fetch, purpose: Purpose) -> Option<Effect> {
        self.waiting = Some((fetch.clone(), purpose));
        Some(Effect::Fetch(fetch))
    }
}

fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{SessionId, Timestamp};

    /// What the daemon answers from a recording of lines that say their number.
    struct Recording {
        begin: u64,
        end: u64,
    }

    impl Recording {
        fn line(number: u64) -> String {
            if number % 700 == 3 { format!("needle {number}") } else { format!("line {number}") }
        }

        fn answer(&self, fetch: &Fetch) -> Message {
            let Fetch::Recording { before, lines } = fetch else { return Message::Failed("the pane is gone".into()) };
            let before = before.unwrap_or(self.end).min(self.end);
            let first = before.saturating_sub(*lines).max(self.begin).min(before.max(self.begin));
            Message::Recorded(wire::Transcript {
                first,
                lines: (first..before).map(Self::line).collect(),
                total: self.end,
                source: "recorded lines".into(),
                truncated: self.begin > 0,
            })
        }
    }

    /// Answers until nothing more is asked for; says how often it was asked.
    fn settle(scroll: &mut Scroll, mut effect: Option<Effect>, recording: &Recording) -> usize {
        for asked in 0..10_000 {
            match effect {
                Some(Effect::Fetch(fetch)) => effect = scroll.update(recording.answer(&fetch)),
                Some(Effect::Leave) | None => return asked,
            }
        }
        panic!("it never has enough");
    }

    fn opened(recording: &Recording, rows: u16) -> Scroll {
        let (mut scroll, effect) = Scroll::open(true, rows);
        settle(&mut scroll, Some(effect), recording);
        scroll
    }

    fn act(scroll: &mut Scroll, message: Message, recording: &Recording) -> usize {
        let effect = scroll.update(message);
        settle(scroll, effect, recording)
    }

    fn shown(scroll: &Scroll) -> Vec<String> {
        scroll.rows().map(|(_, line)| line.map_or("…", Line::plain).to_owned()).collect()
    }

    fn history(lines: usize, history: u32) -> Message {
        let contents: Vec<_> = (0..lines).map(|number| format!("line {number}")).collect();
        Message::History(Box::new(wire::Screen {
            session: SessionId::FIRST,
            columns: 80,
            rows: 4,
            contents: contents.join("\r\n"),
            history,
            cursor: None,
            alternate: false,
            title: String::new(),
            captured_at: Timestamp(0),
            ended: false,
        }))
    }

    #[test]
    fn a_panes_own_history_is_paged_through_and_left_at_its_end() {
        let (mut scroll, effect) = Scroll::open(false, 4);
        assert_eq!(effect, Effect::Fetch(Fetch::History { lines: HISTORY }));
        assert_eq!(scroll.update(Message::PageUp), None, "it waits for the lines");
        assert_eq!(scroll.update(history(100, 96)), None);
        assert_eq!(shown(&scroll), ["line 93", "line 94", "line 95", "line 96"]);
        assert_eq!(scroll.indicator(), "−3 lines · history");
        assert_eq!(scroll.update(Message::Up(2)), None);
        assert_eq!(shown(&scroll)[0], "line 91");
        assert_eq!(scroll.update(Message::Home), None);
        assert_eq!(shown(&scroll)[0], "line 0");
        assert_eq!(scroll.indicator(), "−96 lines · history · the beginning");
        assert_eq!(scroll.update(Message::Down(95)), None);
        assert_eq!(scroll.update(Message::PageDown), None);
        assert_eq!(shown(&scroll)[3], "line 99");
        assert_eq!(scroll.update(Message::Down(1)), Some(Effect::Leave));
        assert_eq!(scroll.update(Message::End), Some(Effect::Leave));
    }

    #[test]
    fn a_pane_without_history_shows_its_recording() {
        let recording = Recording { begin: 0, end: 10 };
        for answer in [history(4, 0), Message::Failed("no such pane".into())] {
            let (mut scroll, _) = Scroll::open(false, 4);
            let effect = scroll.update(answer);
            assert_eq!(effect, Some(Effect::Fetch(NEWEST)));
            settle(&mut scroll, effect, &recording);
            assert_eq!(shown(&scroll)[3], "line 9");
        }
    }

    #[test]
    fn a_long_recording_is_read_where_it_is_looked_at() {
        let recording = Recording { begin: 0, end: 400_000 };
        let mut scroll = opened(&recording, 50);
        act(&mut scroll, Message::Up(1_240), &recording);
        assert_eq!(scroll.indicator(), "−1,240 lines · recorded");
        assert!(act(&mut scroll, Message::Home, &recording) <= 2, "it does not read all of it to get there");
        assert_eq!(shown(&scroll)[..2], ["line 0", "line 1"]);
        for _ in 0..300 {
            act(&mut scroll, Message::PageDown, &recording);
            assert!(!shown(&scroll).contains(&"…".to_owned()));
        }
        assert_eq!(shown(&scroll)[0], format!("line {}", 300 * 49));
        let State::Open(window) = &scroll.state else { panic!("it is open") };
        assert!(window.held().end - window.held().start <= 6_000);
    }

    #[test]
    fn what_the_pane_prints_meanwhile_moves_nothing() {
        let mut scroll = opened(&Recording { begin: 0, end: 5_000 }, 10);
        let longer = Recording { begin: 0, end: 9_000 };
        act(&mut scroll, Message::Up(100), &longer);
        let before = shown(&scroll);
        assert_eq!(scroll.update(Message::Output), None);
        assert_eq!(shown(&scroll), before);
        assert_eq!(scroll.indicator(), "−100 lines · recorded · newer lines below");
        act(&mut scroll, Message::Down(100), &longer);
        assert_eq!(shown(&scroll)[9], "line 4999");
        assert_eq!(scroll.update(Message::Down(1)), Some(Effect::Leave));
    }

    #[test]
    fn a_recording_that_was_shortened_says_where_it_begins() {
        let recording = Recording { begin: 3_500, end: 6_000 };
        let mut scroll = opened(&recording, 10);
        act(&mut scroll, Message::Home, &recording);
        assert_eq!(shown(&scroll)[0], "line 3500");
        assert!(scroll.indicator().ends_with("older lines were let go of"), "{}", scroll.indicator());
    }

    #[test]
    fn a_search_goes_up_through_lines_that_are_not_held_and_back() {
        let recording = Recording { begin: 0, end: 100_000 };
        let mut scroll = opened(&recording, 20);
        act(&mut scroll, Message::Search("needle 70".into()), &recording);
        assert_eq!(scroll.found(), Some(70_703));
        assert!(shown(&scroll).contains(&"needle 70703".to_owned()));
        act(&mut scroll, Message::Next, &recording);
        act(&mut scroll, Message::Next, &recording);
        assert_eq!(scroll.found(), Some(7_003));
        act(&mut scroll, Message::Next, &recording);
        assert_eq!(scroll.found(), Some(703));
        act(&mut scroll, Message::Next, &recording);
        assert!(scroll.indicator().ends_with("nothing older has “needle 70”"), "{}", scroll.indicator());
        act(&mut scroll, Message::Previous, &recording);
        act(&mut scroll, Message::Previous, &recording);
        assert_eq!(scroll.found(), Some(70_003));
        act(&mut scroll, Message::Search(String::new()), &recording);
        assert!(scroll.search().is_none());
    }

    #[test]
    fn a_search_that_is_under_way_ends_when_the_person_goes_elsewhere() {
        let recording = Recording { begin: 0, end: 100_000 };
        let mut scroll = opened(&recording, 20);
        let Some(Effect::Fetch(fetch)) = scroll.update(Message::Search("nowhere".into())) else {
            panic!("it has to read on")
        };
        assert!(scroll.indicator().contains("searching"));
        assert_eq!(scroll.update(Message::Up(3)), None);
        let before = shown(&scroll);
        let effect = scroll.update(recording.answer(&fetch));
        settle(&mut scroll, effect, &recording);
        assert_eq!(shown(&scroll), before);
        assert!(!scroll.indicator().contains("searching"));
    }

    #[test]
    fn what_can_not_be_fetched_is_told_and_asked_for_again() {
        let recording = Recording { begin: 0, end: 100_000 };
        let mut scroll = opened(&recording, 20);
        assert!(matches!(scroll.update(Message::Home), Some(Effect::Fetch(_))));
        assert_eq!(scroll.update(Message::Failed("no daemon".into())), None);
        assert!(scroll.indicator().ends_with("no daemon"));
        act(&mut scroll, Message::Down(1), &recording);
        assert_eq!(shown(&scroll)[0], "line 1");
    }

    #[test]
    fn a_past_that_could_not_be_opened_is_asked_for_again() {
        let (mut scroll, _) = Scroll::open(true, 4);
        assert_eq!(scroll.update(Message::Failed("no daemon".into())), None);
        assert_eq!(scroll.indicator(), "no daemon");
        act(&mut scroll, Message::Up(1), &Recording { begin: 0, end: 10 });
        assert_eq!(shown(&scroll)[3], "line 8");
    }

    fn message() -> impl Strategy<Value = Message> {
        prop_oneof![
            (0u16..3_000).prop_map(Message::Up),
            (0u16..3_000).prop_map(Message::Down),
            Just(Message::PageUp),
            Just(Message::PageDown),
            Just(Message::Home),
            Just(Message::Output),
            prop_oneof![Just("needle"), Just("nowhere"), Just("9"), Just("")]
                .prop_map(|text| Message::Search(text.into())),
            Just(Message::Next),
            Just(Message::Previous),
            (0u16..300).prop_map(Message::Resized),
            Just(Message::Failed("failed".into())),
        ]
    }

    /// Answers come late, in between, or are lost with the recording getting shorter meanwhile.
    fn comes_to_rest_with_every_row_filled(end: u64, steps: impl IntoIterator<Item = (Message, bool, u64)>) {
        let mut recording = Recording { begin: 0, end };
        let (mut scroll, Effect::Fetch(first)) = Scroll::open(true, 24) else { unreachable!() };
        let mut pending = Some(first);
        for (message, answered, lost) in steps {
            let answer = pending.take_if(|_| answered).map(|fetch| recording.answer(&fetch));
            recording.begin = (recording.begin + lost).min(recording.end);
            for message in answer.into_iter().chain([message]) {
                let failed = matches!(message, Message::Failed(_));
                match scroll.update(message) {
                    Some(Effect::Fetch(fetch)) => pending = Some(fetch),
                    Some(Effect::Leave) => {}
                    None if failed => pending = None,
                    None => {}
                }
            }
        }
        settle(&mut scroll, pending.map(Effect::Fetch), &recording);
        act(&mut scroll, Message::Up(0), &recording);
        let State::Open(window) = &scroll.state else { panic!("it is open") };
        let all = window.all();
        assert_eq!(scroll.rows().count() as u64, scroll.height.min(all.end - all.start));
        for (number, line) in scroll.rows() {
            assert_eq!(line.map(Line::plain), Some(Recording::line(number).as_str()));
        }
    }

    #[test]
    fn what_is_held_can_still_be_seen_when_the_recording_is_gone() {
        let steps = [
            (Message::Up(2_007), false, 494),
            (Message::PageUp, false, 257),
            (Message::PageUp, true, 321),
            (Message::PageUp, true, 489),
            (Message::Search("nowhere".into()), false, 189),
            (Message::Previous, false, 211),
            (Message::Up(0), true, 64),
            (Message::Up(0), false, 416),
            (Message::Up(0), true, 207),
            (Message::Up(0), false, 317),
        ];
        comes_to_rest_with_every_row_filled(2_970, steps);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn whatever_happens_it_comes_to_rest_with_every_row_filled(
            end in 0u64..20_000,
            steps in proptest::collection::vec((message(), any::<bool>(), 0u64..500), 1..40),
        ) {
            comes_to_rest_with_every_row_filled(end, steps);
        }
    }
}
