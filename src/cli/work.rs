//! Running an experiment while somebody watches.

use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;
use serde::Serialize;

use crate::cli::console::Console;
use crate::cli::exit::{Exit, Interrupted};
use crate::cli::options::{Effort, Keeping};
use crate::experiment::replicate::{self, Chunk, Options, Watch};
use crate::output::folder::Place;
use crate::output::manifest::{self, Asked};
use crate::output::results::{Results, StoppedBy};
use crate::scenario::load::Experiment;

/// Whether somebody asked to stop.
pub(super) struct Interruption(Arc<AtomicBool>);

impl Interruption {
    /// Listens from now on: the first request stops before the next replication, the second at once.
    pub(super) fn listen() -> anyhow::Result<Self> {
        let asked = Arc::new(AtomicBool::new(false));
        let heard = Arc::clone(&asked);
        let stop = move || {
            if heard.swap(true, Ordering::Relaxed) {
                process::exit(Exit::Interrupted.code().into());
            }
        };
        ctrlc::set_handler(stop).context("the system does not tell about interruptions")?;
        Ok(Self(asked))
    }

    /// Set as soon as somebody has asked.
    pub(super) fn flag(&self) -> &AtomicBool {
        &self.0
    }
}

/// Runs all replications of `experiment`, or those until an interruption.
pub(super) fn replicate(
    experiment: &Experiment,
    options: &Options,
    interruption: &Interruption,
    console: &Console,
) -> anyhow::Result<(Chunk, StoppedBy)> {
    let progress = console.progress(experiment.replications.into());
    let watch = Watch { finished: &|| progress.inc(1), stop: &interruption.0 };
    let chunk = replicate::run_range(experiment, 0..experiment.replications, options, &watch)
        .context("the threads of the run cannot be started")?;
    progress.finish_and_clear();
    let is_complete = chunk.len() == experiment.replications;
    Ok((chunk, if is_complete { StoppedBy::Count } else { StoppedBy::Interruption }))
}

/// What a command makes of its results.
pub(super) struct Showing<D> {
    /// The command.
    pub(super) command: &'static str,
    /// The document for machines.
    pub(super) document: fn(&Results<'_>) -> D,
    /// The text for people, so many characters wide.
    pub(super) text: fn(&Results<'_>, u16) -> String,
}

/// Runs `experiment`, keeps what is to be kept, and shows the result.
pub(super) fn run_and_show<D: Serialize>(
    experiment: &Experiment,
    overrides: &[String],
    effort: Effort,
    keeping: &Keeping,
    place: Option<&Place>,
    showing: &Showing<D>,
    console: &Console,
) -> anyhow::Result<Exit> {
    let is_kept = place.is_some();
    let options = Options {
        threads: effort.threads,
        slices: is_kept || console.wants_json(),
        weeks: is_kept,
        accounts_of: keeping.accounts_of(experiment.replications)?,
    };
    let interruption = Interruption::listen()?;
    let (chunk, stopped_by) = replicate(experiment, &options, &interruption, console)?;
    let results = Results { experiment, chunk: &chunk, stopped_by };
    let document = (showing.document)(&results);
    let place = place.filter(|_| !chunk.is_empty());
    if let Some(place) = place {
        let asked = Asked { command: showing.command, overrides, accounts_of: &options.accounts_of };
        manifest::write(place, &results, &document, asked, keeping.format())?;
    }
    if stopped_by == StoppedBy::Interruption {
        let folder = place.and_then(|_| keeping.folder().cloned());
        return Err(Interrupted { finished: chunk.len(), asked: experiment.replications, folder }.into());
    }
    console.show(&document, |width| (showing.text)(&results, width))?;
    Ok(Exit::Done)
}
