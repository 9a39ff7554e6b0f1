//! What happens under a scenario, and which of its variants is better?

use std::ops::Range;

use serde::Serialize;

use crate::experiment::best::{BestVariant, Unmeasured, best_variant};
use crate::experiment::cells;
use crate::experiment::replicate::{Chunk, Job, Options};
use crate::experiment::why;
use crate::output::details::Details;
use crate::output::document::{CompareDocument, Header, RunDocument};
use crate::output::events::Wanted;
use crate::output::manifest::{Asked, Contents};
use crate::output::results::Results;
use crate::output::{sheets, table};
use crate::questions::runs::Runs;
use crate::questions::wrong::WrongInput;
use crate::questions::{Host, Subject};
use crate::scenario::load::Experiment;
use crate::scenario::selection::SelectionSettings;

/// How variants are asked about.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// Whether to say why they differ.
    pub why: bool,
    /// Whether to measure segments, programs and cohorts.
    pub slices: bool,
    /// What the text shows on demand.
    pub details: Details,
    /// Replications whose accounts are listed.
    pub accounts_of: Range<u32>,
    /// What is to be written of their events.
    pub events: Wanted,
}

/// Reads a scenario of which the baseline is to be run.
///
/// # Errors
///
/// All faults of the scenario.
pub fn to_run(subject: &Subject, host: &impl Host) -> Result<Experiment, WrongInput> {
    let mut experiment = subject.experiment(host)?;
    experiment.variants.swap(0, experiment.baseline);
    experiment.variants.truncate(1);
    experiment.baseline = 0;
    Ok(experiment)
}

/// Reads a scenario whose variants are to be compared.
///
/// # Errors
///
/// All faults of the scenario; or that there is nothing to compare.
pub fn to_compare(subject: &Subject, host: &impl Host) -> Result<Experiment, WrongInput> {
    let experiment = subject.experiment(host)?;
    if experiment.variants.len() < 2 {
        let words = format!(
            "{} has nothing to compare: add at least two [[variant]] tables, each with a `name` and what it `set`s",
            subject.file
        );
        return Err(WrongInput::Words(words));
    }
    Ok(experiment)
}

/// Refuses an experiment that cannot be run in parts.
///
/// # Errors
///
/// If it asks for a precision.
pub fn in_parts(experiment: &Experiment) -> Result<(), WrongInput> {
    if experiment.variants[experiment.baseline].scenario.file.precision.is_none() {
        return Ok(());
    }
    let words = "[precision] decides by what all replications say how many there are, which no part of a sweep knows: leave it \
                 out, and say how many with `replications`";
    Err(WrongInput::Words(words.to_owned()))
}

/// What a command makes of its results.
struct Showing<D> {
    command: &'static str,
    document: fn(&Results<'_>) -> D,
    text: fn(&Results<'_>, Details, u16) -> String,
    /// Whether the best variant is selected, where the scenario asks for it.
    selects: bool,
}

const RUN: Showing<RunDocument> =
    Showing { command: "run", document: RunDocument::of, text: table::run, selects: false };

const COMPARE: Showing<CompareDocument> =
    Showing { command: "compare", document: CompareDocument::of, text: table::compare, selects: true };

/// Runs what [`to_run`] has read.
///
/// # Errors
///
/// [`WrongInput`], and those of the work.
pub fn run(experiment: &Experiment, subject: &Subject, wish: &Wish, host: &impl Host) -> anyhow::Result<()> {
    answer(&RUN, experiment, subject, wish, host)
}

/// Compares what [`to_compare`] has read.
///
/// # Errors
///
/// [`WrongInput`], and those of the work.
pub fn compare(
    experiment: &Experiment,
    subject: &Subject,
    wish: &Wish,
    host: &impl Host,
) -> anyhow::Result<()> {
    answer(&COMPARE, experiment, subject, wish, host)
}

/// Takes results that were run elsewhere as `compare` takes its own, or `run` where there are no variants. A best variant is not
/// selected, because that runs further replications.
///
/// # Errors
///
/// If the answer cannot be kept or shown.
pub fn gathered(
    results: &Results<'_>,
    overrides: &[String],
    accounts_of: &Range<u32>,
    host: &impl Host,
) -> anyhow::Result<()> {
    if results.experiment.variants.len() > 1 {
        tell(
            &COMPARE,
            results,
            overrides,
            &Wish { accounts_of: accounts_of.clone(), ..Wish::default() },
            host,
        )
    } else {
        tell(&RUN, results, overrides, &Wish { accounts_of: accounts_of.clone(), ..Wish::default() }, host)
    }
}

fn answer<D: Serialize>(
    showing: &Showing<D>,
    experiment: &Experiment,
    subject: &Subject,
    wish: &Wish,
    host: &impl Host,
) -> anyhow::Result<()> {
    let options = Options {
        slices: wish.slices,
        fates: wish.why,
        weeks: host.keeps(),
        accounts_of: wish.accounts_of.clone(),
        ..Options::default()
    };
    let paths = if wish.why { why::paths(experiment) } else { Vec::new() };
    let opened = why::opened_up(experiment, &paths);
    let settings = experiment.variants[experiment.baseline].scenario.file.selection.as_ref();
    let settings = settings.filter(|_| showing.selects);
    let plan = cells::plan(experiment, "");
    let mut ended = Ok(());
    let (whole, stopped_by, best) = host.during(Some(plan), experiment.replications.into(), |runs| {
        let (whole, stopped_by) = runs.replicate_all(experiment, &opened, &options)?;
        ended = runs.refuse_part(stopped_by, whole.len());
        let best = match settings.filter(|_| ended.is_ok()) {
            Some(settings) => Some(select(experiment, settings, &whole, runs)?),
            None => None,
        };
        Ok((whole, stopped_by, best))
    })?;
    let chunk = whole.first_variants(experiment.variants.len());
    let mut results = Results { experiment, chunk: &chunk, stopped_by, why: &[], best: best.as_ref() };
    let reasons = match results.answered().filter(|_| wish.why) {
        Some(metric) => why::all(experiment, &whole, metric, &paths, results.confidence()),
        None => Vec::new(),
    };
    results.why = &reasons;
    tell(showing, &results, &subject.overrides, wish, host)?;
    ended
}

fn tell<D: Serialize>(
    showing: &Showing<D>,
    results: &Results<'_>,
    overrides: &[String],
    wish: &Wish,
    host: &impl Host,
) -> anyhow::Result<()> {
    let document = (showing.document)(results);
    let tables = if host.keeps() { sheets::all(results) } else { Vec::new() };
    let contents = Contents { results, header: Header::of(results), document: &document, tables };
    let Wish { accounts_of, events, .. } = wish;
    let asked = Asked { command: showing.command, overrides, accounts_of, events };
    host.answered(contents, asked, |width| (showing.text)(results, wish.details, width))
}

/// Selects the best variant, with as many further replications as it takes.
fn select(
    experiment: &Experiment,
    settings: &SelectionSettings,
    chunk: &Chunk,
    runs: &Runs<'_>,
) -> anyhow::Result<BestVariant> {
    let mut run = |variants: &[usize], replications: Range<u32>| {
        runs.expect(replications.len() as u64 * variants.len() as u64);
        let options = Options { only: Some(variants.to_vec()), ..Options::default() };
        let mut chunks = runs.all(&[Job { experiment, replications }], &options)?;
        Ok(chunks.pop().unwrap_or_default())
    };
    best_variant(experiment, settings, chunk, &mut run).map_err(|error: anyhow::Error| {
        match error.downcast::<Unmeasured>() {
            Ok(unmeasured) => WrongInput::Words(unmeasured.to_string()).into(),
            Err(error) => error,
        }
    })
}
