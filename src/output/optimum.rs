//! What was decided and what it does, as a document and as a manager reads it.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Serialize;

use crate::base::stats::{Better, n_enough};
use crate::experiment::compare::estimates_of_outcomes;
use crate::experiment::digest;
use crate::experiment::optimize::{Confirmed, Evaluation, Found, Limit, Problem, frontier};
use crate::experiment::replicate::Outcome;
use crate::language::{Literal, Node};
use crate::metrics::{self, CATALOGUE};
use crate::output::document::{EstimateRow, Header, Metrics};
use crate::output::few;
use crate::output::table::{aligned, grid};
use crate::output::words::{Words, counted, digits, partly, wrapped};
use crate::scenario::design::Factor;
use crate::scenario::file::{Relation, ScenarioFile};
use crate::scenario::optimize::OptimizeSettings;

/// A search and what was asked.
#[derive(Debug, Clone, Copy)]
pub struct Optimum<'a> {
    /// The scenario as it stands.
    pub file: &'a ScenarioFile,
    /// What was asked.
    pub settings: &'a OptimizeSettings,
    /// The same in numbers.
    pub problem: &'a Problem,
    /// What was found.
    pub found: &'a Found,
    /// The best on fresh replications, if there is a best.
    pub confirmed: Option<&'a Confirmed>,
}

/// The document of `optimize`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OptimizeDocument {
    /// What every document begins with: of the baseline and all points that got every replication, but for the digest, which
    /// is of all that was run.
    #[serde(flatten)]
    pub header: Header,
    /// The metric that is to be as good as can be.
    pub objective: &'static str,
    /// `maximise` or `minimise`.
    pub direction: &'static str,
    /// The best point of which all limits surely hold; `null` where there is none.
    pub best: Option<EvaluationRow>,
    /// The best on replications that the search has not seen; `null` without a best.
    pub confirmed: Option<ConfirmedRow>,
    /// The two metrics of the frontier.
    pub frontier_metrics: [&'static str; 2],
    /// Points that no other beats in both of them, among those with all replications of which all limits surely hold; the best
    /// in the first metric first.
    pub frontier: Vec<EvaluationRow>,
    /// All points that were run, in the order of their first run.
    pub evaluations: Vec<EvaluationRow>,
    /// Points that could not be run, because their values contradict each other.
    pub impossible: u32,
    /// Replications spent on the search.
    pub replications_spent: u64,
}

/// One point.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EvaluationRow {
    /// The settings and their values.
    pub decisions: BTreeMap<String, Literal>,
    /// Replications it got.
    pub replications: usize,
    /// All metrics.
    pub metrics: Metrics,
    /// The limits.
    pub limits: Vec<LimitRow>,
    /// Whether all of them surely hold.
    pub feasible: bool,
}

/// A limit and how far a point is from it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LimitRow {
    /// The metric.
    pub metric: &'static str,
    /// The relation.
    pub relation: Relation,
    /// The value.
    pub value: f64,
    /// The mean over replications; `null`: nothing to measure.
    pub mean: Option<f64>,
    /// Ends of its interval.
    pub ci_low: Option<f64>,
    /// See `ci_low`.
    pub ci_high: Option<f64>,
    /// Replications in which there was something to measure.
    pub n: usize,
    /// How many are enough for the interval to hold the truth about as often as it says; `null` where nothing varies.
    pub n_enough: Option<usize>,
    /// Replications in which there was nothing.
    pub n_missing: usize,
    /// Whether the whole interval lies on the right side of the value.
    pub ok: bool,
}

/// The best, run again.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConfirmedRow {
    /// The objective of the best.
    pub objective: Option<EstimateRow>,
    /// Mean of the best minus the baseline.
    pub gain: Option<f64>,
    /// Lower end of its interval.
    pub ci_low: Option<f64>,
    /// Upper end.
    pub ci_high: Option<f64>,
    /// Student-t probability that the best is truly better than the baseline.
    pub p_better: Option<f64>,
    /// Pairs in which both had something to measure.
    pub n: usize,
    /// How many are enough for the interval to hold the truth about as often as it says; `null` where nothing varies.
    pub n_enough: Option<usize>,
    /// Pairs in which a side had nothing.
    pub n_missing: usize,
}

impl OptimizeDocument {
    /// Describes a search; `header` is of the runs behind it.
    #[must_use]
    pub fn of(header: Header, optimum: &Optimum<'_>) -> Self {
        let Optimum { problem, found, .. } = *optimum;
        let row = |at: usize| optimum.row(&found.evaluations[at]);
        let objective = &CATALOGUE[problem.objective];
        let confirmed = optimum.confirmed.map(|confirmed| ConfirmedRow {
            objective: confirmed.objective.map(|estimate| EstimateRow::of(estimate, objective.unit)),
            gain: confirmed.gain.mean,
            ci_low: confirmed.gain.ci_low,
            ci_high: confirmed.gain.ci_high,
            p_better: confirmed.gain.p_better,
            n: confirmed.gain.n,
            n_enough: confirmed.gain.n_enough,
            n_missing: confirmed.gain.n_missing,
        });
        Self {
            header,
            objective: objective.name,
            direction: if objective.better == Better::Lower { "minimise" } else { "maximise" },
            best: found.best.map(row),
            confirmed,
            frontier_metrics: optimum.pair().map(|metric| CATALOGUE[metric].name),
            frontier: optimum.frontier().into_iter().map(row).collect(),
            evaluations: (0..found.evaluations.len()).map(row).collect(),
            impossible: found.impossible,
            replications_spent: found.spent,
        }
    }
}

impl Optimum<'_> {
    /// Returns the digest of all that was run: the baseline, every point as far as it was run, and the best once more.
    #[must_use]
    pub fn digest(&self, baseline: &[Outcome], again: &[Outcome]) -> String {
        let of_point = |evaluation: &Evaluation| {
            let decisions = self.decisions(evaluation).into_iter();
            let decisions = decisions.map(|(factor, value)| format!("{} = {}", factor.path, Literal(value)));
            (decisions.collect::<Vec<_>>().join("; "), digest::of_outcomes(&evaluation.outcomes))
        };
        let aside = |name: &str, outcomes| (name.to_owned(), digest::of_outcomes(outcomes));
        let mut points = vec![aside("baseline", baseline)];
        points.extend(self.found.evaluations.iter().map(of_point));
        points.push(aside("best", again));
        digest::of_points(points.iter().map(|(point, digest)| (point.as_str(), digest.as_str())))
    }

    /// The metrics that are weighed against each other, as indices into the catalogue.
    fn pair(&self) -> [usize; 2] {
        self.problem.frontier.map(|(metric, _)| metric)
    }

    fn frontier(&self) -> Vec<usize> {
        frontier(self.problem, self.found)
    }

    fn decisions(&self, evaluation: &Evaluation) -> Vec<(&Factor, Node)> {
        let values =
            self.problem.levels.iter().zip(&evaluation.point).map(|(levels, &level)| levels.at(level));
        self.settings.decision.iter().zip(values).collect()
    }

    fn row(&self, evaluation: &Evaluation) -> EvaluationRow {
        let metrics = estimates_of_outcomes(&evaluation.outcomes, self.problem.confidence);
        let limit = |limit: &Limit| {
            let estimate = metrics[limit.metric];
            let measured: Vec<f64> =
                evaluation.outcomes.iter().filter_map(|outcome| outcome.metrics[limit.metric]).collect();
            LimitRow {
                metric: CATALOGUE[limit.metric].name,
                relation: if limit.at_most { Relation::AtMost } else { Relation::AtLeast },
                value: limit.value,
                mean: estimate.map(|it| it.mean),
                ci_low: estimate.and_then(|it| it.ci_low),
                ci_high: estimate.and_then(|it| it.ci_high),
                n: measured.len(),
                n_enough: n_enough(&measured),
                n_missing: evaluation.outcomes.len() - measured.len(),
                ok: self.problem.keeps(limit, &evaluation.outcomes),
            }
        };
        let decisions = self.decisions(evaluation).into_iter();
        EvaluationRow {
            decisions: decisions.map(|(factor, value)| (factor.path.text.clone(), Literal(value))).collect(),
            replications: evaluation.outcomes.len(),
            limits: self.problem.limits.iter().map(limit).collect(),
            feasible: evaluation.is_feasible,
            metrics: Metrics(metrics),
        }
    }

    fn words(&self, metric: usize) -> Words<'_> {
        Words { unit: CATALOGUE[metric].unit, currency: self.file.currency.as_str() }
    }
}

/// Shows the frontier with the best, and the answer in a sentence, `width` characters wide.
#[must_use]
pub fn show(optimum: &Optimum<'_>, width: u16) -> String {
    let Optimum { file, found, .. } = *optimum;
    let mut text = format!("{}\n", file.name.as_str());
    if let Some(question) = &file.question {
        let words: Vec<String> = question.as_str().split_whitespace().map(str::to_owned).collect();
        text.push_str(&wrapped(&words, " ", width.into(), ""));
    }
    let frontier = optimum.frontier();
    let mut shown = frontier.clone();
    shown.extend(found.best.filter(|best| !frontier.contains(best)));
    if !shown.is_empty() {
        text.push('\n');
        text.push_str(&table(optimum, &shown, width));
    }
    let all: Vec<String> = sentence(optimum).split(' ').map(str::to_owned).collect();
    write!(text, "\n{}", wrapped(&all, " ", width.into(), "")).expect("a string can grow");
    text
}

fn table(optimum: &Optimum<'_>, shown: &[usize], width: u16) -> String {
    let Optimum { problem, found, settings, .. } = *optimum;
    let mut columns = optimum.pair().to_vec();
    for metric in std::iter::once(problem.objective).chain(problem.limits.iter().map(|limit| limit.metric)) {
        if !columns.contains(&metric) {
            columns.push(metric);
        }
    }
    let mut table = grid(width);
    let labels = settings.decision.iter().map(|factor| factor.label(&settings.decision));
    let titles = columns.iter().map(|&metric| CATALOGUE[metric].title.to_owned());
    table.set_header(std::iter::once(String::new()).chain(labels).chain(titles));
    for &at in shown {
        let evaluation = &found.evaluations[at];
        let estimates = estimates_of_outcomes(&evaluation.outcomes, problem.confidence);
        let mark = if found.best == Some(at) { "best".to_owned() } else { String::new() };
        let values = optimum.decisions(evaluation).into_iter().map(|(_, value)| Literal(value).to_string());
        let cells = columns.iter().map(|&metric| {
            let words = optimum.words(metric);
            estimates[metric].map_or("nothing to measure".to_owned(), |estimate| {
                let ends = estimate.ci_low.zip(estimate.ci_high);
                let ends =
                    ends.map_or(String::new(), |(low, high)| format!("\n{}", words.interval(low, high)));
                let part = partly(estimate.n, evaluation.outcomes.len())
                    .map_or(String::new(), |part| format!("\n{part}"));
                format!("{}{ends}{part}", words.value(estimate.mean))
            })
        });
        table.add_row(std::iter::once(mark).chain(values).chain(cells));
    }
    aligned(&mut table);
    let [one, other] = optimum.pair().map(|metric| CATALOGUE[metric].title.to_lowercase());
    format!(
        "Decisions that no other beats in both {one} and {other}, each with all {}:\n{table}\n",
        counted(problem.replications.into(), "replication", "replications")
    )
}

fn sentence(optimum: &Optimum<'_>) -> String {
    let Optimum { problem, found, .. } = *optimum;
    let objective = &CATALOGUE[problem.objective];
    let (words, title) = (optimum.words(problem.objective), objective.title.to_lowercase());
    let spent = format!(
        "{} were tried with {}.",
        counted(found.evaluations.len() as u64, "combination", "combinations"),
        counted(found.spent, "replication", "replications"),
    );
    let impossible = match found.impossible {
        0 => String::new(),
        count => {
            format!(" {} contradict themselves and were left out.", counted(count.into(), "other", "others"))
        }
    };
    let percent = digits(problem.confidence * 100.0, 0);
    let Some(best) = found.best else {
        return format!(
            "Of no combination that was tried all limits hold with {percent} % confidence. {spent}{impossible}"
        );
    };
    let decisions: Vec<String> = optimum
        .decisions(&found.evaluations[best])
        .into_iter()
        .map(|(factor, value)| format!("{} = {}", factor.path, Literal(value)))
        .collect();
    let limits = if problem.limits.is_empty() {
        String::new()
    } else {
        format!(", and all limits hold with {percent} % confidence")
    };
    let confirmed = optimum.confirmed.map_or(String::new(), |confirmed| {
        let again = confirmed.objective.map_or("nothing to measure".to_owned(), |it| words.value(it.mean));
        let gain = confirmed.gain.mean.map_or(String::new(), |mean| {
            let ends = confirmed.gain.ci_low.zip(confirmed.gain.ci_high);
            let ends = ends
                .map_or(String::new(), |(low, high)| format!(" ({})", words.difference_interval(low, high)));
            let pairs = confirmed.gain.n + confirmed.gain.n_missing;
            let part = partly(confirmed.gain.n, pairs).map_or(String::new(), |part| format!(" ({part})"));
            format!(", {}{ends} against the scenario as it stands{part}", words.difference(mean))
        });
        let few = few::about("that difference", few::enough(confirmed.gain.n, confirmed.gain.n_enough));
        format!(" On replications that the search has not seen it is {again}{gain}.{few}")
    });
    let decided = few_of_limits(&optimum.row(&found.evaluations[best]).limits);
    format!("Best {title}: {}{limits}.{decided}{confirmed} {spent}{impossible}", decisions.join(", "))
}

/// Says about which limits of the best few replications decide, where the interval ends near the limit.
fn few_of_limits(limits: &[LimitRow]) -> String {
    let few = limits.iter().filter_map(|limit| {
        let interval = limit.ci_low.zip(limit.ci_high);
        let enough = few::enough(limit.n, limit.n_enough);
        Some((metrics::find(limit.metric)?.title, few::enough_to_judge(limit.value, interval, enough)?))
    });
    let line = few::of_table(&[("its limits".to_owned(), few.collect())]);
    if line.is_empty() { line } else { format!(" {line}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::read;
    use crate::language::Disk;

    #[test]
    fn a_limit_that_hangs_on_few_replications_is_named() {
        let limit = |metric, n_enough| LimitRow {
            metric,
            relation: Relation::AtMost,
            value: 0.83,
            mean: Some(0.8),
            ci_low: Some(0.78),
            ci_high: Some(0.82),
            n: 20,
            n_enough,
            n_missing: 0,
            ok: true,
        };
        let said = few_of_limits(&[limit("advisor_utilization", Some(366)), limit("churned_arr", Some(19))]);
        assert!(
            said.starts_with(" Few replications decide about its limits (Advisor utilization): "),
            "{said}"
        );
        assert_eq!(few_of_limits(&[limit("churned_arr", None)]), "");
    }

    /// A point that fell behind counts as well as one that got every replication, and so does the best once more.
    #[test]
    fn the_digest_is_of_all_that_was_run() {
        let experiment = read::experiment("scenarios/best-cadence.toml", &[], &mut Disk).unwrap();
        let file = &experiment.variants[0].scenario.file;
        let settings = file.optimize.as_ref().unwrap();
        let problem = Problem {
            levels: settings.decision.iter().map(|factor| factor.levels().unwrap()).collect(),
            objective: 0,
            better: Better::Higher,
            limits: Vec::new(),
            replications: 2,
            budget: 6,
            confidence: 0.95,
            frontier: [(0, Better::Higher), (1, Better::Lower)],
            seed: 1,
        };
        let outcomes = |values: &[f64]| -> Vec<Outcome> {
            let one = |&value| Outcome { metrics: vec![Some(value); CATALOGUE.len()], ..Outcome::default() };
            values.iter().map(one).collect()
        };
        let digest = |raced: f64, again: f64| {
            let evaluation = |level, values: &[f64]| Evaluation {
                point: vec![level; settings.decision.len()],
                outcomes: outcomes(values),
                is_feasible: true,
            };
            let evaluations = vec![evaluation(0, &[1.0, 2.0]), evaluation(1, &[raced])];
            let found = Found { evaluations, best: Some(0), impossible: 0, spent: 3 };
            let optimum = Optimum { file, settings, problem: &problem, found: &found, confirmed: None };
            optimum.digest(&outcomes(&[0.5, 0.6]), &outcomes(&[again]))
        };
        let all = [digest(3.0, 5.0), digest(4.0, 5.0), digest(3.0, 6.0)];
        assert_eq!(all[0], digest(3.0, 5.0));
        assert!(all[0] != all[1] && all[0] != all[2] && all[1] != all[2]);
    }
}
