//! The one place where words become a line that a shell reads.
//!
//! `sshd` gives one string to the person's login shell, whichever that is. So the string uses only what all of them read
//! in the same way: `exec`, a path, and words in single quotes, in which neither `'` nor `\` nor `!` stands: fish takes a
//! backslash inside single quotes for an escape, csh an exclamation mark for history, so these three stand outside, each
//! behind a backslash. No two pairs of quotes touch, which zsh may read as one quote. (A line break inside a word is
//! beyond csh, and beyond it only.)
//!
//! What the line starts is always `/bin/sh` with a script that never changes; whatever varies is a word of its own.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

/// The longest string that a program can be given, on Linux.
pub(super) const LINE_BYTES: usize = 128 * 1024 - 1;

/// The line that lets `/bin/sh` run a script with these as `$1`, `$2`, ….
pub(super) fn script<A: AsRef<[u8]>>(script: &str, arguments: impl IntoIterator<Item = A>) -> OsString {
    let mut line = b"exec /bin/sh -c ".to_vec();
    word(script.as_bytes(), &mut line);
    line.extend_from_slice(b" qd");
    for argument in arguments {
        line.push(b' ');
        word(argument.as_ref(), &mut line);
    }
    OsString::from_vec(line)
}

/// The line that runs a program in the place of the login shell, short enough for a person to read.
pub(super) fn program(argv: &[String]) -> String {
    let mut line = b"exec".to_vec();
    for argument in argv {
        line.push(b' ');
        if is_plain(argument) {
            line.extend_from_slice(argument.as_bytes());
        } else {
            word(argument.as_bytes(), &mut line);
        }
    }
    // Quoting adds and moves only ASCII.
    String::from_utf8_lossy(&line).into_owned()
}

/// No shell sees anything but itself in it.
fn is_plain(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./:,@".contains(&byte))
}

/// Adds one word.
fn word(text: &[u8], line: &mut Vec<u8>) {
    if text.is_empty() {
        line.extend_from_slice(b"''");
    }
    for part in text.chunk_by(|one, next| !is_special(*one) && !is_special(*next)) {
        if is_special(part[0]) {
            line.extend([b'\\', part[0]]);
        } else {
            line.push(b'\'');
            line.extend_from_slice(part);
            line.push(b'\'');
        }
    }
}

fn is_special(byte: u8) -> bool {
    matches!(byte, b'\'' | b'\\' | b'!')
}

#[cfg(test)]
mod tests {
    use std::{os::unix::ffi::OsStrExt, process::Command};

    use proptest::prelude::*;

    use super::*;

    fn quoted(text: &str) -> String {
        let mut line = Vec::new();
        word(text.as_bytes(), &mut line);
        String::from_utf8(line).expect("text")
    }

    #[test]
    fn quotes_hold_what_all_shells_read_alike() {
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(r"'\!"), r"\'\\\!");
        assert_eq!(program(&["tmux".into(), "-S".into(), "/a b".into()]), "exec tmux -S '/a b'");
    }

    /// What shells that are here make of the words: all that are installed, of those that people have.
    fn read_by_shells(words: &[String]) {
        let line = script(r#"for word; do printf '%s\0' "$word"; done"#, words);
        let expected: Vec<u8> = words.iter().flat_map(|word| [word.as_bytes(), b"\0"].concat()).collect();
        for shell in ["sh", "bash", "zsh", "fish", "csh", "tcsh"] {
            let breaks = words.iter().any(|word| word.contains('\n'));
            if shell.ends_with("csh") && breaks {
                continue;
            }
            let Ok(output) = Command::new(shell).arg("-c").arg(&line).output() else { continue };
            assert_eq!(
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&expected),
                "{shell} reads {:?}: {}",
                String::from_utf8_lossy(line.as_bytes()),
                String::from_utf8_lossy(&output.stderr)
            );
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_word_arrives_as_it_is(
            words in prop::collection::vec(
                prop_oneof![
                    "[^\\x00]{0,12}",
                    r#"[-'"\\!$`(){};&|<>*?~#%^ \n\t=]{0,8}"#,
                    Just("$(touch /tmp/never)".to_owned()),
                    Just("-n".to_owned()),
                ],
                0..8,
            )
        ) {
            read_by_shells(&words);
        }
    }
}
