//! The form in which a session's work is offered for review, or something is said about a pull request.

use super::editor::{Editor, Lines};
use crate::{
    domain::{
        Command, PullRequest, PullRequestId, Session, SessionId,
        pull_request::{BODY_BYTES, Forge},
        remark,
    },
    tui::message::Problem,
};

/// The form in which work is offered, or something is said about it.
#[derive(Debug, Clone)]
pub struct Offer {
    /// What it is for.
    pub wants: Wants,
    /// One line.
    pub title: Editor,
    /// Markdown: the description, or the comment.
    pub body: Editor,
    /// The branch it shall go into; empty for the one the work started from.
    pub base: Editor,
    /// Where; `None` as the repository is set up.
    pub forge: Option<Forge>,
    /// The field the keys go to.
    pub field: Field,
    /// What the daemon said against it.
    pub problem: Option<Problem>,
    /// It was sent, and the answer is awaited.
    pub sent: bool,
    // What stood there when it was opened.
    given: (String, String),
}

/// What a form is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wants {
    /// Offer a session's work.
    Publish(SessionId),
    /// Offer what has come since, in the pull request there is.
    Update(SessionId, PullRequestId),
    /// Say something about a pull request.
    Comment(PullRequestId),
}

/// A field of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// One line.
    Title,
    /// Markdown.
    Body,
    /// Where it goes into.
    Base,
    /// Where it is offered.
    Forge,
}

impl Field {
    /// What stands before it.
    pub fn label(self) -> &'static str {
        match self {
            Field::Title => "title",
            Field::Body => "text",
            Field::Base => "goes into",
            Field::Forge => "offered",
        }
    }
}

const FORGES: [Option<Forge>; 3] = [None, Some(Forge::Local), Some(Forge::Github)];

impl Offer {
    /// A form that offers the work of `session`; that of `existing` again, where it is offered already.
    pub fn of(session: &Session, existing: Option<&PullRequest>) -> Self {
        match existing {
            Some(existing) => {
                Self::new(Wants::Update(session.id, existing.id), &existing.title, &existing.body, Field::Title)
            }
            None => {
                let said = session.report.as_ref().map(|report| report.summary.as_str()).unwrap_or_default();
                Self::new(Wants::Publish(session.id), &session.title, said, Field::Title)
            }
        }
    }

    /// An empty comment.
    pub fn comment(pull_request: PullRequestId) -> Self {
        Self::new(Wants::Comment(pull_request), "", "", Field::Body)
    }

    fn new(wants: Wants, title: &str, body: &str, field: Field) -> Self {
        let mut text = Editor::new(Lines::Many);
        text.paste(body);
        Self {
            wants,
            title: Editor::line(title),
            given: (title.to_owned(), text.text()),
            body: text,
            base: Editor::new(Lines::One),
            forge: None,
            field,
            problem: None,
            sent: false,
        }
    }

    /// Its fields, from the top.
    pub fn fields(&self) -> &'static [Field] {
        match self.wants {
            Wants::Publish(_) => &[Field::Title, Field::Body, Field::Base, Field::Forge],
            Wants::Update(..) => &[Field::Title, Field::Body],
            Wants::Comment(_) => &[Field::Body],
        }
    }

    /// Goes to the next field, or the one before, round and round.
    pub fn move_field(&mut self, forward: bool) {
        let fields = self.fields();
        let here = fields.iter().position(|field| *field == self.field).unwrap_or(0);
        let step = if forward { 1 } else { fields.len() - 1 };
        self.field = fields[(here + step) % fields.len()];
    }

    /// The field in which text is written, when the keys go to one.
    pub fn editor(&mut self) -> Option<&mut Editor> {
        match self.field {
            Field::Title => Some(&mut self.title),
            Field::Body => Some(&mut self.body),
            Field::Base => Some(&mut self.base),
            Field::Forge => None,
        }
    }

    /// Takes the next forge, or the one before.
    pub fn choose(&mut self, forward: bool) {
        let here = FORGES.iter().position(|forge| *forge == self.forge).unwrap_or(0);
        let step = if forward { 1 } else { FORGES.len() - 1 };
        self.forge = FORGES[(here + step) % FORGES.len()];
    }

    /// Nothing would be lost by closing it.
    pub fn is_untouched(&self) -> bool {
        self.base.is_blank() && (self.title.text(), self.body.text()) == self.given
    }

    /// Puts the whole report where only its first line stood, unless that was touched.
    pub fn fill(&mut self, session: SessionId, report: &str) {
        if self.wants == Wants::Publish(session) && self.body.text() == self.given.1 {
            self.body.set(report);
            self.given.1 = self.body.text();
        }
    }

    /// The command it stands for, and what the person reads when it is done.
    ///
    /// # Errors
    /// What is missing, or too much.
    pub fn command(&self) -> Result<(Command, String), Problem> {
        let (title, body) = (self.title.text().trim().to_owned(), self.body.text());
        let most = if matches!(self.wants, Wants::Comment(_)) { remark::TEXT_BYTES } else { BODY_BYTES };
        if body.len() > most {
            return Err(Problem::new(format!("the text has {} bytes; at most {most} are possible", body.len())));
        }
        let base = Some(self.base.text().trim().to_owned()).filter(|base| !base.is_empty());
        Ok(match self.wants {
            Wants::Comment(_) if body.trim().is_empty() => return Err(Problem::new("there is nothing to say yet")),
            Wants::Publish(_) | Wants::Update(..) if title.is_empty() => {
                return Err(Problem::new("say in one line what it is"));
            }
            Wants::Comment(pull_request) => (
                Command::CommentPullRequest { pull_request, text: body },
                format!("what you said about {pull_request} is on its way"),
            ),
            Wants::Publish(session) => (
                Command::PublishPullRequest {
                    session,
                    title: Some(title),
                    body: Some(body),
                    base,
                    forge: self.forge,
                    force: None,
                },
                format!("the work of {session} is being published"),
            ),
            Wants::Update(session, pull_request) => (
                Command::PublishPullRequest {
                    session,
                    title: Some(title).filter(|title| *title != self.given.0),
                    body: Some(body).filter(|body| *body != self.given.1),
                    base: None,
                    forge: None,
                    force: None,
                },
                format!("{pull_request} is being updated"),
            ),
        })
    }
}
