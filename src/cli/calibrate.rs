//! `calibrate`: which parameters fit our own history?

use std::fs;
use std::path::PathBuf;

use anyhow::Context;

use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::options::{Changes, Effort, Keeping, refuse_unwritable};
use crate::cli::work::Desk;
use crate::questions::wrong::WrongInput;
use crate::questions::{Subject, calibrate};

/// Which parameters fit our own history?
///
/// Looks for the values of some assumptions, inside their ranges, under which the scenario shows what happened: the figures of its
/// [calibrate] table, read off a history or stated. What the fit has not seen, it then predicts: the end of the history, against
/// what happened and two simple rules. The fit is written as a file that scenarios extend. Without a scenario, what can be said of
/// a history by formula is said: how customers stay, how use grows, and what leaving has to do with.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example: fit four assumptions to four years, try the fit on the fifth, and keep it\n  \
    journeysim calibrate scenarios/fitted.toml --book tests/data/history/history.toml --out fitted-values.toml\n\n\
    Example: what a history says by formula, without a scenario\n  \
    journeysim calibrate --book tests/data/pysurvival_saas/book.toml"
)]
pub(super) struct Args {
    /// A scenario file with a [calibrate] table; its first day is the first day of the fit. Without one, fits by formula only
    #[arg(required_unless_present = "book")]
    scenario: Option<String>,
    /// What happened: the mapping of a history, which names its files
    #[arg(long, value_name = "FILE", required_unless_present = "scenario")]
    book: Option<String>,
    /// Fit nothing: try the scenario as it stands on what is held out
    #[arg(long, requires = "book", requires = "scenario", conflicts_with = "out")]
    back_test: bool,
    /// Write the fit as a file that scenarios extend
    #[arg(long, value_name = "FILE", requires = "scenario")]
    out: Option<PathBuf>,
    /// Replace the file if it exists
    #[arg(long, requires = "out")]
    force: bool,
    #[command(flatten)]
    changes: Changes,
    #[command(flatten)]
    effort: Effort,
}

pub(super) fn run(args: &Args, console: &Console) -> anyhow::Result<Exit> {
    let keeping = Keeping::default();
    let desk = Desk::new(args.effort, &keeping, console);
    let overrides = args.changes.overrides();
    match (&args.scenario, &args.book) {
        (Some(scenario), book) => {
            if let Some(out) = args.out.as_ref().filter(|out| out.exists() && !args.force) {
                let words = format!("{} exists; --force replaces it", out.display());
                return Err(WrongInput::Words(words).into());
            }
            refuse_unwritable(args.out.as_deref())?;
            let keep = |text: &str| match &args.out {
                Some(out) => {
                    fs::write(out, text).with_context(|| format!("{} cannot be written", out.display()))
                }
                None => Ok(()),
            };
            let subject = Subject::on_disk(scenario, overrides);
            calibrate::answer(&subject, book.as_deref(), args.back_test, keep, &desk)?;
        }
        (None, Some(_)) if !overrides.is_empty() => {
            let words =
                "without a scenario there is nothing to override: name one, or leave out --set and --seed";
            return Err(WrongInput::Words(words.to_owned()).into());
        }
        (None, Some(book)) => calibrate::by_formula(book, &desk)?,
        (None, None) => unreachable!("invariant: without a scenario the command line has a book"),
    }
    Ok(Exit::Done)
}
