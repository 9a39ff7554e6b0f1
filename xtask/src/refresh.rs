//! Everything in the repository that the program writes: the schema of scenarios, pages of the reference, the outputs
//! that the tutorial shows, and the figures of the background pages.
//!
//! The tests that hold these against the program write them instead.

use crate::{Chore, contents, python, step};

pub const CHORE: Chore =
    Chore { name: "refresh", summary: "write anew what the program says in the documentation", run };

fn run() -> anyhow::Result<()> {
    contents::refresh()?;
    let mut command =
        step::cargo(&format!("test --release {} --test it -- docs:: --include-ignored", step::PACKAGES));
    step::run("generated pages", command.env("JOURNEYSIM_REFRESH", "1"))?;
    python::refresh()
}
