//! Command lines for tmux, and the one place where they are quoted.
//!
//! `tmux_interface` knows the flags; its own joining of words quotes nothing, so words travel as a vector until they
//! become a line here.

use std::path::Path;

use tmux_interface::{SetOption, TmuxCommand};

use super::Error;

/// One tmux command: its name and arguments.
pub(super) type Words = Vec<String>;

/// The words of a command that `tmux_interface` built.
pub(super) fn words<'a>(command: impl Into<TmuxCommand<'a>>) -> Words {
    let command: TmuxCommand<'a> = command.into();
    command.to_vec().into_iter().map(|word| word.into_owned()).collect()
}

/// Whose option.
pub(super) enum Scope {
    Window,
    Pane,
}

pub(super) fn set_option(option: &str, value: &str, target: &str, scope: Scope) -> Words {
    let set = SetOption::new().target_pane(target).option(option).value(value);
    words(match scope {
        Scope::Window => set.window(),
        Scope::Pane => set.pane(),
    })
}

/// One line that does all of `commands`, in order, up to the first that is refused.
pub(super) fn line(commands: &[Words]) -> String {
    let quoted: Vec<String> = commands
        .iter()
        .map(|command| command.iter().map(|word| quoted_for_control(word)).collect::<Vec<_>>().join(" "))
        .collect();
    quoted.join(" ; ") + "\n"
}

/// `word` as one word of a control-mode line, whatever it contains (a NUL ends it, as in any argument).
pub fn quoted_for_control(word: &str) -> String {
    let mut quoted = String::with_capacity(word.len() + 2);
    quoted.push('"');
    for character in word.chars() {
        match character {
            '"' | '\\' | '$' => {
                quoted.push('\\');
                quoted.push(character);
            }
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\0' => break,
            '\u{1}'..='\u{1f}' | '\u{7f}' => quoted.push_str(&format!("\\{:03o}", u32::from(character))),
            // Only a tilde that begins a word means a home directory; this one must not.
            '~' => quoted.push_str("\\176"),
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

/// `text` where tmux expands `#{…}` and runs `#(…)`.
pub(super) fn unexpanded(text: &str) -> String {
    text.replace('#', "##")
}

/// The command that appends what it reads to `file`, for the shell of `pipe-pane`, which expands formats and dates
/// before.
pub(super) fn appending_to(file: &Path) -> Result<String, Error> {
    let unfit = |value: String, rule| Error::Unfit { what: "the path", value, rule };
    let Some(path) = file.to_str() else {
        return Err(unfit(file.to_string_lossy().into_owned(), "it must be UTF-8"));
    };
    if !file.is_absolute() || path.chars().any(char::is_control) {
        return Err(unfit(path.to_owned(), "it must be absolute and without control characters"));
    }
    let quoted = format!("'{}'", path.replace('\'', "'\\''"));
    Ok(format!("exec cat >> {}", unexpanded(&quoted).replace('%', "%%")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_line_whatever_its_words_say() {
        let line = line(&[vec!["set-buffer".into(), "--".into(), "a\nb;\"$HOME\\~\u{1b}".into()], vec!["x".into()]]);
        assert_eq!(line, "\"set-buffer\" \"--\" \"a\\nb;\\\"\\$HOME\\\\\\176\\033\" ; \"x\"\n");
    }

    #[test]
    fn a_path_that_would_break_a_line_is_refused() {
        assert!(appending_to(Path::new("/a\nb")).is_err());
        assert!(appending_to(Path::new("relative")).is_err());
        let command = appending_to(Path::new("/it's #(x) 100%")).unwrap();
        assert_eq!(command, "exec cat >> '/it'\\''s ##(x) 100%%'");
    }
}
