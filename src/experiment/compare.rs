//! What replications say: means of one variant, and differences from the baseline.
//!
//! # Common random numbers
//!
//! In each replication all variants start from the same opening book and see the same luck, so a variant is
//! compared with the baseline replication by replication. The correlation that is reported with every
//! difference shows how much of the luck was shared, and [`ceiling`](super::ceiling) how much could be.
//!
//! # Several variants at once
//!
//! The intervals of one metric's differences hold together, over all variants, with the stated confidence
//! (Bonferroni): with `k` variants each is made for `1 - (1 - confidence) / (k - 1)`.

use crate::base::stats::{Estimate, PairedDifference, bonferroni};
use crate::experiment::ceiling::{Ceiling, SharedLuck};
use crate::experiment::replicate::{Chunk, Outcome};
use crate::metrics::CATALOGUE;

/// One variant against another on one metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// The variant, an index into the experiment's.
    pub variant: usize,
    /// The metric, an index into the catalogue.
    pub metric: usize,
    /// The variant minus the other, with an interval for this pair alone at the confidence that makes all of
    /// them hold together.
    pub paired: PairedDifference,
}

/// The ceiling of what a variant and the baseline can share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VariantCeiling {
    /// The variant, an index into the experiment's.
    pub variant: usize,
    /// The ceiling; [`None`] where no renewal was left to luck.
    pub ceiling: Option<Ceiling>,
}

/// Estimates every metric of `variant`, in the order of the catalogue; [`None`] where no replication had
/// anything to measure.
#[must_use]
pub fn estimates(chunk: &Chunk, variant: usize, confidence: f64) -> Vec<Option<Estimate>> {
    estimates_of(|metric| chunk.column(variant, metric), confidence)
}

/// Estimates every metric from the replications of one variant alone, as [`estimates`] does.
#[must_use]
pub fn estimates_of_outcomes(outcomes: &[Outcome], confidence: f64) -> Vec<Option<Estimate>> {
    estimates_of(|metric| outcomes.iter().map(|outcome| outcome.metrics[metric]).collect(), confidence)
}

/// Estimates every metric from its `column` over replications.
pub(super) fn estimates_of(
    column: impl Fn(usize) -> Vec<Option<f64>>,
    confidence: f64,
) -> Vec<Option<Estimate>> {
    let estimate = |metric| {
        let measured: Vec<f64> = column(metric).into_iter().flatten().collect();
        Estimate::of(&measured, confidence)
    };
    (0..CATALOGUE.len()).map(estimate).collect()
}

/// Compares every variant but the baseline with it on every metric, in the order of variants, then of metrics.
#[must_use]
pub fn differences(chunk: &Chunk, variants: usize, baseline: usize, confidence: f64) -> Vec<Difference> {
    let others: Vec<usize> = others(variants, baseline).collect();
    let each = bonferroni(confidence, others.len().max(1));
    let mut differences = Vec::new();
    for variant in others {
        for metric in 0..CATALOGUE.len() {
            let paired = difference(chunk, variant, baseline, metric, each);
            differences.push(Difference { variant, metric, paired });
        }
    }
    differences
}

/// Compares `variant` with `other` on one metric, with an interval at `confidence` for this pair alone.
#[must_use]
pub fn difference(
    chunk: &Chunk,
    variant: usize,
    other: usize,
    metric: usize,
    confidence: f64,
) -> PairedDifference {
    let (left, right) = (chunk.column(variant, metric), chunk.column(other, metric));
    PairedDifference::of(&left, &right, confidence, CATALOGUE[metric].better)
}

/// Returns how much luck each variant but the baseline can share with it.
#[must_use]
pub fn ceilings(chunk: &Chunk, variants: usize, baseline: usize) -> Vec<VariantCeiling> {
    others(variants, baseline)
        .map(|variant| {
            let luck: SharedLuck = chunk.of(variant).map(|outcome| outcome.luck).sum();
            VariantCeiling { variant, ceiling: luck.ceiling() }
        })
        .collect()
}

fn others(variants: usize, baseline: usize) -> impl Iterator<Item = usize> {
    (0..variants).filter(move |&variant| variant != baseline)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A chunk in which every metric of variant `v` in replication `r` is `values[v][r]`.
    fn chunk(values: &[&[Option<f64>]]) -> Chunk {
        let outcome =
            |value: Option<f64>| Outcome { metrics: vec![value; CATALOGUE.len()], ..Outcome::default() };
        let replications = (0..values[0].len())
            .map(|at| values.iter().map(|column| outcome(column[at])).collect())
            .collect();
        Chunk { first: 0, replications }
    }

    /// The textbook pair of systems at 90 %: 4.978 in [1.65, 8.31].
    #[test]
    fn a_variant_is_compared_with_the_baseline_replication_by_replication() {
        let baseline = [118.21, 120.22, 122.45, 122.68, 119.40].map(Some);
        let variant = [126.97, 124.31, 126.68, 122.66, 127.23].map(Some);
        let chunk = chunk(&[&variant, &baseline]);
        let differences = differences(&chunk, 2, 1, 0.90);
        assert_eq!(differences.len(), CATALOGUE.len());
        for difference in differences {
            assert_eq!(difference.variant, 0);
            let close = |found: Option<f64>, expected: f64| (found.unwrap() - expected).abs() < 0.005;
            let PairedDifference { mean, ci_low, ci_high, .. } = difference.paired;
            assert!(close(mean, 4.978) && close(ci_low, 1.65) && close(ci_high, 8.31));
        }
    }

    /// Two intervals that hold together at 90 % are each made for 95 %.
    #[test]
    fn intervals_hold_together_over_the_variants() {
        let values: [&[Option<f64>]; 3] =
            [&[Some(1.0), Some(2.0)], &[Some(3.0), Some(3.5)], &[Some(0.0), Some(9.0)]];
        for difference in differences(&chunk(&values), 3, 0, 0.90) {
            assert!((difference.paired.confidence - 0.95).abs() < 1e-15);
        }
    }

    #[test]
    fn replications_without_anything_to_measure_are_counted_not_dropped() {
        let values: [&[Option<f64>]; 2] =
            [&[Some(1.0), None, Some(2.0), None], &[Some(1.5), Some(9.0), Some(2.0), None]];
        let chunk = chunk(&values);
        let difference = differences(&chunk, 2, 0, 0.95)[0];
        assert_eq!((difference.paired.n, difference.paired.n_missing), (2, 2));
        assert_eq!(estimates(&chunk, 0, 0.95)[0].unwrap().n, 2);
        let nothing: [&[Option<f64>]; 1] = [&[None, None]];
        assert_eq!(estimates(&self::chunk(&nothing), 0, 0.95)[0], None);
    }
}
