//! The event logs of chosen replications.
//!
//! A log is many times as large as all else that a replication leaves behind. So it is not kept with the results: a
//! replication whose log is asked for is run once more, which gives the same events, and only one log is in memory at a
//! time.

use std::ops::Range;

use crate::engine::record::Record;
use crate::engine::run::{Keep, Opening};
use crate::scenario::load::{Experiment, Variant};

/// One replication of one variant, with its log.
#[derive(Debug)]
pub struct Logged<'a> {
    /// The variant.
    pub variant: &'a Variant,
    /// The replication.
    pub replication: u32,
    /// What it left behind.
    pub record: Record,
}

/// Runs `replications` of all variants one after the other, each as soon as it is asked for.
pub fn logs(experiment: &Experiment, replications: Range<u32>) -> impl Iterator<Item = Logged<'_>> {
    replications.flat_map(move |replication| {
        let opening = Opening::new(&experiment.variants[experiment.baseline].scenario, replication);
        experiment.variants.iter().map(move |variant| {
            let record = opening.run(&variant.scenario, Keep { log: true });
            Logged { variant, replication, record }
        })
    })
}
