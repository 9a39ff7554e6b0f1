//! From files to an experiment: a scenario, its variants, and how often it is repeated.

use sha2::{Digest, Sha256};

use crate::language::document::Document;
use crate::language::fault::{Fault, Faults};
use crate::language::source::FileReader;
use crate::scenario::file::{ProgramFile, ScenarioFile};
use crate::scenario::{Scenario, check};

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
    pub seed: u64,
    /// Files read, in the order read.
    pub inputs: Vec<InputFile>,
    /// The complete merged scenario, as TOML.
    pub merged: String,
    /// What is no fault and worth knowing: assumptions outside their stated ranges.
    pub notes: Vec<Fault>,
}

/// Reads a scenario with its variants; `overrides` are texts of the form `path=value`, in force for all variants.
///
/// # Errors
///
/// All faults of all files and variants, if there is any.
pub fn experiment(
    file: &str,
    overrides: &[String],
    files: &mut dyn FileReader,
) -> Result<Experiment, Faults> {
    let mut faults = Faults::default();
    let mut document = Document::load(file, files, &mut faults);
    for written in overrides {
        document.set_from_text(written, &mut faults);
    }
    let base = read(&document, files, &mut faults);
    let Some((scenario, mut notes)) = base.filter(|_| faults.is_empty()) else { return Err(faults) };
    let own = &scenario.file;
    let mut variants = Vec::new();
    for variant in &own.variant {
        let mut overlaid = document.clone();
        if !variant.extends.is_empty() {
            let also: Vec<String> = variant.extends.iter().map(|name| name.as_str().to_owned()).collect();
            overlaid = Document::load_extended(file, &also, files, &mut faults);
            for written in overrides {
                overlaid.set_from_text(written, &mut faults);
            }
        }
        for change in &variant.set.0 {
            overlaid.set(change, &mut faults);
        }
        let Some((scenario, more)) = read(&overlaid, files, &mut faults) else { continue };
        notes.extend(more.into_iter().filter(|note| !notes.contains(note)).collect::<Vec<_>>());
        variants.push(Variant {
            name: variant.name.as_str().to_owned(),
            title: variant.title.as_ref().map(|title| title.as_str().to_owned()),
            changes: variant
                .set
                .0
                .iter()
                .map(|change| (change.path.clone(), change.value.to_string()))
                .collect(),
            scenario,
        });
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    if variants.is_empty() {
        variants.push(Variant {
            name: "baseline".to_owned(),
            title: None,
            changes: Vec::new(),
            scenario: scenario.clone(),
        });
    }
    let named = own.baseline.as_ref().map_or(variants[0].name.as_str(), |name| name.as_str());
    let baseline = variants.iter().position(|variant| variant.name == named).unwrap_or(0);
    Ok(Experiment {
        name: own.name.as_str().to_owned(),
        question: own.question.as_ref().map(|question| question.as_str().to_owned()),
        baseline,
        replications: own.replications.get(),
        seed: own.seed,
        inputs: inputs(&document),
        merged: toml::to_string(&document.root).unwrap_or_default(),
        variants,
        notes,
    })
}

/// Reads and checks one document; [`None`] if there is a fault.
fn read(
    document: &Document,
    files: &mut dyn FileReader,
    faults: &mut Faults,
) -> Option<(Scenario, Vec<Fault>)> {
    let before = faults.len();
    let reading = document.read::<ScenarioFile>(files, faults);
    let file = reading.value?;
    check::scenario(&file, document, faults);
    if faults.len() > before {
        return None;
    }
    let own = ProgramFile {
        program: file.program.clone(),
        stages: file.stages.clone(),
        health: file.health.clone(),
        assessment: file.assessment.clone(),
        lighthouse: file.lighthouse.clone(),
        touchpoint: file.touchpoint.clone(),
    };
    let programs = std::iter::once(own).chain(file.portfolio.values().cloned()).collect();
    Some((Scenario::new(file, programs, reading.assumptions), reading.notes))
}

fn inputs(document: &Document) -> Vec<InputFile> {
    let hash = |text: &str| Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
    document
        .sources
        .iter()
        .map(|source| InputFile { path: source.name.clone(), sha256: hash(&source.text) })
        .collect()
}
