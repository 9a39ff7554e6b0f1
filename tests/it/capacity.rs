//! Pools: no work is lost or done twice, nobody works on two things at once or out of hours, and an advisor who is
//! always free changes nothing for any customer.

use std::collections::BTreeMap;

use journeysim::base::random::Streams;
use journeysim::base::time::SimTime;
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

/// When each advisor of each pool began and ended work (s).
fn stints(record: &Record) -> BTreeMap<(u16, u16), Vec<(i64, bool)>> {
    let mut stints: BTreeMap<(u16, u16), Vec<(i64, bool)>> = BTreeMap::new();
    for entry in &record.log {
        let (who, begins) = match entry.happened {
            Happened::WorkBegun { pool, advisor, .. } => ((pool, advisor), true),
            Happened::WorkEnded { pool, advisor, .. } | Happened::WorkPutDown { pool, advisor, .. } => {
                ((pool, advisor), false)
            }
            _ => continue,
        };
        stints.entry(who).or_default().push((entry.at.0, begins));
    }
    stints
}

/// Lives a replication under teams that take over from others on day 0, and returns what it leaves behind.
fn holds(before: &Scenario, scenario: &Scenario, replication: u32) -> Record {
    let record = Opening::new(before, replication).run(scenario, Keep { log: true });
    for pool in &record.pools {
        let over = pool.done + pool.late + pool.dropped + pool.degraded;
        assert_eq!(pool.due, over + pool.open, "no work is lost or done twice: {pool:?}");
        assert!(pool.busy <= pool.staffed * 1.000_001, "nobody works more than the day holds: {pool:?}");
    }
    let streams = Streams::new(scenario.file.seed, replication);
    let rosters: Vec<Roster> = (0..)
        .zip(&scenario.file.pool)
        .map(|(number, pool)| Roster::new(pool, number, scenario.hours(pool), &scenario.almanac, &streams))
        .collect();
    for ((pool, advisor), stints) in stints(&record) {
        let roster = &rosters[usize::from(pool)];
        let is_there = |second: i64| roster.shift_at(usize::from(advisor), SimTime(second)).is_some();
        let mut is_busy = false;
        for (number, &(second, begins)) in stints.iter().enumerate() {
            // Work that ends at closing time ends in time, and who leaves puts work down at midnight.
            let left = || roster.leaves(usize::from(advisor)).0 == second;
            let there = is_there(second) || (!begins && (is_there(second - 1) || left()));
            assert!(there, "advisor {advisor} of {pool} is at work out of hours, at second {second}");
            // What was begun before day 0 is not in the log.
            assert!(!(begins && is_busy), "advisor {advisor} of {pool} begins while at work, at {second}");
            assert!(begins || is_busy || number == 0, "advisor {advisor} of {pool} ends twice, at {second}");
            is_busy = begins;
        }
    }
    record
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

/// One advisor is there from the start and one comes on Monday 1 April 2024: at noon of so many days later the second one has
/// gone that part of a ramp of six weeks.
#[test]
fn whoever_is_new_grows_to_full_speed_in_a_straight_line_over_six_weeks() {
    let scenario = baseline(
        "validation/small-pool.toml",
        &[
            "pool.advisors.advisors=1",
            "pool.advisors.customer_share=60%",
            "pool.advisors.staffing=[{ from = 2024-04-01, change = 1 }]",
        ],
    );
    let pool = &scenario.file.pool[0];
    let streams = Streams::new(scenario.file.seed, 0);
    let roster = Roster::new(pool, 0, scenario.hours(pool), &scenario.almanac, &streams);
    let first = scenario.almanac.day_of(chrono::NaiveDate::from_ymd_opt(2024, 4, 1).expect("a date"));
    let speed = |advisor, days| roster.shift(advisor, first + days).map(|shift| shift.speed);
    assert_eq!(speed(1, -3), None, "nobody has come yet");
    for (days, gone) in [(0, 0.5), (7, 7.5), (21, 21.5), (39, 39.5), (42, 42.0), (364, 42.0)] {
        let new = speed(1, days).expect("a Monday or a Friday");
        assert!((new - 0.6 * gone / 42.0).abs() < 1e-12, "{new} after {days} days");
        assert_eq!(speed(0, days), Some(0.6), "whoever was there knows the work");
    }
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

/// Returns the moments of an account at which something of `kind` happened.
fn times(record: &Record, account: u32, kind: impl Fn(&Happened) -> bool) -> Vec<SimTime> {
    let of_account = record.log.iter().filter(|entry| entry.account == account && kind(&entry.happened));
    of_account.map(|entry| entry.at).collect()
}

/// Account 0 is urgent. What it asks for at night, with nothing else of its own to be done, is begun in the morning, whatever
/// was left under way.
#[test]
fn urgent_work_that_came_at_night_interrupts_in_the_morning() {
    let scenario = baseline(
        "validation/queues/preemptive.toml",
        &[
            "horizon=1y",
            "time_zone=Europe/Berlin",
            "responses.requests=2 per day",
            "touchpoint.request.effort=5h",
            "touchpoint.urgent-request.effort=1h",
            "pool.advisors.always_open=false",
            "pool.advisors.customer_share=100%",
            "pool.advisors.attrition=0% per year",
            "pool.advisors.leave_days=0",
            "pool.advisors.sick_days=0",
            "pool.advisors.meeting=never",
        ],
    );
    let record = Opening::new(&scenario, 0).run(&scenario, Keep { log: true });
    let hours = scenario.hours(&scenario.file.pool[0]);
    let asked = times(&record, 0, |what| *what == Happened::Requested);
    let begun = times(&record, 0, |what| matches!(what, Happened::WorkBegun { .. }));
    let ended = times(&record, 0, |what| matches!(what, Happened::WorkEnded { .. }));
    let mut at_night = 0;
    for (number, &at) in asked.iter().enumerate() {
        let (opens, closes) = hours.window(at.day());
        let is_alone = ended.iter().filter(|&&end| end <= at).count() == number;
        let Some(morning) = (0..5).find_map(|days| hours.opens_on(at.day() + days).filter(|&open| open > at))
        else {
            continue;
        };
        if (opens <= at && at < closes) || !is_alone || morning.day() >= scenario.horizon {
            continue;
        }
        at_night += 1;
        assert_eq!(begun.iter().find(|&&begins| begins >= at), Some(&morning), "asked at {at:?}");
    }
    assert!(at_night > 50, "{at_night}");
}

/// Two advisors for three times the accounts they can carry: almost all of whoever leaves have work that waits.
#[test]
fn who_leaves_takes_along_what_waits_by_the_next_morning() {
    let scenario = baseline(
        "validation/small-pool.toml",
        &["population.accounts=300", "horizon=1y", "renewal.win_back=0%"],
    );
    let record = Opening::new(&scenario, 0).run(&scenario, Keep { log: true });
    let hours = scenario.hours(&scenario.file.pool[0]);
    let mut dropped = 0;
    for entry in record.log.iter().filter(|entry| entry.happened == Happened::Churned) {
        let morning =
            (0..5).find_map(|days| hours.opens_on(entry.at.day() + days).filter(|&open| open >= entry.at));
        let drops = times(&record, entry.account, |what| matches!(what, Happened::WorkDropped { .. }));
        for at in drops.into_iter().filter(|&at| at >= entry.at) {
            assert!(morning.is_some_and(|morning| at <= morning), "{entry:?}: {at:?}");
            dropped += 1;
        }
    }
    assert!(dropped > 10, "{dropped}");
}

#[test]
fn a_team_that_takes_over_with_other_holidays_keeps_them() {
    let before = baseline("validation/small-pool.toml", &["horizon=1y"]);
    let scenario = baseline("validation/small-pool.toml", &["horizon=1y", "holidays=[2024-07-15]"]);
    let holiday = scenario.almanac.day_of(chrono::NaiveDate::from_ymd_opt(2024, 7, 15).expect("a date"));
    let begun = |scenario: &Scenario| {
        let record = Opening::new(&before, 0).run(scenario, Keep { log: true });
        let begun = record.log.iter().filter(|entry| matches!(entry.happened, Happened::WorkBegun { .. }));
        begun.filter(|entry| entry.at.day() == holiday).count()
    };
    assert!(begun(&before) > 0);
    assert_eq!(begun(&scenario), 0);
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

    /// The same with three pools: the first knows kickoffs, requests and syncs, the second everything, the third works in Los
    /// Angeles and knows requests; they help each other, grow and shrink, and turn work away when their queues are full.
    #[test]
    fn no_work_is_lost_between_pools_that_help_each_other(
        advisors in 1..4_u32,
        others in 1..4_u32,
        grows in -1..3_i32,
        shrinks in 0..2_i32,
        limit in prop::option::of(1..30_u32),
        order in prop::sample::select(vec!["first_come", "priority", "priority_preemptive", "revenue_at_risk"]),
        assignment in prop::sample::select(vec!["any_free", "sticky_preferred", "dedicated", "least_loaded"]),
        overload in prop::sample::select(vec!["delay", "drop", "degrade_to_email", "stop"]),
        rerank in any::<bool>(),
        replication in 0..1_000_u32,
    ) {
        let of = |advisors: u32| {
            let mut settings = vec![
                "horizon=1y".to_owned(),
                format!("pool.front.advisors={advisors}"),
                format!("pool.back.advisors={others}"),
                format!("pool.back.overload={overload}"),
                format!("pool.front.assignment={assignment}"),
                format!("pool.front.rerank={rerank}"),
            ];
            for pool in ["front", "back", "west"] {
                settings.push(format!("pool.{pool}.order={order}"));
                settings.extend(limit.map(|limit| format!("pool.{pool}.queue_limit={limit}")));
            }
            if grows != 0 && advisors as i32 + grows >= 0 {
                settings.push(format!("pool.front.staffing=[{{ from = 2024-06-01, change = {grows} }}]"));
            }
            if shrinks != 0 {
                settings.push(format!("pool.back.staffing=[{{ from = 2024-09-01, change = -{shrinks} }}]"));
            }
            let settings: Vec<&str> = settings.iter().map(String::as_str).collect();
            baseline("validation/several-pools.toml", &settings)
        };
        let record = holds(&of(advisors), &of(4 - advisors), replication);
        prop_assert!(record.pools[..2].iter().all(|pool| pool.due > 20), "{:?}", record.pools);
    }
}
