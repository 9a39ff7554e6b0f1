//! Points 41 to 45 and 52 to 54: whose customer an account is, and what becomes of its contract.

use journeysim::metrics::{View, Worth, position, values};

use super::{Lived, live, pair};

const ENTERPRISE: &str = "population.group.enterprise-below-100k";

#[test]
fn point_41_the_touch_level_is_a_label_that_changes_nothing() {
    let work = "touchpoint.check-in.enabled = true\n touchpoint.plan-sync.enabled = true";
    let [low, medium] = pair(work, [r#"program.touch_level = "low""#, r#"program.touch_level = "medium""#]);
    assert_eq!(low.log, medium.log);
    assert!(!low.lines("plan-sync").is_empty());
}

#[test]
fn point_42_exactly_100_000_dollars_belongs_to_the_upper_group() {
    // $500 a seat become $625 at renewal: 160 seats come to $100,000, 159 to $99,375.
    let seats = |share: &str| {
        live(&format!("renewal.price_change = \"+25%\"\n population.seats_share = \"{share}\""))
    };
    let (exactly, below) = (seats("26.67%"), seats("26.6%"));
    assert_eq!(exactly.record.closing, journeysim::base::money::Money::from_units(100_000));
    assert_eq!(exactly.beyond(&below), ["2025-02-01 transferred"]);
    assert_eq!(below.beyond(&exactly), [""; 0]);
}

#[test]
fn point_43_exactly_2_500_developers_are_enterprise() {
    // Growth of 1 % in 366 days: 2,475 become 2,500, and 2,476 become 2,501.
    let developers = |count: u32| {
        live(&format!(
            "{ENTERPRISE}.developers_from = {count}
            {ENTERPRISE}.developers_to = {count}
            population.seats_share = \"5%\"
            renewal.developer_growth = \"+1%\""
        ))
    };
    let (enterprise, strategic) = (developers(2_475), developers(2_476));
    assert_eq!(strategic.beyond(&enterprise), ["2025-02-01 transferred"]);
    assert_eq!(enterprise.beyond(&strategic), [""; 0]);
}

#[test]
fn point_44_the_pool_keeps_enterprises_below_100_000_dollars_or_customers_below_50_000() {
    // 90 seats: $45,000 until the renewal, $56,250 after it.
    let [fy25, before] = pair(
        "population.seats_share = \"15%\"\n renewal.price_change = \"+25%\"",
        [r#"population.segmentation = "fy25""#, r#"population.segmentation = "pre_fy25""#],
    );
    assert_eq!(before.beyond(&fy25), ["2025-02-01 transferred"]);
    assert_eq!(fy25.beyond(&before), [""; 0]);
}

#[test]
fn point_45_an_account_that_outgrows_the_pool_moves_at_renewal_or_with_the_order() {
    // 150 seats grow by half to $112,500, on a day of its own that the log tells.
    let grows = r#"
        stages.renewing_days = 10
        renewal.expansion = "1 per year"
        renewal.expansion_from = "0%"
        renewal.expansion_size = "50%"
        renewal.cross_sell = "0%"
        horizon = "367d"
    "#;
    let [renewal, immediate] =
        pair(grows, [r#"population.resegment = "renewal""#, r#"population.resegment = "immediate""#]);
    let expanded = immediate.lines("expanded");
    assert_eq!(expanded.len(), 1, "{:#?}", immediate.log);
    // Until it moves the pool's journey goes on.
    assert_eq!(
        renewal.beyond(&immediate),
        ["2025-01-22 renewing", "2025-02-01 nurturing", "2025-02-01 transferred"]
    );
    assert_eq!(immediate.beyond(&renewal), [expanded[0].replace("expanded", "transferred")]);
}

#[test]
fn point_45_a_head_count_that_crosses_a_bound_is_noticed_at_renewal_or_at_month_end() {
    // 2,475 developers and 2 % a year: 2,499.8 after 182 days, on 1 August; 2,504 after 213, on 1 September.
    let grows = format!(
        "{ENTERPRISE}.developers_from = 2475
        {ENTERPRISE}.developers_to = 2475
        population.seats_share = \"5%\"
        renewal.developer_growth = \"+2%\""
    );
    let [renewal, immediate] =
        pair(&grows, [r#"population.resegment = "renewal""#, r#"population.resegment = "immediate""#]);
    assert_eq!(
        renewal.beyond(&immediate),
        ["2024-10-04 renewing", "2025-02-01 nurturing", "2025-02-01 transferred"]
    );
    assert_eq!(immediate.beyond(&renewal), ["2024-09-01 transferred"]);
}

fn metric(lived: &Lived, name: &str) -> Option<f64> {
    let worth = Worth { margin: 1.0, advisor_cost: 1.0, advisor_hours: 1.0 };
    let view = View { record: &lived.record, counterfactual: None, worth, members: None };
    values(&view)[position(name).expect("a metric of the catalogue")]
}

#[test]
fn points_52_and_53_retention_of_the_book_and_of_what_was_up_for_renewal_are_both_reported_and_differ() {
    // Everybody leaves at the first chance; the two windows of twelve months begin on 1 February 2024 and 2025.
    let leaves = "horizon = \"2y\"\n renewal.constant_churn = \"100%\"";
    let one_year = live(leaves);
    let two_years = live(&format!(
        "{leaves}
        population.term.one-year.share = \"0%\"
        population.term.two-years.share = \"100%\""
    ));
    assert_eq!(one_year.lines("churned"), ["2025-02-01 churned"]);
    // A year is kept and a year is lost; of what was up for renewal nothing was renewed.
    for retention in ["gross_revenue_retention", "net_revenue_retention", "logo_retention"] {
        assert_eq!(metric(&one_year, retention), Some(0.5), "{retention}");
        assert_eq!(metric(&two_years, retention), Some(1.0), "{retention}");
    }
    assert_eq!(metric(&one_year, "gross_renewal_rate"), Some(0.0));
    assert_eq!(metric(&two_years, "gross_renewal_rate"), None, "nothing was up for renewal");
}

/// Every signature is a day late.
const A_DAY_LATE: &str = r#"
    horizon = "25mo"
    renewal.late = "100%"
    renewal.late_days = 1
"#;

#[test]
fn point_54_a_late_signature_is_backdated_inside_an_extension_and_else_new_business_after_churn() {
    let [extended, not_extended] =
        pair(A_DAY_LATE, ["renewal.extension_days = 30", "renewal.extension_days = 0"]);
    assert_eq!(
        extended.lines("signed late by 1"),
        ["2025-02-01 signed late by 1", "2026-02-01 signed late by 1"]
    );
    // Backdated, so the next renewal does not move.
    assert_eq!(extended.lines("renewed"), ["2025-02-01 renewed", "2026-02-01 renewed"]);
    // The term ended on 31 January: churn is booked the day after, and the new contract is a year from its own start.
    assert_eq!(not_extended.lines("churned"), ["2025-02-01 churned", "2026-02-02 churned"]);
    assert_eq!(not_extended.lines("won back"), ["2025-02-02 won back", "2026-02-03 won back"]);
    assert_eq!(not_extended.lines("onboarding"), ["2025-02-02 onboarding", "2026-02-03 onboarding"]);
    assert_eq!(not_extended.lines("renewed"), [""; 0]);
}

#[test]
fn point_54_an_extension_must_be_approved() {
    let [approved, refused] = pair(
        A_DAY_LATE,
        [r#"renewal.extension_probability = "100%""#, r#"renewal.extension_probability = "0%""#],
    );
    assert_eq!(approved.lines("churned"), [""; 0]);
    assert_eq!(refused.lines("churned")[0], "2025-02-01 churned");
}

#[test]
fn point_54_a_signature_later_than_the_longest_extension_comes_too_late() {
    // Up to thirty days late: with an extension of fifteen about half of the customers are lost, and nobody else.
    let late = "population.accounts = 40\n renewal.late = \"100%\"";
    let month = live(late);
    let fortnight = live(&format!("{late}\n renewal.extension_days = 15"));
    assert_eq!(month.lines("renewed").len(), 40);
    let days = |line: &str| line.rsplit(' ').next().and_then(|days| days.parse::<u32>().ok());
    let in_time =
        month.log.iter().filter(|line| line.contains("signed late by")).filter_map(|line| days(line));
    assert_eq!(in_time.filter(|&days| days <= 15).count(), fortnight.lines("renewed").len());
}
