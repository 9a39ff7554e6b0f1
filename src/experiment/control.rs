//! Luck at renewals taken out: means and differences adjusted by control variates.
//!
//! The controls of a replication have zero expectation under every variant
//! ([`metrics::luck`](crate::metrics::luck)), so those of a difference are the differences of the controls.
//! Which controls a metric has is fixed beforehand, and all of them are used: choosing among them by what the
//! replications show would bias the interval.

use crate::base::stats::{ControlledMean, bonferroni};
use crate::experiment::replicate::{Chunk, Outcome};
use crate::metrics::CATALOGUE;
use crate::metrics::luck::Control;

/// Adjusts the mean of a metric of `variant`; `metric` counts in the catalogue.
///
/// [`None`] where the metric has no controls, was not measured in every replication (what is
/// left out would not be left out by luck alone), or there are too few replications.
#[must_use]
pub fn mean(chunk: &Chunk, variant: usize, metric: usize, confidence: f64) -> Option<ControlledMean> {
    let values: Vec<f64> = chunk.column(variant, metric).into_iter().collect::<Option<_>>()?;
    let columns = columns(metric, |control| chunk.of(variant).map(|outcome| at(outcome, control)).collect());
    ControlledMean::of(&values, &columns, confidence)
}

/// Adjusts the mean difference of `variant` from `other`, with an interval at `confidence` for this pair alone.
///
/// [`None`] as of [`mean`].
#[must_use]
pub fn difference(
    chunk: &Chunk,
    variant: usize,
    other: usize,
    metric: usize,
    confidence: f64,
) -> Option<ControlledMean> {
    let sides = chunk.column(variant, metric).into_iter().zip(chunk.column(other, metric));
    let values: Vec<f64> = sides.map(|(one, other)| Some(one? - other?)).collect::<Option<_>>()?;
    let columns = columns(metric, |control| {
        let outcomes = chunk.of(variant).zip(chunk.of(other));
        outcomes.map(|(one, other)| at(one, control) - at(other, control)).collect()
    });
    ControlledMean::of(&values, &columns, confidence)
}

/// Adjusts the differences of all variants from `baseline` on one metric, in the order of variants; the
/// intervals hold together over them (Bonferroni).
#[must_use]
pub fn differences(
    chunk: &Chunk,
    variants: usize,
    baseline: usize,
    metric: usize,
    confidence: f64,
) -> Vec<Option<ControlledMean>> {
    let each = bonferroni(confidence, variants.saturating_sub(1).max(1));
    let others = (0..variants).filter(|&variant| variant != baseline);
    others.map(|variant| difference(chunk, variant, baseline, metric, each)).collect()
}

fn columns(metric: usize, column: impl Fn(Control) -> Vec<f64>) -> Vec<Vec<f64>> {
    Control::of(CATALOGUE[metric].name).iter().map(|&control| column(control)).collect()
}

fn at(outcome: &Outcome, control: Control) -> f64 {
    outcome.controls[control.place()]
}
