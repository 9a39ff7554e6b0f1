//! Queues with exact answers: the same engine that answers customers' requests, under the assumptions of theory.
//!
//! The book closes on day 0 with nobody waiting; what that adds to means over ten years is far below the tolerance.

use std::collections::BTreeMap;

use journeysim::base::time::SimTime;
use journeysim::engine::record::{Happened, Record};
use journeysim::engine::run::{Keep, Opening};
use journeysim::scenario::Scenario;
use proptest::prelude::{ProptestConfig, prop, prop_assert, prop_assert_eq, proptest};
use rayon::prelude::*;

use crate::trial::{baseline, mean_and_error};

const HOUR: f64 = 3_600.0;

/// When requests came, were begun, answered or dropped (s), of one account or all.
#[derive(Default)]
struct Times {
    came: Vec<i64>,
    begun: Vec<i64>,
    ended: Vec<i64>,
    dropped: Vec<i64>,
}

impl Times {
    fn of(record: &Record, accounts: impl Fn(u32) -> bool) -> Self {
        let mut times = Self::default();
        for entry in record.log.iter().filter(|entry| accounts(entry.account)) {
            let list = match entry.happened {
                Happened::Requested => &mut times.came,
                Happened::WorkBegun { .. } => &mut times.begun,
                Happened::WorkEnded { .. } => &mut times.ended,
                Happened::WorkDropped { .. } => &mut times.dropped,
                _ => continue,
            };
            list.push(entry.at.0);
        }
        times
    }

    /// Mean number between `from` and `to` over the whole time (Little's law has no part in it).
    fn mean_number(&self, to: &[&[i64]], horizon: i64) -> f64 {
        let gone: usize = to.iter().map(|list| list.len()).sum();
        let left: i64 = to.iter().flat_map(|list| list.iter()).sum();
        let inside = (self.came.len() - gone) as i64 * horizon + left - self.came.iter().sum::<i64>();
        inside as f64 / horizon as f64
    }

    /// Mean time from coming to the end of those that were not turned away on the spot (s).
    fn mean_sojourn(&self) -> f64 {
        let turned_away = &self.dropped;
        let mut came: Vec<i64> =
            self.came.iter().copied().filter(|at| turned_away.binary_search(at).is_err()).collect();
        came.truncate(self.ended.len());
        let sum: i64 = self.ended.iter().sum::<i64>() - came.iter().sum::<i64>();
        sum as f64 / self.ended.len() as f64
    }
}

/// What one replication of a queue shows, by the names of the table; times in hours.
fn observe(record: &Record, hours: i64) -> BTreeMap<&'static str, f64> {
    let horizon = hours * HOUR as i64;
    let times = Times::of(record, |_| true);
    let waits = &record.waits;
    let waited = |least: u32| waits.iter().filter(|wait| wait.seconds >= least).count() as f64;
    let mean_wait = |account: &dyn Fn(u32) -> bool| {
        let of: Vec<f64> =
            waits.iter().filter(|wait| account(wait.account)).map(|wait| f64::from(wait.seconds)).collect();
        of.iter().sum::<f64>() / of.len() as f64 / HOUR
    };
    let pool = &record.pools[0];
    let lost = times.dropped.len() as f64 / times.came.len() as f64;
    let of_class = |urgent: bool| Times::of(record, move |account| (account == 0) == urgent);
    BTreeMap::from([
        ("P_wait", waited(1) / waits.len() as f64),
        ("Wq", mean_wait(&|_| true)),
        ("Wq of class 0", mean_wait(&|account| account == 0)),
        ("Wq of class 1", mean_wait(&|account| account != 0)),
        ("W of class 0", of_class(true).mean_sojourn() / HOUR),
        ("W of class 1", of_class(false).mean_sojourn() / HOUR),
        ("Lq", times.mean_number(&[&times.begun, &times.dropped], horizon)),
        ("L", times.mean_number(&[&times.ended, &times.dropped], horizon)),
        ("W", times.mean_sojourn() / HOUR),
        ("rho", pool.busy / pool.staffed),
        ("pblock", lost),
        ("P_block", lost),
    ])
}

/// Runs all replications of a queue.
fn run(file: &str) -> Vec<BTreeMap<&'static str, f64>> {
    let scenario = baseline(&format!("validation/queues/{file}.toml"), &[]);
    let hours = i64::from(scenario.horizon.0) * 24;
    let replications = scenario.file.replications.get();
    (0..replications)
        .into_par_iter()
        .map(|replication| {
            let record = Opening::new(&scenario, replication).run(&scenario, Keep { log: true });
            observe(&record, hours)
        })
        .collect()
}

/// Within three standard errors or 2 %, with a standard error of at most 0.7 % of what is expected.
fn agrees(file: &str, runs: &[BTreeMap<&'static str, f64>], metric: &str, expected: f64) {
    let values: Vec<f64> = runs.iter().map(|run| run[metric]).collect();
    let (mean, error) = mean_and_error(&values);
    let told =
        format!("{file}: {metric} is {mean:.5} with a standard error of {error:.5}, not {expected:.5}");
    assert!(error <= 0.007 * expected, "{told}: too rough to tell");
    assert!((mean - expected).abs() <= (3.0 * error).max(0.02 * expected), "{told}");
}

/// The rows of a case of the table: metric and expected value.
fn table(id: &str) -> Vec<(String, f64)> {
    let table = include_str!("../data/queueing.csv");
    let rows = table.lines().filter(|line| line.starts_with(&format!("{id},")));
    rows.map(|row| {
        let cells: Vec<&str> = row.split(',').collect();
        // A class of a priority queue is named with the model.
        let class = cells[1].split_once("class ").map(|(_, class)| format!(" of class {class}"));
        (format!("{}{}", cells[6], class.unwrap_or_default()), cells[7].parse().expect("a number"))
    })
    .collect()
}

/// `unit` is the table's unit of time in hours.
fn holds(id: &str, file: &str, unit: f64) {
    let runs = run(file);
    let rows = table(id);
    assert!(!rows.is_empty(), "{id} is in the table");
    for (metric, expected) in rows {
        let expected = if metric.starts_with('W') { expected * unit } else { expected };
        agrees(file, &runs, &metric, expected);
    }
}

#[test]
#[cfg_attr(debug_assertions, ignore = "takes minutes in a debug build")]
fn one_advisor_and_exponential_times() {
    holds("D1", "m-m-1", 1.0);
}

#[test]
#[cfg_attr(debug_assertions, ignore = "takes minutes in a debug build")]
fn three_advisors() {
    holds("D2", "m-m-3", 1.0 / 60.0);
}

#[test]
#[cfg_attr(debug_assertions, ignore = "takes minutes in a debug build")]
fn fourteen_and_fifteen_advisors() {
    holds("D3", "m-m-14", 1.0);
    holds("D4", "m-m-15", 1.0);
}

#[test]
#[cfg_attr(debug_assertions, ignore = "takes minutes in a debug build")]
fn four_advisors() {
    holds("D5", "m-m-4", 1.0);
}

#[test]
#[cfg_attr(debug_assertions, ignore = "takes minutes in a debug build")]
fn a_queue_with_room_for_one() {
    holds("D6", "m-m-2-3", 1.0);
}

#[test]
#[cfg_attr(debug_assertions, ignore = "takes minutes in a debug build")]
fn work_that_always_takes_an_hour() {
    holds("D7", "m-d-1", 1.0);
}

#[test]
#[cfg_attr(debug_assertions, ignore = "takes minutes in a debug build")]
fn urgent_requests_go_first() {
    holds("D8", "priority", 1.0);
}

#[test]
#[cfg_attr(debug_assertions, ignore = "takes minutes in a debug build")]
fn nobody_waits_and_some_are_lost() {
    holds("D9", "m-m-7-7", 1.0);
}

/// With preemptive resumption the first class does not see the second, and the second meets the busy time of both:
/// `T1 = 1 / (mu - l1)`, `T2 = (1 / mu) / ((1 - rho1) (1 - rho1 - rho2))` for one rate of service
/// (Gross and Harris, "Fundamentals of Queueing Theory", section on priorities).
#[test]
#[cfg_attr(debug_assertions, ignore = "takes minutes in a debug build")]
fn urgent_requests_interrupt_others() {
    let runs = run("preemptive");
    let (first, second, service) = (0.2, 0.6, 1.0);
    agrees("preemptive", &runs, "W of class 0", 1.0 / (service - first));
    let free = 1.0 - first / service;
    agrees("preemptive", &runs, "W of class 1", 1.0 / service / (free * (free - second / service)));
}

/// Where patience is exponential with the mean of the service, whoever is inside leaves at the same rate, served or not: the
/// number inside is Poisson with mean `a = lambda / mu`, as if there were no queue (Palm 1957, "Research on telephone
/// traffic carried by full availability groups"). With c advisors, `Lq = sum over n > c of (n - c) p(n)`, and the share
/// that gives up is `theta Lq / lambda`.
#[test]
#[cfg_attr(debug_assertions, ignore = "takes minutes in a debug build")]
fn whoever_waits_too_long_gives_up() {
    let runs = run("erlang-a");
    let (offered, advisors) = (4.0_f64, 4);
    let mut probability = journeysim::base::math::exp(-offered);
    let mut waiting = 0.0;
    for inside in 1..100 {
        probability *= offered / f64::from(inside);
        waiting += f64::from((inside - advisors).max(0)) * probability;
    }
    agrees("erlang-a", &runs, "L", offered);
    agrees("erlang-a", &runs, "Lq", waiting);
    agrees("erlang-a", &runs, "pblock", waiting / 4.0);
}

/// Times of a deterministic queue, exactly: see the table.
#[test]
fn whoever_finds_three_is_turned_away() {
    let scenario = baseline("validation/queues/d-d-1.toml", &[]);
    let record = Opening::new(&scenario, 0).run(&scenario, Keep { log: true });
    let times = Times::of(&record, |_| true);
    let hours = |list: &[i64]| -> Vec<i64> {
        list.iter().map(|second| second / HOUR as i64).filter(|&hour| hour <= 51).collect()
    };
    assert!(record.log.iter().all(|entry| entry.at.0 % HOUR as i64 == 0), "whole hours");
    assert_eq!(hours(&times.dropped), [20, 25, 35, 40, 45]);
    assert_eq!(hours(&times.begun)[..2], [5, 26]);
    assert_eq!(hours(&times.ended)[..2], [26, 47]);
    let waits: Vec<u32> = record.waits.iter().map(|wait| wait.seconds / HOUR as u32).collect();
    assert_eq!(waits[..2], [0, 16]);
}

/// Requests of 4,000 replications in the phases of two cycles.
#[test]
#[cfg_attr(debug_assertions, ignore = "takes minutes in a debug build")]
fn requests_follow_their_phases() {
    let scenario = baseline("validation/queues/m-t.toml", &[]);
    let day = |time: SimTime| time.0 as f64 / 86_400.0 % 10.0;
    let counts: Vec<[f64; 3]> = (0..scenario.file.replications.get())
        .into_par_iter()
        .map(|replication| {
            let record = Opening::new(&scenario, replication).run(&scenario, Keep { log: true });
            let mut counts = [0.0; 3];
            for entry in record.log.iter().filter(|entry| entry.happened == Happened::Requested) {
                counts[usize::from(day(entry.at) >= 3.2) + usize::from(day(entry.at) >= 7.9)] += 1.0;
            }
            counts
        })
        .collect();
    let expected = table("D10");
    assert_eq!(expected.len(), 3);
    for (phase, (_, expected)) in expected.into_iter().enumerate() {
        let values: Vec<f64> = counts.iter().map(|counts| counts[phase]).collect();
        let (mean, error) = mean_and_error(&values);
        assert!(
            error < 0.007 * expected && (mean - expected).abs() < 3.0 * error.max(0.005 * expected),
            "{mean}"
        );
    }
}

/// Integrals over a run of what the log shows, in the working time of the pool (s): how many wait, and how many are worked on.
fn integrals(record: &Record, scenario: &Scenario) -> (f64, f64) {
    let hours = scenario.hours(&scenario.file.pool[0]);
    let horizon = SimTime::from_day(scenario.horizon);
    let (mut waiting, mut worked_on, mut inside, mut last) = (0.0, 0.0, [0_i64; 2], SimTime::ZERO);
    let mut pass = |until: SimTime, inside: [i64; 2]| {
        let time = hours.elapsed(last, until) as f64;
        waiting += time * inside[0] as f64;
        worked_on += time * inside[1] as f64;
        last = until;
    };
    for entry in &record.log {
        let change = match entry.happened {
            Happened::Requested => [1, 0],
            Happened::WorkBegun { .. } => [-1, 1],
            Happened::WorkEnded { .. } => [0, -1],
            Happened::WorkDropped { .. } => [-1, 0],
            _ => continue,
        };
        pass(entry.at, inside);
        inside = [inside[0] + change[0], inside[1] + change[1]];
        assert!(inside.iter().all(|&number| number >= 0), "{inside:?} at {:?}", entry.at);
    }
    pass(horizon, inside);
    (waiting, worked_on)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    /// Little's law, `L = lambda W`, for the queue and for the advisors: what the log counts inside, moment by moment, is what
    /// the pool says of each piece's wait and of its advisors' time. Whoever gives up has waited for their patience;
    /// whoever still waits at the horizon, for some of it (Little, "A proof for the queuing formula L = lambda W",
    /// Operations Research 9, 1961).
    #[test]
    fn the_mean_number_inside_is_the_rate_times_the_mean_time(
        rate in 1..40_u32,
        effort in 5..90_u32,
        advisors in 1..5_u32,
        helpers in 0..3_u32,
        patience in 10..2_000_u32,
        limit in 1..60_u32,
        order in prop::sample::select(vec!["first_come", "due_date", "priority", "revenue_at_risk"]),
        assignment in prop::sample::select(vec!["any_free", "sticky_preferred", "least_loaded"]),
        replication in 0..1_000_u32,
    ) {
        let mut settings = vec![
            "horizon=60d".to_owned(),
            "pool.advisors.overload=drop".to_owned(),
            format!("responses.requests={rate} per 10h"),
            format!("touchpoint.request.effort={effort}m"),
            format!("touchpoint.request.patience={patience}m"),
            format!("pool.advisors.advisors={advisors}"),
            format!("pool.advisors.queue_limit={limit}"),
            format!("pool.advisors.order={order}"),
            format!("pool.advisors.assignment={assignment}"),
        ];
        if helpers > 0 {
            settings.push(format!("pool.helpers.advisors={helpers}"));
            settings.push("pool.advisors.overflow=helpers".to_owned());
        }
        let settings: Vec<&str> = settings.iter().map(String::as_str).collect();
        let file = if helpers > 0 { "validation/queues/two-pools.toml" } else { "validation/queues/one-pool.toml" };
        let scenario = baseline(file, &settings);
        let record = Opening::new(&scenario, replication).run(&scenario, Keep { log: true });
        let (waiting, worked_on) = integrals(&record, &scenario);
        let waited: f64 = record.waits.iter().map(|wait| f64::from(wait.seconds)).sum();
        // Those who find the queue full are turned away at once, the others go when their patience ends.
        let asked = record.log.iter().filter(|entry| !matches!(entry.happened, Happened::Due { .. }));
        let asked: Vec<_> = asked.map(|entry| (entry.at, entry.happened)).collect();
        let pairs = asked.windows(2).filter(|pair| {
            pair[0].0 == pair[1].0
                && pair[0].1 == Happened::Requested
                && matches!(pair[1].1, Happened::WorkDropped { .. })
        });
        // Unless somebody else's patience ends that very second: then either may have been turned away.
        let patience = i64::from(patience) * 60;
        let came_before = |at: i64| asked.iter().any(|&(came, what)| what == Happened::Requested && came.0 == at);
        let (either, turned_away): (Vec<_>, Vec<_>) = pairs.partition(|pair| came_before(pair[0].0.0 - patience));
        let pools = &record.pools;
        let dropped = pools.iter().map(|pool| pool.dropped).sum::<u64>() as usize;
        let open = pools.iter().map(|pool| pool.open).sum::<u64>() as usize;
        let times_patience = |pieces: usize| (pieces as i64 * patience) as f64;
        let lost = times_patience(dropped - turned_away.len() - either.len());
        let most = waited + lost + times_patience(either.len() + open);
        prop_assert!(
            waited + lost <= waiting && waiting <= most,
            "{waiting} s in the queue, not {waited} + {lost} up to {most}"
        );
        let busy: f64 = pools.iter().map(|pool| pool.busy).sum();
        prop_assert!((worked_on - busy).abs() <= 1e-9 * busy, "{worked_on} s at work, not {busy}");
    }

    /// The same in a pool with working hours, told in working time, whatever the load: who came first is served first, so
    /// those who still wait at the horizon are the last who came.
    #[test]
    fn the_mean_number_waiting_is_the_rate_times_the_mean_wait_in_working_hours_too(
        rate in 1..12_u32,
        advisors in 1..4_u32,
        zone in prop::sample::select(vec!["Europe/Berlin", "America/Los_Angeles", "Asia/Kolkata"]),
        replication in 0..1_000_u32,
    ) {
        let scenario = baseline("validation/queues/one-pool.toml", &[
            "horizon=60d",
            "time_zone=Europe/Berlin",
            &format!("pool.advisors.time_zone={zone}"),
            "pool.advisors.always_open=false",
            "pool.advisors.order=first_come",
            "pool.advisors.overload=delay",
            "pool.advisors.attrition=0% per year",
            &format!("responses.requests={rate} per 10h"),
            &format!("pool.advisors.advisors={advisors}"),
        ]);
        let record = Opening::new(&scenario, replication).run(&scenario, Keep { log: true });
        let (waiting, _) = integrals(&record, &scenario);
        let hours = scenario.hours(&scenario.file.pool[0]);
        let came: Vec<SimTime> = record
            .log
            .iter()
            .filter(|entry| entry.happened == Happened::Requested)
            .map(|entry| entry.at)
            .collect();
        let open = record.pools[0].open as usize;
        let horizon = SimTime::from_day(scenario.horizon);
        let still: i64 = came[came.len() - open..].iter().map(|&at| hours.elapsed(at, horizon)).sum();
        let waited: i64 = record.waits.iter().map(|wait| i64::from(wait.seconds)).sum();
        prop_assert_eq!(waiting, (waited + still) as f64);
    }
}
