//! What agents use, and what they leave behind.

use quarterdeck::domain::{
    Artifact, ArtifactId, AttemptId, ProfileName, SessionId, Usage,
    artifact::Kind,
    usage::{Context, Limit, Meter, Metered, Spent, Tokens},
};

use super::{Author, existing, one_of, pick};

impl Author {
    pub(super) fn spend(&mut self, [which, variant, more, and, last]: [u8; 5]) -> Option<Usage> {
        let (attempt, session, profile) = self.worker(which)?;
        let [more, and, last] = [more, and, last].map(u64::from);
        let spent = Spent {
            day: format!("2026-11-{:02}", variant % 3 + 1),
            model: one_of(["opus", "haiku", ""], variant / 3).to_owned(),
            tokens: Tokens { input: more, output: and << 20, cache_read: last << 40, cache_write: more * and },
            requests: last,
        };
        let usage = Usage { attempt, session, profile, spent };
        let key = (attempt, usage.spent.day.clone(), usage.spent.model.clone());
        self.usage.insert(key, usage.clone());
        Some(usage)
    }

    pub(super) fn meter(&mut self, [which, _, more, and, last]: [u8; 5]) -> Option<Metered> {
        let (attempt, session, _) = self.worker(which)?;
        let meter = Meter {
            model: self.maybe_text(more),
            cost_micros: (and > 99).then_some(u64::from(and) << 32),
            context: (last > 99).then_some(Context { used: u64::from(last), size: u64::from(more) }),
            limits: (0..last % 4)
                .map(|number| Limit {
                    name: self.text(),
                    used_percent: and % 101,
                    resets_at: (number % 2 == 0).then(|| self.time()),
                })
                .collect(),
        };
        let metered = Metered { attempt, session, meter, at: self.time() };
        self.metered.insert(attempt, metered.clone());
        Some(metered)
    }

    pub(super) fn artifact(&mut self, [which, variant, more, _, _]: [u8; 5]) -> Artifact {
        let id = pick(&self.artifacts, which, ArtifactId::FIRST, ArtifactId::next);
        let old = self.artifacts.get(&id);
        let session = old.map_or_else(|| existing(&self.sessions, more), |old| old.session);
        let artifact = Artifact {
            id,
            objective: self.sessions[&session].objective,
            session,
            kind: one_of(Kind::ALL, variant),
            title: self.text(),
            bytes: usize::from(more) << 10,
            created_at: self.time(),
        };
        self.artifacts.insert(id, artifact.clone());
        artifact
    }

    /// An attempt, its session and its agent.
    fn worker(&self, which: u8) -> Option<(AttemptId, SessionId, ProfileName)> {
        let attempt = self.attempts.values().cycle().nth(usize::from(which))?;
        Some((attempt.id, attempt.session, self.sessions[&attempt.session].profile.clone()))
    }
}
