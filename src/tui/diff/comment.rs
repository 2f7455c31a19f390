//! What the person has to say about a line or a hunk, until it is sent: all of it in one message.

use super::text::Text;
use crate::{
    domain::diff::{LineKind, Side},
    tui::{
        model::editor::{Editor, Lines},
        spelling::spell,
        text,
    },
};

/// Something to say about a line or a hunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Which.
    pub number: u64,
    /// The file, by its path.
    pub path: String,
    /// What it is about.
    pub about: About,
    /// The lines it is about.
    pub quoted: Vec<(LineKind, String)>,
    /// What is said.
    pub text: String,
    /// It is on its way to the daemon.
    pub sending: bool,
}

/// What a comment is about: numbers of lines before and now, 0 where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// A line, or one that became another.
    Line {
        /// Its number before.
        old: u32,
        /// Its number now.
        new: u32,
    },
    /// A hunk.
    Hunk {
        /// Its first line before, and how many.
        old: (u32, u32),
        /// Its first line now, and how many.
        new: (u32, u32),
    },
}

/// Where a comment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Above everything: what it is about is not there any more.
    Nowhere,
    /// Below the head of a hunk.
    Hunk(usize),
    /// Below a line.
    Line(usize),
}

impl Comment {
    /// Where it stands in its file, as that is now: where it was written, or else at the nearest line that reads the
    /// same.
    pub fn place(&self, text: &Text) -> Place {
        match self.about {
            About::Hunk { old, new } => {
                let same = |head: &super::text::Head| head.new == new && head.old == old;
                let overlaps = |head: &super::text::Head| {
                    head.new.0 < new.0 + new.1.max(1) && new.0 < head.new.0 + head.new.1.max(1)
                };
                let heads = text.hunks();
                let found = heads.iter().position(same).or_else(|| heads.iter().position(overlaps));
                found.map_or(Place::Nowhere, Place::Hunk)
            }
            About::Line { old, new } => {
                let Some((kind, quoted)) = self.quoted.last() else { return Place::Nowhere };
                let alike =
                    text.lines().iter().enumerate().filter(|(_, line)| line.kind == *kind && line.text == *quoted);
                let distance = |line: &super::text::Line| match line.kind {
                    LineKind::Removed => line.old.abs_diff(old),
                    LineKind::Context | LineKind::Added | LineKind::NoLineEnd => line.new.abs_diff(new),
                };
                let found = alike.min_by_key(|(_, line)| distance(line));
                found.map_or(Place::Nowhere, |(at, _)| Place::Line(at))
            }
        }
    }

    /// Where it is, as people and programs write it: `src/bus.rs:12`.
    fn position(&self) -> String {
        let path: String = spell(&self.path).map(|cell| cell.text).collect();
        match self.about {
            About::Line { old, new: 0 } => format!("{path}:{old} (removed; the line's number is that before)"),
            About::Line { new, .. } => format!("{path}:{new}"),
            About::Hunk { new: (0, _) | (_, 0), old: (first, count) } => {
                format!("{path}:{first}-{} (removed; the lines' numbers are those before)", first + count.max(1) - 1)
            }
            About::Hunk { new: (first, count), .. } => format!("{path}:{first}-{}", first + count - 1),
        }
    }
}

/// What the person has to say about one workspace's changes.
#[derive(Debug, Default)]
pub struct Comments {
    all: Vec<Comment>,
    last: u64,
    /// The one that is being written.
    pub writing: Option<(u64, Editor)>,
    /// Counts what has changed here.
    pub version: u64,
}

impl Comments {
    /// All of them, in the order in which they were begun.
    pub fn all(&self) -> &[Comment] {
        &self.all
    }

    /// Those on a file.
    pub fn on<'comments>(&'comments self, path: &'comments str) -> impl Iterator<Item = &'comments Comment> {
        self.all.iter().filter(move |comment| comment.path == path)
    }

    /// How many wait to be sent.
    pub fn waiting(&self) -> usize {
        self.all.iter().filter(|comment| !comment.sending && !comment.text.trim().is_empty()).count()
    }

    /// Begins a comment.
    pub fn begin(&mut self, path: &str, about: About, quoted: Vec<(LineKind, String)>) -> u64 {
        self.last += 1;
        self.all.push(Comment {
            number: self.last,
            path: path.to_owned(),
            about,
            quoted,
            text: String::new(),
            sending: false,
        });
        self.write(self.last);
        self.last
    }

    /// Goes on with a comment, unless it is on its way.
    pub fn write(&mut self, number: u64) {
        if let Some(comment) = self.all.iter().find(|comment| comment.number == number && !comment.sending) {
            let mut editor = Editor::new(Lines::Many);
            editor.paste(&comment.text);
            self.writing = Some((number, editor));
            self.version += 1;
        }
    }

    /// Keeps what is written; an empty comment is none.
    pub fn keep(&mut self) {
        let Some((number, editor)) = self.writing.take() else { return };
        if let Some(comment) = self.all.iter_mut().find(|comment| comment.number == number) {
            comment.text = editor.text().trim_end().to_owned();
        }
        self.all.retain(|comment| !comment.text.trim().is_empty());
        self.version += 1;
    }

    /// Takes a comment back, unless it is on its way; says whether it did.
    pub fn delete(&mut self, number: u64) -> bool {
        let before = self.all.len();
        self.all.retain(|comment| comment.number != number || comment.sending);
        self.version += 1;
        self.all.len() < before
    }

    /// Marks all as being on their way: their numbers, and the message that says them; `None` where there are none.
    pub fn send(&mut self, from: Side, to: Side) -> Option<(Vec<u64>, String)> {
        let mut waiting: Vec<&mut Comment> = self.all.iter_mut().filter(|comment| !comment.sending).collect();
        if waiting.is_empty() {
            return None;
        }
        waiting.sort_by(|one, next| one.path.cmp(&next.path).then(one.first_line().cmp(&next.first_line())));
        let message = message(&waiting.iter().map(|comment| &**comment).collect::<Vec<_>>(), from, to);
        for comment in &mut waiting {
            comment.sending = true;
        }
        let numbers = waiting.iter().map(|comment| comment.number).collect();
        self.version += 1;
        Some((numbers, message))
    }

    /// What came of sending these: those that arrived are gone, the others are here as before.
    pub fn sent(&mut self, numbers: &[u64], arrived: bool) {
        for comment in self.all.iter_mut().filter(|comment| numbers.contains(&comment.number)) {
            comment.sending = false;
        }
        if arrived {
            self.all.retain(|comment| !numbers.contains(&comment.number));
        }
        self.version += 1;
    }
}

impl Comment {
    fn first_line(&self) -> u32 {
        match self.about {
            About::Line { old, new } => {
                if new > 0 {
                    new
                } else {
                    old
                }
            }
            About::Hunk { old, new } => {
                if new.1 > 0 {
                    new.0
                } else {
                    old.0
                }
            }
        }
    }
}

/// Most lines of a hunk that a message quotes, and most columns of a line.
const QUOTED: (usize, u16) = (12, 200);

/// The message that says all of `comments`, which are about what changed between two states.
pub fn message(comments: &[&Comment], from: Side, to: Side) -> String {
    let count = if comments.len() == 1 { "1 comment".into() } else { format!("{} comments", comments.len()) };
    let mut message = format!("{count} on your changes ({from} → {to}):\n");
    for comment in comments {
        message.push_str(&format!("\n{}\n", comment.position()));
        for (kind, line) in comment.quoted.iter().take(QUOTED.0) {
            let sign = match kind {
                LineKind::Added => '+',
                LineKind::Removed => '-',
                LineKind::Context | LineKind::NoLineEnd => ' ',
            };
            let line: String = spell(line).map(|cell| cell.text).take(usize::from(QUOTED.1) + 1).collect();
            message.push_str(format!("> {sign}{}", text::cut(&line, QUOTED.1)).trim_end());
            message.push('\n');
        }
        if comment.quoted.len() > QUOTED.0 {
            message.push_str(&format!("> … {} more lines\n", comment.quoted.len() - QUOTED.0));
        }
        message.push_str(&format!("{}\n", comment.text.trim_end()));
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::diff::text::tests::text as lines;

    fn comment(number: u64, path: &str, about: About, quoted: &[(LineKind, &str)], text: &str) -> Comment {
        let quoted = quoted.iter().map(|(kind, line)| (*kind, (*line).to_owned())).collect();
        Comment { number, path: path.into(), about, quoted, text: text.into(), sending: false }
    }

    #[test]
    fn the_message_says_where_what_and_why() {
        let (removed, added) = (LineKind::Removed, LineKind::Added);
        let one = comment(
            1,
            "src/bus.rs",
            About::Line { old: 10, new: 12 },
            &[(removed, "a\u{1b}["), (added, "b")],
            "No.\nWhy?",
        );
        let gone = comment(2, "src/bus.rs", About::Line { old: 30, new: 0 }, &[(removed, "  c")], "Keep it");
        let long: Vec<(LineKind, &str)> = vec![(added, "x"); 20];
        let hunk = comment(3, "src/a.rs", About::Hunk { old: (4, 0), new: (5, 20) }, &long, "Too much");
        assert_eq!(
            message(&[&one, &gone, &hunk], Side::Base, Side::Now),
            format!(
                "3 comments on your changes (base → now):\n\
                 \nsrc/bus.rs:12\n> -a^[[\n> +b\nNo.\nWhy?\n\
                 \nsrc/bus.rs:30 (removed; the line's number is that before)\n> -  c\nKeep it\n\
                 \nsrc/a.rs:5-24\n{}> … 8 more lines\nToo much\n",
                "> +x\n".repeat(12)
            )
        );
    }

    #[test]
    fn a_comment_follows_its_line_and_outlives_it() {
        let about = About::Line { old: 0, new: 3 };
        let comment = comment(1, "a.rs", about, &[(LineKind::Added, "let b = 2;")], "why?");
        let here = lines("a.rs", 3, &["+let b = 2;", " x", "+let b = 2;"]);
        assert_eq!(comment.place(&here), Place::Line(0));
        let moved = lines("a.rs", 1, &["+let a = 1;", " x", " y", "+let b = 2;"]);
        assert_eq!(comment.place(&moved), Place::Line(3));
        assert_eq!(comment.place(&lines("a.rs", 1, &["+let a = 1;"])), Place::Nowhere);
    }

    #[test]
    fn what_was_not_delivered_is_still_there() {
        let mut comments = Comments::default();
        let about = About::Line { old: 0, new: 1 };
        let number = comments.begin("a.rs", about, vec![(LineKind::Added, "x".into())]);
        comments.writing.as_mut().expect("begun").1.paste("Why?");
        comments.keep();
        let (numbers, _) = comments.send(Side::Base, Side::Now).expect("one");
        assert_eq!((numbers.as_slice(), comments.waiting()), ([number].as_slice(), 0));
        assert!(!comments.delete(number), "it is on its way");
        comments.sent(&numbers, false);
        assert_eq!(comments.all()[0].text, "Why?");
        let (numbers, _) = comments.send(Side::Base, Side::Now).expect("one");
        comments.sent(&numbers, true);
        assert!(comments.all().is_empty() && comments.send(Side::Base, Side::Now).is_none());
    }

    #[test]
    fn an_empty_comment_is_none() {
        let mut comments = Comments::default();
        comments.begin("a.rs", About::Line { old: 0, new: 1 }, Vec::new());
        comments.keep();
        assert!(comments.all().is_empty());
    }
}
