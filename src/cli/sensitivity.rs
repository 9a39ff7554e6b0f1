//! `sensitivity`: which assumption does the answer hang on?

use crate::cli::console::Console;
use crate::cli::exit::{Exit, WrongInput};
use crate::cli::options::ScenarioArgs;
use crate::cli::showing::keep_and_show;
use crate::cli::work::during;
use crate::experiment::cells;
use crate::experiment::replicate::{Chunk, Job, Options};
use crate::experiment::sensitivity::{PointFaults, Question, answer};
use crate::language::Disk;
use crate::output::document::Header;
use crate::output::manifest::Contents;
use crate::output::results::{Results, StoppedBy};
use crate::output::sensitivity::{Asked, SensitivityDocument, sheet, text};
use crate::output::sheets;
use crate::scenario::load::{Experiment, Template};

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
    let args = &args.scenario;
    let experiment = args.experiment(console)?;
    let Some(question) = Question::of(&experiment) else {
        let words = format!(
            "{} asks nothing about its assumptions: add a [sensitivity] table with at least a `metric`",
            args.scenario
        );
        return Err(WrongInput::Words(words).into());
    };
    let template = Template::new(&args.scenario, &args.changes.overrides(), Box::new(Disk));
    let place = args.keeping.place()?;
    let asked = format!("sensitivity {:?}", question.without_counts());
    let kept = place.as_ref().map(|place| (place, cells::plan(&experiment, &asked)));
    let each = u64::from(question.replications);
    let answered = during(args.effort, kept, question.points() * each, console, |runs| {
        let mut run = |experiments: &[Experiment], further: usize| -> anyhow::Result<Vec<Chunk>> {
            runs.expect((experiments.len() + further) as u64 * each);
            let job = |experiment| Job { experiment, replications: 0..question.replications };
            let jobs: Vec<Job<'_>> = experiments.iter().map(job).collect();
            runs.all(&jobs, &Options::default())
        };
        answer(&question, experiment, &template, &mut run).map_err(|error: anyhow::Error| {
            match error.downcast::<PointFaults>() {
                Ok(faults) => WrongInput::Words(faults.to_string()).into(),
                Err(error) => error,
            }
        })
    })?;
    let stopped_by = StoppedBy::Count;
    let results = Results {
        experiment: &answered.experiment,
        chunk: &answered.chunk,
        stopped_by,
        why: &[],
        best: None,
    };
    let header = Header { digest: Some(answered.digest.clone()), ..Header::of(&results) };
    let asked = Asked { question: &question, answered: &answered };
    let document = SensitivityDocument::of(header.clone(), &asked);
    let tables = vec![sheets::replications(&results), sheet::points(&asked)];
    let contents = Contents { results: &results, header, document: &document, tables };
    keep_and_show(args, "sensitivity", place.as_ref(), contents, console, |width| text::show(&asked, width))
}
