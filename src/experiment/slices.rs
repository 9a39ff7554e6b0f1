//! The same numbers for parts of the book: by segment, by program and by cohort.
//!
//! A slice is there in a replication if some account of it was ever under contract. Retention belongs to the segment
//! and the program that held an account when a window opened; everything else follows the account to where it is at the
//! horizon. How many accounts moved is counted as transfers.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::base::stats::Estimate;
use crate::base::time::Day;
use crate::engine::record::Record;
use crate::experiment::compare::estimates_of;
use crate::experiment::replicate::Chunk;
use crate::metrics::since::since;
use crate::metrics::{self, Slice, View};
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
    let outcome = |slice| outcome(&View { slice, ..*whole });
    slices.into_iter().map(outcome).collect()
}

fn outcome(view: &View<'_>) -> SliceOutcome {
    SliceOutcome {
        slice: view.slice,
        metrics: metrics::values(view),
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
        let arm = |treated| outcome(&View { slice: Slice::Arm { change, treated }, ..view });
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
    use crate::experiment::replicate::{Options, Outcome, Watch, run_range};
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
            metrics: vec![value; metrics::CATALOGUE.len()],
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
}
