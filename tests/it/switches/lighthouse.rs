//! Points 15 to 18, 20 to 22 and 29: the renewal health assessment and Lighthouse. Rated accounts are rated on
//! Friday 4 October 2024, R-120. Syncs are on every other Monday from 5 February 2024, so on 14 and 28 October and on
//! 11 and 25 November.

use super::{live, live_under, load, pair};

/// Lighthouse and the assessment are on, and the account is rated red whatever its health.
const RATED_RED: &str = r#"
    lighthouse.enabled = true
    assessment.enabled = true
    assessment.red_from = "0%"
    assessment.yellow_from = "0%"
"#;

/// Lighthouse and the assessment are on, and the account is rated yellow.
const RATED_YELLOW: &str = r#"
    horizon = "9mo"
    lighthouse.enabled = true
    assessment.enabled = true
    assessment.red_from = "100%"
    assessment.yellow_from = "0%"
"#;

/// Poor usage and no access to the buyer: the band is never green.
const NEVER_GREEN: &str = r#"
    usage.usage = "15%"
    population.buyer_access = "0%"
"#;

#[test]
fn point_15_yellow_enters_lighthouse_or_red_alone() {
    let [yellow_or_red, red] =
        pair(RATED_YELLOW, [r#"lighthouse.entry = "yellow_or_red""#, r#"lighthouse.entry = "red""#]);
    assert_eq!(red.lines("rated yellow"), ["2024-10-04 rated yellow"]);
    assert_eq!(red.lines("lighthouse entered"), [""; 0]);
    assert_eq!(yellow_or_red.lines("lighthouse entered"), ["2024-10-04 lighthouse entered"]);
    let red_enters = live(&format!("{RATED_RED}\n horizon = \"9mo\"\n lighthouse.entry = \"red\""));
    assert_eq!(red_enters.lines("lighthouse entered"), ["2024-10-04 lighthouse entered"]);
}

#[test]
fn point_15_any_flag_takes_a_band_below_green_for_a_risk_whatever_the_rating() {
    let rated_green = format!("{RATED_YELLOW}\n{NEVER_GREEN}\n assessment.yellow_from = \"100%\"");
    let [rating, flag] =
        pair(&rated_green, [r#"lighthouse.entry = "yellow_or_red""#, r#"lighthouse.entry = "any_flag""#]);
    assert_eq!(rating.lines("rated green"), ["2024-10-04 rated green"]);
    assert_eq!(rating.lines("lighthouse entered"), [""; 0]);
    assert_eq!(flag.lines("lighthouse entered"), ["2024-10-04 lighthouse entered"]);
}

#[test]
fn point_15_any_flag_also_takes_a_band_that_turns_inside_the_window() {
    // A mail on Sunday 20 October, D+262, ends all use. Of the four weeks before Monday 4 November 13 days are left:
    // 13/28 of 40 % are 19 %, poor usage, which halves the 6 points of utilization of the 8.3 the account had.
    let flag = live(
        r#"
        horizon = "10mo"
        assessment.enabled = true
        lighthouse.enabled = true
        lighthouse.entry = "any_flag"
        population.buyer_access = "0%"
        health.green_min = 6.0
        touchpoint.day-30-check-in.enabled = true
        touchpoint.day-30-check-in.at = ["262d"]
        touchpoint.day-30-check-in.audience = ["champion"]
        touchpoint.day-30-check-in.effect = { adoption_ceiling = "-90pp" }
        "#,
    );
    assert_eq!(flag.lines("lighthouse entered"), ["2024-11-04 lighthouse entered"]);
}

/// Executives and advisors look every day whether the account, never green, should be put in.
const AD_HOC: &str = r#"
    horizon = "9mo"
    lighthouse.enabled = true
    lighthouse.ad_hoc = "100 per day"
    lighthouse.max_days = 1000
"#;

#[test]
fn point_16_lighthouse_opens_120_days_before_renewal_or_180_or_is_always_open() {
    let [days_120, days_180] = pair(
        &format!("{AD_HOC}\n{NEVER_GREEN}"),
        [r#"lighthouse.window = "120d""#, r#"lighthouse.window = "180d""#],
    );
    let any = live(&format!("{AD_HOC}\n{NEVER_GREEN}\n lighthouse.window = \"any\""));
    assert_eq!(days_120.lines("lighthouse entered"), ["2024-10-04 lighthouse entered"]);
    assert_eq!(days_180.lines("lighthouse entered"), ["2024-08-05 lighthouse entered"]);
    assert_eq!(any.lines("lighthouse entered"), ["2024-02-02 lighthouse entered"]);
}

#[test]
fn by_hand_whoever_looks_poor_enters_although_the_assessment_rates_it_green() {
    let rated_green = |band: &str, ad_hoc| {
        live(&format!(
            "{RATED_YELLOW}\n{band}\n assessment.yellow_from = \"100%\"\n lighthouse.ad_hoc = \"{ad_hoc}\""
        ))
    };
    let nobody = rated_green(NEVER_GREEN, "0 per day");
    assert_eq!(nobody.lines("rated green"), ["2024-10-04 rated green"]);
    assert_eq!(nobody.lines("lighthouse entered"), [""; 0]);
    let somebody = rated_green(NEVER_GREEN, "100 per day");
    assert_eq!(somebody.lines("rated green"), ["2024-10-04 rated green"]);
    assert_eq!(somebody.lines("lighthouse entered"), ["2024-10-04 lighthouse entered"]);
    let looks_green = rated_green("", "100 per day");
    assert_eq!(looks_green.lines("lighthouse entered"), [""; 0]);
}

/// Of 400 accounts that wait for nothing else, each should be put in within 90 days with 1 - exp(-90/365 x 2) = 38.9 %:
/// 156 of them, give or take five standard deviations of 9.7.
#[test]
fn by_hand_accounts_enter_at_the_rate_that_is_stated() {
    let many = live(&format!(
        "{AD_HOC}\n{NEVER_GREEN}\n horizon = \"90d\"\n population.accounts = 400\n \
         lighthouse.window = \"any\"\n lighthouse.ad_hoc = \"2 per year\""
    ));
    let entered = many.lines("lighthouse entered").len();
    assert!((107..=205).contains(&entered), "{entered} entered");
}

#[test]
fn by_hand_a_customer_of_named_advisors_may_enter_long_before_its_renewal() {
    let named = live_under("named-enterprise-ta", &format!("{AD_HOC}\n{NEVER_GREEN}\n horizon = \"14d\""));
    assert_eq!(named.lines("lighthouse entered"), ["2024-02-02 lighthouse entered"]);
}

/// The champion leaves on the day after close and does not come back.
const CHAMPION_LEAVES: &str = r#"
    assessment.enabled = true
    assessment.yellow_from = "100%"
    assessment.red_from = "100%"
    lighthouse.enabled = true
    shocks.champion_leaves = "100 per day"
    shocks.champion_replaced = "10000d"
"#;

#[test]
fn point_17_a_champion_who_leaves_does_not_enter_lighthouse_or_does() {
    let [no, yes] = pair(
        &format!(
            "{CHAMPION_LEAVES}\n assessment.enabled = true\n horizon = \"14d\"\n lighthouse.window = \"any\""
        ),
        ["lighthouse.champion_loss_triggers = false", "lighthouse.champion_loss_triggers = true"],
    );
    assert_eq!(no.lines("champion left"), ["2024-02-02 champion left"]);
    // A Friday; the program sync is on the Monday after.
    assert_eq!(yes.beyond(&no), ["2024-02-02 lighthouse entered", "2024-02-05 lighthouse presented"]);
    assert_eq!(no.beyond(&yes), [""; 0]);
}

#[test]
fn point_17_a_champion_lost_before_the_window_counts_when_it_opens() {
    let yes =
        live(&format!("{CHAMPION_LEAVES}\n horizon = \"9mo\"\n lighthouse.champion_loss_triggers = true"));
    assert_eq!(yes.lines("lighthouse entered"), ["2024-10-04 lighthouse entered"]);
}

#[test]
fn point_18_a_program_has_lighthouse_or_not_and_digital_has_not() {
    let on = live(&format!("{RATED_RED}\n horizon = \"9mo\""));
    let off = live(&format!("{RATED_RED}\n horizon = \"9mo\"\n lighthouse.enabled = false"));
    assert_eq!(on.beyond(&off)[0], "2024-10-04 lighthouse entered");
    assert_eq!(off.lines("lighthouse entered"), [""; 0]);
    let enabled = |program| load(program, &[]).programs[0].lighthouse.enabled;
    assert!(enabled("pooled-ta") && enabled("named-enterprise-ta"));
    assert!(!enabled("digital-scaled-success") && !enabled("digital-success"));
}

#[test]
fn point_20_a_healthy_member_leaves_after_so_many_checks_in_a_row() {
    // Presented at the first sync, 14 October; checked from the second on.
    let [two, one] = pair(RATED_RED, ["lighthouse.exit_checks = 2", "lighthouse.exit_checks = 1"]);
    assert_eq!(two.beyond(&one), ["2024-11-11 lighthouse left healthy"]);
    assert_eq!(one.beyond(&two), ["2024-10-28 lighthouse left healthy"]);
}

#[test]
fn point_20_a_member_who_does_not_recover_stays_until_renewal_or_for_the_longest_stay() {
    let stuck = format!("{RATED_RED}\n{NEVER_GREEN}");
    let no_limit = live(&stuck);
    let three_weeks = live(&format!("{stuck}\n lighthouse.max_days = 21"));
    assert_eq!(no_limit.lines("lighthouse left renewed"), ["2025-02-01 lighthouse left renewed"]);
    assert_eq!(three_weeks.lines("lighthouse left expired"), ["2024-10-25 lighthouse left expired"]);
    assert_eq!(three_weeks.lines("lighthouse left renewed"), [""; 0]);
}

#[test]
fn point_20_a_stay_also_ends_with_the_contract() {
    let stuck = format!("{RATED_RED}\n{NEVER_GREEN}");
    let churned = live(&format!("{stuck}\n renewal.constant_churn = \"100%\""));
    assert_eq!(churned.lines("lighthouse left churned"), ["2025-02-01 lighthouse left churned"]);
}

#[test]
fn point_20_when_lighthouse_is_full_the_account_with_most_revenue_at_risk_is_next() {
    let three = format!(
        "{RATED_RED}
        horizon = \"10mo\"
        renewal.constant_churn = \"0.001%\"
        population.accounts = 3
        population.group.enterprise-below-100k.developers_to = 2000
        population.seats_share = \"5%\"
        lighthouse.exit_checks = 1"
    );
    let unlimited = live(&three);
    let one_place = live(&format!("{three}\n lighthouse.max_concurrent = 1"));
    assert_eq!(unlimited.lines("lighthouse entered").len(), 3);
    // All three are rated in the order of their numbers; the first takes the place and leaves on 28 October, when the
    // larger of the others follows it. It is presented on 11 November and checked on 25 November.
    let revenue = |account| one_place.record.ledger.balance_of(account);
    let larger = if revenue(1) > revenue(2) { 1 } else { 2 };
    assert_eq!(
        one_place.lines("lighthouse entered"),
        [
            "2024-10-04 #0 lighthouse entered".to_owned(),
            format!("2024-10-28 #{larger} lighthouse entered"),
            format!("2024-11-25 #{} lighthouse entered", 3 - larger)
        ]
    );
}

#[test]
fn point_21_the_assessment_is_made_120_days_before_renewal_or_180() {
    let [days_120, days_180] = pair(
        "assessment.enabled = true\n assessment.red_from = \"0%\"\n assessment.yellow_from = \"0%\"",
        ["assessment.rha_days = 120", "assessment.rha_days = 180"],
    );
    assert_eq!(days_120.beyond(&days_180), ["2024-10-04 rated red"]);
    assert_eq!(days_180.beyond(&days_120), ["2024-08-05 rated red"]);
}

#[test]
fn point_22_a_program_assesses_renewals_or_not_and_digital_does_not() {
    let on =
        live("assessment.enabled = true\n assessment.red_from = \"0%\"\n assessment.yellow_from = \"0%\"");
    let off =
        live("assessment.enabled = false\n assessment.red_from = \"0%\"\n assessment.yellow_from = \"0%\"");
    assert_eq!(on.beyond(&off), ["2024-10-04 rated red"]);
    let enabled = |program| load(program, &[]).programs[0].assessment.enabled;
    assert!(enabled("pooled-ta") && enabled("named-enterprise-ta"));
    assert!(!enabled("digital-scaled-success") && !enabled("digital-success"));
}

#[test]
fn point_29_bi_weekly_syncs_come_every_14_days_and_not_twice_a_week() {
    let [fortnight, week] =
        pair(RATED_RED, [r#"lighthouse.sync_every = "14d""#, r#"lighthouse.sync_every = "7d""#]);
    let expected = ["2024-10-14 lighthouse presented", "2024-11-11 lighthouse left healthy"];
    assert_eq!(fortnight.beyond(&week), expected);
    // Presented on the first Monday, 7 October; checked on the 14th and the 21st.
    let expected = ["2024-10-07 lighthouse presented", "2024-10-21 lighthouse left healthy"];
    assert_eq!(week.beyond(&fortnight), expected);
}
