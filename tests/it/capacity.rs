//! Pools: no work is lost or done twice, nobody works on two things at once or out of hours, and an advisor who is
//! always free changes nothing for any customer.

use std::collections::BTreeMap;

use journeysim::base::random::Streams;
use journeysim::capacity::PoolSettings;
use journeysim::capacity::roster::Roster;
use journeysim::engine::record::{Happened, LighthouseRecord, Record};
use journeysim::engine::run::{Keep, Opening};
use journeysim::scenario::Scenario;
use proptest::prelude::*;

use crate::trial::baseline;

/// Every account, the ledger, renewals and windows, but for what tells of advisors.
fn for_customers(record: &Record) -> String {
    let mut accounts = record.accounts.clone();
    for account in &mut accounts {
        (account.requests, account.answered_in_time, account.touches, account.same_advisor) = (0, 0, 0, 0);
    }
    let stays: Vec<LighthouseRecord> =
        record.lighthouse.iter().map(|stay| LighthouseRecord { led: None, ..*stay }).collect();
    format!("{accounts:?} {:?} {:?} {:?} {stays:?}", record.ledger, record.renewals, record.windows)
}

/// A stay in Lighthouse that has an owner waits for them, so here whoever is free looks after it.
#[test]
fn somebody_who_is_always_free_changes_nothing_for_any_customer() {
    let small = ["population.accounts=60", "assume.continuity=x1.0", "lighthouse.owner=pooled"];
    let without = baseline("programs/pooled-ta.toml", &small);
    let more = ["pool.advisors.always_open=true", "pool.advisors.advisors=2000"];
    let with = baseline("validation/small-pool.toml", &[&small[..], &more[..]].concat());
    for replication in 0..3 {
        let lived = [&without, &with]
            .map(|scenario| Opening::new(scenario, replication).run(scenario, Keep::default()));
        let [without, with] = lived.each_ref().map(for_customers);
        assert!(without == with, "replication {replication}");
        assert!(lived[1].waits.len() > 1_000 && lived[1].waits.iter().all(|wait| wait.seconds == 0));
    }
}

/// When each advisor began and ended work (s).
fn stints(record: &Record) -> BTreeMap<u16, Vec<(i64, bool)>> {
    let mut stints: BTreeMap<u16, Vec<(i64, bool)>> = BTreeMap::new();
    for entry in &record.log {
        match entry.happened {
            Happened::WorkBegun { advisor } => stints.entry(advisor).or_default().push((entry.at.0, true)),
            Happened::WorkEnded { advisor } | Happened::WorkPutDown { advisor } => {
                stints.entry(advisor).or_default().push((entry.at.0, false));
            }
            _ => {}
        }
    }
    stints
}

/// Lives a replication under a team that takes over from another one on day 0.
fn holds(before: &Scenario, scenario: &Scenario, replication: u32) {
    let record = Opening::new(before, replication).run(scenario, Keep { log: true });
    for pool in &record.pools {
        let over = pool.done + pool.late + pool.dropped + pool.degraded;
        assert_eq!(pool.due, over + pool.open, "no work is lost or done twice: {pool:?}");
        assert!(pool.busy <= pool.staffed * 1.000_001, "nobody works more than the day holds: {pool:?}");
    }
    let streams = Streams::new(scenario.file.seed, replication);
    let settings = &scenario.file.pool[0];
    let roster = Roster::new(settings, 0, scenario.hours(settings), &scenario.almanac, &streams);
    let is_there = |advisor: u16, second: i64| {
        roster.shift_at(usize::from(advisor), journeysim::base::time::SimTime(second)).is_some()
    };
    for (advisor, stints) in stints(&record) {
        let mut is_busy = false;
        for (number, &(second, begins)) in stints.iter().enumerate() {
            // Work that ends at closing time ends in time, and who leaves puts work down at midnight.
            let left = || roster.leaves(usize::from(advisor)).0 == second;
            let there = is_there(advisor, second) || (!begins && (is_there(advisor, second - 1) || left()));
            assert!(there, "advisor {advisor} is at work out of hours, at second {second}");
            // What was begun before day 0 is not in the log.
            assert!(!(begins && is_busy), "advisor {advisor} begins while at work, at second {second}");
            assert!(begins || is_busy || number == 0, "advisor {advisor} ends twice, at second {second}");
            is_busy = begins;
        }
    }
}

/// The clock of the run stands in Berlin. Whoever works in Los Angeles begins after the day in Berlin is over, whoever works
/// in Sydney before it has begun, in summer and in winter; told by their own clocks they keep their hours.
#[test]
fn a_pool_elsewhere_keeps_the_hours_of_its_own_clock() {
    use chrono::{Datelike, TimeZone, Timelike};
    use chrono_tz::Tz;
    for zone in [Tz::America__Los_Angeles, Tz::Australia__Sydney, Tz::Asia__Kolkata] {
        let own = format!("pool.advisors.time_zone={zone}");
        let scenario =
            baseline("validation/small-pool.toml", &["time_zone=Europe/Berlin", "horizon=1y", &own]);
        let record = Opening::new(&scenario, 0).run(&scenario, Keep { log: true });
        let start = scenario.file.start.get().and_hms_opt(0, 0, 0).expect("midnight");
        let mut begun = 0;
        for entry in record.log.iter().filter(|entry| matches!(entry.happened, Happened::WorkBegun { .. })) {
            let berlin = start + chrono::Duration::seconds(entry.at.0);
            let instant =
                Tz::Europe__Berlin.from_local_datetime(&berlin).earliest().expect("nobody works in the gap");
            let there = instant.with_timezone(&zone);
            assert!((9..17).contains(&there.hour()), "{zone}: {there}, {berlin} in Berlin");
            assert!(there.weekday().num_days_from_monday() < 5, "{zone}: {there}");
            begun += 1;
        }
        assert!(begun > 500, "{zone}: {begun}");
        holds(&scenario, &scenario, 0);
    }
}

/// The Day of German Unity, a Thursday, and Thanksgiving, another one: advisors in Berlin keep the first, their American
/// customers the second, and a pool without a region keeps what the customers keep.
#[test]
fn a_pool_keeps_the_public_holidays_of_its_region_and_customers_those_of_theirs() {
    let settings = ["horizon=1y"];
    let scenario = baseline("validation/public-holidays.toml", &settings);
    let day = |month, day| {
        let date = chrono::NaiveDate::from_ymd_opt(2024, month, day).expect("a date");
        scenario.almanac.day_of(date)
    };
    let (unity, thanksgiving) = (day(10, 3), day(11, 28));
    let hours = scenario.hours(&scenario.file.pool[0]);
    assert!(!hours.works_on(unity) && hours.works_on(thanksgiving));
    assert!(scenario.almanac.is_working(unity) && !scenario.almanac.is_working(thanksgiving));
    let same = PoolSettings { region: None, ..scenario.file.pool[0].clone() };
    assert!(scenario.hours(&same).works_on(unity) && !scenario.hours(&same).works_on(thanksgiving));
    let record = Opening::new(&scenario, 0).run(&scenario, Keep { log: true });
    let count = |day, what: fn(&Happened) -> bool| {
        record.log.iter().filter(|entry| entry.at.day() == day && what(&entry.happened)).count()
    };
    let begun: fn(&Happened) -> bool = |happened| matches!(happened, Happened::WorkBegun { .. });
    let asked: fn(&Happened) -> bool = |happened| *happened == Happened::Requested;
    assert_eq!(count(unity, begun), 0);
    assert!(count(unity + 1, begun) > 0);
    assert!(count(unity, asked) > 0);
    assert_eq!(count(thanksgiving, asked), 0);
}

/// Every account is rated red and enters Lighthouse.
const ALL_ENTER: [&str; 5] = [
    "horizon=2y",
    "population.accounts=120",
    "assessment.red_from=0%",
    "assessment.yellow_from=0%",
    "assessment.risk_missed=0%",
];

fn lived(file: &str, more: &[&str]) -> Record {
    let scenario = baseline(file, &[&ALL_ENTER[..], more].concat());
    Opening::new(&scenario, 0).run(&scenario, Keep::default())
}

/// The most stays at a time that are counted from the day `from` gives.
fn most(record: &Record, from: impl Fn(&LighthouseRecord) -> Option<i32>) -> usize {
    let inside = |day: i32| {
        let until = |stay: &LighthouseRecord| stay.end.map_or(i32::MAX, |(last, _)| last.0);
        record
            .lighthouse
            .iter()
            .filter(|stay| from(stay).is_some_and(|from| from <= day && day < until(stay)))
            .count()
    };
    (0..record.horizon).map(inside).max().expect("there are days")
}

#[test]
fn no_sponsor_stands_behind_more_members_than_they_can() {
    let presented = |stay: &LighthouseRecord| stay.presented.map(|day| day.0);
    let many = lived("programs/pooled-ta.toml", &[]);
    let few = lived("programs/pooled-ta.toml", &["lighthouse.sponsors=2", "lighthouse.sponsored=3"]);
    assert!(most(&many, presented) > 12, "{}", most(&many, presented));
    assert_eq!(most(&few, presented), 6);
    let waited = |record: &Record| {
        let waits = record.lighthouse.iter().filter(|stay| stay.from.0 >= 0);
        let days = waits.filter_map(|stay| stay.presented.map(|day| f64::from(day.0 - stay.from.0)));
        let days: Vec<f64> = days.collect();
        days.iter().sum::<f64>() / days.len() as f64
    };
    // Plans are presented every other week; a stay ends after two healthy checks, four weeks after that at the earliest.
    assert!(waited(&many) < 15.0 && waited(&few) > 21.0, "{} {}", waited(&many), waited(&few));
}

#[test]
fn no_advisor_leads_more_members_than_they_may() {
    let most_led = |record: &Record| {
        let led = |advisor: u16| {
            move |stay: &LighthouseRecord| stay.led.filter(|(_, led)| led.1 == advisor).map(|(day, _)| day.0)
        };
        [most(record, led(0)), most(record, led(1))]
    };
    let pool = ["pool.advisors.leave_days=20", "pool.advisors.assignment=any_free"];
    let free = lived("validation/small-pool.toml", &pool);
    assert!(most_led(&free).iter().all(|&led| led > 5), "{:?}", most_led(&free));
    for assignment in ["any_free", "dedicated"] {
        let rule = format!("pool.advisors.assignment={assignment}");
        let held = lived("validation/small-pool.toml", &["lighthouse.max_per_advisor=4", pool[0], &rule]);
        assert_eq!(most_led(&held), [4, 4], "{assignment}");
        assert!(most(&held, |stay| Some(stay.from.0)) <= 8, "{assignment}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    /// With shocks, leave and sickness, under any policy of the queue.
    #[test]
    fn no_work_is_lost_and_nobody_works_on_two_things_at_once(
        advisors in 1..5_u32,
        later in 1..5_u32,
        order in prop::sample::select(vec![
            "first_come", "due_date", "priority", "priority_preemptive", "revenue_at_risk", "renewal_proximity", "lighthouse_first",
        ]),
        assignment in
            prop::sample::select(vec!["any_free", "sticky_preferred", "dedicated", "least_loaded"]),
        overload in prop::sample::select(vec!["delay", "drop", "degrade_to_email", "stop"]),
        share in 20..100_u32,
        rerank in any::<bool>(),
        zone in prop::sample::select(vec![
            "Europe/Berlin", "America/Los_Angeles", "Australia/Sydney", "Asia/Kolkata",
        ]),
        replication in 0..1_000_u32,
    ) {
        let of = |advisors: u32| baseline("validation/small-pool.toml", &[
            "population.accounts=30",
            "horizon=1y",
            "pool.advisors.leave_days=30",
            "pool.advisors.sick_days=10",
            "pool.advisors.meeting=weekly",
            "pool.advisors.attrition=80% per year",
            "pool.advisors.replacement=20d",
            "touchpoint.kickoff.patience=5d",
            "touchpoint.plan-sync.patience=10d",
            &format!("pool.advisors.advisors={advisors}"),
            &format!("pool.advisors.order={order}"),
            &format!("pool.advisors.assignment={assignment}"),
            &format!("pool.advisors.overload={overload}"),
            &format!("pool.advisors.customer_share={share}%"),
            &format!("pool.advisors.rerank={rerank}"),
            "time_zone=Europe/Berlin",
            &format!("pool.advisors.time_zone={zone}"),
        ]);
        holds(&of(advisors), &of(later), replication);
    }
}
