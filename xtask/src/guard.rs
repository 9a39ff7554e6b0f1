//! Instructions of the reference replication, held against a baseline: they repeat exactly where seconds do not.
//!
//! valgrind's callgrind counts them. Where it is not installed, its package is unpacked below `target`, which needs no
//! rights on the machine. The baseline stands in `benches/instructions.toml`; `cargo xtask renew-guard` writes it anew.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail, ensure};
use serde::Deserialize;

use crate::{Chore, step};

pub const CHORE: Chore =
    Chore { name: "guard", summary: "count the instructions of the reference against the baseline", run };

pub const RENEWAL: Chore =
    Chore { name: "renew-guard", summary: "make today's count of instructions the baseline", run: renew };

/// Accounts of the counted replication: enough for the day loop to outweigh reading and opening, few enough for seconds.
const ACCOUNTS: u32 = 500;

/// Their advisors, in the proportion of the reference.
const ADVISORS: u32 = ACCOUNTS / 500 * 19;

/// Share by which the count may pass its baseline.
const ALLOWED: f64 = 0.05;

const BASELINE: &str = "benches/instructions.toml";

const ABOUT: &str = "\
# Instructions of one replication of scenarios/bench/reference.toml, counted by callgrind, which knows AVX2.
# `cargo xtask guard` fails above 105 %; `cargo xtask renew-guard` writes this file.
";

/// What is compared: the whole run, start included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
struct Baseline {
    accounts: u32,
    instructions: u64,
}

fn run() -> anyhow::Result<()> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        println!("== instructions of the reference: not counted, the baseline is that of Linux on x86-64");
        return Ok(());
    }
    step::begin("instructions of the reference");
    let path = step::root().join(BASELINE);
    let text = std::fs::read_to_string(&path).with_context(|| format!("{BASELINE} cannot be read"))?;
    let baseline: Baseline = toml::from_str(&text).with_context(|| format!("{BASELINE} is wrong"))?;
    ensure!(
        baseline.accounts == ACCOUNTS,
        "{BASELINE} was counted with {} accounts, now there are {ACCOUNTS}: run `cargo xtask renew-guard`",
        baseline.accounts,
    );
    println!("{}", verdict(baseline.instructions, counted()?)?);
    step::end("instructions of the reference");
    Ok(())
}

fn renew() -> anyhow::Result<()> {
    let instructions = counted()?;
    let text = format!("{ABOUT}accounts = {ACCOUNTS}\ninstructions = {instructions}\n");
    println!("{instructions} instructions");
    std::fs::write(step::root().join(BASELINE), text).with_context(|| format!("{BASELINE} cannot be written"))
}

/// Says how `now` stands to the baseline.
///
/// # Errors
///
/// Too many instructions.
fn verdict(baseline: u64, now: u64) -> anyhow::Result<String> {
    let change = now as f64 / baseline as f64 - 1.0;
    let figures = format!(
        "{:.1} M instructions, {:+.1} % of {:.1} M",
        millions(now),
        100.0 * change,
        millions(baseline)
    );
    ensure!(
        change <= ALLOWED,
        "the reference replication takes {figures}, and 5 % are allowed: find the cause, or say why and run \
         `cargo xtask renew-guard`",
    );
    let hint = if change < -ALLOWED { "; `cargo xtask renew-guard` would hold the gain" } else { "" };
    Ok(format!("{figures}{hint}"))
}

fn millions(count: u64) -> f64 {
    count as f64 / 1e6
}

/// Builds the program and counts its instructions.
fn counted() -> anyhow::Result<u64> {
    step::program()?;
    let mut valgrind = valgrind()?;
    let output = step::root().join("target/callgrind.out");
    let status = valgrind
        .arg("--tool=callgrind")
        .arg(format!("--callgrind-out-file={}", output.display()))
        .args(["target/release/journeysim", "run", "scenarios/bench/reference.toml", "--threads", "1"])
        .args(["--set", &format!("population.accounts={ACCOUNTS}")])
        .args(["--set", &format!("pool.advisors.advisors={ADVISORS}"), "--json", "--no-progress"])
        .current_dir(step::root())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .status()
        .context("valgrind could not be started")?;
    ensure!(status.success(), "the program failed under callgrind");
    total(&std::fs::read_to_string(&output)?)
}

/// Reads the instructions of the whole run from what callgrind wrote.
fn total(written: &str) -> anyhow::Result<u64> {
    let line =
        written.lines().find_map(|line| line.strip_prefix("totals: ").or(line.strip_prefix("summary: ")));
    let count = line.and_then(|counts| counts.split_whitespace().next()?.parse().ok());
    count.context("callgrind wrote no sum of instructions")
}

/// Returns a call of valgrind: the machine's own, or one unpacked below `target`.
fn valgrind() -> anyhow::Result<Command> {
    if Command::new("valgrind").arg("--version").output().is_ok_and(|output| output.status.success()) {
        return Ok(Command::new("valgrind"));
    }
    let folder = step::root().join("target/valgrind");
    let program = folder.join("usr/bin/valgrind");
    if !program.exists() {
        unpack(&folder)?;
    }
    let mut command = Command::new(program);
    command.env("VALGRIND_LIB", folder.join("usr/libexec/valgrind"));
    Ok(command)
}

fn unpack(folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)?;
    let fetched = Command::new("apt-get").args(["download", "valgrind"]).current_dir(folder).status();
    if !fetched.is_ok_and(|status| status.success()) {
        bail!("callgrind counts the instructions, and valgrind is neither installed nor to be had from apt");
    }
    let package: Option<PathBuf> = std::fs::read_dir(folder)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.extension().is_some_and(|extension| extension == "deb"));
    let package = package.context("apt fetched no package of valgrind")?;
    step::run("valgrind", Command::new("dpkg-deb").arg("-x").arg(package).arg(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn almost_five_per_cent_more_are_allowed_and_a_little_over_five_is_not() {
        assert!(verdict(1_000_000_000, 1_049_000_000).is_ok());
        let fault = verdict(1_000_000_000, 1_051_000_000).expect_err("too many").to_string();
        assert!(fault.contains("1051.0 M instructions, +5.1 % of 1000.0 M"), "{fault}");
    }

    #[test]
    fn a_gain_is_to_be_held() {
        let said = verdict(1_000_000_000, 900_000_000).expect("fewer");
        assert!(said.ends_with("would hold the gain"), "{said}");
    }

    #[test]
    fn the_sum_is_read_from_what_callgrind_writes() {
        assert_eq!(
            total("# callgrind format\nevents: Ir\nsummary: 123\n\nfn=(1)\n1 2\ntotals: 123\n").ok(),
            Some(123)
        );
        assert!(total("events: Ir\n").is_err());
    }
}
