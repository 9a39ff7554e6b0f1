//! Curves of adoption, fitted to counts over time by nonlinear least squares.
//!
//! Levenberg and Marquardt's method on the logarithms of the parameters, which are all above zero. Standard errors are those of
//! the linearised model at the minimum: `s² (J'J)^-1` with `s² = RSS / (n - 3)`.
//!
//! **Sources:** Marquardt, "An algorithm for least-squares estimation of nonlinear parameters" (1963); Bass, "A new product growth for
//! model consumer durables", Management Science 15 (1969); Srinivasan & Mason, "Nonlinear least squares estimation of new product diffusion
//! models", Marketing Science 5 (1986), for the increments; Seber & Wild, *Nonlinear Regression* (1989), chapter 7, for growth curves.

use super::{Fitted, NoFit, Symmetric};
use crate::base::math::exp;

/// Which curve, and what was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Diffusion {
    /// New users in a period, Bass: the density at `t`, `m f(t)`.
    BassDensity,
    /// New users in a period, Bass: the growth since the period before, `m (F(t) - F(t - 1))`.
    BassIncrements,
    /// Users so far, Bass: `m F(t)`.
    BassTotal,
    /// Users so far, `m / (1 + a e^(-b t))`.
    Logistic,
    /// Users so far, `m e^(-a e^(-b t))`.
    Gompertz,
}

/// A fitted curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DiffusionFit {
    /// Which.
    pub curve: Diffusion,
    /// The market `m`, then the two coefficients: `p` and `q` of Bass, `a` and `b` of the others.
    pub parameters: [Fitted; 3],
    /// Residual standard error, on `n - 3` degrees of freedom.
    pub residual_error: f64,
}

impl Diffusion {
    /// Returns the curve at time `t` (periods) with these parameters.
    #[must_use]
    pub fn at(self, parameters: [f64; 3], t: f64) -> f64 {
        let [m, a, b] = parameters;
        match self {
            Self::BassDensity => {
                let (decay, ratio) = (exp(-(a + b) * t), b / a);
                m * (a + b) * (a + b) / a * decay / ((1.0 + ratio * decay) * (1.0 + ratio * decay))
            }
            Self::BassTotal => {
                let decay = exp(-(a + b) * t);
                m * (1.0 - decay) / (1.0 + b / a * decay)
            }
            Self::BassIncrements => {
                Self::BassTotal.at(parameters, t) - Self::BassTotal.at(parameters, (t - 1.0).max(0.0))
            }
            Self::Logistic => m / (1.0 + a * exp(-b * t)),
            Self::Gompertz => m * exp(-a * exp(-b * t)),
        }
    }

    /// Where searches begin, around what the counts suggest.
    fn starts(self, times: &[f64], counts: &[f64]) -> Vec<[f64; 3]> {
        let most = counts.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
        let span = times.iter().copied().fold(1.0, f64::max);
        match self {
            Self::BassDensity | Self::BassIncrements | Self::BassTotal => {
                let total = if self == Self::BassTotal { most } else { counts.iter().sum::<f64>().max(most) };
                let pairs = [(0.03, 0.4), (0.005, 0.6), (0.05, 0.1), (0.2 / span, 4.0 / span)];
                pairs.map(|(p, q)| [1.2 * total, p, q]).to_vec()
            }
            Self::Logistic | Self::Gompertz => {
                [(20.0, 6.0), (4.0, 4.0), (1.5, 2.0)].map(|(a, b)| [1.1 * most, a, b / span]).to_vec()
            }
        }
    }
}

/// Fits a curve to `counts` at `times` (periods) by least squares.
///
/// # Errors
///
/// [`NoFit::TooFew`] of fewer than four points, or counts without any growth; [`NoFit::Unbounded`] where a parameter runs away;
/// [`NoFit::NotConverged`] if the search does not arrive.
///
/// # Panics
///
/// If there are not as many counts as times.
pub fn diffusion(curve: Diffusion, times: &[f64], counts: &[f64]) -> Result<DiffusionFit, NoFit> {
    assert_eq!(times.len(), counts.len(), "invariant: every count has its time");
    if times.len() < 4 || counts.iter().all(|&count| count <= 0.0) {
        return Err(NoFit::TooFew("four points with some growth are the least that tell"));
    }
    let data = Data { curve, times, counts };
    let ends: Vec<_> = curve.starts(times, counts).into_iter().map(|start| data.descend(start)).collect();
    let arrived = ends.iter().filter_map(|end| end.as_ref().ok());
    match arrived.min_by(|one, other| one.1.total_cmp(&other.1)) {
        Some(&(at, error)) => data.fitted(at, error),
        None => Err(ends.into_iter().find_map(Result::err).unwrap_or(NoFit::NotConverged(STEPS))),
    }
}

const STEPS: u32 = 500;

struct Data<'a> {
    curve: Diffusion,
    times: &'a [f64],
    counts: &'a [f64],
}

impl Data<'_> {
    fn residuals(&self, ln_at: [f64; 3]) -> Vec<f64> {
        let parameters = ln_at.map(exp);
        self.times.iter().zip(self.counts).map(|(&t, count)| count - self.curve.at(parameters, t)).collect()
    }

    /// Derivatives of the curve by the logarithms of its parameters, by point: central differences, of which the error is the
    /// square of the step.
    fn slopes(&self, ln_at: [f64; 3]) -> Vec<[f64; 3]> {
        const STEP: f64 = 1e-5;
        let slope = |t: f64, at: usize| {
            let moved = |by: f64| {
                let mut other = ln_at;
                other[at] += by;
                self.curve.at(other.map(exp), t)
            };
            (moved(STEP) - moved(-STEP)) / (2.0 * STEP)
        };
        self.times.iter().map(|&t| [0, 1, 2].map(|at| slope(t, at))).collect()
    }

    fn normal(&self, ln_at: [f64; 3]) -> (Vec<Vec<f64>>, Vec<f64>) {
        let (slopes, residuals) = (self.slopes(ln_at), self.residuals(ln_at));
        let product = |i: usize, j: usize| slopes.iter().map(|row| row[i] * row[j]).sum::<f64>();
        let rows = (0..3).map(|i| (0..3).map(|j| product(i, j)).collect()).collect();
        let right = (0..3).map(|i| slopes.iter().zip(&residuals).map(|(row, rest)| row[i] * rest).sum());
        (rows, right.collect())
    }

    /// Returns the logarithms of the parameters at a minimum, and the sum of squares there.
    fn descend(&self, start: [f64; 3]) -> Result<([f64; 3], f64), NoFit> {
        const RUNAWAY: f64 = 25.0;
        let squares = |at: [f64; 3]| self.residuals(at).iter().map(|rest| rest * rest).sum::<f64>();
        let origin = start.map(crate::base::math::ln);
        let (mut at, mut damping) = (origin, 1e-2);
        let mut error = squares(at);
        for _ in 0..STEPS {
            let (mut rows, right) = self.normal(at);
            for (i, row) in rows.iter_mut().enumerate() {
                row[i] *= 1.0 + damping;
            }
            let step = Symmetric::of(&rows).map(|root| root.solve(&right));
            let step = step.filter(|step| step.iter().all(|step| step.abs() < 2.0));
            let next = step.as_ref().map(|step| [0, 1, 2].map(|i| at[i] + step[i]));
            match next.map(|next| (next, squares(next))) {
                Some((next, there)) if there <= error => {
                    let moved = (0..3).map(|i| (next[i] - at[i]).abs()).fold(0.0, f64::max);
                    (at, error, damping) = (next, there, damping * 0.2);
                    if (0..3).any(|i| (at[i] - origin[i]).abs() > RUNAWAY) {
                        return Err(NoFit::Unbounded("a parameter of the curve grows without end"));
                    }
                    if moved < 1e-9 {
                        return Ok((at, error));
                    }
                }
                _ => {
                    damping = damping.max(1e-9) * 4.0;
                    // No step however short makes it better: this is the minimum, as far as numbers go.
                    if damping > 1e15 {
                        return Ok((at, error));
                    }
                }
            }
        }
        Err(NoFit::NotConverged(STEPS))
    }

    fn fitted(&self, ln_at: [f64; 3], error: f64) -> Result<DiffusionFit, NoFit> {
        let (rows, _) = self.normal(ln_at);
        let root =
            Symmetric::of(&rows).ok_or(NoFit::Unbounded("the counts do not tell the parameters apart"))?;
        let residual_error = (error / (self.times.len() as f64 - 3.0)).sqrt();
        let errors = root.standard_errors();
        let fitted = |at: usize| {
            let estimate = exp(ln_at[at]);
            Fitted { estimate, standard_error: estimate * errors[at] * residual_error }
        };
        Ok(DiffusionFit { curve: self.curve, parameters: [0, 1, 2].map(fitted), residual_error })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Homes with a video recorder, 1980 to 1989 (thousands a year): the stock example of fitting Bass in R.
    const RECORDERS: [f64; 10] =
        [840.0, 1470.0, 2110.0, 4000.0, 7590.0, 10950.0, 10530.0, 9470.0, 7790.0, 5890.0];

    fn years() -> Vec<f64> {
        (1..=10).map(f64::from).collect()
    }

    /// Least squares of another program: 67,980.9 (3,127.5), 0.00659397 (0.00143), 0.638091 (0.0414), residual error 727.2.
    #[test]
    fn the_density_of_bass_is_fitted_to_video_recorders_as_r_does() {
        let fit = diffusion(Diffusion::BassDensity, &years(), &RECORDERS).unwrap();
        let [m, p, q] = fit.parameters;
        assert!((m.estimate - 67_980.9).abs() < 0.1 && (m.standard_error - 3_127.5).abs() < 1.0, "{m:?}");
        assert!(
            (p.estimate - 0.006_593_97).abs() < 2e-8 && (p.standard_error - 0.001_43).abs() < 5e-6,
            "{p:?}"
        );
        assert!((q.estimate - 0.638_091).abs() < 1e-6 && (q.standard_error - 0.0414).abs() < 5e-5, "{q:?}");
        assert!((fit.residual_error - 727.2).abs() < 0.1);
    }

    #[test]
    fn the_increments_of_bass_are_fitted_to_video_recorders() {
        let fit = diffusion(Diffusion::BassIncrements, &years(), &RECORDERS).unwrap();
        let [m, p, q] = fit.parameters.map(|it| it.estimate);
        assert!(
            (m - 67_660.0).abs() < 0.5 && (p - 0.008_788_97).abs() < 1e-7 && (q - 0.642_159).abs() < 1e-5
        );
    }

    /// Points on a curve are fitted by that curve, from whatever the counts suggest.
    #[test]
    fn every_curve_finds_itself_again() {
        use Diffusion::{BassDensity, BassIncrements, BassTotal, Gompertz, Logistic};
        let times: Vec<f64> = (0..24).map(f64::from).collect();
        for (curve, truth) in [
            (BassDensity, [500.0, 0.02, 0.3]),
            (BassIncrements, [500.0, 0.02, 0.3]),
            (BassTotal, [0.9, 0.05, 0.12]),
            (Logistic, [0.8, 12.0, 0.4]),
            (Gompertz, [0.8, 3.0, 0.25]),
        ] {
            let counts: Vec<f64> = times.iter().map(|&t| curve.at(truth, t)).collect();
            let fit = diffusion(curve, &times, &counts).unwrap_or_else(|why| panic!("{curve:?}: {why}"));
            for (found, truth) in fit.parameters.iter().zip(truth) {
                assert!((found.estimate / truth - 1.0).abs() < 1e-6, "{fit:?}");
            }
        }
    }

    #[test]
    fn what_has_no_curve_is_refused() {
        let flat = diffusion(Diffusion::Logistic, &years(), &[0.0; 10]);
        assert!(matches!(flat, Err(NoFit::TooFew(_))));
        assert!(matches!(diffusion(Diffusion::Logistic, &[1.0, 2.0], &[1.0, 2.0]), Err(NoFit::TooFew(_))));
        // Growth that only speeds up shows no ceiling.
        let rising: Vec<f64> = years().iter().map(|t| 2.0_f64.powf(*t)).collect();
        assert!(diffusion(Diffusion::Logistic, &years(), &rising).is_err());
    }
}
