//! Elementary effects of many assumptions: see [`Trajectory`].

use super::{Respond, mean};
use crate::base::stats::{Screened, Trajectory};
use crate::language::AssumptionUse;

/// What screening found.
#[derive(Debug, Clone, PartialEq)]
pub struct Screen {
    /// By factor: its effect over its whole range, in the metric's unit; [`None`] where nothing could be measured.
    pub effects: Vec<Option<Screened>>,
    /// Steps with nothing to measure at either end.
    pub n_missing: usize,
}

/// Walks so many trajectories of the design with this `seed` over the ranges of `factors`.
///
/// # Errors
///
/// What `respond` could not do.
pub fn screen<E>(
    factors: &[AssumptionUse],
    trajectories: u32,
    seed: u64,
    confidence: f64,
    respond: Respond<'_, E>,
) -> Result<Screen, E> {
    let walks: Vec<Trajectory> =
        (0..trajectories).map(|number| Trajectory::draw(seed, number, factors.len())).collect();
    let at =
        |point: &Vec<f64>| factors.iter().zip(point).map(|(factor, &share)| along(factor, share)).collect();
    let points: Vec<Vec<f64>> = walks.iter().flat_map(|walk| &walk.points).map(at).collect();
    let answers: Vec<Option<f64>> = respond(&points)?.iter().map(mean).collect();
    let mut effects = vec![Vec::new(); factors.len()];
    let mut n_missing = 0;
    let length = factors.len() + 1;
    for (walk, (points, answers)) in walks.iter().zip(points.chunks(length).zip(answers.chunks(length))) {
        for (at, &input) in walk.moved.iter().enumerate() {
            let factor = &factors[input];
            // Where only some values can be written, the step is the one that was taken.
            let step = (points[at + 1][input] - points[at][input]) / (factor.high.value - factor.low.value);
            match answers[at].zip(answers[at + 1]) {
                Some((earlier, later)) => effects[input].push((later - earlier) / step),
                None => n_missing += 1,
            }
        }
    }
    let effects = effects.iter().map(|effects| Screened::of(effects, confidence)).collect();
    Ok(Screen { effects, n_missing })
}

/// The value that can be written nearest to this share of the way from low to high.
fn along(factor: &AssumptionUse, share: f64) -> f64 {
    let (low, high) = (factor.low.value, factor.high.value);
    factor.nearest(low + share * (high - low))
}

#[cfg(test)]
mod tests {
    use super::super::example::{each, factor};
    use super::*;

    /// Effects are over the whole range: slope times length. Counts step where they can, and a line stays a line.
    #[test]
    fn a_linear_answer_shows_its_slopes_over_the_ranges() {
        let mut factors = [factor(0.0, 1.0, 2.0), factor(10.0, 20.0, 110.0), factor(2.0, 4.0, 7.0)];
        factors[2].kind = "count";
        let mut respond = each(|x| vec![Some(3.0 * x[0] - 0.5 * x[1] + 2.0 * x[2]), None]);
        let found = screen(&factors, 5, 1, 0.95, &mut respond).unwrap();
        for (effect, expected) in found.effects.iter().zip([6.0, -50.0, 10.0]) {
            let Screened { mu, mu_star } = effect.unwrap();
            assert!((mu.mean - expected).abs() < 1e-9, "{mu:?}");
            assert!((mu_star.mean - expected.abs()).abs() < 1e-9 && mu.stddev.unwrap() < 1e-9);
            assert_eq!(mu.n, 5);
        }
        assert_eq!(found.n_missing, 0);
    }

    #[test]
    fn steps_with_nothing_to_measure_are_counted() {
        let factors = [factor(0.0, 0.5, 1.0), factor(0.0, 0.5, 1.0)];
        let mut respond = each(|x| vec![(x[0] < 0.9).then_some(x[1])]);
        let found = screen(&factors, 40, 1, 0.95, &mut respond).unwrap();
        let measured: usize = found.effects.iter().flatten().map(|effect| effect.mu.n).sum();
        assert!(found.n_missing > 0 && measured + found.n_missing == 80, "{found:?}");
    }
}
