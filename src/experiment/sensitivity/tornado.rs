//! One assumption at a time, at either end of its range, all others at their base.
//!
//! It says in the metric's own unit what each assumption can do alone, and nothing about what several do together.

use super::{Respond, base};
use crate::base::stats::{Better, Estimate, PairedDifference};
use crate::language::AssumptionUse;

/// The answer with an assumption at either end of its range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Swing {
    /// The answer at the low end; [`None`] where there was nothing to measure.
    pub at_low: Option<Estimate>,
    /// The answer at the high end.
    pub at_high: Option<Estimate>,
    /// The high end minus the low end, replication by replication.
    pub effect: PairedDifference,
}

/// The answer at the base, and the swing of each assumption in the order of the factors.
#[derive(Debug, Clone, PartialEq)]
pub struct Tornado {
    /// The answer with every assumption at its base.
    pub base: Option<Estimate>,
    /// By factor.
    pub swings: Vec<Swing>,
}

/// Moves each of `factors` to its ends in turn.
///
/// # Errors
///
/// What `respond` could not do.
pub fn tornado<E>(factors: &[AssumptionUse], confidence: f64, respond: Respond<'_, E>) -> Result<Tornado, E> {
    let estimate = |answer: &[Option<f64>]| {
        let measured: Vec<f64> = answer.iter().copied().flatten().collect();
        Estimate::of(&measured, confidence)
    };
    let base = base(factors);
    let mut points = vec![base.clone()];
    // Where each end stands among the points; one that is the base stands there.
    let mut end = |at: usize, value: f64| {
        if value == base[at] {
            return 0;
        }
        let mut point = base.clone();
        point[at] = value;
        points.push(point);
        points.len() - 1
    };
    let ends: Vec<[usize; 2]> =
        factors.iter().enumerate().map(|(at, it)| [end(at, it.low.value), end(at, it.high.value)]).collect();
    let answers = respond(&points)?;
    let swing = |ends: [usize; 2]| {
        let [low, high] = ends.map(|end| &answers[end]);
        let effect = PairedDifference::of(high, low, confidence, Better::Neither);
        Swing { at_low: estimate(low), at_high: estimate(high), effect }
    };
    Ok(Tornado { base: estimate(&answers[0]), swings: ends.into_iter().map(swing).collect() })
}

#[cfg(test)]
mod tests {
    use super::super::example::{each, factor};
    use super::*;
    use std::cell::Cell;

    /// y = 3 a² + a b - 10 c, and luck of +1 and -1 that both ends share.
    #[test]
    fn each_assumption_swings_alone_and_shared_luck_cancels_out() {
        let factors = [factor(0.0, 1.0, 2.0), factor(1.0, 4.0, 5.0), factor(-1.0, -1.0, 1.0)];
        let points = Cell::new(0);
        let mut respond = each(|x| {
            points.set(points.get() + 1);
            let y = 3.0 * x[0] * x[0] + x[0] * x[1] - 10.0 * x[2];
            vec![Some(y + 1.0), Some(y - 1.0), None]
        });
        let tornado = tornado(&factors, 0.95, &mut respond).unwrap();
        assert_eq!(tornado.base.unwrap().mean, 17.0);
        let effects: Vec<_> = tornado.swings.iter().map(|swing| swing.effect.mean.unwrap()).collect();
        assert_eq!(effects, [12.0 + 8.0, 4.0, -20.0]);
        for swing in &tornado.swings {
            let width = swing.effect.ci_high.unwrap() - swing.effect.ci_low.unwrap();
            assert!(width < 1e-12 && swing.effect.n_missing == 1, "{swing:?}");
        }
        assert_eq!(tornado.swings[0].at_low.unwrap().mean, 10.0);
        assert!(tornado.swings[0].at_low.unwrap().stddev.unwrap() > 1.0);
        assert_eq!(points.get(), 6, "the low end of the third is its base");
    }
}
