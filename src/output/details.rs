//! What a person can ask to see besides the answer: the differences part by part, and quantiles.

use crate::base::stats::PairedDifference;
use crate::experiment::slices::{self, SliceDifference, SliceKind};
use crate::metrics::CATALOGUE;
use crate::output::parts::{compared, is_same, kind_and_name};
use crate::output::quantiles;
use crate::output::results::Results;
use crate::output::table::{aligned, grid, percent, unbroken};
use crate::output::words::{Words, counted};

/// What is asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Details {
    /// The differences for each part of the book of this kind.
    pub by: Option<SliceKind>,
    /// Quantiles over replications.
    pub quantiles: bool,
}

/// Shows what is asked for, so many characters wide.
#[must_use]
pub fn show(results: &Results<'_>, details: Details, width: u16) -> String {
    let parts = details.by.map_or(String::new(), |kind| parts(results, kind, width));
    let quantiles = if details.quantiles { quantiles::show(results, width) } else { String::new() };
    format!("{parts}{quantiles}")
}

/// A table for each metric, a row for each part of the book, a column for each variant.
fn parts(results: &Results<'_>, kind: SliceKind, width: u16) -> String {
    let experiment = results.experiment;
    let (count, baseline) = (experiment.variants.len(), experiment.baseline);
    let others: Vec<usize> = (0..count).filter(|&variant| variant != baseline).collect();
    let mut text = format!(
        "By {}: each variant minus the baseline; the {} intervals of a table hold together.\n",
        kind.name(),
        percent(results.confidence())
    );
    for metric in compared(results, kind) {
        let words = results.words(&CATALOGUE[metric]);
        let confidence = results.confidence();
        let (found, left_out) =
            slices::differences(results.chunk, (count, baseline), kind, metric, confidence);
        let mut table = grid(width);
        let names = others.iter().map(|&variant| experiment.variants[variant].name.clone());
        let first = [String::new(), format!("{} (baseline)", experiment.variants[baseline].name)];
        table.set_header(first.into_iter().chain(names));
        for SliceDifference { slice, baseline, variants } in &found {
            let (_, name) = kind_and_name(*slice, &results.baseline().scenario);
            let cells = others.iter().zip(variants).map(|(&variant, paired)| {
                if is_same(results, *slice, variant) {
                    cell(words, paired)
                } else {
                    "other program".to_owned()
                }
            });
            table.add_row([name, words.value(baseline.mean)].into_iter().chain(cells));
        }
        aligned(&mut table);
        unbroken(&mut table);
        text.push_str(&format!("\n{}\n{table}\n", words.titled_difference(CATALOGUE[metric].title)));
        if left_out > 0 {
            let parts = counted(left_out as u64, kind.name(), &format!("{}s", kind.name()));
            text.push_str(&format!(
                "{parts} that under half of the replications can measure are left out.\n"
            ));
        }
    }
    text.push('\n');
    text
}

fn cell(words: Words<'_>, paired: &PairedDifference) -> String {
    let Some(mean) = paired.mean else { return "nothing to measure".to_owned() };
    match paired.ci_low.zip(paired.ci_high) {
        None => words.bare_difference(mean),
        Some((0.0, 0.0)) => "no difference".to_owned(),
        Some((low, high)) => {
            format!("{}\n{}", words.bare_difference(mean), words.bare_difference_interval(low, high))
        }
    }
}
