//! A finished run as it lies in its folder: the manifest, the result and the tables.
//!
//! Charts and the report are made from this and from nothing else, so that a page made from a folder is the page made by the
//! run, and an older folder can be shown anew.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::metrics::{self, MetricDefinition, Unit};
use crate::output::folder::MANIFEST;
use crate::output::manifest::RESULT;
use crate::output::sheet::{FORMATS, Sheet};
use crate::output::sheets;
use crate::output::words::{Words, counted};

/// A finished run.
#[derive(Debug, Clone, PartialEq)]
pub struct Finished {
    /// What `manifest.json` holds.
    pub manifest: Value,
    /// What `result.json` holds.
    pub result: Value,
    /// The tables that there are.
    pub sheets: Vec<Sheet>,
}

/// Why a run folder cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There is no run folder, or an unfinished one.
    #[error("{0} is no finished run: it has no {MANIFEST}; give a folder that --out has written")]
    NotARun(PathBuf),
    /// There is one part of a sweep.
    #[error(
        "{0} is one part of a sweep: put all of them together with `journeysim merge`, and give the folder that it writes"
    )]
    Part(PathBuf),
    /// A file is not what a finished run has there.
    #[error("{path} {what}: run it anew with --out into a new folder, or name another run")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// A file cannot be read, or does not hold what its name says.
    #[error("{path} cannot be read")]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: std::io::Error,
    },
}

/// A mean with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figure {
    /// The mean.
    pub mean: f64,
    /// Both ends of its interval; [`None`] of a single replication.
    pub ends: Option<(f64, f64)>,
}

/// One variant of a run.
#[derive(Debug, Clone, Copy)]
pub struct Variant<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its title, where it has one.
    pub title: Option<&'a str>,
    /// Whether the others are compared with it.
    pub is_baseline: bool,
    /// What the result says of it.
    pub result: &'a Value,
}

impl Finished {
    /// Reads the run folder at `folder`.
    ///
    /// # Errors
    ///
    /// [`ReadError::NotARun`] where there is no manifest, [`ReadError::Part`] where it is that of a part,
    /// [`ReadError::File`] for what cannot be read, [`ReadError::Damaged`] for a manifest or result that lacks what a finished
    /// run's has, and for tables that are missing, or have other rows than the manifest says.
    pub fn read(folder: &Path) -> Result<Self, ReadError> {
        if !folder.join(MANIFEST).is_file() {
            return Err(ReadError::NotARun(folder.to_owned()));
        }
        let json = |name: &str| {
            let path = folder.join(name);
            let read = fs::read(&path).and_then(|bytes| Ok(serde_json::from_slice(&bytes)?));
            read.map_err(|source| ReadError::File { path, source })
        };
        let manifest: Value = json(MANIFEST)?;
        if manifest.get("shard").is_some() {
            return Err(ReadError::Part(folder.to_owned()));
        }
        let damaged = |name: &str, what| ReadError::Damaged { path: folder.join(name), what };
        check_manifest(&manifest).map_err(|what| damaged(MANIFEST, what))?;
        let result = json(RESULT)?;
        check_result(&result, &manifest).map_err(|what| damaged(RESULT, what))?;
        let mut found: Vec<Sheet> = Vec::new();
        for name in sheets::NAMES {
            for format in FORMATS {
                let path = folder.join(format!("{name}.{}", format.name));
                if path.is_file() {
                    let read = File::open(&path).and_then(|file| (format.read)(name, file));
                    found.push(read.map_err(|source| ReadError::File { path, source })?);
                    break;
                }
            }
        }
        for file in manifest["files"].as_array().into_iter().flatten() {
            let (Some(listed), Some(rows)) = (text(file, "name"), file["rows"].as_u64()) else { continue };
            let Some(name) = sheets::NAMES.into_iter().find(|name| listed.split('.').next() == Some(name))
            else {
                continue;
            };
            match found.iter().find(|sheet| sheet.name == name).map(|sheet| sheet.rows() as u64) {
                None => return Err(damaged(listed, format!("is missing, but {MANIFEST} lists it"))),
                Some(there) if there != rows => {
                    let there = counted(there, "row", "rows");
                    let what = format!("has {there}, where {MANIFEST} says {rows}");
                    return Err(damaged(listed, what));
                }
                Some(_) => {}
            }
        }
        Ok(Self { manifest, result, sheets: found })
    }

    /// Returns the command that was run.
    #[must_use]
    pub fn command(&self) -> &str {
        text(&self.manifest, "command").unwrap_or_default()
    }

    /// Returns the scenario's name.
    #[must_use]
    pub fn name(&self) -> &str {
        text(&self.manifest, "scenario").unwrap_or_default()
    }

    /// Returns the scenario's currency, such as `USD`.
    #[must_use]
    pub fn currency(&self) -> &str {
        text(&self.manifest, "currency").unwrap_or_default()
    }

    /// Returns the confidence of intervals.
    #[must_use]
    pub fn confidence(&self) -> f64 {
        number(&self.manifest, "confidence").unwrap_or(0.95)
    }

    /// Returns the number of replications.
    #[must_use]
    pub fn replications(&self) -> u64 {
        self.manifest["replications"].as_u64().unwrap_or_default()
    }

    /// Returns the metrics shown first.
    #[must_use]
    pub fn headline(&self) -> Vec<&'static MetricDefinition> {
        let names = self.manifest["headline"].as_array().into_iter().flatten();
        names.filter_map(|name| metrics::find(name.as_str()?)).collect()
    }

    /// Returns how numbers of `unit` are written.
    #[must_use]
    pub fn words(&self, unit: Unit) -> Words<'_> {
        Words { unit, currency: self.currency() }
    }

    /// Returns a table.
    #[must_use]
    pub fn sheet(&self, name: &str) -> Option<&Sheet> {
        self.sheets.iter().find(|sheet| sheet.name == name)
    }

    /// Returns all variants in the order of the scenario; of a `run` the only one. Questions that are no comparison have none.
    #[must_use]
    pub fn variants(&self) -> Vec<Variant<'_>> {
        let entries: Vec<&Value> = self.manifest["variants"].as_array().into_iter().flatten().collect();
        let baseline = text(&self.manifest, "baseline").unwrap_or_default();
        let results: Vec<&Value> = match self.command() {
            "run" => vec![&self.result],
            "compare" => self.result["variants"].as_array().into_iter().flatten().collect(),
            _ => Vec::new(),
        };
        let mut variants = Vec::new();
        for (entry, result) in entries.into_iter().zip(results) {
            let name = entry["name"].as_str().unwrap_or_default();
            let is_baseline = name == baseline;
            variants.push(Variant { name, title: entry["title"].as_str(), is_baseline, result });
        }
        variants
    }

    /// Returns the variants that are drawn, at most `most`: the baseline first, then the best where one was selected,
    /// then others in the order of the scenario.
    #[must_use]
    pub fn drawn(&self, most: usize) -> Vec<Variant<'_>> {
        let mut variants = self.variants();
        let best = self.result["selection"]["best"].as_str();
        variants.sort_by_key(|variant| (!variant.is_baseline, Some(variant.name) != best));
        variants.truncate(most);
        variants
    }

    /// Returns the difference of a variant from the baseline in one metric, and what else the result says of it.
    #[must_use]
    pub fn difference(&self, variant: &str, metric: &str) -> Option<(Figure, &Value)> {
        let mut all = self.result["differences"].as_array()?.iter();
        let found = all.find(|row| row["variant"] == variant && row["metric"] == metric)?;
        Some((Figure::read(found)?, found))
    }
}

/// Tells whether a value is of its kind.
type IsRight = fn(&Value) -> bool;

/// What of a manifest the page is made of, and of which kind it is.
const MANIFEST_KEYS: [(&str, IsRight); 11] = [
    ("command", Value::is_string),
    ("scenario", Value::is_string),
    ("seed", Value::is_u64),
    ("replications", Value::is_u64),
    ("horizon_days", Value::is_u64),
    ("start", Value::is_string),
    ("currency", Value::is_string),
    ("confidence", Value::is_number),
    ("headline", Value::is_array),
    ("variants", Value::is_array),
    ("files", Value::is_array),
];

/// The commands that write run folders, and what their results hold.
const RESULT_KEYS: [(&str, &[&str]); 5] = [
    ("run", &["metrics"]),
    ("compare", &["variants", "differences"]),
    ("staff", &["answers"]),
    ("sensitivity", &["factors"]),
    ("optimize", &["evaluations"]),
];

/// Says what a manifest lacks.
fn check_manifest(manifest: &Value) -> Result<(), String> {
    let lacking = MANIFEST_KEYS.iter().filter(|(key, is_right)| !is_right(&manifest[key]));
    let lacking: Vec<String> = lacking.map(|(key, _)| format!("`{key}`")).collect();
    if !lacking.is_empty() {
        return Err(format!("is no manifest of a finished run, it lacks {}", lacking.join(", ")));
    }
    let command = text(manifest, "command").unwrap_or_default();
    if RESULT_KEYS.iter().any(|(known, _)| *known == command) {
        Ok(())
    } else {
        let known: Vec<&str> = RESULT_KEYS.iter().map(|(known, _)| *known).collect();
        Err(format!("is of the command `{command}`, and finished runs are of {}", known.join(", ")))
    }
}

/// Says what a result lacks, or that it belongs to another manifest.
fn check_result(result: &Value, manifest: &Value) -> Result<(), String> {
    let command = text(manifest, "command").unwrap_or_default();
    let keys = RESULT_KEYS.iter().find(|(known, _)| *known == command).map_or(&[][..], |(_, keys)| keys);
    let is_there = |key: &str| result[key].is_array() || result[key].is_object();
    let lacking: Vec<String> =
        keys.iter().filter(|key| !is_there(key)).map(|key| format!("`{key}`")).collect();
    if !lacking.is_empty() {
        return Err(format!("is no result of `{command}`, it lacks {}", lacking.join(", ")));
    }
    if result["digest"] == manifest["digest"] {
        Ok(())
    } else {
        Err(format!("is of another run than {MANIFEST} beside it, their digests differ"))
    }
}

impl<'a> Variant<'a> {
    /// Returns one metric; [`None`]: nothing to measure.
    #[must_use]
    pub fn metric(&self, name: &str) -> Option<Figure> {
        Figure::read(&self.result["metrics"][name])
    }

    /// Returns its title, or else its name.
    #[must_use]
    pub fn label(&self) -> &'a str {
        self.title.unwrap_or(self.name)
    }
}

impl Figure {
    /// Reads `mean`, `ci_low` and `ci_high` of a row of a document.
    #[must_use]
    pub fn read(row: &Value) -> Option<Self> {
        let mean = number(row, "mean")?;
        Some(Self { mean, ends: number(row, "ci_low").zip(number(row, "ci_high")) })
    }

    /// Returns the figure in another unit, such as thousands.
    #[must_use]
    pub fn scaled(self, by: f64) -> Self {
        Self { mean: self.mean * by, ends: self.ends.map(|(low, high)| (low * by, high * by)) }
    }

    /// Writes it with its interval: `88.7 % (87.9 to 89.5 %)`.
    #[must_use]
    pub fn written(self, words: Words<'_>) -> String {
        let ends = self.ends.map_or(String::new(), |(low, high)| format!(" ({})", words.interval(low, high)));
        format!("{}{ends}", words.value(self.mean))
    }
}

/// Returns a text of a document.
#[must_use]
pub fn text<'a>(row: &'a Value, key: &str) -> Option<&'a str> {
    row[key].as_str()
}

/// Returns a number of a document.
#[must_use]
pub fn number(row: &Value, key: &str) -> Option<f64> {
    row[key].as_f64()
}
