//! Attacks led by coverage, on all that is read from elsewhere: the targets of the package `fuzz`, ten minutes each.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::step;

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
            "-max_total_time=600",
            "-rss_limit_mb=1024",
            "-timeout=64",
            "-print_final_stats=1",
        ]);
        // Coverage is counted by a part of the compiler that is not stable yet.
        step::run(&format!("attacks led by coverage: {target}"), attack.env("RUSTC_BOOTSTRAP", "1"))?;
    }
    Ok(())
}
