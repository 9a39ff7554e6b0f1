//! Sobol' indices: which share of the variance of a result is owed to which of its inputs.
//!
//! ```text
//! S_i  = V(E(y | x_i)) / V(y)        first: owed to input i alone
//! ST_i = E(V(y | x without i)) / V(y)  total: owed to i, alone and together with others
//! ```
//!
//! They are estimated from rows of two independent points `A` and `B` and, for each input, the point `AB_i`, which is `A`
//! with coordinate `i` of `B`:
//!
//! ```text
//! S_i  = mean of f(B) (f(AB_i) - f(A)) / V,   f less its mean
//! ST_i = mean of (f(A) - f(AB_i))² / (2 V)
//! ```
//!
//! **Source:** Saltelli et al., "Variance based sensitivity analysis of model output", Computer Physics Communications 181
//! (2010), table 2 (b) for the first index; Jansen (1999) for the total. Intervals are bootstrapped over rows; points of a Sobol'
//! sequence cover the cube better than the independent ones the bootstrap takes them for, so these intervals are rather too
//! wide than too narrow.

use super::bootstrap::{Interval, resample};
use super::{SobolSequence, sum};
use crate::base::random::label;

/// How often a sample is drawn anew for its interval.
const RESAMPLES: u32 = 1000;

/// The points of one row: `A`, `B`, then `AB_i` for each input.
#[must_use]
pub fn saltelli_row(sequence: &SobolSequence, number: u32) -> Vec<Vec<f64>> {
    let both = sequence.point(number);
    let (a, b) = both.split_at(both.len() / 2);
    let mixed = (0..a.len()).map(|input| {
        let mut point = a.to_vec();
        point[input] = b[input];
        point
    });
    [a.to_vec(), b.to_vec()].into_iter().chain(mixed).collect()
}

/// A share of the variance, with its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Index {
    /// The estimate, which noise can take below 0 or above 1.
    pub share: f64,
    /// Where the truth lies.
    pub interval: Interval,
}

/// The indices of all inputs.
#[derive(Clone, Debug, PartialEq)]
pub struct Indices {
    /// Variance of the result.
    pub variance: f64,
    /// By input: what it does alone.
    pub first: Vec<Index>,
    /// By input: what it does alone and with others.
    pub total: Vec<Index>,
    /// Rows used.
    pub n: usize,
}

impl Indices {
    /// Estimates the indices from rows of results, each in the order of [`saltelli_row`]; [`None`] of under two rows, or where
    /// nothing varies.
    ///
    /// # Panics
    ///
    /// If `confidence` does not lie inside (0, 1).
    #[must_use]
    pub fn of(rows: &[Vec<f64>], seed: u64, confidence: f64) -> Option<Self> {
        let all: Vec<usize> = (0..rows.len()).collect();
        let (variance, shares) = shares(rows, &all)?;
        let mut drawn: Vec<Vec<f64>> = vec![Vec::new(); shares.len()];
        for number in 0..RESAMPLES {
            let rows_drawn: Vec<usize> = resample(seed, number, label("sobol rows"), rows.len()).collect();
            let Some((_, resampled)) = self::shares(rows, &rows_drawn) else { continue };
            for (values, share) in drawn.iter_mut().zip(resampled) {
                values.push(share);
            }
        }
        let index = |(share, values): (f64, Vec<f64>)| {
            let interval = Interval::of_resamples(&values, confidence)?;
            Some(Index { share, interval })
        };
        let mut first: Vec<Index> = shares.into_iter().zip(drawn).filter_map(index).collect();
        let total = first.split_off(first.len() / 2);
        Some(Self { variance, first, total, n: rows.len() })
    }
}

/// The variance, and the first indices followed by the total ones, from the rows that `chosen` names.
fn shares(rows: &[Vec<f64>], chosen: &[usize]) -> Option<(f64, Vec<f64>)> {
    let count = chosen.len() as f64;
    let inputs = rows.first()?.len() - 2;
    let over = |value: &dyn Fn(&[f64]) -> f64| sum(chosen.iter().map(|&row| value(&rows[row])));
    let mean = over(&|row| row[0] + row[1]) / (2.0 * count);
    let squares = over(&|row| (row[0] - mean) * (row[0] - mean) + (row[1] - mean) * (row[1] - mean));
    let variance = squares / (2.0 * count - 1.0);
    if chosen.len() < 2 || variance <= 1e-24 * mean * mean {
        return None;
    }
    let first = |input: usize| over(&|row| (row[1] - mean) * (row[input + 2] - row[0])) / count / variance;
    let total = |input: usize| {
        let square = |row: &[f64]| (row[0] - row[input + 2]) * (row[0] - row[input + 2]);
        over(&square) / (2.0 * count) / variance
    };
    Some((variance, (0..inputs).map(first).chain((0..inputs).map(total)).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::math::sin_cos;

    fn indices(inputs: usize, rows: u32, f: impl Fn(&[f64]) -> f64) -> Option<Indices> {
        let sequence = SobolSequence::new(2 * inputs);
        let row = |number| saltelli_row(&sequence, number).iter().map(|point| f(point)).collect();
        Indices::of(&(0..rows).map(row).collect::<Vec<Vec<f64>>>(), 1, 0.95)
    }

    /// Ishigami & Homma (1990) with a = 7 and b = 0.1, all of whose indices are known in closed form.
    fn ishigami(point: &[f64]) -> f64 {
        let [x, y, z] = [0, 1, 2].map(|at| std::f64::consts::PI * (2.0 * point[at] - 1.0));
        let (sin_x, sin_y) = (sin_cos(x).0, sin_cos(y).0);
        sin_x + 7.0 * sin_y * sin_y + 0.1 * z * z * z * z * sin_x
    }

    #[test]
    fn the_indices_of_ishigamis_function_are_the_published_ones() {
        let found = indices(3, 4096, ishigami).unwrap();
        assert!((found.variance - 13.8446).abs() < 0.05, "{}", found.variance);
        for (input, (first, total)) in
            [(0.3139, 0.5576), (0.4424, 0.4424), (0.0, 0.2437)].into_iter().enumerate()
        {
            let near = |index: Index, truth: f64| {
                let Interval { low, high } = index.interval;
                (index.share - truth).abs() < 0.01 && low <= truth && truth <= high
            };
            assert!(near(found.first[input], first), "first {input}: {:?}", found.first[input]);
            assert!(near(found.total[input], total), "total {input}: {:?}", found.total[input]);
        }
    }

    /// In a sum of inputs with weights 3, 2, 1 nothing acts together: both indices are 9/14, 4/14 and 1/14.
    #[test]
    fn in_a_sum_first_and_total_agree() {
        let found = indices(3, 1024, |point| 3.0 * point[0] + 2.0 * point[1] - point[2]).unwrap();
        for (input, share) in [9.0, 4.0, 1.0].into_iter().enumerate() {
            for index in [found.first[input], found.total[input]] {
                assert!((index.share - share / 14.0).abs() < 0.005, "{input}: {index:?}");
            }
        }
    }

    #[test]
    fn where_nothing_varies_there_are_no_shares() {
        assert_eq!(indices(2, 64, |_| 0.1), None);
        assert_eq!(Indices::of(&[], 1, 0.95), None);
    }
}
