//! A line for each pull request.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::words;
use crate::{
    domain::{
        PullRequest,
        pull_request::{Mergeable, Review},
    },
    tui::{
        age,
        model::{Model, pulls, pulls::Standing},
        text,
        view::Strip,
    },
};

/// Fewest columns in which a line says whose work it is, what reviewers say, and from where to where it goes.
const WITH_SESSION: u16 = 44;
const WITH_REVIEW: u16 = 72;
const WITH_BRANCHES: u16 = 110;

/// Draws them.
pub(super) fn draw(model: &Model, area: Rect, buffer: &mut Buffer) {
    let all = || model.pulls.order().iter().filter_map(|id| model.world.pull_requests.get(id));
    let widest = |of: &dyn Fn(&PullRequest) -> u16| all().map(of).max().unwrap_or(0);
    let columns = Columns {
        name: widest(&|found| text::width(&found.name())),
        figures: widest(&|found| sum(&figures(model, found))),
        session: widest(&|found| text::width(&found.session.to_string())),
    };
    for (at, pull_request) in (0..area.height).zip(all().skip(model.pulls.first_visible())) {
        let row = Rect { y: area.y + at, height: 1, ..area };
        draw_one(model, pull_request, &columns, row, buffer);
        if model.pulls.selected() == Some(pull_request.id) {
            buffer.set_style(row, model.styles.selected(true));
        }
    }
    let below = model.pulls.order().len().saturating_sub(model.pulls.first_visible() + usize::from(area.height));
    if below > 0 && area.height > 1 && area.width > 30 {
        let mut strip = Strip::new(buffer, area, area.height - 1);
        strip.right(&format!(" {below} more ↓ "), model.styles.dim().reversed());
    }
}

/// How wide the columns are.
struct Columns {
    name: u16,
    figures: u16,
    session: u16,
}

fn draw_one(model: &Model, pull_request: &PullRequest, columns: &Columns, row: Rect, buffer: &mut Buffer) {
    let styles = &model.styles;
    let standing = Standing::of(&model.world, pull_request);
    let (glyph, word) = standing.sign();
    let look = words::look(standing, styles);
    let mut strip = Strip::new(buffer, row, 0);
    strip.skip(1).left(glyph, look).skip(1);
    strip.left(&format!("{:<width$} ", pull_request.name(), width = usize::from(columns.name)), styles.dim());
    strip.left(&format!("{word:<10} "), look);
    strip.skip_right(1).right(&format!("{:>4}", age::short(model.now, pull_request.state_since)), styles.dim());
    if row.width >= WITH_SESSION {
        let width = usize::from(columns.session);
        strip.right(&format!("  {:<width$}", pull_request.session.to_string()), styles.dim());
    }
    if row.width >= WITH_BRANCHES {
        let way = format!("{} → {}", pull_request.branch, pull_request.base);
        strip.right(&format!("  {:<28}", text::cut(&text::clean(&way), 28)), styles.accent());
    }
    if row.width >= WITH_REVIEW && pull_request.review == Review::Approved {
        strip.right("  approved", styles.success());
    }
    let parts = figures(model, pull_request);
    let used = sum(&parts);
    for (words, style) in parts {
        strip.left(&words, style).skip(1);
    }
    strip.skip(columns.figures - used);
    let over = !pull_request.state.is_open();
    strip.left(&pull_request.title, if over { styles.dim() } else { styles.text() });
}

/// Its checks, whether it conflicts, and how many remarks wait.
fn figures(model: &Model, pull_request: &PullRequest) -> Vec<(String, Style)> {
    let styles = &model.styles;
    if !pull_request.state.is_open() {
        return Vec::new();
    }
    let mut parts = words::checks(&pull_request.checks, styles);
    if matches!(pull_request.mergeable, Mergeable::Conflicts { .. }) {
        parts.push(("×".into(), styles.error()));
    }
    match pulls::wanted(&model.world, pull_request.id).count() {
        0 => {}
        count => parts.push((format!("✎{count}"), styles.warning())),
    }
    parts
}

/// How many columns they take, with one behind each.
fn sum(parts: &[(String, Style)]) -> u16 {
    parts.iter().map(|(words, _)| text::width(words) + 1).sum()
}
