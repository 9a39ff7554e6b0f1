//! The dates of a run: weekdays, holidays, ends of months, quarters.
//!
//! # Not here
//!
//! Which dates are holidays is data of a scenario; when a pool opens and closes
//! is the pool's business.

use chrono::{Datelike, Days, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

use super::{Day, SimTime};

/// A range of dates for which there is no [`Almanac`].
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
    /// Months since the month of day 0, which has number 0 (months).
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
    /// Number of working days in the almanac before this day: where the search for the next one starts.
    working_before: u32,
}

/// The dates of a run: one table of facts by day, built once.
///
/// It answers for the days it was built for, each question in constant time.
#[derive(Clone, Debug)]
pub struct Almanac {
    start: NaiveDate,
    first: Day,
    facts: Vec<DayFacts>,
    working_days: Vec<Day>,
    /// First days of the months, from that of the first day to the one after the last.
    months: Vec<Day>,
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
        let mut almanac = Almanac {
            start: reckoned(start)?,
            first,
            facts: Vec::new(),
            working_days: Vec::new(),
            months: Vec::new(),
        };
        let opens = date_after(start, first)?;
        date_after(start, last)?;
        almanac.months.push(first - opens.day0() as i32);
        let mut holidays = holidays.to_vec();
        holidays.sort_unstable();
        for (day, date) in (first.0..=last.0).map(Day).zip(opens.iter_days()) {
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
                working_before: almanac.working_days.len() as u32,
            };
            if facts.is_working {
                almanac.working_days.push(day);
            }
            if date.day() == u32::from(date.num_days_in_month()) {
                almanac.months.push(day + 1);
            }
            almanac.facts.push(facts);
        }
        Ok(almanac)
    }

    /// Returns all the calendar says about `day`; ask once where several facts are needed.
    ///
    /// # Panics
    ///
    /// If `day` is not covered: the almanac of a run covers its history and what can follow its horizon.
    #[must_use]
    pub fn facts(&self, day: Day) -> &DayFacts {
        let row = i64::from(day.0) - i64::from(self.first.0);
        let found = usize::try_from(row).ok().and_then(|row| self.facts.get(row));
        found.expect("invariant: the almanac covers every day a run can ask for")
    }

    /// Returns the date of `day`.
    #[must_use]
    pub fn date(&self, day: Day) -> NaiveDate {
        self.facts(day).date
    }

    /// Returns date and time of day of `at`.
    #[must_use]
    pub fn instant(&self, at: SimTime) -> NaiveDateTime {
        let second = u32::try_from(at.second_of_day()).expect("invariant: a day has 86,400 seconds");
        self.date(at.day()).and_time(NaiveTime::MIN) + TimeDelta::seconds(second.into())
    }

    /// Returns the day of `date`, covered or not.
    #[must_use]
    pub fn day_of(&self, date: NaiveDate) -> Day {
        let days = date.signed_duration_since(self.start).num_days();
        Day(i32::try_from(days).expect("invariant: dates lie within 2^31 days of each other"))
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
    #[must_use]
    pub fn is_holiday(&self, day: Day) -> bool {
        self.facts(day).is_holiday
    }

    /// Returns whether `day` is neither at a weekend nor a holiday.
    #[must_use]
    pub fn is_working(&self, day: Day) -> bool {
        self.facts(day).is_working
    }

    /// Returns whether `day` is the first of its month.
    #[must_use]
    pub fn is_month_start(&self, day: Day) -> bool {
        self.facts(day).is_month_start
    }

    /// Returns the month of `day` in its calendar year, from 1 to 12.
    #[must_use]
    pub fn month_of_year(&self, day: Day) -> u32 {
        self.facts(day).date.month()
    }

    /// Returns the calendar quarter of `day`, counted from the first of the year 0.
    #[must_use]
    pub fn quarter(&self, day: Day) -> i32 {
        let date = self.facts(day).date;
        date.year() * 4 + date.month0() as i32 / 3
    }

    /// Returns the first of a month on or after `day`.
    #[must_use]
    pub fn next_month_start(&self, day: Day) -> Day {
        let date = self.facts(day).date;
        let passed = date.day0() as i32;
        if passed == 0 { day } else { day + (i32::from(date.num_days_in_month()) - passed) }
    }

    /// Returns the first of January, April, July or October on or after `day`.
    #[must_use]
    pub fn next_quarter_start(&self, day: Day) -> Day {
        let mut first = self.next_month_start(day);
        while !self.facts(first).date.month0().is_multiple_of(3) {
            first = self.next_month_start(first + 1);
        }
        first
    }

    /// Returns the day `months` calendar months after `day`: the same day of the month, or the month's last
    /// where it is shorter.
    ///
    /// A recurring date must be counted from its anchor each time, `add_months(anchor, n)`:
    /// 31 January plus one month is 28 February, plus two is 31 March.
    #[must_use]
    pub fn add_months(&self, day: Day, months: u32) -> Day {
        let facts = self.facts(day);
        let place = (facts.month - self.facts[0].month) as usize;
        let passed = day.0 - self.months[place].0;
        match self.months.get(place + months as usize..) {
            Some(&[begins, ends, ..]) => Day((begins.0 + passed).min(ends.0 - 1)),
            _ => {
                let date = facts.date.checked_add_months(Months::new(months));
                self.day_of(date.expect("invariant: a run ends long before the calendar does"))
            }
        }
    }

    /// Returns how many whole months lie between `from` and `to`: the largest `n` for which
    /// `add_months(from, n) <= to`, or -1 where `to` comes before `from`.
    #[must_use]
    pub fn months_between(&self, from: Day, to: Day) -> i32 {
        if to < from {
            return -1;
        }
        let (a, b) = (self.facts(from), self.facts(to));
        let months = b.month - a.month;
        if self.add_months(from, months as u32) > to { months - 1 } else { months }
    }

    /// Returns `day` if it is a working day, else the first one after it.
    #[must_use]
    pub fn next_working_day(&self, day: Day) -> Day {
        self.add_working_days(day, 0)
    }

    /// Returns the `count`-th working day after `day`.
    ///
    /// `day` itself never counts, save that zero asks for `day` or, if it is no working day, the
    /// first one after it.
    #[must_use]
    pub fn add_working_days(&self, day: Day, count: u32) -> Day {
        let facts = self.facts(day);
        let here = facts.working_before as usize;
        let place = if count == 0 { here } else { here + usize::from(facts.is_working) + count as usize - 1 };
        *self.working_days.get(place).expect("invariant: the almanac covers every day a run can ask for")
    }
}

/// Returns `date` if the calendar reckons with its year.
fn reckoned(date: NaiveDate) -> Result<NaiveDate, TimeError> {
    if (1901..=2099).contains(&date.year()) { Ok(date) } else { Err(TimeError::DateOutsideCalendar(date)) }
}

/// Returns the date `day` days after `start`, if the calendar reckons with its year.
fn date_after(start: NaiveDate, day: Day) -> Result<NaiveDate, TimeError> {
    let distance = Days::new(u64::from(day.0.unsigned_abs()));
    let date = if day.0 >= 0 { start.checked_add_days(distance) } else { start.checked_sub_days(distance) };
    date.and_then(|date| reckoned(date).ok())
        .ok_or(TimeError::OutsideCalendar { start, day: i64::from(day.0) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// 2023 to 2028 around 1 January 2024 (a Monday), New Year and Christmas off.
    fn six_years() -> Almanac {
        let holidays = ["2024-12-25", "2024-01-01", "2025-01-01", "2024-01-01"].map(date);
        Almanac::new(date("2024-01-01"), Day(-365), Day(5 * 366), &holidays).unwrap()
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
                assert_eq!(
                    almanac.weekday(almanac.day_of(date(text))),
                    weekday,
                    "{text} counted from {start}"
                );
            }
        }
    }

    #[test]
    fn every_day_of_the_table_agrees_with_the_calendar() {
        let almanac = six_years();
        let starts = |days: std::ops::Range<i32>| days.filter(|&d| almanac.is_month_start(Day(d))).count();
        assert_eq!((starts(0..366), starts(-365..0)), (12, 12));
        assert_eq!(almanac.date(Day(60)), date("2024-03-01"), "2024 is a leap year");
        assert!(almanac.is_holiday(Day(0)) && !almanac.is_working(Day(0)));
        // 366 days of 2024 hold 104 days at weekends and two holidays on weekdays.
        assert_eq!((0..366).filter(|&d| almanac.is_working(Day(d))).count(), 260);
        assert_eq!((0..366).filter(|&d| almanac.facts(Day(d)).is_weekend).count(), 104);
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
            ("2024-11-30",   3, "2025-02-28"),
            ("2024-05-15",   0, "2024-05-15"),
        ];
        let almanac = six_years();
        for (anchor, months, answer) in cases {
            let found = almanac.add_months(almanac.day_of(date(anchor)), months);
            assert_eq!(almanac.date(found), date(answer), "{anchor} and {months} months");
        }
    }

    #[test]
    fn whole_months_between_two_days() {
        #[rustfmt::skip]
        let cases = [
            ("2024-01-31", "2024-02-28", 0), ("2024-01-31", "2024-02-29", 1), ("2024-01-15", "2025-01-14", 11),
            ("2024-01-15", "2025-01-15", 12), ("2024-01-15", "2024-01-14", -1), ("2024-02-29", "2025-02-28", 12),
        ];
        let almanac = six_years();
        for (from, to, months) in cases {
            let found = almanac.months_between(almanac.day_of(date(from)), almanac.day_of(date(to)));
            assert_eq!(found, months, "from {from} to {to}");
        }
    }

    #[test]
    fn next_starts_of_month_and_quarter_may_be_today() {
        let almanac = six_years();
        let cases = [
            ("2024-02-01", "2024-02-01", "2024-04-01"),
            ("2024-02-02", "2024-03-01", "2024-04-01"),
            ("2024-04-01", "2024-04-01", "2024-04-01"),
            ("2024-12-31", "2025-01-01", "2025-01-01"),
        ];
        for (from, month, quarter) in cases {
            let day = almanac.day_of(date(from));
            assert_eq!(almanac.date(almanac.next_month_start(day)), date(month), "month after {from}");
            assert_eq!(almanac.date(almanac.next_quarter_start(day)), date(quarter), "quarter after {from}");
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
            ("2024-12-24",   1, "2024-12-26"), // over Christmas
            ("2024-12-25",   0, "2024-12-26"),
            ("2024-01-02",  10, "2024-01-16"),
            ("2023-12-29",   1, "2024-01-02"), // from history over New Year
        ];
        let almanac = six_years();
        for (from, count, answer) in cases {
            let found = almanac.add_working_days(almanac.day_of(date(from)), count);
            assert_eq!(almanac.date(found), date(answer), "{count} working days from {from}");
        }
    }

    #[test]
    fn calendar_quarters_are_counted_without_a_gap() {
        let almanac = six_years();
        let quarter = |text| almanac.quarter(almanac.day_of(date(text)));
        assert_eq!(quarter("2024-01-01") - quarter("2023-12-31"), 1);
        assert_eq!(quarter("2024-03-31"), quarter("2024-01-01"));
        assert_eq!(quarter("2025-01-01") - quarter("2024-01-01"), 4);
    }

    #[test]
    fn an_almanac_of_no_day_or_beyond_the_calendar_is_refused() {
        let new = |start, first, last| Almanac::new(date(start), Day(first), Day(last), &[]);
        assert!(matches!(new("2024-01-01", 1, 0), Err(TimeError::Empty { .. })));
        assert!(matches!(new("2099-12-31", 0, 1), Err(TimeError::OutsideCalendar { .. })));
        assert!(matches!(new("1900-12-31", 0, 1), Err(TimeError::DateOutsideCalendar(_))));
    }
}
