//! Days, seconds and the dates they fall on.
//!
//! Time inside a run is whole: a [`Day`] counts days and a [`SimTime`] counts
//! seconds from the start of the scenario's first day. Whole numbers make ties
//! exact and keep the order of events the same on every machine. A day has
//! 86,400 seconds; there are no time zones, leap seconds or summer time.
//!
//! The [`Almanac`] ties days to dates.

use serde::{Deserialize, Serialize};

use std::ops::{Add, AddAssign, Neg, Sub};

pub use almanac::{Almanac, DayFacts, TimeError};

mod almanac;

const SECONDS_A_DAY: i64 = 86_400;

/// A whole day, counted from the scenario's start; negative days are history (days).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Day(pub i32);

impl Add<i32> for Day {
    type Output = Day;
    fn add(self, days: i32) -> Day {
        Day(self.0 + days)
    }
}

impl Sub<i32> for Day {
    type Output = Day;
    fn sub(self, days: i32) -> Day {
        Day(self.0 - days)
    }
}

/// The number of days from `earlier` to `self`.
impl Sub for Day {
    type Output = i32;
    fn sub(self, earlier: Day) -> i32 {
        self.0 - earlier.0
    }
}

/// An instant, counted from the start of day 0; negative instants are history (s).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct SimTime(pub i64);

impl SimTime {
    /// The start of day 0.
    pub const ZERO: SimTime = SimTime(0);

    /// Returns the first instant of `day`.
    #[must_use]
    pub const fn from_day(day: Day) -> SimTime {
        SimTime(day.0 as i64 * SECONDS_A_DAY)
    }

    /// Returns the day this instant falls on: midnight belongs to the day it opens.
    ///
    /// # Panics
    ///
    /// If the instant lies more than 2^31 days from the start, which no almanac reaches.
    #[must_use]
    pub fn day(self) -> Day {
        let day = self.0.div_euclid(SECONDS_A_DAY);
        Day(i32::try_from(day).expect("invariant: an instant lies within 2^31 days of the start"))
    }

    /// Returns the seconds since midnight, from 0 to 86,399 (s).
    #[must_use]
    pub const fn second_of_day(self) -> i64 {
        self.0.rem_euclid(SECONDS_A_DAY)
    }
}

impl Add<SimDuration> for SimTime {
    type Output = SimTime;
    fn add(self, span: SimDuration) -> SimTime {
        SimTime(self.0 + span.0)
    }
}

impl Sub<SimDuration> for SimTime {
    type Output = SimTime;
    fn sub(self, span: SimDuration) -> SimTime {
        SimTime(self.0 - span.0)
    }
}

/// The time that passes from `earlier` to `self`.
impl Sub for SimTime {
    type Output = SimDuration;
    fn sub(self, earlier: SimTime) -> SimDuration {
        SimDuration(self.0 - earlier.0)
    }
}

/// A span of time; negative spans point backwards (s).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct SimDuration(pub i64);

impl SimDuration {
    /// No time at all.
    pub const ZERO: SimDuration = SimDuration(0);

    /// Returns a span of `minutes` minutes.
    #[must_use]
    pub const fn from_minutes(minutes: i32) -> SimDuration {
        SimDuration(minutes as i64 * 60)
    }

    /// Returns a span of `hours` hours.
    #[must_use]
    pub const fn from_hours(hours: i32) -> SimDuration {
        SimDuration(hours as i64 * 3_600)
    }

    /// Returns a span of `days` days of 24 hours.
    #[must_use]
    pub const fn from_days(days: i32) -> SimDuration {
        SimDuration(days as i64 * SECONDS_A_DAY)
    }
}

impl Add for SimDuration {
    type Output = SimDuration;
    fn add(self, other: SimDuration) -> SimDuration {
        SimDuration(self.0 + other.0)
    }
}

impl AddAssign for SimDuration {
    fn add_assign(&mut self, other: SimDuration) {
        *self = *self + other;
    }
}

impl Sub for SimDuration {
    type Output = SimDuration;
    fn sub(self, other: SimDuration) -> SimDuration {
        SimDuration(self.0 - other.0)
    }
}

impl Neg for SimDuration {
    type Output = SimDuration;
    fn neg(self) -> SimDuration {
        SimDuration(-self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn midnight_belongs_to_the_day_it_opens_in_history_too() {
        #[rustfmt::skip]
        let cases: [(i64, i32, i64); 6] = [
            // second   day  second of day
            (0,           0,      0),
            (86_399,      0, 86_399),
            (86_400,      1,      0),
            (-1,         -1, 86_399),
            (-86_400,    -1,      0),
            (-86_401,    -2, 86_399),
        ];
        for (second, day, second_of_day) in cases {
            let instant = SimTime(second);
            assert_eq!((instant.day(), instant.second_of_day()), (Day(day), second_of_day), "{second}");
            assert_eq!(SimTime::from_day(instant.day()) + SimDuration(instant.second_of_day()), instant);
        }
    }

    #[test]
    fn spans_add_up_in_seconds() {
        let ninety_minutes = SimDuration::from_hours(1) + SimDuration::from_minutes(30);
        assert_eq!(ninety_minutes, SimDuration(5_400));
        assert_eq!(SimDuration::from_days(1) - ninety_minutes, SimDuration(81_000));
        assert_eq!(SimTime::from_day(Day(2)) - SimTime::from_day(Day(-1)), SimDuration::from_days(3));
        assert_eq!(SimTime::ZERO + -ninety_minutes, SimTime(-5_400));
        assert_eq!(SimTime::ZERO - ninety_minutes, SimTime(-5_400));
        assert_eq!((Day(-3) + 5, Day(2) - 5, Day(2) - Day(-3)), (Day(2), Day(-3), 5));
    }

    #[test]
    fn the_last_day_a_number_can_hold_still_has_an_instant() {
        for day in [Day(i32::MIN), Day(i32::MAX)] {
            assert_eq!(SimTime::from_day(day).day(), day);
        }
    }
}
