//! `staff`: how many advisors are enough.

use crate::cli::console::Console;
use crate::cli::exit::{Exit, WrongInput};
use crate::cli::options::ScenarioArgs;
use crate::cli::showing::keep_and_show;
use crate::cli::work::during;
use crate::experiment::{cells, digest, staff};
use crate::output::document::{Header, StaffDocument};
use crate::output::manifest::Contents;
use crate::output::results::Results;
use crate::output::{sheets, staffing};

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
    let args = &args.scenario;
    let experiment = args.experiment(console)?;
    let file = &experiment.variants[experiment.baseline].scenario.file;
    let Some(question) = file.staff.clone() else {
        let words = format!(
            "{} asks nothing about staff: add a [staff] table with at least one [[staff.target]]",
            args.scenario
        );
        return Err(WrongInput::Words(words).into());
    };
    let confidence = file.confidence.get();
    let place = args.keeping.place()?;
    let asked = format!("staff {question:?}");
    let kept = place.as_ref().map(|place| (place, cells::plan(&experiment, &asked)));
    let sizes = staff::most_sizes(&question);
    let replications = u64::from(sizes) * u64::from(experiment.replications);
    let mut tried = Vec::new();
    let answers = during(args.effort, kept, replications, console, |runs| {
        staff::search(&question, |size| -> anyhow::Result<staff::Answer> {
            let experiment = staff::of_size(&experiment, &question, size);
            let (chunk, stopped_by) = runs.replicate(&experiment)?;
            let answer = staff::judge(&question, size, &chunk, confidence);
            tried.push((size, experiment, chunk, stopped_by));
            Ok(answer)
        })
    })?;
    let found = staff::edge(&question, &answers);
    let digests: Vec<(String, String)> = (tried.iter())
        .map(|(size, ran, chunk, _)| {
            let names = ran.variants.iter().map(|variant| variant.name.as_str());
            (format!("{} {size}", question.vary.name()), digest::of_all(chunk, names))
        })
        .collect();
    let points = digests.iter().map(|(point, digest)| (point.as_str(), digest.as_str()));
    let digest = digest::of_points(points);
    // The document begins with the run that gave the answer, or else with the first.
    let (_, ran, chunk, stopped_by) =
        tried.iter().find(|(size, ..)| Some(*size) == found).unwrap_or(&tried[0]);
    let results = Results { experiment: ran, chunk, stopped_by: *stopped_by, why: &[], best: None };
    let header = Header { digest: Some(digest), ..Header::of(&results) };
    let document = StaffDocument::of(header.clone(), &question, &answers, found, &experiment);
    let tables = vec![sheets::replications(&results)];
    let contents = Contents { results: &results, header, document: &document, tables };
    keep_and_show(args, "staff", place.as_ref(), contents, console, |width| {
        staffing::show(&experiment, &question, &answers, found, width)
    })
}
