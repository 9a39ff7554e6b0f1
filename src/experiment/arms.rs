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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::replicate::Outcome;

    /// Every metric of an arm is the value; so many accounts.
    fn arm(change: u8, treated: bool, value: f64, accounts: u32) -> SliceOutcome {
        let metrics = vec![Some(value); CATALOGUE.len()];
        SliceOutcome { slice: Slice::Arm { change, treated }, metrics, accounts, transfers: 0 }
    }

    fn chunk(arms: &[&[SliceOutcome]]) -> Chunk {
        let outcome = |arms: &&[SliceOutcome]| vec![Outcome { arms: arms.to_vec(), ..Outcome::default() }];
        Chunk { first: 0, replications: arms.iter().map(outcome).collect() }
    }

    /// Differences of 1, 2 and 3 have a mean of 2 and a standard deviation of 1; of normal numbers of that kind 97.72 % are
    /// above zero.
    #[test]
    fn arms_are_compared_replication_by_replication() {
        let of = |value: f64| [arm(0, true, 5.0 + value, 10), arm(0, false, 5.0, 30)];
        let (one, two, three) = (of(1.0), of(2.0), of(3.0));
        let found = trials(&chunk(&[&one, &two, &three]), 0, 1, 0.95);
        let [Trial { treated_accounts, other_accounts, differences, .. }] = &found[..] else {
            panic!("one change")
        };
        assert_eq!((*treated_accounts, *other_accounts), (10.0, 30.0));
        assert_eq!((differences[0].mean, differences[0].stddev), (Some(2.0), Some(1.0)));
        assert!((found[0].shows_its_sign(0).unwrap() - 0.977_249_868).abs() < 1e-8);
        let neither = CATALOGUE.iter().position(|metric| metric.better == Better::Neither).unwrap();
        assert_eq!(found[0].shows_its_sign(neither), None);
    }

    /// In the second replication nobody is left to compare with.
    #[test]
    fn a_replication_with_an_empty_arm_is_counted_and_not_compared() {
        let (both, alone) = ([arm(1, true, 3.0, 4), arm(1, false, 1.0, 4)], [arm(1, true, 9.0, 8)]);
        let found = trials(&chunk(&[&both, &alone]), 0, 2, 0.90);
        assert_eq!(found[0].differences[0].mean, None);
        let difference = found[1].differences[0];
        assert_eq!((difference.mean, difference.n, difference.n_missing), (Some(2.0), 1, 1));
        assert_eq!((found[1].treated_accounts, found[1].other_accounts), (6.0, 2.0));
        assert!((difference.confidence - 0.95).abs() < 1e-12, "two changes share what may go wrong");
    }
}
