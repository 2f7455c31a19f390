//! One file's changed lines, numbered, with which removed line became which added one.

use super::{
    pairs::pair,
    syntax::{Language, State, Stretch},
};
use crate::domain::diff::{File, Hunk, LineKind};

/// One file's changed lines.
#[derive(Debug, Clone)]
pub struct Text {
    hunks: Vec<Head>,
    lines: Vec<Line>,
    /// More lines changed than are here.
    pub cut: bool,
    longest: usize,
    language: Option<&'static Language>,
    // What each line begins in, as far as anybody has looked, and where both sides are after that.
    states: Vec<State>,
    sides: (State, State),
}

/// What stands above the lines of a hunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Its first line before, and how many.
    pub old: (u32, u32),
    /// Its first line now, and how many.
    pub new: (u32, u32),
    /// The function or heading it lies in; may be empty.
    pub section: String,
    /// The place of its first line among all.
    pub first: usize,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Whether it was added, removed or neither.
    pub kind: LineKind,
    /// Its text; it may hold any control character.
    pub text: String,
    /// Its number before; 0 where it was not there.
    pub old: u32,
    /// Its number now; 0 where it is gone.
    pub new: u32,
    /// The place of its hunk.
    pub hunk: usize,
    /// The place of the line it became, or was.
    pub partner: Option<usize>,
}

impl Text {
    /// The lines of `hunks`, which are `file`'s.
    pub fn new(file: &File, hunks: &[Hunk], cut: bool) -> Self {
        let mut text = Self {
            hunks: Vec::with_capacity(hunks.len()),
            lines: Vec::new(),
            cut,
            longest: 0,
            language: Language::of(&file.path),
            states: Vec::new(),
            sides: (State::default(), State::default()),
        };
        for hunk in hunks {
            text.add(hunk);
        }
        text.find_partners();
        text.longest = text.lines.iter().map(|line| line.text.len()).max().unwrap_or(0);
        text
    }

    fn add(&mut self, hunk: &Hunk) {
        let (mut old, mut new) = (hunk.old_start, hunk.new_start);
        self.hunks.push(Head {
            old: (hunk.old_start, hunk.old_lines),
            new: (hunk.new_start, hunk.new_lines),
            section: hunk.section.clone(),
            first: self.lines.len(),
        });
        for line in &hunk.lines {
            let numbers = match line.kind {
                LineKind::Context => (old, new),
                LineKind::Added => (0, new),
                LineKind::Removed => (old, 0),
                LineKind::NoLineEnd => (0, 0),
            };
            old += u32::from(numbers.0 > 0);
            new += u32::from(numbers.1 > 0);
            self.lines.push(Line {
                kind: line.kind,
                text: line.text.clone(),
                old: numbers.0,
                new: numbers.1,
                hunk: self.hunks.len() - 1,
                partner: None,
            });
        }
    }

    fn find_partners(&mut self) {
        for Replaced { removed, added } in self.replaced() {
            let texts = |places: &[usize]| places.iter().map(|&at| self.lines[at].text.as_str()).collect::<Vec<_>>();
            for (old, new) in pair(&texts(&removed), &texts(&added)) {
                self.lines[removed[old]].partner = Some(added[new]);
                self.lines[added[new]].partner = Some(removed[old]);
            }
        }
    }

    /// The stretches in which lines were replaced by others.
    fn replaced(&self) -> Vec<Replaced> {
        let mut found = Vec::new();
        let mut now = Replaced::default();
        let mut hunk = 0;
        for (at, line) in self.lines.iter().enumerate() {
            let begins = line.hunk != hunk || (line.kind == LineKind::Removed && !now.added.is_empty());
            if begins || line.kind == LineKind::Context {
                found.push(std::mem::take(&mut now));
            }
            hunk = line.hunk;
            match line.kind {
                LineKind::Removed => now.removed.push(at),
                LineKind::Added => now.added.push(at),
                LineKind::Context | LineKind::NoLineEnd => {}
            }
        }
        found.push(now);
        found.retain(|stretch| !stretch.removed.is_empty() && !stretch.added.is_empty());
        found
    }

    /// The heads of its hunks.
    pub fn hunks(&self) -> &[Head] {
        &self.hunks
    }

    /// Its lines, those of all hunks below each other.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The lines of one hunk, by their places.
    pub fn lines_of(&self, hunk: usize) -> std::ops::Range<usize> {
        let start = self.hunks.get(hunk).map_or(self.lines.len(), |head| head.first);
        let end = self.hunks.get(hunk + 1).map_or(self.lines.len(), |head| head.first);
        start..end
    }

    /// The length of its longest line, in bytes.
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// The most digits of a line's number.
    pub fn digits(&self) -> u16 {
        let most = self.hunks.iter().map(|head| (head.old.0 + head.old.1).max(head.new.0 + head.new.1)).max();
        u16::try_from(most.unwrap_or(1).max(1).ilog10() + 1).unwrap_or(10).max(3)
    }

    /// Finds out what the lines before `end` begin in, so that [`Text::colored`] knows them.
    pub fn reach(&mut self, end: usize) {
        let Some(language) = self.language else { return };
        for at in self.states.len()..end.min(self.lines.len()) {
            let line = &self.lines[at];
            if self.hunks[line.hunk].first == at {
                self.sides = (State::default(), State::default());
            }
            let (old, new) = self.sides;
            let (begins, after) = match line.kind {
                LineKind::Removed => (old, (language.after(old, &line.text), new)),
                LineKind::Added => (new, (old, language.after(new, &line.text))),
                LineKind::Context if old == new => {
                    let after = language.after(new, &line.text);
                    (new, (after, after))
                }
                LineKind::Context => (new, (language.after(old, &line.text), language.after(new, &line.text))),
                LineKind::NoLineEnd => (State::default(), self.sides),
            };
            self.states.push(begins);
            self.sides = after;
        }
    }

    /// What the parts of a line are; nothing where its language is not known, or it was not [reached](Text::reach).
    pub fn colored(&self, at: usize) -> Vec<Stretch> {
        match (self.language, self.states.get(at), self.lines.get(at)) {
            (Some(language), Some(state), Some(line)) if line.kind != LineKind::NoLineEnd => {
                language.read(*state, &line.text).0
            }
            _ => Vec::new(),
        }
    }
}

/// Lines that were replaced by others, by their places.
#[derive(Default)]
struct Replaced {
    removed: Vec<usize>,
    added: Vec<usize>,
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::domain::diff::{self, Content, Status};

    /// A file of one hunk from line `start` on; each of `lines` begins with its sign.
    pub(in crate::tui::diff) fn file(path: &str, start: u32, lines: &[&str]) -> File {
        let line = |line: &&str| diff::Line {
            kind: match line.as_bytes().first() {
                Some(b'+') => LineKind::Added,
                Some(b'-') => LineKind::Removed,
                Some(b'\\') => LineKind::NoLineEnd,
                _ => LineKind::Context,
            },
            text: line[1..].to_owned(),
        };
        let lines: Vec<diff::Line> = lines.iter().map(line).collect();
        let count = |left_out| {
            u32::try_from(lines.iter().filter(|line| line.kind != left_out && line.kind != LineKind::NoLineEnd).count())
                .expect("small")
        };
        let hunk = Hunk {
            old_start: start,
            old_lines: count(LineKind::Added),
            new_start: start,
            new_lines: count(LineKind::Removed),
            section: "fn main()".into(),
            lines,
        };
        File {
            path: path.into(),
            old_path: None,
            status: Status::Modified,
            uncommitted: false,
            added: 0,
            removed: 0,
            bytes: 100,
            modes: None,
            content: Content::Text { hunks: vec![hunk], cut: false },
        }
    }

    pub(in crate::tui::diff) fn text(path: &str, start: u32, lines: &[&str]) -> Text {
        let file = file(path, start, lines);
        let Content::Text { hunks, cut } = &file.content else { unreachable!() };
        Text::new(&file, hunks, *cut)
    }

    #[test]
    fn lines_have_the_numbers_they_have_in_the_file() {
        let text = text("a.rs", 10, &[" one", "-two", "+2", "+2b", "\\ No newline at end of file", " three"]);
        let numbers: Vec<_> = text.lines().iter().map(|line| (line.old, line.new)).collect();
        assert_eq!(numbers, [(10, 10), (11, 0), (0, 11), (0, 12), (0, 0), (12, 13)]);
    }

    #[test]
    fn lines_are_paired_only_where_one_stretch_replaces_another() {
        let text = text("a.rs", 1, &["-let a = 1;", " x", "+let a = 1;", "-let b = 2;", "+let b = 3;"]);
        let partners: Vec<_> = text.lines().iter().map(|line| line.partner).collect();
        assert_eq!(partners, [None, None, None, Some(4), Some(3)]);
    }

    #[cfg(feature = "syntax")]
    #[test]
    fn a_comment_that_was_opened_before_goes_on() {
        let mut text = text("a.rs", 1, &[" /* begin", "-let a = 1; */", "+still", " let b = 2;"]);
        assert_eq!(text.colored(2), [], "nobody has looked so far");
        text.reach(4);
        let whole = |at: usize| {
            text.colored(at).iter().any(|stretch| {
                stretch.token == crate::tui::diff::Token::Comment && stretch.bytes == (0..text.lines()[at].text.len())
            })
        };
        assert!(whole(1) && whole(2) && whole(3), "on the new side it is never closed");
    }
}
