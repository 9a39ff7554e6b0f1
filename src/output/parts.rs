//! Parts of the book: which segment, program or cohort a slice is, and how variants differ in it.

use serde::Serialize;

use crate::experiment::fan;
use crate::experiment::slices::{self, SliceKind};
use crate::metrics::{CATALOGUE, Slice};
use crate::output::results::Results;
use crate::scenario::Scenario;
use crate::scenario::load::Variant;

/// Returns what kind of slice it is, and its name among those of the kind.
#[must_use]
pub fn kind_and_name(slice: Slice, scenario: &Scenario) -> (&'static str, String) {
    match slice {
        Slice::All => ("all", "all".to_owned()),
        Slice::Segment(segment) => ("segment", segment.name().to_owned()),
        Slice::Program(program) => {
            let settings = &scenario.programs[usize::from(program)].settings;
            ("program", settings.name.as_str().to_owned())
        }
        Slice::Cohort(quarter) => ("cohort", fan::name(quarter)),
        Slice::Arm { change, treated } => {
            let name = &scenario.file.change[usize::from(change)].name;
            ("arm", format!("{name}, {}", if treated { "treated" } else { "not treated" }))
        }
    }
}

/// One metric's difference of one variant from the baseline in one part of the book.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SliceDifferenceRow {
    /// `segment`, `program` or `cohort`.
    pub kind: &'static str,
    /// Its name among those of the kind.
    pub slice: String,
    /// The variant.
    pub variant: String,
    /// The metric.
    pub metric: &'static str,
    /// Mean of variant minus baseline; `null` where no replication has it under both.
    pub mean: Option<f64>,
    /// Lower end of its interval.
    pub ci_low: Option<f64>,
    /// Upper end of its interval.
    pub ci_high: Option<f64>,
    /// With this confidence the intervals of the metric hold together over all variants and slices of the kind.
    pub confidence: f64,
    /// Student-t probability that the true mean improves.
    pub p_better: Option<f64>,
    /// Complete pairs.
    pub n: usize,
    /// Pairs in which a side has nothing to measure.
    pub n_missing: usize,
}

/// Returns the metrics by which slices of a kind are compared: those shown first, of the many cohorts the one
/// that the answer is about.
#[must_use]
pub fn compared(results: &Results<'_>, kind: SliceKind) -> Vec<usize> {
    match kind {
        SliceKind::Segment | SliceKind::Program => results.headline(),
        SliceKind::Cohort => results.answered().into_iter().collect(),
    }
}

/// Returns whether the slice is the same part of the book under `variant` as under the baseline: a program may be
/// another one.
#[must_use]
pub fn is_same(results: &Results<'_>, slice: Slice, variant: usize) -> bool {
    let Slice::Program(program) = slice else { return true };
    let name = |variant: &Variant| {
        let programs = &variant.scenario.programs;
        programs.get(usize::from(program)).map(|program| program.settings.name.clone())
    };
    name(&results.experiment.variants[variant]) == name(results.baseline())
}

/// Returns how the variants differ in each part of the book, kind by kind; of a kind that has several.
#[must_use]
pub fn slice_differences(results: &Results<'_>) -> Vec<SliceDifferenceRow> {
    let Results { experiment, chunk, .. } = *results;
    let sides = (experiment.variants.len(), experiment.baseline);
    let mut rows = Vec::new();
    for kind in SliceKind::ALL {
        for metric in compared(results, kind) {
            let (found, _) = slices::differences(chunk, sides, kind, metric, results.confidence());
            for one in found.iter().filter(|_| found.len() > 1) {
                let (_, slice) = kind_and_name(one.slice, &results.baseline().scenario);
                let others = (0..sides.0).filter(|&variant| variant != sides.1);
                let same = others.zip(&one.variants).filter(|&(other, _)| is_same(results, one.slice, other));
                rows.extend(same.map(|(variant, paired)| SliceDifferenceRow {
                    kind: kind.name(),
                    slice: slice.clone(),
                    variant: experiment.variants[variant].name.clone(),
                    metric: CATALOGUE[metric].name,
                    mean: paired.mean,
                    ci_low: paired.ci_low,
                    ci_high: paired.ci_high,
                    confidence: results.confidence(),
                    p_better: paired.p_better,
                    n: paired.n,
                    n_missing: paired.n_missing,
                }));
            }
        }
    }
    rows
}
