//! `sensitivity`: which assumption does the answer hang on?

use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::options::ScenarioArgs;
use crate::cli::work::Desk;
use crate::questions::sensitivity;

/// Which assumption does the answer hang on?
///
/// Asks the scenario's [sensitivity] table: one metric, or its difference between two variants, over the plausible ranges of
/// the assumptions. Methods: tornado (one at a time), morris (screening of many), sobol (shares of the spread), worlds (the
/// decision under all of them at once, and what it is worth to learn one first).
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example: does it pay to check in every month, and what would have to be known to be sure?\n  \
    journeysim sensitivity scenarios/what-it-hangs-on.toml"
)]
#[command(mut_arg("scenario", |scenario| scenario.help("A scenario file with a question about its assumptions")))]
pub(super) struct Args {
    #[command(flatten)]
    scenario: ScenarioArgs,
}

pub(super) fn run(args: &Args, console: &Console) -> anyhow::Result<Exit> {
    sensitivity::answer(&args.scenario.subject(), &Desk::of(&args.scenario, console))?;
    Ok(Exit::Done)
}
