//! `staff`: the smallest team that reaches its targets, or the largest book that a team carries.
//!
//! Each size is judged on the same customers and luck (common random numbers). A larger team or a smaller book does at least
//! as well, but for noise: so the edge is bracketed and halved, and not every size need be run.

use serde::Serialize;

use crate::base::stats::{Estimate, PairedDifference, n_enough};
use crate::capacity::PoolSettings;
use crate::experiment::compare::{difference, estimates};
use crate::experiment::replicate::Chunk;
use crate::language::Count;
use crate::metrics;
use crate::scenario::file::{Relation, StaffSettings, StaffTarget, Vary};
use crate::scenario::load::Experiment;

/// One size and what it reaches.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Advisors, or accounts.
    pub size: u32,
    /// All metrics in the order of the catalogue.
    pub metrics: Vec<Option<Estimate>>,
    /// The targets in the order of the file.
    pub targets: Vec<Reached>,
    /// Whether all of them are reached.
    pub meets: bool,
}

/// A target and how far a size comes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reached {
    /// The metric.
    pub metric: String,
    /// The relation.
    pub relation: Relation,
    /// The value asked for.
    pub value: f64,
    /// Whether the value is a difference from advisors who never lack time.
    pub against_unlimited: bool,
    /// The mean over replications; [`None`]: nothing to measure.
    pub mean: Option<f64>,
    /// Ends of its interval.
    pub ci_low: Option<f64>,
    /// See `ci_low`.
    pub ci_high: Option<f64>,
    /// Replications in which there was something to measure.
    pub n: usize,
    /// How many are enough for the interval to hold the truth about as often as it says; [`None`]: nothing varies.
    pub n_enough: Option<usize>,
    /// Replications in which there was nothing.
    pub n_missing: usize,
    /// Whether the whole interval lies on the right side of the value.
    pub ok: bool,
}

/// Returns the experiment that tries a size: the baseline with a team, or a book, of that size, and, where a target asks for
/// it, the same without limits.
#[must_use]
pub fn of_size(experiment: &Experiment, question: &StaffSettings, size: u32) -> Experiment {
    let mut team = experiment.variants[experiment.baseline].clone();
    let file = &mut team.scenario.file;
    match question.vary {
        Vary::Accounts => file.population.accounts = Count::of(size),
        Vary::Advisors => {
            let asked =
                |pool: &&mut PoolSettings| question.pool.as_ref().is_none_or(|name| *name == pool.name);
            if let Some(pool) = file.pool.iter_mut().find(asked) {
                pool.advisors = Count::of(size);
            }
        }
    }
    let mut variants = vec![team];
    if question.target.iter().any(|target| target.against_unlimited) {
        let mut unlimited = variants[0].clone();
        "unlimited".clone_into(&mut unlimited.name);
        unlimited.scenario.file.pool.clear();
        variants.push(unlimited);
    }
    Experiment { variants, baseline: 0, ..experiment.clone() }
}

/// Judges a size by the replications of `chunk`: variant 0 is the team, variant 1, if there is one, the same book without
/// limits.
#[must_use]
pub fn judge(settings: &StaffSettings, size: u32, chunk: &Chunk, confidence: f64) -> Answer {
    let metrics = estimates(chunk, 0, confidence);
    let targets: Vec<Reached> =
        settings.target.iter().filter_map(|target| reach(target, &metrics, chunk, confidence)).collect();
    let meets = !targets.is_empty() && targets.iter().all(|target| target.ok);
    Answer { size, metrics, targets, meets }
}

fn reach(target: &StaffTarget, team: &[Option<Estimate>], chunk: &Chunk, confidence: f64) -> Option<Reached> {
    let metric = metrics::position(target.metric.as_str())?;
    let (mean, ci_low, ci_high, n, n_enough) = if target.against_unlimited {
        let PairedDifference { mean, ci_low, ci_high, n, n_enough, .. } =
            difference(chunk, 0, 1, metric, confidence);
        (mean, ci_low, ci_high, n, n_enough)
    } else {
        let estimate = team[metric];
        let end = |of: fn(Estimate) -> Option<f64>| estimate.and_then(of);
        let measured: Vec<f64> = chunk.column(0, metric).into_iter().flatten().collect();
        let mean = estimate.map(|it| it.mean);
        (mean, end(|it| it.ci_low), end(|it| it.ci_high), measured.len(), n_enough(&measured))
    };
    let value = target.value.get();
    // Who asks for one replication has no interval: then the number itself must do.
    let alone = mean.filter(|_| chunk.len() == 1);
    let ok = match target.relation {
        Relation::AtLeast | Relation::Above => ci_low.or(alone).is_some_and(|low| low >= value),
        _ => ci_high.or(alone).is_some_and(|high| high <= value),
    };
    Some(Reached {
        metric: target.metric.as_str().to_owned(),
        relation: target.relation,
        value,
        against_unlimited: target.against_unlimited,
        mean,
        ci_low,
        ci_high,
        n,
        n_enough,
        n_missing: chunk.len() as usize - n,
        ok,
    })
}

/// Looks for the edge between the sizes that meet the targets and those that do not, with as few sizes as it takes;
/// `try_size` runs one. Returns all that were tried, smallest first.
///
/// # Errors
///
/// What `try_size` could not do.
pub fn search<E>(
    settings: &StaffSettings,
    mut try_size: impl FnMut(u32) -> Result<Answer, E>,
) -> Result<Vec<Answer>, E> {
    let (from, to) = (settings.from.get(), settings.to.get());
    // The end of the range that is easiest to meet comes first.
    let (easy, hard) = if settings.vary == Vary::Advisors { (to, from) } else { (from, to) };
    let mut answers = vec![try_size(easy)?];
    if answers[0].meets && easy != hard {
        answers.push(try_size(hard)?);
        let (mut met, mut failed) = (i64::from(easy), i64::from(hard));
        while !answers[1].meets && (met - failed).abs() > 1 {
            let middle = try_size(((met + failed) / 2) as u32)?;
            if middle.meets {
                met = i64::from(middle.size);
            } else {
                failed = i64::from(middle.size);
            }
            answers.push(middle);
        }
    }
    answers.sort_by_key(|answer| answer.size);
    Ok(answers)
}

/// Returns how many sizes [`search`] tries at most: both ends, and as many as halving takes.
#[must_use]
pub fn most_sizes(settings: &StaffSettings) -> u32 {
    let between = settings.to.get().saturating_sub(settings.from.get());
    2 + between.next_power_of_two().ilog2()
}

/// Returns the answer: the smallest team, or the largest book, that was found to meet all targets.
#[must_use]
pub fn edge(settings: &StaffSettings, answers: &[Answer]) -> Option<u32> {
    let met = answers.iter().filter(|answer| answer.meets).map(|answer| answer.size);
    if settings.vary == Vary::Advisors { met.min() } else { met.max() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::replicate::Outcome;
    use crate::language::{Name, Number};
    use crate::metrics::CATALOGUE;

    fn settings(vary: Vary, from: u32, to: u32) -> StaffSettings {
        StaffSettings { pool: None, vary, from: Count::of(from), to: Count::of(to), target: Vec::new() }
    }

    /// Of three replications one measures the metric: that is no interval, and nothing is sure. Asked for alone it must do.
    #[test]
    fn one_measured_replication_of_many_reaches_no_target() {
        let target = StaffTarget {
            metric: Name::parse("wait_hours_mean").unwrap(),
            relation: Relation::AtMost,
            value: Number::of(8.0),
            against_unlimited: false,
        };
        let settings = StaffSettings { target: vec![target], ..settings(Vary::Advisors, 1, 16) };
        let judged = |values: &[Option<f64>]| {
            let outcome = |&value: &Option<f64>| {
                vec![Outcome { metrics: vec![value; CATALOGUE.len()], ..Outcome::default() }]
            };
            let chunk = Chunk { first: 0, replications: values.iter().map(outcome).collect() };
            let reached = judge(&settings, 3, &chunk, 0.95).targets.remove(0);
            (reached.ok, reached.n, reached.n_missing)
        };
        assert_eq!(judged(&[Some(2.0)]), (true, 1, 0));
        assert_eq!(judged(&[Some(2.0), None, None]), (false, 1, 2));
        assert_eq!(judged(&[Some(2.0), Some(2.0), None]), (true, 2, 1));
    }

    /// Nineteen zeros and a one ask for 366, whether it is a mean or, here all from zero, a difference from the same without limits.
    #[test]
    fn a_target_tells_how_many_replications_are_enough() {
        for against_unlimited in [false, true] {
            let target = StaffTarget {
                metric: Name::parse("wait_hours_mean").unwrap(),
                relation: Relation::AtMost,
                value: Number::of(8.0),
                against_unlimited,
            };
            let settings = StaffSettings { target: vec![target], ..settings(Vary::Advisors, 1, 16) };
            let outcome =
                |value: f64| Outcome { metrics: vec![Some(value); CATALOGUE.len()], ..Outcome::default() };
            let replication = |at: u32| vec![outcome(f64::from(u8::from(at == 0))), outcome(0.0)];
            let chunk = Chunk { first: 0, replications: (0..20).map(replication).collect() };
            let reached = judge(&settings, 3, &chunk, 0.95).targets.remove(0);
            assert_eq!((reached.n, reached.n_enough), (20, Some(366)), "{against_unlimited}");
        }
    }

    fn answer(size: u32, meets: bool) -> Answer {
        Answer { size, metrics: Vec::new(), targets: Vec::new(), meets }
    }

    /// Whatever the edge, it is found, in as many steps as halving takes.
    #[test]
    fn the_edge_is_found_by_halving() {
        for edge_is in 1..=17 {
            let question = settings(Vary::Advisors, 1, 16);
            let tried = search(&question, |size| Ok::<_, ()>(answer(size, size >= edge_is))).unwrap();
            assert_eq!(edge(&question, &tried), (edge_is <= 16).then_some(edge_is));
            assert!(tried.len() <= most_sizes(&question) as usize, "{edge_is}: {}", tried.len());
            let question = settings(Vary::Accounts, 1, 16);
            let tried = search(&question, |size| Ok::<_, ()>(answer(size, size < edge_is))).unwrap();
            assert_eq!(edge(&question, &tried), (edge_is > 1).then_some((edge_is - 1).min(16)));
        }
    }
}
