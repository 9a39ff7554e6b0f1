//! Known answers of theory: what a book does in closed form, it must do when it is lived day by day.

use std::collections::BTreeSet;

use journeysim::base::math::powf;
use journeysim::base::money::Money;
use journeysim::base::time::{Day, SimTime};
use journeysim::engine::record::{Happened, Record};
use journeysim::engine::run::{Keep, Opening};
use journeysim::engine::trace::Told;
use journeysim::scenario::Scenario;

use crate::trial::{baseline, mean_and_error, replicate};

/// Returns how many accounts each yearly renewal left, from year 1.
fn survivors(scenario: &Scenario, record: &Record) -> Vec<u32> {
    let years =
        record.renewals.iter().map(|renewal| scenario.almanac.months_between(Day(0), renewal.day) / 12);
    let mut left = vec![0; years.clone().max().unwrap_or(0) as usize];
    for (renewal, year) in record.renewals.iter().zip(years) {
        left[year as usize - 1] += u32::from(renewal.renewed > Money::ZERO);
    }
    left
}

/// Returns the survivors of each year as shares of all accounts of the first `replications` replications.
fn survival(scenario: &Scenario, replications: u32) -> Vec<f64> {
    let counts: Vec<Vec<u32>> =
        (0..replications).map(|r| survivors(scenario, &replicate(scenario, r))).collect();
    let accounts = f64::from(replications * scenario.file.population.accounts.get());
    (0..counts[0].len())
        .map(|year| counts.iter().map(|left| f64::from(left[year])).sum::<f64>() / accounts)
        .collect()
}

/// Each year's number of survivors is binomial. Four standard errors in five years: a true program would fail once in
/// 3,000 seeds.
#[test]
fn a_constant_hazard_leaves_one_minus_h_to_the_n() {
    let scenario = baseline("validation/constant-hazard.toml", &[]);
    let survival = survival(&scenario, 10);
    assert_eq!(survival.len(), 5, "renewals in six years from the first day");
    let mut expected = 1.0;
    for (year, survived) in (1..).zip(survival) {
        expected *= 1.0 - 0.10;
        let error = (expected * (1.0_f64 - expected) / 10_000.0).sqrt();
        let distance = (survived - expected) / error;
        assert!(
            distance.abs() < 4.0,
            "year {year}: {survived} instead of {expected}, {distance:.1} errors off"
        );
    }
}

/// Fader and Hardie (2007), Table 1, segment "Regular": the model column at the published parameters. Half a point is
/// 3.2 standard errors where survival is one half, and more elsewhere.
#[test]
fn beta_distributed_propensity_gives_the_regular_table() {
    let table = include_str!("../data/sbg_regular.csv");
    let rows = table.lines().filter(|line| !line.starts_with('#')).skip(2);
    let model: Vec<f64> = rows.map(|row| row.split(',').nth(3).unwrap().parse().unwrap()).collect();
    assert_eq!(model.len(), 12);

    let survival = survival(&baseline("validation/beta-propensity.toml", &[]), 10);
    assert_eq!(survival.len(), 12);
    for ((year, survived), model) in (1..).zip(survival).zip(model) {
        let points = 100.0 * survived - model;
        assert!(points.abs() < 0.5, "year {year}: {points:+.2} points from {model}");
    }
}

/// Odds of 7 to 3, three times as good after a paid trial: 7 of 10 prospects close after a free trial, 7 of 8 after a
/// paid one. Four standard errors.
#[test]
fn a_paid_trial_multiplies_the_odds_that_a_prospect_closes() {
    let scenario = baseline(
        "programs/named-enterprise-ta.toml",
        &["population.accounts=40", "population.arrivals=2000% per year", "population.paid_trial_odds=x3"],
    );
    let record = Opening::new(&scenario, 0).run(&scenario, Keep { log: true });
    let closed = |account: u32| record.accounts[account as usize].days > 0;
    let is_decided = |at: SimTime| at.day().0 + 60 < scenario.horizon.0;
    let trials = |kind: bool| -> Vec<u32> {
        let began = record.log.iter().filter(|entry| is_decided(entry.at));
        began
            .filter(|entry| entry.happened == Happened::TrialBegan { is_free: kind })
            .map(|entry| entry.account)
            .collect()
    };
    let (free, paid) = (trials(true), trials(false));
    let holds = |successes: usize, of: usize, share: f64| {
        let error = (share * (1.0 - share) / of as f64).sqrt();
        let found = successes as f64 / of as f64;
        assert!(of > 300 && (found - share).abs() < 4.0 * error, "{found} of {of} instead of {share}");
    };
    holds(free.len(), free.len() + paid.len(), 0.7);
    holds(free.iter().filter(|&&account| closed(account)).count(), free.len(), 0.7);
    holds(paid.iter().filter(|&&account| closed(account)).count(), paid.len(), 7.0 / 8.0);
}

/// A customer of the pooled program asks 0.8 times a month, times the factor of its stage or band. What is counted is Poisson,
/// but for working hours, which press a week into five days: four standard errors of its square root.
#[test]
fn requests_come_at_the_rate_of_stage_and_band() {
    let quiet = ["population.resegment=never", "horizon=2y", "population.accounts=400"];
    let factors = |table: &'static [(&'static str, f64)]| {
        let written =
            table.iter().map(|(state, factor)| format!("responses.request_factors.{state}={factor}"));
        let written: Vec<String> = written.collect();
        let settings: Vec<&str> = quiet.iter().copied().chain(written.iter().map(String::as_str)).collect();
        let scenario = baseline("programs/pooled-ta.toml", &settings);
        let record = Opening::new(&scenario, 0).run(&scenario, Keep { log: true });
        let asked = record.log.iter().filter(|entry| entry.happened == Happened::Requested).count();
        (record, asked as f64, scenario.file.responses.requests.per_day())
    };
    let (record, asked, rate) =
        factors(&[("onboarding", 3.0), ("adopting", 0.0), ("nurturing", 0.5), ("renewing", 1.0)]);
    let days: f64 = (1..5)
        .map(|stage| {
            let days =
                record.accounts.iter().map(|account| f64::from(account.stage_days[stage])).sum::<f64>();
            [0.0, 3.0, 0.0, 0.5, 1.0][stage] * days
        })
        .sum();
    assert!((asked - rate * days).abs() < 4.0 * (rate * days).sqrt(), "{asked}, not {}", rate * days);
    let (record, asked, rate) = factors(&[("green", 0.2), ("yellow", 1.0), ("red", 4.0)]);
    let days: f64 = (0..3)
        .map(|band| {
            let days = record.accounts.iter().map(|account| f64::from(account.band_days[band])).sum::<f64>();
            [0.2, 1.0, 4.0][band] * days
        })
        .sum();
    assert!((asked - rate * days).abs() < 4.0 * (rate * days).sqrt(), "{asked}, not {}", rate * days);
}

/// A smaller factor takes requests away and moves none, so that two programs hear the same customer ask.
#[test]
fn a_smaller_factor_takes_requests_away_and_moves_none() {
    let asked = |nurturing: &str, tickets: &str| {
        let settings = [
            "horizon=1y",
            "effects=none",
            "shocks.help_tickets=12 per 90d",
            "responses.request_factors.renewing=2",
            "responses.request_factors.concerning_tickets=3",
            nurturing,
            tickets,
        ];
        let scenario = baseline("programs/pooled-ta.toml", &settings);
        let record = Opening::new(&scenario, 0).run(&scenario, Keep { log: true });
        let asked = record.log.iter().filter(|entry| entry.happened == Happened::Requested);
        asked.map(|entry| (entry.account, entry.at)).collect::<BTreeSet<_>>()
    };
    let all = asked("responses.request_factors.nurturing=1", "responses.request_factors.poor_tickets=1");
    let fewer = asked("responses.request_factors.nurturing=0", "responses.request_factors.poor_tickets=1");
    let fewest = asked("responses.request_factors.nurturing=0", "responses.request_factors.poor_tickets=0");
    assert!(fewest.len() < fewer.len() && fewer.len() < all.len(), "{} {}", fewer.len(), all.len());
    assert!(fewest.is_subset(&fewer) && fewer.is_subset(&all));
}

/// Half of those who accept a kickoff come to it, and whoever does not is asked for another date a week later, twice: seven of
/// eight are reached in the end, after three quarters of another date each. Four standard errors of a binomial share.
#[test]
fn who_misses_a_call_comes_to_another_date_with_the_same_odds() {
    let settings = [
        "population.mid_life=false",
        "population.arrivals=0% per year",
        "population.accounts=1000",
        "horizon=3mo",
        "touchpoint.kickoff.accepted=100%",
        "touchpoint.kickoff.attended=50%",
        "touchpoint.kickoff.reschedule=7d",
        "touchpoint.kickoff.most_reschedules=2",
    ];
    let scenario = baseline("programs/pooled-ta.toml", &settings);
    let record = Opening::new(&scenario, 0).run(&scenario, Keep { log: true });
    let plans = &scenario.programs[0].plans;
    let kickoff =
        plans.iter().position(|plan| plan.touchpoint.name.as_str() == "kickoff").expect("it is there");
    let plan = kickoff as u16;
    let came = |what: Happened| record.log.iter().filter(move |entry| entry.happened == what);
    let reached = came(Happened::Reached { plan, people: 1 }).count() as f64;
    let within = |share: f64, expected: f64| {
        let error = (expected * (1.0 - expected) / 1_000.0).sqrt();
        assert!((share - expected).abs() < 4.0 * error, "{share}, not {expected}");
    };
    within(reached / 1_000.0, 7.0 / 8.0);
    let again: Vec<(u32, Day, Day)> = record
        .log
        .iter()
        .filter_map(|entry| match entry.happened {
            Happened::Rescheduled { plan: of, day } if of == plan => {
                Some((entry.account, entry.at.day(), day))
            }
            _ => None,
        })
        .collect();
    let firsts = again.iter().map(|&(account, ..)| account).collect::<BTreeSet<_>>();
    within(firsts.len() as f64 / 1_000.0, 0.5);
    within((again.len() - firsts.len()) as f64 / 1_000.0, 0.25);
    let counted: u32 = record.accounts.iter().map(|account| account.rescheduled).sum();
    assert_eq!(counted as usize, again.len());
    for (account, missed, day) in again {
        assert_eq!(day, missed + 7);
        let held = |entry: &&journeysim::engine::record::LogEntry| {
            let met = [Happened::Reached { plan, people: 1 }, Happened::Declined { plan }];
            entry.account == account && entry.at.day() == day && met.contains(&entry.happened)
        };
        assert_eq!(record.log.iter().filter(held).count(), 1, "account {account} on day {day:?}");
    }
}

/// The share of the terms ending in a run that are renewed, with its standard error.
fn renewed(file: &str, overrides: &[&str]) -> (f64, f64) {
    let scenario = baseline(file, overrides);
    let shares: Vec<f64> = (0..6)
        .map(|replication| {
            let renewals = replicate(&scenario, replication).renewals;
            renewals.iter().filter(|it| it.renewed > Money::ZERO).count() as f64 / renewals.len() as f64
        })
        .collect();
    mean_and_error(&shares)
}

/// Terms that end in the first weeks were signed before the run began, by those who stay only.
#[test]
fn who_signs_before_the_run_begins_leaves_as_often_as_others() {
    let terms =
        ["population.mid_life=true", "population.accounts=3000", "renewal.constant_churn=20%", "horizon=50d"];
    let early = ["renewal.early=100%", "renewal.early_by={ dist = \"constant\", value = \"60d\" }"];
    let (share, error) = renewed("validation/plain.toml", &[&terms[..], &early].concat());
    assert!((share - 0.8).abs() < 3.0 * error, "{share} +- {error} renew instead of 80 %");
}

/// A book in steady state holds mostly those who are likely to stay. Of shifted-beta-geometric customers who came at an even
/// rate over T years the share that renews in a year is the sum of S(1) to S(T) over that of S(0) to S(T-1).
#[test]
fn a_steady_book_of_unlike_customers_renews_as_its_ages_let_expect() {
    let overrides = ["population.mid_life=true", "population.accounts=3000", "horizon=1y"];
    let scenario = baseline("validation/beta-propensity.toml", &overrides);
    let [alpha, beta] = [&scenario.file.renewal.beta_alpha, &scenario.file.renewal.beta_beta]
        .map(|it| it.expect("the scenario says so").get());
    let mut survival = vec![1.0];
    for year in 1..=40 {
        let step = (beta + f64::from(year) - 1.0) / (alpha + beta + f64::from(year) - 1.0);
        survival.push(survival[year as usize - 1] * step);
    }
    let years = scenario.file.population.history.get() as usize / 12;
    let sum = |from: usize| survival[from..from + years].iter().sum::<f64>();
    let expected = sum(1) / sum(0);
    let (share, error) = renewed("validation/beta-propensity.toml", &overrides);
    assert!(
        (share - expected).abs() < 3.0 * error.max(0.002),
        "{share} +- {error} renew instead of {expected}"
    );
}

/// An account of a fresh book drifts on the day of its number, so number 89 is by nature what it was for 88 days. What strains
/// the relationship then are the changes alone, each of which fades from its own day on.
#[test]
fn changes_of_the_company_add_up_and_each_fades_by_itself() {
    let scenario = baseline(
        "validation/plain.toml",
        &[
            "population.accounts=90",
            "horizon=88d",
            "shocks.company_change=40 per year",
            "shocks.company_fading=30d",
            "shocks.company_weight=0.5",
        ],
    );
    let (_, life) = Opening::new(&scenario, 0).follow(&scenario, 89);
    let is_change = |told: &Told| matches!(told, Told::Happened(Happened::CompanyChanged));
    let changes: Vec<(f64, f64)> = life
        .entries
        .iter()
        .filter(|entry| is_change(&entry.told))
        .map(|entry| (f64::from(entry.at.day().0), entry.moment.relationship))
        .collect();
    assert!(changes.len() > 4, "{}", changes.len());
    for (number, &(today, relationship)) in changes.iter().enumerate() {
        let so_far = &changes[..=number];
        let strain: f64 = so_far.iter().map(|(day, _)| 0.5 * powf(0.5, (today - day) / 30.0)).sum();
        let expected = life.opening.relationship - strain;
        assert!((relationship - expected).abs() < 1e-9, "day {today}: {relationship} instead of {expected}");
    }
}
