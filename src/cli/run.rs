//! `run`: what happens under this scenario.

use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::input;
use crate::cli::options::{Changes, Effort, Keeping};
use crate::cli::work::{Showing, run_and_show};
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
    /// The scenario file
    scenario: String,
    /// Show quantiles: how one future may turn out, each with an interval
    #[arg(long)]
    quantiles: bool,
    #[command(flatten)]
    changes: Changes,
    #[command(flatten)]
    effort: Effort,
    #[command(flatten)]
    keeping: Keeping,
}

pub(super) fn run(args: &Args, console: &Console) -> anyhow::Result<Exit> {
    let overrides = args.changes.overrides();
    let mut experiment = input::experiment(&args.scenario, &overrides, console)?;
    experiment.variants.swap(0, experiment.baseline);
    experiment.variants.truncate(1);
    experiment.baseline = 0;
    let place = args.keeping.place()?;
    let showing = Showing {
        command: "run",
        why: false,
        document: RunDocument::of,
        text: table::run,
        details: Details { by: None, quantiles: args.quantiles },
        selects: false,
    };
    run_and_show(&experiment, &overrides, args.effort, &args.keeping, place.as_ref(), &showing, console)
}
