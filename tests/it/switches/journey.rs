//! Points 1 to 14 and 51: stages, gates and clocks.

use super::{live, pair};

#[test]
fn point_01_exactly_at_both_gates_reaches_but_does_not_surpass() {
    let [surpass, reach] = pair(
        r#"
        usage.ceiling = "80%"
        usage.usage = "30%"
        "#,
        [r#"stages.gate_comparison = "gt""#, r#"stages.gate_comparison = "ge""#],
    );
    assert_eq!(reach.beyond(&surpass), ["2024-04-01 nurturing", "2025-02-01 nurturing"]);
    assert_eq!(surpass.beyond(&reach), ["2025-02-01 adopting"]);
}

#[test]
fn point_02_60_percent_misses_a_goal_of_80_and_reaches_one_of_50_and_no_gate_moves() {
    let [eighty, fifty] = pair(
        r#"usage.ceiling = "60%""#,
        [r#"stages.onboarding_goal = "80%""#, r#"stages.onboarding_goal = "50%""#],
    );
    assert_eq!(eighty.beyond(&fifty), ["2024-04-01 goal missed"]);
    assert_eq!(fifty.beyond(&eighty), ["2024-04-01 goal reached"]);
}

#[test]
fn utilization_exactly_at_the_goal_reaches_it() {
    let at_the_goal = live(r#"usage.ceiling = "80%""#);
    assert_eq!(at_the_goal.lines("goal reached"), ["2024-04-01 goal reached"]);
}

/// Ten days between close and the start of the term.
const LATE_START: &str = r#"population.contract_start_lag = "10d""#;

#[test]
fn point_03_onboarding_counts_from_close_or_from_the_start_of_the_term() {
    let [close, start] =
        pair(LATE_START, [r#"stages.stage_clock = "close""#, r#"stages.stage_clock = "contract_start""#]);
    assert_eq!(close.beyond(&start), ["2024-04-01 adopting", "2024-04-01 nurturing"]);
    assert_eq!(start.beyond(&close), ["2024-04-11 adopting", "2024-04-11 nurturing"]);
}

/// The first ping comes 10 days after close at the earliest, on a day of its own that the log tells.
const LATE_PING: &str = r#"usage.first_ping = "20d""#;

#[test]
fn point_03_onboarding_may_wait_for_production() {
    let close = live(LATE_PING);
    let production = live(&format!("{LATE_PING}\n stages.stage_clock = \"production_ready\""));
    let ping = production.day("first ping");
    assert!(ping >= 10, "{ping}");
    assert_eq!(close.day("adopting"), 60);
    assert_eq!(production.day("adopting"), ping + 60);
}

#[test]
fn point_03_the_goal_counts_from_production_or_from_close() {
    let [production, close] =
        pair(LATE_PING, [r#"stages.goal_clock = "production_ready""#, r#"stages.goal_clock = "close""#]);
    assert_eq!(production.day("goal reached"), production.day("first ping") + 60);
    assert_eq!(close.beyond(&production), ["2024-04-01 goal reached"]);
}

#[test]
fn point_04_day_30_counts_from_close_or_from_the_start_of_the_term() {
    let [close, start] = pair(
        &format!("{LATE_START}\n touchpoint.day-30-check-in.enabled = true"),
        [r#"program.touch_clock = "close""#, r#"program.touch_clock = "contract_start""#],
    );
    assert_eq!(close.beyond(&start), ["2024-03-02 day-30-check-in to 3"]);
    assert_eq!(start.beyond(&close), ["2024-03-12 day-30-check-in to 3"]);
}

#[test]
fn point_04_day_30_may_count_from_production() {
    let production = live(&format!(
        "{LATE_PING}
        program.touch_clock = \"production_ready\"
        touchpoint.day-30-check-in.enabled = true"
    ));
    assert_eq!(production.day("day-30-check-in to 3"), production.day("first ping") + 30);
}

#[test]
fn point_05_the_goal_is_due_after_60_days_or_after_45() {
    let [sixty, forty_five] = pair("", ["stages.goal_days = 60", "stages.goal_days = 45"]);
    assert_eq!(sixty.beyond(&forty_five), ["2024-04-01 goal reached"]);
    assert_eq!(forty_five.beyond(&sixty), ["2024-03-17 goal reached"]);
}

/// D+45 is 17 March 2024.
#[test]
fn a_goal_that_a_change_makes_due_on_its_day_is_judged_on_it() {
    let change = |from: &str| {
        live(&format!(
            "change = [{{ name = \"sooner\", from = {from}, set = {{ \"stages.goal_days\" = 45 }} }}]"
        ))
    };
    assert_eq!(change("2024-03-17").lines("goal reached"), ["2024-03-17 goal reached"]);
    // What has gone by is not judged afterwards.
    assert_eq!(change("2024-03-18").lines("goal reached"), [""; 0]);
}

/// Utilization of 50 % keeps an account in Adopting.
const NEVER_PASSES: &str = r#"usage.ceiling = "50%""#;

#[test]
fn point_06_the_window_leads_to_renewing_and_read_literally_through_nurturing() {
    let [preempts, literal] =
        pair(NEVER_PASSES, ["stages.renewal_preempts = true", "stages.renewal_preempts = false"]);
    assert_eq!(preempts.beyond(&literal), ["2024-10-04 renewing"]);
    assert_eq!(literal.beyond(&preempts), ["2024-10-04 nurturing", "2024-10-05 renewing"]);
}

#[test]
fn point_07_renewing_is_entered_from_every_stage_or_from_nurturing_only() {
    let [every, nurturing] = pair(
        NEVER_PASSES,
        ["stages.renewing_from_every_stage = true", "stages.renewing_from_every_stage = false"],
    );
    assert_eq!(every.beyond(&nurturing), ["2024-10-04 renewing", "2025-02-01 adopting"]);
    assert_eq!(nurturing.beyond(&every), [""; 0]);
}

#[test]
fn point_07_from_nurturing_only_who_passes_the_gate_inside_the_window_goes_on_to_renewing() {
    // A mail at D+257, 15 October, lifts utilization above the gate, as November tells of October.
    let late_bloomer = r#"
        usage.ceiling = "70%"
        touchpoint.day-90-recap.enabled = true
        touchpoint.day-90-recap.at = ["257d"]
        touchpoint.day-90-recap.audience = ["champion"]
        touchpoint.day-90-recap.effect = { adoption_ceiling = "+20pp", half_life = "36500d" }
    "#;
    let nurturing = live(&format!("{late_bloomer}\n stages.renewing_from_every_stage = false"));
    assert_eq!(nurturing.lines("nurturing"), ["2024-11-01 nurturing", "2025-02-01 nurturing"]);
    assert_eq!(nurturing.lines("renewing"), ["2024-11-01 renewing"]);
}

#[test]
fn point_08_exactly_120_days_is_within_the_window_or_not_yet() {
    let [within, inside] =
        pair("", [r#"stages.renewing_boundary = "within""#, r#"stages.renewing_boundary = "inside""#]);
    assert_eq!(within.beyond(&inside), ["2024-10-04 renewing"]);
    assert_eq!(inside.beyond(&within), ["2024-10-05 renewing"]);
}

#[test]
fn point_09_onboarding_ends_on_day_60_or_after_it() {
    let [on_the_day, after] = pair("", ["stages.onboarding_days = 60", "stages.onboarding_days = 61"]);
    assert_eq!(on_the_day.beyond(&after), ["2024-04-01 adopting", "2024-04-01 nurturing"]);
    assert_eq!(after.beyond(&on_the_day), ["2024-04-02 adopting", "2024-04-02 nurturing"]);
}

/// Utilization falls from 90 % to 77 % on D+100, 11 May, and to 70 % on D+161, 11 July. A month shows its best day,
/// so 77 % is published on 1 July and 70 % on 1 September. The term is two years.
const DECLINE: &str = r#"
    population.term.one-year.share = "0%"
    population.term.two-years.share = "100%"
    usage.usage = "60%"
    touchpoint.day-90-recap.enabled = true
    touchpoint.day-90-recap.at = ["100d"]
    touchpoint.day-90-recap.audience = ["champion"]
    touchpoint.day-90-recap.effect = { adoption_ceiling = "-13pp", half_life = "36500d" }
    touchpoint.day-30-check-in.enabled = true
    touchpoint.day-30-check-in.at = ["161d"]
    touchpoint.day-30-check-in.audience = ["champion"]
    touchpoint.day-30-check-in.effect = { adoption_ceiling = "-7pp" }
"#;

#[test]
fn point_10_nurturing_is_kept_or_lost_at_once_or_after_two_months_below_the_gate() {
    let [never, immediate] =
        pair(DECLINE, [r#"stages.fallback = "never""#, r#"stages.fallback = "immediate""#]);
    let after_two = live(&format!("{DECLINE}\n stages.fallback = \"after_n_months\""));
    assert_eq!(never.beyond(&immediate), [""; 0]);
    assert_eq!(immediate.beyond(&never), ["2024-09-01 adopting"]);
    assert_eq!(after_two.beyond(&never), ["2024-10-01 adopting"]);
}

#[test]
fn point_10_without_hysteresis_the_first_month_below_the_gate_is_enough() {
    let falling = format!("{DECLINE}\n stages.fallback = \"immediate\"");
    let [wide, none] =
        pair(&falling, [r#"stages.fallback_hysteresis = "5%""#, r#"stages.fallback_hysteresis = "0%""#]);
    assert_eq!(wide.beyond(&none), ["2024-09-01 adopting"]);
    assert_eq!(none.beyond(&wide), ["2024-07-01 adopting"]);
}

/// A mail takes 20 points of utilization and another gives them back: June and August are below the gate, July is not,
/// because a month shows its best day.
const UP_AND_DOWN: &str = r#"
    population.term.one-year.share = "0%"
    population.term.two-years.share = "100%"
    usage.usage = "60%"
    touchpoint.day-90-recap.enabled = true
    touchpoint.day-90-recap.at = ["109d", "170d"]
    touchpoint.day-90-recap.audience = ["champion"]
    touchpoint.day-90-recap.effect = { adoption_ceiling = "-20pp", half_life = "36500d" }
    touchpoint.day-30-check-in.enabled = true
    touchpoint.day-30-check-in.at = ["160d", "222d"]
    touchpoint.day-30-check-in.audience = ["champion"]
    touchpoint.day-30-check-in.effect = { adoption_ceiling = "+20pp", half_life = "36500d" }
"#;

#[test]
fn two_months_below_the_gate_count_only_one_after_the_other() {
    let [immediate, after_two] = ["immediate", "after_n_months"]
        .map(|fallback| live(&format!("{UP_AND_DOWN}\n stages.fallback = \"{fallback}\"")));
    let fell_back = ["2024-04-01 adopting", "2024-07-01 adopting", "2024-09-01 adopting"];
    assert_eq!(immediate.lines("adopting"), fell_back);
    assert_eq!(after_two.lines("adopting"), fell_back[..1]);
}

/// September is below the gate; then the account is in Renewing from 29 October on. Back in Nurturing on 26 February it is
/// below the gate in February and March.
#[test]
fn months_below_the_gate_count_anew_in_a_new_stage() {
    let lived = live(&format!(
        r#"
        {UP_AND_DOWN}
        horizon = "15mo"
        population.contract_start_lag = "25d"
        population.term.one-year.share = "100%"
        population.term.two-years.share = "0%"
        stages.fallback = "after_n_months"
        touchpoint.day-90-recap.at = ["201d", "365d"]
        touchpoint.day-30-check-in.at = ["252d"]
        "#
    ));
    assert_eq!(lived.lines("nurturing"), ["2024-04-01 nurturing", "2025-02-26 nurturing"]);
    assert_eq!(lived.lines("adopting"), ["2024-04-01 adopting", "2025-04-01 adopting"]);
}

#[test]
fn point_11_onboarding_leads_through_adopting_or_straight_to_nurturing() {
    let [through, straight] = pair("", ["stages.skip_adopting = false", "stages.skip_adopting = true"]);
    assert_eq!(through.beyond(&straight), ["2024-04-01 adopting"]);
    assert_eq!(straight.beyond(&through), [""; 0]);
}

#[test]
fn point_12_the_gate_is_looked_at_daily_or_every_28_days_from_close() {
    // D+84, the first multiple of 28 from D+60 on, is 25 April.
    let [daily, seldom] =
        pair("", [r#"stages.gate_check_interval = "1d""#, r#"stages.gate_check_interval = "28d""#]);
    assert_eq!(daily.beyond(&seldom), ["2024-04-01 nurturing"]);
    assert_eq!(seldom.beyond(&daily), ["2024-04-25 nurturing"]);
}

/// Of a book in mid-life some are past onboarding when the run starts, have passed the gate, and wait for D+100.
#[test]
fn who_waits_for_the_next_look_at_the_gate_when_the_run_starts_goes_on_when_it_comes() {
    let lived = live(
        r#"
        horizon = "3mo"
        population.mid_life = true
        population.accounts = 300
        renewal.constant_churn = "60%"
        stages.gate_check_interval = "50d"
        "#,
    );
    let closes: Vec<i32> = lived.record.accounts.iter().map(|account| account.close.0).collect();
    let waiting: Vec<usize> = (0..closes.len()).filter(|&it| (-90..-60).contains(&closes[it])).collect();
    assert!(!waiting.is_empty());
    for account in waiting {
        assert_eq!(
            lived.days(&format!("#{account} nurturing")),
            [closes[account] + 100],
            "account {account}"
        );
    }
}

#[test]
fn point_13_after_a_renewal_come_the_figures_or_adopting_or_a_second_onboarding() {
    let [by_metrics, adopting] = pair(
        "",
        [r#"stages.post_renewal_stage = "by_metrics""#, r#"stages.post_renewal_stage = "adopting""#],
    );
    let onboarding = live(r#"stages.post_renewal_stage = "onboarding""#);
    assert_eq!(by_metrics.lines("nurturing"), ["2024-04-01 nurturing", "2025-02-01 nurturing"]);
    // The gate is looked at daily, so Adopting lasts for a moment only.
    assert_eq!(adopting.beyond(&by_metrics), ["2025-02-01 adopting"]);
    assert_eq!(by_metrics.beyond(&adopting), [""; 0]);
    // The horizon is 1 April 2025, a day before the second onboarding ends.
    assert_eq!(onboarding.beyond(&by_metrics), ["2025-02-01 onboarding"]);
    assert_eq!(by_metrics.beyond(&onboarding), ["2025-02-01 nurturing"]);
}

/// 60 days after 1 February 2025 is 2 April.
#[test]
fn a_second_onboarding_ends_as_the_first_did() {
    let onboarding = live("horizon = \"15mo\"\n stages.post_renewal_stage = \"onboarding\"");
    assert_eq!(onboarding.lines("onboarding"), ["2025-02-01 onboarding"]);
    assert_eq!(onboarding.lines("adopting"), ["2024-04-01 adopting", "2025-04-02 adopting"]);
}

#[test]
fn point_14_renewing_goes_by_the_end_of_the_term_whatever_its_length() {
    let one_year = live(r#"horizon = "2y""#);
    let two_years = live(
        r#"
        horizon = "2y"
        population.term.one-year.share = "0%"
        population.term.two-years.share = "100%"
        "#,
    );
    assert_eq!(one_year.lines("renewing"), ["2024-10-04 renewing", "2025-10-04 renewing"]);
    assert_eq!(two_years.lines("renewing"), ["2025-10-04 renewing"]);
}

#[test]
fn point_51_the_120_of_the_renewal_are_days() {
    let [days_120, days_90] = pair("", ["stages.renewing_days = 120", "stages.renewing_days = 90"]);
    assert_eq!(days_120.beyond(&days_90), ["2024-10-04 renewing"]);
    assert_eq!(days_90.beyond(&days_120), ["2024-11-03 renewing"]);
}
