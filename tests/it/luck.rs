//! Luck taken out: numbers of zero expectation that follow from the draws, and means adjusted by them.

use std::sync::atomic::AtomicBool;

use journeysim::base::stats::{ControlledMean, Estimate};
use journeysim::experiment::control;
use journeysim::experiment::replicate::{Chunk, Options, Watch, run_range};
use journeysim::metrics::{luck::Control, position};
use journeysim::scenario::load::Experiment;
use serde_json::Value as Json;

use crate::cli::{Scenario, VARIANTS, code, journeysim, small, stdout};
use crate::trial::{experiment, mean_and_error};

fn run(experiment: &Experiment) -> Chunk {
    let watch = Watch { finished: &|| (), stop: &AtomicBool::new(false), cells: None };
    run_range(experiment, 0..experiment.replications, &Options::default(), &watch)
        .expect("threads can be started")
}

fn metric(name: &str) -> usize {
    position(name).expect("it is listed")
}

/// Six in ten renewals are looked at twice here, on an early day and at the term's end, and in half of the
/// late ones no extension is approved. Forty-eight means at 5 standard errors of 24 replications: chance 2e-3
/// over all seeds.
#[test]
fn what_luck_did_beyond_what_was_probable_is_nothing_on_average_under_every_program() {
    let changes =
        ["replications=24", "renewal.early=60%", "renewal.late=20%", "renewal.extension_probability=50%"];
    for file in ["programs.toml", "named-book.toml"] {
        let experiment = experiment(file, &changes);
        let chunk = run(&experiment);
        for (at, variant) in experiment.variants.iter().enumerate() {
            for control in Control::ALL {
                let values: Vec<f64> =
                    chunk.of(at).map(|outcome| outcome.controls[control.place()]).collect();
                let (mean, error) = mean_and_error(&values);
                let errors = mean / error;
                assert!(
                    errors.abs() < 4.5,
                    "{file}, {}: {control:?} is {errors:.1} errors off",
                    variant.name
                );
            }
        }
    }
}

/// All customers come up once, in the second of two years: retention is 1 - (lost share)/2, and all of its luck is in
/// the control. What is left is the truth, to rounding.
#[test]
fn where_renewals_are_all_the_luck_there_is_the_adjusted_mean_is_the_truth() {
    let chunk =
        run(&experiment("validation/constant-hazard.toml", &["horizon=2y", "population.accounts=60"]));
    for name in ["logo_retention", "gross_revenue_retention"] {
        let found = control::mean(&chunk, 0, metric(name), 0.95).expect("luck varies");
        assert!((found.mean - 0.95).abs() < 1e-12, "{name}: {found:?}");
        assert!(found.ci_high - found.ci_low < 1e-9 && found.gain.is_none(), "{name}: {found:?}");
    }
}

/// Forty experiments of ten replications; retention is 0.975 for certain reasons that the scenario gives.
/// Given the terms, luck has the variance 0.5 × 0.1 × 0.9 for each account, the terms themselves 0.25 × 0.1²:
/// 0.0475 in all, 0.0025 left. So the control cuts the variance 19 times, less the 8/7 that estimating its
/// coefficient costs.
#[test]
fn a_known_retention_is_met_sooner_and_covered_with_luck_taken_out() {
    let chunk = run(&experiment("validation/known-retention.toml", &[]));
    let (truth, logos) = (0.975, metric("logo_retention"));
    let parts: Vec<Chunk> =
        chunk.replications.chunks(10).map(|part| Chunk { first: 0, replications: part.to_vec() }).collect();
    let adjusted: Vec<ControlledMean> =
        parts.iter().map(|part| control::mean(part, 0, logos, 0.95).expect("luck varies")).collect();
    let plain: Vec<f64> = parts
        .iter()
        .map(|part| {
            let values: Vec<f64> = part.column(0, logos).into_iter().flatten().collect();
            Estimate::of(&values, 0.95).expect("there are ten").mean
        })
        .collect();

    let covered = adjusted.iter().filter(|mean| mean.ci_low <= truth && truth <= mean.ci_high).count();
    assert!(covered >= 33, "{covered} of 40 intervals of 95 % cover: 4 standard errors are 5.5");
    let means: Vec<f64> = adjusted.iter().map(|mean| mean.mean).collect();
    let ((mean, error), (_, plain_error)) = (mean_and_error(&means), mean_and_error(&plain));
    assert!((mean - truth).abs() < 4.0 * error, "{mean} ± {error} instead of {truth}");
    let gained = plain_error * plain_error / (error * error);
    // A ratio of two variances of 40 values each: within a factor of 2.5 at 4 standard errors.
    let expected = 19.0 * 7.0 / 8.0;
    assert!(gained > expected / 2.5, "variance cut {gained:.1} times instead of {expected:.1}");
    let stated = control::mean(&chunk, 0, logos, 0.95).and_then(|mean| mean.gain).expect("luck is left");
    assert!((stated / 19.0 - 1.0).abs() < 0.5, "stated {stated:.1} of 19: 4 errors of 400 replications");
}

/// Where renewals are all the luck there is, ten replications are enough for any width; plain ones would have
/// to be ten thousands.
#[test]
fn a_precision_with_luck_taken_out_is_reached_where_a_plain_one_is_far_away() {
    let precision = "[precision]\nmetric = \"gross_revenue_retention\"\nhalf_width = \"0.01pp\"\nmost = 12\n";
    let hazard = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/validation/constant-hazard.toml");
    let ask = |more: &str| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("own.toml");
        let small = "horizon = \"2y\"\n[population]\naccounts = 40\n";
        std::fs::write(&file, format!("extends = {hazard:?}\n{small}{precision}{more}")).expect("writable");
        journeysim(&["run", file.to_str().expect("UTF-8"), "--json"])
    };
    assert_eq!(code(&ask("")), 2, "ten replications of forty accounts are that sure by themselves");
    let output = ask("control_variates = true\n");
    let document: Json = serde_json::from_str(stdout(&output)).expect("a document");
    assert_eq!(document["stopped_by"], "precision");
    assert_eq!(document["precision"]["control_variates"], true);
    assert_eq!(document["replications"], 10);
}

/// Every part of the book has its row, every quantile its column, and no line is wider than the terminal.
#[test]
fn parts_of_the_book_and_quantiles_are_shown_on_demand() {
    let scenario = Scenario::new(VARIANTS);
    let output = journeysim(&small(&["compare", &scenario.file, "--by", "segment", "--quantiles"]));
    let text = stdout(&output);
    for word in
        ["By segment:", "mid-market", "as-is (baseline)", "Gross revenue retention (points)", "Median"]
    {
        assert!(text.contains(word), "{word}:\n{text}");
    }
    assert!(text.lines().all(|line| line.chars().count() <= 110), "{text}");
    let plain = journeysim(&small(&["compare", &scenario.file]));
    assert!(!stdout(&plain).contains("Median") && !stdout(&plain).contains("By segment"));
}
