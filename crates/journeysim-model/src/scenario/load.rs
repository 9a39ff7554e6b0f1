//! From files to an experiment: a scenario, its variants, and how often it is repeated.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};

use crate::language::document::Document;
use crate::language::fault::{Fault, Faults};
use crate::language::source::{FileReader, ReadError};
use crate::language::{AssumptionUse, Node, Override, Text};
use crate::scenario::book::{self, Around, BOOK_IN_VARIANT, BookSummary, Listing};
use crate::scenario::design::{Factor, Made};
use crate::scenario::file::{ProgramFile, ScenarioFile, VariantFile};
use crate::scenario::{Scenario, change, check};

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
    let document = document(file, overrides, files, &mut faults);
    experiment_of(&document, file, overrides, files, faults)
}

/// Reads the document of a scenario, `overrides` in force; what is wrong with its text and with them is added to `faults`.
pub fn document(
    file: &str,
    overrides: &[String],
    files: &mut dyn FileReader,
    faults: &mut Faults,
) -> Document {
    let mut document = Document::load(file, files, faults);
    for written in overrides {
        document.set_from_text(written, faults);
    }
    document
}

/// Reads a scenario with its variants from the [`document`] of `file` with `overrides`; `faults` are those of the document.
///
/// # Errors
///
/// `faults`, and all faults of the scenario and its variants, if there is any.
pub fn experiment_of(
    document: &Document,
    file: &str,
    overrides: &[String],
    files: &mut dyn FileReader,
    mut faults: Faults,
) -> Result<Experiment, Faults> {
    let Some(mut base) = read(document, files, &mut faults) else { return Err(faults) };
    base.find_book(document, &mut faults);
    let own = &base.file;
    check::experiment(own, document, &mut faults);
    let mut overlays = Vec::new();
    for variant in planned(own) {
        let reading = Reading { file, overrides, document, base: &base };
        let Some(overlay) = reading.overlay(&variant, files, &mut faults) else { continue };
        overlays.push((variant, overlay));
    }
    let mut probes = Vec::new();
    for probe in probes_of(own) {
        let reading = Reading { file, overrides, document, base: &base };
        let Some(overlay) = reading.overlay(&probe, files, &mut faults) else { continue };
        probes.push((probe, overlay));
    }
    let uses: Vec<_> =
        overlays.iter().map(|(variant, overlay)| (variant.name.as_str(), &overlay.assumptions[..])).collect();
    // Which assumptions are used is known where everything could be read.
    let is_whole = base.is_whole
        && overlays.len() == planned(own).len()
        && overlays.iter().all(|(_, overlay)| overlay.is_whole);
    let used = is_whole.then_some((&base.assumptions[..], &uses[..]));
    check::sensitivity(own, used, document, &mut faults);
    let named = own.baseline.as_ref().map(Text::as_str);
    let baseline = overlays.iter().position(|(variant, _)| Some(variant.name.as_str()) == named).unwrap_or(0);
    let files: Vec<_> =
        overlays.iter().chain(&probes).map(|(variant, overlay)| (variant, &overlay.file)).collect();
    check::variants(&files, baseline, document, &mut faults);
    if !faults.is_empty() {
        return Err(faults);
    }
    // A point of a design that is the baseline would be run twice.
    let shared =
        overlays.get(baseline).map(|(variant, overlay)| (variant.name.clone(), overlay.file.clone()));
    if let Some((name, file)) = &shared {
        overlays
            .retain(|(variant, overlay)| !variant.is_made || variant.name == *name || overlay.file != *file);
    }
    let named = shared.map(|(name, _)| name);
    let baseline =
        overlays.iter().position(|(variant, _)| Some(&variant.name) == named.as_ref()).unwrap_or(0);
    let mut notes = base.notes.clone();
    let mut variants = Vec::new();
    for (variant, overlay) in overlays {
        let new: Vec<Fault> = overlay.notes.iter().filter(|note| !notes.contains(note)).cloned().collect();
        notes.extend(new);
        variants.push(overlay.variant(variant));
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
        inputs: inputs(document, &scenario),
        book: scenario.book.as_ref().map(|book| book.summary()),
        merged: document.root.to_toml(),
        variants,
        notes,
    })
}

/// A document as read and checked.
#[derive(Clone)]
struct Checked {
    file: ScenarioFile,
    /// What changes make of the programs, set of changes by set.
    changed: Vec<ProgramFile>,
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

    /// Makes it a variant that can be run.
    fn variant(self, overlay: Overlay) -> Variant {
        let written = |change: Override| (change.path, change.value.to_string());
        Variant {
            name: overlay.name,
            title: overlay.title,
            changes: overlay.set.into_iter().map(written).collect(),
            scenario: self.scenario(),
        }
    }

    /// Makes it runnable; only where nothing is at fault.
    fn scenario(self) -> Scenario {
        let mut rules = self.file.programs();
        rules.extend(self.changed);
        Scenario::new(self.file, rules, self.assumptions, self.book)
    }
}

/// Reads and checks one document, but for its list of accounts; [`None`] if too little of it can be read.
fn read(document: &Document, files: &mut dyn FileReader, faults: &mut Faults) -> Option<Checked> {
    let reading = document.read::<ScenarioFile>(files, faults);
    let is_whole = reading.value.is_some();
    let file = reading.value.or(reading.partial)?;
    check::scenario(&file, document, faults);
    let mut checked = Checked {
        file,
        changed: Vec::new(),
        book: None,
        assumptions: reading.assumptions,
        notes: reading.notes,
        is_whole,
    };
    if check::changes(&checked.file, document, faults) {
        read_changed(&mut checked, document, files, faults);
    }
    Some(checked)
}

/// Reads and checks what every set of changes makes of the programs.
fn read_changed(checked: &mut Checked, document: &Document, files: &mut dyn FileReader, faults: &mut Faults) {
    for set in 1..1_u8 << checked.file.change.len() {
        let mut changed = document.clone();
        let changes = change::overrides_of(&checked.file, set);
        let is_set = changes.iter().filter(|change| !changed.set(change, faults)).count() == 0;
        let reading = changed.read::<ScenarioFile>(files, faults);
        let Some(file) = reading.value.filter(|_| is_set) else {
            checked.is_whole = false;
            continue;
        };
        check::scenario(&file, &changed, faults);
        check::changed(&checked.file, &file, &changes, &changed, faults);
        let new = |used: &AssumptionUse| !checked.assumptions.contains(used);
        let assumptions: Vec<AssumptionUse> = reading.assumptions.into_iter().filter(new).collect();
        checked.assumptions.extend(assumptions);
        let notes: Vec<Fault> =
            reading.notes.into_iter().filter(|note| !checked.notes.contains(note)).collect();
        checked.notes.extend(notes);
        checked.changed.extend(file.programs());
    }
}

/// A variant before it is read, listed or made.
#[derive(Debug, Clone)]
pub struct Overlay {
    /// Its name.
    pub name: String,
    /// What it is, in words.
    pub title: Option<String>,
    /// Files that it extends besides the scenario's own.
    pub extends: Vec<String>,
    /// What it sets.
    pub set: Vec<Override>,
    /// Whether it comes from a design or a question, and not from a list.
    pub is_made: bool,
}

impl Overlay {
    /// A variant that nobody listed.
    #[must_use]
    pub fn made(made: Made) -> Self {
        Self { name: made.name, title: None, extends: Vec::new(), set: made.set, is_made: true }
    }

    fn listed(variant: &VariantFile) -> Self {
        Self {
            name: variant.name.as_str().to_owned(),
            title: variant.title.as_ref().map(|title| title.as_str().to_owned()),
            extends: variant.extends.iter().map(|name| name.as_str().to_owned()).collect(),
            set: variant.set.0.clone(),
            is_made: false,
        }
    }
}

/// All variants of a scenario: the listed ones, then those of its design, which without listed ones are compared with
/// the scenario as it stands.
fn planned(file: &ScenarioFile) -> Vec<Overlay> {
    let mut planned: Vec<Overlay> = file.variant.iter().map(Overlay::listed).collect();
    if let Some(design) = &file.design {
        if planned.is_empty() {
            let as_it_stands = Made { name: check::ONLY.to_owned(), set: Vec::new() };
            planned.push(Overlay { is_made: false, ..Overlay::made(as_it_stands) });
        }
        planned.extend(design.variants().into_iter().map(Overlay::made));
    }
    planned
}

/// Each decision of a question with its first and its last value, for faults to be found before anything is run; where what
/// is written makes no range, with one value that is written, for its path to be looked at. So with such factors of a design,
/// which makes no variants then.
fn probes_of(file: &ScenarioFile) -> Vec<Overlay> {
    let value =
        |factor: &Factor, node: Node| Overlay::made(Made::of(std::slice::from_ref(factor), [(0, node)]));
    let ends = |factor: &Factor| match factor.levels() {
        Ok(levels) => [0, levels.count() - 1].map(|at| value(factor, levels.at(at))).to_vec(),
        Err(_) => factor.any_value().map(|node| value(factor, node)).into_iter().collect(),
    };
    let decisions = file.optimize.iter().flat_map(|question| &question.decision);
    let unsound = file.design.iter().filter(|design| design.size().is_none());
    let factors = unsound.flat_map(|design| &design.factor);
    decisions.chain(factors).flat_map(ends).collect()
}

/// A scenario whose baseline is tried with settings that are decided one after the other.
pub struct Trials {
    file: String,
    overrides: Vec<String>,
    document: Document,
    base: Checked,
    /// The baseline, and its file.
    baseline: (Overlay, ScenarioFile),
    /// The baseline alone.
    pub experiment: Experiment,
}

impl Trials {
    /// Prepares the baseline of `experiment`, which was read from `file` with `overrides`.
    ///
    /// # Errors
    ///
    /// All faults of the files, should they have changed meanwhile.
    pub fn new(
        mut experiment: Experiment,
        file: &str,
        overrides: &[String],
        files: &mut dyn FileReader,
    ) -> Result<Self, Faults> {
        experiment.variants.swap(0, experiment.baseline);
        experiment.variants.truncate(1);
        experiment.baseline = 0;
        let mut faults = Faults::default();
        let mut document = Document::load(file, files, &mut faults);
        for written in overrides {
            document.set_from_text(written, &mut faults);
        }
        let base = read(&document, files, &mut faults);
        let Some(mut base) = base.filter(|_| faults.is_empty()) else { return Err(faults) };
        base.find_book(&document, &mut faults);
        let name = &experiment.variants[0].name;
        let as_it_stands = || Overlay::made(Made { name: name.clone(), set: Vec::new() });
        let overlay = planned(&base.file).into_iter().find(|overlay| overlay.name == *name);
        let baseline = (overlay.unwrap_or_else(as_it_stands), experiment.variants[0].scenario.file.clone());
        Ok(Self {
            file: file.to_owned(),
            overrides: overrides.to_vec(),
            document,
            base,
            baseline,
            experiment,
        })
    }

    /// Reads the baseline with further settings.
    ///
    /// # Errors
    ///
    /// All faults of these settings together.
    pub fn variant(&self, made: Made, files: &mut dyn FileReader) -> Result<Variant, Faults> {
        let mut faults = Faults::default();
        let mut overlay = Overlay { name: made.name, title: None, is_made: true, ..self.baseline.0.clone() };
        overlay.set.extend(made.set);
        let Self { file, overrides, document, base, .. } = self;
        let reading = Reading { file, overrides, document, base };
        let read = reading.overlay(&overlay, files, &mut faults).filter(|read| read.is_whole);
        let Some(read) = read else { return Err(faults) };
        let (baseline, shared) = &self.baseline;
        check::variants(&[(baseline, shared), (&overlay, &read.file)], 0, document, &mut faults);
        if faults.is_empty() { Ok(read.variant(overlay)) } else { Err(faults) }
    }
}

/// What variants are laid over.
struct Reading<'a> {
    file: &'a str,
    overrides: &'a [String],
    document: &'a Document,
    base: &'a Checked,
}

impl Reading<'_> {
    /// Reads and checks a variant; [`None`] if too little of it can be read.
    fn overlay(&self, variant: &Overlay, files: &mut dyn FileReader, faults: &mut Faults) -> Option<Checked> {
        let mut overlaid = self.document.clone();
        if !variant.extends.is_empty() {
            overlaid = Document::load_extended(self.file, &variant.extends, files, faults);
            for written in self.overrides {
                overlaid.set_from_text(written, faults);
            }
        }
        let is_set = variant.set.iter().filter(|change| !overlaid.set(change, faults)).count() == 0;
        let mut overlay = read(&overlaid, files, faults)?;
        overlay.is_whole &= is_set;
        if overlay.file.book == self.base.file.book {
            overlay.file.book.clone_from(&self.base.file.book);
            overlay.book.clone_from(&self.base.book);
        } else {
            report_other_book(variant, &overlaid, faults);
            overlay.is_whole = false;
        }
        Some(overlay)
    }
}

/// Reports that a variant changes the list of accounts.
fn report_other_book(variant: &Overlay, overlaid: &Document, faults: &mut Faults) {
    let about = variant.set.iter().find(|change| change.path.split('.').next() == Some("book"));
    let (at, path) = about.map_or((overlaid.origin("book"), "book"), |change| (change.origin, &change.path));
    let message = format!("the variant {} changes the list of accounts", variant.name);
    let help = "all variants start from one opening book; set it for the scenario as a whole";
    faults.report(Fault::new(BOOK_IN_VARIANT, &overlaid.sources, at, path, message, help));
}

fn inputs(document: &Document, scenario: &Scenario) -> Vec<InputFile> {
    let texts = document.sources.iter().map(|source| InputFile::of(&source.name, source.text.as_bytes()));
    texts.chain(scenario.book.iter().map(|book| book.input.clone())).collect()
}
