//! Which decisions are best, within limits?

use std::ops::Range;

use crate::experiment::cells;
use crate::experiment::optimize::{Found, Limit, Point, Problem, confirm, optimize};
use crate::experiment::replicate::{Chunk, Job, Options, Outcome};
use crate::language::Count;
use crate::metrics::{self, CATALOGUE};
use crate::output::document::Header;
use crate::output::manifest::Contents;
use crate::output::optimum::{self, OptimizeDocument, Optimum};
use crate::output::results::{Results, StoppedBy};
use crate::output::sheets;
use crate::questions::runs::Runs;
use crate::questions::wrong::WrongInput;
use crate::questions::{Files, Host, Subject};
use crate::scenario::design::Made;
use crate::scenario::file::{Relation, ScenarioFile};
use crate::scenario::load::{Experiment, Trials, Variant};
use crate::scenario::optimize::{FRONTIER, OptimizeSettings};

/// Searches among the decisions of the scenario's `[optimize]` table for the best objective, all limits surely kept, and tries the
/// best again on other customers.
///
/// # Errors
///
/// [`WrongInput`], and those of the work.
pub fn answer(subject: &Subject, host: &impl Host) -> anyhow::Result<()> {
    let experiment = subject.experiment(host)?;
    let asked = &experiment.variants[experiment.baseline].scenario.file.optimize;
    let plan = cells::plan(&experiment, &format!("optimize {:?}", asked.as_ref().map(without_budget)));
    let files = &subject.files;
    let trials = Trials::new(experiment, &subject.file, &subject.overrides, &mut *files())
        .map_err(|faults| WrongInput::Faults { faults })?;
    let file = &trials.experiment.variants[0].scenario.file;
    let Some(settings) = &file.optimize else {
        let words = format!(
            "{} leaves nothing to decide: add an [optimize] table with an `objective` and an [[optimize.decision]]",
            subject.file
        );
        return Err(WrongInput::Words(words).into());
    };
    let problem = problem(file, settings);
    let replications = problem.budget + 3 * u64::from(problem.replications);
    let (baseline, found, again) = host.during(Some(plan), replications, |runs| {
        let bench = Bench { trials: &trials, settings, files, runs };
        let baseline = bench.run(Vec::new(), 0..problem.replications)?.remove(0);
        let found = optimize(&problem, &mut |points, range| bench.points(&problem, points, range))?;
        let again = bench.again(&problem, &found)?;
        Ok((baseline, found, again))
    })?;
    let confirmed = again.as_ref().map(|again| confirm(&problem, &again.best, &again.baseline));
    let Again { best, baseline: fresh } = again.unwrap_or_default();
    let whole_baseline = [&baseline[..], &fresh].concat();
    let (experiment, chunk) = behind(&trials, settings, files, &problem, &found, baseline)?;
    let stopped_by = StoppedBy::Count;
    let results = Results { experiment: &experiment, chunk: &chunk, stopped_by, why: &[], best: None };
    let optimum = Optimum { file, settings, problem: &problem, found: &found, confirmed: confirmed.as_ref() };
    let header = Header { digest: Some(optimum.digest(&whole_baseline, &best)), ..Header::of(&results) };
    let document = OptimizeDocument::of(header.clone(), &optimum);
    let tables = vec![sheets::replications(&results)];
    let contents = Contents { results: &results, header, document: &document, tables };
    host.answered(contents, subject.asked("optimize"), |width| optimum::show(&optimum, width))
}

/// The question but for how much may be spent on it: with more it is still the same one.
fn without_budget(settings: &OptimizeSettings) -> OptimizeSettings {
    OptimizeSettings { budget: Count::of(1), ..settings.clone() }
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
    files: &'a Files,
    runs: &'a Runs<'a>,
}

/// The variant that a point is.
fn variant(
    trials: &Trials,
    settings: &OptimizeSettings,
    files: &Files,
    problem: &Problem,
    point: &Point,
) -> Result<Variant, WrongInput> {
    let values = problem.levels.iter().zip(point).map(|(levels, &level)| levels.at(level));
    let made = Made::of(&settings.decision, values.enumerate());
    trials.variant(made, &mut *files()).map_err(|faults| WrongInput::Faults { faults })
}

impl Bench<'_> {
    /// Runs points; [`None`] for those whose values contradict each other.
    fn points(
        &self,
        problem: &Problem,
        points: &[Point],
        range: Range<u32>,
    ) -> anyhow::Result<Vec<Option<Vec<Outcome>>>> {
        let variants: Vec<Option<Variant>> = points
            .iter()
            .map(|point| variant(self.trials, self.settings, self.files, problem, point).ok())
            .collect();
        let is_possible: Vec<bool> = variants.iter().map(Option::is_some).collect();
        let possible: Vec<Variant> = variants.into_iter().flatten().collect();
        if possible.is_empty() {
            return Ok(vec![None; points.len()]);
        }
        let mut outcomes = self.run(possible, range)?.into_iter();
        let outcomes = |is_possible: bool| if is_possible { outcomes.next() } else { None };
        Ok(is_possible.into_iter().map(outcomes).collect())
    }

    /// Runs some variants on the baseline's opening book, or the baseline where there are none; the outcomes of each.
    fn run(&self, variants: Vec<Variant>, replications: Range<u32>) -> anyhow::Result<Vec<Vec<Outcome>>> {
        let mut experiment = self.trials.experiment.clone();
        let asked = if variants.is_empty() { vec![0] } else { (1..=variants.len()).collect() };
        experiment.variants.extend(variants);
        let options = Options { only: Some(asked.clone()), ..Options::default() };
        let mut outcomes = vec![Vec::new(); asked.len()];
        for chunk in self.runs.all(&[Job { experiment: &experiment, replications }], &options)? {
            for replication in chunk.replications {
                for (at, outcome) in replication.into_iter().enumerate() {
                    outcomes[at].push(outcome);
                }
            }
        }
        Ok(outcomes)
    }

    /// Runs the best, if there is one, and the baseline on as many replications again.
    fn again(&self, problem: &Problem, found: &Found) -> anyhow::Result<Option<Again>> {
        let Some(best) = found.best else { return Ok(None) };
        let fresh = problem.replications..2 * problem.replications;
        let best = variant(self.trials, self.settings, self.files, problem, &found.evaluations[best].point)?;
        let baseline = self.run(Vec::new(), fresh.clone())?.remove(0);
        let best = self.run(vec![best], fresh)?.remove(0);
        Ok(Some(Again { best, baseline }))
    }
}

/// Replications that the search has not seen.
#[derive(Default)]
struct Again {
    best: Vec<Outcome>,
    baseline: Vec<Outcome>,
}

/// The runs behind the answer: the baseline and all points that got every replication.
fn behind(
    trials: &Trials,
    settings: &OptimizeSettings,
    files: &Files,
    problem: &Problem,
    found: &Found,
    baseline: Vec<Outcome>,
) -> anyhow::Result<(Experiment, Chunk)> {
    let mut experiment: Experiment = trials.experiment.clone();
    let mut columns = vec![baseline];
    for evaluation in &found.evaluations {
        if evaluation.outcomes.len() == problem.replications as usize {
            experiment.variants.push(variant(trials, settings, files, problem, &evaluation.point)?);
            columns.push(evaluation.outcomes.clone());
        }
    }
    let replication = |at: usize| columns.iter().map(|column| column[at].clone()).collect();
    let replications = (0..problem.replications as usize).map(replication).collect();
    Ok((experiment, Chunk { first: 0, replications }))
}
