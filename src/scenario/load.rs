//! From files to an experiment: a scenario, its variants, and how often it is repeated.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::language::document::Document;
use crate::language::fault::{Fault, Faults};
use crate::language::source::FileReader;
use crate::scenario::book::{self, Around, BOOK_IN_VARIANT, BookSummary};
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

impl InputFile {
    /// Describes a file by its name and bytes.
    #[must_use]
    pub fn of(path: impl Into<String>, bytes: &[u8]) -> Self {
        let sha256 = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        Self { path: path.into(), sha256 }
    }
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
    /// The list of real accounts, if there is one: what was read of it, and what is drawn instead.
    pub book: Option<BookSummary>,
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
    let base = read(&document, None, files, &mut faults);
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
        let Some((read, more)) = read(&overlaid, Some(&scenario), files, &mut faults) else { continue };
        if read.file.book != scenario.file.book {
            let about = variant.set.0.iter().find(|change| change.path.split('.').next() == Some("book"));
            let (at, path) =
                about.map_or((document.origin("book"), "book"), |change| (change.origin, &change.path));
            let message = format!("the variant {} changes the list of accounts", variant.name);
            let help = "all variants start from one opening book; set it for the scenario as a whole";
            faults.report(Fault::new(BOOK_IN_VARIANT, &overlaid.sources, at, path, message, help));
            continue;
        }
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
            scenario: read,
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
        inputs: inputs(&document, &scenario),
        book: scenario.book.as_ref().map(|book| book.summary()),
        merged: toml::to_string(&document.root).unwrap_or_default(),
        variants,
        notes,
    })
}

/// Reads and checks one document; [`None`] if there is a fault. A variant shares the list of accounts of `base`.
fn read(
    document: &Document,
    base: Option<&Scenario>,
    files: &mut dyn FileReader,
    faults: &mut Faults,
) -> Option<(Scenario, Vec<Fault>)> {
    let before = faults.len();
    let reading = document.read::<ScenarioFile>(files, faults);
    let (mut file, mut notes) = (reading.value?, reading.notes);
    check::scenario(&file, document, faults);
    let book = match base {
        Some(base) if base.file.book == file.book => {
            file.book.clone_from(&base.file.book);
            base.book.clone()
        }
        _ => file.book.as_ref().and_then(|settings| {
            let around = Around { opens: file.start.get(), soft_caps: file.population.soft_cap.get() > 0.0 };
            book::listing(settings, around, document, faults, &mut notes).map(Arc::new)
        }),
    };
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
    Some((Scenario::new(file, programs, reading.assumptions, book), notes))
}

fn inputs(document: &Document, scenario: &Scenario) -> Vec<InputFile> {
    let texts = document.sources.iter().map(|source| InputFile::of(&source.name, source.text.as_bytes()));
    texts.chain(scenario.book.iter().map(|book| book.input.clone())).collect()
}
