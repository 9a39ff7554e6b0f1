//! The cells of a sweep: run by a worker, sent as a parcel, put together by whoever asked.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use journeysim::experiment::cells::Fingerprint;
use journeysim::experiment::parcels::{self, Misdelivery, Parcel, Stretch};
use journeysim::experiment::replicate::{Chunk, Options, Outcome, Watch};
use journeysim::experiment::shards;
use journeysim::output::results::{Results, StoppedBy};
use journeysim::output::spill::{PART, Spill};
use journeysim::questions::variants;
use journeysim::scenario::load::Experiment;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::answer::Finished;
use crate::ask::{Caller, Shared, wait};
use crate::failure;
use crate::subject::{Subject, plan};

/// Runs cells of a plan on one core: replications from `first` up to, and not with, `end`, of some variants. With `detail`
/// everything is measured that a run folder shows.
#[pyfunction]
pub fn run_cells<'py>(
    py: Python<'py>,
    subject: &Subject,
    first: u32,
    end: u32,
    variants: Vec<usize>,
    detail: bool,
) -> PyResult<Bound<'py, PyBytes>> {
    let experiment = &subject.experiment;
    let is_known = |&variant: &usize| variant < experiment.variants.len();
    if first >= end || variants.is_empty() || !variants.iter().all(is_known) {
        return Err(failure::words(py, "there are no such cells in the plan"));
    }
    let stretch = Stretch { replications: first..end, variants };
    let shared = Shared::default();
    let packed = wait(py, &shared, None, || {
        let options = Options { threads: Some(1), ..measured(detail) };
        let watch = Watch { finished: &|| (), stop: &shared.stop, cells: None };
        let parcel = parcels::run(experiment, &stretch, &options, &watch)?;
        Ok(parcel.map(|parcel| parcel.pack(&plan(experiment))))
    })?;
    let packed = packed.map_err(|error: anyhow::Error| failure::of(py, &error))?;
    // Only an interruption stops it, which was raised just above.
    Ok(PyBytes::new(py, &packed.unwrap_or_default()))
}

fn measured(detail: bool) -> Options {
    if detail { shards::options() } else { Options::default() }
}

/// A sweep whose parcels come in.
#[pyclass(frozen, module = "journeysim._journeysim")]
pub struct Gathering {
    experiment: Arc<Experiment>,
    overrides: Vec<String>,
    plan: Fingerprint,
    detail: bool,
    state: Mutex<State>,
}

enum State {
    /// Cells by replication and variant.
    Held(BTreeMap<(u32, usize), Outcome>),
    /// Written as they come.
    Spilled(Spill),
    /// Handed over.
    Over,
}

#[pymethods]
impl Gathering {
    /// Begins to gather a sweep, in memory or into a new folder.
    #[new]
    #[pyo3(signature = (subject, detail, out=None))]
    fn new(py: Python<'_>, subject: &Subject, detail: bool, out: Option<PathBuf>) -> PyResult<Self> {
        let experiment = Arc::clone(&subject.experiment);
        let refused = variants::in_parts(&experiment).err();
        if let Some(refused) = refused {
            return Err(failure::of(py, &refused.into()));
        }
        let plan = plan(&experiment);
        let state = match out {
            Some(out) => State::Spilled(
                Spill::begin(&out, &experiment, PART).map_err(|error| failure::of(py, &error.into()))?,
            ),
            None => State::Held(BTreeMap::new()),
        };
        let overrides = subject.question.overrides.clone();
        Ok(Self { experiment, overrides, plan, detail, state: Mutex::new(state) })
    }

    /// Takes a parcel, and returns how many cells it brought: none if they are there already.
    fn add(&self, py: Python<'_>, bytes: &[u8]) -> PyResult<usize> {
        let parcel = py.detach(|| Parcel::unpack(bytes, &self.plan));
        let parcel = parcel.map_err(|error| failure::misdelivery(py, &error))?;
        let Stretch { replications, variants } = parcel.stretch.clone();
        if replications.end > self.experiment.replications
            || variants.iter().any(|&it| it >= self.experiment.variants.len())
        {
            return Err(failure::misdelivery(py, &Misdelivery::Incomplete));
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *state {
            State::Held(cells) => {
                let before = cells.len();
                for (replication, outcomes) in replications.zip(parcel.outcomes) {
                    cells.extend(variants.iter().map(|&variant| (replication, variant)).zip(outcomes));
                }
                Ok(cells.len() - before)
            }
            State::Spilled(spill) => {
                py.detach(|| spill.add(parcel)).map_err(|error| failure::of(py, &error.into()))
            }
            State::Over => Ok(0),
        }
    }

    /// Ends the sweep: the answer that `compare` or `run` would have given, or of a folder its summary as JSON.
    fn finish(&self, py: Python<'_>) -> PyResult<(Option<Finished>, Option<String>)> {
        let state =
            std::mem::replace(&mut *self.state.lock().unwrap_or_else(PoisonError::into_inner), State::Over);
        match state {
            State::Held(cells) => {
                let answer = wait(py, &Shared::default(), None, || self.answer(cells))?;
                Ok((Some(answer.map_err(|error| failure::of(py, &error))?), None))
            }
            State::Spilled(spill) => {
                let summary = py.detach(|| Ok(serde_json::to_string(&spill.finish(&self.experiment)?)?));
                Ok((None, Some(summary.map_err(|error: anyhow::Error| failure::of(py, &error))?)))
            }
            State::Over => Ok((None, None)),
        }
    }
}

impl Gathering {
    fn answer(&self, cells: BTreeMap<(u32, usize), Outcome>) -> anyhow::Result<Finished> {
        let Self { experiment, overrides, detail, .. } = self;
        let expected = experiment.replications as usize * experiment.variants.len();
        anyhow::ensure!(
            cells.len() == expected,
            "{} of {expected} cells of the sweep are there",
            cells.len()
        );
        // In the order of replications, then of variants, whenever they came.
        let mut outcomes = cells.into_values();
        let width = experiment.variants.len();
        let replications = (0..experiment.replications).map(|_| outcomes.by_ref().take(width).collect());
        let chunk = Chunk { first: 0, replications: replications.collect() };
        let results =
            Results { experiment, chunk: &chunk, stopped_by: StoppedBy::Count, why: &[], best: None };
        let shared = Shared::default();
        let caller = Caller::new(&shared, None, *detail);
        variants::gathered(&results, overrides, &measured(*detail).accounts_of, &caller)?;
        caller.answer()
    }
}
