//! What a run is made of: the day kernel, work on a queue, whole replications, and several of them on threads.
//!
//! The accounts are those of `scenarios/bench/reference.toml`, the complete pooled model. A replication is its opening book,
//! its warm-up year and its three years.

use std::hint::black_box;
use std::sync::atomic::AtomicBool;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use journeysim::base::random::Streams;
use journeysim::base::time::Day;
use journeysim::engine::opening::open_book;
use journeysim::engine::run::{Keep, Opening};
use journeysim::experiment::replicate::{Options, Watch, run_range};
use journeysim::language::source::Disk;
use journeysim::scenario::Scenario;
use journeysim::scenario::load::{self, Experiment};
use journeysim::usage::activity::DayInput;

const REFERENCE: &str = "scenarios/bench/reference.toml";

fn experiment(file: &str, overrides: &[String]) -> Experiment {
    load::experiment(file, overrides, &mut Disk).expect("the scenario is right")
}

fn baseline(experiment: &Experiment) -> &Scenario {
    &experiment.variants[experiment.baseline].scenario
}

fn reference(accounts: u32) -> Experiment {
    let advisors = accounts / 1_000 * 38;
    let overrides = [format!("population.accounts={accounts}"), format!("pool.advisors.advisors={advisors}")];
    experiment(REFERENCE, &overrides)
}

/// One day of everybody's use of the product.
fn kernel(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("kernel");
    group.bench_function("day", |bencher| {
        let experiment = reference(10_000);
        let scenario = baseline(&experiment);
        let streams = Streams::new(1, 0);
        let mut world = open_book(scenario, streams);
        let mut input = DayInput { day: scenario.first, working: true, weekend: false };
        bencher.iter(|| {
            scenario.kernel.advance(&mut world.activity, &streams, input);
            input.day = Day(input.day.0 + 1);
        });
    });
    group.finish();
}

/// A replication that is nothing but requests and the advisors who answer them.
fn queue(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("queue");
    group.sample_size(10).bench_function("m-m-14", |bencher| {
        let experiment = experiment("scenarios/validation/queues/m-m-14.toml", &[]);
        let scenario = baseline(&experiment);
        bencher.iter(|| black_box(Opening::new(scenario, 0).run(scenario, Keep::default())));
    });
    group.finish();
}

fn replication(criterion: &mut Criterion) {
    // A hundred thousand accounts take half a minute: too long where benches are only tried out.
    let is_trial = std::env::args().any(|argument| argument == "--test");
    let sizes: &[u32] = if is_trial { &[1_000] } else { &[1_000, 10_000, 100_000] };
    let mut group = criterion.benchmark_group("replication");
    for &accounts in sizes {
        group.throughput(Throughput::Elements(accounts.into())).sample_size(10);
        group.bench_function(BenchmarkId::from_parameter(accounts), |bencher| {
            let experiment = reference(accounts);
            let scenario = baseline(&experiment);
            bencher.iter(|| black_box(Opening::new(scenario, 0).run(scenario, Keep::default())));
        });
    }
    group.finish();
}

/// Four replications with their metrics.
fn threads(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("threads");
    for threads in [1, 2] {
        group.sample_size(10).bench_function(BenchmarkId::from_parameter(threads), |bencher| {
            let experiment = reference(1_000);
            let options = Options { threads: Some(threads), ..Options::default() };
            let watch = Watch { finished: &|| (), stop: &AtomicBool::new(false), cells: None };
            bencher.iter(|| run_range(&experiment, 0..4, &options, &watch).expect("threads can be started"));
        });
    }
    group.finish();
}

criterion_group!(benches, kernel, queue, replication, threads);
criterion_main!(benches);
