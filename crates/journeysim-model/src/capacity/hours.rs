//! When a pool works: its days and hours by its own clock, told by the clock of the scenario.
//!
//! A run has one clock. A pool in another time zone opens and closes by its own: each of its days is turned into seconds
//! of the run's clock, summer time on either side included. Its Monday may so begin on the run's Sunday, and end on
//! the run's Tuesday.
//!
//! # Invariants
//!
//! - Days follow each other: none begins before the one before it has closed.
//! - A day on which the clock of the run is put forward or back has 86,400 seconds all the same; working hours during which
//!   that happens (at weekends before dawn, in most zones) are an hour longer or shorter.

use chrono::{Duration, NaiveDate, NaiveDateTime, TimeZone};
use chrono_tz::Tz;

use crate::base::time::{Almanac, Day, SimTime};
use crate::capacity::{Meeting, PoolSettings};
use crate::language::Zone;

const DAY: i64 = 86_400;

/// A day of a pool whose clock is not that of the run (s of the run's clock).
#[derive(Debug, Clone, Copy, PartialEq)]
struct LocalDay {
    begins: i64,
    opens: i64,
    closes: i64,
}

/// The working days and hours of a pool over all days of a run; a [`Day`] is a date by the pool's own clock.
#[derive(Debug, Clone, PartialEq)]
pub struct Hours {
    first: Day,
    always_open: bool,
    /// From midnight (s).
    opens: i64,
    closes: i64,
    meeting: i64,
    /// By day from the first: whether the pool works, and whether the team meets.
    works: Vec<bool>,
    meets: Vec<bool>,
    /// By day from the first: whether it is a public holiday where the pool is.
    holidays: Vec<bool>,
    /// Working seconds before each day.
    worked_before: Vec<i64>,
    /// By day from the first; empty where the pool's clock is the run's.
    elsewhere: Vec<LocalDay>,
}

impl Hours {
    /// Lays out the hours of a pool for the days from `first` up to `last`; `clock` is the time zone of the run's clock,
    /// if there is one, and `holidays` are the public holidays where the pool is.
    #[must_use]
    pub fn new(
        settings: &PoolSettings,
        clock: Option<Zone>,
        holidays: impl Fn(Day) -> bool,
        almanac: &Almanac,
        (first, last): (Day, Day),
    ) -> Self {
        let days = || (first.0..=last.0).map(Day);
        let off: Vec<Day> = settings.holidays.iter().map(|date| almanac.day_of(date.get())).collect();
        let is_weekday =
            |day: Day| settings.weekdays.iter().any(|&weekday| weekday as u8 == almanac.weekday(day));
        let holidays: Vec<bool> = days().map(holidays).collect();
        let works = days().zip(&holidays).map(|(day, is_holiday)| {
            settings.always_open || (is_weekday(day) && !is_holiday && !off.contains(&day))
        });
        let meets = days().map(|day| match settings.meeting {
            _ if settings.always_open => false,
            Meeting::Never => false,
            Meeting::Weekly => almanac.weekday(day) == 0,
            Meeting::EveryTwoWeeks => almanac.weekday(day) == 0 && day.0.div_euclid(7) % 2 == 0,
        });
        let (opens, closes) =
            if settings.always_open { (0, DAY) } else { (settings.opens.get(), settings.closes.get()) };
        let mut hours = Self {
            first,
            always_open: settings.always_open,
            opens,
            closes,
            meeting: settings.meeting_length.get(),
            works: works.collect(),
            meets: meets.collect(),
            holidays,
            worked_before: Vec::new(),
            elsewhere: Vec::new(),
        };
        if let (Some(clock), Some(zone), false) = (clock, settings.time_zone, settings.always_open) {
            let start = almanac.date(Day(0));
            hours.elsewhere = local_days(zone.get(), clock.get(), start, (opens, closes), days());
        }
        let lengths = days().zip(&hours.works).map(|(day, &works)| {
            let (opens, closes) = hours.open_and_close(day);
            if works { closes - opens } else { 0 }
        });
        hours.worked_before =
            lengths.scan(0, |before, length| Some(std::mem::replace(before, *before + length))).collect();
        hours
    }

    /// Returns the first day.
    #[must_use]
    pub fn first(&self) -> Day {
        self.first
    }

    /// Returns the last day.
    #[must_use]
    pub fn last(&self) -> Day {
        Day(self.first.0 + self.works.len() as i32 - 1)
    }

    /// Returns whether there are hours for `day`.
    #[must_use]
    pub fn covers(&self, day: Day) -> bool {
        self.first <= day && day <= self.last()
    }

    /// Returns whether the pool is open at all hours of all days.
    #[must_use]
    pub fn is_always_open(&self) -> bool {
        self.always_open
    }

    fn row(&self, day: Day) -> usize {
        (day.0 - self.first.0) as usize
    }

    fn local(&self, day: Day) -> Option<&LocalDay> {
        self.elsewhere.get(self.row(day))
    }

    /// Returns when the hours of `day` begin and end, meetings included (s).
    fn open_and_close(&self, day: Day) -> (i64, i64) {
        let midnight = SimTime::from_day(day).0;
        self.local(day)
            .map_or((midnight + self.opens, midnight + self.closes), |local| (local.opens, local.closes))
    }

    /// Returns the date by the pool's own clock.
    #[must_use]
    pub fn date(&self, now: SimTime) -> Day {
        if self.elsewhere.is_empty() {
            return now.day();
        }
        let begun = self.elsewhere.partition_point(|local| local.begins <= now.0);
        Day(self.first.0 + begun as i32 - 1)
    }

    /// Returns when `day` begins by the pool's own clock.
    #[must_use]
    pub fn begins(&self, day: Day) -> SimTime {
        self.local(day).map_or(SimTime::from_day(day), |local| SimTime(local.begins))
    }

    /// Returns whether the pool works on `day`.
    #[must_use]
    pub fn works_on(&self, day: Day) -> bool {
        self.works.get(self.row(day)).copied().unwrap_or(false)
    }

    /// Returns whether `day` is a public holiday where the pool is.
    #[must_use]
    pub fn is_holiday(&self, day: Day) -> bool {
        self.holidays.get(self.row(day)).copied().unwrap_or(false)
    }

    /// Returns when the pool begins to work for customers on `day`, if it does at all.
    #[must_use]
    pub fn opens_on(&self, day: Day) -> Option<SimTime> {
        self.works_on(day).then(|| {
            let (opens, closes) = self.open_and_close(day);
            SimTime(if self.meets[self.row(day)] { (opens + self.meeting).min(closes) } else { opens })
        })
    }

    /// Returns when the pool ends its work on `day`.
    #[must_use]
    pub fn closes_on(&self, day: Day) -> SimTime {
        SimTime(self.open_and_close(day).1)
    }

    /// Returns when the pool begins and ends its work for customers on `day`; without an end where it is always open.
    #[must_use]
    pub fn window(&self, day: Day) -> (SimTime, SimTime) {
        let closes = self.closes_on(day);
        match self.opens_on(day) {
            _ if self.always_open => (SimTime(i64::MIN), SimTime(i64::MAX)),
            Some(opens) => (opens, closes),
            None => (closes, closes),
        }
    }

    /// Returns the working time of the pool between two moments (s).
    #[must_use]
    pub fn elapsed(&self, from: SimTime, to: SimTime) -> i64 {
        if from == to { 0 } else { self.working_seconds_before(to) - self.working_seconds_before(from) }
    }

    fn working_seconds_before(&self, moment: SimTime) -> i64 {
        // By a clock that is behind, the run may begin on the day before the first.
        let day = self.date(moment).max(self.first);
        let row = self.row(day).min(self.works.len() - 1);
        let (opens, closes) = self.open_and_close(day);
        self.worked_before[row] + if self.works[row] { moment.0.clamp(opens, closes) - opens } else { 0 }
    }
}

/// Tells the days of a pool in `zone` by a clock in the zone `clock` that stood at midnight of `start` at second 0.
fn local_days(
    zone: Tz,
    clock: Tz,
    start: NaiveDate,
    (opens, closes): (i64, i64),
    days: impl Iterator<Item = Day>,
) -> Vec<LocalDay> {
    let origin = start.and_hms_opt(0, 0, 0).expect("invariant: every day has a midnight");
    let told = |day: Day, second: i64| {
        let local = origin + Duration::seconds(i64::from(day.0) * DAY + second);
        let there = instant(zone, local).with_timezone(&clock);
        (there.naive_local() - origin).num_seconds()
    };
    let mut closed = i64::MIN;
    days.map(|day| {
        // Where the run's clock is put back, an hour comes twice: it belongs to the day that had it first.
        let begins = told(day, 0).max(closed);
        let opens = told(day, opens).max(begins);
        closed = told(day, closes).max(opens);
        LocalDay { begins, opens, closes: closed }
    })
    .collect()
}

/// The instant of a local time: the first of two where the clock is put back, the end of the gap where it is put forward.
fn instant(zone: Tz, local: NaiveDateTime) -> chrono::DateTime<Tz> {
    let quarters = (0..).map(|quarter| local + Duration::minutes(15 * quarter));
    quarters
        .filter_map(|time| zone.from_local_datetime(&time).earliest())
        .next()
        .expect("invariant: every gap of a clock ends")
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600;

    /// The hours of a pool from 9 to 17 o'clock in `zone` on a date, by a clock in Berlin (h from midnight of that date).
    fn in_berlin(zone: Tz, date: &str) -> (f64, f64) {
        let start: NaiveDate = "2024-01-01".parse().unwrap();
        let day = (date.parse::<NaiveDate>().unwrap() - start).num_days();
        let days = local_days(zone, Tz::Europe__Berlin, start, (9 * HOUR, 17 * HOUR), (0..900).map(Day));
        let hour = |second: i64| (second - day * DAY) as f64 / HOUR as f64;
        (hour(days[day as usize].opens), hour(days[day as usize].closes))
    }

    /// Berlin is an hour before Greenwich, two from the last Sunday in March to the last in October. The summer of America
    /// begins on the second Sunday in March and ends on the first in November; that of Sydney ends on the first Sunday in April
    /// and begins on the first in October; India has none.
    #[test]
    fn hours_elsewhere_follow_summer_time_on_either_side() {
        #[rustfmt::skip]
        let cases = [
            (Tz::Europe__Berlin,       "2024-03-29",  9.0, 17.0),
            (Tz::Europe__Berlin,       "2024-04-02",  9.0, 17.0),
            (Tz::Europe__London,       "2024-07-01", 10.0, 18.0),
            (Tz::America__Los_Angeles, "2024-02-05", 18.0, 26.0),
            (Tz::America__Los_Angeles, "2024-03-11", 17.0, 25.0),
            (Tz::America__Los_Angeles, "2024-04-01", 18.0, 26.0),
            (Tz::America__Los_Angeles, "2024-10-28", 17.0, 25.0),
            (Tz::America__Los_Angeles, "2025-11-03", 18.0, 26.0),
            (Tz::Australia__Sydney,    "2024-02-05", -1.0,  7.0),
            (Tz::Australia__Sydney,    "2024-04-02",  0.0,  8.0),
            (Tz::Australia__Sydney,    "2024-07-01",  1.0,  9.0),
            (Tz::Asia__Kolkata,        "2024-02-05",  4.5, 12.5),
            (Tz::Asia__Kolkata,        "2024-07-01",  5.5, 13.5),
        ];
        for (zone, date, opens, closes) in cases {
            assert_eq!(in_berlin(zone, date), (opens, closes), "{zone} {date}");
        }
    }

    #[test]
    fn days_follow_each_other_even_where_the_clock_is_put_back() {
        let start: NaiveDate = "2024-01-01".parse().unwrap();
        for zone in [Tz::America__New_York, Tz::Pacific__Auckland, Tz::Australia__Lord_Howe, Tz::Asia__Beirut]
        {
            let days = local_days(zone, Tz::America__Los_Angeles, start, (0, DAY), (0..1_200).map(Day));
            for pair in days.windows(2) {
                assert!(pair[0].begins <= pair[0].opens && pair[0].opens < pair[0].closes, "{pair:?}");
                assert!(pair[0].closes <= pair[1].begins, "{pair:?}");
            }
            let hours: Vec<i64> = days.iter().map(|day| (day.closes - day.opens) / HOUR).collect();
            assert!(hours.iter().all(|hours| (22..=26).contains(hours)), "{zone}: {hours:?}");
        }
    }
}
