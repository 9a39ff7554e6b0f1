//! All tests, on a machine with nothing but Rust and Python.

use anyhow::ensure;

use crate::{Chore, browser, python, step};

pub const CHORE: Chore =
    Chore { name: "test", summary: "set up what the tests need and run all of them", run };

fn run() -> anyhow::Result<()> {
    let mut tally = Tally::default();
    let outcome = steps(&mut tally);
    println!("{} passed, {} failed", tally.passed, tally.failed);
    outcome?;
    ensure!(tally.passed > 0, "no test ran");
    Ok(())
}

fn steps(tally: &mut Tally) -> anyhow::Result<()> {
    // Rules one by one, with every check of a debug build; the journeys, which live through thousands of customer years,
    // in the build that people use. The digests must be those of a debug build without features too.
    let packages = step::PACKAGES;
    for (name, arguments) in [
        ("rules", "test --workspace --exclude journeysim-python --lib --bins --no-fail-fast".to_owned()),
        ("journeys in a release build", format!("test --release {packages} --test it --no-fail-fast")),
        ("examples in the documentation", format!("test --release {packages} --doc")),
        (
            "determinism in a debug build without features",
            "test --no-default-features --test it determinism".to_owned(),
        ),
    ] {
        step::watch(name, &mut step::cargo(&arguments), |line| tally.see(line))?;
    }
    browser::run()?;
    python::test(|line| tally.see_pytest(line))?;
    step::run(
        "benches, one round each",
        &mut step::cargo(&format!(
            "bench {packages} --bench calendar --bench engine --bench files -- --test"
        )),
    )
}

/// Tests counted from the closing line of each test binary.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    passed: u32,
    failed: u32,
}

impl Tally {
    fn see(&mut self, line: &str) {
        let Some((_, counts)) = line.strip_prefix("test result: ").and_then(|rest| rest.split_once(". "))
        else {
            return;
        };
        for count in counts.split("; ") {
            self.add(count);
        }
    }

    /// Counts from the closing line of pytest: "1 failed, 12 passed in 3.20s".
    fn see_pytest(&mut self, line: &str) {
        let Some((counts, _)) = line.rsplit_once(" in ").filter(|(_, time)| time.contains('s')) else {
            return;
        };
        for count in counts.trim_matches(['=', ' ']).split(", ") {
            self.add(count);
        }
    }

    fn add(&mut self, count: &str) {
        match count.split_once(' ') {
            Some((number, "passed")) => self.passed += number.parse().unwrap_or(0),
            Some((number, "failed" | "error" | "errors")) => self.failed += number.parse().unwrap_or(0),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_lines_of_all_binaries_are_added_up() {
        let mut tally = Tally::default();
        for line in [
            "running 3 tests",
            "test a_test ... ok",
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.06s",
            "test result: FAILED. 10 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.00s",
        ] {
            tally.see(line);
        }
        assert_eq!(tally, Tally { passed: 13, failed: 2 });
    }

    #[test]
    fn pytest_counts_in_its_closing_line() {
        let mut tally = Tally::default();
        for line in [
            "................                                       [100%]",
            "FAILED test_tables.py::test_rows - AssertionError: 1 in 2",
            "1 failed, 12 passed, 1 error in 3.20s",
            "16 passed in 20.11s",
        ] {
            tally.see_pytest(line);
        }
        assert_eq!(tally, Tally { passed: 28, failed: 2 });
    }
}
