//! Touchpoints made ready to run: when each is due, as a pure function of the account's clocks.
//!
//! Due dates follow from clocks and calendar alone, never from what happened before. So a program can be put in
//! force on any day, and a touchpoint's draws can be keyed by the date it is due: adding or moving another
//! touchpoint changes none of them.

use crate::base::dist::Bounded;
use crate::base::random::label;
use crate::base::time::{Almanac, Day};
use crate::language::Span;
use crate::program::stage::Clock;
use crate::program::touchpoint::{Anchor, Channel, Each, Happening, Touchpoint};
use crate::usage::activity::{LiftKind, LiftTarget};

/// The origins of an account's day counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clocks {
    /// Contract close.
    pub close: Day,
    /// Start of the first term.
    pub contract_start: Day,
    /// First ping, once it has come.
    pub production_ready: Option<Day>,
}

impl Clocks {
    /// Returns the origin of `clock`, if it is known yet.
    #[must_use]
    pub fn origin(&self, clock: Clock) -> Option<Day> {
        match clock {
            Clock::Close => Some(self.close),
            Clock::ContractStart => Some(self.contract_start),
            Clock::ProductionReady => self.production_ready,
        }
    }
}

/// When a touchpoint is due.
#[derive(Debug, Clone, PartialEq)]
pub enum Trigger {
    /// At each of these days after the clock's origin.
    At(Vec<i32>),
    /// Every so many days.
    Every(i32),
    /// Every so many days, each date moved on to the next start of a calendar quarter.
    EveryAtQuarter(i32),
    /// After each calendar month.
    MonthEnd,
    /// At the start of each calendar quarter.
    CalendarQuarter,
    /// So many times a contract year, the last on the anniversary.
    Anniversary(u32),
    /// When something happens.
    On(Happening),
}

/// One lift that a touchpoint leaves behind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lift {
    /// Index among the scenario's kinds of lifts.
    pub kind: usize,
    /// Amount in the unit of the kind's target.
    pub amount: f32,
}

/// A touchpoint ready to run.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The touchpoint as written.
    pub touchpoint: Touchpoint,
    /// Key of its draws, from its name.
    pub label: u32,
    /// When it is due.
    pub trigger: Trigger,
    clock: Clock,
    after: i32,
    /// Longest time from the date it is due by clock and calendar to the day it is worked (days).
    pub longest_delay: i32,
    /// What it leaves behind where it reaches the customer.
    pub lifts: Vec<Lift>,
    /// What an account that takes itself in hand gains.
    pub recovery: Option<Lift>,
}

impl Plan {
    /// Prepares `touchpoint`; `touch_clock` is the program's origin of day counts, and `lifts` collects the kinds
    /// of lifts of all touchpoints.
    ///
    /// Returns [`None`] where not exactly one trigger is given, which the check of a scenario reports.
    #[must_use]
    pub fn new(touchpoint: &Touchpoint, touch_clock: Clock, lifts: &mut Vec<LiftKind>) -> Option<Self> {
        let trigger = match (&touchpoint.at, touchpoint.every, touchpoint.each, touchpoint.on) {
            (Some(times), None, None, None) => Trigger::At(times.iter().map(|&span| days(span)).collect()),
            (None, Some(every), None, None) => match touchpoint.anchor {
                Anchor::Anniversary => Trigger::Every(days(every).max(1)),
                Anchor::CalendarQuarter => Trigger::EveryAtQuarter(days(every).max(1)),
            },
            (None, None, Some(Each::MonthEnd), None) => Trigger::MonthEnd,
            (None, None, Some(Each::CalendarQuarter), None) => Trigger::CalendarQuarter,
            (None, None, Some(Each::Anniversary), None) => {
                Trigger::Anniversary(touchpoint.times_per_year.get().clamp(1, 12))
            }
            (None, None, None, Some(happening)) => Trigger::On(happening),
            _ => return None,
        };
        let origin = touchpoint.from.clone();
        let mut kind = |target, half_life: Option<Span>| {
            let daily_factor =
                half_life.map_or(1.0, |span| crate::base::math::half_life_factor(span.in_days()) as f32);
            let kind = LiftKind { target, daily_factor };
            lifts.iter().position(|&known| known == kind).unwrap_or_else(|| {
                lifts.push(kind);
                lifts.len() - 1
            })
        };
        let mut own = Vec::new();
        let mut recovery = None;
        if let Some(effect) = &touchpoint.effect {
            let mut lift = |target, amount: Option<f64>, half_life| {
                if let Some(amount) = amount {
                    own.push(Lift { kind: kind(target, half_life), amount: amount as f32 });
                }
            };
            let half_life = effect.half_life;
            lift(
                LiftTarget::Speed,
                effect.adoption_speed.map(super::super::language::share::Relative::get),
                half_life,
            );
            lift(LiftTarget::Speed, effect.adoption_pace.map(|factor| factor.get() - 1.0), half_life);
            lift(
                LiftTarget::Ceiling,
                effect.adoption_ceiling.map(super::super::language::share::Points::get),
                half_life,
            );
            lift(
                LiftTarget::Engagement,
                effect.engagement.map(super::super::language::share::Points::get),
                half_life,
            );
            lift(
                LiftTarget::Relationship,
                effect.relationship.map(super::super::language::plain::Number::get),
                half_life,
            );
            let odds = effect.renewal_odds.map(|factor| -crate::base::math::ln(factor.get()));
            lift(LiftTarget::Odds, odds, half_life);
            recovery = effect.recovery.map(|points| Lift {
                kind: kind(LiftTarget::Ceiling, half_life),
                amount: points.get() as f32,
            });
        }
        Some(Self {
            touchpoint: touchpoint.clone(),
            label: label(touchpoint.name.as_str()),
            trigger,
            clock: origin.as_ref().and_then(|origin| origin.clock).unwrap_or(touch_clock),
            after: origin.map_or(0, |origin| days(origin.after)),
            longest_delay: longest_delay(touchpoint),
            lifts: own,
            recovery,
        })
    }

    /// Returns the first date from `from` on at which this is due by clock and calendar: the date that keys its
    /// draws, before any delay. [`None`]: never again, not yet known, or a matter of happenings.
    #[must_use]
    pub fn due_from(&self, from: Day, clocks: &Clocks, almanac: &Almanac) -> Option<Day> {
        let begin = Day(clocks.origin(self.clock)?.0 + self.after);
        match &self.trigger {
            Trigger::At(times) => {
                times.iter().map(|&days| Day(begin.0 + days)).filter(|&day| day >= from).min()
            }
            Trigger::Every(days) => Some(next_multiple(begin, *days, from)),
            Trigger::EveryAtQuarter(days) => {
                // A date up to a quarter before may have moved to `from` or later.
                let mut date = next_multiple(begin, *days, Day(from.0 - LONGEST_QUARTER));
                while almanac.next_quarter_start(date) < from {
                    date = Day(date.0 + days);
                }
                Some(almanac.next_quarter_start(date))
            }
            // A month that ended before the beginning is none of its months.
            Trigger::MonthEnd => Some(almanac.next_month_start(Day(begin.0 + 1).max(from))),
            Trigger::CalendarQuarter => Some(almanac.next_quarter_start(begin.max(from))),
            Trigger::Anniversary(times) => {
                let start = clocks.contract_start;
                let first = begin.max(from);
                let date = |count: u32| almanac.add_months(start, 12 * count / times);
                let passed = almanac.months_between(start, first).max(0) as u32;
                let mut count = (passed * times / 12).max(1);
                while date(count) < first {
                    count += 1;
                }
                Some(date(count))
            }
            Trigger::On(_) => None,
        }
    }

    /// Returns whether it comes due as `other` does: at the same dates, or with the same happenings, and as long after.
    #[must_use]
    pub fn is_timed_like(&self, other: &Self) -> bool {
        let people_meet = |touchpoint: &Touchpoint| {
            matches!(touchpoint.channel, Channel::Call | Channel::Webinar | Channel::Document)
        };
        let shift = |plan: &Self| {
            let touchpoint = &plan.touchpoint;
            (plan.clock, plan.after, touchpoint.working_days, people_meet(touchpoint))
        };
        (&self.trigger, shift(self), &self.touchpoint.delay)
            == (&other.trigger, shift(other), &other.touchpoint.delay)
    }

    /// Returns the clock from which its dates count.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// Returns whether its dates count from the first ping.
    #[must_use]
    pub fn waits_for_production(&self) -> bool {
        self.clock == Clock::ProductionReady
    }
}

/// Odds of a delay beyond the longest that is reckoned with, where a distribution has no end.
const BEYOND: f64 = 1e-9;
/// The same for distributions without a formula for it [standard deviations above the mean].
const FAR: f64 = 20.0;
/// Days on end without a working day that are reckoned with.
const CLOSED: i32 = 14;
/// No delay is reckoned with beyond it (days).
const CENTURY: f64 = 36_525.0;

/// Returns the longest time from the date a touchpoint is due by clock and calendar to the day it is worked (days).
fn longest_delay(touchpoint: &Touchpoint) -> i32 {
    let seconds = touchpoint.delay.as_ref().map_or(0.0, |delay| {
        let Bounded { of, max, .. } = delay.bounded();
        let far = || (of.mean() + FAR * of.variance().sqrt()).min(max.unwrap_or(f64::INFINITY));
        delay.quantile(1.0 - BEYOND).unwrap_or_else(far)
    });
    let delay = (seconds / 86_400.0).round().clamp(0.0, CENTURY) as i32;
    // Of the days of a week five are working days, less holidays: more than every other day.
    CLOSED + if touchpoint.working_days { 2 * delay } else { delay }
}

/// Days of the longest calendar quarter.
const LONGEST_QUARTER: i32 = 92;

/// Returns the first day from `from` on that lies a multiple of `days` after `begin`.
fn next_multiple(begin: Day, days: i32, from: Day) -> Day {
    let passed = (from.0 - begin.0).max(0);
    Day(begin.0 + (passed + days - 1) / days * days)
}

fn days(span: Span) -> i32 {
    span.in_days().round() as i32
}
