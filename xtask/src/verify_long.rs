//! Checks that take too long for CI: coverage of intervals, sweeps that are killed, fits whose truth is known,
//! selection over ten thousand times.
//!
//! They are the tests that are ignored otherwise. What they print goes into `docs/background/long-checks.md` by hand, with the date.

use crate::{Chore, step};

pub const CHORE: Chore =
    Chore { name: "verify-long", summary: "run the long checks, which CI leaves out (half an hour)", run };

fn run() -> anyhow::Result<()> {
    let options = "-- --ignored --nocapture --test-threads 1";
    step::run("coverage and kills", &mut step::cargo(&format!("test --release --test it {options} long::")))?;
    step::run("fits", &mut step::cargo(&format!("test --release --test it {options} calibrate::intervals")))?;
    step::run("selection", &mut step::cargo(&format!("test --release --lib {options} ten_thousand")))
}
