//! The tables of a run folder: replications, slices, weeks and accounts.

use std::collections::BTreeMap;

use crate::base::stats::Estimate;
use crate::base::time::{Almanac, Day};
use crate::engine::record::{AccountRecord, PoolRecord, WaitedFor, WeekRecord};
use crate::experiment::replicate::Outcome;
use crate::experiment::slices;
use crate::experiment::survival::CohortMonths;
use crate::metrics::{CATALOGUE, Unit};
use crate::output::parts::kind_and_name;
use crate::output::results::Results;
use crate::output::sheet::{Column, Sheet};
use crate::program::stage::Stage;
use crate::scenario::load::Variant;

/// The names of all tables of a run folder.
pub const NAMES: [&str; 6] = ["replications", "slices", "timeline", "survival", "accounts", "points"];

/// The name under which moves of accounts stand among the metrics of a slice.
const TRANSFERS: &str = "transfers";

const BANDS: [&str; 3] = ["green", "yellow", "red"];

/// One outcome of a run and where it belongs.
struct Place<'a> {
    variant: &'a str,
    replication: i64,
    outcome: &'a Outcome,
}

/// Returns all tables of a run folder.
#[must_use]
pub fn all(results: &Results<'_>) -> Vec<Sheet> {
    vec![replications(results), slices(results), timeline(results), survival(results), accounts(results)]
}

/// One row a replication and variant, one column a metric.
#[must_use]
pub fn replications(results: &Results<'_>) -> Sheet {
    let rows = places(results);
    let mut columns = vec![
        Column::text("variant", rows.iter().map(|row| row.variant.to_owned())),
        Column::whole("replication", rows.iter().map(|row| row.replication)),
        Column::whole("accounts", rows.iter().map(|row| i64::from(row.outcome.accounts))),
        Column::whole("account_days", rows.iter().map(|row| row.outcome.account_days as i64)),
        Column::whole("events", rows.iter().map(|row| row.outcome.events as i64)),
    ];
    for (at, metric) in CATALOGUE.iter().enumerate() {
        columns.push(Column::number(metric.name, rows.iter().map(|row| row.outcome.metrics[at])));
    }
    Sheet { name: "replications", columns }
}

/// One row a variant, slice and metric, over all replications; transfers are counted in the manner of a metric.
#[must_use]
pub fn slices(results: &Results<'_>) -> Sheet {
    struct Row<'a> {
        variant: &'a str,
        kind: &'static str,
        slice: String,
        metric: &'static str,
        unit: Unit,
        estimate: Option<Estimate>,
    }
    let mut rows = Vec::new();
    for (number, variant) in results.experiment.variants.iter().enumerate() {
        for one in slices::estimates(results.chunk, number, results.confidence()) {
            let (kind, slice) = kind_and_name(one.slice, &variant.scenario);
            let metrics =
                CATALOGUE.iter().zip(one.metrics).map(|(metric, found)| (metric.name, metric.unit, found));
            rows.extend(metrics.chain([(TRANSFERS, Unit::Count, one.transfers)]).map(
                |(metric, unit, estimate)| Row {
                    variant: &variant.name,
                    kind,
                    slice: slice.clone(),
                    metric,
                    unit,
                    estimate,
                },
            ));
        }
    }
    let number = |name: &str, of: fn(Estimate) -> Option<f64>| {
        Column::number(name, rows.iter().map(|row| row.estimate.and_then(of)))
    };
    let columns = vec![
        Column::text("variant", rows.iter().map(|row| row.variant.to_owned())),
        Column::text("kind", rows.iter().map(|row| row.kind.to_owned())),
        Column::text("slice", rows.iter().map(|row| row.slice.clone())),
        Column::text("metric", rows.iter().map(|row| row.metric.to_owned())),
        Column::text("unit", rows.iter().map(|row| row.unit.name().to_owned())),
        number("mean", |estimate| Some(estimate.mean)),
        number("stddev", |estimate| estimate.stddev),
        number("ci_low", |estimate| estimate.ci_low),
        number("ci_high", |estimate| estimate.ci_high),
        Column::whole("n", rows.iter().map(|row| row.estimate.map_or(0, |estimate| estimate.n as i64))),
    ];
    Sheet { name: "slices", columns }
}

/// One row a variant, replication and week.
#[must_use]
pub fn timeline(results: &Results<'_>) -> Sheet {
    let places = places(results);
    let rows: Vec<(&Place<'_>, &WeekRecord)> =
        places.iter().flat_map(|place| place.outcome.weeks.iter().map(move |week| (place, week))).collect();
    let almanac = &results.baseline().scenario.almanac;
    let mean = |(sum, n): (f64, u32)| (n > 0).then(|| sum / f64::from(n));
    let mut columns = vec![
        Column::text("variant", rows.iter().map(|(place, _)| place.variant.to_owned())),
        Column::whole("replication", rows.iter().map(|(place, _)| place.replication)),
        Column::text("week", rows.iter().map(|(_, week)| date(almanac, week.day))),
        Column::whole("day", rows.iter().map(|(_, week)| i64::from(week.day.0))),
        Column::whole("accounts", rows.iter().map(|(_, week)| i64::from(week.accounts))),
        Column::number("arr", rows.iter().map(|(_, week)| Some(week.arr.cents() as f64 / 100.0))),
        Column::number("utilization_mean", rows.iter().map(|(_, week)| mean(week.utilization))),
        Column::number("usage_mean", rows.iter().map(|(_, week)| mean(week.usage))),
        Column::whole("lighthouse", rows.iter().map(|(_, week)| i64::from(week.lighthouse))),
        Column::whole("lighthouse_waiting", rows.iter().map(|(_, week)| i64::from(week.lighthouse_waiting))),
        Column::number("advisor_hours", rows.iter().map(|(_, week)| Some(week.minutes / 60.0))),
    ];
    if rows.iter().any(|(_, week)| week.work.is_some()) {
        columns.push(Column::number("backlog_hours", rows.iter().map(|(_, week)| Some(week.backlog / 60.0))));
        let mut add = |name: &str, figure: fn(&PoolRecord) -> f64| {
            columns.push(Column::number(name, rows.iter().map(|(_, week)| week.work.as_ref().map(figure))));
        };
        add(
            "advisor_utilization",
            |pools| if pools.staffed > 0.0 { pools.busy / pools.staffed } else { 0.0 },
        );
        add("work_due", |pools| pools.due as f64);
        add("work_done", |pools| pools.done as f64);
        add("work_late", |pools| pools.late as f64);
        add("work_dropped", |pools| pools.dropped as f64);
        add("work_degraded", |pools| pools.degraded as f64);
        columns.extend(waits(results, &rows));
    }
    for (at, stage) in Stage::ALL.iter().enumerate() {
        let name = format!("stage_{}", stage.name());
        columns.push(Column::whole(&name, rows.iter().map(|(_, week)| i64::from(week.stages[at]))));
    }
    for (at, band) in BANDS.iter().enumerate() {
        let name = format!("health_{band}");
        columns.push(Column::whole(&name, rows.iter().map(|(_, week)| i64::from(week.bands[at]))));
    }
    Sheet { name: "timeline", columns }
}

/// Two columns a kind of work: how long what was begun in the week before a Monday had waited, on average (h), and how
/// many pieces that were.
fn waits(results: &Results<'_>, rows: &[(&Place<'_>, &WeekRecord)]) -> Vec<Column> {
    let named = |place: &Place<'_>, kind: WaitedFor| -> &str {
        match kind {
            WaitedFor::Touchpoint { program, plan } => {
                let mut variants = results.experiment.variants.iter();
                let variant = variants.find(|variant| variant.name == place.variant);
                let variant = variant.expect("invariant: every outcome is of a variant");
                let program = &variant.scenario.programs[usize::from(program)];
                program.plans[usize::from(plan)].touchpoint.name.as_str()
            }
            WaitedFor::Assessment => "assessment",
            WaitedFor::LighthousePlan => "lighthouse_plan",
            WaitedFor::LighthouseWeek => "lighthouse_week",
        }
    };
    // By kind and row: sum of hours, and of how many.
    let mut sums: BTreeMap<&str, Vec<(f64, u32)>> = BTreeMap::new();
    let mut first = 0;
    while let Some(&(place, _)) = rows.get(first) {
        let weeks = &place.outcome.weeks;
        for wait in &place.outcome.waits {
            let week = weeks.partition_point(|week| week.day <= wait.day);
            // What was begun after the last Monday is in no row.
            if week < weeks.len() {
                let of_kind =
                    sums.entry(named(place, wait.kind)).or_insert_with(|| vec![(0.0, 0); rows.len()]);
                let cell = &mut of_kind[first + week];
                *cell = (cell.0 + f64::from(wait.seconds) / 3_600.0, cell.1 + 1);
            }
        }
        first += weeks.len();
    }
    let mean = |&(sum, n): &(f64, u32)| (n > 0).then(|| sum / f64::from(n));
    let columns = |(kind, cells): (&&str, &Vec<(f64, u32)>)| {
        let hours = Column::number(&format!("wait_hours_{kind}"), cells.iter().map(mean));
        let begun = Column::whole(&format!("waits_{kind}"), cells.iter().map(|&(_, n)| i64::from(n)));
        [hours, begun]
    };
    sums.iter().flat_map(columns).collect()
}

/// One row a variant, replication, cohort and month: accounts that were still under contract and watched after so many whole
/// months, and those of them that left then. Months count from the start for the opening book and from close for others.
#[must_use]
pub fn survival(results: &Results<'_>) -> Sheet {
    let places = places(results);
    let mut rows: Vec<(&Place<'_>, &CohortMonths, usize)> = Vec::new();
    for place in &places {
        for cohort in &place.outcome.survival {
            rows.extend((0..cohort.at_risk.len()).map(|month| (place, cohort, month)));
        }
    }
    let columns = vec![
        Column::text("variant", rows.iter().map(|(place, ..)| place.variant.to_owned())),
        Column::whole("replication", rows.iter().map(|(place, ..)| place.replication)),
        Column::text("cohort", rows.iter().map(|(_, cohort, _)| cohort.name())),
        Column::whole("month", rows.iter().map(|&(.., month)| month as i64)),
        Column::whole("at_risk", rows.iter().map(|&(_, cohort, month)| i64::from(cohort.at_risk[month]))),
        Column::whole("left", rows.iter().map(|&(_, cohort, month)| i64::from(cohort.left[month]))),
    ];
    Sheet { name: "survival", columns }
}

/// One row a variant and account of the replications whose accounts were kept.
#[must_use]
pub fn accounts(results: &Results<'_>) -> Sheet {
    let places = places(results);
    let rows: Vec<(&Place<'_>, usize, &AccountRecord)> = places
        .iter()
        .flat_map(|place| {
            place.outcome.book.iter().enumerate().map(move |(id, account)| (place, id, account))
        })
        .collect();
    let scenario = &results.baseline().scenario;
    let whole = |name: &str, of: fn(&AccountRecord) -> u32| {
        Column::whole(name, rows.iter().map(|(_, _, account)| i64::from(of(account))))
    };
    let mut columns = vec![
        Column::text("variant", rows.iter().map(|(place, ..)| place.variant.to_owned())),
        Column::whole("replication", rows.iter().map(|(place, ..)| place.replication)),
        Column::whole("account", rows.iter().map(|(_, id, _)| *id as i64)),
        Column::text("segment", rows.iter().map(|(_, _, account)| account.first_segment.name().to_owned())),
        Column::text("last_segment", rows.iter().map(|(_, _, account)| account.segment.name().to_owned())),
        Column::whole("program", rows.iter().map(|(_, _, account)| i64::from(account.program))),
        Column::text("close", rows.iter().map(|(_, _, account)| date(&scenario.almanac, account.close))),
        Column::maybe_whole(
            "nurturing_day",
            rows.iter().map(|(_, _, account)| account.nurturing.map(|day| i64::from(day.0))),
        ),
        Column::maybe_whole(
            "churn_day",
            rows.iter().map(|(_, _, account)| account.churned.map(|day| i64::from(day.0))),
        ),
        whole("days", |account| account.days),
        whole("months", |account| account.months),
        whole("months_utilization_healthy", |account| account.months_utilization_healthy),
        whole("months_usage_healthy", |account| account.months_usage_healthy),
        Column::number("advisor_hours", rows.iter().map(|(_, _, account)| Some(account.minutes / 60.0))),
        whole("touchpoints_due", |account| account.due),
        whole("touchpoints_done", |account| account.done),
        whole("touchpoints_rescheduled", |account| account.rescheduled),
        whole("surveys", |account| account.surveys),
        whole("answers", |account| account.answers),
        whole("transfers", |account| account.transfers),
    ];
    for (at, stage) in Stage::ALL.iter().enumerate() {
        let name = format!("days_{}", stage.name());
        let days = rows.iter().map(|(_, _, account)| i64::from(account.stage_days[at]));
        columns.push(Column::whole(&name, days));
    }
    for (at, band) in BANDS.iter().enumerate() {
        let days = rows.iter().map(|(_, _, account)| i64::from(account.band_days[at]));
        columns.push(Column::whole(&format!("days_{band}"), days));
    }
    Sheet { name: "accounts", columns }
}

/// All outcomes, by variant, then by replication.
fn places<'a>(results: &Results<'a>) -> Vec<Place<'a>> {
    let Results { experiment, chunk, .. } = *results;
    let of = |(number, variant): (usize, &'a Variant)| {
        (i64::from(chunk.first)..).zip(chunk.of(number)).map(|(replication, outcome)| Place {
            variant: &variant.name,
            replication,
            outcome,
        })
    };
    experiment.variants.iter().enumerate().flat_map(of).collect()
}

fn date(almanac: &Almanac, day: Day) -> String {
    almanac.date(day).to_string()
}
