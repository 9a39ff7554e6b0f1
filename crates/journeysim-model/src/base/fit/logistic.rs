//! Logistic regression: what a yes or no hangs on.
//!
//! **Sources:** McCullagh & Nelder, *Generalized Linear Models* (1989), section 4.4, for iteratively reweighted least squares; Albert &
//! Anderson, "On the existence of maximum likelihood estimates in logistic regression models", Biometrika 71 (1984).

use super::{Fitted, NoFit, Symmetric};
use crate::base::math::{exp, ln_1p, logistic};

/// A fitted regression.
#[derive(Clone, Debug, PartialEq)]
pub struct LogisticFit {
    /// The intercept, then one coefficient an input: change of the log odds of yes with one unit of the input.
    pub coefficients: Vec<Fitted>,
    /// Logarithm of the likelihood at the maximum.
    pub log_likelihood: f64,
}

/// Fits the log odds of `yes` as an intercept and a weighted sum of the inputs, by maximum likelihood.
///
/// `inputs` holds one list an input, each as long as `yes`.
///
/// # Errors
///
/// [`NoFit::TooFew`] where there are not more cases than coefficients, all answers are the same, or one input follows from the
/// others; [`NoFit::Unbounded`] where the inputs separate yes from no, so that steeper is always likelier;
/// [`NoFit::NotConverged`] if the search does not arrive.
///
/// # Panics
///
/// If lists differ in length.
pub fn logistic_regression(inputs: &[Vec<f64>], yes: &[bool]) -> Result<LogisticFit, NoFit> {
    const STEPS: u32 = 60;
    /// Log odds beyond which a case is certain for every purpose.
    const CERTAIN: f64 = 18.0;
    assert!(inputs.iter().all(|input| input.len() == yes.len()), "invariant: every case has every input");
    let size = inputs.len() + 1;
    let positive = yes.iter().filter(|&&yes| yes).count();
    if yes.len() <= size || positive == 0 || positive == yes.len() {
        return Err(NoFit::TooFew(
            "there must be more cases than coefficients, some of them yes and some no",
        ));
    }
    let scaled = Scaled::of(inputs).ok_or(NoFit::TooFew("an input is the same in all cases"))?;
    let mut weights = vec![0.0; size];
    let mut value = scaled.log_likelihood(&weights, yes);
    for step in 0..STEPS {
        let (slope, information) = scaled.slopes(&weights, yes);
        let separated = Err(NoFit::Unbounded("the inputs separate yes from no"));
        let Some(root) = Symmetric::of(&information) else {
            let collinear = Err(NoFit::TooFew("one input follows from the others"));
            return if step == 0 { collinear } else { separated };
        };
        let full = root.solve(&slope);
        let mut length = 1.0;
        let (next, there) = loop {
            let next: Vec<f64> = weights.iter().zip(&full).map(|(at, step)| at + length * step).collect();
            let there = scaled.log_likelihood(&next, yes);
            if there >= value - 1e-12 * value.abs() || length < 1e-6 {
                break (next, there);
            }
            length *= 0.5;
        };
        let moved = full.iter().fold(0.0_f64, |most, step| most.max(step.abs()));
        (weights, value) = (next, there);
        if moved < 1e-9 {
            return Ok(scaled.back(&weights, &root, value));
        }
        if scaled.rows.iter().zip(yes).all(|(row, &yes)| (dot(row, &weights) > 0.0) == yes)
            || scaled.rows.iter().any(|row| dot(row, &weights).abs() > CERTAIN) && moved > 0.5
        {
            return separated;
        }
    }
    Err(NoFit::NotConverged(STEPS))
}

/// Inputs with mean 0 and spread 1, so that their units do not matter to the search.
struct Scaled {
    /// By case: 1, then the inputs.
    rows: Vec<Vec<f64>>,
    means: Vec<f64>,
    spreads: Vec<f64>,
}

impl Scaled {
    fn of(inputs: &[Vec<f64>]) -> Option<Self> {
        let cases = inputs.first().map_or(0, Vec::len);
        let mean = |input: &Vec<f64>| input.iter().sum::<f64>() / cases as f64;
        let means: Vec<f64> = inputs.iter().map(mean).collect();
        let spread = |(input, mean): (&Vec<f64>, &f64)| {
            (input.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / cases as f64).sqrt()
        };
        let spreads: Vec<f64> = inputs.iter().zip(&means).map(spread).collect();
        if !spreads.iter().zip(&means).all(|(spread, mean)| *spread > 1e-12 * mean.abs()) {
            return None;
        }
        let row = |case: usize| {
            let scaled = (0..inputs.len()).map(|at| (inputs[at][case] - means[at]) / spreads[at]);
            std::iter::once(1.0).chain(scaled).collect()
        };
        let rows = (0..cases).map(row).collect();
        Some(Self { rows, means, spreads })
    }

    fn log_likelihood(&self, weights: &[f64], yes: &[bool]) -> f64 {
        let case = |(row, &yes): (&Vec<f64>, &bool)| {
            let odds = if yes { dot(row, weights) } else { -dot(row, weights) };
            if odds > 0.0 { -ln_1p(exp(-odds)) } else { odds - ln_1p(exp(odds)) }
        };
        self.rows.iter().zip(yes).map(case).sum()
    }

    fn slopes(&self, weights: &[f64], yes: &[bool]) -> (Vec<f64>, Vec<Vec<f64>>) {
        let size = weights.len();
        let (mut slope, mut information) = (vec![0.0; size], vec![vec![0.0; size]; size]);
        for (row, &yes) in self.rows.iter().zip(yes) {
            let chance = logistic(dot(row, weights));
            let (rest, weight) = (f64::from(u8::from(yes)) - chance, chance * (1.0 - chance));
            for (at, x) in row.iter().enumerate() {
                slope[at] += rest * x;
                for (other, y) in row.iter().enumerate().take(at + 1) {
                    information[at][other] += weight * x * y;
                }
            }
        }
        (slope, information)
    }

    /// Returns the coefficients in the units of the inputs.
    fn back(&self, weights: &[f64], root: &Symmetric, log_likelihood: f64) -> LogisticFit {
        let covariance = root.inverse();
        let shift: Vec<f64> = std::iter::once(1.0)
            .chain(self.means.iter().zip(&self.spreads).map(|(mean, spread)| -mean / spread))
            .collect();
        let variance: f64 = (0..shift.len())
            .map(|i| (0..shift.len()).map(|j| shift[i] * shift[j] * covariance[i][j]).sum::<f64>())
            .sum();
        let intercept = Fitted { estimate: dot(&shift, weights), standard_error: variance.sqrt() };
        let slope = |(at, spread): (usize, &f64)| Fitted {
            estimate: weights[at + 1] / spread,
            standard_error: covariance[at + 1][at + 1].sqrt() / spread,
        };
        let slopes = self.spreads.iter().enumerate().map(slope);
        LogisticFit { coefficients: std::iter::once(intercept).chain(slopes).collect(), log_likelihood }
    }
}

fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With one input of yes and no the coefficients are the log odds of a table of four: 30 of 40 and 10 of 40. The variance of a
    /// log odds ratio is the sum of the four reciprocals (Woolf 1955).
    #[test]
    fn a_table_of_four_has_its_odds_ratio() {
        let cases = [(1.0, true, 30), (1.0, false, 10), (0.0, true, 10), (0.0, false, 30)];
        let (mut input, mut yes) = (Vec::new(), Vec::new());
        for (x, is_yes, count) in cases {
            input.extend(vec![x; count]);
            yes.extend(vec![is_yes; count]);
        }
        let fit = logistic_regression(&[input], &yes).unwrap();
        let [intercept, slope] = fit.coefficients[..] else { panic!("{fit:?}") };
        assert!((intercept.estimate - (1.0_f64 / 3.0).ln()).abs() < 1e-9, "{intercept:?}");
        assert!((slope.estimate - 9.0_f64.ln()).abs() < 1e-9, "{slope:?}");
        assert!((intercept.standard_error - (1.0_f64 / 10.0 + 1.0 / 30.0).sqrt()).abs() < 1e-9);
        assert!((slope.standard_error - (2.0 / 10.0 + 2.0_f64 / 30.0).sqrt()).abs() < 1e-9);
        let expected = 60.0 * 0.75_f64.ln() + 20.0 * 0.25_f64.ln();
        assert!((fit.log_likelihood - expected).abs() < 1e-9);
    }

    /// Hours of study and passing, 20 students: the worked example of the encyclopaedias, with -4.0777 (1.7610) and 1.5046 (0.6287).
    #[test]
    fn hours_of_study_and_passing() {
        #[rustfmt::skip]
        let hours = [
            0.50, 0.75, 1.00, 1.25, 1.50, 1.75, 1.75, 2.00, 2.25, 2.50,
            2.75, 3.00, 3.25, 3.50, 4.00, 4.25, 4.50, 4.75, 5.00, 5.50,
        ];
        let passed = [0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 1, 1, 1, 1, 1].map(|it| it == 1);
        let fit = logistic_regression(&[hours.to_vec()], &passed).unwrap();
        for (found, (estimate, error)) in fit.coefficients.iter().zip([(-4.0777, 1.7610), (1.5046, 0.6287)]) {
            assert!((found.estimate - estimate).abs() < 1e-4, "{fit:?}");
            assert!((found.standard_error - error).abs() < 1e-4, "{fit:?}");
        }
    }

    #[test]
    fn inputs_that_separate_have_no_best_slope() {
        let split: Vec<f64> = (0..20).map(f64::from).collect();
        let yes: Vec<bool> = split.iter().map(|x| *x > 9.5).collect();
        assert!(matches!(logistic_regression(std::slice::from_ref(&split), &yes), Err(NoFit::Unbounded(_))));
        // All with an input of 1 renewed, and of the others some: separated in part.
        let part: Vec<f64> = split.iter().map(|x| f64::from(u8::from(*x > 9.5))).collect();
        let mixed: Vec<bool> = split.iter().map(|x| *x > 9.5 || *x as i32 % 2 == 0).collect();
        assert!(matches!(logistic_regression(&[part], &mixed), Err(NoFit::Unbounded(_))));
    }

    #[test]
    fn inputs_that_say_nothing_new_are_refused() {
        let x: Vec<f64> = (0..20).map(f64::from).collect();
        let twice: Vec<f64> = x.iter().map(|x| 2.0 * x + 1.0).collect();
        let yes: Vec<bool> = (0..20).map(|at| at % 3 == 0).collect();
        assert!(matches!(logistic_regression(&[x, twice], &yes), Err(NoFit::TooFew(_))));
        assert!(matches!(logistic_regression(&[vec![3.0; 20]], &yes), Err(NoFit::TooFew(_))));
        assert!(matches!(logistic_regression(&[vec![1.0, 2.0, 3.0]], &[true; 3]), Err(NoFit::TooFew(_))));
    }
}
