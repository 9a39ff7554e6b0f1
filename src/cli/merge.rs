//! `merge`: the parts of a sweep, put together.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use anyhow::Context;
use clap::builder::PossibleValuesParser;
use serde_json::Value as Json;

use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::options::{Effort, Keeping};
use crate::cli::work::Desk;
use crate::experiment::cells::Cells;
use crate::experiment::replicate::{Chunk, Options, Watch, run_range};
use crate::experiment::shards::{self, COMMAND, ShardManifest, in_order};
use crate::output::folder::{CELLS, MANIFEST};
use crate::output::results::{Results, StoppedBy};
use crate::output::sheet::FORMATS;
use crate::output::words::counted;
use crate::questions::variants;
use crate::questions::wrong::WrongInput;
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
    let keeping = Keeping::in_folder(args.out.clone(), args.force, args.format.clone());
    let desk = Desk::new(Effort::default(), &keeping, console);
    desk.place()?;
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
    let Options { accounts_of, .. } = shards::options();
    variants::gathered(&results, &first.overrides, &accounts_of, &desk)?;
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
    let damaged = |error: serde_json::Error| {
        let path = folder.join(MANIFEST);
        let words = format!(
            "{} is no manifest of a shard, {error}: name another folder, or run the shard anew with `journeysim cells` into a new one",
            path.display()
        );
        WrongInput::Words(words)
    };
    let document: Json = serde_json::from_slice(&text).map_err(damaged)?;
    if document["command"].as_str().is_some_and(|command| command != COMMAND) {
        return Err(no_part());
    }
    serde_json::from_value(document).map_err(damaged)
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
