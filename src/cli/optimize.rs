//! `optimize`: what to decide, within limits.

use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::options::ScenarioArgs;
use crate::cli::work::Desk;
use crate::questions::optimize;

/// Which decisions are best, within limits?
///
/// Searches among the decisions of the scenario's [optimize] table for the best objective, all limits surely kept, and shows
/// what the best costs: the decisions that no other beats in both of two metrics. All are tried on the same customers and
/// the same luck; the best is tried again on others.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: how often to check in, and how many advisors that takes\n  \
    journeysim optimize scenarios/best-cadence.toml")]
#[command(mut_arg("scenario", |scenario| scenario.help("A scenario file with decisions")))]
pub(super) struct Args {
    #[command(flatten)]
    scenario: ScenarioArgs,
}

pub(super) fn run(args: &Args, console: &Console) -> anyhow::Result<Exit> {
    optimize::answer(&args.scenario.subject(), &Desk::of(&args.scenario, console))?;
    Ok(Exit::Done)
}
