//! Points 19, 56, 57, 58 and 60: whose time is spent, by whom, and what happens where there is none. Two advisors work
//! from Monday to Friday, 9 to 17 o'clock; nobody is away and nothing else is to be done, unless a test says so.

use std::collections::BTreeSet;

use journeysim::base::random::Streams;
use journeysim::base::time::Day;
use journeysim::capacity::hours::Hours;
use journeysim::capacity::roster::Roster;
use journeysim::engine::record::Happened;

use super::{Lived, live_under, scenario};

const POOL: &str = "../validation/small-pool";

/// A kickoff on Monday 5 February 2024, two working days after the close.
const KICKOFF: &str = r#"
    touchpoint.kickoff.enabled = true
    touchpoint.kickoff.delay = "2d"
"#;

fn in_pool(settings: &str) -> Lived {
    live_under(POOL, settings)
}

/// Lives two worlds with the pool that differ in a switch, of which the first value is the default.
fn pair(settings: &str, [stated, other]: [&str; 2]) -> [Lived; 2] {
    let with = |switch: &str| in_pool(&format!("{settings}\n{switch}"));
    let (first, second) = (with(stated), with(other));
    assert_eq!(in_pool(settings).log, first.log, "{stated} is not the default");
    [first, second]
}

/// The advisors who have begun work for an account.
fn advisors(lived: &Lived, account: u32) -> BTreeSet<u16> {
    let of = lived.record.log.iter().filter(|entry| entry.account == account);
    of.filter_map(|entry| match entry.happened {
        Happened::WorkBegun { advisor, .. } => Some(advisor),
        _ => None,
    })
    .collect()
}

/// Three accounts enter Lighthouse together: two plans are written at once, the third when one of them is done.
#[test]
fn point_19_one_advisor_leads_a_stay_in_lighthouse_or_whoever_is_free() {
    let settings = r#"
        population.accounts = 3
        lighthouse.enabled = true
        assessment.enabled = true
        assessment.red_from = "0%"
        assessment.yellow_from = "0%"
        lighthouse.exit_checks = 100
        pool.advisors.assignment = "least_loaded"
    "#;
    let [sticky, pooled] =
        pair(settings, [r#"lighthouse.owner = "sticky""#, r#"lighthouse.owner = "pooled""#]);
    let leaders = |lived: &Lived| -> Vec<BTreeSet<u16>> {
        let entered = lived.day("#0 lighthouse entered");
        let inside = |day: i32| entered < day && day < entered + 110;
        (0..3)
            .map(|account| {
                let of = lived.record.log.iter().filter(|entry| entry.account == account);
                of.filter(|entry| inside(entry.at.day().0))
                    .filter_map(|entry| match entry.happened {
                        Happened::WorkBegun { advisor, .. } => Some(advisor),
                        _ => None,
                    })
                    .collect()
            })
            .collect()
    };
    assert!(leaders(&sticky).iter().all(|advisors| advisors.len() == 1), "{:?}", leaders(&sticky));
    assert!(leaders(&pooled).iter().any(|advisors| advisors.len() == 2), "{:?}", leaders(&pooled));
}

/// Two accounts close together and have their kickoffs at the same hour, the first with advisor 0, the second with
/// advisor 1. Their later calls are on days of their own.
#[test]
fn point_56_the_same_advisor_calls_where_possible_or_whoever_is_free_or_nobody_else() {
    let settings = format!(
        "{KICKOFF}\n population.accounts = 2\n touchpoint.renewal-call.enabled = true\n \
         touchpoint.roadmap-review.enabled = true"
    );
    let [sticky, free] = pair(
        &settings,
        [r#"pool.advisors.assignment = "sticky_preferred""#, r#"pool.advisors.assignment = "any_free""#],
    );
    assert_eq!(advisors(&sticky, 1), BTreeSet::from([1]));
    assert_eq!(advisors(&free, 1), BTreeSet::from([0, 1]), "when both are free, the first takes it");
    let dedicated = in_pool(&format!("{settings}\n pool.advisors.assignment = \"dedicated\""));
    assert_eq!([0, 1].map(|account| advisors(&dedicated, account)), [0, 1].map(|one| BTreeSet::from([one])));
    let loads = in_pool(&format!("{settings}\n pool.advisors.assignment = \"least_loaded\""));
    assert!(advisors(&loads, 0).len() + advisors(&loads, 1).len() > 2, "who has worked least takes it");
}

/// Nobody is there before Monday 1 April 2024; the kickoff of 5 February keeps its value for a week.
#[test]
fn point_57_work_without_time_for_it_is_late_or_dropped_or_becomes_a_mail_or_is_not_taken() {
    let settings = format!(
        "{KICKOFF}\n touchpoint.kickoff.patience = \"7d\"\n pool.advisors.advisors = 0\n \
         pool.advisors.staffing = [{{ from = 2024-04-01, change = 1 }}]\n pool.advisors.ramp = \"0d\""
    );
    let [delay, dropped] =
        pair(&settings, [r#"pool.advisors.overload = "delay""#, r#"pool.advisors.overload = "drop""#]);
    assert_eq!(delay.lines(" kickoff"), ["2024-04-01 kickoff"]);
    assert_eq!(delay.record.pools[0].late, 1);
    assert_eq!(dropped.lines("work is dropped"), ["2024-02-12 work is dropped"]);
    assert_eq!(dropped.lines(" kickoff"), [""; 0]);
    let degraded = in_pool(&format!("{settings}\n pool.advisors.overload = \"degrade_to_email\""));
    assert_eq!(degraded.lines(" kickoff"), ["2024-02-12 kickoff"]);
    assert_eq!((degraded.lines("begins"), degraded.record.pools[0].degraded), (vec![], 1));
    // The second account's kickoff finds work in the queue, and the queue is to be empty.
    let stopped = in_pool(&format!(
        "{settings}\n population.accounts = 2\n pool.advisors.overload = \"stop\"\n pool.advisors.workable = \"0d\""
    ));
    assert_eq!(stopped.lines("work is dropped"), ["2024-02-05 #1 work is dropped"]);
    assert_eq!(stopped.lines(" kickoff"), ["2024-04-01 #0 kickoff"]);
}

/// Ten holidays on weekdays of the year from 1 February 2024: thirty days of leave besides them, or twenty.
#[test]
fn point_58_public_holidays_come_besides_the_days_of_leave_or_out_of_them() {
    let holidays: Vec<String> = (2..12).map(|month| format!("2024-{month:02}-14")).collect();
    let weekdays = |date: &&String| !["2024-04-14", "2024-07-14", "2024-09-14"].contains(&date.as_str());
    let holidays: Vec<String> = holidays.iter().filter(weekdays).cloned().collect();
    assert_eq!(holidays.len(), 7);
    let settings = format!(
        "holidays = [{}]\n pool.advisors.leave_days = 30\n pool.advisors.advisors = 20",
        holidays.join(", ")
    );
    let away = |switch: &str| {
        let scenario = scenario(POOL, &format!("{settings}\n{switch}"));
        let year = (0..364).map(Day);
        let working = year.clone().filter(|&day| scenario.almanac.is_working(day)).count();
        let days = |replication| {
            let streams = Streams::new(1, replication);
            let pool = &scenario.file.pool[0];
            let is_holiday = |day| scenario.almanac.is_holiday(day);
            let hours = Hours::new(pool, None, is_holiday, &scenario.almanac, (Day(0), Day(364)));
            let roster = Roster::new(pool, 0, hours, &scenario.almanac, &streams);
            (0..20)
                .map(|advisor| {
                    working - (0..364).filter(|&day| roster.shift(advisor, Day(day)).is_some()).count()
                })
                .collect::<Vec<usize>>()
        };
        days(0)
    };
    assert_eq!(away("pool.advisors.leave_includes_holidays = false"), away(""));
    assert!(away("").iter().all(|&days| days == 30), "{:?}", away(""));
    let out_of_them = away("pool.advisors.leave_includes_holidays = true");
    assert!(out_of_them.iter().all(|&days| days == 30 - 7), "{out_of_them:?}");
}

/// The kickoff is due at 9 o'clock on Monday 5 February 2024, the first day of an even week from the start.
#[test]
fn point_60_the_team_meets_every_week_or_every_other_week() {
    let second = |settings: &str| {
        let lived = in_pool(settings);
        let begun =
            lived.record.log.iter().find(|entry| matches!(entry.happened, Happened::WorkBegun { .. }));
        begun.expect("the kickoff is held").at.0 % 86_400
    };
    let first_week = |meeting: &str| second(&format!("{KICKOFF}\n pool.advisors.meeting = \"{meeting}\""));
    let hours = ["weekly", "every_two_weeks", "never"].map(first_week).map(|second| second / 3_600);
    let next_week = |meeting: &str| {
        second(&format!(
            "{KICKOFF}\n touchpoint.kickoff.delay = \"7d\"\n pool.advisors.meeting = \"{meeting}\""
        ))
    };
    let later = ["weekly", "every_two_weeks", "never"].map(next_week).map(|second| second / 3_600);
    assert_eq!((hours[0], later[0]), (10, 10), "every Monday the first hour is the team's");
    assert_eq!((hours[2], later[2]), (9, 9));
    assert_eq!(hours[1] + later[1], 19, "one of two Mondays: {hours:?}, {later:?}");
}

/// Eight accounts close together. Their kickoffs, and later their calls, come due at the same second; places in memory that the
/// first have left are used again in another order than that of the accounts.
#[test]
fn work_of_the_same_second_is_begun_in_the_order_in_which_it_came() {
    let lived = in_pool(&format!(
        "{KICKOFF}\n population.accounts = 8\n touchpoint.day-90-call.enabled = true\n pool.advisors.assignment = \"any_free\""
    ));
    let begun = lived.record.log.iter().filter(|entry| matches!(entry.happened, Happened::WorkBegun { .. }));
    let accounts: Vec<u32> = begun.map(|entry| entry.account).collect();
    assert_eq!(accounts, [0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7]);
}
