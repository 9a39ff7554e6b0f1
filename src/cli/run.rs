//! `run`: what happens under this scenario.

use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::options::{AccountsOf, ScenarioArgs};
use crate::cli::work::Desk;
use crate::output::details::Details;
use crate::questions::variants::{self, Wish};
use crate::scenario::load::Experiment;

/// What happens under this scenario?
///
/// Of a scenario with variants the baseline is run.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: three years of the pooled program with quarterly check-ins\n  \
    journeysim run scenarios/programs/pooled-ta.toml --set touchpoint.check-in.enabled=true")]
pub(super) struct Args {
    #[command(flatten)]
    scenario: ScenarioArgs,
    /// Show quantiles: how one future may turn out, each with an interval
    #[arg(long)]
    quantiles: bool,
    #[command(flatten)]
    accounts_of: AccountsOf,
}

pub(super) fn run(args: &Args, console: &Console) -> anyhow::Result<Exit> {
    let (subject, desk) = (args.scenario.subject(), Desk::of(&args.scenario, console));
    let experiment = variants::to_run(&subject, &desk)?;
    let details = Details { by: None, quantiles: args.quantiles };
    let wish = wish(details, &args.accounts_of, &experiment, &desk)?;
    variants::run(&experiment, &subject, &wish, &desk)?;
    Ok(Exit::Done)
}

/// Returns how variants are asked about: what is kept or shown of them is measured.
pub(super) fn wish(
    details: Details,
    accounts_of: &AccountsOf,
    experiment: &Experiment,
    desk: &Desk<'_>,
) -> anyhow::Result<Wish> {
    let is_kept = desk.place()?.is_some();
    let events = accounts_of.events()?;
    let accounts_of = accounts_of.of_first(experiment.replications, is_kept)?;
    let slices = is_kept || desk.wants_json() || details.by.is_some();
    Ok(Wish { why: false, slices, details, accounts_of, events })
}
