//! A curve through noisy points: how a result follows one input when all others vary as well.
//!
//! A polynomial of degree 0 to 3, fitted by least squares on polynomials that are orthogonal on the data, of the degree that
//! the data call for: the one with the smallest `n ln(RSS / n) + degree ln n`. An input that does nothing is then mostly
//! given a flat line, and not the wiggle that any higher degree would find in noise.
//!
//! **Source:** Forsythe, "Generation and use of orthogonal polynomials for data-fitting with a digital computer" (1957); Schwarz,
//! "Estimating the dimension of a model" (1978) for the choice of the degree.

use super::sum;
use crate::base::math::ln;

/// The highest degree that is tried.
const HIGHEST: usize = 3;

/// A fitted polynomial.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// Where the middle of the inputs lies, and half their width.
    middle: f64,
    half: f64,
    /// By degree: coefficient, and the two numbers that make the next orthogonal polynomial.
    terms: Vec<[f64; 3]>,
}

impl Curve {
    /// Fits a curve to `y` over `x`; [`None`] of no points.
    ///
    /// # Panics
    ///
    /// If there are not as many of one as of the other.
    #[must_use]
    pub fn through(x: &[f64], y: &[f64]) -> Option<Self> {
        assert_eq!(x.len(), y.len(), "invariant: every point has both coordinates");
        let count = x.len() as f64;
        let (low, high) = (x.iter().copied().reduce(f64::min)?, x.iter().copied().reduce(f64::max)?);
        let mut curve = Self { middle: 0.5 * (low + high), half: 0.5 * (high - low), terms: Vec::new() };
        let t: Vec<f64> = x.iter().map(|&x| curve.scaled(x)).collect();
        let (mut before, mut now) = (vec![0.0; x.len()], vec![1.0; x.len()]);
        let mut rest = y.to_vec();
        let (mut norm_before, mut best) = (0.0, (f64::INFINITY, 0));
        for degree in 0..=HIGHEST {
            let norm = sum(now.iter().map(|p| p * p));
            // Fewer different inputs than coefficients leave nothing to fit.
            if norm <= 1e-9 * count {
                break;
            }
            let coefficient = sum(now.iter().zip(&rest).map(|(p, y)| p * y)) / norm;
            for (rest, p) in rest.iter_mut().zip(&now) {
                *rest -= coefficient * p;
            }
            let alpha = sum(now.iter().zip(&t).map(|(p, t)| t * p * p)) / norm;
            let beta = if degree == 0 { 0.0 } else { norm / norm_before };
            curve.terms.push([coefficient, alpha, beta]);
            let error = sum(rest.iter().map(|rest| rest * rest)) / count;
            let scale = sum(y.iter().map(|y| y * y)) / count;
            // What is left of an exact fit is rounding, which no further degree explains.
            let criterion =
                count * ln(error.max(1e-24 * scale).max(f64::MIN_POSITIVE)) + degree as f64 * ln(count);
            if criterion < best.0 - 1e-9 {
                best = (criterion, degree);
            }
            let next: Vec<f64> =
                now.iter().zip(&before).zip(&t).map(|((p, q), t)| (t - alpha) * p - beta * q).collect();
            (before, now, norm_before) = (now, next, norm);
        }
        curve.terms.truncate(best.1 + 1);
        Some(curve)
    }

    /// Returns the value at `x`.
    #[must_use]
    pub fn at(&self, x: f64) -> f64 {
        let t = self.scaled(x);
        let (mut before, mut now, mut value) = (0.0, 1.0, 0.0);
        for [coefficient, alpha, beta] in &self.terms {
            value += coefficient * now;
            (before, now) = (now, (t - alpha) * now - beta * before);
        }
        value
    }

    /// Returns the degree: 0 where the input seems to do nothing.
    #[must_use]
    pub fn degree(&self) -> usize {
        self.terms.len() - 1
    }

    /// Returns where the curve changes its sign between `low` and `high`, ascending.
    #[must_use]
    pub fn crossings(&self, low: f64, high: f64) -> Vec<f64> {
        /// A cubic has three roots at most; two closer together than this are a touch.
        const STEPS: u32 = 200;
        /// Halves an interval until nothing is left of it.
        const HALVINGS: u32 = 60;
        let place = |step: u32| low + (high - low) * f64::from(step) / f64::from(STEPS);
        let mut crossings = Vec::new();
        for step in 0..STEPS {
            let (mut from, mut to) = (place(step), place(step + 1));
            let sign = self.at(from) > 0.0;
            if sign == (self.at(to) > 0.0) {
                continue;
            }
            for _ in 0..HALVINGS {
                let middle = 0.5 * (from + to);
                if (self.at(middle) > 0.0) == sign {
                    from = middle;
                } else {
                    to = middle;
                }
            }
            crossings.push(0.5 * (from + to));
        }
        crossings
    }

    fn scaled(&self, x: f64) -> f64 {
        if self.half > 0.0 { (x - self.middle) / self.half } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::math::normal_quantile;
    use crate::base::stats::latin_hypercube;

    fn points(count: u32) -> Vec<f64> {
        (0..count).map(|at| 20.0 + f64::from(at * 37 % count)).collect()
    }

    #[test]
    fn a_polynomial_is_found_again_with_its_degree_and_its_roots() {
        let x = points(50);
        let cases: [(f64, &[f64]); 4] =
            [(-4.0, &[]), (2.0, &[33.25]), (1.0, &[30.0, 60.0]), (1.0, &[25.0, 41.0, 66.0])];
        for (scale, roots) in cases {
            let f = |x: f64| scale * roots.iter().map(|root| x - root).product::<f64>();
            let y: Vec<f64> = x.iter().map(|&x| f(x)).collect();
            let curve = Curve::through(&x, &y).unwrap();
            assert_eq!(curve.degree(), roots.len());
            for at in [20.0, 47.3, 69.0] {
                assert!((curve.at(at) - f(at)).abs() < 1e-8 * f(20.0).abs().max(1.0), "{roots:?} at {at}");
            }
            let found = curve.crossings(20.0, 69.0);
            assert_eq!(found.len(), roots.len(), "{found:?}");
            assert!(found.iter().zip(roots).all(|(found, root)| (found - root).abs() < 1e-6), "{found:?}");
        }
    }

    /// Noise alone is rarely taken for more than a constant, and a slope of two standard errors of the noise never overlooked.
    #[test]
    fn noise_is_mostly_called_flat_and_a_trend_is_seen() {
        let (mut curved, mut overlooked) = (0, 0);
        for seed in 0..100 {
            let design = latin_hypercube(seed, 200, 2);
            let x: Vec<f64> = design.iter().map(|point| point[0]).collect();
            let noise: Vec<f64> = design.iter().map(|point| normal_quantile(point[1])).collect();
            let trend: Vec<f64> = x.iter().zip(&noise).map(|(x, noise)| 2.0 * x + noise).collect();
            curved += usize::from(Curve::through(&x, &noise).unwrap().degree() > 0);
            overlooked += usize::from(Curve::through(&x, &trend).unwrap().degree() == 0);
        }
        assert!(curved <= 10, "{curved} of 100");
        assert_eq!(overlooked, 0);
    }

    #[test]
    fn inputs_that_do_not_vary_have_a_flat_curve() {
        let curve = Curve::through(&[2.0; 5], &[1.0, 2.0, 3.0, 4.0, 5.0]).unwrap();
        assert_eq!((curve.degree(), curve.at(2.0), curve.at(9.0)), (0, 3.0, 3.0));
        assert!(Curve::through(&[], &[]).is_none());
    }
}
