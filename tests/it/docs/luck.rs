//! The page of common random numbers: what pairing cuts, measured against independent seeds.

use std::sync::atomic::AtomicBool;

use journeysim::base::stats::{PairedDifference, student_quantile};
use journeysim::experiment::replicate::{Chunk, Options, Watch, run_range};
use journeysim::experiment::{compare, read};
use journeysim::language::source::Disk;
use journeysim::metrics::{self, CATALOGUE};
use journeysim::output::words::digits;
use journeysim::scenario::load::Experiment;

use super::{hold_parts, root, table};

/// The comparisons that are shipped with a seed of their own, and another one that shares nothing with it.
const COMPARISONS: [&str; 4] = ["thresholds", "check-in-cadence", "lighthouse-escalation", "programs"];
const OTHER_SEED: &str = "seed=1000003";

const CONFIDENCE: f64 = 0.95;

fn run(name: &str, overrides: &[String]) -> (Experiment, Chunk) {
    let path = root().join(format!("scenarios/{name}.toml"));
    let experiment = read::experiment(path.to_str().expect("UTF-8"), overrides, &mut Disk)
        .unwrap_or_else(|faults| panic!("{faults}"));
    let watch = Watch { finished: &|| (), stop: &AtomicBool::new(false), cells: None };
    let chunk = run_range(&experiment, 0..experiment.replications, &Options::default(), &watch)
        .expect("threads can be started");
    (experiment, chunk)
}

/// A row for each variant that differs from its baseline at all, from the replications of both seeds.
fn rows(name: &str) -> Vec<Vec<String>> {
    let (experiment, own) = run(name, &[]);
    let (_, other) = run(name, &[OTHER_SEED.to_owned()]);
    let (count, baseline) = (experiment.variants.len(), experiment.baseline);
    let both = |one: &Chunk, next: &Chunk| {
        let replications = one.replications.iter().chain(&next.replications).cloned().collect();
        Chunk { first: 0, replications }
    };
    let (chunk, swapped) = (both(&own, &other), both(&other, &own));
    let gross = metrics::position("gross_revenue_retention").expect("it is listed");
    let mut rows = Vec::new();
    for ceiling in compare::ceilings(&chunk, count, baseline) {
        let variant = ceiling.variant;
        let against = |chunk_of_variant: &Chunk| {
            let (variant, baseline) =
                (chunk_of_variant.column(variant, gross), chunk.column(baseline, gross));
            PairedDifference::of(&variant, &baseline, CONFIDENCE, CATALOGUE[gross].better)
        };
        let (paired, apart) = (against(&chunk), against(&swapped));
        let [Some(paired_sd), Some(apart_sd)] = [paired.stddev, apart.stddev] else { continue };
        if paired_sd == 0.0 {
            continue;
        }
        let points = |value: f64| digits(100.0 * value, 2);
        // As the replications of one run give it.
        let n = f64::from(own.len());
        let half = |sd: f64| student_quantile(0.5 + CONFIDENCE / 2.0, n - 1.0) * sd / n.sqrt();
        let cut = apart_sd * apart_sd / (paired_sd * paired_sd);
        let allowed = ceiling.ceiling.and_then(|ceiling| ceiling.variance_reduction).expect("odds differ");
        let title = &experiment.variants[variant].name;
        assert!(cut >= 0.8 * allowed, "{name}, {title}: {cut:.1} of {allowed:.1}");
        rows.push(vec![
            format!("`{name}`"),
            title.clone(),
            points(paired.mean.expect("measured")),
            format!("± {}", points(half(apart_sd))),
            format!("± {}", points(half(paired_sd))),
            times(cut),
            times(allowed),
            format!("{} %", digits(100.0 * cut / allowed, 0)),
        ]);
    }
    rows
}

fn times(factor: f64) -> String {
    format!("{} times", digits(factor, usize::from(factor < 10.0)))
}

#[test]
#[ignore = "takes a minute: run by `cargo xtask refresh`; crn.rs holds what it shows for one comparison"]
fn the_page_of_common_random_numbers_shows_what_pairing_cuts() {
    let headings = [
        "Comparison",
        "Variant",
        "Difference (points)",
        "Independent seeds",
        "Common numbers",
        "Variance cut",
        "Renewals alone allow",
        "Reached",
    ];
    let rows: Vec<Vec<String>> = COMPARISONS.into_iter().flat_map(rows).collect();
    hold_parts("docs/background/common-random-numbers.md", |what| {
        assert_eq!(what, "variance cut");
        table(&headings, &rows, 2)
    });
}
