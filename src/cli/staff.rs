//! `staff`: how many advisors are enough.

use crate::cli::console::Console;
use crate::cli::exit::{Exit, Interrupted, OutOfTime, WrongInput};
use crate::cli::input;
use crate::cli::options::{Changes, Effort};
use crate::cli::work::{self, Interruption};
use crate::experiment::replicate::Options;
use crate::experiment::staff;
use crate::output::document::{Header, StaffDocument};
use crate::output::results::{Results, StoppedBy};
use crate::output::staffing;

/// How many advisors are enough?
///
/// Finds the smallest team that reaches all targets of the scenario's [staff] table, or the largest book that a team
/// carries. Sizes between the two that mark the edge are not run.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: the smallest team that answers in time and keeps its customers\n  \
    journeysim staff scenarios/advisor-bandwidth.toml")]
pub(super) struct Args {
    /// A scenario file with a staffing question
    scenario: String,
    #[command(flatten)]
    changes: Changes,
    #[command(flatten)]
    effort: Effort,
}

pub(super) fn run(args: &Args, console: &Console) -> anyhow::Result<Exit> {
    let overrides = args.changes.overrides();
    let experiment = input::experiment(&args.scenario, &overrides, console)?;
    let file = &experiment.variants[experiment.baseline].scenario.file;
    let Some(question) = file.staff.clone() else {
        let words = format!(
            "{} asks nothing about staff: add a [staff] table with at least one [[staff.target]]",
            args.scenario
        );
        return Err(WrongInput::Words(words).into());
    };
    let confidence = file.confidence.get();
    let options = Options { threads: args.effort.threads, ..Options::default() };
    let interruption = Interruption::listen()?;
    let mut headers = Vec::new();
    let answers = staff::search(&question, |size| -> anyhow::Result<staff::Answer> {
        let experiment = staff::of_size(&experiment, &question, size);
        let (chunk, stopped_by) = work::replicate(&experiment, &options, &interruption, None, console)?;
        if stopped_by == StoppedBy::Interruption {
            let (finished, asked) = (chunk.len(), experiment.replications);
            return Err(Interrupted { finished, asked, folder: None }.into());
        }
        if stopped_by == StoppedBy::Time {
            return Err(OutOfTime { finished: chunk.len(), folder: None }.into());
        }
        headers.push((
            size,
            Header::of(&Results { experiment: &experiment, chunk: &chunk, stopped_by, why: &[], best: None }),
        ));
        Ok(staff::judge(&question, size, &chunk, confidence))
    })?;
    let found = staff::edge(&question, &answers);
    // The document begins with the run that gave the answer, or else with the first.
    let header = headers.iter().find(|(size, _)| Some(*size) == found).or(headers.first());
    let header = header.map_or_else(Header::default, |(_, header)| header.clone());
    let document = StaffDocument::of(header, &question, &answers, found, &experiment);
    console.show(&document, |width| staffing::show(&experiment, &question, &answers, found, width))?;
    Ok(Exit::Done)
}
