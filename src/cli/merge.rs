//! `merge`: the parts of a sweep, put together.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use anyhow::Context;
use clap::builder::PossibleValuesParser;
use serde::Serialize;

use crate::cli::console::Console;
use crate::cli::exit::{Exit, WrongInput};
use crate::cli::options::{format, standing};
use crate::cli::showing::{Showing, show};
use crate::experiment::cells::Cells;
use crate::experiment::replicate::{Chunk, Options, Watch, run_range};
use crate::experiment::shards::{self, COMMAND, ShardManifest, in_order};
use crate::output::details::Details;
use crate::output::document::{CompareDocument, RunDocument};
use crate::output::events::Wanted;
use crate::output::folder::{CELLS, MANIFEST, Place};
use crate::output::manifest::Asked;
use crate::output::results::{Results, StoppedBy};
use crate::output::sheet::{FORMATS, Format};
use crate::output::table;
use crate::output::words::counted;
use crate::scenario::load::Experiment;

/// Put the parts of a sweep together
///
/// Shows what `compare`, or `run` without variants, would show of all replications, to the bit. Nothing is run: a part that is
/// missing, there twice, unfinished, or of another sweep is an error. A best variant is not selected, because that runs further
/// replications.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: all parts that `cells` has written below a folder\n  \
    journeysim merge parts/* --out runs/check-in-cadence")]
pub(super) struct Args {
    /// Folders that `cells` has written
    #[arg(required = true, value_name = "DIR")]
    folders: Vec<PathBuf>,
    /// Write the run folder
    #[arg(long, value_name = "RUN")]
    out: Option<PathBuf>,
    /// Replace a run folder that exists
    #[arg(long, requires = "out")]
    force: bool,
    /// Format of the run folder's tables
    #[arg(long, value_name = "FORMAT", requires = "out",
          value_parser = PossibleValuesParser::new(FORMATS.iter().map(|format| format.name)))]
    format: Option<String>,
}

pub(super) fn run(args: &Args, console: &Console) -> anyhow::Result<Exit> {
    let place = args.out.as_deref().map(|out| Place::new(out, standing(args.force, false))).transpose()?;
    let shards: Vec<(PathBuf, ShardManifest)> = args
        .folders
        .iter()
        .map(|folder| Ok((folder.clone(), manifest(folder)?)))
        .collect::<Result<_, WrongInput>>()?;
    let shards = in_order(shards).map_err(|misfits| {
        WrongInput::Words(misfits.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    })?;
    let first = &shards[0].1;
    let experiment = first.experiment().map_err(|faults| WrongInput::Faults { faults })?;
    let mut chunk = Chunk::default();
    for (folder, shard) in &shards {
        chunk.replications.extend(finished(folder, shard, &experiment)?.replications);
    }
    let results = Results {
        experiment: &experiment,
        chunk: &chunk,
        stopped_by: StoppedBy::Count,
        why: &[],
        best: None,
    };
    let place = place.as_ref().map(|place| (place, format(args.format.as_deref())));
    if experiment.variants.len() > 1 {
        show_as("compare", CompareDocument::of, table::compare, &results, place, first, console)
    } else {
        show_as("run", RunDocument::of, table::run, &results, place, first, console)
    }
}

/// Shows the whole as `command` would.
fn show_as<D: Serialize>(
    command: &'static str,
    document: fn(&Results<'_>) -> D,
    text: fn(&Results<'_>, Details, u16) -> String,
    results: &Results<'_>,
    place: Option<(&Place, &Format)>,
    manifest: &ShardManifest,
    console: &Console,
) -> anyhow::Result<Exit> {
    let details = Details { by: None, quantiles: false };
    let showing = Showing { command, why: false, document, text, details, selects: false };
    let Options { accounts_of, .. } = shards::options();
    let asked = Asked {
        command,
        overrides: &manifest.overrides,
        accounts_of: &accounts_of,
        events: &Wanted::default(),
    };
    show(results, &showing, place, asked, console)?;
    Ok(Exit::Done)
}

/// Reads what a shard says of itself.
fn manifest(folder: &Path) -> Result<ShardManifest, WrongInput> {
    let no_part = || {
        let cells = folder.join(CELLS).is_file() && !folder.join(MANIFEST).is_file();
        WrongInput::Words(if cells {
            format!(
                "{} holds an unfinished shard: go on with it by `journeysim cells ... --resume`",
                folder.display()
            )
        } else {
            format!("{} is no shard: name folders that `journeysim cells` has written", folder.display())
        })
    };
    let text = fs::read(folder.join(MANIFEST)).map_err(|_| no_part())?;
    let manifest: ShardManifest = serde_json::from_slice(&text).map_err(|_| no_part())?;
    if manifest.command == COMMAND { Ok(manifest) } else { Err(no_part()) }
}

/// Returns the replications of a shard, all of which it holds.
fn finished(folder: &Path, shard: &ShardManifest, experiment: &Experiment) -> anyhow::Result<Chunk> {
    let cells = Cells::open(&folder.join(CELLS))?;
    let plan = shards::own_plan(experiment, shard.shard);
    cells.belong_to(&plan).with_context(|| folder.display().to_string())?;
    let replications = shard.shard.of(shard.replications);
    let (held, expected) = (cells.count()?, replications.len() as u64 * experiment.variants.len() as u64);
    if held != expected {
        let held = counted(held, "cell", "cells");
        let words = format!("{} holds {held} of {expected}: run it anew with --force", folder.display());
        return Err(WrongInput::Words(words).into());
    }
    let watch = Watch { finished: &|| (), stop: &AtomicBool::new(false), cells: Some(&cells) };
    Ok(run_range(experiment, replications, &shards::options(), &watch)?)
}
