//! Adoption curves in closed form: the theory against which the daily kernel is held.
//!
//! Time is in the unit of the coefficients (years for published durables, days in scenarios); results are
//! the share of the circle that has adopted, in `[0, 1]`.

use crate::base::math::{exp, ln};

/// The diffusion of Bass (1969), "A New Product Growth for Model Consumer Durables",
/// Management Science 15(5), equations 9 to 11.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BassCurve {
    /// Coefficient of innovation, over 0 [per unit of time].
    pub p: f64,
    /// Coefficient of imitation [per unit of time].
    pub q: f64,
}

impl BassCurve {
    /// Returns the share adopted by time `t`: `(1 - e^{-(p+q)t}) / (1 + (q/p) e^{-(p+q)t})`.
    #[must_use]
    pub fn adopted(self, t: f64) -> f64 {
        let faded = exp(-(self.p + self.q) * t);
        (1.0 - faded) / (1.0 + self.q / self.p * faded)
    }

    /// Returns the share adopted a time `t` after it was `share`. Under the curve, `(1 - F) / (1 + (q/p) F)` falls
    /// exponentially at the rate `p + q`.
    #[must_use]
    pub fn adopted_after(self, share: f64, t: f64) -> f64 {
        let ratio = self.q / self.p;
        let faded = (1.0 - share) / (1.0 + ratio * share) * exp(-(self.p + self.q) * t);
        (1.0 - faded) / (1.0 + ratio * faded)
    }

    /// Returns the time of the largest inflow: `ln(q/p) / (p + q)`.
    #[must_use]
    pub fn peak_time(self) -> f64 {
        ln(self.q / self.p) / (self.p + self.q)
    }

    /// Returns the largest inflow as a share of the circle per unit of time: `(p + q)^2 / (4q)`.
    #[must_use]
    pub fn peak_rate(self) -> f64 {
        (self.p + self.q) * (self.p + self.q) / (4.0 * self.q)
    }
}

/// Returns the logistic curve from `initial` at pace `q`: `1 / (1 + (1/F0 - 1) e^{-qt})`.
#[must_use]
pub fn logistic(initial: f64, pace: f64, t: f64) -> f64 {
    1.0 / (1.0 + (1.0 / initial - 1.0) * exp(-pace * t))
}

/// Returns the Gompertz curve from `initial` at pace `c`: `F0^(e^{-ct})`.
#[must_use]
pub fn gompertz(initial: f64, pace: f64, t: f64) -> f64 {
    exp(ln(initial) * exp(-pace * t))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bass (1969), Tables 1 to 3: p, q, market [thousand]; the last four columns follow from the closed forms and
    /// were computed outside this project with arbitrary precision.
    #[rustfmt::skip]
    #[allow(clippy::type_complexity, reason = "a table")]
    const DURABLES: [(&str, f64, f64, f64, f64, f64, f64, f64); 6] = [
        // product, market, p, q, peak time, peak sales [million], F(5), F(10)
        ("refrigerators",      40_001.0, 0.0026167, 0.21566, 20.211_910_440_1, 2.209_306_727_29, 0.023_167_489_237_8, 0.086_220_008_837_9),
        ("television",         96_717.0, 0.027877,  0.25105,  7.879_660_794_38, 7.493_137_663_94, 0.232_645_978_276, 0.604_125_713_681),
        ("air conditioners",   16_895.0, 0.010399,  0.41861,  8.613_409_162_05, 1.857_040_658_11, 0.154_566_587_811, 0.635_647_716_997),
        ("power lawnmowers",   44_751.0, 0.0091837, 0.3379,  10.387_465_099,    3.988_623_083_49, 0.110_004_197_493, 0.451_928_104_805),
        ("coffee makers",      58_838.0, 0.017135,  0.30145,  9.000_678_020_18, 4.952_600_194_16, 0.174_055_135_766, 0.554_992_092_579),
        ("record players",     21_937.0, 0.024796,  0.6541,   4.820_440_678_88, 3.864_377_942_17, 0.512_637_410_014, 0.970_056_662_137),
    ];

    #[test]
    fn two_spans_of_time_are_one_long_span() {
        let curve = BassCurve { p: 0.01, q: 0.4 };
        assert!((curve.adopted_after(0.0, 7.0) - curve.adopted(7.0)).abs() < 1e-12);
        assert!((curve.adopted_after(curve.adopted(3.0), 4.0) - curve.adopted(7.0)).abs() < 1e-12);
    }

    #[test]
    fn six_durables_agree_with_the_closed_forms_to_a_millionth() {
        for (product, market, p, q, peak_time, peak_sales, year_5, year_10) in DURABLES {
            let curve = BassCurve { p, q };
            let close = |name: &str, is: f64, should: f64| {
                assert!((is / should - 1.0).abs() < 1e-6, "{product}, {name}: {is} instead of {should}");
            };
            close("peak time", curve.peak_time(), peak_time);
            close("peak sales", curve.peak_rate() * market / 1000.0, peak_sales);
            close("five years", curve.adopted(5.0), year_5);
            close("ten years", curve.adopted(10.0), year_10);
        }
    }

    #[test]
    fn every_curve_starts_where_it_should_and_never_falls() {
        #[allow(clippy::type_complexity, reason = "a table")]
        let curves: [(&str, f64, &dyn Fn(f64) -> f64); 3] = [
            ("bass", 0.0, &|t| BassCurve { p: 0.01, q: 0.1 }.adopted(t)),
            ("logistic", 0.02, &|t| logistic(0.02, 0.1, t)),
            ("gompertz", 0.02, &|t| gompertz(0.02, 0.05, t)),
        ];
        for (name, start, curve) in curves {
            assert!((curve(0.0) - start).abs() < 1e-12, "{name} starts at {}", curve(0.0));
            let values: Vec<f64> = (0..400).map(|t| curve(f64::from(t))).collect();
            assert!(values.windows(2).all(|pair| pair[0] <= pair[1]), "{name} falls somewhere");
            assert!(values[399] > 0.99 && values[399] <= 1.0, "{name} does not saturate");
        }
    }
}
