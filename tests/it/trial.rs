//! Scenarios run from their files, as every test of the model begins.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use journeysim::engine::record::Record;
use journeysim::engine::run::{Keep, Opening};
use journeysim::language::source::{Disk, FileReader, ReadError};
use journeysim::scenario::Scenario;
use journeysim::scenario::load::{self, Experiment};

/// Loads `scenarios/<file>` with `overrides` of the form `path=value`.
pub fn experiment(file: &str, overrides: &[&str]) -> Experiment {
    let path = format!("{}/scenarios/{file}", env!("CARGO_MANIFEST_DIR"));
    let overrides: Vec<String> = overrides.iter().map(|&text| text.to_owned()).collect();
    load::experiment(&path, &overrides, &mut Disk).unwrap_or_else(|faults| panic!("{file}: {faults}"))
}

/// The project's scenarios, and beside them files of the test's own.
pub struct Files(BTreeMap<PathBuf, String>);

impl Files {
    /// The files of these paths, which are relative to the project.
    pub fn of<const N: usize>(files: [(&str, String); N]) -> Self {
        Self(files.into_iter().map(|(path, text)| (PathBuf::from(path), text)).collect())
    }
}

impl FileReader for Files {
    fn read(&mut self, path: &Path, limit: u64) -> Result<Vec<u8>, ReadError> {
        match self.0.get(path) {
            Some(text) => Ok(text.clone().into_bytes()),
            None => Disk.read(&Path::new(env!("CARGO_MANIFEST_DIR")).join(path), limit),
        }
    }

    fn names(&mut self, folder: &Path) -> Vec<String> {
        let own = self.0.keys().filter(|path| path.parent() == Some(folder));
        own.filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect()
    }
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
