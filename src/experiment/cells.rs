//! Finished cells, kept on disk: what was run once is not run again.
//!
//! A *cell* is one replication of one variant. Its key is a hash of everything it follows from: the baseline (whose opening
//! book it starts from), the variant, the seed, the version and source of the program, and what was measured; and the number of
//! the replication. So a cell that is found is the cell that would be run, whichever scenario asks for it.
//!
//! Each replication is written in one transaction that survives the death of the program at any moment.

use std::fs;
use std::path::Path;

use redb::{
    Database, DatabaseError, ReadableDatabase, ReadableTable, ReadableTableMetadata, TableDefinition,
    TableError,
};
use sha2::{Digest, Sha256};

use crate::experiment::replicate::{Options, Outcome};
use crate::language::Overrides;
use crate::scenario::Scenario;
use crate::scenario::load::Experiment;

/// Outcomes by the hash of what they follow from and the replication.
const CELLS: TableDefinition<'_, (&[u8], u32), &[u8]> = TableDefinition::new("cells");

/// The plan that the file was made for, where it was made for one.
const PLAN: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("plan");

/// What a file that is being made is called at the end, instead of its own ending.
pub const UNMADE: &str = "unmade";

/// Hash of what a cell follows from, but for its replication.
pub type Fingerprint = [u8; 32];

/// A file of finished cells.
#[derive(Debug)]
pub struct Cells {
    database: Database,
}

/// Why finished cells cannot be kept, or found again.
#[derive(Debug, thiserror::Error)]
pub enum CellsError {
    /// Another run writes to the file.
    #[error("another run is writing to {0}: wait for it, or choose another folder")]
    InUse(String),
    /// The file belongs to another plan.
    #[error(
        "it holds a run of another scenario, seed, set of variants or build of the program: choose another folder, or replace it \
         with --force"
    )]
    OtherPlan,
    /// The disk refuses, or the file is damaged.
    #[error("finished replications cannot be kept: {0}")]
    Disk(String),
}

fn disk(error: impl std::fmt::Display) -> CellsError {
    CellsError::Disk(error.to_string())
}

impl Cells {
    /// Opens the file at `path`, or makes it: under another name first ([`UNMADE`]), so that whoever dies while
    /// making it leaves nothing behind that could be taken for it.
    ///
    /// # Errors
    ///
    /// [`CellsError::InUse`] while another process has it open, [`CellsError::Disk`] if it is no such file.
    pub fn open(path: &Path) -> Result<Self, CellsError> {
        if !path.exists() {
            let unmade = path.with_extension(UNMADE);
            if unmade.exists() {
                fs::remove_file(&unmade).map_err(disk)?;
            }
            drop(Database::create(&unmade).map_err(disk)?);
            fs::rename(&unmade, path).map_err(disk)?;
        }
        match Database::open(path) {
            Ok(database) => Ok(Self { database }),
            Err(DatabaseError::DatabaseAlreadyOpen) => Err(CellsError::InUse(path.display().to_string())),
            Err(error) => Err(CellsError::Disk(format!("{}: {error}", path.display()))),
        }
    }

    /// Returns whether another process has the file at `path` open. What is no such file is nobody's.
    #[must_use]
    pub fn is_in_use(path: &Path) -> bool {
        matches!(Database::open(path), Err(DatabaseError::DatabaseAlreadyOpen))
    }

    /// Makes the file one of `plan`.
    ///
    /// # Errors
    ///
    /// [`CellsError::OtherPlan`] if it is of another.
    pub fn belong_to(&self, plan: &Fingerprint) -> Result<(), CellsError> {
        let transaction = self.database.begin_write().map_err(disk)?;
        {
            let mut table = transaction.open_table(PLAN).map_err(disk)?;
            let known = table.get("plan").map_err(disk)?.map(|value| value.value().to_vec());
            if known.is_some_and(|known| known != plan) {
                return Err(CellsError::OtherPlan);
            }
            table.insert("plan", plan.as_slice()).map_err(disk)?;
        }
        transaction.commit().map_err(disk)
    }

    /// Returns a cell, if it is kept; one that cannot be read is one that is not.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn find(&self, fingerprint: &Fingerprint, replication: u32) -> Result<Option<Outcome>, CellsError> {
        let transaction = self.database.begin_read().map_err(disk)?;
        let table = match transaction.open_table(CELLS) {
            Ok(table) => table,
            Err(TableError::TableDoesNotExist(_)) => return Ok(None),
            Err(error) => return Err(disk(error)),
        };
        let found = table.get((fingerprint.as_slice(), replication)).map_err(disk)?;
        Ok(found.and_then(|bytes| {
            let (stored, outcome) = bytes.value().split_first_chunk()?;
            (*stored == checksum(outcome)).then(|| postcard::from_bytes(outcome).ok())?
        }))
    }

    /// Keeps cells of one replication, all of them or none.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn keep(&self, replication: u32, cells: &[(&Fingerprint, &Outcome)]) -> Result<(), CellsError> {
        let transaction = self.database.begin_write().map_err(disk)?;
        {
            let mut table = transaction.open_table(CELLS).map_err(disk)?;
            for (fingerprint, outcome) in cells {
                let outcome = postcard::to_stdvec(outcome).map_err(disk)?;
                let bytes = [&checksum(&outcome), &outcome[..]].concat();
                table.insert((fingerprint.as_slice(), replication), bytes.as_slice()).map_err(disk)?;
            }
        }
        transaction.commit().map_err(disk)
    }

    /// Returns how many cells are kept.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn count(&self) -> Result<u64, CellsError> {
        let transaction = self.database.begin_read().map_err(disk)?;
        match transaction.open_table(CELLS) {
            Ok(table) => table.len().map_err(disk),
            Err(TableError::TableDoesNotExist(_)) => Ok(0),
            Err(error) => Err(disk(error)),
        }
    }
}

/// Returns what stands before an outcome, so that one that is damaged on the disk is not taken for what was run.
fn checksum(outcome: &[u8]) -> [u8; 8] {
    let [a, b, c, d, e, f, g, h, ..]: [u8; 32] = Sha256::digest(outcome).into();
    [a, b, c, d, e, f, g, h]
}

/// Returns the fingerprint of the cells of each variant that is run; `keeps_accounts` is whether they list their accounts.
#[must_use]
pub fn fingerprints(experiment: &Experiment, options: &Options, keeps_accounts: bool) -> Vec<Fingerprint> {
    by_source(env!("JOURNEYSIM_SOURCE"), experiment, options, keeps_accounts)
}

/// The same of a program that is built from `source`.
fn by_source(
    source: &str,
    experiment: &Experiment,
    options: &Options,
    keeps_accounts: bool,
) -> Vec<Fingerprint> {
    let baseline = content(&experiment.variants[experiment.baseline].scenario);
    let variants = options.variants_of(experiment);
    // Where the baseline is not run, nothing is held against it.
    let is_compared = variants.contains(&experiment.baseline);
    let measured = [options.slices, options.fates, options.weeks, options.seen, keeps_accounts, is_compared]
        .map(u8::from);
    let of = |scenario: &Scenario| {
        let mut hash = Sha256::new();
        hash.update(env!("CARGO_PKG_VERSION"));
        hash.update(source);
        hash.update(measured);
        hash.update(baseline);
        hash.update(content(scenario));
        hash.finalize().into()
    };
    variants.iter().map(|&variant| of(&experiment.variants[variant].scenario)).collect()
}

/// Returns the hash of a whole plan: what is asked, in words, and all variants with their names in their order. How often it
/// is repeated is not part of it, so that a run can be made longer.
#[must_use]
pub fn plan(experiment: &Experiment, asked: &str) -> Fingerprint {
    let mut hash = Sha256::new();
    hash.update(asked);
    hash.update([0]);
    hash.update(experiment.baseline.to_le_bytes());
    let cells = fingerprints(experiment, &Options::default(), false);
    for (variant, fingerprint) in experiment.variants.iter().zip(cells) {
        hash.update(variant.name.as_bytes());
        hash.update([0]);
        hash.update(fingerprint);
    }
    hash.finalize().into()
}

/// Returns a hash of all that a replication of `scenario` follows from. What is asked of a scenario is not part of it.
fn content(scenario: &Scenario) -> Fingerprint {
    let mut file = scenario.file.clone();
    file.question = None;
    file.replications = crate::language::Count::of(1);
    (file.precision, file.confidence) = (None, crate::language::Share::of(0.95));
    file.headline.clear();
    file.variant.clear();
    file.baseline = None;
    (file.staff, file.sensitivity) = (None, None);
    (file.design, file.selection, file.optimize) = (None, None, None);
    file.calibrate = None;
    file.expect.clear();
    // What a change sets is in the programs; where it is written counts for nothing.
    file.change.iter_mut().for_each(|change| change.set = Overrides::default());
    let mut hash = Sha256::new();
    hash.update(format!("{file:?}"));
    hash.update(format!("{:?}{:?}", scenario.changes, &scenario.rules[scenario.own_programs()..]));
    if let Some(book) = &scenario.book {
        hash.update(&book.input.sha256);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::example::small;
    use crate::experiment::replicate::{Chunk, Watch, run_range};
    use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

    const VARIANTS: &str =
        "variant = [{ name = \"a\" }, { name = \"b\", set = { \"touchpoint.check-in.enabled\" = true } }]";

    fn run(experiment: &Experiment, replications: u32, options: &Options, cells: Option<&Cells>) -> Chunk {
        let watch = Watch { finished: &|| (), stop: &AtomicBool::new(false), cells };
        run_range(experiment, 0..replications, options, &watch).unwrap()
    }

    fn file() -> (tempfile::TempDir, Cells) {
        let folder = tempfile::tempdir().unwrap();
        let cells = Cells::open(&folder.path().join("cells.redb")).unwrap();
        (folder, cells)
    }

    /// Everything an outcome can hold comes back to the bit: what is found equals what is run.
    #[test]
    fn what_was_kept_is_what_would_be_run() {
        let experiment = small(VARIANTS);
        let options = Options {
            threads: Some(2),
            slices: true,
            fates: true,
            weeks: true,
            seen: true,
            accounts_of: 0..1,
            only: None,
        };
        let plain = run(&experiment, 3, &options, None);
        let (_folder, cells) = file();
        assert!(run(&experiment, 2, &options, Some(&cells)).replications == plain.replications[..2]);
        assert_eq!(cells.count().unwrap(), 4);
        assert!(run(&experiment, 3, &options, Some(&cells)) == plain);
        assert_eq!(cells.count().unwrap(), 6);
    }

    /// One bit of a number that flips on the disk would be another number, which nobody would notice.
    #[test]
    fn a_cell_that_is_damaged_is_run_again() {
        let experiment = small(VARIANTS);
        let plain = run(&experiment, 1, &Options::default(), None);
        let (_folder, cells) = file();
        run(&experiment, 1, &Options::default(), Some(&cells));
        let fingerprint = fingerprints(&experiment, &Options::default(), false)[0];
        let key = (fingerprint.as_slice(), 0);
        let read = |transaction: &redb::WriteTransaction| {
            transaction.open_table(CELLS).unwrap().get(key).unwrap().unwrap().value().to_vec()
        };
        let write = |change: &dyn Fn(&mut Vec<u8>)| {
            let transaction = cells.database.begin_write().unwrap();
            let mut bytes = read(&transaction);
            change(&mut bytes);
            transaction.open_table(CELLS).unwrap().insert(key, bytes.as_slice()).unwrap();
            transaction.commit().unwrap();
            bytes.len()
        };
        for at in (0..write(&|_| ())).step_by(97) {
            write(&|bytes| bytes[at] ^= 1);
            assert!(cells.find(&fingerprint, 0).unwrap().is_none(), "byte {at}");
            assert!(run(&experiment, 1, &Options::default(), Some(&cells)) == plain, "byte {at}");
        }
        for length in [0, 7, 8] {
            write(&|bytes| bytes.truncate(length));
            assert!(cells.find(&fingerprint, 0).unwrap().is_none(), "{length} bytes");
            assert!(run(&experiment, 1, &Options::default(), Some(&cells)) == plain, "{length} bytes");
        }
    }

    /// Between two versions the program changes, and with it what it finds.
    #[test]
    fn cells_of_another_source_are_not_found() {
        let experiment = small(VARIANTS);
        let of = |source: &str| by_source(source, &experiment, &Options::default(), false);
        assert_eq!(fingerprints(&experiment, &Options::default(), false), of(env!("JOURNEYSIM_SOURCE")));
        assert!(of("one").iter().all(|cell| !of("another").contains(cell)));
    }

    /// A selection runs some variants, with the baseline or without it, and finds them again.
    #[test]
    fn some_variants_are_kept_and_found_by_themselves() {
        let experiment = small(VARIANTS);
        let (_folder, cells) = file();
        for (only, kept) in [(vec![1], 2), (vec![1], 2), (vec![1, 0], 6), (vec![0], 6)] {
            let options = Options { only: Some(only.clone()), ..Options::default() };
            let found = run(&experiment, 2, &options, Some(&cells));
            assert!(found == run(&experiment, 2, &options, None), "{only:?}");
            assert_eq!(cells.count().unwrap(), kept, "{only:?}");
        }
    }

    /// What is asked of a scenario and how sure the answer is to be moves no cell, but makes another plan.
    #[test]
    fn another_question_finds_the_same_cells_in_another_plan() {
        let experiment = small(VARIANTS);
        let surer = small(&format!("confidence = \"99%\"\n{VARIANTS}"));
        let of = |experiment: &Experiment| fingerprints(experiment, &Options::default(), false);
        assert_eq!(of(&experiment), of(&surer));
        assert_ne!(plan(&experiment, ""), plan(&experiment, "staff"));
    }

    #[test]
    fn cells_that_are_kept_are_not_run_again() {
        let experiment = small(VARIANTS);
        let (_folder, cells) = file();
        let options = Options::default();
        // A cell that no run would give shows that it was found.
        let [first, second] = fingerprints(&experiment, &options, false)[..] else { panic!("two variants") };
        let strange = Outcome { accounts: 77, ..Outcome::default() };
        cells.keep(0, &[(&first, &strange), (&second, &strange)]).unwrap();
        assert_eq!(run(&experiment, 1, &options, Some(&cells)).of(1).next(), Some(&strange));
    }

    #[test]
    fn a_changed_variant_leaves_its_neighbours_cells_and_a_changed_baseline_none() {
        let options = Options::default();
        let before = fingerprints(&small(VARIANTS), &options, false);
        let changed = VARIANTS.replace("= true", "= true, \"touchpoint.check-in.every\" = \"31d\"");
        let after = fingerprints(&small(&changed), &options, false);
        assert_eq!(before[0], after[0]);
        assert_ne!(before[1], after[1]);
        let seed = fingerprints(&small(&format!("seed = 7\n{VARIANTS}")), &options, false);
        assert!(seed[0] != before[0] && seed[1] != before[1]);
        let asked = fingerprints(&small(&format!("question = \"Why?\"\n{VARIANTS}")), &options, false);
        assert_eq!(asked, before);
    }

    #[test]
    fn a_file_belongs_to_one_plan_and_to_one_run_at_a_time() {
        let (folder, cells) = file();
        cells.belong_to(&[1; 32]).unwrap();
        cells.belong_to(&[1; 32]).unwrap();
        assert!(matches!(cells.belong_to(&[2; 32]), Err(CellsError::OtherPlan)));
        assert!(matches!(Cells::open(&folder.path().join("cells.redb")), Err(CellsError::InUse(_))));
    }

    #[test]
    fn a_file_that_was_never_finished_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cells.redb");
        fs::write(path.with_extension(UNMADE), [0; 100]).unwrap();
        Cells::open(&path).unwrap().belong_to(&[1; 32]).unwrap();
        assert!(!path.with_extension(UNMADE).exists());
        assert!(matches!(Cells::open(&path).unwrap().belong_to(&[2; 32]), Err(CellsError::OtherPlan)));
    }

    #[test]
    fn a_file_of_something_else_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cells.redb");
        fs::write(&path, "a letter").unwrap();
        assert!(matches!(Cells::open(&path), Err(CellsError::Disk(_))));
        assert_eq!(fs::read(&path).unwrap(), b"a letter");
    }

    #[test]
    fn whoever_is_stopped_finds_what_was_finished() {
        let experiment = small(VARIANTS);
        let (_folder, cells) = file();
        let (stop, finished) = (AtomicBool::new(false), AtomicU32::new(0));
        let count = || stop.store(finished.fetch_add(1, Ordering::Relaxed) + 1 >= 2, Ordering::Relaxed);
        let watch = Watch { finished: &count, stop: &stop, cells: Some(&cells) };
        let options = Options { threads: Some(1), ..Options::default() };
        assert_eq!(run_range(&experiment, 0..9, &options, &watch).unwrap().len(), 2);
        assert_eq!(cells.count().unwrap(), 4);
    }
}
