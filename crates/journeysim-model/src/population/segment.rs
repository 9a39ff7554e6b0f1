//! Segments and the teams that serve them.
//!
//! A segment goes by the developers a customer employs, not by the seats it has bought. Which team serves
//! a customer goes by segment and recurring revenue.

use crate::base::money::Money;
use crate::language::choices;

choices! {
    /// Customers by the developers they employ.
    pub enum Segment {
        /// 0 to 99 developers.
        Smb = "smb",
        /// 100 to 500 developers.
        MidMarket = "mid-market",
        /// 501 to 2,500 developers (exactly 2,500 included).
        Enterprise = "enterprise",
        /// 2,501 developers and more.
        Strategic = "strategic",
    }
}

choices! {
    /// A team that serves customers after the sale.
    pub enum Team {
        /// Named advisors with books of their own.
        Named = "named",
        /// The pool, formerly "pooled", now "scaled".
        Scaled = "scaled",
        /// The digital program.
        Digital = "digital",
    }
}

choices! {
    /// Which rule says who serves whom (point 44).
    pub enum Segmentation {
        /// By segment and $100k of recurring revenue; exactly $100k is in the upper group (point 42).
        Fy25 = "fy25",
        /// Until January 2024: commercial customers (up to 2,500 developers) below $50k to the pool, the rest named.
        PreFy25 = "pre_fy25",
    }
}

impl Segment {
    /// Returns the segment of a customer with this many developers.
    #[must_use]
    pub fn of_developers(developers: u32) -> Self {
        match developers {
            0..=99 => Self::Smb,
            100..=500 => Self::MidMarket,
            501..=2_500 => Self::Enterprise,
            _ => Self::Strategic,
        }
    }
}

impl Segmentation {
    /// Returns the team that serves a customer of `segment` with recurring revenue `arr`.
    #[must_use]
    pub fn team(self, segment: Segment, arr: Money) -> Team {
        let at_least = |units: i64| arr >= Money::from_units(units);
        match (self, segment) {
            (Self::Fy25, Segment::Strategic) => Team::Named,
            (Self::Fy25, Segment::Enterprise) if at_least(100_000) => Team::Named,
            (Self::Fy25, Segment::Enterprise) => Team::Scaled,
            (Self::Fy25, Segment::MidMarket) if at_least(100_000) => Team::Scaled,
            (Self::Fy25, Segment::MidMarket | Segment::Smb) => Team::Digital,
            (Self::PreFy25, Segment::Strategic) => Team::Named,
            (Self::PreFy25, _) if at_least(50_000) => Team::Named,
            (Self::PreFy25, _) => Team::Scaled,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_change_at_the_documented_numbers_of_developers() {
        let segments = [0, 99, 100, 500, 501, 2_500, 2_501].map(Segment::of_developers);
        use Segment::{Enterprise, MidMarket, Smb, Strategic};
        assert_eq!(segments, [Smb, Smb, MidMarket, MidMarket, Enterprise, Enterprise, Strategic]);
    }

    #[test]
    fn the_grid_of_fiscal_year_2025() {
        let k = |thousands: i64| Money::from_units(thousands * 1_000);
        #[rustfmt::skip]
        let cases = [
            (Segment::Strategic,  k(1),    Team::Named),
            (Segment::Enterprise, k(100),  Team::Named),
            (Segment::Enterprise, k(99),   Team::Scaled),
            (Segment::MidMarket,  k(100),  Team::Scaled),
            (Segment::MidMarket,  k(99),   Team::Digital),
            (Segment::Smb,        k(900),  Team::Digital),
        ];
        for (segment, arr, team) in cases {
            assert_eq!(Segmentation::Fy25.team(segment, arr), team, "{segment} at {arr}");
        }
    }
}
