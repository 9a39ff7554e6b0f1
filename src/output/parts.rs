//! Parts of the book in words: which segment, program or cohort a slice is.

use crate::experiment::fan;
use crate::metrics::Slice;
use crate::scenario::Scenario;

/// Returns what kind of slice it is, and its name among those of the kind.
#[must_use]
pub fn kind_and_name(slice: Slice, scenario: &Scenario) -> (&'static str, String) {
    match slice {
        Slice::All => ("all", "all".to_owned()),
        Slice::Segment(segment) => ("segment", segment.name().to_owned()),
        Slice::Program(program) => {
            let settings = &scenario.programs[usize::from(program)].settings;
            ("program", settings.name.as_str().to_owned())
        }
        Slice::Cohort(quarter) => ("cohort", fan::name(quarter)),
        Slice::Arm { change, treated } => {
            let name = &scenario.file.change[usize::from(change)].name;
            ("arm", format!("{name}, {}", if treated { "treated" } else { "not treated" }))
        }
    }
}
