//! Dated changes: rules rolled out inside a run, to all or to a share of the customers.

use std::sync::atomic::AtomicBool;

use journeysim::base::time::{Day, SimTime};
use journeysim::engine::record::{Happened, LogEntry, Record, WaitedFor};
use journeysim::engine::run::Keep;
use journeysim::experiment::arms::{Trial, trials};
use journeysim::experiment::compare::difference;
use journeysim::experiment::replicate::{Chunk, Options, Watch, run_range};
use journeysim::metrics;
use journeysim::population::segment::Segment;
use journeysim::program::stage::Stage;
use journeysim::scenario::load::Experiment;

use crate::trial::{compare, experiment};

const POOLED: &str = "programs/pooled-ta.toml";
/// Advisors without enough time, so that one customer's work delays another's.
const FOUR_ADVISORS: &str = "pool=[{ name = \"advisors\", advisors = 4 }]";

/// The variants `without` and `with` a change, before further overrides; `set` is what it sets.
fn rolled_out(change: &str, set: &str, more: &[&str]) -> Experiment {
    let change = format!("change=[{{ name = \"trial\", {change}, set = {{ {set} }} }}]");
    let variants =
        "variant=[{ name = \"without\", set = { \"change.trial.remove\" = true } }, { name = \"with\" }]";
    let overrides: Vec<&str> = [change.as_str(), variants].into_iter().chain(more.iter().copied()).collect();
    experiment(POOLED, &overrides)
}

fn both(experiment: &Experiment, replication: u32) -> [Record; 2] {
    let records = compare(experiment, replication, Keep { log: true });
    records.try_into().expect("two variants")
}

fn run(experiment: &Experiment, replications: u32) -> Chunk {
    let watch = Watch { finished: &|| (), stop: &AtomicBool::new(false), cells: None };
    run_range(experiment, 0..replications, &Options::default(), &watch).expect("threads can be started")
}

/// All that a record says, to the last bit, but for who is under a change.
fn everything(record: &Record) -> String {
    let mut record = record.clone();
    record.before.clear();
    for account in &mut record.accounts {
        (account.concerned, account.treated) = (0, 0);
    }
    for wait in &mut record.waits {
        if let WaitedFor::Touchpoint { program, .. } = &mut wait.kind {
            *program = 0;
        }
    }
    for entry in &mut record.log {
        entry.program = 0;
        if let Happened::WorkBegun { work, .. }
        | Happened::WorkPutDown { work, .. }
        | Happened::WorkEnded { work, .. }
        | Happened::WorkDropped { work } = &mut entry.happened
            && let WaitedFor::Touchpoint { program, .. } = work
        {
            *program = 0;
        }
    }
    let count = |plan: usize| {
        let of = record.touches.iter().map(|plans| plans[plan]);
        of.fold((0, 0, 0), |(due, done, missing), it| {
            (due + it.due, done + it.done, missing + it.missing_role)
        })
    };
    let counts: Vec<_> = (0..record.touches[0].len()).map(count).collect();
    record.touches.clear();
    format!("{counts:?} {record:?}")
}

const MONTHLY: &str = "\"touchpoint.check-in.enabled\" = true, \"touchpoint.check-in.every\" = \"30d\"";

/// What the program does not know by then it has from the first day on, in the same order of effects: the bits are those
/// of a variant that sets the same.
#[test]
fn a_change_for_all_from_the_first_day_is_a_variant_to_the_bit() {
    for pool in [&[][..], &[FOUR_ADVISORS]] {
        let variants = format!(
            "variant=[{{ name = \"none\" }}, {{ name = \"plain\", set = {{ {MONTHLY} }} }}, \
             {{ name = \"dated\", set = {{ \"change.trial.share\" = \"100%\" }} }}]"
        );
        let change =
            format!("change=[{{ name = \"trial\", from = \"0d\", share = \"0%\", set = {{ {MONTHLY} }} }}]");
        let overrides: Vec<&str> =
            ["horizon=2y", &change, &variants].into_iter().chain(pool.iter().copied()).collect();
        let chunk = run(&experiment(POOLED, &overrides), 2);
        for outcomes in &chunk.replications {
            let [none, plain, dated] = &outcomes[..] else { panic!("three variants") };
            assert_eq!(plain.metrics, dated.metrics);
            assert_ne!(plain.metrics, none.metrics, "the change does nothing");
        }
    }
}

/// In the middle of the run, with queues, work under way, missed calls and stays in Lighthouse.
#[test]
fn a_change_to_what_is_set_already_changes_nothing_to_the_bit() {
    let same = "\"touchpoint.kickoff.enabled\" = true, \"stages.renewing_days\" = 120, \"lighthouse.window\" = \"120d\"";
    let experiment = rolled_out(
        "from = \"200d\", share = \"50%\"",
        same,
        &[
            "horizon=18mo",
            FOUR_ADVISORS,
            "touchpoint.kickoff.attended=80%",
            "touchpoint.kickoff.reschedule=7d",
        ],
    );
    let [without, with] = both(&experiment, 0);
    assert!(with.accounts.iter().any(|account| account.treated == 1), "nobody comes under it");
    assert!(with.accounts.iter().any(|account| account.concerned == 1 && account.treated == 0));
    assert_eq!(everything(&without), everything(&with));
}

fn before(record: &Record, day: i32) -> Vec<&LogEntry> {
    record.log.iter().take_while(|entry| entry.at < SimTime::from_day(Day(day))).collect()
}

#[test]
fn before_its_day_a_change_does_nothing_and_after_it_something() {
    let experiment = rolled_out("from = 2024-11-01", MONTHLY, &["horizon=18mo", FOUR_ADVISORS]);
    let [without, with] = both(&experiment, 0);
    let day = with.before[0].day.0;
    assert_eq!(day, 274, "from 1 February to 1 November 2024");
    assert_eq!(before(&without, day), before(&with, day));
    let tail = |record: &Record| record.log.len();
    assert_ne!(tail(&without), tail(&with));
}

/// Of each segment's accounts 30 % come under the change: with a probability of at most one in 10,000 a true lot lies
/// further from it than four standard errors.
#[test]
fn a_share_is_drawn_by_lot_whatever_the_segment() {
    let experiment = rolled_out(
        "from = \"30d\", share = \"30%\"",
        MONTHLY,
        &["horizon=2mo", "population.accounts=4000", "population.warm_up=30d"],
    );
    let [_, with] = both(&experiment, 0);
    let share = |segment: Option<Segment>| {
        let of = with.accounts.iter().filter(|account| segment.is_none_or(|it| account.segment == it));
        let (concerned, treated) = of.fold((0.0, 0.0), |(concerned, treated), account| {
            (concerned + f64::from(account.concerned), treated + f64::from(account.treated))
        });
        (concerned, treated / concerned)
    };
    for segment in [None, Some(Segment::MidMarket), Some(Segment::Enterprise)] {
        let (n, share) = share(segment);
        let error = (0.3_f64 * 0.7 / n).sqrt();
        assert!(n > 100.0 && (share - 0.3).abs() < 4.0 * error, "{segment:?}: {share} of {n}");
    }
}

/// Without limits nobody is in anybody's way, so whoever is not under the change lives the same life without it.
#[test]
fn who_is_not_under_a_change_does_not_notice_it() {
    let experiment = rolled_out("from = \"90d\", share = \"40%\"", MONTHLY, &["horizon=2y"]);
    let [without, with] = both(&experiment, 1);
    let mut treated = 0;
    for (account, (then, now)) in without.accounts.iter().zip(&with.accounts).enumerate() {
        let life = |record: &Record| -> Vec<LogEntry> {
            record.log.iter().filter(|entry| entry.account == account as u32).copied().collect()
        };
        if now.treated == 1 {
            treated += u32::from(life(&without) != life(&with));
            continue;
        }
        assert_eq!(life(&without), life(&with), "account {account}");
        let mut now = now.clone();
        now.concerned = 0;
        assert_eq!(*then, now, "account {account}");
    }
    assert!(treated > 20, "{treated} accounts notice it");
}

/// Dates are pure functions of clocks, so after the change its customers have the dates of a program that has always been
/// so. Nothing the program does has an effect here, or others would stay.
#[test]
fn dates_after_a_change_are_those_of_a_program_that_has_always_been_so() {
    let more = [
        "horizon=18mo",
        "effects=\"none\"",
        "touchpoint.check-in.enabled=true",
        "touchpoint.check-in.every=91d",
    ];
    let quick = "\"touchpoint.check-in.every\" = \"30d\", \"touchpoint.monthly-recap.enabled\" = false";
    let dated = rolled_out("from = \"200d\"", quick, &more);
    let always = rolled_out("from = \"0d\"", quick, &more);
    let [[without, dated], [_, always]] = [both(&dated, 0), both(&always, 0)];
    let due = |record: &Record, name: &str, from: i32, scenario: &Experiment| -> Vec<(SimTime, u32)> {
        let programs = &scenario.variants[1].scenario.programs;
        let named = |entry: &&LogEntry| {
            let Happened::Due { plan } = entry.happened else { return false };
            let plan = &programs[usize::from(entry.program)].plans[usize::from(plan)];
            plan.touchpoint.name.as_str() == name
        };
        let late = record.log.iter().filter(|entry| entry.at >= SimTime::from_day(Day(from)));
        late.filter(named).map(|entry| (entry.at, entry.account)).collect()
    };
    let scenario = rolled_out("from = \"200d\"", quick, &more);
    let calls = |record: &Record| due(record, "check-in", 200, &scenario);
    assert!(calls(&always).len() > 500);
    assert_eq!(sorted(calls(&dated)), sorted(calls(&always)));
    assert!(calls(&without).len() < calls(&dated).len());
    // A recap of last month that was still to be worked is not sent any more either.
    let recaps = |record: &Record| due(record, "monthly-recap", 200, &scenario);
    assert!(recaps(&dated).is_empty() && !recaps(&without).is_empty());
}

fn sorted<T: Ord>(mut values: Vec<T>) -> Vec<T> {
    values.sort();
    values
}

/// Gates, windows, assessments, Lighthouse, health and watching change in the middle of the run, to and fro.
#[test]
fn every_rule_of_a_program_can_change_and_the_books_still_balance() {
    let set = "\"stages.onboarding_days\" = 30, \"stages.utilization_gate\" = \"40%\", \"stages.usage_gate\" = \"10%\", \
               \"stages.renewing_days\" = 150, \"assessment.rha_days\" = 140, \"lighthouse.ad_hoc\" = \"2 per year\", \
               \"lighthouse.max_concurrent\" = 30, \"touchpoint.kickoff.enabled\" = false, \
               \"touchpoint.request.enabled\" = false, \"program.monitoring\" = \"10m\"";
    let experiment = rolled_out("from = \"300d\", share = \"60%\"", set, &["horizon=3y", FOUR_ADVISORS]);
    let [without, with] = both(&experiment, 0);
    for record in [&without, &with] {
        assert!(record.ledger.balance().holds());
        for pool in &record.pools {
            let handled = pool.done + pool.late + pool.dropped + pool.degraded + pool.open;
            assert_eq!(pool.due, handled, "{pool:?}");
        }
    }
    let nurturing = |record: &Record, treated: u8| {
        let of =
            record.accounts.iter().filter(|account| account.treated == treated && account.concerned == 1);
        of.map(|account| u64::from(account.stage_days[Stage::Nurturing as usize])).sum::<u64>()
    };
    let days = |treated: u8| {
        let of = with.accounts.iter().filter(|account| account.treated == treated && account.concerned == 1);
        of.map(|account| u64::from(account.days)).sum::<u64>()
    };
    let share = |treated: u8| nurturing(&with, treated) as f64 / days(treated) as f64;
    assert!(share(1) > 1.4 * share(0), "{} under a low gate, {} under a high one", share(1), share(0));
    // Requests of those under the change lead to nothing from that day on.
    let asked = |record: &Record| -> u64 {
        let arm = record.accounts.iter().filter(|account| account.treated == 1);
        arm.map(|account| u64::from(account.requests)).sum()
    };
    let by_then: u64 = with.before[0]
        .accounts
        .iter()
        .zip(&with.accounts)
        .fold(0, |sum, (then, now)| sum + if now.treated == 1 { u64::from(then.requests) } else { 0 });
    assert!(asked(&with) - by_then < 40, "{} after {by_then}", asked(&with));
}

/// Who is at risk enters Lighthouse as soon as there is one, and leaves it when there is none any more.
#[test]
fn lighthouse_opens_and_closes_on_its_day() {
    let inside = |record: &Record, day: i32| {
        let stays = record.lighthouse.iter().filter(|stay| stay.from.0 < day);
        stays.filter(|stay| stay.end.is_none_or(|(end, _)| end.0 > day)).count()
    };
    let closing = rolled_out("from = \"300d\"", "\"lighthouse.enabled\" = false", &["horizon=18mo"]);
    let [_, closed] = both(&closing, 0);
    assert!(inside(&closed, 299) > 0 && inside(&closed, 301) == 0);
    assert!(closed.lighthouse.iter().all(|stay| stay.from.0 < 300));
    let opening = rolled_out(
        "from = \"300d\"",
        "\"lighthouse.enabled\" = true",
        &["horizon=18mo", "lighthouse.enabled=false"],
    );
    let [_, opened] = both(&opening, 0);
    assert!(opened.lighthouse.iter().all(|stay| stay.from.0 >= 300));
    assert!(inside(&opened, 500) > 0);
}

/// New customers only, or only those of one segment, or who is there already.
#[test]
fn a_change_concerns_whom_it_names() {
    let concerned = |change: &str| -> Vec<(Day, Segment)> {
        let change = format!("from = \"100d\", {change}");
        let experiment = rolled_out(&change, MONTHLY, &["horizon=1y", "population.resegment=never"]);
        let [_, with] = both(&experiment, 0);
        assert!(with.accounts.iter().all(|account| account.treated == account.concerned));
        let concerned = with.accounts.iter().filter(|account| account.concerned == 1 && account.days > 0);
        concerned.map(|account| (account.close, account.segment)).collect()
    };
    let new = concerned("customers = \"new\"");
    assert!(!new.is_empty() && new.iter().all(|(close, _)| close.0 >= 100));
    let present = concerned("customers = \"present\"");
    assert!(!present.is_empty() && present.iter().all(|(close, _)| close.0 < 100));
    assert_eq!(new.len() + present.len(), concerned("customers = \"all\"").len());
    let large = concerned("segments = [\"enterprise\"]");
    assert!(!large.is_empty() && large.iter().all(|&(_, segment)| segment == Segment::Enterprise));
}

/// Of two changes that set one thing the later is in force; whoever draws one lot has drawn nothing about the other.
#[test]
fn changes_meet_in_a_customer_and_the_later_one_wins() {
    let changes = "change=[{ name = \"late\", from = \"200d\", share = \"50%\", set = { \"touchpoint.check-in.every\" = \"20d\" } }, \
                   { name = \"early\", from = \"100d\", share = \"50%\", set = { \"touchpoint.check-in.enabled\" = true, \
                   \"touchpoint.check-in.every\" = \"60d\" } }]";
    let experiment = experiment(POOLED, &[changes, "horizon=1y", "population.accounts=1000"]);
    let record = compare(&experiment, 0, Keep { log: true }).swap_remove(0);
    let scenario = &experiment.variants[0].scenario;
    let mut counts = [0.0_f64; 4];
    record.accounts.iter().for_each(|account| counts[usize::from(account.treated)] += 1.0);
    let n: f64 = counts.iter().sum();
    let error = (0.25_f64 * 0.75 / n).sqrt();
    assert!(counts.iter().all(|count| (count / n - 0.25).abs() < 4.0 * error), "{counts:?}");
    for (changes, every) in [(1, 20), (2, 60), (3, 20)] {
        let program = &scenario.programs[usize::from(scenario.under(0, changes))];
        let check_in = program.plans.iter().find(|plan| plan.touchpoint.name.as_str() == "check-in");
        assert_eq!(
            check_in.map(|plan| plan.touchpoint.every.unwrap().in_days() as i32),
            (changes != 1).then_some(every)
        );
    }
}

/// What the arms of many trials differ by is what a roll-out to all differs from none by, as long as nobody is in anybody's
/// way. Both are means over replications, so they lie within four standard errors of each other.
#[test]
#[cfg_attr(debug_assertions, ignore = "takes minutes in a debug build")]
fn the_arms_of_a_trial_differ_as_two_whole_runs_do() {
    let change =
        format!("change=[{{ name = \"trial\", from = \"0d\", share = \"50%\", set = {{ {MONTHLY} }} }}]");
    let variants = "variant=[{ name = \"trial\" }, { name = \"none\", set = { \"change.trial.share\" = \"0%\" } }, \
                    { name = \"all\", set = { \"change.trial.share\" = \"100%\" } }]";
    let experiment = experiment(
        POOLED,
        &[&change, variants, "horizon=1y", "population.arrivals=0% per year", "population.warm_up=60d"],
    );
    let chunk = run(&experiment, 60);
    let Trial { differences, treated_accounts, other_accounts, .. } = &trials(&chunk, 0, 1, 0.95)[0];
    assert!((treated_accounts / other_accounts - 1.0).abs() < 0.1);
    for name in ["utilization_mean", "advisor_hours_per_account_year", "logo_retention"] {
        let metric = metrics::position(name).unwrap();
        let within = differences[metric];
        let between = difference(&chunk, 2, 1, metric, 0.95);
        let error = |stddev: Option<f64>| stddev.unwrap() / 60.0_f64.sqrt();
        let (a, b) = (error(within.stddev), error(between.stddev));
        let apart = within.mean.unwrap() - between.mean.unwrap();
        assert!(apart.abs() < 4.0 * (a * a + b * b).sqrt(), "{name}: {within:?} within, {between:?} between");
        assert!(between.mean.unwrap() > 0.0, "{name}");
    }
}

/// Windows that were open on the day of the change count for neither arm, and days before it for nothing.
#[test]
fn arms_are_measured_from_the_day_of_the_change_on() {
    let experiment = rolled_out("from = \"400d\", share = \"50%\"", MONTHLY, &["horizon=2y"]);
    let outcome = &run(&experiment, 1).replications[0][1];
    let value = |arm: usize, name: &str| outcome.arms[arm].metrics[metrics::position(name).unwrap()];
    for arm in [0, 1] {
        assert_eq!(value(arm, "gross_revenue_retention"), None, "no window opens after day 400");
        assert!(value(arm, "gross_renewal_rate").is_some());
    }
    let all = "opening_arr";
    let whole = outcome.metrics[metrics::position("closing_arr").unwrap()].unwrap();
    assert!(value(0, all).unwrap() > 0.0 && value(1, all).unwrap() > 0.0);
    let closing = value(0, "closing_arr").unwrap() + value(1, "closing_arr").unwrap();
    assert!((closing - whole).abs() < 0.005, "{closing} of {whole}");
    let windows = rolled_out("from = \"366d\", share = \"50%\"", MONTHLY, &["horizon=2y"]);
    let outcome = &run(&windows, 1).replications[0][1];
    let retention = metrics::position("gross_revenue_retention").unwrap();
    assert!(outcome.arms.iter().all(|arm| arm.metrics[retention].is_some()), "a window opens on that day");
}

/// A second program serves whoever grows out of the first one, and watches over half of them more closely from a day on.
#[test]
fn a_change_of_one_program_concerns_its_customers_and_no_others() {
    let named = "portfolio={ named = { program = { name = \"named\", serves = [\"named\", \"digital\"] }, \
         assessment = { risk_missed = \"risk-missed\", false_alarm = \"false-alarm\" }, \
         lighthouse = { churn_cut = \"lighthouse-cut\", full_after = \"lighthouse-full-after\" } } }";
    let experiment = rolled_out(
        "from = \"400d\", share = \"50%\"",
        "\"portfolio.named.program.monitoring\" = \"7m\"",
        &[
            named,
            "program.serves=[\"scaled\"]",
            "population.mid_life=false",
            "population.resegment=immediate",
            "assume.developer-growth=+60%",
            "horizon=2y",
        ],
    );
    let [without, with] = both(&experiment, 0);
    let (mut treated, mut others) = (0, 0);
    for (plain, changed) in without.accounts.iter().zip(&with.accounts) {
        if changed.treated == 1 {
            assert_eq!((changed.program, changed.concerned), (1, 1));
            assert!(changed.minutes >= plain.minutes, "{changed:?}");
            treated += usize::from(changed.minutes > plain.minutes);
            continue;
        }
        others += usize::from(changed.concerned == 1);
        assert_eq!((changed.minutes, changed.stage_days), (plain.minutes, plain.stage_days));
    }
    assert!(treated > 3 && others > 3, "{treated} under it, {others} not");
    assert!(with.accounts.iter().any(|account| account.program == 0 && account.concerned == 0));
}
