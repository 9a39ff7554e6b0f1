//! What a replication left behind, turned into numbers.
//!
//! [`CATALOGUE`] is the one list of metrics: outputs, comparisons, `list metrics` and the page of definitions are
//! made from it. A metric is a [`MetricDefinition`] in the file of its theme and a line in the list.
//!
//! # Invariants
//!
//! - A metric with nothing to measure is [`None`], never `NaN`, 0 or 1. A count of what did not happen is 0 as soon
//!   as there was an account it could have happened to.
//! - Every metric can be had by segment, program and cohort: it is made of sums over the accounts of a [`Slice`].
//! - Fractions are fractions, money is in currency units, hours are advisors' working hours.
//!
//! # Not here
//!
//! What happened is counted by the engine, in `engine::record`. Means and intervals over replications are
//! `base::stats`.

use crate::base::stats::Better;
use crate::language;

pub use definition::{MetricDefinition, Theme, Unit};
pub use view::{DAYS_A_YEAR, Members, Slice, View, Worth};

pub mod capacity;
pub mod care;
mod definition;
#[cfg(test)]
mod example;
pub mod incidence;
pub mod journey;
pub mod known;
pub mod luck;
pub mod retention;
pub mod revenue;
pub mod since;
pub mod touch;
mod value;
mod view;

/// Every metric, in the order in which they are listed.
pub const CATALOGUE: &[MetricDefinition] = &[
    revenue::GROSS_REVENUE_RETENTION,
    revenue::NET_REVENUE_RETENTION,
    revenue::LOGO_RETENTION,
    revenue::GROSS_RENEWAL_RATE,
    revenue::CONTRACT_RENEWAL_RATE,
    revenue::OPENING_ARR,
    revenue::CLOSING_ARR,
    revenue::NEW_ARR,
    revenue::EXPANSION_ARR,
    revenue::CONTRACTION_ARR,
    revenue::CHURNED_ARR,
    journey::UTILIZATION_HEALTHY_SHARE,
    journey::USAGE_HEALTHY_SHARE,
    journey::UTILIZATION_GOAL_ATTAINMENT,
    journey::UTILIZATION_MEAN,
    journey::USAGE_MEAN,
    journey::DAYS_TO_NURTURING_MEDIAN,
    journey::STAGE_SHARE_PROSPECT,
    journey::STAGE_SHARE_ONBOARDING,
    journey::STAGE_SHARE_ADOPTING,
    journey::STAGE_SHARE_NURTURING,
    journey::STAGE_SHARE_RENEWING,
    journey::HEALTH_SHARE_GREEN,
    journey::HEALTH_SHARE_YELLOW,
    journey::HEALTH_SHARE_RED,
    capacity::ADVISOR_UTILIZATION,
    capacity::WAIT_HOURS_MEAN,
    capacity::WAIT_HOURS_P95,
    capacity::RESPONSE_WITHIN_48H,
    touch::TOUCHPOINTS_DUE,
    touch::TOUCHPOINTS_DONE,
    touch::TOUCHPOINTS_LATE,
    touch::TOUCHPOINTS_DROPPED,
    touch::TOUCHPOINTS_DEGRADED,
    capacity::BACKLOG_HOURS_P95,
    care::LIGHTHOUSE_ENTRIES,
    care::LIGHTHOUSE_CONCURRENT_MEAN,
    care::LIGHTHOUSE_WEEKS_MEAN,
    care::LIGHTHOUSE_SAVE_RATE,
    care::LIGHTHOUSE_CAUSAL_SAVES,
    capacity::ADVISOR_HOURS_PER_ACCOUNT_YEAR,
    capacity::SAME_ADVISOR_SHARE,
    touch::SURVEY_RESPONSE_SHARE,
    touch::HELP_REQUEST_SHARE,
    value::NET_VALUE,
    value::NET_REVENUE_PER_ADVISOR_HOUR,
];

/// Returns the metric called `name`.
#[must_use]
pub fn find(name: &str) -> Option<&'static MetricDefinition> {
    CATALOGUE.iter().find(|metric| metric.name == name)
}

/// Returns the place of the metric called `name` among those of [`values`].
#[must_use]
pub fn position(name: &str) -> Option<usize> {
    CATALOGUE.iter().position(|metric| metric.name == name)
}

/// Returns the name that somebody who wrote `written` most likely meant.
#[must_use]
pub fn nearest(written: &str) -> Option<&'static str> {
    language::nearest::nearest(written, CATALOGUE.iter().map(|metric| metric.name))
}

/// Returns every metric of `view`, in the order of the [`CATALOGUE`].
#[must_use]
pub fn values(view: &View) -> Vec<Option<f64>> {
    CATALOGUE
        .iter()
        .map(|metric| {
            let value = (metric.compute)(view);
            debug_assert!(value.is_none_or(f64::is_finite), "invariant: {} is a number", metric.name);
            value
        })
        .collect()
}

/// Headings of the columns of [`table`].
pub const COLUMNS: [&str; 6] = ["Metric", "Title", "Unit", "Better", "Theme", "Definition"];

/// Returns the catalogue as a table, one row a metric, with the columns of [`COLUMNS`].
#[must_use]
pub fn table() -> Vec<[&'static str; 6]> {
    let row = |metric: &MetricDefinition| {
        let better = match metric.better {
            Better::Higher => "higher",
            Better::Lower => "lower",
            Better::Neither => "neither",
        };
        [metric.name, metric.title, metric.unit.name(), better, metric.theme.name(), metric.definition]
    };
    CATALOGUE.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::engine::record::Record;
    use crate::metrics::example::{customer, ledger, slice, whole, year};
    use crate::population::segment::Segment;

    /// What users were promised, families written out; a metric that is new need not stand here.
    const PROMISED: [&str; 46] = [
        "gross_revenue_retention",
        "net_revenue_retention",
        "logo_retention",
        "gross_renewal_rate",
        "contract_renewal_rate",
        "opening_arr",
        "closing_arr",
        "new_arr",
        "expansion_arr",
        "contraction_arr",
        "churned_arr",
        "utilization_healthy_share",
        "usage_healthy_share",
        "utilization_goal_attainment",
        "utilization_mean",
        "usage_mean",
        "days_to_nurturing_median",
        "stage_share_prospect",
        "stage_share_onboarding",
        "stage_share_adopting",
        "stage_share_nurturing",
        "stage_share_renewing",
        "health_share_green",
        "health_share_yellow",
        "health_share_red",
        "advisor_utilization",
        "wait_hours_mean",
        "wait_hours_p95",
        "response_within_48h",
        "touchpoints_due",
        "touchpoints_done",
        "touchpoints_late",
        "touchpoints_dropped",
        "touchpoints_degraded",
        "backlog_hours_p95",
        "lighthouse_entries",
        "lighthouse_concurrent_mean",
        "lighthouse_weeks_mean",
        "lighthouse_save_rate",
        "lighthouse_causal_saves",
        "advisor_hours_per_account_year",
        "same_advisor_share",
        "survey_response_share",
        "help_request_share",
        "net_value",
        "net_revenue_per_advisor_hour",
    ];

    #[test]
    fn the_catalogue_holds_what_was_promised_and_each_once() {
        let listed: BTreeSet<&str> = CATALOGUE.iter().map(|metric| metric.name).collect();
        let missing: Vec<&str> = PROMISED.into_iter().filter(|name| !listed.contains(name)).collect();
        assert!(missing.is_empty(), "no longer there: {missing:?}");
        assert_eq!(listed.len(), CATALOGUE.len(), "a name is listed twice");
    }

    #[test]
    fn every_metric_says_what_it_is_in_full_sentences() {
        for [name, title, unit, _, theme, definition] in table() {
            assert!(
                title.starts_with(|c: char| c.is_uppercase()) && !title.ends_with('.'),
                "{name}: {title}"
            );
            assert!(
                definition.starts_with(|c: char| c.is_uppercase()) && definition.ends_with('.'),
                "{name}"
            );
            assert!(!unit.is_empty() && !theme.is_empty(), "{name}");
        }
    }

    #[test]
    fn metrics_are_found_by_name_and_nearly_by_name() {
        for (place, metric) in CATALOGUE.iter().enumerate() {
            assert_eq!(find(metric.name).map(|found| found.name), Some(metric.name));
            assert_eq!(position(metric.name), Some(place));
        }
        assert!(find("gross-revenue-retention").is_none());
        assert_eq!(nearest("gros_revenue_retention"), Some("gross_revenue_retention"));
        assert_eq!(nearest("logo_retension"), Some("logo_retention"));
        assert_eq!(nearest("weather"), None);
    }

    #[test]
    fn an_empty_record_has_nothing_to_measure() {
        let record = Record::default();
        for (metric, value) in CATALOGUE.iter().zip(values(&whole(&record))) {
            assert_eq!(value, None, "{}", metric.name);
        }
    }

    #[test]
    fn a_slice_without_accounts_has_nothing_to_measure() {
        let mut record = year(vec![customer()]);
        record.ledger = ledger([1_000]);
        for empty in [Slice::Segment(Segment::Strategic), Slice::Program(1), Slice::Cohort(8_097)] {
            for (metric, value) in CATALOGUE.iter().zip(values(&slice(&record, empty))) {
                assert_eq!(value, None, "{} of {empty:?}", metric.name);
            }
        }
    }

    /// To one customer nothing happens in a year: what is counted is 0, what is a share of nothing is nothing.
    #[test]
    fn a_quiet_year_counts_zeros_and_takes_no_shares_of_nothing() {
        let mut record = year(vec![customer()]);
        record.ledger = ledger([1_000]);
        let measured: Vec<(&str, f64)> = CATALOGUE
            .iter()
            .zip(values(&whole(&record)))
            .filter_map(|(metric, value)| Some((metric.name, value?)))
            .collect();
        let expected = [
            ("opening_arr", 1_000.0),
            ("closing_arr", 1_000.0),
            ("new_arr", 0.0),
            ("expansion_arr", 0.0),
            ("contraction_arr", 0.0),
            ("churned_arr", 0.0),
            ("touchpoints_due", 0.0),
            ("touchpoints_done", 0.0),
            ("touchpoints_late", 0.0),
            ("touchpoints_dropped", 0.0),
            ("touchpoints_degraded", 0.0),
            ("lighthouse_entries", 0.0),
            ("lighthouse_concurrent_mean", 0.0),
            ("advisor_hours_per_account_year", 0.0),
            ("net_value", 800.0),
        ];
        assert_eq!(measured, expected);
    }
}
