//! What it is worth to know before one decides.
//!
//! A decision between two policies is about `d`, by how much the second is better. It varies over worlds, each of which draws
//! all inputs, and is only known on average when the decision is taken:
//!
//! ```text
//! EVPI    = E(max(d, 0)) - max(E(d), 0)                        everything is learnt first
//! EVPPI_i = E(max(E(d | x_i), 0)) - max(E(d), 0)               input i is learnt first
//! ```
//!
//! Both are what better decisions would bring on average, in the unit of `d`: no inquiry that costs more is worth it.
//!
//! # How they are estimated
//!
//! In each world `d` is a mean over replications, the same ones in every world. What luck does to all worlds alike shifts the
//! mean; what it does to one world and not to another is noise, would be taken for spread between worlds, and makes a plain EVPI
//! too large. Its variance is that of the interaction between worlds and replications, and deviations from the mean are drawn
//! in by `sqrt(1 - noise / variance)`, so that their variance is that of the truth.
//!
//! `E(d | x_i)` is a [`Curve`] through the plain means of all worlds, one loop and no inner one. It averages noise out by itself. It is too small where the
//! truth bends more than a cubic or an effect is lost in the spread of all others (then the curve is flat and the worth 0), and
//! too large by the little that a curve follows noise.
//!
//! **Source:** Strong, Oakley & Brennan, "Estimating multiparameter partial expected value of perfect information from a
//! probabilistic sensitivity analysis sample: a nonparametric regression approach", Medical Decision Making 34 (2014), with
//! polynomials in the place of splines; Raiffa & Schlaifer, *Applied Statistical Decision Theory* (1961) for the concept.

use super::{Curve, sum};

/// Returns what it is worth to know `d` before deciding, given its values over worlds; 0 of none.
#[must_use]
pub fn value_of_knowing(d: &[f64]) -> f64 {
    if d.is_empty() {
        return 0.0;
    }
    let count = d.len() as f64;
    let informed = sum(d.iter().map(|d| d.max(0.0))) / count;
    let uninformed = (sum(d.iter().copied()) / count).max(0.0);
    (informed - uninformed).max(0.0)
}

/// Returns what it is worth to know the input of which `d` follows `curve`, given its values over worlds.
#[must_use]
pub fn value_of_learning(curve: &Curve, x: &[f64]) -> f64 {
    value_of_knowing(&x.iter().map(|&x| curve.at(x)).collect::<Vec<f64>>())
}

/// Returns each world's mean over replications.
#[must_use]
pub fn world_means(worlds: &[Vec<f64>]) -> Vec<f64> {
    worlds.iter().map(|world| mean(world)).collect()
}

/// Returns each world's mean over replications, drawn in towards the mean of all as far as their spread is noise.
#[must_use]
pub fn without_noise(worlds: &[Vec<f64>]) -> Vec<f64> {
    let means = world_means(worlds);
    let (count, all) = (means.len() as f64, mean(&means));
    if means.len() < 2 {
        return means;
    }
    let variance = sum(means.iter().map(|mean| (mean - all) * (mean - all))) / (count - 1.0);
    let kept = if variance > 0.0 {
        (1.0 - interaction(worlds, &means, all) / variance).max(0.0).sqrt()
    } else {
        0.0
    };
    means.iter().map(|mean| all + kept * (mean - all)).collect()
}

/// The variance of a world's mean that comes from luck in this world alone: two ways, one value in each cell.
fn interaction(worlds: &[Vec<f64>], means: &[f64], all: f64) -> f64 {
    let replications = worlds[0].len();
    if replications < 2 {
        return 0.0;
    }
    let shared: Vec<f64> =
        (0..replications).map(|at| sum(worlds.iter().map(|world| world[at])) / worlds.len() as f64).collect();
    let cell = |(world, mean): (&Vec<f64>, &f64)| {
        sum(world.iter().zip(&shared).map(|(value, shared)| {
            let rest = value - mean - shared + all;
            rest * rest
        }))
    };
    let squares = sum(worlds.iter().zip(means).map(cell));
    let freedom = (worlds.len() - 1) as f64 * (replications - 1) as f64;
    squares / freedom / replications as f64
}

fn mean(values: &[f64]) -> f64 {
    sum(values.iter().copied()) / values.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::math::{exp, normal_cdf, normal_quantile};
    use crate::base::stats::latin_hypercube;

    /// E(max(d, 0)) - max(E(d), 0) of a normal d: sd (phi(u) - u (1 - Phi(u))) at u = |mean| / sd.
    fn unit_loss(mean: f64, sd: f64) -> f64 {
        let u = mean.abs() / sd;
        let density = exp(-0.5 * u * u) / (2.0 * std::f64::consts::PI).sqrt();
        sd * (density - u * (1.0 - normal_cdf(u)))
    }

    /// Worlds with three normal inputs, d = mean + slopes · z, and luck of each replication that is half shared.
    fn linear(mean: f64, slopes: [f64; 3], luck: f64, replications: usize) -> (Vec<Vec<f64>>, Vec<Vec<f64>>) {
        let design = latin_hypercube(11, 2000, 3 + replications);
        let normal: Vec<Vec<f64>> =
            design.iter().map(|point| point.iter().map(|&u| normal_quantile(u)).collect()).collect();
        let inputs = (0..3).map(|input| normal.iter().map(|z| z[input]).collect()).collect();
        let world = |z: &Vec<f64>| {
            let truth = mean + slopes.iter().zip(z).map(|(slope, z)| slope * z).sum::<f64>();
            // What replications share adds up to nothing here, so that the truth of the mean is known.
            let shared = |at: usize| if at.is_multiple_of(2) { 40.0 } else { -40.0 };
            (0..replications).map(|at| truth + luck * z[3 + at] + shared(at)).collect()
        };
        (inputs, normal.iter().map(world).collect())
    }

    #[test]
    fn two_decisions_and_normal_inputs_have_their_closed_forms() {
        for (mean, slopes) in [(0.0, [3.0, 1.0, 0.0]), (2.0, [3.0, 2.0, 0.5]), (-2.0, [4.0, 0.2, 0.1])] {
            let sd = slopes.iter().map(|slope: &f64| slope * slope).sum::<f64>().sqrt();
            let (inputs, worlds) = linear(mean, slopes, 4.0, 4);
            let d = without_noise(&worlds);
            let total = value_of_knowing(&d);
            let exact = unit_loss(mean, sd);
            assert!((total - exact).abs() < 0.05 * exact, "EVPI {total} for {exact}");
            let means = world_means(&worlds);
            let plain = value_of_knowing(&means);
            assert!(plain > 1.05 * exact, "noise makes a plain EVPI too large: {plain} for {exact}");
            for (x, slope) in inputs.iter().zip(slopes) {
                let found = value_of_learning(&Curve::through(x, &means).unwrap(), x);
                let exact = if slope == 0.0 { 0.0 } else { unit_loss(mean, slope) };
                assert!((found - exact).abs() < 0.05 * exact + 0.02, "EVPPI of {slope}: {found} for {exact}");
            }
        }
    }

    /// Shared luck is no spread between worlds: nothing is drawn in. Luck alone is: everything is.
    #[test]
    fn only_luck_that_worlds_do_not_share_is_noise() {
        let shared: Vec<Vec<f64>> =
            (0..5).map(|world| vec![f64::from(world) + 9.0, f64::from(world) - 3.0]).collect();
        assert_eq!(without_noise(&shared), [3.0, 4.0, 5.0, 6.0, 7.0]);
        let (_, noisy) = linear(1.0, [0.0; 3], 5.0, 8);
        let found = without_noise(&noisy);
        let spread = found.iter().map(|d| (d - 1.0) * (d - 1.0)).sum::<f64>() / 2000.0;
        assert!(spread < 0.1 * 25.0 / 8.0, "{spread}");
    }

    #[test]
    fn what_can_turn_no_decision_is_worth_nothing() {
        assert_eq!(value_of_knowing(&[1.0, 5.0, 0.0]), 0.0);
        assert_eq!(value_of_knowing(&[-1.0, -5.0]), 0.0);
        assert_eq!(value_of_knowing(&[-1.0, 3.0]), 0.5);
        assert_eq!(value_of_knowing(&[]), 0.0);
        assert!(without_noise(&[]).is_empty());
    }
}
