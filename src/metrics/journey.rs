//! How customers use the product, and where they are in the journey.

use crate::base::stats::{Better, sum};
use crate::engine::record::AccountRecord;
use crate::metrics::definition::{MetricDefinition, Theme, Unit};
use crate::metrics::incidence::{Course, End, median};
use crate::metrics::view::View;
use crate::program::stage::Stage;
use crate::program::touchpoint::Color;

pub(super) const UTILIZATION_HEALTHY_SHARE: MetricDefinition = MetricDefinition {
    name: "utilization_healthy_share",
    title: "Months with healthy utilization",
    unit: Unit::Fraction,
    better: Better::Higher,
    theme: Theme::Journey,
    definition: "Share of account-months after Onboarding in which published utilization (MAU / seats) is at or above \
                 the program's target.",
    compute: |view| view.share(|account| account.months_utilization_healthy, |account| account.months),
};

pub(super) const USAGE_HEALTHY_SHARE: MetricDefinition = MetricDefinition {
    name: "usage_healthy_share",
    title: "Months with healthy usage",
    unit: Unit::Fraction,
    better: Better::Higher,
    theme: Theme::Journey,
    definition: "Share of account-months after Onboarding in which published usage (daily over monthly users) is at \
                 or above the program's target; months without a published usage do not count.",
    compute: |view| view.share(|account| account.months_usage_healthy, |account| account.usage_months),
};

pub(super) const UTILIZATION_GOAL_ATTAINMENT: MetricDefinition = MetricDefinition {
    name: "utilization_goal_attainment",
    title: "New accounts that reach the onboarding goal",
    unit: Unit::Fraction,
    better: Better::Higher,
    theme: Theme::Journey,
    definition: "Of the accounts whose goal clock ended during the run, the share whose utilization (MAU / seats), as \
                 published then, was at or above the program's onboarding goal.",
    compute: |view| {
        view.share(
            |account| u32::from(account.goal == Some(true)),
            |account| u32::from(account.goal.is_some()),
        )
    },
};

pub(super) const UTILIZATION_MEAN: MetricDefinition = MetricDefinition {
    name: "utilization_mean",
    title: "Mean utilization",
    unit: Unit::Fraction,
    better: Better::Higher,
    theme: Theme::Journey,
    definition: "Mean published utilization (MAU / seats) over account-months after Onboarding.",
    compute: |view| mean(view, |account| account.utilization_sum, |account| account.months),
};

pub(super) const USAGE_MEAN: MetricDefinition = MetricDefinition {
    name: "usage_mean",
    title: "Mean usage",
    unit: Unit::Fraction,
    better: Better::Higher,
    theme: Theme::Journey,
    definition: "Mean published usage (by default four weeks' mean of daily users over last month's monthly users) \
                 over account-months after Onboarding that have one.",
    compute: |view| mean(view, |account| account.usage_sum, |account| account.usage_months),
};

pub(super) const DAYS_TO_NURTURING_MEDIAN: MetricDefinition = MetricDefinition {
    name: "days_to_nurturing_median",
    title: "Median days from close to Nurturing",
    unit: Unit::Days,
    better: Better::Lower,
    theme: Theme::Journey,
    definition: "Median time from close to the first entry into Nurturing of accounts that closed during the run \
                 (Aalen-Johansen: an account that churns first never gets there, one still on its way at the horizon \
                 is censored). Nothing where under half get there.",
    compute: |view| {
        let courses: Vec<Course> =
            view.customers().filter_map(|account| course(account, view.record.horizon)).collect();
        median(&courses).map(f64::from)
    },
};

pub(super) const STAGE_SHARE_PROSPECT: MetricDefinition = MetricDefinition {
    name: "stage_share_prospect",
    title: "Time in Prospect",
    unit: Unit::Fraction,
    better: Better::Neither,
    theme: Theme::Journey,
    definition: "Share of account-days, prospects' included, spent in Prospect.",
    compute: |view| stage_share(view, Stage::Prospect),
};

pub(super) const STAGE_SHARE_ONBOARDING: MetricDefinition = MetricDefinition {
    name: "stage_share_onboarding",
    title: "Time in Onboarding",
    definition: "Share of account-days, prospects' included, spent in Onboarding.",
    compute: |view| stage_share(view, Stage::Onboarding),
    ..STAGE_SHARE_PROSPECT
};

pub(super) const STAGE_SHARE_ADOPTING: MetricDefinition = MetricDefinition {
    name: "stage_share_adopting",
    title: "Time in Adopting",
    definition: "Share of account-days, prospects' included, spent in Adopting.",
    compute: |view| stage_share(view, Stage::Adopting),
    ..STAGE_SHARE_PROSPECT
};

pub(super) const STAGE_SHARE_NURTURING: MetricDefinition = MetricDefinition {
    name: "stage_share_nurturing",
    title: "Time in Nurturing",
    definition: "Share of account-days, prospects' included, spent in Nurturing.",
    compute: |view| stage_share(view, Stage::Nurturing),
    ..STAGE_SHARE_PROSPECT
};

pub(super) const STAGE_SHARE_RENEWING: MetricDefinition = MetricDefinition {
    name: "stage_share_renewing",
    title: "Time in Renewing",
    definition: "Share of account-days, prospects' included, spent in Renewing.",
    compute: |view| stage_share(view, Stage::Renewing),
    ..STAGE_SHARE_PROSPECT
};

pub(super) const HEALTH_SHARE_GREEN: MetricDefinition = MetricDefinition {
    name: "health_share_green",
    title: "Time in the green band",
    unit: Unit::Fraction,
    better: Better::Higher,
    theme: Theme::Journey,
    definition: "Share of account-days under contract in which the health score is green.",
    compute: |view| band_share(view, Color::Green),
};

pub(super) const HEALTH_SHARE_YELLOW: MetricDefinition = MetricDefinition {
    name: "health_share_yellow",
    title: "Time in the yellow band",
    better: Better::Neither,
    definition: "Share of account-days under contract in which the health score is yellow.",
    compute: |view| band_share(view, Color::Yellow),
    ..HEALTH_SHARE_GREEN
};

pub(super) const HEALTH_SHARE_RED: MetricDefinition = MetricDefinition {
    name: "health_share_red",
    title: "Time in the red band",
    better: Better::Lower,
    definition: "Share of account-days under contract in which the health score is red.",
    compute: |view| band_share(view, Color::Red),
    ..HEALTH_SHARE_GREEN
};

fn mean(
    view: &View,
    total: impl Fn(&AccountRecord) -> f64,
    count: impl Fn(&AccountRecord) -> u32,
) -> Option<f64> {
    let months = view.total(count);
    (months > 0).then(|| sum(view.accounts().map(total)) / months as f64)
}

/// Returns how an account that closed during the run fared on its way to Nurturing; [`None`] for one of the opening
/// book, whose first days nobody watched.
fn course(account: &AccountRecord, horizon: i32) -> Option<Course> {
    if account.close.0 < 0 {
        return None;
    }
    let (day, end) = match (account.nurturing, account.churned) {
        (Some(there), gone) if gone.is_none_or(|gone| there <= gone) => (there.0, End::Reached),
        (_, Some(gone)) => (gone.0, End::Lost),
        (_, None) => (horizon, End::Unknown),
    };
    Some(Course { days: day - account.close.0, end })
}

fn stage_share(view: &View, stage: Stage) -> Option<f64> {
    view.share(|account| account.stage_days[stage as usize], |account| account.stage_days.iter().sum())
}

fn band_share(view: &View, band: Color) -> Option<f64> {
    view.share(|account| account.band_days[band as usize], |account| account.band_days.iter().sum())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::Day;
    use crate::metrics::example::{customer, expect, expect_nothing, metric, slice, whole, year};
    use crate::metrics::view::Slice;
    use crate::population::segment::Segment;

    #[test]
    fn utilization_and_usage_count_account_months() {
        let first = AccountRecord {
            months: 10,
            months_utilization_healthy: 8,
            utilization_sum: 8.5,
            usage_months: 8,
            months_usage_healthy: 2,
            usage_sum: 2.0,
            ..customer()
        };
        let second = AccountRecord {
            segment: Segment::Enterprise,
            months: 10,
            utilization_sum: 3.5,
            usage_months: 2,
            usage_sum: 0.5,
            ..customer()
        };
        let record = year(vec![first, second]);
        expect("utilization_healthy_share", &whole(&record), 0.4);
        expect("utilization_mean", &whole(&record), 0.6);
        expect("usage_healthy_share", &whole(&record), 0.2);
        expect("usage_mean", &whole(&record), 0.25);
        expect("utilization_mean", &slice(&record, Slice::Segment(Segment::Enterprise)), 0.35);
    }

    #[test]
    fn the_goal_is_attained_by_those_whose_clock_has_ended() {
        let goals = [Some(true), Some(false), Some(false), Some(false), None];
        let record = year(goals.map(|goal| AccountRecord { goal, ..customer() }).to_vec());
        expect("utilization_goal_attainment", &whole(&record), 0.25);
        let record = year(vec![customer()]);
        expect_nothing("utilization_goal_attainment", &whole(&record));
    }

    #[test]
    fn shares_of_stages_and_bands_add_up_to_one() {
        let first = AccountRecord { stage_days: [40, 60, 100, 0, 0], band_days: [80, 0, 80], ..customer() };
        let second = AccountRecord { stage_days: [0, 0, 80, 80, 40], band_days: [160, 80, 0], ..customer() };
        let record = year(vec![first, second]);
        let stages = ["prospect", "onboarding", "adopting", "nurturing", "renewing"];
        let shares = stages.map(|stage| metric(&format!("stage_share_{stage}"), &whole(&record)));
        assert_eq!(shares, [0.1, 0.15, 0.45, 0.2, 0.1].map(Some));
        let bands = ["green", "yellow", "red"];
        let shares = bands.map(|band| metric(&format!("health_share_{band}"), &whole(&record)));
        assert_eq!(shares, [0.6, 0.2, 0.2].map(Some));
    }

    #[test]
    fn the_record_orders_stages_and_bands_as_their_enums_do() {
        for (place, stage) in Stage::ALL.into_iter().enumerate() {
            assert_eq!(stage as usize, place);
        }
        assert_eq!([Color::Green, Color::Yellow, Color::Red].map(|band| band as usize), [0, 1, 2]);
    }

    fn on_its_way(close: i32, nurturing: Option<i32>, churned: Option<i32>) -> AccountRecord {
        AccountRecord {
            close: Day(close),
            nurturing: nurturing.map(Day),
            churned: churned.map(Day),
            ..customer()
        }
    }

    /// Four accounts: there after 100 days; lost after 110; there after 120; still on its way at the horizon, 165
    /// days after close. After 100 days 1/4 is there, after 120 another 1/2 · 1/2: exactly half.
    #[test]
    fn the_median_counts_from_close_with_churn_competing_and_the_horizon_censoring() {
        let four = vec![
            on_its_way(50, Some(150), None),
            on_its_way(0, None, Some(110)),
            on_its_way(30, Some(150), Some(360)),
            on_its_way(200, None, None),
        ];
        expect("days_to_nurturing_median", &whole(&year(four)), 120.0);
    }

    #[test]
    fn accounts_of_the_opening_book_and_lost_prospects_are_not_watched() {
        let old = on_its_way(-1, Some(9), None);
        let prospect = AccountRecord { days: 0, ..on_its_way(200, None, None) };
        let unwatched = vec![old, prospect.clone(), prospect];
        expect_nothing("days_to_nurturing_median", &whole(&year(unwatched.clone())));
        let one_more = [unwatched, vec![on_its_way(10, Some(80), None)]].concat();
        expect("days_to_nurturing_median", &whole(&year(one_more)), 70.0);
    }

    #[test]
    fn whoever_gets_there_only_after_leaving_and_coming_back_was_lost() {
        let returned = on_its_way(0, Some(200), Some(100));
        expect_nothing("days_to_nurturing_median", &whole(&year(vec![returned])));
    }

    #[test]
    fn there_is_no_median_where_under_half_get_there() {
        let third =
            vec![on_its_way(0, Some(80), None), on_its_way(0, None, None), on_its_way(0, None, Some(90))];
        expect_nothing("days_to_nurturing_median", &whole(&year(third)));
    }
}
