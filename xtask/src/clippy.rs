//! The lints of Cargo.toml and the bans of clippy.toml, every warning an error.

use crate::{Chore, step};

pub const CHORE: Chore = Chore { name: "clippy", summary: "run the lints; a warning is an error", run };

fn run() -> anyhow::Result<()> {
    step::run("lints", &mut step::cargo("clippy --workspace --all-targets -- -D warnings"))
}
