//! A folder of our own in a checkout's git directory, for an index that nobody else shall see. It goes with its owner; what a crash left goes with the next one.

use std::{
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use super::{
    super::{Error, folders, git::Git},
    checkout::Checkout,
};
use crate::target::Host;

/// Its folder in the git directory.
const HOME: &str = "quarterdeck";
/// What is older belongs to nobody any more.
const FORGOTTEN: Duration = Duration::from_secs(24 * 60 * 60);

/// A folder of our own. Removed when it is dropped.
#[derive(Debug)]
pub(super) struct Aside<'a> {
    host: &'a Host,
    folder: PathBuf,
}

impl<'a> Aside<'a> {
    /// A new one.
    pub(super) async fn new(checkout: &Checkout<'a>) -> Result<Self, Error> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let host = checkout.git.host();
        let home = checkout.own.join(HOME);
        if let Err(error) = tidy(host, &home).await {
            // Others come and go there meanwhile, and what is left is tidied by the next.
            tracing::debug!(home = %home.display(), %error, "what was left was not tidied");
        }
        let folder = home.join(format!("{}-{}", process::id(), NUMBER.fetch_add(1, Ordering::Relaxed)));
        // First what removes it.
        let aside = Self { host, folder };
        folders::make(host, &aside.folder).await?;
        Ok(aside)
    }

    /// git with an index of its own that begins as the checkout's is. Also what it knows of the files' times is as it
    /// was: a file that was written in the same moment as the index is compared, not trusted.
    pub(super) async fn index(&self, checkout: &Checkout<'a>) -> Result<Git<'a>, Error> {
        let (real, own) = (checkout.own.join("index"), self.folder.join("index"));
        // A checkout in which nothing was ever staged has none.
        self.host.copy(&real, &own).await.map_err(Error::file("copy", &real))?;
        Ok(checkout.git.clone().with("GIT_INDEX_FILE", own.display().to_string()))
    }
}

impl Drop for Aside<'_> {
    fn drop(&mut self) {
        self.host.abandon(&self.folder, true);
    }
}

async fn tidy(host: &Host, home: &Path) -> std::io::Result<()> {
    let entries = host.list(home).await?.unwrap_or_default();
    let places: Vec<PathBuf> = entries.into_iter().map(|entry| home.join(entry.name)).collect();
    let looked = host.look(&places).await?;
    for (place, found) in places.iter().zip(looked) {
        if found.and_then(|found| found.modified.elapsed().ok()).is_some_and(|age| age > FORGOTTEN) {
            host.abandon(place, false);
        }
    }
    Ok(())
}
