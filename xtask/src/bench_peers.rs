//! The project and its rival on the same workload, in turn, one thread each: one table of CPU seconds.

use std::process::Command;

use crate::{Chore, python, step};

pub const CHORE: Chore =
    Chore { name: "bench-peers", summary: "run the project beside its rival, and print one table", run };

fn run() -> anyhow::Result<()> {
    let root = step::root();
    let python = python::environment()?;
    step::run("the program", &mut step::cargo("build --release --quiet"))?;
    let mut script = Command::new(python);
    script.arg(root.join("benches/peers/side_by_side.py"));
    script.arg(root.join("target/release/journeysim")).arg(root.join("scenarios/bench"));
    step::run("side by side", &mut script)
}
