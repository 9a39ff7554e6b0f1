//! `run`: what happens under this scenario.

use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::options::{AccountsOf, ScenarioArgs};
use crate::cli::showing::{Showing, run_and_show};
use crate::output::details::Details;
use crate::output::document::RunDocument;
use crate::output::table;

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
    let mut experiment = args.scenario.experiment(console)?;
    experiment.variants.swap(0, experiment.baseline);
    experiment.variants.truncate(1);
    experiment.baseline = 0;
    let showing = Showing {
        command: "run",
        why: false,
        document: RunDocument::of,
        text: table::run,
        details: Details { by: None, quantiles: args.quantiles },
        selects: false,
    };
    run_and_show(&args.scenario, &args.accounts_of, &experiment, &showing, console)
}
