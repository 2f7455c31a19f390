//! Many pull requests at one glance: one question a repository, and further pages only where there are any.

use serde_json::{Value, json};

use super::{
    Github,
    answer::{Brief, Full, Page},
    gh::Gh,
    question::{self, List},
};
use crate::{
    forge::{Error, Look, seen::Seen},
    target::Host,
};

/// How many pull requests one question asks for; GitHub gives an answer ten seconds.
const AT_ONCE: usize = 30;
/// How many pages of a list follow the first.
const MORE_PAGES: usize = 4;

impl Github {
    /// Everything the forge shows of the pull requests with these numbers, and which ones offer these branches.
    ///
    /// # Errors
    /// Every [`Error`] of a request. A number that no pull request has is none of them: it is in [`Look::missing`].
    pub async fn look(&self, local: &Host, numbers: &[u64], branches: &[String]) -> Result<Look, Error> {
        let gh = Gh::new(local, &self.folder);
        let mut look = Look::default();
        let rounds = numbers.len().max(branches.len()).div_ceil(AT_ONCE);
        let (mut numbers, mut branches) = (numbers.chunks(AT_ONCE), branches.chunks(AT_ONCE));
        for _ in 0..rounds {
            let numbers = numbers.next().unwrap_or_default();
            self.glance(gh, numbers, branches.next().unwrap_or_default(), &mut look).await?;
        }
        Ok(look)
    }

    async fn glance(&self, gh: Gh<'_>, numbers: &[u64], branches: &[String], look: &mut Look) -> Result<(), Error> {
        let mut answer = gh.graph(&self.host, &question::first(numbers, branches), self.variables()).await?;
        look.remaining = answer.data["rateLimit"]["remaining"].as_u64();
        if answer.data["repository"].is_null() {
            return Err(Error::NotFound(format!("{}/{}", self.owner, self.name)));
        }
        let mut found = Vec::new();
        for &number in numbers {
            let key = format!("p{number}");
            match answer.data["repository"][&key].take() {
                Value::Null if answer.is_missing(&key) => look.missing.push(number),
                part => found.push(read::<Full>(part)?),
            }
        }
        for at in 0..branches.len() {
            let offers: Page<Brief> = read(answer.data["repository"][format!("b{at}")].take())?;
            let own = [&self.owner, &self.publishes_as];
            let ours = offers.nodes.into_iter().map(Brief::found).filter(|found| own.contains(&&found.owner));
            look.found.extend(ours);
        }
        self.more_pages(gh, &mut found, look).await?;
        look.seen.extend(found.into_iter().map(Full::seen).collect::<Vec<Seen>>());
        Ok(())
    }

    async fn more_pages(&self, gh: Gh<'_>, found: &mut [Full], look: &mut Look) -> Result<(), Error> {
        for _ in 0..MORE_PAGES {
            let wanted: Vec<(u64, List, String)> = found.iter().flat_map(Full::more).collect();
            if wanted.is_empty() {
                return Ok(());
            }
            let mut answer = gh.graph(&self.host, &question::more(&wanted), self.variables()).await?;
            look.remaining = answer.data["rateLimit"]["remaining"].as_u64();
            for (number, list, _) in &wanted {
                let Some(full) = found.iter_mut().find(|full| full.number == *number) else { continue };
                let part = &mut answer.data["repository"][list.key(*number)];
                match list {
                    List::Reviews => full.reviews.before(read(part["reviews"].take())?),
                    List::Threads => full.review_threads.before(read(part["reviewThreads"].take())?),
                    List::Comments => full.comments.before(read(part["comments"].take())?),
                    List::Contexts => {
                        let contexts = &mut part["commits"]["nodes"][0]["commit"]["statusCheckRollup"]["contexts"];
                        if let Some(known) = full.contexts_mut() {
                            known.after(read(contexts.take())?);
                        }
                    }
                }
            }
        }
        for full in found.iter_mut().filter(|full| full.more().next().is_some()) {
            full.cut_off = true;
        }
        Ok(())
    }

    pub(super) fn variables(&self) -> Value {
        json!({ "owner": self.owner, "name": self.name })
    }
}

/// A part of an answer, which must be as it was asked for.
fn read<T: serde::de::DeserializeOwned>(part: Value) -> Result<T, Error> {
    serde_json::from_value(part).map_err(|error| Error::Nonsense(error.to_string()))
}
