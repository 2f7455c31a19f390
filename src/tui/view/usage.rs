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
/// Most columns of the table: figures stay near their names.
const WIDEST: u16 = 136;
/// From this on a limit is a warning, in percent.
const NEAR: u8 = 80;

/// A line of the view.
enum Line {
    Blank,
    Words(String, Style),
    /// What follows; the first says what its columns are.
    Title(&'static str, bool),
    /// A name, its share of the largest where there are others, and figures.
    Row(String, Option<(u64, u64)>, Total),
    /// A limit: whose, its name, and the line's style.
    Limit(String, Limit, Style),
}

/// Draws it.
pub(super) fn draw(model: &Model, area: Rect, buffer: &mut Buffer) {
    let lines = lines(model);
    let area = Rect { width: area.width.min(WIDEST), ..area };
    let scroll = model.usage_scroll.min(lines.len().saturating_sub(usize::from(area.height)));
    let below = lines.len().saturating_sub(scroll + usize::from(area.height));
    let last = area.height.saturating_sub(u16::from(below > 0));
    for (at, line) in (0..last).zip(&lines[scroll..]) {
        draw_line(model, line, at, area, buffer);
    }
    if below > 0 {
        Strip::new(buffer, area, last).skip(1).left(&format!(" {} more ↓ ", below + 1), model.styles.dim().reversed());
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
        Line::Title(title, with_columns) => {
            let figures = ["cost", "tokens"].into_iter();
            let kinds = ["requests", "into cache", "from cache", "out", "in"].into_iter();
            for word in figures.chain(kinds.take(if area.width >= BY_KIND { 5 } else { 0 })).filter(|_| *with_columns) {
                strip.right(&format!("{word:>11}"), styles.dim());
            }
            strip.left(title, styles.heading());
        }
        Line::Row(name, share, total) => {
            let tokens = total.tokens;
            match (figures::cost(total.cost), total.cost.partial) {
                (unknown, true) if unknown.is_empty() => strip.right(&format!("{:>11}", "no price"), styles.dim()),
                (cost, _) => strip.right(&format!("{cost:>11}"), styles.text()),
            };
            strip.right(&format!("{:>11}", figures::tokens(tokens.total())), styles.text());
            if area.width >= BY_KIND {
                strip.right(&format!("{:>11}", total.requests), styles.dim());
                for count in [tokens.cache_write, tokens.cache_read, tokens.output, tokens.input] {
                    strip.right(&format!("{:>11}", figures::tokens(count)), styles.dim());
                }
            }
            if let Some((part, most)) = share {
                let (filled, rest) = figures::bar(*part, *most, BAR);
                strip.right(&format!("{rest} "), styles.border(false)).right(&filled, styles.accent()).skip_right(1);
            } else {
                strip.skip_right(BAR + 2);
            }
            strip.skip(1).left(name, styles.text());
        }
        Line::Limit(agent, limit, style) => {
            let until = limit.resets_at.map(|at| {
                let left = if at > model.now { format!(" (in {})", age::short(at, model.now)) } else { String::new() };
                format!("  starts anew {}{left}", age::moment(model.now, at))
            });
            strip.skip(1).left(&format!("{agent:<10} {:<12} ", limit.name), styles.text());
            let (filled, rest) = figures::bar(u64::from(limit.used_percent), 100, BAR);
            strip.left(&filled, *style).left(&rest, styles.border(false));
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
    // An objective of one session is that session.
    if spending.sessions.len() > spending.objectives.len() {
        section("by objective", named(&spending.objectives, |id| id.to_string()), &mut lines);
    }
    section("by session", sessions(&spending), &mut lines);
    let newest = spending.days.len().saturating_sub(DAYS);
    let days = named(&spending.days[newest..], String::clone).into_iter().rev().collect();
    section("by day", days, &mut lines);
    lines.push(Line::Blank);
    let words = "~ is an estimate by the prices in your settings, + leaves out what has no price there. What was put away \
                 is not counted here, but by qd usage.";
    let wrapped = crate::tui::text::wrap(words, model.size.0.min(WIDEST).saturating_sub(2)).into_iter();
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
    let (first, several) = (!lines.iter().any(|line| matches!(line, Line::Title(..))), rows.len() > 1);
    lines.extend([Line::Blank, Line::Title(title, first)]);
    let row = |(name, total)| Line::Row(name, several.then(|| (share(&total), most)), total);
    lines.extend(rows.into_iter().map(row));
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
