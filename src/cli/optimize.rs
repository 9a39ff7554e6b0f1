//! `optimize`: what to decide, within limits.

use std::ops::Range;

use crate::cli::console::Console;
use crate::cli::exit::{Exit, WrongInput};
use crate::cli::input;
use crate::cli::options::{Changes, Effort};
use crate::cli::work::{Interruption, replicate_some};
use crate::experiment::optimize::{Confirmed, Found, Limit, Point, Problem, confirm, optimize};
use crate::experiment::replicate::{Chunk, Outcome};
use crate::language::Disk;
use crate::metrics::{self, CATALOGUE};
use crate::output::document::Header;
use crate::output::optimum::{self, OptimizeDocument, Optimum};
use crate::output::results::{Results, StoppedBy};
use crate::scenario::design::Made;
use crate::scenario::file::{Relation, ScenarioFile};
use crate::scenario::load::{Experiment, Trials, Variant};
use crate::scenario::optimize::{FRONTIER, OptimizeSettings};

/// Which decisions are best, within limits?
///
/// Searches among the decisions of the scenario's [optimize] table for the best objective, all limits surely kept, and shows
/// what the best costs: the decisions that no other beats in both of two metrics. All are tried on the same customers and
/// the same luck; the best is tried again on others.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: how often to check in, and how many advisors that takes\n  \
    journeysim optimize scenarios/best-cadence.toml")]
pub(super) struct Args {
    /// A scenario file with decisions
    scenario: String,
    #[command(flatten)]
    changes: Changes,
    #[command(flatten)]
    effort: Effort,
}

pub(super) fn run(args: &Args, console: &Console) -> anyhow::Result<Exit> {
    let overrides = args.changes.overrides();
    let experiment = input::experiment(&args.scenario, &overrides, console)?;
    let trials = Trials::new(experiment, &args.scenario, &overrides, &mut Disk)
        .map_err(|faults| WrongInput::Faults { faults })?;
    let file = &trials.experiment.variants[0].scenario.file;
    let Some(settings) = &file.optimize else {
        let words = format!(
            "{} leaves nothing to decide: add an [optimize] table with an `objective` and an [[optimize.decision]]",
            args.scenario
        );
        return Err(WrongInput::Words(words).into());
    };
    let bench =
        Bench { trials: &trials, settings, effort: args.effort, interruption: Interruption::listen()? };
    let problem = problem(file, settings);
    let progress = console.progress(problem.budget + 3 * u64::from(problem.replications));
    let baseline = bench.run(Vec::new(), 0..problem.replications)?;
    let mut run = |points: &[Point], range: Range<u32>| -> anyhow::Result<Vec<Option<Vec<Outcome>>>> {
        let (mut made, mut is_possible) = (Vec::new(), Vec::new());
        for point in points {
            let variant = trials.variant(bench.made(&problem, point), &mut Disk).ok();
            is_possible.push(variant.is_some());
            made.extend(variant);
        }
        if made.is_empty() {
            return Ok(vec![None; points.len()]);
        }
        let length = u64::from(range.end - range.start) * made.len() as u64;
        let mut outcomes = bench.run(made, range)?.split_off(1).into_iter();
        progress.inc(length);
        let outcomes = |is_possible: bool| if is_possible { outcomes.next() } else { None };
        Ok(is_possible.into_iter().map(outcomes).collect())
    };
    let found = optimize(&problem, &mut run)?;
    let confirmed = bench.confirm(&problem, &found)?;
    progress.finish_and_clear();
    let header = header(&trials, &bench, &problem, &found, baseline)?;
    let optimum = Optimum { file, settings, problem: &problem, found: &found, confirmed: confirmed.as_ref() };
    console.show(&OptimizeDocument::of(header, &optimum), |width| optimum::show(&optimum, width))?;
    Ok(Exit::Done)
}

/// The question in numbers. The baseline and the best are run beside the search: these are part of the budget.
fn problem(file: &ScenarioFile, settings: &OptimizeSettings) -> Problem {
    const ASIDE: u64 = 3;
    let metric = |name: &str| metrics::position(name).expect("checked: the metric is in the catalogue");
    let objective = metric(settings.objective.as_str());
    let limits = settings.limit.iter().map(|limit| Limit {
        metric: metric(limit.metric.as_str()),
        at_most: limit.relation == Relation::AtMost,
        value: limit.value.get(),
    });
    let named = settings.frontier.as_deref().unwrap_or_default();
    let weighed = [0, 1].map(|at| {
        let metric = metric(named.get(at).map_or(FRONTIER[at], |name| name.as_str()));
        (metric, CATALOGUE[metric].better)
    });
    let levels =
        settings.decision.iter().map(|factor| factor.levels().expect("checked: a decision has values"));
    let replications = file.replications.get();
    Problem {
        levels: levels.collect(),
        objective,
        better: CATALOGUE[objective].better,
        limits: limits.collect(),
        replications,
        budget: u64::from(settings.budget.get()).saturating_sub(ASIDE) * u64::from(replications),
        confidence: file.confidence.get(),
        frontier: weighed,
        seed: settings.seed,
    }
}

/// What points are run with.
struct Bench<'a> {
    trials: &'a Trials,
    settings: &'a OptimizeSettings,
    effort: Effort,
    interruption: Interruption,
}

impl Bench<'_> {
    fn made(&self, problem: &Problem, point: &Point) -> Made {
        let values = problem.levels.iter().zip(point).map(|(levels, &level)| levels.at(level));
        Made::of(&self.settings.decision, values.enumerate())
    }

    /// Runs some variants on the baseline's opening book; the baseline itself, which comes first, only where there are none.
    fn run(&self, variants: Vec<Variant>, range: Range<u32>) -> anyhow::Result<Vec<Vec<Outcome>>> {
        let mut experiment = self.trials.experiment.clone();
        let count = variants.len();
        experiment.variants.extend(variants);
        let asked: Vec<usize> = if count == 0 { vec![0] } else { (1..=count).collect() };
        let chunk = replicate_some(&experiment, &asked, range, self.effort, &self.interruption)?;
        let mut outcomes = vec![Vec::new(); count + 1];
        for replication in chunk.replications {
            for (&variant, outcome) in asked.iter().zip(replication) {
                outcomes[variant].push(outcome);
            }
        }
        Ok(outcomes)
    }

    /// Runs the best and the baseline on as many replications again.
    fn confirm(&self, problem: &Problem, found: &Found) -> anyhow::Result<Option<Confirmed>> {
        let Some(best) = found.best else { return Ok(None) };
        let fresh = problem.replications..2 * problem.replications;
        let made = self.made(problem, &found.evaluations[best].point);
        let variant = self.trials.variant(made, &mut Disk).map_err(|faults| WrongInput::Faults { faults })?;
        let baseline = self.run(Vec::new(), fresh.clone())?;
        let again = self.run(vec![variant], fresh)?;
        Ok(Some(confirm(problem, &again[1], &baseline[0])))
    }
}

/// Describes the runs behind the answer: the baseline and all points that got every replication.
fn header(
    trials: &Trials,
    bench: &Bench<'_>,
    problem: &Problem,
    found: &Found,
    baseline: Vec<Vec<Outcome>>,
) -> anyhow::Result<Header> {
    let mut experiment: Experiment = trials.experiment.clone();
    let mut columns = baseline;
    for evaluation in &found.evaluations {
        if evaluation.outcomes.len() == problem.replications as usize {
            let made = bench.made(problem, &evaluation.point);
            let variant = trials.variant(made, &mut Disk).map_err(|faults| WrongInput::Faults { faults })?;
            experiment.variants.push(variant);
            columns.push(evaluation.outcomes.clone());
        }
    }
    let replication = |at: usize| columns.iter().map(|column| column[at].clone()).collect();
    let replications = (0..problem.replications as usize).map(replication).collect();
    let chunk = Chunk { first: 0, replications };
    Ok(Header::of(&Results {
        experiment: &experiment,
        chunk: &chunk,
        stopped_by: StoppedBy::Count,
        why: &[],
        best: None,
    }))
}
