//! Sobol' indices of a chosen few assumptions: see [`Indices`].

use super::{Answer, Respond, mean, quantile};
use crate::base::stats::{Indices, SobolSequence, saltelli_row};
use crate::language::AssumptionUse;
use crate::scenario::sensitivity::Draw;

/// Shares of the spread.
#[derive(Debug, Clone, PartialEq)]
pub struct Shares {
    /// The indices; [`None`] where nothing varies or too little could be measured.
    pub indices: Option<Indices>,
    /// Rows in which a point had nothing to measure.
    pub n_missing: usize,
}

/// Draws so many samples over the ranges of `factors`.
///
/// # Errors
///
/// What `respond` could not do.
pub fn shares<E>(
    factors: &[AssumptionUse],
    samples: u32,
    draw: Draw,
    seed: u64,
    confidence: f64,
    respond: Respond<'_, E>,
) -> Result<Shares, E> {
    let sequence = SobolSequence::new(2 * factors.len());
    let at =
        |point: Vec<f64>| factors.iter().zip(point).map(|(factor, u)| quantile(factor, draw, u)).collect();
    let points: Vec<Vec<f64>> =
        (0..samples).flat_map(|number| saltelli_row(&sequence, number)).map(at).collect();
    let answers = respond(&points)?;
    let row = |row: &[Answer]| row.iter().map(mean).collect::<Option<Vec<f64>>>();
    let rows: Vec<Vec<f64>> = answers.chunks(factors.len() + 2).filter_map(row).collect();
    let n_missing = samples as usize - rows.len();
    Ok(Shares { indices: Indices::of(&rows, seed, confidence), n_missing })
}

#[cfg(test)]
mod tests {
    use super::super::example::{each, factor};
    use super::*;

    /// Of 3 a + b over ranges 2 and 6 long: variances of uniforms are 9 · 4/12 and 36/12, so half each; of triangles
    /// with the base in the middle a half of that, each.
    #[test]
    fn shares_follow_slopes_and_ranges() {
        let factors = [factor(0.0, 1.0, 2.0), factor(-1.0, 2.0, 5.0), factor(0.0, 0.5, 1.0)];
        for (drawn, variance) in [(Draw::Uniform, 6.0), (Draw::Triangular, 3.0)] {
            let mut respond = each(|x| vec![Some(3.0 * x[0] + x[1]), None]);
            let found = shares(&factors, 512, drawn, 1, 0.95, &mut respond).unwrap();
            let indices = found.indices.unwrap();
            assert!((indices.variance - variance).abs() < 0.02 * variance, "{}", indices.variance);
            for (input, share) in [0.5, 0.5, 0.0].into_iter().enumerate() {
                assert!((indices.first[input].share - share).abs() < 0.01, "{:?}", indices.first);
                assert!((indices.total[input].share - share).abs() < 0.01, "{:?}", indices.total);
            }
        }
    }

    #[test]
    fn rows_with_nothing_to_measure_are_counted() {
        let factors = [factor(0.0, 0.5, 1.0), factor(0.0, 0.5, 1.0)];
        let mut respond = each(|x| vec![(x[0] < 0.5).then_some(x[1])]);
        let found = shares(&factors, 64, Draw::Uniform, 1, 0.95, &mut respond).unwrap();
        assert_eq!((found.n_missing, found.indices.unwrap().n), (48, 16));
    }
}
