//! Reading one line of any language.

use super::{Language, State, Stretch, Token};

/// The longest line that is read, in bytes; what comes after is plain.
const BYTES: usize = 4_000;

impl Language {
    /// What the next line begins in, after a line that began in `state`.
    pub fn after(&self, state: State, line: &str) -> State {
        self.read(state, line).1
    }

    /// The parts of a line that began in `state`, from the left, and what the next one begins in.
    pub fn read(&self, state: State, line: &str) -> (Vec<Stretch>, State) {
        let end = (0..=line.len().min(BYTES)).rev().find(|&at| line.is_char_boundary(at)).unwrap_or(0);
        let mut reader = Reader { language: self, line: &line[..end], at: 0, found: Vec::new() };
        let state = reader.read(state);
        (reader.found, state)
    }
}

struct Reader<'line> {
    language: &'line Language,
    line: &'line str,
    at: usize,
    found: Vec<Stretch>,
}

impl<'line> Reader<'line> {
    fn read(&mut self, state: State) -> State {
        match state {
            State::Open { enclosure, depth } => {
                let after = self.enclosed(enclosure, depth, 0);
                if after != State::Code {
                    return after;
                }
            }
            State::Code if self.is_heading() => {
                self.found.push(Stretch { bytes: 0..self.line.len(), token: Token::Keyword });
                return State::Code;
            }
            State::Code => self.key(),
        }
        while let Some(next) = self.rest().chars().next() {
            let after = self.step(next);
            if after != State::Code {
                return after;
            }
        }
        State::Code
    }

    fn rest(&self) -> &'line str {
        &self.line[self.at..]
    }

    fn is_heading(&self) -> bool {
        self.line.chars().next().is_some_and(|first| self.language.headings.contains(first))
    }

    /// What is set, at the beginning of a line.
    fn key(&mut self) {
        if self.language.keys.is_empty() {
            return;
        }
        let start = self.line.len() - self.line.trim_start_matches([' ', '\t', '-']).len();
        let end = start + self.line[start..].find(|next| !self.is_of_a_name(next) && next != '.').unwrap_or(0);
        let after = self.line[end..].trim_start().chars().next();
        if end > start && after.is_some_and(|after| self.language.keys.contains(after)) {
            self.found.push(Stretch { bytes: start..end, token: Token::Type });
            self.at = end;
        }
    }

    /// Reads on by one part; gives what is open when the line has ended in it.
    fn step(&mut self, next: char) -> State {
        let (rest, start) = (self.rest(), self.at);
        if self.language.comments.iter().any(|comment| rest.starts_with(comment.as_str()) && self.may_comment(comment))
        {
            self.take(rest.len(), Token::Comment);
        } else if self.language.lifetimes && next == '\'' {
            self.character_or_lifetime();
        } else if let Some(place) = self.language.enclosures.iter().position(|one| rest.starts_with(&one.open)) {
            self.at += self.language.enclosures[place].open.len();
            return self.enclosed(u8::try_from(place).unwrap_or(0), 0, start);
        } else if next.is_ascii_digit() {
            let digits = |next: char| next.is_alphanumeric() || next == '_' || next == '.';
            self.take(rest.find(|next| !digits(next)).unwrap_or(rest.len()), Token::Number);
        } else if self.is_of_a_name(next) {
            self.name();
        } else {
            self.at += next.len_utf8();
        }
        State::Code
    }

    /// `#` begins a comment only where a word could begin.
    fn may_comment(&self, comment: &str) -> bool {
        comment != "#"
            || self.line[..self.at].chars().next_back().is_none_or(|before| !before.is_alphanumeric() && before != '$')
    }

    fn take(&mut self, bytes: usize, token: Token) {
        self.found.push(Stretch { bytes: self.at..self.at + bytes, token });
        self.at += bytes;
    }

    /// Reads to the end of a comment or a string that began at `start`.
    fn enclosed(&mut self, place: u8, mut depth: u8, start: usize) -> State {
        let Some(enclosure) = self.language.enclosures.get(usize::from(place)) else { return State::Code };
        let token = if enclosure.is_comment { Token::Comment } else { Token::String };
        while let Some(next) = self.rest().chars().next() {
            if self.rest().starts_with(&enclosure.close) {
                self.at += enclosure.close.len();
                if depth == 0 {
                    self.found.push(Stretch { bytes: start..self.at, token });
                    return State::Code;
                }
                depth -= 1;
            } else if enclosure.nests && self.rest().starts_with(&enclosure.open) {
                self.at += enclosure.open.len();
                depth = depth.saturating_add(1);
            } else {
                self.at += next.len_utf8();
                if enclosure.escapes && next == '\\' {
                    self.at += self.rest().chars().next().map_or(0, char::len_utf8);
                }
            }
        }
        if self.at > start {
            self.found.push(Stretch { bytes: start..self.at, token });
        }
        if enclosure.lines { State::Open { enclosure: place, depth } } else { State::Code }
    }

    /// `'x'` and `'\n'` are characters, `'x` is a lifetime.
    fn character_or_lifetime(&mut self) {
        let mut rest = self.rest().char_indices().skip(1);
        let end = match rest.next() {
            Some((_, '\\')) => rest.skip(1).find(|(_, next)| *next == '\'').map(|(at, _)| at + 1),
            Some(_) => rest.next().filter(|(_, next)| *next == '\'').map(|(at, _)| at + 1),
            None => None,
        };
        match end {
            Some(end) => self.take(end, Token::String),
            None => self.at += 1,
        }
    }

    fn name(&mut self) {
        let rest = self.rest();
        let end = rest.find(|next: char| !self.is_of_a_name(next) && !next.is_ascii_digit()).unwrap_or(rest.len());
        let name = &rest[..end];
        let known = |words: &std::collections::HashSet<String>| match self.language.ignores_case {
            true => words.contains(&name.to_ascii_lowercase()),
            false => words.contains(name),
        };
        let token = if known(&self.language.keywords) {
            Some(Token::Keyword)
        } else if known(&self.language.values) {
            Some(Token::Number)
        } else if self.language.capitals && name.starts_with(char::is_uppercase) {
            Some(Token::Type)
        } else if rest[end..].starts_with(['(', '!']) && !rest[end..].starts_with("!=") {
            Some(Token::Call)
        } else {
            None
        };
        match token {
            Some(token) => self.take(end, token),
            None => self.at += end,
        }
    }

    fn is_of_a_name(&self, next: char) -> bool {
        next == '_' || next.is_alphanumeric() || self.language.name.contains(next)
    }
}

#[cfg(all(test, feature = "syntax"))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(path: &str, state: State, line: &str) -> (Vec<(String, Token)>, State) {
        let (found, state) = Language::of(path).expect("known").read(state, line);
        (found.into_iter().map(|stretch| (line[stretch.bytes].to_owned(), stretch.token)).collect(), state)
    }

    fn parts(path: &str, line: &str) -> Vec<(String, Token)> {
        read(path, State::Code, line).0
    }

    fn of(parts: &[(&str, Token)]) -> Vec<(String, Token)> {
        parts.iter().map(|(text, token)| ((*text).to_owned(), *token)).collect()
    }

    #[test]
    fn rust_has_lifetimes_characters_and_comments_in_comments() {
        use Token::*;
        assert_eq!(
            parts("a.rs", r#"fn x<'a>(y: &'a Str) { f('\'', "\"//", 0x1f) } // z"#),
            of(&[
                ("fn", Keyword),
                ("Str", Type),
                ("f", Call),
                (r"'\''", String),
                (r#""\"//""#, String),
                ("0x1f", Number),
                ("// z", Comment)
            ])
        );
        let (_, open) = read("a.rs", State::Code, "/* a /* b */ c");
        assert_ne!(open, State::Code);
        assert_eq!(read("a.rs", open, "d */ let"), (of(&[("d */", Comment), ("let", Keyword)]), State::Code));
    }

    #[test]
    fn strings_of_many_lines_end_where_they_end() {
        let (_, open) = read("a.py", State::Code, "x = \"\"\"one \" two");
        assert_eq!(
            read("a.py", open, "# no\"\"\" # yes").0,
            of(&[("# no\"\"\"", Token::String), ("# yes", Token::Comment)])
        );
        assert_eq!(read("a.py", State::Code, "x = 'never closed").1, State::Code);
    }

    #[test]
    fn settings_have_keys_and_shells_have_hashes_inside_words() {
        assert_eq!(
            parts("a.toml", "name = true # x"),
            of(&[("name", Token::Type), ("true", Token::Number), ("# x", Token::Comment)])
        );
        assert_eq!(parts("a.sh", "echo $# a#b"), of(&[("echo", Token::Keyword)]));
    }

    proptest! {
        #[test]
        fn parts_are_in_order_and_never_overlap(line in "[a-z'\"/*#\\\\ 0日(]{0,30}", path in "a\\.(rs|py|ts|sh|html|css|md|sql|toml|yaml)") {
            let language = Language::of(&path).expect("known");
            let (found, open) = language.read(State::Code, &line);
            let (again, _) = language.read(open, &line);
            for parts in [found, again] {
                prop_assert!(parts.iter().all(|part| line.get(part.bytes.clone()).is_some_and(|text| !text.is_empty())));
                prop_assert!(parts.is_sorted_by(|one, next| one.bytes.end <= next.bytes.start), "{:?}", parts);
            }
        }
    }
}
