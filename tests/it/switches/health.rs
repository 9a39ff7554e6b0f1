//! Points 35 to 40: how usage is measured, and what the health score makes of it.

use std::collections::BTreeSet;

use super::{Lived, live, pair};

/// All users are active on every weekday and on no other day.
const EVERY_WEEKDAY: &str = r#"
    usage.usage = "72%"
    usage.weekend = "0%"
"#;

/// Returns the usage published by the Monday that is `day` days after close.
fn usage(lived: &Lived, day: i32) -> f64 {
    let week = lived.record.weeks.iter().find(|week| week.day.0 == day).expect("a Monday of the run");
    assert_eq!(week.usage.1, 1, "one account has published usage");
    week.usage.0
}

fn is_close(is: f64, should: f64) {
    assert!((is - should).abs() < 1e-5, "{is} instead of {should}");
}

/// Monday 6 May 2024: the last four weeks are whole, and April had 22 weekdays of 30 days.
const AFTER_APRIL: i32 = 95;

/// Usage is healthy from 72 %, between the two figures below; unless it is, the account stays under 8.5 points.
const HEALTHY_FROM_72: &str = r#"
    horizon = "6mo"
    health.usage_healthy = "72%"
    health.green_min = 8.5
"#;

#[test]
fn point_35_users_of_all_weekdays_give_20_of_28_days_over_last_months_users_and_22_of_30_in_april() {
    let [lagged, same_month] = pair(
        &format!("{EVERY_WEEKDAY}\n{HEALTHY_FROM_72}"),
        [r#"usage.formula = "lagged""#, r#"usage.formula = "same_month""#],
    );
    is_close(usage(&lagged, AFTER_APRIL), 20.0 / 28.0);
    is_close(usage(&same_month, AFTER_APRIL), 22.0 / 30.0);
    // March had 21 weekdays of 31 days, April 22 of 30, May 23 of 31, and June 20 of 30.
    assert_eq!(same_month.beyond(&lagged), ["2024-05-01 turned green", "2024-07-01 turned yellow"]);
    assert_eq!(lagged.beyond(&same_month), [""; 0]);
}

#[test]
fn point_35_while_users_ramp_up_last_months_denominator_passes_a_gate_that_the_same_weeks_do_not() {
    // Usage is 25 %, under the gate. On Thursday 11 April, D+70, users rise from 30 % of the seats to 90 %.
    let ramp = r#"
        usage.ceiling = "30%"
        usage.usage = "25%"
        stages.utilization_gate = "20%"
        touchpoint.day-30-check-in.enabled = true
        touchpoint.day-30-check-in.at = ["70d"]
        touchpoint.day-30-check-in.audience = ["champion"]
        touchpoint.day-30-check-in.effect = { adoption_ceiling = "+60pp" }
    "#;
    let [lagged, rolling] = pair(ramp, [r#"usage.formula = "lagged""#, r#"usage.formula = "rolling28""#]);
    // By Monday the 15th: 24 days at 30 % and 4 at 90 %, over 30 % in March or over 90 % at the end.
    let daily = 0.25 * (24.0 * 0.3 + 4.0 * 0.9) / 28.0;
    is_close(usage(&lagged, 74), daily / 0.3);
    is_close(usage(&rolling, 74), daily / 0.9);
    assert_eq!(lagged.lines("nurturing"), ["2024-04-15 nurturing"]);
    assert_eq!(rolling.lines("nurturing"), [""; 0]);
}

#[test]
fn point_36_the_mean_of_daily_users_runs_over_all_days_or_over_weekdays() {
    let settings = format!("{EVERY_WEEKDAY}\n{HEALTHY_FROM_72}");
    let [all_days, weekdays] =
        pair(&settings, [r#"usage.dau_days = "calendar""#, r#"usage.dau_days = "weekdays""#]);
    is_close(usage(&all_days, AFTER_APRIL), 20.0 / 28.0);
    is_close(usage(&weekdays, AFTER_APRIL), 1.0);
    // The first Monday after the first month.
    assert_eq!(weekdays.beyond(&all_days), ["2024-03-04 turned green"]);
    assert_eq!(all_days.beyond(&weekdays), [""; 0]);
    let both = live(&format!("{settings}\n usage.formula = \"same_month\"\n usage.dau_days = \"weekdays\""));
    is_close(usage(&both, AFTER_APRIL), 1.0);
}

#[test]
fn point_37_usage_of_20_percent_is_poor_and_a_band_moves_with_the_cut_off() {
    // 22 % is concerning: 7.7 points. Poor, it leaves 6.2. The first usage is published on Monday 4 March.
    let [twenty, twenty_five] =
        pair(r#"usage.usage = "22%""#, [r#"health.usage_poor = "20%""#, r#"health.usage_poor = "25%""#]);
    assert_eq!(twenty_five.beyond(&twenty), ["2024-03-04 turned yellow"]);
    assert_eq!(twenty.beyond(&twenty_five), [""; 0]);
}

#[test]
fn point_38_the_target_of_80_percent_counts_from_the_end_of_onboarding() {
    let [eighty, fifty] = pair(
        r#"usage.ceiling = "60%""#,
        [r#"program.utilization_target = "80%""#, r#"program.utilization_target = "50%""#],
    );
    let months = |lived: &Lived| {
        let account = &lived.record.accounts[0];
        (account.months, account.months_utilization_healthy)
    };
    // April 2024 to February 2025: February and March 2024 were Onboarding, and the run ends before March is told.
    assert_eq!(months(&eighty), (11, 0));
    assert_eq!(months(&fifty), (11, 11));
    assert_eq!(eighty.log, fifty.log);
}

/// Without code navigation, and with usage of 25 %, the parts of the score are 1.0, 4.5 once figures are published
/// (3.0 before), and 2.5, 2.1 or 1.7 with the days since the last contact: fresh, more than 14, 30 and more.
const MIDDLING: &str = r#"
    usage.usage = "25%"
    population.code_navigation = "0%"
"#;

#[test]
fn point_39_green_begins_at_seven_or_elsewhere() {
    // 7.6 on 1 March, when utilization is published; 7.2 from the next day on, when contact is 30 days old.
    let [seven, higher] = pair(MIDDLING, ["health.green_min = 7.0", "health.green_min = 7.5"]);
    assert_eq!(higher.beyond(&seven), ["2024-03-02 turned yellow"]);
    assert_eq!(seven.beyond(&higher), [""; 0]);
}

#[test]
fn point_39_red_ends_at_five_or_elsewhere() {
    // 6.5 from the start; 6.1 from day 15, 16 February, to 1 March.
    let [five, higher] = pair(MIDDLING, ["health.red_max = 5.0", "health.red_max = 6.3"]);
    assert_eq!(higher.beyond(&five), ["2024-02-16 turned red"]);
    assert_eq!(five.beyond(&higher), [""; 0]);
}

#[test]
fn point_40_all_traits_count_or_only_those_nobody_has_to_set() {
    // Contact is old. With champion but no buyer: 1.0 + 0.8 + 6.0 points; with contact alone: 1.0 + 0 + 6.0.
    let [full, automatic] = pair(
        r#"
        population.code_navigation = "0%"
        population.buyer_access = "0%"
        health.green_min = 7.4
        "#,
        [r#"health.health_traits = "full""#, r#"health.health_traits = "automatic_only""#],
    );
    assert_eq!(full.beyond(&automatic), ["2024-03-04 turned green"]);
    assert_eq!(automatic.beyond(&full), [""; 0]);
}

#[test]
fn point_40_traits_set_by_hand_follow_at_once_or_with_the_monthly_prompt() {
    // 7.0 points at first. The champion leaves on 2 February, which costs 0.8 once it is noticed; contact older than
    // 14 days costs 0.4.
    let leaves = r#"
        horizon = "2mo"
        usage.usage = "25%"
        health.green_min = 6.8
        shocks.champion_leaves = "100 per day"
        shocks.champion_replaced = "10000d"
    "#;
    let [monthly, at_once] = pair(leaves, ["health.hand_set_lag = 30", "health.hand_set_lag = 0"]);
    assert_eq!(at_once.beyond(&monthly), ["2024-02-03 turned yellow"]);
    assert_eq!(monthly.beyond(&at_once), ["2024-02-16 turned yellow"]);
}

#[test]
fn point_35_on_a_monday_that_is_a_first_the_month_that_has_just_ended_is_last_month() {
    // On Monday 10 June, D+130, users rise from 30 % of the seats to 90 %. Monday 1 July is D+151.
    let rise = r#"
        usage.ceiling = "30%"
        usage.usage = "25%"
        touchpoint.day-30-check-in.enabled = true
        touchpoint.day-30-check-in.at = ["130d"]
        touchpoint.day-30-check-in.audience = ["champion"]
        touchpoint.day-30-check-in.effect = { adoption_ceiling = "+60pp" }
    "#;
    // From 3 to 30 June: 7 days at 30 % and 21 at 90 %, over 90 % in June and not over 30 % in May.
    let [lagged, _] = pair(rise, [r#"usage.formula = "lagged""#, r#"usage.formula = "rolling28""#]);
    is_close(usage(&lagged, 151), 0.25 * (7.0 * 0.3 + 21.0 * 0.9) / 28.0 / 0.9);
}

/// Answers to a survey in May and June, none of them favourable, spoil what advisors think of 20 accounts. They write it
/// down on the first of a month.
#[test]
fn what_advisors_think_of_an_account_moves_its_band_on_the_first_of_a_month() {
    let lived = live(
        r#"
        horizon = "6mo"
        population.accounts = 20
        responses.good_feedback = "0%"
        health.sentiment_weight = "100%"
        health.technical_weight = "0%"
        health.relationship_weight = "0%"
        health.utilization_weight = "0%"
        touchpoint.day-30-check-in.enabled = true
        touchpoint.day-30-check-in.at = ["100d", "110d", "125d", "135d"]
        touchpoint.day-30-check-in.audience = ["champion"]
        "#,
    );
    let turned: BTreeSet<i32> =
        ["turned yellow", "turned red"].into_iter().flat_map(|band| lived.days(band)).collect();
    // Sunday 1 June and 1 July.
    let spoilt: Vec<i32> = turned.into_iter().filter(|&day| day >= 100).collect();
    assert_eq!(spoilt, [121, 151]);
}
