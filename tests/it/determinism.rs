//! Equal bits: whatever runs the model, in whatever build, order and company, the numbers are the same.
//!
//! This module is run in debug and release builds, and in one without features; the digests below tie them together.

use std::fmt::Write;
use std::sync::atomic::AtomicBool;

use journeysim::base::random::{Purpose, Streams};
use journeysim::base::time::Day;
use journeysim::engine::record::{Happened, LogEntry, Record};
use journeysim::engine::run::Keep;
use journeysim::experiment::digest;
use journeysim::experiment::replicate::{Chunk, Options, Watch, run_range};
use journeysim::scenario::Scenario;
use journeysim::scenario::load::Experiment;
use journeysim::usage::activity::{Activity, DayInput, Width};

use crate::trial::{baseline, compare, experiment};

/// Digests of two replications at seed 7: scenario, settings, digest. They say nothing about the model; they are here so that
/// two builds which disagree cannot both pass. A change of the model renews them, with a line "Results change:" in the changelog.
const DIGESTS: &str = include_str!("../data/digests.csv");

fn digest_of(file: &str, settings: &str, threads: u32) -> String {
    let settings: Vec<&str> =
        settings.split(';').filter(|setting| !setting.is_empty()).chain(["seed=7"]).collect();
    let experiment = experiment(file, &settings);
    let watch = Watch { finished: &|| (), stop: &AtomicBool::new(false), cells: None };
    let options = Options { threads: Some(threads), ..Options::default() };
    let chunk = run_range(&experiment, 0..2, &options, &watch).expect("threads can be started");
    let names = experiment.variants.iter().map(|variant| variant.name.as_str());
    digest::of_all(&chunk, names)
}

#[test]
fn every_build_and_number_of_threads_gives_the_same_bits() {
    let rows = DIGESTS.lines().filter(|line| !line.starts_with('#')).skip(1);
    let rows: Vec<[&str; 3]> = rows
        .map(|row| row.split(',').collect::<Vec<_>>().try_into().expect("scenario, settings, digest"))
        .collect();
    assert_eq!(rows.len(), 12);
    let mut renewed = String::new();
    for [file, settings, _] in &rows {
        let alone = digest_of(file, settings, 1);
        for threads in [2, 8] {
            assert_eq!(digest_of(file, settings, threads), alone, "{file} on {threads} threads");
        }
        writeln!(renewed, "{file},{settings},{alone}").expect("a string can grow");
    }
    let expected: String = rows.iter().map(|row| row.join(",") + "\n").collect();
    assert!(renewed == expected, "other digests than those of tests/data/digests.csv:\n{renewed}");
}

/// Scenarios made small, which between them use all curves, programs and kinds of contracts.
const SMALL: [(&str, &[&str]); 4] = [
    ("check-in-cadence.toml", &["population.accounts=24"]),
    ("lighthouse-escalation.toml", &["population.accounts=20", "usage.curve=gompertz"]),
    ("programs.toml", &["population.accounts=16"]),
    (
        "programs/named-enterprise-ta.toml",
        &["population.accounts=12", "usage.curve=bass", "usage.innovation=0.002", "usage.imitation=0.08"],
    ),
];

fn run(experiment: &Experiment, threads: u32) -> Chunk {
    let options = Options {
        threads: Some(threads),
        slices: true,
        fates: true,
        weeks: true,
        seen: true,
        accounts_of: 0..u32::MAX,
        only: None,
    };
    let watch = Watch { finished: &|| (), stop: &AtomicBool::new(false), cells: None };
    run_range(experiment, 0..5, &options, &watch).expect("threads can be started")
}

#[test]
fn slices_weeks_and_accounts_do_not_depend_on_the_number_of_threads() {
    for (file, overrides) in SMALL {
        let experiment = experiment(file, overrides);
        let alone = run(&experiment, 1);
        for threads in [2, 3, 8] {
            assert!(
                run(&experiment, threads) == alone,
                "{file}: {threads} threads give other numbers than one"
            );
        }
    }
}

/// Everything one replication left behind, to the last bit: the shortest text of a number tells it from all others.
fn portrait(record: &Record) -> String {
    format!("{record:?}")
}

#[test]
fn a_variant_does_not_depend_on_the_order_or_number_of_the_others() {
    for (file, overrides) in SMALL {
        let experiment = experiment(file, overrides);
        let usual: Vec<String> = compare(&experiment, 1, Keep::default()).iter().map(portrait).collect();

        let mut turned = experiment.clone();
        turned.variants.reverse();
        turned.baseline = experiment.variants.len() - 1 - experiment.baseline;
        let mut reversed: Vec<String> = compare(&turned, 1, Keep::default()).iter().map(portrait).collect();
        reversed.reverse();
        assert!(usual == reversed, "{file}: the order of variants shows");

        let mut more = experiment.clone();
        more.variants.insert(0, experiment.variants[0].clone());
        more.baseline += 1;
        let with_one_more: Vec<String> = compare(&more, 1, Keep::default()).iter().map(portrait).collect();
        assert!(with_one_more[1..] == usual, "{file}: one more variant shows");
    }
}

/// A hundred and one accounts, the last block of which is not full, with noise, decay, cuts and lifts.
#[test]
fn every_vector_width_of_this_machine_gives_the_same_bits() {
    for (curve, more) in [
        ("logistic", vec![]),
        ("gompertz", vec![]),
        ("bass", vec!["usage.innovation=0.002", "usage.imitation=0.08"]),
    ] {
        let curve = format!("usage.curve={curve}");
        let overrides: Vec<&str> = more.into_iter().chain([curve.as_str()]).collect();
        let scenario = baseline("programs/pooled-ta.toml", &overrides);
        let widths = Width::all();
        let lived: Vec<String> = widths.iter().map(|&width| live(&scenario, width)).collect();
        for (width, columns) in widths.iter().zip(&lived) {
            assert!(*columns == lived[0], "{curve}, {width:?}: other bits than {:?}", widths[0]);
        }
    }
}

/// Lives 400 days of use with vectors of `width`; the state of all columns at the end, in words.
fn live(scenario: &Scenario, width: Width) -> String {
    let streams = Streams::new(7, 3);
    let mut activity = Activity::default();
    for _ in 0..101 {
        let account = activity.add(scenario.lifts.len());
        let draw = streams.draw(Purpose::Book, account, 0, 0);
        let (x, y) = (draw.uniform(0) as f32, draw.uniform(1) as f32);
        *activity.seats.at(account) = (20.0 + 900.0 * x).floor();
        *activity.cap.at(account) = if y < 0.2 { 1.3 } else { 1.0 };
        *activity.ceiling.at(account) = 0.3 + 0.7 * y;
        *activity.need.at(account) = 0.5 + 0.5 * x;
        *activity.pace.at(account) = 0.02 + 0.1 * y;
        *activity.usage.at(account) = 0.1 + 0.3 * x;
        *activity.adoption.at(account) = 0.02 * x;
        *activity.last_contact.at(account) = (-100.0 * y).floor();
        *activity.living.at(account) = 1.0;
        *activity.running.at(account) = f32::from(u8::from(x > 0.05));
        for (number, lift) in activity.lifts.iter_mut().enumerate() {
            *lift.at(account) = 0.03 * (x - 0.3) * number as f32;
        }
    }
    for day in 0..400 {
        let weekend = day % 7 > 4;
        let input = DayInput { day: Day(day), working: !weekend, weekend };
        scenario.kernel.advance_with(width, &mut activity, &streams, input);
    }
    let mut columns = String::new();
    write!(columns, "{activity:?}").expect("a string can grow");
    columns
}

/// What happened to the accounts, with touchpoints by name: their numbers shift where one is added.
fn told(scenario: &Scenario, entries: &[LogEntry]) -> Vec<String> {
    let name = |entry: &LogEntry, plan: u16| {
        scenario.programs[usize::from(entry.program)].plans[usize::from(plan)]
            .touchpoint
            .name
            .as_str()
            .to_owned()
    };
    entries
        .iter()
        .filter_map(|entry| {
            let plan = match entry.happened {
                Happened::Due { plan }
                | Happened::Reached { plan, .. }
                | Happened::NobodyInRole { plan }
                | Happened::Declined { plan } => Some(name(entry, plan)),
                _ => None,
            };
            let what = match (entry.happened, &plan) {
                (Happened::Reached { people, .. }, _) => format!("reached {people}"),
                (other, None) => format!("{other:?}"),
                (other, Some(_)) => format!("{:?}", std::mem::discriminant(&other)),
            };
            (!plan.as_deref().is_some_and(|name| name.starts_with("newcomer")))
                .then(|| format!("{:?} {} {plan:?} {what}", entry.at, entry.account))
        })
        .collect()
}

/// A call would freshen the activity trait and a mail count towards fatigue, which are effects; internal work, and mails
/// without fatigue, have none.
#[test]
fn one_more_touchpoint_without_effect_changes_no_other_event() {
    let experiment = experiment("validation/one-more-touchpoint.toml", &[]);
    let [usual, others @ ..] = experiment.variants.as_slice() else { panic!("there are variants") };
    for replication in 0..3 {
        let records = compare(&experiment, replication, Keep { log: true });
        let (reference, without) = (&records[0], told(&usual.scenario, &records[0].log));
        for (variant, record) in others.iter().zip(&records[1..]) {
            let with = told(&variant.scenario, &record.log);
            let first = without.iter().zip(&with).find(|(without, with)| without != with);
            assert_eq!(first, None, "{}, replication {replication}", variant.name);
            assert_eq!(without.len(), with.len(), "{}, replication {replication}", variant.name);
            assert!(record.log.len() > with.len(), "{}: the newcomer comes due", variant.name);
            assert_eq!(record.ledger, reference.ledger, "{}: revenue", variant.name);
            assert_eq!(record.renewals, reference.renewals, "{}: renewals and their odds", variant.name);
        }
    }
}

/// The sources renamed the pooled program, and changed nothing else.
#[test]
fn pooled_and_scaled_are_one_program_under_two_names() {
    let [pooled, scaled] = ["programs/pooled-ta.toml", "programs/scaled-ta.toml"].map(|file| {
        let experiment = experiment(file, &["population.accounts=24", "horizon=18mo"]);
        portrait(&compare(&experiment, 1, Keep::default())[0])
    });
    assert!(pooled == scaled);
}
