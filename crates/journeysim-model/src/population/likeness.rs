//! Customers that resemble measured ones: points of what was measured, and how the measures hang together.
//!
//! Developers, seats and revenue are drawn together: three normal numbers with the stated correlations, each turned into its
//! measure by the distribution that the points describe (a Gaussian copula; Nelsen 2006, An Introduction to Copulas, section
//! 2.3). Point `i` of `n` stands at the share `(i + 1/2) / n` of the customers; between two points, and half a step beyond
//! the outer ones, the logarithm runs straight.

use crate::base::math::{exp, ln, normal_cdf, normal_quantile};
use crate::base::money::Money;
use crate::base::random::Purpose;
use crate::language::{Amount, Count, Number, settings};
use crate::population::generate::Generator;
use crate::population::{Group, Products};

settings! {
    /// What measured customers of a group look like; what is left out is drawn as for any other group.
    pub struct Likeness {
        /// Points of the developers employed, evenly spaced over the customers, ascending.
        pub developers: Vec<Count> = Vec::new(),
        /// Points of the seats bought.
        pub seats: Vec<Count> = Vec::new(),
        /// Points of recurring revenue a year.
        pub arr: Vec<Amount> = Vec::new(),
        /// Correlation of developers and seats [of normal scores].
        pub developers_seats: Number = Number::of(0.0),
        /// Correlation of developers and revenue [of normal scores].
        pub developers_arr: Number = Number::of(0.0),
        /// Correlation of seats and revenue [of normal scores].
        pub seats_arr: Number = Number::of(0.0),
    }
}

impl Likeness {
    /// The correlations of developers with seats, of developers with revenue, and of seats with revenue.
    #[must_use]
    pub fn correlations(&self) -> [f64; 3] {
        [self.developers_seats, self.developers_arr, self.seats_arr].map(Number::get)
    }

    /// Whether three measures can hang together like that: the matrix of correlations has no negative eigenvalue.
    #[must_use]
    pub fn is_possible(&self) -> bool {
        let [ds, da, sa] = self.correlations();
        let determinant = 1.0 + 2.0 * ds * da * sa - ds * ds - da * da - sa * sa;
        [ds, da, sa].iter().all(|r| (-1.0..=1.0).contains(r)) && determinant > -1e-9
    }

    /// Draws developers, seats and price of the customer of `account`, who has bought `products`.
    pub(super) fn contract(
        &self,
        generator: &Generator<'_>,
        group: &Group,
        products: Products,
        account: u32,
        attempt: u32,
    ) -> (f64, u32, Money) {
        let uniform = |purpose| generator.streams.draw(purpose, account, attempt, 0).uniform(0);
        let normals = [Purpose::Developers, Purpose::Seats, Purpose::Price]
            .map(|purpose| normal_quantile(uniform(purpose)));
        let places = self.correlated(normals).map(normal_cdf);
        let [developers, seats] = [&self.developers, &self.seats]
            .map(|points| -> Vec<f64> { points.iter().map(|point| f64::from(point.get())).collect() });
        let arr: Vec<f64> = self.arr.iter().map(|point| point.get()).collect();
        let (fewest, most) = group.sizes();
        let [developers, seats, arr] =
            [(&developers, 0), (&seats, 1), (&arr, 2)].map(|(points, at)| quantile(points, places[at]));
        let drawn = || generator.price(products, uniform(Purpose::Price)).cents() as f64 / 100.0;
        let share = || generator.population.seats_share.quantile(uniform(Purpose::Seats)).max(0.01);
        let reach = |seats: f64| (seats / share()).clamp(fewest, most).floor();
        let (seats, price) = match (seats, arr) {
            (Some(seats), Some(arr)) => (seats, arr / seats.round().max(1.0)),
            (Some(seats), None) => (seats, drawn()),
            (None, Some(arr)) => (arr / drawn(), drawn()),
            (None, None) => (developers.unwrap_or(fewest) * share(), drawn()),
        };
        let seats = seats.round().max(1.0);
        let developers = developers.map_or_else(|| reach(seats), |count| count.floor().clamp(fewest, most));
        let cents = (price * 100.0).round().max(1.0);
        (developers, seats as u32, Money::from_cents(cents as i64))
    }

    /// Gives three independent normal numbers the correlations (by the Cholesky factor of their matrix).
    fn correlated(&self, [first, second, third]: [f64; 3]) -> [f64; 3] {
        let [ds, da, sa] = self.correlations();
        let own = (1.0 - ds * ds).max(0.0).sqrt();
        let cross = if own > 0.0 { (sa - ds * da) / own } else { 0.0 };
        let rest = (1.0 - da * da - cross * cross).max(0.0).sqrt();
        [first, ds * first + own * second, da * first + cross * second + rest * third]
    }
}

/// Returns the value at the share `p` of the customers; `None` without points.
fn quantile(points: &[f64], p: f64) -> Option<f64> {
    let last = points.len().checked_sub(1)?;
    let log = |at: usize| ln(points[at].max(1e-9));
    if last == 0 {
        return Some(points[0]);
    }
    let place = p * points.len() as f64 - 0.5;
    let below = (place.floor().max(0.0) as usize).min(last - 1);
    Some(exp(log(below) + (place - below as f64) * (log(below + 1) - log(below))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_stand_in_the_middle_of_their_shares_and_logarithms_run_straight() {
        let points = [10.0, 40.0, 160.0, 640.0];
        let at = |p: f64| quantile(&points, p).unwrap().round();
        assert_eq!([0.125, 0.375, 0.625, 0.875].map(at), points);
        // Half-way between two points the logarithm doubles as the values do; beyond the ends it goes on.
        assert_eq!([0.25, 0.5, 0.0, 1.0].map(at), [20.0, 80.0, 5.0, 1280.0]);
        assert_eq!((quantile(&[7.0], 0.9), quantile(&[], 0.5)), (Some(7.0), None));
    }

    #[test]
    fn three_numbers_get_the_correlations_stated() {
        let number = Number::of;
        let like = Likeness {
            developers_seats: number(0.8),
            developers_arr: number(0.6),
            seats_arr: number(0.9),
            ..Likeness::default()
        };
        assert!(like.is_possible());
        // The correlations of sums of independent numbers are the products of their weights.
        let weights: Vec<[f64; 3]> =
            [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]].map(|unit| like.correlated(unit)).into();
        let product = |a: usize, b: usize| weights.iter().map(|w| w[a] * w[b]).sum::<f64>();
        for (a, b, wanted) in [(0, 0, 1.0), (1, 1, 1.0), (2, 2, 1.0), (0, 1, 0.8), (0, 2, 0.6), (1, 2, 0.9)] {
            assert!((product(a, b) - wanted).abs() < 1e-12, "{a} {b}");
        }
        assert!(!Likeness { seats_arr: number(-0.9), ..like }.is_possible());
    }
}
