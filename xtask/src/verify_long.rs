//! Checks that take too long for CI: coverage of intervals, sweeps that are killed, streams under test batteries, a busy server,
//! attacks on all that is read, by slips of a hand and led by coverage, the second implementation at length, fits whose truth is
//! known, selection over ten thousand times, what a sweep on a cluster costs, which changes of the code no unit test notices.
//!
//! They are the tests that are ignored otherwise. What they print goes into `docs/background/long-checks.md` by hand, with the date.

use std::process::Command;

use crate::{Chore, fuzz, python, step};

pub const CHORE: Chore =
    Chore { name: "verify-long", summary: "run the long checks, which CI leaves out (half a day)", run };

fn run() -> anyhow::Result<()> {
    let options = "-- --ignored --nocapture --test-threads 1";
    let release = format!("test --release {}", step::PACKAGES);
    step::run(
        "coverage, kills, streams and a busy server",
        &mut step::cargo(&format!("{release} --test it {options} long::")),
    )?;
    step::run("attacks", &mut step::cargo(&format!("{release} --test it {options} fuzz::")))?;
    fuzz::at_length()?;
    python::at_length()?;
    step::run("fits", &mut step::cargo(&format!("{release} --test it {options} calibrate::intervals")))?;
    step::run("selection", &mut step::cargo(&format!("{release} --lib {options} ten_thousand")))?;
    let interpreter = python::environment()?;
    python::install(&interpreter)?;
    step::run(
        "a sweep on Dask",
        Command::new(interpreter).arg("benches/sweep.py").current_dir(step::root()),
    )?;
    mutants()
}

/// Changes the code of the rooms listed in .cargo/mutants.toml, one place at a time: each change must fail a unit test.
fn mutants() -> anyhow::Result<()> {
    if !step::cargo("mutants --version").output().is_ok_and(|output| output.status.success()) {
        println!("== mutants: left out; `cargo install cargo-mutants` gets the tool");
        return Ok(());
    }
    step::run("mutants", &mut step::cargo("mutants --workspace --minimum-test-timeout 20 --output target"))
}
