//! Screening: which of many inputs matter at all, and which act together or not in a straight line.
//!
//! A *trajectory* starts at a random point of a grid and moves one input after the other, each once, in random order. A step
//! from `u` to `u'` in input `i` gives an *elementary effect*:
//!
//! ```text
//! EE_i = (y(u') - y(u)) / (u'_i - u_i)
//! mu     mean of EE_i over trajectories: what the whole range of i changes on average, with its sign
//! mu*    mean of |EE_i|: the same where effects of both signs do not cancel out
//! sigma  standard deviation of EE_i: 0 where the input acts alone and in a straight line
//! ```
//!
//! **Source:** Morris, "Factorial sampling plans for preliminary computational experiments", Technometrics 33 (1991); `mu*` of
//! Campolongo, Cariboni & Saltelli (2007). The grid has four levels and the step is two thirds of the range, as there.

use super::Estimate;
use crate::base::random::{Purpose, Streams, label};

/// A walk through the unit cube that moves each coordinate once.
#[derive(Clone, Debug, PartialEq)]
pub struct Trajectory {
    /// The points, one more than there are coordinates.
    pub points: Vec<Vec<f64>>,
    /// The coordinate that each step moves.
    pub moved: Vec<usize>,
}

impl Trajectory {
    /// Draws trajectory `number` of the design with this `seed` in so many dimensions.
    #[must_use]
    pub fn draw(seed: u64, number: u32, dimensions: usize) -> Self {
        const STEP: f64 = 2.0 / 3.0;
        let streams = Streams::new(seed, number);
        let draw = |subject: usize, label: u32| streams.draw(Purpose::Design, subject as u32, 0, label);
        let level = |input: usize| (draw(input, label("morris level")).uniform(0) * 4.0).floor() / 3.0;
        let mut moved: Vec<usize> = (0..dimensions).collect();
        // The rank of one random number for each input is a random order.
        moved.sort_by_key(|&input| (draw(input, label("morris order")).words(), input));
        let mut points = vec![(0..dimensions).map(level).collect::<Vec<f64>>()];
        for (at, &input) in moved.iter().enumerate() {
            let mut next = points[at].clone();
            next[input] += if next[input] < 0.5 { STEP } else { -STEP };
            // A level that comes about by subtraction is the same number as one that was drawn.
            next[input] = (next[input] * 3.0).round() / 3.0;
            points.push(next);
        }
        Self { points, moved }
    }
}

/// What the elementary effects of one input say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Screened {
    /// Mean effect with its sign, over the whole range; its spread is Morris's sigma.
    pub mu: Estimate,
    /// Mean size of the effect.
    pub mu_star: Estimate,
}

impl Screened {
    /// Sums up the elementary effects of an input, one of each trajectory; [`None`] of none.
    ///
    /// # Panics
    ///
    /// If `confidence` does not lie inside (0, 1).
    #[must_use]
    pub fn of(effects: &[f64], confidence: f64) -> Option<Self> {
        let sizes: Vec<f64> = effects.iter().map(|effect| effect.abs()).collect();
        let (mu, mu_star) = (Estimate::of(effects, confidence)?, Estimate::of(&sizes, confidence)?);
        Some(Self { mu, mu_star })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The elementary effects of each input over trajectories.
    fn effects(dimensions: usize, count: u32, y: impl Fn(&[f64]) -> f64) -> Vec<Vec<f64>> {
        let mut effects = vec![Vec::new(); dimensions];
        for trajectory in (0..count).map(|number| Trajectory::draw(5, number, dimensions)) {
            for (step, &input) in trajectory.moved.iter().enumerate() {
                let (from, to) = (&trajectory.points[step], &trajectory.points[step + 1]);
                effects[input].push((y(to) - y(from)) / (to[input] - from[input]));
            }
        }
        effects
    }

    #[test]
    fn a_linear_function_shows_its_slopes_and_no_sigma() {
        let slopes = [3.0, -2.0, 0.0, 0.5, -7.25];
        let linear = |u: &[f64]| u.iter().zip(slopes).map(|(u, slope)| slope * u).sum::<f64>();
        for (found, slope) in effects(5, 6, linear).iter().zip(slopes) {
            let Screened { mu, mu_star } = Screened::of(found, 0.95).unwrap();
            assert!((mu.mean - slope).abs() < 1e-12 && (mu_star.mean - slope.abs()).abs() < 1e-12);
            assert!(mu.stddev.unwrap() < 1e-12 && mu_star.ci_high.unwrap() - slope.abs() < 1e-12);
        }
    }

    /// For y = 10 u0 u1 the effect of u0 is 10 u1: mean 5, and on four levels variance 100 · 5/36 (uniform on 0, 1/3,
    /// 2/3, 1). For y = (u2 - 1/2)² a step between 0 and 2/3, or 1/3 and 1, changes it by 2/9 either way: mu 0, mu* 1/3.
    #[test]
    fn interaction_and_curvature_show_in_sigma_and_signs_do_not_cancel_in_mu_star() {
        let y = |u: &[f64]| 10.0 * u[0] * u[1] + (u[2] - 0.5) * (u[2] - 0.5);
        let effects = effects(3, 400, y);
        let first = Screened::of(&effects[0], 0.999).unwrap();
        assert!(first.mu.ci_low.unwrap() < 5.0 && 5.0 < first.mu.ci_high.unwrap(), "{first:?}");
        let sigma = (100.0_f64 * 5.0 / 36.0).sqrt();
        assert!((first.mu.stddev.unwrap() - sigma).abs() < 0.3, "{first:?}");
        let third = Screened::of(&effects[2], 0.999).unwrap();
        assert!(third.mu.ci_low.unwrap() < 0.0 && 0.0 < third.mu.ci_high.unwrap(), "{third:?}");
        assert!((third.mu_star.mean - 1.0 / 3.0).abs() < 1e-12, "{third:?}");
    }

    #[test]
    fn a_trajectory_moves_each_input_once_by_two_thirds_and_stays_inside() {
        for trajectory in (0..50).map(|number| Trajectory::draw(9, number, 7)) {
            let mut moved = trajectory.moved.clone();
            moved.sort_unstable();
            assert!(moved.into_iter().eq(0..7));
            for (step, &input) in trajectory.moved.iter().enumerate() {
                let (from, to) = (&trajectory.points[step], &trajectory.points[step + 1]);
                for at in 0..7 {
                    let change = (to[at] - from[at]).abs();
                    assert!((change - if at == input { 2.0 / 3.0 } else { 0.0 }).abs() < 1e-12);
                    assert!([0.0, 1.0, 2.0, 3.0].contains(&(3.0 * to[at])), "{}", to[at]);
                }
            }
        }
        let starts =
            |input: usize| (0..400).map(move |number| Trajectory::draw(9, number, 7).points[0][input]);
        let mean = starts(3).sum::<f64>() / 400.0;
        assert!((mean - 0.5).abs() < 0.1, "starts lean to one side: {mean}");
    }
}
