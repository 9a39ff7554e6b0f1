//! Searches among points whose worth is known.

use std::convert::Infallible;

use super::*;
use crate::base::math::normal_quantile;
use crate::base::random::{Purpose, Streams};
use crate::language::node::{Node, Value};
use crate::language::source::Origin;
use crate::language::{Literal, Scale};

/// Levels 0, 1, ... up to and with `last`.
fn levels(last: i64) -> Levels {
    let node = |number: i64| Node::new(Value::Integer(number), Origin::default());
    if last == 1 {
        let switch = |yes: bool| Literal(Node::new(Value::Boolean(yes), Origin::default()));
        return Levels::Listed(vec![switch(false), switch(true)]);
    }
    Levels::Spaced(Scale::between(&node(0), &node(last), None).unwrap())
}

/// Three decisions: two ranges of 21 and 11 values, and a switch. 462 points, of which a budget sees a tenth.
fn problem(limits: Vec<Limit>) -> Problem {
    Problem {
        levels: vec![levels(20), levels(10), levels(1)],
        objective: 0,
        better: Better::Higher,
        limits,
        replications: 32,
        budget: 60 * 32,
        confidence: 0.95,
        frontier: [(0, Better::Higher), (1, Better::Lower)],
        seed: 1,
    }
}

/// What the first metric is without noise: best, at 100, where the decisions are 14, 3 and on.
fn worth(point: &[usize]) -> f64 {
    let [a, b, on] = [point[0] as f64, point[1] as f64, point[2] as f64];
    100.0 - 0.3 * (a - 14.0) * (a - 14.0) - (b - 3.0) * (b - 3.0) - 6.0 * (1.0 - on)
}

/// The second metric grows with the first two decisions.
fn effort(point: &[usize]) -> f64 {
    (point[0] + point[1]) as f64
}

/// Noise that all points of a replication share, and a smaller one of their own.
fn outcome(point: &Point, replication: u32, noise: f64) -> Outcome {
    let streams = Streams::new(99, replication);
    let normal = |label: u32| normal_quantile(streams.draw(Purpose::Trial, label, 0, 0).uniform(0));
    let own = 1 + point.iter().fold(0, |sum, &level| 64 * sum + level as u32);
    let luck = noise * (2.0 * normal(0) + 0.5 * normal(own));
    Outcome {
        metrics: vec![Some(worth(point) + luck), Some(effort(point) + 0.1 * luck)],
        ..Outcome::default()
    }
}

fn search(problem: &Problem, noise: f64) -> Found {
    let mut run = |points: &[Point], range: Range<u32>| -> Result<Vec<Option<Vec<Outcome>>>, Infallible> {
        let outcomes = |point: &Point| Some(range.clone().map(|at| outcome(point, at, noise)).collect());
        Ok(points.iter().map(outcomes).collect())
    };
    let Ok(found) = optimize(problem, &mut run);
    found
}

fn best(found: &Found) -> &Point {
    &found.evaluations[found.best.expect("there is one")].point
}

#[test]
fn the_known_optimum_is_found_without_noise() {
    assert_eq!(best(&search(&problem(Vec::new()), 0.0)), &[14, 3, 1]);
}

/// One level away costs 0.3 or 1, beside a noise of 2 a replication, shared but for a half.
#[test]
fn under_noise_the_best_is_the_optimum_or_next_to_it() {
    for seed in 1..=10 {
        let found = search(&Problem { seed, ..problem(Vec::new()) }, 1.0);
        let best = best(&found);
        assert!(worth(best) >= 98.5, "seed {seed}: {best:?} is worth {}", worth(best));
    }
}

#[test]
fn less_can_be_better() {
    let found = search(&Problem { objective: 1, better: Better::Lower, ..problem(Vec::new()) }, 0.5);
    assert_eq!(best(&found)[..2], [0, 0]);
}

/// Without limits the optimum takes 17; with at most 12 the best is 10 and 2, worth 94.2.
#[test]
fn limits_are_kept_surely() {
    let limit = Limit { metric: 1, at_most: true, value: 12.5 };
    for seed in 1..=5 {
        let found = search(&Problem { seed, ..problem(vec![limit]) }, 0.5);
        let best = best(&found);
        assert!(effort(best) <= 12.5 && worth(best) >= 91.0, "{best:?}: {} {}", effort(best), worth(best));
        for evaluation in found.evaluations.iter().filter(|evaluation| evaluation.is_feasible) {
            assert!(effort(&evaluation.point) <= 12.5, "{:?}", evaluation.point);
        }
    }
}

/// A limit so near to a mean that its interval crosses it is not surely kept, and one from below is one too.
#[test]
fn a_limit_inside_the_interval_does_not_hold() {
    let at = |limit: Limit| {
        let outcomes: Vec<Outcome> = (0..32).map(|at| outcome(&vec![5, 5, 0], at, 1.0)).collect();
        problem(vec![limit]).holds(&outcomes)
    };
    let close = mean(&(0..32).map(|at| outcome(&vec![5, 5, 0], at, 1.0)).collect::<Vec<_>>(), 1).unwrap();
    assert!(!at(Limit { metric: 1, at_most: true, value: close + 0.01 }));
    assert!(at(Limit { metric: 1, at_most: true, value: close + 1.0 }));
    assert!(!at(Limit { metric: 1, at_most: false, value: close - 0.01 }));
    assert!(at(Limit { metric: 1, at_most: false, value: close - 1.0 }));
}

#[test]
fn where_no_point_keeps_the_limits_there_is_no_best() {
    let found = search(&problem(vec![Limit { metric: 1, at_most: true, value: -1.0 }]), 0.1);
    assert_eq!(found.best, None);
    assert!(found.evaluations.iter().all(|evaluation| !evaluation.is_feasible));
}

/// No point of the frontier is beaten in both metrics by any that was run as often and keeps the limits.
#[test]
fn the_frontier_is_not_dominated_and_holds_the_best() {
    let problem = problem(vec![Limit { metric: 1, at_most: true, value: 25.0 }]);
    let found = search(&problem, 0.5);
    let kept = frontier(&problem, &found);
    assert!(kept.contains(&found.best.unwrap()) && kept.len() > 3, "{kept:?}");
    let worth = |at: usize| {
        let outcomes = &found.evaluations[at].outcomes;
        (mean(outcomes, 0).unwrap(), -mean(outcomes, 1).unwrap())
    };
    let whole = |at: &usize| {
        let evaluation = &found.evaluations[*at];
        evaluation.is_feasible && evaluation.outcomes.len() == 32
    };
    for other in (0..found.evaluations.len()).filter(whole) {
        let beaten = |at: &usize| worth(other).0 > worth(*at).0 && worth(other).1 > worth(*at).1;
        assert!(!kept.iter().any(beaten), "{other} beats one of {kept:?}");
        let is_beaten = kept.iter().any(|&at| worth(at).0 >= worth(other).0 && worth(at).1 >= worth(other).1);
        assert!(is_beaten, "{other} is missing from {kept:?}");
    }
}

#[test]
fn the_budget_is_kept_and_the_search_repeats_itself() {
    for budget in [10, 20, 60] {
        let problem = Problem { budget: budget * 32, ..problem(Vec::new()) };
        let found = search(&problem, 1.0);
        let run: usize = found.evaluations.iter().map(|evaluation| evaluation.outcomes.len()).sum();
        assert!(found.spent <= problem.budget && found.spent == run as u64);
        assert_eq!(found, search(&problem, 1.0));
        assert!(found.best.is_some());
    }
}

/// Values that contradict each other are left out, counted, and cost nothing.
#[test]
fn impossible_points_are_left_out() {
    let mut run = |points: &[Point], range: Range<u32>| -> Result<Vec<Option<Vec<Outcome>>>, Infallible> {
        let possible = |point: &Point| point[0] <= 12;
        let outcomes = |point: &Point| range.clone().map(|at| outcome(point, at, 0.0)).collect();
        Ok(points.iter().map(|point| possible(point).then(|| outcomes(point))).collect())
    };
    let Ok(found) = optimize(&problem(Vec::new()), &mut run);
    assert_eq!(best(&found), &[12, 3, 1]);
    assert!(found.impossible > 0);
}

/// Where there are few points all of them are tried.
#[test]
fn few_points_are_all_tried() {
    let few = Problem { levels: vec![levels(3), levels(3), levels(1)], ..problem(Vec::new()) };
    let found = search(&few, 0.0);
    assert_eq!(found.evaluations.len(), 32);
    assert_eq!(best(&found), &[3, 3, 1]);
}
