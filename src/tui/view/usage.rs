//! What was used: by agent, objective, session and day, with the limits of accounts.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::{Areas, Strip};
use crate::{
    domain::{
        ProfileName, Spending,
        spending::{OfAccount, OfAttempt, Share},
        usage::{Limit, Total},
    },
    tui::{age, figures, model::Model},
};

/// Days of the chart.
const DAYS: usize = 14;
/// Columns of a bar.
const BAR: u16 = 12;
/// Fewest columns in which tokens are told by kind.
const BY_KIND: u16 = 120;
/// From this on a limit is a warning, in percent.
const NEAR: u8 = 80;

/// A line of the view.
enum Line {
    Blank,
    Words(String, Style),
    /// What follows, and what its columns are.
    Title(&'static str),
    /// A name, a share of the largest, and figures.
    Row(String, u64, u64, Total),
    /// A limit: whose, its name, and the line's style.
    Limit(String, Limit, Style),
}

/// Draws it.
pub(super) fn draw(model: &Model, area: Rect, buffer: &mut Buffer) {
    let lines = lines(model);
    let scroll = model.usage_scroll.min(lines.len().saturating_sub(usize::from(area.height)));
    for (at, line) in (0..area.height).zip(&lines[scroll..]) {
        draw_line(model, line, at, area, buffer);
    }
    let below = lines.len().saturating_sub(scroll + usize::from(area.height));
    if below > 0 {
        let words = format!(" {below} more ↓ ");
        Strip::new(buffer, area, area.height - 1).right(&words, model.styles.dim().reversed());
    }
}

/// How many lines do not fit.
pub fn hidden(model: &Model) -> usize {
    let height = Areas::of(model).map_or(0, |areas| usize::from(areas.list.height));
    lines(model).len().saturating_sub(height)
}

fn draw_line(model: &Model, line: &Line, at: u16, area: Rect, buffer: &mut Buffer) {
    let styles = &model.styles;
    let mut strip = Strip::new(buffer, area, at);
    strip.skip(1).skip_right(1);
    match line {
        Line::Blank => {}
        Line::Words(words, style) => drop(strip.left(words, *style)),
        Line::Title(title) => {
            let figures = ["cost", "tokens"].into_iter();
            let kinds = ["requests", "into cache", "from cache", "out", "in"].into_iter();
            for word in figures.chain(kinds.take(if area.width >= BY_KIND { 5 } else { 0 })) {
                strip.right(&format!("{word:>11}"), styles.dim());
            }
            strip.left(title, styles.heading());
        }
        Line::Row(name, share, most, total) => {
            let tokens = total.tokens;
            strip.right(&format!("{:>11}", figures::cost(total.cost)), styles.text());
            strip.right(&format!("{:>11}", figures::tokens(tokens.total())), styles.text());
            if area.width >= BY_KIND {
                strip.right(&format!("{:>11}", total.requests), styles.dim());
                for count in [tokens.cache_write, tokens.cache_read, tokens.output, tokens.input] {
                    strip.right(&format!("{:>11}", figures::tokens(count)), styles.dim());
                }
            }
            strip.right(&format!(" {} ", figures::bar(*share, *most, BAR)), styles.accent());
            strip.skip(1).left(name, styles.text());
        }
        Line::Limit(agent, limit, style) => {
            let until = limit.resets_at.map(|at| {
                let left = if at > model.now { format!(" (in {})", age::short(at, model.now)) } else { String::new() };
                format!("  starts anew {}{left}", age::moment(model.now, at))
            });
            strip.skip(1).left(&format!("{agent:<10} {:<12} ", limit.name), styles.text());
            strip.left(&figures::bar(u64::from(limit.used_percent), 100, BAR), *style);
            strip.left(&format!(" {:>3}%", limit.used_percent), *style);
            strip.left(&until.unwrap_or_default(), styles.dim());
        }
    }
}

fn lines(model: &Model) -> Vec<Line> {
    let styles = &model.styles;
    let spending = Spending::of_world(&model.world, &model.settings.prices);
    if spending.total.is_nothing() && spending.limits.is_empty() {
        let hint =
            "Agents tell what they use through their hooks, status lines and transcripts, once they have used some.";
        return vec![
            Line::Blank,
            Line::Words(" Nothing was used yet, as far as is known.".into(), styles.text()),
            Line::Words(format!(" {hint}"), styles.hint()),
        ];
    }
    let mut lines = vec![Line::Words(sum(&spending.total), styles.heading())];
    if spending.days.len() > 1 {
        let newest = spending.days.len().saturating_sub(DAYS);
        let tokens: Vec<u64> = spending.days[newest..].iter().map(|day| day.total.tokens.total()).collect();
        lines.push(Line::Words(format!("{}  tokens by day", figures::chart(&tokens)), styles.accent()));
    }
    if !spending.limits.is_empty() {
        lines.extend([Line::Blank, Line::Words("limits".into(), styles.heading())]);
        lines.extend(spending.limits.iter().map(|told| limit(model, told)));
    }
    section("by agent", named(&spending.agents, ProfileName::to_string), &mut lines);
    section("by model", named(&spending.models, String::clone), &mut lines);
    section("by objective", named(&spending.objectives, |id| id.to_string()), &mut lines);
    section("by session", sessions(&spending), &mut lines);
    let newest = spending.days.len().saturating_sub(DAYS);
    let days = named(&spending.days[newest..], String::clone).into_iter().rev().collect();
    section("by day", days, &mut lines);
    lines.push(Line::Blank);
    let words = "~ is an estimate by the prices in your settings, + leaves out what has no price there. What was put away \
                 is not counted here, but by qd usage.";
    let wrapped = crate::tui::text::wrap(words, model.size.0.saturating_sub(2)).into_iter();
    lines.extend(wrapped.map(|line| Line::Words(line, styles.hint())));
    lines
}

fn sum(all: &Total) -> String {
    let cost = figures::cost(all.cost);
    let cost = if cost.is_empty() { String::new() } else { format!(" · {cost}") };
    let requests = if all.requests == 0 { String::new() } else { format!(" · {} requests", all.requests) };
    format!("{} tokens{requests}{cost}", figures::tokens(all.tokens.total()))
}

fn section(title: &'static str, rows: Vec<(String, Total)>, lines: &mut Vec<Line>) {
    if rows.is_empty() {
        return;
    }
    // Money is what matters where it is known of everything.
    let by_cost = rows.iter().all(|(_, total)| total.cost.micros > 0);
    let share = |total: &Total| if by_cost { total.cost.micros } else { total.tokens.total() };
    let most = rows.iter().map(|(_, total)| share(total)).max().unwrap_or(0);
    lines.extend([Line::Blank, Line::Title(title)]);
    lines.extend(rows.into_iter().map(|(name, total)| Line::Row(name, share(&total), most, total)));
}

fn named<Of>(shares: &[Share<Of>], name: impl Fn(&Of) -> String) -> Vec<(String, Total)> {
    let words = |share: &Share<Of>| format!("{} {}", name(&share.of), share.title).trim_end().to_owned();
    shares.iter().map(|share| (words(share), share.total)).collect()
}

/// Sessions, each with its attempts below it where it has several.
fn sessions(spending: &Spending) -> Vec<(String, Total)> {
    let mut rows = Vec::new();
    for (share, row) in spending.sessions.iter().zip(named(&spending.sessions, |id| id.to_string())) {
        rows.push(row);
        let attempts: Vec<_> = spending.attempts.iter().filter(|attempt| attempt.session == share.of).collect();
        if attempts.len() > 1 {
            let words = |attempt: &OfAttempt| format!("  {} {}", attempt.of, attempt.model.as_deref().unwrap_or(""));
            rows.extend(attempts.into_iter().map(|attempt| (words(attempt), attempt.total)));
        }
    }
    rows
}

fn limit(model: &Model, told: &OfAccount) -> Line {
    let style = match told.limit.used_percent {
        100.. => model.styles.error(),
        NEAR.. => model.styles.warning(),
        _ => model.styles.success(),
    };
    Line::Limit(told.agent.to_string(), told.limit.clone(), style)
}
