//! Checks between settings: what each room alone cannot see.

use crate::language::document::Document;
use crate::language::fault::Faults;
use crate::scenario::file::ScenarioFile;

/// Reports everything about `file` that contradicts itself.
pub fn scenario(file: &ScenarioFile, document: &Document, faults: &mut Faults) {
    let _ = (file, document, faults);
}
