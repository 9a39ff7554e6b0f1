//! `optimize`: which values of a few settings are best, within limits, where every look is noisy.
//!
//! # Method
//!
//! 1. **Start.** As many points as there are evaluations in the budget: all combinations if there are no more, else a Latin
//!    hypercube.
//! 2. **Race** (successive halving; Jamieson and Talwalkar 2016). All run an eighth of the replications, four at least, the same ones, so that
//!    differences are paired. The better half runs as many again, and so on until those left have all replications. Who is
//!    surely outside a limit, or surely worse than the leader, leaves earlier.
//! 3. **Refine.** Around the best, then around the second, the values of each decision a stride up and down race against it,
//!    under limits also those of two decisions exchanged; the winner is the next centre, and where none wins the stride is halved.
//!    While less than half of the budget is spent, another start follows, from another hypercube.
//! 4. **Frontier.** What is left of the budget goes to the points that, as far as they have run, no other beats in both of the two
//!    metrics that are weighed against each other.
//! 5. The **best** is the one with the best mean among those that have all replications and of which all limits surely hold: the
//!    whole interval of the mean, at the scenario's confidence, is on the right side.
//!
//! A best of many is partly luck, so it is run again on replications that the search has not seen ([`Confirmed`]).
//!
//! Nothing depends on threads or time; a point is run on replications from the first.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::ops::Range;

use crate::base::stats::{Better, Estimate, PairedDifference};
use crate::experiment::replicate::Outcome;
use crate::scenario::design::{Levels, grid, latin_hypercube};

/// The levels of all decisions, in their order.
pub type Point = Vec<usize>;

/// A limit on a metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limit {
    /// The metric, an index into the outcomes'.
    pub metric: usize,
    /// Whether it is an upper limit.
    pub at_most: bool,
    /// The value.
    pub value: f64,
}

/// What is to be decided.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// The values of each decision.
    pub levels: Vec<Levels>,
    /// The metric that is to be as good as can be.
    pub objective: usize,
    /// Whether more or less of it is better.
    pub better: Better,
    /// What must hold.
    pub limits: Vec<Limit>,
    /// Replications of a whole evaluation.
    pub replications: u32,
    /// Replications that may be spent on all points together.
    pub budget: u64,
    /// Confidence of limits and intervals.
    pub confidence: f64,
    /// Two metrics that are weighed against each other, and which way is better.
    pub frontier: [(usize, Better); 2],
    /// Seed of the start.
    pub seed: u64,
}

/// A point and what it did.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// The point.
    pub point: Point,
    /// Its replications from the first; none where its values contradict each other.
    pub outcomes: Vec<Outcome>,
    /// Whether its limits hold: the whole interval of each is on the right side.
    pub is_feasible: bool,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Found {
    /// All points that were run, in the order of their first run.
    pub evaluations: Vec<Evaluation>,
    /// The best: an index among the evaluations; [`None`] where the limits surely hold of none.
    pub best: Option<usize>,
    /// Points that cannot be run, because their values contradict each other.
    pub impossible: u32,
    /// Replications spent.
    pub spent: u64,
}

/// The best, on replications that the search has not seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Confirmed {
    /// The objective of the best.
    pub objective: Option<Estimate>,
    /// The best minus the baseline.
    pub gain: PairedDifference,
}

/// Runs some points over some replications; [`None`] for a point whose values contradict each other.
pub type Run<'r, E> = dyn FnMut(&[Point], Range<u32>) -> Result<Vec<Option<Vec<Outcome>>>, E> + 'r;

/// Searches for the best point.
///
/// # Errors
///
/// What `run` could not do.
pub fn optimize<E>(problem: &Problem, run: &mut Run<'_, E>) -> Result<Found, E> {
    let mut search = Search { problem, run, tried: BTreeMap::new(), found: Found::default() };
    let size = usize::try_from(problem.budget / u64::from(problem.replications)).unwrap_or(usize::MAX).max(2);
    let all = problem.levels.iter().fold(1, |all: usize, levels| all.saturating_mul(levels.count()));
    // A race ends early where much is clear at once; then others begin elsewhere.
    for round in 0.. {
        let before = search.found.spent;
        let start = if all <= size {
            grid(&problem.levels)
        } else {
            latin_hypercube(&problem.levels, size, problem.seed.wrapping_add(round))
        };
        let centres: Vec<Point> = search.race(start)?.into_iter().take(2).collect();
        for centre in centres {
            search.refine(centre)?;
        }
        if search.found.spent == before || 2 * search.found.spent >= problem.budget {
            break;
        }
    }
    search.complete_frontier()?;
    let Search { mut found, .. } = search;
    for evaluation in &mut found.evaluations {
        evaluation.is_feasible = problem.holds(&evaluation.outcomes);
    }
    let whole = |evaluation: &Evaluation| evaluation.outcomes.len() == problem.replications as usize;
    let candidates = found.evaluations.iter().enumerate();
    let candidates = candidates.filter(|(_, evaluation)| whole(evaluation) && evaluation.is_feasible);
    let standing = |evaluation: &Evaluation| problem.standing(&evaluation.outcomes);
    found.best =
        candidates.min_by(|(_, one), (_, other)| standing(one).cmp(&standing(other))).map(|(at, _)| at);
    Ok(found)
}

/// Returns the evaluations that no other beats in both metrics of the frontier, the best in the first metric first; of those
/// that have all replications and keep the limits.
#[must_use]
pub fn frontier(problem: &Problem, found: &Found) -> Vec<usize> {
    let whole = |evaluation: &&Evaluation| evaluation.outcomes.len() == problem.replications as usize;
    problem.unbeaten(found, |evaluation| evaluation.is_feasible && whole(&evaluation))
}

/// Judges the best and the baseline by the same fresh replications.
#[must_use]
pub fn confirm(problem: &Problem, best: &[Outcome], baseline: &[Outcome]) -> Confirmed {
    let (best, baseline) = (column(best, problem.objective), column(baseline, problem.objective));
    let measured: Vec<f64> = best.iter().copied().flatten().collect();
    Confirmed {
        objective: Estimate::of(&measured, problem.confidence),
        gain: PairedDifference::of(&best, &baseline, problem.confidence, problem.better),
    }
}

fn sign(better: Better) -> f64 {
    if better == Better::Lower { -1.0 } else { 1.0 }
}

fn column(outcomes: &[Outcome], metric: usize) -> Vec<Option<f64>> {
    outcomes.iter().map(|outcome| outcome.metrics[metric]).collect()
}

fn mean(outcomes: &[Outcome], metric: usize) -> Option<f64> {
    let values: Vec<f64> = column(outcomes, metric).into_iter().flatten().collect();
    Estimate::of(&values, 0.95).map(|estimate| estimate.mean)
}

/// How well a point does, the best least.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Standing {
    /// Whether a limit is surely broken.
    is_out: bool,
    /// By how much limits are broken, each as a part of its value.
    excess: f64,
    /// The objective, less being better.
    cost: f64,
}

impl Standing {
    fn cmp(&self, other: &Self) -> Ordering {
        self.is_out
            .cmp(&other.is_out)
            .then(self.excess.total_cmp(&other.excess))
            .then(self.cost.total_cmp(&other.cost))
    }
}

impl Problem {
    /// The mean of a limit's metric and the ends of its interval, each as how far it lies beyond the limit.
    fn beyond(&self, limit: &Limit, outcomes: &[Outcome]) -> Option<[f64; 3]> {
        let values: Vec<f64> = column(outcomes, limit.metric).into_iter().flatten().collect();
        let Estimate { mean, ci_low, ci_high, .. } = Estimate::of(&values, self.confidence)?;
        let (low, high) = if outcomes.len() == 1 {
            (mean, mean)
        } else {
            // One that is measured of many says nothing for sure.
            (ci_low.unwrap_or(f64::NEG_INFINITY), ci_high.unwrap_or(f64::INFINITY))
        };
        let [least, most] = if limit.at_most { [low, high] } else { [-high, -low] };
        let side = if limit.at_most { 1.0 } else { -1.0 };
        Some([least, side * mean, most].map(|end| end - side * limit.value))
    }

    /// Returns whether a limit surely holds.
    #[must_use]
    pub fn keeps(&self, limit: &Limit, outcomes: &[Outcome]) -> bool {
        self.beyond(limit, outcomes).is_some_and(|[_, _, most]| most <= 0.0)
    }

    /// Whether all limits surely hold.
    fn holds(&self, outcomes: &[Outcome]) -> bool {
        !outcomes.is_empty() && self.limits.iter().all(|limit| self.keeps(limit, outcomes))
    }

    /// Returns those of some evaluations that none of them beats in both metrics of the frontier.
    fn unbeaten(&self, found: &Found, is_asked: impl Fn(&Evaluation) -> bool) -> Vec<usize> {
        let worth = |evaluation: &Evaluation| -> Option<[f64; 2]> {
            let [one, other] = self
                .frontier
                .map(|(metric, better)| Some(sign(better) * mean(&evaluation.outcomes, metric)?));
            Some([one?, other?])
        };
        let asked = found.evaluations.iter().enumerate().filter(|(_, evaluation)| is_asked(evaluation));
        let candidates: Vec<(usize, [f64; 2])> =
            asked.filter_map(|(at, evaluation)| Some((at, worth(evaluation)?))).collect();
        let beats =
            |one: &[f64; 2], other: &[f64; 2]| one[0] >= other[0] && one[1] >= other[1] && one != other;
        let is_kept = |&(at, own): &(usize, [f64; 2])| {
            let is_twin = |other: &(usize, [f64; 2])| other.0 < at && other.1 == own;
            !candidates.iter().any(|other| beats(&other.1, &own) || is_twin(other))
        };
        let mut kept: Vec<(usize, [f64; 2])> = candidates.iter().filter(|it| is_kept(it)).copied().collect();
        kept.sort_by(|(_, one), (_, other)| other[0].total_cmp(&one[0]));
        kept.into_iter().map(|(at, _)| at).collect()
    }

    fn standing(&self, outcomes: &[Outcome]) -> Standing {
        let beyond: Vec<Option<[f64; 3]>> =
            self.limits.iter().map(|limit| self.beyond(limit, outcomes)).collect();
        let size = |limit: &Limit| if limit.value == 0.0 { 1.0 } else { limit.value.abs() };
        let excess = |(limit, beyond): (&Limit, &Option<[f64; 3]>)| {
            beyond.map_or(f64::INFINITY, |[_, mean, _]| mean.max(0.0) / size(limit))
        };
        Standing {
            is_out: beyond.iter().any(|beyond| beyond.is_none_or(|[least, ..]| least > 0.0)),
            excess: self.limits.iter().zip(&beyond).map(excess).sum(),
            cost: mean(outcomes, self.objective).map_or(f64::INFINITY, |mean| -sign(self.better) * mean),
        }
    }
}

struct Search<'s, 'r, E> {
    problem: &'s Problem,
    run: &'s mut Run<'r, E>,
    /// Where each point stands among the evaluations; [`None`]: it cannot be run.
    tried: BTreeMap<Point, Option<usize>>,
    found: Found,
}

impl<E> Search<'_, '_, E> {
    fn outcomes(&self, point: &Point) -> &[Outcome] {
        let at = self.tried.get(point).copied().flatten();
        at.map_or(&[], |at| &self.found.evaluations[at].outcomes)
    }

    /// Runs points until each has `replications`, as far as the budget goes; returns those that have them.
    fn extend(&mut self, points: &[Point], replications: u32) -> Result<Vec<Point>, E> {
        let mut lacking: BTreeMap<u32, Vec<Point>> = BTreeMap::new();
        for point in points {
            let have = self.outcomes(point).len() as u32;
            let is_impossible = self.tried.get(point) == Some(&None);
            if have < replications && !is_impossible {
                lacking.entry(have).or_default().push(point.clone());
            }
        }
        for (have, mut group) in lacking {
            let each = u64::from(replications - have);
            let affordable = self.problem.budget.saturating_sub(self.found.spent) / each;
            group.truncate(usize::try_from(affordable).unwrap_or(usize::MAX));
            if group.is_empty() {
                continue;
            }
            let results = (self.run)(&group, have..replications)?;
            for (point, outcomes) in group.into_iter().zip(results) {
                let Some(outcomes) = outcomes else {
                    self.tried.insert(point, None);
                    self.found.impossible += 1;
                    continue;
                };
                self.found.spent += each;
                let evaluations = &mut self.found.evaluations;
                let next = evaluations.len();
                let at = *self.tried.entry(point.clone()).or_insert(Some(next));
                match at.filter(|&at| at < next) {
                    Some(at) => evaluations[at].outcomes.extend(outcomes),
                    None => evaluations.push(Evaluation { point, outcomes, is_feasible: false }),
                }
            }
        }
        let is_there = |point: &&Point| self.outcomes(point).len() as u32 >= replications;
        Ok(points.iter().filter(is_there).cloned().collect())
    }

    /// Races points against each other; returns those that got all replications, the best first.
    fn race(&mut self, points: Vec<Point>) -> Result<Vec<Point>, E> {
        let whole = self.problem.replications;
        let mut seen: Vec<Point> = Vec::new();
        for point in points {
            if !seen.contains(&point) {
                seen.push(point);
            }
        }
        let mut left = seen;
        let mut replications = whole.div_ceil(8).max(4).min(whole);
        loop {
            left = self.extend(&left, replications)?;
            let standing =
                |point: &Point| self.problem.standing(&self.outcomes(point)[..replications as usize]);
            left.sort_by(|one, other| standing(one).cmp(&standing(other)));
            if replications == whole || left.is_empty() {
                return Ok(left);
            }
            let leader = left[0].clone();
            let (first, rest) = (left.len(), left.len().div_ceil(2).max(2));
            left.truncate(rest.min(first));
            let stays =
                |point: &Point| *point == leader || !self.is_surely_worse(point, &leader, replications);
            left.retain(stays);
            replications = (2 * replications).min(whole);
        }
    }

    /// Gives all replications to the points that no other beats, until those that have them are the frontier.
    fn complete_frontier(&mut self) -> Result<(), E> {
        loop {
            let problem = self.problem;
            let keeps_limits = |evaluation: &Evaluation| problem.standing(&evaluation.outcomes).excess == 0.0;
            let unbeaten = problem.unbeaten(&self.found, keeps_limits);
            let points: Vec<Point> =
                unbeaten.into_iter().map(|at| self.found.evaluations[at].point.clone()).collect();
            let spent = self.found.spent;
            self.extend(&points, problem.replications)?;
            if self.found.spent == spent {
                return Ok(());
            }
        }
    }

    /// Whether a point is surely outside a limit, or surely worse than the leader where both may keep the limits.
    fn is_surely_worse(&self, point: &Point, leader: &Point, replications: u32) -> bool {
        let part = |point: &Point| &self.outcomes(point)[..replications as usize];
        let (own, first) = (part(point), part(leader));
        let Problem { objective, better, confidence, .. } = *self.problem;
        let difference =
            PairedDifference::of(&column(first, objective), &column(own, objective), confidence, better);
        let ends = difference.ci_low.zip(difference.ci_high);
        let ahead =
            ends.is_some_and(|(low, high)| if better == Better::Lower { high < 0.0 } else { low > 0.0 });
        self.problem.standing(own).is_out || (ahead && self.problem.standing(first).excess == 0.0)
    }

    /// A point and its neighbours: one decision a stride up or down, and, as a limit may bind, one up and another down.
    fn around(&self, centre: &Point, strides: &[usize]) -> Vec<Point> {
        let moved = |point: &Point, decision: usize, up: bool| {
            let (at, last) = (point[decision], self.problem.levels[decision].count() - 1);
            let level =
                if up { (at + strides[decision]).min(last) } else { at.saturating_sub(strides[decision]) };
            let mut point = point.clone();
            point[decision] = level;
            point
        };
        let mut around = vec![centre.clone()];
        for decision in 0..strides.len() {
            around.extend([true, false].map(|up| moved(centre, decision, up)));
        }
        if !self.problem.limits.is_empty() {
            for up in 0..strides.len() {
                let raised = moved(centre, up, true);
                around.extend(
                    (0..strides.len()).filter(|&down| down != up).map(|down| moved(&raised, down, false)),
                );
            }
        }
        around
    }

    /// Whether `point` is better than `centre` by all their replications, of which a race's early rounds see a part.
    fn is_better(&self, point: &Point, centre: &Point) -> bool {
        let standing = |point: &Point| self.problem.standing(self.outcomes(point));
        standing(point).cmp(&standing(centre)).is_lt()
    }

    /// Walks from `centre` to the best of its neighbours until none is better at the finest stride.
    fn refine(&mut self, mut centre: Point) -> Result<(), E> {
        let mut strides: Vec<usize> =
            self.problem.levels.iter().map(|levels| (levels.count() / 4).max(1)).collect();
        loop {
            let spent = self.found.spent;
            let around = self.around(&centre, &strides);
            let winner = self.race(around)?.into_iter().next();
            match winner {
                Some(winner) if self.is_better(&winner, &centre) => centre = winner,
                _ if strides.iter().all(|&stride| stride == 1) => return Ok(()),
                _ => strides.iter_mut().for_each(|stride| *stride = (*stride / 2).max(1)),
            }
            let is_broke = self.problem.budget.saturating_sub(self.found.spent) < 2;
            if is_broke && spent == self.found.spent {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests;
