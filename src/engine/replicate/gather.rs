//! What is asked of a host, in one program, and what it answers.

use std::path::{Path, PathBuf};

use crate::target::{self, Host, Program};

/// The most bytes of files that one program prints.
const AT_ONCE: u64 = 4 << 20;
/// The most bytes of one file that one program prints.
const OF_EACH: u64 = 1 << 20;
/// What is kept of what it prints: some spools come on top, which come whole.
const OUTPUT_BYTES: usize = 32 << 20;

/// One thing that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ask {
    /// What a file has beyond the bytes that are known, with those from `from` on before it.
    File { path: PathBuf, from: u64, known: u64 },
    /// The transcripts in a folder, by their names.
    Folder(PathBuf),
    /// A spool, whole. It is moved away first.
    Spool(PathBuf),
    /// That a file or folder goes away.
    Remove(PathBuf),
    /// That the bytes before `until` of a file go away, of which so many are known.
    LetGo { path: PathBuf, until: u64, known: u64 },
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    /// How long the file is, or another word.
    pub(super) word: String,
    /// What was printed of it.
    pub(super) bytes: Vec<u8>,
}

impl Answer {
    /// How long the file is; `None` when it can't be read.
    pub(super) fn length(&self) -> Option<u64> {
        self.word.parse().ok()
    }
}

/// Asks for all of it. As many answers come back as were understood, in order: the rest is asked for again.
///
/// # Errors
/// When the host can't be asked.
pub(super) async fn gather(host: &Host, asks: &[Ask]) -> Result<Vec<Answer>, target::Error> {
    let list: Vec<u8> = asks.iter().flat_map(Ask::line).collect();
    let mut program = Program::new(["sh", "-c", include_str!("gather.sh"), "sh", &AT_ONCE.to_string()]);
    program.input = list;
    program.output_bytes = OUTPUT_BYTES;
    let printed = host.run(program).await?.stdout;
    Ok(answers(&printed))
}

/// It stands in one line.
pub(super) fn can_be_asked_for(path: &Path) -> bool {
    path.is_absolute() && path.to_str().is_some_and(|path| !path.contains('\n'))
}

impl Ask {
    fn line(&self) -> Vec<u8> {
        let path = |path: &Path| path.to_string_lossy().into_owned();
        let line = match self {
            Ask::File { path: file, from, known } => format!("f {from} {known} {OF_EACH} {}", path(file)),
            Ask::Folder(folder) => format!("d {}", path(folder)),
            Ask::Spool(spool) => format!("s {}", path(spool)),
            Ask::Remove(file) => format!("x {}", path(file)),
            Ask::LetGo { path: file, until, known } => format!("h {until} {known} {}", path(file)),
        };
        (line + "\n").into_bytes()
    }
}

/// A file that was cut short while it was read, or a line that broke, ends what is understood.
fn answers(mut printed: &[u8]) -> Vec<Answer> {
    let mut answers = Vec::new();
    while let Some((head, rest)) = split_line(printed) {
        let mut words = head.split(' ');
        let (Some("@"), Some(number), Some(word), Some(bytes)) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            break;
        };
        let Some((bytes, rest)) = bytes.parse().ok().and_then(|bytes: usize| rest.split_at_checked(bytes)) else {
            break;
        };
        let Some(after) =
            rest.strip_prefix(b"\n").filter(|after| number.parse() == Ok(answers.len()) && after.starts_with(b"@ "))
        else {
            break;
        };
        answers.push(Answer { word: word.to_owned(), bytes: bytes.to_vec() });
        printed = after;
    }
    answers
}

fn split_line(text: &[u8]) -> Option<(&str, &[u8])> {
    let end = text.iter().position(|&byte| byte == b'\n')?;
    Some((std::str::from_utf8(&text[..end]).ok()?, &text[end + 1..]))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[tokio::test]
    async fn one_program_brings_what_is_new_of_everything() {
        let home = tempfile::tempdir().expect("a folder");
        let at = |name: &str| home.path().join(name);
        fs::create_dir_all(at("sub agents")).expect("made");
        fs::write(at("a file $(x) 'y'"), b"hello\0world\n\xff").expect("written");
        fs::write(at("sub agents/agent-1.jsonl"), "").expect("written");
        fs::write(at("sub agents/notes"), "").expect("written");
        fs::write(at("spool.jsonl"), "{}\n").expect("written");
        let file = |name: &str, from, known| Ask::File { path: at(name), from, known };
        let asks = [
            file("a file $(x) 'y'", 0, 0),
            file("none", 0, 0),
            file("a file $(x) 'y'", 3, 5),
            file("a file $(x) 'y'", 13, 13),
            Ask::Folder(at("sub agents")),
            Ask::Spool(at("spool.jsonl")),
            Ask::Remove(at("a file $(x) 'y'")),
        ];
        let answers = gather(&Host::local(), &asks).await.expect("asked");
        let answers: Vec<(&str, &[u8])> = answers.iter().map(|answer| (&*answer.word, &*answer.bytes)).collect();
        let expected: [(&str, &[u8]); 7] = [
            ("13", b"hello\0world\n\xff"),
            ("none", b""),
            ("13", b"lo\0world\n\xff"),
            ("13", b""),
            ("folder", b"agent-1.jsonl\n"),
            ("3", b"{}\n"),
            ("gone", b""),
        ];
        assert_eq!(answers, expected);
        assert!(!at("a file $(x) 'y'").exists() && !at("spool.jsonl").exists());
        let again = gather(&Host::local(), &[Ask::Spool(at("spool.jsonl"))]).await.expect("asked");
        assert_eq!(again[0].bytes, b"{}\n", "what was taken and not removed comes again");
    }

    #[tokio::test]
    async fn what_is_much_comes_in_parts() {
        let home = tempfile::tempdir().expect("a folder");
        let asks: Vec<Ask> = (0..6)
            .map(|number| {
                let path = home.path().join(number.to_string());
                fs::write(&path, vec![b'x'; 3 << 20]).expect("written");
                Ask::File { path, from: 0, known: 0 }
            })
            .collect();
        let answers = gather(&Host::local(), &asks).await.expect("asked");
        let lengths: Vec<usize> = answers.iter().map(|answer| answer.bytes.len()).collect();
        assert_eq!(lengths, [1 << 20, 1 << 20, 1 << 20, 1 << 20, 0, 0]);
        assert!(answers.iter().all(|answer| answer.length() == Some(3 << 20)));
    }

    #[test]
    fn what_breaks_off_is_understood_as_far_as_it_goes() {
        let printed = b"@ 0 5 5\nhello\n@ 1 none 0\n\n@ end\n";
        let whole = answers(printed);
        assert_eq!(whole.len(), 2);
        for end in 0..printed.len() {
            let some = answers(&printed[..end]);
            assert!(some[..] == whole[..some.len()], "after {end} bytes");
        }
        assert_eq!(answers(b"@ 0 5 5\nhel\n@ 1 none 0\n\n@ end\n"), []);
    }
}
