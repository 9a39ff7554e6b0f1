//! Tells the program from which source it is built, so that it takes no finished replication of another for its own.

use std::fs;
use std::hash::{DefaultHasher, Hasher};
use std::io;
use std::path::{Path, PathBuf};

/// What a replication and its metrics follow from.
const SOURCE: [&str; 4] = ["Cargo.lock", "crates/journeysim-model/src", "src/experiment", "src/metrics"];

fn main() -> io::Result<()> {
    let mut files = Vec::new();
    for place in SOURCE {
        println!("cargo::rerun-if-changed={place}");
        find(Path::new(place), &mut files)?;
    }
    files.sort();
    let mut hash = DefaultHasher::new();
    for file in files {
        hash.write(&fs::read(file)?);
        hash.write_u8(0xff);
    }
    println!("cargo::rustc-env=JOURNEYSIM_SOURCE={:016x}", hash.finish());
    Ok(())
}

/// Finds every file at a place.
fn find(place: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if !place.is_dir() {
        files.push(place.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(place)? {
        find(&entry?.path(), files)?;
    }
    Ok(())
}
