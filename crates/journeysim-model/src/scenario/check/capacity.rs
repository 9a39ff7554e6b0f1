//! Pools: hours, staffing, skills, help, holidays.

use std::collections::BTreeSet;

use chrono::{Datelike, Days, NaiveDate};

use super::codes::{
    EMPTY_LIST, HOLIDAYS_END_EARLY, PART_OF_AN_ADVISOR, POOL_CLOSED, POOL_EMPTY, POOL_UNKNOWN,
    REGION_UNKNOWN, SKILL_MISSING, SKILL_UNKNOWN, STAFF_RANGE, STAFFING_NEGATIVE, STAFFING_OUTSIDE,
    TIME_ZONE_MISSING, TOO_MANY_ADVISORS, UNUSED_SETTING,
};
use super::{Check, Rules};
use crate::capacity::{Meeting, PoolSettings};
use crate::language::nearest::nearest;
use crate::language::{Date, Name};
use crate::program::touchpoint::Owner;
use crate::scenario::file::{Relation, ScenarioFile, StaffSettings, Vary};

pub(super) fn check(check: &mut Check<'_>, file: &ScenarioFile, programs: &[Rules]) {
    for listed in &file.public_holidays {
        check.no_entry_twice(&format!("public_holidays.{}.dates", listed.name), listed.dates.iter());
    }
    region(check, file, "region", file.region.as_ref());
    for pool in &file.pool {
        region(check, file, &format!("pool.{}.region", pool.name), pool.region.as_ref());
        clock(check, file, pool);
        hours(check, pool);
        staffing(check, file, pool);
        help(check, file, pool);
        skills(check, pool, programs);
        holidays(check, file, &format!("pool.{}.holidays", pool.name), &pool.holidays);
    }
    if !file.pool.is_empty() {
        holidays(check, file, "holidays", &file.holidays);
        work(check, file, programs);
    }
    if let Some(staff) = &file.staff {
        question(check, file, staff);
    }
}

fn question(check: &mut Check<'_>, file: &ScenarioFile, staff: &StaffSettings) {
    let names: Vec<&Name> = file.pool.iter().map(|pool| &pool.name).collect();
    match (&staff.pool, names.as_slice()) {
        (_, []) => {
            let help = "add a [[pool]] with a name and its advisors";
            check.report(POOL_UNKNOWN, "staff", "without a pool nobody is short of time", help);
        }
        (Some(name), names) if !names.contains(&name) => {
            let message = format!("there is no pool called \"{name}\"");
            check.report(POOL_UNKNOWN, "staff.pool", message, format!("write \"{}\"", names[0]));
        }
        (None, [first, _, ..]) => {
            let message = "there are several pools, and the question is about one";
            check.report(POOL_UNKNOWN, "staff", message, format!("add pool = \"{first}\", or another one"));
        }
        _ => {}
    }
    if staff.from.get() == 0 || staff.from > staff.to {
        let message = format!("there is no size from {} to {}", staff.from, staff.to);
        let help = "write the smallest size that is to be tried, 1 or more, and the largest";
        check.report_last(STAFF_RANGE, &["staff.from".to_owned(), "staff.to".to_owned()], message, help);
    }
    if staff.target.is_empty() {
        let help = "add a [[staff.target]] with a metric, a relation and a value";
        check.report(EMPTY_LIST, "staff.target", "without a target every team is enough", help);
    }
    for (at, target) in (1..).zip(&staff.target) {
        if !matches!(target.relation, Relation::AtLeast | Relation::AtMost) {
            let message = format!("a target is not held with \"{}\"", target.relation);
            let help = "write \">=\" or \"<=\"";
            check.report(STAFF_RANGE, &format!("staff.target[{at}].relation"), message, help);
        }
    }
}

/// Reports a time zone that cannot be compared with another, or is not needed.
fn clock(check: &mut Check<'_>, file: &ScenarioFile, pool: &PoolSettings) {
    let Some(zone) = pool.time_zone else { return };
    let path = format!("pool.{}.time_zone", pool.name);
    if pool.always_open {
        let message = "`time_zone` does nothing here: the pool is open at all hours of every clock";
        check.report(UNUSED_SETTING, &path, message, "remove it, or `always_open`");
    } else if file.time_zone.is_none() && check.is_sound("time_zone") {
        let message = format!("nothing says how far the clock of the run is from that of {zone}");
        let help = "add time_zone = \"America/New_York\", or where the customers are, at the top of the file";
        check.report(TIME_ZONE_MISSING, &path, message, help);
    }
}

/// Reports a staffing question that the scenario tried cannot answer; its variants are not tried.
pub(super) fn sizes(check: &mut Check<'_>, file: &ScenarioFile) {
    let Some(staff) = &file.staff else { return };
    if file.pool.iter().any(|pool| pool.unlimited) {
        let message = "a pool is `unlimited`, and then every size is enough";
        check.report(
            STAFF_RANGE,
            "staff",
            message,
            "remove `unlimited`, and say how many `advisors` there are",
        );
    }
    let asked = |pool: &&PoolSettings| staff.pool.as_ref().is_none_or(|name| *name == pool.name);
    match staff.vary {
        Vary::Advisors => {
            if let Some(pool) = file.pool.iter().find(asked) {
                resized(check, file, pool, staff);
            }
        }
        Vary::Accounts => {
            if file.book.as_ref().is_some_and(|book| !book.beside) {
                let message = "the accounts are those of the list, and their number does not change";
                let help =
                    "ask for advisors, or write beside = true in [book] to vary those that are generated";
                check.report(STAFF_RANGE, "staff.vary", message, help);
            }
        }
    }
}

/// Reports sizes at which the plan of staffing cannot be carried out, or which no pool can have.
fn resized(check: &mut Check<'_>, file: &ScenarioFile, pool: &PoolSettings, staff: &StaffSettings) {
    let (fewest, most) = range(pool, 0.0);
    let least = f64::from(staff.from.get()) + fewest;
    if least < 0.0 {
        let message = format!(
            "with {} advisors at the start, the plan of \"{}\" takes away {} more than there are",
            staff.from, pool.name, -least
        );
        check.report(STAFFING_NEGATIVE, "staff.from", message, format!("begin with {} or more", -fewest));
    }
    too_many(check, file, pool, f64::from(staff.to.get()) + most, "staff.to");
}

/// Returns the fewest and the most advisors that a plan leads to, who begins with so many.
fn range(pool: &PoolSettings, advisors: f64) -> (f64, f64) {
    let mut changes: Vec<(NaiveDate, f64)> =
        pool.staffing.iter().map(|change| (change.from.get(), change.change.get())).collect();
    changes.sort_by_key(|&(from, _)| from);
    changes
        .iter()
        .fold((advisors, (advisors, advisors)), |(advisors, (fewest, most)), &(_, change)| {
            let advisors = advisors + change;
            (advisors, (advisors.min(fewest), advisors.max(most)))
        })
        .1
}

/// Reports a pool through which more advisors come and go than the program can count.
fn too_many(check: &mut Check<'_>, file: &ScenarioFile, pool: &PoolSettings, most: f64, path: &str) {
    let years =
        (f64::from(file.horizon.days_from(file.start.get())) + file.population.warm_up.in_days()) / 365.0;
    let leave = if pool.always_open { 0.0 } else { pool.attrition.per_day() * 365.0 };
    // Three times those who are expected to leave: chance makes no more of it.
    let ever = most * (1.0 + 3.0 * leave * years);
    if ever > f64::from(u16::MAX) {
        let message =
            format!("more advisors may come and go in the run than the {} that a pool can have", u16::MAX);
        check.report(TOO_MANY_ADVISORS, path, message, "write fewer, or make several pools of them");
    }
}

/// Reports a pool that has no time for customers on any day.
fn hours(check: &mut Check<'_>, pool: &PoolSettings) {
    if pool.always_open {
        return;
    }
    let path = |key: &str| format!("pool.{}.{key}", pool.name);
    if pool.weekdays.is_empty() {
        let help = "name the days, such as [\"monday\", \"tuesday\"], or remove the key to work on all five";
        check.report(EMPTY_LIST, &path("weekdays"), "a pool that works on no day does no work", help);
    }
    if pool.opens >= pool.closes {
        let message = format!("a day that begins at {} and ends at {} has no hours", pool.opens, pool.closes);
        let help = "write when it begins and ends, counted from midnight, such as \"9h\" and \"17h\"";
        check.report_last(POOL_CLOSED, &[path("opens"), path("closes")], message, help);
    } else if pool.closes.get() > 86_400 {
        let message = format!("a day does not last until {}", pool.closes);
        check.report(POOL_CLOSED, &path("closes"), message, "write \"24h\" or less");
    } else if pool.meeting != Meeting::Never
        && pool.meeting_length.get() >= pool.closes.get() - pool.opens.get()
    {
        let message = format!("a meeting of {} leaves nothing of a Monday", pool.meeting_length);
        check.report(POOL_CLOSED, &path("meeting_length"), message, "write a shorter one, such as \"1h\"");
    }
    for (key, share) in [("customer_share", pool.customer_share), ("part_time", pool.part_time)] {
        if share.get() == 0.0 {
            let message = "a share of 0% leaves no time for any customer";
            check.report(POOL_CLOSED, &path(key), message, "write a share above 0%, such as \"60%\"");
        }
    }
}

fn staffing(check: &mut Check<'_>, file: &ScenarioFile, pool: &PoolSettings) {
    let path = format!("pool.{}.staffing", pool.name);
    check.no_entry_twice(&path, pool.staffing.iter().map(|change| change.from));
    let (start, end) = (file.start.get(), file.horizon.end(file.start.get()));
    let mut changes: Vec<(NaiveDate, f64, usize)> =
        (1..).zip(&pool.staffing).map(|(at, change)| (change.from.get(), change.change.get(), at)).collect();
    for &(from, change, at) in &changes {
        let entry = format!("{path}[{at}]");
        if change.fract() != 0.0 || change == 0.0 {
            let message = format!("{change} is no number of advisors who come or go");
            let help = "write a whole number, such as 2 or -1; part-time work is `part_time`";
            check.report(PART_OF_AN_ADVISOR, &format!("{entry}.change"), message, help);
        }
        if from < start || end.is_some_and(|end| from >= end) {
            let message = format!("{from} is not a day of the run");
            let help = "write a date from the start to the horizon; who is there at the start is `advisors`";
            check.report(STAFFING_OUTSIDE, &format!("{entry}.from"), message, help);
        }
    }
    changes.sort_by_key(|&(from, _, _)| from);
    let mut advisors = f64::from(pool.advisors.get());
    let mut most = advisors;
    for (from, change, at) in changes {
        advisors += change;
        most = most.max(advisors);
        if advisors < 0.0 {
            let message = format!("from {from} on there would be {advisors} advisors");
            let help = "take away fewer, or begin with more";
            check.report(STAFFING_NEGATIVE, &format!("{path}[{at}].change"), message, help);
            return;
        }
    }
    too_many(check, file, pool, most, &format!("pool.{}.advisors", pool.name));
    if most == 0.0 {
        let help =
            "write how many there are, or remove the pool: without one all work is done when it is due";
        let message = format!("nobody ever works in \"{}\"", pool.name);
        check.report(POOL_EMPTY, &format!("pool.{}.advisors", pool.name), message, help);
    }
}

fn help(check: &mut Check<'_>, file: &ScenarioFile, pool: &PoolSettings) {
    let Some(other) = &pool.overflow else { return };
    let is_there = file.pool.iter().any(|known| known.name == *other);
    if is_there && *other != pool.name {
        return;
    }
    let names: Vec<&Name> =
        file.pool.iter().map(|known| &known.name).filter(|name| **name != pool.name).collect();
    let message = if is_there {
        format!("\"{other}\" cannot help itself")
    } else {
        format!("there is no pool called \"{other}\"")
    };
    let help = match names.first() {
        Some(name) => format!("write \"{name}\", or the name of another pool"),
        None => "there is no other pool: remove the key, or add one".to_owned(),
    };
    check.report(POOL_UNKNOWN, &format!("pool.{}.overflow", pool.name), message, help);
}

fn skills(check: &mut Check<'_>, pool: &PoolSettings, programs: &[Rules]) {
    let Some(skills) = &pool.skills else { return };
    let path = format!("pool.{}.skills", pool.name);
    check.no_entry_twice(&path, skills);
    for (at, skill) in (1..).zip(skills) {
        let touchpoints = || programs.iter().flat_map(|program| &program.file.touchpoint);
        if !touchpoints().any(|touchpoint| touchpoint.name == *skill) {
            let names = touchpoints().map(|touchpoint| touchpoint.name.as_str());
            let nearest = nearest(skill.as_str(), names);
            let help = match nearest {
                Some(name) => format!("did you mean \"{name}\"?"),
                None => "write the names of touchpoints".to_owned(),
            };
            let message = format!("no touchpoint is called \"{skill}\"");
            check.report(SKILL_UNKNOWN, &format!("{path}[{at}]"), message, help);
        }
    }
}

/// Reports advisors' work that no pool can do.
fn work(check: &mut Check<'_>, file: &ScenarioFile, programs: &[Rules]) {
    let can = |name: Option<&Name>| file.pool.iter().any(|pool| pool.is_able(name));
    for program in programs {
        for touchpoint in program.file.touchpoint.iter().filter(|touchpoint| touchpoint.enabled) {
            let is_work = touchpoint.owner == Owner::Advisors && touchpoint.effort.is_some();
            if is_work && !can(Some(&touchpoint.name)) {
                let path = program.path(&format!("touchpoint.{}", touchpoint.name));
                let message = format!("no pool has the skill for \"{}\"", touchpoint.name);
                let help = "add it to the `skills` of a pool, or give the work to somebody else with `owner`";
                check.report(SKILL_MISSING, &path, message, help);
            }
        }
        let rest = [
            ("assessment", program.file.assessment.enabled && program.file.assessment.effort.is_some()),
            ("lighthouse", program.file.lighthouse.enabled),
        ];
        for (table, is_work) in rest {
            if is_work && !can(None) {
                let message = format!("no pool has the skill for the work of `{table}`");
                let help = "remove `skills` from a pool, which then can do everything, or switch this off";
                check.report(SKILL_MISSING, &program.path(&format!("{table}.enabled")), message, help);
            }
        }
    }
}

/// Reports a region without public holidays for every year that is lived day by day.
fn region(check: &mut Check<'_>, file: &ScenarioFile, path: &str, region: Option<&Name>) {
    let Some(region) = region.filter(|_| check.is_sound("public_holidays")) else { return };
    let Some(listed) = file.public_holidays.iter().find(|listed| listed.name == *region) else {
        let names = file.public_holidays.iter().map(|listed| listed.name.as_str());
        let help = match nearest(region.as_str(), names) {
            Some(name) => format!("did you mean \"{name}\"?"),
            None if file.public_holidays.is_empty() => {
                "extend public-holidays.toml, or list the holidays in [[public_holidays]]".to_owned()
            }
            None => "list its holidays in a [[public_holidays]] of that name".to_owned(),
        };
        check.report(REGION_UNKNOWN, path, format!("no holidays are listed for \"{region}\""), help);
        return;
    };
    let start = file.start.get();
    let warm_up = file.population.warm_up.in_days().round() as u64;
    let first = start.checked_sub_days(Days::new(if file.population.mid_life { warm_up } else { 0 }));
    let end = file.horizon.end(start);
    let last = end.and_then(|end| end.checked_sub_days(Days::new(1)));
    let (Some(first), Some(last)) = (first, last) else { return };
    let years: BTreeSet<i32> = listed.dates.iter().map(|date| date.get().year()).collect();
    if let Some(missing) = (first.year()..=last.year()).find(|year| !years.contains(year)) {
        let message = format!(
            "no holidays of \"{region}\" are listed for {missing}, and the run with its warm-up goes from {first} to {last}"
        );
        let help = format!("add the holidays of {missing} to [[public_holidays]], or run another time");
        check.report(HOLIDAYS_END_EARLY, path, message, help);
    }
}

/// Reports a list of holidays that ends more than a year before the run does.
fn holidays(check: &mut Check<'_>, file: &ScenarioFile, path: &str, dates: &[Date]) {
    let (Some(last), Some(end)) =
        (dates.iter().map(|date| date.get()).max(), file.horizon.end(file.start.get()))
    else {
        return;
    };
    if last.year() + 1 < end.year() || (last.year() + 1 == end.year() && end.month() > 6) {
        let message = format!("the holidays end with {last}, and the run with {end}");
        let help = format!("add the holidays of the years up to {}", end.year());
        check.report(HOLIDAYS_END_EARLY, path, message, help);
    }
}
