//! The dates of a run: weekdays, holidays, ends of months, quarters.
//!
//! # Not here
//!
//! Which dates are holidays is data of a scenario; when a pool opens and closes
//! is the pool's business.

use chrono::{Datelike, Days, Month, Months, NaiveDate};

use super::Day;

/// A date or day that an [`Almanac`] cannot answer for. The question is refused; nothing is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// The calendar reckons with the years 1901 to 2099 only.
    #[error("day {day} after {start} falls outside the years 1901 to 2099")]
    OutsideCalendar {
        /// The date of day 0.
        start: NaiveDate,
        /// The day asked for, or the one after which the answer would lie.
        day: i64,
    },
    /// The date lies outside the years 1901 to 2099.
    #[error("{0} falls outside the years 1901 to 2099")]
    DateOutsideCalendar(NaiveDate),
    /// Facts that need the list of holidays are known inside the run's range only.
    #[error("day {} is not in the almanac, which covers days {} to {}", day.0, first.0, last.0)]
    OutsideAlmanac {
        /// The day asked for, or the one after which the answer would lie.
        day: Day,
        /// The first day covered.
        first: Day,
        /// The last day covered.
        last: Day,
    },
    /// An almanac must cover at least one day.
    #[error("an almanac from day {} to day {} covers no day: the first must not come after the last", first.0, last.0)]
    Empty {
        /// The first day asked for.
        first: Day,
        /// The last day asked for.
        last: Day,
    },
}

/// What the calendar says about one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayFacts {
    /// The date.
    pub date: NaiveDate,
    /// Months since the month of day 0, which has number 0 [months].
    pub month: i32,
    /// Day of the week, Monday = 0 to Sunday = 6.
    pub weekday: u8,
    /// Saturday or Sunday.
    pub is_weekend: bool,
    /// In the list of holidays, on whatever weekday.
    pub is_holiday: bool,
    /// Neither weekend nor holiday.
    pub is_working: bool,
    /// The first day of its month.
    pub is_month_start: bool,
    /// The last day of its month.
    pub is_month_end: bool,
    /// Number of working days in the almanac before this day: where the search for the next one starts.
    working_before: u32,
}

/// A quarter of a fiscal year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FiscalQuarter {
    /// The fiscal year, named by the calendar year it ends in.
    pub year: i32,
    /// 1 to 4.
    pub number: u8,
}

/// The dates of a run: one table of facts by day, built once.
///
/// Dates and month arithmetic are answered for every day of the years 1901 to
/// 2099; everything that depends on holidays only from the first to the last day
/// the almanac was built for. Each answer takes constant time.
#[derive(Clone, Debug)]
pub struct Almanac {
    start: NaiveDate,
    first: Day,
    facts: Vec<DayFacts>,
    working_days: Vec<Day>,
}

impl Almanac {
    /// Builds the almanac of the days `first..=last`, day 0 being `start`.
    ///
    /// Holidays may come in any order, more than once, and from outside the range.
    ///
    /// # Errors
    ///
    /// - [`TimeError::Empty`] if `first` comes after `last`.
    /// - [`TimeError::OutsideCalendar`] or [`TimeError::DateOutsideCalendar`] if `start`, `first` or
    ///   `last` falls outside the years 1901 to 2099.
    pub fn new(
        start: NaiveDate,
        first: Day,
        last: Day,
        holidays: &[NaiveDate],
    ) -> Result<Almanac, TimeError> {
        if first > last {
            return Err(TimeError::Empty { first, last });
        }
        let mut almanac =
            Almanac { start: reckoned(start)?, first, facts: Vec::new(), working_days: Vec::new() };
        almanac.date(first)?;
        almanac.date(last)?;
        let mut holidays = holidays.to_vec();
        holidays.sort_unstable();
        for day in (first.0..=last.0).map(Day) {
            let date = almanac.date(day)?;
            let weekday = almanac.weekday(day);
            let is_holiday = holidays.binary_search(&date).is_ok();
            let facts = DayFacts {
                date,
                month: (date.year() - start.year()) * 12 + date.month0() as i32 - start.month0() as i32,
                weekday,
                is_weekend: weekday >= 5,
                is_holiday,
                is_working: weekday < 5 && !is_holiday,
                is_month_start: date.day() == 1,
                is_month_end: date.day() == u32::from(date.num_days_in_month()),
                working_before: almanac.working_days.len() as u32,
            };
            if facts.is_working {
                almanac.working_days.push(day);
            }
            almanac.facts.push(facts);
        }
        Ok(almanac)
    }

    /// Returns all the calendar says about `day`; ask once where several facts are needed.
    ///
    /// # Errors
    ///
    /// [`TimeError::OutsideAlmanac`] if `day` is not covered.
    pub fn facts(&self, day: Day) -> Result<&DayFacts, TimeError> {
        let row = i64::from(day.0) - i64::from(self.first.0);
        let found = usize::try_from(row).ok().and_then(|row| self.facts.get(row));
        found.ok_or_else(|| self.not_covered(day))
    }

    /// Returns the date of `day`.
    ///
    /// # Errors
    ///
    /// [`TimeError::OutsideCalendar`] if it falls outside the years 1901 to 2099.
    pub fn date(&self, day: Day) -> Result<NaiveDate, TimeError> {
        let distance = Days::new(u64::from(day.0.unsigned_abs()));
        let date = match day.0 {
            0.. => self.start.checked_add_days(distance),
            _ => self.start.checked_sub_days(distance),
        };
        date.and_then(|date| reckoned(date).ok())
            .ok_or(TimeError::OutsideCalendar { start: self.start, day: i64::from(day.0) })
    }

    /// Returns the day of `date`.
    ///
    /// # Errors
    ///
    /// [`TimeError::DateOutsideCalendar`] if it falls outside the years 1901 to 2099.
    pub fn day_of(&self, date: NaiveDate) -> Result<Day, TimeError> {
        let days = reckoned(date)?.signed_duration_since(self.start).num_days();
        Ok(Day(i32::try_from(days).expect("invariant: two centuries have fewer than 2^31 days")))
    }

    /// Returns the day of the week, Monday = 0 to Sunday = 6, of any day whatever.
    #[must_use]
    pub fn weekday(&self, day: Day) -> u8 {
        let from_monday = i64::from(self.start.weekday().num_days_from_monday()) + i64::from(day.0);
        from_monday.rem_euclid(7) as u8
    }

    /// Returns whether `day` is a Saturday or a Sunday.
    #[must_use]
    pub fn is_weekend(&self, day: Day) -> bool {
        self.weekday(day) >= 5
    }

    /// Returns whether `day` is in the list of holidays, on whatever weekday.
    ///
    /// # Errors
    ///
    /// [`TimeError::OutsideAlmanac`] if `day` is not covered.
    pub fn is_holiday(&self, day: Day) -> Result<bool, TimeError> {
        self.facts(day).map(|facts| facts.is_holiday)
    }

    /// Returns whether `day` is neither at a weekend nor a holiday.
    ///
    /// # Errors
    ///
    /// [`TimeError::OutsideAlmanac`] if `day` is not covered.
    pub fn is_working(&self, day: Day) -> Result<bool, TimeError> {
        self.facts(day).map(|facts| facts.is_working)
    }

    /// Returns whether `day` is the first of its month.
    ///
    /// # Errors
    ///
    /// [`TimeError::OutsideAlmanac`] if `day` is not covered.
    pub fn is_month_start(&self, day: Day) -> Result<bool, TimeError> {
        self.facts(day).map(|facts| facts.is_month_start)
    }

    /// Returns whether `day` is the last of its month.
    ///
    /// # Errors
    ///
    /// [`TimeError::OutsideAlmanac`] if `day` is not covered.
    pub fn is_month_end(&self, day: Day) -> Result<bool, TimeError> {
        self.facts(day).map(|facts| facts.is_month_end)
    }

    /// Returns the months from the month of day 0 to the month of `day`; negative in history [months].
    ///
    /// # Errors
    ///
    /// [`TimeError::OutsideAlmanac`] if `day` is not covered.
    pub fn month(&self, day: Day) -> Result<i32, TimeError> {
        self.facts(day).map(|facts| facts.month)
    }

    /// Returns the fiscal quarter of `day` in a fiscal year that opens on the first of `fiscal_start`.
    ///
    /// # Errors
    ///
    /// [`TimeError::OutsideCalendar`] if `day` falls outside the years 1901 to 2099.
    pub fn quarter(&self, day: Day, fiscal_start: Month) -> Result<FiscalQuarter, TimeError> {
        let date = self.date(day)?;
        let opens = fiscal_start.number_from_month();
        let into_year = (date.month() + 12 - opens) % 12;
        let ends_next_year = opens > 1 && date.month() >= opens;
        Ok(FiscalQuarter { year: date.year() + i32::from(ends_next_year), number: (into_year / 3) as u8 + 1 })
    }

    /// Returns whether `day` opens a quarter of a fiscal year that opens on the first of `fiscal_start`.
    ///
    /// # Errors
    ///
    /// [`TimeError::OutsideCalendar`] if `day` falls outside the years 1901 to 2099.
    pub fn is_quarter_start(&self, day: Day, fiscal_start: Month) -> Result<bool, TimeError> {
        let date = self.date(day)?;
        Ok(date.day() == 1 && (date.month() + 12 - fiscal_start.number_from_month()).is_multiple_of(3))
    }

    /// Returns the day `months` calendar months after `day` (before, if negative): the same day of
    /// the month, or the month's last where it is shorter.
    ///
    /// A recurring date must be counted from its anchor each time, `add_months(anchor, n)`:
    /// 31 January plus one month is 28 February, plus two is 31 March.
    ///
    /// # Errors
    ///
    /// [`TimeError::OutsideCalendar`] if either day falls outside the years 1901 to 2099.
    pub fn add_months(&self, day: Day, months: i32) -> Result<Day, TimeError> {
        let anchor = self.date(day)?;
        let distance = Months::new(months.unsigned_abs());
        let date = match months {
            0.. => anchor.checked_add_months(distance),
            _ => anchor.checked_sub_months(distance),
        };
        date.and_then(|date| self.day_of(date).ok())
            .ok_or(TimeError::OutsideCalendar { start: self.start, day: i64::from(day.0) })
    }

    /// Returns the first working day after `day`; `day` itself never counts.
    ///
    /// # Errors
    ///
    /// [`TimeError::OutsideAlmanac`] if `day` or the answer is not covered.
    pub fn next_working_day(&self, day: Day) -> Result<Day, TimeError> {
        self.add_working_days(day, 1)
    }

    /// Returns the `count`-th working day after `day`, or before it where `count` is negative.
    ///
    /// `day` itself never counts, save that zero asks for `day` or, if it is no working day, the
    /// first one after it.
    ///
    /// # Errors
    ///
    /// [`TimeError::OutsideAlmanac`] if `day` or the answer is not covered.
    pub fn add_working_days(&self, day: Day, count: i32) -> Result<Day, TimeError> {
        let facts = self.facts(day)?;
        let here = i64::from(facts.working_before);
        let place = match count {
            1.. => here + i64::from(facts.is_working) + i64::from(count) - 1,
            _ => here + i64::from(count),
        };
        let found = usize::try_from(place).ok().and_then(|place| self.working_days.get(place));
        found.copied().ok_or_else(|| self.not_covered(day))
    }

    fn not_covered(&self, day: Day) -> TimeError {
        let last = self.first + (self.facts.len() as i32 - 1);
        TimeError::OutsideAlmanac { day, first: self.first, last }
    }
}

/// Returns `date` if the calendar reckons with its year.
fn reckoned(date: NaiveDate) -> Result<NaiveDate, TimeError> {
    if (1901..=2099).contains(&date.year()) { Ok(date) } else { Err(TimeError::DateOutsideCalendar(date)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// 2024 from 1 January (a Monday) to 31 December, a week of history, New Year and Christmas off.
    fn year_2024() -> Almanac {
        let holidays = ["2024-12-25", "2024-01-01", "2025-01-01", "2024-01-01"].map(date);
        Almanac::new(date("2024-01-01"), Day(-7), Day(365), &holidays).unwrap()
    }

    #[test]
    fn weekdays_are_those_of_the_calendar() {
        #[rustfmt::skip]
        let cases = [
            ("1901-01-01", 1), // Tuesday
            ("1969-07-20", 6), // Sunday, the first landing on the Moon
            ("2000-02-29", 1), // Tuesday
            ("2024-02-29", 3), // Thursday
            ("2099-12-31", 3), // Thursday
        ];
        for start in ["1901-01-01", "2024-01-01", "2099-12-31"] {
            let almanac = Almanac::new(date(start), Day(0), Day(0), &[]).unwrap();
            for (text, weekday) in cases {
                let day = almanac.day_of(date(text)).unwrap();
                assert_eq!(almanac.weekday(day), weekday, "{text} counted from {start}");
                assert_eq!(almanac.date(day), Ok(date(text)));
            }
        }
    }

    #[test]
    fn every_day_of_the_table_agrees_with_the_calendar() {
        let almanac = year_2024();
        let ends: Vec<i32> = (0..366).filter(|&d| almanac.is_month_end(Day(d)).unwrap()).collect();
        assert_eq!(ends, [30, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365]);
        let starts = (-7..366).filter(|&d| almanac.is_month_start(Day(d)).unwrap()).count();
        assert_eq!(starts, 12);
        assert_eq!(almanac.month(Day(-1)), Ok(-1), "December before");
        assert_eq!(almanac.month(Day(0)), Ok(0));
        assert_eq!(almanac.month(Day(60)), Ok(2), "1 March of a leap year");
        assert!(almanac.is_holiday(Day(0)).unwrap() && !almanac.is_working(Day(0)).unwrap());
        // 366 days of 2024 hold 104 days at weekends and two holidays on weekdays.
        assert_eq!((0..366).filter(|&d| almanac.is_working(Day(d)).unwrap()).count(), 260);
    }

    #[test]
    fn a_month_added_stops_at_the_end_of_a_shorter_month() {
        #[rustfmt::skip]
        let cases = [
            // anchor      months  answer
            ("2024-01-31",   1, "2024-02-29"),
            ("2024-01-31",   2, "2024-03-31"),
            ("2023-01-31",   1, "2023-02-28"),
            ("2024-02-29",  12, "2025-02-28"),
            ("2024-02-29",  48, "2028-02-29"),
            ("2024-03-31",  -1, "2024-02-29"),
            ("2024-11-30",   3, "2025-02-28"),
            ("2024-05-15",   0, "2024-05-15"),
        ];
        let almanac = year_2024();
        for (anchor, months, answer) in cases {
            let day = almanac.day_of(date(anchor)).unwrap();
            let found = almanac.add_months(day, months).and_then(|day| almanac.date(day));
            assert_eq!(found, Ok(date(answer)), "{anchor} and {months} months");
        }
    }

    #[test]
    fn working_days_pass_over_weekends_and_holidays() {
        #[rustfmt::skip]
        let cases = [
            // from         count  answer
            ("2024-01-05",   1, "2024-01-08"), // Friday to Monday
            ("2024-01-06",   1, "2024-01-08"), // Saturday
            ("2024-01-06",   0, "2024-01-08"), // no working day: rolls on
            ("2024-01-05",   0, "2024-01-05"), // a working day: stays
            ("2024-01-08",  -1, "2024-01-05"),
            ("2024-01-06",  -1, "2024-01-05"),
            ("2024-12-24",   1, "2024-12-26"), // over Christmas
            ("2024-12-25",   0, "2024-12-26"),
            ("2024-01-02",  10, "2024-01-16"),
            ("2023-12-29",   1, "2024-01-02"), // from history over New Year
        ];
        let almanac = year_2024();
        for (from, count, answer) in cases {
            let day = almanac.day_of(date(from)).unwrap();
            let found = almanac.add_working_days(day, count).and_then(|day| almanac.date(day));
            assert_eq!(found, Ok(date(answer)), "{count} working days from {from}");
        }
        assert_eq!(almanac.next_working_day(Day(4)), Ok(Day(7)));
    }

    /// A fiscal year that opens in February is named by the year it ends in.
    #[test]
    fn quarters_follow_the_fiscal_year() {
        #[rustfmt::skip]
        let cases = [
            ("2024-01-31", Month::February, 2024, 4, false),
            ("2024-02-01", Month::February, 2025, 1, true),
            ("2024-04-30", Month::February, 2025, 1, false),
            ("2024-05-01", Month::February, 2025, 2, true),
            ("2024-11-01", Month::February, 2025, 4, true),
            ("2024-03-01", Month::February, 2025, 1, false),
            ("2024-01-01", Month::January,  2024, 1, true),
            ("2024-12-31", Month::January,  2024, 4, false),
            ("2024-12-01", Month::December, 2025, 1, true),
        ];
        let almanac = year_2024();
        for (text, opens, year, number, first) in cases {
            let day = almanac.day_of(date(text)).unwrap();
            assert_eq!(almanac.quarter(day, opens), Ok(FiscalQuarter { year, number }), "{text}");
            assert_eq!(almanac.is_quarter_start(day, opens), Ok(first), "{text}");
        }
    }

    #[test]
    fn what_the_almanac_does_not_cover_is_an_error_that_says_so() {
        let almanac = year_2024();
        for day in [Day(-8), Day(366), Day(i32::MIN), Day(i32::MAX)] {
            let error = TimeError::OutsideAlmanac { day, first: Day(-7), last: Day(365) };
            assert_eq!(almanac.facts(day), Err(error));
            assert_eq!(almanac.add_working_days(day, 1), Err(error));
        }
        assert!(almanac.add_working_days(Day(365), 1).is_err(), "the answer lies in the next year");
        assert!(almanac.add_working_days(Day(-7), -1).is_err(), "the answer lies before the table");
        assert!(almanac.date(Day(i32::MAX)).is_err());
        assert!(almanac.add_months(Day(0), i32::MIN).is_err());
        assert!(almanac.add_months(Day(0), 12 * 76).is_err(), "the year 2100");
        assert_eq!(
            almanac.day_of(date("1900-12-31")),
            Err(TimeError::DateOutsideCalendar(date("1900-12-31"))),
        );
        assert!(Almanac::new(date("2024-01-01"), Day(1), Day(0), &[]).is_err());
        assert!(Almanac::new(date("2099-12-31"), Day(0), Day(1), &[]).is_err());
    }
}
