//! What a pull request says of itself, as the person gives it.

use std::path::PathBuf;

use color_eyre::Result;

use crate::cli::{context::Context, editor::edited, failure::Failure, given::text_in};

#[derive(Debug, clap::Args)]
pub(super) struct Described {
    /// One line
    #[arg(long)]
    title: Option<String>,
    /// Markdown
    #[arg(long, value_name = "TEXT", conflicts_with = "body_file")]
    body: Option<String>,
    /// Read the body from a file, or with - from standard input
    #[arg(long, value_name = "FILE")]
    body_file: Option<PathBuf>,
    /// Write title and body in your editor ($VISUAL, $EDITOR): the first line is the title; leaving it without saving does
    /// nothing
    #[arg(long)]
    edit: bool,
}

/// A title and a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Description {
    pub(super) title: String,
    pub(super) body: String,
}

impl Described {
    /// Nothing was given.
    pub(super) fn is_empty(&self) -> bool {
        self.title.is_none() && self.body.is_none() && self.body_file.is_none() && !self.edit
    }

    /// It is to be written in an editor.
    pub(super) fn is_edited(&self) -> bool {
        self.edit
    }

    /// Title and body as given, without the editor.
    ///
    /// # Errors
    /// The file can't be read.
    pub(super) fn given(self) -> Result<(Option<String>, Option<String>)> {
        let from_file = self.body_file.map(|file| text_in(&file)).transpose()?;
        Ok((self.title, self.body.or(from_file)))
    }

    /// Title and body as the person writes them in their editor; what was not given before begins as in `from`.
    ///
    /// # Errors
    /// There is no editor, or the person left it without saving.
    pub(super) async fn edited(
        self,
        context: &Context,
        name: &str,
        from: Description,
    ) -> Result<(Option<String>, Option<String>)> {
        let (title, body) = self.given()?;
        let draft = Description { title: title.unwrap_or(from.title), body: body.unwrap_or(from.body) };
        let written = Description::parse(&edited(context, name, &draft.text()).await?)?;
        Ok((Some(written.title), Some(written.body)))
    }
}

impl Description {
    /// The title, an empty line, the body.
    fn text(&self) -> String {
        format!("{}\n\n{}\n", self.title, self.body.trim_end())
    }

    /// The first line that says something is the title.
    fn parse(text: &str) -> Result<Self, Failure> {
        let text = text.trim_start();
        let (title, body) = text.split_once('\n').unwrap_or((text, ""));
        if title.trim().is_empty() {
            return Err(Failure::usage("there is no title: its place is the first line"));
        }
        Ok(Self { title: title.trim().to_owned(), body: body.trim().to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_as_it_was_given() {
        for (title, body) in [("One line", "# Why\n\nBecause.\n\n- a"), ("Only a title", "")] {
            let description = Description { title: title.into(), body: body.into() };
            assert_eq!(Description::parse(&description.text()).expect("a description"), description);
        }
        let typed = Description::parse("\n A title \nand more").expect("a description");
        assert_eq!((typed.title.as_str(), typed.body.as_str()), ("A title", "and more"));
        assert!(Description::parse(" \n").is_err());
    }
}
