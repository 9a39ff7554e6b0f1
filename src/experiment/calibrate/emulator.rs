//! How figures follow parameters: a surface through trials, and how far a single history scatters around it.
//!
//! A trial runs the scenario at one point of the parameters with a few replications, the same ones at all points. The mean of a
//! figure over these is smooth in the parameters, so a polynomial of second degree goes through the trials; what the common
//! replications have in luck is taken out by a run of many more replications in the middle of the ranges.
//!
//! What happened is *one* history. It scatters around the surface as replications in the middle of the ranges scatter around
//! their mean: that is the covariance, made larger by all that the surface itself may be off, and by what an estimated covariance
//! lacks (Hartlap, Simon & Schneider 2007).
//!
//! **Sources:** Wood, "Statistical inference for noisy nonlinear ecological dynamic systems", Nature 466 (2010), for the normal
//! likelihood of figures; Kennedy & O'Hagan, "Bayesian calibration of computer models", JRSS B 63 (2001), for the
//! discrepancy; Box & Draper, *Response Surfaces* (2007).

use crate::base::fit::Symmetric;

/// One point and what its replications showed.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// By parameter: its place between the low end (0) and the high end (1) of its range.
    pub point: Vec<f64>,
    /// By replication, then by figure.
    pub shown: Vec<Vec<f64>>,
}

/// How near a surface what was wanted can be expected to lie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Nearness {
    /// Whether it is a figure of one history, which scatters; otherwise the mean of all histories is wanted.
    pub scatters: bool,
    /// By how much the model may be wrong (a standard deviation).
    pub discrepancy: f64,
}

/// A surface by figure, and the scatter around it.
#[derive(Clone, Debug)]
pub struct Emulator {
    degree: Degree,
    /// By figure, then by term.
    coefficients: Vec<Vec<f64>>,
    scatter: Symmetric,
    /// Standard deviation of one history around the mean of all, by figure.
    pub spread: Vec<f64>,
}

/// Why no surface can be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoSurface {
    /// There are too few trials.
    #[error("{trials} trials are too few for {parameters} parameters")]
    TooFewTrials {
        /// Trials there are.
        trials: usize,
        /// Parameters.
        parameters: usize,
    },
    /// A figure is the same in every history, or follows from others: nothing can be weighed by it.
    #[error("the figures do not scatter by themselves: one follows from the others, or never changes")]
    Degenerate,
}

/// Terms of the surface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Degree {
    Linear,
    Squares,
    Products,
}

impl Degree {
    fn terms(self, point: &[f64]) -> Vec<f64> {
        let x: Vec<f64> = point.iter().map(|at| 2.0 * at - 1.0).collect();
        let mut terms = vec![1.0];
        terms.extend(&x);
        if self != Self::Linear {
            terms.extend(x.iter().map(|x| x * x));
        }
        if self == Self::Products {
            for (at, left) in x.iter().enumerate() {
                terms.extend(x[at + 1..].iter().map(|right| left * right));
            }
        }
        terms
    }

    /// The highest for which there are enough trials: more than two a term.
    fn of(trials: usize, parameters: usize) -> Option<Self> {
        let point = vec![0.5; parameters];
        let fits = |degree: &Self| trials > 2 * degree.terms(&point).len();
        [Self::Products, Self::Squares, Self::Linear].into_iter().find(fits)
    }
}

impl Emulator {
    /// Puts a surface through `trials`.
    ///
    /// `middle` are replications at the middle of all ranges: first those of the trials, in their order, then as many more as
    /// can be had. `nearness` is that of each figure.
    ///
    /// # Errors
    ///
    /// See [`NoSurface`].
    pub fn through(trials: &[Trial], middle: &[Vec<f64>], nearness: &[Nearness]) -> Result<Self, NoSurface> {
        let parameters = trials.first().map_or(0, |trial| trial.point.len());
        let too_few = NoSurface::TooFewTrials { trials: trials.len(), parameters };
        let replications = trials.first().map_or(0, |trial| trial.shown.len());
        if replications < 2 {
            return Err(too_few);
        }
        let degree = Degree::of(trials.len(), parameters).ok_or(too_few)?;
        let terms: Vec<Vec<f64>> = trials.iter().map(|trial| degree.terms(&trial.point)).collect();
        let size = terms[0].len();
        let product = |i: usize, j: usize| terms.iter().map(|row| row[i] * row[j]).sum::<f64>();
        let normal: Vec<Vec<f64>> = (0..size)
            .map(|i| (0..=i).map(|j| product(i, j)).chain(vec![0.0; size - i - 1]).collect())
            .collect();
        let root = Symmetric::of(&normal).ok_or(too_few)?;
        let means: Vec<Vec<f64>> = trials.iter().map(|trial| mean(&trial.shown)).collect();
        let figures = nearness.len();
        let (common, many) = (mean(&middle[..replications.min(middle.len())]), mean(middle));
        if middle.len() < figures + 4 {
            return Err(too_few);
        }
        let whole = covariance(middle, &many);
        let (mut coefficients, mut off) = (Vec::new(), vec![0.0; figures]);
        let (count, luck) = (trials.len() as f64, replications as f64);
        let own = own_variance(trials, &means);
        for figure in 0..figures {
            let right: Vec<f64> = (0..size)
                .map(|i| terms.iter().zip(&means).map(|(row, mean)| row[i] * mean[figure]).sum())
                .collect();
            let mut line = root.solve(&right);
            let rest = |(row, mean): (&Vec<f64>, &Vec<f64>)| {
                let at: f64 = row.iter().zip(&line).map(|(x, c)| x * c).sum();
                (mean[figure] - at) * (mean[figure] - at)
            };
            let residual = terms.iter().zip(&means).map(rest).sum::<f64>() / (count - size as f64);
            // What is left of a trial's mean is luck of its own, which is no fault of the surface, and what the surface misses.
            let missed = (residual - own[figure] / luck).max(0.0);
            // How lucky the common replications are is seen in the middle, as far as luck is common.
            let variance = whole[figure][figure];
            let share = ((variance - own[figure]) / variance.max(f64::MIN_POSITIVE)).max(0.0);
            line[0] += share * (many[figure] - common[figure]);
            let level = share * own[figure] / luck;
            off[figure] = missed
                + level
                + residual * size as f64 / count
                + nearness[figure].discrepancy * nearness[figure].discrepancy;
            coefficients.push(line);
        }
        let middles = middle.len() as f64;
        let lacking = (middles - 1.0) / (middles - figures as f64 - 2.0);
        let scatter: Vec<Vec<f64>> = (0..figures)
            .map(|i| {
                let entry = |j: usize| {
                    let histories = if nearness[i].scatters && nearness[j].scatters { 1.0 } else { 0.0 };
                    let extra = if i == j { off[i] } else { 0.0 };
                    whole[i][j] * (histories + 1.0 / middles) * lacking + extra
                };
                (0..figures).map(entry).collect()
            })
            .collect();
        let spread = (0..figures).map(|at| whole[at][at].sqrt()).collect();
        let scatter = Symmetric::of(&scatter).ok_or(NoSurface::Degenerate)?;
        Ok(Self { degree, coefficients, scatter, spread })
    }

    /// Returns the figures that are expected at a point.
    #[must_use]
    pub fn at(&self, point: &[f64]) -> Vec<f64> {
        let terms = self.degree.terms(point);
        let value = |line: &Vec<f64>| terms.iter().zip(line).map(|(x, c)| x * c).sum();
        self.coefficients.iter().map(value).collect()
    }

    /// Returns how far `wanted` lies from what is expected at a point: the squared distance of Mahalanobis, about as large as
    /// there are figures where the point is the truth.
    ///
    /// # Panics
    ///
    /// If there are not as many figures wanted as emulated.
    #[must_use]
    pub fn distance(&self, point: &[f64], wanted: &[f64]) -> f64 {
        let off: Vec<f64> = self.at(point).iter().zip(wanted).map(|(at, wanted)| wanted - at).collect();
        self.scatter.whitened(&off).iter().map(|z| z * z).sum()
    }
}

/// The variance of a replication inside its trial that is not common to all trials, by figure: what the surface smooths.
fn own_variance(trials: &[Trial], means: &[Vec<f64>]) -> Vec<f64> {
    let (count, replications) = (trials.len() as f64, trials[0].shown.len());
    let own = |figure: usize| {
        let off = |replication: usize| {
            let pairs = trials.iter().zip(means);
            pairs.map(move |(trial, mean)| trial.shown[replication][figure] - mean[figure])
        };
        let inside = |replication: usize| {
            let common = off(replication).sum::<f64>() / count;
            off(replication).map(|off| (off - common) * (off - common)).sum::<f64>()
        };
        (0..replications).map(inside).sum::<f64>() / ((count - 1.0) * (replications as f64 - 1.0))
    };
    (0..means[0].len()).map(own).collect()
}

fn covariance(shown: &[Vec<f64>], mean: &[f64]) -> Vec<Vec<f64>> {
    let product = |i: usize, j: usize| {
        let products = shown.iter().map(|row| (row[i] - mean[i]) * (row[j] - mean[j]));
        products.sum::<f64>() / (shown.len() as f64 - 1.0)
    };
    (0..mean.len()).map(|i| (0..mean.len()).map(|j| product(i, j)).collect()).collect()
}

fn mean(shown: &[Vec<f64>]) -> Vec<f64> {
    let figures = shown.first().map_or(0, Vec::len);
    (0..figures).map(|at| shown.iter().map(|row| row[at]).sum::<f64>() / shown.len() as f64).collect()
}
