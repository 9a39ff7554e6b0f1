//! The same scenario, seed and replications give the same bits: with any number of threads, and in debug and release
//! builds, with and without features. This module is run under both profiles; the digests below tie them together.

use std::sync::atomic::AtomicBool;

use journeysim::experiment::digest;
use journeysim::experiment::replicate::{Options, Watch, run_range};

use crate::trial::experiment;

/// Digests of two replications at seed 7. They say nothing about the model; they are here so that two builds which
/// disagree cannot both pass. A change of the model renews them, with a line "Results change:" in the changelog.
const DIGESTS: [(&str, &str); 2] = [
    ("check-in-cadence.toml", "b3bfe2f06b3774ce06dd3e3377fceef0d0910c05b5f548ec8b5e22c071eab79b"),
    ("programs.toml", "95c97b9ff60e524cbc244461ae48d01502ccc7c2676c558628dc03626cf6c475"),
];

fn digest_of(file: &str, threads: u32) -> String {
    let experiment = experiment(file, &["seed=7"]);
    let watch = Watch { finished: &|| (), stop: &AtomicBool::new(false) };
    let options = Options { threads: Some(threads), ..Options::default() };
    let chunk = run_range(&experiment, 0..2, options, &watch).expect("threads can be started");
    let names = experiment.variants.iter().map(|variant| variant.name.as_str());
    digest::of_all(&chunk, names)
}

#[test]
fn every_build_and_number_of_threads_gives_the_same_bits() {
    for (file, digest) in DIGESTS {
        for threads in [1, 2, 3, 8] {
            assert_eq!(digest_of(file, threads), digest, "{file} on {threads} threads");
        }
    }
}
