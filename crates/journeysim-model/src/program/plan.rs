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
use crate::program::touchpoint::{Anchor, Each, Happening, Touchpoint};
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
                let first = begin.max(from);
                let date = |count: u32| almanac.add_months(clocks.contract_start, 12 * count / times);
                // None is looked at that lies in a month before.
                let months = almanac.months_between(clocks.contract_start, first).max(0) as u32;
                ((months * times / 12).max(1)..).map(date).find(|&date| date >= first)
            }
            Trigger::On(_) => None,
        }
    }

    /// Returns whether it comes due as `other` does: at the same dates, or with the same happenings, and as long after.
    #[must_use]
    pub fn is_timed_like(&self, other: &Self) -> bool {
        let shift = |plan: &Self| {
            let touchpoint = &plan.touchpoint;
            (plan.clock, plan.after, touchpoint.working_days, touchpoint.channel.is_sent())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::setting::read_right;

    /// Day 0 is 1 January 2024.
    fn almanac() -> Almanac {
        Almanac::new("2024-01-01".parse().unwrap(), Day(-800), Day(1_900), &[]).unwrap()
    }

    fn day(date: &str) -> Day {
        almanac().day_of(date.parse().unwrap())
    }

    fn clocks() -> Clocks {
        let (close, contract_start) = (day("2024-01-11"), day("2024-01-15"));
        Clocks { close, contract_start, production_ready: Some(day("2024-01-20")) }
    }

    fn plan(text: &str) -> Plan {
        let touchpoint = read_right(&format!("name = \"touch\"\n{text}"));
        Plan::new(&touchpoint, Clock::Close, &mut Vec::new()).unwrap()
    }

    fn call(text: &str) -> Plan {
        plan(&format!("channel = \"call\"\n{text}"))
    }

    /// The first dates from `from` on, at most four, each looked for on the day after the one before.
    fn dates_of(plan: &Plan, clocks: &Clocks, from: &str) -> Vec<String> {
        let due = |from: Day| plan.due_from(from, clocks, &almanac());
        let dates = std::iter::successors(due(day(from)), |&last| due(last + 1));
        dates.take(4).map(|day| almanac().date(day).to_string()).collect()
    }

    fn dates(text: &str) -> Vec<String> {
        dates_of(&call(text), &clocks(), "2024-01-01")
    }

    #[test]
    fn days_count_from_the_clock_that_is_named() {
        assert_eq!(dates("at = [\"10d\"]"), ["2024-01-21"]);
        assert_eq!(dates("at = [\"10d\"]\nfrom = { clock = \"contract_start\" }"), ["2024-01-25"]);
        let text = "at = [\"10d\"]\nfrom = { clock = \"production_ready\", after = \"5d\" }";
        assert_eq!(dates(text), ["2024-02-04"]);
        let unknown = Clocks { production_ready: None, ..clocks() };
        assert!(dates_of(&call(text), &unknown, "2024-01-01").is_empty());
        assert!(call(text).waits_for_production());
        assert!(!call("at = [\"10d\"]").waits_for_production());
    }

    #[test]
    fn each_of_several_times_comes_once() {
        assert_eq!(dates("at = [\"90d\", \"30d\"]"), ["2024-02-10", "2024-04-10"]);
    }

    #[test]
    fn what_is_done_every_so_often_begins_at_its_origin() {
        let text = "every = \"30d\"\nfrom = { after = \"60d\" }";
        assert_eq!(dates(text), ["2024-03-11", "2024-04-10", "2024-05-10", "2024-06-09"]);
    }

    /// Every 60 days are 11 January, 11 March, 10 May, 9 July, 7 September and 6 November.
    #[test]
    fn dates_anchored_to_quarters_move_on_to_the_next_one_that_starts() {
        let text = "every = \"60d\"\nanchor = \"calendar_quarter\"";
        assert_eq!(dates(text), ["2024-04-01", "2024-07-01", "2024-10-01", "2025-01-01"]);
        assert_eq!(dates_of(&call(text), &clocks(), "2024-07-01")[0], "2024-07-01");
    }

    /// Every 200 days from 1 December 2022 are 19 June 2023, 5 January 2024 and 23 July 2024.
    #[test]
    fn dates_before_the_first_day_move_on_alike() {
        let clocks = Clocks { close: day("2022-12-01"), ..clocks() };
        let plan = call("every = \"200d\"\nanchor = \"calendar_quarter\"");
        let expected = ["2023-01-01", "2023-07-01", "2024-04-01", "2024-10-01"];
        assert_eq!(dates_of(&plan, &clocks, "2022-12-01"), expected);
    }

    #[test]
    fn months_count_that_end_after_the_origin() {
        let first = |after: &str| {
            dates(&format!("each = \"month_end\"\nfrom = {{ after = \"{after}\" }}")).swap_remove(0)
        };
        assert_eq!(first("80d"), "2024-04-01", "from 31 March on");
        assert_eq!(first("81d"), "2024-05-01", "from 1 April on");
        assert_eq!(dates("each = \"month_end\""), ["2024-02-01", "2024-03-01", "2024-04-01", "2024-05-01"]);
    }

    #[test]
    fn quarters_count_that_start_from_the_origin_on() {
        let text = "each = \"calendar_quarter\"\nfrom = { after = \"81d\" }";
        assert_eq!(dates(text), ["2024-04-01", "2024-07-01", "2024-10-01", "2025-01-01"]);
    }

    #[test]
    fn a_contract_year_is_divided_evenly_up_to_the_anniversary() {
        let yearly = "each = \"anniversary\"\ntimes_per_year";
        assert_eq!(dates(&format!("{yearly} = 1"))[..2], ["2025-01-15", "2026-01-15"]);
        let thrice = ["2024-05-15", "2024-09-15", "2025-01-15", "2025-05-15"];
        assert_eq!(dates(&format!("{yearly} = 3")), thrice);
        let late = format!("{yearly} = 3\nfrom = {{ after = \"200d\" }}");
        assert_eq!(dates(&late)[..2], thrice[1..3], "from 29 July on");
    }

    #[test]
    fn what_waits_for_a_happening_is_due_on_no_date() {
        assert!(dates("on = \"request\"").is_empty());
    }

    #[test]
    fn two_are_timed_alike_that_come_due_on_the_same_days() {
        let same = call("every = \"30d\"");
        let webinar = "channel = \"webinar\"\nevery = \"30d\"";
        assert!(same.is_timed_like(&plan(webinar)), "both are held with people, on their days");
        assert!(!same.is_timed_like(&plan("channel = \"mail\"\nevery = \"30d\"")));
        let others = [
            "every = \"31d\"",
            "every = \"30d\"\nfrom = { after = \"1d\" }",
            "every = \"30d\"\nfrom = { clock = \"contract_start\" }",
            "every = \"30d\"\ndelay = \"1d\"",
            "every = \"30d\"\nworking_days = true",
        ];
        for other in others {
            assert!(!same.is_timed_like(&call(other)), "{other}");
        }
    }

    /// A fortnight without a working day is reckoned with on top of the delay.
    #[test]
    fn no_work_is_done_later_than_the_longest_delay() {
        let longest = |text: &str| call(&format!("at = [\"0d\"]\n{text}")).longest_delay;
        assert_eq!(longest(""), 14);
        assert_eq!(longest("delay = \"3d\""), 17);
        assert_eq!(longest("delay = \"3d\"\nworking_days = true"), 20, "weekends lie between");
        // 2 days times ln(10^9) are 41.4.
        assert_eq!(longest("delay = { dist = \"exponential\", mean = \"2d\" }"), 14 + 41);
        // 20 standard deviations above the mean, where there is no formula.
        let gamma = "dist = \"gamma\", mean = \"2d\", sd = \"1d\"";
        assert_eq!(longest(&format!("delay = {{ {gamma} }}")), 14 + 22);
        assert_eq!(longest(&format!("delay = {{ {gamma}, max = \"10d\" }}")), 14 + 10);
    }
}
