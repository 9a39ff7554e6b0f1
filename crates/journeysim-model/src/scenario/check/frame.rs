//! Dates, replications, confidence.

use chrono::{Datelike, Days, NaiveDate};

use super::codes::{BEFORE_THE_CALENDAR, BEYOND_THE_CALENDAR, CERTAIN_INTERVAL, NO_REPLICATIONS};
use super::{Check, programs};
use crate::language::Count;
use crate::scenario::file::ScenarioFile;

/// The years that an almanac reckons with.
const YEARS: std::ops::RangeInclusive<i32> = 1901..=2099;

/// Days kept after the horizon, in which terms signed before it end.
const AFTER: u64 = 4 * 366;

pub(super) fn check(check: &mut Check<'_>, file: &ScenarioFile) {
    dates(check, file);
    if file.replications.get() == 0 {
        let help = "write 1 or more; intervals need at least 2";
        check.report(NO_REPLICATIONS, "replications", "without a replication there is no result", help);
    }
    let confidence = file.confidence.get();
    if confidence <= 0.0 || confidence >= 1.0 {
        let message = format!("no interval has a confidence of {}", file.confidence);
        check.report(
            CERTAIN_INTERVAL,
            "confidence",
            message,
            "write \"95%\", or another share between 0% and 100%",
        );
    }
    check.no_entry_twice("holidays", file.holidays.iter());
}

fn dates(check: &mut Check<'_>, file: &ScenarioFile) {
    if !check.are_sound(&["start", "horizon"]) {
        return;
    }
    let start = file.start.get();
    let last = file.horizon.end(start).and_then(|end| end.checked_add_days(Days::new(AFTER)));
    if last.is_none_or(|last| !YEARS.contains(&last.year())) {
        let message = format!("{} from {start} on ends too late", file.horizon);
        let help = "the calendar ends with 2099, and the four years before that are kept for terms signed in the run";
        check.report(BEYOND_THE_CALENDAR, "horizon", message, help);
    }
    let prospects = |program: &super::Rules| program.file.stages.prospect_days.map_or(0, Count::get);
    let prospect = programs(file).iter().map(prospects).max().unwrap_or(0);
    let population = &file.population;
    let lived = (population.warm_up.in_days().round() as u64).max(prospect.into());
    let back = lived + u64::from(population.history.get() + 36) * 31;
    let sound =
        check.are_sound(&["population.history", "population.warm_up", "stages.prospect_days", "portfolio"]);
    let first: Option<NaiveDate> = start.checked_sub_days(Days::new(back));
    if sound && first.is_none_or(|first| first.year() < *YEARS.start()) {
        let years = population.history.get() / 12;
        let message = format!(
            "a history of {years} years before {start} begins before 1901, as far as the calendar goes"
        );
        let help =
            "begin later, or shorten `population.history`, `population.warm_up` or `stages.prospect_days`";
        let path =
            if check.document.is_written("population.history") { "population.history" } else { "start" };
        check.report(BEFORE_THE_CALENDAR, path, message, help);
    }
}
