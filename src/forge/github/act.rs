//! What is done to one pull request: each function once, and again without harm.

use serde_json::{Value, json};

use super::{
    Github, Merged, New, Opened,
    answer::MARK,
    gh::{Answer, Gh},
};
use crate::{
    domain::pull_request::{Method, State},
    forge::Error,
    target::Host,
};

impl Github {
    /// Opens a pull request for a branch that was pushed; gives the open one it has already.
    ///
    /// # Errors
    /// Every [`Error`] of a request; [`Error::Refused`] in GitHub's words, for example without any commits.
    pub async fn create(&self, local: &Host, new: &New<'_>) -> Result<Opened, Error> {
        if let Some(opened) = self.opened(local, new).await? {
            return Ok(opened);
        }
        let head = match self.publishes_as == self.owner {
            true => new.branch.to_owned(),
            false => format!("{}:{}", self.publishes_as, new.branch),
        };
        let body = json!({ "title": new.title, "body": new.body, "head": head, "base": new.base, "draft": new.draft });
        match self.send(local, "POST", "pulls", &body).await?.value() {
            Ok(made) => Ok(Opened { number: number(&made)?, url: text(&made, "html_url")?, was_there: false }),
            // Somebody may have opened one since we looked.
            Err(refused @ Error::Refused(_)) => self.opened(local, new).await?.ok_or(refused),
            Err(error) => Err(error),
        }
    }

    /// The open pull request for this branch and base.
    async fn opened(&self, local: &Host, new: &New<'_>) -> Result<Option<Opened>, Error> {
        let found = self.look(local, &[], &[new.branch.to_owned()]).await?.found;
        let open = found
            .iter()
            .find(|found| found.state == State::Open && found.owner == self.publishes_as && found.base == new.base);
        Ok(open.map(|found| Opened {
            number: found.number,
            url: format!("{}/pull/{}", self.url, found.number),
            was_there: true,
        }))
    }

    /// Gives a pull request another title and body.
    ///
    /// # Errors
    /// Every [`Error`] of a request.
    pub async fn update(&self, local: &Host, number: u64, title: &str, body: &str) -> Result<(), Error> {
        let change = json!({ "title": title, "body": body });
        self.send(local, "PATCH", &format!("pulls/{number}"), &change).await?.value().map(drop)
    }

    /// Comments on a pull request; gives the comment's page. [`Github::look`] leaves it out of what others said.
    ///
    /// # Errors
    /// Every [`Error`] of a request.
    pub async fn comment(&self, local: &Host, number: u64, body: &str) -> Result<String, Error> {
        let comment = json!({ "body": format!("{body}\n\n{MARK}") });
        let made = self.send(local, "POST", &format!("issues/{number}/comments"), &comment).await?.value()?;
        text(&made, "html_url")
    }

    /// Merges a pull request if its branch still stands at `head`. The branch stays.
    ///
    /// # Errors
    /// Every [`Error`] of a request. That GitHub does not merge it is none of them: see [`Merged`].
    pub async fn merge(&self, local: &Host, number: u64, head: &str, method: Method) -> Result<Merged, Error> {
        let request = json!({ "merge_method": method.label(), "sha": head });
        let answer = self.send(local, "PUT", &format!("pulls/{number}/merge"), &request).await?;
        let refused = match answer.value() {
            Ok(done) => return Ok(Merged::Done { commit: done["sha"].as_str().map(str::to_owned) }),
            Err(error) => error,
        };
        let seen = match answer.code {
            405 | 409 | 422 => self.look(local, &[number], &[]).await?.seen,
            _ => return Err(refused),
        };
        let Some(seen) = seen.into_iter().next() else { return Err(refused) };
        match seen.state {
            // Before we asked, perhaps by ourselves.
            State::Merged { commit } => Ok(Merged::Done { commit }),
            State::Draft | State::Open if seen.head != head => Ok(Merged::Moved),
            State::Draft | State::Open | State::Closed => Ok(Merged::Refused(answer.words())),
        }
    }

    /// Closes a pull request without merging it. The branch stays.
    ///
    /// # Errors
    /// Every [`Error`] of a request.
    pub async fn close(&self, local: &Host, number: u64) -> Result<(), Error> {
        self.send(local, "PATCH", &format!("pulls/{number}"), &json!({ "state": "closed" })).await?.value().map(drop)
    }

    async fn send(&self, local: &Host, method: &str, path: &str, body: &Value) -> Result<Answer, Error> {
        let path = format!("repos/{}/{}/{path}", self.owner, self.name);
        Gh::new(local, &self.folder).request(&self.host, method, &path, Some(body)).await
    }
}

fn number(made: &Value) -> Result<u64, Error> {
    made["number"].as_u64().ok_or_else(|| Error::Nonsense("it has no number".into()))
}

fn text(made: &Value, name: &str) -> Result<String, Error> {
    made[name].as_str().map(str::to_owned).ok_or_else(|| Error::Nonsense(format!("it has no {name}")))
}
