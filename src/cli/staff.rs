//! `staff`: how many advisors are enough.

use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::options::ScenarioArgs;
use crate::cli::work::Desk;
use crate::questions::staff;

/// How many advisors are enough?
///
/// Finds the smallest team that reaches all targets of the scenario's [staff] table, or the largest book that a team
/// carries. Sizes between the two that mark the edge are not run.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: the smallest team that answers in time and keeps its customers\n  \
    journeysim staff scenarios/advisor-bandwidth.toml")]
#[command(mut_arg("scenario", |scenario| scenario.help("A scenario file with a staffing question")))]
pub(super) struct Args {
    #[command(flatten)]
    scenario: ScenarioArgs,
}

pub(super) fn run(args: &Args, console: &Console) -> anyhow::Result<Exit> {
    staff::answer(&args.scenario.subject(), &Desk::of(&args.scenario, console))?;
    Ok(Exit::Done)
}
