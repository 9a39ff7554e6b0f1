//! Questions about a scenario: from its files to an answer, one file a question, whoever asks.
//!
//! The command line asks for somebody at a terminal, the Python package for a notebook. Each brings a [`Host`], which runs what is
//! to be run while somebody waits, and takes the answer; so they cannot differ in what they run, or in what they say is wrong.

pub mod calibrate;
pub mod optimize;
pub mod runs;
pub mod sensitivity;
pub mod staff;
pub mod trace;
pub mod variants;
pub mod wrong;

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use crate::experiment::cells::Fingerprint;
use crate::experiment::read;
use crate::language::fault::Fault;
use crate::language::source::{Disk, FileReader};
use crate::output::events::Wanted;
use crate::output::manifest::{Asked, Contents};
use crate::questions::runs::Runs;
use crate::questions::wrong::WrongInput;
use crate::scenario::file::ScenarioFile;
use crate::scenario::load::{Experiment, Template};

/// Where no events are asked for.
static NO_EVENTS: Wanted = Wanted { flat: false, ocel: false, accounts: Vec::new() };

/// The setting that says how often a scenario is run.
const REPLICATIONS: &str = "replications";

/// Makes readers of the files that a scenario is read from.
pub type Files = Arc<dyn Fn() -> Box<dyn FileReader + Send> + Send + Sync>;

/// What is asked about: a scenario file and changes of it.
#[derive(Clone)]
pub struct Subject {
    /// The scenario file.
    pub file: String,
    /// Changes of the form `path=value`, as written.
    pub overrides: Vec<String>,
    /// Where files are read.
    pub files: Files,
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subject").field("file", &self.file).field("overrides", &self.overrides).finish()
    }
}

impl Subject {
    /// Takes a scenario file of this computer.
    #[must_use]
    pub fn on_disk(file: &str, overrides: Vec<String>) -> Self {
        Self { file: file.to_owned(), overrides, files: Arc::new(|| Box::new(Disk)) }
    }

    /// Reads the experiment; what is no fault and worth knowing is said.
    ///
    /// # Errors
    ///
    /// All faults of the scenario.
    pub fn experiment(&self, host: &impl Host) -> Result<Experiment, WrongInput> {
        let experiment = self.read()?;
        for note in &experiment.notes {
            host.note(note);
        }
        Ok(experiment)
    }

    /// Reads the experiment of a question whose `table` may have a number of replications of its own: what an override says
    /// of the scenario's replications holds for these as well, and stands among the changes of the subject returned.
    ///
    /// # Errors
    ///
    /// All faults of the scenario.
    pub fn experiment_of(
        &self,
        table: &str,
        has_own: impl Fn(&ScenarioFile) -> bool,
        host: &impl Host,
    ) -> Result<(Self, Experiment), WrongInput> {
        let mut subject = self.clone();
        if subject.overrides_replications(table) {
            let Experiment { variants, baseline, replications, .. } = self.read()?;
            if has_own(&variants[baseline].scenario.file) {
                subject.overrides.push(format!("{table}.replications={replications}"));
            }
        }
        let experiment = subject.experiment(host)?;
        Ok((subject, experiment))
    }

    /// Whether the last override of replications is one of the scenario's, and not of those of `table`.
    fn overrides_replications(&self, table: &str) -> bool {
        let own = format!("{table}.replications");
        let mut paths = self.overrides.iter().filter_map(|text| Some(text.split_once('=')?.0.trim()));
        paths.rfind(|path| [REPLICATIONS, &own, table].contains(path)) == Some(REPLICATIONS)
    }

    fn read(&self) -> Result<Experiment, WrongInput> {
        read::experiment(&self.file, &self.overrides, &mut *(self.files)())
            .map_err(|faults| WrongInput::Faults { faults })
    }

    /// Returns the scenario to be tried with further changes.
    #[must_use]
    pub fn template(&self) -> Template {
        Template::new(&self.file, &self.overrides, (self.files)())
    }

    /// Returns how `command` was asked, where no accounts are listed and no events.
    #[must_use]
    pub fn asked<'a>(&'a self, command: &'static str) -> Asked<'a> {
        Asked { command, overrides: &self.overrides, accounts_of: &(0..0), events: &NO_EVENTS }
    }
}

/// Whoever asks: somebody waits for the work and takes the answer.
pub trait Host {
    /// Hears what is no fault and worth knowing.
    fn note(&self, fault: &Fault);

    /// Whether everything is measured that a run folder shows.
    fn keeps(&self) -> bool;

    /// Does `work`, which is to run about so many replications of a plan; where there is one, finished cells may be kept.
    ///
    /// # Errors
    ///
    /// Those of the work, and what keeps it from beginning.
    fn during<T>(
        &self,
        plan: Option<Fingerprint>,
        replications: u64,
        work: impl FnOnce(&Runs<'_>) -> anyhow::Result<T>,
    ) -> anyhow::Result<T>;

    /// Takes an answer: its contents, how it was asked for, and its text so many characters wide.
    ///
    /// # Errors
    ///
    /// If it cannot be kept or shown.
    fn answered<D: Serialize>(
        &self,
        contents: Contents<'_, D>,
        asked: Asked<'_>,
        text: impl FnOnce(u16) -> String,
    ) -> anyhow::Result<()>;

    /// Takes an answer that is no run: its document, and its text so many characters wide.
    ///
    /// # Errors
    ///
    /// If it cannot be shown.
    fn shown<D: Serialize>(&self, document: &D, text: impl FnOnce(u16) -> String) -> anyhow::Result<()>;
}
