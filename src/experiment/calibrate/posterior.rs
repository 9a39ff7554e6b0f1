//! What the figures say about the parameters: a sample of the values under which they are as likely as they can be.
//!
//! All values inside the ranges are equally likely beforehand. A random walk (Metropolis et al. 1953) samples what is likely
//! afterwards, in several chains from far apart; it has arrived when chains cannot be told from each other
//! (Gelman & Rubin, "Inference from iterative simulation using multiple sequences", Statistical Science 7, 1992).
//! Its steps take the shape of what it has sampled (Haario, Saksman & Tamminen 2001), and after that begins the sample.

use crate::base::fit::Symmetric;
use crate::base::math::{ln, normal_quantile};
use crate::base::random::{Purpose, Streams, label};
use crate::base::stats::{latin_hypercube, quantile};
use crate::experiment::calibrate::emulator::Emulator;

/// Chains of the walk.
const CHAINS: u32 = 4;
/// Rounds in which the steps find their shape.
const LEARNING: u32 = 6;
/// Steps of a round, by chain.
const ROUND: u32 = 500;
/// Points that a chain gives to the sample.
const KEPT: u32 = 500;
/// How often the walk is made twice as long before it is given up.
const DOUBLINGS: u32 = 6;
/// The potential scale reduction below which chains have met.
const MET: f64 = 1.05;

/// A sample of points, each parameter between 0 and 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Posterior {
    /// The points, chain by chain.
    pub points: Vec<Vec<f64>>,
    /// By parameter: the potential scale reduction of the chains, 1 where they cannot be told apart.
    pub reduction: Vec<f64>,
}

impl Posterior {
    /// Samples the points under which `wanted` is likely.
    #[must_use]
    pub fn sample(emulator: &Emulator, wanted: &[f64], parameters: usize, seed: u64) -> Self {
        let surprise = |point: &[f64]| 0.5 * emulator.distance(point, wanted);
        // Each chain begins at the likeliest of its own.
        let starts = latin_hypercube(seed, 8 * CHAINS, parameters);
        let mut walkers: Vec<Walker> = (0..CHAINS)
            .map(|chain| {
                let own = starts.iter().skip(chain as usize).step_by(CHAINS as usize);
                let start =
                    own.min_by(|a, b| surprise(a).total_cmp(&surprise(b))).cloned().unwrap_or_default();
                Walker { streams: Streams::new(seed, chain), step: 0, surprise: surprise(&start), at: start }
            })
            .collect();
        let mut shape = Shape::round(parameters);
        for _ in 0..LEARNING {
            let mut walked = Vec::new();
            let mut taken = 0;
            for walker in &mut walkers {
                for _ in 0..ROUND {
                    taken += u32::from(walker.walk(&shape, &surprise));
                    walked.push(walker.at.clone());
                }
            }
            shape.learn(&walked, f64::from(taken) / f64::from(CHAINS * ROUND));
        }
        let mut every = 4;
        loop {
            let mut sampled = |walker: &mut Walker| {
                let mut point = || {
                    for _ in 0..every {
                        walker.walk(&shape, &surprise);
                    }
                    walker.at.clone()
                };
                (0..KEPT).map(|_| point()).collect::<Vec<_>>()
            };
            let chains: Vec<Vec<Vec<f64>>> = walkers.iter_mut().map(&mut sampled).collect();
            let reduction = (0..parameters).map(|at| reduction(&chains, at)).collect();
            let found = Self { points: chains.into_iter().flatten().collect(), reduction };
            if found.has_arrived() || every >= 4 << DOUBLINGS {
                return found;
            }
            every *= 2;
        }
    }

    /// Returns whether the chains of every parameter have met: their reduction is below 1.05.
    #[must_use]
    pub fn has_arrived(&self) -> bool {
        self.reduction.iter().all(|reduction| *reduction < MET)
    }

    /// Returns mean and variance of a parameter.
    #[must_use]
    pub fn moments(&self, parameter: usize) -> (f64, f64) {
        let count = self.points.len() as f64;
        let mean = self.points.iter().map(|point| point[parameter]).sum::<f64>() / count;
        let square = |point: &Vec<f64>| (point[parameter] - mean) * (point[parameter] - mean);
        (mean, self.points.iter().map(square).sum::<f64>() / count)
    }

    /// Returns the values that leave half of `1 - confidence` of the sample below and above them.
    #[must_use]
    pub fn interval(&self, parameter: usize, confidence: f64) -> (f64, f64) {
        let mut sorted: Vec<f64> = self.points.iter().map(|point| point[parameter]).collect();
        sorted.sort_by(f64::total_cmp);
        let end = |share: f64| quantile(&sorted, share).unwrap_or(f64::NAN);
        (end(0.5 - confidence / 2.0), end(0.5 + confidence / 2.0))
    }
}

/// One chain.
struct Walker {
    streams: Streams,
    step: u32,
    at: Vec<f64>,
    surprise: f64,
}

impl Walker {
    /// Takes a step, or stays; returns whether it was taken.
    fn walk(&mut self, shape: &Shape, surprise: &impl Fn(&[f64]) -> f64) -> bool {
        let draw =
            |subject: u32| self.streams.draw(Purpose::Design, subject, self.step, label("posterior step"));
        let z: Vec<f64> = (0..self.at.len() as u32).map(|at| normal_quantile(draw(at).uniform(0))).collect();
        let chance = draw(u32::MAX).uniform(0);
        self.step += 1;
        let next: Vec<f64> = self.at.iter().zip(shape.step(&z)).map(|(at, step)| at + step).collect();
        if next.iter().any(|at| !(0.0..=1.0).contains(at)) {
            return false;
        }
        let there = surprise(&next);
        let is_taken = -ln(chance) > there - self.surprise;
        if is_taken {
            (self.at, self.surprise) = (next, there);
        }
        is_taken
    }
}

/// The shape and size of a step.
struct Shape {
    root: Symmetric,
    size: f64,
}

impl Shape {
    fn round(parameters: usize) -> Self {
        let row = |at: usize| (0..parameters).map(|to| if at == to { 1.0 / 12.0 } else { 0.0 }).collect();
        let rows: Vec<Vec<f64>> = (0..parameters).map(row).collect();
        let root = Symmetric::of(&rows).expect("invariant: a diagonal above zero has a root");
        Self { root, size: 0.5 / (parameters.max(1) as f64).sqrt() }
    }

    fn step(&self, z: &[f64]) -> impl Iterator<Item = f64> {
        let size = self.size;
        self.root.coloured(z).into_iter().map(move |step| size * step)
    }

    /// Takes the shape of what was walked, and the size at which about a quarter of all steps is taken.
    fn learn(&mut self, walked: &[Vec<f64>], taken: f64) {
        let parameters = walked[0].len();
        let later = &walked[walked.len() / 4..];
        let count = later.len() as f64;
        let mean: Vec<f64> =
            (0..parameters).map(|at| later.iter().map(|point| point[at]).sum::<f64>() / count).collect();
        let covariance = |i: usize, j: usize| {
            let product = |point: &Vec<f64>| (point[i] - mean[i]) * (point[j] - mean[j]);
            later.iter().map(product).sum::<f64>() / count + if i == j { 1e-8 } else { 0.0 }
        };
        let rows: Vec<Vec<f64>> =
            (0..parameters).map(|i| (0..parameters).map(|j| covariance(i, j)).collect()).collect();
        if let Some(root) = Symmetric::of(&rows) {
            self.root = root;
            self.size = self.size.max(0.1);
        }
        self.size *= (0.5 + taken / 0.5).clamp(0.5, 2.0);
    }
}

fn reduction(chains: &[Vec<Vec<f64>>], parameter: usize) -> f64 {
    // Halves count as chains, so that a chain still on its way is seen.
    let halves = chains.iter().flat_map(|chain| chain.chunks(chain.len().div_ceil(2)));
    let moments: Vec<(f64, f64, f64)> = halves
        .map(|half| {
            let count = half.len() as f64;
            let mean = half.iter().map(|point| point[parameter]).sum::<f64>() / count;
            let square = |point: &Vec<f64>| (point[parameter] - mean) * (point[parameter] - mean);
            (mean, half.iter().map(square).sum::<f64>() / (count - 1.0), count)
        })
        .collect();
    let count = moments.len() as f64;
    let whole = moments.iter().map(|(mean, ..)| mean).sum::<f64>() / count;
    let between =
        moments.iter().map(|(mean, ..)| (mean - whole) * (mean - whole)).sum::<f64>() / (count - 1.0);
    let within = moments.iter().map(|(_, variance, _)| variance).sum::<f64>() / count;
    let length = moments[0].2;
    if within > 0.0 { ((length - 1.0) / length + between / within).sqrt() } else { f64::INFINITY }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::calibrate::emulator::{Nearness, Trial};

    /// Figures that are known functions of the parameters, with luck that all points share in part.
    fn show(point: &[f64], replication: u32, own: u32) -> Vec<f64> {
        let streams = Streams::new(99, replication);
        let luck = |at: u32| normal_quantile(streams.draw(Purpose::Design, at, own, 0).uniform(0));
        let common = |at: u32| normal_quantile(streams.draw(Purpose::Design, at, 0, 1).uniform(0));
        let [a, b] = [point[0], point[1]];
        vec![a + 0.3 * a * a + 0.03 * common(0) + 0.02 * luck(0), a - b + 0.03 * common(1) + 0.02 * luck(1)]
    }

    fn emulator() -> Emulator {
        let points = latin_hypercube(5, 60, 3);
        let trials: Vec<Trial> = points
            .iter()
            .zip(1..)
            .map(|(point, own)| Trial {
                point: point.clone(),
                shown: (0..6).map(|replication| show(point, replication, own)).collect(),
            })
            .collect();
        let middle: Vec<Vec<f64>> = (0..80).map(|replication| show(&[0.5; 3], replication, 0)).collect();
        Emulator::through(&trials, &middle, &[Nearness { scatters: true, discrepancy: 0.0 }; 2]).unwrap()
    }

    #[test]
    fn a_surface_follows_its_trials_and_knows_the_scatter_of_one_history() {
        let emulator = emulator();
        for point in [[0.2, 0.8, 0.1], [0.7, 0.3, 0.9]] {
            let at = emulator.at(&point);
            assert!((at[0] - point[0] - 0.3 * point[0] * point[0]).abs() < 0.025, "{at:?}");
            assert!((at[1] - point[0] + point[1]).abs() < 0.025, "{at:?}");
        }
        // The root of 0.03² + 0.02² is 0.036.
        assert!(
            emulator.spread.iter().all(|spread| (0.028..0.045).contains(spread)),
            "{:?}",
            emulator.spread
        );
    }

    /// The third parameter does nothing; the first two are held by two figures.
    #[test]
    fn what_the_figures_do_not_tell_stays_as_wide_as_it_was() {
        let found = Posterior::sample(&emulator(), &[0.6 + 0.3 * 0.36, 0.6 - 0.2], 3, 1);
        assert!(found.has_arrived(), "{:?}", found.reduction);
        let [first, second, third] = [0, 1, 2].map(|parameter| found.moments(parameter));
        // A value anywhere between 0 and 1 has a variance of 1/12.
        assert!(first.1 < 0.1 / 12.0 && second.1 < 0.1 / 12.0, "{first:?} {second:?}");
        assert!(third.1 > 0.85 / 12.0, "{third:?}");
        let (low, high) = found.interval(2, 0.9);
        assert!((low - 0.05).abs() < 0.04 && (high - 0.95).abs() < 0.04, "{low} {high}");
        assert!((first.0 - 0.6).abs() < 0.02 && (second.0 - 0.2).abs() < 0.03, "{first:?} {second:?}");
    }

    /// Truths drawn from the ranges, histories drawn from the truths: 90 % intervals hold 90 % of them.
    #[test]
    fn intervals_hold_as_many_truths_as_they_say() {
        let emulator = emulator();
        let (mut held, mut all) = (0, 0);
        for (truth, at) in latin_hypercube(8, 80, 3).iter().zip(1_000..) {
            let found = Posterior::sample(&emulator, &show(truth, at, at), 3, u64::from(at));
            for (parameter, truth) in truth.iter().enumerate() {
                let (low, high) = found.interval(parameter, 0.9);
                held += u32::from((low..=high).contains(truth));
                all += 1;
            }
        }
        // 216 of 240 are expected; three standard deviations are 14.
        assert!((202..=230).contains(&held), "{held} of {all}");
    }
}
