//! From files to an experiment: a scenario, its variants, and how often it is repeated.

use crate::scenario::Scenario;

/// One way to run the scenario.
#[derive(Debug, Clone)]
pub struct Variant {
    /// Its name; the baseline of a scenario without variants is called "baseline".
    pub name: String,
    /// What it is, in words.
    pub title: Option<String>,
    /// The paths it sets and to what, as written.
    pub changes: Vec<(String, String)>,
    /// The scenario with its changes.
    pub scenario: Scenario,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputFile {
    /// As it was named.
    pub path: String,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

/// A scenario, its variants and the number of replications.
#[derive(Debug, Clone)]
pub struct Experiment {
    /// The scenario's name.
    pub name: String,
    /// The question it asks.
    pub question: Option<String>,
    /// In the order of the file; the baseline first if the file does not list it.
    pub variants: Vec<Variant>,
    /// Index of the baseline.
    pub baseline: usize,
    /// Number of replications.
    pub replications: u32,
    /// Seed.
    pub seed: u32,
    /// Files read, in the order read.
    pub inputs: Vec<InputFile>,
    /// The complete merged scenario, as TOML.
    pub merged: String,
}
