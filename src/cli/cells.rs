//! `cells`: one part of a sweep.

use std::fs;
use std::path::PathBuf;

use serde::Serialize;

use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::options::{Changes, Effort, standing};
use crate::cli::work::during;
use crate::experiment::replicate::Job;
use crate::experiment::shards::{self, Shard, ShardManifest};
use crate::output::document::Header;
use crate::output::folder::{MANIFEST, Place};
use crate::output::words::counted;
use crate::questions::variants;
use crate::questions::wrong::WrongInput;

/// Run one part of a sweep, to be merged with the others
///
/// A sweep too large for one machine is run in as many parts as there are machines, each by this command with a number of its
/// own; `merge` puts the folders together. A part holds a stretch of the replications, with all variants, and all files it was
/// read from.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: the third of 64 parts, as a batch system would run it\n  \
    journeysim cells scenarios/check-in-cadence.toml --shard 3/64 --out parts/3")]
pub(super) struct Args {
    /// The scenario file
    scenario: String,
    /// Which part of how many, counted from 1: 3/64
    #[arg(long, value_name = "PART")]
    shard: Shard,
    /// Write the part to this folder
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Replace a folder that holds a part or a run
    #[arg(long)]
    force: bool,
    /// Go on with the part in the folder, if there is one, unless it is of another sweep
    #[arg(long, conflicts_with = "force")]
    resume: bool,
    #[command(flatten)]
    changes: Changes,
    #[command(flatten)]
    effort: Effort,
}

/// The document of `cells`.
#[derive(Debug, Serialize)]
struct CellsDocument {
    #[serde(flatten)]
    header: Header,
    /// Which part it is.
    shard: Shard,
    /// SHA-256 of what all parts of the sweep have in common.
    plan: String,
    /// First replication, and the one behind the last.
    replications_of_shard: [u32; 2],
    /// Variants times replications.
    cells: u64,
}

pub(super) fn run(args: &Args, console: &Console) -> anyhow::Result<Exit> {
    let Args { shard, .. } = *args;
    let overrides = args.changes.overrides();
    let (manifest, experiment) = ShardManifest::read(&args.scenario, &overrides, shard)
        .map_err(|faults| WrongInput::Faults { faults })?;
    for note in &experiment.notes {
        console.note(note);
    }
    let file = &experiment.variants[experiment.baseline].scenario.file;
    variants::in_parts(&experiment)?;
    if shard.of > experiment.replications {
        let words = format!(
            "--shard {shard}: {} cannot make {} parts, because the variants of a replication stay together: ask for {} at most",
            counted(experiment.replications.into(), "replication", "replications"),
            shard.of,
            experiment.replications
        );
        return Err(WrongInput::Words(words).into());
    }
    let place = Place::new(&args.out, standing(args.force, args.resume))?;
    let replications = shard.of(experiment.replications);
    let own_plan = shards::own_plan(&experiment, shard);
    let job = Job { experiment: &experiment, replications: replications.clone() };
    let expected = replications.len() as u64;
    during(args.effort, Some((&place, own_plan)), expected, console, |runs| {
        runs.all(std::slice::from_ref(&job), &shards::options())
    })?;
    place.write(|folder| {
        let text = serde_json::to_string_pretty(&manifest)?;
        fs::write(folder.join(MANIFEST), text + "\n")
    })?;
    let cells = expected * experiment.variants.len() as u64;
    let document = CellsDocument {
        header: Header {
            scenario: Some(file.name.as_str().to_owned()),
            seed: Some(experiment.seed),
            replications: Some(experiment.replications),
            ..Header::default()
        },
        shard,
        plan: manifest.plan,
        replications_of_shard: [replications.start, replications.end],
        cells,
    };
    console.show(&document, |_| {
        let cells = counted(cells, "cell", "cells");
        format!("Shard {shard} is in {}: {cells}\n", args.out.display())
    })?;
    Ok(Exit::Done)
}
