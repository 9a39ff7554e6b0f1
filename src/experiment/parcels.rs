//! Parcels: finished cells on their way from whoever ran them to whoever puts them together.
//!
//! A parcel holds a stretch of replications of some variants, and says of which plan and which version of the program. Its
//! metrics travel as columns.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::experiment::cells::Fingerprint;
use crate::experiment::replicate::{Options, Outcome, RunError, Watch, run_range};
use crate::scenario::load::Experiment;

/// The version of the program, which a parcel names.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Cells that are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stretch {
    /// Replications.
    pub replications: Range<u32>,
    /// Variants, as they are counted in the experiment.
    pub variants: Vec<usize>,
}

impl Stretch {
    /// Returns how many cells there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.replications.len() * self.variants.len()
    }
}

/// Finished cells.
#[derive(Debug, Clone, PartialEq)]
pub struct Parcel {
    /// Which cells they are.
    pub stretch: Stretch,
    /// By replication, then by variant in the order of the stretch.
    pub outcomes: Vec<Vec<Outcome>>,
}

/// Why a parcel is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misdelivery {
    /// It cannot be read: another version wrote it, or it was damaged on the way.
    #[error("a parcel of finished cells cannot be read: another version of journeysim may have sent it")]
    Unreadable,
    /// Another version of the program ran it.
    #[error("a worker has journeysim {found}, and this is {VERSION}: install the same version everywhere")]
    Version {
        /// The worker's version.
        found: String,
    },
    /// It is of another plan.
    #[error("a worker ran another plan: its scenario, seed or variants are others")]
    Plan,
    /// It does not hold the cells that it names.
    #[error("a parcel does not hold the cells that it names")]
    Incomplete,
}

/// What travels.
#[derive(Serialize, Deserialize)]
struct Packed {
    version: String,
    plan: Fingerprint,
    stretch: Stretch,
    /// Of each metric whether it is there in a cell, eight cells a byte, and the numbers that are.
    metrics: Vec<(Vec<u8>, Vec<f64>)>,
    /// All else of each cell.
    rest: Vec<Outcome>,
}

/// Runs cells. Where only some variants are asked for, the baseline is run beside them, because others are held against it.
///
/// # Errors
///
/// As [`run_range`]; [`None`] if it was stopped.
pub fn run(
    experiment: &Experiment,
    stretch: &Stretch,
    options: &Options,
    watch: &Watch<'_>,
) -> Result<Option<Parcel>, RunError> {
    let is_beside = !stretch.variants.contains(&experiment.baseline);
    let mut only = stretch.variants.clone();
    if is_beside {
        only.push(experiment.baseline);
    }
    let options = Options { only: Some(only), ..options.clone() };
    let mut chunk = run_range(experiment, stretch.replications.clone(), &options, watch)?;
    if chunk.len() as usize != stretch.replications.len() {
        return Ok(None);
    }
    for outcomes in &mut chunk.replications {
        outcomes.truncate(stretch.variants.len());
    }
    Ok(Some(Parcel { stretch: stretch.clone(), outcomes: chunk.replications }))
}

impl Parcel {
    /// Returns each cell with its replication and variant.
    pub fn cells(&self) -> impl Iterator<Item = (u32, usize, &Outcome)> {
        let Self { stretch, outcomes } = self;
        stretch.replications.clone().zip(outcomes).flat_map(move |(replication, outcomes)| {
            stretch
                .variants
                .iter()
                .zip(outcomes)
                .map(move |(&variant, outcome)| (replication, variant, outcome))
        })
    }

    /// Returns the bytes that travel, as those of a plan.
    #[must_use]
    pub fn pack(self, plan: &Fingerprint) -> Vec<u8> {
        let mut rest: Vec<Outcome> = self.outcomes.into_iter().flatten().collect();
        let count = rest.first().map_or(0, |outcome| outcome.metrics.len());
        let mut metrics = vec![(vec![0; rest.len().div_ceil(8)], Vec::new()); count];
        for (at, outcome) in rest.iter_mut().enumerate() {
            for ((there, values), metric) in metrics.iter_mut().zip(std::mem::take(&mut outcome.metrics)) {
                if let Some(value) = metric {
                    there[at / 8] |= 1 << (at % 8);
                    values.push(value);
                }
            }
        }
        let (version, plan, stretch) = (VERSION.to_owned(), *plan, self.stretch);
        postcard::to_stdvec(&Packed { version, plan, stretch, metrics, rest })
            .expect("invariant: numbers and texts can be written")
    }

    /// Reads what travelled, and refuses what is not of this plan and version.
    ///
    /// # Errors
    ///
    /// [`Misdelivery`].
    pub fn unpack(bytes: &[u8], plan: &Fingerprint) -> Result<Self, Misdelivery> {
        // The version comes first, so that it is known whatever follows.
        let (found, _) = postcard::take_from_bytes::<String>(bytes).map_err(|_| Misdelivery::Unreadable)?;
        if found != VERSION {
            return Err(Misdelivery::Version { found });
        }
        let packed: Packed = postcard::from_bytes(bytes).map_err(|_| Misdelivery::Unreadable)?;
        if packed.plan != *plan {
            return Err(Misdelivery::Plan);
        }
        let Packed { stretch, metrics, mut rest, .. } = packed;
        if stretch.variants.is_empty() || rest.len() != stretch.count() {
            return Err(Misdelivery::Incomplete);
        }
        for (there, values) in metrics {
            let mut values = values.into_iter();
            for (at, outcome) in rest.iter_mut().enumerate() {
                let byte = there.get(at / 8).ok_or(Misdelivery::Incomplete)?;
                let is_there = byte & (1 << (at % 8)) != 0;
                let value = is_there.then(|| values.next().ok_or(Misdelivery::Incomplete)).transpose()?;
                outcome.metrics.push(value);
            }
        }
        let mut rest = rest.into_iter();
        let width = stretch.variants.len();
        let outcomes = stretch.replications.clone().map(|_| rest.by_ref().take(width).collect()).collect();
        Ok(Self { stretch, outcomes })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;
    use crate::experiment::example::small;

    const VARIANTS: &str = "variant = [{ name = \"a\" }, { name = \"b\", set = { \"touchpoint.check-in.enabled\" = true } }, \
                            { name = \"c\", set = { \"touchpoint.check-in.every\" = \"60d\" } }]";

    fn parcel(replications: Range<u32>, variants: &[usize]) -> Parcel {
        let stretch = Stretch { replications, variants: variants.to_vec() };
        let watch = Watch { finished: &|| (), stop: &AtomicBool::new(false), cells: None };
        run(&small(VARIANTS), &stretch, &Options::default(), &watch).unwrap().expect("nobody stops it")
    }

    /// Everything an outcome holds, its comparison with the baseline included, whoever else is in the parcel.
    #[test]
    fn cells_arrive_as_they_are_run_among_all_others() {
        let whole = parcel(0..3, &[0, 1, 2]);
        let part = parcel(1..3, &[2, 1]);
        for (alone, among) in part.outcomes.iter().zip(&whole.outcomes[1..]) {
            assert!(alone[0] == among[2] && alone[1] == among[1]);
        }
        let plan = [7; 32];
        assert!(Parcel::unpack(&part.clone().pack(&plan), &plan) == Ok(part));
    }

    #[test]
    fn parcels_of_another_plan_or_version_are_refused() {
        let packed = parcel(0..1, &[0]).pack(&[7; 32]);
        assert_eq!(Parcel::unpack(&packed, &[8; 32]).err(), Some(Misdelivery::Plan));
        let mut newer = packed.clone();
        newer[1] = b'9';
        assert!(matches!(Parcel::unpack(&newer, &[7; 32]), Err(Misdelivery::Version { .. })));
        let cut = &packed[..packed.len() - 1];
        assert_eq!(Parcel::unpack(cut, &[7; 32]).err(), Some(Misdelivery::Unreadable));
    }

    #[test]
    fn whoever_is_stopped_sends_nothing() {
        let stretch = Stretch { replications: 0..1, variants: vec![0] };
        let watch = Watch { finished: &|| (), stop: &AtomicBool::new(true), cells: None };
        assert!(run(&small(""), &stretch, &Options::default(), &watch).unwrap().is_none());
    }
}
