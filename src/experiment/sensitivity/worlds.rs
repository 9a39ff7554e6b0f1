//! A decision between two variants when the assumptions are uncertain.
//!
//! A *world* draws all assumptions from their ranges, by a Latin hypercube. In each the two variants are compared on common
//! random numbers, the same in all worlds. That says in which share of the worlds the variant is better, at which value of an
//! assumption the call turns, and what it would be worth to learn an assumption first: see
//! [`value_of_knowing`] for the definitions and their bias.
//!
//! # Intervals
//!
//! Both worlds and replications are drawn anew, independently of each other (Owen, "The pigeonhole bootstrap", 2007), so an interval
//! knows that all worlds share the luck of few replications. The share of worlds is at least as uncertain as a share of so many
//! independent draws (Wilson 1927).

use super::{Answer, Respond, quantile};
use crate::base::math::normal_quantile;
use crate::base::random::label;
use crate::base::stats::{
    Curve, Interval, latin_hypercube, resample, sum, value_of_knowing, value_of_learning, without_noise,
    world_means,
};
use crate::language::AssumptionUse;
use crate::scenario::sensitivity::Draw;

/// How often worlds and replications are drawn anew for the intervals.
const RESAMPLES: u32 = 400;

/// An estimate and its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ranged {
    /// The estimate.
    pub value: f64,
    /// Where the truth lies.
    pub interval: Interval,
}

/// Where the call turns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Turning {
    /// The value of the assumption, all others as likely as they are; where there are several, the one nearest to its base.
    pub at: f64,
    /// Its interval, which ends where the range ends.
    pub interval: Interval,
    /// Whether the variant is better above it, and worse below.
    pub better_above: bool,
}

/// What a decision has to do with one assumption.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Learning {
    /// What it is worth to learn it before deciding.
    pub worth: Ranged,
    /// Share of the spread between worlds that follows it alone.
    pub explains: f64,
    /// Where the call turns; [`None`] where it does not, inside the range.
    pub turning: Option<Turning>,
}

/// A decision over many worlds.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// Worlds.
    pub worlds: usize,
    /// Replications measured in every world.
    pub replications: usize,
    /// Replications in which some world had nothing to measure.
    pub n_missing: usize,
    /// The variant minus the other, mean over worlds.
    pub difference: Ranged,
    /// Share of worlds in which the variant is better.
    pub better: Ranged,
    /// Whether the variant is better on average, and so the choice.
    pub is_chosen: bool,
    /// What it is worth to learn all assumptions before deciding.
    pub worth: Ranged,
    /// By factor.
    pub learning: Vec<Learning>,
}

/// Draws so many worlds from the ranges of `factors`; more of the answer is better, or less if `lower_is_better`. [`None`]
/// where no replication could be measured in all worlds.
///
/// # Errors
///
/// What `respond` could not do.
pub fn worlds<E>(
    factors: &[AssumptionUse],
    count: u32,
    draw: Draw,
    seed: u64,
    confidence: f64,
    lower_is_better: bool,
    respond: Respond<'_, E>,
) -> Result<Option<Decision>, E> {
    let at =
        |world: Vec<f64>| factors.iter().zip(world).map(|(factor, u)| quantile(factor, draw, u)).collect();
    let points: Vec<Vec<f64>> = latin_hypercube(seed, count, factors.len()).into_iter().map(at).collect();
    let answers = respond(&points)?;
    let sample = Sample::of(&points, &answers, lower_is_better);
    Ok(sample.map(|sample| sample.decision(factors, seed, confidence)))
}

/// What was drawn and what came of it.
struct Sample {
    /// By factor, then by world.
    inputs: Vec<Vec<f64>>,
    /// By world, then by replication: by how much the variant is better.
    gains: Vec<Vec<f64>>,
    /// -1 where less is better.
    sign: f64,
    n_missing: usize,
}

/// All numbers that follow from a sample, in one row for the bootstrap.
struct Numbers {
    mean: f64,
    better: f64,
    worth: f64,
    learning: Vec<(f64, Curve)>,
}

impl Sample {
    fn of(points: &[Vec<f64>], answers: &[Answer], lower_is_better: bool) -> Option<Self> {
        let sign = if lower_is_better { -1.0 } else { 1.0 };
        let replications = answers.first()?.len();
        let measured: Vec<usize> =
            (0..replications).filter(|&at| answers.iter().all(|answer| answer[at].is_some())).collect();
        if measured.is_empty() {
            return None;
        }
        let gains = answers.iter().map(|answer| {
            measured.iter().filter_map(|&at| answer[at]).map(|difference| sign * difference).collect()
        });
        let inputs = (0..points[0].len()).map(|input| points.iter().map(|point| point[input]).collect());
        let n_missing = replications - measured.len();
        Some(Self { inputs: inputs.collect(), gains: gains.collect(), sign, n_missing })
    }

    fn decision(&self, factors: &[AssumptionUse], seed: u64, confidence: f64) -> Decision {
        let (worlds, replications) = (self.gains.len(), self.gains[0].len());
        let all: Vec<usize> = (0..worlds).collect();
        let found = self.numbers(&all, &(0..replications).collect::<Vec<usize>>());
        let drawn: Vec<Numbers> = (0..RESAMPLES)
            .map(|number| {
                let of =
                    |name: &str, n: usize| resample(seed, number, label(name), n).collect::<Vec<usize>>();
                self.numbers(&of("worlds", worlds), &of("world replications", replications))
            })
            .collect();
        let ranged = |value: f64, of: &dyn Fn(&Numbers) -> f64| {
            let values: Vec<f64> = drawn.iter().map(of).collect();
            let interval = Interval::of_resamples(&values, confidence);
            Ranged { value, interval: interval.expect("invariant: there are resamples") }
        };
        let oriented = ranged(found.mean, &|numbers| numbers.mean);
        let mut better = ranged(found.better, &|numbers| numbers.better);
        let independent = wilson(found.better, worlds as f64, confidence);
        better.interval.low = better.interval.low.min(independent.low);
        better.interval.high = better.interval.high.max(independent.high);
        let spread = squares(&world_means(&self.gains));
        let learning = factors.iter().enumerate().map(|(at, factor)| {
            let (worth, curve) = &found.learning[at];
            let fitted: Vec<f64> = self.inputs[at].iter().map(|&x| curve.at(x)).collect();
            let curves: Vec<&Curve> = drawn.iter().map(|numbers| &numbers.learning[at].1).collect();
            Learning {
                worth: ranged(*worth, &|numbers| numbers.learning[at].0),
                explains: if spread > 0.0 { squares(&fitted) / spread } else { 0.0 },
                turning: turning(factor, curve, &curves, confidence),
            }
        });
        Decision {
            worlds,
            replications,
            n_missing: self.n_missing,
            difference: self.turned(oriented),
            better,
            is_chosen: found.mean > 0.0,
            worth: ranged(found.worth, &|numbers| numbers.worth),
            learning: learning.collect(),
        }
    }

    /// The numbers of the worlds and replications named.
    fn numbers(&self, worlds: &[usize], replications: &[usize]) -> Numbers {
        let gains: Vec<Vec<f64>> = worlds
            .iter()
            .map(|&world| replications.iter().map(|&at| self.gains[world][at]).collect())
            .collect();
        let (means, gains) = (world_means(&gains), without_noise(&gains));
        let count = gains.len() as f64;
        let worth = value_of_knowing(&gains);
        let learning = self.inputs.iter().map(|input| {
            let x: Vec<f64> = worlds.iter().map(|&world| input[world]).collect();
            let curve = Curve::through(&x, &means).expect("invariant: there are worlds");
            // Both are estimated, and to know one of them cannot be worth more than to know all.
            (value_of_learning(&curve, &x).min(worth), curve)
        });
        Numbers {
            mean: sum(means.iter().copied()) / count,
            better: gains.iter().filter(|&&gain| gain > 0.0).count() as f64 / count,
            worth,
            learning: learning.collect(),
        }
    }

    /// Turns a gain back into a difference of the metric.
    fn turned(&self, Ranged { value, interval: Interval { low, high } }: Ranged) -> Ranged {
        let (low, high) = if self.sign > 0.0 { (low, high) } else { (-high, -low) };
        Ranged { value: self.sign * value, interval: Interval { low, high } }
    }
}

/// Where `curve` changes its sign inside the range of `factor`; `drawn` are the curves of resamples.
fn turning(factor: &AssumptionUse, curve: &Curve, drawn: &[&Curve], confidence: f64) -> Option<Turning> {
    let (low, base, high) = (factor.low.value, factor.base.value, factor.high.value);
    let nearest = |curve: &Curve, place: f64| {
        let crossings = curve.crossings(low, high);
        crossings.into_iter().min_by(|a, b| (a - place).abs().total_cmp(&(b - place).abs()))
    };
    let at = nearest(curve, base)?;
    let step = 1e-3 * (high - low);
    let better_above = curve.at((at + step).min(high)) > curve.at((at - step).max(low));
    // A resample that does not turn inside the range turns beyond one of its ends.
    let beyond = |curve: &Curve| if (curve.at(base) > 0.0) == better_above { low } else { high };
    let places: Vec<f64> =
        drawn.iter().map(|curve| nearest(curve, at).unwrap_or_else(|| beyond(curve))).collect();
    let interval = Interval::of_resamples(&places, confidence)?;
    Some(Turning { at, interval, better_above })
}

/// Sum of squares around the mean.
fn squares(values: &[f64]) -> f64 {
    let mean = sum(values.iter().copied()) / values.len() as f64;
    sum(values.iter().map(|value| (value - mean) * (value - mean)))
}

/// The interval of a share of `n` independent draws, after Wilson (1927): it holds for 0 and 1 as well.
fn wilson(share: f64, n: f64, confidence: f64) -> Interval {
    let z = normal_quantile(0.5 + 0.5 * confidence);
    let middle = (share + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half = z / (1.0 + z * z / n) * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    Interval { low: (middle - half).max(0.0), high: (middle + half).min(1.0) }
}

#[cfg(test)]
mod tests {
    use super::super::example::{each, factor};
    use super::*;

    fn ask(lower_is_better: bool, gain: impl Fn(&[f64]) -> f64) -> Decision {
        let factors = [factor(0.0, 0.5, 1.0), factor(0.0, 5.0, 10.0), factor(0.0, 0.5, 1.0)];
        let sign = if lower_is_better { -1.0 } else { 1.0 };
        let luck = [0.2, -0.2, 0.1, -0.1];
        let mut respond = each(|x| luck.iter().map(|luck| Some(sign * gain(x) + luck)).collect());
        worlds(&factors, 400, Draw::Uniform, 1, 0.95, lower_is_better, &mut respond).unwrap().unwrap()
    }

    /// d = 4 a - 1 + (b - 5) / 10 with a, b uniform: better where 4 a + b / 10 > 1.5. Over b from 0 to 1 (in tenths) a must
    /// exceed (1.5 - b) / 4, on average a quarter: three quarters of the worlds, give or take one in a hundred (the hundred worlds
    /// near the edge are left to chance). E(d) = 1 and the call turns at a = 1/4. Learning a: E(max(4a - 1, 0)) = 9/8, so
    /// 1/8; learning b alone turns nothing.
    #[test]
    fn a_decision_with_two_assumptions_is_as_by_hand() {
        for lower_is_better in [false, true] {
            let found = ask(lower_is_better, |x| 4.0 * x[0] - 1.0 + (x[1] - 5.0) / 10.0);
            let sign = if lower_is_better { -1.0 } else { 1.0 };
            assert!(found.is_chosen);
            assert!((found.difference.value - sign).abs() < 0.01, "{:?}", found.difference);
            let Interval { low, high } = found.difference.interval;
            assert!(low < sign && sign < high, "{:?}", found.difference);
            assert!((found.better.value - 0.75).abs() < 0.04, "{:?}", found.better);
            assert!(found.better.interval.low < 0.75 && 0.75 < found.better.interval.high);
            let [a, b, c] = &found.learning[..] else { panic!("{:?}", found.learning) };
            assert!((a.worth.value - 0.125).abs() < 0.01, "{a:?}");
            assert!(b.worth.value < 1e-9 && c.worth.value < 1e-9, "{b:?} {c:?}");
            let turning = a.turning.unwrap();
            assert!((turning.at - 0.25).abs() < 0.01 && turning.better_above, "{turning:?}");
            assert!(turning.interval.low <= 0.25 && 0.25 <= turning.interval.high, "{turning:?}");
            assert_eq!((b.turning, c.turning), (None, None));
            assert!(a.explains > 0.9 && (0.02..0.1).contains(&b.explains) && c.explains < 0.01, "{found:?}");
            // With s = b / 10 - 1/2, E(max(-d, 0)) given s is (1 - s)² / 8: on average (1 + 1/12) / 8.
            assert!((found.worth.value - 13.0 / 96.0).abs() < 0.01, "{:?}", found.worth);
        }
    }

    #[test]
    fn a_decision_that_nothing_can_turn_is_worth_no_inquiry() {
        let found = ask(false, |x| 2.0 + x[0]);
        assert_eq!((found.better.value, found.worth.value), (1.0, 0.0));
        assert!(found.better.interval.low > 0.98 && found.better.interval.low < 0.995);
        assert!(found.learning.iter().all(|one| one.turning.is_none() && one.worth.value == 0.0));
        let against = ask(false, |x| -2.0 - x[0]);
        assert!(!against.is_chosen && against.better.value == 0.0);
    }

    #[test]
    fn a_variant_that_is_better_below_turns_the_other_way() {
        let found = ask(false, |x| 6.0 - x[1]);
        let turning = found.learning[1].turning.unwrap();
        assert!(!turning.better_above && (turning.at - 6.0).abs() < 0.05, "{turning:?}");
    }

    #[test]
    fn replications_that_a_world_could_not_measure_are_left_out_everywhere() {
        let factors = [factor(0.0, 0.5, 1.0)];
        let mut respond = each(|x| vec![Some(x[0]), (x[0] < 0.5).then_some(1e9), Some(x[0])]);
        let found = worlds(&factors, 50, Draw::Uniform, 1, 0.95, false, &mut respond).unwrap().unwrap();
        assert_eq!((found.replications, found.n_missing), (2, 1));
        assert!((found.difference.value - 0.5).abs() < 0.01);
        let mut nothing = each(|_| vec![None, None]);
        assert_eq!(worlds(&factors, 50, Draw::Uniform, 1, 0.95, false, &mut nothing).unwrap(), None);
    }
}
