//! Small histories for the tests of several rooms.

use std::fs;

use super::History;
use crate::language::{Disk, Faults};

/// Reads the history that `mapping` makes of `files`, each a name and a text.
pub(crate) fn history(mapping: &str, files: &[(&str, &str)]) -> Result<History, Faults> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in files.iter().chain([&("book.toml", mapping)]) {
        fs::write(folder.path().join(name), text).expect("the folder is writable");
    }
    let mut faults = Faults::default();
    let path = folder.path().join("book.toml");
    let history = History::load(path.to_str().expect("a path in UTF-8"), &mut Disk, &mut faults);
    history.ok_or(faults)
}
