//! Attacks led by coverage, on all that is read from elsewhere: the targets of the package `fuzz`, ten minutes each, or as many as
//! `JOURNEYSIM_FUZZ_MINUTES` says.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Context;

use crate::{Chore, step};

pub const CHORE: Chore =
    Chore { name: "fuzz", summary: "attack all that is read, led by coverage (an hour)", run: at_length };

/// A target and where bytes like those that it reads are found, besides the corpus of the tests.
const TARGETS: [(&str, &[&str]); 5] = [
    ("scenario", &["scenarios/programs"]),
    ("overlay", &["scenarios", "tests/faults"]),
    ("book", &["scenarios/data"]),
    // When it starts, it writes there what it begins with.
    ("run_folder", &["target/fuzz/seeds/run_folder"]),
    ("request", &[]),
];

/// Attacks each target in turn. What is found new is kept below `target`, and what breaks something in `fuzz/artifacts`.
///
/// # Errors
///
/// The first target that does not withstand.
pub fn at_length() -> anyhow::Result<()> {
    let root = step::root();
    if !Command::new("cargo-fuzz").arg("--version").output().is_ok_and(|output| output.status.success()) {
        println!(
            "== attacks led by coverage: left out, cargo-fuzz is missing (cargo install cargo-fuzz --locked)"
        );
        return Ok(());
    }
    let minutes = std::env::var("JOURNEYSIM_FUZZ_MINUTES").unwrap_or_else(|_| "10".to_owned());
    let minutes: f64 = minutes.parse().context("JOURNEYSIM_FUZZ_MINUTES is a number")?;
    for (target, shipped) in TARGETS {
        let found = root.join("target/fuzz/corpus").join(target);
        fs::create_dir_all(&found)?;
        for folder in shipped {
            fs::create_dir_all(root.join(folder))?;
        }
        // There is nothing unsafe in the project: what counts is time, memory and panics, which need no sanitizer.
        let mut attack = step::cargo("fuzz run --sanitizer none --target-dir target/fuzz");
        attack.arg(target).arg(found).arg(Path::new("tests/corpus").join(target)).args(shipped);
        attack.args([
            "--",
            &format!("-max_total_time={:.0}", 60.0 * minutes),
            "-rss_limit_mb=1024",
            "-timeout=64",
            "-print_final_stats=1",
        ]);
        // Coverage is counted by a part of the compiler that is not stable yet.
        step::run(&format!("attacks led by coverage: {target}"), attack.env("RUSTC_BOOTSTRAP", "1"))?;
    }
    Ok(())
}
