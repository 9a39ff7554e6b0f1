//! The same numbers for parts of the book: by segment, by program and by cohort.
//!
//! A slice is there in a replication if some account of it was ever under contract. Retention belongs to the segment
//! and the program that held an account when a window opened; everything else follows the account to where it
//! is at the horizon. How many accounts moved is counted as transfers.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::base::stats::{Estimate, PairedDifference, bonferroni};
use crate::base::time::Day;
use crate::engine::record::Record;
use crate::experiment::compare::estimates_of;
use crate::experiment::replicate::{Chunk, Outcome};
use crate::metrics::since::since;
use crate::metrics::{self, CATALOGUE, Members, Slice, View};
use crate::scenario::change::Change;

/// What one replication says of one slice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SliceOutcome {
    /// Whose numbers they are.
    pub slice: Slice,
    /// The metrics in the order of the catalogue; [`None`] where there was nothing to measure.
    pub metrics: Vec<Option<f64>>,
    /// Its accounts that were under contract at some time; in an arm, since the day of the change.
    pub accounts: u32,
    /// How often accounts that are in the slice at the horizon moved to another program or team.
    pub transfers: u64,
}

/// What all replications of a variant say of one slice.
#[derive(Debug, Clone, PartialEq)]
pub struct SliceEstimates {
    /// Whose numbers they are.
    pub slice: Slice,
    /// The metrics in the order of the catalogue; [`None`] where no replication had anything to measure.
    pub metrics: Vec<Option<Estimate>>,
    /// Transfers a replication, of those in which the slice is there.
    pub transfers: Option<Estimate>,
}

/// What slices are made by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SliceKind {
    /// Customers by the developers they employ.
    Segment,
    /// The program that looks after them.
    Program,
    /// The calendar quarter in which they closed.
    Cohort,
}

impl SliceKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Segment, Self::Program, Self::Cohort];

    /// Returns its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Segment => "segment",
            Self::Program => "program",
            Self::Cohort => "cohort",
        }
    }

    /// Returns the kind called `name`.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    const fn has(self, slice: Slice) -> bool {
        match slice {
            Slice::All | Slice::Arm { .. } => false,
            Slice::Segment(_) => matches!(self, Self::Segment),
            Slice::Program(_) => matches!(self, Self::Program),
            Slice::Cohort(_) => matches!(self, Self::Cohort),
        }
    }
}

/// How the variants differ from the baseline in one slice, on one metric.
#[derive(Debug, Clone, PartialEq)]
pub struct SliceDifference {
    /// Whose numbers they are.
    pub slice: Slice,
    /// The baseline's mean.
    pub baseline: Estimate,
    /// Each variant minus the baseline, in the order of variants.
    pub variants: Vec<PairedDifference>,
}

/// Compares every variant but `baseline` with it on one metric in every slice of a kind.
///
/// Slices that under half of the replications have something to measure in under the baseline are left out; how many
/// is returned as well. The intervals hold together over variants and slices (Bonferroni).
#[must_use]
pub fn differences(
    chunk: &Chunk,
    (variants, baseline): (usize, usize),
    kind: SliceKind,
    metric: usize,
    confidence: f64,
) -> (Vec<SliceDifference>, usize) {
    let outcomes = |variant| chunk.of(variant).flat_map(|outcome| &outcome.slices);
    let of_kind = (0..variants).flat_map(outcomes).map(|one| one.slice).filter(|&slice| kind.has(slice));
    let slices: BTreeSet<Slice> = of_kind.collect();
    let column = |variant, slice| -> Vec<Option<f64>> {
        let find = |outcome: &Outcome| {
            outcome.slices.iter().find(|one| one.slice == slice).and_then(|one| one.metrics[metric])
        };
        chunk.of(variant).map(find).collect()
    };
    let mut known = Vec::new();
    for &slice in &slices {
        let own = column(baseline, slice);
        let measured: Vec<f64> = own.iter().copied().flatten().collect();
        let estimate = Estimate::of(&measured, confidence).filter(|it| 2 * it.n >= own.len());
        known.extend(estimate.map(|estimate| (slice, estimate, own)));
    }
    let left_out = slices.len() - known.len();
    let each = bonferroni(confidence, ((variants - 1) * known.len()).max(1));
    let difference = |(slice, estimate, own): (Slice, Estimate, Vec<Option<f64>>)| {
        let others = (0..variants).filter(|&variant| variant != baseline);
        let compared = others.map(|variant| {
            PairedDifference::of(&column(variant, slice), &own, each, CATALOGUE[metric].better)
        });
        SliceDifference { slice, baseline: estimate, variants: compared.collect() }
    };
    (known.into_iter().map(difference).collect(), left_out)
}

/// Measures every slice of what `whole` shows: segments, then programs, then cohorts, each in its order.
#[must_use]
pub fn outcomes(whole: &View<'_>) -> Vec<SliceOutcome> {
    let mut slices = BTreeSet::new();
    for account in whole.customers() {
        slices.insert(Slice::Segment(account.segment));
        slices.insert(Slice::Program(account.program));
        slices.insert(Slice::Cohort(account.cohort));
    }
    for window in &whole.record.windows {
        slices.insert(Slice::Segment(window.segment));
        slices.insert(Slice::Program(window.program));
    }
    slices.into_iter().map(|slice| outcome(whole, slice)).collect()
}

fn outcome(whole: &View<'_>, slice: Slice) -> SliceOutcome {
    let view = View { members: Some(&Members::of(slice, whole.record)), ..*whole };
    SliceOutcome {
        slice,
        metrics: metrics::values(&view),
        accounts: view.customers().count() as u32,
        transfers: view.total(|account| account.transfers),
    }
}

/// Measures the two arms of each dated change from its day on.
#[must_use]
pub fn arms(whole: &View<'_>, changes: &[Change]) -> Vec<SliceOutcome> {
    let from = |record: &Record, day: Day| {
        record.before.iter().find(|before| before.day == day).map(|before| since(record, before))
    };
    let mut arms = Vec::new();
    for (change, Change { day, .. }) in (0..).zip(changes) {
        let Some(record) = from(whole.record, *day) else { continue };
        let counterfactual = whole.counterfactual.and_then(|record| from(record, *day));
        let view = View { record: &record, counterfactual: counterfactual.as_ref(), ..*whole };
        let arm = |treated| outcome(&view, Slice::Arm { change, treated });
        arms.extend([true, false].map(arm).into_iter().filter(|arm| arm.accounts > 0));
    }
    arms
}

/// Estimates every slice of `variant` that is there in any replication.
#[must_use]
pub fn estimates(chunk: &Chunk, variant: usize, confidence: f64) -> Vec<SliceEstimates> {
    let all = || chunk.of(variant).flat_map(|outcome| outcome.slices.iter().chain(&outcome.arms));
    let slices: BTreeSet<Slice> = all().map(|outcome| outcome.slice).collect();
    let estimates = |slice| {
        let own: Vec<&SliceOutcome> = all().filter(|outcome| outcome.slice == slice).collect();
        let transfers: Vec<f64> = own.iter().map(|outcome| outcome.transfers as f64).collect();
        SliceEstimates {
            slice,
            metrics: estimates_of(
                |metric| own.iter().map(|outcome| outcome.metrics[metric]).collect(),
                confidence,
            ),
            transfers: Estimate::of(&transfers, confidence),
        }
    };
    slices.into_iter().map(estimates).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;
    use crate::experiment::example::small;
    use crate::experiment::replicate::{Options, Watch, run_range};
    use crate::population::segment::Segment;

    /// Revenue belongs to one segment, one program and one cohort, so the slices of a kind add up to the book.
    #[test]
    fn slices_of_one_kind_add_up_to_the_whole_book() {
        let options = Options { slices: true, ..Options::default() };
        let watch = Watch { finished: &|| (), stop: &AtomicBool::new(false), cells: None };
        let chunk = run_range(&small(""), 0..2, &options, &watch).unwrap();
        for name in ["opening_arr", "new_arr", "closing_arr", "churned_arr"] {
            let metric = metrics::position(name).unwrap();
            for outcome in chunk.of(0) {
                let sum = |kind: fn(Slice) -> bool| -> f64 {
                    let of_it = outcome.slices.iter().filter(|one| kind(one.slice));
                    of_it.filter_map(|one| one.metrics[metric]).sum()
                };
                let whole = outcome.metrics[metric].unwrap();
                for part in [
                    sum(|slice| matches!(slice, Slice::Segment(_))),
                    sum(|slice| matches!(slice, Slice::Program(_))),
                    sum(|slice| matches!(slice, Slice::Cohort(_))),
                ] {
                    assert!((part - whole).abs() < 0.005, "{name}: {part} of {whole}");
                }
            }
        }
        let kinds = chunk.of(0).flat_map(|outcome| &outcome.slices).map(|one| one.slice);
        assert!(
            kinds.filter(|slice| matches!(slice, Slice::Segment(_))).count() > 2,
            "there is one segment only"
        );
    }

    /// Two replications, of which the first has small customers only.
    #[test]
    fn a_slice_is_estimated_from_the_replications_in_which_it_is_there() {
        let slice = |segment, value, transfers| SliceOutcome {
            slice: Slice::Segment(segment),
            metrics: vec![value; CATALOGUE.len()],
            accounts: 1,
            transfers,
        };
        let outcome = |slices| vec![Outcome { slices, ..Outcome::default() }];
        let chunk = Chunk {
            first: 0,
            replications: vec![
                outcome(vec![slice(Segment::Smb, Some(0.5), 0)]),
                outcome(vec![slice(Segment::Smb, None, 3), slice(Segment::Enterprise, Some(0.25), 1)]),
            ],
        };
        let found = estimates(&chunk, 0, 0.95);
        let said = found.iter().map(|one| {
            let (metric, transfers) = (one.metrics[0].unwrap(), one.transfers.unwrap());
            (one.slice, (metric.mean, metric.n), (transfers.mean, transfers.n))
        });
        let expected = [
            (Slice::Segment(Segment::Smb), (0.5, 1), (1.5, 2)),
            (Slice::Segment(Segment::Enterprise), (0.25, 1), (1.0, 1)),
        ];
        assert_eq!(said.collect::<Vec<_>>(), expected);
    }

    /// Three replications of two variants: small customers differ by 0.1, 0.2 and 0.3 (mean 0.2, standard error
    /// 0.1 / sqrt 3), large ones are there once.
    #[test]
    fn variants_are_compared_in_each_slice_that_most_replications_have() {
        let slice = |segment, value| SliceOutcome {
            slice: Slice::Segment(segment),
            metrics: vec![Some(value); CATALOGUE.len()],
            accounts: 1,
            transfers: 0,
        };
        let outcome = |slices| Outcome { slices, ..Outcome::default() };
        let replication = |small: f64, more: Option<f64>| {
            let large = more.map(|value| slice(Segment::Enterprise, value));
            let baseline: Vec<SliceOutcome> = [slice(Segment::Smb, 0.5)].into_iter().chain(large).collect();
            vec![outcome(baseline), outcome(vec![slice(Segment::Smb, 0.5 + small)])]
        };
        let replications = vec![replication(0.1, None), replication(0.2, Some(0.9)), replication(0.3, None)];
        let chunk = Chunk { first: 0, replications };
        let (found, left_out) = differences(&chunk, (2, 0), SliceKind::Segment, 0, 0.9);
        assert_eq!((found.len(), left_out), (1, 1));
        let SliceDifference { slice, baseline, variants } = &found[0];
        assert_eq!((*slice, baseline.mean, variants.len()), (Slice::Segment(Segment::Smb), 0.5, 1));
        let half = 2.919_985_580_4 * 0.1 / 3.0_f64.sqrt();
        assert!((variants[0].mean.unwrap() - 0.2).abs() < 1e-12);
        assert!((variants[0].ci_high.unwrap() - 0.2 - half).abs() < 1e-9);
    }
}
