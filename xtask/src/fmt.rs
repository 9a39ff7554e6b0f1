//! Formatting, as rustfmt.toml has it.

use crate::{Chore, step};

pub const CHORE: Chore = Chore { name: "fmt", summary: "check that the source is formatted", run };

fn run() -> anyhow::Result<()> {
    step::run("formatting", &mut step::cargo("fmt --all --check"))
}
