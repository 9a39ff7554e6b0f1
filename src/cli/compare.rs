//! `compare`: which variant is better, by how much, how sure.

use clap::builder::PossibleValuesParser;

use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::options::{AccountsOf, ScenarioArgs};
use crate::cli::run::wish;
use crate::cli::work::Desk;
use crate::experiment::slices::SliceKind;
use crate::output::details::Details;
use crate::questions::variants::{self, Wish};

/// Which variant is better, by how much, how sure?
///
/// All variants start from the same opening book and see the same luck; each is compared with the baseline
/// replication by replication.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: do more frequent check-ins pay for the advisor time they cost?\n  \
    journeysim compare scenarios/check-in-cadence.toml --out runs/check-in-cadence")]
#[command(mut_arg("scenario", |scenario| scenario.help("A scenario file with variants")))]
pub(super) struct Args {
    #[command(flatten)]
    scenario: ScenarioArgs,
    /// Say why the variants differ: by which path, from which month on, which customers, and how large a real trial
    /// would be; each path is run once more for every variant
    #[arg(long)]
    why: bool,
    /// Show the differences for each part of the book: segment, program, or cohort (quarter of the close)
    #[arg(long, value_name = "KIND",
          value_parser = PossibleValuesParser::new(SliceKind::ALL.map(SliceKind::name)))]
    by: Option<String>,
    /// Show quantiles: how one future may turn out, each with an interval
    #[arg(long)]
    quantiles: bool,
    #[command(flatten)]
    accounts_of: AccountsOf,
}

pub(super) fn run(args: &Args, console: &Console) -> anyhow::Result<Exit> {
    let (subject, desk) = (args.scenario.subject(), Desk::of(&args.scenario, console));
    let experiment = variants::to_compare(&subject, &desk)?;
    let details = Details { by: args.by.as_deref().and_then(SliceKind::find), quantiles: args.quantiles };
    let wish = Wish { why: args.why, ..wish(details, &args.accounts_of, &experiment, &desk)? };
    variants::compare(&experiment, &subject, &wish, &desk)?;
    Ok(Exit::Done)
}
