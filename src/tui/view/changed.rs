//! What a session changed, in a few columns: `+12 −3 ·4`.

use ratatui::style::Style;

use crate::{
    domain::{
        Session, Workspace,
        workspace::{Changed, State},
    },
    tui::{model::Model, text, theme::Styles},
};

/// Fewest columns of a row in which it says how many lines changed, and in which also how many files.
const WITH_LINES: u16 = 56;
const WITH_FILES: u16 = 72;

/// What a session changed, and whether others change the same.
pub(super) struct Counts {
    /// Others change the same files, or it would conflict with them.
    pub(super) sign: &'static str,
    added: String,
    removed: String,
    files: String,
}

impl Counts {
    /// Those of a session, where a row of `columns` has room for any.
    pub(super) fn of(model: &Model, session: &Session, columns: u16) -> Option<Counts> {
        let workspace = workspace(model, session).filter(|_| columns >= WITH_LINES)?;
        let changed = workspace.changed.as_ref().filter(|changed| changed.files > 0);
        let sign = sign(workspace);
        let counts = changed.map(|changed| Counts {
            sign,
            added: short('+', changed.added),
            removed: short('−', changed.removed),
            files: if columns >= WITH_FILES { format!(" ·{}", changed.files) } else { String::new() },
        });
        counts.or_else(|| {
            let nothing = String::new;
            (!sign.is_empty()).then(|| Counts { sign, added: nothing(), removed: nothing(), files: nothing() })
        })
    }

    /// Its parts from the right, each as wide as the widest of its column, with what they look like.
    pub(super) fn parts(&self, widths: &Widths, styles: &Styles) -> [(String, Style); 4] {
        let wide = |text: &str, width: u16| format!("{text:>width$}", width = usize::from(width));
        [
            (wide(&self.files, widths.files), styles.dim()),
            (wide(&self.removed, widths.removed), styles.removed().dim()),
            (wide(&self.added, widths.added), styles.added().dim()),
            (wide(self.sign, widths.sign), styles.warning()),
        ]
    }
}

/// How wide the columns are.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Widths {
    sign: u16,
    added: u16,
    removed: u16,
    files: u16,
}

impl Widths {
    /// Wide enough for all of these.
    pub(super) fn of(counts: impl Iterator<Item = Counts>) -> Self {
        counts.fold(Self::default(), |widths, counts| Self {
            sign: widths.sign.max(text::width(counts.sign)),
            added: widths.added.max(text::width(&counts.added)),
            removed: widths.removed.max(text::width(&counts.removed)),
            files: widths.files.max(text::width(&counts.files)),
        })
    }

    /// All columns together.
    pub(super) fn sum(self) -> u16 {
        self.sign + self.added + self.removed + self.files
    }
}

/// The figures in full: `4 files +12 −3, 2 not committed`.
pub(super) fn in_full(changed: &Changed) -> String {
    let Changed { files, added, removed, uncommitted, .. } = changed;
    let open = if *uncommitted > 0 { format!(", {uncommitted} not committed") } else { String::new() };
    format!("{files} file{} +{added} −{removed}{open}", if *files == 1 { "" } else { "s" })
}

/// Who changes the same files, in words.
pub(super) fn overlap(model: &Model, session: &Session) -> Option<String> {
    let overlaps = &workspace(model, session)?.overlaps;
    let owner = |with| model.world.workspaces.get(with).map_or_else(String::new, |other| other.owner.to_string());
    if let Some(overlap) = overlaps.iter().find(|overlap| !overlap.conflicts.is_empty()) {
        let more = if overlap.conflicts.len() > 1 {
            format!(" and {} more", overlap.conflicts.len() - 1)
        } else {
            String::new()
        };
        return Some(format!("× would conflict with {} in {}{more}", owner(&overlap.with), overlap.conflicts[0]));
    }
    let overlap = overlaps.first()?;
    let first = overlap.files.first()?;
    let more = if overlap.total > 1 { format!(" and {} more", overlap.total - 1) } else { String::new() };
    Some(format!("∩ {} changes {first}{more}, too", owner(&overlap.with)))
}

/// A session's workspace, as long as it is there.
pub(super) fn workspace<'model>(model: &'model Model, session: &Session) -> Option<&'model Workspace> {
    let workspace = model.world.workspaces.get(&session.workspace?)?;
    let there = match workspace.state {
        State::Ready | State::Removing { .. } => true,
        State::Planned | State::Removed { .. } | State::Left { .. } | State::Restoring { .. } => false,
    };
    (there && workspace.owner == session.id).then_some(workspace)
}

fn sign(workspace: &Workspace) -> &'static str {
    let conflicts = workspace.overlaps.iter().any(|overlap| !overlap.conflicts.is_empty());
    match (workspace.overlaps.is_empty(), conflicts) {
        (true, _) => "",
        (false, true) => "  ×",
        (false, false) => "  ∩",
    }
}

/// ` +12`, ` −9999`, ` +12k`; nothing for none.
fn short(sign: char, count: u32) -> String {
    match count {
        0 => String::new(),
        1..10_000 => format!(" {sign}{count}"),
        _ => format!(" {sign}{}k", count / 1_000),
    }
}
