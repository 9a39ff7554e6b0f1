//! Everything that must hold before a change is taken.

use crate::{CHORES, Chore};

pub const CHORE: Chore = Chore { name: "ci", summary: "all of the above, in this order", run };

fn run() -> anyhow::Result<()> {
    CHORES.iter().take_while(|chore| chore.name != CHORE.name).try_for_each(|chore| (chore.run)())
}
