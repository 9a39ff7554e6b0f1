//! What comes of a scenario and its variants: run, kept where it is to be kept, and shown.

use std::ops::Range;

use serde::Serialize;

use crate::cli::console::Console;
use crate::cli::exit::{Exit, WrongInput};
use crate::cli::options::{AccountsOf, ScenarioArgs};
use crate::cli::work::{Runs, during};
use crate::experiment::best::{BestVariant, Unmeasured, best_variant};
use crate::experiment::cells;
use crate::experiment::replicate::{Chunk, Job, Options};
use crate::experiment::why;
use crate::output::details::Details;
use crate::output::document::Header;
use crate::output::events::Wanted;
use crate::output::folder::Place;
use crate::output::manifest::{self, Asked, Contents};
use crate::output::results::{Results, StoppedBy};
use crate::output::sheet::Format;
use crate::output::sheets;
use crate::scenario::load::Experiment;
use crate::scenario::selection::SelectionSettings;

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
    args: &ScenarioArgs,
    accounts_of: &AccountsOf,
    experiment: &Experiment,
    showing: &Showing<D>,
    console: &Console,
) -> anyhow::Result<Exit> {
    let place = args.keeping.place()?;
    let events = accounts_of.events()?;
    let options = Options {
        slices: place.is_some() || console.wants_json() || showing.details.by.is_some(),
        fates: showing.why,
        weeks: place.is_some(),
        accounts_of: accounts_of.of_first(experiment.replications, place.is_some())?,
        ..Options::default()
    };
    let paths = if showing.why { why::paths(experiment) } else { Vec::new() };
    let opened = why::opened_up(experiment, &paths);
    let settings = experiment.variants[experiment.baseline].scenario.file.selection.as_ref();
    let settings = settings.filter(|_| showing.selects);
    let kept = place.as_ref().map(|place| (place, cells::plan(experiment, "")));
    let replications = experiment.replications.into();
    let mut ended = Ok(());
    let (whole, stopped_by, best) = during(args.effort, kept, replications, console, |runs| {
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
    let reasons = match results.answered().filter(|_| showing.why) {
        Some(metric) => why::all(experiment, &whole, metric, &paths, results.confidence()),
        None => Vec::new(),
    };
    results.why = &reasons;
    let overrides = args.changes.overrides();
    let asked = Asked {
        command: showing.command,
        overrides: &overrides,
        accounts_of: &options.accounts_of,
        events: &events,
    };
    let place = place.filter(|_| !chunk.is_empty());
    show(&results, showing, place.as_ref().map(|place| (place, args.keeping.format())), asked, console)?;
    ended?;
    Ok(Exit::Done)
}

/// Keeps results where they are to be kept, in a format, and shows them.
pub(super) fn show<D: Serialize>(
    results: &Results<'_>,
    showing: &Showing<D>,
    place: Option<(&Place, &Format)>,
    asked: Asked<'_>,
    console: &Console,
) -> anyhow::Result<()> {
    let document = (showing.document)(results);
    if let Some((place, format)) = place {
        let header = Header::of(results);
        let contents = Contents { results, header, document: &document, tables: sheets::all(results) };
        manifest::write(place, contents, asked, format)?;
    }
    if results.stopped_by != StoppedBy::Interruption {
        console.show(&document, |width| (showing.text)(results, showing.details, width))?;
    }
    Ok(())
}

/// Selects the best variant, with as many further replications as it takes.
fn select(
    experiment: &Experiment,
    settings: &SelectionSettings,
    chunk: &Chunk,
    runs: &Runs,
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

/// Keeps the answer to a question where it is to be kept, and shows it.
pub(super) fn keep_and_show<D: Serialize>(
    args: &ScenarioArgs,
    command: &str,
    place: Option<&Place>,
    contents: Contents<'_, D>,
    console: &Console,
    text: impl FnOnce(u16) -> String,
) -> anyhow::Result<Exit> {
    let document = contents.document;
    if let Some(place) = place {
        let overrides = args.changes.overrides();
        let asked =
            Asked { command, overrides: &overrides, accounts_of: &(0..0), events: &Wanted::default() };
        manifest::write(place, contents, asked, args.keeping.format())?;
    }
    console.show(document, text)?;
    Ok(Exit::Done)
}
