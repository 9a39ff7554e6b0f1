//! `trace`: what happened to one account, step by step.

use std::fs;
use std::path::PathBuf;

use anyhow::Context;
use clap::value_parser;

use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::options::{Effort, Keeping, LARGEST_SEED, refuse_unwritable};
use crate::cli::work::Desk;
use crate::questions::Subject;
use crate::questions::trace::{self, Wish};

/// What happened to one account, step by step?
///
/// Shows its life in one replication: what happened, why, its numbers at that moment, and what chance decided with which
/// probability. With `--against`, its life under two variants side by side, from the point where they part.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: an account with and without check-ins, in the terminal and as a page\n  \
    journeysim trace scenarios/check-in-cadence.toml --account 8 --variant none --against monthly --html life.html")]
pub(super) struct Args {
    /// The scenario file
    scenario: String,
    /// The account: its number, or what the list of real accounts calls it
    #[arg(long, value_name = "ID")]
    account: String,
    /// The variant it lives under; the baseline if absent
    #[arg(long, value_name = "NAME")]
    variant: Option<String>,
    /// Another variant, whose life is shown beside
    #[arg(long, value_name = "NAME")]
    against: Option<String>,
    /// The replication, counted from 0
    #[arg(long, value_name = "N", default_value_t = 0)]
    replication: u32,
    /// Write the life as a page that needs nothing else
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Seed of all randomness
    #[arg(long, value_name = "N", value_parser = value_parser!(u64).range(..=LARGEST_SEED))]
    seed: Option<u64>,
    /// Override any scenario value, such as touchpoint.check-in.every=30d (repeatable)
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,
}

pub(super) fn run(args: &Args, console: &Console) -> anyhow::Result<Exit> {
    refuse_unwritable(args.html.as_deref())?;
    let mut overrides = args.set.clone();
    overrides.extend(args.seed.map(|seed| format!("seed={seed}")));
    let wish = Wish {
        account: &args.account,
        variant: args.variant.as_deref(),
        against: args.against.as_deref(),
        replication: args.replication,
    };
    let keep = |page: &dyn Fn() -> String| match &args.html {
        Some(path) => {
            fs::write(path, page()).with_context(|| format!("the page {} cannot be written", path.display()))
        }
        None => Ok(()),
    };
    let keeping = Keeping::default();
    let desk = Desk::new(Effort::default(), &keeping, console);
    trace::answer(&Subject::on_disk(&args.scenario, overrides), &wish, keep, &desk)?;
    Ok(Exit::Done)
}
