//! What stands before and after a run: a scenario that is read, the program that starts to check it, and a finished run that
//! becomes a page.

use std::hint::black_box;
use std::process::Command;

use criterion::{Criterion, criterion_group, criterion_main};
use journeysim::language::source::Disk;
use journeysim::output::finished::Finished;
use journeysim::output::report;
use journeysim::scenario::load;

/// A program with what it extends, and a few variants.
const SCENARIO: &str = "scenarios/check-in-cadence.toml";

fn program(arguments: &[&str]) {
    let run = Command::new(env!("CARGO_BIN_EXE_journeysim")).args(arguments).output();
    let output = run.expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn scenario(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("scenario");
    group.bench_function("read", |bencher| {
        bencher.iter(|| load::experiment(black_box(SCENARIO), &[], &mut Disk).expect("it is right"));
    });
    group.bench_function("check", |bencher| bencher.iter(|| program(&["check", SCENARIO])));
    group.finish();
}

fn page(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("report");
    group.sample_size(10).bench_function("page", |bencher| {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let out = folder.path().join("run");
        let out = out.to_str().expect("its name is text");
        program(&["run", SCENARIO, "--replications", "4", "--set", "population.accounts=50", "--out", out]);
        let finished = Finished::read(out.as_ref()).expect("the run is finished");
        bencher.iter(|| report::page(&finished));
    });
    group.finish();
}

criterion_group!(benches, scenario, page);
criterion_main!(benches);
