//! A small experiment for the tests of this room.

use std::fs;
use std::path::Path;

use crate::experiment::read::experiment;
use crate::language::fault::Faults;
use crate::language::source::Texts;
use crate::scenario::load::Experiment;

/// Reads a scenario that extends the pooled program and says `more`.
pub(super) fn read(more: &str) -> Result<Experiment, Faults> {
    let library = ["assumptions.toml", "populations/pooled.toml", "programs/pooled-ta.toml"];
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let text = |path: &&str| (path.to_string(), fs::read_to_string(scenarios.join(path)).unwrap());
    let own = ("own.toml".to_owned(), format!("extends = \"programs/pooled-ta.toml\"\n{more}"));
    experiment("own.toml", &[], &mut Texts::new(library.iter().map(text).chain([own])))
}

/// A scenario with few accounts over two years that says `more`.
pub(super) fn small(more: &str) -> Experiment {
    let text = format!("horizon = \"2y\"\nreplications = 4\n{more}\n[assume]\naccounts = 12\n");
    read(&text).unwrap_or_else(|faults| panic!("{faults}"))
}
