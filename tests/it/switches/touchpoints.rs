//! Points 23 to 34, 46 to 50, 55 and 59: what is done when, and for whom.

use std::collections::BTreeSet;

use journeysim::engine::record::Happened;
use journeysim::engine::run::{Keep, Opening};

use super::{Lived, live, live_under, load, pair};

/// Returns `settings` with these touchpoints of the program enabled.
fn with(touchpoints: &[&str], settings: &str) -> String {
    let enabled = touchpoints.iter().map(|name| format!("touchpoint.{name}.enabled = true\n"));
    enabled.chain([settings.to_owned()]).collect()
}

#[test]
fn point_23_the_pool_sends_recaps_monthly_or_only_the_first() {
    let recaps = |monthly: &str| {
        live(&format!(
            "horizon = \"6mo\"
            touchpoint.day-90-recap.enabled = true
            touchpoint.monthly-recap.delay = \"0d\"
            touchpoint.monthly-recap.enabled = {monthly}"
        ))
    };
    let (on, off) = (recaps("true"), recaps("false"));
    // 1 June is a Saturday: the first working day of the month is Monday the 3rd.
    assert_eq!(on.beyond(&off), ["2024-06-03 monthly-recap to 3", "2024-07-01 monthly-recap to 3"]);
    assert_eq!(off.lines("day-90-recap to 3"), ["2024-05-01 day-90-recap to 3"]);
}

/// Check-ins are enabled and the run ends on 1 April 2025.
const CHECK_INS: &str = "touchpoint.check-in.enabled = true";

#[test]
fn point_24_check_ins_are_off_or_come_at_the_stated_interval() {
    let [off, on] = pair("", ["touchpoint.check-in.enabled = false", CHECK_INS]);
    assert_eq!(off.beyond(&on), [""; 0]);
    // D+180, D+270 and D+360, a Sunday.
    assert_eq!(on.beyond(&off), ["2024-07-30 check-in", "2024-10-28 check-in", "2025-01-27 check-in"]);
}

#[test]
fn point_24_the_interval_is_a_quarter_or_half_a_year() {
    let [quarter, half] =
        pair(CHECK_INS, [r#"touchpoint.check-in.every = "90d""#, r#"touchpoint.check-in.every = "182d""#]);
    assert_eq!(quarter.beyond(&half), ["2024-10-28 check-in", "2025-01-27 check-in"]);
    assert_eq!(half.beyond(&quarter), ["2025-01-28 check-in"]);
}

#[test]
fn point_25_check_ins_go_by_the_contract_or_by_calendar_quarters_and_day_90_has_one_offer() {
    let [contract, calendar] = pair(
        &with(&["check-in", "day-90-call"], ""),
        [
            r#"touchpoint.check-in.anchor = "anniversary""#,
            r#"touchpoint.check-in.anchor = "calendar_quarter""#,
        ],
    );
    assert_eq!(contract.lines("day-90-call"), ["2024-05-01 day-90-call"]);
    assert_eq!(
        contract.beyond(&calendar),
        ["2024-07-30 check-in", "2024-10-28 check-in", "2025-01-27 check-in"]
    );
    assert_eq!(calendar.beyond(&contract), ["2024-10-01 check-in", "2025-01-01 check-in"]);
}

#[test]
fn point_26_recaps_follow_the_first_month_that_ends_after_day_90_within_its_first_week() {
    let recaps = with(&["monthly-recap"], r#"horizon = "6mo""#);
    let first_day = live(&format!("{recaps}\n touchpoint.monthly-recap.delay = \"0d\""));
    let fifth_day = live(&format!("{recaps}\n touchpoint.monthly-recap.delay = \"4d\""));
    // D+90 is 1 May: April had ended.
    assert_eq!(
        first_day.beyond(&fifth_day),
        ["2024-06-03 monthly-recap to 3", "2024-07-01 monthly-recap to 3"]
    );
    // Four working days after Saturday the 1st, and after Monday the 1st.
    assert_eq!(
        fifth_day.beyond(&first_day),
        ["2024-06-06 monthly-recap to 3", "2024-07-05 monthly-recap to 3"]
    );
}

#[test]
fn point_26_the_pooled_program_sends_no_recap_after_the_seventh() {
    let lived = live(&with(&["monthly-recap"], "horizon = \"5y\""));
    let recaps = lived.lines("monthly-recap to 3");
    assert_eq!(recaps.len(), 56, "June 2024 to January 2029");
    let late: Vec<&&str> = recaps.iter().filter(|line| &line[8..10] > "07").collect();
    assert!(late.is_empty(), "{late:?}");
}

#[test]
fn point_27_twice_yearly_work_goes_on_after_adopting_or_ends_with_it() {
    let [every, adopting] = pair(
        &with(&["plan-sync"], ""),
        [
            r#"touchpoint.plan-sync.stages = ["adopting", "nurturing", "renewing"]"#,
            r#"touchpoint.plan-sync.stages = ["adopting"]"#,
        ],
    );
    // The account is in Nurturing on both dates; 1 February 2025 is a Saturday.
    assert_eq!(every.beyond(&adopting), ["2024-08-01 plan-sync", "2025-02-03 plan-sync"]);
    assert_eq!(adopting.beyond(&every), [""; 0]);
}

#[test]
fn point_28_biannual_means_twice_a_year_and_not_every_other_year() {
    let [twice, once] = pair(
        &with(&["roadmap-review"], r#"touchpoint.roadmap-review.delay = "0d""#),
        ["touchpoint.roadmap-review.times_per_year = 2", "touchpoint.roadmap-review.times_per_year = 1"],
    );
    assert_eq!(twice.beyond(&once), ["2024-08-01 roadmap-review"]);
    assert_eq!(once.lines("roadmap-review"), ["2025-02-03 roadmap-review"]);
}

#[test]
fn point_30_a_business_review_is_held_once_a_year_or_twice() {
    let [once, twice] = pair(
        &with(&["business-review"], ""),
        ["touchpoint.business-review.times_per_year = 1", "touchpoint.business-review.times_per_year = 2"],
    );
    assert_eq!(once.lines("business-review"), ["2025-02-03 business-review"]);
    assert_eq!(twice.beyond(&once), ["2024-08-01 business-review"]);
}

#[test]
fn point_30_a_business_review_needs_nurturing_or_not() {
    let [needed, not_needed] = pair(
        &with(&["business-review"], r#"usage.ceiling = "50%""#),
        [
            r#"touchpoint.business-review.stages = ["nurturing"]"#,
            r#"touchpoint.business-review.stages = ["adopting", "nurturing", "renewing"]"#,
        ],
    );
    assert_eq!(needed.beyond(&not_needed), [""; 0]);
    assert_eq!(not_needed.beyond(&needed), ["2025-02-03 business-review"]);
}

#[test]
fn point_31_a_first_use_is_followed_up_in_every_stage_after_onboarding_or_in_nurturing_only() {
    let [after_onboarding, nurturing] = pair(
        &with(&["advanced-enablement"], "usage.ceiling = \"50%\"\n shocks.feature_tried = \"100%\""),
        [
            r#"touchpoint.advanced-enablement.stages = ["adopting", "nurturing", "renewing"]"#,
            r#"touchpoint.advanced-enablement.stages = ["nurturing"]"#,
        ],
    );
    let used: Vec<i32> = after_onboarding.days("feature used").into_iter().filter(|&day| day >= 60).collect();
    assert!(used.len() >= 3, "{used:?}");
    assert_eq!(after_onboarding.days("advanced-enablement to 2"), used);
    assert_eq!(after_onboarding.beyond(&nurturing).len(), used.len());
    assert_eq!(nurturing.beyond(&after_onboarding), [""; 0]);
}

/// Usage of 20 % is poor: half of the utilization category is lost, 7 of 10 points are left, and contact that has
/// lapsed costs another 0.8. So the account is yellow from the first published figures on.
const YELLOW: &str = r#"usage.usage = "20%""#;

#[test]
fn point_32_health_campaigns_run_in_every_stage_after_onboarding_or_in_adopting_only() {
    // A gate on utilization alone lets a yellow account into Nurturing.
    let campaigns =
        with(&["health-campaign"], &format!("{YELLOW}\n horizon = \"8mo\"\n stages.gate_join = \"or\""));
    let [every, adopting] = pair(
        &campaigns,
        [
            r#"touchpoint.health-campaign.stages = ["adopting", "nurturing", "renewing"]"#,
            r#"touchpoint.health-campaign.stages = ["adopting"]"#,
        ],
    );
    // It has been yellow since Onboarding, so the campaign begins with the stage it is meant for, then every 60 days.
    assert_eq!(
        every.beyond(&adopting),
        [
            "2024-04-01 health-campaign to 2",
            "2024-05-31 health-campaign to 2",
            "2024-07-30 health-campaign to 2",
            "2024-09-28 health-campaign to 2"
        ]
    );
    assert_eq!(adopting.beyond(&every), [""; 0]);
}

#[test]
fn point_33_a_campaign_is_repeated_after_its_cooldown_while_the_band_lasts() {
    let [sixty, ninety] = pair(
        &with(&["health-campaign"], &format!("{YELLOW}\n horizon = \"8mo\"")),
        [r#"touchpoint.health-campaign.cooldown = "60d""#, r#"touchpoint.health-campaign.cooldown = "90d""#],
    );
    assert_eq!(sixty.beyond(&ninety), ["2024-05-31 health-campaign to 2", "2024-07-30 health-campaign to 2"]);
    // D+150; the next, D+240, is one of the others as well.
    assert_eq!(ninety.beyond(&sixty), ["2024-06-30 health-campaign to 2"]);
}

#[test]
fn point_33_a_campaign_may_be_sent_once_only() {
    let [again, once] = pair(
        &with(&["health-campaign"], &format!("{YELLOW}\n horizon = \"5mo\"")),
        ["touchpoint.health-campaign.repeat = true", "touchpoint.health-campaign.repeat = false"],
    );
    assert_eq!(again.beyond(&once), ["2024-05-31 health-campaign to 2"]);
    assert_eq!(once.lines("health-campaign to 2"), ["2024-04-01 health-campaign to 2"]);
}

#[test]
fn point_33_what_is_started_twice_while_it_waits_is_done_once() {
    // Red at first. A call on 1 May makes it green; two weeks later it turns yellow, a month later red again. A campaign
    // waits 20 days, so both changes start one before the first of them is sent.
    let lived = live(&with(
        &["health-campaign", "day-90-call"],
        r#"
        horizon = "5mo"
        health.green_min = 9.7
        health.red_max = 9.3
        touchpoint.health-campaign.delay = "20d"
        touchpoint.health-campaign.cooldown = "20d"
        touchpoint.health-campaign.repeat = false
        "#,
    ));
    assert_eq!(lived.lines("turned yellow"), ["2024-05-16 turned yellow"]);
    assert_eq!(lived.lines("turned red").last(), Some(&"2024-05-31 turned red"));
    assert_eq!(
        lived.lines("health-campaign to 2"),
        ["2024-04-21 health-campaign to 2", "2024-06-05 health-campaign to 2"]
    );
}

#[test]
fn point_34_automated_mail_leaves_the_activity_trait_alone_or_refreshes_it() {
    // All else healthy, fresh activity gives 10 points and any other at most 9.6.
    let [no, yes] = pair(
        &with(&["day-90-recap"], "horizon = \"5mo\"\n health.green_min = 9.7"),
        ["health.automation_counts_as_activity = false", "health.automation_counts_as_activity = true"],
    );
    // The mail of 1 May, D+90, shows the next morning, and has worn off on its 15th day.
    assert_eq!(yes.beyond(&no), ["2024-05-02 turned green", "2024-05-16 turned yellow"]);
    assert_eq!(no.beyond(&yes), [""; 0]);
}

#[test]
fn named_advisors_write_each_month_and_update_plans_quarterly_without_the_customer() {
    let settings = "horizon = \"6mo\"";
    let named = live_under("named-enterprise-ta", &with(&["feature-announcement", "plan-update"], settings));
    // The first message is of the month in which Onboarding is over; all come in the first week.
    let messages = named.lines("feature-announcement to 3");
    let months: Vec<&str> = messages.iter().map(|line| &line[..7]).collect();
    assert_eq!(months, ["2024-04", "2024-05", "2024-06", "2024-07"]);
    assert!(messages.iter().all(|line| line[8..10].parse::<u8>().is_ok_and(|day| day <= 7)), "{messages:?}");
    assert_eq!(named.lines("plan-update"), ["2024-05-01 plan-update"]);
    assert!(!named.log.iter().any(|line| line.contains("plan-update to")));
}

#[test]
fn corrective_plans_take_the_place_of_campaigns_in_the_named_program_and_digital_announces_releases() {
    // What a year of the whole program does.
    let done = |program| -> BTreeSet<String> {
        let scenario = load(program, &["population.accounts=60", "horizon=1y"].map(str::to_owned));
        let record = Opening::new(&scenario, 0).run(&scenario, Keep { log: true });
        let plans = record.log.iter().filter_map(|entry| match entry.happened {
            Happened::Reached { plan, .. } => Some((entry.program, plan)),
            _ => None,
        });
        let plan = |(program, plan)| &scenario.programs[usize::from(program)].plans[usize::from(plan)];
        plans.map(|at| plan(at).touchpoint.name.as_str().to_owned()).collect()
    };
    let [pooled, named, digital, scaled] =
        ["pooled-ta", "named-enterprise-ta", "digital-success", "digital-scaled-success"].map(done);
    for of_the_pool in ["health-campaign", "targeted-outreach", "plan-sync"] {
        assert!(pooled.contains(of_the_pool) && !named.contains(of_the_pool), "{of_the_pool}");
    }
    assert!(named.contains("low-utilization-project"));
    assert!(digital.contains("feature-announcement") && !scaled.contains("feature-announcement"));
}

#[test]
fn point_46_the_hand_off_starts_35_days_before_close_or_30() {
    let hand_off = |delay: &str| {
        live_under(
            "named-enterprise-ta",
            &format!(
                "horizon = \"1y\"
                population.arrivals = \"500% per year\"
                population.close_probability = \"100%\"
                touchpoint.hand-off.enabled = true
                touchpoint.hand-off.delay = \"{delay}\""
            ),
        )
    };
    // Days from entry to hand-off of each prospect; work waits for a working day.
    let waits = |lived: &Lived| -> Vec<i32> {
        let of = |who: i32| lived.days(&format!("#{who} hand-off")).first().copied();
        let entered =
            (0..20).filter_map(|who| lived.days(&format!("#{who} prospect")).first().map(|&day| (who, day)));
        entered.filter_map(|(who, day)| Some(of(who)? - day)).collect()
    };
    let (at_35, at_30) = (hand_off("10d"), hand_off("15d"));
    assert!(waits(&at_35).len() >= 3, "{:#?}", at_35.log);
    assert!(waits(&at_35).iter().all(|days| (10..=12).contains(days)), "{:?}", waits(&at_35));
    assert!(waits(&at_30).iter().all(|days| (15..=17).contains(days)), "{:?}", waits(&at_30));
    assert!(at_35.beyond(&at_30).iter().all(|line| line.ends_with("hand-off")));
}

#[test]
fn point_47_the_licence_at_renewal_costs_the_team_time_or_nobody() {
    let licence = with(&["license"], r#"assume.renewal-call-effort = "45m""#);
    let executive = "touchpoint.license.owner = \"account_executive\"\n touchpoint.license.effort = \"0m\"";
    let [team, executive] = pair(&licence, [r#"touchpoint.license.owner = "advisors""#, executive]);
    assert_eq!(team.lines("license"), ["2025-02-03 license"]);
    assert_eq!(team.log, executive.log);
    let minutes =
        |lived: &Lived| lived.record.touches.iter().flatten().map(|touch| touch.minutes).sum::<f64>();
    assert_eq!((minutes(&team), minutes(&executive)), (45.0, 0.0));
}

#[test]
fn point_48_the_kickoff_addresses_the_roles_that_stand_for_stakeholders_and_program_manager() {
    use journeysim::population::Role;
    let kickoff = super::scenario("pooled-ta", "touchpoint.kickoff.enabled = true");
    let plan = kickoff.programs[0].plans.first().expect("the kickoff is enabled");
    assert_eq!(plan.touchpoint.audience, [Role::Stakeholder, Role::InstanceAdmin, Role::ProgramContact]);
}

#[test]
fn point_49_a_mail_to_a_role_nobody_holds_is_skipped_or_goes_to_the_program_contact() {
    // The champion leaves on the day after close.
    let [skip, fallback] = pair(
        &with(
            &["day-30-check-in"],
            r#"
            horizon = "2mo"
            shocks.champion_leaves = "100 per day"
            shocks.champion_replaced = "10000d"
            touchpoint.day-30-check-in.audience = ["champion"]
            "#,
        ),
        [r#"program.missing_role = "skip""#, r#"program.missing_role = "fallback_to_program_contact""#],
    );
    assert_eq!(skip.beyond(&fallback), ["2024-03-02 day-30-check-in: nobody in a role"]);
    assert_eq!(fallback.beyond(&skip), ["2024-03-02 day-30-check-in"]);
}

#[test]
fn point_50_three_core_trainings_and_one_for_who_has_bought_the_assistant() {
    let trainings = |product: &str| {
        live_under(
            "named-enterprise-ta",
            &with(
                &["core-training", "assistant-training"],
                &format!(
                    "horizon = \"4mo\"
                    population.products.search.share = \"0%\"
                    population.products.{product}.share = \"100%\""
                ),
            ),
        )
    };
    let (search, both) = (trainings("search"), trainings("both"));
    // Two, four and six weeks after the first ping of Thursday 1 February; the assistant's in the seventh.
    assert_eq!(
        search.lines("training"),
        ["2024-02-15 core-training", "2024-02-29 core-training", "2024-03-14 core-training"]
    );
    assert_eq!(both.beyond(&search), ["2024-03-21 assistant-training"]);
}

#[test]
fn point_55_the_kickoff_is_held_so_many_working_days_after_close() {
    let kickoff = |lag: &str| {
        live(&with(&["kickoff"], &format!("horizon = \"18d\"\n touchpoint.kickoff.delay = \"{lag}\"")))
    };
    let (two, ten) = (kickoff("2d"), kickoff("10d"));
    // Close is Thursday 1 February: Friday, Monday; and the Thursday of the week after next.
    assert_eq!(two.beyond(&ten), ["2024-02-05 kickoff"]);
    assert_eq!(ten.beyond(&two), ["2024-02-15 kickoff"]);
}

#[test]
fn point_59_a_corrective_plan_is_updated_weekly_or_every_other_week() {
    let [weekly, fortnightly] = pair(
        &with(
            &["save-plan-week"],
            r#"
            horizon = "278d"
            assessment.enabled = true
            assessment.red_from = "100%"
            assessment.yellow_from = "0%"
            "#,
        ),
        [r#"touchpoint.save-plan-week.cooldown = "7d""#, r#"touchpoint.save-plan-week.cooldown = "14d""#],
    );
    // Rated yellow on Friday 4 October; the horizon is 5 November.
    assert_eq!(weekly.beyond(&fortnightly), ["2024-10-18 save-plan-week", "2024-11-01 save-plan-week"]);
    assert_eq!(
        fortnightly.lines("save-plan-week"),
        ["2024-10-11 save-plan-week", "2024-10-25 save-plan-week"]
    );
}

/// Everybody leaves on 1 February 2025, a Saturday.
#[test]
fn what_waits_for_a_customer_to_leave_is_done_after_it_has_left() {
    let left = |delay: &str| {
        live(&with(
            &["kickoff"],
            &format!(
                "renewal.constant_churn = \"100%\"
                touchpoint.kickoff.on = \"churned\"
                touchpoint.kickoff.working_days = false
                touchpoint.kickoff.delay = \"{delay}\""
            ),
        ))
    };
    for (delay, expected) in [("0d", "2025-02-03 kickoff"), ("10d", "2025-02-11 kickoff")] {
        let lived = left(delay);
        assert_eq!(lived.lines("churned"), ["2025-02-01 churned"]);
        assert_eq!(lived.lines("kickoff"), [expected], "after {delay}");
    }
}
