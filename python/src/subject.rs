//! A scenario that was read, with all files it was read from, so that it can be sent anywhere.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use journeysim::experiment::{cells, read};
use journeysim::language::source::{Disk, FileReader, ReadError};
use journeysim::questions::Subject as Question;
use journeysim::scenario::load::Experiment;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use serde_json::json;

use crate::failure;

type Held = BTreeMap<PathBuf, Arc<[u8]>>;

/// Files that are held, and else those of the disk, which are held from then on.
struct Reader {
    held: Held,
    read: Arc<Mutex<Held>>,
}

impl FileReader for Reader {
    fn read(&mut self, path: &Path, limit: u64) -> Result<Vec<u8>, ReadError> {
        let bytes = match self.held.get(path) {
            Some(bytes) if bytes.len() as u64 > limit => {
                return Err(ReadError::TooLarge(Some(bytes.len() as u64)));
            }
            Some(bytes) => bytes.to_vec(),
            None => Disk.read(path, limit)?,
        };
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.insert(path.to_owned(), Arc::from(bytes.as_slice()));
        Ok(bytes)
    }

    fn names(&mut self, folder: &Path) -> Vec<String> {
        Disk.names(folder)
    }
}

/// A scenario, read and found right.
#[pyclass(frozen, module = "journeysim._journeysim")]
pub struct Subject {
    pub question: Question,
    pub experiment: Arc<Experiment>,
    files: Held,
}

#[pymethods]
impl Subject {
    /// Reads a scenario file with overrides; `files` stand in for those of the disk.
    #[new]
    fn new(
        py: Python<'_>,
        file: String,
        overrides: Vec<String>,
        files: BTreeMap<String, Vec<u8>>,
    ) -> PyResult<Self> {
        let held: Held =
            files.into_iter().map(|(path, bytes)| (PathBuf::from(path), Arc::from(bytes))).collect();
        let read: Arc<Mutex<Held>> = Arc::default();
        let mut reader = Reader { held, read: Arc::clone(&read) };
        let experiment = py.detach(|| read::experiment(&file, &overrides, &mut reader));
        let experiment = experiment.map_err(|faults| failure::faults(py, faults))?;
        let files = std::mem::take(&mut *read.lock().unwrap_or_else(PoisonError::into_inner));
        let held = files.clone();
        let reader: journeysim::questions::Files =
            Arc::new(move || Box::new(Reader { held: held.clone(), read: Arc::default() }));
        let question = Question { file, overrides, files: reader };
        Ok(Self { question, experiment: Arc::new(experiment), files })
    }

    /// The scenario file.
    #[getter]
    fn file(&self) -> &str {
        &self.question.file
    }

    /// Changes of the form `path=value`.
    #[getter]
    fn overrides(&self) -> Vec<String> {
        self.question.overrides.clone()
    }

    /// All files that were read, by path.
    #[getter]
    fn files<'py>(&self, py: Python<'py>) -> BTreeMap<String, Bound<'py, PyBytes>> {
        let text = |path: &PathBuf| path.to_string_lossy().into_owned();
        self.files.iter().map(|(path, bytes)| (text(path), PyBytes::new(py, bytes))).collect()
    }

    /// The hash of the plan: the variants with all they follow from.
    #[getter]
    fn plan(&self) -> String {
        plan(&self.experiment).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// What the scenario says of itself, as JSON.
    #[getter]
    fn about(&self) -> String {
        let experiment = &self.experiment;
        let variants: Vec<&str> = experiment.variants.iter().map(|variant| variant.name.as_str()).collect();
        let notes: Vec<String> = experiment.notes.iter().map(ToString::to_string).collect();
        json!({
            "name": experiment.name,
            "question": experiment.question,
            "variants": variants,
            "baseline": variants[experiment.baseline],
            "replications": experiment.replications,
            "seed": experiment.seed,
            "notes": notes,
            "merged": experiment.merged,
        })
        .to_string()
    }
}

/// Returns the hash that all cells of a sweep have in common.
pub fn plan(experiment: &Experiment) -> cells::Fingerprint {
    cells::plan(experiment, "sweep")
}
