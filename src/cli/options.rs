//! Options that mean the same in every command.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::value_parser;

use crate::output::folder::{FolderError, Place};
use crate::output::sheet::{FORMATS, Format};

/// Changes of any scenario value.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Changes {
    /// Seed of all randomness
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Number of independent repetitions
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..))]
    replications: Option<u32>,
    /// Override any scenario value, such as touchpoint.check-in.every=30d (repeatable)
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,
}

/// How a run is carried out, which changes nothing of its results.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct Effort {
    /// Number of threads; all cores if absent
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..=1024))]
    pub(super) threads: Option<u32>,
}

/// What is kept of a run.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Keeping {
    /// Write the run folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Replace a run folder that exists
    #[arg(long, requires = "out")]
    force: bool,
    /// Format of the run folder's tables
    #[arg(long, value_name = "FORMAT", requires = "out",
          value_parser = PossibleValuesParser::new(FORMATS.iter().map(|format| format.name)))]
    format: Option<String>,
}

impl Changes {
    /// Returns all changes as texts of the form `path=value`; the options with a name of their own come last.
    pub(super) fn overrides(&self) -> Vec<String> {
        let mut overrides = self.set.clone();
        overrides.extend(self.seed.map(|seed| format!("seed={seed}")));
        overrides.extend(self.replications.map(|number| format!("replications={number}")));
        overrides
    }
}

impl Keeping {
    /// Returns the place of the run folder, if one is to be written and may be.
    pub(super) fn place(&self) -> Result<Option<Place>, FolderError> {
        self.out.as_deref().map(|folder| Place::new(folder, self.force)).transpose()
    }

    /// Returns the path of the run folder as it was written.
    pub(super) fn folder(&self) -> Option<&PathBuf> {
        self.out.as_ref()
    }

    /// Returns the format of the run folder's tables.
    pub(super) fn format(&self) -> &'static Format {
        let asked = self.format.as_deref().and_then(|name| FORMATS.iter().find(|format| format.name == name));
        asked.unwrap_or(&FORMATS[0])
    }
}
