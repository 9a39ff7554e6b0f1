//! Quantiles over replications: how one future may turn out, each with an interval from order statistics.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::base::stats::{quantile, quantile_interval};
use crate::metrics::CATALOGUE;
use crate::output::results::Results;
use crate::output::table::{aligned, grid, unbroken};

/// The shares of futures below.
const SHARES: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

/// What they are called.
const NAMES: [&str; 5] = ["5 %", "25 %", "Median", "75 %", "95 %"];

/// From a metric to its quantiles over replications.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Quantiles(BTreeMap<&'static str, Vec<QuantileRow>>);

/// A quantile over replications: how one future may turn out.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct QuantileRow {
    /// Share of futures below it.
    p: f64,
    /// Its value.
    value: f64,
    /// Lower end of its interval, an order statistic; `null`: too few replications.
    ci_low: Option<f64>,
    /// Upper end of its interval.
    ci_high: Option<f64>,
    /// Confidence of the interval, at least that of all others.
    coverage: Option<f64>,
}

impl Quantiles {
    /// Returns the quantiles of all metrics of `variant`.
    #[must_use]
    pub fn of(results: &Results<'_>, variant: usize) -> Self {
        let of = |metric: usize| (CATALOGUE[metric].name, rows(results, variant, metric));
        Self((0..CATALOGUE.len()).map(of).collect())
    }
}

/// Returns the quantiles of one metric of `variant`; none where it was never measured.
fn rows(results: &Results<'_>, variant: usize, metric: usize) -> Vec<QuantileRow> {
    let mut sorted: Vec<f64> = results.chunk.column(variant, metric).into_iter().flatten().collect();
    sorted.sort_by(f64::total_cmp);
    let row = |p: f64| {
        let interval = quantile_interval(&sorted, p, results.confidence());
        Some(QuantileRow {
            p,
            value: quantile(&sorted, p)?,
            ci_low: interval.map(|it| it.low),
            ci_high: interval.map(|it| it.high),
            coverage: interval.map(|it| it.coverage),
        })
    };
    SHARES.into_iter().filter_map(row).collect()
}

/// Shows the quantiles of the metrics shown first, a row for each variant, so many characters wide.
#[must_use]
pub fn show(results: &Results<'_>, width: u16) -> String {
    let variants = &results.experiment.variants;
    let mut text =
        "How one future may turn out: of a hundred, so many lie below. Under each quantile its interval,\n\
                    which holds whatever the distribution; \"-\": too few replications for one.\n"
            .to_owned();
    for metric in results.headline() {
        let words = results.words(&CATALOGUE[metric]);
        let mut table = grid(width);
        table.set_header([""].into_iter().chain(NAMES));
        for (number, variant) in variants.iter().enumerate() {
            let cell = |row: QuantileRow| {
                let ends = row.ci_low.zip(row.ci_high);
                let interval = ends.map_or("-".to_owned(), |(low, high)| words.bare_interval(low, high));
                format!("{}\n{interval}", words.bare(row.value))
            };
            let cells = rows(results, number, metric);
            if cells.is_empty() {
                table.add_row([variant.name.clone(), "nothing to measure".to_owned()]);
            } else {
                table.add_row([variant.name.clone()].into_iter().chain(cells.into_iter().map(cell)));
            }
        }
        aligned(&mut table);
        unbroken(&mut table);
        text.push_str(&format!("\n{}\n{table}\n", words.titled(CATALOGUE[metric].title)));
    }
    text.push('\n');
    text
}
