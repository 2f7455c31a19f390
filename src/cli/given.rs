//! Text that a person gives to a command: in words, in a file, or through a pipe.

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use color_eyre::{Result, eyre::WrapErr};

use super::failure::Failure;
use crate::domain::message::BODY_BYTES;

#[derive(Debug, clap::Args)]
pub(super) struct GivenText {
    /// The text; words are joined by spaces, - reads standard input, -- comes before text that starts with -
    #[arg(value_name = "TEXT", conflicts_with = "file")]
    words: Vec<String>,
    /// Read the text from a file
    #[arg(long, short = 'f', value_name = "FILE")]
    file: Option<PathBuf>,
}

impl GivenText {
    /// The text, without the line breaks at its end.
    ///
    /// # Errors
    /// When there is none, when it is no UTF-8, or larger than a message can be.
    pub(super) fn read(&self) -> Result<String> {
        let text = match (&self.file, self.words.as_slice()) {
            (Some(file), _) => text_in(file)?,
            (None, [only]) if only == "-" => text_in(Path::new("-"))?,
            (None, words) => words.join(" "),
        };
        let text = text.trim_end_matches(['\n', '\r']);
        if text.trim().is_empty() {
            let failure = Failure::usage("there is no text");
            return Err(failure
                .hint("write it after the command, or give --file FILE, or - for standard input")
                .into());
        }
        Ok(text.into())
    }
}

/// All that a file has to say; of `-`, standard input.
///
/// # Errors
/// When it can't be read, is no UTF-8, or larger than a message can be.
pub(super) fn text_in(file: &Path) -> Result<String> {
    if file == Path::new("-") {
        return all_of(io::stdin()).wrap_err("cannot read standard input");
    }
    let unread = || format!("cannot read {}", file.display());
    all_of(fs::File::open(file).wrap_err_with(unread)?).wrap_err_with(unread)
}

fn all_of(from: impl Read) -> Result<String> {
    let mut bytes = Vec::new();
    from.take(BODY_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > BODY_BYTES {
        let failure = Failure::usage("the text is larger than 1 MiB");
        return Err(failure.hint("write it to a file and name the file in the text").into());
    }
    String::from_utf8(bytes).map_err(|_| Failure::usage("the text is not UTF-8").into())
}
