//! Advisors: who is there on which day, for how many hours, and how long a piece of work takes them.
//!
//! ```text
//! day of an advisor   opens ──[meeting]── customers at `speed` ── closes
//! ```
//!
//! Admin, training and other meetings are spread over the day: an advisor works for customers at a *speed*, the share
//! of the hour that is theirs. A new advisor's speed grows in a straight line over the ramp. A piece of work of an hour
//! takes `1 / speed` hours of an advisor's working day, and goes on the next day where the day ends before it does.

use crate::base::math::ln;
use crate::base::random::{Purpose, Streams};
use crate::base::time::{Almanac, Day, SimTime};
use crate::capacity::PoolSettings;
use crate::capacity::hours::Hours;

/// Weeks among which leave is spread.
const WEEKS_A_YEAR: u32 = 52;

/// A stretch of a day in which an advisor works for customers, from `opens` until `closes`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shift {
    /// Its beginning.
    pub opens: SimTime,
    /// Its end.
    pub closes: SimTime,
    /// Seconds for customers in each second.
    pub speed: f64,
}

impl Shift {
    /// Returns the time for customers in it (s).
    #[must_use]
    pub fn seconds(&self) -> f64 {
        (self.closes.0 - self.opens.0) as f64 * self.speed
    }
}

/// Which place of a pool somebody fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The place, counted from 0; a pool has as many as advisors at the start, and more where it grows.
    pub number: u32,
    /// How many have filled it before: nobody, or those who were replaced.
    pub before: u32,
}

/// Somebody in the pool, from the day hired until the day they leave.
#[derive(Debug, Clone, PartialEq)]
pub struct Advisor {
    /// The place that they fill.
    pub place: Place,
    /// First day.
    pub hired: Day,
    /// Day after the last.
    pub gone: Day,
    /// Whether they are fully trained when the roster begins.
    is_trained: bool,
    /// By day from the roster's first: on leave or sick.
    away: Vec<bool>,
}

/// The advisors of a pool and its hours, over all days of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Roster {
    /// Everybody who is ever in the pool, in the order of the places they fill.
    pub advisors: Vec<Advisor>,
    /// When the pool works; days are dates by its own clock.
    pub hours: Hours,
    /// Speed of a trained advisor.
    speed: f64,
    ramp: f64,
    /// The day that has begun, and everybody's shift on it: most of what is asked is asked about today.
    today: (Day, Vec<Option<Shift>>),
}

impl Roster {
    /// Draws the roster of the pool numbered `pool` for the days of its `hours`.
    ///
    /// Who has left is replaced, place by place; the time until somebody leaves has no memory.
    #[must_use]
    pub fn new(
        settings: &PoolSettings,
        pool: u32,
        hours: Hours,
        almanac: &Almanac,
        streams: &Streams,
    ) -> Self {
        let (first, last) = (hours.first(), hours.last());
        let mut roster = Self {
            advisors: Vec::new(),
            speed: if settings.always_open {
                1.0
            } else {
                settings.customer_share.get() * settings.part_time.get()
            },
            ramp: settings.ramp.in_days(),
            today: (Day(i32::MIN), Vec::new()),
            hours,
        };
        let mut places: Vec<(Day, Day)> = vec![(first, Day(last.0 + 1)); settings.advisors.get() as usize];
        let mut changes: Vec<(Day, f64)> = settings
            .staffing
            .iter()
            .map(|change| (almanac.day_of(change.from.get()), change.change.get()))
            .collect();
        changes.sort_by_key(|&(day, _)| day);
        for (day, change) in changes {
            for _ in 0..change.abs().round() as u32 {
                if change > 0.0 {
                    places.push((day, Day(last.0 + 1)));
                } else if let Some(place) = places.iter_mut().rev().find(|place| place.1 > day) {
                    place.1 = day;
                }
            }
        }
        for (place, (from, to)) in (0..).zip(places) {
            roster.fill(settings, (pool, place), (from, to), almanac, streams);
        }
        roster
    }

    /// Fills a place of the pool from one day up to another, by one advisor after the other.
    fn fill(
        &mut self,
        settings: &PoolSettings,
        (pool, number): (u32, u32),
        (from, to): (Day, Day),
        almanac: &Almanac,
        streams: &Streams,
    ) {
        let place = pool << 16 | number;
        let rate = if self.hours.is_always_open() { 0.0 } else { settings.attrition.per_day() };
        let mut hired = from;
        for turn in 0.. {
            let stays = if rate > 0.0 {
                (-ln(streams.draw(Purpose::Advisor, place, turn, 0).uniform(0)) / rate).min(40_000.0)
            } else {
                40_000.0
            };
            let gone = Day((hired.0 + (stays.ceil() as i32).max(1)).min(to.0));
            let away = self.away(settings, (place, turn), hired, gone, almanac, streams);
            let is_trained = hired == self.hours.first();
            self.advisors.push(Advisor {
                place: Place { number, before: turn },
                hired,
                gone,
                is_trained,
                away,
            });
            hired = Day(gone.0 + settings.replacement.in_days().ceil() as i32);
            if hired >= to {
                return;
            }
        }
    }

    /// Draws the days on which an advisor is on leave (in whole weeks, and one of the days that are left) or sick.
    fn away(
        &self,
        settings: &PoolSettings,
        (place, turn): (u32, u32),
        hired: Day,
        gone: Day,
        almanac: &Almanac,
        streams: &Streams,
    ) -> Vec<bool> {
        let days = (self.hours.last().0 - self.hours.first().0 + 1) as usize;
        let mut away = vec![false; days];
        if self.hours.is_always_open() {
            return away;
        }
        let week_days = settings.weekdays.len().max(1) as u32;
        let sick = f64::from(settings.sick_days.get()) / f64::from(week_days * WEEKS_A_YEAR);
        let from = hired.max(self.hours.first());
        let inside = |day: Day| day >= from && day < gone && self.hours.covers(day);
        for year in from.0.div_euclid(364)..=gone.0.div_euclid(364) {
            let begins = year * 364;
            let holidays = (begins..begins + 364)
                .map(Day)
                .filter(|&day| inside(day) && self.hours.is_holiday(day) && !almanac.is_weekend(day))
                .count() as u32;
            let spent = if settings.leave_includes_holidays { holidays } else { 0 };
            let mut left = settings.leave_days.get().saturating_sub(spent);
            // The weeks of the year in a drawn order: leave is taken in the first of them.
            let mut weeks: Vec<(u32, u32)> = (0..WEEKS_A_YEAR)
                .map(|week| {
                    let key = (year + 4096) as u32 * 64 + week;
                    (streams.draw(Purpose::Advisor, place, turn, key << 1 | 1).words()[0], week)
                })
                .collect();
            weeks.sort_unstable();
            for (_, week) in weeks {
                for day in (begins + 7 * week as i32..begins + 7 * week as i32 + 7).map(Day) {
                    // Days before they came or after they left count, so that part of a year has part of the leave.
                    let takes = if inside(day) { self.hours.works_on(day) } else { !almanac.is_weekend(day) };
                    if left > 0 && takes {
                        left -= 1;
                        if inside(day) {
                            away[self.row(day)] = true;
                        }
                    }
                }
            }
        }
        for day in (from.0..gone.0).map(Day).filter(|&day| inside(day)) {
            let draw = || streams.draw(Purpose::Advisor, place, turn, ((day.0 + 400_000) as u32) << 1);
            let row = self.row(day);
            away[row] |= self.hours.works_on(day) && draw().uniform(1) < sick;
        }
        away
    }

    fn row(&self, day: Day) -> usize {
        (day.0 - self.hours.first().0) as usize
    }

    /// Returns the moment from which on an advisor is gone.
    #[must_use]
    pub fn leaves(&self, advisor: usize) -> SimTime {
        self.hours.begins(self.advisors[advisor].gone)
    }

    /// Lets `day` begin.
    pub fn begin_day(&mut self, day: Day) {
        self.today.0 = day;
        self.today.1 = (0..self.advisors.len()).map(|advisor| self.shift_of(advisor, day)).collect();
    }

    /// Returns the hours of an advisor on `day`, if they are there.
    #[must_use]
    pub fn shift(&self, advisor: usize, day: Day) -> Option<Shift> {
        if day == self.today.0 { self.today.1[advisor] } else { self.shift_of(advisor, day) }
    }

    fn shift_of(&self, advisor: usize, day: Day) -> Option<Shift> {
        let someone = &self.advisors[advisor];
        let opens = self.hours.opens_on(day)?;
        if day < someone.hired || day >= someone.gone || someone.away[self.row(day)] {
            return None;
        }
        let days = f64::from(day.0 - someone.hired.0) + 0.5;
        let trained = if someone.is_trained || self.ramp <= 0.0 { 1.0 } else { (days / self.ramp).min(1.0) };
        let closes = self.hours.closes_on(day);
        let speed = self.speed * trained;
        (opens < closes && speed > 0.0).then_some(Shift { opens, closes, speed })
    }

    /// Returns the shift that an advisor has at this moment.
    #[must_use]
    pub fn shift_at(&self, advisor: usize, now: SimTime) -> Option<Shift> {
        self.shift(advisor, self.hours.date(now)).filter(|shift| shift.opens <= now && now < shift.closes)
    }

    /// Returns when an advisor who begins at `from` has worked for `seconds` on customers, of which a share `spent` of
    /// each hour goes elsewhere; [`None`] if they leave before.
    #[must_use]
    pub fn finish(&self, advisor: usize, from: SimTime, seconds: f64, spent: f64) -> Option<SimTime> {
        let mut left = seconds;
        let mut day = self.hours.date(from);
        while self.hours.covers(day) && day < self.advisors[advisor].gone {
            if let Some(shift) = self.shift(advisor, day) {
                let begins = shift.opens.max(from);
                let speed = shift.speed * (1.0 - spent);
                let needed = (left / speed).round();
                let open = (shift.closes.0 - begins.0) as f64;
                if open > 0.0 && needed <= open {
                    return Some(SimTime(begins.0 + needed as i64));
                }
                left -= open.max(0.0) * speed;
            }
            day = day + 1;
        }
        None
    }

    /// Returns how much of a piece of work an advisor does between two moments (s).
    #[must_use]
    pub fn worked(&self, advisor: usize, from: SimTime, to: SimTime, spent: f64) -> f64 {
        let mut done = 0.0;
        for day in (self.hours.date(from).0..=self.hours.date(to).0).map(Day) {
            if let Some(shift) = self.shift(advisor, day) {
                let open = shift.closes.min(to).0 - shift.opens.max(from).0;
                done += open.max(0) as f64 * shift.speed * (1.0 - spent);
            }
        }
        done
    }

    /// Returns the time for customers of all advisors on `day` (s).
    #[must_use]
    pub fn staffed(&self, day: Day) -> f64 {
        self.staffed_after(day, SimTime(i64::MIN))
    }

    /// Returns the time for customers of all advisors on `day` that comes after a moment (s).
    #[must_use]
    pub fn staffed_after(&self, day: Day, now: SimTime) -> f64 {
        (0..self.advisors.len())
            .filter_map(|advisor| self.shift(advisor, day))
            .map(|shift| Shift { opens: shift.opens.max(now).min(shift.closes), ..shift }.seconds())
            .sum()
    }
}
