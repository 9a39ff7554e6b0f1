//! Roll-outs: in each replication, the customers who come under a dated change against those who do not.
//!
//! Who comes under it is drawn by lot, so the arms differ by luck and by the change alone: the mean difference over
//! replications is what the change does to those it is rolled out to, as long as the arms do not stand in each other's way
//! (advisors who are short of time serve both). The spread of the difference over replications is the error of *one* such
//! trial: what somebody who tries it once in a book of this size has to reckon with.

use crate::base::math::normal_cdf;
use crate::base::stats::{Better, Estimate, PairedDifference, bonferroni};
use crate::experiment::compare::estimates_of;
use crate::experiment::replicate::Chunk;
use crate::experiment::slices::SliceOutcome;
use crate::metrics::{CATALOGUE, Slice};

/// One change of one variant: its two arms, and how they differ.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// The change, an index into the scenario's.
    pub change: usize,
    /// Accounts under the change that were under contract since its day, a replication's mean.
    pub treated_accounts: f64,
    /// The same of accounts that it concerns and that are not under it.
    pub other_accounts: f64,
    /// The metrics of those under the change, in the order of the catalogue, from its day on.
    pub treated: Vec<Option<Estimate>>,
    /// The same of those it concerns and who are not under it.
    pub other: Vec<Option<Estimate>>,
    /// Treated minus not treated, replication by replication.
    pub differences: Vec<PairedDifference>,
}

impl Trial {
    /// Returns the probability that one trial in such a book shows a difference to the better where there is one to the
    /// better, or to the worse where there is one to the worse; [`None`] where nothing varies or neither is better.
    ///
    /// **Source:** the difference of a trial is taken as normal, with the mean and spread seen over replications.
    #[must_use]
    pub fn shows_its_sign(&self, metric: usize) -> Option<f64> {
        let PairedDifference { mean, stddev, .. } = self.differences[metric];
        let (mean, spread) = mean.zip(stddev).filter(|&(_, spread)| spread > 0.0)?;
        (CATALOGUE[metric].better != Better::Neither).then(|| normal_cdf(mean.abs() / spread))
    }
}

/// Compares the arms of every change of a variant, of which there are `changes`; the intervals of one metric hold
/// together over the changes with `confidence` (Bonferroni).
#[must_use]
pub fn trials(chunk: &Chunk, variant: usize, changes: usize, confidence: f64) -> Vec<Trial> {
    let each = bonferroni(confidence, changes.max(1));
    (0..changes)
        .map(|change| {
            let arm = |treated| -> Vec<Option<&SliceOutcome>> {
                let slice = Slice::Arm { change: change as u8, treated };
                chunk.of(variant).map(|it| it.arms.iter().find(|one| one.slice == slice)).collect()
            };
            let (treated, other) = (arm(true), arm(false));
            let column = |arm: &[Option<&SliceOutcome>], metric: usize| -> Vec<Option<f64>> {
                arm.iter().map(|one| one.and_then(|one| one.metrics[metric])).collect()
            };
            let difference = |metric: usize| {
                let columns = [&treated, &other].map(|arm| column(arm, metric));
                PairedDifference::of(&columns[0], &columns[1], each, CATALOGUE[metric].better)
            };
            let accounts = |arm: &[Option<&SliceOutcome>]| {
                let total: u64 = arm.iter().flatten().map(|one| u64::from(one.accounts)).sum();
                if arm.is_empty() { 0.0 } else { total as f64 / arm.len() as f64 }
            };
            Trial {
                change,
                treated_accounts: accounts(&treated),
                other_accounts: accounts(&other),
                treated: estimates_of(|metric| column(&treated, metric), confidence),
                other: estimates_of(|metric| column(&other, metric), confidence),
                differences: (0..CATALOGUE.len()).map(difference).collect(),
            }
        })
        .collect()
}
