//! Scenarios run from their files, as every test of the model begins.

use journeysim::engine::record::Record;
use journeysim::engine::run::{Keep, Opening};
use journeysim::language::source::Disk;
use journeysim::scenario::Scenario;
use journeysim::scenario::load::{self, Experiment};

/// Loads `scenarios/<file>` with `overrides` of the form `path=value`.
pub fn experiment(file: &str, overrides: &[&str]) -> Experiment {
    let path = format!("{}/scenarios/{file}", env!("CARGO_MANIFEST_DIR"));
    let overrides: Vec<String> = overrides.iter().map(|&text| text.to_owned()).collect();
    load::experiment(&path, &overrides, &mut Disk).unwrap_or_else(|faults| panic!("{file}: {faults}"))
}

/// Loads the baseline of `scenarios/<file>`.
pub fn baseline(file: &str, overrides: &[&str]) -> Scenario {
    let mut experiment = experiment(file, overrides);
    experiment.variants.swap_remove(experiment.baseline).scenario
}

/// Runs one replication of `scenario`, its own baseline.
pub fn replicate(scenario: &Scenario, replication: u32) -> Record {
    Opening::new(scenario, replication).run(scenario, Keep::default())
}

/// Runs one replication of every variant from the opening book that the baseline makes.
pub fn compare(experiment: &Experiment, replication: u32, keep: Keep) -> Vec<Record> {
    let opening = Opening::new(&experiment.variants[experiment.baseline].scenario, replication);
    experiment.variants.iter().map(|variant| opening.run(&variant.scenario, keep)).collect()
}

/// Returns the mean of `values` and its standard error.
pub fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    (mean, (squares / (n - 1.0) / n).sqrt())
}
