//! From files to an experiment: a scenario, its variants, and how often it is repeated.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};

use crate::language::document::Document;
use crate::language::fault::{Fault, Faults};
use crate::language::source::{FileReader, ReadError};
use crate::language::{AssumptionUse, Name};
use crate::scenario::book::{self, Around, BOOK_IN_VARIANT, BookSummary, Listing};
use crate::scenario::file::{ScenarioFile, VariantFile};
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

/// A scenario whose files are read once, to be tried with other overrides many times.
#[derive(Debug)]
pub struct Template {
    file: String,
    overrides: Vec<String>,
    files: Mutex<Remembered>,
}

impl Template {
    /// Takes the scenario `file` with `overrides`, which are in force at every point.
    #[must_use]
    pub fn new(file: &str, overrides: &[String], files: Box<dyn FileReader + Send>) -> Self {
        let files = Mutex::new(Remembered { files, read: BTreeMap::new() });
        Self { file: file.to_owned(), overrides: overrides.to_vec(), files }
    }

    /// Reads the experiment with further overrides, which win over the first ones.
    ///
    /// # Errors
    ///
    /// All faults of the scenario at this point, if there is any.
    pub fn at(&self, overrides: &[String]) -> Result<Experiment, Faults> {
        let all: Vec<String> = self.overrides.iter().chain(overrides).cloned().collect();
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        experiment(&self.file, &all, &mut *files)
    }
}

/// Files that are read once.
struct Remembered {
    files: Box<dyn FileReader + Send>,
    read: BTreeMap<PathBuf, Result<Vec<u8>, ReadError>>,
}

impl std::fmt::Debug for Remembered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.read.keys()).finish()
    }
}

impl FileReader for Remembered {
    fn read(&mut self, path: &Path, limit: u64) -> Result<Vec<u8>, ReadError> {
        let Self { files, read } = self;
        read.entry(path.to_owned()).or_insert_with(|| files.read(path, limit)).clone()
    }

    fn names(&mut self, folder: &Path) -> Vec<String> {
        self.files.names(folder)
    }
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
    let Some(mut base) = read(&document, files, &mut faults) else { return Err(faults) };
    base.find_book(&document, &mut faults);
    let own = &base.file;
    check::experiment(own, &document, &mut faults);
    let mut overlays = Vec::new();
    for variant in &own.variant {
        let mut overlaid = document.clone();
        if !variant.extends.is_empty() {
            let also: Vec<String> = variant.extends.iter().map(|name| name.as_str().to_owned()).collect();
            overlaid = Document::load_extended(file, &also, files, &mut faults);
            for written in overrides {
                overlaid.set_from_text(written, &mut faults);
            }
        }
        let is_set = variant.set.0.iter().filter(|change| !overlaid.set(change, &mut faults)).count() == 0;
        let Some(mut overlay) = read(&overlaid, files, &mut faults) else { continue };
        overlay.is_whole &= is_set;
        if overlay.file.book == own.book {
            overlay.file.book.clone_from(&own.book);
            overlay.book.clone_from(&base.book);
        } else {
            report_other_book(variant, &overlaid, &mut faults);
            overlay.is_whole = false;
        }
        overlays.push((variant, overlay));
    }
    let uses: Vec<_> =
        overlays.iter().map(|(variant, overlay)| (variant.name.as_str(), &overlay.assumptions[..])).collect();
    check::sensitivity(own, &base.assumptions, &uses, &document, &mut faults);
    let named = own.baseline.as_ref().map(Name::as_str);
    let baseline = overlays.iter().position(|(variant, _)| Some(variant.name.as_str()) == named).unwrap_or(0);
    if overlays.iter().all(|(_, overlay)| overlay.is_whole) {
        let files: Vec<_> = overlays.iter().map(|(variant, overlay)| (*variant, &overlay.file)).collect();
        check::variants(&files, baseline, &document, &mut faults);
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let mut notes = base.notes.clone();
    let mut variants = Vec::new();
    for (variant, overlay) in overlays {
        let new: Vec<Fault> = overlay.notes.iter().filter(|note| !notes.contains(note)).cloned().collect();
        notes.extend(new);
        variants.push(Variant {
            name: variant.name.as_str().to_owned(),
            title: variant.title.as_ref().map(|title| title.as_str().to_owned()),
            changes: variant
                .set
                .0
                .iter()
                .map(|change| (change.path.clone(), change.value.to_string()))
                .collect(),
            scenario: overlay.scenario(),
        });
    }
    let scenario = base.clone().scenario();
    if variants.is_empty() {
        variants.push(Variant {
            name: check::ONLY.to_owned(),
            title: None,
            changes: Vec::new(),
            scenario: scenario.clone(),
        });
    }
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

/// A document as read and checked.
#[derive(Clone)]
struct Checked {
    file: ScenarioFile,
    book: Option<Arc<Listing>>,
    assumptions: Vec<AssumptionUse>,
    notes: Vec<Fault>,
    /// Whether every setting in it could be read.
    is_whole: bool,
}

impl Checked {
    /// Reads the list of accounts that the scenario names, if it names one.
    fn find_book(&mut self, document: &Document, faults: &mut Faults) {
        let Self { file, notes, .. } = self;
        let Some(settings) = &file.book else { return };
        if faults.iter().any(|fault| fault.path.split('.').next() == Some("book")) {
            // A list read in another way than was meant would be blamed for it.
            return;
        }
        let around = Around { opens: file.start.get(), soft_caps: file.population.soft_cap.get() > 0.0 };
        self.book = book::listing(settings, around, document, faults, notes).map(Arc::new);
    }

    /// Makes it runnable; only where nothing is at fault.
    fn scenario(self) -> Scenario {
        let own = self.file.own_program();
        let programs = std::iter::once(own).chain(self.file.portfolio.values().cloned()).collect();
        Scenario::new(self.file, programs, self.assumptions, self.book)
    }
}

/// Reads and checks one document, but for its list of accounts; [`None`] if too little of it can be read.
fn read(document: &Document, files: &mut dyn FileReader, faults: &mut Faults) -> Option<Checked> {
    let reading = document.read::<ScenarioFile>(files, faults);
    let is_whole = reading.value.is_some();
    let file = reading.value.or(reading.partial)?;
    check::scenario(&file, document, faults);
    Some(Checked { file, book: None, assumptions: reading.assumptions, notes: reading.notes, is_whole })
}

/// Reports that a variant changes the list of accounts.
fn report_other_book(variant: &VariantFile, overlaid: &Document, faults: &mut Faults) {
    let about = variant.set.0.iter().find(|change| change.path.split('.').next() == Some("book"));
    let (at, path) = about.map_or((overlaid.origin("book"), "book"), |change| (change.origin, &change.path));
    let message = format!("the variant {} changes the list of accounts", variant.name);
    let help = "all variants start from one opening book; set it for the scenario as a whole";
    faults.report(Fault::new(BOOK_IN_VARIANT, &overlaid.sources, at, path, message, help));
}

fn inputs(document: &Document, scenario: &Scenario) -> Vec<InputFile> {
    let texts = document.sources.iter().map(|source| InputFile::of(&source.name, source.text.as_bytes()));
    texts.chain(scenario.book.iter().map(|book| book.input.clone())).collect()
}
