//! Money in whole cents.
//!
//! Sums of [`Money`] are exact, so a ledger balances to the cent. Where a
//! fraction appears (a discount, a price change) it is rounded once, to the
//! nearest cent, halves away from zero.
//!
//! An `i64` holds 92,000 million million currency units; ten million seats at
//! 1,000 a seat are 10,000 million. Arithmetic that leaves this range stops the
//! program rather than wrap or saturate: a wrong sum is worse than none.

use serde::{Deserialize, Serialize};

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul, Neg, Sub, SubAssign};

const OVERFLOW: &str = "invariant: money stays within 9.2e18 cents";

/// Up to here every whole number of cents is exact as an `f64`: 2^53.
const EXACT_AS_FLOAT: f64 = 9_007_199_254_740_992.0;

/// An amount in the scenario's currency (cents).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Money(i64);

impl Money {
    /// No money.
    pub const ZERO: Money = Money(0);

    /// Returns an amount of `cents` cents.
    #[must_use]
    pub const fn from_cents(cents: i64) -> Money {
        Money(cents)
    }

    /// Returns an amount of `units` whole currency units.
    ///
    /// # Panics
    ///
    /// If the amount does not fit in an `i64` of cents.
    #[must_use]
    pub const fn from_units(units: i64) -> Money {
        Money(units.checked_mul(100).expect(OVERFLOW))
    }

    /// Returns `units` currency units, rounded to the nearest cent, halves away from zero.
    ///
    /// The rounding sees the product `units * 100.0` as a computer holds it: 1.005 is stored a
    /// little below and gives 1.00. `None` for what is not a number and beyond 2^53 cents, from
    /// where a float no longer tells one cent from the next.
    #[must_use]
    pub fn from_f64_units(units: f64) -> Option<Money> {
        let cents = (units * 100.0).round();
        (cents.abs() <= EXACT_AS_FLOAT).then_some(Money(cents as i64))
    }

    /// Returns the amount in cents.
    #[must_use]
    pub const fn cents(self) -> i64 {
        self.0
    }

    /// Returns this amount as a fraction of `whole`, exact up to one rounding for amounts below 2^53 cents.
    ///
    /// # Panics
    ///
    /// If `whole` is zero: a share of nothing is not a number, and the caller knows what to say instead.
    #[must_use]
    pub fn ratio_to(self, whole: Money) -> f64 {
        assert!(whole != Money::ZERO, "invariant: a ratio is taken to a whole that is not zero");
        self.0 as f64 / whole.0 as f64
    }

    /// Returns this amount times `factor`, rounded to the nearest cent, halves away from zero.
    ///
    /// # Panics
    ///
    /// If `factor` is not a finite number or the result exceeds 2^53 cents.
    #[must_use]
    pub fn scale(self, factor: f64) -> Money {
        let cents = (self.0 as f64 * factor).round();
        assert!(cents.abs() <= EXACT_AS_FLOAT, "invariant: scaled money stays within 2^53 cents");
        Money(cents as i64)
    }
}

impl Add for Money {
    type Output = Money;
    fn add(self, other: Money) -> Money {
        Money(self.0.checked_add(other.0).expect(OVERFLOW))
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Money) {
        *self = *self + other;
    }
}

impl Sub for Money {
    type Output = Money;
    fn sub(self, other: Money) -> Money {
        Money(self.0.checked_sub(other.0).expect(OVERFLOW))
    }
}

impl SubAssign for Money {
    fn sub_assign(&mut self, other: Money) {
        *self = *self - other;
    }
}

impl Neg for Money {
    type Output = Money;
    fn neg(self) -> Money {
        Money(self.0.checked_neg().expect(OVERFLOW))
    }
}

/// A price times a count, such as seats.
impl Mul<i64> for Money {
    type Output = Money;
    fn mul(self, count: i64) -> Money {
        Money(self.0.checked_mul(count).expect(OVERFLOW))
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Money>>(amounts: I) -> Money {
        amounts.fold(Money::ZERO, Add::add)
    }
}

/// Writes units and cents with thousands separators and no currency: `-1,234.50`.
impl fmt::Display for Money {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.0.unsigned_abs();
        let mut grouped = String::new();
        for (place, digit) in (size / 100).to_string().bytes().rev().enumerate() {
            if place > 0 && place % 3 == 0 {
                grouped.push(',');
            }
            grouped.push(char::from(digit));
        }
        let units: String = grouped.chars().rev().collect();
        out.pad_integral(self.0 >= 0, "", &format!("{units}.{:02}", size % 100))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_written_with_thousands_and_cents() {
        #[rustfmt::skip]
        let cases = [
            (0, "0.00"), (5, "0.05"), (-5, "-0.05"), (99_999, "999.99"), (100_000, "1,000.00"),
            (1_514_535_600, "15,145,356.00"), (-123_450, "-1,234.50"),
            (i64::MIN, "-92,233,720,368,547,758.08"),
        ];
        for (cents, text) in cases {
            assert_eq!(Money::from_cents(cents).to_string(), text);
        }
        assert_eq!(format!("{:>10}", Money::from_units(7)), "      7.00");
    }

    #[test]
    fn floats_round_to_the_cent_with_halves_away_from_zero() {
        #[rustfmt::skip]
        let cases = [
            (0.125, Some(13)), (-0.125, Some(-13)), (2.344_9, Some(234)), (1.005, Some(100)), (-0.001, Some(0)),
            (90_071_992_547_409.92, Some(9_007_199_254_740_992)), (1e15, None),
            (f64::NAN, None), (f64::INFINITY, None), (f64::NEG_INFINITY, None),
        ];
        for (units, cents) in cases {
            assert_eq!(Money::from_f64_units(units).map(Money::cents), cents, "{units}");
        }
    }

    #[test]
    fn scaling_rounds_once() {
        assert_eq!(Money::from_cents(1_001).scale(0.5), Money::from_cents(501), "500.5 rounds away");
        assert_eq!(Money::from_cents(-1_001).scale(0.5), Money::from_cents(-501));
        assert_eq!(Money::from_units(708).scale(0.72), Money::from_cents(50_976));
        assert_eq!(Money::from_units(588).scale(0.0), Money::ZERO);
    }

    #[test]
    fn ten_million_seats_at_a_thousand_fit_ten_thousand_times_over() {
        let book = Money::from_units(1_000) * 10_000_000;
        assert_eq!(book.cents(), 1_000_000_000_000);
        assert_eq!(vec![book; 10_000].into_iter().sum::<Money>(), book * 10_000);
    }

    #[test]
    fn sums_differences_and_ratios_are_exact() {
        let (ten, three) = (Money::from_units(10), Money::from_units(3));
        assert_eq!(ten - three + -three, Money::from_units(4));
        assert_eq!((three.ratio_to(ten), ten.min(three), three - ten), (0.3, three, Money::from_units(-7)));
        let mut balance = ten;
        balance += three;
        balance -= ten;
        assert_eq!(balance, three);
    }

    #[test]
    #[should_panic(expected = "within 9.2e18 cents")]
    fn a_sum_too_large_stops_rather_than_wrap() {
        let _ = Money::from_cents(i64::MAX) + Money::from_cents(1);
    }

    #[test]
    #[should_panic(expected = "a whole that is not zero")]
    fn a_share_of_nothing_stops() {
        let _ = Money::from_units(1).ratio_to(Money::ZERO);
    }
}
