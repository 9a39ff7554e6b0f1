//! The reference documentation: every link in it must lead somewhere.

use crate::{Chore, step};

pub const CHORE: Chore =
    Chore { name: "docs", summary: "build the documentation; a warning is an error", run };

fn run() -> anyhow::Result<()> {
    step::run("documentation", step::cargo("doc --workspace --no-deps").env("RUSTDOCFLAGS", "-D warnings"))
}
