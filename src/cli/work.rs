//! Running an experiment while somebody watches.

use std::ops::Range;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use anyhow::Context;
use serde::Serialize;

use crate::cli::console::Console;
use crate::cli::exit::{Exit, Interrupted, OutOfTime, WrongInput};
use crate::cli::options::{Effort, Keeping};
use crate::experiment::best::{BestVariant, Unmeasured, best_variant};
use crate::experiment::cells::{self, Cells};
use crate::experiment::precision::{self, Look};
use crate::experiment::replicate::{self, Chunk, Options, Watch};
use crate::experiment::why;
use crate::output::details::Details;
use crate::output::folder::Place;
use crate::output::manifest::{self, Asked};
use crate::output::results::{Results, StoppedBy};
use crate::scenario::load::Experiment;
use crate::scenario::precision::PrecisionSettings;
use crate::scenario::selection::SelectionSettings;

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

/// Runs the replications of `experiment`, and where it asks for a precision more of them, batch by batch, until it is
/// reached; or those until an interruption.
pub(super) fn replicate(
    experiment: &Experiment,
    options: &Options,
    interruption: &Interruption,
    cells: Option<&Cells>,
    console: &Console,
) -> anyhow::Result<(Chunk, StoppedBy)> {
    replicate_all(experiment, experiment, options, interruption, cells, console)
}

/// Runs `whole`, which has further variants after those of `experiment`, whose precision is held.
fn replicate_all(
    experiment: &Experiment,
    whole: &Experiment,
    options: &Options,
    interruption: &Interruption,
    cells: Option<&Cells>,
    console: &Console,
) -> anyhow::Result<(Chunk, StoppedBy)> {
    let precision = experiment.variants[experiment.baseline].scenario.file.precision.as_ref();
    #[expect(
        clippy::disallowed_methods,
        reason = "a time cap decides how many replications are run, which is said"
    )]
    let begun = Instant::now();
    let progress = console.progress(experiment.replications.into());
    let watch = Watch { finished: &|| progress.inc(1), stop: &interruption.0, cells };
    let mut chunk = Chunk::default();
    let mut target = experiment.replications;
    let stopped_by = loop {
        let mut batch = replicate::run_range(whole, chunk.len()..target, options, &watch)?;
        chunk.replications.append(&mut batch.replications);
        if chunk.len() < target {
            break StoppedBy::Interruption;
        }
        let Some((settings, look)) = precision.zip(precision::look(experiment, &chunk)) else {
            break StoppedBy::Count;
        };
        if look.reached {
            break StoppedBy::Precision;
        }
        if chunk.len() == experiment.replications {
            within_reach(&look, settings)?;
        }
        if chunk.len() >= settings.most.get() {
            break StoppedBy::Count;
        }
        if settings.time_cap.is_some_and(|cap| begun.elapsed().as_secs_f64() >= cap.in_days() * 86_400.0) {
            break StoppedBy::Time;
        }
        target = chunk.len().saturating_add(settings.batch.get()).min(settings.most.get());
        let expected = look.needed.unwrap_or(settings.most.get()).clamp(target, settings.most.get());
        progress.set_length(expected.into());
    };
    progress.finish_and_clear();
    Ok((chunk, stopped_by))
}

/// Opens the file of finished cells of a run that begins, or goes on.
fn finished_cells(place: &Place, experiment: &Experiment) -> anyhow::Result<Cells> {
    let cells = Cells::open(&place.begin()?)?;
    cells.belong_to(&cells::plan(experiment))?;
    Ok(cells)
}

/// Refuses a precision that the largest number of replications would miss by far: half as many again would not do.
fn within_reach(look: &Look, settings: &PrecisionSettings) -> Result<(), WrongInput> {
    let most = settings.most.get();
    let words = match look.needed {
        _ if look.half_width.is_none() => {
            format!("precision.metric: {} has no interval in this scenario", look.metric)
        }
        Some(needed) if needed <= most.saturating_add(most / 2) => return Ok(()),
        Some(needed) => format!(
            "precision: an interval of {} this narrow would need about {needed} replications, and most = {most}; \
             ask for a wider one, or allow more",
            look.metric
        ),
        None => {
            format!("precision: no number of replications gives an interval of {} this narrow", look.metric)
        }
    };
    Err(WrongInput::Words(words))
}

/// Runs `range` of the replications of some variants, all of them or none.
pub(super) fn replicate_some(
    experiment: &Experiment,
    variants: &[usize],
    range: Range<u32>,
    effort: Effort,
    interruption: &Interruption,
) -> anyhow::Result<Chunk> {
    let options = Options { threads: effort.threads, only: Some(variants.to_vec()), ..Options::default() };
    let watch = Watch { finished: &|| (), stop: &interruption.0, cells: None };
    let asked = range.end - range.start;
    let chunk = replicate::run_range(experiment, range, &options, &watch)?;
    if chunk.len() < asked {
        return Err(Interrupted { finished: chunk.len(), asked, folder: None }.into());
    }
    Ok(chunk)
}

/// Selects the best variant, with as many further replications as it takes.
fn select(
    experiment: &Experiment,
    settings: &SelectionSettings,
    chunk: &Chunk,
    effort: Effort,
    interruption: &Interruption,
    console: &Console,
) -> anyhow::Result<BestVariant> {
    let spinner = console.progress(0);
    let mut run = |variants: &[usize], range: Range<u32>| {
        spinner.inc_length(u64::from(range.end - range.start) * variants.len() as u64);
        let chunk = replicate_some(experiment, variants, range.clone(), effort, interruption)?;
        spinner.inc(u64::from(range.end - range.start) * variants.len() as u64);
        Ok(chunk)
    };
    let found = best_variant(experiment, settings, chunk, &mut run);
    spinner.finish_and_clear();
    found.map_err(|error: anyhow::Error| match error.downcast::<Unmeasured>() {
        Ok(unmeasured) => WrongInput::Words(unmeasured.to_string()).into(),
        Err(error) => error,
    })
}

/// What a command makes of its results.
pub(super) struct Showing<D> {
    /// The command.
    pub(super) command: &'static str,
    /// Whether to say why variants differ.
    pub(super) why: bool,
    /// The document for machines.
    pub(super) document: fn(&Results<'_>) -> D,
    /// The text for people, so many characters wide.
    pub(super) text: fn(&Results<'_>, Details, u16) -> String,
    /// What the text shows on demand.
    pub(super) details: Details,
    /// Whether the best variant is selected, where the scenario asks for it.
    pub(super) selects: bool,
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
        slices: is_kept || console.wants_json() || showing.details.by.is_some(),
        fates: showing.why,
        weeks: is_kept,
        accounts_of: keeping.accounts_of(experiment.replications)?,
        only: None,
    };
    let interruption = Interruption::listen()?;
    let cells = place.map(|place| finished_cells(place, experiment)).transpose()?;
    let paths = if showing.why { why::paths(experiment) } else { Vec::new() };
    let opened = why::opened_up(experiment, &paths);
    let replicated = replicate_all(experiment, &opened, &options, &interruption, cells.as_ref(), console);
    if let Some((place, error)) = place.zip(replicated.as_ref().err())
        && error.is::<WrongInput>()
    {
        place.abandon();
    }
    let (whole, stopped_by) = replicated?;
    let chunk = whole.first_variants(experiment.variants.len());
    // The file is closed before its folder moves.
    drop(cells);
    let settings = experiment.variants[experiment.baseline].scenario.file.selection.as_ref();
    let is_finished = matches!(stopped_by, StoppedBy::Count | StoppedBy::Precision);
    let best = match settings.filter(|_| showing.selects && is_finished) {
        Some(settings) => Some(select(experiment, settings, &chunk, effort, &interruption, console)?),
        None => None,
    };
    let mut results = Results { experiment, chunk: &chunk, stopped_by, why: &[], best: best.as_ref() };
    let reasons = match results.answered().filter(|_| showing.why) {
        Some(metric) => why::all(experiment, &whole, metric, &paths, results.confidence()),
        None => Vec::new(),
    };
    results.why = &reasons;
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
    console.show(&document, |width| (showing.text)(&results, showing.details, width))?;
    if stopped_by == StoppedBy::Time {
        let folder = place.and_then(|_| keeping.folder().cloned());
        return Err(OutOfTime { finished: chunk.len(), folder }.into());
    }
    Ok(Exit::Done)
}
