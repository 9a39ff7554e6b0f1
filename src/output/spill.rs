//! A sweep larger than memory: parts are written as they come, and what is known of the whole is kept up to date.
//!
//! Each part is a table of the cells of some replications and variants, as `replications` of a run folder. Means and the digest are
//! taken in the order of replications, whenever a parcel came; one that came early may lie on the disk until its turn. So what is
//! held in memory grows with the number of variants, not of cells.
//!
//! # Not here
//!
//! Differences from the baseline, and all that needs two cells at once: the tables hold what they are made from.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::base::stats::{Estimate, half_width_with};
use crate::experiment::digest::{OfVariant, of_named};
use crate::experiment::parcels::{Parcel, Stretch};
use crate::experiment::replicate::Outcome;
use crate::metrics::CATALOGUE;
use crate::output::document::{Metrics, SCHEMA_VERSION, TOOL_VERSION};
use crate::output::sheet::{Column, FORMATS, Sheet};
use crate::scenario::load::Experiment;

/// What the tables are called.
const TABLE: &str = "replications";

/// The file that says what a sweep came to; it is written last.
pub const SUMMARY: &str = "sweep.json";

/// Cells of a part: some 20 MB, which is what a tool reads at once without noticing.
pub const PART: usize = 50_000;

/// A sweep that is written as it comes.
#[derive(Debug)]
pub struct Spill {
    folder: PathBuf,
    names: Vec<String>,
    so_far: Vec<SoFar>,
    /// Cells of a part.
    part: usize,
    /// Parcels that are not written yet, and whether their turn has come.
    held: BTreeMap<Key, (Parcel, bool)>,
    /// Parcels that were written before their turn: in which file, from which row on.
    early: BTreeMap<Key, (Stretch, usize, usize)>,
    files: Vec<String>,
    cells: u64,
}

/// First replication and first variant of a parcel.
type Key = (u32, usize);

/// What is known of a variant, up to its first replication that is not there.
#[derive(Debug, Clone)]
struct SoFar {
    next: u32,
    digest: OfVariant,
    metrics: Vec<Moments>,
}

/// Mean and squares around it of the numbers that came.
///
/// **Source:** Welford, "Note on a method for calculating corrected sums of squares and products", Technometrics 4 (1962).
#[derive(Debug, Clone, Copy, Default)]
struct Moments {
    n: u32,
    mean: f64,
    squares: f64,
}

/// What a sweep came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SweepDocument {
    /// The version of the documents' shape.
    pub schema_version: u32,
    /// The version of the program.
    pub tool_version: &'static str,
    /// The scenario's name.
    pub scenario: String,
    /// The seed.
    pub seed: u64,
    /// The number of replications.
    pub replications: u32,
    /// Variants times replications.
    pub cells: u64,
    /// The digest of all variants.
    pub digest: String,
    /// The name of the variant the others are compared with.
    pub baseline: String,
    /// All variants in the order of the file.
    pub variants: Vec<SweptVariant>,
    /// The tables.
    pub files: Vec<String>,
}

/// One variant of a sweep.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SweptVariant {
    /// Its name.
    pub name: String,
    /// Its own digest.
    pub digest: String,
    /// All metrics.
    pub metrics: Metrics,
}

impl Spill {
    /// Begins a sweep in a new folder, or an empty one, in parts of about so many cells.
    ///
    /// # Errors
    ///
    /// If there is something in it, or it cannot be made.
    pub fn begin(folder: &Path, experiment: &Experiment, part: usize) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        if fs::read_dir(folder)?.next().is_some() {
            let words = format!("{} holds something already: choose another folder", folder.display());
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, words));
        }
        let so_far = SoFar {
            next: 0,
            digest: OfVariant::default(),
            metrics: vec![Moments::default(); CATALOGUE.len()],
        };
        Ok(Self {
            folder: folder.to_owned(),
            names: experiment.variants.iter().map(|variant| variant.name.clone()).collect(),
            so_far: vec![so_far; experiment.variants.len()],
            part,
            held: BTreeMap::new(),
            early: BTreeMap::new(),
            files: Vec::new(),
            cells: 0,
        })
    }

    /// Takes a parcel, and returns how many cells it brought: none where they are there already.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn add(&mut self, parcel: Parcel) -> io::Result<usize> {
        let Some(&variant) = parcel.stretch.variants.first() else { return Ok(0) };
        let key = (parcel.stretch.replications.start, variant);
        let is_there = self.so_far[variant].next > key.0;
        if is_there || self.held.contains_key(&key) || self.early.contains_key(&key) {
            return Ok(0);
        }
        let cells = parcel.stretch.count();
        self.held.insert(key, (parcel, false));
        self.cells += cells as u64;
        self.catch_up()?;
        if self.held.values().map(|(parcel, _)| parcel.stretch.count()).sum::<usize>() >= self.part {
            self.write_part()?;
        }
        Ok(cells)
    }

    /// Takes into account the parcels whose turn has come.
    fn catch_up(&mut self) -> io::Result<()> {
        let mut open: Option<(usize, Sheet)> = None;
        loop {
            let is_next = |stretch: &Stretch| {
                let first = stretch.replications.start;
                stretch.variants.iter().all(|&variant| self.so_far[variant].next == first)
            };
            let held = self.held.iter().find(|(_, (parcel, taken))| !taken && is_next(&parcel.stretch));
            if let Some((&key, _)) = held {
                if let Some((parcel, taken)) = self.held.get_mut(&key) {
                    *taken = true;
                    let Parcel { stretch, outcomes } = parcel;
                    take(&mut self.so_far, stretch, |at, place| outcomes[at][place].metrics.clone());
                }
                continue;
            }
            let early = self.early.iter().find(|(_, (stretch, ..))| is_next(stretch));
            let Some((&key, _)) = early else { return Ok(()) };
            let Some((stretch, file, first)) = self.early.remove(&key) else { return Ok(()) };
            let table = match open.take().filter(|(at, _)| *at == file) {
                Some((_, table)) => table,
                None => (FORMATS[0].read)(TABLE, File::open(self.folder.join(&self.files[file]))?)?,
            };
            let columns: Vec<_> = CATALOGUE.iter().map(|metric| table.column(metric.name)).collect();
            let width = stretch.variants.len();
            take(&mut self.so_far, &stretch, |at, place| {
                let row = first + at * width + place;
                columns.iter().map(|column| column.and_then(|values| values.number(row))).collect()
            });
            drop(columns);
            open = Some((file, table));
        }
    }

    /// Writes what is held as a table.
    fn write_part(&mut self) -> io::Result<()> {
        let held = std::mem::take(&mut self.held);
        let file = format!("part-{:05}.{}", self.files.len(), FORMATS[0].name);
        let table = self.table(held.values().map(|(parcel, _)| parcel));
        // Under another name until it is whole.
        let (unfinished, path) = (self.folder.join(".part"), self.folder.join(&file));
        let mut to = BufWriter::new(File::create(&unfinished)?);
        (FORMATS[0].write)(&mut std::iter::once(Cow::Borrowed(&table)), &mut to)?;
        to.flush()?;
        fs::rename(unfinished, path)?;
        let mut row = 0;
        for (key, (Parcel { stretch, .. }, taken)) in held {
            let first = row;
            row += stretch.count();
            if !taken {
                self.early.insert(key, (stretch, self.files.len(), first));
            }
        }
        self.files.push(file);
        Ok(())
    }

    /// One row a replication and variant, one column a metric.
    fn table<'a>(&self, parcels: impl Iterator<Item = &'a Parcel>) -> Sheet {
        let rows: Vec<(u32, usize, &Outcome)> = parcels.flat_map(Parcel::cells).collect();
        let mut columns = vec![
            Column::text("variant", rows.iter().map(|&(_, variant, _)| self.names[variant].clone())),
            Column::whole("replication", rows.iter().map(|&(replication, ..)| i64::from(replication))),
            Column::whole("accounts", rows.iter().map(|(.., outcome)| i64::from(outcome.accounts))),
            Column::whole("account_days", rows.iter().map(|(.., outcome)| outcome.account_days as i64)),
            Column::whole("events", rows.iter().map(|(.., outcome)| outcome.events as i64)),
        ];
        for (at, metric) in CATALOGUE.iter().enumerate() {
            columns.push(Column::number(metric.name, rows.iter().map(|(.., outcome)| outcome.metrics[at])));
        }
        Sheet { name: TABLE, columns }
    }

    /// Ends the sweep, and writes what it came to.
    ///
    /// # Errors
    ///
    /// If cells are missing, or the disk refuses.
    pub fn finish(mut self, experiment: &Experiment) -> io::Result<SweepDocument> {
        if !self.held.is_empty() {
            self.write_part()?;
        }
        let Self { folder, so_far, files, cells, .. } = self;
        if so_far.iter().any(|variant| variant.next != experiment.replications) {
            return Err(io::Error::other("not all cells of the sweep are there"));
        }
        let confidence = experiment.variants[experiment.baseline].scenario.file.confidence.get();
        let variants: Vec<SweptVariant> = experiment
            .variants
            .iter()
            .zip(so_far)
            .map(|(variant, SoFar { digest, metrics, .. })| SweptVariant {
                name: variant.name.clone(),
                digest: digest.digits(),
                metrics: Metrics(metrics.iter().map(|moments| moments.estimate(confidence)).collect()),
            })
            .collect();
        let named: Vec<(&str, String)> =
            variants.iter().map(|variant| (variant.name.as_str(), variant.digest.clone())).collect();
        let document = SweepDocument {
            schema_version: SCHEMA_VERSION,
            tool_version: TOOL_VERSION,
            scenario: experiment.name.clone(),
            seed: experiment.seed,
            replications: experiment.replications,
            cells,
            digest: of_named(&named),
            baseline: experiment.variants[experiment.baseline].name.clone(),
            variants,
            files,
        };
        fs::write(folder.join(SUMMARY), serde_json::to_string_pretty(&document)? + "\n")?;
        Ok(document)
    }
}

/// Adds cells whose turn has come to what is known of their variants; `metrics` are those of a replication of the stretch and a
/// place among its variants.
fn take(so_far: &mut [SoFar], stretch: &Stretch, metrics: impl Fn(usize, usize) -> Vec<Option<f64>>) {
    for (place, &variant) in stretch.variants.iter().enumerate() {
        let so_far = &mut so_far[variant];
        for at in 0..stretch.replications.len() {
            let metrics = metrics(at, place);
            so_far.digest.add(&metrics);
            for (moments, value) in so_far.metrics.iter_mut().zip(metrics) {
                value.into_iter().for_each(|value| moments.add(value));
            }
        }
        so_far.next = stretch.replications.end;
    }
}

impl Moments {
    fn add(&mut self, value: f64) {
        self.n += 1;
        let before = value - self.mean;
        self.mean += before / f64::from(self.n);
        self.squares += before * (value - self.mean);
    }

    fn estimate(&self, confidence: f64) -> Option<Estimate> {
        let Self { n, mean, squares } = *self;
        if n == 0 {
            return None;
        }
        let stddev = (n > 1).then(|| (squares / f64::from(n - 1)).sqrt());
        let half = stddev.map(|stddev| half_width_with(stddev, confidence, n));
        let (ci_low, ci_high) = (half.map(|half| mean - half), half.map(|half| mean + half));
        Some(Estimate { mean, stddev, ci_low, ci_high, confidence, n: n as usize })
    }
}

#[cfg(test)]
mod tests {
    use std::ops::Range;
    use std::sync::atomic::AtomicBool;

    use super::*;
    use crate::experiment::parcels;
    use crate::experiment::read;
    use crate::experiment::replicate::{Options, Watch, run_range};
    use crate::language::source::Disk;
    use crate::output::results::{Results, StoppedBy};

    fn experiment() -> Experiment {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/check-in-cadence.toml");
        let set = ["replications=6", "horizon=1y", "assume.accounts=12"].map(str::to_owned);
        read::experiment(file, &set, &mut Disk).unwrap_or_else(|faults| panic!("{faults}"))
    }

    fn parcel(experiment: &Experiment, replications: Range<u32>, variants: &[usize]) -> Parcel {
        let stretch = Stretch { replications, variants: variants.to_vec() };
        let watch = Watch { finished: &|| (), stop: &AtomicBool::new(false), cells: None };
        parcels::run(experiment, &stretch, &Options::default(), &watch).unwrap().expect("nobody stops it")
    }

    /// In any order, some of them twice, some of a few variants only.
    #[test]
    fn what_is_spilled_comes_to_what_is_held() {
        let experiment = experiment();
        for part in [1, 5, PART] {
            spilled_in_parts_of(part, &experiment);
        }
    }

    fn spilled_in_parts_of(part: usize, experiment: &Experiment) {
        let folder = tempfile::tempdir().unwrap();
        let mut spill = Spill::begin(folder.path(), experiment, part).unwrap();
        let parts: [(Range<u32>, &[usize], usize); 6] = [
            (4..6, &[2, 3], 4),
            (1..4, &[0, 1, 2, 3], 12),
            (4..6, &[2, 3], 0),
            (0..1, &[0, 1, 2, 3], 4),
            (4..6, &[0, 1], 4),
            (1..4, &[0, 1, 2, 3], 0),
        ];
        for (replications, variants, brought) in parts {
            let part = parcel(experiment, replications.clone(), variants);
            assert_eq!(spill.add(part).unwrap(), brought, "{replications:?} {variants:?}");
        }
        let document = spill.finish(experiment).unwrap();
        let watch = Watch { finished: &|| (), stop: &AtomicBool::new(false), cells: None };
        let chunk = run_range(experiment, 0..6, &Options::default(), &watch).unwrap();
        let results =
            Results { experiment, chunk: &chunk, stopped_by: StoppedBy::Count, why: &[], best: None };
        let rows = |file: &String| {
            let file = File::open(folder.path().join(file)).unwrap();
            (FORMATS[0].read)(TABLE, file).unwrap().rows()
        };
        assert_eq!(document.files.iter().map(rows).sum::<usize>(), 24);
        assert_eq!((document.cells, document.digest), (24, results.digest()));
        let at = CATALOGUE.iter().position(|metric| metric.name == "gross_revenue_retention").unwrap();
        let values: Vec<f64> = chunk.column(1, at).into_iter().flatten().collect();
        let (held, spilled) =
            (Estimate::of(&values, 0.95).unwrap(), document.variants[1].metrics.0[at].unwrap());
        let ends = |it: Estimate| (it.ci_low.unwrap(), it.ci_high.unwrap());
        let is_close = |a: f64, b: f64| (a - b).abs() < 1e-12;
        assert!(is_close(held.mean, spilled.mean) && held.n == spilled.n);
        assert!(is_close(ends(held).0, ends(spilled).0) && is_close(ends(held).1, ends(spilled).1));
    }

    #[test]
    fn a_sweep_with_a_gap_does_not_end_and_a_full_folder_takes_none() {
        let experiment = experiment();
        let folder = tempfile::tempdir().unwrap();
        let mut spill = Spill::begin(folder.path(), &experiment, PART).unwrap();
        spill.add(parcel(&experiment, 1..6, &[0, 1, 2, 3])).unwrap();
        assert!(spill.finish(&experiment).is_err());
        assert!(Spill::begin(folder.path(), &experiment, PART).is_err());
        assert!(!folder.path().join(SUMMARY).exists());
    }
}
