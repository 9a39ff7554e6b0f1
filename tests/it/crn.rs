//! Common random numbers: two variants of a program meet the same luck, so that few replications tell them apart.

use std::sync::atomic::AtomicBool;

use journeysim::experiment::compare::{ceilings, difference};
use journeysim::experiment::replicate::{Chunk, Options, Watch, run_range};
use journeysim::metrics::CATALOGUE;
use journeysim::scenario::load::Experiment;

use crate::trial::{experiment, mean_and_error};

fn run(experiment: &Experiment) -> Chunk {
    let watch = Watch { finished: &|| (), stop: &AtomicBool::new(false), cells: None };
    run_range(experiment, 0..experiment.replications, &Options::default(), &watch)
        .expect("threads can be started")
}

/// What pairing gains on gross revenue retention, and what one shared uniform for each renewal allows.
struct Gain {
    name: String,
    correlation: f64,
    /// One over the factor by which pairing cuts the variance of the difference.
    left: f64,
    ceiling: f64,
    ceiling_left: f64,
}

fn gains(experiment: &Experiment) -> Vec<Gain> {
    let chunk = run(experiment);
    let metric =
        CATALOGUE.iter().position(|metric| metric.name == "gross_revenue_retention").expect("it is listed");
    let ceilings = ceilings(&chunk, experiment.variants.len(), experiment.baseline);
    ceilings
        .into_iter()
        .map(|ceiling| {
            let paired = difference(&chunk, ceiling.variant, experiment.baseline, metric, 0.95);
            let shared = ceiling.ceiling.expect("renewals are left to luck");
            Gain {
                name: experiment.variants[ceiling.variant].name.clone(),
                correlation: paired.correlation.expect("retention varies"),
                left: 1.0 / paired.variance_reduction.expect("retention varies"),
                ceiling: shared.correlation,
                ceiling_left: shared.variance_reduction.map_or(0.0, |factor| 1.0 / factor),
            }
        })
        .collect()
}

/// Reaching 80 % of the ceiling's variance reduction means that at most 1.25 times the ceiling's variance is
/// left. What else is shared, such as the opening book and the shocks, brings pairs of these variants beyond
/// the ceiling.
#[test]
fn pairing_reaches_the_variance_reduction_that_shared_uniforms_allow_and_one_more_touchpoint_takes_none_of_it()
 {
    let gains = gains(&experiment("validation/common-luck.toml", &[]));
    assert_eq!(gains.len(), 4);
    for Gain { name, correlation, left, ceiling, ceiling_left } in &gains {
        let numbers = format!(
            "correlation {correlation:.4} ({ceiling:.4}), variance left {left:.4} ({ceiling_left:.4})"
        );
        assert!(0.0 < *ceiling_left && *ceiling_left < 0.1, "{name}: little can be shared: {numbers}");
        assert!(0.8 * left <= *ceiling_left, "{name}: {numbers}");
    }
    let correlation = |name: &str| gains.iter().find(|gain| gain.name == name).unwrap().correlation;
    let (usual, more) = (correlation("quarterly"), correlation("quarterly-and-mail"));
    // The mail tires its readers a little, so that other mails move them less.
    assert!(more > usual - 0.005, "{more} with one more mail, {usual} without");
}

/// Two thresholds on one seed, and one of them on another seed as well: independent seeds leave 80 % of the
/// ceiling's factor more variance at least. Differences are rare, so few replications know their variance badly: of 150 a
/// side the factor was found between 1.2 and 3.9 times the ceiling.
#[test]
fn thresholds_on_one_seed_differ_with_a_fraction_of_the_variance_of_independent_seeds() {
    let options = Options { only: Some(vec![0, 2]), ..Options::default() };
    let run = |changes: &[&str]| {
        let experiment = experiment("thresholds.toml", changes);
        let names = [0, 2].map(|at: usize| experiment.variants[at].name.clone());
        assert_eq!((experiment.baseline, names), (0, ["80-30".to_owned(), "60-20".to_owned()]));
        let watch = Watch { finished: &|| (), stop: &AtomicBool::new(false), cells: None };
        run_range(&experiment, 0..150, &options, &watch).expect("threads can be started")
    };
    let (one, other) = (run(&[]), run(&["seed=1000"]));
    let gross = CATALOGUE.iter().position(|metric| metric.name == "gross_revenue_retention").expect("listed");
    let variance = |variant: Vec<Option<f64>>| {
        let baseline = one.column(0, gross).into_iter();
        let differences: Vec<f64> = variant
            .into_iter()
            .zip(baseline)
            .map(|(v, b)| v.expect("measured") - b.expect("measured"))
            .collect();
        let (_, error) = mean_and_error(&differences);
        error * error
    };
    let factor = variance(other.column(1, gross)) / variance(one.column(1, gross));
    let ceiling = ceilings(&one, 2, 0)[0].ceiling.and_then(|ceiling| ceiling.variance_reduction);
    let ceiling = ceiling.expect("odds differ");
    assert!(
        factor > 0.8 * ceiling,
        "variance cut {factor:.0} times; renewals alone allow {ceiling:.0} times"
    );
}
