//! Samples, and the tables made of them.

use std::fmt::Write as _;

/// Samples of one thing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Samples(Vec<f64>);

impl FromIterator<f64> for Samples {
    fn from_iter<I: IntoIterator<Item = f64>>(samples: I) -> Self {
        let mut samples: Vec<f64> = samples.into_iter().collect();
        samples.sort_by(f64::total_cmp);
        Self(samples)
    }
}

impl Samples {
    pub(crate) fn push(&mut self, sample: f64) {
        let at = self.0.partition_point(|&other| other < sample);
        self.0.insert(at, sample);
    }

    /// All of them, each so much smaller.
    pub(crate) fn less(&self, amount: f64) -> Self {
        self.0.iter().map(|sample| sample - amount).collect()
    }

    /// The sample below which this share of all lies, from 0 to 1.
    pub(crate) fn quantile(&self, share: f64) -> f64 {
        let last = self.0.len().saturating_sub(1);
        self.0.get((last as f64 * share).round() as usize).copied().unwrap_or(f64::NAN)
    }

    pub(crate) fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    /// Median, and the smallest and largest sample.
    pub(crate) fn span(&self) -> String {
        format!("{} ({}–{})", short(self.median()), short(self.quantile(0.0)), short(self.quantile(1.0)))
    }

    /// Median and 99th percentile, with the number of samples.
    pub(crate) fn tail(&self) -> String {
        format!(
            "p50 {}, p99 {}, max {} of {}",
            short(self.median()),
            short(self.quantile(0.99)),
            short(self.quantile(1.0)),
            self.0.len()
        )
    }
}

/// A number with as many digits as mean anything.
pub(crate) fn short(number: f64) -> String {
    match number.abs() {
        size if size < 10.0 => format!("{number:.2}"),
        size if size < 100.0 => format!("{number:.1}"),
        _ => format!("{number:.0}"),
    }
}

/// A table with a heading.
#[derive(Debug)]
pub(crate) struct Table {
    heading: String,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(heading: &str, columns: &[&str]) -> Self {
        Self { heading: heading.into(), rows: vec![columns.iter().map(|&column| column.to_owned()).collect()] }
    }

    /// Adds a row, and shows it at once: a run takes minutes.
    pub(crate) fn row(&mut self, cells: Vec<String>) {
        eprintln!("  {}", cells.join(" | "));
        self.rows.push(cells);
    }

    /// A figure that has no goal.
    pub(crate) fn figure(&mut self, what: &str, value: String, how: &str) {
        self.row(vec![what.into(), value, String::new(), String::new(), how.into()]);
    }

    /// A figure beside its goal: `limit` is the most it may be.
    pub(crate) fn goal(&mut self, what: &str, value: String, figure: f64, limit: f64, unit: &str, how: &str) {
        let verdict = if figure <= limit { "met" } else { "MISSED" };
        self.row(vec![what.into(), value, format!("≤ {} {unit}", limit), verdict.into(), how.into()]);
    }

    pub(crate) fn text(&self) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width =
            |column: usize| self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
        let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
        let mut text = format!("\n{}\n", self.heading);
        for (at, row) in self.rows.iter().enumerate() {
            let cells: Vec<String> = row
                .iter()
                .zip(&widths)
                .map(|(cell, width)| format!("{cell}{}", " ".repeat(width - cell.chars().count())))
                .collect();
            let _ = writeln!(text, "| {} |", cells.join(" | "));
            if at == 0 {
                let rules: Vec<String> = widths.iter().map(|&width| "-".repeat(width)).collect();
                let _ = writeln!(text, "| {} |", rules.join(" | "));
            }
        }
        text
    }
}
